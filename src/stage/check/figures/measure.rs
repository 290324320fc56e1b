//! What a figure counts: where one value stands in both texts, the unit or the money that stands at it must be the same.
//!
//! Place in the data way: inside `figures`.
//! It must never ask for a unit: a figure without one, or with a word that is none, agrees with all.

use std::sync::LazyLock;

use regex::{Captures, Regex};

use super::super::words::Pair;
use super::figure::Figure;
use crate::model::pattern::pattern;
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
    (&["dekade", "dasawarsa"], &["decade", "decades"]),
    (&["abad"], &["century", "centuries"]),
    (&["kuintal"], &["quintal", "quintals"]),
    (&["barel"], &["barrel", "barrels"]),
    (&["megabita", "megabyte", "mb"], &["megabyte", "megabytes", "mb"]),
    (&["gigabita", "gigabyte", "gb"], &["gigabyte", "gigabytes", "gb"]),
    (&["kilowatt", "kw"], &["kilowatt", "kilowatts", "kw"]),
    (&["megawatt", "mw"], &["megawatt", "megawatts", "mw"]),
    (&["gigawatt", "gw"], &["gigawatt", "gigawatts", "gw"]),
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

static INDONESIAN: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?x)(?<sign>(?i:\brp)|US\$|S\$|[$€£¥])?\.?\s?(?<digits>\d[\d.,]*\d|\d)
          (?:\s?(?<scale>ribu|juta|miliar|milyar|triliun|rb|jt|M|T)\b)?
          \s?(?:derajat\s)?(?<unit>%|\p{L}+)?(?:\s?(?<square>persegi|kubik)|(?<raised>[23²³]))?",
    )
});

static ENGLISH: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?x)(?<sign>(?i:\brps?|\bidr)|[$€£¥])?\.?\s?(?<digits>\d[\d.,]*\d|\d)
          (?:[\s-](?<scale>thousand|million|billion|trillion)\b)?
          [\s-]?(?:(?:degrees?|metric|nautical)\s)?(?:(?<square>square|sq\.?|cubic)[\s-])?(?<unit>%|per\ cent|\p{L}+)?(?<raised>[23²³])?",
    )
});

/// What stands at a figure: a place in [`UNITS`], and whether it is squared or cubed.
type At = (usize, Power);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Power {
    One,
    Two,
    Three,
}

/// A value with the units that the words at it fit.
struct Amount<'a> {
    value: f64,
    text: &'a str,
    units: Vec<At>,
}

/// A figure of the source that the answer keeps, but as a number of something else, or for each of something else.
pub(super) fn changed(pair: &Pair<'_>, id: &[Figure], en: &[Figure]) -> Option<String> {
    let (own_words, other_words): (Words, Words) = (|unit| unit.0, |unit| unit.1);
    let mut own = amounts(&INDONESIAN, pair.id, indonesian::digits, indonesian::scale, own_words);
    let mut other = amounts(&ENGLISH, pair.en, english::digits, english::scale, other_words);
    own.extend(spelled(pair.id, id, own_words));
    other.extend(spelled(pair.en, en, other_words));
    own.extend(single(&ONE_INDONESIAN, pair.id, own_words));
    other.extend(single(&ONE_ENGLISH, pair.en, other_words));
    counted(&own, &other).or_else(|| rate(pair))
}

fn counted(id: &[Amount<'_>], en: &[Amount<'_>]) -> Option<String> {
    id.iter().find_map(|own| {
        let named = |all: &'_ [Amount<'_>]| -> Vec<At> {
            all.iter().filter(|other| same(own.value, other.value)).flat_map(|other| other.units.clone()).collect()
        };
        let (asked, given) = (named(id), named(en));
        let other = en.iter().find(|other| same(own.value, other.value) && !other.units.is_empty())?;
        let is_other = !own.units.is_empty() && !asked.iter().any(|unit| given.contains(unit));
        is_other.then(|| format!("\"{}\" became \"{}\": keep what is counted.", own.text, other.text))
    })
}

type Words = fn(&Unit) -> &'static [&'static str];

fn units(words: Words, at: &[&str], power: Power) -> Vec<At> {
    let fits = |unit: &Unit| words(unit).iter().any(|word| at.iter().any(|own| own.eq_ignore_ascii_case(word)));
    UNITS.iter().enumerate().filter(|(_, unit)| fits(unit)).map(|(n, _)| (n, power)).collect()
}

fn power(sign: &str) -> Power {
    match sign.to_lowercase().as_str() {
        "persegi" | "square" | "sq" | "sq." | "2" | "²" => Power::Two,
        "kubik" | "cubic" | "3" | "³" => Power::Three,
        _ => Power::One,
    }
}

fn amounts<'a>(
    form: &Regex,
    text: &'a str,
    digits: fn(&str) -> Option<f64>,
    scale: fn(&str) -> Option<f64>,
    words: Words,
) -> Vec<Amount<'a>> {
    let amount = |found: Captures<'a>| {
        let part = |name: &str| found.name(name).map_or("", |part| part.as_str());
        let value = digits(part("digits"))? * scale(part("scale")).unwrap_or(1.0);
        let power = Some(power(part("square"))).filter(|own| *own != Power::One).unwrap_or(power(part("raised")));
        let units = units(words, &[part("sign"), part("unit")], power);
        Some(Amount { value, text: found.get(0)?.as_str().trim(), units })
    };
    form.captures_iter(text).filter_map(amount).collect()
}

/// Amounts whose figure is written in words: `empat tahun`, `five-year`.
fn spelled<'a>(text: &'a str, figures: &[Figure], words: Words) -> Vec<Amount<'a>> {
    let mut at = 0;
    let mut amount = |figure: &Figure| {
        let value = figure.number().filter(|_| figure.text.starts_with(char::is_alphabetic))?;
        let start = at + text.get(at..)?.find(&figure.text)?;
        at = start + figure.text.len();
        let behind = text.get(at..)?.strip_prefix([' ', '-'])?;
        let mut next = behind.split([' ', '-']).map(|word| word.trim_end_matches(|c: char| !c.is_alphabetic()));
        let (first, second) = (next.next()?, next.next().unwrap_or_default());
        let before = power(first);
        let (unit, power) = if before == Power::One { (first, power(second)) } else { (second, before) };
        let end = at + 1 + behind.find(unit)? + unit.len();
        Some(Amount { value, text: text.get(start..end)?, units: units(words, &[unit], power) })
    };
    figures.iter().filter_map(&mut amount).collect()
}

static ONE_INDONESIAN: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"(?i)\bse(detik|menit|jam|hari|pekan|minggu|bulan|tahun|abad|dekade)\b"));
static ONE_ENGLISH: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"(?i)\ban? (second|minute|hour|day|week|month|year|century|decade)\b"));

/// `setahun`, `a year`.
fn single<'a>(form: &Regex, text: &'a str, words: Words) -> Vec<Amount<'a>> {
    let amount = |found: Captures<'a>| {
        let units = units(words, &[found.get(1)?.as_str()], Power::One);
        Some(Amount { value: 1.0, text: found.get(0)?.as_str(), units })
    };
    form.captures_iter(text).filter_map(amount).collect()
}

static PER_INDONESIAN: LazyLock<Regex> = LazyLock::new(|| pattern(r"(?i)(?:\bper\s|/)(\p{L}+)"));
static PER_ENGLISH: LazyLock<Regex> = LazyLock::new(|| pattern(r"(?i)(?:\b(per|an?|each|every)\s|/)(\p{L}+)"));

/// `per kilogram` that became *per ton*.
fn rate(pair: &Pair<'_>) -> Option<String> {
    let asked: Vec<_> = PER_INDONESIAN
        .captures_iter(pair.id)
        .filter_map(|found| Some((found.get(1)?.as_str(), units(|unit| unit.0, &[found.get(1)?.as_str()], Power::One))))
        .filter(|(_, units)| !units.is_empty())
        .collect();
    let given: Vec<_> = PER_ENGLISH
        .captures_iter(pair.en)
        .filter_map(|found| {
            let units = units(|unit| unit.1, &[found.get(2)?.as_str()], Power::One);
            Some((found.get(2)?.as_str(), found.get(1).is_some_and(|word| word.as_str() == "per"), units))
        })
        .filter(|(_, _, units)| !units.is_empty())
        .collect();
    let shares = |a: &[At], b: &[At]| a.iter().any(|unit| b.contains(unit));
    let lost = asked.iter().find(|(_, own)| !given.iter().any(|(_, _, other)| shares(own, other)))?;
    let came = given.iter().find(|(_, is_per, own)| *is_per && !asked.iter().any(|(_, other)| shares(own, other)))?;
    Some(format!("\"per {}\" became \"per {}\".", lost.0, came.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(id: &str, en: &str) -> Option<String> {
        let figures = (super::super::indonesian::read(id), super::super::english::read(en));
        changed(&Pair::new(id, en), &figures.0, &figures.1)
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
            ("empat tahun penjara", "four months in prison"),
            ("delapan belas bulan", "eighteen years"),
            ("lima detik", "five minutes"),
            ("Lima ton sabu", "Five kilograms of methamphetamine"),
            ("dalam setahun", "within a month"),
            ("500 meter persegi", "500 meters"),
            ("dua puluh meter kubik", "twenty square meters"),
            ("500 MW", "500 GW"),
            ("Rp 15.000 per kilogram", "Rp 15,000 per ton"),
            ("80 km per jam", "80 km per minute"),
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
            ("empat tahun penjara", "a four-year prison term"),
            ("setahun kemudian, dua kali sehari", "a year later, twice a day"),
            ("seluas 500 meter persegi", "500 sq. meters"),
            ("tiga puluh kilometer per jam", "thirty kilometers an hour"),
            ("lima orang dalam dua tahun", "five people in two years"),
        ] {
            assert_eq!(found(id, en), None, "{id} | {en}");
        }
    }
}
