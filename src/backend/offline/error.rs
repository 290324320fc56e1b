//! What is wrong with a model file, or went wrong inside the engine, in words for the person who has to mend it.
//!
//! Place in the data way: loading and computing return these; the backend turns them into a `BackendError`.
//! It must never hold article text.

use rten_gemm::GemmError;

/// Why an offline model cannot be used, or a translation failed.
#[derive(Debug, thiserror::Error)]
pub enum OfflineError {
    /// A file of the model cannot be read.
    #[error("{file} cannot be read: {source}")]
    Read {
        /// The file.
        file: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// A file of the model is corrupt, truncated or made for something else.
    #[error("{file} is not a usable model file: {fault}")]
    Model {
        /// The file.
        file: String,
        /// What is wrong with it.
        fault: Fault,
    },
    /// The folder holds no model.
    #[error("{folder} holds no model: expected {expected}")]
    NoModel {
        /// The folder.
        folder: String,
        /// The files that would make a model.
        expected: &'static str,
    },
    /// A matrix product was refused.
    #[error("the engine failed: {0}")]
    Compute(#[from] GemmError),
    /// A part of the engine broke off.
    #[error("the engine broke off: is the model damaged? `kabar model info` shows which it is")]
    Broken,
    /// Worker threads could not be started.
    #[error("worker threads cannot be started: {0}")]
    Threads(String),
}

/// What is wrong with one model file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// The file ends too early.
    #[error("it ends in the middle of {0}; copy it again")]
    Truncated(String),
    /// The file is something else.
    #[error("{0}")]
    Foreign(String),
    /// A weight is absent.
    #[error("the weight \"{0}\" is missing")]
    Missing(String),
    /// A weight has the wrong size.
    #[error("the weight \"{name}\" has the shape {found:?}, not {wanted:?}")]
    Shape {
        /// The weight.
        name: String,
        /// Its shape in the file.
        found: Vec<usize>,
        /// The shape that the settings ask for.
        wanted: Vec<usize>,
    },
    /// A weight is stored in a way that the engine does not read.
    #[error("the weight \"{name}\" is stored as {kind}; only F32, F16, BF16 and Q8_0 are read")]
    Kind {
        /// The weight.
        name: String,
        /// How it is stored.
        kind: String,
    },
    /// A weight holds infinities or not-a-numbers.
    #[error("the weight \"{0}\" holds values that are not numbers")]
    NotFinite(String),
    /// A setting is absent or out of range.
    #[error("the setting \"{key}\" {problem}")]
    Setting {
        /// Its name in the file.
        key: String,
        /// What is wrong with it.
        problem: String,
    },
}

impl Fault {
    pub(super) fn setting(key: &str, problem: impl Into<String>) -> Self {
        Self::Setting { key: key.to_owned(), problem: problem.into() }
    }

    pub(super) fn in_file(self, file: &str) -> OfflineError {
        OfflineError::Model { file: file.to_owned(), fault: self }
    }
}
