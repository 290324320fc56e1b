//! English numbers: `2,200,112`, `3.5`, `twenty-five`, `one hundred and five`.
//!
//! Place in the data way: inside `number`.
//! It must never read `10.000` as ten thousand: in English it is ten.

use super::{place, spelled};
pub(in crate::stage) use crate::model::digits::grouped;

/// The value of digits: a comma groups thousands, a point stands before decimals.
pub(in crate::stage) fn digits(text: &str) -> Option<f64> {
    spelled(text, ',', '.')
}

/// `zero` to `nineteen`, and the tens.
pub(in crate::stage) fn unit(word: &str) -> Option<f64> {
    let small = [
        "zero",
        "one",
        "two",
        "three",
        "four",
        "five",
        "six",
        "seven",
        "eight",
        "nine",
        "ten",
        "eleven",
        "twelve",
        "thirteen",
        "fourteen",
        "fifteen",
        "sixteen",
        "seventeen",
        "eighteen",
        "nineteen",
    ];
    let tens = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"];
    place(&small, word).or_else(|| Some((place(&tens, word)? + 2) * 10)).map(f64::from)
}

/// What a word in lower case multiplies the number before it by, as in number words.
fn power(word: &str) -> Option<f64> {
    Some(match word {
        "hundred" => 1e2,
        "thousand" => 1e3,
        "million" => 1e6,
        "billion" => 1e9,
        "trillion" => 1e12,
        _ => return None,
    })
}

/// What a word in lower case multiplies the digits before it by.
pub(in crate::stage) fn scale(word: &str) -> Option<f64> {
    power(word).or((word == "dozen").then_some(12.0))
}

/// `first`, `thirds`, `twentieth`.
pub(in crate::stage) fn ordinal(word: &str) -> Option<f64> {
    let word = word.strip_suffix('s').unwrap_or(word);
    match word {
        "first" => return Some(1.0),
        "second" => return Some(2.0),
        "third" => return Some(3.0),
        "fifth" => return Some(5.0),
        "eighth" => return Some(8.0),
        "ninth" => return Some(9.0),
        "twelfth" => return Some(12.0),
        _ => {}
    }
    let stem = word.strip_suffix("th")?;
    unit(stem).or_else(|| unit(&format!("{}y", stem.strip_suffix("ie")?)))
}

/// A number being built from words.
#[derive(Debug, Clone, Copy, Default)]
pub(in crate::stage) struct Spelled {
    total: f64,
    chunk: f64,
    value: Option<f64>,
    is_loose: bool,
    is_closed: bool,
}

impl Spelled {
    /// Takes the next word, in lower case; `false` where the number ended before it.
    pub fn take(&mut self, word: &str) -> bool {
        if self.is_closed {
            return false;
        }
        let is_taken = if let Some(unit) = unit(word) {
            // `two three`: two numbers, unless the second fits under the first (`twenty one`, `hundred five`).
            let fits =
                self.chunk % 100.0 == 0.0 || self.chunk % 10.0 == 0.0 && unit < 10.0 && self.chunk % 100.0 >= 20.0;
            fits && self.add(unit)
        // `twenty-first`, but `two-thirds` is a fraction.
        } else if let Some((value, true)) = ordinal(word).map(|v| (v, self.value.is_some_and(|own| own >= 20.0))) {
            self.is_loose = true;
            self.is_closed = true;
            self.add(value)
        } else {
            power(word).is_some_and(|power| self.scale(power))
        };
        if is_taken {
            self.value = Some(self.total + self.chunk);
        }
        is_taken
    }

    /// What the words so far mean; `None` before the first.
    pub fn value(&self) -> Option<f64> {
        self.value
    }

    /// Whether it ends in an ordinal, or is only `a hundred`, `a million`.
    pub fn is_loose(&self) -> bool {
        self.is_loose
    }

    /// Whether an `and` before `next` belongs to the number: `one hundred and five`.
    pub fn bridges(&self, next: Option<&str>) -> bool {
        self.value.is_some_and(|value| value >= 100.0) && next.is_some_and(|next| unit(next).is_some())
    }

    fn add(&mut self, value: f64) -> bool {
        self.chunk += value;
        true
    }

    fn scale(&mut self, power: f64) -> bool {
        self.is_loose |= self.value.is_none();
        let chunk = if self.chunk == 0.0 { 1.0 } else { self.chunk };
        if power < 1e3 {
            self.chunk = chunk * power;
        } else {
            self.total += chunk * power;
            self.chunk = 0.0;
        }
        true
    }
}

/// A number as a newspaper writes it: `12`, `10,000`, `2.3 trillion`.
pub(in crate::stage) fn written(value: f64) -> String {
    for (scale, name) in [(1e12, " trillion"), (1e9, " billion"), (1e6, " million")] {
        if value >= scale && (value / scale * 1000.0).fract() == 0.0 {
            return format!("{}{name}", value / scale);
        }
    }
    let text = value.to_string();
    grouped(&text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(words: &str) -> Option<f64> {
        let mut number = Spelled::default();
        words.split(' ').all(|word| number.take(word)).then(|| number.value())?
    }

    #[test]
    fn words_are_built_to_numbers() {
        for (words, expected) in
            [("twelve", 12.0), ("twenty five", 25.0), ("three hundred forty thousand", 340_000.0), ("million", 1e6)]
        {
            assert_eq!(value(words), Some(expected), "{words}");
        }
        assert_eq!((value("two three"), value("ten eleven"), value("often")), (None, None, None));
        assert_eq!((value("twenty first"), value("two thirds")), (Some(21.0), None));
    }

    #[test]
    fn a_newspaper_writes_them_so() {
        for (value, text) in
            [(10_000.0, "10,000"), (2.3e12, "2.3 trillion"), (3.5, "3.5"), (1_234_567.0, "1,234,567"), (12.0, "12")]
        {
            assert_eq!(written(value), text);
        }
    }
}
