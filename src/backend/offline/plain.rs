//! Writes numbers as the model knows them: number words of several words as digits, shortened scales in full.
//!
//! Place in the data way: `engine` reads every piece so, before its slots are made.
//! It must never change what a text says.

use std::sync::LazyLock;

use regex::{Captures, Regex};

use super::engine::Compounds;
use super::figures::replace;
use crate::model::digits::grouped;
use crate::model::pattern::pattern;

/// A scale behind a figure: `500 jt`, `25 rb`; `M` and `T` only behind an amount of money, so that metres and tonnes stay.
static SCALE: LazyLock<Regex> = LazyLock::new(|| {
    let figure = r"[0-9]+(?:[.,][0-9]+)*";
    pattern(&format!(r"(?P<figure>{figure}) ?(?P<short>jt|rb)\b|(?P<money>Rp\.? ?{figure}) ?(?P<large>[MT])\b"))
});

/// The text with its numbers in full and in digits; `compounds` finds numbers that are written in several words.
pub(super) fn plain(text: &str, compounds: Compounds) -> String {
    let text = SCALE.replace_all(text, |found: &Captures<'_>| {
        let part = |name: &str| found.name(name).map_or("", |part| part.as_str());
        let scale = match (part("short"), part("large")) {
            ("jt", _) => "juta",
            ("rb", _) => "ribu",
            (_, "M") => "miliar",
            _ => "triliun",
        };
        format!("{}{} {scale}", part("figure"), part("money"))
    });
    let numbers = compounds(&text).into_iter().map(|(range, value)| {
        let is_year = value < 10_000 && text.get(..range.start).is_some_and(|before| before.ends_with("tahun "));
        let digits = value.to_string();
        (range, if is_year { digits } else { grouped(&digits).replace(',', ".") })
    });
    replace(&text, numbers)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shortened_scales_are_written_out_and_metres_stay() {
        let cases = [
            ("Rp 500 jt cair, Rp25rb per kilogram", "Rp 500 juta cair, Rp25 ribu per kilogram"),
            ("Rp2,3 M dikorupsi dari Rp 1,2 T", "Rp2,3 miliar dikorupsi dari Rp 1,2 triliun"),
            ("lari 100 M, 5 T beras, 3 rbu", "lari 100 M, 5 T beras, 3 rbu"),
        ];
        for (short, full) in cases {
            assert_eq!(plain(short, |_| Vec::new()), full);
        }
    }

    #[test]
    fn numbers_in_words_become_digits() {
        assert_eq!(plain("Dua belas orang", |_| vec![(0..9, 12)]), "12 orang");
        assert_eq!(plain("seribu dua ratus orang", |_| vec![(0..16, 1200)]), "1.200 orang");
        assert_eq!(plain("tahun seribu dua ratus", |_| vec![(6..22, 1200)]), "tahun 1200");
    }
}
