//! Dates as outlets write them, and the window of a briefing.
//!
//! Place in the data way: `select` asks whether an article lies in the window.
//! It must never read the clock: now is passed in.

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::{Offset, TimeZone};
use jiff::{Timestamp, ToSpan as _, Zoned};

/// The time of western Indonesia, where an article's date names no zone.
fn wib() -> TimeZone {
    TimeZone::fixed(Offset::constant(7))
}

/// Reads an article's date: ISO 8601 with or without a time and a zone. Without a zone it is western Indonesian time.
pub fn read(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    let civil =
        || text.parse::<DateTime>().ok().or_else(|| Some(text.parse::<Date>().ok()?.to_datetime(Time::default())));
    text.parse::<Timestamp>().ok().or_else(|| Some(civil()?.to_zoned(wib()).ok()?.timestamp()))
}

/// The day of an article's date in western Indonesia, `2026-11-25`, however the date is written.
pub fn day(date: &str) -> Option<String> {
    read(date).map(|at| at.to_zoned(wib()).date().to_string())
}

/// The last moment that a date can mean: one without a time means a whole day.
pub(super) fn latest(date: &str) -> Option<Timestamp> {
    let at = read(date)?;
    // `2026-11-25`, or shorter.
    let is_day = date.trim().len() <= 10;
    if is_day { at.checked_add(24.hours()).ok() } else { Some(at) }
}

/// The years that a story of that time may be about: its own, and around New Year the one beside it.
pub(super) fn years(at: Timestamp) -> (i16, i16) {
    let day = at.to_zoned(wib()).date();
    let near = |day: Result<Date, jiff::Error>, own: Date| day.unwrap_or(own).year();
    (near(day.checked_sub(60.days()), day), near(day.checked_add(60.days()), day))
}

/// Reads an end of a window in the reader's zone: `2026-11-25`, `2026-11-25T06:00`, or with a zone.
///
/// # Errors
/// A sentence that shows how to write it.
pub fn window_end(text: &str, now: &Zoned) -> Result<Timestamp, String> {
    let civil = text.parse::<DateTime>().ok();
    let civil = civil.or_else(|| Some(text.parse::<Date>().ok()?.to_datetime(Time::default())));
    let here = || Some(civil?.to_zoned(now.time_zone().clone()).ok()?.timestamp());
    text.parse::<Timestamp>().ok().or_else(here).ok_or_else(|| {
        format!(
            "\"{text}\" is not a date or time; write it like 2026-11-25, 2026-11-25T06:00 or 2026-11-25T06:00+07:00"
        )
    })
}

/// The time between two ends; the first belongs to it, the last does not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// Its start.
    pub from: Timestamp,
    /// Its end.
    pub to: Timestamp,
}

impl Window {
    /// Whether a time lies in it.
    pub fn holds(&self, at: Timestamp) -> bool {
        self.from <= at && at < self.to
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_with_and_without_time_and_zone_are_read() {
        let noon = read("2026-11-23T12:00:00+07:00");
        assert_eq!(noon, "2026-11-23T05:00:00Z".parse().ok());
        assert_eq!(read("2026-11-23T12:00:00"), noon);
        assert_eq!(read("2026-11-23 12:00"), noon);
        assert_eq!(read("2026-11-23"), "2026-11-22T17:00:00Z".parse().ok());
        assert_eq!(read("Senin siang"), None);
    }

    #[test]
    fn a_day_is_that_of_western_indonesia_however_it_is_written() {
        for date in
            ["2026-11-24T18:30:00Z", "2026-11-25T01:30:00+07:00", "20261125", "20261125T080000+0700", "2026-11-25"]
        {
            assert_eq!(day(date).as_deref(), Some("2026-11-25"), "{date}");
        }
        assert_eq!(day("Senin siang"), None);
    }

    #[test]
    fn a_story_of_new_year_may_be_about_two_years() {
        assert_eq!(read("2026-11-23").map(years), Some((2026, 2027)));
        assert_eq!(read("2026-01-02").map(years), Some((2025, 2026)));
        assert_eq!(read("2026-06-02").map(years), Some((2026, 2026)));
    }

    #[test]
    fn a_window_is_read_in_the_zone_of_the_reader() {
        let now: Zoned = "2026-11-25T06:00:00[Europe/Berlin]".parse().unwrap();
        assert_eq!(window_end("2026-11-25", &now), Ok("2026-11-24T23:00:00Z".parse().unwrap()));
        assert!(window_end("yesterday", &now).unwrap_err().contains("2026-11-25T06:00"));
    }
}
