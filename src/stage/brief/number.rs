//! Reads numbers in Indonesian and English: digits with their separators, number words, and `juta`, `billion` behind.
//!
//! Place in the data way: inside `brief`; `figures` reads the originals with it, `verify` both languages.
//! It must never guess a value: what it cannot read is no number.

use super::words::{Kind, Token, tokens};
use crate::stage::check::small_number;

/// A language of numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Language {
    /// `2.200.112`, `4,50`, `dua belas`, `2,3 triliun`.
    Indonesian,
    /// `2,200,112`, `4.50`, `twelve`, `2.3 trillion`.
    English,
}

/// What a word adds to a number.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Part {
    /// A number below a hundred of its own.
    Unit(f64),
    /// Makes eleven to nineteen of the unit before it.
    Teen,
    /// Ten or a hundred times the unit before it.
    Times(f64),
    /// A thousand or more times all before it.
    Scale(f64),
}

use Part::{Scale, Teen, Times, Unit};

fn indonesian(word: &str) -> Option<Part> {
    const UNITS: [&str; 12] =
        ["nol", "satu", "dua", "tiga", "empat", "lima", "enam", "tujuh", "delapan", "sembilan", "sepuluh", "sebelas"];
    if let Some(at) = UNITS.iter().position(|unit| *unit == word) {
        return Some(Unit(f64::from(u8::try_from(at).unwrap_or(0))));
    }
    Some(match word {
        "belas" => Teen,
        "puluh" => Times(10.0),
        "ratus" => Times(100.0),
        "seratus" => Unit(100.0),
        "seribu" => Unit(1e3),
        "ribu" => Scale(1e3),
        "juta" => Scale(1e6),
        "miliar" => Scale(1e9),
        "triliun" => Scale(1e12),
        _ => return None,
    })
}

fn english(word: &str) -> Option<Part> {
    if let Some(value) = small_number(word) {
        return Some(Unit(value));
    }
    if let Some((tens, unit)) = word.split_once('-') {
        return match (english(tens), english(unit)) {
            (Some(Unit(a)), Some(Unit(b))) if a >= 20.0 && b < 10.0 => Some(Unit(a + b)),
            _ => None,
        };
    }
    Some(match word {
        "hundred" => Times(100.0),
        "thousand" => Scale(1e3),
        "million" => Scale(1e6),
        "billion" => Scale(1e9),
        "trillion" => Scale(1e12),
        _ => return None,
    })
}

fn part(token: &Token<'_>, language: Language) -> Option<Part> {
    match language {
        Language::Indonesian => indonesian(&token.lower),
        Language::English => english(&token.lower),
    }
}

/// The value of digits as one token, without a percent sign.
fn digits(text: &str, language: Language) -> Option<f64> {
    let text = text.trim_end_matches('%');
    let (thousands, decimal) = match language {
        Language::Indonesian => ('.', ','),
        Language::English => (',', '.'),
    };
    let (whole, fraction) = text.split_once(decimal).unwrap_or((text, ""));
    let mut groups = whole.split(thousands);
    let first = groups.next()?.len();
    let grouped = groups.clone().next().is_some();
    let is_grouped = !grouped || (first <= 3 && groups.all(|group| group.len() == 3));
    if is_grouped && fraction.bytes().all(|b| b.is_ascii_digit()) {
        return format!("{}.{fraction}0", whole.replace(thousands, "")).parse().ok();
    }
    // `04.17` in Indonesian, `4,50` in a text that mixes both ways: a point or comma of the other kind.
    text.replace(',', ".").parse().ok()
}

/// Reads the number that begins at token `at`: its value, and the place behind it.
pub(super) fn number(line: &[Token<'_>], at: usize, language: Language) -> Option<(f64, usize)> {
    let first = line.get(at)?;
    if first.kind == Kind::Number {
        let value = digits(first.text, language)?;
        return match line.get(at + 1).and_then(|token| part(token, language)) {
            Some(Scale(scale)) => Some((rounded(value * scale), at + 2)),
            _ => Some((value, at + 1)),
        };
    }
    let Some(Unit(_)) = part(first, language) else { return None };
    let (mut total, mut current, mut small) = (0.0, 0.0, 0.0);
    let mut end = at;
    while let Some(part) = line.get(end).and_then(|token| part(token, language)) {
        match part {
            Unit(value) if small > 0.0 && !(small >= 20.0 && value < 10.0) => break,
            Unit(value) => small += value,
            Teen => (current, small) = (current + small + 10.0, 0.0),
            Times(times) => (current, small) = (current + small * times, 0.0),
            Scale(scale) => (total, current, small) = (total + (current + small).max(1.0) * scale, 0.0, 0.0),
        }
        end += 1;
    }
    Some((total + current + small, end))
}

/// Takes away what binary fractions add: `2.3 × 10¹²` is a whole number.
fn rounded(value: f64) -> f64 {
    (value * 100.0).round() / 100.0
}

/// A number in a text.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Value {
    /// Its value.
    pub value: f64,
    /// As written.
    pub text: String,
}

/// All numbers of a text. Dates and times count as the numbers that they are made of; `one` counts as none.
pub(super) fn values(text: &str, language: Language) -> Vec<Value> {
    let line = tokens(text);
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(token) = line.get(at) {
        if token.kind == Kind::Number && token.text.contains('/') {
            found.extend(
                token
                    .text
                    .split('/')
                    .filter_map(|part| Some(Value { value: digits(part, language)?, text: part.to_owned() })),
            );
            at += 1;
        } else if let Some((value, end)) = number(&line, at, language) {
            let words: Vec<_> = line.iter().take(end).skip(at).map(|token| token.text).collect();
            if token.kind == Kind::Number || value > 1.0 {
                found.push(Value { value, text: words.join(" ") });
            }
            at = end;
        } else {
            at += 1;
        }
    }
    found
}

/// Whether two values are the same number.
pub(super) fn same(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-9 * a.abs().max(b.abs())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, language: Language) -> Vec<f64> {
        values(text, language).into_iter().map(|value| value.value).collect()
    }

    #[test]
    fn indonesian_numbers_are_read() {
        assert_eq!(
            read("Rp 2,3 triliun dari 2.200.112 orang, 4,50 persen", Language::Indonesian),
            [2.3e12, 2_200_112.0, 4.5]
        );
        assert_eq!(
            read("dua belas, dua puluh lima, tiga ratus empat puluh ribu", Language::Indonesian),
            [12.0, 25.0, 340_000.0]
        );
        assert_eq!(
            read("Senin (23/11/2026) pukul 04.17, 4,50%", Language::Indonesian),
            [23.0, 11.0, 2026.0, 4.17, 4.5]
        );
        assert_eq!(read("satu dari dua puluh", Language::Indonesian), [20.0]);
    }

    #[test]
    fn english_numbers_are_read() {
        assert_eq!(read("Rp 2.3 trillion, 2,200,112 people, 4.50%", Language::English), [2.3e12, 2_200_112.0, 4.5]);
        assert_eq!(
            read("twelve of twenty-five; three hundred and forty thousand", Language::English),
            [12.0, 25.0, 300.0, 40_000.0]
        );
        assert_eq!(read("No one of them, at 4:17", Language::English), [4.0, 17.0]);
    }

    #[test]
    fn the_same_amount_is_the_same_in_both_languages() {
        for (id, en) in
            [("87,4 miliar", "87.4 billion"), ("sebelas", "11"), ("1,25", "1.25"), ("512 juta", "512 million")]
        {
            let (id, en) = (read(id, Language::Indonesian), read(en, Language::English));
            assert!(id.iter().zip(&en).all(|(a, b)| same(*a, *b)) && id.len() == 1, "{id:?} {en:?}");
        }
    }
}
