//! Counts what a briefing rests on, and says which outlets sent nothing or far less than usual.
//!
//! Place in the data way: fed by `select` with every article of the folder; shown at the foot of the briefing.
//! It must never let "no news" and "broken fetch" look the same: an outlet that never sent anything is told apart from
//! one that is silent today.

use std::collections::BTreeMap;

use crate::model::briefing::{Coverage, OutletCoverage, OutletState};
use crate::model::record::ArticleRecord;

use super::select::is_same;
use super::time::{Window, read};

/// Windows before this one that tell what is usual.
const WINDOWS: i64 = 7;
/// Share of the usual number below which an outlet sends fewer.
const FEWER: f64 = 0.5;
/// Usual numbers below this say nothing.
const TOO_FEW: f64 = 2.0;

/// Counts as they grow.
#[derive(Debug, Clone)]
pub struct Tally {
    window: Window,
    articles: u64,
    /// By outlet: its articles in the window, and those in the windows before it with the earliest of them in seconds.
    outlets: BTreeMap<String, (u64, u64)>,
    earliest: i64,
}

impl Tally {
    /// Nothing counted yet.
    pub fn new(window: Window) -> Self {
        Self { window, articles: 0, outlets: BTreeMap::new(), earliest: window.from.as_second() }
    }

    /// Counts one article of the folder.
    pub fn count(&mut self, outlet: &str, record: &ArticleRecord) {
        self.articles += 1;
        let at = record.source.date.as_deref().and_then(read);
        let start = self.window.from.as_second() - WINDOWS * self.length();
        let entry = self.outlets.entry(outlet.to_owned()).or_default();
        match at.map(|at| (at, at.as_second())) {
            Some((at, _)) if self.window.holds(at) => entry.0 += 1,
            None => entry.0 += 1,
            Some((_, second)) if second >= start && second < self.window.from.as_second() => {
                entry.1 += 1;
                self.earliest = self.earliest.min(second);
            }
            Some(_) => {}
        }
    }

    fn length(&self) -> i64 {
        (self.window.to.as_second() - self.window.from.as_second()).max(1)
    }

    /// The coverage so far; `configured` are outlets that should send something. The caller adds what the state knows.
    #[expect(clippy::cast_precision_loss, reason = "seconds and counts stay far below 2^52")]
    pub fn coverage(&self, configured: &[String]) -> Coverage {
        let seen = (self.window.from.as_second() - self.earliest) as f64 / self.length() as f64;
        let usual = |before: u64| (seen >= 1.0).then(|| (before as f64 / seen * 10.0).round() / 10.0);
        let mut outlets: Vec<OutletCoverage> = self
            .outlets
            .iter()
            .map(|(outlet, (now, before))| {
                let usual = usual(*before);
                OutletCoverage { outlet: outlet.clone(), articles: *now, usual, state: state(*now, *before, usual) }
            })
            .collect();
        let missing = configured.iter().filter(|name| !self.outlets.keys().any(|outlet| is_same(outlet, name)));
        outlets.extend(missing.map(|outlet| OutletCoverage {
            outlet: outlet.clone(),
            articles: 0,
            usual: None,
            state: OutletState::Never,
        }));
        let is_told = |o: &OutletCoverage| {
            o.articles > 0 || o.state != OutletState::Usual || configured.iter().any(|name| is_same(name, &o.outlet))
        };
        outlets.retain(is_told);
        Coverage { articles: self.articles, outlets, ..Coverage::default() }
    }
}

fn state(now: u64, before: u64, usual: Option<f64>) -> OutletState {
    #[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^52")]
    let is_fewer = usual.is_some_and(|usual| usual >= TOO_FEW && (now as f64) < FEWER * usual);
    match now {
        0 if before > 0 || usual.is_none() => OutletState::Silent,
        0 => OutletState::Usual,
        _ if is_fewer => OutletState::Fewer,
        _ => OutletState::Usual,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn window() -> Window {
        Window { from: read("2026-11-25").unwrap(), to: read("2026-11-26").unwrap() }
    }

    fn tally(dates: &[(&str, &str)]) -> Coverage {
        let mut tally = Tally::new(window());
        for (outlet, date) in dates {
            let mut record = super::super::tests::record("", &[]);
            record.source.date = Some((*date).to_owned());
            tally.count(outlet, &record);
        }
        tally.coverage(&["Antara".to_owned(), "Te-mpo".to_owned()])
    }

    #[test]
    fn an_outlet_that_is_silent_is_told_from_one_that_never_sent_anything() {
        let coverage = tally(&[("Kompas", "2026-11-25T08:00"), ("Tempo", "2026-11-23"), ("Kompas", "2026-11-20")]);
        let state = |name: &str| coverage.outlets.iter().find(|o| o.outlet == name).map(|o| o.state);
        assert_eq!(state("Kompas"), Some(OutletState::Usual));
        assert_eq!(state("Tempo"), Some(OutletState::Silent));
        assert_eq!(state("Antara"), Some(OutletState::Never));
        assert_eq!(state("Te-mpo"), None);
    }

    #[test]
    fn far_less_than_usual_is_told() {
        let mut dates = vec![("Kompas", "2026-11-25T08:00")];
        let days = ["2026-11-21", "2026-11-22", "2026-11-23", "2026-11-24"];
        dates.extend(days.iter().flat_map(|day| [("Kompas", *day); 4]));
        let coverage = tally(&dates);
        let kompas = coverage.outlets.iter().find(|o| o.outlet == "Kompas").unwrap();
        assert_eq!((kompas.usual, kompas.state), (Some(4.0), OutletState::Fewer));
    }
}
