//! Outputs whose input is gone, and their removal where the user asks for it.
//!
//! Place in the data way: after `plan`, before `work`.
//! It must never remove what a person changed, what belongs to an input outside the paths of this run, or anything below
//! a path under which no input is left at all: that looks like a disk that is not there.

use std::path::{Component, Path, PathBuf};

use crate::model::event::{Event, Monitor};
use crate::model::key::sha256_hex;
use crate::stage::read::Input;
use crate::state::{Kept, Origin, Output, State, StateError};

use super::{Run, RunError};

/// Whether an input is still there: the file, or the file that holds the article. What a feed or a collection no longer
/// lists is not gone: feeds forget. Nor is what may not be looked at.
pub fn is_there(origin: &Origin) -> bool {
    let may_be = |path: &Path| path.try_exists().unwrap_or(true);
    let is_stdin = origin.path == "-" || origin.path.starts_with("-#");
    is_stdin
        || origin.file.as_deref().is_some_and(may_be)
        || holder(&origin.path).is_some()
        || may_be(Path::new(&origin.path))
}

/// The file that holds an article, by its input as it was given: the first part of that which is a file. Behind it may
/// stand the member of an archive or the id of a record, with any signs in it.
pub(super) fn holder(path: &str) -> Option<PathBuf> {
    let ends = path.char_indices().filter(|(_, c)| matches!(c, '/' | '#')).map(|(at, _)| at).chain([path.len()]);
    ends.filter_map(|end| path.get(..end)).map(PathBuf::from).find(|file| file.is_file())
}

/// Articles below the inputs whose input is gone, with their outputs; also those of which nothing was written yet.
///
/// # Errors
/// When the state cannot be read.
pub fn gone(state: &State, inputs: &[Input]) -> Result<Vec<Kept>, StateError> {
    let mut gone = Vec::new();
    let kept = state.kept()?;
    for input in inputs {
        let Input::Path(input) = input else { continue };
        let whole = absolute(input);
        let is_own = |origin: &Origin| match (&origin.file, &whole) {
            (Some(file), Some(whole)) => is_below(file, whole),
            _ => is_below(Path::new(&origin.path), input),
        };
        let own = kept.iter().filter(|article| is_own(&article.origin));
        let (there, missing): (Vec<_>, Vec<_>) = own.partition(|article| is_there(&article.origin));
        if !there.is_empty() {
            gone.extend(missing.into_iter().cloned());
        }
    }
    Ok(gone)
}

/// A path that means the same wherever a run begins. Links are not followed; `None` where the working folder is gone.
pub(super) fn absolute(path: &Path) -> Option<PathBuf> {
    std::path::absolute(path).ok()
}

fn is_below(path: &Path, folder: &Path) -> bool {
    let parts = |path: &Path| -> PathBuf { path.components().filter(|part| *part != Component::CurDir).collect() };
    parts(path).starts_with(parts(folder))
}

impl Run {
    /// Removes outputs whose input is gone, and forgets what was still to be done for it.
    pub(super) async fn prune(&self, inputs: &[Input]) -> Result<(), RunError> {
        for article in gone(&self.state, inputs)? {
            let is_changed = |output: &&Output| matches!(self.look(output), Found::Changed);
            if let Some(changed) = article.outputs.iter().find(is_changed) {
                let output = changed.path.clone();
                self.ledger.event(&Event::Pruned { path: article.origin.path, output, kept: true });
                continue;
            }
            for output in &article.outputs {
                if matches!(self.look(output), Found::AsWritten) {
                    let file = self.delivery.root.join(&output.path);
                    std::fs::remove_file(&file).map_err(|source| RunError::Prune { file: file.clone(), source })?;
                    remove_empty_folders(&file, &self.delivery.root);
                }
            }
            self.state.forget(article.id).await?;
            if let Some(output) = article.outputs.into_iter().next() {
                self.ledger.count(|counts| counts.pruned += 1);
                self.ledger.event(&Event::Pruned { path: article.origin.path, output: output.path, kept: false });
            }
        }
        Ok(())
    }

    fn look(&self, output: &Output) -> Found {
        let is_plain = Path::new(&output.path).components().all(|part| matches!(part, Component::Normal(_)));
        let file = self.delivery.root.join(&output.path);
        match std::fs::symlink_metadata(&file) {
            Err(_) => Found::Nothing,
            Ok(meta) if !is_plain || !meta.is_file() => Found::Changed,
            Ok(_) => match std::fs::read(&file) {
                Ok(bytes) if sha256_hex(&bytes) == output.sha256 => Found::AsWritten,
                _ => Found::Changed,
            },
        }
    }
}

/// What stands where an output was written.
enum Found {
    Nothing,
    AsWritten,
    Changed,
}

fn remove_empty_folders(file: &Path, root: &Path) {
    let folders = file.ancestors().skip(1).take_while(|folder| *folder != root);
    // A folder that holds something cannot be removed; then those above it hold something, too.
    let _ = folders.map(std::fs::remove_dir).find(Result::is_err);
}
