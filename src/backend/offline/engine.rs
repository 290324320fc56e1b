//! Paragraphs in, English out: cuts into sentences, batches by length, searches, mends figures, joins.
//!
//! Place in the data way: a worker runs it for one request.
//! It must never let the split into batches show in the output.

use std::ops::Range;

use super::error::OfflineError;
use super::figures;
use super::model::Model;
use super::search::{Beam, Hypothesis, Source, search};
use super::slots::Protected;

/// Finds the sentences of a text.
pub type Sentences = fn(&str) -> Vec<Range<usize>>;

/// Tokens of source in a batch: enough to keep the processor busy, little enough to stop within a second.
const BATCH_TOKENS: usize = 1_000;
/// Tokens in a piece of text; longer sentences are cut at a comma or a space. Models see few longer ones in training.
const PIECE_TOKENS: usize = 100;
/// A translation is at most this many times as long as its source, plus [`SPARE_TOKENS`].
const LENGTH_RATIO: usize = 2;
const SPARE_TOKENS: usize = 10;

/// A translated request.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Translated {
    /// One text for each that was asked for, in order.
    pub(super) texts: Vec<String>,
    pub(super) tokens_in: u64,
    pub(super) tokens_out: u64,
}

/// A model with the way to use it.
pub(super) struct Engine {
    pub(super) model: Model,
    pub(super) width: usize,
    pub(super) penalty: f32,
    pub(super) sentences: Sentences,
    /// The signs that the model carries over for what is protected.
    pub(super) slots: Vec<char>,
}

/// A piece of a text: a sentence, or part of a long one.
struct Piece {
    text: usize,
    range: Range<usize>,
    protected: Protected,
    tokens: Vec<u32>,
}

impl Engine {
    /// Translates texts, or gives `None` where `stopped` says so between two batches.
    pub(super) fn translate(
        &self,
        texts: &[&str],
        stopped: &dyn Fn() -> bool,
    ) -> Result<Option<Translated>, OfflineError> {
        let mut pieces = Vec::new();
        for (n, text) in texts.iter().enumerate() {
            for range in (self.sentences)(text) {
                self.cut(n, text, range, &mut pieces)?;
            }
        }
        let mut order: Vec<_> = (0..).zip(&pieces).collect();
        order.sort_by_key(|(_, piece)| std::cmp::Reverse(piece.tokens.len()));
        let mut english = vec![String::new(); pieces.len()];
        let mut tokens_out = 0;
        for batch in batches(&order) {
            if stopped() {
                return Ok(None);
            }
            let sources: Vec<_> = batch.iter().map(|(_, piece)| self.source(piece)).collect();
            let beam = Beam { width: self.width, penalty: self.penalty, words: self.model.vocabulary.words() };
            for ((n, piece), found) in batch.iter().zip(search(&self.model.network, &sources, beam)?) {
                tokens_out += found.first().map_or(0, |best| best.tokens.len() as u64);
                let source = texts.get(piece.text).and_then(|text| text.get(piece.range.clone())).unwrap_or_default();
                if let Some(english) = english.get_mut::<usize>(*n) {
                    *english = self.choose(source, &piece.protected, &found);
                }
            }
        }
        let tokens_in = pieces.iter().map(|piece| piece.tokens.len() as u64).sum();
        Ok(Some(Translated { texts: join(texts, &pieces, &english), tokens_in, tokens_out }))
    }

    fn source<'a>(&self, piece: &'a Piece) -> Source<'a> {
        let limit = (piece.tokens.len() * LENGTH_RATIO + SPARE_TOKENS).min(self.model.network.shape.positions);
        Source { tokens: &piece.tokens, limit }
    }

    /// The best hypothesis that keeps the most addresses and figures of the source, with the rest mended.
    fn choose(&self, source: &str, protected: &Protected, found: &[Hypothesis]) -> String {
        let mended = found.iter().map(|hypothesis| {
            let (english, lost) = protected.restore(&self.model.vocabulary.decode(&hypothesis.tokens));
            let mended = figures::mend(source, &english);
            (mended.lost + lost, mended.text)
        });
        mended.min_by_key(|(lost, _)| *lost).map(|(_, text)| text).unwrap_or_default()
    }

    /// Cuts `range` of `text` until every piece is short enough for the model.
    fn cut(&self, n: usize, text: &str, range: Range<usize>, pieces: &mut Vec<Piece>) -> Result<(), OfflineError> {
        let sentence = text.get(range.clone()).unwrap_or_default();
        let trimmed = sentence.trim();
        if trimmed.is_empty() {
            return Ok(());
        }
        let start = range.start + (sentence.len() - sentence.trim_start().len());
        let range = start..start + trimmed.len();
        let protected = Protected::new(trimmed, &self.slots);
        let mut tokens =
            self.model.vocabulary.encode(&protected.text).map_err(|fault| fault.in_file("the tokeniser"))?;
        let most = PIECE_TOKENS.min(self.model.network.shape.positions);
        if let Some(at) = middle(trimmed).filter(|_| tokens.len() > most) {
            self.cut(n, text, range.start..range.start + at, pieces)?;
            return self.cut(n, text, range.start + at..range.end, pieces);
        }
        let end = tokens.pop();
        tokens.truncate(self.model.network.shape.positions - 1);
        tokens.extend(end);
        pieces.push(Piece { text: n, range, protected, tokens });
        Ok(())
    }
}

/// Where to cut a long sentence: after the comma, semicolon, colon or dash nearest its middle, else after a space.
fn middle(text: &str) -> Option<usize> {
    let centre = text.len() / 2;
    let nearest = |wanted: &dyn Fn(&str) -> bool| {
        let spaces = text.match_indices(' ').map(|(at, _)| at).filter(|at| text.get(..*at).is_some_and(wanted));
        spaces.min_by_key(|at| at.abs_diff(centre)).map(|at| at + 1)
    };
    let clause = nearest(&|before| before.ends_with([',', ';', ':', '–', '—']));
    let clause = clause.filter(|at| *at > text.len() / 5 && *at < text.len() - text.len() / 5);
    clause.or_else(|| nearest(&|_| true)).filter(|at| *at < text.len())
}

/// Consecutive pieces of similar length, up to [`BATCH_TOKENS`] each.
fn batches<'a, 'p>(order: &'a [(usize, &'p Piece)]) -> impl Iterator<Item = &'a [(usize, &'p Piece)]> {
    let mut rest = order;
    std::iter::from_fn(move || {
        let mut room = BATCH_TOKENS;
        let fits = rest.iter().take_while(|(_, piece)| {
            let fits = piece.tokens.len() <= room;
            room = room.saturating_sub(piece.tokens.len());
            fits
        });
        let count = fits.count().max(1).min(rest.len());
        let (batch, tail) = rest.split_at_checked(count)?;
        rest = tail;
        (!batch.is_empty()).then_some(batch)
    })
}

/// Joins the English of each text's pieces: by a line break where the source has one between them, else by a space.
fn join(texts: &[&str], pieces: &[Piece], english: &[String]) -> Vec<String> {
    let mut joined = vec![String::new(); texts.len()];
    let mut last: Option<&Piece> = None;
    for (piece, english) in pieces.iter().zip(english) {
        let (Some(out), Some(text)) = (joined.get_mut(piece.text), texts.get(piece.text)) else { continue };
        if let Some(last) = last.filter(|last| last.text == piece.text) {
            let gap = text.get(last.range.end..piece.range.start).unwrap_or_default();
            out.push(if gap.contains('\n') { '\n' } else { ' ' });
        }
        out.push_str(english);
        last = Some(piece);
    }
    joined
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_sentences_are_cut_at_the_comma_nearest_the_middle() {
        let text = "Setelah rapat itu selesai, para menteri pulang ke rumah mereka";
        assert_eq!(text.split_at(middle(text).unwrap()).0, "Setelah rapat itu selesai, ");
        assert_eq!(middle("satu dua tiga empat"), Some(9));
        assert_eq!(middle("takterpisahkan"), None);
    }

    #[test]
    fn batches_hold_every_piece_once_and_stay_within_the_budget() {
        let piece =
            |tokens: usize| Piece { text: 0, range: 0..0, protected: Protected::default(), tokens: vec![0; tokens] };
        let pieces = [piece(2 * BATCH_TOKENS), piece(600), piece(400), piece(1)];
        let order: Vec<_> = pieces.iter().enumerate().collect();
        let sizes: Vec<_> = batches(&order).map(<[_]>::len).collect();
        assert_eq!(sizes, [1, 2, 1]);
    }

    #[test]
    fn line_breaks_between_sentences_stay() {
        let texts = ["Satu. Dua.\nTiga."];
        let piece = |range: Range<usize>| Piece { text: 0, range, protected: Protected::default(), tokens: Vec::new() };
        let english = ["One.", "Two.", "Three."].map(String::from);
        assert_eq!(join(&texts, &[piece(0..5), piece(6..10), piece(11..16)], &english), ["One. Two.\nThree."]);
    }
}
