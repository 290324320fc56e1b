//! Articles: what is known of each, its input and its outputs.
//!
//! Place in the data way: `plan` looks here whether an input changed; `prune` and `status` list what is there.
//! It must never drop what was paid for: the translation memory outlives an article.

use std::ffi::OsString;
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::path::{Path, PathBuf};

use rusqlite::{OptionalExtension, Row, params};
use serde::{Deserialize, Serialize};

use super::{State, StateError, batches, from_json};
use crate::model::article::Article;
use crate::model::key::Key;
use crate::model::unit::ArticleId;

/// Where an article comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// The input as it was given, printable; with what it is called there where the input holds many articles.
    pub path: String,
    /// The file that holds it, absolute. `None` for standard input, and for what no run has seen since schema 14.
    pub file: Option<PathBuf>,
}

/// A stored article by its input and outputs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// Its row.
    pub id: ArticleId,
    /// Its input.
    pub origin: Origin,
    /// The files in the output folder, also those of earlier results; empty where nothing was written.
    pub outputs: Vec<Output>,
}

/// What the state knows of an article before it is planned again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    /// Its row.
    pub id: ArticleId,
    /// The input it was planned from.
    pub origin: Origin,
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
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Done => "done",
            Self::Flagged => "flagged",
            Self::Failed => "failed",
        }
    }

    pub(super) fn read(text: &str) -> Self {
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

impl State {
    /// What is known of the article called `name`.
    pub fn known(&self, name: &str) -> Result<Option<Known>, StateError> {
        let root = &self.inner.root;
        self.read(|c| {
            c.prepare_cached(
                "SELECT id, path, file, sha256, plan, open, outcome, outputs FROM articles WHERE root = ?1 AND name = ?2",
            )?
            .query_row([root, name], |row| {
                let outcome: String = row.get("outcome")?;
                let delivered: Option<String> = row.get("outputs")?;
                Ok(Known {
                    id: ArticleId(row.get("id")?),
                    origin: origin(row)?,
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

    /// All articles by their inputs and outputs.
    pub fn kept(&self) -> Result<Vec<Kept>, StateError> {
        let root = &self.inner.root;
        self.read(|c| {
            c.prepare_cached(
                "SELECT id, path, file, coalesce(outputs, earlier, '[]') AS outputs FROM articles WHERE root = ?1",
            )?
            .query_map([root], |row| {
                let id = ArticleId(row.get("id")?);
                Ok(Kept { id, origin: origin(row)?, outputs: from_json(row, "outputs")? })
            })?
            .collect()
        })
    }

    /// Notes in which file an article stands that is known already.
    pub async fn stands_in(&self, article: ArticleId, file: PathBuf) -> Result<(), StateError> {
        self.write(move |c| {
            c.prepare_cached("UPDATE articles SET file = ?2 WHERE id = ?1")?
                .execute(params![article.0, bytes(&file)])
                .map(|_| ())
        })
        .await
    }

    /// Forgets an article; the translation memory keeps what was paid for, and what waits in a batch goes over to the same
    /// text under another name.
    pub async fn forget(&self, article: ArticleId) -> Result<(), StateError> {
        self.write(move |c| {
            batches::bequeath(c, article)?;
            c.prepare_cached("DELETE FROM articles WHERE id = ?1")?.execute([article.0]).map(|_| ())
        })
        .await
    }

    /// The article as it was planned.
    pub fn article(&self, article: ArticleId) -> Result<Article, StateError> {
        self.read(|c| {
            c.prepare_cached("SELECT article FROM texts WHERE id = ?1")?
                .query_row([article.0], |row| from_json(row, "article"))
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
}

/// The input of a row with `path` and `file`.
pub(super) fn origin(row: &Row<'_>) -> rusqlite::Result<Origin> {
    let file: Option<Vec<u8>> = row.get("file")?;
    Ok(Origin { path: row.get("path")?, file: file.map(|bytes| PathBuf::from(OsString::from_vec(bytes))) })
}

/// A path as the state holds it: names need not be text.
pub(super) fn bytes(path: &Path) -> &[u8] {
    path.as_os_str().as_bytes()
}
