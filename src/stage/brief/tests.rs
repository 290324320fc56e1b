//! What several steps promise together.

use std::collections::HashMap;

use crate::model::article::{ParagraphKind, Source, Span};
use crate::model::briefing::{Cite, Method, Statement};
use crate::model::record::{
    ARTICLE_SCHEMA, ArticleRecord, ArticleSummary, Bilingual, EnglishText, Languages, ParagraphRecord, Provenance,
    SectionRecord, SummaryMethod,
};

use super::*;

/// A record of paragraphs, each in both languages.
pub(crate) fn record(title: &str, paragraphs: &[(&str, &str)]) -> ArticleRecord {
    let paragraph = |(n, (id, en)): (u32, &(&str, &str))| ParagraphRecord {
        terms: Vec::new(),
        n,
        kind: ParagraphKind::Text,
        span: Span(0, 0),
        id: (*id).to_owned(),
        en: Some((*en).to_owned()),
        skipped: None,
        backend: None,
        findings: Vec::new(),
    };
    ArticleRecord {
        schema: ARTICLE_SCHEMA.into(),
        source: Source { path: "a".into(), sha256: "0".into(), ..Source::default() },
        lang: Languages { source: "id".into(), target: "en".into() },
        title: Bilingual { id: Some(title.into()), en: Some(title.into()), ..Bilingual::default() },
        summary: ArticleSummary {
            en: String::new(),
            points: Vec::new(),
            method: SummaryMethod::Extractive,
            backend: None,
            findings: Vec::new(),
        },
        sections: vec![SectionRecord {
            n: 1,
            heading: None,
            summary: EnglishText::default(),
            paragraphs: (1..).zip(paragraphs).map(paragraph).collect(),
        }],
        provenance: Provenance::default(),
    }
}

struct Shelf(HashMap<String, ArticleRecord>);

impl Library for Shelf {
    fn paragraph(&self, cite: &Cite) -> Option<Cited> {
        let record = self.0.get(&cite.article)?;
        let paragraph = record.paragraphs().find(|p| p.n == cite.paragraph)?;
        Some(Cited { id: paragraph.id.clone(), en: paragraph.en.clone() })
    }
}

fn shelf() -> Shelf {
    let ferry = record(
        "Feri tenggelam",
        &[
            (
                "Sedikitnya 12 orang tewas setelah KMP Sinar Wisesa terbalik di Teluk Bone, Minggu (22/11).",
                "At least 12 people died after the ferry Sinar Wisesa capsized in the Gulf of Bone on Sunday (22/11).",
            ),
            (
                "“Kapal tidak pernah tegak lagi,” ujar Muhammad Arsyad (41). Kerugian Rp 2,3 miliar.",
                "“The ship never righted itself again,” said Muhammad Arsyad (41). The loss was Rp 2.3 billion.",
            ),
        ],
    );
    Shelf(HashMap::from([("ferry".to_owned(), ferry)]))
}

fn rules(text: &str, cites: &[(&str, u32)]) -> Vec<String> {
    let cites = cites.iter().map(|(article, n)| Cite { article: (*article).into(), paragraph: *n }).collect();
    let statement =
        Statement { text: text.into(), cites, method: Method::Abstractive, backend: None, findings: Vec::new() };
    verify(&statement, &shelf()).into_iter().map(|finding| finding.rule).collect()
}

#[test]
fn true_statements_pass_in_other_words_and_number_styles() {
    for text in [
        "Twelve people died when the Sinar Wisesa capsized in the Gulf of Bone.",
        "On Sunday at least 12 people died in the Gulf of Bone after the ferry capsized.",
        "At least 12 people died after the ferry Sinar Wisesa capsized in the Gulf of Bone on Sunday (22/11).",
    ] {
        assert_eq!(rules(text, &[("ferry", 1)]), Vec::<String>::new(), "{text}");
    }
    let quote = "Survivor Muhammad Arsyad said \"the ship never righted itself again\"; the loss was Rp 2.3 billion.";
    assert_eq!(rules(quote, &[("ferry", 2)]), Vec::<String>::new());
}

#[test]
fn a_wrong_figure_is_caught() {
    assert_eq!(rules("At least 19 people died after the ferry capsized.", &[("ferry", 1)]), ["figures"]);
    assert_eq!(rules("Nineteen people died after the ferry capsized.", &[("ferry", 1)]), ["figures"]);
    assert_eq!(rules("The loss was Rp 2.3 trillion, said Muhammad Arsyad.", &[("ferry", 2)]), ["figures"]);
}

#[test]
fn a_wrong_name_is_caught() {
    assert_eq!(rules("At least 12 people died after the ferry Wisesa Jaya capsized.", &[("ferry", 1)]), ["names"]);
    assert_eq!(rules("Muhammad Arsyid said the ship never righted itself.", &[("ferry", 2)]), ["names"]);
    assert_eq!(rules("Prabowo said 12 people died after the ferry capsized.", &[("ferry", 1)]), ["names"]);
}

#[test]
fn a_quotation_that_nobody_gave_is_caught() {
    let text = "\"The ship never came back,\" said Muhammad Arsyad of the ship.";
    assert_eq!(rules(text, &[("ferry", 2)]), ["quotation"]);
}

#[test]
fn a_statement_without_a_citation_or_with_one_to_nowhere_is_caught() {
    assert_eq!(rules("At least 12 people died.", &[]), ["cites"]);
    assert_eq!(rules("At least 12 people died.", &[("ferry", 9)]), ["cites"]);
    assert_eq!(rules("At least 12 people died.", &[("train", 1)]), ["cites"]);
}

#[test]
fn a_citation_of_the_wrong_paragraph_is_caught() {
    let text = "At least 12 people died after the ferry Sinar Wisesa capsized in the Gulf of Bone.";
    assert!(rules(text, &[("ferry", 2)]).contains(&"figures".to_owned()));
    let without_facts = "The government plans to subsidise fertiliser for smallholders across several districts.";
    assert_eq!(rules(without_facts, &[("ferry", 1)]), ["support"]);
}

#[test]
fn words_of_the_watch_list_are_found_as_whole_words_in_either_language() {
    let ferry = &shelf().0["ferry"];
    assert!(holds(ferry, "sinar wisesa") && holds(ferry, "gulf of bone"));
    assert!(!holds(ferry, "sinar wis") && !holds(ferry, "bali"));
    let talks = record("Perundingan Rusia-Ukraina", &[("Perundingan ditunda.", "Talks were put off.")]);
    assert!(holds(&talks, "Ukraina") && holds(&talks, "rusia-ukraina") && !holds(&talks, "ukrain"));
}
