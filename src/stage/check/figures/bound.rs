//! Bounds: what is more than a figure, or at least that, must not become less than it, nor the other way round.
//!
//! Place in the data way: inside `figures`.
//! It must never ask for a bound: `some 500 people` may stand for `lebih dari 500 orang`.

use std::sync::LazyLock;

use regex::Regex;

use super::super::words::Pair;
use crate::model::pattern::pattern;

/// One side of a figure: what the Indonesian says before it, what English may say of it, and what it must not say
/// before any figure unless it says the right thing as well.
struct Bound {
    id: Regex,
    right: Regex,
    wrong: Regex,
}

/// The beginning of a figure in each language, with its currency.
const FIGURE_ID: &str = r"\s+(?:rp\.?\s?|us\$\s?|\$\s?)?(?:\d(?:[\d.,]*\d)?|se(?:puluh|belas|ratus|ribu|juta|tengah|pertiga)|(?:dua|tiga|empat|lima|enam|tujuh|delapan|sembilan)\b)";
const FIGURE_EN: &str = r"\s+(?:rp\.?\s?|us\$\s?|\$\s?)?(?:\d(?:[\d.,]*\d)?|an? (?:hundred|thousand|million|dozen|third|quarter)\b|half\b|(?:two|three|four|five|six|seven|eight|nine|ten|twenty|thirty|forty|fifty)\b)";

static BOUNDS: LazyLock<[Bound; 2]> = LazyLock::new(|| {
    [
        (
            "lebih dari|di atas|melebihi|melampaui|setidaknya|sedikitnya|minimal|paling sedikit|sekurang-kurangnya",
            "more|over|above|exceed|surpass|beyond|least|no less|no fewer|minimum|upwards?|plus|higher|older|longer|topp",
            "less than|fewer than|under|below|nearly|almost|close to|just short of|at most|no more than",
        ),
        (
            "kurang dari|di bawah|hampir|nyaris|mendekati|maksimal|paling banyak|paling lama|(?:tidak|tak) (?:lebih dari|sampai)",
            "less|fewer|under|below|near|almost|close|approach|short|shy|most|up to|max|no more|no longer|not more|not exceed|within|limit|about|around|roughly|barely|not even",
            "more than|over|above|exceeding|in excess of|at least|upwards of",
        ),
    ]
    .map(|(id, right, wrong)| Bound {
        id: pattern(&format!(r"(?i)\b(?:{id}){FIGURE_ID}")),
        right: pattern(&format!(r"(?i)\b(?:{right})")),
        wrong: pattern(&format!(r"(?i)\b(?:{wrong}){FIGURE_EN}")),
    })
});

/// A bound that became its opposite.
pub(super) fn turned(pair: &Pair<'_>) -> Option<String> {
    let mut bounds = BOUNDS.iter().filter_map(|bound| Some((bound, bound.given(pair.id)?)));
    // Where the source has bounds of both kinds, either may be left out.
    let ((bound, given), None) = (bounds.next()?, bounds.next()) else { return None };
    let after = |at: usize| pair.en.get(at..).unwrap_or_default();
    let came = bound.wrong.find_iter(pair.en).find(|found| !is_span(found.as_str(), after(found.end())))?;
    let is_turned = !bound.right.is_match(pair.en);
    is_turned.then(|| format!("\"{given}\" became \"{}\".", came.as_str()))
}

impl Bound {
    fn given<'a>(&self, id: &'a str) -> Option<&'a str> {
        let before = |at: usize| id.get(..at).unwrap_or_default();
        self.id.find_iter(id).find(|found| !is_denied(before(found.start()))).map(|found| found.as_str())
    }
}

/// `tidak lebih dari` and `bukan di bawah` say the opposite.
fn is_denied(before: &str) -> bool {
    matches!(before.split_whitespace().next_back().map(str::to_lowercase).as_deref(), Some("tidak" | "tak" | "bukan"))
}

/// `over 3 years` tells how long something took.
fn is_span(bound: &str, rest: &str) -> bool {
    const SPANS: &[&str] = &["year", "month", "week", "day", "hour", "minute", "decade", "season", "leg", "round"];
    let near = rest.split(|c: char| !c.is_alphabetic()).filter(|word| !word.is_empty()).take(2);
    bound.to_lowercase().starts_with("over")
        && near.into_iter().any(|word| SPANS.iter().any(|span| word.to_lowercase().starts_with(span)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(id: &str, en: &str) -> Option<String> {
        turned(&Pair::new(id, en))
    }

    #[test]
    fn a_bound_that_became_its_opposite_is_found() {
        for (id, en) in [
            ("Lebih dari 500 orang tewas.", "Fewer than 500 people died."),
            ("Kerugian di atas Rp 5 miliar.", "Losses of nearly Rp 5 billion."),
            ("Sedikitnya 12 orang tewas.", "At most 12 people died."),
            ("Hampir 500 orang tewas.", "More than 500 people died."),
            ("Kurang dari sepuluh orang hadir.", "At least ten people attended."),
            ("Hukuman maksimal 5 tahun.", "A sentence of more than 5 years."),
            ("Tidak lebih dari 30 orang boleh masuk.", "More than 30 people may enter."),
        ] {
            assert!(found(id, en).is_some(), "{id} | {en}");
        }
        assert_eq!(
            found("Lebih dari 500 orang tewas.", "Under 500 died.").as_deref(),
            Some("\"Lebih dari 500\" became \"Under 500\".")
        );
    }

    #[test]
    fn a_bound_in_other_words_passes() {
        for (id, en) in [
            ("Lebih dari 500 orang tewas.", "Some 500 people died."),
            ("Lebih dari 500 orang tewas dalam usia di bawah 5 tahun.", "Over 500 died under 5 years of age."),
            ("Hampir 500 orang tewas selama 3 tahun.", "Some 500 people died over 3 years."),
            ("Hampir 500 orang tewas.", "Close to 500 people died, more than 30 of them children."),
            ("Tidak lebih dari 30 orang boleh masuk.", "No more than 30 people may enter."),
            ("Sedikitnya 12 orang tewas dan hampir 300 luka.", "12 people died and nearly 300 were injured."),
            ("Sedikitnya 20 orang, termasuk anak di bawah 5 tahun, tewas.", "20 people died, some under 5."),
            ("Minimal 10 tahun penjara.", "A minimum of 10 years in prison."),
            ("Ia tinggal di bawah dua jembatan.", "He lives under two bridges."),
        ] {
            assert_eq!(found(id, en), None, "{id} | {en}");
        }
    }
}
