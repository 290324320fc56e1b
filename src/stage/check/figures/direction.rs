//! Directions: what rose must not fall, and what is below zero must not be above it.
//!
//! Place in the data way: inside `figures`.
//! It must never ask for a direction: `fluctuated` may stand for `naik turun`, and a rise of one thing is told as the
//! fall of another. Only an answer that knows nothing but the opposite has turned it.

use std::sync::LazyLock;

use regex::Regex;

use super::super::words::{Pair, Word, lower};
use crate::model::pattern::pattern;

/// One direction, its words apart by spaces: Indonesian words for it, those that mean it only before a figure (`naik bus` is a ride, `turun ke
/// jalan` a protest), English words for it by their beginnings, and the English words that say it beyond doubt.
struct Direction {
    id: &'static str,
    counted: &'static str,
    en: &'static str,
    plain: &'static str,
}

static UP: Direction = Direction {
    id: "meningkat menguat melonjak melesat meroket kenaikan peningkatan penguatan lonjakan",
    counted: "naik",
    en: "ris rose increas up climb gain grow grew high surg soar jump strength strong advanc add more rall \
          boost hike spik rais improv acceler expan escal heighten intensif rocket skyrocket appreciat firm \
          enhanc great better swell doubl tripl over above top mount build buil larg level upgrad lift worse \
          deteriorat",
    plain: "rose rises rising increased increases increase climbed surged soared jumped strengthened gained \
          skyrocketed",
};

static DOWN: Direction = Direction {
    id: "menurun melemah anjlok merosot penurunan pelemahan ambles berkurang",
    counted: "turun",
    en: "fall fell drop declin decreas down low los shed slip weak slump plung tumbl shr dip eas slid less \
          sink sank cut reduc diminish fewer crash plummet slow dwindl deteriorat worse contract minus collaps \
          retreat depreciat soft under below from trim wan fad deflat discount off erod erosion nosed short \
          subsid abat reced lag away impair poor degrad limit",
    plain: "fell falls falling fallen dropped drops declined declines decreased decreases plunged plummeted \
          slumped tumbled weakened",
};

/// What stands between `naik` and its figure.
const TO_FIGURE: &str = "menjadi sebesar hingga sekitar sebanyak tipis tajam drastis jadi rp";

/// What became its opposite.
pub(super) fn turned(pair: &Pair<'_>) -> Option<String> {
    one_way(pair, &UP, &DOWN).or_else(|| one_way(pair, &DOWN, &UP)).or_else(|| sign(pair))
}

fn one_way(pair: &Pair<'_>, given: &Direction, other: &Direction) -> Option<String> {
    let words = &pair.id_words;
    let says = |direction: &Direction, at: usize| direction.is_it(words, at);
    let at = (0..words.len()).find(|at| says(given, *at))?;
    let both = words.iter().any(|word| word.lower == other.counted || holds(other.id, &word.lower));
    let begins = |word: &Word<'_>, heads: &str| heads.split(' ').any(|head| word.lower.starts_with(head));
    if both || pair.en_words.iter().any(|word| begins(word, given.en)) {
        return None;
    }
    let came = pair.en_words.iter().find(|word| holds(other.plain, &word.lower))?;
    Some(format!("\"{}\" became \"{}\".", words.get(at)?.text, came.text))
}

fn holds(list: &str, word: &str) -> bool {
    list.split(' ').any(|own| own == word)
}

impl Direction {
    fn is_it(&self, words: &[Word<'_>], at: usize) -> bool {
        let lower = |at: usize| lower(words, at);
        let is_figure = |lower: &str| lower.starts_with(|c: char| c.is_ascii_digit()) || lower.starts_with("rp");
        // `tidak naik` fell, perhaps.
        let is_denied = at > 0 && matches!(lower(at - 1), "tidak" | "tak" | "belum" | "bukan" | "tanpa" | "jangan");
        let is_counted = || {
            let next = lower(at + 1);
            is_figure(next) || holds(TO_FIGURE, next) && (is_figure(lower(at + 2)) || is_figure(lower(at + 3)))
        };
        !is_denied && (holds(self.id, lower(at)) || lower(at) == self.counted && is_counted())
    }
}

static MINUS: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"(?i)\b(?:minus|negatif)\s+\d[\d.,]*|(?:^|[\s(])[-−]\d[\d.,]*\s?(?:persen|%)"));

/// English that says of a figure that it is below zero, by beginnings of words.
static BELOW_ZERO: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)(?:^|[^\w])[-−–]\s?[$€£]?\d|\b(?:minus|negativ|below|sub-?zero|contract|shr[aiu]nk|f[ae]ll|drop|declin|decreas|deficit|los[st]|lower|less|down|slump|plung|deflat|slid|short|near-?sight|myop|behind|deduct|reduc|weak|dip)",
    )
});

fn sign(pair: &Pair<'_>) -> Option<String> {
    // `2,5% -3%` is a range.
    let is_range = |at: usize| {
        let before = pair.id.get(..at).unwrap_or_default().trim_end();
        before.ends_with("persen") || before.ends_with(|c: char| c == '%' || c.is_ascii_digit())
    };
    let given = MINUS.find_iter(pair.id).find(|found| !is_range(found.start()))?.as_str().trim_start();
    let is_kept = BELOW_ZERO.is_match(pair.en);
    (!is_kept).then(|| format!("\"{given}\" is not below zero in the answer."))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(id: &str, en: &str) -> Option<String> {
        turned(&Pair::new(id, en))
    }

    #[test]
    fn a_direction_that_was_turned_is_found() {
        for (id, en) in [
            ("Inflasi naik menjadi 3,2 persen.", "Inflation fell to 3.2 percent."),
            ("Harga beras naik Rp 500.", "Rice prices dropped by Rp 500."),
            ("IHSG menguat 1,2 persen.", "The index weakened by 1.2 percent."),
            ("Ekspor meningkat pada Maret.", "Exports declined in March."),
            ("Ekspor turun 5 persen.", "Exports rose 5 percent."),
            ("Rupiah melemah ke Rp 16.500.", "The rupiah strengthened to Rp 16,500."),
            ("Angka kemiskinan turun menjadi 9 persen.", "The poverty rate increased to 9 percent."),
            ("Ekonomi tumbuh minus 2,1 persen.", "The economy grew by 2.1 percent."),
            ("Suhu mencapai minus 5 derajat.", "The temperature reached 5 degrees."),
            ("Pertumbuhan tercatat -0,7 persen.", "Growth stood at 0.7 percent."),
        ] {
            assert!(found(id, en).is_some(), "{id} | {en}");
        }
        assert_eq!(found("Ekspor turun 5 persen.", "Exports rose 5%.").as_deref(), Some("\"turun\" became \"rose\"."));
    }

    #[test]
    fn a_direction_in_other_words_passes() {
        for (id, en) in [
            ("Inflasi naik menjadi 3,2 persen.", "Inflation accelerated to 3.2 percent."),
            ("Rupiah menguat, dolar turun.", "The dollar fell against the rupiah."),
            ("Warga naik bus yang jatuh ke jurang.", "Residents were on a bus that fell into a ravine."),
            ("Mahasiswa turun ke jalan.", "Students protested as prices rose."),
            ("Harga tidak naik.", "Prices fell."),
            ("Ekonomi tumbuh minus 2,1 persen.", "The economy contracted by 2.1 percent."),
            ("Suhu mencapai minus 5 derajat.", "It was five degrees below zero."),
            ("Inflasi di kisaran 2,5 persen -3 persen.", "Inflation of 2.5 to 3 percent."),
            ("Pertandingan pada 2024-2025 dan 3-1.", "The 2024-2025 match and 3-1."),
        ] {
            assert_eq!(found(id, en), None, "{id} | {en}");
        }
    }
}
