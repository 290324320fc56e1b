//! RSS and Atom feeds: each entry a record, as if it stood in a file of records.
//!
//! Place in the data way: `open` takes a feed apart with it.
//! It must never fetch what a feed only links to: an entry is what the feed itself carries of it.

use quick_xml::events::BytesStart;
use serde_json::Value;

use super::record::Record;
use super::xml::{Part, attribute, each};

/// Which elements hold an entry's text, the fullest first.
const TEXTS: [&str; 4] = ["encoded", "content", "description", "summary"];

/// The entries of a feed, in its order, with the names that [`super::FieldOptions`] knows.
///
/// # Errors
/// Where it is not well-formed, or no feed.
pub fn entries(xml: &str) -> Result<Vec<Record>, String> {
    let mut feed = Feed::default();
    each(xml, |part| feed.part(&part))?;
    if !feed.known {
        return Err("is XML, but no RSS or Atom feed".into());
    }
    if feed.entries.is_empty() {
        return Err("is a feed without entries".into());
    }
    let outlet = feed.outlet.trim().to_owned();
    let named = feed.entries.into_iter().map(|mut entry| {
        if !outlet.is_empty() {
            entry.insert("outlet".into(), Value::String(outlet.clone()));
        }
        entry
    });
    Ok(named.collect())
}

#[derive(Default)]
struct Feed {
    known: bool,
    outlet: String,
    entries: Vec<Record>,
    /// The entry that is being read.
    entry: Option<Vec<(String, String)>>,
    /// The field that is being read, and the mark-up inside it.
    field: Option<String>,
    inside: usize,
    text: String,
}

impl Feed {
    fn part(&mut self, part: &Part<'_>) {
        match part {
            Part::Start(start) => self.start(start),
            Part::Text(text) => self.text.push_str(text),
            Part::End(name) => self.end(name),
        }
    }

    fn start(&mut self, start: &BytesStart<'_>) {
        let local = start.local_name();
        let name = local.as_ref();
        if self.field.is_some() {
            self.inside += 1;
            if name != "name" {
                self.text.push_str(&format!("<{name}>"));
            }
            return;
        }
        let qualified = start.name();
        match name {
            // Pictures, films and podcasts: their titles and texts are not the entry's.
            _ if ["media:", "itunes:"].iter().any(|prefix| qualified.as_ref().starts_with(prefix)) => {
                self.field = Some(qualified.as_ref().to_owned());
            }
            "rss" | "feed" | "RDF" => self.known = true,
            "item" | "entry" => self.entry = Some(Vec::new()),
            "link" if self.entry.is_some() && attribute(start, "href").is_some() => {
                let is_page = attribute(start, "rel").is_none_or(|rel| rel == "alternate");
                let href = attribute(start, "href").filter(|_| is_page);
                self.entry.iter_mut().for_each(|entry| entry.extend(href.clone().map(|href| ("link".into(), href))));
            }
            "channel" | "image" => {}
            _ => self.field = Some(name.to_owned()),
        }
        self.text.clear();
    }

    fn end(&mut self, name: &str) {
        if self.field.is_some() && self.inside > 0 {
            self.inside -= 1;
            if name != "name" {
                self.text.push_str(&format!("</{name}>"));
            }
            return;
        }
        if let Some(field) = self.field.take() {
            let text = std::mem::take(&mut self.text);
            match &mut self.entry {
                Some(entry) => entry.push((field, text)),
                None if field == "title" && self.outlet.is_empty() => self.outlet = text,
                None => {}
            }
        } else if matches!(name, "item" | "entry")
            && let Some(entry) = self.entry.take()
        {
            self.entries.push(record(&entry));
        }
    }
}

/// The fields of an entry by the names of records.
fn record(entry: &[(String, String)]) -> Record {
    let get = |names: &[&str]| {
        let found =
            names.iter().find_map(|name| entry.iter().find(|(key, text)| key == name && !text.trim().is_empty()));
        found.map(|(_, text)| text.trim().to_owned())
    };
    let fields = [
        ("id", get(&["guid", "id", "link"])),
        ("title", get(&["title"])),
        ("url", get(&["link"])),
        ("date", get(&["pubDate", "published", "date", "updated"])),
        ("author", get(&["creator", "author"])),
        ("text", get(&TEXTS)),
    ];
    fields.into_iter().filter_map(|(name, value)| Some((name.to_owned(), Value::String(value?)))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rss_entries_carry_their_full_content() {
        let rss = r#"<?xml version="1.0"?><rss xmlns:content="c" xmlns:dc="d"><channel><title>Kabar Pagi</title><item>
            <title>Harga Beras &amp; Gula</title><link>https://a.id/1</link><guid>a1</guid><dc:creator>Rina</dc:creator>
            <pubDate>Mon, 23 Nov 2026 14:05:00 +0700</pubDate><description>Ringkas</description>
            <content:encoded><![CDATA[<p>Isi lengkap.</p>]]></content:encoded></item></channel></rss>"#;
        let entry = &entries(rss).unwrap()[0];
        assert_eq!(entry["title"], "Harga Beras & Gula");
        assert_eq!(entry["text"], "<p>Isi lengkap.</p>");
        assert_eq!(
            (&entry["id"], &entry["outlet"], &entry["author"]),
            (&"a1".into(), &"Kabar Pagi".into(), &"Rina".into())
        );
    }

    #[test]
    fn atom_entries_may_hold_mark_up() {
        let atom = r#"<feed xmlns="http://www.w3.org/2005/Atom"><title>Kabar</title><entry><id>x</id><title>Judul</title>
            <link rel="self" href="https://a.id/self"/><link href="https://a.id/2"/><author><name>Budi</name></author>
            <content type="xhtml"><div><p>Isi <b>tebal</b>.</p></div></content></entry></feed>"#;
        let entry = &entries(atom).unwrap()[0];
        assert_eq!(entry["text"], "<div><p>Isi <b>tebal</b>.</p></div>");
        assert_eq!((&entry["url"], &entry["author"]), (&"https://a.id/2".into(), &"Budi".into()));
    }

    #[test]
    fn what_belongs_to_a_picture_is_not_the_story() {
        let rss = r#"<rss xmlns:media="m"><channel><title>Kabar</title><item><guid>1</guid><media:title>Foto</media:title>
            <title>Telur Naik</title><media:content url="x.jpg"><media:description>Seorang pedagang</media:description></media:content>
            <description>Harga telur tidak naik.</description></item></channel></rss>"#;
        let entry = &entries(rss).unwrap()[0];
        assert_eq!((&entry["title"], &entry["text"]), (&"Telur Naik".into(), &"Harga telur tidak naik.".into()));
    }

    #[test]
    fn other_xml_is_no_feed() {
        assert!(entries("<html><p>x</p></html>").unwrap_err().contains("no RSS or Atom feed"));
    }
}
