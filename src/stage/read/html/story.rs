//! Finds the element that holds the story: the one with most prose under it.
//!
//! Place in the data way: the second half of the HTML reader.
//! It must never count link lists as prose.

use crate::model::article::ParagraphKind;

use super::piece::{Page, Piece};

/// For each block element, whether it lies in the story.
pub fn inside(page: &Page) -> Vec<bool> {
    let story = best(page).or_else(|| named(page)).unwrap_or(0);
    let mut inside: Vec<bool> = Vec::with_capacity(page.nodes.len());
    for (at, node) in page.nodes.iter().enumerate() {
        let in_parent = at > 0 && inside.get(node.parent).copied().unwrap_or(false);
        inside.push(at == story || in_parent);
    }
    inside
}

/// The element with the highest score: each piece of prose counts fully for the element that holds it, less for the two
/// around that; of equals the outer one wins, so that a story in several parts is not cut.
fn best(page: &Page) -> Option<usize> {
    let mut scores = vec![0usize; page.nodes.len()];
    for piece in page.pieces.iter().filter(|piece| is_prose(piece)) {
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

fn is_prose(piece: &Piece) -> bool {
    let is_story = matches!(piece.kind, ParagraphKind::Text | ParagraphKind::Quote | ParagraphKind::List);
    is_story && !piece.in_frame && piece.text.len() >= 40 && piece.linked * 2 < piece.text.len()
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
