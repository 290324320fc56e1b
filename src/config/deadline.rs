//! When a run stops: at a time of day or after a while.
//!
//! Place in the data way: before it; `pipeline` gets the duration that is left.
//! It must never read a clock: the time is passed in.

use std::time::Duration;

use serde::Deserialize;

/// `06:25` or `50m`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub enum Deadline {
    /// The next time that the local clock shows this.
    At(jiff::civil::Time),
    /// After so long.
    After(Duration),
}

impl TryFrom<String> for Deadline {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let wrong = || format!("\"{text}\" is not a deadline; write a time like \"06:25\" or a duration like \"50m\"");
        match text.trim().split_once(':') {
            Some((hour, minute)) => {
                let (hour, minute) = (hour.parse().map_err(|_| wrong())?, minute.parse().map_err(|_| wrong())?);
                jiff::civil::Time::new(hour, minute, 0, 0).map(Self::At).map_err(|_| wrong())
            }
            None => crate::model::duration::parse(&text).map(Self::After).map_err(|_| wrong()),
        }
    }
}

impl Deadline {
    /// How long it is from `now` until then. A time of day that has passed is tomorrow's.
    pub fn left(self, now: &jiff::Zoned) -> Duration {
        match self {
            Self::After(duration) => duration,
            Self::At(time) => until(now, time).unwrap_or(Duration::ZERO),
        }
    }
}

/// The time from `now` to the next `time` on the local clock, through changes of summer time.
fn until(now: &jiff::Zoned, time: jiff::civil::Time) -> Option<Duration> {
    let on = |date: jiff::civil::Date| date.to_datetime(time).to_zoned(now.time_zone().clone()).ok();
    let next = on(now.date()).filter(|then| then > now).or_else(|| on(now.date().tomorrow().ok()?))?;
    now.duration_until(&next).try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn left(deadline: &str, now: &str) -> Duration {
        let now: jiff::Zoned = now.parse().unwrap();
        Deadline::try_from(deadline.to_owned()).unwrap().left(&now)
    }

    #[test]
    fn a_time_of_day_is_the_next_one() {
        assert_eq!(left("06:25", "2026-11-25T05:00:00+07:00[Asia/Jakarta]"), Duration::from_mins(85));
        assert_eq!(left("06:25", "2026-11-25T06:25:00+07:00[Asia/Jakarta]"), Duration::from_hours(24));
        assert_eq!(left("50m", "2026-11-25T05:00:00+07:00[Asia/Jakarta]"), Duration::from_mins(50));
    }

    #[test]
    fn a_night_with_a_change_of_summer_time_is_counted_as_it_passes() {
        assert_eq!(left("06:00", "2026-03-28T23:00:00+01:00[Europe/Berlin]"), Duration::from_hours(6));
    }

    #[test]
    fn anything_else_is_an_error_that_shows_how() {
        for wrong in ["6", "25:00", "06:61", "soon", ""] {
            assert!(Deadline::try_from(wrong.to_owned()).unwrap_err().contains("06:25"), "{wrong}");
        }
    }
}
