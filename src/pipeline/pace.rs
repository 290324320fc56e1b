//! How long requests take: learnt from the last ones of each backend, so that none is begun that would come too late.
//!
//! Place in the data way: the ledger notes every answer here and asks before the next request.
//! It must never read the clock: times are passed in.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

/// Requests that are remembered of each backend.
const LAST: usize = 50;
/// Of ten requests, those that take no longer than the usual time.
const OF_TEN: usize = 9;

/// The last requests' times, by backend.
#[derive(Debug, Default)]
pub struct Pace {
    taken: BTreeMap<String, VecDeque<Duration>>,
}

impl Pace {
    /// Notes how long a request took, with all its attempts and waits.
    pub fn note(&mut self, backend: &str, took: Duration) {
        let last = self.taken.entry(backend.to_owned()).or_default();
        if last.len() == LAST {
            last.pop_front();
        }
        last.push_back(took);
    }

    /// The time within which nine of ten requests are answered; `None` where there was none yet.
    pub fn usual(&self, backend: &str) -> Option<Duration> {
        let mut sorted: Vec<Duration> = self.taken.get(backend)?.iter().copied().collect();
        sorted.sort_unstable();
        sorted.get((sorted.len() * OF_TEN).div_ceil(10).saturating_sub(1)).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(pace: &Pace) -> Option<u64> {
        pace.usual("desk").map(|usual| usual.as_secs())
    }

    #[test]
    fn the_usual_time_is_that_of_nine_in_ten() {
        let mut pace = Pace::default();
        assert_eq!(seconds(&pace), None);
        (1..=10).for_each(|n| pace.note("desk", Duration::from_secs(n)));
        assert_eq!(seconds(&pace), Some(9));
    }

    #[test]
    fn a_backend_that_became_quicker_is_taken_at_its_new_pace() {
        let mut pace = Pace::default();
        pace.note("desk", Duration::from_mins(1));
        assert_eq!(seconds(&pace), Some(60));
        (0..LAST).for_each(|_| pace.note("desk", Duration::from_secs(2)));
        assert_eq!(seconds(&pace), Some(2));
    }
}
