//! The briefing: what is found in the fixtures, and what the real binary makes of them.

use std::time::Duration;

use kabar::model::record::ArticleRecord;
use kabar::stage::brief::group;
use serde_json::{Value, json};

use crate::support::{Answer, Kabar, Server, briefing};

const WINDOW: [&str; 4] = ["--from", "2026-11-22", "--to", "2026-11-26"];

/// A folder `out` with the records of the fixtures.
fn desk() -> Kabar {
    let kabar = Kabar::bare();
    put_all(&kabar);
    kabar
}

fn put_all(kabar: &Kabar) {
    for article in briefing::expected().article {
        let (name, record) = briefing::record(&article.path);
        put(kabar, &name, &record);
    }
}

fn put(kabar: &Kabar, name: &str, record: &ArticleRecord) {
    kabar.write(&format!("out/{name}.json"), &serde_json::to_string_pretty(record).unwrap());
}

fn brief(kabar: &Kabar, more: &[&str]) -> Value {
    let arguments = [&["brief", "out", "-o", "b.json"], more].concat();
    kabar.expect(0, &arguments);
    kabar.json("b.json")
}

fn items(briefing: &Value) -> &Vec<Value> {
    briefing["items"].as_array().unwrap()
}

/// The item that one of the named articles belongs to.
fn item_of<'a>(briefing: &'a Value, article: &str) -> &'a Value {
    items(briefing).iter().find(|item| item["outlets"].to_string().contains(article)).unwrap()
}

#[test]
fn articles_of_one_event_are_put_together_and_confusable_ones_are_not() {
    let expected = briefing::expected();
    let stories = briefing::stories(&expected);
    let (precision, recall) = briefing::score(&expected, &stories, &group(&stories));
    assert!(precision >= 0.9 && recall >= 0.9, "precision {precision:.3}, recall {recall:.3}");
}

#[test]
fn most_planted_disagreements_are_found_and_hardly_any_other() {
    for (set, least) in
        [("briefing/expected.toml", 20), ("disagreements/second.toml", 19), ("disagreements/third.toml", 13)]
    {
        let expected = briefing::expected_of(set);
        let stories = briefing::stories(&expected);
        let (hit, missed, wrong) = briefing::disagreements(&expected, &stories, &group(&stories));
        assert!(hit.len() >= least && wrong.is_empty(), "{set}: missed {missed:#?}, others {wrong:#?}");
    }
}

#[test]
fn a_briefing_fits_its_schema_and_every_statement_is_borne_out() {
    let kabar = desk();
    let briefing = brief(&kabar, &WINDOW);
    let schema = kabar.expect(0, &["schema", "briefing"]).stdout;
    let validator = jsonschema::validator_for(&serde_json::from_slice(&schema).unwrap()).unwrap();
    assert!(validator.is_valid(&briefing));
    let sources = |item: &Value| item["outlets"].as_array().unwrap().len();
    assert!(sources(&items(&briefing)[0]) >= 6, "what most outlets tell comes first");
    kabar.expect(0, &["brief", "out", "--verify", "b.json"]);
    kabar.expect(0, &[&["brief", "out", "--again", "-o", "b.md"], &WINDOW[..]].concat());
    kabar.expect(0, &["brief", "out", "--verify", "b.md"]);
    assert!(kabar.read("b.md").contains("**Outlets disagree** on dead"));
}

#[test]
fn copies_of_an_agency_are_no_sources_of_their_own() {
    let kabar = desk();
    let briefing = brief(&kabar, &WINDOW);
    let dengue = item_of(&briefing, "kantor-berita-samudra/2026-11-25-vaksin-dengue");
    let copies = dengue["outlets"].as_array().unwrap().iter().filter(|share| share["copy_of"].is_string()).count();
    assert_eq!(copies, 3);
    assert_eq!(dengue["conflicts"], json!([]));
}

#[test]
fn a_later_version_is_news_and_a_silent_change_is_a_correction() {
    let kabar = desk();
    let briefing = brief(&kabar, &WINDOW);
    let changes = |article: &str| item_of(&briefing, article)["changes"].as_array().unwrap().clone();
    let toll = changes("harian-nusantara/2026-11-24-sinar-wisesa");
    let dead = toll.iter().find(|change| change["what"] == "dead").unwrap();
    assert_eq!((dead["before"].as_str(), dead["after"].as_str()), (Some("12"), Some("19")));
    let silent = changes("kabar-rimba/2026-11-24-orangutan-ketapang");
    let pairs: Vec<_> = silent.iter().map(|c| (c["before"].as_str().unwrap(), c["after"].as_str().unwrap())).collect();
    assert_eq!(pairs, [("Rahmawati", "Rahmadani"), ("14", "41")]);
    assert!(silent.iter().all(|change| change["correction"] == true));
}

#[test]
fn the_next_briefing_tells_what_is_new_and_nothing_twice() {
    let kabar = desk();
    brief(&kabar, &["--from", "2026-11-22", "--to", "2026-11-24"]);
    let second = brief(&kabar, &["--to", "2026-11-26", "--from", "2026-11-24"]);
    let ferry = item_of(&second, "lentera-timur/2026-11-24-pemakaman-pomalaa");
    let dead = ferry["changes"].as_array().unwrap().iter().find(|c| c["what"] == "dead" && c["correction"] == false);
    assert!(dead.is_some(), "{ferry:#}");
    let third = brief(&kabar, &WINDOW);
    assert_eq!(items(&third).len(), 0);
    assert_eq!(third["coverage"]["told_before"], 48);
    let again = brief(&kabar, &[&WINDOW[..], &["--again"]].concat());
    assert!(items(&again).len() > 5);
}

#[test]
fn what_a_changed_article_no_longer_bears_out_is_corrected() {
    let kabar = desk();
    brief(&kabar, &WINDOW);
    let (name, mut record) = briefing::record("kabar-rimba/2026-11-25-katak-meratus.md");
    record.source.sha256 = "1".repeat(64);
    let paragraphs = record.sections.iter_mut().flat_map(|section| &mut section.paragraphs);
    paragraphs.for_each(|p| p.id = p.id.chars().rev().collect());
    put(&kabar, &name, &record);
    let next = brief(&kabar, &["--since", "24h"]);
    let corrections = next["corrections"].as_array().unwrap();
    assert!(!corrections.is_empty() && corrections.iter().all(|c| c["article"]["name"] == name.as_str()));
}

#[test]
fn a_false_statement_of_each_kind_is_caught() {
    let kabar = desk();
    let good = brief(&kabar, &WINDOW);
    let statement = good["items"][0]["statements"][0].clone();
    let elsewhere = good["items"][1]["statements"][0]["cites"].clone();
    let text = statement["text"].as_str().unwrap();
    let cases = [
        ("figures", json!(format!("{text} Sebanyak 987 orang.")), statement["cites"].clone()),
        ("names", json!(format!("{text} Kata Bambang Sudarsono.")), statement["cites"].clone()),
        ("quotation", json!(format!("{text} \"Ini bohong belaka,\" katanya.")), statement["cites"].clone()),
        ("cites", statement["text"].clone(), json!([])),
        ("", statement["text"].clone(), elsewhere),
    ];
    for (rule, text, cites) in cases {
        let mut bad = good.clone();
        bad["items"][0]["statements"][0]["text"] = text;
        bad["items"][0]["statements"][0]["cites"] = cites;
        kabar.write("bad.json", &bad.to_string());
        let output = kabar.expect(3, &["brief", "out", "--verify", "bad.json"]);
        let said = String::from_utf8(output.stdout).unwrap();
        assert!(said.starts_with("item 1: ") && said.contains(rule), "{rule}: {said}");
    }
    let figure = good["items"].as_array().unwrap().iter().position(|i| i["conflicts"] != json!([])).unwrap();
    let mut bad = good.clone();
    bad["items"][figure]["conflicts"][0]["figures"][0]["value"] = json!(987.0);
    kabar.write("bad.json", &bad.to_string());
    kabar.expect(3, &["brief", "out", "--verify", "bad.json"]);
}

#[test]
fn a_citation_never_leads_out_of_the_folder() {
    let kabar = desk();
    let (_, record) = briefing::record("kabar-rimba/2026-11-25-katak-meratus.md");
    kabar.write("secret.json", &serde_json::to_string(&record).unwrap());
    let mut bad = brief(&kabar, &WINDOW);
    bad["items"][0]["statements"][0]["cites"] = json!([{ "article": "../secret", "paragraph": 2 }]);
    kabar.write("bad.json", &bad.to_string());
    let said = String::from_utf8(kabar.expect(3, &["brief", "out", "--verify", "bad.json"]).stdout).unwrap();
    assert!(said.contains("There is no paragraph ../secret ¶2."), "{said}");
}

#[test]
fn the_watch_list_comes_first_and_outlets_and_topics_narrow() {
    let kabar = desk();
    let watched = brief(&kabar, &[&WINDOW[..], &["--again", "--watch", "wayang beber"]].concat());
    assert_eq!(watched["items"][0]["watch"], json!(["wayang beber"]));
    let narrow =
        brief(&kabar, &[&WINDOW[..], &["--again", "--outlet", "kabar rimba", "--topic", "orangutan"]].concat());
    assert_eq!((items(&narrow).len(), narrow["coverage"]["selected"].as_u64()), (1, Some(2)));
}

/// The ferry, with two paragraphs in English.
fn ferry() -> ArticleRecord {
    let (_, mut record) = briefing::record("kantor-berita-samudra/2026-11-23-feri-bajoe-kolaka.md");
    let english = [
        "The ferry KMP Sinar Wisesa, on the Bajoe-Kolaka route, sank in the Gulf of Bone on Sunday (22/11) night. The \
         rescue agency Basarnas said 12 passengers had been found dead by Monday morning.",
        "\"The waves were three metres high,\" said the harbour master of Kolaka, who closed the port until Thursday.",
    ];
    let paragraphs = record.sections.iter_mut().flat_map(|section| &mut section.paragraphs);
    let told = paragraphs.filter(|p| p.skipped.is_none() && p.id.split(' ').count() > 8);
    told.zip(english).for_each(|(paragraph, en)| {
        paragraph.en = Some(en.into());
        paragraph.findings.clear();
    });
    record
}

/// What a model's items become; each is a text and the places among the paragraphs it was given that it cites.
fn composed(items: Vec<(&'static str, Vec<usize>)>) -> Value {
    let server = Server::scripted(Duration::ZERO, move |_, asked| {
        assert_eq!(asked["task"], "brief");
        let cite = |at: &usize| asked["paragraphs"].get(at).map_or(json!("a9¶9"), |p| p["cite"].clone());
        let item =
            |(text, at): &(&str, Vec<usize>)| json!({ "text": text, "cites": at.iter().map(cite).collect::<Vec<_>>() });
        Answer::Content(json!({ "items": items.iter().map(item).collect::<Vec<_>>() }))
    });
    let kabar = Kabar::with_backend(&server.url);
    put(&kabar, "samudra/feri", &ferry());
    brief(&kabar, &WINDOW)["items"][0]["statements"].clone()
}

fn written(text: &'static str) -> Value {
    composed(vec![(text, vec![0])])
}

/// False statements of each kind over the English of the ferry: the rule, the text, the paragraphs cited.
const FALSE: [(&str, &str, &[usize]); 9] = [
    ("figures", "The ferry sank in the Gulf of Bone and 12 passengers were missing by Monday morning.", &[0]),
    ("claims", "The ferry Sinar Wisesa on the Bajoe-Kolaka route did not sink in the Gulf of Bone on Sunday.", &[0]),
    ("figures", "The ferry sank in the Gulf of Bone and 21 passengers were found dead.", &[0]),
    ("names", "The ferry Sinar Wisesa sank in the Gulf of Tomini, said Basarnas.", &[0]),
    ("names", "Harbour master Budi Hartono closed the port until Thursday.", &[1]),
    ("quotation", "\"The waves were only small,\" said the harbour master of Kolaka.", &[1]),
    ("cites", "The ferry Sinar Wisesa sank in the Gulf of Bone.", &[]),
    ("cites", "The ferry Sinar Wisesa sank in the Gulf of Bone.", &[99]),
    ("names", "The ferry Sinar Wisesa sank in the Gulf of Bone.", &[1]),
];

#[test]
fn a_false_statement_of_each_kind_by_a_model_is_replaced_and_marked_with_its_rule() {
    for (rule, text, cites) in FALSE {
        let statement = composed(vec![(text, cites.to_vec())])[0].clone();
        assert_eq!(statement["method"], "replaced", "{text}");
        assert_ne!(statement["text"], text);
        let findings = statement["findings"].as_array().unwrap();
        assert!(findings.iter().any(|finding| finding["rule"] == rule), "{rule}: {statement:#}");
        assert!(!statement["cites"].as_array().unwrap().is_empty());
    }
}

#[test]
fn verify_catches_a_false_statement_of_each_kind_on_english_grounds_in_json_and_markdown() {
    let kabar = Kabar::bare();
    put(&kabar, "samudra/feri", &ferry());
    let good = brief(&kabar, &WINDOW);
    let numbers: Vec<u64> = ferry()
        .sections
        .iter()
        .flat_map(|s| &s.paragraphs)
        .filter(|p| p.en.is_some())
        .map(|p| u64::from(p.n))
        .collect();
    let cite = |at: &usize| (*numbers.get(*at).unwrap_or(&99)).to_string();
    for (rule, text, cites) in FALSE {
        let cites: Vec<String> = cites.iter().map(cite).collect();
        let mut bad = good.clone();
        let places = cites.iter().map(|n| json!({ "article": "samudra/feri", "paragraph": n.parse::<u32>().unwrap() }));
        bad["items"][0]["statements"] =
            json!([{ "text": text, "cites": places.collect::<Vec<_>>(), "method": "abstractive" }]);
        kabar.write("bad.json", &bad.to_string());
        let places: Vec<String> = cites.iter().map(|n| format!("samudra/feri ¶{n}")).collect();
        let place = if places.is_empty() { String::new() } else { format!(" [{}]", places.join(", ")) };
        kabar.write("bad.md", &format!("# Briefing\n\n## 1. The ferry\n\n- {text}{place}\n"));
        for file in ["bad.json", "bad.md"] {
            let said = String::from_utf8(kabar.expect(3, &["brief", "out", "--verify", file]).stdout).unwrap();
            assert!(said.contains(&format!("({rule})")), "{file}: {rule}: {said}");
        }
    }
}

#[test]
fn verify_reads_the_figures_of_notes_too() {
    let kabar = desk();
    kabar.expect(0, &[&["brief", "out", "-o", "b.md"], &WINDOW[..]].concat());
    let good = kabar.read("b.md");
    for (part, wrong) in [("“Rahmawati” is now “Rahmadani”", "“Rahmawati” is now “Sulastri”"), ("] → 19", "] → 91")]
    {
        assert!(good.contains(part), "{good}");
        kabar.write("bad.md", &good.replace(part, wrong));
        kabar.expect(3, &["brief", "out", "--verify", "bad.md"]);
    }
    let line = good.lines().find(|line| line.starts_with("- **Outlets disagree** on dead: 12 (")).unwrap();
    kabar.write("bad.md", &good.replace(line, &line.replacen("12 (", "13 (", 1)));
    let said = String::from_utf8(kabar.expect(3, &["brief", "out", "--verify", "bad.md"]).stdout).unwrap();
    assert!(said.contains("13 does not stand in"), "{said}");
}

#[test]
fn a_model_writes_the_statements() {
    let statements = written("Twelve passengers died when the Sinar Wisesa sank in the Gulf of Bone.");
    assert_eq!(statements[0]["method"], "abstractive");
    assert_eq!(statements[0]["backend"], "desk");
    assert_eq!(statements[0]["cites"][0]["article"], "samudra/feri");
}

#[test]
fn what_a_model_makes_up_is_replaced_by_the_lead_and_marked() {
    let statements = written("Nineteen passengers died when the Sinar Wisesa sank in the Gulf of Bone.");
    assert_eq!(statements[0]["method"], "replaced");
    assert!(statements[0]["text"].as_str().unwrap().starts_with("The ferry KMP Sinar Wisesa"));
    assert_eq!(statements[0]["findings"][0]["rule"], "figures");
}

#[test]
fn each_statement_leads_to_the_page_of_its_article_or_shows_the_paragraph() {
    let kabar = desk();
    kabar.write("out/kabar-rimba/2026-11-25-katak-meratus.html", "");
    kabar.expect(0, &[&["brief", "out", "-o", "pages/b.html"], &WINDOW[..]].concat());
    let page = kabar.read("pages/b.html");
    assert!(page.contains("href=\"../out/kabar-rimba/2026-11-25-katak-meratus.html#p2\""), "{page}");
    assert!(
        page.contains("<details class=\"original\">")
            && !page.contains("suara-pesisir/2026-11-24-truk-tak-diikat.html")
    );
    kabar.expect(0, &[&["brief", "out", "--again", "-o", "pages/b.md"], &WINDOW[..]].concat());
    let linked = "[kabar-rimba/2026-11-25-katak-meratus ¶2](../out/kabar-rimba/2026-11-25-katak-meratus.html#p2)]";
    assert!(kabar.read("pages/b.md").contains(linked));
    kabar.expect(0, &["brief", "out", "--verify", "pages/b.md"]);
    let bad = kabar.read("pages/b.md").replace("13 milimeter", "31 milimeter");
    kabar.write("bad.md", &bad);
    kabar.expect(3, &["brief", "out", "--verify", "bad.md"]);
}

#[test]
fn a_mail_needs_a_sender_and_a_reader() {
    let kabar = desk();
    let said = kabar.expect(2, &[&["brief", "out", "-o", "b.eml"], &WINDOW[..]].concat()).stderr;
    assert!(String::from_utf8(said).unwrap().contains("set from and to in [mail]"));
    kabar.config("[mail]\nfrom = \"desk@example.org\"\nto = [\"editor@example.org\"]\n");
    kabar.expect(0, &[&["brief", "out", "-o", "b.eml"], &WINDOW[..]].concat());
    assert!(kabar.read("b.eml").contains("From: desk@example.org\r\nTo: editor@example.org\r\n"));
}

#[test]
fn where_the_budget_is_reached_the_rest_is_told_in_sentences_of_the_articles() {
    let server = Server::scripted(Duration::ZERO, |_, _| Answer::Content(json!({ "items": [] })));
    let kabar = Kabar::with_backend(&server.url);
    let config = kabar.read("kabar.toml");
    kabar.config(&format!("{config}price = {{ input = 1.0, output = 1.0, per = 1 }}\n\n[run]\nbudget = 2.0\n"));
    put(&kabar, "samudra/feri", &ferry());
    let said = kabar.expect(7, &[&["brief", "out", "-o", "b.json"], &WINDOW[..]].concat()).stderr;
    assert!(String::from_utf8(said).unwrap().contains("1 events are told in sentences"));
    assert_eq!(kabar.json("b.json")["items"][0]["statements"][0]["method"], "extractive");
}

/// A desk with one finished article whose backend costs something, and answers after so long.
fn priced(server: &Server) -> Kabar {
    let kabar = Kabar::with_backend(&server.url);
    let config = kabar.read("kabar.toml").replace("timeout = \"5s\"", "timeout = \"60s\"");
    kabar.config(&format!(
        "{config}price = {{ input = 1.0, output = 1.0, per = 1000000 }}\n\n[input]\npaths = [\"in\"]\n[output]\ndir = \"out\"\n"
    ));
    put(&kabar, "samudra/feri", &ferry());
    kabar
}

#[test]
fn where_another_run_holds_the_state_nothing_is_sent_that_could_not_be_booked() {
    let server = Server::scripted(Duration::ZERO, |_, _| Answer::Content(json!({ "items": [] })));
    let kabar = priced(&server);
    let held = kabar::state::State::open(&kabar.path("out/.kabar"), "", "a test").unwrap();
    kabar.expect(5, &[&["brief", "out", "-o", "b.json"], &WINDOW[..]].concat());
    assert!(server.requests().is_empty() && !kabar.path("b.json").exists());
    drop(held);
    kabar.expect(0, &[&["brief", "out", "-o", "b.json"], &WINDOW[..]].concat());
    assert!(!server.requests().is_empty());
}

#[test]
fn the_briefing_of_a_run_listens_to_signals_and_is_told_again() {
    let server = Server::scripted(Duration::from_secs(50), |_, _| Answer::Close);
    let kabar = priced(&server).env("KABAR_NOW", "2026-11-23T22:00:00+07:00[Asia/Jakarta]");
    std::fs::create_dir(kabar.path("in")).unwrap();
    let begun = std::time::Instant::now();
    let mut child = kabar.command(&["run", "--receipt", "receipt.json"]).spawn().unwrap();
    while server.requests().is_empty() {
        assert!(child.try_wait().unwrap().is_none(), "the run ended before it sent anything");
        std::thread::yield_now();
    }
    let pid = rustix::process::Pid::from_raw(i32::try_from(child.id()).unwrap()).unwrap();
    // The second signal ends the request; which of many is the second one is for the system to say.
    while child.try_wait().unwrap().is_none() {
        let _ = rustix::process::kill_process(pid, rustix::process::Signal::TERM);
        std::thread::yield_now();
    }
    assert_eq!(child.wait().unwrap().code(), Some(143));
    assert!(begun.elapsed() < Duration::from_secs(40), "it did not wait for the answer");
    let receipt = kabar.json("receipt.json");
    assert_eq!((&receipt["exit"], &receipt["stopped"]["number"]), (&json!(143), &json!(15)));
    assert!(kabar.path(receipt["briefing"].as_str().unwrap()).exists());
    assert!(!kabar.path("out/.kabar/briefing.json").exists(), "the next one tells it again");
}

#[test]
fn what_a_briefing_was_billed_with_is_booked_though_it_is_killed() {
    let server = Server::scripted(Duration::ZERO, |_, _| Answer::Content(json!({ "items": [] })));
    let kabar = priced(&server);
    let config = kabar.read("kabar.toml");
    kabar.config(&format!("{config}[brief]\nitems = 500\n"));
    put_all(&kabar);
    let mut child = kabar.command(&[&["brief", "out", "-o", "b.json"], &WINDOW[..]].concat()).spawn().unwrap();
    while server.requests().len() < 2 {
        assert!(child.try_wait().unwrap().is_none(), "the briefing ended before it asked twice");
        std::thread::yield_now();
    }
    child.kill().unwrap();
    child.wait().unwrap();
    let state = kabar::state::State::open_for_reading(&kabar.path("out/.kabar"), "").unwrap();
    assert!(state.spent_since("2026").unwrap().iter().any(|spend| spend.amount > 0.0));
}

#[test]
fn a_run_whose_briefing_is_told_short_for_want_of_money_says_so() {
    let server = Server::scripted(Duration::ZERO, |_, _| Answer::Content(json!({ "items": [] })));
    let kabar = priced(&server).env("KABAR_NOW", "2026-11-23T22:00:00+07:00[Asia/Jakarta]");
    std::fs::create_dir(kabar.path("in")).unwrap();
    let output = kabar.expect(7, &["run", "--budget", "0.000001", "--receipt", "receipt.json"]);
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("1 events are told in sentences of their articles: money"), "{said}");
    assert_eq!(kabar.json("receipt.json")["exit"], 7);
    assert!(server.requests().is_empty());
}

#[test]
fn an_answer_without_words_takes_nothing_away() {
    let statements = composed(vec![("  ", vec![0])]);
    assert_eq!(statements[0]["method"], "extractive");
    assert!(statements[0]["text"].as_str().unwrap().starts_with("The ferry KMP Sinar Wisesa"));
}
