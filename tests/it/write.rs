//! What is written for people and scripts, shown on one real article whose English was written by hand.

use std::collections::BTreeMap;

use kabar::model::article::{Article, Paragraph, ParagraphKind, Section, Source, Span};
use kabar::model::finding::Finding;
use kabar::model::key::sha256_hex;
use kabar::model::record::{ArticleRecord, BackendRef, PromptRef, Provenance};
use kabar::model::reply::Summary;
use kabar::model::segment::SegmentId;
use kabar::model::unit::SegmentOutcome;
use kabar::stage::assemble::{Parts, SummaryOutcome, assemble};
use kabar::stage::check::Checks;
use kabar::stage::write::{Format, Theme, article_schema, receipt_schema};

#[derive(serde::Deserialize)]
struct Pair {
    id: String,
    en: String,
}

fn pairs() -> Vec<Pair> {
    serde_json::from_str(include_str!("../../fixtures/backend/openai/iran-rusia/english.json")).unwrap()
}

fn given_summary() -> Summary {
    serde_json::from_str(include_str!("../../fixtures/backend/openai/iran-rusia/summary.json")).unwrap()
}

/// Paragraphs 4 and 10 are teasers and end a section; 14 is an advert.
fn article() -> Article {
    let mut sections = vec![Vec::new()];
    let mut offset = 0;
    for (n, pair) in (1..).zip(pairs()) {
        let kind = match n {
            4 | 10 => ParagraphKind::Promo,
            14 => ParagraphKind::Boilerplate,
            _ => ParagraphKind::Text,
        };
        let span = Span(offset, offset + pair.id.len());
        offset = span.1 + 1;
        let skipped = (n == 14).then(|| "an advert for an app".to_owned());
        sections.last_mut().unwrap().push(Paragraph { n, kind, span, text: pair.id, skipped });
        if kind == ParagraphKind::Promo {
            sections.push(Vec::new());
        }
    }
    let section = |(n, paragraphs)| Section { n, heading: None, paragraphs };
    let source = Source { path: "iran-rusia.txt".into(), sha256: sha256_hex(b"iran-rusia"), ..Source::default() };
    Article { source, title: None, sections: (1..).zip(sections).map(section).collect() }
}

fn outcomes() -> BTreeMap<SegmentId, SegmentOutcome> {
    let pairs = (1..).zip(pairs()).filter(|(n, _)| *n != 14);
    let outcome = |(paragraph, pair): (u32, Pair)| {
        let id = SegmentId { paragraph, part: 0 };
        (id, SegmentOutcome { id, en: Some(pair.en), backend: Some("desk".into()), findings: Vec::new() })
    };
    pairs.map(outcome).collect()
}

fn provenance(draft: bool) -> Provenance {
    Provenance {
        kabar: "0.1.0".into(),
        backends: vec![BackendRef {
            name: "desk".into(),
            dialect: "openai".into(),
            model: Some("newsdesk-1".into()),
            draft,
        }],
        prompts: vec![PromptRef { name: "translate".into(), hash: "0123456789abcdef".into() }],
        tier: None,
    }
}

fn record() -> ArticleRecord {
    let summary = given_summary();
    let outcome = SummaryOutcome { summary: Some(&summary), backend: Some("desk"), findings: &[] };
    assemble(Parts {
        article: &article(),
        outcomes: &outcomes(),
        summary: Some(outcome),
        provenance: provenance(false),
    })
}

fn render(record: &ArticleRecord, format: Format) -> String {
    kabar::stage::write::render("desk/iran-rusia", record, format, &Theme::builtin()).unwrap()
}

#[test]
fn the_page_for_people_is_as_it_was_agreed() {
    insta::assert_snapshot!(render(&record(), Format::Markdown));
}

#[test]
fn the_record_for_scripts_is_as_it_was_agreed() {
    insta::assert_snapshot!(render(&record(), Format::Json));
}

#[test]
fn the_translation_by_hand_passes_every_check() {
    assert_eq!(Checks::default().record(&record()), []);
}

#[test]
fn a_record_validates_against_its_schema_and_comes_back_the_same() {
    let text = render(&record(), Format::Json);
    let schema = serde_json::to_value(article_schema()).unwrap();
    let value: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert!(jsonschema::is_valid(&schema, &value));
    assert_eq!(serde_json::from_str::<ArticleRecord>(&text).unwrap(), record());

    let mut wrong = value;
    wrong["sections"][0]["paragraphs"][0]["kind"] = "poem".into();
    assert!(!jsonschema::is_valid(&schema, &wrong));
}

#[test]
fn a_receipt_validates_against_its_schema() {
    let receipt = kabar::model::outcome::Receipt::default();
    let schema = serde_json::to_value(receipt_schema()).unwrap();
    assert!(jsonschema::is_valid(&schema, &serde_json::to_value(receipt).unwrap()));
}

#[test]
fn without_a_written_summary_the_page_says_that_its_sentences_are_those_of_the_translation() {
    let parts = Parts { article: &article(), outcomes: &outcomes(), summary: None, provenance: provenance(false) };
    let record = assemble(parts);
    let page = render(&record, Format::Markdown);
    assert!(page.contains("*Sentences of the translation, chosen by machine, unchanged.*"));
    let english: Vec<_> = pairs().into_iter().map(|pair| pair.en).collect();
    assert!(!record.summary.en.is_empty() && english.iter().any(|en| record.summary.en.contains(en.as_str())));
    for teaser in [3, 9] {
        assert!(!record.summary.en.contains(&english[teaser]));
        assert!(!record.summary.points.contains(&english[teaser]));
    }
}

#[test]
fn a_draft_is_called_a_draft() {
    let parts = Parts { article: &article(), outcomes: &outcomes(), summary: None, provenance: provenance(true) };
    assert!(render(&assemble(parts), Format::Markdown).contains("**Draft:**"));
}

#[test]
fn what_is_missing_or_doubtful_stands_where_it_belongs() {
    let mut outcomes = outcomes();
    let missing = outcomes.get_mut(&SegmentId { paragraph: 5, part: 0 }).unwrap();
    missing.en = None;
    missing.findings = vec![Finding::error("refusal", "The answer refuses the work instead of translating.")];
    let doubtful = outcomes.get_mut(&SegmentId { paragraph: 6, part: 0 }).unwrap();
    doubtful.findings = vec![Finding::error("figures", "The figure 10.000 (10,000) is missing.")];
    let parts = Parts { article: &article(), outcomes: &outcomes, summary: None, provenance: provenance(false) };
    let page = render(&assemble(parts), Format::Markdown);
    let at = |text: &str| page.find(text).unwrap_or_else(|| panic!("{text} is not in {page}"));
    assert!(at("**¶5** **Not translated.**") < at("The paragraph has no English: The answer refuses"));
    assert!(at("The paragraph has no English") < at("> Rincian perjanjian"));
    assert!(at("**¶6** A similar agreement") < at("**Do not trust this:** The figure 10.000"));
}

#[test]
fn text_of_an_article_cannot_become_mark_up() {
    let evil = "# Judul <script>alert(1)</script> [klik](http://x) **tebal**\n\n---\n- butir";
    let mut record = record();
    record.title.id = Some(evil.into());
    record.title.en = Some(evil.into());
    record.source.outlet = Some("<img src=x>".into());
    record.source.url = Some("javascript:alert(1)".into());
    record.summary.en = evil.into();
    record.summary.points = vec![evil.into()];
    record.sections[0].paragraphs[0].id = evil.into();
    record.sections[0].paragraphs[0].en = Some(format!("{evil}\u{202e}"));
    record.sections[0].paragraphs[0].findings = vec![Finding::warn("extra", evil)];
    let page = render(&record, Format::Markdown);
    assert!(!page.contains("<script") && !page.contains("<img") && !page.contains("\u{202e}"));
    assert!(!page.contains("[klik]") && !page.contains("**tebal**") && !page.contains("<javascript"));
    assert!(!page.lines().any(|line| line == "---" || line.starts_with("- butir")));
}
