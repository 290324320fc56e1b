//! Text that stands all in capitals is translated in its usual case and comes back in capitals: a model knows few words
//! by their capitals.
//!
//! Place in the data way: `engine` recases a piece before its slots are made, and its English at the very end.
//! It must never touch a text with small letters of its own, nor an address.

use std::sync::LazyLock;

use regex::{Captures, Regex};

use super::slots;
use crate::model::pattern::pattern;

/// Words of this many letters show that a text is written in capitals, and is not an acronym or two.
const WORD_LETTERS: usize = 4;
const WORDS: usize = 2;

static WORD: LazyLock<Regex> = LazyLock::new(|| pattern(r"\p{L}[\p{L}'’]*"));

/// Whether a text is written in capitals throughout.
pub(super) fn all_in(text: &str) -> bool {
    let mut words = 0;
    let capitals = each_word(text, |word| {
        words += usize::from(word.chars().count() >= WORD_LETTERS);
        word.to_uppercase()
    });
    words >= WORDS && capitals == text
}

/// The text in its usual case: each word in the spelling that `pieces` counts the fewest pieces for, small letters
/// first where two are alike, and the first word with a capital.
pub(super) fn usual(text: &str, pieces: impl Fn(&str) -> usize) -> String {
    let spelt = |word: &str| {
        let small = word.to_lowercase();
        let spellings = [small.clone(), capitalised(&small), word.to_owned()];
        spellings.into_iter().min_by_key(|spelling| pieces(spelling)).unwrap_or(small)
    };
    let mut text = each_word(text, spelt);
    if let Some(first) = WORD.find(&text).map(|word| (word.range(), capitalised(word.as_str()))) {
        text.replace_range(first.0, &first.1);
    }
    text
}

/// Words that such a headline writes small.
const SMALL: &[&str] = &[
    "di", "ke", "dan", "dari", "yang", "pada", "untuk", "dengan", "oleh", "atau", "bagi", "agar", "soal", "demi",
    "saat", "usai", "dalam", "tak", "vs", "per",
];
/// Words with a capital that show a headline in which each word has one.
const CAPITALISED: usize = 4;

/// Whether a text is a headline that gives each word a capital: `Kasus DBD di Jakarta Menurun`.
pub(super) fn in_each_word(text: &str) -> bool {
    let (mut capitalised, mut others) = (0, 0);
    each_word(text, |word| {
        if word.starts_with(char::is_uppercase) {
            capitalised += 1;
        } else if !SMALL.contains(&word) {
            others += 1;
        }
        word.to_owned()
    });
    let is_sentence = text.trim_end_matches(['"', '”', '\'', '’', ')']).ends_with(['.', ':', ';', ',']);
    !is_sentence && others == 0 && capitalised >= CAPITALISED
}

/// A headline in the case of a sentence: each word after the first whose `is_common` form is the small one.
pub(super) fn sentence_case(text: &str, is_common: impl Fn(&str, &str) -> bool) -> String {
    let mut is_first = true;
    each_word(text, |word| {
        let small = word.to_lowercase();
        let stays = std::mem::take(&mut is_first) || word.chars().skip(1).any(char::is_uppercase);
        if stays || !is_common(word, &small) { word.to_owned() } else { small }
    })
}

/// The text in capitals.
pub(super) fn back(text: &str) -> String {
    each_word(text, str::to_uppercase)
}

/// Changes each word outside addresses.
fn each_word(text: &str, mut change: impl FnMut(&str) -> String) -> String {
    let (mut out, mut at) = (String::with_capacity(text.len()), 0);
    let mut change = |part: &str| WORD.replace_all(part, |word: &Captures<'_>| change(&word[0])).into_owned();
    for address in slots::addresses(text) {
        out.push_str(&change(text.get(at..address.start).unwrap_or_default()));
        out.push_str(text.get(address.clone()).unwrap_or_default());
        at = address.end;
    }
    out + &change(text.get(at..).unwrap_or_default())
}

fn capitalised(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_text_without_small_letters_and_with_two_long_words_counts() {
        assert!(all_in("PENTAGON MENGATAKAN IRAN MEMASOK MISIL"));
        assert!(all_in("LIHAT www.bmkg.go.id SEKARANG"), "addresses do not count");
        assert!(!all_in("KPK DAN BMKG"), "BMKG alone is long enough to be a word");
        assert!(!all_in("PENTAGON mengatakan IRAN"));
        assert!(!all_in("10.000"));
    }

    #[test]
    fn headlines_with_a_capital_for_each_word_are_told_from_sentences() {
        for headline in ["Kasus DBD di Jakarta Menurun", "Dewan Pengupahan Tetapkan UMP Rp 2,2 Juta"] {
            assert!(in_each_word(headline), "{headline}");
        }
        for other in [
            "Gubernur Jawa Barat Dedi Mulyadi mengunjungi korban banjir",
            "Presiden Prabowo Subianto",
            "Menteri Luar Negeri Sugiono Bertolak ke Kairo.",
            "KPK tahan Bupati Kolaka Timur",
        ] {
            assert!(!in_each_word(other), "{other}");
        }
    }

    #[test]
    fn names_keep_their_capital_and_common_words_lose_it() {
        let is_common = |_: &str, small: &str| ["kasus", "menurun"].contains(&small);
        assert_eq!(
            sentence_case("Baru: Kasus DBD di Jakarta Menurun", is_common),
            "Baru: kasus DBD di Jakarta menurun"
        );
    }

    #[test]
    fn words_take_the_spelling_of_the_fewest_pieces_and_addresses_stay() {
        let pieces = |word: &str| match word {
            "Iran" | "mengatakan" | "KPK" | "di" | "DI" => 1,
            _ => 2 + usize::from(word != "pentagon"),
        };
        let usual = usual("PENTAGON MENGATAKAN: IRAN DI KPK, https://x.id/a @bmkg", pieces);
        assert_eq!(usual, "Pentagon mengatakan: Iran di KPK, https://x.id/a @bmkg");
        assert_eq!(back("Says Iran’s @bmkg: see www.bmkg.go.id"), "SAYS IRAN’S @bmkg: SEE www.bmkg.go.id");
    }
}
