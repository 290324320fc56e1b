//! An article as a page: English and Indonesian in two aligned columns.
//!
//! Place in the data way: one page of `html`.
//! It must never show a draft or a flagged text as if it were good.

use serde::Serialize;

use crate::model::article::{ParagraphKind, Source, Span, TITLE_SKIPPED};
use crate::model::finding::{Finding, Severity};
use crate::model::record::{
    ARTICLE_SCHEMA, ArticleRecord, ArticleSummary, Bilingual, EnglishText, HEADLINE, Languages, ParagraphRecord,
    Provenance, SectionRecord, SummaryMethod,
};

use crate::stage::brief::read_date;

use super::{Frame, Link, Theme, ThemeError, plain, web};

const SCRIPT: &str = include_str!("parts/article.js");

#[derive(Serialize)]
struct Page {
    title: String,
    original_title: Option<String>,
    title_findings: Vec<Note>,
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
    translated: bool,
    id: String,
    note: Option<String>,
    findings: Vec<Note>,
}

#[derive(Serialize)]
struct Note {
    weight: Severity,
    text: String,
}

impl Theme {
    /// The page of the article called `name`, with links to other pages above it.
    pub(in crate::stage::write) fn article(
        &self,
        record: &ArticleRecord,
        name: &str,
        links: &[Link],
    ) -> Result<String, ThemeError> {
        let view = page_of(record, name);
        let body = self.part("article.html", &view)?;
        self.page(&Frame { title: &view.title, links, script: SCRIPT, loads: false }, body)
    }
}

fn page_of(record: &ArticleRecord, name: &str) -> Page {
    let source = &record.source;
    let date = source.date.as_deref().map(date);
    let known = [source.outlet.clone(), date, source.author.clone()].into_iter().flatten().map(|text| plain(&text));
    let id = record.title.id.as_deref().map(plain);
    let all = record.paragraphs();
    Page {
        title: plain(&super::super::heading(record, name)),
        original_title: id.filter(|_| record.title.en.is_some()),
        title_findings: notes(&record.title.findings),
        source: known.collect::<Vec<_>>().join(" · "),
        url: web(source.url.as_deref()),
        draft: record.is_draft(),
        headline: record.provenance.tier.as_deref() == Some(HEADLINE),
        summary: plain(&record.summary.en),
        points: record.summary.points.iter().map(|point| plain(point)).collect(),
        findings: notes(&record.summary.findings),
        sections: record.sections.iter().filter_map(part).collect(),
        furniture: all.filter(|p| p.kind == ParagraphKind::Boilerplate && !is_title(p)).map(pair).collect(),
    }
}

/// A date as it stands in the record, to the minute where it can be read.
fn date(date: &str) -> String {
    let minutes = date.get(..16).filter(|_| read_date(date).is_some());
    minutes.map_or_else(|| date.to_owned(), |minutes| minutes.replace('T', " "))
}

/// A section with what is shown of it; none where that is nothing.
fn part(section: &SectionRecord) -> Option<Part> {
    let paragraphs: Vec<Pair> = section.paragraphs.iter().filter(|p| is_shown(p)).map(pair).collect();
    let summary = plain(&section.summary.en);
    (!paragraphs.is_empty()).then_some(Part { n: section.n, summary, paragraphs })
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
        translated: paragraph.en.is_some(),
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
        Note {
            weight: finding.severity,
            text: format!("{weight}: {} ({})", plain(&finding.detail), plain(&finding.rule)),
        }
    };
    findings.iter().map(note).collect()
}

/// An article with something of everything, to try a template on.
pub(super) fn example() -> ArticleRecord {
    let finding = Finding::warn("figures", "An example.");
    let paragraph = |n, kind, en: Option<&str>, skipped: Option<&str>| ParagraphRecord {
        n,
        kind,
        span: Span(0, 0),
        id: "Contoh.".into(),
        en: en.map(str::to_owned),
        skipped: skipped.map(str::to_owned),
        backend: None,
        terms: Vec::new(),
        findings: vec![finding.clone()],
    };
    ArticleRecord {
        schema: ARTICLE_SCHEMA.into(),
        source: Source { outlet: Some("Outlet".into()), url: Some("https://example.org/".into()), ..Source::default() },
        lang: Languages { source: "id".into(), target: "en".into() },
        title: Bilingual {
            id: Some("Judul".into()),
            en: Some("Title".into()),
            backend: None,
            findings: vec![finding.clone()],
        },
        summary: ArticleSummary {
            en: "In short.".into(),
            points: vec!["A point.".into()],
            method: SummaryMethod::Extractive,
            backend: None,
            findings: vec![finding.clone()],
        },
        sections: vec![SectionRecord {
            n: 1,
            heading: None,
            summary: EnglishText { en: "In short.".into() },
            paragraphs: vec![
                paragraph(1, ParagraphKind::Heading, Some("A heading."), None),
                paragraph(2, ParagraphKind::Text, None, None),
                paragraph(3, ParagraphKind::Boilerplate, None, Some("an advert")),
            ],
        }],
        provenance: Provenance::default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stage::brief::test_record;

    fn render(record: &ArticleRecord) -> String {
        Theme::builtin().article(record, "outlet/berita", &[]).unwrap()
    }

    #[test]
    fn the_texts_stand_side_by_side_under_the_number_of_their_paragraph() {
        let page = render(&test_record("Judul", &[("Satu.", "One."), ("Dua.", "Two.")]));
        let second = page.split("id=\"p2\"").nth(1).unwrap();
        assert!(second.contains("<p>Two.</p>") && second.contains("<p>Dua.</p>"), "{second}");
    }

    #[test]
    fn an_article_without_a_title_is_called_by_its_name_and_not_by_its_path() {
        let mut record = test_record("", &[("Satu.", "One.")]);
        record.title = Bilingual::default();
        record.source.path = "/srv/secret/berita.txt".into();
        let page = render(&record);
        assert!(page.contains("<h1>berita</h1>") && !page.contains("secret"));
    }

    #[test]
    fn a_flagged_title_is_shown_as_flagged() {
        let mut record = test_record("Judul", &[("Satu.", "One.")]);
        record.title.findings = vec![Finding::error("figures", "Figures differ.")];
        let page = render(&record);
        let head = page.split("</header>").next().unwrap();
        assert!(head.contains("Do not trust this: Figures differ. (figures)"), "{head}");
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
        assert!(page.contains("default-src &#39;none&#39;"));
        for outside in ["src=", "url(", "@import", "<link"] {
            assert!(!page.contains(outside), "{outside}");
        }
    }
}
