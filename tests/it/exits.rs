//! Every exit code of the contract, reached through the real binary; but for 1, which takes a bug.

use std::io::{BufRead as _, BufReader};
use std::process::Child;
use std::time::Duration;

use crate::support::kabar::stderr;
use crate::support::server::fluent;
use crate::support::{Answer, Kabar, Server};

const FILTER: &str = "Hujan deras turun di Bogor sejak Senin pagi.\n";

fn with_article(url: &str) -> Kabar {
    let kabar = Kabar::with_backend(url);
    kabar.write("in/bogor.txt", FILTER);
    kabar
}

fn with_six_articles(url: &str) -> Kabar {
    let kabar = Kabar::with_backend(url);
    for n in 0..6 {
        kabar.write(&format!("in/{n}.txt"), &format!("Hujan turun di desa nomor {n}.\n"));
    }
    kabar
}

/// A server that answers only after a long time.
fn slow() -> Server {
    Server::scripted(Duration::from_secs(30), |_, asked| Answer::Content(fluent(asked)))
}

/// Starts a run and waits until its first request has reached the server.
fn in_flight(kabar: &Kabar, server: &Server, arguments: &[&str]) -> Child {
    let mut child = kabar.command(arguments).spawn().unwrap();
    for _ in 0..2_000 {
        if !server.requests().is_empty() {
            return child;
        }
        assert!(child.try_wait().unwrap().is_none(), "the run ended before it sent anything");
        std::thread::sleep(Duration::from_millis(5));
    }
    panic!("no request within ten seconds");
}

fn signal(child: &Child, signal: rustix::process::Signal) {
    let pid = rustix::process::Pid::from_raw(i32::try_from(child.id()).unwrap()).unwrap();
    rustix::process::kill_process(pid, signal).unwrap();
}

#[test]
fn zero_when_all_is_done() {
    with_article(&Server::fluent().url).expect(0, &["translate", "in", "-o", "out"]);
}

#[test]
fn two_for_wrong_usage_or_configuration_before_anything_is_sent() {
    let server = Server::fluent();
    let kabar = with_article(&server.url);
    kabar.expect(2, &["translate", "--no-such-flag"]);
    kabar.expect(2, &["translate", "no-such-folder", "-o", "out"]);
    kabar.expect(2, &["translate", "in", "-o", "out", "--format", "docx"]);
    kabar.config("[translate]\nbakend = [\"desk\"]\n");
    let output = kabar.expect(2, &["translate", "in", "-o", "out"]);
    assert!(stderr(&output).contains("kabar.toml"), "{}", stderr(&output));
    assert!(server.requests().is_empty());
    assert!(!kabar.path("out").exists());
}

#[test]
fn three_when_an_input_cannot_be_read_and_the_rest_is_written() {
    let kabar = with_article(&Server::fluent().url);
    kabar.write("in/empty.txt", "");
    let output = kabar.expect(3, &["translate", "in", "-o", "out"]);
    assert!(stderr(&output).contains("empty.txt"), "{}", stderr(&output));
    assert!(kabar.path("out/bogor.md").exists());
}

#[test]
fn four_when_the_key_is_refused_naming_the_variable_and_asking_once() {
    let server = Server::scripted(Duration::ZERO, |_, _| {
        Answer::Raw(401, r#"{"error":{"message":"Incorrect API key provided: sk-wrong"}}"#.into(), Vec::new())
    });
    let kabar = Kabar::bare().env("DESK_KEY", "sk-wrong");
    kabar.config(&format!(
        "[translate]\nbackend = [\"desk\"]\n[backends.desk]\ndialect = \"openai\"\nurl = \"{}\"\nmodel = \"m\"\n\
         api_key_env = \"DESK_KEY\"\n",
        server.url
    ));
    kabar.write("in/bogor.txt", FILTER);
    let output = kabar.expect(4, &["translate", "in", "-o", "out", "-j", "1"]);
    let said = stderr(&output);
    assert!(said.contains("DESK_KEY"), "{said}");
    assert!(!said.contains("sk-wrong"), "the key is never shown: {said}");
    assert_eq!(server.requests().len(), 1, "a refused key is not tried again");
}

#[test]
fn four_when_the_quota_is_used_up_without_a_second_try() {
    let server = Server::scripted(Duration::ZERO, |_, _| {
        let body = r#"{"error":{"message":"You exceeded your current quota","code":"insufficient_quota"}}"#;
        Answer::Raw(429, body.into(), vec![("retry-after", "1".into())])
    });
    with_article(&server.url).expect(4, &["translate", "in", "-o", "out", "-j", "1"]);
    assert_eq!(server.requests().len(), 1);
}

#[test]
fn four_when_a_server_accepts_nothing_at_all_and_three_requests_show_it() {
    let server = Server::scripted(Duration::ZERO, |_, _| Answer::Raw(400, String::new(), Vec::new()));
    let kabar = with_six_articles(&server.url);
    let said = stderr(&kabar.expect(4, &["translate", "in", "-o", "out", "-j", "1"]));
    assert!(said.contains("was not accepted (HTTP 400"), "{said}");
    assert_eq!(server.requests().len(), 3);
}

#[test]
fn three_when_a_server_does_not_accept_the_very_first_text_and_the_rest_is_written() {
    let script = |n, asked: &_| {
        if n == 0 { Answer::Raw(400, String::new(), Vec::new()) } else { Answer::Content(fluent(asked)) }
    };
    let server = Server::scripted(Duration::ZERO, script);
    let kabar = with_six_articles(&server.url);
    kabar.expect(3, &["translate", "in", "-o", "out", "-j", "1"]);
    assert_eq!((0..6).filter(|n| kabar.path(&format!("out/{n}.json")).exists()).count(), 5);
    kabar.expect(0, &["translate", "in", "-o", "out", "-j", "1"]);
    assert!((0..6).all(|n| kabar.path(&format!("out/{n}.json")).exists()));
}

#[test]
fn five_while_another_run_holds_the_state() {
    let server = slow();
    let kabar = with_article(&server.url);
    let mut first = in_flight(&kabar, &server, &["translate", "in", "-o", "out"]);
    let said = stderr(&kabar.expect(5, &["translate", "in", "-o", "out"]));
    assert!(said.contains(&first.id().to_string()), "it says who holds it: {said}");
    first.kill().unwrap();
    first.wait().unwrap();
}

#[test]
fn six_when_the_state_is_damaged_or_newer() {
    let kabar = with_article(&Server::fluent().url);
    kabar.write("out/.kabar/state.sqlite", &"not a database ".repeat(100));
    let said = stderr(&kabar.expect(6, &["translate", "in", "-o", "out"]));
    assert!(said.contains("state.sqlite"), "{said}");
}

#[test]
fn seven_when_the_budget_allows_no_further_request() {
    let server = Server::fluent();
    let kabar = with_article(&server.url);
    let priced = kabar.read("kabar.toml") + "price = { input = 1.0, output = 1.0, per = 1 }\n";
    kabar.config(&priced);
    kabar.expect(7, &["translate", "in", "-o", "out", "--budget", "1"]);
    assert!(server.requests().is_empty(), "the request that would pass the budget is not sent");
    kabar.expect(0, &["translate", "in", "-o", "out"]);
}

#[test]
fn seven_when_there_is_no_time_left_and_all_is_kept_for_the_next_run() {
    let server = Server::fluent();
    let kabar = with_article(&server.url);
    let said = stderr(&kabar.expect(7, &["translate", "in", "-o", "out", "--deadline", "0s"]));
    assert!(said.contains("the deadline has come"), "{said}");
    assert!(server.requests().is_empty());
    kabar.expect(0, &["translate", "in", "-o", "out"]);
}

#[test]
fn a_hundred_and_thirty_and_forty_three_for_signals_and_a_second_one_ends_at_once() {
    for (kind, code) in [(rustix::process::Signal::INT, 130), (rustix::process::Signal::TERM, 143)] {
        let server = slow();
        let kabar = with_article(&server.url);
        let mut child = in_flight(&kabar, &server, &["translate", "in", "-o", "out", "--progress", "json"]);
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines().map_while(Result::ok);
        signal(&child, kind);
        assert!(lines.any(|line| line.contains("\"stopping\"")), "the first signal is told");
        signal(&child, kind);
        assert_eq!(child.wait().unwrap().code(), Some(code));
    }
}

#[test]
fn an_input_that_is_silent_for_good_does_not_hold_a_run_that_is_asked_to_stop() {
    let kabar = with_article(&Server::fluent().url);
    let arguments = ["translate", "in", "-", "-o", "out", "--progress", "json"];
    let mut child = kabar.command(&arguments).stdin(std::process::Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines().map_while(Result::ok);
    assert!(lines.any(|line| line.contains("planned")));
    signal(&child, rustix::process::Signal::TERM);
    let said: Vec<String> = lines.collect();
    assert_eq!(child.wait().unwrap().code(), Some(143), "{said:?}");
    kabar.expect(0, &["translate", "in", "-o", "out"]);
}
