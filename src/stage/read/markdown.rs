//! Markdown: headings, bold-only lines, lists, quotations, pictures and tables as blocks; inline mark-up taken off.
//!
//! Place in the data way: the reader of `.md`. Spans cover the mark-up, [`Block::text`] holds the words.
//! It must never leave a non-space character outside every block: what has no words (front matter, dividing lines,
//! comments) becomes a skipped block.

use crate::model::article::{Block, ParagraphKind, Source, Span};

use super::front_matter;
use super::inline::strip;
use super::line::{Line, block_of, lines, tidy};
use super::table::{row, table};
use super::text::{joined, whole};

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
    let lines = without_comments_tails(&lines, comments_end);
    let mut rest = lines.as_slice();
    while !rest.is_empty() {
        let taken = take(rest, comments_end, &mut blocks).max(1);
        rest = rest.get(taken..).unwrap_or_default();
    }
    (source, blocks)
}

/// The lines, with what stands behind the end of a comment as a line of its own.
fn without_comments_tails<'a>(lines: &[Line<'a>], comments_end: Option<usize>) -> Vec<Line<'a>> {
    const END: &str = "-->";
    let mut out = Vec::with_capacity(lines.len());
    let mut is_open = false;
    for line in lines {
        let mut line = *line;
        loop {
            is_open |= line.words().starts_with("<!--") && comments_end.is_some_and(|end| end > line.start);
            let end = line.text.find(END).filter(|_| is_open).map(|at| at + END.len());
            let Some((comment, behind)) = end.and_then(|end| line.text.split_at_checked(end)) else { break };
            is_open = false;
            if behind.trim().is_empty() {
                break;
            }
            out.push(Line { text: comment, ..line });
            line = Line { start: line.start + comment.len(), text: behind };
        }
        out.push(line);
    }
    out
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
        let more = lines.windows(2).take_while(|pair| goes_on(pair, kind)).count();
        let run = lines.get(..=more).unwrap_or_default();
        let inside: Vec<&str> =
            run.iter().map(|line| container(line.words()).map_or(line.words(), |(_, rest)| rest)).collect();
        push(blocks, run, kind, &tidy(&inside.join(" ")));
        return run.len();
    }
    match table(lines, blocks) {
        0 => paragraph(lines, blocks),
        rows => rows,
    }
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
    if is_link_target(words) {
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
    if words.starts_with('|') { row(line) } else { None }
}

/// `[name]: address "title"`; a footnote (`[^1]: …`) and a speaker (`[Tempo]: …`) have words behind their name.
fn is_link_target(words: &str) -> bool {
    let Some((name, rest)) = words.strip_prefix('[').and_then(|rest| rest.split_once("]:")) else { return false };
    let rest = rest.trim();
    let (address, title) =
        rest.split_once(char::is_whitespace).map_or((rest, ""), |(address, title)| (address, title.trim()));
    let is_title = [('"', '"'), ('\'', '\''), ('(', ')')]
        .iter()
        .any(|(open, close)| title.len() > 1 && title.starts_with(*open) && title.ends_with(*close));
    let ending = address.rsplit_once('.').map_or("", |(_, ending)| ending);
    let is_file = (2..=5).contains(&ending.len()) && ending.chars().all(|c| c.is_ascii_lowercase());
    let is_address =
        is_file || address.contains(['/', '#']) || address.starts_with('<') || address.starts_with("mailto:");
    !name.is_empty() && !name.starts_with('^') && is_address && (title.is_empty() || is_title)
}

/// The text of a footnote, each of which is a paragraph.
fn is_footnote(words: &str) -> bool {
    words.strip_prefix("[^").and_then(|rest| rest.split_once("]:")).is_some_and(|(name, _)| !name.contains(' '))
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
fn goes_on(pair: &[Line<'_>], kind: ParagraphKind) -> bool {
    let [before, line] = pair else { return false };
    let words = line.words();
    let is_plain = !words.is_empty() && container(words).is_none();
    // A wrapped line needs no mark of its own.
    if is_plain && words.starts_with(char::is_lowercase) && is_open(before) && !starts_other(line) {
        return true;
    }
    match kind {
        ParagraphKind::Quote => words.strip_prefix('>').is_some_and(|rest| !rest.trim().is_empty()),
        _ => is_plain && line.text.starts_with([' ', '\t']),
    }
}

/// Whether a line breaks off inside a sentence.
fn is_open(line: &Line<'_>) -> bool {
    let words = line.words();
    words.ends_with([',', '-']) || words.ends_with(char::is_alphanumeric) && words.contains(' ')
}

/// A line that begins a list inside a paragraph: a number behind an unfinished sentence is none (`tanggal` / `23. November`).
fn begins_item(pair: &[Line<'_>]) -> bool {
    let [before, line] = pair else { return false };
    let words = line.words();
    container(words).is_some()
        && !(words.starts_with(|c: char| c.is_ascii_digit()) && !words.starts_with("1.") && is_open(before))
}

/// A run of plain lines: one paragraph, or one for each line where the lines were never wrapped.
fn paragraph(lines: &[Line<'_>], blocks: &mut Vec<Block>) -> usize {
    let ends =
        |pair: &&[Line<'_>]| pair.last().is_none_or(|line| line.is_blank() || starts_other(line)) || begins_item(pair);
    let more = lines.windows(2).take_while(|pair| !ends(pair)).count();
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
        // A backslash at the end of a line breaks it.
        let words = run.iter().map(|line| line.words().strip_suffix('\\').unwrap_or(line.words()));
        push(blocks, run, ParagraphKind::Text, &whole(words));
    }
    run.len()
}

fn starts_other(line: &Line<'_>) -> bool {
    let words = line.words();
    let starts = ["```", "~~~", "<!--"].iter().any(|start| words.starts_with(start));
    starts || is_footnote(words) || single(line).is_some()
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
pub(super) fn skipped(span: Span, source: &str, reason: &str) -> Block {
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
    fn wrapped_lines_need_no_mark_and_a_number_in_a_sentence_is_no_list() {
        let text = "> Kami tidak akan mengimpor, kata menteri yang\nhadir.\nLain.\n\n- Butir yang\ndibungkus.\n- Dua.\n\nRapat pada tanggal\n23. November, kata Budi.\n\nJalan Merdeka 5\\\nJakarta";
        let expected = [
            (Quote, "Kami tidak akan mengimpor, kata menteri yang hadir."),
            (Text, "Lain."),
            (List, "Butir yang dibungkus."),
            (List, "Dua."),
            (Text, "Rapat pada tanggal 23. November, kata Budi."),
            (Text, "Jalan Merdeka 5 Jakarta"),
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
    fn footnotes_and_speakers_are_text_and_link_targets_are_none() {
        let text = "[^1]: Menurut data BPS yang dirilis pada Senin\n[^2]: Wawancara dengan Budi.\n\n[Tempo]: Apakah Bulog tidak akan mengimpor?\n\n[a]: https://a.id \"Judul\"\n[b]: <d.png>\n[c]: d.png";
        let expected = [
            (Text, "[^1]: Menurut data BPS yang dirilis pada Senin"),
            (Text, "[^2]: Wawancara dengan Budi."),
            (Text, "[Tempo]: Apakah Bulog tidak akan mengimpor?"),
            (Boilerplate, "[a]: https://a.id \"Judul\""),
            (Boilerplate, "[b]: <d.png>"),
            (Boilerplate, "[c]: d.png"),
        ];
        assert_eq!(kinds(text), expected.map(|(kind, text)| (kind, text.to_owned())));
    }

    #[test]
    fn what_stands_behind_a_comment_is_text() {
        let text = "<!--more-->Pemerintah tidak akan mengimpor beras.\n\n<!-- catatan\nredaksi --> Pedagang mengaku rugi.\n<!-- a --><!-- b -->";
        let expected = [
            (Boilerplate, "<!--more-->"),
            (Text, "Pemerintah tidak akan mengimpor beras."),
            (Boilerplate, "<!-- catatan redaksi -->"),
            (Text, "Pedagang mengaku rugi."),
            (Boilerplate, "<!-- a -->"),
            (Boilerplate, "<!-- b -->"),
        ];
        assert_eq!(kinds(text), expected.map(|(kind, text)| (kind, text.to_owned())));
        for block in read(text).1 {
            assert_eq!(tidy(&text[block.span.0..block.span.1]), block.text);
        }
    }

    #[test]
    fn a_table_needs_no_bars_at_its_sides() {
        let text = "Komoditas | Harga\n--- | ---:\nBeras | Rp14.000\nGula \\| manis | naik\n\nLain | ini.";
        let expected = [
            (List, "Komoditas | Harga"),
            (Boilerplate, "--- | ---:"),
            (List, "Beras | Rp14.000"),
            (List, "Gula | manis | naik"),
            (Text, "Lain | ini."),
        ];
        assert_eq!(kinds(text), expected.map(|(kind, text)| (kind, text.to_owned())));
    }

    #[test]
    fn a_bold_sentence_is_text() {
        assert_eq!(kinds("**Ini kalimat tebal.**"), [(Text, "Ini kalimat tebal.".into())]);
    }
}
