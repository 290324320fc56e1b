//! Headings that plain text does not mark: short title-like lines over longer text, and the questions of an interview.
//!
//! Place in the data way: used by `clean` after the rules.
//! It must never take a list item, a caption or a short sentence for a heading.

use crate::model::article::{Block, ParagraphKind};

/// Longest heading, in characters.
const LONGEST: usize = 90;
/// Longest question of an interviewer, in characters.
const LONGEST_QUESTION: usize = 250;
/// Questions that make an interview.
const QUESTIONS: usize = 3;

/// Marks the headings among the text blocks of an article.
pub fn mark(blocks: &mut [Block]) {
    let story: Vec<usize> = (0..blocks.len()).filter(|at| is_story(blocks, *at)).collect();
    let text = |at: usize| blocks.get(at).map_or("", |block| block.text.as_str());
    let mut marks: Vec<usize> = Vec::new();
    for (place, at) in story.iter().enumerate() {
        let before = place.checked_sub(1).and_then(|place| story.get(place)).map(|at| text(*at));
        let after = story.get(place + 1).map(|at| text(*at));
        if let (Some(before), Some(after)) = (before, after)
            && is_heading(text(*at), before, after)
        {
            marks.push(*at);
        }
    }
    marks.extend(questions(blocks, &story));
    for at in marks {
        if let Some(block) = blocks.get_mut(at) {
            block.kind = ParagraphKind::Heading;
        }
    }
}

fn is_story(blocks: &[Block], at: usize) -> bool {
    blocks.get(at).is_some_and(|block| block.kind == ParagraphKind::Text && block.skipped.is_none())
}

fn is_heading(line: &str, before: &str, after: &str) -> bool {
    is_title_like(line)
        && !is_title_like(before)
        && ends_statement(before)
        && is_prose(after)
        && (!is_numbered(line) || !is_numbered(before))
}

/// Short, no sentence, and written like a headline: most of its longer words begin with a capital.
fn is_title_like(line: &str) -> bool {
    if line.len() > LONGEST * 2
        || line.chars().count() > LONGEST
        || line.ends_with(['.', ',', ';', ':', '"', '”', '…', ')', '*'])
    {
        return false;
    }
    let starts = line.starts_with(|c: char| c.is_uppercase() || c.is_ascii_digit());
    let words: Vec<&str> =
        line.split_whitespace().filter(|word| word.chars().filter(|c| c.is_alphabetic()).count() > 3).collect();
    let capital =
        words.iter().filter(|word| word.chars().find(|c| c.is_alphabetic()).is_some_and(char::is_uppercase)).count();
    let is_titled = is_numbered(line) || capital * 2 > words.len();
    starts && !words.is_empty() && is_titled && line.split_whitespace().count() <= 14
}

/// Text that a heading can stand over.
fn is_prose(text: &str) -> bool {
    text.len() >= 80 && ends_statement(text)
}

fn ends_statement(text: &str) -> bool {
    text.trim_end().ends_with(['.', '!', '?', '"', '”', ')', ':', '’', '*'])
}

fn is_numbered(line: &str) -> bool {
    let rest = line.trim_start_matches(|c: char| c.is_ascii_digit());
    rest.len() < line.len() && rest.starts_with(['.', ')'])
}

/// The questions of an interview: at least three lines that are a question without quotation marks, each with an answer.
fn questions(blocks: &[Block], story: &[usize]) -> Vec<usize> {
    let is_question = |at: usize| {
        blocks.get(at).is_some_and(|block| {
            let text = block.text.as_str();
            text.ends_with('?') && !text.contains(['"', '“', '”']) && text.chars().count() <= LONGEST_QUESTION
        })
    };
    let pairs = story.windows(2).filter_map(|pair| if let [at, next] = pair { Some((*at, *next)) } else { None });
    let found: Vec<usize> =
        pairs.filter(|(at, next)| is_question(*at) && !is_question(*next)).map(|(at, _)| at).collect();
    if found.len() >= QUESTIONS && found.len() * 6 >= story.len() { found } else { Vec::new() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::article::Span;

    const PROSE: &str =
        "Pemerintah menyiapkan cadangan beras sebanyak dua juta ton untuk menjaga harga sampai akhir tahun.";

    fn headings(texts: &[&str]) -> Vec<usize> {
        let block =
            |text: &&str| Block { span: Span(0, 0), text: (*text).into(), kind: ParagraphKind::Text, skipped: None };
        let mut blocks: Vec<_> = texts.iter().map(block).collect();
        mark(&mut blocks);
        (0..blocks.len()).filter(|at| blocks[*at].kind == ParagraphKind::Heading).collect()
    }

    #[test]
    fn a_title_like_line_over_text_is_a_heading() {
        assert_eq!(headings(&[PROSE, "Harga Turun Mulai November", PROSE, "2. Kebijakan Devisa", PROSE]), [1, 3]);
    }

    #[test]
    fn list_items_sentences_and_announcements_are_none() {
        assert_eq!(headings(&[PROSE, "Beras Medium", "Gula Pasir", "Minyak Goreng", PROSE]), [0usize; 0]);
        assert_eq!(headings(&[PROSE, "Ia Pergi.", PROSE]), [0usize; 0]);
        assert_eq!(headings(&[PROSE, "Berikut rangkuman berita pekan ini", PROSE]), [0usize; 0]);
        assert_eq!(headings(&[PROSE, "1. Uang Tunai", "2. Logam Mulia", PROSE]), [0usize; 0]);
    }

    #[test]
    fn questions_of_an_interview_are_headings() {
        let interview = [
            "Kami menemui Rina.",
            "Sejak kapan Anda menulis?",
            PROSE,
            "Siapa yang pertama membaca?",
            PROSE,
            "Apa rencana Anda?",
            PROSE,
        ];
        assert_eq!(headings(&interview), [1, 3, 5]);
        assert_eq!(headings(&[PROSE, "Lantas, bagaimana nasib petani?", PROSE]), [0usize; 0]);
    }
}
