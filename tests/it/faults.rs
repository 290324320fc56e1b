//! What the machine may do to a run: a disk that is full, a clock that jumps, many starts at once.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::{Child, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use jiff::{SignedDuration, Zoned};
use kabar::config::Clock;
use kabar::exit::Exit;

use crate::support::disk::SmallDisk;
use crate::support::kabar::stderr;
use crate::support::trial::article;
use crate::support::{Kabar, Server};

const RUN: [&str; 4] = ["translate", "in", "-o", "out"];

/// Thirty articles, what a run makes of them (in `whole`), and how often a text was sent.
fn desk() -> (Kabar, Server) {
    let server = Server::fluent();
    let kabar = Kabar::with_backend(&server.url);
    (0..30).for_each(|n| kabar.write(&format!("in/{n}.txt"), &article(n)));
    kabar.expect(0, &["translate", "in", "-o", "whole"]);
    (kabar, server)
}

/// What is there is whole; after making room the next run does the rest, without asking again for what was stored.
fn goes_on(kabar: &Kabar, server: &Server, disk: &SmallDisk, arguments: &[&str]) {
    let said = stderr(&kabar.expect(3, arguments));
    assert!(said.contains("full"), "{said}");
    let whole = kabar.tree("whole");
    for (path, bytes) in kabar.tree("out") {
        // A temporary file may stand there until the next run.
        assert!(whole.get(&path).is_none_or(|whole| *whole == bytes), "{} is not whole", path.display());
    }
    disk.grow("40m");
    kabar.expect(0, arguments);
    assert_eq!(kabar.tree("out"), whole);
    let sent = server.sent_texts().into_values().max().unwrap();
    assert!(sent <= 3, "once for each folder, and once more at most: {sent}");
}

#[test]
fn a_disk_that_is_full_for_everything_loses_nothing() {
    let (kabar, server) = desk();
    let Some(disk) = SmallDisk::mounted_on(kabar.path("out"), "400k") else { return };
    goes_on(&kabar, &server, &disk, &RUN);
}

#[test]
fn a_disk_that_is_full_for_the_state_loses_nothing() {
    for size in ["60k", "120k", "200k", "300k"] {
        let (kabar, server) = desk();
        let Some(disk) = SmallDisk::mounted_on(kabar.path("state"), size) else { return };
        goes_on(&kabar, &server, &disk, &["translate", "in", "-o", "out", "--state", "state"]);
    }
}

#[test]
fn a_disk_that_is_full_for_the_outputs_loses_nothing() {
    let (kabar, server) = desk();
    let Some(disk) = SmallDisk::mounted_on(kabar.path("out"), "40k") else { return };
    goes_on(&kabar, &server, &disk, &["translate", "in", "-o", "out", "--state", "state"]);
}

#[test]
fn a_configuration_that_does_not_fit_leaves_the_old_one_or_nothing() {
    let kabar = Kabar::bare();
    let Some(_disk) = SmallDisk::mounted_on(kabar.path("small"), "8k") else { return };
    let said = stderr(&kabar.expect(3, &["init", "small/kabar.toml"]));
    assert!(said.contains("full"), "{said}");
    assert!(!kabar.path("small/kabar.toml").exists());
    kabar.write("small/kabar.toml", "# mine\n");
    kabar.expect(3, &["init", "--force", "small/kabar.toml"]);
    assert_eq!(kabar.read("small/kabar.toml"), "# mine\n");
}

#[test]
fn a_receipt_that_does_not_fit_is_told_after_everything_else_is_done() {
    let (kabar, _server) = desk();
    let arguments = ["translate", "in", "-o", "out", "--receipt", "/dev/full"];
    let said = stderr(&kabar.expect(3, &arguments));
    assert!(said.contains("/dev/full") && said.contains("make room"), "{said}");
    assert_eq!(kabar.tree("out"), kabar.tree("whole"));
    let runs = kabar.expect(0, &["status", "out", "--json"]).stdout;
    assert!(String::from_utf8(runs).unwrap().contains("\"written\": 30"));
}

/// What a run with an ordinary clock leaves.
fn ordinary(kabar: &Kabar) -> BTreeMap<PathBuf, Vec<u8>> {
    kabar.expect(0, &["translate", kabar.path("in").to_str().unwrap(), "-o", "ordinary"]);
    kabar.tree("ordinary")
}

/// A clock that begins at `start` and goes `step` each time that it is asked.
fn clock(start: &str, step: SignedDuration) -> Clock {
    let (start, asked): (Zoned, _) = (start.parse().unwrap(), AtomicI64::new(0));
    Arc::new(move || {
        let times = i32::try_from(asked.fetch_add(1, Ordering::Relaxed)).unwrap();
        start.checked_add(step.checked_mul(times).unwrap()).unwrap()
    })
}

#[test]
fn a_clock_that_jumps_or_stands_still_changes_nothing() {
    let (kabar, server) = desk();
    let night = "2026-03-28T23:59:59.9995+07:00[Asia/Jakarta]";
    let clocks = [
        ("backwards by an hour each time", clock(night, SignedDuration::from_hours(-1))),
        (
            "backwards over the turn of the year",
            clock("2026-01-01T00:30:00+00:00[UTC]", SignedDuration::from_hours(-1)),
        ),
        ("over midnight", clock(night, SignedDuration::from_millis(1))),
        ("ahead by a day each time", clock(night, SignedDuration::from_hours(24))),
        ("back when summer time ends", clock("2026-10-25T02:59:59+02:00[Europe/Berlin]", SignedDuration::from_secs(1))),
        ("standing still", clock(night, SignedDuration::ZERO)),
        ("standing still again", clock(night, SignedDuration::ZERO)),
    ];
    for (n, (what, clock)) in clocks.into_iter().enumerate() {
        let fresh = format!("in/fresh-{n}.txt");
        kabar.write(&fresh, &article(100 + n));
        assert_eq!(kabar.translate_by(clock, &[]), Exit::Done, "{what}");
        let written = if n == 0 { 31 } else { 1 };
        assert_eq!(kabar.json("receipt.json")["written"], written, "{what}");
    }
    let sent = server.sent_texts();
    assert_eq!(kabar.tree("out"), ordinary(&kabar));
    assert_eq!(sent.into_values().max(), Some(2), "once for each output folder");
}

#[test]
fn a_deadline_over_midnight_is_the_next_morning() {
    let (kabar, _server) = desk();
    let clock = clock("2026-03-28T23:59:59.9995+07:00[Asia/Jakarta]", SignedDuration::from_millis(1));
    assert_eq!(kabar.translate_by(clock, &["--deadline", "06:25"]), Exit::Done);
    assert_eq!(kabar.tree("out"), ordinary(&kabar));
}

fn together(kabar: &Kabar, starts: usize, arguments: &[&str]) -> Vec<Option<i32>> {
    let start = |_| kabar.command(arguments).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let children: Vec<Child> = (0..starts).map(start).collect();
    children.into_iter().map(|mut child| child.wait().unwrap().code()).collect()
}

#[test]
fn of_overlapping_starts_one_works_and_the_others_leave_or_wait() {
    for starts in [2, 10] {
        let (kabar, server) = desk();
        let codes = together(&kabar, starts, &RUN);
        assert!(codes.contains(&Some(0)) && codes.iter().all(|code| matches!(code, Some(0 | 5))), "{codes:?}");
        let waiting = ["translate", "in", "-o", "again", "--wait", "5m"];
        assert_eq!(together(&kabar, starts, &waiting), vec![Some(0); starts]);
        for folder in ["out", "again"] {
            assert_eq!(kabar.tree(folder), kabar.tree("whole"), "{starts} starts");
        }
        assert_eq!(server.sent_texts().into_values().max(), Some(3), "once for each output folder");
    }
}
