//! What an article said before its outlet rewrote it: the paragraphs that are gone, in both languages.
//!
//! Place in the data way: noted when `plan` stores an article that is known with other words, by name or by address.
//! It must never take what was only added, or moved to another place, for a correction.

use std::collections::HashSet;

use rusqlite::{Connection, OptionalExtension, params};
use serde::{Deserialize, Serialize};

use super::delivery::{Ready, finished_part};
use super::planned::PlannedArticle;
use super::{State, StateError, from_json, to_json};
use crate::model::article::Article;
use crate::model::unit::{ArticleId, UnitResult, Work};

/// A paragraph that was exchanged or taken out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FormerParagraph {
    /// Its number then; 0 is the title.
    pub n: u32,
    /// Indonesian.
    pub id: String,
    /// English; `None` where it was never translated.
    pub en: Option<String>,
}

/// An article that was rewritten after it had been translated.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Corrected {
    /// Output path below the output folder, without extension.
    pub name: String,
    /// The input.
    pub path: String,
    /// The run that noticed.
    pub run: String,
    /// What stood there before and does not any more.
    pub former: Vec<FormerParagraph>,
}

impl State {
    /// Articles that were rewritten, the last ones first, at most `limit`.
    pub fn corrected(&self, limit: usize) -> Result<Vec<Corrected>, StateError> {
        let root = &self.inner.root;
        self.read(|c| {
            c.prepare_cached(
                "SELECT name, path, former.run AS found, paragraphs FROM former
                 JOIN articles ON articles.id = former.article WHERE root = ?1 ORDER BY found DESC, name LIMIT ?2",
            )?
            .query_map(params![root, limit], |row| {
                Ok(Corrected {
                    name: row.get("name")?,
                    path: row.get("path")?,
                    run: row.get("found")?,
                    former: from_json(row, "paragraphs")?,
                })
            })?
            .collect()
        })
    }
}

/// The earlier version of an article that is about to be stored: what has its name and another text, else what an earlier
/// run stored with its address and another text. Gives it with its hash.
pub(super) fn earlier(
    c: &Connection,
    root: &str,
    planned: &PlannedArticle,
    run: &str,
) -> rusqlite::Result<Option<(Ready, String)>> {
    let row = |row: &rusqlite::Row<'_>| Ok((ArticleId(row.get(0)?), row.get(1)?));
    let by_name: Option<(ArticleId, String)> = c
        .prepare_cached("SELECT id, sha256 FROM articles WHERE root = ?1 AND name = ?2")?
        .query_row([root, &planned.name], row)
        .optional()?;
    let found = match (by_name, &planned.article.source.url) {
        (None, Some(url)) => c
            .prepare_cached(
                "SELECT id, sha256 FROM articles
                 WHERE url = ?2 AND root = ?1 AND run <> ?3 AND content IS NOT ?4 ORDER BY id DESC LIMIT 1",
            )?
            .query_row(params![root, url, run, planned.content.0], row)
            .optional()?,
        (by_name, _) => by_name.filter(|(_, sha256)| *sha256 != planned.sha256),
    };
    found.map(|(id, sha256)| Ok((finished_part(c, id)?, sha256))).transpose()
}

/// Notes which paragraphs of the earlier version are gone. Returns how many.
pub(super) fn note(
    c: &Connection,
    article: ArticleId,
    (before, sha256): &(Ready, String),
    after: &Article,
    run: &str,
) -> rusqlite::Result<u64> {
    let gone = gone(before, after);
    if !gone.is_empty() {
        c.prepare_cached("INSERT OR REPLACE INTO former (article, sha256, run, paragraphs) VALUES (?1, ?2, ?3, ?4)")?
            .execute(params![article.0, sha256, run, to_json(&gone)?])?;
    }
    Ok(gone.len() as u64)
}

/// Story paragraphs, and the title, whose words stand nowhere in the newer version. Nothing, where nobody had translated
/// the earlier one: then nobody has read it.
fn gone(before: &Ready, after: &Article) -> Vec<FormerParagraph> {
    let now: HashSet<&str> = texts(after).map(|(_, text)| text).collect();
    let gone = texts(&before.article).filter(|(_, text)| !now.contains(text));
    let gone = gone.map(|(n, id)| FormerParagraph { n, id: id.to_owned(), en: english(before, n) });
    let gone: Vec<_> = gone.collect();
    if gone.iter().any(|paragraph| paragraph.en.is_some()) { gone } else { Vec::new() }
}

fn texts(article: &Article) -> impl Iterator<Item = (u32, &str)> {
    let story = article.paragraphs().filter(|p| p.kind.is_story() && p.skipped.is_none());
    article.title.as_deref().map(|title| (0, title)).into_iter().chain(story.map(|p| (p.n, p.text.as_str())))
}

/// The English of a paragraph; `None` where a part of it is missing.
fn english(ready: &Ready, paragraph: u32) -> Option<String> {
    let mut parts = Vec::new();
    for (work, _, result) in &ready.units {
        if let (Work::Translate { segments, .. }, UnitResult::Translated { segments: results }) = (work, result) {
            let own = segments.iter().zip(results).filter(|(segment, _)| segment.id.paragraph == paragraph);
            parts.extend(own.map(|(segment, result)| (segment.id.part, result.en.as_deref())));
        }
    }
    parts.sort_unstable_by_key(|(part, _)| *part);
    let texts: Option<Vec<&str>> = parts.into_iter().map(|(_, en)| en).collect();
    texts.filter(|texts| !texts.is_empty()).map(|texts| texts.join(" "))
}
