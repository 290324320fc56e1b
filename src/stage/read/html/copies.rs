//! Marks the second copy of a text that pages hold twice, for wide and for narrow screens.
//!
//! Place in the data way: between the two halves of the HTML reader.
//! It must never mark what is hidden until a click and stands nowhere else: that is a part of the story.

use std::collections::HashSet;

use super::piece::{Page, Piece};

/// Reason for a part that browsers do not show, where they show the same words elsewhere.
const COPY: &str = "a hidden copy of text that the page shows";

/// Marks the pieces of hidden elements whose words stand in a visible one too.
pub fn mark(page: &mut Page) {
    let Page { nodes, pieces, .. } = page;
    let is_concealed = |piece: &Piece| nodes.get(piece.node).is_some_and(|node| node.concealed);
    let shown: HashSet<String> =
        pieces.iter().filter(|piece| !is_concealed(piece)).map(|piece| piece.text.clone()).collect();
    for piece in pieces.iter_mut().filter(|piece| is_concealed(piece) && shown.contains(&piece.text)) {
        piece.reason = piece.reason.or(Some(COPY));
    }
}
