//! The ledger: what a run has counted and spent so far, and whether the next request still fits its budget and its time.
//!
//! Place in the data way: `work` asks it before each request and tells it after; the receipt is read off it.
//! It must never let a request out that could pass the budget, or that is likely to end after the deadline.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::model::alarm::Alarm;
use crate::model::backend::Profile;
use crate::model::event::{Event, Monitor};
use crate::model::outcome::{BackendUse, Counts, Receipt, Stop};
use crate::model::reply::Usage;
use crate::model::spend::{Period, Spend};

use super::pace::Pace;
use super::purse::{Budget, Purse};
use super::time_limit::TimeLimit;

/// Counts and costs of a run. It is also the [`Monitor`] that backends tell their retries to.
pub struct Ledger {
    listener: Arc<dyn Monitor>,
    allowance: Allowance,
    today: Today,
    books: Mutex<Books>,
}

/// The date where the run is, such as `2026-11-26`, asked anew each time.
pub type Today = Arc<dyn Fn() -> String + Send + Sync>;

/// What a run may use.
#[derive(Debug, Clone, Default)]
pub struct Allowance {
    /// Money.
    pub budget: Budget,
    /// When the last request must have been answered; `None` where there is no deadline.
    pub finish_by: Option<TimeLimit>,
    /// What of the time before that is kept for headlines.
    pub kept: Duration,
}

#[derive(Default)]
struct Books {
    counts: Counts,
    alarms: Vec<Alarm>,
    backends: BTreeMap<String, BackendUse>,
    /// Estimated cost of requests that are under way, by currency.
    reserved: BTreeMap<String, f64>,
    purse: Purse,
    pace: Pace,
    /// What of the time is kept for headlines.
    kept: Duration,
}

/// What is lacking for another request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Short {
    /// What was spent, what is under way and this request together could pass the budget for this period.
    Money(Period),
    /// It would probably not be answered in time.
    Time,
}

impl From<Short> for Stop {
    fn from(short: Short) -> Self {
        match short {
            Short::Money(of) => Self::Budget { of },
            Short::Time => Self::Deadline,
        }
    }
}

/// A request that may be sent; give it back to [`Ledger::settle`], or keep it.
#[derive(Debug)]
#[must_use]
pub struct Reservation {
    cost: f64,
    since: Instant,
}

impl Reservation {
    /// Leaves it to the end of the run: the request travels in a batch, and a later run books what it used. Returns what
    /// it is expected to cost.
    pub fn keep(self) -> f64 {
        self.cost
    }
}

impl Ledger {
    /// An empty ledger that passes events on to `listener`.
    pub fn new(listener: Arc<dyn Monitor>, allowance: Allowance, today: Today) -> Self {
        let books = Books { purse: Purse::new(allowance.budget), kept: allowance.kept, ..Books::default() };
        Self { listener, allowance, today, books: Mutex::new(books) }
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

    /// Notes what is wrong with outlets.
    pub fn alarms(&self, alarms: Vec<Alarm>) {
        self.books().alarms = alarms;
    }

    /// Lets requests use the time that was kept, too.
    pub fn use_up_the_time(&self) {
        self.books().kept = Duration::ZERO;
    }

    /// Notes what earlier runs spent: it counts against the budgets of a day and of a month.
    pub fn spent_before(&self, earlier: &[Spend]) {
        self.books().purse.earlier(earlier);
    }

    /// Asks for leave to send a request that is expected to use `estimate`.
    ///
    /// # Errors
    /// [`Short`] where money or time do not allow it.
    pub fn reserve(&self, profile: &Profile, estimate: &Usage) -> Result<Reservation, Short> {
        let mut books = self.books();
        let since = Instant::now();
        let usual = books.pace.usual(&profile.name).unwrap_or_default();
        let needed = usual + books.kept;
        if self.allowance.finish_by.as_ref().is_some_and(|end| end.left() <= needed) {
            return Err(Short::Time);
        }
        let Some(price) = &profile.price else { return Ok(Reservation { cost: 0.0, since }) };
        let cost = price.of(estimate);
        let under_way = books.reserved.get(&price.currency).copied().unwrap_or_default();
        if cost > 0.0
            && let Some(period) = books.purse.lacks(under_way + cost, &price.currency, &(self.today)())
        {
            return Err(Short::Money(period));
        }
        *books.reserved.entry(price.currency.clone()).or_default() += cost;
        Ok(Reservation { cost, since })
    }

    /// Books what a request really used (nothing, where no answer came). Returns what it cost, for the state.
    #[expect(clippy::needless_pass_by_value, reason = "a reservation is given back once")]
    pub fn settle(&self, profile: &Profile, reservation: Reservation, used: Option<&Usage>) -> Option<Spend> {
        let mut books = self.books();
        if let Some(price) = &profile.price {
            *books.reserved.entry(price.currency.clone()).or_default() -= reservation.cost;
        }
        let amount = books.book(profile, 1, used);
        used?;
        books.pace.note(&profile.name, reservation.since.elapsed());
        let spend = spend(profile, (self.today)(), amount);
        if let Some(spend) = &spend {
            books.purse.take(spend);
        }
        spend
    }

    /// The date where the run is.
    pub fn today(&self) -> String {
        (self.today)()
    }

    /// Books the answers of a batch that was handed over on `day`. They count against the budgets of that day and its
    /// month, but not against this run's: the run that handed them over was asked. Returns what they cost, for the state.
    pub fn book(&self, profile: &Profile, (requests, used): (u64, &Usage), day: &str) -> Option<Spend> {
        let mut books = self.books();
        let amount = books.book(profile, requests, Some(used));
        let spend = spend(profile, day.to_owned(), amount);
        books.purse.earlier(spend.as_slice());
        spend
    }

    /// The receipt as it stands. The caller fills in run, time, stop and exit code.
    pub fn receipt(&self) -> Receipt {
        let books = self.books();
        let mut receipt = Receipt {
            schema: crate::model::outcome::RECEIPT_SCHEMA.into(),
            counts: books.counts.clone(),
            alarms: books.alarms.clone(),
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

impl Books {
    fn book(&mut self, profile: &Profile, requests: u64, used: Option<&Usage>) -> f64 {
        let entry = self.backends.entry(profile.name.clone()).or_default();
        entry.requests += requests;
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
}

/// What a backend cost; `None` where it has no price.
pub(super) fn spend(profile: &Profile, day: String, amount: f64) -> Option<Spend> {
    let currency = profile.price.as_ref()?.currency.clone();
    Some(Spend { day, backend: profile.name.clone(), currency, amount })
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

    fn ledger(allowance: Allowance) -> Ledger {
        Ledger::new(Arc::new(Silent), allowance, Arc::new(|| "2026-11-26".into()))
    }

    fn within(budget: f64) -> Ledger {
        ledger(Allowance { budget: Budget { run: Some(budget), ..Budget::default() }, ..Allowance::default() })
    }

    #[tokio::test(start_paused = true)]
    async fn a_request_that_would_end_after_the_deadline_is_not_begun() {
        let end = TimeLimit::after(Duration::from_mins(1), Arc::new(|| jiff::Timestamp::UNIX_EPOCH));
        let ledger = ledger(Allowance { finish_by: Some(end), ..Allowance::default() });
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
        assert_eq!(ledger.reserve(&profile(), &tokens(1_000, 1_000)).unwrap_err(), Short::Money(Period::Run));
        ledger.settle(&profile(), first, Some(&tokens(500, 500)));
        assert!(ledger.reserve(&profile(), &tokens(1_000, 1_000)).is_ok());
    }

    #[test]
    fn what_a_batch_used_is_in_the_receipt_but_not_in_this_budget() {
        let ledger = within(5.0);
        ledger.book(&profile(), (3, &tokens(1_000, 2_000)), "2026-11-25");
        let receipt = ledger.receipt();
        assert_eq!((receipt.requests, receipt.output_tokens), (3, 2_000));
        assert!((receipt.cost["USD"] - 5.0).abs() < 1e-9);
        assert!((ledger.reserve(&profile(), &tokens(1_000, 1_000)).unwrap().keep() - 3.0).abs() < 1e-9);
        assert_eq!(
            ledger.reserve(&profile(), &tokens(1_000, 1_000)).unwrap_err(),
            Short::Money(Period::Run),
            "a kept one counts on"
        );
    }

    #[test]
    fn the_receipt_adds_up_what_was_settled() {
        let ledger = ledger(Allowance::default());
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

    #[test]
    fn over_midnight_each_day_is_counted_by_itself() {
        let hour = Arc::new(std::sync::atomic::AtomicU8::new(23));
        let seen = hour.clone();
        let today =
            move || if seen.load(std::sync::atomic::Ordering::Relaxed) == 23 { "2026-11-30" } else { "2026-12-01" };
        let budget = Budget { day: Some(5.0), ..Budget::default() };
        let allowance = Allowance { budget, ..Allowance::default() };
        let ledger = Ledger::new(Arc::new(Silent), allowance, Arc::new(move || today().to_owned()));
        let first = ledger.reserve(&profile(), &tokens(1_000, 1_000)).unwrap();
        let spend = ledger.settle(&profile(), first, Some(&tokens(1_000, 1_000))).unwrap();
        assert_eq!((spend.day.as_str(), spend.currency.as_str()), ("2026-11-30", "USD"));
        assert_eq!(ledger.reserve(&profile(), &tokens(1_000, 1_000)).unwrap_err(), Short::Money(Period::Day));
        hour.store(0, std::sync::atomic::Ordering::Relaxed);
        assert!(ledger.reserve(&profile(), &tokens(1_000, 1_000)).is_ok());
    }
}
