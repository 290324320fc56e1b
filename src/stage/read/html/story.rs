//! Finds the elements that hold the story: the one with most prose under it, and what stands beside it in parts of its own.
//!
//! Place in the data way: the second half of the HTML reader.
//! It must never count link lists as prose, nor teasers for other stories as parts of this one.

use std::collections::{BTreeSet, HashMap};

use crate::model::article::ParagraphKind;

use super::piece::{Page, Piece};

/// How far around the story any part without links belongs to it; farther out only what is no small addition does.
const NEAR: usize = 2;

/// For each block element, whether it lies in the story.
pub fn inside(page: &Page) -> Vec<bool> {
    let story = best(page).or_else(|| named(page)).unwrap_or(0);
    let Parts { whole, loose } = parts(page, story);
    let mut inside: Vec<bool> = Vec::with_capacity(page.nodes.len());
    for (at, node) in page.nodes.iter().enumerate() {
        let in_parent = at > 0 && inside.get(node.parent).copied().unwrap_or(false);
        inside.push(in_parent || whole.contains(&at));
    }
    for at in loose {
        if let Some(slot) = inside.get_mut(at) {
            *slot = true;
        }
    }
    inside
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
    let mut parts = Parts { whole: BTreeSet::from([story]), loose: Vec::new() };
    let (mut prose, mut grown_at) = (load(story).under.prose, 0);
    for (level, (around, beside)) in chain.iter().zip(&beside).enumerate().skip(1) {
        let added: Vec<usize> = beside.iter().copied().filter(|at| load(*at).under.is_part()).collect();
        let own = load(*around).own.prose;
        let more = own + added.iter().map(|at| load(*at).under.prose).sum::<usize>();
        let is_near = level - grown_at <= NEAR && !is_whole_page(page, *around);
        if more == 0 || !is_near && more * 4 < prose {
            continue;
        }
        let below = chain.get(level - 1).copied().unwrap_or(story);
        let first = added.first().map_or(below, |at| below.min(*at));
        let last = added.last().map_or(below, |at| below.max(*at));
        // Headings and pictures between the parts.
        let between = beside.iter().filter(|at| (first..=last).contains(*at) && !load(**at).under.is_links());
        parts.whole.extend(between);
        parts.loose.extend((own > 0).then_some(*around));
        (prose, grown_at) = (prose + more, level);
    }
    parts
}

/// An element and those around it, up to the one that the page itself calls its story or its body.
fn chain(page: &Page, story: usize) -> Vec<usize> {
    let mut chain = vec![story];
    let mut at = story;
    while let Some(node) = page.nodes.get(at) {
        if at == 0 || matches!(node.tag.as_str(), "article" | "main" | "body") {
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
}

impl Load {
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
        let load = Load { prose, linked: piece.linked, all: piece.text.len() };
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
    let is_story = matches!(piece.kind, ParagraphKind::Text | ParagraphKind::Quote | ParagraphKind::List);
    is_story && piece.text.len() >= 40 && piece.linked * 2 < piece.text.len()
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
