//! Word documents (`.docx`): the paragraphs of the main text and its notes, with headings, lists, tables and the
//! document's properties.
//!
//! Place in the data way: the reader of `.docx`. Format: ECMA-376, part 1, §17.
//! It must never read what a document deletes, hides in fields, or links to.

use std::io::Cursor;

use crate::model::article::{Block, ParagraphKind, Source, Span};

use super::archive::Archive;
use super::html::Extracted;
use super::line::tidy;
use super::script::Script;
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
    for notes in ["word/footnotes.xml", "word/endnotes.xml"] {
        if let Some(notes) = archive.text(notes, max_bytes)? {
            each(&notes, |part| body.part(&part))?;
        }
    }
    Ok((source, body.text, body.blocks))
}

#[derive(Default)]
struct Body {
    text: String,
    blocks: Vec<Block>,
    words: String,
    kind: Option<ParagraphKind>,
    in_text: bool,
    /// Paragraphs that are open around the one that is read, as far as they got: a text box stands inside one.
    around: Vec<(String, Option<ParagraphKind>)>,
    /// Elements that are open whose text stands elsewhere too.
    doubled: usize,
    /// Whether the run that is read stands above or below the line.
    script: Option<Script>,
    /// For each table row that is open, how many blocks stood before each of its cells.
    rows: Vec<Vec<usize>>,
}

impl Body {
    fn part(&mut self, part: &Part<'_>) {
        match part {
            Part::Start(start) if self.doubled > 0 || is_doubled(start.local_name().as_ref()) => self.doubled += 1,
            Part::End(_) if self.doubled > 0 => self.doubled -= 1,
            Part::Start(start) => match start.local_name().as_ref() {
                "p" => self.around.push((std::mem::take(&mut self.words), self.kind.take())),
                "r" => self.script = None,
                "vertAlign" => {
                    self.script = match attribute(start, "val").as_deref() {
                        Some("superscript") => Some(Script::Above),
                        Some("subscript") => Some(Script::Below),
                        _ => None,
                    };
                }
                "tr" => self.rows.push(Vec::new()),
                "tc" => self.rows.last_mut().into_iter().for_each(|row| row.push(self.blocks.len())),
                "noBreakHyphen" => self.words.push('-'),
                "t" => self.in_text = true,
                "tab" | "br" | "cr" => self.words.push(' '),
                "pStyle" => {
                    let style = attribute(start, "val").unwrap_or_default().to_lowercase();
                    self.kind = kind_of(&style).or(self.kind);
                }
                "numPr" => self.kind = self.kind.or(Some(ParagraphKind::List)),
                _ => {}
            },
            Part::Text(text) if self.in_text && self.doubled == 0 => match self.script {
                Some(script) => self.words.push_str(&script.written(&self.words, text)),
                None => self.words.push_str(text),
            },
            Part::End("t") => self.in_text = false,
            Part::End("p") => self.end_paragraph(),
            Part::End("tr") => self.end_row(),
            Part::Text(_) | Part::End(_) => {}
        }
    }

    fn end_paragraph(&mut self) {
        let (words, kind) = self.around.pop().unwrap_or_default();
        let words = tidy(&std::mem::replace(&mut self.words, words));
        let kind = std::mem::replace(&mut self.kind, kind).unwrap_or(ParagraphKind::Text);
        if !words.is_empty() {
            self.push(words, kind);
        }
    }

    fn push(&mut self, words: String, kind: ParagraphKind) {
        if !self.text.is_empty() {
            self.text.push('\n');
        }
        let start = self.text.len();
        self.text.push_str(&words);
        self.blocks.push(Block { span: Span(start, self.text.len()), text: words, kind, skipped: None });
    }

    /// Short cells of one paragraph each stand in one line; what is laid out as a table stays as it is.
    fn end_row(&mut self) {
        const LONGEST: usize = 200;
        let cells = self.rows.pop().unwrap_or_default();
        let Some(first) = cells.first().copied() else { return };
        let row = self.blocks.get(first..).unwrap_or_default();
        let is_single = cells.windows(2).all(|pair| matches!(pair, [a, b] if b - a <= 1))
            && cells.last().is_some_and(|last| self.blocks.len() <= last + 1);
        if row.len() < 2 || !is_single || row.iter().any(|block| block.text.len() > LONGEST) {
            return;
        }
        let words = row.iter().map(|block| block.text.as_str()).collect::<Vec<_>>().join(" | ");
        let start = row.first().map_or(0, |block| block.span.0);
        self.text.truncate(start.saturating_sub(1));
        self.blocks.truncate(first);
        self.push(words, ParagraphKind::List);
    }
}

/// What a reader shows in place of something else (a text box for old versions), and where moved text came from.
fn is_doubled(name: &str) -> bool {
    matches!(name, "Fallback" | "moveFrom")
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

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(body: &str) -> Vec<String> {
        let mut read = Body::default();
        each(&format!("<body>{body}</body>"), |part| read.part(&part)).unwrap();
        read.blocks.into_iter().map(|block| block.text).collect()
    }

    #[test]
    fn a_text_box_is_read_once_and_apart_from_the_paragraph_that_holds_it() {
        let content = "<txbxContent><p><r><t>Kotak teks.</t></r></p></txbxContent>";
        let body = format!(
            "<p><r><t>Harga beras</t></r><AlternateContent><Choice>{content}</Choice><Fallback>{content}</Fallback>\
             </AlternateContent><r><t> tidak naik.</t></r></p>"
        );
        assert_eq!(texts(&body), ["Kotak teks.", "Harga beras tidak naik."]);
    }

    #[test]
    fn cells_of_a_row_stand_together_and_notes_melt_into_no_figure() {
        let cell = |words: &str| format!("<tc><p><r><t>{words}</t></r></p></tc>");
        let body = format!(
            "<p><r><t>Harga:</t></r></p><tbl><tr>{}{}</tr><tr>{}{}</tr></tbl>",
            cell("Beras"),
            cell("14.000"),
            cell(&"Kolom kiri. ".repeat(30)),
            cell("Kolom kanan.")
        );
        assert_eq!(texts(&body)[..2], ["Harga:", "Beras | 14.000"]);
        assert_eq!(texts(&body).len(), 4);
        let raised = "<p><r><t>naik 3,5</t></r><r><rPr><vertAlign val=\"superscript\"/></rPr><t>1</t></r><r><t> persen</t></r></p>";
        assert_eq!(texts(raised), ["naik 3,5¹ persen"]);
    }

    #[test]
    fn moved_text_stands_where_it_went_and_hyphens_stay() {
        let body = "<p><moveFrom><r><t>Ia pergi. </t></r></moveFrom><r><t>undang</t><noBreakHyphen/><t>undang</t></r></p>\
            <p><moveTo><r><t>Ia pergi.</t></r></moveTo></p>";
        assert_eq!(texts(body), ["undang-undang", "Ia pergi."]);
    }
}
