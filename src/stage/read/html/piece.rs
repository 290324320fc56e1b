//! A page taken apart into pieces of visible text, each with its place in the tree of block elements.
//!
//! Place in the data way: the first half of the HTML reader.
//! It must never recurse, so that no nesting can exhaust the stack, and never hold more than the page itself does.

use html5gum::emitters::default::DefaultEmitter;
use html5gum::{StartTag, Token, Tokenizer};

use crate::model::article::ParagraphKind;
use crate::stage::read::line::{BLANK_LINE, tidy};
use crate::stage::read::script::Script;

use super::row::Row;
use super::tag::{Frame, attribute, closes_itself, frame, is_block, is_concealed, is_hidden, is_inline};

/// Reason for words that the page strikes out.
const STRUCK: &str = "struck out in the original";

/// Deepest nesting of block elements; real pages stay below 100.
const DEEPEST: usize = 1000;
/// Longest attribute; pictures saved inside a page can be long.
const LONGEST_ATTRIBUTE: usize = 4 << 20;

/// A page in pieces.
#[derive(Debug, Default)]
pub struct Page {
    /// Block elements; the parent of each stands before it, 0 is the root.
    pub nodes: Vec<Node>,
    /// The pieces of visible text, in order.
    pub pieces: Vec<Piece>,
    /// `name` or `property` and `content` of each `<meta>`, and `canonical`.
    pub metas: Vec<(String, String)>,
    /// The text of `<title>`.
    pub title: String,
    /// The scripts with structured data.
    pub json_ld: Vec<String>,
}

/// A block element.
#[derive(Debug)]
pub struct Node {
    pub parent: usize,
    pub tag: String,
    /// What it says of itself.
    pub frame: Frame,
    /// It or an element around it belongs to the frame (navigation, share bar, comments, …).
    pub in_frame: bool,
    /// A browser shows nothing of it.
    pub concealed: bool,
}

/// A piece of visible text.
#[derive(Debug)]
pub struct Piece {
    pub text: String,
    pub kind: ParagraphKind,
    /// The block element that holds it.
    pub node: usize,
    pub in_frame: bool,
    /// Bytes of it that are link text.
    pub linked: usize,
    /// It is the page's first-level heading.
    pub is_h1: bool,
    /// A short sentence that counts as prose, as there is none where the story should be.
    pub is_told: bool,
    /// Why it is not sent, wherever it stands.
    pub reason: Option<&'static str>,
}

/// Takes a page apart.
///
/// # Errors
/// Where it nests too deep or has an absurdly long attribute.
pub fn read(html: &str) -> Result<Page, String> {
    Builder::default().read(html)
}

/// Takes a story apart that has no page around it: what stands in no element may be divided by blank lines, as content
/// systems store it.
///
/// # Errors
/// As for [`read`].
pub fn read_story(html: &str) -> Result<Page, String> {
    Builder { is_loose: true, ..Builder::default() }.read(html)
}

struct Builder {
    page: Page,
    /// Open block elements, as places in `page.nodes`; the root stays.
    open: Vec<usize>,
    /// Open elements whose text is no visible text.
    hidden: Option<String>,
    text: String,
    linked: usize,
    bold: usize,
    /// How many pieces stood before the link that is open.
    link: Option<usize>,
    in_bold: u32,
    breaks: u32,
    script: Option<Script>,
    /// How many elements are open around the words that are struck out, and the words.
    struck: Option<usize>,
    struck_text: String,
    /// The table's row that is open.
    row: Option<Row>,
    /// Blank lines divide what stands in no element.
    is_loose: bool,
}

impl Default for Builder {
    fn default() -> Self {
        let root = Node { parent: 0, tag: String::new(), frame: Frame::No, in_frame: false, concealed: false };
        Self {
            page: Page { nodes: vec![root], ..Page::default() },
            open: vec![0],
            hidden: None,
            text: String::new(),
            linked: 0,
            bold: 0,
            link: None,
            in_bold: 0,
            breaks: 0,
            script: None,
            struck: None,
            struck_text: String::new(),
            row: None,
            is_loose: false,
        }
    }
}

impl Builder {
    fn read(mut self, html: &str) -> Result<Page, String> {
        let mut emitter = DefaultEmitter::<()>::default();
        emitter.naively_switch_states(true);
        for token in Tokenizer::new_with_emitter(html, emitter) {
            match token {
                Ok(Token::StartTag(tag)) => self.start(&tag)?,
                Ok(Token::EndTag(tag)) => self.end(&String::from_utf8_lossy(&tag.name)),
                Ok(Token::String(text)) => self.text(&String::from_utf8_lossy(&text)),
                _ => {}
            }
        }
        self.flush();
        self.end_row();
        self.forget_link();
        Ok(self.page)
    }

    fn start(&mut self, tag: &StartTag<()>) -> Result<(), String> {
        let name = String::from_utf8_lossy(&tag.name).into_owned();
        if tag.attributes.values().any(|value| value.len() > LONGEST_ATTRIBUTE) {
            return Err(format!("has an attribute of more than {} MiB", LONGEST_ATTRIBUTE >> 20));
        }
        if self.hidden.is_some() {
            return Ok(());
        }
        match name.as_str() {
            "meta" => self.meta(tag),
            "link" if attribute(tag, "rel").is_some_and(|rel| rel == "canonical") => {
                self.page.metas.extend(attribute(tag, "href").map(|href| ("canonical".to_owned(), href)));
            }
            "br" => {
                self.breaks += 1;
                if self.breaks >= 2 { self.flush() } else { self.text.push(' ') }
            }
            "td" | "th" => self.cell(),
            "hr" => self.flush(),
            "img" => {}
            // Old pages and e-books mark places with `<a name="x">` and `<a id="x"/>`: nothing behind one is link text.
            "a" if !tag.self_closing => {
                self.forget_link();
                self.link = attribute(tag, "href").map(|_| self.page.pieces.len());
            }
            "sup" | "sub" if !tag.self_closing => self.script = Script::of_tag(&name),
            "del" | "s" | "strike" if !tag.self_closing => {
                self.struck_text.push(' ');
                self.struck = self.struck.or(Some(self.open.len()));
            }
            "b" | "strong" if !tag.self_closing => self.in_bold += 1,
            "script" if attribute(tag, "type").is_some_and(|kind| kind == "application/ld+json") => {
                self.page.json_ld.push(String::new());
                self.hidden = Some(name);
            }
            _ if is_hidden(&name) => {
                if !is_inline(&name) {
                    self.flush();
                }
                self.hidden = (!tag.self_closing).then_some(name);
            }
            _ if is_block(&name) => {
                self.flush();
                self.open_block(name, tag)?;
                // `<div class="ad"/>` is meant to be empty.
                if tag.self_closing {
                    self.close(self.open.len() - 1);
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn cell(&mut self) {
        if let Some(row) = &mut self.row {
            row.cell(self.page.pieces.len());
        }
        if !self.text.trim().is_empty() {
            self.text.push_str(" | ");
        }
    }

    fn open_block(&mut self, name: String, tag: &StartTag<()>) -> Result<(), String> {
        if closes_itself(&name) && self.open.last().is_some_and(|node| self.tag_of(*node) == name) {
            self.close(self.open.len() - 1);
        }
        match name.as_str() {
            "tr" => self.row = Some(Row::default()),
            // Nothing is known of a row that holds a table.
            "table" => self.row = None,
            _ => {}
        }
        if self.open.len() >= DEEPEST {
            return Err(format!("nests deeper than {DEEPEST} elements"));
        }
        let parent = self.open.last().copied().unwrap_or(0);
        let (around, is_within) =
            self.page.nodes.get(parent).map_or((false, false), |node| (node.in_frame, node.concealed));
        let (frame, concealed) = (frame(&name, tag), is_within || is_concealed(tag));
        self.page.nodes.push(Node { parent, tag: name, frame, in_frame: around || frame != Frame::No, concealed });
        self.open.push(self.page.nodes.len() - 1);
        Ok(())
    }

    /// Closes all block elements but the outer `left` ones.
    fn close(&mut self, left: usize) {
        if self.open.get(left..).is_some_and(|closed| closed.iter().any(|node| self.tag_of(*node) == "tr")) {
            self.end_row();
        }
        self.open.truncate(left);
        // Words are struck out no farther than the element reaches in which that began.
        self.struck = self.struck.filter(|depth| self.open.len() >= *depth);
    }

    fn end_row(&mut self) {
        if let Some(row) = self.row.take() {
            row.join(&mut self.page.pieces);
        }
    }

    /// A link that nothing closes is none: all the text up to the next one would be a link.
    fn forget_link(&mut self) {
        if let Some(from) = self.link.take().filter(|from| *from < self.page.pieces.len()) {
            self.page.pieces.iter_mut().skip(from).for_each(|piece| piece.linked = 0);
            self.linked = 0;
        }
    }

    fn end(&mut self, name: &str) {
        if let Some(hidden) = &self.hidden {
            if hidden == name {
                self.hidden = None;
            }
            return;
        }
        match name {
            "a" => self.link = None,
            "sup" | "sub" => self.script = None,
            "del" | "s" | "strike" => self.struck = None,
            "b" | "strong" => self.in_bold = self.in_bold.saturating_sub(1),
            _ if is_block(name) => {
                self.flush();
                if let Some(at) = self.open.iter().rposition(|node| self.tag_of(*node) == name).filter(|at| *at > 0) {
                    self.close(at);
                }
            }
            _ => {}
        }
    }

    fn text(&mut self, text: &str) {
        match self.hidden.as_deref() {
            Some("title") => return self.page.title.push_str(text),
            Some("script") => {
                if let Some(data) = self.page.json_ld.last_mut().filter(|data| data.is_empty()) {
                    data.push_str(text);
                }
                return;
            }
            Some(_) => return,
            None => {}
        }
        let is_pre = self.open.last().is_some_and(|node| self.tag_of(*node) == "pre");
        if is_pre || self.is_loose && self.open.len() == 1 {
            for (n, part) in BLANK_LINE.split(text).enumerate() {
                if n > 0 {
                    self.flush();
                }
                self.words(part);
            }
        } else {
            self.words(text);
        }
    }

    fn words(&mut self, text: &str) {
        if self.struck.is_some() {
            self.struck_text.push_str(text);
            return;
        }
        let words = text.trim().len();
        if words > 0 {
            self.breaks = 0;
            self.linked += if self.link.is_some() { words } else { 0 };
            self.bold += if self.in_bold > 0 { words } else { 0 };
        }
        match self.script {
            Some(script) => self.text.push_str(&script.written(&self.text, text)),
            None => self.text.push_str(text),
        }
    }

    /// Ends the piece that is being gathered.
    fn flush(&mut self) {
        let text = tidy(&std::mem::take(&mut self.text));
        let (linked, bold) = (std::mem::take(&mut self.linked), std::mem::take(&mut self.bold));
        self.script = None;
        if !text.is_empty() {
            let kind = self.kind(&text, bold);
            self.push(text, kind, linked);
        }
        let struck = tidy(&std::mem::take(&mut self.struck_text));
        if !struck.is_empty() {
            self.push(struck, ParagraphKind::Text, 0);
            self.page.pieces.last_mut().into_iter().for_each(|piece| piece.reason = Some(STRUCK));
        }
    }

    fn push(&mut self, text: String, kind: ParagraphKind, linked: usize) {
        let node = self.open.last().copied().unwrap_or(0);
        self.free_question(node, &text);
        let in_frame = self.page.nodes.get(node).is_some_and(|node| node.in_frame);
        let is_h1 = self.open.iter().any(|node| self.tag_of(*node) == "h1");
        self.page.pieces.push(Piece { text, kind, node, in_frame, linked, is_h1, is_told: false, reason: None });
    }

    /// A button that asks something, or is a heading, opens a part of the story: the answer to a question.
    fn free_question(&mut self, at: usize, text: &str) {
        let is_heading = || self.open.iter().any(|node| matches!(self.tag_of(*node), "h2" | "h3" | "h4" | "h5" | "h6"));
        let is_question = text.ends_with('?') && text.split_whitespace().nth(2).is_some();
        if self.tag_of(at) != "button" || !(is_question || is_heading()) {
            return;
        }
        let parent = self.page.nodes.get(at).map_or(0, |node| node.parent);
        let around = self.page.nodes.get(parent).is_some_and(|node| node.in_frame);
        if let Some(node) = self.page.nodes.get_mut(at) {
            (node.frame, node.in_frame) = (Frame::No, around);
        }
    }

    fn kind(&self, text: &str, bold: usize) -> ParagraphKind {
        let is_bold_line =
            bold + 2 >= text.len() && text.chars().count() <= 110 && !text.ends_with(['.', ',', '"', '”']);
        for node in self.open.iter().rev() {
            match self.tag_of(*node) {
                "h1" | "h2" | "h3" | "h4" | "h5" | "h6" | "button" => return ParagraphKind::Heading,
                "li" | "dt" | "dd" | "tr" => return ParagraphKind::List,
                "blockquote" => return ParagraphKind::Quote,
                "figcaption" | "figure" => return ParagraphKind::Caption,
                "p" | "div" if is_bold_line && text.contains(char::is_alphabetic) => return ParagraphKind::Heading,
                "" if self.is_loose && is_bold_line && text.contains(char::is_alphabetic) => {
                    return ParagraphKind::Heading;
                }
                _ => {}
            }
        }
        ParagraphKind::Text
    }

    fn meta(&mut self, tag: &StartTag<()>) {
        let name = ["property", "name", "itemprop"].iter().find_map(|name| attribute(tag, name));
        if let (Some(name), Some(content)) = (name, attribute(tag, "content")) {
            self.page.metas.push((name.to_ascii_lowercase(), tidy(&content)));
        }
    }

    fn tag_of(&self, node: usize) -> &str {
        self.page.nodes.get(node).map_or("", |node| node.tag.as_str())
    }
}
