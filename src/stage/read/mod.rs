//! Reads inputs: walks files, folders and standard input, and turns each article into a [`Document`] of blocks.
//!
//! Place in the data way: the first step. [`walk()`] finds inputs, [`open()`] takes them apart into articles,
//! [`RawArticle::parse`] decodes one of them; `clean` comes next.
//! It must never drop a character without a word: what cannot be read is an [`InputError`] that names it and says why.
//!
//! To add a format: a file here that makes blocks of it, a variant of [`Format`] with its file-name endings, and an arm
//! in [`RawArticle::parse`] (one article a file) or in `many` (many articles a file).

mod archive;
mod decode;
mod docx;
mod epub;
mod feed;
mod format;
mod front_matter;
mod html;
mod inline;
mod json;
mod line;
mod many;
mod markdown;
mod name;
mod open;
mod record;
mod rich;
mod script;
mod table;
mod text;
mod walk;
mod written;
mod xml;

use std::path::PathBuf;

use crate::model::article::Document;

pub use format::Format;
pub use name::{printable, safe_component};
pub use open::{RawArticle, open};
pub use record::FieldOptions;
pub use walk::{pattern_fault, walk};
pub use written::{Written, record_at, records, written};

/// One thing the user named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Input {
    /// A file or a folder.
    Path(PathBuf),
    /// Standard input.
    Stdin,
}

/// What a walk takes and what it leaves alone.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WalkOptions {
    /// `.gitignore`-style patterns; where there is one, only files that match one are taken.
    pub include: Vec<String>,
    /// `.gitignore`-style patterns of files and folders that are left alone.
    pub exclude: Vec<String>,
    /// Output and state folders: never walked into, and no file in them is an input.
    pub outputs: Vec<PathBuf>,
}

/// How inputs are read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadOptions {
    /// Most bytes of one article; a larger one is refused.
    pub max_bytes: u64,
    /// Names of the fields in JSON records.
    pub fields: FieldOptions,
}

impl Default for ReadOptions {
    fn default() -> Self {
        Self { max_bytes: 20 << 20, fields: FieldOptions::default().and_usual() }
    }
}

/// An input that cannot be read, and why.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{path}: {reason}")]
pub struct InputError {
    /// The input, printable.
    pub path: String,
    /// What is wrong with it and, where there is something to do, what.
    pub reason: String,
}

impl InputError {
    fn new(path: impl Into<String>, reason: impl Into<String>) -> Self {
        Self { path: path.into(), reason: reason.into() }
    }
}

/// A file that a walk found, or standard input (`path` is `-`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Where it lies.
    pub path: PathBuf,
    /// The path as the user gave it, printable.
    pub shown: String,
    /// Its output path below the output folder, `/`-separated, without an extension; safe as a path everywhere.
    pub name: String,
    /// What its name says it holds.
    pub format: Format,
    /// Whether it is compressed with gzip.
    pub gzip: bool,
}

impl Found {
    /// Standard input.
    pub fn stdin() -> Self {
        Self { path: PathBuf::from("-"), shown: "-".into(), name: "stdin".into(), format: Format::Unknown, gzip: false }
    }
}

/// The articles in bytes that the caller holds already: for tests, benches and fuzzing.
pub fn open_bytes(
    bytes: Vec<u8>,
    format: Format,
    options: &ReadOptions,
) -> impl Iterator<Item = Result<RawArticle, InputError>> {
    open::from_reader(Found { format, ..Found::stdin() }, Box::new(std::io::Cursor::new(bytes)), options.clone())
}

/// Reads one text as an article.
///
/// # Errors
/// Where it is empty or not of that format.
pub fn parse_text(text: &str, format: Format) -> Result<Document, InputError> {
    RawArticle::of_bytes(Found { format, ..Found::stdin() }, text.as_bytes().to_vec()).parse(&ReadOptions::default())
}
