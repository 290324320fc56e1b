//! What befalls those who begin: slips of the pen, folders taken for others, files of theirs in the way.

use std::io::Write as _;
use std::process::Stdio;
use std::time::Duration;

use kabar::config::DEFAULT;
use serde_json::Value;

use crate::support::disk::SmallDisk;
use crate::support::kabar::stderr;
use crate::support::server::fluent;
use crate::support::{Answer, Kabar, Server};

const FLOOD: &str = "Banjir rob menggenangi tiga desa di Kecamatan Sayung pada Rabu pagi.\n";
const PRICE: &str = "price = { input = 1.0, output = 1.0 }\n";

fn desk(server: &Server, before: &str, after: &str) -> Kabar {
    let kabar = Kabar::bare();
    kabar.config(&format!(
        "{before}\n[backends.desk]\ndialect = \"openai\"\nurl = \"{}\"\nmodel = \"scripted\"\nretries = 0\n{after}",
        server.url
    ));
    kabar.write("in/demak.md", FLOOD);
    kabar
}

/// A backend that leaves every text in Indonesian.
fn stubborn() -> Server {
    Server::scripted(Duration::ZERO, |_, asked| {
        let mut answer = fluent(asked);
        for (n, segment) in asked["segments"].as_array().into_iter().flatten().enumerate() {
            answer["segments"][n]["en"] = segment["text"].clone();
        }
        Answer::Content(answer)
    })
}

fn pipe(kabar: &Kabar, text: &str) -> String {
    let mut command = kabar.command(&["translate", "-", "-o", "out", "--receipt", "receipt.json"]);
    let mut child = command.stdin(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    stderr(&output)
}

fn printed(kabar: &Kabar, code: i32, arguments: &[&str]) -> String {
    String::from_utf8(kabar.expect(code, arguments).stdout).unwrap()
}

#[test]
fn a_folder_of_inputs_is_not_briefed_and_stays_one() {
    let server = Server::fluent();
    let kabar = desk(&server, "", PRICE);
    for command in ["brief", "check", "site"] {
        let said = stderr(&kabar.expect(2, &[command, "in"]));
        assert!(said.contains("in holds no finished article"), "{said}");
    }
    kabar.expect(2, &["export", "in", "--format", "csv"]);
    assert!(!kabar.path("in/.kabar").exists() && server.requests().is_empty());
    kabar.expect(0, &["translate", "in", "-o", "out"]);
    kabar.expect(0, &["brief", "out"]);
}

#[test]
fn a_part_of_an_output_folder_is_not_briefed_beside_its_budgets() {
    let server = Server::fluent();
    let kabar = desk(&server, "", PRICE);
    kabar.write("in/kompas/semarang.md", FLOOD);
    kabar.expect(0, &["translate", "in", "-o", "out"]);
    let said = stderr(&kabar.expect(2, &["brief", "out/kompas"]));
    assert!(said.contains("is a part of the output folder") && said.contains("--outlet"), "{said}");
    assert!(!kabar.path("out/kompas/.kabar").exists());
    kabar.expect(0, &["brief", "out/kompas", "--extractive", "--again"]);
}

#[test]
fn where_no_records_are_written_nobody_says_that_all_is_well() {
    let kabar = desk(&Server::fluent(), "[input]\npaths = [\"in\"]\n[output]\nformats = [\"md\"]", "");
    let said = stderr(&kabar.expect(0, &["run", "--quiet"]));
    assert!(said.contains("a briefing is made of records: add json"), "{said}");
    for command in [&["check"][..], &["brief"], &["site"], &["export", "--format", "csv"]] {
        let said = stderr(&kabar.expect(2, command));
        assert!(said.contains("add json to formats in [output]"), "{command:?}: {said}");
    }
    let said = String::from_utf8(kabar.run(&["doctor"]).stdout).unwrap();
    assert!(said.contains("note  configuration  a briefing is made of records"), "{said}");
}

#[test]
fn a_receipt_makes_its_folder_and_where_it_cannot_be_written_the_run_still_ends_in_order() {
    let kabar = desk(&Server::fluent(), "[input]\npaths = [\"in\"]", "");
    kabar.expect(0, &["run", "--receipt", "logs/receipt.json"]);
    assert_eq!(kabar.json("logs/receipt.json")["written"], 1);
    kabar.write("in/semarang.md", "Pasar Johar di Semarang terbakar pada Rabu pagi.\n");
    let output = kabar.expect(3, &["run", "--progress", "json", "--receipt", "kabar.toml/receipt.json"]);
    let said = stderr(&output);
    assert!(said.contains("failed to write the receipt"), "{said}");
    let last = said.lines().rfind(|line| line.contains("kabar/receipt/1")).unwrap();
    assert_eq!(serde_json::from_str::<Value>(last).unwrap()["exit"], 3, "{last}");
    let status: Value = serde_json::from_str(&printed(&kabar, 0, &["status", "--json"])).unwrap();
    assert_eq!(status["runs"][0]["receipt"]["exit"], 3);
    assert_eq!(std::fs::read_dir(kabar.path("kabar-out/briefings")).unwrap().count(), 4, "two of each form");
    kabar.config(&(kabar.read("kabar.toml") + "[output]\nreceipt = \"in/demak.md/receipt.json\"\n"));
    assert!(printed(&kabar, 2, &["doctor"]).contains("failed to write the receipt"));
}

#[test]
fn a_pattern_that_cannot_be_used_is_wrong_usage_and_not_a_failed_article() {
    let server = Server::fluent();
    let kabar = desk(&server, "[input]\npaths = [\"in\"]\nexclude = [\"[\"]", "");
    for command in ["run", "plan", "doctor"] {
        let output = kabar.expect(2, &[command]);
        let said = stderr(&output) + &String::from_utf8(output.stdout).unwrap();
        assert!(said.contains("kabar.toml:3") && said.contains("\"[\" is not a usable pattern"), "{command}: {said}");
    }
    let said = stderr(&kabar.expect(2, &["translate", "in", "--exclude", "x", "--include", "a{"]));
    assert!(said.contains("--include") && said.contains("\"a{\""), "{said}");
    assert!(server.requests().is_empty());
}

#[test]
fn two_texts_from_standard_input_are_two_articles_and_none_is_called_a_correction() {
    let kabar = desk(&Server::fluent(), "", "");
    pipe(&kabar, "Banjir merendam Kota Demak.\n");
    let said = pipe(&kabar, "Gempa mengguncang Kota Palu.\n");
    assert!(!said.contains("corrected"), "{said}");
    assert_eq!(kabar.json("receipt.json")["corrected"], 0);
    let mut pages: Vec<_> = kabar.tree("out").into_keys().collect();
    pages.retain(|path| path.extension().is_some_and(|ending| ending == "md"));
    assert!(pages.len() == 2 && kabar.read("out/stdin.md").contains("Demak"), "{pages:?}");
    pipe(&kabar, "Gempa mengguncang Kota Palu.\n");
    assert_eq!(kabar.json("receipt.json")["unchanged"], 1, "the same text is the same article");
}

#[test]
fn inputs_that_are_all_gone_are_told_even_where_a_run_is_to_be_quiet() {
    let kabar = desk(&Server::fluent(), "[input]\npaths = [\"in\"]", "");
    std::fs::remove_file(kabar.path("in/demak.md")).unwrap();
    let said = stderr(&kabar.expect(0, &["run", "--quiet"]));
    assert!(said.contains("no article was found in in\n"), "{said}");
    kabar.write("in/demak.md", FLOOD);
    let said = stderr(&kabar.expect(0, &["translate", "in", "--include", "*.TXT", "--quiet"]));
    assert!(said.contains("no article was found in in; include: *.TXT"), "{said}");
}

#[test]
fn the_second_run_over_flagged_articles_names_them() {
    let kabar = desk(&stubborn(), "", "");
    kabar.expect(3, &["translate", "in", "-o", "out"]);
    let said = stderr(&kabar.expect(0, &["translate", "in", "-o", "out", "--receipt", "receipt.json"]));
    assert!(said.contains("1 unchanged (1 of them flagged: kabar check)"), "{said}");
    let receipt = kabar.json("receipt.json");
    assert_eq!((&receipt["flagged"], &receipt["flagged_before"]), (&0.into(), &1.into()));
}

#[test]
fn a_reader_that_goes_away_hides_no_finding() {
    let kabar = desk(&stubborn(), "", "");
    kabar.expect(3, &["translate", "in", "-o", "out"]);
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let status = kabar.command(&["check", "out"]).stdout(writer).status().unwrap();
    assert_eq!(status.code(), Some(3));
}

#[test]
fn a_full_disk_is_no_bug_wherever_the_output_goes() {
    let kabar = desk(&Server::fluent(), "", "");
    kabar.expect(0, &["translate", "in", "-o", "out"]);
    let full = || std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    for arguments in [&["export", "out", "--format", "csv"][..], &["brief", "out", "--again"], &["config", "show"]] {
        let output = kabar.command(arguments).stdout(full()).output().unwrap();
        assert_eq!(output.status.code(), Some(3), "{arguments:?}: {}", stderr(&output));
        assert!(!stderr(&output).contains("bug"), "{}", stderr(&output));
    }
    kabar.expect(3, &["export", "out", "--format", "csv", "-o", "/dev/full"]);
}

#[test]
fn a_full_disk_is_told_as_one_whatever_is_written_to_it() {
    let kabar = desk(&Server::fluent(), "", "");
    kabar.expect(0, &["translate", "in", "-o", "out"]);
    let Some(_disk) = SmallDisk::mounted_on(kabar.path("small"), "8k") else { return };
    std::fs::write(kabar.path("small/other"), vec![0; 8192]).unwrap();
    for arguments in [
        &["brief", "out", "--again", "-o", "small/b.md"][..],
        &["brief", "out", "--again", "-o", "small"],
        &["site", "out", "-o", "small/site"],
        &["export", "out", "-o", "small/x.tmx"],
        &["translate", "in", "-o", "out", "--receipt", "small/receipt.json"],
    ] {
        let said = stderr(&kabar.expect(3, arguments));
        assert!(said.contains("The disk is full: make room"), "{arguments:?}: {said}");
    }
}

#[test]
fn an_export_makes_its_folder() {
    let kabar = desk(&Server::fluent(), "", "");
    kabar.expect(0, &["translate", "in", "-o", "out"]);
    kabar.expect(0, &["export", "out", "-o", "for/the desk/figures.csv"]);
    assert!(
        kabar.read("for/the desk/figures.csv").starts_with("article"),
        "{}",
        kabar.read("for/the desk/figures.csv")
    );
}

#[test]
fn a_backend_that_no_budget_holds_is_named() {
    let server = Server::fluent();
    let chain = "[translate]\nbackend = [\"desk\", \"spare\"]\n";
    let spare = format!("[backends.spare]\ndialect = \"openai\"\nurl = \"{}\"\nmodel = \"b\"\n", server.url);
    let kabar = desk(&server, chain, &format!("{PRICE}{spare}"));
    for command in [&["plan", "in", "--budget", "1"][..], &["translate", "in", "--budget", "1"]] {
        let said = stderr(&kabar.expect(0, command));
        assert!(said.contains("spare has no price, so no budget holds it") && !said.contains("desk has"), "{said}");
    }
    assert!(!stderr(&kabar.expect(0, &["plan", "in"])).contains("no price"), "without a budget there is none to hold");
    kabar.config(&kabar.read("kabar.toml").replace(PRICE, "price = { input = 1.0 }\n"));
    let said = String::from_utf8(kabar.run(&["doctor"]).stdout).unwrap();
    assert!(said.contains("the price of desk names no output"), "{said}");
}

#[test]
fn a_configuration_that_is_named_from_elsewhere_says_where_its_outputs_go() {
    let kabar = desk(&Server::fluent(), "", "");
    kabar.write("news/kabar.toml", &kabar.read("kabar.toml"));
    let doctor = |file: &str| String::from_utf8(kabar.run(&["doctor", "-c", file]).stdout).unwrap();
    assert!(doctor("news/kabar.toml").contains("not beside the file"), "{}", doctor("news/kabar.toml"));
    assert!(!doctor("kabar.toml").contains("not beside") && !doctor("./kabar.toml").contains("not beside"));
    kabar.write("news/kabar.toml", DEFAULT);
    assert!(!doctor("news/kabar.toml").contains("not beside"), "it names its output folder");
}

#[test]
fn a_wrong_folder_gets_no_state() {
    let kabar = desk(&Server::fluent(), "", "");
    let said = stderr(&kabar.expect(2, &["--state", "typo", "memory", "gc"]));
    assert!(said.contains("there is no kabar state") && !kabar.path("typo").exists(), "{said}");
}

#[test]
fn slips_of_the_pen_are_told_in_words_for_people() {
    let kabar = desk(&Server::fluent(), "", "price = 3\n");
    let said = stderr(&kabar.expect(2, &["plan", "in"]));
    assert!(said.contains("kabar.toml:7: expected a table such as { input = 0.15"), "{said}");
    for (arguments, words) in
        [(["--budget", "abc"], "write a number, such as 2.50"), (["--concurrency", "many"], "write a whole number")]
    {
        let said = stderr(&kabar.expect(2, &[&["plan", "in"][..], &arguments].concat()));
        assert!(said.contains(words), "{said}");
    }
    kabar.config("\n[backends.headline]\ndialect = \"openai\"\n");
    let said = stderr(&kabar.expect(2, &["plan", "in"]));
    assert!(said.contains("kabar.toml:3: \"headline\" is a rung"), "{said}");
    kabar.config("[backends.desk]\ndialect = \"opena\"\nmodel = \"m\"\n");
    let said = stderr(&kabar.expect(2, &["translate", "in"]));
    assert!(said.contains("\"opena\" is not known") && said.contains("offline"), "{said}");
    let page = printed(&Kabar::bare(), 0, &["man"]);
    assert!(page.contains("EXIT STATUS") && !page.contains("kabar\\-translate(1)"), "{page}");
}
