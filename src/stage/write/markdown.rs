//! The record as Markdown for people: each paragraph in English, the Indonesian below it as a quotation.
//!
//! It reads as plain text and rendered: no tables, no wide lines of mark-up; `¶n` is the address that briefings cite.
//!
//! Place in the data way: one form of output.
//! It must never show a draft or a flagged text as if it were good.

use crate::model::article::{ParagraphKind, TITLE_SKIPPED};
use crate::model::finding::{Finding, Severity};
use crate::model::record::{ArticleRecord, BackendRef, HEADLINE, ParagraphRecord, SectionRecord, SummaryMethod};

use super::escape::{address, inline, lines};

pub(super) fn render(record: &ArticleRecord, name: &str) -> String {
    let mut page = Page::default();
    head(&mut page, record, name);
    summary(&mut page, record);
    for section in &record.sections {
        show_section(&mut page, section, record.sections.len());
    }
    furniture(&mut page, record);
    page.text
}

/// Blocks with one empty line between them.
#[derive(Default)]
struct Page {
    text: String,
}

impl Page {
    fn block(&mut self, block: &str) {
        if !self.text.is_empty() {
            self.text.push('\n');
        }
        self.text.push_str(block);
        self.text.push('\n');
    }

    /// A quotation of article text, line by line; nothing for an empty one.
    fn quote(&mut self, text: &str) {
        let quoted: Vec<_> = lines(text).into_iter().map(|line| format!("> {line}")).collect();
        if !quoted.is_empty() {
            self.block(&quoted.join("  \n"));
        }
    }
}

fn head(page: &mut Page, record: &ArticleRecord, name: &str) {
    let (id, en) = (record.title.id.as_deref(), record.title.en.as_deref());
    page.block(&format!("# {}", inline(&super::heading(record, name))));
    if let (Some(id), Some(_)) = (id, en) {
        page.block(&format!("*{}*", inline(id)));
    }
    findings(page, &record.title.findings);
    let source = &record.source;
    let facts = [&source.outlet, &source.date, &source.author].into_iter().flatten().map(|fact| inline(fact));
    let facts: Vec<_> = facts.chain(source.url.as_deref().map(address)).collect();
    if !facts.is_empty() {
        page.block(&facts.join(" · "));
    }
    page.block(&note(&record.provenance.backends));
    if record.provenance.tier.as_deref() == Some(HEADLINE) {
        page.block("**Headline only:** title and first paragraph are translated; the rest follows in a later run.");
    }
}

/// Who translated, and how far that can be trusted.
fn note(backends: &[BackendRef]) -> String {
    if backends.is_empty() {
        return "*Not translated.*".to_owned();
    }
    let names: Vec<_> = backends.iter().map(backend_name).collect();
    let mut note = format!("*Translated from Indonesian by machine ({}), not read by a person.", names.join("; "));
    if backends.iter().any(|backend| backend.draft) {
        note.push_str(" **Draft:** the offline engine's text is rough; check it against the Indonesian before use.");
    }
    note.push('*');
    note
}

fn backend_name(backend: &BackendRef) -> String {
    let model = backend.model.as_deref().map(|model| format!(", {}", inline(model))).unwrap_or_default();
    format!("{}: {}{model}", inline(&backend.name), inline(&backend.dialect))
}

fn summary(page: &mut Page, record: &ArticleRecord) {
    let summary = &record.summary;
    if summary.en.is_empty() && summary.findings.is_empty() {
        return;
    }
    page.block("## Summary");
    if !summary.en.is_empty() {
        page.block(&inline(&summary.en));
    }
    let points: Vec<_> = summary.points.iter().map(|point| format!("- {}", inline(point))).collect();
    if !points.is_empty() {
        page.block(&points.join("\n"));
    }
    findings(page, &summary.findings);
    page.block(&match (summary.method, summary.backend.as_deref()) {
        (SummaryMethod::Extractive, _) => "*Sentences of the translation, chosen by machine, unchanged.*".to_owned(),
        (SummaryMethod::Abstractive, Some(backend)) => format!("*Written by machine ({}).*", inline(backend)),
        (SummaryMethod::Abstractive, None) => "*Written by machine.*".to_owned(),
    });
}

fn show_section(page: &mut Page, section: &SectionRecord, count: usize) {
    let shown: Vec<_> = section.paragraphs.iter().filter(|p| is_shown(p)).collect();
    if shown.is_empty() {
        return;
    }
    let heading = section.heading.as_ref().and_then(|_| shown.iter().find(|p| p.kind == ParagraphKind::Heading));
    match heading {
        Some(own) => {
            page.block(&format!("## {}", inline(own.en.as_deref().unwrap_or(&own.id))));
            page.block(&format!("¶{} *{}*", own.n, inline(&own.id)));
            findings(page, &own.findings);
        }
        None if count > 1 => page.block(&format!("## Section {}", section.n)),
        None => page.block("## Text"),
    }
    if !section.summary.en.is_empty() {
        page.block(&format!("**In short:** {}", inline(&section.summary.en)));
    }
    for paragraph in shown.iter().filter(|p| heading.is_none_or(|own| own.n != p.n)) {
        show_paragraph(page, paragraph);
    }
}

/// Whether a paragraph stands among the text: furniture is folded away, the title stands above all.
fn is_shown(paragraph: &ParagraphRecord) -> bool {
    paragraph.kind != ParagraphKind::Boilerplate && is_not_title(paragraph)
}

fn is_not_title(paragraph: &ParagraphRecord) -> bool {
    paragraph.skipped.as_deref() != Some(TITLE_SKIPPED)
}

fn show_paragraph(page: &mut Page, paragraph: &ParagraphRecord) {
    let label = match paragraph.kind {
        ParagraphKind::Promo => " *Teaser for another story:*",
        ParagraphKind::Caption => " *Caption:*",
        ParagraphKind::Quote => " *Quotation:*",
        ParagraphKind::List => " •",
        ParagraphKind::Heading => " *Heading:*",
        ParagraphKind::Text | ParagraphKind::Boilerplate => "",
    };
    let text = match (paragraph.english(), &paragraph.skipped) {
        (Some(en), Some(reason)) => format!("{} *({})*", lines(&en).join("  \n"), inline(reason)),
        (Some(en), None) => lines(&en).join("  \n"),
        (None, Some(reason)) => format!("*Not translated: {}.*", inline(reason.trim_end_matches('.'))),
        (None, None) => "**Not translated.**".to_owned(),
    };
    page.block(&format!("**¶{}**{label} {text}", paragraph.n));
    findings(page, &paragraph.findings);
    if paragraph.en.as_ref() != Some(&paragraph.id) {
        page.quote(&paragraph.id);
    }
}

fn findings(page: &mut Page, findings: &[Finding]) {
    let lines: Vec<_> = findings.iter().map(finding).collect();
    if !lines.is_empty() {
        page.block(&lines.join("\n"));
    }
}

fn finding(finding: &Finding) -> String {
    let weight = match finding.severity {
        Severity::Error => "**Do not trust this:**",
        Severity::Warn => "**Check this:**",
        Severity::Info => "*Note:*",
    };
    format!("- {weight} {} *({})*", inline(&finding.detail), inline(&finding.rule))
}

/// What was not sent, folded away at the end.
fn furniture(page: &mut Page, record: &ArticleRecord) {
    let paragraphs = record.paragraphs();
    let furniture = paragraphs.filter(|p| p.kind == ParagraphKind::Boilerplate && is_not_title(p));
    let items: Vec<_> = furniture.map(furniture_item).collect();
    if items.is_empty() {
        return;
    }
    let what = if items.len() == 1 { "1 paragraph".to_owned() } else { format!("{} paragraphs", items.len()) };
    page.block(&format!("<details>\n<summary>Left out as site furniture: {what}</summary>"));
    page.block(&items.join("\n"));
    page.block("</details>");
}

fn furniture_item(paragraph: &ParagraphRecord) -> String {
    let reason = paragraph.skipped.as_deref().unwrap_or("site furniture");
    let english = paragraph.en.as_deref().map(|en| format!(" – {}", inline(en))).unwrap_or_default();
    format!("- ¶{} ({}): {}{english}", paragraph.n, inline(reason), inline(&paragraph.id))
}
