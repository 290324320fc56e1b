//! What is handed over to translators and data people. Their own tools open it in `.ci/handover`.

use std::path::Path;

use kabar::model::record::ArticleRecord;
use kabar::stage::tmx;
use kabar::stage::write::{Format, Theme, render};

use crate::support::{Kabar, Server};

const FIXTURES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/handover");

fn flood() -> ArticleRecord {
    let path = Path::new(FIXTURES).join("lentera timur/banjir-demak.json");
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// The unit of a paragraph, from its opening tag to its end.
fn unit<'a>(file: &'a str, opening: &str, end: &str) -> &'a str {
    let from = &file[file.find(opening).unwrap_or_else(|| panic!("{opening} is not in {file}"))..];
    &from[..from.find(end).unwrap()]
}

#[test]
fn xliff_says_of_each_paragraph_how_far_it_is() {
    let two = render("case", &flood(), Format::Xliff, &Theme::builtin()).unwrap();
    let two = |n: u32| unit(&two, &format!("<unit id=\"p{n}\""), "</unit>").to_owned();
    assert!(two(1).contains("type=\"kabar:text\"") && two(1).contains("state=\"translated\""));
    assert!(two(3).contains("state=\"initial\" subState=\"kabar:needs-review\"") && two(3).contains("2.3 billion"));
    assert!(two(7).contains("state=\"initial\"") && !two(7).contains("<target"));
    assert!(two(9).contains("translate=\"no\"") && two(9).contains("an advert for an app"));

    let one = render("case", &flood(), Format::Xliff12, &Theme::builtin()).unwrap();
    let one = |n: u32| unit(&one, &format!("<trans-unit id=\"p{n}\""), "</trans-unit>").to_owned();
    assert!(one(1).contains("state=\"translated\""));
    assert!(one(3).contains("state=\"needs-review-translation\"") && one(3).contains("<note from=\"figures\""));
    assert!(one(7).contains("state=\"new\""));
    assert!(one(9).contains("translate=\"no\""));
}

#[test]
fn no_text_of_an_article_becomes_mark_up_of_an_exchange_file() {
    for format in [Format::Tmx, Format::Xliff, Format::Xliff12] {
        let file = render("case", &flood(), format, &Theme::builtin()).unwrap();
        assert!(!file.contains("<b>") && !file.contains('\u{1b}') && !file.contains('\u{b}'), "{file}");
        assert!(file.contains("&lt;b&gt;not&lt;/b&gt;"), "{file}");
    }
}

#[test]
fn a_memory_of_an_article_holds_what_was_translated_and_nothing_else() {
    let mut pairs = Vec::new();
    tmx::read(&render("case", &flood(), Format::Tmx, &Theme::builtin()).unwrap(), &mut |pair| pairs.push(pair.id))
        .unwrap();
    assert_eq!(pairs.len(), 8, "{pairs:?}");
    assert!(!pairs.iter().any(|id| id.contains("relawan") || id.contains("Unduh")));
}

#[test]
fn each_format_is_written_beside_the_article() {
    let server = Server::fluent();
    let kabar = Kabar::with_backend(&server.url);
    kabar.write("in/banjir.txt", "Hujan deras turun di Bogor sejak Senin pagi.\n\nWarga diminta waspada.\n");
    kabar.expect(0, &["translate", "in", "--format", "json,tmx,xliff,xliff12"]);
    for ending in ["json", "tmx", "xliff", "xlf"] {
        assert!(kabar.read(&format!("kabar-out/banjir.{ending}")).contains("Bogor"), "{ending}");
    }
}

#[test]
fn an_export_is_one_file_whose_ending_says_what_it_is() {
    let kabar = Kabar::bare();
    for (file, sign) in [
        ("a.jsonl", "{\"schema\":\"kabar/article/1\""),
        ("a.csv", "article,paragraph,figure,value,unit,english,agrees\r\n"),
        ("a.tmx", "<tmx version=\"1.4\">"),
        ("a.xliff", "<xliff version=\"2.1\""),
        ("a.xlf", "<xliff version=\"1.2\""),
    ] {
        kabar.expect(0, &["export", FIXTURES, "-o", file]);
        assert!(kabar.read(file).contains(sign), "{file}");
    }
    let shown = kabar.expect(0, &["export", FIXTURES, "--format", "jsonl"]).stdout;
    assert_eq!(String::from_utf8(shown).unwrap(), kabar.read("a.jsonl"));
    assert_eq!(kabar.read("a.jsonl").lines().count(), 2);
    kabar.expect(2, &["export", FIXTURES]);
    kabar.expect(2, &["export", FIXTURES, "--format", "docx"]);
    kabar.expect(2, &["export", "nowhere", "--format", "csv"]);
}

#[test]
fn the_table_of_figures_has_their_values_and_whether_the_english_agrees() {
    let kabar = Kabar::bare();
    let table = String::from_utf8(kabar.expect(0, &["export", FIXTURES, "--format", "csv"]).stdout).unwrap();
    let has = |line: &str| assert!(table.contains(&format!("{line}\r\n")), "{line} is not in {table}");
    has("lentera timur/banjir-demak,1,1.250,1250,rumah,\"1,250\",yes");
    has("lentera timur/banjir-demak,3,\"2,3 triliun\",2300000000000,rupiah,,no");
    has("lentera timur/banjir-demak,3,\"3,5\",3.5,percent,3.5,yes");
    has("'=harga,1,14.500,14500,rupiah,\"14,500\",yes");
}

#[test]
fn a_damaged_record_is_named_and_the_others_are_exported() {
    let kabar = Kabar::bare();
    kabar.write("out/a.json", &serde_json::to_string(&flood()).unwrap());
    kabar.write("out/b.json", "{\"schema\":\"kabar/article/1\", \"so");
    let output = kabar.expect(3, &["export", "out", "--format", "jsonl"]);
    assert_eq!(String::from_utf8_lossy(&output.stdout).lines().count(), 1);
    assert!(crate::support::kabar::stderr(&output).contains("b.json"));
}
