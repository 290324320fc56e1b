//! Articles as JSON records: one object with a text and its metadata.
//!
//! Place in the data way: `open` takes a file of records apart with it, `parse` reads one.
//! It must never guess a field by its content: names decide, and more of them can be configured.

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::model::article::Source;

/// A JSON object.
pub type Record = Map<String, Value>;

/// Names under which a record holds each field; of several that are present the first counts. None of its own: those of
/// a configuration, which come before the usual ones.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct FieldOptions {
    /// The article's name in its file.
    pub id: Vec<String>,
    /// The headline.
    pub title: Vec<String>,
    /// The address of the page.
    pub url: Vec<String>,
    /// The date of publication.
    pub date: Vec<String>,
    /// The text.
    pub text: Vec<String>,
    /// The byline.
    pub author: Vec<String>,
    /// The outlet.
    pub outlet: Vec<String>,
}

impl FieldOptions {
    /// These names, and the usual ones behind them.
    #[must_use]
    pub fn and_usual(&self) -> Self {
        let names = |first: &[String], usual: &[&str]| {
            first.iter().cloned().chain(usual.iter().map(|name| (*name).to_owned())).collect()
        };
        Self {
            id: names(&self.id, &["id", "guid", "slug"]),
            title: names(&self.title, &["title", "judul", "headline"]),
            url: names(&self.url, &["url", "link"]),
            date: names(&self.date, &["date", "tanggal", "published", "published_at"]),
            text: names(&self.text, &["text", "content", "body", "isi", "article"]),
            author: names(&self.author, &["author", "penulis", "byline"]),
            outlet: names(&self.outlet, &["outlet", "media", "publisher", "site"]),
        }
    }

    /// All names in one line, for the identity of a plan.
    pub fn identity(&self) -> String {
        let Self { id, title, url, date, text, author, outlet } = self;
        [id, title, url, date, text, author, outlet].map(|names| names.join(",")).join(";")
    }
}

/// The value of a field as text; numbers are written out.
pub fn field(record: &Record, names: &[String]) -> Option<String> {
    names.iter().find_map(|name| match record.get(name)? {
        Value::String(text) if !text.trim().is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    })
}

/// The metadata of a record, and its text.
///
/// # Errors
/// Where it has no text.
pub fn read(record: &Record, fields: &FieldOptions) -> Result<(Source, String), String> {
    let text = field(record, &fields.text)
        .ok_or_else(|| format!("has no text (looked for the fields {})", fields.text.join(", ")))?;
    let get = |names: &[String]| field(record, names).map(|value| value.trim().to_owned());
    let source = Source {
        title: get(&fields.title),
        url: get(&fields.url),
        date: get(&fields.date),
        author: get(&fields.author),
        outlet: get(&fields.outlet),
        ..Source::default()
    };
    Ok((source, text))
}
