//! The main job through the real binary, against a scripted OpenAI server.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Value, json};

use crate::support::kabar::stderr;
use crate::support::server::fluent;
use crate::support::{Answer, Kabar, Server};

const FLOOD: &str = "Banjir rob menggenangi tiga desa di Kecamatan Sayung pada Senin pagi.\n\n\
    Air setinggi lutut masuk ke rumah warga sejak pukul 05.30 WIB, kata kepala desa.\n\n\
    Sebanyak 120 orang mengungsi ke balai desa.\n";

/// The section's paragraphs of a record, as (Indonesian, English).
fn pairs(record: &Value) -> Vec<(String, Option<String>)> {
    let sections = record["sections"].as_array().unwrap();
    let paragraphs = sections.iter().flat_map(|section| section["paragraphs"].as_array().unwrap());
    paragraphs.map(|p| (p["id"].as_str().unwrap().to_owned(), p["en"].as_str().map(str::to_owned))).collect()
}

fn flood(server: &Server) -> Kabar {
    let kabar = Kabar::with_backend(&server.url);
    kabar.write("in/demak.txt", FLOOD);
    kabar
}

#[test]
fn every_paragraph_stands_in_english_beside_its_indonesian() {
    let server = Server::fluent();
    let kabar = flood(&server);
    kabar.expect(0, &["translate", "in", "-o", "out"]);
    let record = kabar.json("out/demak.json");
    let schema = kabar.expect(0, &["schema", "article"]).stdout;
    let validator = jsonschema::validator_for(&serde_json::from_slice(&schema).unwrap()).unwrap();
    assert!(validator.is_valid(&record));
    assert_eq!(pairs(&record).len(), 3);
    assert!(pairs(&record).iter().all(|(_, en)| en.is_some()));
    assert_eq!(record["summary"]["method"], "abstractive");
    assert!(kabar.read("out/demak.md").contains("Sebanyak 120 orang"));
}

#[test]
fn the_seed_article_becomes_a_true_bilingual_page() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/backend/openai/iran-rusia/");
    let read = |name: &str| std::fs::read_to_string(format!("{folder}{name}")).unwrap();
    let english: Vec<BTreeMap<String, String>> = serde_json::from_str(&read("english.json")).unwrap();
    let english: BTreeMap<String, String> = english.into_iter().map(|p| (p["id"].clone(), p["en"].clone())).collect();
    let summary: Value = serde_json::from_str(&read("summary.json")).unwrap();
    let answers = english.clone();
    let server = Server::scripted(Duration::ZERO, move |_, asked| {
        let Some(segments) = asked["segments"].as_array() else { return Answer::Content(summary.clone()) };
        let answer = |s: &Value| json!({ "n": s["n"], "en": answers[s["text"].as_str().unwrap()] });
        Answer::Content(json!({ "segments": segments.iter().map(answer).collect::<Vec<_>>() }))
    });
    let kabar = Kabar::with_backend(&server.url);
    let article = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/articles/iran-rusia");
    kabar.expect(0, &["translate", article, "-o", "out"]);
    let record = kabar.json("out/iran-rusia.json");
    for (id, en) in pairs(&record) {
        if !id.starts_with("KLIK DI SINI") {
            assert_eq!(en.as_deref(), english.get(&id).map(String::as_str), "{id}");
        }
    }
    let kinds = |kind: &str| {
        let sections = record["sections"].as_array().unwrap().iter();
        sections.flat_map(|s| s["paragraphs"].as_array().unwrap()).filter(|p| p["kind"] == kind).count()
    };
    assert_eq!((kinds("promo"), kinds("boilerplate")), (2, 1));
    let sent = server.sent_texts();
    assert!(!sent.keys().any(|text| text.contains("KLIK DI SINI")), "furniture is not sent");
    let summarised = server.requests().into_iter().find(|asked| asked["task"] == "summarise").unwrap().to_string();
    assert!(!summarised.contains("PENTAGON MENG"), "teasers are not summarised");
    assert!(summarised.contains("Lavrov"));
}

#[test]
fn an_unchanged_second_run_sends_nothing_and_rewrites_nothing() {
    let server = Server::fluent();
    let kabar = flood(&server);
    kabar.expect(0, &["translate", "in", "-o", "out"]);
    let (before, sent) = (kabar.tree("out"), server.requests().len());
    let written = std::fs::metadata(kabar.path("out/demak.json")).unwrap().modified().unwrap();
    let output = kabar.expect(0, &["translate", "in", "-o", "out", "-q"]);
    assert_eq!(stderr(&output), "", "quiet says nothing on success");
    assert_eq!(server.requests().len(), sent);
    assert_eq!(kabar.tree("out"), before);
    assert_eq!(std::fs::metadata(kabar.path("out/demak.json")).unwrap().modified().unwrap(), written);
}

#[test]
fn one_edited_paragraph_costs_one_request_and_the_new_summary() {
    let server = Server::fluent();
    let kabar = flood(&server);
    kabar.expect(0, &["translate", "in", "-o", "out"]);
    let before = server.requests().len();
    kabar.write("in/demak.txt", &FLOOD.replace("120 orang", "135 orang"));
    kabar.expect(0, &["translate", "in", "-o", "out"]);
    let new = server.requests().split_off(before);
    let texts = |asked: &Value| -> Vec<String> {
        let segments = asked["segments"].as_array().cloned().unwrap_or_default();
        segments.iter().map(|segment| segment["text"].as_str().unwrap().to_owned()).collect()
    };
    let translated: Vec<_> = new.iter().filter(|asked| asked["task"] == "translate").flat_map(texts).collect();
    assert_eq!(translated, ["Sebanyak 135 orang mengungsi ke balai desa."]);
    assert_eq!(new.len(), 2, "the unit that holds it, and the summary");
}

#[test]
fn a_lost_output_is_written_again_without_a_request() {
    let server = Server::fluent();
    let kabar = flood(&server);
    kabar.expect(0, &["translate", "in", "-o", "out"]);
    let (before, sent) = (kabar.tree("out"), server.requests().len());
    std::fs::remove_file(kabar.path("out/demak.md")).unwrap();
    kabar.expect(0, &["translate", "in", "-o", "out"]);
    assert_eq!(kabar.tree("out"), before);
    assert_eq!(server.requests().len(), sent);
}

#[test]
fn a_paragraph_that_stands_in_many_articles_is_sent_once() {
    let server = Server::scripted(Duration::from_millis(20), |_, asked| Answer::Content(fluent(asked)));
    let kabar = Kabar::with_backend(&server.url);
    for n in 0..12 {
        kabar
            .write(&format!("in/{n}.txt"), &format!("Warga nomor {n} mengungsi.\n\nAir mulai surut pada sore hari.\n"));
    }
    kabar.expect(0, &["translate", "in", "-o", "out", "-j", "8"]);
    let sent = server.sent_texts();
    assert_eq!(sent["Air mulai surut pada sore hari."], 1);
    assert!(sent.values().all(|times| *times == 1), "{sent:?}");
}

#[test]
fn what_is_missing_is_asked_for_again_alone_and_with_the_finding_named() {
    let server = Server::scripted(Duration::ZERO, |number, asked| {
        let mut answer = fluent(asked);
        if number == 0 && asked["task"] == "translate" {
            answer["segments"].as_array_mut().unwrap().remove(1);
        }
        Answer::Content(answer)
    });
    let kabar = flood(&server);
    kabar.expect(0, &["translate", "in", "-o", "out", "-j", "1"]);
    let repair = server.requests().into_iter().find(|asked| !asked["findings"].is_null()).expect("a repair");
    assert_eq!(repair["segments"].as_array().unwrap().len(), 1, "{repair}");
    assert!(repair["segments"][0]["text"].as_str().unwrap().starts_with("Air setinggi lutut"));
    assert_eq!(repair["findings"][0]["n"], 1);
    assert!(pairs(&kabar.json("out/demak.json")).iter().all(|(_, en)| en.is_some()));
}

#[test]
fn an_answer_that_stays_indonesian_is_flagged_and_never_remembered() {
    let server = Server::scripted(Duration::ZERO, |_, asked| {
        let mut answer = fluent(asked);
        for (out, segment) in answer["segments"]
            .as_array_mut()
            .into_iter()
            .flatten()
            .zip(asked["segments"].as_array().into_iter().flatten())
        {
            if segment["text"].as_str().unwrap().starts_with("Air setinggi") {
                out["en"] = segment["text"].clone();
            }
        }
        Answer::Content(answer)
    });
    let kabar = flood(&server);
    kabar.expect(3, &["translate", "in", "-o", "out"]);
    let record = kabar.json("out/demak.json").to_string();
    assert!(record.contains("\"severity\":\"error\""));
    let sent = server.requests().len();
    kabar.expect(0, &["translate", "in", "-o", "out"]);
    assert_eq!(server.requests().len(), sent, "a flagged unit is not paid for again by itself");
    kabar.expect(3, &["translate", "in", "-o", "out", "--only", "flagged"]);
    assert!(server.requests().len() > sent);
    kabar.expect(3, &["check", "out"]);
}

#[test]
fn a_refusal_goes_to_the_next_backend_and_never_into_the_output() {
    let refusing = Server::scripted(Duration::ZERO, |_, _| {
        let body = json!({ "choices": [{ "index": 0, "finish_reason": "content_filter",
            "message": { "role": "assistant", "content": null, "refusal": "I cannot help with violence." } }] });
        Answer::Raw(200, body.to_string(), Vec::new())
    });
    let willing = Server::fluent();
    let kabar = Kabar::bare();
    kabar.config(&format!(
        "[translate]\nbackend = [\"first\", \"second\"]\n[summary]\nbackend = [\"first\", \"second\"]\n\
         [backends.first]\ndialect = \"openai\"\nurl = \"{}\"\nmodel = \"a\"\n\
         [backends.second]\ndialect = \"openai\"\nurl = \"{}\"\nmodel = \"b\"\n",
        refusing.url, willing.url
    ));
    kabar.write("in/demak.txt", FLOOD);
    kabar.expect(0, &["translate", "in", "-o", "out"]);
    let record = kabar.json("out/demak.json");
    assert!(!record.to_string().contains("violence"));
    assert_eq!(record["sections"][0]["paragraphs"][0]["backend"], "second");
    assert_eq!(record["provenance"]["backends"][0]["name"], "second");
}

#[test]
fn only_what_a_backend_wrote_is_done_better_later() {
    let (first, better) = (Server::fluent(), Server::fluent());
    let kabar = Kabar::with_backend(&first.url);
    kabar.write("in/demak.txt", FLOOD);
    kabar.expect(0, &["translate", "in", "-o", "out"]);
    kabar.config(&format!(
        "[translate]\nbackend = [\"better\"]\n[summary]\nbackend = [\"better\"]\n\
         [backends.better]\ndialect = \"openai\"\nurl = \"{}\"\nmodel = \"b\"\n",
        better.url
    ));
    kabar.write("in/new.txt", "Hujan turun.\n");
    kabar.expect(0, &["translate", "in", "-o", "out", "--only", "desk"]);
    assert_eq!(kabar.json("out/demak.json")["sections"][0]["paragraphs"][0]["backend"], "better");
    assert!(!kabar.path("out/new.json").exists(), "nothing else is worked on");
    assert!(!better.sent_texts().is_empty());
}

#[test]
fn without_a_language_model_the_summary_is_extractive_and_says_so() {
    let server = Server::scripted(Duration::ZERO, |_, asked| match asked["task"].as_str() {
        Some("summarise") => Answer::Raw(200, "{}".into(), Vec::new()),
        _ => Answer::Content(fluent(asked)),
    });
    let kabar = flood(&server);
    kabar.expect(0, &["translate", "in", "-o", "out"]);
    let record = kabar.json("out/demak.json");
    assert_eq!(record["summary"]["method"], "extractive");
    let english: String = pairs(&record).into_iter().filter_map(|(_, en)| en).collect::<Vec<_>>().join(" ");
    for sentence in record["summary"]["points"].as_array().unwrap() {
        assert!(english.contains(sentence.as_str().unwrap()), "{sentence} stands in the translation");
    }
}

#[test]
fn a_dry_run_counts_what_the_run_then_sends() {
    let server = Server::fluent();
    let kabar = flood(&server);
    let plan: Value = serde_json::from_slice(&kabar.expect(0, &["plan", "in", "-o", "out", "--json"]).stdout).unwrap();
    assert!(!kabar.path("out").exists(), "a dry run writes nothing");
    kabar.expect(0, &["translate", "in", "-o", "out"]);
    assert_eq!(plan["requests"], server.requests().len());
    let again: Value = serde_json::from_slice(&kabar.expect(0, &["plan", "in", "-o", "out", "--json"]).stdout).unwrap();
    assert_eq!((again["unchanged"].as_u64(), again["requests"].as_u64()), (Some(1), Some(0)));
}

#[test]
fn a_broken_connection_is_tried_again_and_the_receipt_counts_it() {
    let server = Server::scripted(Duration::ZERO, |number, asked| match number {
        0 => Answer::Close,
        1 => Answer::Raw(503, "{}".into(), vec![("retry-after", "0".into())]),
        _ => Answer::Content(fluent(asked)),
    });
    let kabar = flood(&server);
    kabar.expect(0, &["translate", "in", "-o", "out", "-j", "1", "--receipt", "receipt.json"]);
    let receipt = kabar.json("receipt.json");
    assert_eq!((receipt["retries"].as_u64(), receipt["requests"].as_u64()), (Some(2), Some(2)), "{receipt}");
    assert_eq!((receipt["written"].as_u64(), receipt["exit"].as_u64()), (Some(1), Some(0)));
}

#[test]
fn the_demo_of_the_readme_needs_no_server() {
    let root = env!("CARGO_MANIFEST_DIR");
    let kabar = Kabar::bare();
    let (config, article) = (format!("{root}/fixtures/demo.toml"), format!("{root}/fixtures/articles/iran-rusia"));
    kabar.expect(0, &["--config", &config, "translate", &article, "-o", "out"]);
    let record = kabar.json("out/iran-rusia.json");
    assert_eq!(record["summary"]["method"], "abstractive");
    let whole = |p: &(String, Option<String>)| p.1.is_some() || p.0.starts_with("KLIK DI SINI");
    assert!(pairs(&record).iter().all(whole));
}

#[test]
fn an_open_breaker_lets_the_next_backend_answer_at_once() {
    let down = Server::scripted(std::time::Duration::ZERO, |_, _| Answer::Raw(503, "{}".into(), Vec::new()));
    let second = Server::fluent();
    let kabar = Kabar::bare();
    let backend = |name: &str, url: &str| {
        format!(
            "[backends.{name}]\ndialect = \"openai\"\nurl = \"{url}\"\nmodel = \"scripted\"\nretries = 20\nretry_wait = \"1ms\"\n"
        )
    };
    kabar.config(&format!(
        "[translate]\nbackend = [\"first\", \"second\"]\n{}{}",
        backend("first", &down.url),
        backend("second", &second.url)
    ));
    for n in 0..6 {
        kabar.write(&format!("in/{n}.txt"), &format!("Berita nomor {n} dari Bogor.\n"));
    }
    let said = stderr(&kabar.expect(0, &["translate", "in", "-o", "out"]));
    assert!(said.contains("the backend is left alone for 5s"), "{said}");
    assert!(!said.contains("for a moment; again in"), "nobody waits for it: {said}");
    assert!(!said.contains("is not used any more"), "it may come back in this run: {said}");
    assert!(kabar.read("out/5.json").contains("\"backend\": \"second\""));
}
