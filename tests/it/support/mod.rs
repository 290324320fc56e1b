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
