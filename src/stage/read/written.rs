//! Reads back the article records and briefings that Kabar wrote.
//!
//! Place in the data way: after `deliver`: `check` and `brief` begin with it.
//! It must never take another JSON file for a record, nor pass over a damaged record in silence.

use std::path::{Path, PathBuf};

use crate::model::briefing::{BRIEFING_SCHEMA, Briefing};
use crate::model::record::{ARTICLE_SCHEMA, ArticleRecord};

use super::{InputError, printable};

/// Something that Kabar wrote.
#[derive(Debug)]
pub enum Written {
    /// An article.
    Article(Box<ArticleRecord>),
    /// A briefing.
    Briefing(Box<Briefing>),
}

/// The records below an output folder, in the order of their paths. Files that are no records are passed over;
/// damaged records are errors.
pub fn records(dir: &Path) -> impl Iterator<Item = Result<(PathBuf, ArticleRecord), InputError>> + use<> {
    written(dir).filter_map(|found| match found {
        Ok((path, Written::Article(record))) => Some(Ok((path, *record))),
        Ok((_, Written::Briefing(_))) => None,
        Err(error) => Some(Err(error)),
    })
}

/// The records and briefings below an output folder, in the order of their paths. Other files are passed over; damaged
/// ones are errors.
pub fn written(dir: &Path) -> impl Iterator<Item = Result<(PathBuf, Written), InputError>> + use<> {
    let walk = ignore::WalkBuilder::new(dir)
        .standard_filters(false)
        .sort_by_file_name(std::ffi::OsStr::cmp)
        .filter_entry(|entry| entry.file_name() != ".kabar")
        .build();
    walk.filter_map(|entry| match entry {
        Ok(entry) if is_json_file(&entry) => {
            let path = entry.into_path();
            written_at(&path).transpose().map(|found| Ok((path, found?)))
        }
        Ok(_) => None,
        Err(error) => Some(Err(InputError { path: String::new(), reason: error.to_string() })),
    })
}

fn is_json_file(entry: &ignore::DirEntry) -> bool {
    entry.file_type().is_some_and(|kind| kind.is_file()) && entry.path().extension().is_some_and(|e| e == "json")
}

/// As much of a record as says that it is one.
#[derive(serde::Deserialize)]
struct Head {
    schema: Option<String>,
}

/// The record in a file; `None` where it holds other JSON.
///
/// # Errors
/// Where it cannot be read, or is a damaged record.
pub fn record_at(path: &Path) -> Result<Option<ArticleRecord>, InputError> {
    Ok(written_at(path)?.and_then(|found| match found {
        Written::Article(record) => Some(*record),
        Written::Briefing(_) => None,
    }))
}

fn written_at(path: &Path) -> Result<Option<Written>, InputError> {
    let error = |reason: String| InputError { path: printable(path.as_os_str()), reason };
    let bytes = std::fs::read(path).map_err(|e| error(e.to_string()))?;
    let head: Result<Head, _> = serde_json::from_slice(&bytes);
    let damaged = |what: &str, e: serde_json::Error| error(format!("not a whole {what}: {e}"));
    match head.map(|head| head.schema) {
        Ok(Some(schema)) if schema == ARTICLE_SCHEMA => {
            let record = serde_json::from_slice(&bytes).map_err(|e| damaged("article record", e))?;
            Ok(Some(Written::Article(record)))
        }
        Ok(Some(schema)) if schema == BRIEFING_SCHEMA => {
            let briefing = serde_json::from_slice(&bytes).map_err(|e| damaged("briefing", e))?;
            Ok(Some(Written::Briefing(briefing)))
        }
        Ok(_) => Ok(None),
        Err(e) => Err(error(format!("not JSON: {e}"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_json_is_passed_over_and_damage_is_told() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("a.json"), r#"{"schema": "other/1"}"#).unwrap();
        std::fs::write(dir.path().join("b.json"), r#"{"schema": "kabar/article/1", "source": 3}"#).unwrap();
        std::fs::write(dir.path().join("c.json"), "{").unwrap();
        let found: Vec<_> = records(dir.path()).collect();
        assert_eq!(found.len(), 2);
        assert!(found.iter().all(Result::is_err));
    }
}
