//! Lines with their place in the text, and the words of a line.
//!
//! Place in the data way: shared by the readers of `text` and `markdown`.
//! It must never shift a span: places are bytes of the decoded text.

use std::sync::LazyLock;

use regex::Regex;

use crate::model::article::{Block, ParagraphKind, Span};
use crate::model::pattern::pattern;

/// What divides paragraphs in most plain text.
pub static BLANK_LINE: LazyLock<Regex> = LazyLock::new(|| pattern("\\n[ \\t\\r]*\\n"));

/// A line without its ending.
#[derive(Debug, Clone, Copy)]
pub struct Line<'a> {
    /// Byte place of its first character.
    pub start: usize,
    /// Its text, white space at both ends included.
    pub text: &'a str,
}

impl<'a> Line<'a> {
    /// Its text without the white space at its ends.
    pub fn words(&self) -> &'a str {
        self.text.trim()
    }

    /// Whether there is nothing to read on it.
    pub fn is_blank(&self) -> bool {
        self.words().is_empty()
    }

    /// Byte range of its words.
    pub fn span(&self) -> Span {
        let start = self.start + (self.text.len() - self.text.trim_start().len());
        Span(start, start + self.words().len())
    }
}

/// The lines of a text; `\n`, `\r\n`, and a lone `\r` where there is no `\n` at all.
pub fn lines(text: &str) -> Vec<Line<'_>> {
    let separator = if text.contains('\n') { '\n' } else { '\r' };
    let mut start = 0;
    let parts = text.split(separator).map(|part| {
        let line = Line { start, text: part };
        start += part.len() + 1;
        line
    });
    parts.collect()
}

/// A block over consecutive lines; `None` where they are blank.
pub fn block_of(lines: &[Line<'_>], kind: ParagraphKind, words: String) -> Option<Block> {
    let first = lines.iter().find(|line| !line.is_blank())?;
    let last = lines.iter().rfind(|line| !line.is_blank())?;
    Some(Block { span: Span(first.span().0, last.span().1), text: words, kind, skipped: None })
}

/// The words of a text: one space for each run of white space, none at the ends, no zero-width characters.
pub fn tidy(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for word in text.split_whitespace() {
        if !out.is_empty() {
            out.push(' ');
        }
        if word.is_ascii() { out.push_str(word) } else { out.extend(word.chars().filter(|c| !is_zero_width(*c))) }
    }
    out
}

fn is_zero_width(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_know_their_places_with_any_ending() {
        let spans = |text: &str| lines(text).iter().filter(|line| !line.is_blank()).map(Line::span).collect::<Vec<_>>();
        assert_eq!(spans("a\r\n bc \r\n\r\nd"), [Span(0, 1), Span(4, 6), Span(11, 12)]);
        assert_eq!(spans("a\rb"), [Span(0, 1), Span(2, 3)]);
    }

    #[test]
    fn words_lose_odd_spaces_and_zero_width_characters() {
        assert_eq!(tidy(" Harga\u{a0}\u{200b}beras  naik\t"), "Harga beras naik");
    }
}
