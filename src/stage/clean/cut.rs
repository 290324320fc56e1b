//! Cuts one block into three, so that a piece of furniture inside a paragraph does not take the paragraph along.
//!
//! Place in the data way: used by `clean`.
//! It must never lose a character: the three spans together hold what the one span held.

use std::ops::Range;

use crate::model::article::{Block, Span};

/// The block before, at and behind `piece`, a range of its words; `None` where the piece is not found in the source.
pub fn cut(block: &Block, text: &str, piece: Range<usize>) -> Option<[Option<Block>; 3]> {
    let raw = text.get(block.span.0..block.span.1)?;
    let words = block.text.get(piece.clone())?.trim();
    let in_raw = if raw == block.text {
        piece.start..piece.end
    } else if piece.start == 0 {
        raw.find(words).map(|at| at..at + words.len())?
    } else {
        raw.rfind(words).map(|at| at..at + words.len())?
    };
    let part = |in_raw: Range<usize>, in_words: Range<usize>| {
        let raw = raw.get(in_raw.clone()).unwrap_or_default();
        let start = block.span.0 + in_raw.start + (raw.len() - raw.trim_start().len());
        let words = block.text.get(in_words).unwrap_or_default().trim();
        let span = Span(start, start + raw.trim().len());
        (span.1 > span.0).then(|| Block { span, text: words.to_owned(), ..block.clone() })
    };
    let before = part(0..in_raw.start, 0..piece.start);
    let middle = part(in_raw.clone(), piece.clone());
    let after = part(in_raw.end..raw.len(), piece.end..block.text.len());
    let wordless = |part: &Option<Block>| part.as_ref().is_some_and(|block| block.text.is_empty());
    if wordless(&before) || wordless(&after) { None } else { Some([before, middle, after]) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::article::ParagraphKind;

    #[test]
    fn three_parts_hold_what_one_held() {
        let text = "  Ia pergi.  (abc/def) ";
        let words = "Ia pergi. (abc/def)";
        let block = Block { span: Span(2, 22), text: words.into(), kind: ParagraphKind::Text, skipped: None };
        let [before, middle, after] = cut(&block, text, 10..19).unwrap();
        assert_eq!(before.map(|part| (part.span, part.text)), Some((Span(2, 11), "Ia pergi.".into())));
        assert_eq!(middle.map(|part| (part.span, part.text)), Some((Span(13, 22), "(abc/def)".into())));
        assert_eq!(after, None);
    }
}
