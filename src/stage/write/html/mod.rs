//! The record as a page to read: English and Indonesian in two aligned columns, one file, no outside request.
//!
//! Style and script stand in the page and are let through by their hashes alone, so nothing that came with an article can
//! ever run (<https://www.w3.org/TR/CSP3/#match-element-to-source-list>). Every text passes the escaping of the template.
//!
//! Place in the data way: one form of output; a briefing links to a paragraph as `NAME.html#p7`.
//! It must never show a draft or a flagged text as if it were good.

use std::sync::LazyLock;

use minijinja::value::Serde;
use minijinja::{Environment, UndefinedBehavior};
use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::model::article::{ParagraphKind, TITLE_SKIPPED};
use crate::model::finding::{Finding, Severity};
use crate::model::record::{ArticleRecord, HEADLINE, ParagraphRecord};

use super::escape::is_bidi;

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");
const NAME: &str = "page.html";

static TEMPLATES: LazyLock<Environment<'static>> = LazyLock::new(|| {
    let mut templates = Environment::new();
    templates.set_undefined_behavior(UndefinedBehavior::Strict);
    #[expect(clippy::expect_used, reason = "the template is embedded, and a test renders it")]
    templates.add_template(NAME, include_str!("page.html")).expect("the built-in page is valid");
    templates
});

#[derive(Serialize)]
struct Page {
    style: &'static str,
    script: &'static str,
    style_hash: String,
    script_hash: String,
    title: String,
    original_title: Option<String>,
    source: String,
    url: Option<String>,
    draft: bool,
    headline: bool,
    summary: String,
    points: Vec<String>,
    findings: Vec<Note>,
    sections: Vec<Part>,
    furniture: Vec<Pair>,
}

#[derive(Serialize)]
struct Part {
    n: u32,
    summary: String,
    paragraphs: Vec<Pair>,
}

#[derive(Serialize)]
struct Pair {
    n: u32,
    kind: ParagraphKind,
    heading: bool,
    en: String,
    id: String,
    note: Option<String>,
    findings: Vec<Note>,
}

#[derive(Serialize)]
struct Note {
    weight: Severity,
    text: String,
}

pub(super) fn render(record: &ArticleRecord) -> String {
    #[expect(clippy::expect_used, reason = "the page uses only variables that `Page` has; a test renders it")]
    TEMPLATES.get_template(NAME).and_then(|page| page.render(Serde(page_of(record)))).expect("render the built-in page")
}

fn page_of(record: &ArticleRecord) -> Page {
    let source = &record.source;
    let known = [&source.outlet, &source.date, &source.author].into_iter().flatten().map(|text| plain(text));
    let url = source.url.as_deref().filter(|url| url.starts_with("https://") || url.starts_with("http://"));
    let id = record.title.id.as_deref().map(plain);
    let shown: Vec<(u32, &str, Vec<&ParagraphRecord>)> = record
        .sections
        .iter()
        .map(|section| {
            (section.n, section.summary.en.as_str(), section.paragraphs.iter().filter(|p| is_shown(p)).collect())
        })
        .collect();
    let all = record.sections.iter().flat_map(|section| &section.paragraphs);
    Page {
        style: STYLE,
        script: SCRIPT,
        style_hash: hash(STYLE),
        script_hash: hash(SCRIPT),
        title: record.title.en.as_deref().map(plain).or_else(|| id.clone()).unwrap_or_else(|| plain(&source.path)),
        original_title: id.filter(|_| record.title.en.is_some()),
        source: known.collect::<Vec<_>>().join(" · "),
        url: url.map(plain),
        draft: record.provenance.backends.iter().any(|backend| backend.draft),
        headline: record.provenance.tier.as_deref() == Some(HEADLINE),
        summary: plain(&record.summary.en),
        points: record.summary.points.iter().map(|point| plain(point)).collect(),
        findings: notes(&record.summary.findings),
        sections: shown
            .into_iter()
            .map(|(n, summary, paragraphs)| Part {
                n,
                summary: plain(summary),
                paragraphs: paragraphs.into_iter().map(pair).collect(),
            })
            .collect(),
        furniture: all.filter(|p| p.kind == ParagraphKind::Boilerplate && !is_title(p)).map(pair).collect(),
    }
}

fn is_title(paragraph: &ParagraphRecord) -> bool {
    paragraph.skipped.as_deref() == Some(TITLE_SKIPPED)
}

fn is_shown(paragraph: &ParagraphRecord) -> bool {
    paragraph.kind != ParagraphKind::Boilerplate && !is_title(paragraph)
}

fn pair(paragraph: &ParagraphRecord) -> Pair {
    Pair {
        n: paragraph.n,
        kind: paragraph.kind,
        heading: paragraph.kind == ParagraphKind::Heading,
        en: paragraph.english().map_or_else(|| "Not translated.".into(), |en| plain(&en)),
        id: plain(&paragraph.id),
        note: paragraph.skipped.as_deref().map(plain),
        findings: notes(&paragraph.findings),
    }
}

fn notes(findings: &[Finding]) -> Vec<Note> {
    let note = |finding: &Finding| {
        let weight = match finding.severity {
            Severity::Error => "Do not trust this",
            Severity::Warn => "Check this",
            Severity::Info => "Note",
        };
        Note { weight: finding.severity, text: format!("{weight}: {} ({})", plain(&finding.detail), finding.rule) }
    };
    findings.iter().map(note).collect()
}

/// The text without controls and without characters that turn its direction; line breaks stay.
fn plain(text: &str) -> String {
    text.chars().filter(|c| (*c == '\n' || !c.is_control()) && !is_bidi(*c)).collect()
}

/// The hash of an inline style or script as a policy names it.
fn hash(text: &str) -> String {
    format!("sha256-{}", base64(&Sha256::digest(text.as_bytes())))
}

/// Base 64 with padding (<https://www.rfc-editor.org/rfc/rfc4648#section-4>).
fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for chunk in bytes.chunks(3) {
        let at = |n: usize| u32::from(chunk.get(n).copied().unwrap_or(0));
        let three = at(0) << 16 | at(1) << 8 | at(2);
        for n in 0..4 {
            let letter = LETTERS.get((three >> (18 - 6 * n) & 63) as usize).copied().unwrap_or(b'=');
            out.push(if n > chunk.len() { '=' } else { char::from(letter) });
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stage::brief::test_record;

    #[test]
    fn base64_is_that_of_the_standard() {
        for (plain, coded) in [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foobar", "Zm9vYmFy")] {
            assert_eq!(base64(plain.as_bytes()), coded);
        }
    }

    #[test]
    fn the_texts_stand_side_by_side_under_the_number_of_their_paragraph() {
        let page = render(&test_record("Judul", &[("Satu.", "One."), ("Dua.", "Two.")]));
        let second = page.split("id=\"p2\"").nth(1).unwrap();
        assert!(second.contains("<p>Two.</p>") && second.contains("<p>Dua.</p>"), "{second}");
    }

    #[test]
    fn hostile_text_stays_text() {
        let text = "</script><script>alert(1)</script><img src=x onerror=alert(1)>\u{202e}{{ 7*7 }}";
        let mut record = test_record(text, &[(text, text)]);
        record.source.url = Some("javascript:alert(1)".into());
        record.source.outlet = Some("\" onmouseover=\"alert(1)".into());
        let page = render(&record);
        assert_eq!(page.matches("<script>").count(), 1);
        assert!(!page.contains("<img") && !page.contains("javascript:") && !page.contains('\u{202e}'));
        assert!(!page.contains("\" onmouseover=\"") && page.contains("{{ 7*7 }}"));
    }

    #[test]
    fn a_page_asks_for_nothing_from_outside() {
        let page = render(&test_record("Judul", &[("Satu.", "One.")]));
        assert!(page.contains("default-src &#x27;none&#x27;") || page.contains("default-src 'none'"));
        for outside in ["src=", "url(", "@import", "<link"] {
            assert!(!page.contains(outside), "{outside}");
        }
    }
}
