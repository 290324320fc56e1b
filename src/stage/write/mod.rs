//! Renders finished records and puts them on disk: whole or not at all, and never outside the output folder.
//!
//! Place in the data way: the last step of `deliver`.
//! It must never follow a link, leave half a file, or let article text become mark-up.
//!
//! To add an output: one file here with `pub(super) fn render(record: &ArticleRecord) -> String`, one line in
//! [`Format`] and in [`render`], a snapshot in `tests/it/write.rs`.

mod briefing;
mod collected;
mod csv;
mod escape;
mod exchange;
mod html;
mod json;
mod markdown;
mod place;
mod schema;
mod xliff;

use crate::model::record::ArticleRecord;

pub use briefing::{BriefFormat, render_briefing};
pub use collected::{Collection, Collector};
pub use place::{WriteError, write, write_as};
pub use schema::{article_schema, receipt_schema};

/// A form of output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// For people.
    #[serde(rename = "md")]
    Markdown,
    /// The record itself.
    Json,
    /// A page to read: both languages in two columns.
    Html,
    /// TMX 1.4b, for translators' tools.
    Tmx,
    /// XLIFF 2.1, for translators' tools.
    Xliff,
    /// XLIFF 1.2, for those that do not read 2.1.
    Xliff12,
}

impl Format {
    /// All of them.
    pub const ALL: [Self; 6] = [Self::Markdown, Self::Json, Self::Html, Self::Tmx, Self::Xliff, Self::Xliff12];

    /// The format that the configuration calls `name`.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.name() == name)
    }

    /// Its name in the configuration.
    pub fn name(self) -> &'static str {
        if self == Self::Xliff12 { "xliff12" } else { self.extension() }
    }

    /// Its file extension.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Markdown => "md",
            Self::Json => "json",
            Self::Html => "html",
            Self::Tmx => "tmx",
            Self::Xliff => "xliff",
            Self::Xliff12 => "xlf",
        }
    }
}

/// Renders a record. The same record always gives the same bytes.
pub fn render(record: &ArticleRecord, format: Format) -> String {
    match format {
        Format::Markdown => markdown::render(record),
        Format::Json => json::render(record),
        Format::Html => html::render(record),
        Format::Tmx => collected::single(record, Collection::Tmx),
        Format::Xliff => collected::single(record, Collection::Xliff),
        Format::Xliff12 => collected::single(record, Collection::Xliff12),
    }
}
