//! The two texts of a segment, cut into words once and shared by all rules.
//!
//! Place in the data way: inside `check` only.
//! It must never judge: it only shows the texts in a form that rules can read.

/// One word: letters, digits and the joiners inside it (`anak-anak`, `don't`, `10.000`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Word<'a> {
    /// As written.
    pub text: &'a str,
    /// In lower case, typographic apostrophes made plain.
    pub lower: String,
    /// Where it begins, in bytes.
    pub start: usize,
}

impl Word<'_> {
    /// Whether its first letter is a capital.
    pub fn is_capitalised(&self) -> bool {
        self.text.chars().next().is_some_and(char::is_uppercase)
    }

    /// Whether it holds a letter.
    pub fn has_letters(&self) -> bool {
        self.text.chars().any(char::is_alphabetic)
    }
}

/// A segment and its English.
#[derive(Debug)]
pub(super) struct Pair<'a> {
    /// The Indonesian text.
    pub id: &'a str,
    /// The English text.
    pub en: &'a str,
    /// The words of `id`.
    pub id_words: Vec<Word<'a>>,
    /// The words of `en`.
    pub en_words: Vec<Word<'a>>,
}

impl<'a> Pair<'a> {
    /// Cuts both texts.
    pub fn new(id: &'a str, en: &'a str) -> Self {
        Self { id, en, id_words: words(id), en_words: words(en) }
    }
}

/// The word at a place in lower case; nothing where there is none.
pub(super) fn lower<'p>(words: &'p [Word<'_>], at: usize) -> &'p str {
    words.get(at).map_or("", |word| word.lower.as_str())
}

/// Cuts a text into words.
pub(super) fn words(text: &str) -> Vec<Word<'_>> {
    let mut found = Vec::with_capacity(text.len() / 6);
    let mut start = None;
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        let inside = c.is_alphanumeric()
            || (start.is_some() && is_joiner(c) && chars.peek().is_some_and(|(_, next)| next.is_alphanumeric()));
        match (inside, start) {
            (true, None) => start = Some(at),
            (false, Some(begin)) => {
                found.extend(word(text, begin, at));
                start = None;
            }
            _ => {}
        }
    }
    if let Some(begin) = start {
        found.extend(word(text, begin, text.len()));
    }
    found
}

fn word(text: &str, start: usize, end: usize) -> Option<Word<'_>> {
    let text = text.get(start..end)?;
    Some(Word { text, lower: text.to_lowercase().replace('’', "'"), start })
}

fn is_joiner(c: char) -> bool {
    matches!(c, '-' | '\'' | '’' | '.' | ',')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn joiners_hold_a_word_together_only_inside_it() {
        let cut: Vec<_> = words("Anak-anak, \"10.000\" orang – don’t.").into_iter().map(|w| w.lower).collect();
        assert_eq!(cut, ["anak-anak", "10.000", "orang", "don't"]);
    }

    #[test]
    fn a_word_knows_where_it_begins() {
        let text = "Di sé Jakarta";
        assert!(words(text).iter().all(|w| text[w.start..].starts_with(w.text)));
    }
}
