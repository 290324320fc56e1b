//! A page taken apart into pieces of visible text, each with its place in the tree of block elements.
//!
//! Place in the data way: the first half of the HTML reader.
//! It must never recurse, so that no nesting can exhaust the stack, and never hold more than the page itself does.

use html5gum::emitters::default::DefaultEmitter;
use html5gum::{StartTag, Token, Tokenizer};

use crate::model::article::ParagraphKind;
use crate::stage::read::line::tidy;

use super::tag::{Frame, attribute, closes_itself, frame, is_block, is_hidden};

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
}

/// Takes a page apart.
///
/// # Errors
/// Where it nests too deep or has an absurdly long attribute.
pub fn read(html: &str) -> Result<Page, String> {
    let mut emitter = DefaultEmitter::<()>::default();
    emitter.naively_switch_states(true);
    let mut builder = Builder::new();
    for token in Tokenizer::new_with_emitter(html, emitter) {
        match token {
            Ok(Token::StartTag(tag)) => builder.start(&tag)?,
            Ok(Token::EndTag(tag)) => builder.end(&String::from_utf8_lossy(&tag.name)),
            Ok(Token::String(text)) => builder.text(&String::from_utf8_lossy(&text)),
            _ => {}
        }
    }
    builder.flush();
    Ok(builder.page)
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
    in_link: bool,
    in_bold: u32,
    breaks: u32,
}

impl Builder {
    fn new() -> Self {
        let root = Node { parent: 0, tag: String::new(), frame: Frame::No, in_frame: false };
        let page = Page { nodes: vec![root], ..Page::default() };
        Self {
            page,
            open: vec![0],
            hidden: None,
            text: String::new(),
            linked: 0,
            bold: 0,
            in_link: false,
            in_bold: 0,
            breaks: 0,
        }
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
            "td" | "th" if !self.text.trim().is_empty() => self.text.push_str(" | "),
            "hr" => self.flush(),
            "img" => {}
            // Old pages and e-books mark places with `<a name="x">` and `<a id="x"/>`: nothing behind one is link text.
            "a" if !tag.self_closing => self.in_link = attribute(tag, "href").is_some(),
            "b" | "strong" if !tag.self_closing => self.in_bold += 1,
            "script" if attribute(tag, "type").is_some_and(|kind| kind == "application/ld+json") => {
                self.page.json_ld.push(String::new());
                self.hidden = Some(name);
            }
            _ if is_hidden(&name) => {
                self.flush();
                self.hidden = (!tag.self_closing).then_some(name);
            }
            _ if is_block(&name) => {
                self.flush();
                self.open_block(name, tag)?;
                // `<div class="ad"/>` is meant to be empty.
                if tag.self_closing {
                    self.open.pop();
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn open_block(&mut self, name: String, tag: &StartTag<()>) -> Result<(), String> {
        if closes_itself(&name) && self.open.last().is_some_and(|node| self.tag_of(*node) == name) {
            self.open.pop();
        }
        if self.open.len() >= DEEPEST {
            return Err(format!("nests deeper than {DEEPEST} elements"));
        }
        let parent = self.open.last().copied().unwrap_or(0);
        let around = self.page.nodes.get(parent).is_some_and(|node| node.in_frame);
        let frame = frame(&name, tag);
        self.page.nodes.push(Node { parent, tag: name, frame, in_frame: around || frame != Frame::No });
        self.open.push(self.page.nodes.len() - 1);
        Ok(())
    }

    fn end(&mut self, name: &str) {
        if let Some(hidden) = &self.hidden {
            if hidden == name {
                self.hidden = None;
            }
            return;
        }
        match name {
            "a" => self.in_link = false,
            "b" | "strong" => self.in_bold = self.in_bold.saturating_sub(1),
            _ if is_block(name) => {
                self.flush();
                if let Some(at) = self.open.iter().rposition(|node| self.tag_of(*node) == name).filter(|at| *at > 0) {
                    self.open.truncate(at);
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
        if self.open.last().is_some_and(|node| self.tag_of(*node) == "pre") {
            for (n, part) in text.split("\n\n").enumerate() {
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
        let words = text.trim().len();
        if words > 0 {
            self.breaks = 0;
            self.linked += if self.in_link { words } else { 0 };
            self.bold += if self.in_bold > 0 { words } else { 0 };
        }
        self.text.push_str(text);
    }

    /// Ends the piece that is being gathered.
    fn flush(&mut self) {
        let text = tidy(&std::mem::take(&mut self.text));
        let (linked, bold) = (std::mem::take(&mut self.linked), std::mem::take(&mut self.bold));
        if text.is_empty() {
            return;
        }
        let node = self.open.last().copied().unwrap_or(0);
        let kind = self.kind(&text, bold);
        let in_frame = self.page.nodes.get(node).is_some_and(|node| node.in_frame);
        let is_h1 = self.open.iter().any(|node| self.tag_of(*node) == "h1");
        self.page.pieces.push(Piece { text, kind, node, in_frame, linked, is_h1 });
    }

    fn kind(&self, text: &str, bold: usize) -> ParagraphKind {
        let is_bold_line =
            bold + 2 >= text.len() && text.chars().count() <= 110 && !text.ends_with(['.', ',', '"', '”']);
        for node in self.open.iter().rev() {
            match self.tag_of(*node) {
                "h1" | "h2" | "h3" | "h4" | "h5" | "h6" => return ParagraphKind::Heading,
                "li" | "dt" | "dd" | "tr" => return ParagraphKind::List,
                "blockquote" => return ParagraphKind::Quote,
                "figcaption" | "figure" => return ParagraphKind::Caption,
                "p" | "div" if is_bold_line && text.contains(char::is_alphabetic) => return ParagraphKind::Heading,
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
