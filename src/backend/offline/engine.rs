//! Paragraphs in, English out: cuts into sentences, batches by length, searches, mends figures, joins.
//!
//! Place in the data way: a worker runs it for one request.
//! It must never let the split into batches show in the output.

use std::borrow::Cow;
use std::ops::Range;

use super::capitals;
use super::error::OfflineError;
use super::figures;
use super::fixed::Fixed;
use super::model::Model;
use super::plain::plain;
use super::search::{Beam, Hypothesis, Source, search};
use super::slots::{Kinds, Protected};
use crate::model::request::Term;

/// Finds numbers of several words, each with its value.
pub type Compounds = fn(&str) -> Vec<(Range<usize>, u64)>;

/// What the engine asks of whoever knows Indonesian.
#[derive(Clone, Copy)]
pub struct Indonesian {
    /// Finds the sentences of a text.
    pub sentences: fn(&str) -> Vec<Range<usize>>,
    /// Finds the names in a text whose English is fixed.
    pub glossary: fn(&str) -> Vec<Term>,
    /// Finds the numbers in a text that are written in several words.
    pub compounds: Compounds,
    /// Counts the errors that rules find in the English (second) of a text (first): a denial that was lost, an office that is
    /// held no more.
    pub errors: fn(&str, &str) -> usize,
}

/// Knows nothing: no sentences, so that nothing would be translated.
impl Default for Indonesian {
    fn default() -> Self {
        Self { sentences: |_| Vec::new(), glossary: |_| Vec::new(), compounds: |_| Vec::new(), errors: |_, _| 0 }
    }
}

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
    pub(super) indonesian: Indonesian,
    /// The signs that the model carries over for what is protected.
    pub(super) slots: Vec<char>,
}

/// A piece of a text: a sentence, or part of a long one.
#[derive(Default)]
struct Piece {
    text: usize,
    range: Range<usize>,
    source: String,
    protected: Protected,
    fixed: Vec<Fixed>,
    tokens: Vec<u32>,
    /// Whether the source is all in capitals; the model sees it in its usual case.
    capitals: bool,
}

/// What a piece became.
#[derive(Debug, Clone, Default)]
struct Found {
    english: String,
    /// How much of what had to be kept was lost or mended, and how many errors the rules find.
    lost: usize,
    tokens: usize,
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
            for range in (self.indonesian.sentences)(text) {
                self.cut(n, text, range, &mut pieces)?;
            }
        }
        let Some(mut found) = self.search(&pieces.iter().collect::<Vec<_>>(), stopped)? else { return Ok(None) };
        let mut again = Vec::new();
        for (n, (piece, found)) in pieces.iter().zip(&found).enumerate() {
            again.extend(self.another_way(piece, found)?.map(|piece| (n, piece)));
        }
        let Some(new) = self.search(&again.iter().map(|(_, piece)| piece).collect::<Vec<_>>(), stopped)? else {
            return Ok(None);
        };
        for ((n, _), new) in again.iter().zip(new) {
            if let Some(old) = found.get_mut(*n).filter(|old| new.lost < old.lost) {
                *old = new;
            }
        }
        Ok(Some(Translated {
            tokens_in: pieces.iter().map(|piece| piece.tokens.len() as u64).sum(),
            tokens_out: found.iter().map(|found| found.tokens as u64).sum(),
            texts: join(texts, &pieces, &found),
        }))
    }

    /// Translates pieces in batches of similar length.
    fn search(&self, pieces: &[&Piece], stopped: &dyn Fn() -> bool) -> Result<Option<Vec<Found>>, OfflineError> {
        let mut order: Vec<_> = pieces.iter().copied().enumerate().collect();
        order.sort_by_key(|(_, piece)| std::cmp::Reverse(piece.tokens.len()));
        let mut all = vec![Found::default(); pieces.len()];
        for batch in batches(&order) {
            if stopped() {
                return Ok(None);
            }
            let sources: Vec<_> = batch.iter().map(|(_, piece)| self.source(piece)).collect();
            let beam = Beam { width: self.width, penalty: self.penalty, words: self.model.vocabulary.words() };
            for ((n, piece), hypotheses) in batch.iter().zip(search(&self.model.network, &sources, beam)?) {
                if let Some(found) = all.get_mut(*n) {
                    *found = self.choose(piece, &hypotheses);
                }
            }
        }
        Ok(Some(all))
    }

    fn source<'a>(&self, piece: &'a Piece) -> Source<'a> {
        let limit = (piece.tokens.len() * LENGTH_RATIO + SPARE_TOKENS).min(self.model.network.shape.positions);
        Source { tokens: &piece.tokens, limit }
    }

    /// The best hypothesis that keeps the most of what had to be kept, with the rest mended. The first that lost nothing ends
    /// the search: most often it is the best of all.
    fn choose(&self, piece: &Piece, hypotheses: &[Hypothesis]) -> Found {
        let mut least: Option<Found> = None;
        for hypothesis in hypotheses {
            let raw = self.model.vocabulary.decode(&hypothesis.tokens);
            let english = piece.protected.restore(&raw);
            let english = piece.fixed.iter().fold(english, |english, name| name.mend(&english));
            let mended = figures::mend(&piece.source, &english);
            let garbled = piece.fixed.iter().filter(|name| name.is_garbled_in(&mended.text)).count();
            let signs = piece.protected.missing(&mended.text) + piece.protected.invented(&raw);
            let english = if piece.capitals { capitals::back(&mended.text) } else { mended.text };
            let lost = mended.lost + signs + garbled + (self.indonesian.errors)(&piece.source, &english);
            if least.as_ref().is_none_or(|least| lost < least.lost) {
                least = Some(Found { english, lost, tokens: hypothesis.tokens.len() });
            }
            if lost == 0 {
                break;
            }
        }
        least.unwrap_or_default()
    }

    /// A text in the case that the model knows: one all in capitals, or a headline with a capital for each word.
    fn cased<'t>(&self, text: &'t str, capitals: bool) -> Cow<'t, str> {
        let words = &self.model.vocabulary;
        if capitals {
            capitals::usual(text, |word| words.pieces(word)).into()
        } else if capitals::in_each_word(text) {
            capitals::sentence_case(text, |word, small| {
                words.is_translatable(small) || words.pieces(small) < words.pieces(word)
            })
            .into()
        } else {
            text.into()
        }
    }

    fn protect(&self, text: &str, fixed: &[&Fixed]) -> Protected {
        let rare = |word: &str| self.model.vocabulary.is_rare(word);
        Protected::new(text, &self.slots, Kinds::All { rare: &rare, fixed })
    }

    /// A piece that lost something, to be translated once more: the names that the model garbled now travel in slots; where
    /// it was a slot that got lost, the figures and names are left in sight of the model. It still counts what the first
    /// way protects. `None` where nothing was lost, or there is no other way.
    fn another_way(&self, piece: &Piece, found: &Found) -> Result<Option<Piece>, OfflineError> {
        if found.lost == 0 {
            return Ok(None);
        }
        let source = self.cased(&piece.source, piece.capitals);
        let garbled: Vec<_> = piece.fixed.iter().filter(|name| name.is_garbled_in(&found.english)).collect();
        let other = if garbled.is_empty() || self.slots.is_empty() {
            Protected::new(&source, &self.slots, Kinds::Addresses)
        } else {
            self.protect(&source, &garbled)
        };
        if other.text == piece.protected.text {
            return Ok(None);
        }
        let mut tokens = self.encode(&other.text)?;
        self.shorten(&mut tokens);
        let protected = piece.protected.sent_as(other);
        let (fixed, range) = (piece.fixed.clone(), piece.range.clone());
        Ok(Some(Piece { range, source: piece.source.clone(), protected, fixed, tokens, ..*piece }))
    }

    fn encode(&self, text: &str) -> Result<Vec<u32>, OfflineError> {
        self.model.vocabulary.encode(text).map_err(|fault| fault.in_file("the tokeniser"))
    }

    /// Keeps as many tokens as the model has positions for, the end token among them.
    fn shorten(&self, tokens: &mut Vec<u32>) {
        let end = tokens.pop();
        tokens.truncate(self.model.network.shape.positions - 1);
        tokens.extend(end);
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
        let source = plain(trimmed, self.indonesian.compounds);
        let capitals = capitals::all_in(&source);
        let usual = self.cased(&source, capitals);
        let protected = self.protect(&usual, &[]);
        let mut tokens = self.encode(&protected.text)?;
        let most = PIECE_TOKENS.min(self.model.network.shape.positions);
        if let Some(at) = middle(trimmed).filter(|_| tokens.len() > most) {
            self.cut(n, text, range.start..range.start + at, pieces)?;
            return self.cut(n, text, range.start + at..range.end, pieces);
        }
        self.shorten(&mut tokens);
        let fixed = (self.indonesian.glossary)(&usual).into_iter().filter_map(Fixed::new).collect();
        pieces.push(Piece { text: n, source: source.clone(), range, protected, fixed, tokens, capitals });
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
fn join(texts: &[&str], pieces: &[Piece], found: &[Found]) -> Vec<String> {
    let mut joined = vec![String::new(); texts.len()];
    let mut last: Option<&Piece> = None;
    for (piece, found) in pieces.iter().zip(found) {
        let (Some(out), Some(text)) = (joined.get_mut(piece.text), texts.get(piece.text)) else { continue };
        if let Some(last) = last.filter(|last| last.text == piece.text) {
            let gap = text.get(last.range.end..piece.range.start).unwrap_or_default();
            out.push(if gap.contains('\n') { '\n' } else { ' ' });
        }
        out.push_str(&found.english);
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
        let piece = |tokens: usize| Piece { tokens: vec![0; tokens], ..Piece::default() };
        let pieces = [piece(2 * BATCH_TOKENS), piece(600), piece(400), piece(1)];
        let order: Vec<_> = pieces.iter().enumerate().collect();
        let sizes: Vec<_> = batches(&order).map(<[_]>::len).collect();
        assert_eq!(sizes, [1, 2, 1]);
    }

    #[test]
    fn line_breaks_between_sentences_stay() {
        let texts = ["Satu. Dua.\nTiga."];
        let piece = |range: Range<usize>| Piece { range, ..Piece::default() };
        let english = ["One.", "Two.", "Three."].map(|english| Found { english: english.into(), ..Found::default() });
        assert_eq!(join(&texts, &[piece(0..5), piece(6..10), piece(11..16)], &english), ["One. Two.\nThree."]);
    }
}
