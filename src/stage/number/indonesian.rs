//! Indonesian numbers: `2.200.112`, `3,5`, `dua belas`, `setengah juta`.
//!
//! Place in the data way: inside `number`.
//! It must never take a word for a number that is one only by chance (`empat` in `tempat`).

use super::{place, spelled};

/// The value of digits: a point groups thousands, a comma stands before decimals.
pub(in crate::stage) fn digits(text: &str) -> Option<f64> {
    spelled(text, '.', ',')
}

/// `nol` to `sembilan`.
pub(in crate::stage) fn unit(word: &str) -> Option<f64> {
    let units = ["nol", "satu", "dua", "tiga", "empat", "lima", "enam", "tujuh", "delapan", "sembilan"];
    place(&units, word).map(f64::from)
}

/// `nol` to `sebelas`.
pub(in crate::stage) fn small(word: &str) -> Option<f64> {
    unit(word).or(match word {
        "sepuluh" => Some(10.0),
        "sebelas" => Some(11.0),
        _ => None,
    })
}

/// What a word in lower case multiplies the number before it by, from a thousand on. `200 jutaan` is about 200 million.
fn large(word: &str) -> Option<f64> {
    Some(match word.strip_suffix("an").unwrap_or(word) {
        "ribu" => 1e3,
        "juta" => 1e6,
        "miliar" | "milyar" | "miliyar" => 1e9,
        "triliun" | "trilyun" | "triliyun" => 1e12,
        _ => return None,
    })
}

/// What a word multiplies the digits before it by: `2,3 triliun`, `500 rb`, `4 puluh`.
pub(in crate::stage) fn scale(word: &str) -> Option<f64> {
    match word {
        // `Rp 5 M`: only capitals, so that metres stay metres.
        "M" => return Some(1e9),
        "T" => return Some(1e12),
        _ => {}
    }
    let word = word.to_lowercase();
    large(&word).or(match word.as_str() {
        "puluh" => Some(1e1),
        "lusin" => Some(12.0),
        "ratus" => Some(1e2),
        "rb" => Some(1e3),
        "jt" => Some(1e6),
        _ => None,
    })
}

/// A number being built from words.
#[derive(Debug, Clone, Copy, Default)]
pub(in crate::stage) struct Spelled {
    total: f64,
    chunk: f64,
    unit: Option<f64>,
    has_words: bool,
}

impl Spelled {
    /// Takes the next word, in lower case; `false` where the number ended before it.
    pub fn take(&mut self, word: &str) -> bool {
        let taken = match word {
            "belas" => self.multiply(1.0, 10.0),
            "puluh" => self.multiply(10.0, 0.0),
            "ratus" => self.multiply(100.0, 0.0),
            "setengah" if self.has_words => self.add(0.5),
            "sepuluh" => self.add(10.0),
            "sebelas" => self.add(11.0),
            "seratus" => self.add(100.0),
            _ => match (unit(word), large(word), word.strip_prefix("se").and_then(large)) {
                (Some(unit), _, _) if self.unit.is_none() => {
                    self.unit = Some(unit);
                    true
                }
                (_, Some(scale), _) => self.scale(scale, 0.0),
                (_, _, Some(scale)) => self.scale(scale, 1.0),
                _ => false,
            },
        };
        self.has_words |= taken;
        taken
    }

    /// What the words so far mean; `None` before the first.
    pub fn value(&self) -> Option<f64> {
        self.has_words.then(|| self.total + self.chunk + self.unit.unwrap_or(0.0))
    }

    fn multiply(&mut self, factor: f64, plus: f64) -> bool {
        let Some(unit) = self.unit.take() else { return false };
        self.chunk += unit * factor + plus;
        true
    }

    fn add(&mut self, value: f64) -> bool {
        self.chunk += value + self.unit.take().unwrap_or(0.0);
        true
    }

    /// `alone`: what it multiplies where no number stands before it.
    fn scale(&mut self, scale: f64, alone: f64) -> bool {
        let chunk = self.chunk + self.unit.take().unwrap_or(0.0);
        if chunk == 0.0 && alone == 0.0 {
            return false;
        }
        self.total += (if chunk == 0.0 { alone } else { chunk }) * scale;
        self.chunk = 0.0;
        true
    }
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
        for (words, expected) in [
            ("nol", 0.0),
            ("sebelas", 11.0),
            ("dua belas", 12.0),
            ("seratus dua puluh", 120.0),
            ("tiga ratus empat puluh ribu", 340_000.0),
            ("dua setengah juta", 2.5e6),
            ("semilyar", 1e9),
            ("dua ratus jutaan", 2e8),
            ("seribu lima ratus", 1500.0),
        ] {
            assert_eq!(value(words), Some(expected), "{words}");
        }
        assert_eq!((value("dua tiga"), value("juta"), value("tempat")), (None, None, None));
    }

    #[test]
    fn capitals_scale_and_metres_do_not() {
        assert_eq!((scale("M"), scale("m"), scale("Juta"), scale("rb")), (Some(1e9), None, Some(1e6), Some(1e3)));
    }
}
