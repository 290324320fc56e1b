//! Word documents (`.docx`): the paragraphs of the main text, with headings, lists and the document's properties.
//!
//! Place in the data way: the reader of `.docx`. Format: ECMA-376, part 1, §17.
//! It must never read what a document deletes, hides in fields, or links to.

use std::io::Cursor;

use crate::model::article::{Block, ParagraphKind, Source, Span};

use super::archive::Archive;
use super::html::Extracted;
use super::line::tidy;
use super::xml::{Part, attribute, each};

/// Reads a document.
///
/// # Errors
/// Where it is no Word document, damaged, or larger than the limit when expanded.
pub fn read(bytes: &[u8], max_bytes: u64) -> Result<Extracted, String> {
    let mut archive = Archive::new(Cursor::new(bytes))?;
    let Some(document) = archive.text("word/document.xml", max_bytes)? else {
        return Err("is not a Word document: it holds no word/document.xml".into());
    };
    let source = match archive.text("docProps/core.xml", max_bytes)? {
        Some(core) => properties(&core),
        None => Source::default(),
    };
    let mut body = Body::default();
    each(&document, |part| body.part(&part))?;
    Ok((source, body.text, body.blocks))
}

#[derive(Default)]
struct Body {
    text: String,
    blocks: Vec<Block>,
    words: String,
    kind: Option<ParagraphKind>,
    in_text: bool,
}

impl Body {
    fn part(&mut self, part: &Part<'_>) {
        match part {
            Part::Start(start) => match start.local_name().as_ref() {
                "t" => self.in_text = true,
                "tab" | "br" | "cr" => self.words.push(' '),
                "pStyle" => {
                    let style = attribute(start, "val").unwrap_or_default().to_lowercase();
                    self.kind = kind_of(&style).or(self.kind);
                }
                "numPr" => self.kind = self.kind.or(Some(ParagraphKind::List)),
                _ => {}
            },
            Part::Text(text) if self.in_text => self.words.push_str(text),
            Part::End("t") => self.in_text = false,
            Part::End("p") => self.end_paragraph(),
            Part::Text(_) | Part::End(_) => {}
        }
    }

    fn end_paragraph(&mut self) {
        let words = tidy(&std::mem::take(&mut self.words));
        let kind = self.kind.take().unwrap_or(ParagraphKind::Text);
        if words.is_empty() {
            return;
        }
        if !self.text.is_empty() {
            self.text.push('\n');
        }
        let start = self.text.len();
        self.text.push_str(&words);
        self.blocks.push(Block { span: Span(start, self.text.len()), text: words, kind, skipped: None });
    }
}

/// Styles by the names that English and Indonesian Word give them.
fn kind_of(style: &str) -> Option<ParagraphKind> {
    let starts = |names: &[&str]| names.iter().any(|name| style.starts_with(name));
    if starts(&["heading", "judul", "title"]) {
        Some(ParagraphKind::Heading)
    } else if starts(&["quote", "intensequote", "kutipan"]) {
        Some(ParagraphKind::Quote)
    } else if starts(&["caption", "keterangan"]) {
        Some(ParagraphKind::Caption)
    } else if starts(&["list", "daftar"]) {
        Some(ParagraphKind::List)
    } else {
        None
    }
}

fn properties(core: &str) -> Source {
    let mut source = Source::default();
    let mut text = String::new();
    let read = each(core, |part| match part {
        Part::Start(_) => text.clear(),
        Part::Text(more) => text.push_str(more),
        Part::End(name) => {
            let slot = match name {
                "title" => &mut source.title,
                "creator" => &mut source.author,
                "created" => &mut source.date,
                _ => return,
            };
            *slot = Some(text.trim().to_owned()).filter(|text| !text.is_empty());
        }
    });
    if read.is_ok() { source } else { Source::default() }
}
