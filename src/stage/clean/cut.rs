//! Cuts furniture out of a paragraph, so that a piece of it does not take the paragraph along.
//!
//! Place in the data way: used by `clean` for paragraphs that no rule marks as a whole.
//! It must never lose a character: the spans of the parts together hold what the one span held. It must never copy text
//! before all cuts are made: a page in one line can hold thousands of them.

use std::ops::Range;

use regex::Captures;

use crate::model::article::{Block, Source, Span};

use super::rule::{self, Rule, Rules, Where};

/// A cut can bring other furniture to an edge: how often all rules are tried.
const ROUNDS: usize = 4;

/// A stretch of a block.
#[derive(Debug, Clone)]
struct Part<'r> {
    /// Its bytes in the source text.
    span: Range<usize>,
    /// Its bytes in the block's words.
    words: Range<usize>,
    /// The rule that marks it.
    rule: Option<&'r Rule>,
}

/// The parts of a block in reading order, each marked by the rule that cut it off; the block itself where no rule cuts.
/// Fills what is still unknown of the source.
pub fn cut(block: Block, text: &str, rules: &Rules, source: &mut Source) -> Vec<Block> {
    if !rules.pieces().any(|rule| rule.piece(&block.text).is_some()) {
        return vec![block];
    }
    let raw = text.get(block.span.0..block.span.1).unwrap_or_default();
    let mut knife = Knife { block: &block, text, is_plain: raw == block.text, rules, source };
    let mut parts = vec![Part { span: block.span.0..block.span.1, words: 0..block.text.len(), rule: None }];
    for _ in 0..ROUNDS {
        let before = parts.len();
        for rule in rules.pieces() {
            parts = knife.cut_all(parts, rule);
        }
        if parts.len() == before {
            break;
        }
    }
    match parts.as_slice() {
        [only] if only.rule.is_none() => vec![block],
        parts => parts.iter().map(|part| knife.block_of(part)).collect(),
    }
}

struct Knife<'a, 'r, 's> {
    block: &'a Block,
    /// The source text.
    text: &'a str,
    /// Whether the block's words are its source text as it stands.
    is_plain: bool,
    rules: &'r Rules,
    source: &'s mut Source,
}

impl<'a, 'r> Knife<'a, 'r, '_> {
    /// Cuts off all that one rule finds in the parts that are not marked yet.
    fn cut_all(&mut self, parts: Vec<Part<'r>>, rule: &'r Rule) -> Vec<Part<'r>> {
        let mut out = Vec::with_capacity(parts.len());
        for part in parts {
            // From the side where the rule looks, so that what is left is looked at again and nothing twice.
            let (mut rest, mut behind) = (Some(part), Vec::new());
            while let Some(part) = rest.take_if(|part| part.rule.is_none()) {
                let Some([before, middle, after]) = self.cut_one(&part, rule) else {
                    rest = Some(part);
                    break;
                };
                if rule.place == Where::End {
                    behind.extend(after.into_iter().chain(middle));
                    rest = before;
                } else {
                    out.extend(before.into_iter().chain(middle));
                    rest = after;
                }
            }
            out.extend(rest);
            out.extend(behind.into_iter().rev());
        }
        out
    }

    /// What stands before, at and behind the first thing that the rule finds; `None` where it finds nothing, or not in
    /// the source text.
    fn cut_one(&mut self, part: &Part<'r>, rule: &'r Rule) -> Option<[Option<Part<'r>>; 3]> {
        let (piece, groups) = rule.piece(self.words(&part.words))?;
        let piece = part.words.start + piece.start..part.words.start + piece.end;
        let found = self.span_of(part, &piece)?;
        let before = self.part(part.span.start..found.start, part.words.start..piece.start);
        let middle = self.part(found.clone(), piece.clone());
        let after = self.part(found.end..part.span.end, piece.end..part.words.end);
        if [&before, &after].into_iter().flatten().any(|part| self.words(&part.words).trim().is_empty()) {
            return None;
        }
        self.fill(&groups);
        let [before, after] = [before, after].map(|part| part.map(|part| self.as_line(part)));
        Some([before, middle.map(|middle| Part { rule: Some(rule), ..middle }), after])
    }

    fn words(&self, range: &Range<usize>) -> &'a str {
        self.block.text.get(range.clone()).unwrap_or_default()
    }

    /// Where a piece of a part's words stands in the source text.
    fn span_of(&self, part: &Part<'_>, piece: &Range<usize>) -> Option<Range<usize>> {
        if self.is_plain {
            let base = self.block.span.0;
            return Some(base + piece.start..base + piece.end);
        }
        let (raw, words) = (self.text.get(part.span.clone())?, self.words(piece).trim());
        let at = if piece.end == part.words.end { raw.rfind(words) } else { raw.find(words) };
        let start = part.span.start + at?;
        Some(start..start + words.len())
    }

    /// The part over a range of the source text; `None` where nothing but white space stands there.
    fn part(&self, span: Range<usize>, words: Range<usize>) -> Option<Part<'r>> {
        let raw = self.text.get(span.clone()).unwrap_or_default();
        let start = span.start + (raw.len() - raw.trim_start().len());
        let span = start..start + raw.trim().len();
        (!span.is_empty()).then_some(Part { span, words, rule: None })
    }

    /// A part is a paragraph of its own now: a rule for whole paragraphs may mark it.
    fn as_line(&mut self, part: Part<'r>) -> Part<'r> {
        let found = self.rules.of_line(self.words(&part.words).trim());
        let rule = found.map(|(rule, groups)| {
            self.fill(&groups);
            rule
        });
        Part { rule, ..part }
    }

    fn fill(&mut self, groups: &Captures<'_>) {
        rule::fill(groups, self.source);
        if let Some((date, _)) = rule::date(groups, "") {
            self.source.date.get_or_insert(date);
        }
    }

    fn block_of(&self, part: &Part<'_>) -> Block {
        let words = self.words(&part.words).trim().to_owned();
        let block = Block {
            span: Span(part.span.start, part.span.end),
            text: words,
            kind: self.block.kind,
            skipped: self.block.skipped.clone(),
        };
        match part.rule {
            Some(rule) => rule.marked(block),
            None => block,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::article::ParagraphKind;

    fn cuts(text: &str, words: &str) -> Vec<(Span, String, bool)> {
        let start = text.len() - text.trim_start().len();
        let span = Span(start, start + text.trim().len());
        let block = Block { span, text: words.into(), kind: ParagraphKind::Text, skipped: None };
        let parts = cut(block, text, &Rules::builtin(), &mut Source::default());
        parts.into_iter().map(|part| (part.span, part.text, part.skipped.is_some())).collect()
    }

    #[test]
    fn initials_behind_a_paragraph_are_cut_off() {
        assert_eq!(
            cuts("  Ia pergi.  (abc/def) ", "Ia pergi. (abc/def)"),
            [(Span(2, 11), "Ia pergi.".into(), false), (Span(13, 22), "(abc/def)".into(), true)]
        );
    }

    #[test]
    fn what_a_cut_brings_to_the_edge_is_cut_too() {
        let text = "Ia pergi. (abc/def) [Gambas:Video 20detik]";
        let words: Vec<_> = cuts(text, text).into_iter().map(|(_, words, _)| words).collect();
        assert_eq!(words, ["Ia pergi.", "(abc/def)", "[Gambas:Video 20detik]"]);
    }

    #[test]
    fn thousands_of_pieces_in_one_line_are_cut_and_nothing_is_lost() {
        let text = "Ia pergi. [Gambas:Video 20detik] ".repeat(20_000);
        let parts = cuts(&text, text.trim());
        assert_eq!(parts.len(), 40_000);
        let mut end = 0;
        for (span, words, is_cut) in parts {
            assert!(text[end..span.0].trim().is_empty() && text[span.0..span.1] == words);
            assert_eq!(is_cut, words.starts_with('['));
            end = span.1;
        }
    }

    #[test]
    fn initials_without_end_do_not_exhaust_the_stack() {
        let text = format!("Ia pergi.{}", " (abc/def).".repeat(20_000));
        assert!(cuts(&text, &text).len() > 20_000);
    }
}
