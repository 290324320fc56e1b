//! Proof by faults, at length: what the tests do for a minute, for as long as it takes to believe it.
//!
//! `cargo bench --bench reliability` prints the tables of docs/RELIABILITY.md; `-- NAME…` runs some of `moments`, `soak`,
//! `large`, `many`. `MOMENTS=200`, `ARTICLES=20000` and `FILES=200000` set the sizes.
#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "a bench program may end at the first surprise"
)]

#[allow(dead_code, unused_imports, reason = "shared with the tests, which use the rest")]
#[path = "../tests/it/support/mod.rs"]
mod support;

use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use support::trial::{ARGUMENTS, Blow, Dice, Tally, Trial, article, at_every_step, at_random_moments};
use support::{Kabar, Server};

fn main() {
    let wanted: Vec<String> = std::env::args().skip(1).filter(|arg| !arg.starts_with('-')).collect();
    let benches: [(&str, fn()); 4] = [("moments", moments), ("large", large), ("soak", soak), ("many", many)];
    for (name, bench) in benches {
        if wanted.is_empty() || wanted.iter().any(|wanted| wanted == name) {
            bench();
        }
    }
}

fn size(name: &str, otherwise: usize) -> usize {
    std::env::var(name).ok().and_then(|n| n.parse().ok()).unwrap_or(otherwise)
}

/// Every blow at every step and at random moments.
fn moments() {
    let undisturbed = Trial::undisturbed();
    println!("60 articles, two backends, one faulty: {} requests undisturbed\n", undisturbed.requests);
    println!("| blow | where | blows | requests beyond the minimum | good answers given twice | allowed |");
    println!("|---|---|---|---|---|---|");
    for blow in [Blow::Kill, Blow::Terminate, Blow::Freeze, Blow::PowerCut] {
        let steps = at_every_step(blow, &undisturbed);
        let random = at_random_moments(blow, size("MOMENTS", 200), 7, &undisturbed);
        for (place, tally) in [("every step", steps), ("random moments", random)] {
            let Tally { blows, requests, twice, allowed } = tally;
            println!("| {blow:?} | {place} | {blows} | {requests} | {twice} | {allowed} |");
        }
    }
}

/// What a process used.
#[derive(Default, Clone, Copy)]
struct Used {
    seconds: f64,
    /// Resident, at most.
    megabytes: f64,
    /// Open at the same time, at most.
    files: usize,
    code: Option<i32>,
}

/// Waits for a process and looks at it all the while.
fn watch(mut child: Child) -> Used {
    let (begun, mut used) = (Instant::now(), Used::default());
    loop {
        let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap_or_default();
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.split_whitespace().next()?.parse().ok());
        used.megabytes = used.megabytes.max(peak.unwrap_or(0.0) / 1024.0);
        let open = std::fs::read_dir(format!("/proc/{}/fd", child.id())).map_or(0, Iterator::count);
        used.files = used.files.max(open);
        if let Some(status) = child.try_wait().unwrap() {
            return Used { seconds: begun.elapsed().as_secs_f64(), code: status.code(), ..used };
        }
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// Thousands of articles in many runs, half of which are struck: nothing may grow, nothing may be lost or doubled.
fn soak() {
    const NEW: usize = 250;
    let (articles, trial, mut dice) = (size("ARTICLES", 20_000), Trial::empty(), Dice::new(11));
    println!("| articles | runs | blows | memory (MB) | open files | state (bytes an article) | answered twice |");
    println!("|---|---|---|---|---|---|---|");
    let (mut runs, mut blows, mut peak) = (0, 0, Used::default());
    for done in (NEW..=articles).step_by(NEW) {
        trial.add(done - NEW..done);
        for blow in [Blow::Kill, Blow::Terminate, Blow::PowerCut] {
            if dice.below(2) == 0 {
                let moment = Duration::from_millis(dice.below(900));
                let struck = trial.strike_after(blow, &mut dice, moment);
                runs += 1;
                blows += usize::from(struck);
            }
        }
        let used = watch(trial.start(Stdio::null()));
        assert_eq!(used.code, Some(0));
        runs += 1;
        peak.megabytes = peak.megabytes.max(used.megabytes);
        peak.files = peak.files.max(used.files);
        (done - NEW..done).for_each(|n| whole(&trial.kabar, n));
        if done % (articles / 10).max(NEW) == 0 {
            let bytes = std::fs::metadata(trial.kabar.path("out/.kabar/state.sqlite")).unwrap().len();
            let twice = trial.tally(blows).twice;
            let (memory, files, each) = (peak.megabytes, peak.files, bytes / done as u64);
            println!("| {done} | {runs} | {blows} | {memory:.1} | {files} | {each} | {twice} |");
            peak = Used::default();
        }
    }
    (0..articles).for_each(|n| whole(&trial.kabar, n));
    println!("every paragraph of {articles} articles is there once, with its English");
}

/// An article's record holds each of its paragraphs once, in order, with English.
fn whole(kabar: &Kabar, n: usize) {
    let record = kabar.json(&format!("out/{n:05}.json"));
    let mut found = Vec::new();
    for section in record["sections"].as_array().unwrap() {
        for paragraph in section["paragraphs"].as_array().unwrap() {
            assert!(paragraph["en"].is_string(), "article {n}: {paragraph}");
            found.push(paragraph["id"].as_str().unwrap().to_owned());
        }
    }
    let written = article(n);
    assert_eq!(found, written.split("\n\n").collect::<Vec<_>>(), "article {n}");
}

/// One article of ten megabytes.
fn large() {
    let server = Server::fluent();
    let kabar = Kabar::with_backend(&server.url);
    let mut text = String::new();
    for n in 0.. {
        text += &article(n);
        text += "\n\n";
        if text.len() >= 10 << 20 {
            break;
        }
    }
    kabar.write("in/large.txt", &text);
    let used = watch(kabar.command(&ARGUMENTS).stderr(Stdio::null()).stdout(Stdio::null()).spawn().unwrap());
    assert_eq!(used.code, Some(0));
    let paragraphs = text.matches("\n\n").count();
    println!(
        "an article of 10 MB with {paragraphs} paragraphs: {:.1} s, {:.0} MB at most, {} requests",
        used.seconds,
        used.megabytes,
        server.requests().len()
    );
}

/// A folder with very many files.
fn many() {
    let (files, server) = (size("FILES", 200_000), Server::fluent());
    let kabar = Kabar::with_backend(&server.url);
    for n in 0..files {
        let text = format!("Warga desa nomor {n} mengungsi ke balai desa sejak pagi.\n");
        kabar.write(&format!("in/{:03}/{n}.txt", n / 1_000), &text);
    }
    for round in ["first run", "second run, nothing changed"] {
        let used = watch(kabar.command(&ARGUMENTS).stderr(Stdio::null()).stdout(Stdio::null()).spawn().unwrap());
        assert_eq!(used.code, Some(0));
        println!(
            "{files} files, {round}: {:.1} s, {:.0} MB at most, {} files open at most",
            used.seconds, used.megabytes, used.files
        );
    }
}
