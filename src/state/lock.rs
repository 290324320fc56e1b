//! One run at a time: an operating-system lock on a file that also says who holds it.
//!
//! Place in the data way: taken before `plan`, released by the end of the process, however it ends.
//! It must never be judged by the file's existence or content: only the lock counts, so a crash leaves nothing stale.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, SeekFrom, Write};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use super::error::StateError;

/// Holds the lock until dropped.
#[derive(Debug)]
pub struct Lock {
    _file: File,
}

impl Lock {
    /// Takes the lock, or says who has it. `holder` is written into the file for the next one to read.
    ///
    /// # Errors
    /// [`StateError::Locked`] while another process holds it, [`StateError::Io`] where the file cannot be used.
    pub fn take(path: &Path, holder: &str) -> Result<Self, StateError> {
        let io = |source| StateError::Io { path: path.to_path_buf(), source };
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o644)
            .open(path)
            .map_err(io)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut text = String::new();
                let _ = (&file).take(1_000).read_to_string(&mut text);
                let holder = if text.trim().is_empty() { "holder unknown".into() } else { text.trim().to_owned() };
                return Err(StateError::Locked { lock: path.to_path_buf(), holder });
            }
            Err(TryLockError::Error(source)) => return Err(io(source)),
        }
        file.set_len(0).map_err(io)?;
        file.seek(SeekFrom::Start(0)).map_err(io)?;
        writeln!(file, "{holder}").map_err(io)?;
        Ok(Self { _file: file })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_taker_is_told_who_holds_the_lock() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("lock");
        let first = Lock::take(&path, "pid 7 on desk").unwrap();
        let error = Lock::take(&path, "pid 8").unwrap_err();
        assert!(error.to_string().contains("pid 7 on desk"), "{error}");
        drop(first);
        assert!(Lock::take(&path, "pid 8").is_ok());
    }

    #[test]
    fn a_file_that_a_crash_left_behind_is_no_lock() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("lock");
        std::fs::write(&path, "pid 7 on desk\n").unwrap();
        assert!(Lock::take(&path, "pid 8").is_ok());
    }
}
