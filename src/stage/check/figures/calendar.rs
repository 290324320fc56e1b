//! Months and weekdays: a date must not move.
//!
//! Place in the data way: inside `figures`.
//! It must never take `minggu` (week) for Sunday or `may` (to be allowed) for a month.

use super::super::words::{Pair, Word};

const MONTHS: [(&[&str], &[&str]); 12] = [
    (&["januari", "jan"], &["January", "Jan"]),
    (&["februari", "pebruari", "feb"], &["February", "Feb"]),
    (&["maret"], &["March"]),
    (&["april"], &["April", "Apr"]),
    (&["mei"], &["May"]),
    (&["juni"], &["June"]),
    (&["juli"], &["July"]),
    (&["agustus", "agt", "agu"], &["August", "Aug"]),
    (&["september", "sept", "sep"], &["September", "Sept", "Sep"]),
    (&["oktober", "okt"], &["October", "Oct"]),
    (&["november", "nopember", "nov"], &["November", "Nov"]),
    (&["desember", "des"], &["December", "Dec"]),
];

const DAYS: [(&[&str], &str); 7] = [
    (&["senin"], "monday"),
    (&["selasa"], "tuesday"),
    (&["rabu"], "wednesday"),
    (&["kamis"], "thursday"),
    (&["jumat", "jum'at"], "friday"),
    (&["sabtu"], "saturday"),
    (&["minggu", "ahad"], "sunday"),
];

/// The month's number, for a word in lower case.
pub(super) fn month_of_indonesian(word: &str) -> Option<u32> {
    (1..).zip(&MONTHS).find(|(_, (names, _))| names.contains(&word)).map(|(n, _)| n)
}

/// The month's number, for a word as written.
pub(super) fn month_of_english(word: &str) -> Option<u32> {
    (1..).zip(&MONTHS).find(|(_, (_, names))| names.contains(&word)).map(|(n, _)| n)
}

/// What is wrong with the dates of the answer: a month or weekday of the source is missing while another one stands in
/// its place.
pub(super) fn changed(pair: &Pair<'_>) -> Option<String> {
    let dates =
        |words: &[Word<'_>], of: &dyn Fn(&Word<'_>) -> Option<u32>| words.iter().filter_map(of).collect::<Vec<_>>();
    let id = dates(&pair.id_words, &|word| month_of_indonesian(&word.lower).filter(|_| word.is_capitalised()));
    let en = dates(&pair.en_words, &|word| month_of_english(word.text));
    let month = |n: u32| MONTHS.get(n as usize - 1).and_then(|(_, en)| en.first().copied());
    if let Some(detail) = moved("month", &id, &en, month) {
        return Some(detail);
    }
    let id = indonesian_days(&pair.id_words);
    let en = dates(&pair.en_words, &|word| {
        position(|(_, en)| word.lower.trim_end_matches("'s").trim_end_matches('s') == *en)
    });
    moved("weekday", &id, &en, |n| DAYS.get(n as usize).map(|(_, en)| *en))
}

fn moved<'n>(what: &str, id: &[u32], en: &[u32], name: impl Fn(u32) -> Option<&'n str>) -> Option<String> {
    let missing = id.iter().find(|n| !en.contains(n))?;
    let other = en.iter().find(|n| !id.contains(n))?;
    Some(format!("The {what} {} became {}.", name(*missing)?, name(*other)?))
}

/// `Minggu` is Sunday only where it is written as a name inside a sentence or stands after `hari`.
fn indonesian_days(words: &[Word<'_>]) -> Vec<u32> {
    let mut found = Vec::new();
    let mut before = "";
    for word in words {
        let day = position(|(names, _)| names.contains(&word.lower.as_str()));
        let is_sure = word.lower != "minggu" || before == "hari" || word.is_capitalised() && !before.is_empty();
        found.extend(day.filter(|_| is_sure && word.is_capitalised()));
        before = &word.lower;
    }
    found
}

fn position(is_day: impl Fn(&(&[&str], &str)) -> bool) -> Option<u32> {
    DAYS.iter().position(is_day).and_then(|at| u32::try_from(at).ok())
}
