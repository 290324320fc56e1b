//! Every fixture article is read, cleaned and sectioned as the page beside it expects.

use std::fs;
use std::path::Path;
use std::sync::LazyLock;

use kabar::model::article::{Article, ENGLISH_SKIPPED, Paragraph, TITLE_SKIPPED};
use kabar::stage::clean::{Rules, clean};
use kabar::stage::read::{Input, ReadOptions, WalkOptions, open, walk};
use kabar::stage::section::section;
use serde::Deserialize;

static RULES: LazyLock<Rules> = LazyLock::new(Rules::builtin);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Expected {
    /// What the fixture shows.
    why: String,
    title: Option<String>,
    #[serde(default)]
    source: std::collections::BTreeMap<String, String>,
    /// `[kind, section, first words]`
    paragraphs: Vec<(String, u32, String)>,
}

fn article(file: &Path) -> Article {
    let found = walk(&[Input::Path(file.to_path_buf())], &WalkOptions::default()).next().unwrap().unwrap();
    let options = ReadOptions::default();
    let mut document = open(&found, &options).next().unwrap().unwrap().parse(&options).unwrap();
    clean(&mut document, &RULES);
    section(document)
}

/// The paragraph's kind; `title` for the title's own block, `foreign` for text that is not sent for its language.
fn label(paragraph: &Paragraph) -> String {
    let kind = serde_json::to_value(paragraph.kind).unwrap().as_str().unwrap().to_owned();
    match paragraph.skipped.as_deref() {
        Some(TITLE_SKIPPED) => "title".into(),
        Some(reason) if reason == ENGLISH_SKIPPED || reason.starts_with("written in") => "foreign".into(),
        Some(reason) if kind != "boilerplate" => format!("{kind} skipped: {reason}"),
        None if kind == "boilerplate" => "boilerplate that is not skipped".into(),
        _ => kind,
    }
}

fn input_of(case: &Path) -> std::path::PathBuf {
    let mut files: Vec<_> = fs::read_dir(case).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|ending| ending != "toml"));
    assert_eq!(files.len(), 1, "one input in {}", case.display());
    files.remove(0)
}

fn check(case: &Path) -> Result<(), String> {
    let expected: Expected = toml::from_str(&fs::read_to_string(case.join("expected.toml")).unwrap())
        .map_err(|error| format!("expected.toml: {error}"))?;
    let article = article(&input_of(case));
    let mut wrong = Vec::new();
    if expected.why.split_whitespace().count() < 4 {
        wrong.push("`why` says nothing".to_owned());
    }
    if article.title != expected.title {
        wrong.push(format!("title {:?}, expected {:?}", article.title, expected.title));
    }
    let source = serde_json::to_value(&article.source).unwrap();
    for (field, value) in &expected.source {
        if source[field] != value.as_str() {
            wrong.push(format!("{field} {}, expected {value:?}", source[field]));
        }
    }
    let got: Vec<_> = article
        .sections
        .iter()
        .flat_map(|section| section.paragraphs.iter().map(move |paragraph| (section.n, paragraph)))
        .map(|(n, paragraph)| (label(paragraph), n, paragraph))
        .collect();
    if got.len() != expected.paragraphs.len() {
        wrong.push(format!("{} paragraphs, expected {}", got.len(), expected.paragraphs.len()));
    }
    for ((kind, n, paragraph), (expected_kind, expected_n, words)) in got.iter().zip(&expected.paragraphs) {
        if (kind, n) != (expected_kind, expected_n) || !paragraph.text.starts_with(words.as_str()) {
            let text: String = paragraph.text.chars().take(50).collect();
            wrong
                .push(format!("¶{} {kind} {n} {text:?}, expected {expected_kind} {expected_n} {words:?}", paragraph.n));
        }
    }
    if wrong.is_empty() { Ok(()) } else { Err(wrong.join("\n  ")) }
}

#[test]
fn every_fixture_article_is_read_as_expected() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/articles");
    let mut cases: Vec<_> = fs::read_dir(root).unwrap().map(|entry| entry.unwrap().path()).collect();
    cases.sort();
    assert!(cases.len() >= 40, "{} cases", cases.len());
    let wrong: Vec<String> = cases
        .iter()
        .filter_map(|case| {
            check(case).err().map(|wrong| format!("{}:\n  {wrong}", case.file_name().unwrap().display()))
        })
        .collect();
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn a_users_rule_file_comes_before_the_house_rules() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("rules.toml");
    fs::write(&file, "[[rule]]\nname = \"mine\"\nwhy = \"our own bar\"\npattern = '^Langganan majalah'\n").unwrap();
    let rules = Rules::with_file(&file).unwrap();
    let mut document = kabar::stage::read::parse_text(
        "Isi berita.\nLangganan majalah kami!\nBaca juga: Lain",
        kabar::stage::read::Format::Text,
    )
    .unwrap();
    clean(&mut document, &rules);
    let reasons: Vec<_> = document.blocks.iter().map(|block| block.skipped.as_deref()).collect();
    assert_eq!(reasons, [None, Some("our own bar"), Some("a link to another story")]);
    fs::write(&file, "[[rule]]\nname = \"x\"\nwhy = \"y\"\npattern = '('\n").unwrap();
    let error = Rules::with_file(&file).unwrap_err().to_string();
    assert!(error.contains("rules.toml") && error.contains("rule x"), "{error}");
}
