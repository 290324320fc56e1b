//! Front matter of Markdown files, YAML (`---`) or TOML (`+++`): the article's metadata.
//!
//! Place in the data way: read before the Markdown body; it becomes [`Source`] fields.
//! It must never be taken for a table or a dividing line: it starts at the first byte and is closed.

use crate::model::article::Source;

/// Metadata at the top of a file.
pub struct FrontMatter {
    /// Bytes up to the end of the closing line.
    pub end: usize,
    /// The fields that were understood.
    pub source: Source,
}

/// Front matter at the start of `text`, where there is some.
pub fn find(text: &str) -> Option<FrontMatter> {
    let fence = text.get(..3).filter(|fence| matches!(*fence, "---" | "+++"))?;
    let first_line = text.find('\n')?;
    if !text.get(3..first_line)?.trim().is_empty() {
        return None;
    }
    let mut at = first_line + 1;
    for line in text.get(at..)?.split_inclusive('\n') {
        if line.trim_end() == fence || (fence == "---" && line.trim_end() == "...") {
            let body = text.get(first_line + 1..at)?;
            let fields = if fence == "+++" { toml_fields(body) } else { yaml_fields(body) };
            return Some(FrontMatter { end: at + line.trim_end().len(), source: source_of(fields) });
        }
        at += line.len();
    }
    None
}

fn toml_fields(body: &str) -> Vec<(String, String)> {
    let table: toml::Table = body.parse().unwrap_or_default();
    let plain = |value: &toml::Value| match value {
        toml::Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    table.iter().map(|(key, value)| (key.clone(), plain(value))).collect()
}

/// `key: value` lines at the margin; what is nested or listed is no field that an article has.
fn yaml_fields(body: &str) -> Vec<(String, String)> {
    let fields = body.lines().filter(|line| !line.starts_with([' ', '-', '#'])).filter_map(|line| line.split_once(':'));
    fields.map(|(key, value)| (key.trim().to_owned(), unquoted(value.trim()))).collect()
}

fn unquoted(value: &str) -> String {
    for quote in ['"', '\''] {
        if let Some(inside) = value.strip_prefix(quote).and_then(|rest| rest.strip_suffix(quote)) {
            return if quote == '"' { inside.replace("\\\"", "\"") } else { inside.replace("''", "'") };
        }
    }
    value.split(" #").next().unwrap_or_default().trim().to_owned()
}

/// The fields by the names that Indonesian and English site generators use.
fn source_of(fields: Vec<(String, String)>) -> Source {
    let mut source = Source::default();
    for (key, value) in fields.into_iter().filter(|(_, value)| !value.is_empty()) {
        let slot = match key.to_ascii_lowercase().as_str() {
            "title" | "judul" => &mut source.title,
            "date" | "tanggal" | "published" | "pubdate" => &mut source.date,
            "outlet" | "media" | "site" | "publisher" | "sumber" => &mut source.outlet,
            "url" | "link" | "source" | "canonical" => &mut source.url,
            "author" | "penulis" | "byline" | "reporter" => &mut source.author,
            "editor" | "penyunting" => &mut source.editor,
            _ => continue,
        };
        slot.get_or_insert(value);
    }
    source
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn yaml_and_toml_give_the_same_fields() {
        let yaml = find(
            "---\ntitle: \"Harga Beras: Naik\"\ndate: 2026-11-23\ntags:\n  - beras\nauthor: Budi # redaksi\n---\nIsi",
        )
        .unwrap();
        let toml = find("+++\ntitle = \"Harga Beras: Naik\"\ndate = 2026-11-23\nauthor = \"Budi\"\n+++\nIsi").unwrap();
        assert_eq!(yaml.source, toml.source);
        assert_eq!(yaml.source.title.as_deref(), Some("Harga Beras: Naik"));
        assert_eq!(yaml.source.date.as_deref(), Some("2026-11-23"));
    }

    #[test]
    fn a_dividing_line_or_an_open_fence_is_no_front_matter() {
        assert!(find("---\n\nIsi berita tanpa penutup.\n").is_none());
        assert!(find("--- Jakarta\n---\n").is_none());
        assert!(find("Isi\n---\ntitle: x\n---\n").is_none());
    }
}
