//! The translation memory: what was sent → the English that was accepted. Exact matches are never paid for twice.
//!
//! Place in the data way: looked up before a request, filled when a unit is finished.
//! It must never hold a text that a check refused.

use rusqlite::{Connection, OptionalExtension, params};
use serde::Serialize;

use super::{State, StateError};
use crate::model::key::Key;
use crate::model::unit::{MemoryEntry, MemoryKind};

/// An exact match.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MemoryHit {
    /// The English.
    pub en: String,
    /// Who gave it.
    pub backend: String,
}

/// How much the memory holds.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct MemoryStats {
    /// Translated segments.
    pub segments: u64,
    /// Summaries.
    pub summaries: u64,
    /// Characters of Indonesian.
    pub characters: u64,
    /// Texts that translators gave; they are not among the segments.
    pub human: u64,
    /// Segments by backend.
    pub by_backend: Vec<(String, u64)>,
}

impl State {
    /// Looks up each key; answers in the order of the keys.
    pub fn remembered(&self, keys: &[Key]) -> Result<Vec<Option<MemoryHit>>, StateError> {
        self.read(|c| {
            let mut statement = c.prepare_cached("SELECT en, backend FROM memory WHERE key = ?1")?;
            keys.iter()
                .map(|key| {
                    statement
                        .query_row([key.0], |row| Ok(MemoryHit { en: row.get(0)?, backend: row.get(1)? }))
                        .optional()
                })
                .collect()
        })
    }

    /// Stores entries outside of a unit (a part of a long summary).
    pub async fn remember(&self, entries: Vec<MemoryEntry>) -> Result<(), StateError> {
        self.write(move |c| remember(c, &entries)).await
    }

    /// Stores those entries whose key holds nothing yet.
    pub async fn remember_new(&self, entries: Vec<MemoryEntry>) -> Result<(), StateError> {
        self.write(move |c| insert(c, "INSERT OR IGNORE", &entries)).await
    }

    /// How much the memory holds.
    pub fn memory_stats(&self) -> Result<MemoryStats, StateError> {
        self.read(|c| {
            let (segments, characters) = c.query_row(
                "SELECT count(*), coalesce(sum(length(id)), 0) FROM memory WHERE kind = 'segment'",
                [],
                |row| Ok((row.get(0)?, row.get(1)?)),
            )?;
            let summaries = c.query_row("SELECT count(*) FROM memory WHERE kind = 'summary'", [], |row| row.get(0))?;
            let human = c.query_row("SELECT count(*) FROM human", [], |row| row.get(0))?;
            let by_backend = c
                .prepare(
                    "SELECT backend, count(*) FROM memory WHERE kind = 'segment' GROUP BY backend ORDER BY backend",
                )?
                .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
                .collect::<rusqlite::Result<_>>()?;
            Ok(MemoryStats { segments, summaries, characters, human, by_backend })
        })
    }

    /// Gives every translated segment to `take`, in the order of the keys.
    pub fn each_segment(&self, mut take: impl FnMut(&str, &str, &str)) -> Result<(), StateError> {
        self.read(|c| {
            let mut statement = c.prepare("SELECT id, en, backend FROM memory WHERE kind = 'segment' ORDER BY key")?;
            let mut rows = statement.query([])?;
            while let Some(row) = rows.next()? {
                take(row.get_ref(0)?.as_str()?, row.get_ref(1)?.as_str()?, row.get_ref(2)?.as_str()?);
            }
            Ok(())
        })
    }
}

/// The last accepted text for a key stays (`--force` replaces); written outputs rest on unit results, not on this.
pub(super) fn remember(c: &Connection, entries: &[MemoryEntry]) -> rusqlite::Result<()> {
    insert(c, "INSERT OR REPLACE", entries)
}

fn insert(c: &Connection, how: &str, entries: &[MemoryEntry]) -> rusqlite::Result<()> {
    let sql = format!("{how} INTO memory (key, kind, id, en, backend) VALUES (?1, ?2, ?3, ?4, ?5)");
    let mut insert = c.prepare_cached(&sql)?;
    for entry in entries {
        let kind = match entry.kind {
            MemoryKind::Segment => "segment",
            MemoryKind::Summary => "summary",
        };
        insert.execute(params![entry.key.0, kind, entry.id, entry.en, entry.backend])?;
    }
    Ok(())
}
