//! Stores what is planned: an article and its units, in one transaction.
//!
//! Place in the data way: the end of `plan`, and `--only`, which opens units again.
//! It must never drop a finished unit whose content did not change.

use std::collections::{HashMap, HashSet};

use rusqlite::{Connection, OptionalExtension, params};

use super::articles::{self, Origin};
use super::units::claim;
use super::{State, StateError, batches, former, near, to_json};
use crate::model::alarm::Arrivals;
use crate::model::article::Article;
use crate::model::key::Key;
use crate::model::schedule::{Only, Turn};
use crate::model::sketch::Sketch;
use crate::model::unit::{ArticleId, Claim, PlannedUnit, UnitId, Work};

/// An article with its units, on its way into the state.
#[derive(Debug, Clone)]
pub struct PlannedArticle {
    /// Output path below the output folder, without extension.
    pub name: String,
    /// Its input.
    pub origin: Origin,
    /// SHA-256 of the input's bytes, hex.
    pub sha256: String,
    /// Hash of everything besides the input that decides the units.
    pub plan: Key,
    /// Hash of its title and paragraphs.
    pub content: Key,
    /// Who sent it, and what is odd about it.
    pub arrivals: Arrivals,
    /// Whether everything is asked for again: no result is kept, or taken over from the same text under another name.
    pub fresh: bool,
    /// The article.
    pub article: Article,
    /// The fingerprint of its story; `None` where it is too short to be compared.
    pub sketch: Option<Sketch>,
    /// When its turn comes.
    pub turn: Turn,
    /// Its units, in order.
    pub units: Vec<PlannedUnit>,
}

/// What came of storing an article.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// Its row.
    pub id: ArticleId,
    /// Units without a result.
    pub open: u64,
    /// The input of another article with the same text.
    pub same_as: Option<Origin>,
    /// Paragraphs of an earlier version that are gone.
    pub corrected: u64,
    /// Whether nothing of that name was known.
    pub is_new: bool,
}

impl State {
    /// Stores an article and its units in one transaction. A unit whose key is already there for this article keeps
    /// its result; units that are no longer part of it go. The same text under another name brings its results along; what
    /// an earlier version said is kept.
    pub async fn store_article(&self, planned: PlannedArticle, run: &str) -> Result<Stored, StateError> {
        let (root, run) = (self.inner.root.clone(), run.to_owned());
        self.write(move |c| store(c, &root, &planned, &run)).await
    }

    /// Notes that `run` has work for an article that is stored already: open units, or outputs to write; `place` and
    /// `watched` as in [`Turn`].
    pub async fn want(&self, article: ArticleId, run: &str, place: u64, watched: bool) -> Result<(), StateError> {
        let run = run.to_owned();
        self.write(move |c| {
            c.prepare_cached("UPDATE articles SET run = ?2, place = ?3, watched = ?4 WHERE id = ?1")?
                .execute(params![article.0, run, place, watched])
                .map(|_| ())
        })
        .await
    }

    /// What a run would have to do of an article that is stored already: its open units, and those that `only` opens.
    pub fn to_do(&self, article: ArticleId, only: &Only) -> Result<Vec<Claim>, StateError> {
        let (condition, value) = opens(only);
        self.read(|c| {
            let sql = format!(
                "SELECT units.id, texts.title, units.work, NULL AS result, units.fresh FROM units
                 JOIN texts ON texts.id = units.article
                 WHERE units.article = ?1 AND units.former IS NULL AND (status = 'open' OR {condition}) ORDER BY units.n"
            );
            c.prepare_cached(&sql)?.query_map(params![article.0, value], |row| claim(row, article))?.collect()
        })
    }

    /// The keys of an article's units that need not be asked for again while they are part of it.
    pub fn held(&self, name: &str) -> Result<HashSet<Key>, StateError> {
        let root = &self.inner.root;
        self.read(|c| {
            c.prepare_cached(
                "SELECT units.key FROM units JOIN articles ON articles.id = units.article
                 WHERE root = ?1 AND name = ?2 AND status IN ('done', 'flagged')",
            )?
            .query_map([root, name], |row| row.get(0).map(Key))?
            .collect()
        })
    }

    /// Opens finished units of an article again, as `only` says, and returns how many.
    pub async fn reopen(&self, article: ArticleId, only: &Only) -> Result<u64, StateError> {
        let only = only.clone();
        self.write(move |c| {
            let changed = if only == Only::All {
                open_all(c, article)?
            } else {
                let (condition, value) = opens(&only);
                let sql =
                    format!("UPDATE units SET status = 'open' WHERE article = ?1 AND status <> 'open' AND {condition}");
                c.prepare_cached(&sql)?.execute(params![article.0, value])?
            };
            if changed > 0 {
                recount(c, article)?;
            }
            Ok(changed as u64)
        })
        .await
    }
}

/// Which finished units are opened again: a condition with the value of its `?2`.
fn opens(only: &Only) -> (&'static str, &str) {
    match only {
        Only::All => ("?2 = ''", ""),
        Only::Pending | Only::Failed => ("status = ?2", "failed"),
        Only::Flagged => ("status = ?2", "flagged"),
        Only::Backend(name) => ("instr(',' || backends || ',', ',' || ?2 || ',') > 0", name),
    }
}

fn store(c: &Connection, root: &str, planned: &PlannedArticle, run: &str) -> rusqlite::Result<Stored> {
    let earlier = former::earlier(c, root, planned, run)?;
    let is_new =
        !c.prepare_cached("SELECT 1 FROM articles WHERE root = ?1 AND name = ?2")?.exists([root, &planned.name])?;
    let near_copy = planned.article.source.near_copy.as_ref();
    let id: i64 = c
        .prepare_cached(
            "INSERT INTO articles (root, name, path, sha256, plan, run, watched, published, place, content, url,
                 near_of, near_alike, file, open)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, 0)
             ON CONFLICT (root, name) DO UPDATE SET path = excluded.path, file = excluded.file, sha256 = excluded.sha256,
                 plan = excluded.plan, run = excluded.run, watched = excluded.watched,
                 published = excluded.published, place = excluded.place, content = excluded.content,
                 url = excluded.url, near_of = excluded.near_of, near_alike = excluded.near_alike, earlier = coalesce(outputs, earlier), outputs = NULL,
                 outcome = 'pending'
             RETURNING id",
        )?
        .query_row(
            params![
                root,
                planned.name,
                planned.origin.path,
                planned.sha256,
                planned.plan.0,
                run,
                planned.turn.watched,
                planned.turn.published,
                planned.turn.place,
                planned.content.0,
                planned.article.source.url,
                near_copy.map(|near| &near.of),
                near_copy.map(|near| near.alike),
                planned.origin.file.as_deref().map(articles::bytes)
            ],
            |row| row.get(0),
        )?;
    let former_title: Option<String> = c
        .prepare_cached("SELECT coalesce(title, '') FROM texts WHERE id = ?1")?
        .query_row([id], |row| row.get(0))
        .optional()?;
    c.prepare_cached("INSERT OR REPLACE INTO texts (id, title, article) VALUES (?1, ?2, ?3)")?.execute(params![
        id,
        planned.article.title,
        to_json(&planned.article)?
    ])?;
    let article = ArticleId(id);
    near::keep(c, article, planned.sketch.as_ref().filter(|_| near_copy.is_none()))?;
    let mut kept = units_by_key(c, article)?;
    let mut update = c.prepare_cached("UPDATE units SET n = ?2, work = ?3, former = NULL WHERE id = ?1")?;
    let mut insert = c.prepare_cached(
        "INSERT INTO units (article, n, key, work, segments, status) VALUES (?1, ?2, ?3, ?4, ?5, 'open')",
    )?;
    for (n, unit) in planned.units.iter().enumerate() {
        let work = to_json(&unit.work)?;
        match kept.get_mut(&unit.key).and_then(Vec::pop) {
            // Paragraph numbers may have moved, so the work is stored anew; results are matched by position.
            Some(id) => update.execute(params![id, n, work])?,
            None => insert.execute(params![article.0, n, unit.key.0, work, segments_of(&unit.work)])?,
        };
    }
    for gone in kept.into_values().flatten() {
        batches::let_go(c, UnitId(gone), &former_title.clone().unwrap_or_default())?;
    }
    if planned.fresh {
        open_all(c, article)?;
    }
    // What failed before is tried again, as in an article that did not change.
    c.prepare_cached("UPDATE units SET status = 'open' WHERE article = ?1 AND status = 'failed'")?.execute([id])?;
    let corrected = match &earlier {
        Some(earlier) => former::note(c, article, earlier, &planned.article, run)?,
        None => 0,
    };
    let same_as = adopt(c, root, planned, article)?;
    Ok(Stored { id: article, open: recount(c, article)?, same_as, corrected, is_new })
}

/// Opens all units of an article, to be asked for whatever the memory knows; gives how many had a result.
fn open_all(c: &Connection, article: ArticleId) -> rusqlite::Result<usize> {
    let finished = c
        .prepare_cached("UPDATE units SET status = 'open' WHERE article = ?1 AND status <> 'open'")?
        .execute([article.0])?;
    c.prepare_cached("UPDATE units SET fresh = 1 WHERE article = ?1")?.execute([article.0])?;
    Ok(finished)
}

/// Takes over what came of the same text under another name; gives that article's input.
fn adopt(c: &Connection, root: &str, planned: &PlannedArticle, id: ArticleId) -> rusqlite::Result<Option<Origin>> {
    let twin: Option<(i64, Origin, bool)> = c
        .prepare_cached(
            "SELECT id, path, file, plan = ?3 AS alike FROM articles
             WHERE content = ?2 AND root = ?1 AND id <> ?4 ORDER BY id LIMIT 1",
        )?
        .query_row(params![root, planned.content.0, planned.plan.0, id.0], |row| {
            Ok((row.get("id")?, articles::origin(row)?, row.get("alike")?))
        })
        .optional()?;
    let Some((twin, origin, is_alike)) = twin else { return Ok(None) };
    if !is_alike || planned.fresh {
        return Ok(Some(origin));
    }
    c.prepare_cached(
        "UPDATE units SET status = other.status, backends = other.backends, result = other.result
         FROM (SELECT key, status, backends, result FROM units WHERE article = ?2 AND status IN ('done', 'flagged'))
             AS other
         WHERE units.article = ?1 AND units.status = 'open' AND units.former IS NULL AND units.key = other.key",
    )?
    .execute(params![id.0, twin])?;
    Ok(Some(origin))
}

fn segments_of(work: &Work) -> usize {
    match work {
        Work::Translate { segments, .. } => segments.len(),
        Work::Summarise { .. } => 0,
    }
}

/// Rows of the article's units by key; those of one key in reverse order, so that `pop` gives the first, and those of an
/// earlier version last.
fn units_by_key(c: &Connection, article: ArticleId) -> rusqlite::Result<HashMap<Key, Vec<i64>>> {
    let mut by_key: HashMap<Key, Vec<i64>> = HashMap::new();
    let mut statement =
        c.prepare_cached("SELECT id, key FROM units WHERE article = ?1 ORDER BY former IS NULL, n DESC")?;
    let mut rows = statement.query([article.0])?;
    while let Some(row) = rows.next()? {
        by_key.entry(Key(row.get("key")?)).or_default().push(row.get("id")?);
    }
    Ok(by_key)
}

/// Counts the open units of an article into its row. Outputs that no longer show the results are forgotten.
fn recount(c: &Connection, article: ArticleId) -> rusqlite::Result<u64> {
    let open: u64 = c
        .prepare_cached("SELECT count(*) FROM units WHERE article = ?1 AND status = 'open' AND former IS NULL")?
        .query_row([article.0], |row| row.get(0))?;
    c.prepare_cached(
        "UPDATE articles SET open = ?2, earlier = CASE WHEN ?2 > 0 THEN coalesce(outputs, earlier) ELSE earlier END,
             outputs = CASE WHEN ?2 > 0 THEN NULL ELSE outputs END,
             outcome = CASE WHEN ?2 > 0 THEN 'pending' ELSE outcome END WHERE id = ?1",
    )?
    .execute(params![article.0, open])?;
    Ok(open)
}
