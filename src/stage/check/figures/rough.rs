//! Figures that only words give: `ratusan` (hundreds) and `ketiga` (third). One that is gone while another came in its
//! place has changed.
//!
//! Place in the data way: inside `figures`.
//! It must never ask for such a word: good English has many others for it.

use super::super::words::{Pair, Word};
use super::figure::{Figure, Value};
use super::{english, indonesian};
use crate::stage::number;

/// A magnitude: its Indonesian words, the scale that makes it of `puluhan` or `ratusan`, its English words.
type Magnitude = (&'static [&'static str], &'static [&'static str], &'static [&'static str]);

const MAGNITUDES: &[Magnitude] = &[
    (&["belasan"], &[], &["dozen", "teens"]),
    (&["puluhan"], &[], &["dozens", "tens", "dozen", "scores", "decades"]),
    (&["ratusan"], &[], &["hundreds"]),
    (&["ribuan"], &["ribu"], &["thousands"]),
    (&["jutaan"], &["juta"], &["millions"]),
    (&["miliaran", "milyaran"], &["miliar", "milyar"], &["billions"]),
    (&["triliunan"], &["triliun"], &["trillions"]),
];

pub(super) fn changed(pair: &Pair<'_>) -> Option<String> {
    magnitude(pair).or_else(|| ordinal(pair))
}

fn magnitude(pair: &Pair<'_>) -> Option<String> {
    let lower = |at: usize| pair.id_words.get(at).map_or("", |word| word.lower.as_str());
    let is_some = |word: &str| matches!(word, "belasan" | "puluhan" | "ratusan");
    let given = |magnitude: &Magnitude, at: usize| {
        magnitude.0.contains(&lower(at)) || magnitude.1.contains(&lower(at)) && at > 0 && is_some(lower(at - 1))
    };
    let in_source = |magnitude: &Magnitude| (0..pair.id_words.len()).find(|at| given(magnitude, *at));
    let in_answer =
        |magnitude: &Magnitude| pair.en_words.iter().find(|word| magnitude.2.contains(&word.lower.as_str()));
    let lost = MAGNITUDES.iter().filter(|magnitude| in_answer(magnitude).is_none()).find_map(in_source)?;
    // `puluhan ribu` are no mere thousands: once the tens are gone, nobody asked for the bare scale.
    let named = |magnitude: &Magnitude| pair.id_words.iter().any(|word| magnitude.0.contains(&word.lower.as_str()));
    let is_bare =
        |magnitude: &Magnitude| is_some(lower(lost)) && magnitude.1.contains(&lower(lost + 1)) && !named(magnitude);
    let unasked = MAGNITUDES.iter().filter(|magnitude| in_source(magnitude).is_none() || is_bare(magnitude));
    // `four dozen` is a number, and decades are counted years.
    let is_rough = |word: &&Word<'_>| !matches!(word.lower.as_str(), "dozen" | "scores" | "decades");
    let came = unasked.filter_map(in_answer).find(is_rough)?;
    Some(became(lower(lost), came.text))
}

/// From the third on: `kedua` is *both*, and *second* a unit of time.
fn ordinal(pair: &Pair<'_>) -> Option<String> {
    let own = |word: &Word<'_>| number::indonesian::small(word.lower.strip_prefix("ke")?).filter(|n| *n >= 3.0);
    let other = |word: &Word<'_>| number::english::ordinal(&word.lower).filter(|n| *n >= 3.0);
    let stands = |value: f64, figures: &[Figure]| {
        let is_it = |meant: &Value| matches!(meant, Value::Number(number) if number::same(*number, value));
        figures.iter().any(|figure| figure.values.iter().any(is_it))
    };
    let answer = english::read(pair.en);
    let lost = pair.id_words.iter().find(|word| own(word).is_some_and(|value| !stands(value, &answer)))?;
    let source = indonesian::read(pair.id);
    let came = pair.en_words.iter().find(|word| other(word).is_some_and(|value| !stands(value, &source)))?;
    Some(became(lost.text, came.text))
}

fn became(lost: &str, came: &str) -> String {
    format!("\"{lost}\" became \"{came}\".")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(id: &str, en: &str) -> Option<String> {
        changed(&Pair::new(id, en))
    }

    #[test]
    fn a_magnitude_or_a_rank_that_moved_is_found() {
        for (id, en) in [
            ("Ratusan warga mengungsi.", "Thousands of residents fled."),
            ("Puluhan ribu buruh berunjuk rasa.", "Thousands of workers protested."),
            ("Ratusan juta orang menonton.", "Millions of people watched."),
            ("Belasan siswa keracunan.", "Dozens of students were poisoned."),
            ("Jutaan orang mudik.", "Thousands of people travelled home."),
            ("Kerugian mencapai miliaran rupiah.", "Losses reached millions of rupiah."),
            ("Indonesia di peringkat kelima.", "Indonesia is in fourth place."),
            ("Timnas di posisi keempat.", "The national team came third."),
            ("Ia anak ketiga dari lima bersaudara.", "He is the fourth of five children."),
        ] {
            assert!(found(id, en).is_some(), "{id} | {en}");
        }
        assert_eq!(
            found("Ratusan warga pergi.", "Thousands left.").as_deref(),
            Some("\"ratusan\" became \"Thousands\".")
        );
    }

    #[test]
    fn other_words_for_the_same_pass() {
        for (id, en) in [
            ("Puluhan ribu buruh berunjuk rasa.", "Tens of thousands of workers protested."),
            ("Belasan siswa keracunan.", "More than a dozen students were poisoned."),
            ("Belasan ribu warga mengungsi.", "More than 10,000 residents fled."),
            ("Puluhan ribu buruh dan ribuan mahasiswa hadir.", "Some 30,000 workers and thousands of students came."),
            ("Ratusan ribu orang hadir.", "Hundreds of thousands attended."),
            ("Ribuan orang hadir.", "A great crowd attended."),
            ("Ribuan staf tinggal di 4 puluh markas.", "A couple of thousand staff live in four dozen bases."),
            ("Ketiga orang itu pergi.", "The three left on the fourth day of a 3-day trip."),
            ("Ia anak ketiga.", "He is the 3rd child."),
        ] {
            assert_eq!(found(id, en), None, "{id} | {en}");
        }
    }
}
