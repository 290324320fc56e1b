//! Renders finished records and puts them on disk: whole or not at all, and never outside the output folder.
//!
//! Place in the data way: the last step of `deliver`.
//! It must never follow a link, leave half a file, or let article text become mark-up.
//!
//! To add an output: one file here with `pub(super) fn render(record: &ArticleRecord) -> String`, one line in
//! [`Format`] and in [`render`], a snapshot in `tests/it/write.rs`.

mod briefing;
mod escape;
mod html;
mod json;
mod markdown;
mod place;
mod schema;

use crate::model::record::ArticleRecord;

pub use briefing::{BriefFormat, render_briefing};
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
}

impl Format {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Markdown, Self::Json, Self::Html];

    /// The format that the configuration calls `name`.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.extension() == name)
    }

    /// Its file extension, which is also its name in the configuration.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Markdown => "md",
            Self::Json => "json",
            Self::Html => "html",
        }
    }
}

/// Renders a record. The same record always gives the same bytes.
pub fn render(record: &ArticleRecord, format: Format) -> String {
    match format {
        Format::Markdown => markdown::render(record),
        Format::Json => json::render(record),
        Format::Html => html::render(record),
    }
}
