//! What was done, kept in one SQLite file: articles, units, translation memory, batches, runs. The only
//! SQL of the house.
//!
//! Place in the data way: `plan` stores articles and units, `work` claims and finishes units, `deliver` marks outputs.
//! It must never hold a key or a header, and never a failure as if it were a translation.
//!
//! Readers use one connection behind a mutex, all changes go through the [`writer`]. The file is in WAL mode with
//! `synchronous = FULL`: neither a killed process nor a power cut loses what was committed
//! (<https://sqlite.org/pragma.html#pragma_synchronous>). Answers cost money; the writer commits in groups, so that many
//! share one wait for the disk.

mod arrivals;
mod articles;
mod batches;
mod care;
mod counts;
mod delivery;
mod error;
mod former;
mod human;
mod lock;
mod memory;
mod near;
mod planned;
mod runs;
mod schema;
mod spending;
#[cfg(test)]
mod tests;
mod units;
mod writer;

use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rusqlite::{Connection, OpenFlags};

pub use articles::{Kept, Known, Origin, Outcome, Output};
pub use batches::{BatchRow, Harvest, Item, NewBatch, Taken};
pub use care::Freed;
pub use counts::StateCounts;
pub use delivery::Ready;
pub use error::StateError;
pub use former::{Corrected, FormerParagraph};
pub use human::{HumanEntry, Translated};
pub use lock::Lock;
pub use memory::{MemoryHit, MemoryStats};
pub use near::NearRow;
pub use planned::{PlannedArticle, Stored};
pub use runs::RunRow;
use writer::Writer;

/// File name of the database inside the state folder.
pub const DATABASE: &str = "state.sqlite";
/// File name of the lock inside the state folder.
pub const LOCK: &str = "lock";

/// The open state. Clones share it.
#[derive(Debug, Clone)]
pub struct State {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    path: PathBuf,
    /// The output folder whose articles are meant; empty where the state lies inside it, so that both can move.
    root: String,
    reader: Mutex<Connection>,
    /// `None` when opened for reading.
    writer: Option<Writer>,
    /// Held as long as the state is open for writing.
    _lock: Option<Lock>,
    /// Where the copy of an older state lies that is read in its place.
    _copy: Option<tempfile::TempDir>,
}

impl State {
    /// Opens the state in `dir` for a run: creates it where there is none, takes the lock, migrates forward.
    /// `root` is the output folder, or empty where `dir` lies inside it; `holder` says who is running, for the next
    /// one who finds the lock taken.
    ///
    /// # Errors
    /// Locked, newer, foreign or damaged states, and folders that cannot be written.
    pub fn open(dir: &Path, root: &str, holder: &str) -> Result<Self, StateError> {
        let io = |source| StateError::Io { path: dir.to_path_buf(), source };
        // Others may look, as far as the user's umask lets them; none may write, whatever it is.
        std::fs::DirBuilder::new().recursive(true).mode(0o755).create(dir).map_err(io)?;
        let lock = Lock::take(&dir.join(LOCK), holder)?;
        let path = dir.join(DATABASE);
        let sqlite = |source| StateError::Sqlite { path: path.clone(), source };
        let mut connection = Connection::open(&path).map_err(sqlite)?;
        // Before anything is changed, the journal mode neither.
        schema::require_openable(&connection, &path)?;
        tune(&connection).map_err(sqlite)?;
        schema::migrate(&mut connection, &path)?;
        let reader = Connection::open(&path).map_err(sqlite)?;
        tune(&reader).map_err(sqlite)?;
        let writer = Writer::start(connection).map_err(io)?;
        Ok(Self {
            inner: Arc::new(Inner {
                path,
                root: root.into(),
                reader: Mutex::new(reader),
                writer: Some(writer),
                _lock: Some(lock),
                _copy: None,
            }),
        })
    }

    /// Opens the state in `dir` for reading, beside a run that may be under way. Of an older schema, a copy is read that
    /// is moved forward: only a run changes the state itself.
    ///
    /// # Errors
    /// [`StateError::Missing`] where there is none, else as for [`State::open`].
    pub fn open_for_reading(dir: &Path, root: &str) -> Result<Self, StateError> {
        let path = dir.join(DATABASE);
        if !path.exists() {
            return Err(StateError::Missing { path: dir.to_path_buf() });
        }
        let sqlite = |source| StateError::Sqlite { path: path.clone(), source };
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let reader = Connection::open_with_flags(&path, flags)
            .or_else(|_| Connection::open_with_flags(&path, OpenFlags::SQLITE_OPEN_READ_ONLY))
            .map_err(sqlite)?;
        reader.busy_timeout(BUSY).map_err(sqlite)?;
        schema::require_known(&reader, &path)?;
        let (reader, copy) = if schema::is_older(&reader, &path)? {
            let (copy, folder) = moved_forward(&reader, &path)?;
            (copy, Some(folder))
        } else {
            (reader, None)
        };
        let (root, reader) = (root.into(), Mutex::new(reader));
        Ok(Self { inner: Arc::new(Inner { path, root, reader, writer: None, _lock: None, _copy: copy }) })
    }

    /// Where the database lies.
    pub fn path(&self) -> &Path {
        &self.inner.path
    }

    fn reader(&self) -> MutexGuard<'_, Connection> {
        self.inner.reader.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs a query on the reading connection.
    fn read<T>(&self, query: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> Result<T, StateError> {
        query(&self.reader()).map_err(|source| self.sqlite(source))
    }

    /// Queues a change; it is committed when the future is ready.
    async fn write<T: Send + 'static>(
        &self,
        change: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, StateError> {
        let ended = || self.sqlite(rusqlite::Error::InvalidQuery);
        let answer = self.inner.writer.as_ref().map(|writer| writer.send(change)).ok_or_else(ended)?;
        answer.await.map_err(|_| ended())?.map_err(|source| self.sqlite(source))
    }

    fn sqlite(&self, source: rusqlite::Error) -> StateError {
        match source {
            rusqlite::Error::FromSqlConversionFailure(_, _, detail) => {
                StateError::Damaged { path: self.inner.path.clone(), detail: detail.to_string() }
            }
            source => StateError::Sqlite { path: self.inner.path.clone(), source },
        }
    }
}

/// A copy of the newest schema, in a folder that goes with it.
fn moved_forward(older: &Connection, path: &Path) -> Result<(Connection, tempfile::TempDir), StateError> {
    let sqlite = |source| StateError::Sqlite { path: path.to_path_buf(), source };
    let folder = tempfile::tempdir().map_err(|source| StateError::Io { path: path.to_path_buf(), source })?;
    let file = folder.path().join(DATABASE);
    older.execute("VACUUM INTO ?1", [file.to_string_lossy()]).map_err(sqlite)?;
    let mut copy = Connection::open(&file).map_err(sqlite)?;
    schema::migrate(&mut copy, path)?;
    Ok((copy, folder))
}

/// How long a connection waits for another's lock on the file.
const BUSY: std::time::Duration = std::time::Duration::from_secs(10);

fn tune(connection: &Connection) -> rusqlite::Result<()> {
    connection.busy_timeout(BUSY)?;
    connection.pragma_update(None, "journal_mode", "wal")?;
    connection.pragma_update(None, "synchronous", "full")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.set_prepared_statement_cache_capacity(64);
    Ok(())
}

/// JSON of a value that cannot fail to serialise, as a SQL error where it does all the same.
fn to_json(value: &impl serde::Serialize) -> rusqlite::Result<String> {
    serde_json::to_string(value).map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()))
}

/// Reads a JSON column.
fn from_json<T: serde::de::DeserializeOwned>(row: &rusqlite::Row<'_>, column: &str) -> rusqlite::Result<T> {
    let text: String = row.get(column)?;
    serde_json::from_str(&text).map_err(|error| {
        let detail = format!("column {column}: {error}");
        rusqlite::Error::FromSqlConversionFailure(0, rusqlite::types::Type::Text, detail.into())
    })
}
