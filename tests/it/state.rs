//! A state that lasts: older schemas move forward, newer ones are refused, and it can be checked, copied and used to
//! write everything again.

use std::path::Path;
use std::time::Duration;

use rusqlite::Connection;

use crate::support::kabar::stderr;
use crate::support::server::fluent;
use crate::support::trial::article;
use crate::support::{Answer, Kabar, Server};

const FIXTURES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/state");
const STATE: &str = "out/.kabar/state.sqlite";
const RUN: [&str; 4] = ["translate", "in", "-o", "out"];

/// A folder as an older program left it; its backend is gone, so that anything sent would fail.
fn left_by(schema: &Path) -> Kabar {
    let kabar = Kabar::bare();
    kabar.config(
        "[translate]\nbackend = [\"mt\"]\n[output]\ndir = \"out\"\n[backends.mt]\ndialect = \"libretranslate\"\n\
         url = \"http://127.0.0.1:9\"\nretries = 0\n",
    );
    for name in ["bogor.txt", "demak.txt"] {
        kabar.write(&format!("in/{name}"), &std::fs::read_to_string(format!("{FIXTURES}/in/{name}")).unwrap());
    }
    std::fs::create_dir_all(kabar.path("out/.kabar")).unwrap();
    let database = Connection::open(kabar.path(STATE)).unwrap();
    database.execute_batch(&std::fs::read_to_string(schema).unwrap()).unwrap();
    kabar
}

fn version(kabar: &Kabar) -> i64 {
    let database = Connection::open(kabar.path(STATE)).unwrap();
    database.pragma_query_value(None, "user_version", |row| row.get(0)).unwrap()
}

/// Everything is written again from what the older program left; nothing is sent.
fn moves_forward(kabar: &Kabar, what: &str) {
    kabar.expect(0, &["translate", "in", "-o", "out", "--receipt", "receipt.json"]);
    assert_eq!(kabar.json("receipt.json")["requests"], 0, "{what}");
    assert!(kabar.read("out/bogor.md").contains("Officers opened 3 posts in the village hall."), "{what}");
    assert_eq!(kabar.tree("out").len(), 4, "{what}");
    kabar.expect(0, &["state", "check"]);
}

#[test]
fn every_schema_that_was_released_moves_forward_and_nothing_is_sent_again() {
    let newest = {
        let kabar = Kabar::with_backend(&Server::fluent().url);
        kabar.write("in/a.txt", &article(1));
        kabar.expect(0, &RUN);
        version(&kabar)
    };
    let mut seen = 0;
    for entry in std::fs::read_dir(FIXTURES).unwrap().flatten().filter(|entry| entry.path().is_file()) {
        seen += 1;
        let kabar = left_by(&entry.path());
        assert!(version(&kabar) <= newest);
        moves_forward(&kabar, &entry.path().display().to_string());
        assert_eq!(version(&kabar), newest);
    }
    assert!(seen >= 4);
}

#[test]
fn a_state_that_was_left_between_two_schemas_goes_on_from_there() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/state/schema");
    let mut steps: Vec<_> = std::fs::read_dir(folder).unwrap().flatten().map(|entry| entry.path()).collect();
    steps.sort();
    for left_at in 2..=steps.len() {
        let kabar = left_by(&Path::new(FIXTURES).join("schema-1.sql"));
        let database = Connection::open(kabar.path(STATE)).unwrap();
        for step in &steps[1..left_at] {
            database.execute_batch(&std::fs::read_to_string(step).unwrap()).unwrap();
        }
        database.pragma_update(None, "user_version", i64::try_from(left_at).unwrap()).unwrap();
        drop(database);
        moves_forward(&kabar, &format!("schema {left_at}"));
        assert_eq!(version(&kabar), i64::try_from(steps.len()).unwrap());
    }
}

#[test]
fn an_older_state_is_read_before_the_first_run_of_a_newer_program_and_stays_as_it_is() {
    for schema in ["schema-1.sql", "schema-3.sql", "schema-10.sql"] {
        let kabar = left_by(&Path::new(FIXTURES).join(schema));
        let before = std::fs::read(kabar.path(STATE)).unwrap();
        for arguments in [&["status"][..], &["plan", "in"], &["memory", "stats"], &["state", "check"]] {
            let output = kabar.run(arguments);
            assert!(matches!(output.status.code(), Some(0 | 3)), "{schema} {arguments:?}: {}", stderr(&output));
        }
        assert!(std::fs::read(kabar.path(STATE)).unwrap() == before, "{schema}");
    }
}

#[test]
fn a_newer_state_is_refused_and_left_alone() {
    let kabar = left_by(&Path::new(FIXTURES).join("schema-1.sql"));
    Connection::open(kabar.path(STATE)).unwrap().pragma_update(None, "user_version", 9_999).unwrap();
    let before = std::fs::read(kabar.path(STATE)).unwrap();
    for arguments in
        [&RUN[..], &["status"], &["state", "check"], &["state", "backup", "copy.sqlite"], &["memory", "gc"]]
    {
        let said = stderr(&kabar.expect(6, arguments));
        assert!(said.contains("9999"), "{arguments:?}: {said}");
    }
    assert!(std::fs::read(kabar.path(STATE)).unwrap() == before, "its bytes are as they were");
}

/// Five articles, translated into `out`.
fn done() -> (Kabar, Server) {
    let server = Server::fluent();
    let kabar = Kabar::with_backend(&server.url);
    kabar.config(&(kabar.read("kabar.toml") + "[output]\ndir = \"out\"\n"));
    (0..5).for_each(|n| kabar.write(&format!("in/{n}.txt"), &article(n)));
    kabar.expect(0, &RUN);
    (kabar, server)
}

#[test]
fn outputs_that_are_gone_are_found_and_written_again_from_the_state_alone() {
    let (kabar, server) = done();
    let (before, sent) = (kabar.tree("out"), server.requests().len());
    kabar.expect(0, &["state", "check"]);
    std::fs::remove_file(kabar.path("out/1.md")).unwrap();
    kabar.write("out/3.json", "{}");
    let told = String::from_utf8(kabar.expect(3, &["state", "check"]).stdout).unwrap();
    assert!(told.contains(": 1\n") && told.contains(": 3\n") && told.contains("kabar state rebuild"), "{told}");
    std::fs::remove_dir_all(kabar.path("in")).unwrap();
    let told = String::from_utf8(kabar.expect(0, &["state", "rebuild"]).stdout).unwrap();
    assert!(told.contains("changed by hand, put aside: 3.json.orig\n"), "{told}");
    std::fs::remove_file(kabar.path("out/3.json.orig")).unwrap();
    assert_eq!(kabar.tree("out"), before);
    assert_eq!(server.requests().len(), sent);
    kabar.expect(0, &["state", "check"]);
    std::fs::remove_file(kabar.path("out/2.json")).unwrap();
    let told = String::from_utf8(kabar.expect(0, &["doctor", "--state"]).stdout).unwrap();
    assert!(told.contains("missing or changed: 2\n") && told.contains("is whole; 5 articles"), "{told}");
    assert_eq!((kabar.tree("out"), server.requests().len()), (before, sent));
}

#[test]
fn where_there_is_no_state_nothing_is_rebuilt_and_none_is_made() {
    let kabar = Kabar::bare();
    let said = stderr(&kabar.expect(2, &["state", "rebuild"]));
    assert!(said.contains("there is no kabar state"), "{said}");
    assert!(!kabar.path("kabar-out").exists());
}

#[test]
fn a_damaged_state_is_told_with_what_to_do() {
    let (kabar, _server) = done();
    let rows = "PRAGMA foreign_keys = OFF; DELETE FROM texts WHERE id = 2; UPDATE articles SET open = 3 WHERE id = 1;";
    Connection::open(kabar.path(STATE)).unwrap().execute_batch(rows).unwrap();
    let told = String::from_utf8(kabar.expect(6, &["state", "check"]).stdout).unwrap();
    assert!(told.contains("has no text") && told.contains("restore a backup"), "{told}");
    kabar.expect(6, &["doctor", "--state"]);
    kabar.expect(2, &["translate", "in", "--state"]);
}

#[test]
fn a_backup_taken_during_a_run_can_be_restored_and_costs_only_what_came_after_it() {
    let server = Server::scripted(Duration::from_millis(15), |_, asked| Answer::Content(fluent(asked)));
    let kabar = Kabar::with_backend(&server.url);
    kabar.config(&(kabar.read("kabar.toml") + "[output]\ndir = \"out\"\n"));
    (0..40).for_each(|n| kabar.write(&format!("in/{n}.txt"), &article(n)));
    kabar.expect(0, &["translate", "in", "-o", "whole"]);
    let before = server.requests().len();
    let mut run = kabar.command(&["translate", "in", "-o", "out", "-j", "2"]).spawn().unwrap();
    while server.requests().len() < before + 20 {
        assert!(run.try_wait().unwrap().is_none(), "the run ended before the backup");
        std::thread::sleep(Duration::from_millis(5));
    }
    kabar.expect(0, &["state", "backup", "copy.sqlite"]);
    let at_backup = server.requests().len();
    assert!(run.try_wait().unwrap().is_none(), "the run goes on meanwhile");
    assert!(run.wait().unwrap().success());
    std::fs::remove_dir_all(kabar.path("out")).unwrap();
    std::fs::create_dir_all(kabar.path("out/.kabar")).unwrap();
    std::fs::rename(kabar.path("copy.sqlite"), kabar.path(STATE)).unwrap();
    let sent = server.requests().len();
    kabar.expect(0, &RUN);
    assert_eq!(kabar.tree("out"), kabar.tree("whole"));
    let again = server.requests().len() - sent;
    // What was done before the backup began is in it; it began after the twentieth request.
    assert!(again <= before - 20 + 2, "{again} of {before} requests again; the backup was taken at {at_backup}");
}

#[test]
fn gc_forgets_what_is_gone_and_keeps_what_a_run_still_needs() {
    let (kabar, server) = done();
    let gc = |arguments: &[&str]| String::from_utf8(kabar.expect(0, arguments).stdout).unwrap();
    assert!(gc(&["memory", "gc", "--older", "0s"]).starts_with("forgot 0 articles, 0 segments, 0 summaries"));
    for n in [0, 1] {
        std::fs::remove_file(kabar.path(&format!("in/{n}.txt"))).unwrap();
        std::fs::remove_file(kabar.path(&format!("out/{n}.md"))).unwrap();
        std::fs::remove_file(kabar.path(&format!("out/{n}.json"))).unwrap();
    }
    assert!(gc(&["memory", "gc"]).starts_with("forgot 0 articles"), "they are not ninety days old");
    // `started` counts seconds; the run above may have begun in this one.
    Connection::open(kabar.path(STATE))
        .unwrap()
        .execute("UPDATE runs SET started = '2026-01-01T00:00:00Z'", [])
        .unwrap();
    let told = gc(&["memory", "gc"]);
    assert!(told.starts_with("forgot 2 articles, 7 segments, 0 summaries"), "{told}");
    // The scripted server gives every article the same summary, and others still hold it.
    let (sent, before) = (server.requests().len(), kabar.tree("out"));
    kabar.expect(0, &["translate", "in", "-o", "out"]);
    kabar.expect(0, &["state", "check"]);
    assert_eq!((server.requests().len(), kabar.tree("out")), (sent, before));
}

#[test]
fn a_state_that_is_named_alone_is_held_against_the_folder_around_it() {
    let kabar = Kabar::with_backend(&Server::fluent().url);
    kabar.write("in/a.txt", &article(1));
    kabar.expect(0, &RUN);
    std::fs::remove_file(kabar.path("out/a.md")).unwrap();
    let named = |further: &[&'static str]| [&["--state", "out/.kabar"], further].concat();
    kabar.expect(3, &named(&["state", "check"]));
    let told = String::from_utf8(kabar.expect(0, &named(&["status"])).stdout).unwrap();
    assert!(told.contains("1 done"), "{told}");
    let told = String::from_utf8(kabar.expect(0, &named(&["state", "rebuild"])).stdout).unwrap();
    assert!(told.starts_with("1 articles written") && kabar.path("out/a.md").exists(), "{told}");
    kabar.expect(0, &named(&["state", "check"]));
}

#[test]
fn a_state_that_knows_other_output_folders_alone_is_not_called_whole() {
    let kabar = Kabar::with_backend(&Server::fluent().url);
    kabar.write("in/a.txt", &article(1));
    kabar.expect(0, &["--state", "shared", "translate", "in", "-o", "out"]);
    for arguments in [&["state", "check"][..], &["state", "rebuild"], &["status"], &["memory", "gc"], &["upgrade"]] {
        let said = stderr(&kabar.expect(2, &[&["--state", "shared"], arguments].concat()));
        assert!(said.contains("knows nothing of the output folder") && said.contains("/out; "), "{said}");
    }
    kabar.expect(0, &["--state", "shared", "status", "out"]);
}

#[test]
fn gc_forgets_nothing_while_the_output_folder_looks_like_a_disk_that_is_not_there() {
    let kabar = Kabar::with_backend(&Server::fluent().url);
    kabar.config(&(kabar.read("kabar.toml") + "[output]\ndir = \"out\"\n[state]\ndir = \"st\"\n"));
    kabar.write("in/a.txt", &article(1));
    kabar.expect(0, &["translate", "in"]);
    let state = Connection::open(kabar.path("st/state.sqlite")).unwrap();
    state.execute("UPDATE runs SET started = '2026-01-01T00:00:00Z'", []).unwrap();
    std::fs::rename(kabar.path("out"), kabar.path("away")).unwrap();
    for _ in 0..2 {
        let said = stderr(&kabar.expect(2, &["memory", "gc"]));
        assert!(said.contains("a disk that is not"), "{said}");
        std::fs::create_dir_all(kabar.path("out")).unwrap();
    }
    std::fs::remove_dir(kabar.path("out")).unwrap();
    std::fs::rename(kabar.path("away"), kabar.path("out")).unwrap();
    let told = String::from_utf8(kabar.expect(0, &["memory", "gc"]).stdout).unwrap();
    assert!(told.starts_with("forgot 0 articles, 0 segments"), "{told}");
}
