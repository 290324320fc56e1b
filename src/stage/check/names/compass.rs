//! Points of the compass in names: `Korea Utara` is not South Korea.
//!
//! Place in the data way: inside `names`.
//! It must never ask for a point: only one that is gone while another came in its place was swapped.

use super::super::words::{Pair, Word};
use super::swapped;

/// A point: its Indonesian word, the short names of places that hold it, its English word.
type Point = (&'static str, &'static [&'static str], &'static str);

const POINTS: [Point; 6] = [
    ("Utara", &["Sumut", "Sulut", "Kaltara", "Jakut", "Malut", "Korut"], "North"),
    ("Selatan", &["Sumsel", "Sumbagsel", "Kalsel", "Sulsel", "Jaksel", "Tangsel", "Korsel", "Afsel"], "South"),
    ("Timur", &["Jatim", "Kaltim", "Jaktim", "NTT", "Timteng", "Haltim", "Flotim"], "East"),
    ("Tengah", &["Jateng", "Kalteng", "Sulteng", "Malteng"], "Central"),
    ("Pusat", &["Jakpus"], "Central"),
    ("Barat", &["Jabar", "Sumbar", "Kalbar", "Sulbar", "Jakbar", "NTB"], "West"),
];

/// What the points between two others are made of: `Tenggara` is Southeast.
const BETWEEN: [(&str, &[&str]); 3] = [("tenggara", &["South", "East"]), ("daya", &["South"]), ("laut", &["North"])];

/// What is wrong with the points of the answer.
pub(super) fn turned(pair: &Pair<'_>) -> Option<String> {
    let is_central_jakarta = pair.id.contains("Jakarta Pusat");
    let asked = |point: &Point| {
        // `Pusat` is the middle of Jakarta; elsewhere it is a centre.
        let is_point = |word: &Word<'_>| word.text == point.0 && (point.0 != "Pusat" || is_central_jakarta);
        let is_it = |word: &&Word<'_>| is_point(word) || point.1.contains(&word.text);
        pair.id_words.iter().find(is_it)
    };
    let answered = |point: &Point| {
        let english = point.2.to_lowercase();
        pair.en_words.iter().any(|word| word.lower.contains(&english) || point.1.contains(&word.text))
    };
    let came = |point: &Point| pair.en_words.iter().find(|word| word.text.starts_with(point.2));
    let explained = |point: &Point| {
        let own = point.0.to_lowercase();
        let is_between = |lower: &str| BETWEEN.iter().any(|(id, en)| *id == lower && en.contains(&point.2));
        asked(point).is_some() || pair.id_words.iter().any(|w| w.lower.contains(&own) || is_between(&w.lower))
    };
    let lost = POINTS.iter().filter(|point| !answered(point)).find_map(asked)?;
    let stranger = POINTS.iter().filter(|point| !explained(point)).find_map(came)?;
    Some(swapped(lost.text, stranger.text))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(id: &str, en: &str) -> bool {
        turned(&Pair::new(id, en)).is_some()
    }

    #[test]
    fn a_place_in_the_other_direction_is_found() {
        for (id, en) in [
            ("Korea Utara meluncurkan rudal.", "South Korea launched a missile."),
            ("Ia tinggal di Jakarta Timur.", "He lives in West Jakarta."),
            ("Banjir melanda Jawa Barat.", "Floods hit East Java."),
            ("Banjir melanda Jatim.", "Floods hit West Java."),
            ("Banjir melanda Jawa Tengah.", "Floods hit West Java."),
            ("Banjir melanda Jawa Barat.", "Floods hit Central Java."),
            ("Ia tinggal di Jakarta Pusat.", "He lives in West Jakarta."),
        ] {
            assert!(found(id, en), "{id} | {en}");
        }
    }

    #[test]
    fn the_same_point_passes_in_every_form() {
        for (id, en) in [
            ("Negara Barat mengecam Korea Utara.", "Western countries condemned North Korea."),
            ("Ia tinggal di Nusa Tenggara Barat.", "He lives in West Nusa Tenggara."),
            ("Negara Asia Tenggara di Barat.", "Southeast Asian nations in the west."),
            ("Banjir melanda Jatim.", "Floods hit East Java."),
            ("Pemerintah Pusat dan Jawa Barat sepakat.", "The central government and West Java agreed."),
            ("Bank Sentral di Jawa Barat.", "The Central Bank in West Java."),
            ("Konflik di Timur Tengah.", "Conflict in the Middle East."),
            ("Gubernur Jatim dan warga Sumut.", "The governor of East Java and people of North Sumatra."),
        ] {
            assert!(!found(id, en), "{id} | {en}");
        }
    }
}
