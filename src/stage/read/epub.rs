//! E-books (`.epub`): each document of the reading order is an article.
//!
//! Place in the data way: `open` takes a book apart with it. Format: EPUB 3.3, <https://www.w3.org/TR/epub-33/>.
//! It must never read files that the reading order does not name.

use std::collections::HashMap;
use std::io::{Read, Seek};

use super::archive::Archive;
use super::html;
use super::xml::{Part, attribute, each};

/// A book, read one document at a time.
pub struct Book<R: Read + Seek> {
    archive: Archive<R>,
    /// Paths of the documents in reading order.
    order: std::vec::IntoIter<String>,
}

/// One document of a book.
pub struct Chapter {
    /// Its path inside the book.
    pub name: String,
    /// Its XHTML, or why it cannot be read.
    pub html: Result<String, String>,
}

impl<R: Read + Seek> Book<R> {
    /// Opens a book.
    ///
    /// # Errors
    /// Where it is no e-book, or damaged.
    pub fn open(reader: R, max_bytes: u64) -> Result<Self, String> {
        let mut archive = Archive::new(reader)?;
        let container =
            archive.text("META-INF/container.xml", max_bytes)?.ok_or("is not an e-book: it has no container.xml")?;
        let package_at = first_rootfile(&container)?.ok_or("is not an e-book: its container names no package")?;
        let package = archive.text(&package_at, max_bytes)?.ok_or("is damaged: its package is missing")?;
        let folder = package_at.rsplit_once('/').map_or(String::new(), |(folder, _)| format!("{folder}/"));
        let order: Vec<String> = reading_order(&package)?.into_iter().map(|href| format!("{folder}{href}")).collect();
        Ok(Self { archive, order: order.into_iter() })
    }

    /// The next document that holds words.
    pub fn next_chapter(&mut self, max_bytes: u64) -> Option<Chapter> {
        loop {
            let name = self.order.next()?;
            let text = self.text(&name, max_bytes).and_then(|text| text.ok_or_else(|| "is missing in the book".into()));
            let is_wordless =
                matches!(&text, Ok(text) if html::fragment(text).is_ok_and(|(_, words, _)| words.is_empty()));
            if !is_wordless {
                return Some(Chapter { name, html: text });
            }
        }
    }
}

impl<R: Read + Seek> Book<R> {
    /// A document by its address: as it is written, or with `%20` read as a space.
    fn text(&mut self, address: &str, max_bytes: u64) -> Result<Option<String>, String> {
        match self.archive.text(address, max_bytes)? {
            None => self.archive.text(&percent_decoded(address), max_bytes),
            found => Ok(found),
        }
    }
}

fn percent_decoded(address: &str) -> String {
    let mut bytes = Vec::with_capacity(address.len());
    let mut rest = address.as_bytes();
    while let [first, behind @ ..] = rest {
        let code = behind.get(..2).filter(|_| *first == b'%').and_then(|digits| std::str::from_utf8(digits).ok());
        let byte = code.filter(|code| !code.starts_with('+')).and_then(|code| u8::from_str_radix(code, 16).ok());
        bytes.push(byte.unwrap_or(*first));
        rest = if byte.is_some() { behind.get(2..).unwrap_or_default() } else { behind };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn first_rootfile(container: &str) -> Result<Option<String>, String> {
    let mut found = None;
    each(container, |part| {
        if let Part::Start(start) = part
            && start.local_name().as_ref() == "rootfile"
            && found.is_none()
        {
            found = attribute(start, "full-path");
        }
    })?;
    Ok(found)
}

/// Paths of the documents in reading order, relative to the package; the table of contents is left out.
fn reading_order(package: &str) -> Result<Vec<String>, String> {
    let mut manifest: HashMap<String, String> = HashMap::new();
    let mut spine: Vec<String> = Vec::new();
    each(package, |part| {
        let Part::Start(start) = part else { return };
        match start.local_name().as_ref() {
            "item" => {
                let is_contents =
                    attribute(start, "properties").is_some_and(|list| list.split(' ').any(|word| word == "nav"));
                let item = attribute(start, "id").zip(attribute(start, "href")).filter(|_| !is_contents);
                if let Some((id, href)) = item {
                    // Of two with one id, the first counts.
                    manifest.entry(id).or_insert(href);
                }
            }
            "itemref" => spine.extend(attribute(start, "idref")),
            _ => {}
        }
    })?;
    Ok(spine.iter().filter_map(|id| manifest.get(id).cloned()).collect())
}
