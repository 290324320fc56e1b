//! Segments: a paragraph each, or runs of its sentences where it is too long.
//!
//! Place in the data way: `plan` keys and packs them; the English of a paragraph is the join of its segments.
//! It must never cut inside a word, nor lose anything but the white space at a cut.

use crate::model::article::{Article, Paragraph, ParagraphKind};
use crate::model::backend::Limits;
use crate::model::segment::{Segment, SegmentId};

use super::sentence::pieces;

/// The segments of one section.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SectionSegments {
    /// The section's number.
    pub section: u32,
    /// Its segments in reading order.
    pub segments: Vec<Segment>,
}

/// What is to be sent of an article, by section. The title is paragraph 0, in the first section's list. Skipped
/// paragraphs are left out; with `keep_boilerplate`, furniture that has words is sent all the same.
pub fn segments(article: &Article, limits: &Limits, keep_boilerplate: bool) -> Vec<SectionSegments> {
    let mut all = Vec::with_capacity(article.sections.len());
    for section in &article.sections {
        let title = article.title.as_deref().filter(|_| all.is_empty()).map(|title| (0, title));
        let is_sent = |paragraph: &&Paragraph| {
            paragraph.skipped.is_none() || (keep_boilerplate && paragraph.kind == ParagraphKind::Boilerplate)
        };
        let sent = section.paragraphs.iter().filter(is_sent);
        let texts = title.into_iter().chain(sent.map(|paragraph| (paragraph.n, paragraph.text.as_str())));
        let segments = texts.flat_map(|(paragraph, text)| parts(paragraph, text, limits.segment_characters)).collect();
        all.push(SectionSegments { section: section.n, segments });
    }
    all
}

fn parts(paragraph: u32, text: &str, longest: usize) -> Vec<Segment> {
    let parts = split(text, longest).into_iter().zip(0u32..);
    parts.map(|(text, part)| Segment { id: SegmentId { paragraph, part }, text: text.to_owned() }).collect()
}

/// Pieces of at most `longest` characters: whole sentences while they fit, then clauses, then words. A single word that
/// is longer than that stays whole.
pub fn split(text: &str, longest: usize) -> Vec<&str> {
    let text = text.trim();
    if text.is_empty() {
        return Vec::new();
    }
    if characters(text) <= longest {
        return vec![text];
    }
    let sentences = pieces(text)
        .into_iter()
        .flat_map(|sentence| if fits(sentence, longest) { vec![sentence] } else { split_sentence(sentence, longest) });
    joined(text, sentences, longest).into_iter().map(str::trim).filter(|piece| !piece.is_empty()).collect()
}

/// A sentence cut behind clause punctuation, and where a clause is still too long, at white space.
fn split_sentence(sentence: &str, longest: usize) -> Vec<&str> {
    let clauses = whole_words(sentence, sentence.split_inclusive([';', ',', ':', '–', '—']));
    let pieces = clauses.into_iter().flat_map(|clause| {
        if fits(clause, longest) { vec![clause] } else { clause.split_inclusive(char::is_whitespace).collect() }
    });
    joined(sentence, pieces, longest)
}

/// Clauses that end inside a word or figure (`3,5`) are put together again.
fn whole_words<'a>(text: &'a str, clauses: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let mut out = Vec::new();
    let (mut start, mut end) = (0, 0);
    for clause in clauses {
        end += clause.len();
        let next = text.get(end..).and_then(|rest| rest.chars().next());
        if next.is_none_or(char::is_whitespace) {
            out.extend(text.get(start..end));
            start = end;
        }
    }
    out.extend(text.get(start..end).filter(|rest| !rest.is_empty()));
    out
}

/// Consecutive pieces of `text` put together while they fit; nothing is trimmed, so that the result joins to `text`.
fn joined<'a>(text: &'a str, pieces: impl Iterator<Item = &'a str>, longest: usize) -> Vec<&'a str> {
    let mut out: Vec<&str> = Vec::new();
    let (mut start, mut end) = (0, 0);
    let mut held = 0;
    for piece in pieces {
        if end > start && held + characters(piece.trim_end()) > longest {
            out.extend(text.get(start..end));
            (start, held) = (end, 0);
        }
        end += piece.len();
        held += characters(piece);
    }
    out.extend(text.get(start..end));
    out
}

fn fits(text: &str, longest: usize) -> bool {
    characters(text.trim()) <= longest
}

fn characters(text: &str) -> usize {
    text.chars().count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_short_paragraph_is_one_segment() {
        assert_eq!(split("Ia pergi. Ia pulang.", 40), ["Ia pergi. Ia pulang."]);
    }

    #[test]
    fn a_long_paragraph_is_cut_at_sentences_then_clauses_then_words() {
        assert_eq!(split("Ia pergi ke pasar. Ia pulang.", 20), ["Ia pergi ke pasar.", "Ia pulang."]);
        assert_eq!(split("Ia pergi ke pasar, lalu pulang.", 20), ["Ia pergi ke pasar,", "lalu pulang."]);
        assert_eq!(split("Inflasi mencapai 3,5 persen tahun ini", 20), ["Inflasi mencapai 3,5", "persen tahun ini"]);
    }

    #[test]
    fn a_word_is_never_cut() {
        assert_eq!(split("a pneumonoultramicroscopic b", 10), ["a", "pneumonoultramicroscopic", "b"]);
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]
        #[test]
        fn joined_segments_give_the_paragraph_back_except_for_white_space(
            text in "([A-Za-zé“”\"0-9.,;:!?–]{1,12}[ \u{a0}\n]{0,2}){0,60}", longest in 1usize..80,
        ) {
            let bare = |text: &str| text.split_whitespace().collect::<String>();
            let pieces = split(&text, longest);
            prop_assert_eq!(bare(&pieces.concat()), bare(&text));
            for piece in pieces {
                prop_assert!(characters(piece) <= longest || !piece.contains(char::is_whitespace), "{:?}", piece);
            }
        }
    }
}
