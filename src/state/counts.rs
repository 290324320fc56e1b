//! Counts over the whole state, and the inputs that could not be read.
//!
//! Place in the data way: after it; `status` and the end of a run show them.
//! It must never count what belongs to another output folder that shares the state.

use std::collections::BTreeMap;

use serde::Serialize;

use super::articles::Outcome;
use super::{State, StateError};

/// Counts over the whole state.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct StateCounts {
    /// Articles by outcome: done.
    pub done: u64,
    /// Articles with work left.
    pub pending: u64,
    /// Articles with untranslated paragraphs.
    pub failed: u64,
    /// Articles with findings of severity error.
    pub flagged: u64,
    /// Inputs that could not be read at the last look.
    pub unreadable: u64,
    /// Units without a result.
    pub open_units: u64,
    /// Segments in them.
    pub open_segments: u64,
    /// Written articles by the last backend, in order of failover, that gave some of their text.
    pub tiers: BTreeMap<String, u64>,
}

impl State {
    /// Counts over the whole state.
    pub fn counts(&self) -> Result<StateCounts, StateError> {
        let root = &self.inner.root;
        self.read(|c| {
            let mut counts = StateCounts::default();
            let mut statement =
                c.prepare_cached("SELECT outcome, count(*) FROM articles WHERE root = ?1 GROUP BY outcome")?;
            let mut rows = statement.query([root])?;
            while let Some(row) = rows.next()? {
                let outcome: String = row.get(0)?;
                *match Outcome::read(&outcome) {
                    Outcome::Done => &mut counts.done,
                    Outcome::Pending => &mut counts.pending,
                    Outcome::Failed => &mut counts.failed,
                    Outcome::Flagged => &mut counts.flagged,
                } = row.get(1)?;
            }
            counts.tiers = c
                .prepare_cached(
                    "SELECT tier, count(*) FROM articles WHERE root = ?1 AND tier IS NOT NULL GROUP BY tier",
                )?
                .query_map([root], |row| Ok((row.get(0)?, row.get(1)?)))?
                .collect::<rusqlite::Result<_>>()?;
            counts.unreadable =
                c.query_row("SELECT count(*) FROM failures WHERE root = ?1", [root], |row| row.get(0))?;
            (counts.open_units, counts.open_segments) = c.query_row(
                "SELECT count(*), coalesce(sum(segments), 0) FROM units WHERE status = 'open' AND former IS NULL
                 AND article IN (SELECT id FROM articles WHERE root = ?1)",
                [root],
                |row| Ok((row.get(0)?, row.get(1)?)),
            )?;
            Ok(counts)
        })
    }

    /// The open units of a run, and the segments in them.
    pub fn work_of(&self, run: &str) -> Result<(u64, u64), StateError> {
        self.read(|c| {
            c.prepare_cached(
                "SELECT count(*), coalesce(sum(segments), 0) FROM units WHERE status = 'open' AND former IS NULL
                 AND article IN (SELECT id FROM articles WHERE run = ?1)",
            )?
            .query_row([run], |row| Ok((row.get(0)?, row.get(1)?)))
        })
    }

    /// How many articles of a run have units without a result.
    pub fn pending(&self, run: &str) -> Result<u64, StateError> {
        self.read(|c| {
            c.prepare_cached("SELECT count(*) FROM articles WHERE run = ?1 AND open > 0")?
                .query_row([run], |row| row.get(0))
        })
    }

    /// Replaces the list of inputs that could not be read.
    pub async fn set_failures(&self, failures: Vec<(String, String)>) -> Result<(), StateError> {
        let root = self.inner.root.clone();
        self.write(move |c| {
            c.execute("DELETE FROM failures WHERE root = ?1", [&root])?;
            let mut insert =
                c.prepare_cached("INSERT OR REPLACE INTO failures (root, path, reason) VALUES (?1, ?2, ?3)")?;
            failures.iter().try_for_each(|(path, reason)| insert.execute([&root, path, reason]).map(|_| ()))
        })
        .await
    }

    /// Inputs that could not be read at the last look, with the reason.
    pub fn failures(&self) -> Result<Vec<(String, String)>, StateError> {
        let root = &self.inner.root;
        self.read(|c| {
            c.prepare_cached("SELECT path, reason FROM failures WHERE root = ?1 ORDER BY path")?
                .query_map([root], |row| Ok((row.get(0)?, row.get(1)?)))?
                .collect()
        })
    }
}
