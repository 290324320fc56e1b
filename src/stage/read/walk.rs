//! Finds the inputs: files, and folders walked in a fixed order.
//!
//! Place in the data way: the very first step of `plan`.
//! It must never walk into an output folder, follow a link in a circle, or pass over a file in silence that looks like
//! an article.

use std::path::{Path, PathBuf};

use ignore::overrides::{Override, OverrideBuilder};
use ignore::{DirEntry, WalkBuilder};

use super::format::{Format, Named};
use super::name::{output_name, printable};
use super::{Found, Input, InputError, WalkOptions};

type Item = Result<Found, InputError>;

/// Folder in an output folder that holds the state.
const STATE_FOLDER: &str = ".kabar";

/// All inputs, in the order given and each folder sorted by path, so that of two inputs with one name the first always
/// wins. Hidden files are left alone; the user's own `.gitignore` files are not looked at.
pub fn walk(inputs: &[Input], options: &WalkOptions) -> impl Iterator<Item = Item> + Send + use<> {
    let outputs: Vec<PathBuf> = options.outputs.iter().filter_map(|path| path.canonicalize().ok()).collect();
    let options = WalkOptions { outputs, ..options.clone() };
    Vec::from(inputs).into_iter().flat_map(move |input| match input {
        Input::Stdin => Box::new(std::iter::once(Ok(Found::stdin()))),
        Input::Path(path) => named(&path, &options),
    })
}

fn named(path: &Path, options: &WalkOptions) -> Box<dyn Iterator<Item = Item> + Send> {
    let real = match path.canonicalize() {
        Ok(real) => real,
        Err(error) => return one(Err(InputError::new(printable(path.as_os_str()), io_reason(path, &error)))),
    };
    if let Some(output) = options.outputs.iter().find(|output| real.starts_with(output)) {
        let reason = format!("lies in the output folder {}; an output is never an input", output.display());
        return one(Err(InputError::new(printable(path.as_os_str()), reason)));
    }
    if real.is_dir() { folder(path, options) } else { one(Ok(file(path))) }
}

fn one(item: Item) -> Box<dyn Iterator<Item = Item> + Send> {
    Box::new(std::iter::once(item))
}

/// A file that the user named: taken whatever its ending.
fn file(path: &Path) -> Found {
    let name = path.file_name().map_or_else(|| path.to_path_buf(), PathBuf::from);
    found(path, &name, Format::of(path))
}

fn found(path: &Path, relative: &Path, named: Option<Named>) -> Found {
    Found {
        path: path.to_path_buf(),
        shown: printable(path.as_os_str()),
        name: output_name(relative, named.map_or(0, |named| named.ending)),
        format: named.map_or(Format::Unknown, |named| named.format),
        gzip: named.is_some_and(|named| named.gzip),
    }
}

fn folder(root: &Path, options: &WalkOptions) -> Box<dyn Iterator<Item = Item> + Send> {
    if root.join(STATE_FOLDER).is_dir() {
        let reason = format!("is an output folder (it holds {STATE_FOLDER}/); name the folder of the articles instead");
        return one(Err(InputError::new(printable(root.as_os_str()), reason)));
    }
    let overrides = match overrides(root, options) {
        Ok(overrides) => overrides,
        Err(error) => return one(Err(error)),
    };
    let outputs = options.outputs.clone();
    let root = root.to_path_buf();
    let walk = WalkBuilder::new(&root)
        .standard_filters(false)
        .hidden(true)
        .follow_links(true)
        .overrides(overrides)
        .sort_by_file_path(Path::cmp)
        .filter_entry(move |entry| !is_output(entry, &outputs))
        .build();
    Box::new(walk.filter_map(move |entry| match entry {
        Ok(entry) => in_folder(&root, &entry),
        Err(error) => Some(Err(walk_error(&error, None))),
    }))
}

/// Why a pattern of [`WalkOptions`] cannot be used; `None` where it can.
pub fn pattern_fault(pattern: &str) -> Option<String> {
    let error = OverrideBuilder::new("").add(pattern).err()?;
    Some(format!("\"{pattern}\" is not a usable pattern: {error}"))
}

fn overrides(root: &Path, options: &WalkOptions) -> Result<Override, InputError> {
    let mut builder = OverrideBuilder::new(root);
    let excluded = options.exclude.iter().map(|pattern| format!("!{pattern}"));
    for pattern in options.include.iter().cloned().chain(excluded) {
        let added = builder.add(&pattern);
        added.map_err(|error| InputError::new(&pattern, format!("is not a usable pattern: {error}")))?;
    }
    builder.build().map_err(|error| InputError::new(printable(root.as_os_str()), error.to_string()))
}

fn is_output(entry: &DirEntry, outputs: &[PathBuf]) -> bool {
    if entry.depth() == 0 || !entry.file_type().is_some_and(|kind| kind.is_dir()) {
        return false;
    }
    let known = !outputs.is_empty() && entry.path().canonicalize().is_ok_and(|real| outputs.contains(&real));
    known || entry.path().join(STATE_FOLDER).is_dir()
}

/// A file in a walked folder: taken by its ending, or without one; companions of articles are passed over.
fn in_folder(root: &Path, entry: &DirEntry) -> Option<Item> {
    let path = entry.path();
    let kind = entry.file_type()?;
    if kind.is_dir() || Format::is_companion(path) {
        return None;
    }
    let shown = printable(path.as_os_str());
    if !kind.is_file() {
        return Some(Err(InputError::new(shown, "is not a regular file")));
    }
    let known = Format::of(path);
    if known.is_none() && path.extension().is_some() {
        let reason = format!("has no known ending ({}); rename or --exclude it", Format::known_endings());
        return Some(Err(InputError::new(shown, reason)));
    }
    Some(Ok(found(path, path.strip_prefix(root).unwrap_or(path), known)))
}

fn walk_error(error: &ignore::Error, path: Option<&Path>) -> InputError {
    let shown = |path: Option<&Path>| path.map_or_else(|| "input".into(), |path| printable(path.as_os_str()));
    match error {
        ignore::Error::WithPath { path, err } => walk_error(err, Some(path)),
        ignore::Error::WithDepth { err, .. } | ignore::Error::WithLineNumber { err, .. } => walk_error(err, path),
        ignore::Error::Loop { ancestor, child } => {
            InputError::new(shown(Some(child)), format!("is a link that leads back to {}", ancestor.display()))
        }
        ignore::Error::Io(io) => InputError::new(shown(path), io_reason(path.unwrap_or(Path::new("")), io)),
        other => InputError::new(shown(path), other.to_string()),
    }
}

/// What went wrong, in the words of the field.
pub(super) fn io_reason(path: &Path, error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::NotFound if path.is_symlink() => "is a link to something that does not exist".into(),
        std::io::ErrorKind::NotFound => "does not exist".into(),
        std::io::ErrorKind::PermissionDenied => "may not be read: permission denied".into(),
        _ if error.to_string().contains("symbolic link") => "is a link that leads back to itself".into(),
        _ => format!("cannot be read: {error}"),
    }
}
