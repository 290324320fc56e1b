//! Holds a translation against its source where a small model slips: in figures.
//!
//! Place in the data way: `engine` mends every hypothesis and prefers the one that kept most.
//! It must never touch words, nor a figure that has its counterpart in the source.

use std::ops::Range;
use std::sync::LazyLock;

use regex::{Captures, Regex};

use super::slots;
use crate::model::digits::grouped;

/// A hypothesis after mending.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Mended {
    pub(super) text: String,
    /// How far it was from its source: 0 when nothing was to mend.
    pub(super) lost: usize,
}

mod patterns {
    use super::{LazyLock, Regex};
    use crate::model::pattern::pattern;

    /// A figure with its separators: `10.000`, `3,5`, `18.10`, `18:10`.
    pub(super) static FIGURE: LazyLock<Regex> = LazyLock::new(|| pattern(r"[0-9]+(?:[.,:][0-9]+)*"));
    /// A figure grouped in threes by full stops, with or without decimals after a comma.
    pub(super) static GROUPED: LazyLock<Regex> = LazyLock::new(|| pattern(r"^[0-9]{1,3}(?:\.[0-9]{3})+(?:,[0-9]+)?$"));
    pub(super) static DECIMAL: LazyLock<Regex> = LazyLock::new(|| pattern(r"^[0-9]+,[0-9]+$"));
    /// A decimal that the word for a thousand was hung on to.
    pub(super) static MIXED: LazyLock<Regex> = LazyLock::new(|| pattern(r"\b([0-9]{1,3})\.([0-9]{1,3}),000\b"));
    pub(super) static ORDINAL: LazyLock<Regex> = LazyLock::new(|| pattern(r"\b([0-9]+)(?:st|nd|rd|th)\b"));
    pub(super) static CLOCK: LazyLock<Regex> = LazyLock::new(|| pattern(r"^([0-9]{1,2})[.:]([0-9]{2})$"));
}

/// Words that say a small number, or the month of that number.
const WORDS: [&[&str]; 13] = [
    &["zero", "nil", "no"],
    &["one", "first", "once", "a", "an", "january"],
    &["two", "second", "twice", "both", "february"],
    &["three", "third", "march"],
    &["four", "fourth", "april"],
    &["five", "fifth", "may"],
    &["six", "sixth", "june"],
    &["seven", "seventh", "july"],
    &["eight", "eighth", "august"],
    &["nine", "ninth", "september"],
    &["ten", "tenth", "october"],
    &["eleven", "eleventh", "november"],
    &["twelve", "twelfth", "december", "dozen"],
];

/// Mends `english` so far as the Indonesian `source` shows how.
pub(super) fn mend(source: &str, english: &str) -> Mended {
    let asked = figures(source);
    let text = spelled(&respell(&asked, source, english));
    let given = figures(&text);
    let mut free: Vec<_> = given.iter().map(Some).collect();
    let same: [fn(&str, &str) -> bool; 2] = [|a, b| anglicise(a) == b, alike];
    let mut missing: Vec<_> = asked.iter().collect();
    for same in same {
        missing.retain(|asked| {
            let slot = free.iter_mut().find(|slot| slot.is_some_and(|given| same(asked.text, given.text)));
            slot.map(Option::take).is_none()
        });
    }
    missing.retain(|asked| !in_words(asked.text, &text));
    let free: Vec<_> = free.into_iter().flatten().collect();
    if let ([asked], [given]) = (missing.as_slice(), free.as_slice()) {
        let swap = vec![(given.range.clone(), anglicise(asked.text))];
        return Mended { text: replace(&text, swap), lost: 1 };
    }
    let lost = 2 * (missing.len() + free.len());
    Mended { text, lost }
}

struct Figure<'a> {
    text: &'a str,
    range: Range<usize>,
}

/// The figures of a text outside addresses.
fn figures(text: &str) -> Vec<Figure<'_>> {
    let addresses: Vec<_> = slots::addresses(text).collect();
    let outside = |at: usize| !addresses.iter().any(|range| range.contains(&at));
    let found = patterns::FIGURE.find_iter(text).filter(|found| outside(found.start()));
    found.map(|found| Figure { text: found.as_str(), range: found.range() }).collect()
}

/// An Indonesian figure in English spelling: `10.000` → `10,000`, `3,5` → `3.5`, `1.250,75` → `1,250.75`.
pub(super) fn anglicise(figure: &str) -> String {
    if !patterns::GROUPED.is_match(figure) && !patterns::DECIMAL.is_match(figure) {
        return figure.to_owned();
    }
    let swapped = figure.chars().map(|c| match c {
        '.' => ',',
        ',' => '.',
        other => other,
    });
    swapped.collect()
}

/// Respells figures that were copied in Indonesian spelling.
fn respell(asked: &[Figure<'_>], source: &str, english: &str) -> String {
    let is_foreign =
        |asked: &Figure<'_>| slots::is_foreign(asked.text, source.get(..asked.range.start).unwrap_or_default());
    let is_asked = |given: &Figure<'_>| asked.iter().any(|asked| asked.text == given.text && !is_foreign(asked));
    let copied = figures(english).into_iter().filter(is_asked);
    replace(english, copied.map(|given| (given.range, anglicise(given.text))))
}

/// Puts right what stands around a figure: `3.57,000` is 3,570, and `101th` 101st.
fn spelled(english: &str) -> String {
    let thousands = patterns::MIXED.replace_all(english, |found: &Captures<'_>| {
        let (whole, decimals) = (&found[1], &found[2]);
        grouped(format!("{whole}{decimals:0<3}").trim_start_matches('0'))
    });
    let ordinals = patterns::ORDINAL.replace_all(&thousands, |found: &Captures<'_>| {
        let digits = &found[1];
        let ending =
            match (digits.ends_with("11") || digits.ends_with("12") || digits.ends_with("13"), digits.chars().last()) {
                (false, Some('1')) => "st",
                (false, Some('2')) => "nd",
                (false, Some('3')) => "rd",
                _ => "th",
            };
        format!("{digits}{ending}")
    });
    ordinals.into_owned()
}

/// Whether an English figure may stand for an Indonesian one: the same value, also in thousands, millions and so on
/// (`Rp 500 ribu`, `Rp500,000`), or the same time of day (`13.21`, `1:21`, `13.00`, `1`).
fn alike(indonesian: &str, english: &str) -> bool {
    let value = |text: &str| text.replace(',', "").parse::<f64>().ok();
    if let (Some(a), Some(b)) = (value(&anglicise(indonesian)), value(english)) {
        let ratio = if a > b { a / b } else { b / a };
        if [1.0, 1e3, 1e6, 1e9, 1e12].iter().any(|power| (ratio / power - 1.0).abs() < 1e-9) {
            return true;
        }
    }
    let clock = |text: &str| {
        let parts = patterns::CLOCK.captures(text)?;
        Some((parts.get(1)?.as_str().parse::<u32>().ok()?, parts.get(2)?.as_str().parse::<u32>().ok()?))
    };
    let Some((hour, minute)) = clock(indonesian) else { return false };
    let (h, m) = clock(english).or_else(|| Some((english.parse().ok()?, 0))).unwrap_or((99, 99));
    hour < 24 && h < 24 && hour % 12 == h % 12 && minute == m
}

fn in_words(figure: &str, english: &str) -> bool {
    let words = figure.parse().ok().and_then(|n: usize| WORDS.get(n));
    let mut spoken = english.split(|c: char| !c.is_alphabetic());
    words.is_some_and(|words| spoken.any(|word| words.iter().any(|known| word.eq_ignore_ascii_case(known))))
}

/// Replaces ranges, given in order and apart from each other.
pub(super) fn replace(text: &str, swaps: impl IntoIterator<Item = (Range<usize>, String)>) -> String {
    let (mut out, mut at) = (String::with_capacity(text.len()), 0);
    for (range, new) in swaps {
        out.push_str(text.get(at..range.start).unwrap_or_default());
        out.push_str(&new);
        at = range.end;
    }
    out.push_str(text.get(at..).unwrap_or_default());
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mended(source: &str, english: &str) -> String {
        mend(source, english).text
    }

    #[test]
    fn figures_take_english_spelling() {
        let cases = [("10.000", "10,000"), ("3,5", "3.5"), ("1.250.000,75", "1,250,000.75"), ("18.10", "18.10")];
        for (indonesian, english) in cases {
            assert_eq!(anglicise(indonesian), english);
        }
        assert_eq!(mended("Rp 10.000 atau 3,5 persen", "Rp 10.000 or 3,5 percent"), "Rp 10,000 or 3.5 percent");
    }

    #[test]
    fn a_garbled_figure_is_set_right_where_it_is_clear_which_one_it_was() {
        assert_eq!(mended("Gempa 5,6 di Cianjur", "A 5.4 quake in Cianjur"), "A 5.6 quake in Cianjur");
        assert_eq!(mended("12 orang dan 45 rumah", "12 people and 54 houses"), "12 people and 45 houses");
        let unclear = mend("12 orang dan 45 rumah", "People and 54 or 55 houses");
        assert_eq!(unclear.text, "People and 54 or 55 houses");
        assert!(unclear.lost > 0);
    }

    #[test]
    fn what_stands_around_a_figure_is_put_right() {
        assert_eq!(mended("3,57 ribu orang", "3.57,000 people"), "3,570 people");
        assert_eq!(mended("12,5 ribu pelanggan", "12.5,000 customers"), "12,500 customers");
        assert_eq!(mended("urutan ke-101 dan 112", "101th and 112nd place"), "101st and 112th place");
        assert_eq!(mended("US$1,250 per ton", "US$1,250 a ton"), "US$1,250 a ton");
    }

    #[test]
    fn other_ways_to_say_the_same_figure_are_left_alone() {
        let cases = [
            ("Rp 500 ribu", "Rp500,000"),
            ("1.500.000 orang", "1.5 million people"),
            ("pukul 13.21 WIB", "at 1:21 p.m."),
            ("pukul 13.00 WIB", "at 1 p.m."),
            ("Kamis (17/8)", "on Thursday (August 17)"),
            ("2 orang tewas pada 2024", "two people died in 2024"),
            ("tahun 1990-an", "in the 1990s"),
            ("skor 2-1", "2-1"),
        ];
        for (indonesian, english) in cases {
            assert_eq!(mend(indonesian, english), Mended { text: english.into(), lost: 0 }, "{indonesian}");
        }
    }

    #[test]
    fn figures_inside_addresses_are_not_figures_of_the_text() {
        let source = "Lihat https://a.id/2024/10 hari ini";
        assert_eq!(mend(source, "See https://a.id/2024/10 today").lost, 0);
    }

    #[test]
    fn a_hypothesis_that_kept_its_figures_is_nearer_than_one_that_did_not() {
        let source = "Sebanyak 1.250 rumah rusak";
        assert!(mend(source, "As many as 1,250 houses").lost < mend(source, "As many as 1,260 houses").lost);
        assert!(mend(source, "As many as 1,260 houses").lost < mend(source, "Many houses").lost);
    }
}
