//! Delivery: what is finished and not written yet, and what was written.
//!
//! Place in the data way: `deliver` reads a finished article here and notes its outputs.
//! It must never note outputs of an article that has open units as if it were done.

use rusqlite::{Connection, OptionalExtension, params};

use super::articles::{Outcome, Output};
use super::{State, StateError, from_json, to_json, units};
use crate::model::article::Article;
use crate::model::record::HEADLINE;
use crate::model::unit::{ArticleId, UnitResult, UnitStatus, Work};

/// A finished article, ready to be assembled.
#[derive(Debug, Clone)]
pub struct Ready {
    /// Its row.
    pub id: ArticleId,
    /// Output path below the output folder, without extension.
    pub name: String,
    /// The input as it was given.
    pub path: String,
    /// The article.
    pub article: Article,
    /// The files of earlier results, as they were written.
    pub earlier: Vec<Output>,
    /// Its units in order, with what came of them.
    pub units: Vec<(Work, UnitStatus, UnitResult)>,
}

impl State {
    /// Articles of a run without open units whose outputs are not written yet, by row.
    pub fn undelivered(&self, run: &str) -> Result<Vec<ArticleId>, StateError> {
        self.read(|c| {
            c.prepare_cached("SELECT id FROM articles WHERE run = ?1 AND open = 0 AND outputs IS NULL ORDER BY id")?
                .query_map([run], |row| row.get(0).map(ArticleId))?
                .collect()
        })
    }

    /// A finished article with everything that is needed to write it, or `None` while units are open.
    pub fn ready(&self, article: ArticleId) -> Result<Option<Ready>, StateError> {
        self.read(|c| {
            let is_ready = c
                .prepare_cached("SELECT open = 0 FROM articles WHERE id = ?1")?
                .query_row([article.0], |row| row.get(0))
                .optional()?;
            if is_ready == Some(true) { finished_part(c, article).map(Some) } else { Ok(None) }
        })
    }

    /// An article with those of its units that are finished.
    pub fn as_far(&self, article: ArticleId) -> Result<Ready, StateError> {
        self.read(|c| finished_part(c, article))
    }

    /// Notes what was written of an article that has open units still.
    pub async fn headline_written(&self, article: ArticleId, outputs: Vec<Output>) -> Result<(), StateError> {
        self.write(move |c| {
            c.prepare_cached("UPDATE articles SET tier = ?2, earlier = ?3 WHERE id = ?1 AND open > 0")?
                .execute(params![article.0, HEADLINE, to_json(&outputs)?])
                .map(|_| ())
        })
        .await
    }

    /// Notes that an article's outputs are written.
    pub async fn delivered(
        &self,
        article: ArticleId,
        outcome: Outcome,
        tier: Option<String>,
        outputs: Vec<Output>,
    ) -> Result<(), StateError> {
        self.write(move |c| {
            c.prepare_cached(
                "UPDATE articles SET outcome = ?2, tier = ?3, outputs = ?4, earlier = NULL WHERE id = ?1 AND open = 0",
            )?
            .execute(params![article.0, outcome.as_str(), tier, to_json(&outputs)?])
            .map(|_| ())
        })
        .await
    }

    /// Notes that an article's outputs must be written again (they were deleted or changed by others): until then it has
    /// work left.
    pub async fn undeliver(&self, article: ArticleId) -> Result<(), StateError> {
        self.write(move |c| {
            c.prepare_cached(
                "UPDATE articles SET earlier = outputs, outputs = NULL, outcome = 'pending'
                 WHERE id = ?1 AND outputs IS NOT NULL",
            )?
            .execute([article.0])
            .map(|_| ())
        })
        .await
    }
}

pub(super) fn finished_part(c: &Connection, article: ArticleId) -> rusqlite::Result<Ready> {
    let mut part = c
        .prepare_cached("SELECT name, path, article, coalesce(outputs, earlier, '[]') AS outputs FROM articles JOIN texts USING (id) WHERE id = ?1")?
        .query_row([article.0], |row| {
            let (name, path) = (row.get("name")?, row.get("path")?);
            let earlier = from_json(row, "outputs")?;
            Ok(Ready { id: article, name, path, article: from_json(row, "article")?, earlier, units: Vec::new() })
        })?;
    part.units = c
        .prepare_cached("SELECT work, status, result FROM units WHERE article = ?1 AND status <> 'open' ORDER BY n")?
        .query_map([article.0], |row| {
            let status: String = row.get("status")?;
            Ok((from_json(row, "work")?, units::read_status(&status), from_json(row, "result")?))
        })?
        .collect::<rusqlite::Result<_>>()?;
    Ok(part)
}
