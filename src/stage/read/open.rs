//! Takes an input apart into articles, and parses one of them.
//!
//! Place in the data way: behind `walk`. An article is known by name and hash before it is parsed, so that an unchanged
//! one costs no more than its bytes.
//! It must never hold more than one article in memory, or let a bad record spoil its neighbours.

use std::fs::File;
use std::io::{BufRead, BufReader, Cursor, Read};

use super::format::Format;
use super::name::safe_component;
use super::record::{Record, field};
use super::walk::io_reason;
use super::{Found, InputError, ReadOptions, decode, markdown, record, text};
use crate::model::article::{Block, Document, ParagraphKind, Source, TITLE_SKIPPED};
use crate::model::key::sha256_hex;

type Item = Result<RawArticle, InputError>;

/// One article, not parsed yet.
#[derive(Debug, Clone, PartialEq)]
pub struct RawArticle {
    /// Its output path below the output folder, without an extension.
    pub name: String,
    /// The input as the user gave it, with `#id` behind it where the input holds many articles.
    pub shown: String,
    /// SHA-256 of its own bytes, lower-case hex.
    pub sha256: String,
    body: Body,
}

#[derive(Debug, Clone, PartialEq)]
enum Body {
    Bytes(Vec<u8>, Format),
    Record(Record),
}

/// The articles of an input, one by one.
pub fn open(found: &Found, options: &ReadOptions) -> Box<dyn Iterator<Item = Item> + Send> {
    let (found, options) = (found.clone(), options.clone());
    if found.path.as_os_str() == "-" {
        return from_reader(found, Box::new(BufReader::new(std::io::stdin())), options);
    }
    match File::open(&found.path) {
        Ok(file) => from_reader(found, Box::new(BufReader::with_capacity(1 << 16, file)), options),
        Err(error) => once(Err(InputError::new(&found.shown, io_reason(&found.path, &error)))),
    }
}

fn once(item: Item) -> Box<dyn Iterator<Item = Item> + Send> {
    Box::new(std::iter::once(item))
}

type Reader = Box<dyn BufRead + Send>;

fn from_reader(found: Found, mut reader: Reader, options: ReadOptions) -> Box<dyn Iterator<Item = Item> + Send> {
    let is_records = match found.format {
        Format::Jsonl => Ok(true),
        Format::Unknown => starts_with_record(&mut reader),
        _ => Ok(false),
    };
    match is_records {
        Ok(true) => match without_utf16(&found, reader, &options) {
            Ok(reader) => Box::new(Records { found, reader, options, line: 0, broken: false }),
            Err(error) => once(Err(error)),
        },
        Ok(false) => once(whole(found, reader, &options)),
        Err(error) => once(Err(InputError::new(&found.shown, io_reason(&found.path, &error)))),
    }
}

/// Whether an input without a known ending begins with a JSON record on a line.
fn starts_with_record(reader: &mut Reader) -> std::io::Result<bool> {
    let start = reader.fill_buf()?;
    let line = start.split(|byte| *byte == b'\n').next().unwrap_or_default().trim_ascii();
    let is_cut = line.len() + 1 >= start.len();
    Ok(line.starts_with(b"{") && (is_cut && line.starts_with(b"{\"") || serde_json::from_slice::<Record>(line).is_ok()))
}

/// Records are read as UTF-8 line by line; the rare file in UTF-16 is decoded as a whole, within the limit.
fn without_utf16(found: &Found, mut reader: Reader, options: &ReadOptions) -> Result<Reader, InputError> {
    let start = reader.fill_buf().map_err(|error| InputError::new(&found.shown, io_reason(&found.path, &error)))?;
    let is_utf16 =
        start.starts_with(b"\xff\xfe") || start.starts_with(b"\xfe\xff") || start.iter().take(64).any(|b| *b == 0);
    if !is_utf16 {
        return Ok(reader);
    }
    let bytes = limited(found, reader, options.max_bytes)?;
    let text = decode::decode(&bytes, None).map_err(|reason| InputError::new(&found.shown, reason))?;
    Ok(Box::new(Cursor::new(text.into_owned().into_bytes())))
}

fn whole(found: Found, reader: Reader, options: &ReadOptions) -> Item {
    let bytes = limited(&found, reader, options.max_bytes)?;
    if bytes.trim_ascii().is_empty() {
        return Err(InputError::new(found.shown, "is empty"));
    }
    Ok(RawArticle::of_bytes(found, bytes))
}

fn limited(found: &Found, reader: Reader, max_bytes: u64) -> Result<Vec<u8>, InputError> {
    let mut bytes = Vec::new();
    let read = reader.take(max_bytes.saturating_add(1)).read_to_end(&mut bytes);
    read.map_err(|error| InputError::new(&found.shown, io_reason(&found.path, &error)))?;
    if bytes.len() as u64 > max_bytes { Err(InputError::new(&found.shown, too_large(max_bytes))) } else { Ok(bytes) }
}

fn too_large(max_bytes: u64) -> String {
    format!("is larger than the limit of {} MiB for one article", max_bytes >> 20)
}

/// The records of a file, a line at a time.
struct Records {
    found: Found,
    reader: Reader,
    options: ReadOptions,
    line: u64,
    /// Reading failed: nothing more is asked of the file.
    broken: bool,
}

enum Line {
    End,
    TooLarge,
    Bytes(Vec<u8>),
}

impl Iterator for Records {
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

impl Records {
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
        let id = field(&record, &self.options.fields.id).unwrap_or_else(|| self.line.to_string());
        Ok(RawArticle {
            name: format!("{}/{}", self.found.name, safe_component(id.as_bytes())),
            shown: format!("{}#{}", self.found.shown, super::printable(id.as_ref())),
            sha256: sha256_hex(bytes),
            body: Body::Record(record),
        })
    }

    fn place(&self) -> String {
        format!("{} line {}", self.found.shown, self.line)
    }
}

impl RawArticle {
    /// An article that is a whole input.
    pub(super) fn of_bytes(found: Found, bytes: Vec<u8>) -> Self {
        let sha256 = sha256_hex(&bytes);
        Self { name: found.name, shown: found.shown, sha256, body: Body::Bytes(bytes, found.format) }
    }

    /// Decodes the article and takes it apart into blocks.
    ///
    /// # Errors
    /// Names the article and says why it cannot be read.
    pub fn parse(self, options: &ReadOptions) -> Result<Document, InputError> {
        let fail = |reason: String| InputError::new(&self.shown, reason);
        let (source, text, blocks) = match self.body {
            Body::Record(record) => {
                let (source, text) = record::read(&record, &options.fields).map_err(fail)?;
                let blocks = text::blocks(&text);
                (source, text, blocks)
            }
            Body::Bytes(bytes, format) => {
                let text = decode::decode(&bytes, None).map_err(fail)?.into_owned();
                let (source, blocks) = match format {
                    Format::Markdown => markdown::read(&text),
                    _ => (Source::default(), text::blocks(&text)),
                };
                (source, text, blocks)
            }
        };
        let source = Source { path: self.shown, sha256: self.sha256, ..source };
        let mut document = Document { source, text, blocks };
        settle_wordless(&mut document);
        if document.blocks.iter().all(|block| block.skipped.is_some()) {
            return Err(InputError::new(document.source.path, "holds no text"));
        }
        settle_title(&mut document);
        Ok(document)
    }
}

/// Blocks of nothing but zero-width characters are accounted for, and not sent.
fn settle_wordless(document: &mut Document) {
    for block in document.blocks.iter_mut().filter(|block| block.text.is_empty()) {
        document.text.get(block.span.0..block.span.1).unwrap_or_default().clone_into(&mut block.text);
        block.kind = ParagraphKind::Boilerplate;
        block.skipped.get_or_insert_with(|| "holds no words".into());
    }
}

/// Finds the title where the metadata has none, and marks the block that holds it: it is sent once, as the title.
fn settle_title(document: &mut Document) {
    let first = document.blocks.iter().position(|block| block.skipped.is_none());
    let Some((at, rest)) = first.map(|at| (at, document.blocks.get(at..).unwrap_or_default())) else { return };
    let [block, following @ ..] = rest else { return };
    let is_title = match &document.source.title {
        Some(title) => block.text.trim() == title.trim(),
        None => looks_like_title(block, following),
    };
    if is_title && !following.is_empty() {
        document.source.title.get_or_insert_with(|| block.text.clone());
        if let Some(block) = document.blocks.get_mut(at) {
            block.kind = ParagraphKind::Heading;
            block.skipped = Some(TITLE_SKIPPED.into());
        }
    }
}

/// A heading, or a short line that is no sentence with longer text under it.
fn looks_like_title(block: &Block, following: &[Block]) -> bool {
    const LONGEST: usize = 150;
    let text = block.text.as_str();
    let Some(next) = following.first() else { return false };
    if block.kind == ParagraphKind::Heading {
        return true;
    }
    let is_sentence = text.ends_with(['.', ',', ';', ':', '"', '”', ')', '…', '-', '–', '—']);
    let is_plain = block.kind == ParagraphKind::Text
        && text.starts_with(|c: char| c.is_uppercase() || c.is_numeric() || "\"“'‘".contains(c));
    let longer = following
        .iter()
        .take(3)
        .any(|block| block.text.len() > text.len() && block.text.ends_with(['.', '!', '?', '"', '”', ')']));
    is_plain
        && !is_sentence
        && text.chars().count() <= LONGEST
        && text.split_whitespace().nth(1).is_some()
        && longer
        && next.kind != ParagraphKind::List
        && !is_dated(text)
}

/// A date line, such as `Senin, 23/11/2026 14:05 WIB`.
fn is_dated(text: &str) -> bool {
    ["WIB", "WITA", "WIT"].iter().any(|zone| text.split_whitespace().next_back() == Some(zone))
}
