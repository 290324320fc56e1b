//! Articles that nearly repeat another one, and the fingerprints that show it.
//!
//! Place in the data way: `plan` asks before it stores an article; `status` lists what was found.
//! It must never read all fingerprints: an index of their bands leads to the few that can be alike.

use rusqlite::{Connection, params};
use serde::Serialize;

use super::articles::{Origin, origin};
use super::{State, StateError, to_json};
use crate::model::sketch::Sketch;
use crate::model::unit::ArticleId;

/// Fingerprints that are compared with a new one, at most.
const MOST: usize = 200;

/// An article that nearly repeats another one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NearRow {
    /// Its output path below the output folder, without extension.
    pub name: String,
    /// Its input.
    pub path: String,
    /// The other article's input.
    pub of: String,
    /// How much both have in common, in percent.
    pub alike: u8,
}

impl State {
    /// Fingerprints that may be like `sketch`, with the inputs of their articles; not that of the article called `name`.
    pub fn sketches_like(&self, name: &str, sketch: &Sketch) -> Result<Vec<(Origin, Sketch)>, StateError> {
        let root = &self.inner.root;
        self.read(|c| {
            let mut statement = c.prepare_cached(
                "SELECT path, file, sketch FROM sketches JOIN articles ON articles.id = sketches.article
                 WHERE root = ?1 AND name <> ?2 AND article IN
                     (SELECT article FROM sketch_bands WHERE band IN (SELECT value FROM json_each(?3)))
                 ORDER BY article LIMIT ?4",
            )?;
            let rows = statement.query_map(params![root, name, to_json(&sketch.bands())?, MOST], |row| {
                let bytes: Vec<u8> = row.get("sketch")?;
                Ok(Sketch::from_bytes(&bytes).map(|sketch| (origin(row), sketch)))
            })?;
            rows.filter_map(Result::transpose).map(|row| row.and_then(|(from, sketch)| Ok((from?, sketch)))).collect()
        })
    }

    /// Articles that nearly repeat another one, the last ones first, at most `limit`.
    pub fn near_copies(&self, limit: usize) -> Result<Vec<NearRow>, StateError> {
        let root = &self.inner.root;
        self.read(|c| {
            c.prepare_cached(
                "SELECT name, path, near_of, near_alike FROM articles
                 WHERE root = ?1 AND near_of IS NOT NULL ORDER BY id DESC LIMIT ?2",
            )?
            .query_map(params![root, limit], |row| {
                Ok(NearRow { name: row.get(0)?, path: row.get(1)?, of: row.get(2)?, alike: row.get(3)? })
            })?
            .collect()
        })
    }
}

/// Keeps the fingerprint of an article that repeats no other, so that later ones are compared with it; `None` keeps none.
pub(super) fn keep(c: &Connection, article: ArticleId, sketch: Option<&Sketch>) -> rusqlite::Result<()> {
    c.prepare_cached("DELETE FROM sketches WHERE article = ?1")?.execute([article.0])?;
    let Some(sketch) = sketch else { return Ok(()) };
    c.prepare_cached("INSERT INTO sketches (article, sketch) VALUES (?1, ?2)")?
        .execute(params![article.0, sketch.to_bytes()])?;
    let mut insert = c.prepare_cached("INSERT INTO sketch_bands (band, article) VALUES (?1, ?2)")?;
    sketch.bands().iter().try_for_each(|band| insert.execute([*band, article.0]).map(|_| ()))
}
