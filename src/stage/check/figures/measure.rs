//! What a figure counts: where one value stands in both texts, the unit or the money that stands at it must be the same.
//!
//! Place in the data way: inside `figures`.
//! It must never ask for a unit: a figure without one, or with a word that is none, agrees with all.

use std::sync::LazyLock;

use regex::{Captures, Regex};

use super::super::words::Pair;
use crate::stage::number::{english, indonesian, same};

/// The words for one unit in Indonesian and in English, in lower case.
type Unit = (&'static [&'static str], &'static [&'static str]);

const UNITS: &[Unit] = &[
    (&["detik"], &["second", "seconds"]),
    (&["menit"], &["minute", "minutes"]),
    (&["jam"], &["hour", "hours"]),
    (&["hari"], &["day", "days"]),
    (&["pekan", "minggu"], &["week", "weeks"]),
    (&["bulan"], &["month", "months"]),
    (&["tahun"], &["year", "years"]),
    (&["milimeter", "mm"], &["millimeter", "millimeters", "millimetre", "millimetres", "mm"]),
    (&["sentimeter", "centimeter", "cm"], &["centimeter", "centimeters", "centimetre", "centimetres", "cm"]),
    (&["meter", "m"], &["meter", "meters", "metre", "metres", "m"]),
    (&["kilometer", "km"], &["kilometer", "kilometers", "kilometre", "kilometres", "km", "kms"]),
    (&["mil"], &["mile", "miles"]),
    (&["kaki"], &["foot", "feet", "ft"]),
    (&["hektare", "hektar", "ha"], &["hectare", "hectares", "ha"]),
    (&["acre", "ekar"], &["acre", "acres"]),
    (&["gram"], &["gram", "grams", "g"]),
    (&["kilogram", "kg", "kilo"], &["kilogram", "kilograms", "kg", "kilo", "kilos"]),
    (&["ton"], &["ton", "tons", "tonne", "tonnes"]),
    (&["liter"], &["liter", "liters", "litre", "litres"]),
    (&["galon"], &["gallon", "gallons"]),
    (&["celsius", "celcius"], &["celsius"]),
    (&["fahrenheit"], &["fahrenheit"]),
    (&["persen", "%"], &["percent", "per cent", "%", "percentage"]),
    (&["basis", "bps"], &["basis", "bps"]),
    (&["poin"], &["point", "points", "percentage"]),
    (&["rp", "rupiah"], &["rp", "idr", "rupiah", "rupiahs"]),
    (&["us$", "s$", "$", "dolar", "dollar"], &["$", "dollar", "dollars"]),
    (&["€", "euro"], &["€", "euro", "euros"]),
    (&["£"], &["£"]),
    (&["¥", "yen"], &["¥", "yen"]),
    (&["¥", "yuan"], &["¥", "yuan", "renminbi"]),
    (&["riyal", "real", "rial"], &["riyal", "riyals", "rial", "rials"]),
    (&["won"], &["won"]),
    (&["baht"], &["baht"]),
    (&["ringgit"], &["ringgit"]),
    (&["peso"], &["peso", "pesos"]),
    (&["rupee"], &["rupee", "rupees"]),
    (&["dirham"], &["dirham", "dirhams"]),
];

static INDONESIAN: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"(?x)((?i:\brp)|US\$|S\$|[$€£¥])?\.?\s?(\d[\d.,]*\d|\d)(?:\s?(ribu|juta|miliar|milyar|triliun|rb|jt|M|T)\b)?
          \s?(?:derajat\s)?(%|\p{L}+)?",
    )
    .ok()
});

static ENGLISH: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"(?x)((?i:\brps?|\bidr)|[$€£¥])?\.?\s?(\d[\d.,]*\d|\d)(?:[\s-](thousand|million|billion|trillion)\b)?
          [\s-]?(?:(?:degrees?|square|cubic|metric|nautical)\s)?(%|per\ cent|\p{L}+)?",
    )
    .ok()
});

/// A value with the places in [`UNITS`] that the words at it fit.
struct Amount<'a> {
    value: f64,
    text: &'a str,
    units: Vec<usize>,
}

/// A figure of the source that the answer keeps, but as a number of something else.
pub(super) fn changed(pair: &Pair<'_>) -> Option<String> {
    let id = amounts(INDONESIAN.as_ref()?, pair.id, indonesian::digits, indonesian::scale, |unit| unit.0);
    let en = amounts(ENGLISH.as_ref()?, pair.en, english::digits, english::scale, |unit| unit.1);
    id.iter().find_map(|own| {
        let named = |all: &'_ [Amount<'_>]| -> Vec<usize> {
            all.iter().filter(|other| same(own.value, other.value)).flat_map(|other| other.units.clone()).collect()
        };
        let (asked, given) = (named(&id), named(&en));
        let other = en.iter().find(|other| same(own.value, other.value) && !other.units.is_empty())?;
        let is_other = !own.units.is_empty() && !asked.iter().any(|unit| given.contains(unit));
        is_other.then(|| format!("\"{}\" became \"{}\": keep what is counted.", own.text, other.text))
    })
}

fn amounts<'a>(
    form: &Regex,
    text: &'a str,
    digits: fn(&str) -> Option<f64>,
    scale: fn(&str) -> Option<f64>,
    words: fn(&Unit) -> &'static [&'static str],
) -> Vec<Amount<'a>> {
    let amount = |found: Captures<'a>| {
        let part = |n: usize| found.get(n).map_or("", |part| part.as_str());
        let value = digits(part(2))? * scale(part(3)).unwrap_or(1.0);
        let at = [part(1), part(4)].map(str::to_lowercase);
        let fits = |unit: &Unit| words(unit).iter().any(|word| at.iter().any(|own| own == word));
        let units = UNITS.iter().enumerate().filter(|(_, unit)| fits(unit)).map(|(n, _)| n).collect();
        Some(Amount { value, text: found.get(0)?.as_str().trim(), units })
    };
    form.captures_iter(text).filter_map(amount).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(id: &str, en: &str) -> Option<String> {
        changed(&Pair::new(id, en))
    }

    #[test]
    fn a_figure_that_counts_something_else_is_found() {
        for (id, en) in [
            ("100 kilometer dari Padang", "100 miles from Padang"),
            ("seluas 500 hektare", "some 500 acres"),
            ("sedalam 30 meter", "30 feet deep"),
            ("20 kilogram sabu", "20 grams of methamphetamine"),
            ("2 juta ton beras", "2 million kilograms of rice"),
            ("5 tahun penjara", "5 months in prison"),
            ("suku bunga naik 25 basis poin", "interest rates rose 25 percent"),
            ("turun 0,5 poin persentase", "fell 0.5 percent"),
            ("38 derajat Celsius", "38 degrees Fahrenheit"),
            ("5 miliar yuan", "5 billion yen"),
            ("US$ 5 juta (Rp 80 miliar)", "$5 million ($80 billion)"),
            ("500 juta won", "$500 million"),
        ] {
            assert!(found(id, en).is_some(), "{id} | {en}");
        }
        assert_eq!(
            found("divonis 5 tahun penjara", "sentenced to 5 months").as_deref(),
            Some("\"5 tahun\" became \"5 months\": keep what is counted.")
        );
    }

    #[test]
    fn what_is_counted_may_be_said_in_other_words_or_left_out() {
        for (id, en) in [
            ("pria berusia 34 tahun", "a 34-year-old man"),
            ("naik 5 persen dalam 5 tahun", "up 5% in 5 years"),
            ("lahan 500 hektare", "500 ha of land"),
            ("0,5 poin persentase", "0.5 percentage points"),
            ("seluas 10 meter persegi", "10 square meters"),
            ("US$ 5 juta", "5 million U.S. dollars"),
            ("Rp 5.000 per kilogram", "5,000 rupiah a kilogram"),
            ("100 juta yen", "¥100 million"),
            ("80 kg beras", "80 sacks of rice"),
        ] {
            assert_eq!(found(id, en), None, "{id} | {en}");
        }
    }
}
