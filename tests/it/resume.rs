//! SIGKILL at every named step and at random moments, then run again: the same bytes, and nothing sent twice that had
//! been stored.

use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::support::server::fluent;
use crate::support::{Answer, Kabar, Server};

/// The files of an output folder as text.
type Tree = std::collections::BTreeMap<std::path::PathBuf, String>;

/// Units in flight.
const IN_FLIGHT: usize = 4;

const ARGUMENTS: [&str; 8] = ["translate", "in", "-o", "out", "-j", "4", "--progress", "json"];

/// The steps of a run as its events name them.
const STEPS: [&str; 4] = ["planned", "plan_finished", "unit_finished", "article_written"];

fn desk() -> (Kabar, Server) {
    let server = Server::scripted(Duration::from_millis(4), |_, asked| Answer::Content(fluent(asked)));
    let kabar = Kabar::with_backend(&server.url);
    for n in 0..10 {
        let paragraphs: Vec<String> = (1..=6)
            .map(|p| {
                format!(
                    "Paragraf {p} dari artikel {n} memuat berita tentang {} rumah yang terendam banjir.",
                    n * 10 + p
                )
            })
            .collect();
        kabar.write(&format!("in/{n}.txt"), &paragraphs.join("\n\n"));
    }
    (kabar, server)
}

fn finish(kabar: &Kabar) -> Tree {
    kabar.expect(0, &ARGUMENTS);
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    kabar.tree("out").into_iter().map(|(path, bytes)| (path, text(bytes))).collect()
}

/// Runs until `when` says so for a line of the event stream, then kills. Whether it was killed before its end.
fn kill_when(mut command: Command, mut when: impl FnMut(&str) -> bool) -> bool {
    let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
    let lines = BufReader::new(child.stderr.take().unwrap()).lines().map_while(Result::ok);
    for line in lines {
        if when(&line) {
            child.kill().unwrap();
            break;
        }
    }
    child.wait().unwrap().code().is_none()
}

/// After a kill: the next run ends well, with the bytes of an uninterrupted run and few texts sent twice.
fn resumes(kabar: &Kabar, server: &Server, expected: &Tree, what: &str) {
    same(&finish(kabar), expected, what);
    // A unit in flight when the run is killed may have been answered and is asked for once more.
    let twice = server.requests().len() - distinct(server);
    assert!(twice <= IN_FLIGHT, "killed at {what}: {twice} requests sent twice");
}

fn same(output: &Tree, expected: &Tree, what: &str) {
    assert!(output.keys().eq(expected.keys()), "killed at {what}: {:?}", output.keys().collect::<Vec<_>>());
    for (path, text) in output {
        assert_eq!(text, &expected[path], "killed at {what}: {}", path.display());
    }
}

fn distinct(server: &Server) -> usize {
    let mut requests: Vec<String> = server.requests().iter().map(ToString::to_string).collect();
    requests.sort();
    requests.dedup();
    requests.len()
}

fn expected() -> Tree {
    let (kabar, _server) = desk();
    finish(&kabar)
}

#[test]
fn a_run_killed_at_any_step_is_finished_by_the_next_with_the_same_bytes() {
    let expected = expected();
    assert_eq!(expected.len(), 20);
    let mut kills = 0;
    for step in STEPS {
        for nth in [1, 2, 4, 7, 9, 10] {
            let (kabar, server) = desk();
            let mut seen = 0;
            let killed = kill_when(kabar.command(&ARGUMENTS), |line| {
                seen += usize::from(line.contains(&format!("\"event\":\"{step}\"")));
                seen == nth
            });
            kills += usize::from(killed);
            resumes(&kabar, &server, &expected, &format!("{step} {nth}"));
        }
    }
    // plan_finished comes once, so that five of its six runs end by themselves.
    assert!(kills >= 15, "{kills} kills");
}

#[test]
fn a_run_killed_at_random_moments_again_and_again_ends_with_the_same_bytes() {
    let expected = expected();
    let mut random = 0x2545_f491_4f6c_dd1d_u64;
    let mut kills = 0;
    for round in 0..12 {
        let (kabar, server) = desk();
        let mut here = 0;
        for _ in 0..4 {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            let mut child = kabar.command(&ARGUMENTS).stderr(Stdio::null()).spawn().unwrap();
            std::thread::sleep(Duration::from_micros(random % 120_000));
            let running = child.try_wait().unwrap().is_none();
            child.kill().unwrap();
            child.wait().unwrap();
            here += usize::from(running);
        }
        kills += here;
        same(&finish(&kabar), &expected, &format!("round {round}"));
        let twice = server.requests().len() - distinct(&server);
        assert!(twice <= IN_FLIGHT * here, "{twice} requests sent twice after {here} kills");
    }
    assert!(kills >= 35, "{kills} kills");
}
