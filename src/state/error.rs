//! What goes wrong with the state.
//!
//! Place in the data way: `error` maps it to an exit code.
//! It must never be swallowed: a state that cannot be trusted stops the run.

use std::path::PathBuf;

use crate::model::disk::is_full;

/// The state cannot be used. Messages are fragments fit for "failed to …: ".
#[derive(Debug, thiserror::Error)]
pub enum StateError {
    /// Another run holds the lock.
    #[error("another run holds {lock}: {holder}", lock = lock.display())]
    Locked {
        /// The lock file.
        lock: PathBuf,
        /// Who holds it, as the lock file says.
        holder: String,
    },
    /// The state was written by a newer Kabar.
    #[error("{path} has schema {found}, newer than the {known} this program knows; use the newer kabar", path = path.display())]
    Newer {
        /// The database.
        path: PathBuf,
        /// Its schema.
        found: i64,
        /// The newest schema known here.
        known: i64,
    },
    /// The file is not a state of Kabar's.
    #[error("{path} is not a kabar state; move it away or choose another --state", path = path.display())]
    Foreign {
        /// The database.
        path: PathBuf,
    },
    /// There is no state at this place.
    #[error("there is no kabar state in {path}; run `kabar translate` first or name the output folder", path = path.display())]
    Missing {
        /// The folder.
        path: PathBuf,
    },
    /// The state knows other output folders than the one that is meant.
    #[error("{path} knows nothing of the output folder {root}, but of {known}; name that with [output] dir or KABAR_OUTPUT__DIR", path = path.display())]
    Elsewhere {
        /// The database.
        path: PathBuf,
        /// The output folder that is meant.
        root: String,
        /// Those that it knows.
        known: String,
    },
    /// The folder or the lock file cannot be used.
    #[error("cannot use {path}: {source}", path = path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// SQLite reports trouble (damage, full disk, …).
    #[error("the state {path} cannot be used: {source}", path = path.display())]
    Sqlite {
        /// The database.
        path: PathBuf,
        /// What SQLite says.
        source: rusqlite::Error,
    },
    /// A row holds what this program cannot read.
    #[error("the state {path} holds a damaged row: {detail}", path = path.display())]
    Damaged {
        /// The database.
        path: PathBuf,
        /// What is wrong.
        detail: String,
    },
}

impl StateError {
    /// Whether the file may not be written to, which reading needs too (SQLite notes who reads): the user lacks a right.
    pub fn is_forbidden(&self) -> bool {
        use rusqlite::ErrorCode::{CannotOpen, PermissionDenied, ReadOnly};
        let code = match self {
            Self::Sqlite { source, .. } => source.sqlite_error_code(),
            _ => None,
        };
        matches!(code, Some(ReadOnly | CannotOpen | PermissionDenied))
    }

    /// Whether the disk is full: nothing is damaged, and a run after making room goes on.
    pub fn is_full_disk(&self) -> bool {
        match self {
            Self::Sqlite { source, .. } => source.sqlite_error_code() == Some(rusqlite::ErrorCode::DiskFull),
            Self::Io { source, .. } => is_full(source),
            _ => false,
        }
    }
}
