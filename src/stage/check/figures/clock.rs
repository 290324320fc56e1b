//! Clock times: the half of the day and the time zone must stay.
//!
//! Place in the data way: inside `figures`, which compares hours and minutes alone.
//! It must never judge a time of which one side leaves the half of the day open.

use std::sync::LazyLock;

use regex::{Captures, Regex};

use super::super::words::Pair;

static INDONESIAN: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"(?ix)\b(?:pukul|jam)\s+(\d{1,2})(?:[.:](\d\d))?\b(?:\s+(?:wib|wita|wit)\b)?
          (?:\s+(dini\shari|pagi|sore|petang|malam)\b)?",
    )
    .ok()
});

static ENGLISH: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"(?i)\b(\d{1,2})(?:[:.](\d\d))?\s?([ap])\.?\s?m\b").ok());

/// The zones of Indonesia, with what English calls them.
static ZONES: LazyLock<Vec<(&str, Regex)>> = LazyLock::new(|| {
    [
        ("WIB", r"(?i)\bWIB\b|\bwestern indonesian?\b|\bJakarta time\b|\b(GMT|UTC)\s?\+\s?7\b"),
        ("WITA", r"(?i)\bWITA\b|\bcentral indonesian?\b|\b(GMT|UTC)\s?\+\s?8\b"),
        ("WIT", r"(?i)\bWIT\b|\beastern indonesian?\b|\b(GMT|UTC)\s?\+\s?9\b"),
    ]
    .into_iter()
    .filter_map(|(name, en)| Some((name, Regex::new(en).ok()?)))
    .collect()
});

/// What is wrong with the clock times of the answer.
pub(super) fn changed(pair: &Pair<'_>) -> Option<String> {
    half(pair).or_else(|| zone(pair))
}

/// Hour and minute of a match, from its first two groups.
fn hour_and_minute(time: &Captures<'_>) -> Option<(u32, u32)> {
    let minute = time.get(2).map_or(Some(0), |minute| minute.as_str().parse().ok())?;
    Some((time.get(1)?.as_str().parse().ok()?, minute))
}

fn half(pair: &Pair<'_>) -> Option<String> {
    let answered: Vec<(u32, u32, bool)> = ENGLISH
        .as_ref()?
        .captures_iter(pair.en)
        .filter_map(|time| {
            let (hour, minute) = hour_and_minute(&time)?;
            Some((hour % 12, minute, time.get(3)?.as_str().eq_ignore_ascii_case("p")))
        })
        .collect();
    INDONESIAN.as_ref()?.captures_iter(pair.id).find_map(|time| {
        let (hour, minute) = hour_and_minute(&time)?;
        let is_afternoon = is_afternoon(hour, time.get(3).map_or("", |part| part.as_str()))?;
        let mut same = answered.iter().filter(|own| (own.0, own.1) == (hour % 12, minute)).peekable();
        let is_moved = same.peek().is_some() && same.all(|own| own.2 != is_afternoon);
        let half = if is_afternoon { "p.m." } else { "a.m." };
        is_moved.then(|| format!("The time \"{}\" is {half}", time.get(0).map_or("", |time| time.as_str())))
    })
}

/// Whether a time is after noon; `None` where hour and part of the day leave it open.
fn is_afternoon(hour: u32, part: &str) -> Option<bool> {
    match (hour, part.to_lowercase().as_str()) {
        (0 | 24, _) | (1..=11, "dini hari" | "pagi") => Some(false),
        (13..=23, _) | (1..=11, "sore" | "petang") | (6..=11, "malam") => Some(true),
        _ => None,
    }
}

fn zone(pair: &Pair<'_>) -> Option<String> {
    let asked = |name: &str| pair.id_words.iter().any(|word| word.lower.eq_ignore_ascii_case(name));
    let lost = ZONES.iter().find(|(name, en)| asked(name) && !en.is_match(pair.en))?;
    let came = ZONES.iter().find(|(name, en)| !asked(name) && en.is_match(pair.en))?;
    Some(format!("The time zone {} became {}.", lost.0, came.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(id: &str, en: &str) -> bool {
        changed(&Pair::new(id, en)).is_some()
    }

    #[test]
    fn a_time_in_the_other_half_of_the_day_or_in_another_zone_is_found() {
        assert_eq!(ZONES.len(), 3);
        for (id, en) in [
            ("pukul 02.00 WIB dini hari", "at 2 p.m. Western Indonesian Time"),
            ("pukul 14.00 WIB", "at 2 a.m. WIB"),
            ("pukul 15.30 WIT", "at 3:30 a.m. WIT"),
            ("pukul 15.30 WIT", "at 15:30 WIB"),
            ("pukul 08.15 WITA", "at 8:15 a.m. Western Indonesia Time"),
            ("jam 7 malam", "at 7 a.m."),
        ] {
            assert!(found(id, en), "{id} | {en}");
        }
    }

    #[test]
    fn the_same_time_passes_in_every_spelling() {
        for (id, en) in [
            ("pukul 14.00 WIB", "at 2 p.m. Jakarta time"),
            ("pukul 00.30", "at 12:30 a.m."),
            ("jam 12 malam", "at 12 a.m."),
            ("jam 11 siang", "at 11 a.m."),
            ("jam 2 malam", "at 2 a.m."),
            ("pukul 08.00 pagi hingga 03.00 sore", "from 8 a.m. to 3 p.m."),
            ("pukul 02.00 dan 14.00 WIB", "at 2 a.m. and 2 p.m."),
        ] {
            assert!(!found(id, en), "{id} | {en}");
        }
    }
}
