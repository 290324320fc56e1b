//! Shares, multiples and the parts of a year: a third must not become two thirds, nor the second quarter the third.
//!
//! Place in the data way: inside `figures`.
//! It must never ask for one certain word: only one of a kind that is gone while another of its kind came has changed.

use std::sync::LazyLock;

use regex::Regex;

use super::super::words::Pair;
use crate::model::pattern::pattern;

/// One of a kind, in both languages.
struct Part {
    name: &'static str,
    id: Regex,
    en: Regex,
}

static KINDS: LazyLock<Vec<Vec<Part>>> = LazyLock::new(|| {
    let kinds: [&[(&str, &str, &str)]; 4] = [
        &[
            ("a quarter", r"seperempat", r"(?:a|one)[- ](?:quarter|fourth)|25"),
            ("a third", r"sepertiga", r"(?:a|one)[- ]third|33"),
            ("half", r"separuh|separo|setengah dari", r"half|halves|halfway|50"),
            ("two thirds", r"dua (?:per ?)tiga", r"two[- ]thirds?|66|67"),
            ("three quarters", r"tiga (?:per ?)empat", r"three[- ](?:quarters?|fourths?)|75"),
        ],
        &[
            ("twice", r"(?:dua|2) kali lipat", r"doubl\w*|two-?fold|twice|two times|2x"),
            ("three times", r"(?:tiga|3) kali lipat", r"tripl\w*|three-?fold|thrice|three times|trebl\w*|3x"),
            ("four times", r"(?:empat|4) kali lipat", r"quadrupl\w*|four-?fold|four times|4x"),
        ],
        &[
            ("the first quarter", r"(?:kuartal|triwulan) (?:I|1|pertama)", r"first[- ]quarter|Q1|1Q\w*"),
            ("the second quarter", r"(?:kuartal|triwulan) (?:II|2|kedua)", r"second[- ]quarter|Q2|2Q\w*"),
            ("the third quarter", r"(?:kuartal|triwulan) (?:III|3|ketiga)", r"third[- ]quarter|Q3|3Q\w*"),
            (
                "the fourth quarter",
                r"(?:kuartal|triwulan) (?:IV|4|keempat)",
                r"(?:fourth|final|last)[- ]quarter|Q4|4Q\w*",
            ),
        ],
        &[
            ("the first half", r"semester (?:I|1|pertama)", r"first[- ](?:half|semester)|H1|1H\w*"),
            ("the second half", r"semester (?:II|2|kedua)", r"second[- ](?:half|semester)|H2|2H\w*"),
        ],
    ];
    let part = |(name, id, en): &(&'static str, &str, &str)| {
        let word = |words: &str| pattern(&format!(r"(?i)\b(?:{words})\b"));
        Part { name, id: word(id), en: word(en) }
    };
    kinds.iter().map(|kind| kind.iter().map(part).collect()).collect()
});

/// What became another of its kind.
pub(super) fn changed(pair: &Pair<'_>) -> Option<String> {
    KINDS.iter().find_map(|kind| {
        let lost = kind.iter().find(|part| part.id.is_match(pair.id) && !part.en.is_match(pair.en))?;
        // `setengah` is half of much, and half past: it answers for a half, but is not asked for.
        let is_given = |part: &Part| part.id.is_match(pair.id) || part.name == "half" && pair.id.contains("setengah");
        let came = kind.iter().find_map(|part| part.en.find(pair.en).filter(|_| !is_given(part)))?;
        // `25 percent` answers for a quarter; it is asked for by itself.
        let is_word = came.as_str().contains(char::is_alphabetic);
        is_word.then(|| format!("{} became \"{}\".", lost.name, came.as_str()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(id: &str, en: &str) -> Option<String> {
        changed(&Pair::new(id, en))
    }

    #[test]
    fn a_part_that_became_another_is_found() {
        assert_eq!(KINDS.iter().map(Vec::len).collect::<Vec<_>>(), [5, 3, 4, 2]);
        for (id, en) in [
            ("Sepertiga anggota DPR absen.", "Two-thirds of House members were absent."),
            ("Separuh warga mengungsi.", "A third of residents fled."),
            ("Utangnya naik dua kali lipat.", "Its debt tripled."),
            ("Pada kuartal II-2025 ekonomi tumbuh.", "The economy grew in the third quarter of 2025."),
            ("Laba pada semester I naik.", "Profit rose in the second half."),
        ] {
            assert!(found(id, en).is_some(), "{id} | {en}");
        }
    }

    #[test]
    fn the_same_part_in_other_words_passes() {
        for (id, en) in [
            ("Sepertiga anggota DPR absen.", "33 percent of House members were absent."),
            ("Separuh warga mengungsi, sepertiga lainnya bertahan.", "Half of residents fled, a third stayed."),
            ("Utangnya naik dua kali lipat.", "Its debt doubled."),
            ("Pada kuartal II-2025 ekonomi tumbuh.", "The economy grew in Q2 2025."),
            ("Lari seperempat mil menjadi setengah mil.", "The quarter-mile run became the half mile."),
            ("Setengah jam kemudian ia pergi.", "He left 30 minutes later, a third time."),
            ("Pukul setengah tiga sore.", "At 2:30 p.m., in the final quarter of the match."),
        ] {
            assert_eq!(found(id, en), None, "{id} | {en}");
        }
    }
}
