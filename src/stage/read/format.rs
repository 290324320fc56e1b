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
    /// A web page.
    Html,
    /// A Word document.
    Docx,
    /// One JSON record a line, one article each.
    Jsonl,
    /// A JSON record, or a list of them.
    Json,
    /// An RSS or Atom feed.
    Feed,
    /// An e-book.
    Epub,
    /// An archive of any of these.
    Zip,
}

/// What a file's name says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Named {
    /// What it holds.
    pub format: Format,
    /// Whether it is compressed with gzip.
    pub gzip: bool,
    /// Bytes of the ending that says so, the dot included.
    pub ending: usize,
}

const ENDINGS: &[(&str, Format)] = &[
    ("txt", Format::Text),
    ("text", Format::Text),
    ("md", Format::Markdown),
    ("markdown", Format::Markdown),
    ("html", Format::Html),
    ("htm", Format::Html),
    ("xhtml", Format::Html),
    ("docx", Format::Docx),
    ("jsonl", Format::Jsonl),
    ("ndjson", Format::Jsonl),
    ("json", Format::Json),
    ("rss", Format::Feed),
    ("atom", Format::Feed),
    ("xml", Format::Feed),
    ("epub", Format::Epub),
    ("zip", Format::Zip),
];

/// Endings of files that lie beside articles and are none: a walk passes them in silence.
const COMPANIONS: &[&str] = &[
    "toml", "yaml", "yml", "css", "js", "map", "png", "jpg", "jpeg", "gif", "webp", "svg", "ico", "avif", "woff",
    "woff2", "ttf", "mp3", "mp4", "webm", "lock", "log", "sha256", "db", "sqlite",
];

impl Format {
    /// What a file's name says; `.gz` behind a known ending is looked through.
    pub fn of(path: &Path) -> Option<Named> {
        let ending = path.extension()?.to_str()?.to_ascii_lowercase();
        if ending == "gz" {
            let inner = Self::of(Path::new(path.file_stem()?)).filter(|inner| !inner.gzip)?;
            return Some(Named { gzip: true, ending: inner.ending + 3, ..inner });
        }
        let (_, format) = ENDINGS.iter().find(|(known, _)| *known == ending)?;
        Some(Named { format: *format, gzip: false, ending: ending.len() + 1 })
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
