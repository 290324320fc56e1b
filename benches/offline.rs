//! The offline engine at its shipped settings: `cargo bench --bench offline -- [MODEL] [FILE]`, about a minute.
//!
//! MODEL is `builtin` or a folder; FILE holds Indonesian text, the articles of `fixtures/articles` where none is named. Prints,
//! one line each: sentences a second on one core, the time from the start of the program to the first English sentence, the
//! memory that was resident at most (one thread, full batches), and the size of the program.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::indexing_slicing,
    reason = "a program that prints figures"
)]

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use kabar::backend::offline::{BUILTIN, Indonesian, Offline};
use kabar::backend::{Backend, BackendOptions};
use kabar::model::request::{NumberedText, Payload, Request, Translate};
use kabar::stage::check::{errors, glossary};
use kabar::stage::number::compounds;
use kabar::stage::section::sentences;

const KABAR: &str = env!("CARGO_BIN_EXE_kabar");
const ARTICLES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/articles");
/// Sentences that are measured at most, in requests of so many.
const SENTENCES: usize = 512;
const SEGMENTS: usize = 64;
/// Starts, of which the median counts.
const STARTS: usize = 9;

fn main() {
    let given: Vec<_> = std::env::args().skip(1).filter(|argument| !argument.starts_with("--")).collect();
    let model = given.first().map_or(BUILTIN, String::as_str);
    let mut files = given.get(1).map_or_else(|| texts(Path::new(ARTICLES)), |file| vec![file.into()]);
    files.sort();
    // Those in another encoding are left out.
    let text: String = files.iter().filter_map(|file| Some(std::fs::read_to_string(file).ok()? + "\n")).collect();
    let lines = text.lines().flat_map(|line| sentences(line).into_iter().filter_map(|range| line.get(range)));
    let lines: Vec<&str> = lines.map(str::trim).filter(|line| !line.is_empty()).take(SENTENCES).collect();

    start(model, lines[0]);
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(speed(model, &lines));
    if let Some(kilobytes) = peak() {
        println!("resident at most            {:>8.1} MB", tenths(kilobytes, 1_024));
    }
    println!("the program with its model  {:>8.1} MB", tenths(std::fs::metadata(KABAR).unwrap().len(), 1_000_000));
}

/// Text files below a folder.
fn texts(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let found = entries.flat_map(|path| if path.is_dir() { texts(&path) } else { vec![path] });
    found.filter(|path| path.extension().is_some_and(|extension| extension == "txt")).collect()
}

/// From the start of the program to its end, for one sentence.
fn start(model: &str, sentence: &str) {
    let mut times: Vec<u128> = (0..STARTS)
        .map(|_| {
            let began = Instant::now();
            let mut command = Command::new(KABAR);
            command.args(["model", "translate", model]).stdin(Stdio::piped()).stdout(Stdio::null());
            let mut child = command.spawn().unwrap();
            writeln!(child.stdin.take().unwrap(), "{sentence}").unwrap();
            assert!(child.wait().unwrap().success());
            began.elapsed().as_millis()
        })
        .collect();
    times.sort_unstable();
    println!("start to first sentence     {:>8} ms (median of {STARTS})", times[STARTS / 2]);
}

async fn speed(model: &str, lines: &[&str]) {
    let options = BackendOptions { model: Some(model.into()), concurrency: Some(1), ..BackendOptions::default() };
    let engine = Offline::new("offline", &options, Indonesian { sentences, glossary, compounds, errors }).unwrap();
    engine.call(&request(&lines[..1])).await.unwrap();
    let (began, mut tokens) = (Instant::now(), 0);
    for lines in lines.chunks(SEGMENTS) {
        tokens += engine.call(&request(lines)).await.unwrap().usage.output_tokens;
    }
    let seconds = began.elapsed().as_secs_f64();
    #[expect(clippy::cast_precision_loss, reason = "small counts")]
    let (rate, tokens) = (lines.len() as f64 / seconds, tokens as f64 / seconds);
    println!(
        "on one core                 {rate:>8.1} sentences/s, {tokens:.0} tokens/s ({} in {seconds:.1} s)",
        lines.len()
    );
}

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

#[expect(clippy::cast_precision_loss, reason = "sizes of files and memory")]
fn tenths(amount: u64, unit: u64) -> f64 {
    amount as f64 / unit as f64
}
