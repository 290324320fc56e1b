//! Inputs that hold many articles, one article at a time: files of records, feeds, e-books, archives.
//!
//! Place in the data way: `open` chooses one of these.
//! It must never let a bad article spoil its neighbours, or hold more than one article of a stream in memory.

use std::collections::VecDeque;
use std::io::{BufRead, Cursor, Read, Seek};
use std::path::Path;

use super::archive::Archive;
use super::decode;
use super::epub::Book;
use super::format::Format;
use super::name::{output_name, printable, safe_component};
use super::open::{Item, Items, RawArticle, Reader, from_reader, too_large};
use super::record::Record;
use super::{Found, InputError, ReadOptions};

/// JSON records, one a line.
pub struct Lines {
    pub found: Found,
    pub reader: Reader,
    pub options: ReadOptions,
    line: u64,
    /// Reading failed: nothing more is asked of the file.
    broken: bool,
}

enum Line {
    End,
    TooLarge,
    Bytes(Vec<u8>),
}

impl Lines {
    pub fn new(found: Found, reader: Reader, options: ReadOptions) -> Self {
        Self { found, reader, options, line: 0, broken: false }
    }

    /// The next line; what is beyond the limit is passed over, and the line refused.
    fn next_line(&mut self) -> std::io::Result<Line> {
        let mut line = Vec::new();
        let limit = self.options.max_bytes.saturating_add(1);
        let read = (&mut self.reader).take(limit).read_until(b'\n', &mut line)?;
        if read as u64 == limit && line.last() != Some(&b'\n') {
            self.reader.skip_until(b'\n')?;
            return Ok(Line::TooLarge);
        }
        if self.line == 1 && line.starts_with(b"\xef\xbb\xbf") {
            line.drain(..3);
        }
        Ok(if read > 0 { Line::Bytes(line) } else { Line::End })
    }

    fn article(&self, bytes: &[u8]) -> Item {
        let bytes = bytes.trim_ascii();
        let fail = |reason: String| InputError::new(self.place(), reason);
        let text = decode::decode(bytes, None).map_err(fail)?;
        let record: Record =
            serde_json::from_str(&text).map_err(|error| fail(format!("is not a JSON object on one line: {error}")))?;
        Ok(RawArticle::of_record(&self.found, record, bytes, self.line, &self.options))
    }

    fn place(&self) -> String {
        format!("{} line {}", self.found.shown, self.line)
    }
}

impl Iterator for Lines {
    type Item = Item;

    fn next(&mut self) -> Option<Item> {
        while !self.broken {
            self.line += 1;
            match self.next_line() {
                Ok(Line::End) => return None,
                Ok(Line::TooLarge) => {
                    return Some(Err(InputError::new(self.place(), too_large(self.options.max_bytes))));
                }
                Ok(Line::Bytes(bytes)) if bytes.trim_ascii().is_empty() => {}
                Ok(Line::Bytes(bytes)) => return Some(self.article(&bytes)),
                Err(error) => {
                    self.broken = true;
                    return Some(Err(InputError::new(self.place(), format!("cannot be read: {error}"))));
                }
            }
        }
        None
    }
}

/// The articles of an input, or that it holds none.
pub fn never_empty(found: &Found, mut items: Items) -> Items {
    let mut when_empty = Some(InputError::new(&found.shown, "holds no article"));
    Box::new(std::iter::from_fn(move || {
        let item = items.next();
        let error = when_empty.take();
        item.or_else(|| error.map(Err))
    }))
}

/// Records of a feed or a JSON file; an article's hash is of its own record, not of the whole file.
pub fn records(found: Found, records: Vec<Record>, options: ReadOptions) -> Items {
    let articles = records.into_iter().zip(1..).map(move |(record, n)| {
        let bytes = serde_json::to_vec(&record).unwrap_or_default();
        Ok(RawArticle::of_record(&found, record, &bytes, n, &options))
    });
    Box::new(articles)
}

/// The documents of an e-book, in reading order.
pub fn chapters<R: Read + Seek + Send + 'static>(found: Found, mut book: Book<R>, options: &ReadOptions) -> Items {
    let max_bytes = options.max_bytes;
    let mut n = 0u32;
    Box::new(std::iter::from_fn(move || {
        let chapter = book.next_chapter(max_bytes)?;
        n += 1;
        let shown = format!("{}#{}", found.shown, printable(chapter.name.as_ref()));
        let inner = Found { name: format!("{}/{n:03}", found.name), shown, format: Format::Html, ..found.clone() };
        Some(match chapter.html {
            Ok(html) => Ok(RawArticle::of_story(inner, html.into_bytes())),
            Err(reason) => Err(InputError::new(inner.shown, reason)),
        })
    }))
}

/// The articles in a zip archive: its entries by their endings, in the archive's order.
pub fn entries<R: Read + Seek + Send + 'static>(found: Found, archive: Archive<R>, options: ReadOptions) -> Items {
    Box::new(Entries { found, archive, options, at: 0, open: None, waiting: VecDeque::new() })
}

struct Entries<R: Read + Seek> {
    found: Found,
    archive: Archive<R>,
    options: ReadOptions,
    at: usize,
    /// The entry that is being taken apart.
    open: Option<Items>,
    waiting: VecDeque<InputError>,
}

impl<R: Read + Seek> Iterator for Entries<R> {
    type Item = Item;

    fn next(&mut self) -> Option<Item> {
        loop {
            if let Some(error) = self.waiting.pop_front() {
                return Some(Err(error));
            }
            if let Some(item) = self.open.as_mut().and_then(Iterator::next) {
                return Some(item);
            }
            if self.at >= self.archive.len() {
                return None;
            }
            self.open = self.open_entry(self.at).unwrap_or_else(|error| {
                self.waiting.push_back(error);
                None
            });
            self.at += 1;
        }
    }
}

impl<R: Read + Seek> Entries<R> {
    /// The articles of an entry; `None` where it is a folder, hidden, or a companion of articles.
    fn open_entry(&mut self, at: usize) -> Result<Option<Items>, InputError> {
        let Some(name) = self.archive.name(at) else { return Ok(None) };
        let path = Path::new(&name);
        let is_hidden = name.split('/').any(|part| part.starts_with('.') || part == "__MACOSX");
        if is_hidden || Format::is_companion(path) {
            return Ok(None);
        }
        let shown = format!("{}/{}", self.found.shown, printable(name.as_ref()));
        let fail = |reason: String| InputError::new(&shown, reason);
        let Some(named) = Format::of(path) else {
            return Err(fail(format!("has no known ending ({})", Format::known_endings())));
        };
        if named.format == Format::Zip {
            return Err(fail("is an archive inside an archive, which is not opened".into()));
        }
        let bytes = self.archive.bytes(at, self.options.max_bytes).map_err(fail)?;
        let inner = Found {
            path: self.found.path.join(path),
            name: format!("{}/{}", self.found.name, output_name(path, named.ending)),
            shown,
            format: named.format,
            gzip: named.gzip,
        };
        Ok(Some(from_reader(inner, Box::new(Cursor::new(bytes)), self.options.clone())))
    }
}

/// The name of an article in a file of many.
pub fn name_in(found: &Found, id: &str) -> (String, String) {
    (format!("{}/{}", found.name, safe_component(id.as_bytes())), format!("{}#{}", found.shown, printable(id.as_ref())))
}
