//! Takes back the mark of a frame from an element that holds the page: a form around everything, `content-sidebar-wrap`.
//!
//! Place in the data way: between the two halves of the HTML reader.
//! It must never free comments, navigation, or a frame inside the one that it frees.

use super::piece::{Page, Piece};
use super::story::is_prose;
use super::tag::Frame;

/// What stands under an element, its frames included.
#[derive(Debug, Clone, Copy, Default)]
struct Under {
    /// Bytes of prose.
    prose: usize,
    /// The page's first-level heading stands there.
    has_title: bool,
}

/// Frees the elements that hold more than half of the page's prose and its heading, or all of its prose, and what stands
/// in them.
pub fn settle(page: &mut Page) {
    let outside: usize = page.pieces.iter().filter(|piece| !piece.in_frame).map(prose).sum();
    let under = under(page);
    let all = under.first().map_or(0, |root| root.prose);
    let mut is_changed = false;
    for (node, under) in page.nodes.iter_mut().zip(&under) {
        let holds_page = under.prose * 2 > all && (outside == 0 || under.has_title && under.prose > outside);
        if node.frame == Frame::Likely && holds_page {
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
