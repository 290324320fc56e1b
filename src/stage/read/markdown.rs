//! Markdown: headings, bold-only lines, lists, quotations, pictures and tables as blocks; inline mark-up taken off.
//!
//! Place in the data way: the reader of `.md`. Spans cover the mark-up, [`Block::text`] holds the words.
//! It must never leave a non-space character outside every block: what has no words (front matter, dividing lines,
//! comments) becomes a skipped block.

use crate::model::article::{Block, ParagraphKind, Source, Span};

use super::front_matter;
use super::inline::strip;
use super::line::{Line, block_of, lines, tidy};
use super::text::joined;

/// A paragraph line longer than this was not wrapped: each line is then a paragraph of its own.
const LONGEST_WRAPPED: usize = 160;

/// The metadata and the blocks of a Markdown text.
pub fn read(text: &str) -> (Source, Vec<Block>) {
    let front = front_matter::find(text);
    let (body_at, source) = front.map_or((0, Source::default()), |front| (front.end, front.source));
    let mut blocks: Vec<Block> = Vec::new();
    if body_at > 0 {
        blocks.push(skipped(
            Span(0, body_at),
            text.get(..body_at).unwrap_or_default(),
            "front matter, kept as metadata",
        ));
    }
    let body = text.get(body_at..).unwrap_or_default();
    let lines: Vec<_> = lines(body).into_iter().map(|line| Line { start: line.start + body_at, ..line }).collect();
    let comments_end = text.rfind("-->");
    let mut rest = lines.as_slice();
    while !rest.is_empty() {
        let taken = take(rest, comments_end, &mut blocks).max(1);
        rest = rest.get(taken..).unwrap_or_default();
    }
    (source, blocks)
}

/// Takes one construct from the front of `lines`; gives the number of lines. `comments_end`: where the last comment of the
/// text ends.
fn take(lines: &[Line<'_>], comments_end: Option<usize>, blocks: &mut Vec<Block>) -> usize {
    let Some(first) = lines.first() else { return 0 };
    let words = first.words();
    if words.is_empty() {
        return 1;
    }
    if words.starts_with("```") || words.starts_with("~~~") {
        return fenced(lines, blocks);
    }
    if words.starts_with("<!--") {
        let is_closed = comments_end.is_some_and(|end| end > first.start);
        return comment(lines, is_closed, blocks);
    }
    if let Some(block) = single(first) {
        blocks.push(block);
        return 1;
    }
    if let Some((kind, _)) = container(words) {
        let more = lines.iter().skip(1).take_while(|line| goes_on(line, kind)).count();
        let run = lines.get(..=more).unwrap_or_default();
        let inside: Vec<&str> =
            run.iter().map(|line| container(line.words()).map_or(line.words(), |(_, rest)| rest)).collect();
        push(blocks, run, kind, &tidy(&inside.join(" ")));
        return run.len();
    }
    paragraph(lines, blocks)
}

/// Constructs of one line: headings, dividing lines, table rows, pictures, link targets.
fn single(line: &Line<'_>) -> Option<Block> {
    let words = line.words();
    let lines = std::slice::from_ref(line);
    if let Some(heading) = heading(words) {
        return block_of(lines, ParagraphKind::Heading, heading);
    }
    if is_divider(words) {
        return Some(skipped(line.span(), words, "a dividing line"));
    }
    if words.starts_with('[') && words.contains("]: ") && !words.contains(". ") {
        return Some(skipped(line.span(), words, "a link target"));
    }
    if words.starts_with("![") && words.ends_with(')') && !words.contains(") ") {
        let caption = tidy(&strip(words));
        return if caption.is_empty() {
            Some(skipped(line.span(), words, "a picture without words"))
        } else {
            block_of(lines, ParagraphKind::Caption, caption)
        };
    }
    if words.starts_with('|') {
        let cells = words.trim_matches('|').split('|').map(|cell| tidy(&strip(cell))).collect::<Vec<_>>().join(" | ");
        let is_rule = cells.chars().all(|c| matches!(c, '-' | ':' | '|' | ' '));
        return if is_rule {
            Some(skipped(line.span(), words, "a dividing line"))
        } else {
            block_of(lines, ParagraphKind::List, cells)
        };
    }
    None
}

fn heading(words: &str) -> Option<String> {
    let inside = words.trim_start_matches('#');
    let level = words.len() - inside.len();
    if !(1..=6).contains(&level) || !(inside.is_empty() || inside.starts_with([' ', '\t'])) {
        return None;
    }
    let heading = tidy(&strip(inside.trim().trim_end_matches('#')));
    (!heading.is_empty()).then_some(heading)
}

fn is_divider(words: &str) -> bool {
    let Some(mark) = words.chars().next().filter(|c| matches!(c, '-' | '*' | '_' | '=' | '#')) else { return false };
    words.chars().all(|c| c == mark || c.is_whitespace()) && words.matches(mark).count() >= 3
}

/// A quotation or list item, with what stands behind its mark.
fn container(words: &str) -> Option<(ParagraphKind, &str)> {
    if let Some(rest) = words.strip_prefix('>') {
        return Some((ParagraphKind::Quote, rest.trim_start_matches(['>', ' '])));
    }
    if let Some(rest) = words.strip_prefix(['-', '*', '+', '•']) {
        return rest.starts_with([' ', '\t']).then_some((ParagraphKind::List, rest.trim()));
    }
    let digits = words.len() - words.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let rest = words.get(digits..)?.strip_prefix(['.', ')'])?;
    (1..=3).contains(&digits).then_some(())?;
    rest.starts_with([' ', '\t']).then_some((ParagraphKind::List, words))
}

/// Whether a line belongs to the quotation or list item above it.
fn goes_on(line: &Line<'_>, kind: ParagraphKind) -> bool {
    let words = line.words();
    match kind {
        ParagraphKind::Quote => words.strip_prefix('>').is_some_and(|rest| !rest.trim().is_empty()),
        _ => !words.is_empty() && line.text.starts_with([' ', '\t']) && container(words).is_none(),
    }
}

/// A run of plain lines: one paragraph, or one for each line where the lines were never wrapped.
fn paragraph(lines: &[Line<'_>], blocks: &mut Vec<Block>) -> usize {
    let ends = |line: &&Line<'_>| {
        let words = line.words();
        words.is_empty() || container(words).is_some() || starts_other(line)
    };
    let more = lines.iter().skip(1).take_while(|line| !ends(line)).count();
    let run = lines.get(..=more).unwrap_or_default();
    if let [only] = run
        && lines.get(1).is_some_and(|line| is_underline(line.words()))
        && !only.words().ends_with('.')
    {
        let with_line = lines.get(..2).unwrap_or_default();
        blocks.extend(block_of(with_line, ParagraphKind::Heading, tidy(&strip(only.words()))));
        return 2;
    }
    let unwrapped = run.iter().any(|line| line.words().chars().count() > LONGEST_WRAPPED);
    let standing_alone = run.iter().any(|line| is_bold(line.words()));
    if unwrapped || standing_alone {
        for line in run {
            push(blocks, std::slice::from_ref(line), plain_kind(line.words()), line.words());
        }
    } else {
        push(blocks, run, ParagraphKind::Text, &joined(run));
    }
    run.len()
}

fn starts_other(line: &Line<'_>) -> bool {
    let words = line.words();
    words.starts_with("```") || words.starts_with("~~~") || words.starts_with("<!--") || single(line).is_some()
}

fn is_underline(words: &str) -> bool {
    words.len() >= 3 && (words.chars().all(|c| c == '=') || words.chars().all(|c| c == '-'))
}

fn plain_kind(words: &str) -> ParagraphKind {
    if is_bold(words) { ParagraphKind::Heading } else { ParagraphKind::Text }
}

/// A line that is one bold run and no sentence: a heading in the manner of news sites.
fn is_bold(words: &str) -> bool {
    ["**", "__"].iter().any(|mark| {
        words.strip_prefix(mark).and_then(|rest| rest.strip_suffix(mark)).is_some_and(|inside| {
            !inside.contains(mark) && !inside.trim().is_empty() && !inside.trim_end().ends_with(['.', ',', '"', '”'])
        })
    })
}

fn fenced(lines: &[Line<'_>], blocks: &mut Vec<Block>) -> usize {
    let fence = lines.first().and_then(|line| line.words().get(..3)).unwrap_or("```");
    let inside = lines.iter().skip(1).take_while(|line| !line.words().starts_with(fence)).count();
    let run = lines.get(..(inside + 2).min(lines.len())).unwrap_or_default();
    let words = joined(run.get(1..=inside).unwrap_or_default());
    match block_of(run, ParagraphKind::Text, words) {
        Some(block) if block.text.is_empty() => blocks.push(skipped(block.span, fence, "an empty code block")),
        block => blocks.extend(block),
    }
    run.len()
}

fn comment(lines: &[Line<'_>], is_closed: bool, blocks: &mut Vec<Block>) -> usize {
    let before = if is_closed { lines.iter().take_while(|line| !line.text.contains("-->")).count() } else { 0 };
    let run = lines.get(..=before).unwrap_or_default();
    let block = block_of(run, ParagraphKind::Boilerplate, joined(run));
    blocks.extend(block.map(|block| Block { skipped: Some("a comment".into()), ..block }));
    run.len()
}

fn push(blocks: &mut Vec<Block>, run: &[Line<'_>], kind: ParagraphKind, marked_up: &str) {
    let words = tidy(&strip(marked_up));
    let Some(block) = block_of(run, kind, words) else { return };
    if block.text.is_empty() {
        blocks.push(skipped(block.span, marked_up, "mark-up without words"));
    } else {
        blocks.push(block);
    }
}

/// A block that is accounted for and not an article's words; `source` is what a reader of the record sees.
fn skipped(span: Span, source: &str, reason: &str) -> Block {
    Block { span, text: tidy(source), kind: ParagraphKind::Boilerplate, skipped: Some(reason.into()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ParagraphKind::{Boilerplate, Caption, Heading, List, Quote, Text};

    fn kinds(text: &str) -> Vec<(ParagraphKind, String)> {
        read(text).1.into_iter().map(|block| (block.kind, block.text)).collect()
    }

    #[test]
    fn constructs_become_kinds() {
        let text = "# Judul\n\nParagraf **satu**\nyang dibungkus.\n\n**Latar Belakang**\n\n> Kutipan\n> panjang.\n\n- butir satu\n- butir\n  dua\n1. angka\n\n![Foto: pasar](a.png)\n\n---\n";
        let expected = [
            (Heading, "Judul"),
            (Text, "Paragraf satu yang dibungkus."),
            (Heading, "Latar Belakang"),
            (Quote, "Kutipan panjang."),
            (List, "butir satu"),
            (List, "butir dua"),
            (List, "1. angka"),
            (Caption, "Foto: pasar"),
            (Boilerplate, "---"),
        ];
        assert_eq!(kinds(text), expected.map(|(kind, text)| (kind, text.to_owned())));
    }

    #[test]
    fn underlined_headings_are_headings() {
        assert_eq!(kinds("Judul\n=====\n\nIsi."), [(Heading, "Judul".into()), (Text, "Isi.".into())]);
    }

    #[test]
    fn front_matter_is_kept_as_metadata_and_accounted_for() {
        let (source, blocks) = read("---\ntitle: Harga Beras\n---\nIsi.");
        assert_eq!(source.title.as_deref(), Some("Harga Beras"));
        assert_eq!(blocks[0].skipped.as_deref(), Some("front matter, kept as metadata"));
        assert_eq!(blocks[0].span, Span(0, 26));
        assert_eq!((blocks[1].text.as_str(), blocks[1].span), ("Isi.", Span(27, 31)));
    }

    #[test]
    fn a_bold_sentence_is_text() {
        assert_eq!(kinds("**Ini kalimat tebal.**"), [(Text, "Ini kalimat tebal.".into())]);
    }
}
