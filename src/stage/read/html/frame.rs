//! Takes back the mark of a frame from an element that holds the page: a form around everything, `content-sidebar-wrap`.
//!
//! Place in the data way: between the two halves of the HTML reader.
//! It must never free comments, navigation, or a frame inside the one that it frees.

use super::piece::{Page, Piece};
use super::story::{MUCH, is_prose};
use super::tag::Frame;

/// Bytes of prose that a frame holds at least to be the page where the headline stands outside: a newsletter's box holds
/// less.
const LEAST: usize = 250;

/// What stands under an element, its frames included.
#[derive(Debug, Clone, Copy, Default)]
struct Under {
    /// Bytes of prose.
    prose: usize,
    /// The page's first-level heading stands there.
    has_title: bool,
}

/// Frees the elements that hold more than half of the page's prose and its heading, or all of its prose and not just a
/// notice, and what stands in them.
pub fn settle(page: &mut Page) {
    let outside = |piece: &&Piece| !piece.in_frame;
    // Short sentences under the headline are no more than its subtitle where a frame holds much.
    let least = if page.pieces.iter().any(|piece| piece.is_told) { MUCH } else { LEAST };
    let is_rest_bare = page.pieces.iter().filter(outside).all(|piece| piece.is_told || !is_prose(piece));
    let outside: usize = page.pieces.iter().filter(outside).map(prose).sum();
    let is_all_framed = page.pieces.iter().all(|piece| piece.in_frame);
    let under = under(page);
    let all = under.first().map_or(0, |root| root.prose);
    let mut is_changed = false;
    for (node, under) in page.nodes.iter_mut().zip(&under) {
        let is_only = is_rest_bare && (is_all_framed || under.has_title || under.prose >= least);
        let is_most = under.prose * 2 > all && under.has_title && under.prose > outside;
        if node.frame == Frame::Likely && (is_most || is_only && under.prose * 2 > all) {
            node.frame = Frame::No;
            is_changed = true;
        }
    }
    if is_changed {
        mark_anew(page);
    }
}

fn mark_anew(page: &mut Page) {
    let mut marks: Vec<bool> = Vec::with_capacity(page.nodes.len());
    for (at, node) in page.nodes.iter_mut().enumerate() {
        let around = at > 0 && marks.get(node.parent).copied().unwrap_or(false);
        node.in_frame = around || node.frame != Frame::No;
        marks.push(node.in_frame);
    }
    for piece in &mut page.pieces {
        piece.in_frame = marks.get(piece.node).copied().unwrap_or(false);
    }
}

fn prose(piece: &Piece) -> usize {
    if is_prose(piece) { piece.text.len() } else { 0 }
}

/// For each element what stands under it: parents stand before their children.
fn under(page: &Page) -> Vec<Under> {
    let mut under = vec![Under::default(); page.nodes.len()];
    for piece in &page.pieces {
        if let Some(own) = under.get_mut(piece.node) {
            own.prose += prose(piece);
            own.has_title |= piece.is_h1;
        }
    }
    for at in (1..page.nodes.len()).rev() {
        let (Some(node), Some(own)) = (page.nodes.get(at), under.get(at).copied()) else { continue };
        if let Some(parent) = under.get_mut(node.parent) {
            parent.prose += own.prose;
            parent.has_title |= own.has_title;
        }
    }
    under
}
