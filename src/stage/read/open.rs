//! Opens an input and parses one article.
//!
//! Place in the data way: behind `walk`. An article is known by name and hash before it is parsed, so that an unchanged
//! one costs no more than its bytes.
//! It must never hold more than one article of a stream in memory.

use std::fs::File;
use std::io::{BufRead, BufReader, Cursor, Read};

use encoding_rs::Encoding;

use super::archive::{Archive, gunzip};
use super::epub::Book;
use super::format::Format;
use super::html::Extracted;
use super::record::{Record, field};
use super::walk::io_reason;
use super::{Found, InputError, ReadOptions, decode, docx, feed, html, json, many, markdown, record, rich, text};
use crate::model::article::{Block, Document, ParagraphKind, Source, TITLE_SKIPPED};
use crate::model::key::sha256_hex;

/// An article, or why there is none.
pub type Item = Result<RawArticle, InputError>;
/// The articles of an input.
pub type Items = Box<dyn Iterator<Item = Item> + Send>;
/// Where bytes come from.
pub type Reader = Box<dyn BufRead + Send>;

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
    /// HTML that is a story, without a page around it.
    Story(Vec<u8>),
    Record(Record),
}

/// The articles of an input, one by one.
pub fn open(found: &Found, options: &ReadOptions) -> Items {
    let (found, options) = (found.clone(), options.clone());
    if found.path.as_os_str() == "-" {
        return from_reader(found, Box::new(BufReader::new(std::io::stdin())), options);
    }
    many::never_empty(
        &found.clone(),
        match File::open(&found.path) {
            Ok(file) if !found.gzip => match found.format {
                Format::Zip => archive(found, BufReader::new(file), options),
                Format::Epub => book(found, BufReader::new(file), &options),
                _ => from_reader(found, Box::new(BufReader::with_capacity(1 << 16, file)), options),
            },
            Ok(file) => from_reader(found, Box::new(BufReader::new(file)), options),
            Err(error) => failed(&found, io_reason(&found.path, &error)),
        },
    )
}

fn failed(found: &Found, reason: String) -> Items {
    Box::new(std::iter::once(Err(InputError::new(&found.shown, reason))))
}

fn archive(found: Found, reader: impl BufRead + std::io::Seek + Send + 'static, options: ReadOptions) -> Items {
    match Archive::new(reader) {
        Ok(archive) => many::entries(found, archive, options),
        Err(reason) => failed(&found, reason),
    }
}

fn book(found: Found, reader: impl BufRead + std::io::Seek + Send + 'static, options: &ReadOptions) -> Items {
    match Book::open(reader, options.max_bytes) {
        Ok(book) => many::chapters(found, book, options),
        Err(reason) => failed(&found, reason),
    }
}

/// The articles that a reader gives, by the input's format; an error where it gives none.
pub(super) fn from_reader(found: Found, reader: Reader, options: ReadOptions) -> Items {
    many::never_empty(&found.clone(), by_format(found, reader, options))
}

fn by_format(mut found: Found, mut reader: Reader, options: ReadOptions) -> Items {
    // What has no name, such as standard input, may be compressed all the same.
    let is_compressed =
        found.format == Format::Unknown && reader.fill_buf().is_ok_and(|start| start.starts_with(b"\x1f\x8b"));
    if found.gzip || is_compressed {
        found.gzip = false;
        reader = Box::new(gunzip(reader));
    }
    let is_lines = match found.format {
        Format::Jsonl => Ok(true),
        Format::Unknown => starts_with_record(&mut reader),
        _ => Ok(false),
    };
    match is_lines {
        Ok(true) => match without_utf16(&found, reader, &options) {
            Ok(reader) => Box::new(many::Lines::new(found, reader, options)),
            Err(error) => failed(&found, error.reason),
        },
        Ok(false) => match limited(&found, reader, options.max_bytes) {
            Ok(bytes) => from_bytes(found, bytes, options),
            Err(error) => failed(&found, error.reason),
        },
        Err(error) => failed(&found, io_reason(&found.path, &error)),
    }
}

fn from_bytes(mut found: Found, bytes: Vec<u8>, options: ReadOptions) -> Items {
    if bytes.trim_ascii().is_empty() {
        return failed(&found, "is empty".into());
    }
    if found.format == Format::Unknown {
        found.format = sniffed(&bytes);
    }
    let text = || decode::decode(&bytes, declared_encoding(&bytes));
    let records = match found.format {
        Format::Zip => return archive(found, Cursor::new(bytes), options),
        Format::Epub => return book(found, Cursor::new(bytes), &options),
        Format::Feed => text().and_then(|text| feed::entries(&text)).map(json::Records::Many),
        Format::Json => text().and_then(|text| json::records(&text, &options.fields)),
        _ => return Box::new(std::iter::once(Ok(RawArticle::of_bytes(found, bytes)))),
    };
    match records {
        Ok(json::Records::Many(records)) => many::records(found, records, options),
        Ok(json::Records::One(record)) => {
            let sha256 = sha256_hex(&bytes);
            Box::new(std::iter::once(Ok(RawArticle {
                name: found.name,
                shown: found.shown,
                sha256,
                body: Body::Record(record),
            })))
        }
        Err(reason) => failed(&found, reason),
    }
}

/// The format of bytes without a name.
fn sniffed(bytes: &[u8]) -> Format {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let start: Vec<u8> = behind_comments(bytes).iter().take(200).map(u8::to_ascii_lowercase).collect();
    let has = |needle: &[u8]| start.windows(needle.len()).any(|window| window == needle);
    let is_tag = |name: &&str| {
        start.strip_prefix(b"<").and_then(|rest| rest.strip_prefix(name.as_bytes())).is_some_and(|rest| {
            rest.first().is_none_or(|byte| byte.is_ascii_whitespace() || matches!(byte, b'>' | b'/'))
        })
    };
    let is_page = ["html", "head", "body", "main", "article", "div", "p"].iter().any(is_tag);
    if start.starts_with(b"<!doctype html") || is_page || (start.starts_with(b"<?xml") && has(b"<html")) {
        Format::Html
    } else if start.starts_with(b"<?xml") || ["rss", "feed"].iter().any(is_tag) {
        Format::Feed
    } else if (start.starts_with(b"{") || start.starts_with(b"["))
        && serde_json::from_slice::<serde::de::IgnoredAny>(bytes).is_ok()
    {
        Format::Json
    } else if [b"---\n".as_slice(), b"---\r\n", b"+++\n", b"+++\r\n", b"# "].iter().any(|mark| start.starts_with(mark))
    {
        Format::Markdown
    } else {
        Format::Text
    }
}

/// What stands behind the comments that a page or a feed begins with.
fn behind_comments(bytes: &[u8]) -> &[u8] {
    let mut rest = bytes.trim_ascii_start();
    while let Some(comment) = rest.strip_prefix(b"<!--") {
        let Some(end) = comment.windows(3).position(|window| window == b"-->") else { break };
        rest = comment.get(end + 3..).unwrap_or_default().trim_ascii_start();
    }
    rest
}

/// The encoding that HTML or XML declares near its start.
fn declared_encoding(bytes: &[u8]) -> Option<&'static Encoding> {
    let start: String = bytes.iter().take(2048).map(|byte| char::from(*byte).to_ascii_lowercase()).collect();
    let at = start.find("charset=").map(|at| at + 8).or_else(|| start.find("encoding=").map(|at| at + 9))?;
    let label: String = start
        .get(at..)?
        .chars()
        .skip_while(|c| matches!(c, '"' | '\''))
        .take_while(|c| c.is_ascii_alphanumeric() || "-_".contains(*c))
        .collect();
    Encoding::for_label(label.as_bytes())
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

fn limited(found: &Found, reader: Reader, max_bytes: u64) -> Result<Vec<u8>, InputError> {
    let mut bytes = Vec::new();
    let read = reader.take(max_bytes.saturating_add(1)).read_to_end(&mut bytes);
    read.map_err(|error| InputError::new(&found.shown, io_reason(&found.path, &error)))?;
    if bytes.len() as u64 > max_bytes { Err(InputError::new(&found.shown, too_large(max_bytes))) } else { Ok(bytes) }
}

/// The reason for refusing an article that is too large.
pub(super) fn too_large(max_bytes: u64) -> String {
    format!("is larger than the limit of {} MiB for one article", max_bytes >> 20)
}

impl RawArticle {
    /// An article that is a whole input.
    pub(super) fn of_bytes(found: Found, bytes: Vec<u8>) -> Self {
        let sha256 = sha256_hex(&bytes);
        Self { name: found.name, shown: found.shown, sha256, body: Body::Bytes(bytes, found.format) }
    }

    /// An article that is a part of a book.
    pub(super) fn of_story(found: Found, html: Vec<u8>) -> Self {
        let sha256 = sha256_hex(&html);
        Self { name: found.name, shown: found.shown, sha256, body: Body::Story(html) }
    }

    /// An article that is a record, the `n`th of its file; `bytes` are what its hash is of.
    pub(super) fn of_record(found: &Found, record: Record, bytes: &[u8], n: u64, options: &ReadOptions) -> Self {
        let id = field(&record, &options.fields.id).unwrap_or_else(|| n.to_string());
        let (name, shown) = many::name_in(found, &id);
        Self { name, shown, sha256: sha256_hex(bytes), body: Body::Record(record) }
    }

    /// Decodes the article and takes it apart into blocks.
    ///
    /// # Errors
    /// Names the article and says why it cannot be read.
    pub fn parse(self, options: &ReadOptions) -> Result<Document, InputError> {
        let fail = |reason: String| InputError::new(&self.shown, reason);
        let (source, text, blocks) = self.body.extract(options).map_err(fail)?;
        let source = Source { path: self.shown, sha256: self.sha256, ..source };
        let mut document = Document { source, text, blocks };
        settle_wordless(&mut document);
        if document.blocks.iter().all(|block| block.skipped.is_some()) {
            return Err(InputError::new(document.source.path, "holds no text"));
        }
        settle_title(&mut document);
        if document.blocks.iter().all(|block| block.skipped.is_some()) {
            return Err(InputError::new(document.source.path, "holds no text but its title"));
        }
        Ok(document)
    }
}

impl Body {
    fn extract(self, options: &ReadOptions) -> Result<Extracted, String> {
        let text_of = |bytes: &[u8]| decode::decode(bytes, declared_encoding(bytes)).map(std::borrow::Cow::into_owned);
        match self {
            Self::Bytes(bytes, Format::Docx) => docx::read(&bytes, options.max_bytes),
            Self::Bytes(bytes, Format::Html) => html::page(&text_of(&bytes)?),
            Self::Story(bytes) => html::fragment(&text_of(&bytes)?),
            Self::Bytes(bytes, format) => {
                let text = decode::decode(&bytes, None)?.into_owned();
                let (source, blocks) = match format {
                    Format::Markdown => markdown::read(&text),
                    _ => (Source::default(), text::blocks(&text)),
                };
                Ok((source, text, blocks))
            }
            Self::Record(record) => {
                let (source, text) = record::read(&record, &options.fields)?;
                rich::read(source, text)
            }
        }
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

/// Finds the title where the metadata has none, and marks the blocks above the story that hold it: it is sent once, as the
/// title.
fn settle_title(document: &mut Document) {
    let last = document.blocks.len().saturating_sub(1);
    let is_open = |(_, block): &(usize, &mut Block)| block.skipped.is_none();
    if document.source.title.is_none() {
        let Some(at) = document.blocks.iter().position(|block| block.skipped.is_none()) else { return };
        let Some([block, following @ ..]) = document.blocks.get(at..) else { return };
        document.source.title = looks_like_title(block, following).then(|| block.text.clone());
    }
    let Some(title) = &document.source.title else { return };
    let is_title = |block: &Block| block.text.trim() == title.trim();
    let above = document.blocks.iter_mut().enumerate().filter(is_open);
    let above = above.take_while(|(at, block)| at < &last && (is_title(block) || !is_statement(block)));
    for (_, block) in above.filter(|(_, block)| is_title(block)) {
        block.kind = ParagraphKind::Heading;
        block.skipped = Some(TITLE_SKIPPED.into());
    }
}

/// A sentence of the story; what stands above the first one are the title, the date, breadcrumbs.
fn is_statement(block: &Block) -> bool {
    let is_text = matches!(block.kind, ParagraphKind::Text | ParagraphKind::Quote | ParagraphKind::List);
    is_text && block.text.len() >= 40 && block.text.ends_with(['.', '!', '?', '"', '”', ')', ':'])
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
        .any(|block| block.text.len() > text.len() && block.text.ends_with(['.', '!', '?', '"', '”', ')', ':']));
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
