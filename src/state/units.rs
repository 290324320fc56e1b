//! Units: claimed in order, finished in one transaction with what they put into the memory.
//!
//! Place in the data way: the queue reads open units, `work` finishes them.
//! It must never store a result without its status, or a status without its result.

use rusqlite::{Connection, OptionalExtension, Row, params};

use super::{State, StateError, batches, from_json, memory, spending, to_json};
use crate::model::record::HEADLINE;
use crate::model::spend::Spend;
use crate::model::unit::{
    ArticleId, Claim, FinishedUnit, MemoryEntry, Standing, UnitId, UnitResult, UnitStanding, UnitStatus,
};

impl State {
    /// Articles of a run that have open units, in the order of their turns.
    pub fn open_articles(&self, run: &str) -> Result<Vec<ArticleId>, StateError> {
        self.read(|c| {
            // NULL counts as the smallest value: articles without a date come after those with one.
            c.prepare_cached(
                "SELECT id FROM articles WHERE run = ?1 AND open > 0
                 ORDER BY watched DESC, published DESC, place, id",
            )?
            .query_map([run], |row| row.get(0).map(ArticleId))?
            .collect()
        })
    }

    /// Those of them whose outputs nobody has seen yet, or no more than the headline of.
    pub fn unseen_articles(&self, run: &str) -> Result<Vec<ArticleId>, StateError> {
        self.read(|c| {
            c.prepare_cached(
                "SELECT id FROM articles WHERE run = ?1 AND open > 0 AND (tier IS NULL OR tier = ?2)
                 ORDER BY watched DESC, published DESC, place, id",
            )?
            .query_map([run, HEADLINE], |row| row.get(0).map(ArticleId))?
            .collect()
        })
    }

    /// The open units of an article, in order.
    pub fn open_units(&self, article: ArticleId) -> Result<Vec<Claim>, StateError> {
        self.read(|c| {
            c.prepare_cached(
                "SELECT units.id, texts.title, units.work, units.result, units.fresh FROM units JOIN texts ON texts.id = units.article
                 WHERE units.article = ?1 AND units.status = 'open' AND units.former IS NULL ORDER BY units.n",
            )?
            .query_map([article.0], |row| claim(row, article))?
            .collect()
        })
    }

    /// A unit of an article, whatever came of it.
    pub fn claim(&self, article: ArticleId, unit: UnitId) -> Result<Option<Claim>, StateError> {
        self.read(|c| {
            c.prepare_cached(
                "SELECT units.id, texts.title, units.work, units.result, units.fresh FROM units JOIN texts ON texts.id = units.article
                 WHERE units.id = ?1",
            )?
            .query_row([unit.0], |row| claim(row, article))
            .optional()
        })
    }

    /// Articles without open units, in the order of their turns, each with whether its outputs are written.
    pub fn finished_articles(&self) -> Result<Vec<(ArticleId, bool)>, StateError> {
        let root = &self.inner.root;
        self.read(|c| {
            c.prepare_cached(
                "SELECT id, outputs IS NOT NULL FROM articles WHERE root = ?1 AND open = 0
                 ORDER BY watched DESC, published DESC, place, id",
            )?
            .query_map([root], |row| Ok((ArticleId(row.get(0)?), row.get(1)?)))?
            .collect()
        })
    }

    /// The finished units of an article, without their texts, in order.
    pub fn standings(&self, article: ArticleId) -> Result<Vec<UnitStanding>, StateError> {
        self.read(|c| {
            c.prepare_cached(
                "SELECT id, segments, status, coalesce(backends, '') AS backends, vain FROM units
                 WHERE article = ?1 AND status <> 'open' ORDER BY n",
            )?
            .query_map([article.0], |row| {
                let (status, backends): (String, String) = (row.get("status")?, row.get("backends")?);
                let segments = row.get("segments")?;
                Ok(UnitStanding {
                    unit: UnitId(row.get("id")?),
                    segments,
                    is_summary: segments == 0,
                    backends: backends.split(',').filter(|name| !name.is_empty()).map(str::to_owned).collect(),
                    vain: row.get("vain")?,
                    standing: Standing { below: usize::MAX, status: read_status(&status) },
                })
            })?
            .collect()
        })
    }

    /// Whether a backend of that name gave some text.
    pub fn has_answered(&self, backend: &str) -> Result<bool, StateError> {
        self.read(|c| {
            c.prepare_cached("SELECT 1 FROM units WHERE instr(',' || backends || ',', ',' || ?1 || ',') > 0 LIMIT 1")?
                .exists([backend])
        })
    }

    /// Notes that better backends were asked in vain.
    pub async fn in_vain(&self, unit: UnitId, backends: String) -> Result<(), StateError> {
        self.write(move |c| {
            batches::forget_unit(c, unit)?;
            c.prepare_cached("UPDATE units SET vain = ?2 WHERE id = ?1")?.execute(params![unit.0, backends]).map(|_| ())
        })
        .await
    }

    /// Replaces what came of a finished unit, as [`State::finish`] does for an open one. The article's outputs do not
    /// show it yet.
    pub async fn replace(&self, unit: FinishedUnit) -> Result<(), StateError> {
        self.write(move |c| {
            memory::remember(c, &unit.memory)?;
            spending::book(c, &unit.spent)?;
            batches::forget_unit(c, unit.unit)?;
            c.prepare_cached("UPDATE units SET status = ?2, backends = ?3, result = ?4 WHERE id = ?1")?.execute(
                params![unit.unit.0, status_name(unit.status), backends(&unit.result), to_json(&unit.result)?],
            )?;
            c.prepare_cached(
                "UPDATE articles SET earlier = coalesce(outputs, earlier), outputs = NULL, outcome = 'pending'
                 WHERE id = ?1",
            )?
            .execute([unit.article.0])
            .map(|_| ())
        })
        .await
    }

    /// Stores what came of a unit, with its rows for the memory, in one transaction. Returns how many units of the
    /// article are still open.
    pub async fn finish(&self, unit: FinishedUnit) -> Result<u64, StateError> {
        self.write(move |c| finish(c, &unit)).await
    }

    /// Stores what was answered for a unit that stays open, and what it cost.
    pub async fn keep(&self, memory: Vec<MemoryEntry>, spent: Vec<Spend>) -> Result<(), StateError> {
        self.write(move |c| {
            memory::remember(c, &memory)?;
            spending::book(c, &spent)
        })
        .await
    }
}

pub(super) fn claim(row: &Row<'_>, article: ArticleId) -> rusqlite::Result<Claim> {
    let (unit, title) = (UnitId(row.get("id")?), row.get("title")?);
    let former: Option<String> = row.get("result")?;
    let former = former.map(|_| from_json(row, "result")).transpose()?;
    Ok(Claim { unit, article, title, work: from_json(row, "work")?, improves: None, former, fresh: row.get("fresh")? })
}

fn finish(c: &Connection, unit: &FinishedUnit) -> rusqlite::Result<u64> {
    memory::remember(c, &unit.memory)?;
    spending::book(c, &unit.spent)?;
    batches::forget_unit(c, unit.unit)?;
    let closed = c
        .prepare_cached(
            "UPDATE units SET status = ?2, backends = ?3, result = ?4, fresh = 0 WHERE id = ?1 AND status = 'open'",
        )?
        .execute(params![unit.unit.0, status_name(unit.status), backends(&unit.result), to_json(&unit.result)?])?;
    // Counted down rather than counted: an article may have thousands of units.
    c.prepare_cached("UPDATE articles SET open = open - ?2 WHERE id = ?1 RETURNING open")?
        .query_row(params![unit.article.0, closed], |row| row.get(0))
}

/// Who answered, comma-separated, each once, in order of first appearance.
fn backends(result: &UnitResult) -> String {
    let mut names: Vec<&str> = Vec::new();
    let answered: Vec<&str> = match result {
        UnitResult::Translated { segments } => segments.iter().filter_map(|s| s.backend.as_deref()).collect(),
        UnitResult::Summarised { backend, .. } => backend.as_deref().into_iter().collect(),
    };
    for name in answered {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names.join(",")
}

fn status_name(status: UnitStatus) -> &'static str {
    match status {
        UnitStatus::Open => "open",
        UnitStatus::Done => "done",
        UnitStatus::Flagged => "flagged",
        UnitStatus::Failed => "failed",
    }
}

pub(super) fn read_status(text: &str) -> UnitStatus {
    match text {
        "done" => UnitStatus::Done,
        "flagged" => UnitStatus::Flagged,
        "failed" => UnitStatus::Failed,
        _ => UnitStatus::Open,
    }
}
