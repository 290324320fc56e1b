//! Packs segments into lots that fit one request.
//!
//! Place in the data way: `plan` packs each section's segments into units.
//! It must never reorder segments; a segment that alone exceeds a limit travels alone.

use crate::model::backend::Limits;
use crate::model::segment::Segment;
use crate::model::tokens::estimate_tokens;

/// Greedy lots in reading order, each within every limit.
pub fn pack(segments: Vec<Segment>, limits: &Limits) -> Vec<Vec<Segment>> {
    let mut lots: Vec<Vec<Segment>> = Vec::new();
    let mut load = Load::default();
    for segment in segments {
        let one = Load::of(&segment.text);
        let with = load.plus(&one);
        match lots.last_mut() {
            Some(lot) if with.fits(limits) => {
                lot.push(segment);
                load = with;
            }
            _ => {
                lots.push(vec![segment]);
                load = one;
            }
        }
    }
    lots
}

#[derive(Default)]
struct Load {
    segments: usize,
    characters: usize,
    bytes: usize,
    tokens: u64,
}

impl Load {
    fn of(text: &str) -> Self {
        Self { segments: 1, characters: text.chars().count(), bytes: text.len(), tokens: estimate_tokens(text) }
    }

    fn plus(&self, more: &Self) -> Self {
        Self {
            segments: self.segments + more.segments,
            characters: self.characters + more.characters,
            bytes: self.bytes + more.bytes,
            tokens: self.tokens + more.tokens,
        }
    }

    fn fits(&self, limits: &Limits) -> bool {
        let within = |held: usize, limit: Option<usize>| limit.is_none_or(|limit| held <= limit);
        within(self.segments, limits.segments)
            && within(self.characters, limits.characters)
            && within(self.bytes, limits.bytes)
            && limits.tokens.is_none_or(|limit| self.tokens <= limit as u64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::segment::SegmentId;

    const NONE: Limits =
        Limits { segments: None, characters: None, bytes: None, tokens: None, segment_characters: 1000 };

    fn sizes(texts: &[&str], limits: &Limits) -> Vec<usize> {
        let segment =
            |(text, n): (&&str, u32)| Segment { id: SegmentId { paragraph: n, part: 0 }, text: (*text).into() };
        let segments: Vec<_> = texts.iter().zip(1..).map(segment).collect();
        let lots = pack(segments.clone(), limits);
        assert_eq!(lots.concat(), segments, "order is kept");
        lots.iter().map(Vec::len).collect()
    }

    #[test]
    fn every_limit_is_respected() {
        let texts = ["aaaa", "bbbb", "éééé", "dddd", "eeee"];
        assert_eq!(sizes(&texts, &NONE), [5]);
        assert_eq!(sizes(&texts, &Limits { segments: Some(2), ..NONE }), [2, 2, 1]);
        assert_eq!(sizes(&texts, &Limits { characters: Some(12), ..NONE }), [3, 2]);
        assert_eq!(sizes(&texts, &Limits { bytes: Some(12), ..NONE }), [2, 2, 1]);
        assert_eq!(sizes(&texts, &Limits { tokens: Some(4), ..NONE }), [2, 1, 2]);
    }

    #[test]
    fn a_segment_beyond_a_limit_travels_alone() {
        assert_eq!(sizes(&["aa", "bbbbbbbbbb", "cc"], &Limits { characters: Some(5), ..NONE }), [1, 1, 1]);
        assert!(pack(Vec::new(), &NONE).is_empty());
    }
}
