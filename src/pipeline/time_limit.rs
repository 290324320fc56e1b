//! The time by which a run must end.
//!
//! Place in the data way: the stopper waits for it, the ledger asks it before each request.
//! It must never trust one clock alone: the wall's can be set back, the other one stands still while the machine sleeps.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;

/// The time on the wall, asked anew each time.
pub type WallClock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// A time to come, by two clocks.
#[derive(Clone)]
pub struct TimeLimit {
    end: Option<Instant>,
    on_the_wall: Timestamp,
    clock: WallClock,
}

impl TimeLimit {
    /// The time when `left` will have passed.
    pub fn after(left: Duration, clock: WallClock) -> Self {
        let on_the_wall = clock().saturating_add(left).unwrap_or(Timestamp::MAX);
        Self { end: Instant::now().checked_add(left), on_the_wall, clock }
    }

    /// What is left of it, by the clock that says less.
    pub fn left(&self) -> Duration {
        let by_steps = self.end.map_or(Duration::MAX, |end| end.saturating_duration_since(Instant::now()));
        let by_the_wall = (self.clock)().duration_until(self.on_the_wall);
        by_steps.min(Duration::try_from(by_the_wall).unwrap_or_default())
    }
}

impl fmt::Debug for TimeLimit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("TimeLimit").field(&self.on_the_wall).finish()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicI64, Ordering};

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn the_clock_that_says_less_is_believed() {
        let wall = Arc::new(AtomicI64::new(1_000));
        let seen = wall.clone();
        let clock = Arc::new(move || Timestamp::from_second(seen.load(Ordering::Relaxed)).unwrap());
        let limit = TimeLimit::after(Duration::from_mins(1), clock);
        tokio::time::advance(Duration::from_secs(20)).await;
        assert_eq!(limit.left(), Duration::from_secs(40), "the wall's clock stands still");
        wall.store(1_050, Ordering::Relaxed);
        assert_eq!(limit.left(), Duration::from_secs(10), "the machine slept");
        wall.store(0, Ordering::Relaxed);
        assert_eq!(limit.left(), Duration::from_secs(40), "the wall's clock was set back");
        wall.store(9_000, Ordering::Relaxed);
        assert_eq!(limit.left(), Duration::ZERO);
    }

    #[test]
    fn a_time_without_end_has_one_by_no_clock() {
        let limit = TimeLimit::after(Duration::MAX, Arc::new(|| Timestamp::UNIX_EPOCH));
        assert!(limit.left() > Duration::from_hours(24 * 365));
    }
}
