//! Months and weekdays: a date must not move.
//!
//! Place in the data way: inside `figures`.
//! It must never take `minggu` (week) for Sunday or `may` (to be allowed) for a month.

use std::sync::LazyLock;

use regex::{Match, Regex};

use super::super::words::{Pair, Word};
use crate::model::pattern::pattern;

const MONTHS: [(&[&str], &[&str]); 12] = [
    (&["januari", "jan"], &["January", "Jan"]),
    (&["februari", "pebruari", "feb"], &["February", "Feb"]),
    (&["maret"], &["March", "Mar"]),
    (&["april"], &["April", "Apr"]),
    (&["mei"], &["May"]),
    (&["juni", "jun"], &["June", "Jun"]),
    (&["juli", "jul"], &["July", "Jul"]),
    (&["agustus", "agt", "agu"], &["August", "Aug"]),
    (&["september", "sept", "sep"], &["September", "Sept", "Sep"]),
    (&["oktober", "okt"], &["October", "Oct"]),
    (&["november", "nopember", "nov"], &["November", "Nov"]),
    (&["desember", "des"], &["December", "Dec"]),
];

const DAYS: [(&[&str], &str); 7] = [
    (&["senin"], "Monday"),
    (&["selasa"], "Tuesday"),
    (&["rabu"], "Wednesday"),
    (&["kamis"], "Thursday"),
    (&["jumat", "jum'at"], "Friday"),
    (&["sabtu"], "Saturday"),
    (&["minggu", "ahad"], "Sunday"),
];

/// The month's number, for a word in lower case.
pub(super) fn month_of_indonesian(word: &str) -> Option<u32> {
    (1..).zip(&MONTHS).find(|(_, (names, _))| names.contains(&word)).map(|(n, _)| n)
}

/// The month's number, for a word as written.
pub(super) fn month_of_english(word: &str) -> Option<u32> {
    (1..).zip(&MONTHS).find(|(_, (_, names))| names.contains(&word)).map(|(n, _)| n)
}

/// Whether a word is the name of a month in either language.
pub(super) fn is_month(word: &str) -> bool {
    month_of_english(word).or_else(|| month_of_indonesian(&word.to_lowercase())).is_some()
}

/// Whether a text has a date in digits: `(3/11)`, `5/6/2025`, `2025-06-05`, `5.6.2025`.
pub(super) fn has_numbered(text: &str) -> bool {
    static ANY: LazyLock<Regex> = LazyLock::new(|| pattern(r"\b\d{1,4}([/.-])\d{1,2}(?:[/.-]\d{2,4})?\b"));
    ANY.is_match(text)
}

/// `5/6/2025` or `(3/11)`: day before month.
static NUMBERED: LazyLock<Regex> = LazyLock::new(|| pattern(r"\b(\d{1,2})/(\d{1,2})(?:/\d{2,4}\b|\))"));

/// `May 6` or `6 May`.
static NAMED: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"\b(?:([A-Z][a-z]{2,8})\.? (\d{1,2})\b|(\d{1,2}) ([A-Z][a-z]{2,8})\b)"));

/// A date of which the answer took the day for the month.
pub(super) fn swapped(pair: &Pair<'_>) -> Option<String> {
    let number = |text: Option<Match<'_>>| text?.as_str().parse::<u32>().ok();
    let name = |text: Option<Match<'_>>| month_of_english(text?.as_str());
    let named: Vec<(u32, u32)> = NAMED
        .captures_iter(pair.en)
        .filter_map(|date| {
            let day = number(date.get(2)).or_else(|| number(date.get(3)))?;
            Some((day, name(date.get(1)).or_else(|| name(date.get(4)))?))
        })
        .collect();
    NUMBERED.captures_iter(pair.id).find_map(|date| {
        let (day, month) = (number(date.get(1))?, number(date.get(2))?);
        let is_swapped = day != month && named.contains(&(month, day)) && !named.contains(&(day, month));
        let text = date.get(0)?.as_str().trim_end_matches(')');
        let meant = MONTHS.get(usize::try_from(month).ok()?.checked_sub(1)?)?.1.first()?;
        is_swapped.then(|| format!("The date \"{text}\" is {meant} {day}: the day stands before the month."))
    })
}

/// What is wrong with the dates of the answer: a month or weekday of the source is missing while another one stands in
/// its place.
pub(super) fn changed(pair: &Pair<'_>) -> Option<String> {
    // `30 Agustus-1 September`: the words of a range touch.
    let parts = |words: &[Word<'_>], of: &dyn Fn(&str) -> Option<u32>| {
        words.iter().flat_map(|word| word.text.split('-')).filter_map(of).collect::<Vec<_>>()
    };
    let id = parts(&pair.id_words, &|word| {
        month_of_indonesian(&word.to_lowercase()).filter(|_| word.starts_with(char::is_uppercase))
    });
    let en = parts(&pair.en_words, &month_of_english);
    let month = |n: u32| MONTHS.get(n as usize - 1).and_then(|(_, en)| en.first().copied());
    if let Some(detail) = moved("month", &id, &en, month) {
        return Some(detail);
    }
    let day = |word: &Word<'_>| {
        let bare = word.lower.trim_end_matches("'s").trim_end_matches('s');
        position(|(_, en)| en.eq_ignore_ascii_case(bare))
    };
    let en: Vec<_> = pair.en_words.iter().filter_map(day).collect();
    let id = indonesian_days(&pair.id_words, &en);
    moved("weekday", &id, &en, |n| DAYS.get(n as usize).map(|(_, en)| *en))
}

fn moved<'n>(what: &str, id: &[u32], en: &[u32], name: impl Fn(u32) -> Option<&'n str>) -> Option<String> {
    let missing = id.iter().find(|n| !en.contains(n))?;
    let other = en.iter().find(|n| !id.contains(n))?;
    Some(format!("The {what} {} became {}.", name(*missing)?, name(*other)?))
}

/// `Minggu` is Sunday only where it is written as a name inside a sentence or stands after `hari`. `malam Minggu` is the
/// night before Sunday: where the English says Saturday, that is meant.
fn indonesian_days(words: &[Word<'_>], english: &[u32]) -> Vec<u32> {
    let mut found = Vec::new();
    let mut before = "";
    for word in words {
        let day = position(|(names, _)| names.contains(&word.lower.as_str()));
        let is_sure = word.lower != "minggu" || before == "hari" || word.is_capitalised() && !before.is_empty();
        let eve = day.map(|day| (day + 6) % 7).filter(|eve| before == "malam" && english.contains(eve));
        found.extend(eve.or(day).filter(|_| is_sure && word.is_capitalised()));
        before = &word.lower;
    }
    found
}

fn position(is_day: impl Fn(&(&[&str], &str)) -> bool) -> Option<u32> {
    DAYS.iter().position(is_day).and_then(|at| u32::try_from(at).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_night_before_a_day_may_be_named_by_either() {
        let moves = |id, en| changed(&Pair::new(id, en));
        assert_eq!(moves("Mereka berkumpul pada malam Minggu.", "They gathered on Saturday night."), None);
        assert_eq!(moves("Pengajian setiap malam Jumat.", "A recitation every Thursday night."), None);
        assert_eq!(
            moves("Ia tiba pada Jumat malam.", "He arrived on Thursday night.").as_deref(),
            Some("The weekday Friday became Thursday.")
        );
    }

    #[test]
    fn a_range_of_dates_has_both_months() {
        let moves = |id, en| changed(&Pair::new(id, en));
        assert_eq!(moves("Pameran 30 Agustus-1 September.", "The exhibition runs August 30-September 1."), None);
        assert_eq!(moves("Operasi 26 Juli-8 Agustus.", "The operation runs July 26-Aug. 8."), None);
        assert!(moves("Pameran 30 Agustus-1 September.", "The exhibition runs July 30-September 1.").is_some());
    }

    #[test]
    fn a_day_that_became_the_month_is_found() {
        let found = |id, en| swapped(&Pair::new(id, en));
        assert_eq!(
            found("Korban ditemukan Kamis (5/6/2025).", "The victim was found on Thursday (May 6, 2025).").as_deref(),
            Some("The date \"5/6/2025\" is June 5: the day stands before the month.")
        );
        assert!(found("Ia ditangkap Senin (3/11).", "He was arrested on Monday (11 March).").is_some());
        assert_eq!(found("Ia ditangkap Senin (3/11).", "He was arrested on Monday (Nov. 3)."), None);
        assert_eq!(found("Rapat 4/5/2025 dan 5/4/2025.", "Meetings on May 4 and April 5, 2025."), None);
    }
}
