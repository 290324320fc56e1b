//! Makes sections and paragraphs of a document's blocks, and segments and packs of those.
//!
//! Place in the data way: the last step of reading; `plan` makes units of what comes out.
//! It must never lose or reorder a block: every block becomes exactly one paragraph.

mod near;
mod pack;
mod quotes;
mod segment;
mod sentence;
mod srx;

use crate::model::article::{Article, Block, Document, Paragraph, ParagraphKind, Section, TITLE_SKIPPED};

pub use near::{NEAR, Seen, sketch};
pub use pack::pack;
pub use segment::{SectionSegments, segments, split};
pub use sentence::{sentences, sentences_en};

/// Characters that a section without headings should hold: about five paragraphs of news.
const RUN: usize = 1800;

/// Sections the document: at headings, behind teasers, and in runs of similar length where there is neither.
pub fn section(document: Document) -> Article {
    let Document { source, blocks, .. } = document;
    let mut sections = Vec::new();
    let mut n = 0;
    for part in natural_parts(blocks) {
        for run in runs(part) {
            let paragraphs: Vec<Paragraph> = run
                .into_iter()
                .map(|Block { span, text, kind, skipped }| {
                    n += 1;
                    Paragraph { n, kind, span, text, skipped }
                })
                .collect();
            let number = u32::try_from(sections.len()).unwrap_or(u32::MAX).saturating_add(1);
            sections.push(Section { n: number, heading: heading(&paragraphs), paragraphs });
        }
    }
    Article { title: source.title.clone(), source, sections }
}

fn heading(paragraphs: &[Paragraph]) -> Option<String> {
    let first = paragraphs.iter().find(|paragraph| paragraph.skipped.as_deref() != Some(TITLE_SKIPPED))?;
    (first.kind == ParagraphKind::Heading).then(|| first.text.clone())
}

/// Parts between natural breaks: a heading opens one, a teaser closes one.
fn natural_parts(blocks: Vec<Block>) -> Vec<Vec<Block>> {
    let mut parts: Vec<Vec<Block>> = Vec::new();
    let (mut open, mut has_body) = (false, false);
    for block in blocks {
        if !open || (has_body && is_heading(&block)) {
            parts.push(Vec::new());
            has_body = false;
        }
        open = block.kind != ParagraphKind::Promo;
        has_body |= is_body(&block);
        if let Some(part) = parts.last_mut() {
            part.push(block);
        }
    }
    join_bodiless(parts)
}

fn is_heading(block: &Block) -> bool {
    block.kind == ParagraphKind::Heading && block.skipped.is_none()
}

/// Whether a block gives a section something to say.
fn is_body(block: &Block) -> bool {
    block.skipped.is_none() && !matches!(block.kind, ParagraphKind::Heading | ParagraphKind::Promo)
}

/// A part without text of its own (furniture, teasers one after another) goes to the part before it.
fn join_bodiless(parts: Vec<Vec<Block>>) -> Vec<Vec<Block>> {
    let mut joined: Vec<Vec<Block>> = Vec::new();
    for part in parts {
        match joined.last_mut() {
            Some(last) if !part.iter().any(|block| is_body(block) || is_heading(block)) => last.extend(part),
            _ => joined.push(part),
        }
    }
    joined
}

/// Cuts a long part into runs of similar length, at places that split no quotation, list or announcement.
fn runs(part: Vec<Block>) -> Vec<Vec<Block>> {
    let total: usize = part.iter().map(weight).sum();
    let count = ((total + RUN / 2) / RUN).max(1);
    let mut cuts = places(&part, total, count);
    let mut runs = Vec::new();
    let mut rest = part;
    while let Some(at) = cuts.pop() {
        runs.push(rest.split_off(at));
    }
    runs.push(rest);
    runs.reverse();
    runs
}

/// The places to cut at: for each ideal boundary the nearest allowed one.
fn places(part: &[Block], total: usize, count: usize) -> Vec<usize> {
    let splittable = quotes::boundaries(part);
    let mut sum = 0;
    let allowed: Vec<(usize, usize)> = part
        .iter()
        .enumerate()
        .filter_map(|(at, block)| {
            let before = sum;
            sum += weight(block);
            splittable.get(at).copied().unwrap_or(false).then_some((at, before))
        })
        .collect();
    let ideals = (1..count).map(|i| total * i / count);
    let mut cuts: Vec<usize> = ideals
        .filter_map(|ideal| nearest(&allowed, ideal))
        .filter(|(_, before)| *before >= RUN / 3 && total - before >= RUN / 3)
        .map(|(at, _)| at)
        .collect();
    cuts.dedup();
    cuts
}

/// The place whose text before it comes nearest to `ideal`; `allowed` is in order of both.
fn nearest(allowed: &[(usize, usize)], ideal: usize) -> Option<(usize, usize)> {
    let behind = allowed.partition_point(|(_, before)| *before < ideal);
    let around = allowed.get(behind.saturating_sub(1)..)?.iter().take(2);
    around.min_by_key(|(_, before)| before.abs_diff(ideal)).copied()
}

fn weight(block: &Block) -> usize {
    if block.skipped.is_some() { 0 } else { block.text.chars().count() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::article::{Source, Span};

    fn document(blocks: &[(ParagraphKind, String)]) -> Document {
        let blocks = blocks.iter().map(|(kind, text)| Block {
            span: Span(0, 1),
            text: text.clone(),
            kind: *kind,
            skipped: None,
        });
        Document { source: Source::default(), text: String::new(), blocks: blocks.collect() }
    }

    fn sizes(article: &Article) -> Vec<usize> {
        article.sections.iter().map(|section| section.paragraphs.len()).collect()
    }

    fn text(length: usize) -> (ParagraphKind, String) {
        (ParagraphKind::Text, "A".repeat(length - 1) + ".")
    }

    #[test]
    fn headings_open_and_teasers_close_sections() {
        let heading = |words: &str| (ParagraphKind::Heading, words.to_owned());
        let teaser = (ParagraphKind::Promo, "TEASER".to_owned());
        let blocks = [text(300), teaser, text(300), heading("Latar"), heading("Belakang"), text(300), text(200)];
        let article = section(document(&blocks));
        assert_eq!(sizes(&article), [2, 1, 4]);
        let headings: Vec<_> = article.sections.iter().map(|section| section.heading.as_deref()).collect();
        assert_eq!(headings, [None, None, Some("Latar")]);
    }

    #[test]
    fn a_long_text_without_headings_is_cut_into_runs_of_similar_length() {
        let article = section(document(&vec![text(400); 15]));
        assert_eq!(sizes(&article), [5, 5, 5]);
        assert_eq!(article.paragraphs().map(|p| p.n).collect::<Vec<_>>(), (1..=15).collect::<Vec<_>>());
    }

    #[test]
    fn a_quotation_over_several_paragraphs_is_not_split() {
        let mut blocks = vec![text(400); 10];
        blocks[4].1 = format!("“{}", "A".repeat(400));
        blocks[5].1 = format!("“{}”", "A".repeat(400));
        let article = section(document(&blocks));
        assert_eq!(article.sections.len(), 2);
        assert_ne!(sizes(&article)[0], 5);
    }
}
