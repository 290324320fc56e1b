//! Lets calls through no faster than allowed: permits, requests and tokens a minute, and what the server asks to wait.
//!
//! Place in the data way: inside retry and breaker, so that every attempt passes here; the timeout begins after it.
//! It must never let one call run past a wait that the server asked of another.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;

use super::pace::Pace;
use super::permits::Permits;
use crate::backend::error::{BackendError, ErrorKind, Fault};
use crate::backend::{Backend, Health};
use crate::model::backend::Profile;
use crate::model::duration;
use crate::model::reply::Reply;
use crate::model::request::Request;
use crate::model::tokens::estimate_tokens;

/// A backend that is asked no faster than allowed.
pub struct Limit {
    inner: Arc<dyn Backend>,
    permits: Permits,
    pace: Arc<Pace>,
    patience: Duration,
    cancel: CancellationToken,
}

impl Limit {
    /// Wraps a backend. A call does not wait longer than `patience` for what the server asked: it fails instead.
    pub fn new(
        inner: Arc<dyn Backend>,
        concurrency: usize,
        pace: Arc<Pace>,
        patience: Duration,
        cancel: CancellationToken,
    ) -> Self {
        Self { inner, permits: Permits::new(concurrency), pace, patience, cancel }
    }

    fn fault(&self, kind: ErrorKind, message: impl Into<String>) -> BackendError {
        Fault::new(kind, message).of(&self.profile().name)
    }

    async fn wait(&self, until: Instant) -> Result<(), BackendError> {
        if until <= Instant::now() {
            return Ok(());
        }
        tokio::select! {
            biased;
            () = self.cancel.cancelled() => Err(self.fault(ErrorKind::Cancelled, "the run is being stopped")),
            () = sleep_until(until) => Ok(()),
        }
    }

    /// Waits for this call's turn.
    async fn turn(&self, tokens: u64) -> Result<(), BackendError> {
        self.wait(self.pace.reserve(tokens)).await?;
        loop {
            let held = self.pace.held();
            if held.is_zero() {
                return Ok(());
            }
            if held > self.patience {
                let wait = duration::format(Duration::from_secs(held.as_secs()));
                let error = self.fault(ErrorKind::RateLimited, format!("the server wants no request for {wait}"));
                return Err(BackendError { retry_after: Some(held), ..error });
            }
            self.wait(Instant::now() + held).await?;
        }
    }
}

/// Tokens that a request is taken for until its reply says: what is sent, and an answer about as long as the payload.
fn expected_tokens(request: &Request) -> u64 {
    let payload = serde_json::to_string(&request.payload).unwrap_or_default();
    estimate_tokens(&request.system) + 2 * estimate_tokens(&payload)
}

#[async_trait]
impl Backend for Limit {
    fn profile(&self) -> &Profile {
        self.inner.profile()
    }

    async fn call(&self, request: &Request) -> Result<Reply, BackendError> {
        let permit = tokio::select! {
            biased;
            () = self.cancel.cancelled() => return Err(self.fault(ErrorKind::Cancelled, "the run is being stopped")),
            permit = self.permits.acquire() => permit,
        };
        let tokens = if self.pace.counts_tokens() { expected_tokens(request) } else { 0 };
        self.turn(tokens).await?;
        let result = self.inner.call(request).await;
        match &result {
            Ok(reply) => {
                permit.good();
                self.pace.settle(tokens, reply.usage.input_tokens + reply.usage.output_tokens);
            }
            Err(error) if matches!(error.kind, ErrorKind::RateLimited | ErrorKind::Server | ErrorKind::Timeout) => {
                permit.strained();
                self.pace.hold(error.retry_after.unwrap_or_default());
            }
            Err(_) => {}
        }
        result
    }

    async fn probe(&self) -> Result<Health, BackendError> {
        self.inner.probe().await
    }
}

#[cfg(test)]
mod tests {
    use futures_util::future::join_all;

    use super::super::testing::{Scripted, request};
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn limit(inner: &Arc<Scripted>, concurrency: usize, pace: Pace) -> Limit {
        Limit::new(inner.clone(), concurrency, Arc::new(pace), 60 * SECOND, CancellationToken::new())
    }

    async fn call(limit: &Limit, times: usize) -> Vec<Result<Reply, BackendError>> {
        let request = request();
        join_all((0..times).map(|_| limit.call(&request))).await
    }

    #[tokio::test(start_paused = true)]
    async fn no_more_calls_are_in_flight_than_allowed() {
        let inner = Scripted::new([]).taking(SECOND);
        let limit = limit(&inner, 3, Pace::new(None, None));
        let began = Instant::now();
        call(&limit, 9).await;
        assert_eq!((inner.most(), began.elapsed()), (3, 3 * SECOND));
    }

    #[tokio::test(start_paused = true)]
    async fn requests_a_minute_are_kept() {
        let inner = Scripted::new([]);
        let limit = limit(&inner, 100, Pace::new(Some(60), None));
        let began = Instant::now();
        call(&limit, 31).await;
        let took = began.elapsed();
        assert!((29 * SECOND..=30 * SECOND).contains(&took), "{took:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn tokens_a_minute_are_kept_by_what_replies_say() {
        // Each scripted reply says 1,000 tokens, far more than the empty request was taken for.
        let inner = Scripted::new([]);
        let limit = limit(&inner, 1, Pace::new(None, Some(6_000)));
        let began = Instant::now();
        call(&limit, 7).await;
        let took = began.elapsed();
        assert!((58 * SECOND..=61 * SECOND).contains(&took), "{took:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn what_the_server_asks_of_one_call_holds_all_back() {
        let inner = Scripted::new([Err(ErrorKind::RateLimited)]).asking(9 * SECOND);
        let limit = limit(&inner, 8, Pace::new(None, None));
        assert!(limit.call(&request()).await.is_err());
        let began = Instant::now();
        assert!(call(&limit, 3).await.iter().all(Result::is_ok));
        assert_eq!(began.elapsed(), 9 * SECOND);
    }

    #[tokio::test(start_paused = true)]
    async fn a_hold_beyond_patience_fails_at_once() {
        let inner = Scripted::new([Err(ErrorKind::RateLimited)]).asking(3_600 * SECOND);
        let limit = limit(&inner, 8, Pace::new(None, None));
        assert!(limit.call(&request()).await.is_err());
        let error = limit.call(&request()).await.unwrap_err();
        assert_eq!((error.kind, inner.calls()), (ErrorKind::RateLimited, 1));
    }

    #[tokio::test(start_paused = true)]
    async fn strain_halves_what_is_in_flight_and_good_calls_bring_it_back() {
        let inner = Scripted::new([Err(ErrorKind::Server)]).taking(SECOND);
        let limit = limit(&inner, 8, Pace::new(None, None));
        call(&limit, 8).await;
        assert_eq!(inner.most(), 8);
        call(&limit, 4).await;
        assert_eq!(inner.most(), 4);
        call(&limit, 200).await;
        assert_eq!(inner.most(), 8);
    }

    #[tokio::test(start_paused = true)]
    async fn one_burst_of_strain_cuts_once_and_never_below_one() {
        let inner = Scripted::new(std::iter::repeat_n(Err(ErrorKind::RateLimited), 16 + 30)).taking(SECOND);
        let limit = limit(&inner, 16, Pace::new(None, None));
        call(&limit, 16).await;
        inner.most();
        call(&limit, 16).await;
        assert_eq!(inner.most(), 8);
        call(&limit, 14).await;
        inner.most();
        call(&limit, 2).await;
        assert_eq!(inner.most(), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn stopping_ends_the_wait_for_a_turn() {
        let inner = Scripted::new([Err(ErrorKind::RateLimited)]).asking(30 * SECOND);
        let limit = limit(&inner, 8, Pace::new(None, None));
        assert!(limit.call(&request()).await.is_err());
        limit.cancel.cancel();
        assert_eq!(limit.call(&request()).await.unwrap_err().kind, ErrorKind::Cancelled);
    }
}
