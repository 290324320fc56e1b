//! What translators gave: a text → its English, whatever backend, model or prompt is in use.
//!
//! Place in the data way: filled by `kabar memory import`, looked up before the translation memory.
//! It must never be written to by a machine.

use rusqlite::{OptionalExtension, params};

use super::{State, StateError, from_json};
use crate::model::key::Key;
use crate::model::unit::{ArticleId, UnitId, UnitResult, Work};

/// A text that a translator gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HumanEntry {
    /// Hash of the text and the languages.
    pub key: Key,
    /// Indonesian.
    pub id: String,
    /// English.
    pub en: String,
    /// Who translated it, as the import says.
    pub by: String,
}

/// A finished unit of translation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Translated {
    /// The unit.
    pub unit: UnitId,
    /// Its article.
    pub article: ArticleId,
    /// What was asked.
    pub work: Work,
    /// What came of it.
    pub result: UnitResult,
}

impl State {
    /// Stores what translators gave, in one transaction; returns how many are new or say something else than before.
    pub async fn import(&self, entries: Vec<HumanEntry>) -> Result<u64, StateError> {
        self.write(move |c| {
            let mut insert = c.prepare_cached(
                "INSERT INTO human (key, id, en, by) VALUES (?1, ?2, ?3, ?4)
                 ON CONFLICT (key) DO UPDATE SET en = excluded.en, by = excluded.by WHERE en <> excluded.en",
            )?;
            let mut changed = 0;
            for entry in &entries {
                changed += insert.execute(params![entry.key.0, entry.id, entry.en, entry.by])?;
            }
            Ok(changed as u64)
        })
        .await
    }

    /// The English that translators gave for each key; answers in the order of the keys.
    pub fn human(&self, keys: &[Key]) -> Result<Vec<Option<String>>, StateError> {
        self.read(|c| {
            let mut statement = c.prepare_cached("SELECT en FROM human WHERE key = ?1")?;
            keys.iter().map(|key| statement.query_row([key.0], |row| row.get(0)).optional()).collect()
        })
    }

    /// Gives everything that translators gave to `take`: Indonesian, English, who.
    pub fn each_human(&self, mut take: impl FnMut(&str, &str, &str)) -> Result<(), StateError> {
        self.read(|c| {
            let mut statement = c.prepare("SELECT id, en, by FROM human ORDER BY key")?;
            let mut rows = statement.query([])?;
            while let Some(row) = rows.next()? {
                take(row.get_ref(0)?.as_str()?, row.get_ref(1)?.as_str()?, row.get_ref(2)?.as_str()?);
            }
            Ok(())
        })
    }

    /// Up to `most` finished units of translation behind `last`, in the order of their rows.
    pub fn translated_after(&self, last: UnitId, most: usize) -> Result<Vec<Translated>, StateError> {
        self.read(|c| {
            c.prepare_cached(
                "SELECT id, article, work, result FROM units
                 WHERE id > ?1 AND segments > 0 AND status <> 'open' AND result IS NOT NULL ORDER BY id LIMIT ?2",
            )?
            .query_map(params![last.0, most], |row| {
                Ok(Translated {
                    unit: UnitId(row.get("id")?),
                    article: ArticleId(row.get("article")?),
                    work: from_json(row, "work")?,
                    result: from_json(row, "result")?,
                })
            })?
            .collect()
        })
    }
}
