//! A record as translators' tools see it: one text after the other, each with its state and remarks.
//!
//! Place in the data way: inside `write`; the exchange formats (`tmx`, `xliff`) render what it finds.
//! It must never pass over a paragraph, nor call a doubtful text a finished one.

use std::io;

use crate::model::article::ParagraphKind;
use crate::model::finding::{Finding, Severity};
use crate::model::record::{ArticleRecord, ParagraphRecord};
use crate::model::unit::IMPORT;
use crate::stage::tmx::{Entry, TmxWriter};

/// How far a text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    /// No English.
    Initial,
    /// English with a finding of severity error.
    Review,
    /// English.
    Translated,
}

/// One text of an article.
pub(super) struct Text<'a> {
    /// Its paragraph; 0 is the title.
    pub n: u32,
    /// `title`, or the kind of the paragraph as the record spells it.
    pub kind: &'static str,
    pub id: &'a str,
    pub en: Option<&'a str>,
    pub by: Option<&'a str>,
    /// Why it is not to be translated.
    pub skipped: Option<&'a str>,
    pub findings: &'a [Finding],
}

impl Text<'_> {
    pub fn state(&self) -> State {
        match self.en {
            None => State::Initial,
            Some(_) if self.findings.iter().any(Finding::is_error) => State::Review,
            Some(_) => State::Translated,
        }
    }

    /// Its address inside the article, as an XML name.
    pub fn address(&self) -> String {
        if self.n == 0 { "title".into() } else { format!("p{}", self.n) }
    }
}

/// The texts of a record: the title, then each section's.
pub(super) fn texts(record: &ArticleRecord) -> Vec<(u32, Vec<Text<'_>>)> {
    let title = record.title.id.as_deref().map(|id| Text {
        n: 0,
        kind: "title",
        id,
        en: record.title.en.as_deref(),
        by: record.title.backend.as_deref(),
        skipped: None,
        findings: &record.title.findings,
    });
    let sections = record.sections.iter().map(|section| (section.n, section.paragraphs.iter().map(text).collect()));
    title.map(|title| (0, vec![title])).into_iter().chain(sections).collect()
}

fn text(paragraph: &ParagraphRecord) -> Text<'_> {
    Text {
        n: paragraph.n,
        kind: kind(paragraph.kind),
        id: &paragraph.id,
        en: paragraph.en.as_deref(),
        by: paragraph.backend.as_deref(),
        skipped: paragraph.skipped.as_deref(),
        findings: &paragraph.findings,
    }
}

fn kind(kind: ParagraphKind) -> &'static str {
    match kind {
        ParagraphKind::Text => "text",
        ParagraphKind::Heading => "heading",
        ParagraphKind::Quote => "quote",
        ParagraphKind::List => "list",
        ParagraphKind::Caption => "caption",
        ParagraphKind::Promo => "promo",
        ParagraphKind::Boilerplate => "boilerplate",
    }
}

/// How much a remark weighs, as XLIFF counts: 1 is the most.
pub(super) fn priority(severity: Severity) -> u8 {
    match severity {
        Severity::Error => 1,
        Severity::Warn => 3,
        Severity::Info => 5,
    }
}

/// A finding as one line.
pub(super) fn remark(finding: &Finding) -> String {
    let severity = match finding.severity {
        Severity::Error => "error",
        Severity::Warn => "warn",
        Severity::Info => "info",
    };
    format!("{} ({severity}): {}", finding.rule, finding.detail)
}

/// Adds what was translated of a record to a TMX file. What was skipped or has no English is no translation.
pub(super) fn add_to_tmx<W: io::Write>(to: &mut TmxWriter<W>, record: &ArticleRecord) -> io::Result<()> {
    for text in texts(record).iter().flat_map(|(_, texts)| texts).filter(|text| text.skipped.is_none()) {
        let Some(en) = text.en else { continue };
        let facts = [
            ("x-article", record.source.path.clone()),
            ("x-paragraph", text.n.to_string()),
            ("x-kind", text.kind.to_owned()),
        ];
        let notes: Vec<String> = text.findings.iter().map(remark).collect();
        let (by, machine) = (text.by.unwrap_or("kabar"), text.by != Some(IMPORT));
        to.entry(&Entry { id: text.id, en, by, machine, facts: &facts, notes: &notes })?;
    }
    Ok(())
}
