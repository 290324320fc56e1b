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
mod mail;
mod markdown;
mod place;
mod schema;
mod site;
mod xliff;

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::model::record::ArticleRecord;

pub use briefing::{BriefFormat, Files, MailOptions, Rendering, Sources, relative, render_briefing, render_feed};
pub use collected::{Collection, Collector};
pub use html::{Link, Theme, ThemeError};
pub use mail::Head;
pub use place::{WriteError, replace, write, write_as};
pub use schema::{article_schema, receipt_schema};
pub use site::{BriefingEntry, Catalogue, Entry, Index, SitePage, searched};

/// A form of output that the configuration calls by name.
pub trait Named: Copy + 'static {
    /// All of them.
    const ALL: &'static [Self];

    /// Its file extension.
    fn extension(self) -> &'static str;

    /// Its name in the configuration.
    fn name(self) -> &'static str {
        self.extension()
    }

    /// The form of that name.
    fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|form| form.name() == name)
    }
}

/// A form of an article.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
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

impl Named for Format {
    const ALL: &'static [Self] = &[Self::Markdown, Self::Json, Self::Html, Self::Tmx, Self::Xliff, Self::Xliff12];

    fn name(self) -> &'static str {
        if self == Self::Xliff12 { "xliff12" } else { self.extension() }
    }

    fn extension(self) -> &'static str {
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

/// `[pages]`: how pages look and what they are called. Defaults stand in the reference configuration.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PageOptions {
    /// The name of the site and of the feed.
    pub title: String,
    /// Where `kabar site` is published; empty where it is not: then feeds and mails link to the outlets' pages.
    pub url: String,
    /// A folder with parts that replace the built-in look.
    pub theme: Option<PathBuf>,
    /// The folder of the site.
    pub dir: PathBuf,
}

/// Renders the record of the article called `name`. The same record always gives the same bytes.
///
/// # Errors
/// Where a template of the user's theme fails.
pub fn render(name: &str, record: &ArticleRecord, format: Format, theme: &Theme) -> Result<String, ThemeError> {
    match format {
        Format::Markdown => Ok(markdown::render(record, name)),
        Format::Json => Ok(json::render(record)),
        Format::Html => render_article(name, record, theme, &[]),
        Format::Tmx => Ok(collected::single(record, Collection::Tmx)),
        Format::Xliff => Ok(collected::single(record, Collection::Xliff)),
        Format::Xliff12 => Ok(collected::single(record, Collection::Xliff12)),
    }
}

/// Renders the page of the article called `name`, with links to other pages above it.
///
/// # Errors
/// Where a template of the user's theme fails.
pub fn render_article(name: &str, record: &ArticleRecord, theme: &Theme, links: &[Link]) -> Result<String, ThemeError> {
    theme.article(record, name, links)
}

/// What an article is called: its title in English, else in Indonesian, else the last part of its name.
fn heading(record: &ArticleRecord, name: &str) -> String {
    let titles = [&record.title.en, &record.title.id];
    let title = titles.into_iter().flatten().find(|title| !title.trim().is_empty());
    title.cloned().unwrap_or_else(|| name.rsplit('/').next().unwrap_or(name).to_owned())
}
