//! Dates as Indonesian sites, feeds and records write them, as ISO 8601.
//!
//! Place in the data way: `clean` normalises the date of the metadata with it.
//! It must never guess: a date whose day and month could be exchanged stays as written.

use std::sync::LazyLock;

use jiff::civil::{Date, Weekday};
use regex::{Captures, Regex};

use crate::model::pattern::pattern;

/// Day, month, year (or year first), then a time and a zone, where they are given.
static PATTERN: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?xi) ^\W* (?:(?P<weekday>[a-z]+'?[a-z]*) \s*,?\s+)?
        (?: (?P<month_first>[a-z]{3,9}) \s+ )?
        (?P<a>\d{1,4}) (?: [-/.\s] \s* (?P<b>[a-z]{3,9}|\d{1,2}) )? \s* [-/.,\s] \s* (?P<c>\d{1,4})
        (?: [\s,|T•-]+ (?:pukul\s+|jam\s+)? (?P<hour>\d{1,2}) [.:] (?P<minute>\d{2}) (?: [.:] (?P<second>\d{2}) (?:\.\d+)? )? )?
        \s* (?P<zone>WIB|WITA|WIT|GMT|UTC|Z|[+-]\d{2}:?\d{2})? \W* $",
    )
});

/// The date in ISO 8601: `2026-11-23`, `2026-11-23T14:05`, or with the offset of a zone that is named.
pub fn iso(written: &str) -> Option<String> {
    let groups = PATTERN.captures(written.trim())?;
    let zone = groups.name("zone").map(|zone| offset(zone.as_str()));
    let date = date(&groups, zone.as_deref())?;
    let Some(time) = time(&groups) else { return Some(date.to_string()) };
    Some(format!("{date}T{time}{}", zone.unwrap_or_default()))
}

fn date(groups: &Captures<'_>, zone: Option<&str>) -> Option<Date> {
    let number = |name: &str| groups.name(name).and_then(|found| found.as_str().parse::<i16>().ok());
    let (a, c) = (number("a")?, number("c")?);
    let word = groups.name("month_first").or_else(|| groups.name("weekday").filter(|_| groups.name("b").is_none()));
    if let Some(month) = word {
        return of(c, month_number(month.as_str())?, a);
    }
    let b = groups.name("b")?.as_str();
    if let Some(month) = month_number(b) {
        return if a > 31 { of(a, month, c) } else { of(c, month, a) };
    }
    let b: i16 = b.parse().ok()?;
    if a > 31 {
        return of(a, b, c);
    }
    let weekday = groups.name("weekday").and_then(|name| weekday(name.as_str()));
    let day_first = of(c, b, a).filter(|date| weekday.is_none_or(|weekday| date.weekday() == weekday));
    let month_first = of(c, a, b).filter(|date| weekday.is_none_or(|weekday| date.weekday() == weekday));
    let is_indonesian = zone.is_some_and(|zone| matches!(zone, "+07:00" | "+08:00" | "+09:00"));
    match (day_first, month_first) {
        (Some(date), None) | (None, Some(date)) => Some(date),
        (Some(day_first), Some(month_first)) if day_first == month_first || is_indonesian => Some(day_first),
        _ => None,
    }
}

fn of(year: i16, month: i16, day: i16) -> Option<Date> {
    let year = if (0..70).contains(&year) { year + 2000 } else { year };
    Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok().filter(|date| date.year() > 1900)
}

fn time(groups: &Captures<'_>) -> Option<String> {
    let (hour, minute) = (groups.name("hour")?.as_str(), groups.name("minute")?.as_str());
    let valid = hour.parse::<u8>().ok()? < 24 && minute.parse::<u8>().ok()? < 60;
    let second = groups.name("second").map(|second| format!(":{}", second.as_str())).unwrap_or_default();
    valid.then(|| format!("{hour:0>2}:{minute}{second}"))
}

/// Offset of a zone: Indonesia's three (without daylight saving), or as written.
fn offset(zone: &str) -> String {
    match zone.to_ascii_uppercase().as_str() {
        "WIB" => "+07:00".into(),
        "WITA" => "+08:00".into(),
        "WIT" => "+09:00".into(),
        "GMT" | "UTC" | "Z" => "Z".into(),
        zone if zone.contains(':') => zone.into(),
        zone => format!("{}:{}", zone.get(..3).unwrap_or_default(), zone.get(3..).unwrap_or_default()),
    }
}

/// Indonesian and English month names, whole or shortened.
fn month_number(name: &str) -> Option<i16> {
    let name = name.to_ascii_lowercase();
    let months: [&[&str]; 12] = [
        &["jan"],
        &["feb", "peb"],
        &["mar"],
        &["apr"],
        &["mei", "may"],
        &["jun"],
        &["jul"],
        &["agu", "ags", "agt", "aug"],
        &["sep"],
        &["okt", "oct"],
        &["nov", "nop"],
        &["des", "dec"],
    ];
    let found = months.iter().position(|names| names.iter().any(|start| name.starts_with(start)))?;
    i16::try_from(found + 1).ok()
}

fn weekday(name: &str) -> Option<Weekday> {
    Some(match name.to_ascii_lowercase().replace('\'', "").as_str() {
        "senin" | "mon" | "monday" => Weekday::Monday,
        "selasa" | "tue" | "tuesday" => Weekday::Tuesday,
        "rabu" | "wed" | "wednesday" => Weekday::Wednesday,
        "kamis" | "thu" | "thursday" => Weekday::Thursday,
        "jumat" | "fri" | "friday" => Weekday::Friday,
        "sabtu" | "sat" | "saturday" => Weekday::Saturday,
        "minggu" | "ahad" | "sun" | "sunday" => Weekday::Sunday,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn indonesian_date_lines_are_read() {
        for (written, expected) in [
            ("Senin, 23/11/2026 14:05 WIB", "2026-11-23T14:05+07:00"),
            ("Jum'at, 27 November 2026 | 09.30 WITA", "2026-11-27T09:30+08:00"),
            ("23 Nov 2026", "2026-11-23"),
            ("Rabu, 5 Agustus 2026, pukul 7.05 WIT", "2026-08-05T07:05+09:00"),
            ("23-11-2026", "2026-11-23"),
            ("Senin, 05/10/2026", "2026-10-05"),
        ] {
            assert_eq!(iso(written).as_deref(), Some(expected), "{written}");
        }
    }

    #[test]
    fn dates_of_feeds_and_records_are_read() {
        for (written, expected) in [
            ("Mon, 23 Nov 2026 14:05:00 +0700", "2026-11-23T14:05:00+07:00"),
            ("2026-11-23T14:05:00+07:00", "2026-11-23T14:05:00+07:00"),
            ("2026-11-23T14:05:00.000Z", "2026-11-23T14:05:00Z"),
            ("10/21/2025 20:43", "2025-10-21T20:43"),
            ("Nov 23, 2026", "2026-11-23"),
        ] {
            assert_eq!(iso(written).as_deref(), Some(expected), "{written}");
        }
    }

    #[test]
    fn what_could_be_two_dates_stays_as_written() {
        for written in ["10/05/2025 20:43", "kemarin", "31/31/2025", "", "2026"] {
            assert_eq!(iso(written), None, "{written}");
        }
    }
}
