//! Silence is information: judges what each outlet sent in the last 24 hours by what it sent in the weeks before.
//!
//! Place in the data way: after `plan`, over the arrivals that the state keeps.
//! It must never take a day on which nobody looked for a day on which nothing came.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::alarm::{Alarm, AlarmKind, Arrivals, Volume};
use crate::model::event::{Event, Monitor};

use super::{Run, RunError};

/// Days before the last one that tell what is usual.
const DAYS: i64 = 28;
/// Days on which a run looked before anything is called usual.
const LEAST: usize = 7;
/// Articles of a kind from which on they are a pattern.
const PATTERN: u64 = 3;
/// Usual numbers below this are too small for "less than half".
const TOO_FEW: u64 = 3;
/// The same day of the week again.
const WEEK: i64 = 7;

impl Run {
    /// Judges the outlets and tells what is new. `now` is the hour of Unix time.
    pub(super) async fn listen(&self, now: i64) -> Result<(), RunError> {
        self.state.arrive(Arrivals { outlet: String::new(), hour: now, volume: Volume::default() }).await?;
        let before = now - 24 * (DAYS + 1);
        let known: BTreeSet<(String, AlarmKind)> =
            self.state.alarms()?.into_iter().map(|alarm| (alarm.outlet, alarm.kind)).collect();
        let mut alarms = judge(&self.state.arrivals(before)?, now);
        for alarm in &mut alarms {
            alarm.new = !known.contains(&(alarm.outlet.clone(), alarm.kind));
            if alarm.new {
                self.ledger.event(&Event::Warning { message: alarm.sentence() });
            }
        }
        self.ledger.alarms(alarms.clone());
        self.state.set_alarms(alarms, before).await?;
        Ok(())
    }
}

/// What came by day: 0 is the last 24 hours, 1 the 24 hours before them.
type Days = BTreeMap<i64, Volume>;

/// The alarms that the arrivals call for at the hour `now`.
pub fn judge(arrivals: &[Arrivals], now: i64) -> Vec<Alarm> {
    let mut looked = BTreeSet::new();
    let mut outlets: BTreeMap<&str, Days> = BTreeMap::new();
    for arrival in arrivals.iter().filter(|arrival| arrival.hour <= now) {
        let day = (now - arrival.hour) / 24;
        looked.insert(day);
        if !arrival.outlet.is_empty() {
            let sum = outlets.entry(&arrival.outlet).or_default().entry(day).or_default();
            sum.articles += arrival.volume.articles;
            sum.repeats += arrival.volume.repeats;
            sum.stubs += arrival.volume.stubs;
            sum.languages += arrival.volume.languages;
        }
    }
    outlets.into_iter().flat_map(|(outlet, days)| of_outlet(outlet, &days, &looked)).collect()
}

fn of_outlet(outlet: &str, days: &Days, looked: &BTreeSet<i64>) -> Vec<Alarm> {
    let now = days.get(&0).copied().unwrap_or_default();
    let alarm = |kind, articles, of| Alarm { outlet: outlet.to_owned(), kind, articles, of, new: false };
    let usual = usual(days, looked).unwrap_or_default();
    let is_pattern = |n: u64| n >= PATTERN && n * 2 >= now.articles;
    let found = [
        (now.articles == 0 && usual > 0).then(|| alarm(AlarmKind::Silent, 0, usual)),
        (now.articles > 0 && usual >= TOO_FEW && now.articles * 2 < usual)
            .then(|| alarm(AlarmKind::Fewer, now.articles, usual)),
        is_pattern(now.repeats).then(|| alarm(AlarmKind::Repeats, now.repeats, now.articles)),
        is_pattern(now.stubs).then(|| alarm(AlarmKind::Stubs, now.stubs, now.articles)),
        is_pattern(now.languages).then(|| alarm(AlarmKind::Language, now.languages, now.articles)),
    ];
    found.into_iter().flatten().collect()
}

/// What at least comes on three of four days, and came on one of the same days of the week at least; `None` while too
/// little is known.
fn usual(days: &Days, looked: &BTreeSet<i64>) -> Option<u64> {
    let first = *days.keys().next_back()?;
    let counts = |day: &i64| days.get(day).map_or(0, |volume| volume.articles);
    let before: Vec<i64> = looked.iter().copied().filter(|day| (1..=first).contains(day)).collect();
    if before.len() < LEAST {
        return None;
    }
    let mut sorted: Vec<u64> = before.iter().map(counts).collect();
    sorted.sort_unstable();
    let weaker = sorted.get(sorted.len() / 4).copied()?;
    let same_weekday = before.iter().filter(|day| *day % WEEK == 0).map(counts).max();
    Some(same_weekday.map_or(weaker, |most| most.min(weaker)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 500_000;

    fn volume(articles: u64) -> Volume {
        Volume { articles, ..Volume::default() }
    }

    /// One outlet's articles by day, the last 24 hours first; `None` is a day on which nobody looked.
    fn alarms(days: &[Option<u64>]) -> Vec<(AlarmKind, u64, u64)> {
        let mut arrivals = Vec::new();
        for (day, articles) in (0..).zip(days) {
            let Some(articles) = articles else { continue };
            let hour = NOW - 24 * day;
            arrivals.push(Arrivals { outlet: String::new(), hour, volume: volume(0) });
            if *articles > 0 {
                arrivals.push(Arrivals { outlet: "Kompas".into(), hour, volume: volume(*articles) });
            }
        }
        judge(&arrivals, NOW).into_iter().map(|alarm| (alarm.kind, alarm.articles, alarm.of)).collect()
    }

    fn after(now: u64, before: impl Fn(usize) -> Option<u64>) -> Vec<Option<u64>> {
        std::iter::once(Some(now)).chain((1..=28).map(before)).collect()
    }

    #[test]
    fn nothing_and_far_less_than_usual_are_told() {
        assert_eq!(alarms(&after(0, |_| Some(8))), [(AlarmKind::Silent, 0, 8)]);
        assert_eq!(alarms(&after(3, |_| Some(8))), [(AlarmKind::Fewer, 3, 8)]);
        assert_eq!(alarms(&after(4, |_| Some(8))), []);
    }

    #[test]
    fn a_day_of_the_week_that_is_always_silent_is_no_alarm() {
        assert_eq!(alarms(&after(0, |day| Some(if day % 7 == 0 { 0 } else { 8 }))), []);
        assert_eq!(alarms(&after(0, |day| Some(if day % 7 == 1 { 0 } else { 8 }))), [(AlarmKind::Silent, 0, 8)]);
    }

    #[test]
    fn one_great_day_changes_nothing_and_a_rare_outlet_may_be_silent() {
        assert_eq!(alarms(&after(8, |day| Some(if day == 28 { 9_000 } else { 8 }))), []);
        assert_eq!(alarms(&after(0, |day| Some(u64::from(day % 3 == 0)))), []);
    }

    #[test]
    fn too_little_is_known_in_the_first_week_and_of_days_on_which_nobody_looked() {
        assert_eq!(alarms(&[Some(0), Some(8), Some(8), Some(8), Some(8), Some(8), Some(8)]), []);
        assert_eq!(alarms(&after(0, |day| (day < 6).then_some(8))), []);
        assert_eq!(alarms(&after(0, |day| (day % 2 == 0).then_some(8))), [(AlarmKind::Silent, 0, 8)]);
    }

    #[test]
    fn repeats_stubs_and_other_languages_need_no_history() {
        for (volume, kind) in [
            (Volume { articles: 4, repeats: 3, ..Volume::default() }, AlarmKind::Repeats),
            (Volume { articles: 5, stubs: 3, ..Volume::default() }, AlarmKind::Stubs),
            (Volume { articles: 6, languages: 3, ..Volume::default() }, AlarmKind::Language),
        ] {
            let arrival = |volume| Arrivals { outlet: "Kompas".into(), hour: NOW - 3, volume };
            assert_eq!(judge(&[arrival(volume)], NOW).first().map(|alarm| alarm.kind), Some(kind));
            let few = Volume { articles: 60, ..volume };
            assert_eq!(judge(&[arrival(few)], NOW), []);
        }
    }
}
