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
    /// Paragraphs that are open around the one that is read, as far as they got: a text box stands inside one.
    around: Vec<(String, Option<ParagraphKind>)>,
    /// Elements that are open whose text stands elsewhere too.
    doubled: usize,
}

impl Body {
    fn part(&mut self, part: &Part<'_>) {
        match part {
            Part::Start(start) if self.doubled > 0 || is_doubled(start.local_name().as_ref()) => self.doubled += 1,
            Part::End(_) if self.doubled > 0 => self.doubled -= 1,
            Part::Start(start) => match start.local_name().as_ref() {
                "p" => self.around.push((std::mem::take(&mut self.words), self.kind.take())),
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
            Part::Text(text) if self.in_text && self.doubled == 0 => self.words.push_str(text),
            Part::End("t") => self.in_text = false,
            Part::End("p") => self.end_paragraph(),
            Part::Text(_) | Part::End(_) => {}
        }
    }

    fn end_paragraph(&mut self) {
        let (words, kind) = self.around.pop().unwrap_or_default();
        let words = tidy(&std::mem::replace(&mut self.words, words));
        let kind = std::mem::replace(&mut self.kind, kind).unwrap_or(ParagraphKind::Text);
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
    fn moved_text_stands_where_it_went_and_hyphens_stay() {
        let body = "<p><moveFrom><r><t>Ia pergi. </t></r></moveFrom><r><t>undang</t><noBreakHyphen/><t>undang</t></r></p>\
            <p><moveTo><r><t>Ia pergi.</t></r></moveTo></p>";
        assert_eq!(texts(body), ["undang-undang", "Ia pergi."]);
    }
}
