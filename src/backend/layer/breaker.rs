//! Leaves a backend alone that failed several times in a row, and then asks it with one call.
//!
//! Place in the data way: inside retry, outside the limits: while it is open a call costs nothing.
//! It must never count an answer against a backend: whatever a server answers, short of trouble, shows that it is there.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use tokio::time::Instant;

use crate::backend::error::{BackendError, ErrorKind, Fault};
use crate::backend::{Backend, Health};
use crate::model::backend::Profile;
use crate::model::duration;
use crate::model::event::{Event, Monitor};
use crate::model::reply::Reply;
use crate::model::request::Request;

/// Failures in a row that open the breaker.
const FAILURES: u32 = 5;
/// The first pause; each failed trial doubles it.
const PAUSE: Duration = Duration::from_secs(5);
/// The longest pause.
const LONGEST_PAUSE: Duration = Duration::from_mins(1);
/// How long calls are put off while the trial call is under way.
const TRIAL: Duration = Duration::from_secs(1);

/// A backend that is left alone while it is down.
pub struct Breaker {
    inner: Arc<dyn Backend>,
    monitor: Arc<dyn Monitor>,
    state: Mutex<State>,
}

struct State {
    failures: u32,
    open_until: Option<Instant>,
    pause: Duration,
    trial: bool,
}

/// A call that was let through; `trial` is the one that tries an open breaker.
struct Passage<'a> {
    breaker: &'a Breaker,
    trial: bool,
}

impl Drop for Passage<'_> {
    /// A trial that is dropped half-way, or ends, makes room for the next.
    fn drop(&mut self) {
        if self.trial {
            self.breaker.state().trial = false;
        }
    }
}

impl Breaker {
    /// Wraps a backend.
    pub fn new(inner: Arc<dyn Backend>, monitor: Arc<dyn Monitor>) -> Self {
        let state = State { failures: 0, open_until: None, pause: PAUSE, trial: false };
        Self { inner, monitor, state: Mutex::new(state) }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn pass(&self) -> Result<Passage<'_>, BackendError> {
        let mut state = self.state();
        let Some(until) = state.open_until else { return Ok(Passage { breaker: self, trial: false }) };
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() && !state.trial {
            state.trial = true;
            return Ok(Passage { breaker: self, trial: true });
        }
        let message = "it failed several times in a row and is left alone for a moment";
        let error = Fault::new(ErrorKind::Open, message).of(&self.profile().name);
        Err(BackendError { retry_after: Some(left.max(TRIAL)), ..error })
    }

    fn succeeded(&self) {
        let mut state = self.state();
        *state = State { failures: 0, open_until: None, pause: PAUSE, trial: state.trial };
    }

    fn failed(&self, error: &BackendError, trial: bool) {
        let pause = {
            let mut state = self.state();
            state.failures += 1;
            let opens = trial || (state.failures >= FAILURES && state.open_until.is_none());
            if !opens {
                return;
            }
            let pause = state.pause;
            state.open_until = Some(Instant::now() + pause);
            state.pause = (pause * 2).min(LONGEST_PAUSE);
            pause
        };
        let message = format!("{error}; the backend is left alone for {}", duration::format(pause));
        self.monitor.event(&Event::Warning { message });
    }
}

#[async_trait]
impl Backend for Breaker {
    fn profile(&self) -> &Profile {
        self.inner.profile()
    }

    async fn call(&self, request: &Request) -> Result<Reply, BackendError> {
        let passage = self.pass()?;
        let result = self.inner.call(request).await;
        match &result {
            Err(error) if matches!(error.kind, ErrorKind::Server | ErrorKind::Connect | ErrorKind::Timeout) => {
                self.failed(error, passage.trial);
            }
            Err(error) if error.kind == ErrorKind::Cancelled => {}
            _ => self.succeeded(),
        }
        result
    }

    async fn probe(&self) -> Result<Health, BackendError> {
        self.inner.probe().await
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{Scripted, request};
    use super::*;
    use crate::model::event::Silent;

    async fn kinds(breaker: &Breaker, times: usize) -> Vec<Option<ErrorKind>> {
        let mut kinds = Vec::new();
        for _ in 0..times {
            kinds.push(breaker.call(&request()).await.err().map(|error| error.kind));
        }
        kinds
    }

    const SERVER: Option<ErrorKind> = Some(ErrorKind::Server);
    const OPEN: Option<ErrorKind> = Some(ErrorKind::Open);

    #[tokio::test(start_paused = true)]
    async fn it_opens_after_failures_in_a_row_and_closes_after_a_good_trial() {
        let inner = Scripted::new(std::iter::repeat_n(Err(ErrorKind::Server), 5));
        let breaker = Breaker::new(inner.clone(), Arc::new(Silent));
        assert_eq!(kinds(&breaker, 6).await, [SERVER, SERVER, SERVER, SERVER, SERVER, OPEN]);
        tokio::time::sleep(PAUSE).await;
        assert_eq!(kinds(&breaker, 2).await, [None, None]);
        assert_eq!(inner.calls(), 7);
    }

    #[tokio::test(start_paused = true)]
    async fn a_failed_trial_doubles_the_pause() {
        let inner = Scripted::new(std::iter::repeat_n(Err(ErrorKind::Server), 6));
        let breaker = Breaker::new(inner.clone(), Arc::new(Silent));
        kinds(&breaker, 5).await;
        tokio::time::sleep(PAUSE).await;
        assert_eq!(kinds(&breaker, 2).await, [SERVER, OPEN]);
        tokio::time::sleep(PAUSE).await;
        assert_eq!(kinds(&breaker, 1).await, [OPEN]);
        tokio::time::sleep(PAUSE).await;
        assert_eq!(kinds(&breaker, 1).await, [None]);
    }

    #[tokio::test(start_paused = true)]
    async fn only_one_call_tries_an_open_breaker() {
        let inner = Scripted::new(std::iter::repeat_n(Err(ErrorKind::Connect), 5)).taking(Duration::from_secs(1));
        let breaker = Breaker::new(inner.clone(), Arc::new(Silent));
        kinds(&breaker, 5).await;
        tokio::time::sleep(PAUSE).await;
        let (one, two) = (request(), request());
        let (first, second) = tokio::join!(breaker.call(&one), breaker.call(&two));
        assert!(first.is_ok());
        assert_eq!(second.unwrap_err().kind, ErrorKind::Open);
    }

    #[tokio::test(start_paused = true)]
    async fn a_dropped_trial_makes_room_for_the_next() {
        let inner = Scripted::new(std::iter::repeat_n(Err(ErrorKind::Connect), 5)).taking(Duration::from_secs(1));
        let breaker = Breaker::new(inner.clone(), Arc::new(Silent));
        kinds(&breaker, 5).await;
        tokio::time::sleep(PAUSE).await;
        let dropped = tokio::time::timeout(Duration::from_millis(10), breaker.call(&request())).await;
        assert!(dropped.is_err());
        assert_eq!(kinds(&breaker, 1).await, [None]);
    }

    #[tokio::test(start_paused = true)]
    async fn answers_that_are_no_trouble_close_the_count() {
        use ErrorKind::{BadReply, RateLimited, Server};
        let script = [Server, Server, Server, Server, RateLimited, Server, Server, Server, Server, BadReply, Server];
        let inner = Scripted::new(script.map(Err));
        let breaker = Breaker::new(inner.clone(), Arc::new(Silent));
        assert!(!kinds(&breaker, 12).await.contains(&OPEN));
    }
}
