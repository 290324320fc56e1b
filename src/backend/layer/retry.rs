//! Makes an attempt again where the same request may succeed a little later.
//!
//! Place in the data way: the outermost layer, so that a call that waits here holds no permit and every attempt passes
//! the rate gate. It must never repeat what a person has to mend, nor wait on when the run is being stopped.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use backon::{BackoffBuilder, ExponentialBuilder};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::backend::error::{BackendError, ErrorKind, Fault};
use crate::backend::{Backend, Health};
use crate::model::backend::Profile;
use crate::model::duration;
use crate::model::event::{Event, Monitor};
use crate::model::reply::{Reply, Usage};
use crate::model::request::Request;

/// How often and how long attempts are made again.
#[derive(Debug, Clone, Copy)]
pub struct RetryOptions {
    /// Attempts after the first. Being asked to wait (429) uses none of several up where nobody else can answer.
    pub retries: u32,
    /// From the first failure to the last attempt.
    pub within: Duration,
    /// The first wait; each later one is twice as long, up to [`LONGEST_WAIT`], plus a random part of itself.
    pub wait: Duration,
}

/// The longest wait where the server asks for none.
pub const LONGEST_WAIT: Duration = Duration::from_secs(30);

/// A backend whose transient failures are tried again.
pub struct Retry {
    inner: Arc<dyn Backend>,
    patience: Patience,
}

impl Retry {
    /// Wraps a backend.
    pub fn new(inner: Arc<dyn Backend>, patience: Patience) -> Self {
        Self { inner, patience }
    }
}

/// Makes attempts until one succeeds, or trying on is in vain.
#[derive(Clone)]
pub struct Patience {
    /// How often and how long.
    pub options: RetryOptions,
    /// Whether nobody else can answer. Then a call waits while the breaker is open, and as long as `within` allows where
    /// the server asks to wait; else the next backend answers sooner.
    pub alone: bool,
    /// Is told of each wait.
    pub monitor: Arc<dyn Monitor>,
    /// Ends every wait.
    pub cancel: CancellationToken,
}

impl Patience {
    fn delays(&self, times: u32) -> impl Iterator<Item = Duration> + Send + use<> {
        ExponentialBuilder::new()
            .with_min_delay(self.options.wait)
            .with_max_delay(LONGEST_WAIT.max(self.options.wait))
            .with_max_times(usize::try_from(times).unwrap_or(usize::MAX))
            .with_jitter()
            .build()
    }

    /// Makes attempts at the backend `name`.
    ///
    /// # Errors
    /// The last attempt's error, or `Cancelled`.
    pub async fn attempts<T, F>(&self, name: &str, mut attempt: impl FnMut() -> F + Send) -> Result<T, BackendError>
    where
        F: Future<Output = Result<T, BackendError>> + Send,
    {
        let RetryOptions { retries, .. } = self.options;
        let (mut delays, mut rests) = (self.delays(retries), self.delays(if retries == 0 { 0 } else { u32::MAX }));
        let mut first_failure = None;
        for attempts in 1.. {
            if self.cancel.is_cancelled() {
                return Err(cancelled(name, attempts - 1));
            }
            let mut error = match attempt().await {
                Ok(reply) => return Ok(reply),
                Err(error) => BackendError { attempts, ..error },
            };
            let next = match error.kind {
                ErrorKind::RateLimited if self.alone => rests.next(),
                ErrorKind::Open if !self.alone => None,
                kind => delays.next().filter(|_| kind.is_transient()),
            };
            let Some(backoff) = next else { return Err(error) };
            let delay = backoff.max(error.retry_after.unwrap_or_default());
            let since = *first_failure.get_or_insert_with(Instant::now);
            if since.elapsed() + delay > self.options.within {
                let (wait, within) = (duration::format(delay), duration::format(self.options.within));
                error.message = format!(
                    "{}; given up, because waiting {wait} more would pass `retry_for` = {within}",
                    error.message
                );
                return Err(error);
            }
            self.pause(&error, delay).await?;
        }
        Err(cancelled(name, u32::MAX))
    }

    /// Waits before the next attempt.
    async fn pause(&self, error: &BackendError, delay: Duration) -> Result<(), BackendError> {
        let (backend, reason) = (error.backend.clone(), error.message.clone());
        self.monitor.event(&Event::Retry { backend, reason, delay });
        tokio::select! {
            biased;
            () = self.cancel.cancelled() => Err(cancelled(&error.backend, error.attempts)),
            () = tokio::time::sleep(delay) => Ok(()),
        }
    }
}

fn sum(one: Usage, other: Usage) -> Usage {
    Usage {
        input_tokens: one.input_tokens + other.input_tokens,
        output_tokens: one.output_tokens + other.output_tokens,
        characters: one.characters + other.characters,
        estimated: one.estimated || other.estimated,
    }
}

fn cancelled(name: &str, attempts: u32) -> BackendError {
    BackendError { attempts, ..Fault::new(ErrorKind::Cancelled, "the run is being stopped").of(name) }
}

#[async_trait]
impl Backend for Retry {
    fn profile(&self) -> &Profile {
        self.inner.profile()
    }

    async fn call(&self, request: &Request) -> Result<Reply, BackendError> {
        // What attempts were billed with that broke off is paid for too, whatever comes of the last one.
        let billed = Mutex::new(None);
        let attempt = async || {
            let result = self.inner.call(request).await;
            if let Err(BackendError { used: Some(used), .. }) = &result {
                let mut billed = billed.lock().unwrap_or_else(PoisonError::into_inner);
                *billed = Some(billed.map_or(*used, |before| sum(before, *used)));
            }
            result
        };
        let result = self.patience.attempts(&self.profile().name, attempt).await;
        let Some(used) = billed.into_inner().unwrap_or_else(PoisonError::into_inner) else { return result };
        result
            .map(|reply| Reply { usage: sum(reply.usage, used), ..reply })
            .map_err(|error| BackendError { used: Some(used), ..error })
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

    fn retry(inner: &Arc<Scripted>, retries: u32, within: u64) -> (Retry, CancellationToken) {
        let options = RetryOptions { retries, within: Duration::from_secs(within), wait: Duration::from_millis(500) };
        let cancel = CancellationToken::new();
        let patience = Patience { options, alone: true, monitor: Arc::new(Silent), cancel: cancel.clone() };
        (Retry::new(inner.clone(), patience), cancel)
    }

    #[tokio::test(start_paused = true)]
    async fn transient_failures_are_tried_again_until_one_succeeds() {
        let inner = Scripted::new([Err(ErrorKind::Server), Err(ErrorKind::Connect), Err(ErrorKind::Timeout), Ok(())]);
        let (retry, _) = retry(&inner, 4, 600);
        assert!(retry.call(&request()).await.is_ok());
        assert_eq!(inner.calls(), 4);
    }

    #[tokio::test(start_paused = true)]
    async fn what_failed_attempts_were_billed_with_is_counted() {
        let failures = || [Err(ErrorKind::Server), Err(ErrorKind::Server)];
        let used = Usage { input_tokens: 10, output_tokens: 1, ..Usage::default() };
        let (patient, _) = retry(&Scripted::new(failures()).billing(used), 4, 600);
        let usage = patient.call(&request()).await.unwrap().usage;
        assert_eq!((usage.input_tokens, usage.output_tokens), (600 + 20, 400 + 2));
        let (hasty, _) = retry(&Scripted::new(failures()).billing(used), 1, 600);
        assert_eq!(hasty.call(&request()).await.unwrap_err().used.map(|used| used.input_tokens), Some(20));
    }

    #[tokio::test(start_paused = true)]
    async fn what_a_person_must_mend_is_not_tried_again() {
        use ErrorKind::{Auth, BadReply, NotFound, Quota, Refused, TooLarge, Unsupported};
        for kind in [Auth, Quota, NotFound, Unsupported, TooLarge, Refused, BadReply] {
            let inner = Scripted::new([Err(kind), Ok(())]);
            let (retry, _) = retry(&inner, 4, 600);
            let error = retry.call(&request()).await.unwrap_err();
            assert_eq!((error.kind, error.attempts, inner.calls()), (kind, 1, 1));
        }
    }

    #[tokio::test(start_paused = true)]
    async fn an_open_breaker_is_waited_for_only_where_nobody_else_can_answer() {
        for (waits, calls, seconds) in [(true, 2, 5), (false, 1, 0)] {
            let inner = Scripted::new([Err(ErrorKind::Open), Ok(())]).asking(Duration::from_secs(5));
            let (mut retry, _) = retry(&inner, 4, 600);
            retry.patience.alone = waits;
            let began = Instant::now();
            assert_eq!(retry.call(&request()).await.is_ok(), waits);
            assert_eq!((inner.calls(), began.elapsed()), (calls, Duration::from_secs(seconds)));
        }
    }

    #[tokio::test(start_paused = true)]
    async fn the_count_of_retries_is_kept() {
        let inner = Scripted::new(std::iter::repeat_n(Err(ErrorKind::Server), 9));
        let (retry, _) = retry(&inner, 2, 600);
        let error = retry.call(&request()).await.unwrap_err();
        assert_eq!((error.kind, error.attempts, inner.calls()), (ErrorKind::Server, 3, 3));
    }

    #[tokio::test(start_paused = true)]
    async fn being_asked_to_wait_uses_no_retry_up_where_nobody_else_can_answer() {
        for (alone, calls) in [(true, 7), (false, 3)] {
            let inner = Scripted::new(std::iter::repeat_n(Err(ErrorKind::RateLimited), 6));
            let (mut retry, _) = retry(&inner, 2, 600);
            retry.patience.alone = alone;
            assert_eq!((retry.call(&request()).await.is_ok(), inner.calls()), (alone, calls));
        }
    }

    #[tokio::test(start_paused = true)]
    async fn the_server_is_given_the_time_that_it_asks_for() {
        let inner = Scripted::new([Err(ErrorKind::RateLimited), Ok(())]).asking(Duration::from_secs(7));
        let (retry, _) = retry(&inner, 4, 600);
        let began = Instant::now();
        retry.call(&request()).await.unwrap();
        assert_eq!(began.elapsed(), Duration::from_secs(7));
    }

    #[tokio::test(start_paused = true)]
    async fn a_wait_beyond_the_whole_budget_is_not_begun() {
        let inner = Scripted::new([Err(ErrorKind::RateLimited), Ok(())]).asking(Duration::from_hours(1));
        let (retry, _) = retry(&inner, 4, 600);
        let began = Instant::now();
        let error = retry.call(&request()).await.unwrap_err();
        assert!(error.message.contains("retry_for"), "{error}");
        assert_eq!((began.elapsed(), inner.calls()), (Duration::ZERO, 1));
    }

    #[tokio::test(start_paused = true)]
    async fn waits_grow_and_end_with_the_budget() {
        let inner = Scripted::new(std::iter::repeat_n(Err(ErrorKind::Server), 99));
        let (retry, _) = retry(&inner, 99, 60);
        let began = Instant::now();
        retry.call(&request()).await.unwrap_err();
        assert!(began.elapsed() <= Duration::from_mins(1));
        assert!((5..=9).contains(&inner.calls()), "{} attempts", inner.calls());
    }

    #[tokio::test(start_paused = true)]
    async fn stopping_ends_a_wait_at_once() {
        let inner = Scripted::new([Err(ErrorKind::RateLimited), Ok(())]).asking(Duration::from_mins(5));
        let (retry, cancel) = retry(&inner, 4, 600);
        let began = Instant::now();
        let request = request();
        let stop = async {
            tokio::time::sleep(Duration::from_secs(1)).await;
            cancel.cancel();
        };
        let (result, ()) = tokio::join!(retry.call(&request), stop);
        assert_eq!(result.unwrap_err().kind, ErrorKind::Cancelled);
        assert_eq!(began.elapsed(), Duration::from_secs(1));
    }
}
