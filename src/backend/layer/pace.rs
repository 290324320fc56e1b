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
    /// How long the last wait was that nobody asked for; zero after an answer.
    rested: Duration,
}

/// How long to wait after "too many requests" where the server does not say: first so long, then twice as long each
/// time, until an answer comes.
#[derive(Debug, Clone, Copy)]
pub struct Rest {
    first: Duration,
    longest: Duration,
}

/// The longest rest: most limits are counted by the minute.
const LONGEST_REST: Duration = Duration::from_mins(1);

impl Rest {
    /// Thirty times the first wait after other failures (15 s where nobody says), up to a minute; never so long that it
    /// could not be waited for a few times within `patience`.
    pub fn new(wait: Duration, patience: Duration) -> Self {
        let longest = LONGEST_REST.min(patience / 4);
        Self { first: wait.saturating_mul(30).min(longest), longest }
    }
}

impl Pace {
    /// `None` is no limit.
    pub fn new(requests_per_minute: Option<u32>, tokens_per_minute: Option<u32>) -> Self {
        let minute = Duration::from_mins(1);
        let each = |rate: u32| minute / rate.max(1);
        let now = Instant::now();
        let state = State { requests: now, tokens: now, held: now, rested: Duration::ZERO };
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

    /// Lets no request go for a while, because the server wants none and does not say for how long; how long that is.
    /// Requests that were refused together wait together.
    pub fn rest(&self, rest: Rest) -> Duration {
        let now = Instant::now();
        let mut state = self.state();
        let held = state.held.saturating_duration_since(now);
        if !held.is_zero() {
            return held;
        }
        state.rested = (state.rested * 2).clamp(rest.first, rest.longest);
        state.held = now + state.rested;
        state.rested
    }

    /// Notes an answer: the next rest is a short one again.
    pub fn answered(&self) {
        self.state().rested = Duration::ZERO;
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
