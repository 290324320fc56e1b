//! How many calls may be in flight: at most the configured number, fewer while the server shows strain.
//!
//! Place in the data way: part of [`super::limit`]. It must never give out more permits than the ceiling, nor none at all.

use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::Instant;

/// Additive increase, multiplicative decrease between 1 and the ceiling
/// (<https://www.rfc-editor.org/rfc/rfc5681#section-3.1>, as for a congestion window).
pub struct Permits {
    semaphore: Semaphore,
    ceiling: usize,
    state: Mutex<State>,
}

struct State {
    /// Permits that exist or will exist once the debt is paid.
    size: usize,
    /// Permits in use that must not come back.
    debt: usize,
    /// Good calls since the size last changed.
    good: usize,
    /// When the size was last cut.
    cut: Option<Instant>,
}

/// The right to one call.
pub struct Permit<'a> {
    permits: &'a Permits,
    inner: Option<SemaphorePermit<'a>>,
    began: Instant,
}

impl Permits {
    /// Begins at the ceiling: the configured number is what the user expects the server to bear.
    pub fn new(ceiling: usize) -> Self {
        let ceiling = ceiling.clamp(1, Semaphore::MAX_PERMITS);
        let state = State { size: ceiling, debt: 0, good: 0, cut: None };
        Self { semaphore: Semaphore::new(ceiling), ceiling, state: Mutex::new(state) }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for a permit, in order of arrival.
    pub async fn acquire(&self) -> Permit<'_> {
        let inner = self.semaphore.acquire().await.ok();
        Permit { permits: self, inner, began: Instant::now() }
    }

    /// One more permit after as many good calls as there are permits.
    fn grow(&self) {
        let mut state = self.state();
        if state.size == self.ceiling {
            return;
        }
        state.good += 1;
        if state.good < state.size {
            return;
        }
        state.good = 0;
        state.size += 1;
        if state.debt > 0 {
            state.debt -= 1;
        } else {
            self.semaphore.add_permits(1);
        }
    }

    /// Half the permits. Calls that began before the last cut say nothing new.
    fn cut(&self, began: Instant) {
        let mut state = self.state();
        if state.cut.is_some_and(|cut| began <= cut) {
            return;
        }
        let half = (state.size / 2).max(1);
        let surplus = state.size - half;
        let forgotten = self.semaphore.forget_permits(surplus);
        *state = State { size: half, debt: state.debt + surplus - forgotten, good: 0, cut: Some(Instant::now()) };
    }
}

impl Permit<'_> {
    /// The call went well.
    pub fn good(&self) {
        self.permits.grow();
    }

    /// The server shows strain.
    pub fn strained(&self) {
        self.permits.cut(self.began);
    }
}

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        let mut state = self.permits.state();
        if let Some(permit) = self.inner.take().filter(|_| state.debt > 0) {
            state.debt -= 1;
            permit.forget();
        }
    }
}
