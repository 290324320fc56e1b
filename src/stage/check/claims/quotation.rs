//! Quotations: as many in the answer as in the source, or as much text in them where one was split or two were joined.
//!
//! Place in the data way: inside `claims`.
//! It must never mistake an apostrophe or a mark for inches for a quotation.

use crate::model::finding::Finding;

use super::super::words::Pair;
use super::NAME;

/// A finding where quotations were lost or made.
pub(super) fn changed(pair: &Pair<'_>) -> Option<Finding> {
    let (id, en) = (Marks::of(pair.id), Marks::of(pair.en));
    if id.quotes_as_much_as(&en) {
        return None;
    }
    let (id_most, en_most) = (id.most + singles(pair.id), en.most + singles(pair.en));
    if id.least > en_most {
        let detail =
            format!("Quotations: the segment has {}, the answer {en_most}; keep each in quotation marks.", id.least);
        return Some(Finding::error(NAME, detail));
    }
    if en.least.saturating_sub(titles(pair)) > id_most {
        let detail = format!("Quotations: the answer has {}, the segment {id_most}; invent none.", en.least);
        return Some(Finding::error(NAME, detail));
    }
    None
}

/// How many quotations a text has in double marks: quotations around others, and all but one of the marks without a
/// partner, count only towards the most.
#[derive(Debug, Default, PartialEq, Eq)]
struct Marks {
    least: usize,
    most: usize,
    /// Letters and digits inside.
    letters: usize,
}

impl Marks {
    /// Whether both quote and the answer quotes about as much text: speech may stop for `he said` in another place.
    fn quotes_as_much_as(&self, answer: &Self) -> bool {
        let (own, other) = (self.letters, answer.letters);
        self.least > 0 && answer.least > 0 && own > 0 && other * 4 >= own * 3 && other * 5 <= own * 7
    }

    fn of(text: &str) -> Self {
        let mut found = Self::default();
        let mut open: Vec<bool> = Vec::new();
        let chars: Vec<_> = text.trim().replace("''", "\"").replace("``", "\"").chars().collect();
        for at in 0..chars.len() {
            match direction(&chars, at) {
                Some(true) => {
                    // The one around it holds a quotation, so it need not be one itself.
                    open.fill(false);
                    open.push(true);
                    found.most += 1;
                }
                Some(false) => match open.pop() {
                    Some(is_leaf) => found.least += usize::from(is_leaf),
                    None => found.most += 1,
                },
                None => {
                    let is_quoted = !open.is_empty() && chars.get(at).is_some_and(|c| c.is_alphanumeric());
                    found.letters += usize::from(is_quoted);
                }
            }
        }
        // A mark without a partner still says that something is quoted.
        found.least = found.least.max(usize::from(found.most > 0));
        found
    }
}

/// Whether the character opens (`true`) or closes a quotation; `None` where it is no mark of one.
fn direction(chars: &[char], at: usize) -> Option<bool> {
    let (before, after) = (at.checked_sub(1).and_then(|at| chars.get(at)), chars.get(at + 1));
    match chars.get(at)? {
        // The wreck of a dash in the wrong encoding.
        '“' | '”' if before == Some(&'€') => None,
        '“' | '„' | '«' => Some(true),
        '”' | '»' | '‟' => Some(false),
        // Inches.
        '"' if before.is_some_and(char::is_ascii_digit) && after.is_none_or(|c| c.is_whitespace()) => None,
        '"' => Some(
            after.is_some_and(|c| !c.is_whitespace()) && before.is_none_or(|c| !c.is_alphanumeric() && !is_stop(*c)),
        ),
        _ => None,
    }
}

/// Quoted names of works that stand in the source without marks: *the film "Laskar Pelangi"*.
fn titles(pair: &Pair<'_>) -> usize {
    let mut parts = pair.en.split(['"', '“', '”']).skip(1).step_by(2);
    let is_title = |quoted: &str| {
        let name = quoted.trim_end_matches([',', '.']);
        let mut words = name.split(' ').filter(|word| word.len() > 3).peekable();
        words.peek().is_some() && words.all(|word| word.starts_with(char::is_uppercase)) && pair.id.contains(name)
    };
    parts.by_ref().filter(|quoted| is_title(quoted)).count()
}

fn is_stop(c: char) -> bool {
    matches!(c, '.' | ',' | '!' | '?' | '…' | ')' | ']' | '%' | '\'' | '’')
}

/// Phrases in single quotation marks: an opening one after a space, a closing one before a space or a stop.
fn singles(text: &str) -> usize {
    let chars: Vec<_> = text.chars().collect();
    let at = |place: usize| chars.get(place).copied();
    let is_edge = |c: Option<char>| c.is_none_or(|c| !c.is_alphanumeric());
    let opens = |place: usize| {
        let is_mark = matches!(at(place), Some('\'' | '‘' | '’' | '`'));
        let before = place.checked_sub(1).and_then(at);
        is_mark && is_edge(before) && at(place + 1).is_some_and(char::is_alphanumeric)
    };
    let closes = |place: usize| {
        let before = place.checked_sub(1).and_then(at);
        let is_end = !is_edge(before) || before.is_some_and(is_stop);
        matches!(at(place), Some('\'' | '’')) && is_end && is_edge(at(place + 1))
    };
    let opened = (0..chars.len()).filter(|&place| opens(place)).count();
    opened.min((0..chars.len()).filter(|&place| closes(place)).count())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(id: &str, en: &str) -> bool {
        changed(&Pair::new(id, en)).is_some()
    }

    #[test]
    fn quotations_in_marks_of_any_form_are_the_same() {
        assert!(!found("“Kami siap,” katanya.", "\"We are ready,\" he said."));
        assert!(!found("\"Kami siap,\" katanya.", "'We are ready,' he said."));
        assert!(!found("Ia menyebutnya 'aneh'.", "He called it \"odd\"."));
        assert!(!found("\"Ia menyebutnya \"foton\".\"", "He called it a \"photon\"."));
        assert!(!found("Jauh â€“ sekali â€“ dari sini", "Far – very – from here"));
        assert!(!found("Film Laskar Pelangi laris.", "The film \"Laskar Pelangi\" did well."));
        assert!(!found("Layar 6\" dan 7\"", "Screens of 6 and 7 inches"));
    }

    #[test]
    fn a_quotation_may_be_split_or_joined_with_the_next() {
        assert!(!found(
            "\"Air datang malam hari. Semua orang panik dan lari ke bukit,\" tutur Rahmat.",
            "\"The water came at night,\" Rahmat said. \"Everyone panicked and ran to the hills.\""
        ));
        assert!(!found(
            "\"Kami kecewa,\" kata Rina. \"Tapi kami terima,\" lanjutnya.",
            "\"We are disappointed, but we accept it,\" Rina said."
        ));
        assert!(found(
            "\"Kami kecewa,\" kata Rina. \"Tapi kami terima,\" lanjutnya.",
            "\"We are disappointed,\" Rina said. But they accept it."
        ));
    }

    #[test]
    fn lost_and_invented_quotations_are_found() {
        assert!(found("Ia berkata, \"Kami siap.", "He said they were ready."));
        assert!(found("“Kami siap,” katanya.", "He said they were ready."));
        assert!(found("Ia mengatakan mereka siap.", "\"We are ready,\" he said."));
        assert!(found("“Ya,” katanya. “Kami siap.”", "“Yes,” he said. They were ready."));
    }
}
