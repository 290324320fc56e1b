//! The ledger: what a run has counted and spent so far, and whether the next request still fits its budget and its time.
//!
//! Place in the data way: `work` asks it before each request and tells it after; the receipt is read off it.
//! It must never let a request out that could pass the budget, or that is likely to end after the deadline.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::model::backend::Profile;
use crate::model::event::{Event, Monitor};
use crate::model::outcome::{BackendUse, Counts, Receipt};
use crate::model::reply::Usage;

use super::pace::Pace;

/// Counts and costs of a run. It is also the [`Monitor`] that backends tell their retries to.
pub struct Ledger {
    listener: Arc<dyn Monitor>,
    allowance: Allowance,
    books: Mutex<Books>,
}

/// What a run may use. `None` is no limit.
#[derive(Debug, Clone, Copy, Default)]
pub struct Allowance {
    /// Money, in the currency of the backends' prices; where they have several, so much of each.
    pub budget: Option<f64>,
    /// When the last request must have been answered.
    pub finish_by: Option<Instant>,
}

#[derive(Default)]
struct Books {
    counts: Counts,
    backends: BTreeMap<String, BackendUse>,
    /// Estimated cost of requests that are under way, by currency.
    reserved: BTreeMap<String, f64>,
    pace: Pace,
}

/// What is lacking for another request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Short {
    /// What was spent, what is under way and this request together could pass the budget.
    Money,
    /// It would probably not be answered in time.
    Time,
}

/// A request that may be sent; give it back to [`Ledger::settle`].
#[derive(Debug)]
#[must_use]
pub struct Reservation {
    cost: f64,
    since: Instant,
}

impl Ledger {
    /// An empty ledger that passes events on to `listener`.
    pub fn new(listener: Arc<dyn Monitor>, allowance: Allowance) -> Self {
        Self { listener, allowance, books: Mutex::default() }
    }

    fn books(&self) -> MutexGuard<'_, Books> {
        self.books.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes the counts.
    pub fn count(&self, change: impl FnOnce(&mut Counts)) {
        change(&mut self.books().counts);
    }

    /// Notes how long requests took in an earlier run, so that the first ones of this run are not sent blindly.
    pub fn expect(&self, backend: &str, usual: Duration) {
        self.books().pace.note(backend, usual);
    }

    /// Asks for leave to send a request that is expected to use `estimate`.
    ///
    /// # Errors
    /// [`Short`] where money or time do not allow it.
    pub fn reserve(&self, profile: &Profile, estimate: &Usage) -> Result<Reservation, Short> {
        let mut books = self.books();
        let since = Instant::now();
        let usual = books.pace.usual(&profile.name).unwrap_or_default();
        if self.allowance.finish_by.is_some_and(|end| since + usual > end) {
            return Err(Short::Time);
        }
        let Some(price) = &profile.price else { return Ok(Reservation { cost: 0.0, since }) };
        let cost = price.of(estimate);
        let of_currency = |cost: &BTreeMap<String, f64>| cost.get(&price.currency).copied().unwrap_or_default();
        let spent: f64 = books.backends.values().map(|backend| of_currency(&backend.cost)).sum();
        let together = spent + of_currency(&books.reserved) + cost;
        if self.allowance.budget.is_some_and(|budget| cost > 0.0 && together > budget) {
            return Err(Short::Money);
        }
        *books.reserved.entry(price.currency.clone()).or_default() += cost;
        Ok(Reservation { cost, since })
    }

    /// Books what a request really used (nothing, where it failed) and what it cost. Returns the cost.
    #[expect(clippy::needless_pass_by_value, reason = "a reservation is given back once")]
    pub fn settle(&self, profile: &Profile, reservation: Reservation, used: Option<&Usage>) -> f64 {
        let mut books = self.books();
        if let Some(price) = &profile.price {
            *books.reserved.entry(price.currency.clone()).or_default() -= reservation.cost;
        }
        let entry = books.backends.entry(profile.name.clone()).or_default();
        entry.requests += 1;
        let Some(usage) = used else { return 0.0 };
        entry.input_tokens += usage.input_tokens;
        entry.output_tokens += usage.output_tokens;
        entry.characters += usage.characters;
        entry.estimated |= usage.estimated;
        let cost = profile.price.as_ref().map_or(0.0, |price| {
            let cost = price.of(usage);
            *entry.cost.entry(price.currency.clone()).or_default() += cost;
            cost
        });
        books.pace.note(&profile.name, reservation.since.elapsed());
        cost
    }

    /// The receipt as it stands. The caller fills in run, time, stop and exit code.
    pub fn receipt(&self) -> Receipt {
        let books = self.books();
        let mut receipt = Receipt {
            schema: crate::model::outcome::RECEIPT_SCHEMA.into(),
            counts: books.counts.clone(),
            backends: books.backends.clone(),
            ..Receipt::default()
        };
        for (name, backend) in &mut receipt.backends {
            backend.usual_seconds = books.pace.usual(name).map(|usual| usual.as_secs_f64());
        }
        for backend in books.backends.values() {
            receipt.requests += backend.requests;
            receipt.retries += backend.retries;
            receipt.input_tokens += backend.input_tokens;
            receipt.output_tokens += backend.output_tokens;
            receipt.estimated |= backend.estimated;
            for (currency, cost) in &backend.cost {
                *receipt.cost.entry(currency.clone()).or_default() += cost;
            }
        }
        receipt
    }
}

impl Monitor for Ledger {
    fn event(&self, event: &Event) {
        if let Event::Retry { backend, .. } = event {
            self.books().backends.entry(backend.clone()).or_default().retries += 1;
        }
        self.listener.event(event);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::backend::{Abilities, Limits, Price};
    use crate::model::event::Silent;

    fn profile() -> Profile {
        Profile {
            name: "desk".into(),
            dialect: "openai".into(),
            model: None,
            parameters: String::new(),
            abilities: Abilities::default(),
            limits: Limits { segments: None, characters: None, bytes: None, tokens: None, segment_characters: 1_000 },
            price: Some(Price { input: 1.0, output: 2.0, characters: 0.0, per: 1_000.0, currency: "USD".into() }),
        }
    }

    fn tokens(input_tokens: u64, output_tokens: u64) -> Usage {
        Usage { input_tokens, output_tokens, ..Usage::default() }
    }

    fn within(budget: f64) -> Ledger {
        Ledger::new(Arc::new(Silent), Allowance { budget: Some(budget), finish_by: None })
    }

    #[tokio::test(start_paused = true)]
    async fn a_request_that_would_end_after_the_deadline_is_not_begun() {
        let end = Instant::now() + Duration::from_mins(1);
        let ledger = Ledger::new(Arc::new(Silent), Allowance { budget: None, finish_by: Some(end) });
        let first = ledger.reserve(&profile(), &tokens(1, 1)).unwrap();
        tokio::time::advance(Duration::from_secs(20)).await;
        ledger.settle(&profile(), first, Some(&tokens(1, 1)));
        let second = ledger.reserve(&profile(), &tokens(1, 1)).unwrap();
        tokio::time::advance(Duration::from_secs(21)).await;
        ledger.settle(&profile(), second, None);
        assert_eq!(ledger.reserve(&profile(), &tokens(1, 1)).unwrap_err(), Short::Time);
        let quicker = Profile { name: "quick".into(), ..profile() };
        assert!(ledger.reserve(&quicker, &tokens(1, 1)).is_ok(), "each backend has its own pace");
        assert_eq!(ledger.receipt().backends["desk"].usual_seconds, Some(20.0));
    }

    #[test]
    fn each_currency_has_the_budget_for_itself() {
        let ledger = within(5.0);
        let euro = Price { currency: "EUR".into(), ..profile().price.unwrap() };
        let second = Profile { price: Some(euro), ..profile() };
        let _first = ledger.reserve(&profile(), &tokens(1_000, 1_000)).unwrap();
        assert!(ledger.reserve(&second, &tokens(1_000, 1_000)).is_ok());
    }

    #[test]
    fn what_is_under_way_counts_against_the_budget() {
        let ledger = within(5.0);
        let first = ledger.reserve(&profile(), &tokens(1_000, 1_000)).unwrap();
        assert_eq!(ledger.reserve(&profile(), &tokens(1_000, 1_000)).unwrap_err(), Short::Money);
        ledger.settle(&profile(), first, Some(&tokens(500, 500)));
        assert!(ledger.reserve(&profile(), &tokens(1_000, 1_000)).is_ok());
    }

    #[test]
    fn the_receipt_adds_up_what_was_settled() {
        let ledger = Ledger::new(Arc::new(Silent), Allowance::default());
        for _ in 0..2 {
            let reservation = ledger.reserve(&profile(), &tokens(1, 1)).unwrap();
            ledger.settle(&profile(), reservation, Some(&tokens(1_000, 500)));
        }
        let retry = Event::Retry { backend: "desk".into(), reason: "503".into(), delay: std::time::Duration::ZERO };
        ledger.event(&retry);
        let receipt = ledger.receipt();
        assert_eq!((receipt.requests, receipt.retries, receipt.input_tokens), (2, 1, 2_000));
        assert!((receipt.cost["USD"] - 4.0).abs() < 1e-9);
    }
}
