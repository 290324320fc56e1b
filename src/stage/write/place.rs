//! Puts a text into the output folder: a temporary file in the same folder, synced, then renamed.
//!
//! Place in the data way: the only part of `write` that touches the disk.
//! It must never write outside the output folder, go through a link below it, or touch a file whose bytes are the same.

use std::fs::{self, Permissions};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use super::{Format, Named as _, ThemeError};
use crate::model::disk::is_full;
use crate::model::key::sha256_hex;

/// Mode of a new file, before the user's umask takes its part.
const MODE: u32 = 0o644;
/// Mode of a new folder, before the user's umask takes its part.
const FOLDER_MODE: u32 = 0o755;
/// How the name of a temporary file begins.
const PREFIX: &str = ".kabar-";

/// Why an output could not be written. Nothing was lost: what stood there before still stands there.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// The name would leave the output folder.
    #[error("write the output \"{name}\": its name leaves the output folder")]
    Name {
        /// The name, made printable.
        name: String,
    },
    /// Something on the way is a link.
    #[error("write {path}: {link} is a link, and links in the output folder are not followed; remove it")]
    Link {
        /// The output.
        path: String,
        /// The link.
        link: String,
    },
    /// Something that is no folder stands where one is needed, or a folder where the file should be.
    #[error("write {path}: {other} is in the way; move it or choose another output folder")]
    InTheWay {
        /// The output.
        path: String,
        /// What is in the way.
        other: String,
    },
    /// The theme's templates cannot render it.
    #[error("write {path}: {source}")]
    Theme {
        /// The output.
        path: String,
        /// Why.
        source: ThemeError,
    },
    /// The disk said no.
    #[error("write {path}: {}", advice(source))]
    Io {
        /// The output, or the folder that could not be made.
        path: String,
        /// Why.
        source: io::Error,
    },
}

impl WriteError {
    /// Whether the disk is full.
    pub fn is_full_disk(&self) -> bool {
        matches!(self, Self::Io { source, .. } if is_full(source))
    }
}

/// Writes `text` as `root/name.EXTENSION` and returns that path. `name` is `/`-separated.
///
/// # Errors
/// A [`WriteError`] that names the file and the reason; the file is then as it was before.
pub fn write(root: &Path, name: &str, format: Format, text: &str) -> Result<PathBuf, WriteError> {
    write_as(root, name, format.extension(), text)
}

/// Writes `text` as `root/name.extension` and returns that path. `name` is `/`-separated.
///
/// # Errors
/// As for [`write()`].
pub fn write_as(root: &Path, name: &str, extension: &str, text: &str) -> Result<PathBuf, WriteError> {
    let (folders, file) = parts(name)?;
    let path = folders.iter().fold(root.to_owned(), |path, part| path.join(part));
    let path = path.join(format!("{file}.{extension}"));
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true).mode(FOLDER_MODE).create(root).map_err(|source| io_error(root, source))?;
    open_folders(root, &folders, &path)?;
    if !holds(&path, text)? {
        replace(&path, |file| file.write_all(text.as_bytes())).map_err(|source| io_error(&path, source))?;
    }
    Ok(path)
}

/// The folders and the file name of an output name.
fn parts(name: &str) -> Result<(Vec<&str>, &str), WriteError> {
    let mut parts: Vec<_> = name.split('/').collect();
    let is_bad = |part: &&str| matches!(*part, "" | "." | "..") || part.contains('\0');
    match parts.pop() {
        Some(file) if !is_bad(&file) && !parts.iter().any(is_bad) => Ok((parts, file)),
        _ => Err(WriteError::Name { name: name.escape_debug().to_string() }),
    }
}

/// Makes the folders below `root` one by one; each must be a real folder.
fn open_folders(root: &Path, folders: &[&str], path: &Path) -> Result<(), WriteError> {
    let mut folder = root.to_owned();
    for part in folders {
        folder.push(part);
        match fs::symlink_metadata(&folder) {
            Ok(found) if found.is_symlink() => return Err(link(path, &folder)),
            Ok(found) if found.is_dir() => {}
            Ok(_) => return Err(in_the_way(path, &folder)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => make_folder(&folder)?,
            Err(source) => return Err(io_error(&folder, source)),
        }
    }
    Ok(())
}

fn make_folder(folder: &Path) -> Result<(), WriteError> {
    match fs::DirBuilder::new().mode(FOLDER_MODE).create(folder) {
        // Another writer of the same run was faster.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists && folder.is_dir() => Ok(()),
        done => done.map_err(|source| io_error(folder, source)),
    }
}

/// Whether the file is there with exactly these bytes.
fn holds(path: &Path, text: &str) -> Result<bool, WriteError> {
    match fs::symlink_metadata(path) {
        Ok(found) if found.is_symlink() => Err(link(path, path)),
        Ok(found) if !found.is_file() => Err(in_the_way(path, path)),
        Ok(found) if found.len() != text.len() as u64 => Ok(false),
        Ok(_) => Ok(fs::read(path).is_ok_and(|bytes| bytes == text.as_bytes())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(source) => Err(io_error(path, source)),
    }
}

/// Puts what `put` writes in the place of a file, so that a reader sees the old file or the new one, never a half. The
/// temporary file has always the same name, so that one left by a killed run is replaced, not kept.
///
/// # Errors
/// What the disk or `put` says; the file is then as it was before.
pub fn replace<T, E: From<io::Error>>(path: &Path, put: impl FnOnce(&mut fs::File) -> Result<T, E>) -> Result<T, E> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let identity = sha256_hex(path.as_os_str().as_encoded_bytes());
    let name = format!("{PREFIX}{}.tmp", identity.get(..16).unwrap_or_default());
    match fs::remove_file(folder.join(&name)) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error.into()),
        _ => {}
    }
    let mut builder = tempfile::Builder::new();
    builder.prefix(&name).rand_bytes(0).permissions(Permissions::from_mode(MODE));
    // Its error would name the temporary file, which nobody asked for.
    let mut file = builder.tempfile_in(folder).map_err(|error| io::Error::from(error.kind()))?;
    let given = put(file.as_file_mut())?;
    file.as_file().sync_all()?;
    file.persist(path).map_err(|error| error.error)?;
    Ok(given)
}

fn advice(error: &io::Error) -> String {
    match error.kind() {
        _ if is_full(error) => format!("the disk is full; free some space and run again ({error})"),
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
            format!("the output folder cannot be written to; choose another with -o ({error})")
        }
        io::ErrorKind::InvalidFilename => format!("the name is too long for this disk ({error})"),
        _ => error.to_string(),
    }
}

fn io_error(path: &Path, source: io::Error) -> WriteError {
    WriteError::Io { path: path.display().to_string(), source }
}

fn link(path: &Path, link: &Path) -> WriteError {
    WriteError::Link { path: path.display().to_string(), link: link.display().to_string() }
}

fn in_the_way(path: &Path, other: &Path) -> WriteError {
    WriteError::InTheWay { path: path.display().to_string(), other: other.display().to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::{MetadataExt as _, symlink};

    fn put(root: &Path, name: &str, text: &str) -> Result<PathBuf, WriteError> {
        write(root, name, Format::Json, text)
    }

    #[test]
    fn a_text_lands_below_the_output_folder_and_leaves_nothing_beside_it() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().join("new/out");
        let path = put(&root, "a/b c/berita \"satu\"", "{}\n").unwrap();
        assert_eq!(path, root.join("a/b c/berita \"satu\".json"));
        assert_eq!(fs::read_to_string(&path).unwrap(), "{}\n");
        assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1);
    }

    #[test]
    fn names_that_leave_the_folder_are_refused() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().join("out");
        for name in ["../x", "a/../../x", "/etc/x", "a//x", "", ".", "..", "a/.", "a\0b"] {
            assert!(matches!(put(&root, name, "x"), Err(WriteError::Name { .. })), "{name:?}");
        }
        assert!(!root.exists());
    }

    #[test]
    fn a_link_on_the_way_is_refused_and_its_target_untouched() {
        let dir = tempfile::tempdir().unwrap();
        let (root, outside) = (dir.path().join("out"), dir.path().join("outside"));
        fs::create_dir_all(&root).unwrap();
        fs::create_dir(&outside).unwrap();
        symlink(&outside, root.join("a")).unwrap();
        let message = put(&root, "a/x", "text").unwrap_err().to_string();
        assert!(message.contains("is a link"), "{message}");
        assert_eq!(fs::read_dir(&outside).unwrap().count(), 0);
    }

    #[test]
    fn a_link_in_place_of_the_file_is_refused_and_its_target_untouched() {
        let dir = tempfile::tempdir().unwrap();
        let (root, target) = (dir.path().join("out"), dir.path().join("precious"));
        fs::create_dir(&root).unwrap();
        fs::write(&target, "precious").unwrap();
        symlink(&target, root.join("x.json")).unwrap();
        assert!(matches!(put(&root, "x", "text"), Err(WriteError::Link { .. })));
        symlink(dir.path().join("nowhere"), root.join("y.json")).unwrap();
        assert!(matches!(put(&root, "y", "text"), Err(WriteError::Link { .. })));
        assert_eq!(fs::read_to_string(&target).unwrap(), "precious");
    }

    #[test]
    fn the_output_folder_itself_may_be_reached_through_a_link() {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join("real")).unwrap();
        symlink(dir.path().join("real"), dir.path().join("out")).unwrap();
        put(&dir.path().join("out"), "x", "text").unwrap();
        assert!(dir.path().join("real/x.json").is_file());
    }

    #[test]
    fn what_stands_in_the_way_is_named_and_kept() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("a"), "a file").unwrap();
        fs::create_dir(dir.path().join("b.json")).unwrap();
        assert!(matches!(put(dir.path(), "a/x", "text"), Err(WriteError::InTheWay { .. })));
        assert!(matches!(put(dir.path(), "b", "text"), Err(WriteError::InTheWay { .. })));
        assert_eq!(fs::read_to_string(dir.path().join("a")).unwrap(), "a file");
        let below_a_file = put(&dir.path().join("a/out"), "x", "text").unwrap_err().to_string();
        assert!(below_a_file.contains("a/out"), "{below_a_file}");
    }

    #[test]
    fn unchanged_bytes_are_not_rewritten_and_changed_ones_replace_the_file_whole() {
        let dir = tempfile::tempdir().unwrap();
        let path = put(dir.path(), "x", "one").unwrap();
        let first = fs::metadata(&path).unwrap().ino();
        put(dir.path(), "x", "one").unwrap();
        assert_eq!(fs::metadata(&path).unwrap().ino(), first);
        put(dir.path(), "x", "two").unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "two");
    }

    #[test]
    fn a_new_file_can_be_read_by_others_as_far_as_the_umask_lets_it() {
        let dir = tempfile::tempdir().unwrap();
        let plain = dir.path().join("plain");
        fs::write(&plain, "").unwrap();
        let path = put(dir.path(), "x", "text").unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&path), mode(&plain) & MODE);
    }

    #[test]
    fn a_folder_that_cannot_be_written_to_is_named_with_what_to_do() {
        let dir = tempfile::tempdir().unwrap();
        fs::set_permissions(dir.path(), Permissions::from_mode(0o555)).unwrap();
        // The superuser may write anyway; then there is nothing to see here.
        if fs::write(dir.path().join("probe"), "").is_err() {
            let message = put(dir.path(), "x", "text").unwrap_err().to_string();
            assert!(message.contains("choose another with -o"), "{message}");
        }
        let denied = io_error(dir.path(), io::ErrorKind::PermissionDenied.into()).to_string();
        assert!(denied.contains("choose another with -o"), "{denied}");
    }

    #[test]
    fn a_full_disk_and_a_name_that_is_too_long_say_so() {
        let full = io_error(Path::new("out/x.json"), io::ErrorKind::StorageFull.into()).to_string();
        assert!(full.contains("out/x.json") && full.contains("the disk is full"), "{full}");
        let dir = tempfile::tempdir().unwrap();
        let long = put(dir.path(), &"n".repeat(300), "text").unwrap_err().to_string();
        assert!(long.contains("too long"), "{long}");
    }
}
