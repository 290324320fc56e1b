//! Which articles a briefing tells, rule by rule, and what its foot says of outlets: through the real binary.

use kabar::model::key::sha256_hex;
use serde_json::{Value, json};

use crate::support::kabar::stderr;
use crate::support::{Answer, Kabar, Server};

/// Wednesday morning in Jakarta.
const NOW: &str = "2026-11-25T06:00:00+07:00[Asia/Jakarta]";

fn desk() -> Kabar {
    Kabar::bare().env("KABAR_NOW", NOW)
}

/// A finished article of one paragraph; its outlet is the first folder of its name.
fn put(kabar: &Kabar, name: &str, date: Option<&str>, id: &str, en: Option<&str>) {
    let mut record = json!({
        "schema": "kabar/article/1",
        "source": { "path": format!("{name}.txt"), "sha256": sha256_hex(id.as_bytes()) },
        "lang": { "source": "id", "target": "en" }, "title": { "id": name, "en": null }, "summary": { "en": "", "points": [], "method": "extractive" },
        "sections": [{ "n": 1, "heading": null, "summary": { "en": "" }, "paragraphs": [
            { "n": 1, "kind": "text", "span": [0, id.len()], "id": id, "en": en, "findings": [] }] }],
        "provenance": { "kabar": "0", "backends": [], "prompts": [] },
    });
    if let Some(date) = date {
        record["source"]["date"] = date.into();
    }
    kabar.write(&format!("out/{name}.json"), &record.to_string());
}

/// An article whose words nothing else holds.
fn story(kabar: &Kabar, name: &str, date: &str) {
    put(kabar, name, Some(date), &format!("{} terjadi di {}.", word(name, 'a'), word(name, 'o')), None);
}

/// A word made of a name.
fn word(name: &str, vowel: char) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).flat_map(|c| [c, vowel]).collect()
}

fn brief(kabar: &Kabar, more: &[&str]) -> Value {
    kabar.expect(0, &[&["brief", "out", "-o", "b.json"], more].concat());
    kabar.json("b.json")
}

/// The names of the articles that are told, in the order of the events.
fn told(briefing: &Value) -> Vec<String> {
    let items = briefing["items"].as_array().unwrap().iter();
    let shares = items.flat_map(|item| item["outlets"].as_array().unwrap());
    let articles = shares.flat_map(|share| share["articles"].as_array().unwrap());
    articles.map(|article| article["name"].as_str().unwrap().to_owned()).collect()
}

fn sorted(briefing: &Value) -> Vec<String> {
    let mut names = told(briefing);
    names.sort_unstable();
    names
}

/// What the foot of the plain text says.
fn foot(kabar: &Kabar, more: &[&str]) -> String {
    let text = kabar.expect(0, &[&["brief", "out", "--format", "txt", "--again"], more].concat()).stdout;
    let text = String::from_utf8(text).unwrap();
    assert!(text.lines().all(|line| line.chars().count() <= 100), "{text}");
    let foot = text.split("WHAT THIS RESTS ON").nth(1).unwrap();
    foot.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn since_tells_the_last_hours_and_nothing_before_or_after_them() {
    let kabar = desk();
    story(&kabar, "a/before", "2026-11-24T05:59:59+07:00");
    story(&kabar, "a/first", "2026-11-24T06:05:00+07:00");
    story(&kabar, "a/last", "2026-11-24T22:59:59Z");
    story(&kabar, "a/future", "2026-11-25T06:05:00+07:00");
    put(&kabar, "a/undated", None, "Tanpa tanggal di mana pun.", None);
    let briefing = brief(&kabar, &["--since", "24h"]);
    assert_eq!(sorted(&briefing), ["a/first", "a/last", "a/undated"]);
    assert_eq!(briefing["coverage"]["undated"], 1);
    assert_eq!(sorted(&brief(&kabar, &["--since", "25h", "--again"])), ["a/before", "a/first", "a/last", "a/undated"]);
}

#[test]
fn from_and_to_are_read_in_the_zone_of_the_desk_and_the_end_is_not_told() {
    let kabar = desk();
    story(&kabar, "a/eve", "2026-11-22T23:59:59+07:00");
    story(&kabar, "a/morning", "2026-11-23T00:00:00+07:00");
    story(&kabar, "a/evening", "2026-11-23T16:59:59Z");
    story(&kabar, "a/next", "2026-11-24T00:00:00+07:00");
    assert_eq!(sorted(&brief(&kabar, &["--from", "2026-11-23", "--to", "2026-11-24"])), ["a/evening", "a/morning"]);
    let open = brief(&kabar, &["--from", "2026-11-23T12:00:00+07:00", "--again"]);
    assert_eq!(sorted(&open), ["a/evening", "a/next"]);
    let said = kabar.expect(2, &["brief", "out", "--from", "2026-11-24", "--to", "2026-11-23"]);
    assert!(stderr(&said).contains("before it begins"), "{}", stderr(&said));
}

#[test]
fn without_a_window_it_tells_what_came_since_the_last_briefing() {
    let kabar = desk();
    kabar.config("[brief]\nsince = \"12h\"\n");
    story(&kabar, "a/old", "2026-11-24T10:00:00+07:00");
    story(&kabar, "a/night", "2026-11-24T20:00:00+07:00");
    assert_eq!(sorted(&brief(&kabar, &[])), ["a/night"], "the first one tells what [brief] since says");
    story(&kabar, "a/older", "2026-11-24T11:00:00+07:00");
    let kabar = kabar.env("KABAR_NOW", "2026-11-25T14:00:00+07:00[Asia/Jakarta]");
    story(&kabar, "a/noon", "2026-11-25T12:00:00+07:00");
    story(&kabar, "a/late", "2026-11-25T04:00:00+07:00");
    let second = brief(&kabar, &[]);
    assert_eq!(sorted(&second), ["a/late", "a/noon", "a/older"], "what came too late for the last one is told now");
    let kabar = kabar.env("KABAR_NOW", "2026-11-25T15:00:00+07:00[Asia/Jakarta]");
    assert_eq!(sorted(&brief(&kabar, &[])), [""; 0]);
}

#[test]
fn an_article_is_told_again_only_when_it_changed() {
    let kabar = desk();
    story(&kabar, "a/one", "2026-11-24T10:00:00+07:00");
    story(&kabar, "a/two", "2026-11-24T11:00:00+07:00");
    assert_eq!(sorted(&brief(&kabar, &["--since", "24h"])), ["a/one", "a/two"]);
    let second = brief(&kabar, &["--since", "24h"]);
    assert_eq!((told(&second).len(), &second["coverage"]["told_before"]), (0, &json!(2)));
    put(&kabar, "a/two", Some("2026-11-24T11:00:00+07:00"), "Jumlahnya ternyata 40 orang.", None);
    let third = brief(&kabar, &["--since", "24h"]);
    assert_eq!(told(&third), ["a/two"]);
    assert_eq!(third["coverage"]["rewritten"][0]["name"], "a/two");
    assert_eq!(told(&brief(&kabar, &["--since", "24h"])).len(), 0);
}

/// Changes the record of an article.
fn rewrite(kabar: &Kabar, name: &str, change: impl Fn(&mut Value)) {
    let path = format!("out/{name}.json");
    let mut record = kabar.json(&path);
    change(&mut record);
    kabar.write(&path, &record.to_string());
}

#[test]
fn a_page_that_was_fetched_again_or_moved_is_not_told_again() {
    let kabar = desk();
    story(&kabar, "kompas/one", "2026-11-25T05:00:00+07:00");
    story(&kabar, "kompas/two", "2026-11-25T05:30:00+07:00");
    assert_eq!(sorted(&brief(&kabar, &[])), ["kompas/one", "kompas/two"]);
    rewrite(&kabar, "kompas/one", |record| record["source"]["sha256"] = "a token of the page changed".into());
    std::fs::create_dir_all(kabar.path("out/arsip")).unwrap();
    std::fs::rename(kabar.path("out/kompas/two.json"), kabar.path("out/arsip/two.json")).unwrap();
    let next = brief(&kabar, &["--since", "24h"]);
    assert_eq!((told(&next).len(), &next["coverage"]["told_before"]), (0, &json!(2)));
    assert_eq!(next["coverage"]["rewritten"], Value::Null);
}

const FERRY: &str = "Menteri Perhubungan Budi Karya mengatakan di Merak bahwa feri itu menewaskan 50 orang.";
const FERRY_EN: &str = "Transport Minister Budi Karya said in Merak that the ferry killed 50 people.";

fn ferry(kabar: &Kabar, name: &str, toll: &str) {
    let (id, en) = (FERRY.replace("50", toll), FERRY_EN.replace("50", toll));
    put(kabar, name, Some("2026-11-24T20:00:00+07:00"), &id, Some(&en));
    rewrite(kabar, name, |record| {
        record["source"]["url"] = "https://k.example/1".into();
        record["title"]["id"] = "Menteri bicara".into();
    });
}

#[test]
fn a_statement_is_corrected_days_after_it_was_told_and_only_once() {
    let kabar = desk();
    ferry(&kabar, "kompas/a", "50");
    assert_eq!(told(&brief(&kabar, &["--extractive"])), ["kompas/a"]);
    let kabar = kabar.env("KABAR_NOW", "2026-11-26T06:00:00+07:00[Asia/Jakarta]");
    story(&kabar, "kompas/b", "2026-11-25T20:00:00+07:00");
    assert_eq!(told(&brief(&kabar, &["--extractive"])), ["kompas/b"]);
    let kabar = kabar.env("KABAR_NOW", "2026-11-27T06:00:00+07:00[Asia/Jakarta]");
    ferry(&kabar, "kompas/a", "5");
    kabar.expect(0, &["brief", "out", "--again", "-o", "b.md", "--extractive"]);
    assert!(kabar.read("b.md").contains("Now: “Transport Minister Budi Karya said in Merak that the ferry killed 5"));
    kabar.expect(0, &["brief", "out", "--verify", "b.md"]);
    kabar.write("bad.md", &kabar.read("b.md").replace("killed 5 people", "killed 500 people"));
    kabar.expect(3, &["brief", "out", "--verify", "bad.md"]);
    let third = brief(&kabar, &["--extractive"]);
    assert_eq!(third["corrections"][0]["was"]["text"], FERRY_EN);
    kabar.expect(0, &["brief", "out", "--verify", "b.json"]);
    assert_eq!(brief(&kabar, &["--extractive"])["corrections"], json!([]));
}

#[test]
fn a_page_that_a_later_crawl_stored_under_another_name_corrects_what_was_told_of_it() {
    let kabar = desk();
    ferry(&kabar, "2026-11-24/a", "50");
    brief(&kabar, &["--extractive"]);
    let kabar = kabar.env("KABAR_NOW", "2026-11-26T06:00:00+07:00[Asia/Jakarta]");
    ferry(&kabar, "2026-11-25/a", "5");
    let next = brief(&kabar, &["--extractive"]);
    let correction = &next["corrections"][0];
    assert_eq!(
        (&correction["article"]["name"], &correction["was"]["text"]),
        (&json!("2026-11-25/a"), &json!(FERRY_EN))
    );
    assert_eq!(next["items"][0]["changes"], json!([]), "it is corrected, not new: {next:#}");
    assert_eq!(brief(&kabar, &["--extractive"])["corrections"], json!([]));
}

#[test]
fn what_lay_in_the_folder_before_the_first_briefing_is_no_news_after_it() {
    let kabar = desk();
    story(&kabar, "a/old", "2026-11-24T08:00:00+07:00");
    story(&kabar, "a/older-day", "2026-11-23");
    story(&kabar, "a/day", "2026-11-24");
    story(&kabar, "a/new", "2026-11-25T05:00:00+07:00");
    assert_eq!(sorted(&brief(&kabar, &["--since", "6h01m"])), ["a/new"]);
    let kabar = kabar.env("KABAR_NOW", "2026-11-25T06:05:00+07:00[Asia/Jakarta]");
    assert_eq!(sorted(&brief(&kabar, &[])), ["a/day"], "it may be of the evening, so it is told rather than lost");
}

#[test]
fn an_outlet_that_dates_its_articles_by_day_is_not_called_silent() {
    let kabar = desk();
    kabar.config("[brief]\nsince = \"24h\"\n");
    week(&kabar, "setiap", [1; 7], 0);
    brief(&kabar, &[]);
    for day in ["26", "27"] {
        let kabar = &kabar;
        story(kabar, &format!("setiap/{day}"), &format!("2026-11-{:02}", day.parse::<u8>().unwrap() - 1));
        let now = format!("2026-11-{day}T05:25:00+07:00[Asia/Jakarta]");
        let next = Kabar::command(kabar, &["brief", "out", "-o", "b.json"]).env("KABAR_NOW", now).output().unwrap();
        assert!(next.status.success());
        let next = kabar.json("b.json");
        assert_eq!(told(&next), [format!("setiap/{day}")]);
        assert_eq!(
            (&next["coverage"]["outlets"][0]["articles"], &next["coverage"]["outlets"][0]["state"]),
            (&json!(1), &json!("usual"))
        );
    }
}

#[test]
fn a_file_is_named_after_its_form_and_another_one_is_never_written_over() {
    let kabar = desk();
    kabar.write("told/briefing.md", "mine");
    story(&kabar, "a/one", "2026-11-25T05:00:00+07:00");
    for file in ["told/briefing.2026-11-25", "told/briefing.html"] {
        let said = stderr(&kabar.expect(2, &["brief", "out", "-o", file, "--format", "md"]));
        assert!(said.contains("name the file after its form"), "{said}");
    }
    assert_eq!(
        (kabar.read("told/briefing.md"), files(&kabar, "told")),
        ("mine".to_owned(), vec!["briefing.md".to_owned()])
    );
    kabar.expect(0, &["brief", "out", "-o", "told/briefing.html", "--format", "html"]);
}

#[test]
fn outlets_and_topics_narrow_what_is_told_and_leave_the_rest_for_later() {
    let kabar = desk();
    put(&kabar, "kompas/a", Some("2026-11-24"), "Harga beras naik di Karawang.", Some("Rice got dearer in Karawang."));
    put(&kabar, "tempo.co/b", Some("2026-11-24"), "Harga cabai naik di Garut.", Some("Chillies got dearer in Garut."));
    put(&kabar, "antara/c", Some("2026-11-24"), "Banjir surut di Demak.", Some("The flood in Demak receded."));
    assert_eq!(
        sorted(&brief(&kabar, &["--again", "--since", "48h", "--outlet", "Tempo.co", "--outlet", "KOMPAS"])),
        ["kompas/a", "tempo.co/b"]
    );
    let by_word = |word: &str| sorted(&brief(&kabar, &["--again", "--since", "48h", "--topic", word]));
    assert_eq!(by_word("cabai"), ["tempo.co/b"], "a word of the Indonesian");
    assert_eq!(by_word("flood in demak"), ["antara/c"], "a phrase of the English");
    assert_eq!(by_word("bera"), [""; 0], "whole words only");
    assert_eq!(told(&brief(&kabar, &["--since", "48h", "--outlet", "antara"])), ["antara/c"]);
    assert_eq!(sorted(&brief(&kabar, &["--since", "48h"])), ["kompas/a", "tempo.co/b"]);
}

#[test]
fn names_and_words_of_the_watch_list_come_first_and_raise_an_alert() {
    let kabar = desk();
    kabar.config("[brief]\nwatch = [\"Untung Sahay\"]\n");
    for outlet in ["a", "b", "c"] {
        let text =
            "Gempa magnitudo 6,2 mengguncang Laut Banda, warga Kecamatan Banda Neira berlarian ke Benteng Belgica.";
        put(&kabar, &format!("{outlet}/gempa"), Some("2026-11-25T01:00"), &format!("{text} Kata {outlet}."), None);
    }
    let en = Some("Subsidies for fertilizer were raised.");
    put(&kabar, "d/pupuk", Some("2026-11-24T12:00"), "Pupuk bersubsidi ditambah.", en);
    put(&kabar, "d/gambut", Some("2026-11-24T11:00"), "Kata Untung Sahay, sumurnya kering.", None);
    let first = |more: &[&str]| brief(&kabar, &[&["--since", "24h", "--again"], more].concat())["items"].clone();
    let items = first(&[]);
    assert_eq!((&items[0]["title"], &items[0]["watch"]), (&json!("d/gambut"), &json!(["Untung Sahay"])));
    assert_eq!(items[1]["outlets"].as_array().unwrap().len(), 3, "then what most outlets tell");
    let items = first(&["--watch", "FERTILIZER"]);
    let titles = [&items[0]["title"], &items[1]["title"]];
    assert!(titles.contains(&&json!("d/gambut")) && titles.contains(&&json!("d/pupuk")), "{titles:?}");
    let said = stderr(&kabar.expect(0, &["brief", "out", "--since", "24h", "-o", "b.txt"]));
    assert!(said.contains("kabar: watch list: Untung Sahay: d/gambut"), "{said}");
    assert!(kabar.read("b.txt").contains("! On the watch list: Untung Sahay"));
}

/// Articles of the days from 17 to 23 November, as many a day as the numbers say, and some of the 24th.
fn week(kabar: &Kabar, outlet: &str, days: [usize; 7], last: usize) {
    for (day, count) in (17..).zip(days.into_iter().chain([last])) {
        (0..count).for_each(|n| story(kabar, &format!("{outlet}/{day}-{n}"), &format!("2026-11-{day}T12:00:00+07:00")));
    }
}

#[test]
fn no_news_and_a_broken_fetch_look_different() {
    let kabar = desk();
    kabar.config("[brief]\noutlets = [\"Radio Rinjani\", \"jarang\", \"rajin\", \"lama\"]\n");
    week(&kabar, "rajin", [4; 7], 0);
    week(&kabar, "setia", [4; 7], 1);
    week(&kabar, "biasa", [2; 7], 2);
    week(&kabar, "jarang", [0, 1, 0, 0, 2, 0, 0], 0);
    story(&kabar, "lama/a", "2026-09-01");
    let said = foot(&kabar, &["--from", "2026-11-24", "--to", "2026-11-25"]);
    for part in [
        "Never sent anything; look at the fetch: Radio Rinjani.",
        "Sent nothing; look at the fetch: lama, rajin (usually 4).",
        "Far less than usual: setia (1, usually 4).",
        "No news, as often: jarang.",
    ] {
        assert!(said.contains(part), "{part} {said}");
    }
    assert!(!said.contains("biasa"), "{said}");
}

#[test]
fn an_outlet_whose_articles_wait_is_not_called_silent() {
    let server = Server::scripted(std::time::Duration::ZERO, |_, _| Answer::Raw(400, String::new(), Vec::new()));
    let kabar = Kabar::with_backend(&server.url).env("KABAR_NOW", NOW);
    week(&kabar, "rajin", [4; 7], 0);
    kabar
        .write("in/rajin/a.md", "---\ndate: 2026-11-25T05:00:00+07:00\noutlet: rajin\n---\n\nBanjir surut di Demak.\n");
    kabar.run(&["translate", "in", "-o", "out", "--format", "json", "-q"]);
    std::fs::remove_file(kabar.path("out/rajin/a.json")).ok();
    let said = foot(&kabar, &["--since", "12h", "--extractive"]);
    assert!(said.contains("none of this time is finished; look at kabar status: rajin."), "{said}");
}

fn files(kabar: &Kabar, folder: &str) -> Vec<String> {
    kabar.tree(folder).into_keys().map(|path| path.display().to_string()).collect()
}

#[test]
fn a_second_briefing_of_a_day_never_takes_the_place_of_the_first() {
    let kabar = desk();
    story(&kabar, "a/one", "2026-11-25T05:00:00+07:00");
    kabar.expect(0, &["brief", "out", "-o", "told", "--extractive"]);
    let first = kabar.read("told/briefing-2026-11-25.md");
    story(&kabar, "a/two", "2026-11-25T11:00:00+07:00");
    let kabar = kabar.env("KABAR_NOW", "2026-11-25T12:00:00+07:00[Asia/Jakarta]");
    kabar.expect(0, &["brief", "out", "-o", "told", "--extractive"]);
    assert_eq!(kabar.read("told/briefing-2026-11-25.md"), first);
    assert!(kabar.read("told/briefing-2026-11-25-2.md").contains("a/two"));
    assert_eq!(files(&kabar, "told").len(), 4);
}

#[test]
fn a_look_at_some_outlets_or_at_another_time_does_not_stand_for_the_last_briefing() {
    let kabar = desk();
    let at = |day: &str| format!("2026-11-{day}:00+07:00");
    story(&kabar, "kompas/first", &at("25T05:00"));
    assert_eq!(told(&brief(&kabar, &[])), ["kompas/first"]);
    let kabar = kabar.env("KABAR_NOW", "2026-11-29T06:00:00+07:00[Asia/Jakarta]");
    story(&kabar, "tempo/early", &at("25T07:00"));
    story(&kabar, "kompas/early", &at("25T07:30"));
    story(&kabar, "kompas/new", &at("29T05:30"));
    assert_eq!(told(&brief(&kabar, &["--topic", &word("tempo/other", 'a')])), [""; 0]);
    assert_eq!(sorted(&brief(&kabar, &["--outlet", "tempo"])), ["tempo/early"]);
    assert_eq!(sorted(&brief(&kabar, &["--since", "1h"])), ["kompas/new"]);
    put(&kabar, "kompas/first", Some(&at("25T05:00")), "Semua ternyata lain.", None);
    let all = brief(&kabar, &[]);
    assert_eq!(sorted(&all), ["kompas/early", "kompas/first"], "what nobody told yet, and nothing twice");
}

#[test]
fn an_outlet_that_the_folder_does_not_know_is_told() {
    let kabar = desk();
    story(&kabar, "kompas/a", "2026-11-25T05:00:00+07:00");
    let said = stderr(&kabar.expect(0, &["brief", "out", "--outlet", "Kompass", "-o", "b.md"]));
    assert!(said.contains("no article in out is of the outlet \"Kompass\""), "{said}");
    let said = stderr(&kabar.expect(0, &["brief", "out", "--outlet", "KOMPAS", "-o", "b.md"]));
    assert!(!said.contains("outlet"), "{said}");
}

#[test]
fn a_folder_with_a_point_in_its_name_is_a_folder() {
    let kabar = desk();
    story(&kabar, "kompas/a", "2026-11-25T05:00:00+07:00");
    std::fs::create_dir(kabar.path("desk.2026")).unwrap();
    kabar.expect(0, &["brief", "out", "-o", "desk.2026"]);
    assert_eq!(files(&kabar, "desk.2026"), ["briefing-2026-11-25.json", "briefing-2026-11-25.md"]);
}
