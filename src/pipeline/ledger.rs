//! The ledger: what a run has counted and spent so far, and whether the next request still fits the budget.
//!
//! Place in the data way: `work` asks it before each request and tells it after; the receipt is read off it.
//! It must never let a request out that could pass the budget.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::model::backend::Profile;
use crate::model::event::{Event, Monitor};
use crate::model::outcome::{BackendUse, Counts, Receipt};
use crate::model::reply::Usage;

/// Counts and costs of a run. It is also the [`Monitor`] that backends tell their retries to.
pub struct Ledger {
    listener: Arc<dyn Monitor>,
    budget: Option<f64>,
    books: Mutex<Books>,
}

#[derive(Default)]
struct Books {
    counts: Counts,
    backends: BTreeMap<String, BackendUse>,
    /// Estimated cost of requests that are under way.
    reserved: f64,
}

/// The budget does not allow another request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OverBudget;

/// What a request is expected to cost; give it back to [`Ledger::settle`].
#[derive(Debug)]
#[must_use]
pub struct Reservation(f64);

impl Ledger {
    /// An empty ledger that passes events on to `listener`. `budget` is in the currency of the backends' prices.
    pub fn new(listener: Arc<dyn Monitor>, budget: Option<f64>) -> Self {
        Self { listener, budget, books: Mutex::default() }
    }

    fn books(&self) -> MutexGuard<'_, Books> {
        self.books.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes the counts.
    pub fn count(&self, change: impl FnOnce(&mut Counts)) {
        change(&mut self.books().counts);
    }

    /// Asks for leave to send a request that is expected to use `estimate`.
    ///
    /// # Errors
    /// [`OverBudget`] when what was spent, what is under way and this request together could pass the budget.
    pub fn reserve(&self, profile: &Profile, estimate: &Usage) -> Result<Reservation, OverBudget> {
        let cost = profile.price.as_ref().map_or(0.0, |price| price.of(estimate));
        let mut books = self.books();
        let spent: f64 = books.backends.values().flat_map(|b| b.cost.values()).sum();
        if self.budget.is_some_and(|budget| cost > 0.0 && spent + books.reserved + cost > budget) {
            return Err(OverBudget);
        }
        books.reserved += cost;
        Ok(Reservation(cost))
    }

    /// Books what a request really used (nothing, where it failed) and what it cost. Returns the cost.
    #[expect(clippy::needless_pass_by_value, reason = "a reservation is given back once")]
    pub fn settle(&self, profile: &Profile, reservation: Reservation, used: Option<&Usage>) -> f64 {
        let mut books = self.books();
        books.reserved -= reservation.0;
        let entry = books.backends.entry(profile.name.clone()).or_default();
        entry.requests += 1;
        let Some(usage) = used else { return 0.0 };
        entry.input_tokens += usage.input_tokens;
        entry.output_tokens += usage.output_tokens;
        entry.characters += usage.characters;
        entry.estimated |= usage.estimated;
        let Some(price) = &profile.price else { return 0.0 };
        let cost = price.of(usage);
        *entry.cost.entry(price.currency.clone()).or_default() += cost;
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

    #[test]
    fn what_is_under_way_counts_against_the_budget() {
        let ledger = Ledger::new(Arc::new(Silent), Some(5.0));
        let first = ledger.reserve(&profile(), &tokens(1_000, 1_000)).unwrap();
        assert_eq!(ledger.reserve(&profile(), &tokens(1_000, 1_000)).unwrap_err(), OverBudget);
        ledger.settle(&profile(), first, Some(&tokens(500, 500)));
        assert!(ledger.reserve(&profile(), &tokens(1_000, 1_000)).is_ok());
    }

    #[test]
    fn the_receipt_adds_up_what_was_settled() {
        let ledger = Ledger::new(Arc::new(Silent), None);
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
