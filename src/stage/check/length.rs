//! Rule `length`: the answer is neither absurdly short nor absurdly long for its source.
//!
//! English runs at about nine tenths of the letters of its Indonesian source. The logarithm of the ratio is close to
//! normal, with a spread that falls with the square root of the length (fitted on FLORES dev: 0.13 for one sentence,
//! 0.067 for four).
//!
//! Place in the data way: one of the rules for a segment.
//! It must never judge a text of a few words: any ratio is possible there.

use crate::model::finding::Finding;

use super::words::Pair;

const NAME: &str = "length";

/// Mean of ln(English letters ÷ Indonesian letters).
const MEAN: f64 = -0.12;
/// Spread of that logarithm for endless texts.
const SPREAD: f64 = 0.01;
/// How much shorter texts spread more: divided by the square root of the letters.
const SHORT_SPREAD: f64 = 1.35;
/// Spreads from the mean at which an answer is absurd.
const ABSURD: f64 = 5.0;
/// Below so many letters of source nothing is said.
const SHORTEST: usize = 20;

pub(super) fn check(pair: &Pair<'_>) -> Vec<Finding> {
    let id = letters(pair.id);
    let en = letters(pair.en);
    if id < SHORTEST {
        let absurd = en > 12 * SHORTEST;
        return if absurd { vec![too_long()] } else { Vec::new() };
    }
    let off = deviation(id, en);
    if off < -ABSURD {
        let detail = "The answer is far too short for the segment: something was left out; translate all of it.";
        vec![Finding::error(NAME, detail)]
    } else if off > ABSURD {
        vec![too_long()]
    } else {
        Vec::new()
    }
}

fn too_long() -> Finding {
    Finding::error(NAME, "The answer is far too long for the segment: give the translation alone and add nothing.")
}

/// How many spreads the answer's length lies from what its source makes likely.
fn deviation(id: usize, en: usize) -> f64 {
    let (ratio, spread) = likely(id, en);
    (ratio - MEAN) / spread
}

/// How unlikely the answer's length is, in nats (negative logarithm of a normal density).
pub(super) fn surprise(id: usize, en: usize) -> f64 {
    let off = deviation(id, en);
    off * off / 2.0 + likely(id, en).1.ln()
}

fn likely(id: usize, en: usize) -> (f64, f64) {
    #[expect(clippy::cast_precision_loss, reason = "lengths of texts are far below 2^52")]
    let (id, en) = (id.max(1) as f64, en.max(1) as f64);
    ((en / id).ln(), SPREAD + SHORT_SPREAD / id.sqrt())
}

/// Characters that are not white space.
pub(super) fn letters(text: &str) -> usize {
    text.chars().filter(|c| !c.is_whitespace()).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOURCE: &str = "Polisi menangkap dua orang di sebuah rumah di Bekasi. Keduanya dibawa ke kantor polisi untuk \
                          diperiksa. Petugas juga menyita sejumlah barang bukti dari rumah tersebut.";

    #[test]
    fn an_answer_of_ordinary_length_passes() {
        let en = "Police arrested two people at a house in Bekasi. Both were taken to the station for questioning. \
                  Officers also seized several pieces of evidence from the house.";
        assert_eq!(check(&Pair::new(SOURCE, en)), []);
    }

    #[test]
    fn an_answer_that_stops_after_a_few_words_is_too_short() {
        assert!(check(&Pair::new(SOURCE, "Police arrested two people."))[0].detail.contains("too short"));
    }

    #[test]
    fn an_answer_three_times_as_long_is_too_long() {
        assert!(check(&Pair::new(SOURCE, &SOURCE.repeat(4)))[0].detail.contains("too long"));
    }

    #[test]
    fn a_text_of_a_few_words_may_have_any_ordinary_length() {
        assert_eq!(check(&Pair::new("Bappenas", "National Development Planning Agency (Bappenas)")), []);
    }
}
