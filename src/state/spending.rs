//! What was spent, by day, backend and currency: budgets of a day and of a month reach over many runs.
//!
//! Place in the data way: `work` books what a unit cost in the transaction that stores its result; the ledger of the next
//! run begins with it.
//! It must never forget a day of the present month.

use rusqlite::{Connection, params};

use super::{State, StateError};
use crate::model::spend::Spend;

impl State {
    /// What was spent on `first` (a date such as `2026-11-01`) and since.
    pub fn spent_since(&self, first: &str) -> Result<Vec<Spend>, StateError> {
        self.read(|c| {
            c.prepare_cached("SELECT day, backend, currency, amount FROM spending WHERE day >= ?1 ORDER BY day")?
                .query_map([first], |row| {
                    Ok(Spend {
                        day: row.get("day")?,
                        backend: row.get("backend")?,
                        currency: row.get("currency")?,
                        amount: row.get("amount")?,
                    })
                })?
                .collect()
        })
    }
}

pub(super) fn book(c: &Connection, spent: &[Spend]) -> rusqlite::Result<()> {
    let mut add = c.prepare_cached(
        "INSERT INTO spending (day, backend, currency, amount) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT DO UPDATE SET amount = amount + excluded.amount",
    )?;
    spent.iter().try_for_each(|s| add.execute(params![s.day, s.backend, s.currency, s.amount]).map(|_| ()))
}
