//! Lets calls through no faster than allowed: permits, requests and tokens a minute, and what the server asks to wait.
//!
//! Place in the data way: inside retry and breaker, so that every attempt passes here; the timeout begins after it.
//! It must never let one call run past a wait that the server asked of another.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;

use super::pace::{Pace, Rest};
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
    rest: Rest,
    patience: Duration,
    cancel: CancellationToken,
}

impl Limit {
    /// Wraps a backend. A call does not wait longer than `patience` for what the server asked: it fails instead. Where the
    /// server wants no request for now and does not say how long, all wait as `rest` says.
    pub fn new(
        inner: Arc<dyn Backend>,
        concurrency: usize,
        (pace, rest): (Arc<Pace>, Rest),
        patience: Duration,
        cancel: CancellationToken,
    ) -> Self {
        Self { inner, permits: Permits::new(concurrency), pace, rest, patience, cancel }
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
        let mut result = self.inner.call(request).await;
        match &mut result {
            Ok(reply) => {
                permit.good();
                self.pace.answered();
                self.pace.settle(tokens, reply.usage.input_tokens + reply.usage.output_tokens);
            }
            Err(error) if matches!(error.kind, ErrorKind::RateLimited | ErrorKind::Server | ErrorKind::Timeout) => {
                permit.strained();
                match error.retry_after {
                    None if error.kind == ErrorKind::RateLimited => error.retry_after = Some(self.pace.rest(self.rest)),
                    asked => self.pace.hold(asked.unwrap_or_default()),
                }
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
        let rest = Rest::new(SECOND / 2, 600 * SECOND);
        Limit::new(inner.clone(), concurrency, (Arc::new(pace), rest), 60 * SECOND, CancellationToken::new())
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
    async fn a_limit_by_the_minute_is_sat_out_by_all_where_the_server_does_not_say_how_long() {
        let inner = Scripted::new(std::iter::repeat_n(Err(ErrorKind::RateLimited), 8 + 4 + 1)).taking(SECOND);
        let limit = limit(&inner, 8, Pace::new(None, None));
        let began = Instant::now();
        let wait = |seconds: u32| {
            move |call: Result<Reply, BackendError>| call.unwrap_err().retry_after == Some(seconds * SECOND)
        };
        assert!(call(&limit, 8).await.into_iter().all(wait(15)), "refused together, they wait together");
        assert!(call(&limit, 4).await.into_iter().all(wait(30)));
        assert!(call(&limit, 1).await.into_iter().all(wait(60)));
        assert!(limit.call(&request()).await.is_ok());
        assert_eq!(began.elapsed(), (15 + 30 + 60 + 4) * SECOND);
    }

    #[tokio::test(start_paused = true)]
    async fn a_rest_is_short_again_after_an_answer_and_fits_into_little_patience() {
        let inner = Scripted::new([Err(ErrorKind::RateLimited), Ok(()), Err(ErrorKind::RateLimited)]);
        let mut limit = limit(&inner, 1, Pace::new(None, None));
        let waits: Vec<_> =
            call(&limit, 3).await.into_iter().map(|call| call.err().and_then(|e| e.retry_after)).collect();
        assert_eq!(waits, [Some(15 * SECOND), None, Some(15 * SECOND)]);
        limit.rest = Rest::new(SECOND / 2, 8 * SECOND);
        limit.pace = Arc::new(Pace::new(None, None));
        inner.add(Err(ErrorKind::RateLimited));
        assert_eq!(limit.call(&request()).await.unwrap_err().retry_after, Some(2 * SECOND));
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
