//! What integration tests share: a scripted OpenAI server, pseudo-English, and a runner for the real binary.

pub mod batches;
pub mod briefing;
pub mod disk;
pub mod english;
pub mod kabar;
pub mod server;
pub mod speakers;
pub mod trial;
pub mod wire;

pub use kabar::Kabar;
pub use server::{Answer, Server};

/// Notes that a test cannot look at what it is for. Where everything must be looked at (`KABAR_REQUIRE_ALL`), it fails.
///
/// # Panics
/// Where `KABAR_REQUIRE_ALL` is set.
pub fn skipped(why: &str) {
    assert!(std::env::var_os("KABAR_REQUIRE_ALL").is_none(), "not looked at: {why}");
    println!("skipped: {why}");
}

/// Where a server of other people's is; `None` where it is not running.
pub fn peer(name: &str) -> Option<String> {
    let url = std::env::var(name).ok().filter(|url| !url.is_empty());
    if url.is_none() {
        skipped(&format!("{name} is not set (tests/peers/peers.sh start)"));
    }
    url
}
