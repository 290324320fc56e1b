//! The date and the credits that stand outside the story's element; `clean` takes them as metadata.
//!
//! Place in the data way: inside the HTML reader.
//! It must never take the date of a teaser, or a programme's hour, for the article's own date.

use std::collections::BTreeSet;

use super::piece::{Page, Piece};

/// Bytes of such a line, at most.
const LONGEST: usize = 150;
/// How many elements around it a date may share with the headline above or under it.
const NEAR: usize = 2;

/// Places of the pieces that are a credit, or the date line of the story. `title`: place of the headline; `inside`: whether
/// each piece is in the story.
pub fn places(page: &Page, title: Option<usize>, inside: &[bool]) -> BTreeSet<usize> {
    let story = inside.iter().position(|is_inside| *is_inside).unwrap_or(inside.len());
    let is_own = |at: usize, piece: &Piece| match title {
        Some(title) if (title..story).contains(&at) => true,
        Some(title) => page.pieces.get(title).is_some_and(|title| are_near(page, title.node, piece.node)),
        None => at < story,
    };
    let is_place = |at: usize, piece: &Piece| {
        piece.text.len() < LONGEST && (is_credit(&piece.text) || is_dated(&piece.text) && is_own(at, piece))
    };
    page.pieces.iter().enumerate().filter(|(at, piece)| is_place(*at, piece)).map(|(at, _)| at).collect()
}

fn is_credit(text: &str) -> bool {
    let credit = ["Penulis:", "Editor:", "Reporter:", "Pewarta:", "Penulis :", "Editor :", "Pewarta :"];
    credit.iter().any(|start| text.starts_with(start))
}

/// A day and an hour: `Senin, 23 Nov 2026 14:05 WIB`. An hour alone is one of a match or a broadcast.
fn is_dated(text: &str) -> bool {
    let has_zone = text.split_whitespace().next_back().is_some_and(|word| matches!(word, "WIB" | "WITA" | "WIT"));
    let mut numbers = text.split(|c: char| !c.is_ascii_digit());
    let has_year = numbers.any(|number| number.len() == 4 && (number.starts_with("19") || number.starts_with("20")));
    has_zone && (has_year || text.matches('/').count() == 2)
}

/// Whether one of the elements next around a piece holds the other one too.
fn are_near(page: &Page, a: usize, b: usize) -> bool {
    let around = |mut node: usize| {
        let mut around = Vec::with_capacity(NEAR);
        for _ in 0..NEAR {
            node = page.nodes.get(node).map_or(0, |node| node.parent);
            let is_whole = page.nodes.get(node).is_none_or(|node| matches!(node.tag.as_str(), "" | "body" | "html"));
            around.extend((!is_whole).then_some(node));
        }
        around
    };
    let own = around(a);
    around(b).iter().any(|node| own.contains(node))
}
