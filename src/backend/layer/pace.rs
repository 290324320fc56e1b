//! When the next request may go: requests a minute, tokens a minute, and what the server asked to wait.
//!
//! Place in the data way: part of [`super::limit`]. It must never let a call through that was to wait, whoever asked.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// How far a schedule may run ahead: short bursts are let through at once.
const BURST: Duration = Duration::from_secs(1);

/// The pace of one backend.
pub struct Pace {
    state: Mutex<State>,
    per_request: Option<Duration>,
    per_token: Option<Duration>,
}

struct State {
    /// When the schedule of requests is free again.
    requests: Instant,
    /// When the schedule of tokens is free again.
    tokens: Instant,
    /// Until when the server wants no request.
    held: Instant,
}

impl Pace {
    /// `None` is no limit.
    pub fn new(requests_per_minute: Option<u32>, tokens_per_minute: Option<u32>) -> Self {
        let minute = Duration::from_mins(1);
        let each = |rate: u32| minute / rate.max(1);
        let now = Instant::now();
        let state = State { requests: now, tokens: now, held: now };
        Self {
            state: Mutex::new(state),
            per_request: requests_per_minute.map(each),
            per_token: tokens_per_minute.map(each),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether tokens are counted at all.
    pub fn counts_tokens(&self) -> bool {
        self.per_token.is_some()
    }

    /// Takes the next place for a request of so many tokens; when it may go.
    pub fn reserve(&self, tokens: u64) -> Instant {
        let now = Instant::now();
        let mut state = self.state();
        let mut at = now;
        if let Some(each) = self.per_request {
            at = at.max(place(&mut state.requests, each, now));
        }
        if let Some(each) = self.per_token {
            at = at.max(place(&mut state.tokens, times(each, tokens), now));
        }
        at
    }

    /// Corrects the reservation once the real count is known.
    pub fn settle(&self, reserved: u64, used: u64) {
        let Some(each) = self.per_token else { return };
        let mut state = self.state();
        if used > reserved {
            state.tokens += times(each, used - reserved);
        } else {
            let back = times(each, reserved - used);
            state.tokens = state.tokens.checked_sub(back).unwrap_or(state.tokens);
        }
    }

    /// Lets no request go for so long.
    pub fn hold(&self, wait: Duration) {
        let until = Instant::now() + wait;
        let mut state = self.state();
        state.held = state.held.max(until);
    }

    /// For how long the server still wants no request.
    pub fn held(&self) -> Duration {
        self.state().held.saturating_duration_since(Instant::now())
    }
}

/// The generic cell rate algorithm: the schedule moves on by `cost`; a request goes once it is less than a burst ahead.
fn place(free: &mut Instant, cost: Duration, now: Instant) -> Instant {
    let at = free.checked_sub(BURST).unwrap_or(now).max(now);
    *free = (*free).max(now) + cost;
    at
}

fn times(each: Duration, count: u64) -> Duration {
    each.saturating_mul(u32::try_from(count).unwrap_or(u32::MAX))
}
