//! Words that are capitalised in names though they are ordinary words of their language: they are translated, so they
//! prove nothing about a name.
//!
//! Place in the data way: inside `names`.
//! It must never call a word ordinary because of one letter: only beginnings and endings of several, or a list.

use std::collections::HashSet;
use std::sync::LazyLock;

/// Endings of English words that are no names.
const ENGLISH_TAILS: &[&str] = &[
    "tion", "tions", "sion", "ment", "ments", "ness", "ship", "ships", "ator", "ators", "ity", "ities", "ism", "ists",
    "ology", "ence", "ance", "ing", "ary", "ous", "ive", "ial", "ual", "ical", "ent", "ant", "ful", "less", "able",
    "ible", "ically", "ated", "hood", "teenth", "tieth", "fold", "wide", "like",
];

/// Endings of Indonesian words that are no names.
const INDONESIAN_TAILS: &[&str] = &["nya", "isme", "itas", "asi", "ologi", "kan"];

/// Words that stand in English names as ordinary words.
static ENGLISH: LazyLock<HashSet<&str>> =
    LazyLock::new(|| include_str!("english.txt").split_ascii_whitespace().collect());

/// Words that stand in Indonesian names as ordinary words.
static INDONESIAN: LazyLock<HashSet<&str>> =
    LazyLock::new(|| include_str!("indonesian.txt").split_ascii_whitespace().collect());

/// Whether a lower-case English word can stand capitalised in a name without being one.
pub(super) fn english(word: &str) -> bool {
    let stems = [
        Some(word),
        word.strip_suffix('s'),
        word.strip_suffix("es"),
        word.strip_suffix("ing"),
        word.strip_suffix("ed"),
    ];
    let plural = word.strip_suffix("ies").map(|stem| format!("{stem}y"));
    let is_listed = plural.is_some_and(|word| ENGLISH.contains(word.as_str()))
        || stems.into_iter().flatten().any(|stem| ENGLISH.contains(stem));
    is_listed || word.contains('.') || word.len() >= 7 && ENGLISH_TAILS.iter().any(|tail| word.ends_with(tail))
}

/// The same for Indonesian.
pub(super) fn indonesian(word: &str) -> bool {
    let stem = word.strip_suffix("nya").or_else(|| word.strip_suffix("an")).unwrap_or(word);
    let is_formed = ["pe", "ke", "per"].iter().any(|head| word.starts_with(head)) && word.ends_with("an")
        || ["mem", "men", "meng", "ber"].iter().any(|head| word.starts_with(head))
        || INDONESIAN_TAILS.iter().any(|tail| word.ends_with(tail));
    INDONESIAN.contains(word) || INDONESIAN.contains(stem) || word.contains('-') || word.len() >= 7 && is_formed
}

/// Letters in a row that Indonesian spelling does not have outside names.
const FOREIGN: &[&str] = &[
    "th", "ck", "sh", "ph", "gh", "ch", "tz", "wh", "q", "x", "oo", "ee", "ea", "ou", "ie", "ll", "ss", "nn", "mm",
    "rr", "tt", "pp", "dd", "ff", "zz", "cc", "bb",
];

/// Whether a lower-case word is spelled as no Indonesian word is.
pub(super) fn is_foreign(word: &str) -> bool {
    FOREIGN.iter().any(|letters| word.contains(letters)) || word.ends_with(['y', 'c', 'v', 'w', 'j'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ordinary_words_are_known_in_any_form_and_names_are_not() {
        for word in ["fleets", "dictionaries", "broadcasting", "hemisphere", "u.s"] {
            assert!(english(word), "{word}");
        }
        for word in ["armada", "pertahanan", "perpustakaannya", "anak-anak", "berita"] {
            assert!(indonesian(word), "{word}");
        }
        for name in ["lavrov", "halevi", "prabowo", "netanyahu"] {
            assert!(!english(name) && !indonesian(name), "{name}");
        }
    }

    #[test]
    fn foreign_spelling_is_told_from_indonesian() {
        assert!(is_foreign("jefferson") && is_foreign("smith") && is_foreign("kennedy"));
        assert!(!is_foreign("semenanjung") && !is_foreign("kapur") && !is_foreign("perpustakaan"));
    }
}
