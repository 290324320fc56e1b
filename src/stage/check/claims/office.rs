//! Offices: who held one before does not hold it now, and a deputy is not the chief.
//!
//! Place in the data way: inside `claims`.
//! It must never ask for one certain word.

use crate::model::finding::Finding;

use super::super::words::{Pair, Word};
use super::NAME;

/// English words for who held an office before, and beginnings of such.
const FORMER: &[&str] = &["former", "ex", "once", "previous", "retired", "late", "past", "one-time", "then"];
const FORMER_HEADS: &[&str] = &["former", "previous", "ex-"];

/// English words for who stands in, by their beginnings.
const DEPUTY_HEADS: &[&str] = &["vice", "deput", "vp", "veep"];

/// What `wakil` stands before where it means a deputy; before others it means a representative.
const OFFICES: &[&str] =
    &["presiden", "gubernur", "bupati", "menteri", "ketua", "wali", "walikota", "direktur", "kepala", "perdana"];

/// A finding for an office that lost what limits it.
pub(super) fn lost(pair: &Pair<'_>) -> impl Iterator<Item = Finding> {
    let former = former(&pair.id_words).filter(|_| !pair.en_words.iter().any(is_former));
    let deputy = deputy(&pair.id_words).filter(|_| !pair.en_words.iter().any(|word| begins(word, DEPUTY_HEADS)));
    let says =
        |word: &Word<'_>, what: &str| Finding::error(NAME, format!("\"{}\" has no counterpart: {what}.", word.text));
    let former = former.map(|word| says(word, "who held an office before does not hold it now"));
    former.into_iter().chain(deputy.map(|word| says(word, "a deputy must stay a deputy")))
}

fn former<'p, 'a>(words: &'p [Word<'a>]) -> Option<&'p Word<'a>> {
    words.iter().find(|word| matches!(word.lower.as_str(), "mantan" | "eks") || word.lower.starts_with("eks-"))
}

fn is_former(word: &Word<'_>) -> bool {
    FORMER.contains(&word.lower.as_str()) || begins(word, FORMER_HEADS)
}

fn deputy<'p, 'a>(words: &'p [Word<'a>]) -> Option<&'p Word<'a>> {
    let is_short = |lower: &str| {
        matches!(lower, "wapres" | "wagub" | "wabup" | "wawali") || lower.starts_with("wamen") && lower != "wamena"
    };
    let next = |at: usize| words.get(at + 1).map_or("", |word| word.lower.as_str());
    let is_it =
        |at: usize, word: &Word<'_>| is_short(&word.lower) || word.lower == "wakil" && OFFICES.contains(&next(at));
    words.iter().enumerate().find(|(at, word)| is_it(*at, word)).map(|(_, word)| word)
}

fn begins(word: &Word<'_>, heads: &[&str]) -> bool {
    heads.iter().any(|head| word.lower.starts_with(head))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(id: &str, en: &str) -> usize {
        lost(&Pair::new(id, en)).count()
    }

    #[test]
    fn an_office_that_lost_its_limit_is_found() {
        for (id, en) in [
            ("Mantan Presiden Joko Widodo hadir.", "President Joko Widodo attended."),
            ("Eks Direktur Utama Pertamina ditahan.", "The president director of Pertamina was detained."),
            ("Menurut Wakil Presiden Gibran, dana cukup.", "According to President Gibran, the funds are enough."),
            ("Wagub Jawa Tengah mundur.", "The governor of Central Java resigned."),
        ] {
            assert_eq!(found(id, en), 1, "{id} | {en}");
        }
    }

    #[test]
    fn an_office_that_kept_its_limit_passes() {
        for (id, en) in [
            ("Mantan Presiden Joko Widodo hadir.", "Former president Joko Widodo attended."),
            ("Eks-menteri itu bebas.", "The ex-minister was freed."),
            ("Wakil Wali Kota Solo mundur.", "Surakarta's deputy mayor resigned."),
            ("Wakil rakyat di Wamena mundur.", "Lawmakers in Wamena resigned."),
            ("Ekspor naik.", "Exports rose."),
        ] {
            assert_eq!(found(id, en), 0, "{id} | {en}");
        }
    }
}
