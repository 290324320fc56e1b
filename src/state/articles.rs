//! Articles: planned, finished, delivered.
//!
//! Place in the data way: `plan` stores an article and its units in one transaction; `deliver` reads what is finished.
//! It must never drop a finished unit whose content did not change.

use std::collections::{BTreeMap, HashMap};

use rusqlite::{Connection, OptionalExtension, params};
use serde::{Deserialize, Serialize};

use super::{State, StateError, former, from_json, to_json};
use crate::model::alarm::Arrivals;
use crate::model::article::Article;
use crate::model::key::Key;
use crate::model::schedule::{Only, Turn};
use crate::model::unit::{ArticleId, PlannedUnit, UnitResult, UnitStatus, Work};

/// An article with its units, on its way into the state.
#[derive(Debug, Clone)]
pub struct PlannedArticle {
    /// Output path below the output folder, without extension.
    pub name: String,
    /// The input as it was given.
    pub path: String,
    /// SHA-256 of the input's bytes, hex.
    pub sha256: String,
    /// Hash of everything besides the input that decides the units.
    pub plan: Key,
    /// Hash of its title and paragraphs.
    pub content: Key,
    /// Who sent it, and what is odd about it.
    pub arrivals: Arrivals,
    /// Whether results of the same text under another name may be taken over.
    pub adopts: bool,
    /// The article.
    pub article: Article,
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
    pub same_as: Option<String>,
    /// Paragraphs of an earlier version that are gone.
    pub corrected: u64,
    /// Whether nothing of that name was known.
    pub is_new: bool,
}

/// A stored article by its input and outputs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// Its row.
    pub id: ArticleId,
    /// The input.
    pub path: String,
    /// What was written; empty where nothing is.
    pub outputs: Vec<Output>,
}

/// What the state knows of an article before it is planned again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    /// Its row.
    pub id: ArticleId,
    /// The input it was planned from.
    pub path: String,
    /// SHA-256 of that input.
    pub sha256: String,
    /// The plan's hash then.
    pub plan: Key,
    /// Units without a result.
    pub open: u64,
    /// How it ended.
    pub outcome: Outcome,
    /// What was written, once it was delivered.
    pub outputs: Option<Vec<Output>>,
}

/// How an article stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// Work is left.
    Pending,
    /// Delivered, nothing to report.
    Done,
    /// Delivered with findings of severity error.
    Flagged,
    /// Delivered with paragraphs that no backend translated.
    Failed,
}

impl Outcome {
    fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Done => "done",
            Self::Flagged => "flagged",
            Self::Failed => "failed",
        }
    }

    fn read(text: &str) -> Self {
        match text {
            "done" => Self::Done,
            "flagged" => Self::Flagged,
            "failed" => Self::Failed,
            _ => Self::Pending,
        }
    }
}

/// One written output.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Output {
    /// Path below the output folder.
    pub path: String,
    /// Its length.
    pub bytes: u64,
    /// SHA-256 of what was written; empty for what an older version wrote.
    #[serde(default)]
    pub sha256: String,
}

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
    /// Its units in order, with what came of them.
    pub units: Vec<(Work, UnitStatus, UnitResult)>,
}

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
    /// What is known of the article called `name`.
    pub fn known(&self, name: &str) -> Result<Option<Known>, StateError> {
        let root = &self.inner.root;
        self.read(|c| {
            c.prepare_cached(
                "SELECT id, path, sha256, plan, open, outcome, outputs FROM articles WHERE root = ?1 AND name = ?2",
            )?
            .query_row([root, name], |row| {
                let outcome: String = row.get("outcome")?;
                let delivered: Option<String> = row.get("outputs")?;
                Ok(Known {
                    id: ArticleId(row.get("id")?),
                    path: row.get("path")?,
                    sha256: row.get("sha256")?,
                    plan: Key(row.get("plan")?),
                    open: row.get("open")?,
                    outcome: Outcome::read(&outcome),
                    outputs: delivered.map(|_| from_json(row, "outputs")).transpose()?,
                })
            })
            .optional()
        })
    }

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

    /// All articles by their inputs and outputs.
    pub fn kept(&self) -> Result<Vec<Kept>, StateError> {
        let root = &self.inner.root;
        self.read(|c| {
            c.prepare_cached("SELECT id, path, coalesce(outputs, '[]') AS outputs FROM articles WHERE root = ?1")?
                .query_map([root], |row| {
                    let (id, path) = (ArticleId(row.get("id")?), row.get("path")?);
                    Ok(Kept { id, path, outputs: from_json(row, "outputs")? })
                })?
                .collect()
        })
    }

    /// Forgets an article; the translation memory keeps what was paid for.
    pub async fn forget(&self, article: ArticleId) -> Result<(), StateError> {
        self.write(move |c| c.prepare_cached("DELETE FROM articles WHERE id = ?1")?.execute([article.0]).map(|_| ()))
            .await
    }

    /// The article as it was planned.
    pub fn article(&self, article: ArticleId) -> Result<Article, StateError> {
        self.read(|c| {
            c.prepare_cached("SELECT article FROM texts WHERE id = ?1")?
                .query_row([article.0], |row| from_json(row, "article"))
        })
    }

    /// Opens finished units of an article again, as `only` says, and returns how many.
    pub async fn reopen(&self, article: ArticleId, only: &Only) -> Result<u64, StateError> {
        let only = only.clone();
        self.write(move |c| {
            let open = |condition: &str, value: &str| {
                let sql =
                    format!("UPDATE units SET status = 'open' WHERE article = ?1 AND status <> 'open' AND {condition}");
                c.prepare_cached(&sql)?.execute(params![article.0, value])
            };
            let changed = match &only {
                Only::All => open("?2 = ''", "")?,
                Only::Pending | Only::Failed => open("status = ?2", "failed")?,
                Only::Flagged => open("status = ?2", "flagged")?,
                Only::Backend(name) => open("instr(',' || backends || ',', ',' || ?2 || ',') > 0", name)?,
            };
            if changed > 0 {
                recount(c, article)?;
            }
            Ok(changed as u64)
        })
        .await
    }

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

    /// Notes how good the English of an unfinished article is that was written all the same.
    pub async fn note_tier(&self, article: ArticleId, tier: &'static str) -> Result<(), StateError> {
        self.write(move |c| {
            c.prepare_cached("UPDATE articles SET tier = ?2 WHERE id = ?1")?
                .execute(params![article.0, tier])
                .map(|_| ())
        })
        .await
    }

    /// How many articles of a run have units without a result.
    pub fn pending(&self, run: &str) -> Result<u64, StateError> {
        self.read(|c| {
            c.prepare_cached("SELECT count(*) FROM articles WHERE run = ?1 AND open > 0")?
                .query_row([run], |row| row.get(0))
        })
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
            c.prepare_cached("UPDATE articles SET outcome = ?2, tier = ?3, outputs = ?4 WHERE id = ?1 AND open = 0")?
                .execute(params![article.0, outcome.as_str(), tier, to_json(&outputs)?])
                .map(|_| ())
        })
        .await
    }

    /// Notes that an article's outputs must be written again (they were deleted or changed by others).
    pub async fn undeliver(&self, article: ArticleId) -> Result<(), StateError> {
        self.write(move |c| {
            c.prepare_cached("UPDATE articles SET outputs = NULL WHERE id = ?1")?.execute([article.0]).map(|_| ())
        })
        .await
    }

    /// Replaces the list of inputs that could not be read.
    pub async fn set_failures(&self, failures: Vec<(String, String)>) -> Result<(), StateError> {
        self.write(move |c| {
            c.execute("DELETE FROM failures", [])?;
            let mut insert = c.prepare_cached("INSERT OR REPLACE INTO failures (path, reason) VALUES (?1, ?2)")?;
            failures.iter().try_for_each(|(path, reason)| insert.execute([path, reason]).map(|_| ()))
        })
        .await
    }

    /// Inputs that could not be read at the last look, with the reason.
    pub fn failures(&self) -> Result<Vec<(String, String)>, StateError> {
        self.read(|c| {
            c.prepare_cached("SELECT path, reason FROM failures ORDER BY path")?
                .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
                .collect()
        })
    }

    /// Articles of an outcome, as name and input path.
    pub fn articles_with(&self, outcome: Outcome) -> Result<Vec<(String, String)>, StateError> {
        let root = &self.inner.root;
        self.read(|c| {
            c.prepare_cached("SELECT name, path FROM articles WHERE root = ?1 AND outcome = ?2 ORDER BY name")?
                .query_map([root.as_str(), outcome.as_str()], |row| Ok((row.get(0)?, row.get(1)?)))?
                .collect()
        })
    }

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
            counts.unreadable = c.query_row("SELECT count(*) FROM failures", [], |row| row.get(0))?;
            (counts.open_units, counts.open_segments) = c.query_row(
                "SELECT count(*), coalesce(sum(segments), 0) FROM units WHERE status = 'open'
                 AND article IN (SELECT id FROM articles WHERE root = ?1)",
                [root],
                |row| Ok((row.get(0)?, row.get(1)?)),
            )?;
            Ok(counts)
        })
    }
}

pub(super) fn finished_part(c: &Connection, article: ArticleId) -> rusqlite::Result<Ready> {
    let mut part = c
        .prepare_cached("SELECT name, path, article FROM articles JOIN texts USING (id) WHERE id = ?1")?
        .query_row([article.0], |row| {
            let (name, path) = (row.get("name")?, row.get("path")?);
            Ok(Ready { id: article, name, path, article: from_json(row, "article")?, units: Vec::new() })
        })?;
    part.units = c
        .prepare_cached("SELECT work, status, result FROM units WHERE article = ?1 AND status <> 'open' ORDER BY n")?
        .query_map([article.0], |row| {
            let status: String = row.get("status")?;
            Ok((from_json(row, "work")?, super::units::read_status(&status), from_json(row, "result")?))
        })?
        .collect::<rusqlite::Result<_>>()?;
    Ok(part)
}

fn store(c: &Connection, root: &str, planned: &PlannedArticle, run: &str) -> rusqlite::Result<Stored> {
    let earlier = former::earlier(c, root, planned, run)?;
    let is_new =
        !c.prepare_cached("SELECT 1 FROM articles WHERE root = ?1 AND name = ?2")?.exists([root, &planned.name])?;
    let id: i64 = c
        .prepare_cached(
            "INSERT INTO articles (root, name, path, sha256, plan, run, watched, published, place, content, url, open)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, 0)
             ON CONFLICT (root, name) DO UPDATE SET path = excluded.path, sha256 = excluded.sha256,
                 plan = excluded.plan, run = excluded.run, watched = excluded.watched,
                 published = excluded.published, place = excluded.place, content = excluded.content,
                 url = excluded.url, outputs = NULL, outcome = 'pending'
             RETURNING id",
        )?
        .query_row(
            params![
                root,
                planned.name,
                planned.path,
                planned.sha256,
                planned.plan.0,
                run,
                planned.turn.watched,
                planned.turn.published,
                planned.turn.place,
                planned.content.0,
                planned.article.source.url
            ],
            |row| row.get(0),
        )?;
    c.prepare_cached("INSERT OR REPLACE INTO texts (id, title, article) VALUES (?1, ?2, ?3)")?.execute(params![
        id,
        planned.article.title,
        to_json(&planned.article)?
    ])?;
    let article = ArticleId(id);
    let mut kept = units_by_key(c, article)?;
    let mut update = c.prepare_cached("UPDATE units SET n = ?2, work = ?3 WHERE id = ?1")?;
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
    let mut delete = c.prepare_cached("DELETE FROM units WHERE id = ?1")?;
    for gone in kept.into_values().flatten() {
        delete.execute([gone])?;
    }
    let corrected = match &earlier {
        Some(earlier) => former::note(c, article, earlier, &planned.article, run)?,
        None => 0,
    };
    let same_as = adopt(c, root, planned, article)?;
    Ok(Stored { id: article, open: recount(c, article)?, same_as, corrected, is_new })
}

/// Takes over what came of the same text under another name; gives that article's input.
fn adopt(c: &Connection, root: &str, planned: &PlannedArticle, id: ArticleId) -> rusqlite::Result<Option<String>> {
    let twin: Option<(i64, String, bool)> = c
        .prepare_cached(
            "SELECT id, path, plan = ?3 FROM articles WHERE content = ?2 AND root = ?1 AND id <> ?4 ORDER BY id LIMIT 1",
        )?
        .query_row(params![root, planned.content.0, planned.plan.0, id.0], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?))
        })
        .optional()?;
    let Some((twin, path, is_alike)) = twin else { return Ok(None) };
    if !is_alike || !planned.adopts {
        return Ok(Some(path));
    }
    c.prepare_cached(
        "UPDATE units SET status = other.status, backends = other.backends, result = other.result
         FROM (SELECT key, status, backends, result FROM units WHERE article = ?2 AND status IN ('done', 'flagged'))
             AS other
         WHERE units.article = ?1 AND units.status = 'open' AND units.key = other.key",
    )?
    .execute(params![id.0, twin])?;
    Ok(Some(path))
}

fn segments_of(work: &Work) -> usize {
    match work {
        Work::Translate { segments, .. } => segments.len(),
        Work::Summarise { .. } => 0,
    }
}

/// Rows of the article's units by key; those of one key in reverse order, so that `pop` gives the first.
fn units_by_key(c: &Connection, article: ArticleId) -> rusqlite::Result<HashMap<Key, Vec<i64>>> {
    let mut by_key: HashMap<Key, Vec<i64>> = HashMap::new();
    let mut statement = c.prepare_cached("SELECT id, key FROM units WHERE article = ?1 ORDER BY n DESC")?;
    let mut rows = statement.query([article.0])?;
    while let Some(row) = rows.next()? {
        by_key.entry(Key(row.get("key")?)).or_default().push(row.get("id")?);
    }
    Ok(by_key)
}

/// Counts the open units of an article into its row. Outputs that no longer show the results are forgotten.
fn recount(c: &Connection, article: ArticleId) -> rusqlite::Result<u64> {
    let open: u64 = c
        .prepare_cached("SELECT count(*) FROM units WHERE article = ?1 AND status = 'open'")?
        .query_row([article.0], |row| row.get(0))?;
    c.prepare_cached(
        "UPDATE articles SET open = ?2, outputs = CASE WHEN ?2 > 0 THEN NULL ELSE outputs END,
             outcome = CASE WHEN ?2 > 0 THEN 'pending' ELSE outcome END WHERE id = ?1",
    )?
    .execute(params![article.0, open])?;
    Ok(open)
}
