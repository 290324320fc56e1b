//! Formats by file-name ending.
//!
//! Place in the data way: `walk` decides with it which files are inputs, `open` and `parse` how they are read.
//! It must never guess from content: only standard input and files without a known ending are looked into.

use std::path::Path;

/// What an input holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Not said by a name: its first bytes decide.
    Unknown,
    /// Plain text.
    Text,
    /// Markdown, with or without front matter.
    Markdown,
    /// One JSON record a line, one article each.
    Jsonl,
}

const ENDINGS: &[(&str, Format)] = &[
    ("txt", Format::Text),
    ("text", Format::Text),
    ("md", Format::Markdown),
    ("markdown", Format::Markdown),
    ("jsonl", Format::Jsonl),
    ("ndjson", Format::Jsonl),
];

/// Endings of files that lie beside articles and are none: a walk passes them in silence.
const COMPANIONS: &[&str] = &[
    "toml", "yaml", "yml", "css", "js", "map", "png", "jpg", "jpeg", "gif", "webp", "svg", "ico", "avif", "woff",
    "woff2", "ttf", "mp3", "mp4", "webm", "lock", "log", "sha256", "db", "sqlite",
];

impl Format {
    /// The format that a file's name says, with the ending that says so.
    pub fn of(path: &Path) -> Option<(&'static str, Self)> {
        let ending = path.extension()?.to_str()?.to_ascii_lowercase();
        ENDINGS.iter().find(|(known, _)| *known == ending).copied()
    }

    /// Whether a walk passes the file in silence.
    pub fn is_companion(path: &Path) -> bool {
        let ending = path.extension().and_then(|ending| ending.to_str()).map(str::to_ascii_lowercase);
        ending.is_some_and(|ending| COMPANIONS.contains(&ending.as_str()))
    }

    /// The endings that a walk takes, for messages.
    pub fn known_endings() -> String {
        ENDINGS.iter().map(|(ending, _)| *ending).collect::<Vec<_>>().join(", ")
    }
}
