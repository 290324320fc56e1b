//! Reads numbers in Indonesian and English: digits with their separators, number words, and `juta`, `billion` behind.
//!
//! Place in the data way: inside `brief`; `figures` reads the originals with it, `verify` both languages.
//! It must never guess a value: what it cannot read is no number.

use super::words::{Kind, Token, tokens};
use crate::stage::number::{english, indonesian};

pub(super) use crate::stage::number::same;

/// A language of numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Language {
    /// `2.200.112`, `4,50`, `dua belas`, `2,3 triliun`.
    Indonesian,
    /// `2,200,112`, `4.50`, `twelve`, `2.3 trillion`.
    English,
}

/// The value of digits as one token, without a percent sign.
fn digits(text: &str, language: Language) -> Option<f64> {
    let text = text.trim_end_matches('%');
    let own = match language {
        Language::Indonesian => indonesian::digits(text),
        Language::English => english::digits(text),
    };
    // `04.17` in Indonesian, `4,50` in a text that mixes both ways: a point or comma of the other kind.
    own.or_else(|| text.replace(',', ".").parse().ok())
}

/// Reads the number that begins at token `at`: its value, and the place behind it.
pub(super) fn number(line: &[Token<'_>], at: usize, language: Language) -> Option<(f64, usize)> {
    let first = line.get(at)?;
    if first.kind == Kind::Number {
        let value = digits(first.text, language)?;
        let scale = line.get(at + 1).and_then(|next| match language {
            Language::Indonesian => indonesian::scale(next.text),
            Language::English => english::scale(&next.lower),
        });
        return Some(scale.map_or((value, at + 1), |scale| (rounded(value * scale), at + 2)));
    }
    let words = line.get(at..)?;
    let (value, taken) = match language {
        Language::Indonesian => indonesian_words(words)?,
        Language::English => english_words(words)?,
    };
    Some((value, at + taken))
}

/// The number that `words` begin with, and how many of them it takes.
fn indonesian_words(words: &[Token<'_>]) -> Option<(f64, usize)> {
    let mut spelled = indonesian::Spelled::default();
    let taken = words.iter().take_while(|token| spelled.take(&token.lower)).count();
    Some((spelled.value()?, taken))
}

/// The same in English, where a word can hold two: `twenty-five`. An ordinal and `a million` are no numbers.
fn english_words(words: &[Token<'_>]) -> Option<(f64, usize)> {
    let (mut spelled, mut taken) = (english::Spelled::default(), 0);
    while let Some(token) = words.get(taken) {
        let mut longer = spelled;
        let next = words.get(taken + 1).map(|next| next.lower.as_str());
        let is_bridge = token.lower == "and" && spelled.bridges(next);
        if !is_bridge && !token.lower.split('-').all(|word| longer.take(word)) {
            break;
        }
        (spelled, taken) = (longer, taken + 1);
    }
    spelled.value().filter(|_| !spelled.is_loose()).map(|value| (value, taken))
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
            [12.0, 25.0, 340_000.0]
        );
        assert_eq!(read("a million people, the twenty-first of a five-year plan", Language::English), [0.0; 0]);
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
