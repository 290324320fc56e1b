//! Speed of the offline engine: `cargo bench --bench offline -- [MODEL] [FILE]`.
//!
//! MODEL is `builtin` or a folder; FILE holds one Indonesian sentence a line. Prints the time from nothing to the first
//! sentence, sentences a second on one core for requests of 64 segments, and the memory that was resident at most.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::indexing_slicing,
    reason = "a program that prints figures"
)]

use std::time::Instant;

use kabar::backend::offline::{BUILTIN, Offline};
use kabar::backend::{Backend, BackendOptions};
use kabar::model::request::{NumberedText, Payload, Request, Translate};
use kabar::stage::section::sentences;

const ARTICLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/articles/iran-rusia/iran-rusia.txt");

fn request(lines: &[&str]) -> Request {
    let segments = (1..).zip(lines).map(|(n, line)| NumberedText { n, text: (*line).to_owned() }).collect();
    let translate = Translate { source: "id".into(), target: "en".into(), segments, ..Translate::default() };
    Request { system: String::new(), payload: Payload::Translate(translate) }
}

/// Kilobytes that were resident at most, where the system tells.
fn peak() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?.split_whitespace().next()?.parse().ok()
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let given: Vec<_> = std::env::args().skip(1).filter(|argument| !argument.starts_with("--")).collect();
    let model = given.first().map_or(BUILTIN, String::as_str).to_owned();
    let text = std::fs::read_to_string(given.get(1).map_or(ARTICLE, String::as_str)).unwrap();
    let text: Vec<_> = text.lines().flat_map(|line| sentences(line).into_iter().filter_map(|s| line.get(s))).collect();

    let start = Instant::now();
    let options = BackendOptions { model: Some(model), concurrency: Some(1), ..BackendOptions::default() };
    let engine = Offline::new("offline", &options, sentences).unwrap();
    let loaded = start.elapsed();
    engine.call(&request(&text[..1])).await.unwrap();
    println!("loaded after {} ms, first sentence after {} ms", loaded.as_millis(), start.elapsed().as_millis());

    let (start, mut tokens) = (Instant::now(), 0);
    for lines in text.chunks(64) {
        tokens += engine.call(&request(lines)).await.unwrap().usage.output_tokens;
    }
    let seconds = start.elapsed().as_secs_f64();
    #[expect(clippy::cast_precision_loss, reason = "small counts")]
    let (per_second, tokens) = (text.len() as f64 / seconds, tokens as f64 / seconds);
    println!(
        "{} sentences in {seconds:.1} s: {per_second:.1} sentences/s, {tokens:.0} tokens/s on one core",
        text.len()
    );
    if let Some(kilobytes) = peak() {
        println!("{} MB resident at most", kilobytes / 1024);
    }
}
