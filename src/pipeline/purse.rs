//! What may still be spent: in this run, on this day, in this month.
//!
//! Place in the data way: the ledger asks it before each request and tells it what a reply cost.
//! It must never read the clock: the day is passed in, so that a run over midnight counts each day by itself.

use std::collections::BTreeMap;

use crate::model::spend::{Period, Spend};

/// Amounts in the currency of the backends' prices; where they have several, so much of each. `None` is no limit.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Budget {
    /// For this run.
    pub run: Option<f64>,
    /// For each day.
    pub day: Option<f64>,
    /// For each calendar month.
    pub month: Option<f64>,
}

/// A budget and what was spent of it.
#[derive(Debug, Default)]
pub struct Purse {
    budget: Budget,
    /// By period (`""` is the run, `2026-11` a month, `2026-11-26` a day) and currency.
    spent: BTreeMap<(String, String), f64>,
}

impl Purse {
    /// A purse of which nothing was spent.
    pub fn new(budget: Budget) -> Self {
        Self { budget, spent: BTreeMap::new() }
    }

    /// Counts what earlier runs spent.
    pub fn earlier(&mut self, earlier: &[Spend]) {
        for spend in earlier {
            self.add(spend, &[month(&spend.day), &spend.day]);
        }
    }

    /// Takes out what a request of this run cost.
    pub fn take(&mut self, spend: &Spend) {
        self.add(spend, &["", month(&spend.day), &spend.day]);
    }

    fn add(&mut self, spend: &Spend, periods: &[&str]) {
        for period in periods {
            *self.spent.entry(((*period).to_owned(), spend.currency.clone())).or_default() += spend.amount;
        }
    }

    /// The first period whose budget does not hold `amount` more on the date `today`.
    pub fn lacks(&self, amount: f64, currency: &str, today: &str) -> Option<Period> {
        let periods = [
            (Period::Run, "", self.budget.run),
            (Period::Day, today, self.budget.day),
            (Period::Month, month(today), self.budget.month),
        ];
        let is_short = |name: &str, limit: Option<f64>| {
            let spent = self.spent.get(&(name.to_owned(), currency.to_owned())).copied().unwrap_or_default();
            limit.is_some_and(|limit| spent + amount > limit)
        };
        periods.into_iter().find(|(_, name, limit)| is_short(name, *limit)).map(|(period, ..)| period)
    }
}

/// `2026-11-26` → `2026-11`.
fn month(day: &str) -> &str {
    day.rsplit_once('-').map_or(day, |(month, _)| month)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spend(day: &str, currency: &str, amount: f64) -> Spend {
        Spend { day: day.into(), backend: "desk".into(), currency: currency.into(), amount }
    }

    #[test]
    fn each_day_and_each_month_has_its_own_budget() {
        let budget = Budget { run: None, day: Some(5.0), month: Some(8.0) };
        let mut purse = Purse::new(budget);
        purse.earlier(&[spend("2026-11-29", "USD", 4.0), spend("2026-10-31", "USD", 100.0)]);
        assert_eq!(purse.lacks(2.0, "USD", "2026-11-29"), Some(Period::Day));
        assert_eq!(purse.lacks(2.0, "EUR", "2026-11-29"), None, "a currency of its own");
        assert_eq!(purse.lacks(2.0, "USD", "2026-11-30"), None);
        purse.take(&spend("2026-11-30", "USD", 3.0));
        assert_eq!(purse.lacks(2.0, "USD", "2026-11-30"), Some(Period::Month));
        assert_eq!(purse.lacks(5.0, "USD", "2026-12-01"), None, "after midnight it is another day");
    }

    #[test]
    fn what_earlier_runs_spent_is_not_this_runs() {
        let budget = Budget { run: Some(1.0), ..Budget::default() };
        let mut purse = Purse::new(budget);
        purse.earlier(&[spend("2026-11-29", "USD", 4.0)]);
        assert_eq!(purse.lacks(1.0, "USD", "2026-11-29"), None);
        purse.take(&spend("2026-11-29", "USD", 0.5));
        assert_eq!(purse.lacks(1.0, "USD", "2026-11-29"), Some(Period::Run));
    }
}
