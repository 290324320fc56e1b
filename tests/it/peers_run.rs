//! The main job over real servers of other people: LibreTranslate, and every fault on the wire in front of it.
//!
//! Skipped with a word why where the peers are not running (`tests/peers/peers.sh start` prints the variables).
//! LibreTranslate's model is random: its words are noise and are flagged, but every paragraph must come back.

use crate::support::kabar::stderr;
use crate::support::trial::article;
use crate::support::{Kabar, Server, peer};

/// The faults of the injector, each a base address (`tests/peers/faults.conf`).
const FAULTS: [&str; 14] = [
    "wait", "absurd", "quota", "503", "529", "401", "garbage", "empty", "login", "refuse", "close", "reset", "hang",
    "rate",
];

fn seed(kabar: &Kabar) {
    let article = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/articles/iran-rusia/iran-rusia.txt");
    kabar.write("in/iran-rusia.txt", &std::fs::read_to_string(article).unwrap());
}

/// Expects that every paragraph that was to be sent has English from `backend`.
fn is_whole(kabar: &Kabar, backend: &str, what: &str) {
    let record = kabar.json("out/iran-rusia.json");
    let paragraphs = record["sections"].as_array().unwrap().iter().flat_map(|s| s["paragraphs"].as_array().unwrap());
    let mut seen = 0;
    for paragraph in paragraphs.filter(|paragraph| paragraph["skipped"].is_null()) {
        seen += 1;
        assert!(paragraph["en"].is_string(), "{what}: {paragraph}");
        assert_eq!(paragraph["backend"], backend, "{what}");
    }
    assert!(seen >= 15, "{what}: {seen} paragraphs");
}

#[test]
fn the_main_job_runs_over_a_real_libretranslate() {
    let Some(url) = peer("KABAR_PEER_LIBRETRANSLATE") else { return };
    let kabar = Kabar::bare();
    kabar.config(&format!(
        "[translate]\nbackend = [\"libre\"]\n[backends.libre]\ndialect = \"libretranslate\"\nurl = \"{url}\"\n"
    ));
    seed(&kabar);
    let output = kabar.run(&["translate", "in", "-o", "out"]);
    assert!(matches!(output.status.code(), Some(0 | 3)), "{}", stderr(&output));
    is_whole(&kabar, "libre", "LibreTranslate");
    assert_eq!(kabar.json("out/iran-rusia.json")["summary"]["method"], "extractive");
    let before = kabar.tree("out");
    kabar.run(&["translate", "in", "-o", "out"]);
    assert_eq!(kabar.tree("out"), before);
}

#[test]
fn behind_every_fault_a_healthy_backend_finishes_the_work() {
    let (Some(faults), Some(url)) = (peer("KABAR_PEER_FAULTS"), peer("KABAR_PEER_LIBRETRANSLATE")) else { return };
    // `rate` answers the requests that it lets through.
    for fault in FAULTS.into_iter().filter(|fault| *fault != "rate") {
        let kabar = Kabar::bare();
        kabar.config(&format!(
            "[translate]\nbackend = [\"bad\", \"libre\"]\n[summary]\nbackend = [\"libre\"]\n\
             [backends.bad]\ndialect = \"openai\"\nurl = \"{faults}/{fault}/v1\"\nmodel = \"m\"\ntimeout = \"500ms\"\n\
             retries = 1\nretry_for = \"3s\"\nretry_wait = \"10ms\"\n\
             [backends.libre]\ndialect = \"libretranslate\"\nurl = \"{url}\"\n"
        ));
        seed(&kabar);
        let output = kabar.run(&["translate", "in", "-o", "out"]);
        assert!(matches!(output.status.code(), Some(0 | 3)), "{fault}: {}", stderr(&output));
        is_whole(&kabar, "libre", fault);
        let record = kabar.read("out/iran-rusia.json");
        for leak in ["Sign in to Wi-Fi", "verloaded", "current quota", "API key", "Rate limit"] {
            assert!(!record.contains(leak), "{fault}: an error's words stand in the output");
        }
    }
}

#[test]
fn behind_all_faults_at_once_one_healthy_backend_finishes_every_article_as_it_would_alone() {
    let Some(faults) = peer("KABAR_PEER_FAULTS") else { return };
    let server = Server::fluent();
    let bad = |name: &&str| {
        format!(
            "[backends.bad-{name}]\ndialect = \"openai\"\nurl = \"{faults}/{name}/v1\"\nmodel = \"m\"\n\
             timeout = \"500ms\"\nretries = 1\nretry_for = \"2s\"\nretry_wait = \"10ms\"\n"
        )
    };
    let names = FAULTS.map(|name| format!("\"bad-{name}\", ")).concat();
    let text = |chain: &str| {
        format!(
            "[translate]\nbackend = [{chain}\"healthy\"]\n[summary]\nbackend = [\"healthy\"]\n{}\
             [backends.healthy]\ndialect = \"openai\"\nurl = \"{}\"\nmodel = \"scripted\"\n",
            FAULTS.iter().map(bad).collect::<String>(),
            server.url
        )
    };
    let kabar = Kabar::bare();
    (0..12).for_each(|n| kabar.write(&format!("in/{n}.txt"), &article(n)));
    kabar.config(&text(""));
    kabar.expect(0, &["translate", "in", "-o", "alone"]);
    kabar.config(&text(&names));
    kabar.expect(0, &["translate", "in", "-o", "out"]);
    assert_eq!(kabar.tree("out"), kabar.tree("alone"));
}
