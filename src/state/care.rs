//! Care for a state that lasts: is it whole, what may go, a copy while a run is under way.
//!
//! Place in the data way: beside it; `kabar state` and `kabar memory gc` call it.
//! It must never repair silently, and never drop what an open unit, a written output or a person's import rests on.

use std::collections::HashMap;
use std::path::Path;

use rusqlite::{Connection, params};

use super::{Output, State, StateError, from_json};
use crate::model::unit::ArticleId;

/// What was let go.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Freed {
    /// Articles.
    pub articles: u64,
    /// Segments of the translation memory.
    pub segments: u64,
    /// Summaries of the translation memory.
    pub summaries: u64,
    /// Bytes of the file.
    pub bytes: u64,
}

/// Rows that contradict each other, each with what is wrong with it.
const CONTRADICTIONS: [(&str, &str); 4] = [
    ("SELECT name FROM articles WHERE id NOT IN (SELECT id FROM texts)", "has no text"),
    (
        "SELECT name FROM articles WHERE open <> (SELECT count(*) FROM units WHERE article = articles.id AND status = 'open' AND former IS NULL)",
        "counts its open units wrongly",
    ),
    (
        "SELECT name FROM articles WHERE id IN (SELECT article FROM units WHERE status <> 'open' AND result IS NULL)",
        "has a finished unit without a result",
    ),
    ("SELECT name FROM articles WHERE open > 0 AND outputs IS NOT NULL", "is noted as written with open units"),
];

impl State {
    /// What is wrong with the file and its rows, in words; empty where all is well.
    ///
    /// # Errors
    /// Where the file cannot be read at all.
    pub fn faults(&self) -> Result<Vec<String>, StateError> {
        self.read(|c| {
            let mut faults = Vec::new();
            let said: Vec<String> = column(c, "PRAGMA integrity_check", &[])?;
            faults.extend(said.into_iter().filter(|line| line != "ok").map(|line| format!("damaged file: {line}")));
            let tables: Vec<String> = column(c, "PRAGMA foreign_key_check", &[])?;
            faults.extend(tables.into_iter().map(|table| format!("a row of {table} belongs to no article")));
            for (query, what) in CONTRADICTIONS {
                let names: Vec<String> = column(c, query, &[])?;
                faults.extend(names.into_iter().map(|name| format!("{name} {what}")));
            }
            Ok(faults)
        })
    }

    /// Refuses a state that knows other output folders and nothing of this one: a slip of the pen would look like
    /// nothing to do, and all well.
    ///
    /// # Errors
    /// [`StateError::Elsewhere`].
    pub fn require_own(&self) -> Result<(), StateError> {
        let roots: Vec<String> =
            self.read(|c| column(c, "SELECT root FROM articles UNION SELECT root FROM failures ORDER BY root", &[]))?;
        if roots.is_empty() || roots.contains(&self.inner.root) {
            return Ok(());
        }
        let around = || self.path().ancestors().nth(2).unwrap_or(Path::new("")).display().to_string();
        let shown = |root: &String| if root.is_empty() { around() } else { root.clone() };
        let known = roots.iter().map(shown).collect::<Vec<_>>().join(", ");
        Err(StateError::Elsewhere { path: self.path().to_path_buf(), root: shown(&self.inner.root), known })
    }

    /// The articles of the output folder that were written, by name, with their files.
    pub fn written(&self) -> Result<Vec<(ArticleId, String, Vec<Output>)>, StateError> {
        let root = &self.inner.root;
        self.read(|c| {
            c.prepare("SELECT id, name, outputs FROM articles WHERE root = ?1 AND outputs IS NOT NULL ORDER BY name")?
                .query_map([root], |row| Ok((ArticleId(row.get(0)?), row.get(1)?, from_json(row, "outputs")?)))?
                .collect()
        })
    }

    /// The articles of the output folder without an open unit.
    pub fn finished(&self) -> Result<Vec<ArticleId>, StateError> {
        let root = &self.inner.root;
        self.read(|c| {
            c.prepare("SELECT id FROM articles WHERE root = ?1 AND open = 0 ORDER BY name")?
                .query_map([root], |row| row.get(0).map(ArticleId))?
                .collect()
        })
    }

    /// Copies the state into a new file, as it is at one moment, beside a run that may be under way. The copy appears
    /// whole or not at all.
    ///
    /// # Errors
    /// Where the file is there already or cannot be written.
    pub fn back_up(&self, to: &Path) -> Result<(), StateError> {
        let io = |source| StateError::Io { path: to.to_path_buf(), source };
        if to.exists() {
            let kind = std::io::ErrorKind::AlreadyExists;
            return Err(io(std::io::Error::new(kind, "it is there already, and a backup replaces nothing")));
        }
        let folder = to.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let place = tempfile::Builder::new().prefix(".kabar-").tempdir_in(folder).map_err(io)?;
        let copy = place.path().join(super::DATABASE);
        self.read(|c| c.execute("VACUUM INTO ?1", [copy.to_string_lossy()]))?;
        std::fs::File::open(&copy).and_then(|file| file.sync_all()).map_err(io)?;
        std::fs::rename(&copy, to).map_err(io)
    }

    /// Forgets articles of the output folder that no run had work for since `before` (RFC 3339) and whose files are
    /// `gone`; then the memory's entries that no article holds. Imported entries stay; summaries stay while work is
    /// open. Gives the room back to the disk.
    ///
    /// # Errors
    /// As for any change of the state.
    pub async fn collect_garbage(&self, before: &str, gone: impl Fn(&[Output]) -> bool) -> Result<Freed, StateError> {
        let old: Vec<i64> = {
            let (root, before) = (&self.inner.root, before);
            let old: Vec<i64> = self.read(|c| {
                column(
                    c,
                    "SELECT articles.id FROM articles LEFT JOIN runs USING (run)
                     WHERE root = ?1 AND open = 0 AND coalesce(started, '') < ?2",
                    &[root, before],
                )
            })?;
            let written: HashMap<i64, Vec<Output>> =
                self.written()?.into_iter().map(|(id, _, outputs)| (id.0, outputs)).collect();
            old.into_iter().filter(|id| written.get(id).is_some_and(|outputs| gone(outputs))).collect()
        };
        let size = || std::fs::metadata(self.path()).map_or(0, |meta| meta.len());
        let freed = self.write(move |c| forget(c, &old)).await?;
        self.read(|c| c.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)"))?;
        let full = size();
        self.read(|c| c.execute_batch("VACUUM; PRAGMA wal_checkpoint(TRUNCATE)"))?;
        Ok(Freed { bytes: full.saturating_sub(size()), ..freed })
    }
}

fn forget(c: &Connection, articles: &[i64]) -> rusqlite::Result<Freed> {
    let mut delete = c.prepare_cached("DELETE FROM articles WHERE id = ?1")?;
    let mut freed = Freed::default();
    for id in articles {
        freed.articles += delete.execute([id])? as u64;
    }
    freed.segments = c.execute(
        "DELETE FROM memory WHERE kind = 'segment' AND backend <> 'import' AND id NOT IN (
             SELECT s.value ->> 'text' FROM units, json_each(units.work, '$.segments') AS s)",
        [],
    )? as u64;
    freed.summaries = c.execute(
        "DELETE FROM memory WHERE kind = 'summary' AND NOT EXISTS (SELECT 1 FROM units WHERE status = 'open')
         AND en NOT IN (SELECT result -> 'summary' FROM units WHERE result -> 'summary' IS NOT NULL)",
        params![],
    )? as u64;
    Ok(freed)
}

/// The first column of a query.
fn column<T: rusqlite::types::FromSql>(c: &Connection, query: &str, params: &[&str]) -> rusqlite::Result<Vec<T>> {
    c.prepare(query)?.query_map(rusqlite::params_from_iter(params), |row| row.get(0))?.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::key::Key;
    use crate::model::unit::{MemoryEntry, MemoryKind};

    fn state(dir: &Path) -> State {
        State::open(dir, "", "test").unwrap()
    }

    fn tamper(dir: &Path, sql: &str) {
        let connection = Connection::open(dir.join(crate::state::DATABASE)).unwrap();
        connection.execute_batch(&format!("PRAGMA foreign_keys = OFF; {sql}")).unwrap();
    }

    #[test]
    fn rows_that_contradict_each_other_are_told() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(state(dir.path()).faults().unwrap(), Vec::<String>::new());
        tamper(
            dir.path(),
            "INSERT INTO articles (root, name, path, sha256, plan, open, run) VALUES ('', 'a', 'a', '', x'00', 2, 'r');
             INSERT INTO units (article, n, key, work, segments, status) VALUES (1, 0, x'00', '{}', 0, 'done');
             INSERT INTO units (article, n, key, work, segments, status) VALUES (9, 0, x'00', '{}', 0, 'open');",
        );
        let faults = state(dir.path()).faults().unwrap();
        for what in ["a has no text", "a counts its open", "a has a finished unit", "a row of units belongs to no"] {
            assert!(faults.iter().any(|fault| fault.starts_with(what)), "{what}: {faults:?}");
        }
    }

    #[test]
    fn a_damaged_page_is_told() {
        let dir = tempfile::tempdir().unwrap();
        drop(state(dir.path()));
        let path = dir.path().join(crate::state::DATABASE);
        let mut bytes = std::fs::read(&path).unwrap();
        let last = bytes.len() - 4096;
        bytes[last..].fill(0xff);
        std::fs::write(&path, bytes).unwrap();
        let reader = State::open_for_reading(dir.path(), "").unwrap();
        assert!(reader.faults().is_err() || !reader.faults().unwrap().is_empty());
    }

    #[tokio::test]
    async fn what_no_article_holds_goes_and_imports_stay() {
        let dir = tempfile::tempdir().unwrap();
        let state = state(dir.path());
        let entry = |id: &str, backend: &str| MemoryEntry {
            key: Key::of([id]),
            kind: MemoryKind::Segment,
            id: id.into(),
            en: "x".into(),
            backend: backend.into(),
        };
        let summary = MemoryEntry { kind: MemoryKind::Summary, ..entry("ringkasan", "desk") };
        state.remember(vec![entry("lama", "desk"), entry("istilah", "import"), summary]).await.unwrap();
        let freed = state.collect_garbage("2026-01-01T00:00:00Z", |_| true).await.unwrap();
        assert_eq!((freed.articles, freed.segments, freed.summaries), (0, 1, 1));
        assert_eq!(state.memory_stats().unwrap().by_backend, [("import".to_owned(), 1)]);
    }

    #[test]
    fn a_backup_replaces_nothing_and_can_be_opened() {
        let dir = tempfile::tempdir().unwrap();
        let state = state(&dir.path().join("state"));
        let copy = dir.path().join("copy/state.sqlite");
        assert!(matches!(state.back_up(&copy), Err(StateError::Io { .. })), "its folder is not there");
        std::fs::create_dir(dir.path().join("copy")).unwrap();
        state.back_up(&copy).unwrap();
        assert!(matches!(state.back_up(&copy), Err(StateError::Io { .. })));
        assert_eq!(std::fs::read_dir(dir.path().join("copy")).unwrap().count(), 1, "nothing is left beside it");
        assert!(State::open(&dir.path().join("copy"), "", "test").unwrap().faults().unwrap().is_empty());
    }
}
