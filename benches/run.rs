//! Whole runs of the release binary: requests in flight, units a second, second runs, memory.
//!
//! `cargo bench --bench run` prints the table of docs/PERFORMANCE.md. `cargo bench --bench run -- NAME…` runs some of
//! `ideal`, `instant`, `second`, `memory`, `start`. `ARTICLES=100000` sets the size for `memory`.
#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a bench program may end at the first surprise"
)]

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

fn main() {
    let wanted: Vec<String> = std::env::args().skip(1).filter(|arg| !arg.starts_with('-')).collect();
    let all = wanted.is_empty();
    let benches: [(&str, fn()); 5] =
        [("start", start), ("ideal", ideal), ("instant", instant), ("second", second), ("memory", memory)];
    for (name, bench) in benches {
        if all || wanted.iter().any(|wanted| wanted == name) {
            bench();
        }
    }
}

/// `kabar --version`, the median of 50.
fn start() {
    let mut times: Vec<Duration> = (0..50)
        .map(|_| {
            let begin = Instant::now();
            assert!(kabar().arg("--version").output().unwrap().status.success());
            begin.elapsed()
        })
        .collect();
    times.sort();
    println!("kabar --version                       {:>8.1} ms (median of 50; at most 10)", milliseconds(times[25]));
}

/// 32 in flight against a server that takes 200 ms: 160 units a second are ideal.
fn ideal() {
    let dir = desk(Duration::from_millis(200), 32, 16, 100);
    let begin = Instant::now();
    translate(dir.path());
    let rate = 1_600.0 / begin.elapsed().as_secs_f64();
    println!("200 ms server, 32 in flight           {rate:>8.1} units/s = {:.1} % of 160 (at least 95)", rate / 1.6);
}

/// One-segment units against a server that answers at once.
fn instant() {
    let dir = desk(Duration::ZERO, 64, 100, 400);
    let begin = Instant::now();
    translate(dir.path());
    let rate = 40_000.0 / begin.elapsed().as_secs_f64();
    println!("instant server, 64 in flight          {rate:>8.0} units/s, server included (at least 5,000)");
}

/// A second run over 10,000 unchanged articles of 3.5 KB.
fn second() {
    let dir = desk(Duration::ZERO, 64, 10_000, 14);
    let begin = Instant::now();
    translate(dir.path());
    let first = begin.elapsed().as_secs_f64();
    let begin = Instant::now();
    translate(dir.path());
    let again = begin.elapsed().as_secs_f64();
    println!("10,000 articles of 3.5 KB             {first:>8.1} s the first time, {again:.2} s unchanged (at most 2)");
}

/// Peak memory over many articles.
fn memory() {
    let articles = std::env::var("ARTICLES").ok().and_then(|n| n.parse().ok()).unwrap_or(100_000);
    let dir = desk(Duration::ZERO, 32, articles, 2);
    let peak = translate(dir.path());
    println!("{articles} articles                       {peak:>8} MB at most in memory (at most 150)");
}

fn kabar() -> Command {
    Command::new(env!("CARGO_BIN_EXE_kabar"))
}

/// A folder of articles and a server for it.
fn desk(delay: Duration, in_flight: usize, articles: usize, paragraphs: usize) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    std::fs::create_dir(dir.path().join("in")).unwrap();
    for article in 0..articles {
        let text: Vec<String> = (0..paragraphs).map(|paragraph| text(article * paragraphs + paragraph)).collect();
        std::fs::write(dir.path().join(format!("in/{article:06}.txt")), text.join("\n\n")).unwrap();
    }
    let config = format!(
        "[translate]\nbackend = [\"mt\"]\n[run]\nconcurrency = {in_flight}\n[backends.mt]\ndialect = \"libretranslate\"\n\
         url = \"{}\"\nconcurrency = {in_flight}\nmax_segments = 1\n",
        serve(delay)
    );
    std::fs::write(dir.path().join("kabar.toml"), config).unwrap();
    dir
}

/// About 250 bytes of Indonesian that no other paragraph has, without figures and names.
fn text(n: usize) -> String {
    let syllables = ["ba", "ce", "di", "fo", "gu", "ha", "je", "ki", "lo", "mu"];
    let word: String = format!("{n:08}").bytes().map(|digit| syllables[usize::from(digit - b'0')]).collect();
    format!(
        "Warga desa {word} mengatakan bahwa air sungai mulai naik sejak pagi dan masuk ke rumah mereka, sehingga sebagian \
         dari mereka mengungsi ke balai desa sambil menunggu bantuan makanan, selimut, dan obat yang dikirim oleh petugas \
         dari kecamatan."
    )
}

const ENGLISH: &str = "Villagers said that the river began to rise in the morning and came into their houses, so that some of \
    them moved to the village hall while they waited for food, blankets and medicine sent by officers from the district.";

/// Runs `translate` and returns the peak resident memory in MB.
fn translate(dir: &Path) -> u64 {
    let mut child = kabar().args(["translate", "in", "-o", "out", "-q"]).current_dir(dir).spawn().unwrap();
    let status_file = format!("/proc/{}/status", child.id());
    let mut peak = 0;
    loop {
        if let Ok(status) = std::fs::read_to_string(&status_file)
            && let Some(line) = status.lines().find(|line| line.starts_with("VmHWM:"))
        {
            peak = line.split_whitespace().nth(1).and_then(|kb| kb.parse().ok()).unwrap_or(peak);
        }
        if let Some(status) = child.try_wait().unwrap() {
            assert!(status.success(), "{status}");
            return peak / 1024;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// A LibreTranslate server with one answer. A thread for each connection keeps it out of the measurement.
fn serve(delay: Duration) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            std::thread::spawn(move || answer(stream, delay));
        }
    });
    url
}

fn answer(mut stream: TcpStream, delay: Duration) {
    let body = format!("{{\"translatedText\":[\"{ENGLISH}\"]}}");
    let reply =
        format!("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}", body.len());
    let _ = stream.set_nodelay(true);
    let (mut buffer, mut filled) = (vec![0; 1 << 16], 0);
    loop {
        match stream.read(&mut buffer[filled..]) {
            Ok(0) | Err(_) => return,
            Ok(n) => filled += n,
        }
        while let Some(length) = request_length(&buffer[..filled]) {
            buffer.copy_within(length..filled, 0);
            filled -= length;
            std::thread::sleep(delay);
            if stream.write_all(reply.as_bytes()).is_err() {
                return;
            }
        }
    }
}

/// The length of the first whole request.
fn request_length(bytes: &[u8]) -> Option<usize> {
    let head = bytes.windows(4).position(|four| four == b"\r\n\r\n")? + 4;
    let text = std::str::from_utf8(&bytes[..head]).ok()?.to_ascii_lowercase();
    let body = text.lines().find_map(|line| line.strip_prefix("content-length:")).and_then(|n| n.trim().parse().ok());
    let whole = head + body.unwrap_or(0);
    (bytes.len() >= whole).then_some(whole)
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1_000.0
}
