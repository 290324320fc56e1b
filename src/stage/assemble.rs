//! Puts an article's record together from its paragraphs and what came of their segments.
//!
//! Place in the data way: `deliver` calls it when an article has no open unit; `write` stores what it makes.
//! It must never drop a paragraph or pass over a missing translation in silence.

use std::collections::BTreeMap;

use crate::model::article::{Article, ENGLISH_SKIPPED, Paragraph, ParagraphKind, Section, TITLE_SKIPPED};
use crate::model::finding::Finding;
use crate::model::record::{
    ARTICLE_SCHEMA, ArticleRecord, ArticleSummary, Bilingual, EnglishText, Languages, ParagraphRecord, Provenance,
    SectionRecord, SummaryMethod,
};
use crate::model::reply::Summary;
use crate::model::segment::SegmentId;
use crate::model::unit::{SectionText, SegmentOutcome};

use super::check::Expansions;
use super::summary::extract;

/// The rule name of the finding on a paragraph that has no English.
pub const UNTRANSLATED: &str = "untranslated";

/// What a record is made of.
#[derive(Debug, Clone)]
pub struct Parts<'a> {
    /// The article as planned.
    pub article: &'a Article,
    /// What came of each of its segments; the title's stand under paragraph 0.
    pub outcomes: &'a BTreeMap<SegmentId, SegmentOutcome>,
    /// What came of its summary, where a backend was asked for one.
    pub summary: Option<SummaryOutcome<'a>>,
    /// What made it.
    pub provenance: Provenance,
}

/// What came of a request for a summary.
#[derive(Debug, Clone, Copy)]
pub struct SummaryOutcome<'a> {
    /// The summary, or `None` where no backend gave a usable one.
    pub summary: Option<&'a Summary>,
    /// Who wrote it.
    pub backend: Option<&'a str>,
    /// What the checks noticed, or why there is none.
    pub findings: &'a [Finding],
}

/// Makes the record. Where no summary was given, whole sentences of the translation stand in, marked `extractive`.
pub fn assemble(parts: Parts<'_>) -> ArticleRecord {
    let Parts { article, outcomes, summary, provenance } = parts;
    let title = title(article, outcomes);
    let mut sections: Vec<_> = article.sections.iter().map(|section| section_record(section, outcomes)).collect();
    spell_out(&mut sections);
    let extracted = extract(title.en.as_deref(), &story(&sections));
    for section in &mut sections {
        let given = summary.and_then(|outcome| outcome.summary).and_then(|given| section_summary(given, section.n));
        let en = given.or_else(|| section_summary(&extracted, section.n)).unwrap_or_default();
        section.summary = EnglishText { en };
    }
    ArticleRecord {
        schema: ARTICLE_SCHEMA.to_owned(),
        source: article.source.clone(),
        lang: Languages { source: "id".to_owned(), target: "en".to_owned() },
        title,
        summary: article_summary(summary, extracted),
        sections,
        provenance,
    }
}

fn title(article: &Article, outcomes: &BTreeMap<SegmentId, SegmentOutcome>) -> Bilingual {
    let Some(id) = &article.title else { return Bilingual::default() };
    let Joined { en, backend, findings } = joined(outcomes, 0).unwrap_or_else(|| unsent(0));
    Bilingual { id: Some(id.clone()), en, backend, findings }
}

fn article_summary(outcome: Option<SummaryOutcome<'_>>, extracted: Summary) -> ArticleSummary {
    let findings = outcome.map(|outcome| outcome.findings.to_vec()).unwrap_or_default();
    match outcome.and_then(|outcome| Some((outcome.summary?, outcome.backend))) {
        Some((given, backend)) => ArticleSummary {
            en: given.summary.trim().to_owned(),
            points: given.points.clone(),
            method: SummaryMethod::Abstractive,
            backend: backend.map(str::to_owned),
            findings,
        },
        None => ArticleSummary {
            en: extracted.summary,
            points: extracted.points,
            method: SummaryMethod::Extractive,
            backend: None,
            findings,
        },
    }
}

fn section_summary(summary: &Summary, n: u32) -> Option<String> {
    let own = summary.sections.iter().find(|section| section.n == n)?;
    let text = own.summary.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

/// The English story text of each section. Headings are left out, as they are no sentences, and so is what the checks
/// call wrong: a summary would repeat it without the warning beside it.
fn story(sections: &[SectionRecord]) -> Vec<SectionText> {
    let is_told = |p: &&ParagraphRecord| p.kind.is_story() && p.kind != ParagraphKind::Heading && p.is_good();
    let text = |section: &SectionRecord| {
        let told: Vec<_> = section.paragraphs.iter().filter(is_told).filter_map(|p| p.en.as_deref()).collect();
        told.join("\n")
    };
    sections.iter().map(|section| SectionText { n: section.n, text: text(section) }).collect()
}

/// Notes at the first mention of each acronym what it stands for, unless the English says so itself.
fn spell_out(sections: &mut [SectionRecord]) {
    let mut expansions = Expansions::default();
    let is_read =
        |p: &&mut ParagraphRecord| p.kind.is_story() && p.kind != ParagraphKind::Heading && p.skipped.is_none();
    for paragraph in sections.iter_mut().flat_map(|section| &mut section.paragraphs).filter(is_read) {
        if let Some(en) = &paragraph.en {
            paragraph.terms = expansions.of(&paragraph.id, en);
        }
    }
}

fn section_record(section: &Section, outcomes: &BTreeMap<SegmentId, SegmentOutcome>) -> SectionRecord {
    let paragraphs: Vec<_> = section.paragraphs.iter().map(|paragraph| record(paragraph, outcomes)).collect();
    let heading = section.heading.as_ref().map(|id| {
        let is_title = |p: &ParagraphRecord| p.skipped.as_deref() == Some(TITLE_SKIPPED);
        let own = paragraphs.iter().find(|p| p.kind == ParagraphKind::Heading && !is_title(p));
        Bilingual { id: Some(id.clone()), en: own.and_then(|p| p.en.clone()), ..Bilingual::default() }
    });
    SectionRecord { n: section.n, heading, summary: EnglishText::default(), paragraphs }
}

fn record(paragraph: &Paragraph, outcomes: &BTreeMap<SegmentId, SegmentOutcome>) -> ParagraphRecord {
    let whole = match (&paragraph.skipped, joined(outcomes, paragraph.n)) {
        (_, Some(whole)) => whole,
        (Some(reason), None) if reason == ENGLISH_SKIPPED => {
            Joined { en: Some(paragraph.text.clone()), ..Joined::default() }
        }
        (Some(_), None) => Joined::default(),
        (None, None) => unsent(paragraph.n),
    };
    ParagraphRecord {
        n: paragraph.n,
        kind: paragraph.kind,
        span: paragraph.span,
        id: paragraph.text.clone(),
        en: whole.en,
        skipped: paragraph.skipped.clone(),
        backend: whole.backend,
        terms: Vec::new(),
        findings: whole.findings,
    }
}

/// The segments of one paragraph, put together.
#[derive(Debug, Default)]
struct Joined {
    en: Option<String>,
    backend: Option<String>,
    findings: Vec<Finding>,
}

/// Joins the segments of a paragraph; `None` where it has none. One missing segment leaves the whole paragraph without
/// English, because half a paragraph would look like a whole one.
fn joined(outcomes: &BTreeMap<SegmentId, SegmentOutcome>, paragraph: u32) -> Option<Joined> {
    let range = SegmentId { paragraph, part: 0 }..=SegmentId { paragraph, part: u32::MAX };
    let parts: Vec<_> = outcomes.range(range).map(|(_, outcome)| outcome).collect();
    let last = parts.last()?;
    let findings = parts.iter().flat_map(|part| part.findings.clone()).collect();
    let is_whole = last.id.part as usize + 1 == parts.len();
    let texts: Option<Vec<_>> = parts.iter().map(|part| part.en.as_deref().map(str::trim)).collect();
    let Some(texts) = texts.filter(|_| is_whole) else {
        return Some(Joined { en: None, backend: None, findings: with_reason(paragraph, findings) });
    };
    let mut backends: Vec<_> = parts.iter().filter_map(|part| part.backend.as_deref()).collect();
    backends.dedup();
    let backend = (!backends.is_empty()).then(|| backends.join(", "));
    Some(Joined { en: Some(texts.join(" ")), backend, findings })
}

fn with_reason(paragraph: u32, mut findings: Vec<Finding>) -> Vec<Finding> {
    let cause = findings.iter().rev().find(|finding| finding.is_error()).map(|finding| finding.detail.clone());
    let reason = cause.unwrap_or_else(|| "no backend answered it".to_owned());
    findings.push(untranslated(paragraph, &reason));
    findings
}

fn unsent(paragraph: u32) -> Joined {
    Joined { findings: vec![untranslated(paragraph, "it was never sent")], ..Joined::default() }
}

fn untranslated(paragraph: u32, reason: &str) -> Finding {
    let what = if paragraph == 0 { "title" } else { "paragraph" };
    Finding::error(UNTRANSLATED, format!("The {what} has no English: {}.", reason.trim_end_matches('.')))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::article::{Source, Span};
    use crate::model::reply::SectionSummary;

    fn paragraph(n: u32, kind: ParagraphKind, text: &str) -> Paragraph {
        Paragraph { n, kind, span: Span(0, text.len()), text: text.into(), skipped: None }
    }

    fn article() -> Article {
        let furniture = Paragraph {
            skipped: Some("an advert".into()),
            ..paragraph(3, ParagraphKind::Boilerplate, "ADVERTISEMENT")
        };
        Article {
            source: Source::default(),
            title: Some("Judul".into()),
            sections: vec![Section {
                n: 1,
                heading: Some("Kepala".into()),
                paragraphs: vec![
                    paragraph(1, ParagraphKind::Heading, "Kepala"),
                    paragraph(2, ParagraphKind::Text, "Satu. Dua."),
                    furniture,
                ],
            }],
        }
    }

    fn outcomes(parts: &[(u32, u32, Option<&str>, &str)]) -> BTreeMap<SegmentId, SegmentOutcome> {
        let outcome = |&(paragraph, part, en, backend): &(u32, u32, Option<&str>, &str)| {
            let id = SegmentId { paragraph, part };
            let findings = en.is_none().then(|| Finding::error("complete", "The segment was not answered."));
            let backend = en.map(|_| backend.to_owned());
            (id, SegmentOutcome { id, en: en.map(str::to_owned), backend, findings: findings.into_iter().collect() })
        };
        parts.iter().map(outcome).collect()
    }

    fn assembled(parts: &[(u32, u32, Option<&str>, &str)]) -> ArticleRecord {
        let outcomes = outcomes(parts);
        assemble(Parts { article: &article(), outcomes: &outcomes, summary: None, provenance: Provenance::default() })
    }

    const WHOLE: &[(u32, u32, Option<&str>, &str)] = &[
        (0, 0, Some("Title"), "desk"),
        (1, 0, Some("Heading"), "desk"),
        (2, 0, Some("One."), "desk"),
        (2, 1, Some("Two."), "spare"),
    ];

    #[test]
    fn segments_are_joined_and_every_backend_is_named() {
        let record = assembled(WHOLE);
        let text = &record.sections[0].paragraphs[1];
        assert_eq!(text.en.as_deref(), Some("One. Two."));
        assert_eq!(text.backend.as_deref(), Some("desk, spare"));
        assert_eq!(record.title.en.as_deref(), Some("Title"));
    }

    #[test]
    fn what_was_noticed_in_the_title_stands_in_the_record() {
        let mut outcomes = outcomes(WHOLE);
        let of_title = outcomes.get_mut(&SegmentId { paragraph: 0, part: 0 }).unwrap();
        of_title.findings.push(Finding::error("figures", "Figures differ."));
        let provenance = Provenance::default();
        let record = assemble(Parts { article: &article(), outcomes: &outcomes, summary: None, provenance });
        assert!(record.findings().any(|(n, finding)| n == Some(0) && finding.rule == "figures"));

        let refused = assembled(&[(0, 0, None, "")]).title.findings;
        assert!(refused.iter().any(|f| f.rule == UNTRANSLATED && f.detail.starts_with("The title has no English")));
    }

    #[test]
    fn the_heading_is_mirrored_and_left_out_of_the_summary() {
        let record = assembled(WHOLE);
        let heading = record.sections[0].heading.as_ref().unwrap();
        assert_eq!((heading.id.as_deref(), heading.en.as_deref()), (Some("Kepala"), Some("Heading")));
        assert!(!record.summary.en.contains("Heading"));
    }

    #[test]
    fn the_articles_title_is_no_sections_heading() {
        let mut article = article();
        let title = Paragraph { skipped: Some(TITLE_SKIPPED.into()), ..paragraph(9, ParagraphKind::Heading, "Judul") };
        article.sections[0].paragraphs.insert(0, title);
        let outcomes = outcomes(WHOLE);
        let provenance = Provenance::default();
        let record = assemble(Parts { article: &article, outcomes: &outcomes, summary: None, provenance });
        assert_eq!(record.sections[0].heading.as_ref().unwrap().en.as_deref(), Some("Heading"));
    }

    #[test]
    fn a_paragraph_with_a_missing_segment_has_no_english_and_says_why() {
        for parts in [
            &[(2, 0, Some("One."), "desk"), (2, 1, None, "")][..],
            &[(2, 0, None, ""), (2, 1, Some("Two."), "desk")],
            &[(2, 1, Some("Two."), "desk")],
            &[],
        ] {
            let record = assembled(parts);
            let text = &record.sections[0].paragraphs[1];
            assert_eq!(text.en, None, "{parts:?}");
            assert!(text.findings.iter().any(|f| f.rule == UNTRANSLATED && f.is_error()), "{parts:?}");
        }
    }

    #[test]
    fn a_skipped_paragraph_keeps_its_reason_and_has_no_finding() {
        let furniture = &assembled(WHOLE).sections[0].paragraphs[2];
        assert_eq!(furniture.skipped.as_deref(), Some("an advert"));
        assert_eq!((furniture.en.as_ref(), furniture.findings.len()), (None, 0));
    }

    #[test]
    fn a_paragraph_that_is_english_already_is_its_own_english() {
        let mut article = article();
        let paragraph = &mut article.sections[0].paragraphs[1];
        paragraph.skipped = Some(ENGLISH_SKIPPED.into());
        paragraph.text = "Already English.".into();
        let outcomes = outcomes(&[(1, 0, Some("Heading"), "desk")]);
        let provenance = Provenance::default();
        let record = assemble(Parts { article: &article, outcomes: &outcomes, summary: None, provenance });
        let paragraph = &record.sections[0].paragraphs[1];
        assert_eq!(paragraph.en.as_deref(), Some("Already English."));
        assert_eq!((paragraph.backend.as_ref(), paragraph.findings.len()), (None, 0));
        assert_eq!(record.summary.en, "Already English.");
    }

    #[test]
    fn an_acronym_is_spelled_out_where_the_article_mentions_it_first() {
        let mut article = article();
        for paragraph in &mut article.sections[0].paragraphs {
            paragraph.text = "KPK diam.".into();
            paragraph.skipped = None;
            paragraph.kind = if paragraph.n == 1 { ParagraphKind::Heading } else { ParagraphKind::Text };
        }
        let en = Some("The KPK was silent.");
        let outcomes = outcomes(&[(1, 0, en, "desk"), (2, 0, en, "desk"), (3, 0, en, "desk")]);
        let provenance = Provenance::default();
        let record = assemble(Parts { article: &article, outcomes: &outcomes, summary: None, provenance });
        let terms: Vec<_> = record.sections[0].paragraphs.iter().map(|p| p.terms.len()).collect();
        assert_eq!(terms, [0, 1, 0]);
        let shown = record.sections[0].paragraphs[1].english();
        assert_eq!(shown.as_deref(), Some("The KPK [Corruption Eradication Commission] was silent."));
    }

    #[test]
    fn without_a_given_summary_sentences_of_the_translation_stand_in() {
        let summary = assembled(WHOLE).summary;
        assert_eq!((summary.method, summary.backend), (SummaryMethod::Extractive, None));
        assert_eq!(summary.en, "One. Two.");
    }

    #[test]
    fn what_the_checks_call_wrong_is_not_repeated_in_the_summary() {
        let mut outcomes = outcomes(WHOLE);
        let wrong = SegmentId { paragraph: 2, part: 0 };
        outcomes.get_mut(&wrong).unwrap().findings.push(Finding::error("figures", "Figures differ."));
        let parts =
            Parts { article: &article(), outcomes: &outcomes, summary: None, provenance: Provenance::default() };
        let record = assemble(parts);
        assert_eq!((record.summary.en.as_str(), record.sections[0].summary.en.as_str()), ("", ""));
        assert_eq!(record.sections[0].paragraphs[1].en.as_deref(), Some("One. Two."));
    }

    #[test]
    fn a_given_summary_is_marked_with_its_writer_and_missing_sections_are_filled() {
        let given = Summary { summary: "All of it.".into(), points: vec!["A point.".into()], sections: vec![] };
        let outcomes = outcomes(WHOLE);
        let outcome = SummaryOutcome { summary: Some(&given), backend: Some("desk"), findings: &[] };
        let parts = Parts {
            article: &article(),
            outcomes: &outcomes,
            summary: Some(outcome),
            provenance: Provenance::default(),
        };
        let record = assemble(parts.clone());
        assert_eq!((record.summary.en.as_str(), record.summary.method), ("All of it.", SummaryMethod::Abstractive));
        assert_eq!(record.summary.backend.as_deref(), Some("desk"));
        assert!(!record.sections[0].summary.en.is_empty());

        let sections = vec![SectionSummary { n: 1, summary: "The section.".into() }];
        let given = Summary { sections, ..Summary::default() };
        let outcome = SummaryOutcome { summary: Some(&given), ..outcome };
        assert_eq!(assemble(Parts { summary: Some(outcome), ..parts }).sections[0].summary.en, "The section.");
    }
}
