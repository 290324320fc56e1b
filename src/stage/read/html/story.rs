//! Finds the elements that hold the story: the one with most prose under it, and what stands beside it in parts of its own.
//!
//! Place in the data way: the second half of the HTML reader.
//! It must never count link lists as prose, nor teasers for other stories as parts of this one.

use std::collections::{BTreeSet, HashMap};

use crate::model::article::ParagraphKind;

use super::piece::{Page, Piece};

/// How far around the story any part without links belongs to it; farther out only what is no small addition does.
const NEAR: usize = 2;

/// Bytes of prose that outweigh the short sentences under a headline: more than what a portal says of itself.
pub const MUCH: usize = 400;

/// A flash, or the words to a picture: where the element with the headline, or the only article, holds no prose, its short
/// sentences count as such. Otherwise what the page says of itself would be the story.
pub fn tell_short(page: &mut Page) {
    let Some(home) = home(page) else { return };
    let is_home = within(page, &BTreeSet::from([home]));
    let is_home = |piece: &Piece| !piece.in_frame && is_home.get(piece.node).copied().unwrap_or(false);
    if page.pieces.iter().any(|piece| is_home(piece) && is_prose(piece)) {
        return;
    }
    for piece in page.pieces.iter_mut().filter(|piece| is_home(piece)) {
        let is_sentence = piece.text.ends_with(['.', '!', '?', '"', '”']) && piece.text.contains(' ');
        piece.is_told = is_sentence && is_story(piece);
    }
}

/// The page's only article, else the element around its headline.
fn home(page: &Page) -> Option<usize> {
    let mut articles = page.nodes.iter().enumerate().filter(|(_, node)| node.tag == "article" && !node.in_frame);
    if let (Some((only, _)), None) = (articles.next(), articles.next()) {
        return Some(only);
    }
    let headline = page.pieces.iter().find(|piece| piece.is_h1 && !piece.in_frame)?;
    let mut at = headline.node;
    while page.nodes.get(at).is_some_and(|node| node.tag == "h1") {
        at = page.nodes.get(at)?.parent;
    }
    (!is_whole_page(page, at)).then_some(at)
}

/// For each block element, whether it lies in the story.
pub fn inside(page: &Page) -> Vec<bool> {
    let story = short(page).or_else(|| best(page)).or_else(|| named(page)).unwrap_or(0);
    let Parts { whole, loose } = parts(page, story);
    let mut inside = within(page, &whole);
    for at in loose {
        if let Some(slot) = inside.get_mut(at) {
            *slot = true;
        }
    }
    inside
}

/// For each block element, whether it is one of these or lies in one.
fn within(page: &Page, whole: &BTreeSet<usize>) -> Vec<bool> {
    let mut within: Vec<bool> = Vec::with_capacity(page.nodes.len());
    for (at, node) in page.nodes.iter().enumerate() {
        let in_parent = at > 0 && within.get(node.parent).copied().unwrap_or(false);
        within.push(in_parent || whole.contains(&at));
    }
    within
}

/// The element whose short sentences are the story, as hardly any prose stands elsewhere.
fn short(page: &Page) -> Option<usize> {
    let told = page.pieces.iter().any(|piece| piece.is_told);
    let elsewhere = page.pieces.iter().filter(|piece| !piece.in_frame && !piece.is_told && is_prose(piece));
    let elsewhere: usize = elsewhere.map(|piece| piece.text.len()).sum();
    (told && elsewhere < MUCH).then(|| home(page)).flatten()
}

/// The elements of a story.
struct Parts {
    /// Elements that belong to it with everything in them.
    whole: BTreeSet<usize>,
    /// Elements of which only the text that stands directly in them belongs to it.
    loose: Vec<usize>,
}

/// The story's element, and around it the parts of a story that is not in one element: pages of a long text, a lead of
/// its own, what stands behind an advert, a widget for each paragraph.
fn parts(page: &Page, story: usize) -> Parts {
    let loads = loads(page);
    let chain = chain(page, story);
    let levels: HashMap<usize, usize> = chain.iter().enumerate().map(|(level, node)| (*node, level)).collect();
    let mut beside: Vec<Vec<usize>> = vec![Vec::new(); chain.len()];
    for (at, node) in page.nodes.iter().enumerate().skip(1).filter(|(at, _)| !levels.contains_key(at)) {
        if let Some(list) = levels.get(&node.parent).and_then(|level| beside.get_mut(*level)) {
            list.push(at);
        }
    }
    let load = |at: usize| loads.get(at).copied().unwrap_or_default();
    let tag = |at: usize| page.nodes.get(at).map_or("", |node| node.tag.as_str());
    let article = chain.iter().position(|at| tag(*at) == "article").unwrap_or(chain.len());
    let headlines = load(0).under.headlines;
    let mut parts = Parts { whole: BTreeSet::from([story]), loose: Vec::new() };
    let (mut prose, mut grown_at) = (load(story).under.prose, 0);
    for (level, (around, beside)) in chain.iter().zip(&beside).enumerate().skip(1) {
        // Around an article only articles are parts of its story, unless they have a headline of their own.
        let is_outside = level > article;
        let is_next = |at: usize| tag(at) == "article" && !load(at).under.is_other(headlines);
        let added = beside.iter().copied().filter(|at| load(*at).under.is_part() && (!is_outside || is_next(*at)));
        let added: Vec<usize> = added.collect();
        let own = if is_outside { 0 } else { load(*around).own.prose };
        let more = own + added.iter().map(|at| load(*at).under.prose).sum::<usize>();
        let is_near = level - grown_at <= NEAR && (is_outside || !is_whole_page(page, *around));
        if more == 0 || !is_near && more * 4 < prose {
            continue;
        }
        let below = chain.get(level - 1).copied().unwrap_or(story);
        let first = added.first().map_or(below, |at| below.min(*at));
        let last = added.last().map_or(below, |at| below.max(*at));
        // Headings and pictures between the parts.
        let is_between =
            |at: usize| if is_outside { added.binary_search(&at).is_ok() } else { !load(at).under.is_links() };
        let between = beside.iter().filter(|at| (first..=last).contains(*at) && is_between(**at));
        parts.whole.extend(between);
        parts.loose.extend((own > 0).then_some(*around));
        (prose, grown_at) = (prose + more, level);
    }
    parts
}

/// An element and those around it, up to the one that the page itself calls its main part or its body.
fn chain(page: &Page, story: usize) -> Vec<usize> {
    let mut chain = vec![story];
    let mut at = story;
    while let Some(node) = page.nodes.get(at) {
        if at == 0 || matches!(node.tag.as_str(), "main" | "body") {
            break;
        }
        at = node.parent;
        chain.push(at);
    }
    chain
}

fn is_whole_page(page: &Page, at: usize) -> bool {
    at == 0 || page.nodes.get(at).is_some_and(|node| matches!(node.tag.as_str(), "body" | "html"))
}

/// Bytes of text outside the frame.
#[derive(Debug, Clone, Copy, Default)]
struct Load {
    prose: usize,
    linked: usize,
    all: usize,
    /// First-level headings, and headings that are a link.
    headlines: usize,
    teasers: usize,
}

impl Load {
    /// Another story: its headline leads to it, or it has one as another story of the page has one too.
    fn is_other(self, headlines: usize) -> bool {
        self.teasers > 0 || self.headlines > 0 && headlines > self.headlines
    }

    /// Prose, and hardly a link: a teaser for another story has its title as one.
    fn is_part(self) -> bool {
        self.prose > 0 && self.linked * 5 <= self.prose
    }

    fn is_links(self) -> bool {
        self.linked > 0 && self.linked * 2 >= self.all
    }

    fn add(&mut self, more: Self) {
        self.prose += more.prose;
        self.linked += more.linked;
        self.all += more.all;
        self.headlines += more.headlines;
        self.teasers += more.teasers;
    }
}

/// What stands directly in an element, and under it.
#[derive(Debug, Clone, Copy, Default)]
struct Loads {
    own: Load,
    under: Load,
}

/// For each element what it holds: parents stand before their children.
fn loads(page: &Page) -> Vec<Loads> {
    let mut loads = vec![Loads::default(); page.nodes.len()];
    for piece in page.pieces.iter().filter(|piece| !piece.in_frame) {
        let prose = if is_prose(piece) { piece.text.len() } else { 0 };
        let is_teaser = piece.kind == ParagraphKind::Heading && piece.linked * 10 >= piece.text.len() * 9;
        let load = Load {
            prose,
            linked: piece.linked,
            all: piece.text.len(),
            headlines: piece.is_h1.into(),
            teasers: is_teaser.into(),
        };
        if let Some(slot) = loads.get_mut(piece.node) {
            slot.own.add(load);
            slot.under.add(load);
        }
    }
    for at in (1..page.nodes.len()).rev() {
        let (Some(node), Some(under)) = (page.nodes.get(at), loads.get(at).map(|loads| loads.under)) else { continue };
        if let Some(parent) = loads.get_mut(node.parent) {
            parent.under.add(under);
        }
    }
    loads
}

/// The element with the highest score: each piece of prose counts fully for the element that holds it, less for the two
/// around that; of equals the outer one wins, so that a story in several parts is not cut.
fn best(page: &Page) -> Option<usize> {
    let mut scores = vec![0usize; page.nodes.len()];
    for piece in page.pieces.iter().filter(|piece| !piece.in_frame && is_prose(piece)) {
        let mut node = container(page, piece.node);
        for tenths in [10, 7, 4] {
            if let Some(score) = scores.get_mut(node) {
                *score += piece.text.len() * tenths;
            }
            match page.nodes.get(node) {
                Some(found) if node > 0 => node = found.parent,
                _ => break,
            }
        }
    }
    let (at, score) = scores.iter().enumerate().rev().max_by_key(|(_, score)| **score)?;
    (*score > 0).then_some(at)
}

/// Where no prose was found: the element that the page itself calls its story.
fn named(page: &Page) -> Option<usize> {
    ["article", "main", "body"].iter().find_map(|tag| page.nodes.iter().position(|node| node.tag == *tag))
}

/// Whether a piece is a sentence or more, and no link.
pub fn is_prose(piece: &Piece) -> bool {
    is_story(piece) && (piece.text.len() >= 40 || piece.is_told)
}

fn is_story(piece: &Piece) -> bool {
    let is_story = matches!(piece.kind, ParagraphKind::Text | ParagraphKind::Quote | ParagraphKind::List);
    is_story && piece.reason.is_none() && piece.linked * 2 < piece.text.len()
}

/// The element that holds a paragraph: the first one outside paragraphs, lists and tables.
fn container(page: &Page, mut node: usize) -> usize {
    while let Some(found) = page.nodes.get(node) {
        let is_holder = !matches!(
            found.tag.as_str(),
            "p" | "li"
                | "ul"
                | "ol"
                | "dl"
                | "dt"
                | "dd"
                | "blockquote"
                | "pre"
                | "td"
                | "th"
                | "tr"
                | "tbody"
                | "thead"
                | "table"
        );
        if is_holder || node == 0 {
            break;
        }
        node = found.parent;
    }
    node
}
