//! Runs: when they began and what they came to.
//!
//! Place in the data way: the frame around `plan`, `work` and `deliver`; `status` shows the last ones.
//! It must never decide what is done: only units and articles do.

use std::collections::BTreeMap;

use rusqlite::params;
use serde::Serialize;

use super::{State, StateError, from_json, to_json};
use crate::model::outcome::{Receipt, Stop};

/// Runs of which one probably sent something.
const LOOK_BACK: usize = 24;

/// A run as the state remembers it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RunRow {
    /// Its id.
    pub run: String,
    /// When it began, RFC 3339.
    pub started: String,
    /// When it ended; `None` while it runs, or where it was killed.
    pub finished: Option<String>,
    /// What it did.
    pub receipt: Option<Receipt>,
}

impl State {
    /// Notes that a run begins at `now` (RFC 3339). Two runs share an id only where the clock was set back; the later
    /// one is then remembered.
    pub async fn begin_run(&self, run: &str, now: &str) -> Result<(), StateError> {
        let (run, now) = (run.to_owned(), now.to_owned());
        self.write(move |c| {
            c.execute("INSERT OR REPLACE INTO runs (run, started) VALUES (?1, ?2)", [run, now]).map(|_| ())
        })
        .await
    }

    /// Notes what a run came to at `now`.
    pub async fn end_run(&self, receipt: &Receipt, now: &str) -> Result<(), StateError> {
        let (receipt, now) = (receipt.clone(), now.to_owned());
        self.write(move |c| {
            c.execute(
                "UPDATE runs SET finished = ?2, receipt = ?3 WHERE run = ?1",
                params![receipt.run, now, to_json(&receipt)?],
            )
            .map(|_| ())
        })
        .await
    }

    /// How long nine of ten requests took at most, in seconds, by backend, as the last runs noted it. Nothing after a run
    /// that had no time for a single request: the next one sends one and learns how it is now.
    pub fn usual_seconds(&self) -> Result<BTreeMap<String, f64>, StateError> {
        let mut usual = BTreeMap::new();
        let receipts: Vec<Receipt> = self.runs(LOOK_BACK)?.into_iter().filter_map(|run| run.receipt).collect();
        let is_starved = |last: &Receipt| last.requests == 0 && matches!(last.stopped, Some(Stop::Deadline));
        if receipts.first().is_some_and(is_starved) {
            return Ok(usual);
        }
        for receipt in receipts {
            for (name, used) in receipt.backends {
                if let (Some(seconds), false) = (used.usual_seconds, usual.contains_key(&name)) {
                    usual.insert(name, seconds);
                }
            }
        }
        Ok(usual)
    }

    /// The last runs, newest first.
    pub fn runs(&self, limit: usize) -> Result<Vec<RunRow>, StateError> {
        self.read(|c| {
            c.prepare("SELECT run, started, finished, receipt FROM runs ORDER BY started DESC, run DESC LIMIT ?1")?
                .query_map([limit], |row| {
                    let receipt: Option<String> = row.get("receipt")?;
                    Ok(RunRow {
                        run: row.get("run")?,
                        started: row.get("started")?,
                        finished: row.get("finished")?,
                        receipt: receipt.map(|_| from_json(row, "receipt")).transpose()?,
                    })
                })?
                .collect()
        })
    }
}
