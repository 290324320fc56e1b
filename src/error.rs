//! What stops a run. Trouble with one unit or article never does: it is recorded, reported and counted.
//!
//! Place in the data way: around it; commands return it, `main` turns it into a message and an exit code.
//! It must never become the error type of a room: each room has its own.

use crate::config::ConfigError;
use crate::exit::Exit;

/// What stops a run.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The configuration is wrong.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The command line, an input path or an output path is wrong.
    #[error("{0}")]
    Usage(String),
    /// No backend of the chain can be used.
    #[error("{0}")]
    NoBackend(String),
    /// Another run holds the lock; the text says which.
    #[error("{0}")]
    Locked(String),
    /// The state cannot be read, or is newer than this program.
    #[error("{0}")]
    State(String),
    /// The disk is full; what was finished is kept.
    #[error("{0}\nThe disk is full: make room and run again. Nothing that was finished is lost.")]
    DiskFull(String),
    /// Standard output or a file that was asked for cannot be written.
    #[error("failed to write the output: {0}")]
    Output(#[from] std::io::Error),
    /// A bug.
    #[error("internal error: {0:#}\nThis is a bug in kabar; please report it with the command that led to it.")]
    Internal(#[from] anyhow::Error),
}

impl Error {
    /// The exit code. A reader that has gone away (`kabar … | head`) is no error; any other output that cannot be written
    /// is none of this program's own, and the next run may write it.
    pub fn exit(&self) -> Exit {
        match self {
            Self::Config(_) | Self::Usage(_) => Exit::Usage,
            Self::NoBackend(_) => Exit::NoBackend,
            Self::Locked(_) => Exit::Locked,
            Self::State(_) => Exit::State,
            Self::Output(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Exit::Done,
            Self::DiskFull(_) | Self::Output(_) => Exit::Partial,
            Self::Internal(_) => Exit::Internal,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_closed_pipe_is_success_a_full_disk_is_worth_a_rerun_and_only_a_bug_is_a_bug() {
        use std::io::{Error as Io, ErrorKind};
        assert_eq!(Error::Output(Io::from(ErrorKind::BrokenPipe)).exit(), Exit::Done);
        assert_eq!(Error::Output(Io::from(ErrorKind::StorageFull)).exit(), Exit::Partial);
        assert_eq!(Error::Internal(anyhow::anyhow!("a bug")).exit(), Exit::Internal);
    }
}
