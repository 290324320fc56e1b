//! The row of a table: short cells that are paragraphs of their own stand in one line, `Beras | Rp14.000`.
//!
//! Place in the data way: inside the HTML reader.
//! It must never join the columns of a page that is laid out as a table.

use crate::model::article::ParagraphKind;

use super::piece::Piece;

/// Bytes of a cell of figures and names, at most; a column of a page holds more.
const LONGEST: usize = 200;

/// A row that is read.
#[derive(Debug, Default)]
pub struct Row {
    /// How many pieces stood before each cell.
    cells: Vec<usize>,
}

impl Row {
    /// A cell begins behind so many pieces.
    pub fn cell(&mut self, pieces: usize) {
        self.cells.push(pieces);
    }

    /// Joins the pieces of the row at the end of `pieces`, where each of its cells holds one at most.
    pub fn join(self, pieces: &mut Vec<Piece>) {
        let Some(first) = self.cells.first().copied() else { return };
        let row = pieces.get(first..).unwrap_or_default();
        let is_single = self.cells.windows(2).all(|pair| matches!(pair, [a, b] if b - a <= 1))
            && self.cells.last().is_some_and(|last| pieces.len() <= last + 1);
        let is_plain = |piece: &Piece| piece.text.len() <= LONGEST && piece.reason.is_none();
        let is_alike = |pair: &[Piece]| matches!(pair, [a, b] if a.in_frame == b.in_frame && !a.is_h1 && !b.is_h1);
        if row.len() < 2 || !is_single || !row.iter().all(is_plain) || !row.windows(2).all(is_alike) {
            return;
        }
        let text = row.iter().map(|piece| piece.text.as_str()).collect::<Vec<_>>().join(" | ");
        let linked = row.iter().map(|piece| piece.linked).sum();
        pieces.truncate(first + 1);
        if let Some(piece) = pieces.last_mut() {
            (piece.text, piece.linked, piece.kind) = (text, linked, ParagraphKind::List);
        }
    }
}
