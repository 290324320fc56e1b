//! Figures that only words give: `ratusan` (hundreds), `ketiga` (third), `dua` (two). One that is gone while another came
//! in its place has changed.
//!
//! Place in the data way: inside `figures`.
//! It must never ask for such a word: good English has many others for it.

use super::super::words::{self, Pair, Word};
use super::figure::{Figure, Value};
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

pub(super) fn changed(pair: &Pair<'_>, id: &[Figure], en: &[Figure]) -> Option<String> {
    magnitude(pair).or_else(|| ordinal(pair, id, en)).or_else(|| one_or_two(pair, id, en))
}

fn magnitude(pair: &Pair<'_>) -> Option<String> {
    let lower = |at: usize| words::lower(&pair.id_words, at);
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

/// What has a rank, so that its `first` and `second` are asked for as well.
const RANKED: &[&str] =
    &["peringkat", "posisi", "urutan", "juara", "tempat", "gol", "anak", "babak", "putaran", "kuartal", "triwulan"];

/// Elsewhere from the third on: `kedua` is *both*, and *second* a unit of time.
fn ordinal(pair: &Pair<'_>, id: &[Figure], en: &[Figure]) -> Option<String> {
    let lower = |at: usize| words::lower(&pair.id_words, at);
    let rank = |at: usize| match lower(at) {
        "pertama" => Some(1.0),
        word => number::indonesian::small(word.strip_prefix("ke")?),
    };
    let is_ranked = |at: usize| at > 0 && RANKED.contains(&lower(at - 1));
    let is_asked = |at: &usize| rank(*at).is_some_and(|n| (n >= 3.0 || is_ranked(*at)) && !stands(n, en));
    let lost = (0..pair.id_words.len()).find(is_asked)?;
    let least = if is_ranked(lost) { 1.0 } else { 3.0 };
    let other = |word: &Word<'_>| number::english::ordinal(&word.lower).filter(|n| *n >= least);
    let came = pair.en_words.iter().find(|word| other(word).is_some_and(|value| !stands(value, id)))?;
    Some(became(pair.id_words.get(lost)?.text, came.text))
}

/// One that became two, or two that became one: neither is asked for by itself.
fn one_or_two(pair: &Pair<'_>, id: &[Figure], en: &[Figure]) -> Option<String> {
    const COUNTED: &[&str] = &[
        "orang",
        "warga",
        "korban",
        "tersangka",
        "pelaku",
        "anak",
        "siswa",
        "polisi",
        "prajurit",
        "tahun",
        "bulan",
        "hari",
        "pekan",
        "minggu",
        "jam",
        "unit",
        "rumah",
        "mobil",
        "kapal",
        "gol",
        "kali",
        "desa",
        "di",
    ];
    let (own, other) = (&pair.id_words, &pair.en_words);
    let is_counted = |at: usize| COUNTED.contains(&words::lower(own, at + 1));
    let counts = |name: &str, digit: &str| {
        (0..own.len()).find(|at| [name, digit].contains(&words::lower(own, *at)) && is_counted(*at))
    };
    let plain = |at: &usize| {
        let before = at.checked_sub(1).map_or("", |at| words::lower(other, at));
        !matches!(before, "no" | "the" | "this" | "that" | "which" | "every" | "any" | "each" | "another")
            && !matches!(words::lower(other, at + 1), "another" | "of" | "day" | "by")
    };
    if let Some(lost) = counts("dua", "2").filter(|_| !stands(2.0, en) && !stands(1.0, id)) {
        let came = (0..other.len()).filter(|at| matches!(words::lower(other, *at), "one" | "1")).find(plain)?;
        return Some(became(own.get(lost)?.text, other.get(came)?.text));
    }
    let is_one = |at: &usize| words::lower(own, at.saturating_sub(1)) != "salah";
    let lost = counts("satu", "1").or_else(|| counts("seorang", "seorang")).filter(is_one)?;
    let says_one = |word: &Word<'_>| {
        matches!(word.lower.as_str(), "one" | "1" | "single" | "sole" | "only" | "once" | "first" | "another" | "same")
    };
    let is_lost = !stands(2.0, id) && !other.iter().any(says_one);
    let came = other.iter().find(|word| is_lost && matches!(word.lower.as_str(), "two" | "2"))?;
    Some(became(own.get(lost)?.text, came.text))
}

fn stands(value: f64, figures: &[Figure]) -> bool {
    let is_it = |meant: &Value| matches!(meant, Value::Number(number) if number::same(*number, value));
    figures.iter().any(|figure| figure.values.iter().any(is_it))
}

fn became(lost: &str, came: &str) -> String {
    format!("\"{lost}\" became \"{came}\".")
}

#[cfg(test)]
mod tests {
    use super::super::{english, indonesian};
    use super::*;

    fn found(id: &str, en: &str) -> Option<String> {
        changed(&Pair::new(id, en), &indonesian::read(id), &english::read(en))
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
            ("Timnas di peringkat ketiga.", "The national team is in first place."),
            ("Gol ketiga dicetak Ole.", "Ole scored the second goal."),
            ("Dua orang tewas.", "One person was killed."),
            ("Satu orang tewas.", "Two people were killed."),
            ("1 orang tewas di pasar.", "Two people died at a market."),
            ("Ia divonis satu tahun penjara.", "He was sentenced to two years in prison."),
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
            ("Dua orang itu pergi.", "They both left, one of them by car."),
            ("Dua orang ditangkap.", "The pair were arrested; no one was hurt."),
            ("Satu orang tewas.", "A man died."),
            ("Salah satu orang itu pergi.", "One of the two left."),
            ("Seorang polisi tewas.", "A single policeman died; two were hurt."),
        ] {
            assert_eq!(found(id, en), None, "{id} | {en}");
        }
    }
}
