//! Second and third runs over one output folder: other inputs, other forms, work that is done again.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serde_json::{Value, json};

use crate::support::kabar::stderr;
use crate::support::server::fluent;
use crate::support::{Answer, Kabar, Server};

const RUN: [&str; 6] = ["translate", "in", "-o", "out", "-j", "1"];

fn with(further: &[&'static str]) -> Vec<&'static str> {
    [&RUN[..], further].concat()
}

/// A completed answer that is not what was asked for, with what it is billed.
fn useless() -> Answer {
    let body = json!({
        "choices": [{ "message": { "role": "assistant", "content": "I am here to help." }, "finish_reason": "stop" }],
        "usage": { "prompt_tokens": 10, "completion_tokens": 50 },
    });
    Answer::Raw(200, body.to_string(), Vec::new())
}

/// A server that is fluent until the switch is turned.
fn until_useless() -> (Server, Arc<AtomicBool>) {
    let switch = Arc::new(AtomicBool::new(false));
    let seen = switch.clone();
    let server = Server::scripted(Duration::ZERO, move |_, asked| {
        if seen.load(Ordering::Relaxed) { useless() } else { Answer::Content(fluent(asked)) }
    });
    (server, switch)
}

fn english(kabar: &Kabar, file: &str) -> Vec<Value> {
    let record = kabar.json(file);
    let sections = record["sections"].as_array().unwrap();
    sections.iter().flat_map(|s| s["paragraphs"].as_array().unwrap()).map(|p| p["en"].clone()).collect()
}

#[test]
fn an_answer_of_no_use_is_billed_and_counts_against_the_budget() {
    let server = Server::scripted(Duration::ZERO, |_, _| useless());
    let kabar = Kabar::with_backend(&server.url);
    kabar.config(&(kabar.read("kabar.toml") + "price = { input = 0.0, output = 1.0, per = 50 }\n"));
    (0..6).for_each(|n| kabar.write(&format!("in/{n}.txt"), &format!("Hujan turun di desa nomor {}.\n", n + 100)));
    kabar.expect(7, &with(&["--budget", "2.5", "--receipt", "receipt.json"]));
    let receipt = kabar.json("receipt.json");
    assert_eq!(server.requests().len(), 2, "a third would have passed the budget");
    assert_eq!((&receipt["cost"]["USD"], &receipt["output_tokens"]), (&json!(2.0), &json!(100)));
    assert!(String::from_utf8(kabar.expect(0, &["status", "out"]).stdout).unwrap().contains("2.00"));
}

#[test]
fn asking_again_in_vain_leaves_the_english_that_is_there() {
    let (server, switch) = until_useless();
    let kabar = Kabar::with_backend(&server.url);
    kabar.write("in/a.md", "# Banjir di Demak\n\nHujan turun.\n\nWarga mengungsi.\n");
    kabar.expect(0, &RUN);
    let before = (english(&kabar, "out/a.json"), kabar.json("out/a.json")["summary"]["en"].clone());
    switch.store(true, Ordering::Relaxed);
    kabar.expect(0, &with(&["--force"]));
    assert_eq!((english(&kabar, "out/a.json"), kabar.json("out/a.json")["summary"]["en"].clone()), before);
    assert!(kabar.read("out/a.json").contains("asked again in vain"), "{}", kabar.read("out/a.json"));
}

#[test]
fn a_forced_run_that_was_stopped_goes_on_without_the_memory() {
    let server = Server::fluent();
    let kabar = Kabar::with_backend(&server.url);
    kabar.config(
        &(kabar.read("kabar.toml").replace("[summary]\nbackend = [\"desk\"]", "[summary]\nbackend = [\"offline\"]")
            + "price = { input = 0.0, output = 1.0, per = 50 }\n"),
    );
    (0..4).for_each(|n| kabar.write(&format!("in/{n}.txt"), &format!("Hujan turun di desa nomor {}.\n", n + 100)));
    kabar.expect(0, &RUN);
    assert_eq!(server.requests().len(), 4);
    kabar.expect(7, &with(&["--force", "--budget", "2.1"]));
    assert_eq!(server.requests().len(), 6);
    kabar.expect(0, &RUN);
    assert_eq!(server.requests().len(), 8, "the two that are left are asked for, though the memory knows them");
    kabar.expect(0, &RUN);
    assert_eq!(server.requests().len(), 8);
}

#[test]
fn force_asks_for_all_of_an_article_that_was_edited() {
    let server = Server::fluent();
    let kabar = Kabar::with_backend(&server.url);
    kabar.write("in/a.md", "# Satu\n\nHujan turun.\n\n## Dua\n\nWarga mengungsi.\n");
    kabar.expect(0, &RUN);
    kabar.write("in/a.md", "# Satu\n\nHujan turun lagi.\n\n## Dua\n\nWarga mengungsi.\n");
    kabar.expect(0, &with(&["--force"]));
    assert_eq!(server.sent_texts()["Warga mengungsi."], 2);
}

#[test]
fn another_input_of_the_same_name_does_not_take_the_place_of_one_that_is_still_there() {
    let kabar = Kabar::with_backend(&Server::fluent().url);
    kabar.write("senin/1.txt", "Hujan turun di Bogor.\n");
    kabar.write("selasa/1.txt", "Harga beras naik di Medan.\n");
    kabar.expect(0, &["translate", "senin", "-o", "out"]);
    let before = kabar.tree("out");
    let said = stderr(&kabar.expect(3, &["translate", "selasa", "-o", "out"]));
    assert!(said.contains("senin/1.txt (which is still there) is already written to \"1\""), "{said}");
    assert_eq!(kabar.tree("out"), before);
    kabar.expect(0, &["translate", "./senin", "-o", "out"]);
    std::fs::remove_file(kabar.path("senin/1.txt")).unwrap();
    kabar.expect(0, &["translate", "selasa", "-o", "out"]);
    assert_ne!(kabar.tree("out"), before);
}

#[test]
fn as_many_other_forms_are_written_and_the_earlier_ones_go_with_their_input() {
    let kabar = Kabar::with_backend(&Server::fluent().url);
    kabar.write("in/a.txt", "Hujan turun di Bogor.\n");
    kabar.write("in/b.txt", "Harga beras naik.\n");
    kabar.expect(0, &with(&["--format", "md,json"]));
    kabar.expect(0, &with(&["--format", "json,html"]));
    for form in ["md", "json", "html"] {
        assert!(kabar.path(&format!("out/a.{form}")).exists(), "{form}");
    }
    let said = stderr(&kabar.expect(0, &with(&["--format", "json,html"])));
    assert!(said.contains("2 unchanged"), "{said}");
    std::fs::remove_file(kabar.path("in/a.txt")).unwrap();
    kabar.expect(0, &with(&["--format", "json,html", "--prune"]));
    for form in ["md", "json", "html"] {
        assert!(
            !kabar.path(&format!("out/a.{form}")).exists() && kabar.path(&format!("out/b.{form}")).exists(),
            "{form}"
        );
    }
}

#[test]
fn articles_do_not_wait_for_a_summary_that_sentences_can_stand_in_for() {
    let server = Server::scripted(Duration::ZERO, |_, asked| match &asked["task"] {
        task if task == "summarise" => Answer::Close,
        _ => Answer::Content(fluent(asked)),
    });
    let kabar = Kabar::with_backend(&server.url);
    let config = kabar.read("kabar.toml").replace("retries = 2", "retries = 0");
    let in_turn = "[summary]\nbackend = [\"desk\", \"offline\"]";
    kabar.config(&config.replace("[summary]\nbackend = [\"desk\"]", in_turn));
    (0..6).for_each(|n| kabar.write(&format!("in/{n}.txt"), &format!("Hujan turun di desa nomor {}.\n", n + 100)));
    kabar.expect(0, &RUN);
    assert_eq!(kabar.tree("out").len(), 12);
    assert_eq!(kabar.json("out/0.json")["summary"]["method"], "extractive");
}

#[test]
fn a_run_whose_summaries_nobody_can_write_says_that_no_backend_was_there() {
    let dead = Server::scripted(Duration::ZERO, |_, _| Answer::Raw(401, "{}".into(), Vec::new()));
    let server = Server::fluent();
    let kabar = Kabar::with_backend(&server.url);
    let config =
        kabar.read("kabar.toml").replace("[summary]\nbackend = [\"desk\"]", "[summary]\nbackend = [\"writer\"]");
    let writer = format!("[backends.writer]\ndialect = \"openai\"\nurl = \"{}\"\nmodel = \"scripted\"\n", dead.url);
    kabar.config(&(config + &writer));
    kabar.write("in/a.txt", "Hujan turun di Bogor.\n");
    kabar.expect(4, &RUN);
}

#[test]
fn only_with_a_name_that_nobody_has_is_an_error() {
    let kabar = Kabar::with_backend(&Server::fluent().url);
    kabar.write("in/a.txt", "Hujan turun di Bogor.\n");
    kabar.expect(0, &RUN);
    for command in ["translate", "plan"] {
        let said = stderr(&kabar.expect(2, &[command, "in", "-o", "out", "--only", "faild"]));
        assert!(said.contains("--only faild"), "{said}");
    }
    kabar.expect(0, &with(&["--only", "desk"]));
}

#[test]
fn a_job_whose_server_was_slow_once_sends_again_on_the_second_night() {
    let server = Server::fluent();
    let kabar = Kabar::with_backend(&server.url);
    kabar.write("in/a.txt", "Hujan turun di Bogor.\n");
    kabar.remember_slowness("desk");
    kabar.expect(7, &with(&["--deadline", "10m"]));
    assert!(server.requests().is_empty());
    kabar.expect(0, &with(&["--deadline", "10m"]));
}

#[test]
fn a_run_with_too_little_work_to_give_a_backend_up_still_says_that_nobody_answered() {
    let server = Server::scripted(Duration::ZERO, |_, _| Answer::Raw(503, "{}".into(), Vec::new()));
    let kabar = Kabar::with_backend(&server.url);
    kabar.config(&kabar.read("kabar.toml").replace("retries = 2", "retries = 0"));
    kabar.write("in/a.txt", "Hujan turun di Bogor.\n");
    let said = stderr(&kabar.expect(4, &with(&["-q"])));
    assert!(said.contains("503") && said.contains("1 left for the next run") && !said.contains("done:"), "{said}");
}

fn forecast(kabar: &Kabar, further: &[&str]) -> Value {
    let arguments = [&["plan", "in", "-o", "out", "--json"], further].concat();
    serde_json::from_slice(&kabar.expect(0, &arguments).stdout).unwrap()
}

#[test]
fn a_plan_counts_what_is_left_and_what_is_asked_for_again() {
    let server = Server::fluent();
    let kabar = Kabar::with_backend(&server.url);
    kabar.config(&(kabar.read("kabar.toml") + "price = { input = 0.0, output = 1.0, per = 50 }\n"));
    (0..3).for_each(|n| kabar.write(&format!("in/{n}.txt"), &format!("Hujan turun di desa nomor {}.\n", n + 100)));
    kabar.expect(7, &with(&["--budget", "1.1"]));
    let (asked, left) = (server.requests().len() as u64, forecast(&kabar, &[]));
    assert!(left["cost"].as_f64().unwrap() > 0.0, "{left}");
    kabar.expect(0, &RUN);
    assert_eq!(left["requests"].as_u64().unwrap(), server.requests().len() as u64 - asked, "{left}");
    assert_eq!(forecast(&kabar, &[])["requests"], 0);
    let anew = forecast(&kabar, &["--force"]);
    assert_eq!((&anew["requests"], &anew["from_memory"]), (&json!(6), &json!(0)), "{anew}");
}

#[test]
fn summaries_that_cost_money_are_in_the_forecast_of_a_free_translator() {
    let kabar = Kabar::with_backend(&Server::fluent().url);
    let config =
        kabar.read("kabar.toml").replace("[translate]\nbackend = [\"desk\"]", "[translate]\nbackend = [\"offline\"]");
    kabar.config(&(config + "price = { input = 0.0, output = 1.0, per = 50 }\n"));
    kabar.write("in/a.txt", "Hujan turun di Bogor.\n");
    let plan = forecast(&kabar, &[]);
    assert!(plan["cost"].as_f64().unwrap() > 0.0 && plan["currency"] == "USD", "{plan}");
}

#[test]
fn an_input_that_is_named_twice_is_read_once() {
    let kabar = Kabar::with_backend(&Server::fluent().url);
    kabar.write("in/a.txt", "Hujan turun di Bogor.\n");
    kabar.expect(0, &["translate", "in", "in/a.txt", "-o", "out"]);
}

#[test]
fn one_folder_is_one_however_it_is_spelled() {
    let kabar = Kabar::with_backend(&Server::fluent().url);
    kabar.write("in/a.txt", "Hujan turun di Bogor.\n");
    kabar.expect(0, &["--state", "shared", "translate", "in", "-o", "out"]);
    for spelling in ["out/", "./out"] {
        let said = stderr(&kabar.expect(0, &["--state", "shared", "translate", "in", "-o", spelling]));
        assert!(said.contains("1 unchanged"), "{spelling}: {said}");
    }
}

#[test]
fn an_upgrade_of_a_folder_that_is_not_there_makes_none() {
    let kabar = Kabar::with_backend(&Server::fluent().url);
    kabar.expect(2, &["upgrade", "aut"]);
    assert!(!kabar.path("aut").exists());
}

#[cfg(unix)]
#[test]
fn what_is_exported_goes_through_links_and_into_pipes() {
    let kabar = Kabar::with_backend(&Server::fluent().url);
    kabar.write("in/a.txt", "Hujan turun di Bogor.\n");
    kabar.expect(0, &RUN);
    kabar.write("real.jsonl", "old");
    std::os::unix::fs::symlink("real.jsonl", kabar.path("link.jsonl")).unwrap();
    kabar.expect(0, &["export", "out", "-o", "link.jsonl"]);
    assert!(kabar.path("link.jsonl").is_symlink() && kabar.read("real.jsonl").contains("Hujan turun"));
    let pipe = kabar.path("pipe");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let reader = std::thread::spawn({
        let pipe = pipe.clone();
        move || std::fs::read_to_string(pipe).unwrap()
    });
    kabar.expect(0, &["--state", "out/.kabar", "memory", "export", "pipe"]);
    assert!(reader.join().unwrap().contains("<tmx"));
}

#[cfg(unix)]
#[test]
fn a_folder_whose_name_cannot_be_written_down_is_refused() {
    use std::os::unix::ffi::OsStrExt as _;
    let kabar = Kabar::with_backend(&Server::fluent().url);
    kabar.write("in/a.txt", "Hujan turun di Bogor.\n");
    let mut command = kabar.command(&["translate", "in", "-o"]);
    let output = command.arg(std::ffi::OsStr::from_bytes(b"out\xff")).output().unwrap();
    assert_eq!(output.status.code(), Some(2), "{}", stderr(&output));
    assert_eq!(std::fs::read_dir(kabar.dir.path()).unwrap().count(), 2, "kabar.toml and the input");
}

#[cfg(unix)]
#[test]
fn a_receipt_goes_into_a_pipe_once() {
    let kabar = Kabar::with_backend(&Server::fluent().url);
    kabar.config(&(kabar.read("kabar.toml") + "[input]\npaths = [\"in\"]\n[output]\ndir = \"out\"\n"));
    kabar.write("in/a.txt", "Hujan turun di Bogor.\n");
    let pipe = kabar.path("pipe");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let reader = std::thread::spawn(move || std::fs::read_to_string(pipe).unwrap());
    kabar.expect(0, &["run", "--receipt", "pipe"]);
    assert_eq!(serde_json::from_str::<Value>(&reader.join().unwrap()).unwrap()["written"], 1);
}

#[test]
fn articles_of_one_name_in_two_working_folders_leave_each_other_alone() {
    let kabar = Kabar::with_backend(&Server::fluent().url);
    kabar.write("senin/in/a.txt", "Hujan turun di Bogor.\n");
    kabar.write("senin/in/b.txt", "Pasar di Solo tutup.\n");
    kabar.write("selasa/in/a.txt", "Harga beras naik di Medan.\n");
    let run = |folder: &str, further: &[&str]| {
        let arguments = [&["-c", "../kabar.toml", "translate", "in", "-o", "../out"], further].concat();
        kabar.command(&arguments).current_dir(kabar.path(folder)).output().unwrap()
    };
    assert!(run("senin", &[]).status.success());
    let before = kabar.tree("out");
    let refused = run("selasa", &["--prune"]);
    let said = stderr(&refused);
    assert_eq!(refused.status.code(), Some(3), "{said}");
    assert!(said.contains("senin/in/a.txt (which is still there) is already written to \"a\""), "{said}");
    assert!(!said.contains("pruned"), "{said}");
    assert_eq!(kabar.tree("out"), before);
}

#[test]
fn a_new_input_does_not_block_the_one_whose_name_it_takes() {
    let server = Server::fluent();
    let kabar = Kabar::with_backend(&server.url);
    kabar.write("in/a1.md", "Hujan turun di Bogor.\n");
    kabar.expect(0, &RUN);
    kabar.write("in/a1.htm", "<p>Harga beras naik di Medan sejak hari Senin lalu.</p>");
    kabar.write("in/a1.md", "Hujan deras turun di Bogor.\n");
    let said = stderr(&kabar.expect(3, &RUN));
    assert!(said.contains("in/a1.htm: in/a1.md (which is still there)"), "{said}");
    assert!(!said.contains("in/a1.md: "), "{said}");
    assert!(server.sent_texts().contains_key("Hujan deras turun di Bogor."));
}

#[test]
fn what_only_leaves_undone_is_told_and_stays_known() {
    let kabar = Kabar::with_backend(&Server::fluent().url);
    kabar.write("in/a.txt", "Hujan turun di Bogor.\n");
    std::fs::write(kabar.path("in/b.md"), [0, 159, 146, 150, 0, 1, 2]).unwrap();
    kabar.expect(3, &RUN);
    let status = || String::from_utf8(kabar.expect(0, &["status", "out"]).stdout).unwrap();
    for only in ["failed", "flagged", "desk"] {
        let said = stderr(&kabar.expect(3, &with(&["--only", only])));
        assert!(said.contains("1 failed"), "{only}: {said}");
        assert!(status().contains("1 inputs unreadable"), "{only}: {}", status());
    }
    std::fs::remove_file(kabar.path("in/b.md")).unwrap();
    kabar.expect(0, &with(&["--only", "failed"]));
    kabar.write("in/a.txt", "Hujan deras turun di Bogor.\n");
    kabar.write("in/c.txt", "Harga beras naik.\n");
    let said = stderr(&kabar.expect(3, &with(&["--only", "failed"])));
    assert!(said.contains("1 left for the next run"), "the edit, not what is new: {said}");
    kabar.expect(0, &RUN);
}

#[test]
fn what_is_finished_and_not_written_is_written_whatever_is_wanted() {
    let kabar = Kabar::with_backend(&Server::fluent().url);
    kabar.write("in/a.txt", "Hujan turun di Bogor.\n");
    kabar.expect(0, &RUN);
    // As a run leaves it that is killed between the last unit and the outputs.
    let state = rusqlite::Connection::open(kabar.path("out/.kabar/state.sqlite")).unwrap();
    state.execute("UPDATE articles SET earlier = outputs, outputs = NULL, outcome = 'pending'", []).unwrap();
    std::fs::remove_file(kabar.path("out/a.md")).unwrap();
    kabar.expect(0, &with(&["--only", "flagged"]));
    assert!(kabar.path("out/a.md").exists());
}

#[test]
fn an_output_that_cannot_be_written_is_work_that_is_left() {
    let kabar = Kabar::with_backend(&Server::fluent().url);
    kabar.write("in/a.txt", "Hujan turun di Bogor.\n");
    kabar.expect(0, &RUN);
    std::fs::remove_file(kabar.path("out/a.md")).unwrap();
    std::fs::create_dir(kabar.path("out/a.md")).unwrap();
    kabar.expect(3, &RUN);
    let status = String::from_utf8(kabar.expect(0, &["status", "out"]).stdout).unwrap();
    assert!(status.contains("0 done, 1 pending"), "{status}");
}

#[test]
fn a_plan_counts_nothing_for_an_edit_that_asks_for_nothing() {
    let server = Server::fluent();
    let kabar = Kabar::with_backend(&server.url);
    kabar.write("in/a.txt", "Hujan turun di Bogor.\n");
    kabar.expect(0, &RUN);
    let sent = server.requests().len();
    kabar.write("in/a.txt", "Hujan turun di Bogor.\n\n");
    assert_eq!(forecast(&kabar, &[])["requests"], 0);
    kabar.expect(0, &RUN);
    kabar.write("in/b.txt", "Hujan turun di Bogor.\n");
    assert_eq!(forecast(&kabar, &[])["requests"], 0, "the memory knows its summary, too");
    kabar.expect(0, &RUN);
    assert_eq!(server.requests().len(), sent);
}

#[test]
fn a_page_that_somebody_corrected_by_hand_is_put_aside_before_it_is_written_again() {
    let kabar = Kabar::with_backend(&Server::fluent().url);
    kabar.write("in/a.txt", "Hujan turun di Bogor.\n");
    kabar.expect(0, &RUN);
    let page = kabar.read("out/a.md");
    for (edit, name) in [("by an editor\n", "out/a.md.orig"), ("by another editor\n", "out/a.md.orig-2")] {
        kabar.write("out/a.md", &format!("{page}{edit}"));
        let said = stderr(&kabar.expect(0, &with(&["-q"])));
        assert!(said.contains(name.trim_start_matches("out/")) && said.contains("changed by hand"), "{said}");
        assert_eq!((kabar.read(name), kabar.read("out/a.md")), (format!("{page}{edit}"), page.clone()));
    }
    kabar.write("out/a.md", "");
    assert_eq!(stderr(&kabar.expect(0, &with(&["-q"]))), "", "a file that was emptied is written again");
    kabar.expect(0, &["brief", "out", "--extractive"]);
}
