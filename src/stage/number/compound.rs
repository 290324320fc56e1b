//! Finds numbers below a thousand that are written in several words: `dua belas`, `seratus lima puluh`.
//!
//! Place in the data way: the offline engine sends them as digits, which its model can carry over.
//! It must never take in a word that scales (`ribu`, `juta`), nor a single word: those are read well as they are.

use std::ops::Range;

use super::indonesian::{Spelled, unit};

/// Where such numbers stand in a text, each with its value.
pub fn compounds(text: &str) -> Vec<(Range<usize>, u32)> {
    let mut found = Vec::new();
    let mut open: Option<Open> = None;
    let mut at = 0;
    for word in text.split_inclusive(|c: char| !c.is_alphabetic()) {
        let letters = word.trim_end_matches(|c: char| !c.is_alphabetic());
        let range = at..at + letters.len();
        at += word.len();
        let lower = letters.to_lowercase();
        // `dua puluh-dua`, `ke-dua belas`: what is joined to something else is not a number by itself.
        let is_joined = text.get(range.end..).is_some_and(|rest| rest.starts_with('-'))
            || text.get(..range.start).is_some_and(|before| before.ends_with('-'));
        let is_number = !is_joined && is_small(&lower);
        if is_number && open.as_mut().is_some_and(|open| open.goes_on(text, &range, &lower)) {
            continue;
        }
        found.extend(open.take().and_then(Open::close));
        open = is_number.then(|| Open::begin(range, &lower)).flatten();
    }
    found.extend(open.and_then(Open::close));
    found
}

fn is_small(word: &str) -> bool {
    unit(word).is_some_and(|unit| unit > 0.0)
        || matches!(word, "belas" | "puluh" | "ratus" | "sepuluh" | "sebelas" | "seratus")
}

/// A number that is being read.
struct Open {
    range: Range<usize>,
    words: usize,
    number: Spelled,
}

impl Open {
    fn begin(range: Range<usize>, word: &str) -> Option<Self> {
        let mut number = Spelled::default();
        number.take(word).then_some(Self { range, words: 1, number })
    }

    /// Takes the next word where it stands one space behind.
    fn goes_on(&mut self, text: &str, range: &Range<usize>, word: &str) -> bool {
        let goes_on = text.get(self.range.end..range.start) == Some(" ") && self.number.take(word);
        if goes_on {
            self.range.end = range.end;
            self.words += 1;
        }
        goes_on
    }

    fn close(self) -> Option<(Range<usize>, u32)> {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a whole number below a thousand")]
        let value = self.number.value().filter(|value| *value < 1000.0)? as u32;
        (self.words > 1 && value > 10).then_some((self.range, value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digits(text: &str) -> String {
        let mut out = text.to_owned();
        for (range, value) in compounds(text).into_iter().rev() {
            out.replace_range(range, &value.to_string());
        }
        out
    }

    #[test]
    fn numbers_of_several_words_are_found_and_scales_stay() {
        for (words, expected) in [
            ("Dua belas orang tewas, lima puluh lainnya luka.", "12 orang tewas, 50 lainnya luka."),
            ("seratus lima puluh miliar rupiah", "150 miliar rupiah"),
            ("dua puluh lima ribu warga", "25 ribu warga"),
            ("dua ratus sebelas", "211"),
            ("tujuh belas orang tewas dan tiga puluh hilang", "17 orang tewas dan 30 hilang"),
        ] {
            assert_eq!(digits(words), expected);
        }
    }

    #[test]
    fn other_words_stay_as_they_are() {
        for text in [
            "satu per satu, dua orang, sepuluh rumah",
            "dua tiga hari",
            "puluhan orang, belasan rumah",
            "kedua belas orang",
            "dua puluh-dua puluh",
            "empat puluhan",
        ] {
            assert_eq!(digits(text), text);
        }
    }
}
