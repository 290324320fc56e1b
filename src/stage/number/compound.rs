//! Finds numbers that are written in several words: `dua belas`, `seratus lima puluh`, `seribu dua ratus`.
//!
//! Place in the data way: the offline engine sends them as digits, which its model can carry over.
//! It must never take a part of a longer number for a whole one, nor a single word or a last scale (`dua belas ribu`):
//! those are read well as they are.

use std::ops::Range;

use super::indonesian::{Spelled, unit};

/// Where such numbers stand in a text, each with its value.
pub fn compounds(text: &str) -> Vec<(Range<usize>, u64)> {
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
        let is_number = !is_joined && (is_small(&lower) || is_scale(&lower));
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

/// `200 jutaan` is about a number, and none by itself.
fn is_scale(word: &str) -> bool {
    matches!(word.strip_prefix("se").unwrap_or(word), "ribu" | "juta" | "miliar" | "milyar" | "triliun" | "trilyun")
}

/// A number that is being read.
struct Open {
    range: Range<usize>,
    words: usize,
    number: Spelled,
    /// What was read before the first scale, once that came.
    head: Option<(Range<usize>, usize, Spelled)>,
    /// Whether a word stands behind the first scale.
    has_tail: bool,
    /// Whether its first scale has no number in words: `2 ribu dua ratus`.
    is_part: bool,
}

impl Open {
    fn begin(range: Range<usize>, word: &str) -> Option<Self> {
        let mut number = Spelled::default();
        let is_part = !number.take(word);
        let head = is_scale(word).then(|| (range.clone(), 0, Spelled::default()));
        (!is_part || head.is_some()).then_some(Self { range, words: 1, number, head, has_tail: false, is_part })
    }

    /// Takes the next word where it stands one space behind.
    fn goes_on(&mut self, text: &str, range: &Range<usize>, word: &str) -> bool {
        let before = (self.range.clone(), self.words, self.number);
        let goes_on = text.get(self.range.end..range.start) == Some(" ") && self.number.take(word);
        if goes_on {
            self.has_tail |= self.head.is_some();
            self.head = self.head.take().or_else(|| is_scale(word).then_some(before));
            self.range.end = range.end;
            self.words += 1;
        }
        goes_on
    }

    fn close(self) -> Option<(Range<usize>, u64)> {
        let whole = (self.range, self.words, self.number);
        let (range, words, number) = if self.has_tail { whole } else { self.head.unwrap_or(whole) };
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "whole, and far below the largest")]
        let value = number.value().filter(|value| *value < 1e15)? as u64;
        (words > 1 && value > 10 && !self.is_part).then_some((range, value))
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
            ("seribu dua ratus orang", "1200 orang"),
            ("dua ribu lima ratus", "2500"),
            ("tiga juta dua ratus ribu rupiah", "3200000 rupiah"),
            ("tahun seribu sembilan ratus empat puluh lima", "tahun 1945"),
            ("dua ratus ribu lima ratus", "200500"),
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
            "seribu orang, dua ribu rumah, lima juta",
            "dua ribuan",
            "2 ribu dua ratus",
        ] {
            assert_eq!(digits(text), text);
        }
    }
}
