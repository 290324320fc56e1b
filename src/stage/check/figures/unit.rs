//! Units that were converted, such as kilometres to miles: worth a word, but no wrong figure.
//!
//! Place in the data way: inside `figures`.
//! It must never convert money.

use super::super::words::{Pair, Word};
use super::figure::Figure;

/// A unit that is not metric: its English words, its Indonesian words, and what one of it is in metric units.
/// Source: NIST Special Publication 811, appendix B.
type Unit = (&'static [&'static str], &'static [&'static str], &'static [f64]);

const UNITS: &[Unit] = &[
    (&["mile", "miles"], &["mil", "mile"], &[1.609_344]),
    (&["mph"], &["mil", "mph"], &[1.609_344]),
    (&["foot", "feet", "ft"], &["kaki", "ft"], &[0.3048, 30.48]),
    (&["inch", "inches"], &["inci", "inch", "inchi"], &[2.54, 25.4]),
    (&["pound", "pounds", "lb", "lbs"], &["pon", "pound", "lb"], &[0.453_592]),
    (&["ounce", "ounces", "oz"], &["ons", "ounce"], &[28.3495]),
    (&["acre", "acres"], &["acre", "are", "ekar"], &[0.404_686]),
    (&["gallon", "gallons"], &["galon"], &[3.785_41]),
    (&["yard", "yards"], &["yard"], &[0.9144]),
];

/// How far a rounded conversion may be off.
const ROUNDING: f64 = 0.06;

/// Whether each of `figures` is one of `others` in another unit, which the English names and the Indonesian does not.
pub(super) fn explains(pair: &Pair<'_>, figures: &[Figure], others: &[Figure]) -> bool {
    let named = |words: &[Word<'_>], names: &[&str]| words.iter().any(|word| names.contains(&word.lower.as_str()));
    let is_new = |unit: &&Unit| named(&pair.en_words, unit.0) && !named(&pair.id_words, unit.1);
    let factors: Vec<_> = UNITS.iter().filter(is_new).flat_map(|unit| unit.2).collect();
    let is_degrees = named(&pair.en_words, &["fahrenheit", "degrees", "temperatures"]);
    let fits = |a: f64, b: f64| {
        let near = |x: f64, y: f64| (x - y).abs() <= ROUNDING * y.abs();
        let scales = factors.iter().any(|&&factor| near(a * factor, b) || near(b * factor, a));
        let warms = |celsius: f64, fahrenheit: f64| (celsius * 1.8 + 32.0 - fahrenheit).abs() <= 1.5;
        scales || is_degrees && (warms(a, b) || warms(b, a))
    };
    figures.iter().all(|figure| {
        let Some(own) = figure.number() else { return false };
        others.iter().filter_map(Figure::number).any(|other| fits(own, other))
    })
}

#[cfg(test)]
mod tests {
    use super::super::check;
    use super::*;

    #[test]
    fn a_right_conversion_is_noted_and_a_wrong_one_is_an_error() {
        let right = check(&Pair::new("sekitar 4.800 km dari Miami", "about 3,000 miles from Miami"));
        assert!(right.len() == 1 && !right[0].is_error(), "{right:?}");
        let wrong = check(&Pair::new("sekitar 4.800 km dari Miami", "about 4,000 miles from Miami"));
        assert!(wrong[0].is_error());
        assert!(check(&Pair::new("curah hujan 16,1 cm", "rainfall of 6.34 inches")).iter().all(|f| !f.is_error()));
        assert!(check(&Pair::new("harga 4.800 dolar", "a price of 3,000 dollars"))[0].is_error());
    }
}
