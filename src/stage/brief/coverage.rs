//! Counts what a briefing rests on, and says which outlets sent nothing or far less than usual.
//!
//! Place in the data way: fed by `select` with every article of the folder; shown at the foot of the briefing.
//! It must never let "no news" and "broken fetch" look the same: an outlet that nearly always sends something is told
//! apart from one that is often silent, and from one that never sent anything.

use std::collections::BTreeMap;

use crate::model::briefing::{Coverage, OutletCoverage, OutletState};
use crate::model::record::ArticleRecord;

use super::select::{Choice, Past, is_same};
use super::time::{Window, read};

/// Windows before this one that tell what is usual.
const WINDOWS: usize = 7;
/// Share of the usual number below which an outlet sends fewer.
const FEWER: f64 = 0.5;
/// Usual numbers below this say nothing.
const TOO_FEW: f64 = 2.0;
/// An outlet that sent something in three of four windows is expected to send something in this one.
const NEARLY_ALWAYS: (usize, usize) = (3, 4);

/// Counts as they grow.
#[derive(Debug, Clone)]
pub struct Tally {
    window: Window,
    articles: u64,
    outlets: BTreeMap<String, Sent>,
    /// The earliest article of the windows before this one, in seconds.
    earliest: i64,
}

/// What one outlet sent.
#[derive(Debug, Clone, Default)]
struct Sent {
    /// Articles in the window, those that came late, and those without a date the first time.
    now: u64,
    /// Articles in each window before it, the nearest first.
    before: [u64; WINDOWS],
}

impl Tally {
    /// Nothing counted yet.
    pub fn new(window: Window) -> Self {
        Self { window, articles: 0, outlets: BTreeMap::new(), earliest: window.from.as_second() }
    }

    /// Counts one article of the folder, with what was and is made of it: what is told for the first time was sent now,
    /// whatever its date.
    pub fn count(&mut self, outlet: &str, record: &ArticleRecord, (past, choice): (Past, Choice)) {
        self.articles += 1;
        let at = record.source.date.as_deref().and_then(read);
        let (from, length) = (self.window.from.as_second(), self.length());
        let sent = self.outlets.entry(outlet.to_owned()).or_default();
        let is_new = past != Past::Told;
        let counts = at.map_or(is_new, |at| self.window.holds(at) || (is_new && choice == Choice::Take));
        sent.now += u64::from(counts);
        let Some(at) = at.filter(|_| !counts) else { return };
        let windows_ago = usize::try_from((from - at.as_second() - 1).div_euclid(length)).ok();
        if let Some(count) = windows_ago.and_then(|ago| sent.before.get_mut(ago)) {
            *count += 1;
            self.earliest = self.earliest.min(at.as_second());
        }
    }

    /// Whether the folder holds an article of an outlet.
    pub fn knows(&self, outlet: &str) -> bool {
        self.outlets.keys().any(|known| is_same(known, outlet))
    }

    fn length(&self) -> i64 {
        (self.window.to.as_second() - self.window.from.as_second()).max(1)
    }

    /// How many windows before this one are known; a part of one counts as a part.
    #[expect(clippy::cast_precision_loss, reason = "seconds stay far below 2^52")]
    fn known(&self) -> f64 {
        (self.window.from.as_second() - self.earliest) as f64 / self.length() as f64
    }

    /// The coverage so far; `configured` are outlets that should send something. The caller adds what the state knows.
    pub fn coverage(&self, configured: &[String]) -> Coverage {
        let is_configured = |outlet: &str| configured.iter().any(|name| is_same(name, outlet));
        let known = self.known();
        let mut outlets: Vec<OutletCoverage> = self
            .outlets
            .iter()
            .map(|(outlet, sent)| OutletCoverage {
                outlet: outlet.clone(),
                articles: sent.now,
                usual: sent.usual(known),
                state: sent.state(known, is_configured(outlet)),
            })
            .collect();
        let missing = configured.iter().filter(|name| !self.outlets.keys().any(|outlet| is_same(outlet, name)));
        outlets.extend(missing.map(|outlet| OutletCoverage {
            outlet: outlet.clone(),
            articles: 0,
            usual: None,
            state: OutletState::Never,
        }));
        outlets.retain(|o| o.articles > 0 || o.state != OutletState::Usual || is_configured(&o.outlet));
        Coverage { articles: self.articles, outlets, ..Coverage::default() }
    }
}

impl Sent {
    #[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^52")]
    fn usual(&self, known: f64) -> Option<f64> {
        let before = self.before.iter().sum::<u64>() as f64;
        (known >= 1.0).then(|| (before / known * 10.0).round() / 10.0)
    }

    fn state(&self, known: f64, is_configured: bool) -> OutletState {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to 7 windows")]
        let known_windows = known as usize;
        let busy = self.before.iter().take(known_windows).filter(|count| **count > 0).count();
        let (part, whole) = NEARLY_ALWAYS;
        #[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^52")]
        let is_fewer = self.usual(known).is_some_and(|usual| usual >= TOO_FEW && (self.now as f64) < FEWER * usual);
        let ever_before = self.before.iter().any(|count| *count > 0);
        match self.now {
            0 if known_windows == 0 || busy * whole >= known_windows * part => OutletState::Silent,
            0 if ever_before => OutletState::Quiet,
            0 if is_configured => OutletState::Silent,
            _ if is_fewer => OutletState::Fewer,
            _ => OutletState::Usual,
        }
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
            tally.count(outlet, &record, (Past::Never, Choice::Outside));
        }
        tally.coverage(&["Antara".to_owned(), "Te-mpo".to_owned(), "Bisnis".to_owned()])
    }

    fn state(coverage: &Coverage, name: &str) -> Option<OutletState> {
        coverage.outlets.iter().find(|o| o.outlet == name).map(|o| o.state)
    }

    #[test]
    fn silence_of_an_outlet_that_nearly_always_sends_is_told_from_no_news_and_from_one_that_never_sent_anything() {
        let mut dates = vec![("Kompas", "2026-11-25T08:00"), ("Detik", "2026-11-20"), ("Bisnis", "2026-10-01")];
        let days = ["2026-11-20", "2026-11-22", "2026-11-23", "2026-11-24"];
        dates.extend(days.iter().map(|day| ("Tempo", *day)));
        let coverage = tally(&dates);
        assert_eq!(state(&coverage, "Kompas"), Some(OutletState::Usual));
        assert_eq!(state(&coverage, "Tempo"), Some(OutletState::Silent));
        assert_eq!(state(&coverage, "Detik"), Some(OutletState::Quiet));
        assert_eq!(state(&coverage, "Antara"), Some(OutletState::Never));
        assert_eq!(state(&coverage, "Bisnis"), Some(OutletState::Silent), "configured, and nothing for weeks");
        assert_eq!(state(&coverage, "Te-mpo"), None, "the same outlet in another spelling");
    }

    #[test]
    fn what_came_late_was_sent_now_and_an_undated_article_is_sent_once() {
        let mut tally = Tally::new(window());
        let mut record = super::super::tests::record("", &[]);
        tally.count("Radio", &record, (Past::Told, Choice::Told));
        record.source.date = Some("2026-11-24".into());
        tally.count("Harian", &record, (Past::Never, Choice::Take));
        let coverage = tally.coverage(&[]);
        assert_eq!(
            (state(&coverage, "Harian"), state(&coverage, "Radio")),
            (Some(OutletState::Usual), Some(OutletState::Silent))
        );
    }

    #[test]
    fn on_the_first_day_nothing_is_usual() {
        let coverage = tally(&[("Kompas", "2026-11-25T08:00"), ("Tempo", "2026-11-24T20:00")]);
        let tempo = coverage.outlets.iter().find(|o| o.outlet == "Tempo").unwrap();
        assert_eq!((tempo.usual, tempo.state), (None, OutletState::Silent));
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
