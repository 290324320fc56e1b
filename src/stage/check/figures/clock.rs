//! Clock times: the half of the day and the time zone must stay.
//!
//! Place in the data way: inside `figures`, which compares hours and minutes alone.
//! It must never judge a time of which one side leaves the half of the day open.

use std::sync::LazyLock;

use regex::{Captures, Regex};

use super::super::words::Pair;
use crate::model::pattern::pattern;
use crate::stage::number::indonesian::small;

static INDONESIAN: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?ix)(?:\b(?<told>pukul|jam)\s+)?\b(?:(?<hour>\d{1,2})(?:[.:](?<minute>\d\d))?
              |(?<word>satu|dua|tiga|empat|lima|enam|tujuh|delapan|sembilan|sepuluh|sebelas|dua\sbelas))\b
          (?:\s?[-–]\s?(?<hour2>\d{1,2})[.:](?<minute2>\d\d)\b)?
          (?:\s+(?<zone>wib|wita|wit)\b)?
          (?:\s+(?<part>dini\shari|pagi|siang|sore|petang|malam)\b)?",
    )
});

/// `2 p.m.`, `8 o'clock in the morning`, `08:00`, `noon`.
static ENGLISH: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?ix)\b(?<hour>\d{1,2})(?:[:.](?<minute>\d\d))?\s?
              (?:(?<half>[ap])\.?\s?m\b|(?:o.clock\s)?(?:in\sthe\s(?<part>morning|afternoon|evening)|at\s(?<night>night)))
          |\b(?<day>0\d|1[3-9]|2[0-3])[:.](?<past>\d\d)\b|\b(?<twelve>noon|midday|midnight)\b",
    )
});

/// The zones of Indonesia, with what English calls them.
static ZONES: LazyLock<[(&str, Regex); 3]> = LazyLock::new(|| {
    let named = r"\s+(?:standard\s+)?time\b";
    [
        ("WIB", format!(r"(?i)\bWIB\b|\bwestern indonesian?{named}|\bJakarta time\b|\b(GMT|UTC)\s?\+\s?7\b")),
        ("WITA", format!(r"(?i)\bWITA\b|\bcentral indonesian?{named}|\b(GMT|UTC)\s?\+\s?8\b")),
        ("WIT", format!(r"(?i)\bWIT\b|\beastern indonesian?{named}|\b(GMT|UTC)\s?\+\s?9\b")),
    ]
    .map(|(name, en)| (name, pattern(&en)))
});

/// What is wrong with the clock times of the answer.
pub(super) fn changed(pair: &Pair<'_>) -> Option<String> {
    half(pair).or_else(|| zone(pair))
}

/// A time on a clock of twelve hours, and whether it is after noon.
#[derive(PartialEq)]
struct Time {
    hour: u32,
    minute: u32,
    is_afternoon: bool,
}

fn half(pair: &Pair<'_>) -> Option<String> {
    let answered: Vec<Time> = ENGLISH.captures_iter(pair.en).filter_map(|time| english(&time)).collect();
    // `Sabtu malam pukul 08.00`: the part of the day may stand anywhere.
    let has_part =
        pair.id_words.iter().any(|word| matches!(word.lower.as_str(), "siang" | "sore" | "petang" | "malam"));
    INDONESIAN.captures_iter(pair.id).find_map(|found| {
        let own = indonesian(&found, has_part);
        let moved = own.into_iter().flatten().find(|own| {
            let mut same = answered.iter().filter(|time| (time.hour, time.minute) == (own.hour, own.minute)).peekable();
            same.peek().is_some() && same.all(|time| time != own)
        })?;
        let half = if moved.is_afternoon { "p.m." } else { "a.m." };
        let text = found.get(0).map_or("", |time| time.as_str());
        Some(format!("The time \"{text}\" is {half} at {}:{:02}", (moved.hour + 11) % 12 + 1, moved.minute))
    })
}

fn english(time: &Captures<'_>) -> Option<Time> {
    let part = |name: &str| time.name(name).map(|part| part.as_str().to_lowercase());
    let number = |name: &str| part(name).map_or(Some(0), |digits| digits.parse::<u32>().ok());
    if let Some(twelve) = part("twelve") {
        return Some(Time { hour: 0, minute: 0, is_afternoon: twelve != "midnight" });
    }
    if part("day").is_some() {
        let hour = number("day")?;
        return Some(Time { hour: hour % 12, minute: number("past")?, is_afternoon: hour >= 12 });
    }
    let is_afternoon = part("half").is_some_and(|half| half == "p")
        || part("part").is_some_and(|part| part != "morning")
        || part("night").is_some() && number("hour")? > 5;
    Some(Time { hour: number("hour")? % 12, minute: number("minute")?, is_afternoon })
}

/// The time of a match, and the end of its range; none where the half of the day is open.
fn indonesian(found: &Captures<'_>, has_part: bool) -> [Option<Time>; 2] {
    let part = |name: &str| found.name(name).map(|part| part.as_str().to_lowercase());
    let is_time = part("told").is_some() || part("zone").is_some() && part("minute").is_some();
    let of_day = part("part").unwrap_or_default();
    let time = |hour: Option<String>, minute: Option<String>, of_day: &str| {
        let hour = hour.filter(|_| is_time)?;
        // `09.00`, `10.30 WIB`: a clock of 24 hours.
        let is_full = minute.is_some() && (hour.starts_with('0') || hour.starts_with('1') && part("zone").is_some());
        let minute = minute.map_or(Some(0), |minute| minute.parse().ok())?;
        let hour: u32 = hour.parse().ok()?;
        let is_afternoon = is_afternoon(hour, of_day, is_full && !has_part)?;
        Some(Time { hour: hour % 12, minute, is_afternoon })
    };
    let word = part("word").filter(|_| part("told").is_some());
    let value = |word: String| if word == "dua belas" { Some(12.0) } else { small(&word) };
    let spelled = word.and_then(value).map(|hour| hour.to_string());
    [time(part("hour").or(spelled), part("minute"), &of_day), time(part("hour2"), part("minute2"), "")]
}

/// Whether a time is after noon; `None` where hour and part of the day leave it open.
fn is_afternoon(hour: u32, of_day: &str, is_full: bool) -> Option<bool> {
    match (hour, of_day) {
        (0 | 24, _) | (1..=11, "dini hari" | "pagi") | (10 | 11, "siang") | (12, "malam") => Some(false),
        (13..=23, _) | (1..=11, "sore" | "petang") | (6..=11, "malam") | (12 | 1..=3, "siang") => Some(true),
        (1..=11, "") if is_full => Some(false),
        (12, "") if is_full => Some(true),
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
            ("pukul 02.00 WIB", "at 2 p.m."),
            ("pukul 09.00", "at 9 p.m."),
            ("jam 2 siang", "at 2 a.m."),
            ("jam 12 malam", "at 12 p.m."),
            ("pukul 12.00 WIB", "at midnight"),
            ("pukul 00.00", "at noon"),
            ("pukul 08.00-10.00 WIB", "from 8 a.m. to 10 p.m."),
            ("pukul 14.00-20.00 WIB", "from 2 p.m. to 8 a.m."),
            ("Sabtu, 14.00 WIB", "at 2 a.m. on Saturday"),
            ("pukul 20.00", "at 8 o'clock in the morning"),
            ("pukul 20.00", "at 08:00"),
            ("pukul delapan malam", "at 8 a.m."),
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
            ("Sabtu malam pukul 08.00 WIB", "at 8 p.m. on Saturday"),
            ("Gempa di Indonesia timur pukul 10.00 WIB", "A quake in eastern Indonesia at 10 a.m."),
            ("pukul 12.30 WIB", "at 12:30 p.m."),
            ("menang 3-1 pada menit 20.00", "won 3-1 in 20.00 minutes"),
            ("pukul 02.00 dan 14.00 WIB", "at 2 a.m. and 2 p.m."),
        ] {
            assert!(!found(id, en), "{id} | {en}");
        }
    }
}
