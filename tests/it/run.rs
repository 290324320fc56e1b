//! `kabar run`: translate, then brief, through the real binary.

use serde_json::Value;

use crate::support::kabar::stderr;
use crate::support::{Kabar, Server};

const FLOOD: &str = "---\ntitle: Banjir rob di Demak\ndate: 2026-11-25T05:00:00+07:00\n---\n\n\
    Banjir rob menggenangi tiga desa di Kecamatan Sayung pada Rabu pagi.\n\n\
    Sebanyak 120 orang mengungsi ke balai desa.\n";
const FIRE: &str = "---\ntitle: Kebakaran pasar di Tegal\ndate: 2026-11-25T06:00:00+07:00\n---\n\n\
    Pasar Pagi Tegal terbakar pada Rabu pagi dan 40 kios hangus.\n";

/// A folder as cron would find it, and the clock at which the tests run.
fn desk(server: &Server, more: &str) -> Kabar {
    let kabar = Kabar::bare().env("KABAR_NOW", "2026-11-25T08:30:00+07:00[Asia/Jakarta]");
    kabar.config(&format!(
        "[input]\npaths = [\"in\"]\n[output]\ndir = \"out\"\n{more}\n[backends.desk]\ndialect = \"openai\"\n\
         url = \"{}\"\nmodel = \"scripted\"\nprice = {{ input = 0.0, output = 1.0, per = 10 }}\n",
        server.url
    ));
    kabar.write("in/demak.md", FLOOD);
    kabar
}

fn briefings(kabar: &Kabar) -> Vec<String> {
    let Ok(folder) = std::fs::read_dir(kabar.path("out/briefings")) else { return Vec::new() };
    let mut names: Vec<String> =
        folder.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

#[test]
fn a_run_ends_with_a_briefing_over_what_it_translated_and_the_receipt_names_it() {
    let server = Server::fluent();
    let kabar = desk(&server, "");
    kabar.expect(0, &["run", "--quiet", "--receipt", "receipt.json"]);
    assert_eq!(briefings(&kabar), ["2026-11-25T0830.json", "2026-11-25T0830.md"]);
    assert_eq!(kabar.json("receipt.json")["briefing"], "out/briefings/2026-11-25T0830.md");
    let briefing = kabar.json("out/briefings/2026-11-25T0830.json");
    let articles: Vec<&Value> = briefing["told"].as_array().unwrap().iter().map(|told| &told["name"]).collect();
    assert_eq!(articles, ["demak"]);
    kabar.expect(0, &["brief", "out", "--verify", "out/briefings/2026-11-25T0830.json"]);
    // Each answer is billed with fifty tokens, ten for a dollar.
    let asked = server.requests();
    assert!(asked.iter().any(|asked| asked["task"] == "brief"), "{asked:?}");
    let (receipt, all) = (kabar.json("receipt.json"), u32::try_from(asked.len()).unwrap());
    assert_eq!((&receipt["requests"], &receipt["cost"]["USD"]), (&all.into(), &(f64::from(all) * 5.0).into()));
    let status: Value = serde_json::from_slice(&kabar.expect(0, &["status", "--json"]).stdout).unwrap();
    assert_eq!(status["runs"][0]["receipt"], receipt);
}

#[test]
fn a_run_with_nothing_new_writes_no_briefing_and_the_next_news_is_told_alone() {
    let server = Server::fluent();
    let kabar = desk(&server, "");
    kabar.expect(0, &["run", "--quiet"]);
    let first = briefings(&kabar);
    let later = |at: &str| kabar.command(&["run", "--quiet"]).env("KABAR_NOW", at).output().unwrap();
    assert!(later("2026-11-25T09:30:00+07:00[Asia/Jakarta]").status.success());
    assert_eq!(briefings(&kabar), first);
    kabar.write("in/tegal.md", FIRE);
    assert!(later("2026-11-25T10:30:00+07:00[Asia/Jakarta]").status.success());
    let briefing = kabar.read("out/briefings/2026-11-25T1030.md");
    assert!(briefing.contains("Tegal") && !briefing.contains("Demak"), "{briefing}");
}

#[test]
fn a_run_that_the_budget_stops_still_briefs_and_asks_nobody_for_it() {
    let server = Server::fluent();
    let kabar = desk(&server, "");
    kabar.write("in/tegal.md", FIRE);
    kabar.expect(7, &["run", "--quiet", "-j", "1", "--budget", "10"]);
    let asked: Vec<Value> = server.requests().iter().map(|request| request["task"].clone()).collect();
    assert!(!asked.contains(&"brief".into()), "{asked:?}");
    assert!(asked.len() < 4, "{asked:?}");
}

#[test]
fn briefings_can_be_switched_off_and_trouble_with_one_does_not_hide_the_translation() {
    let server = Server::fluent();
    let kabar = desk(&server, "[brief]\nafter_run = false");
    kabar.expect(0, &["run", "--quiet"]);
    assert_eq!(briefings(&kabar), [""; 0]);
    let kabar = desk(&server, "");
    kabar.write("out/briefings", "a file in the way");
    let output = kabar.expect(3, &["run", "--quiet"]);
    assert!(stderr(&output).contains("the briefing could not be written"), "{}", stderr(&output));
    let status: Value = serde_json::from_slice(&kabar.expect(0, &["status", "--json"]).stdout).unwrap();
    assert_eq!(status["runs"][0]["receipt"]["exit"], 3, "{status}");
    assert!(kabar.path("out/demak.md").exists());
}
