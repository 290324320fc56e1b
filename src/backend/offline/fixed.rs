//! Names that have one English rendering: those that the model copied are put right, those that it garbled are told.
//!
//! Place in the data way: `engine` asks it of every hypothesis; the renderings come from the caller, as for a language model.
//! It must never spell out an acronym that English keeps: at first mention `assemble` does that.

use std::ops::Range;

use super::figures::replace;
use crate::model::request::Term;

/// Letters of a word that must agree: enough to tell names apart, few enough for endings (`Russia`, `Russian`).
const STEM: usize = 5;

/// A name in a text, with its English.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fixed {
    /// As it stands in the Indonesian.
    id: String,
    /// As it should stand in the English.
    pub(super) english: String,
}

impl Fixed {
    /// From a term as a request holds it, where the acronym that English keeps stands in brackets behind the full name.
    /// `None` where English writes it small, and so in many ways, or just as Indonesian does.
    pub(super) fn new(term: Term) -> Option<Self> {
        let name = term.en.rsplit_once(" (").map_or(term.en.as_str(), |(name, _)| name);
        let kept = term.en.ends_with(&format!(" ({})", term.id));
        let differs = !kept && name != term.id && name.starts_with(char::is_uppercase);
        differs.then(|| Self { english: name.to_owned(), id: term.id })
    }

    /// The English with the name in place of its copies from the Indonesian, but for one in brackets, which explains another.
    pub(super) fn mend(&self, english: &str) -> String {
        let explains = |range: &Range<usize>| english.get(..range.start).is_some_and(|before| before.ends_with('('));
        let copies = self.find(english).filter(|range| !explains(range));
        replace(english, copies.map(|range| (range, self.english.clone())))
    }

    /// Whether a translation lost a name of several words; those of one word take too many forms (`Greece`, `Greek`) to tell.
    pub(super) fn is_garbled_in(&self, english: &str) -> bool {
        let words: Vec<&str> = self.english.split_whitespace().collect();
        let is_acronym = !self.id.contains(char::is_lowercase);
        let initials: String =
            words.iter().filter_map(|word| word.chars().next()).filter(|c| c.is_uppercase()).collect();
        let lower = english.to_lowercase();
        let stands = || words.iter().filter(|word| word.len() > 2).all(|word| lower.contains(&stem(word)));
        let in_short = || initials.len() > 1 && english.replace('.', "").contains(&initials);
        words.len() > 1 && !is_acronym && !stands() && !in_short()
    }

    /// Where the Indonesian name stands in a text as words of its own.
    pub(super) fn find<'t>(&'t self, text: &'t str) -> impl Iterator<Item = Range<usize>> + 't {
        let is_word = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '-');
        let places = text.match_indices(&self.id).map(|(at, found)| at..at + found.len());
        places.filter(move |range| {
            let before = text.get(..range.start).and_then(|before| before.chars().next_back());
            let after = text.get(range.end..).and_then(|after| after.chars().next());
            !is_word(before) && !is_word(after)
        })
    }
}

fn stem(word: &str) -> String {
    word.to_lowercase().chars().take(STEM).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fixed(id: &str, en: &str) -> Fixed {
        Fixed::new(Term { id: id.into(), en: en.into() }).unwrap()
    }

    #[test]
    fn a_name_that_was_copied_is_put_right() {
        assert_eq!(fixed("Yunani", "Greece").mend("Two of Yunani's lawyers"), "Two of Greece's lawyers");
        assert_eq!(fixed("Rusia", "Russia").mend("Rusia-Iran, Rusiana"), "Rusia-Iran, Rusiana");
        let agency = fixed("Dishub", "Transportation Agency");
        assert_eq!(agency.mend("Transport Office (Dishub)"), "Transport Office (Dishub)");
    }

    #[test]
    fn a_name_of_several_words_is_garbled_where_a_word_of_it_is_gone() {
        let affairs = fixed("Menteri Luar Negeri", "Foreign Minister");
        assert!(!affairs.is_garbled_in("the minister of foreign affairs"));
        assert!(fixed("Laut Merah", "Red Sea").is_garbled_in("the West Merah Sea"));
        assert!(!fixed("Yunani", "Greece").is_garbled_in("the Greek capital"));
    }

    #[test]
    fn initials_stand_for_a_name() {
        let nations = fixed("Perserikatan Bangsa-Bangsa", "United Nations (UN)");
        assert!(!nations.is_garbled_in("the UN said") && !nations.is_garbled_in("a U.N. mission"));
        assert!(nations.is_garbled_in("the Nations of Bangsa"));
    }

    #[test]
    fn what_english_keeps_or_writes_small_is_left_alone() {
        for (id, en) in
            [("KPK", "Corruption Eradication Commission (KPK)"), ("RT", "neighborhood unit"), ("Bali", "Bali")]
        {
            assert_eq!(Fixed::new(Term { id: id.into(), en: en.into() }), None);
        }
    }
}
