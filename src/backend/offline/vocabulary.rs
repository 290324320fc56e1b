//! Text to token ids and back, from `tokenizer.json` or from the `SentencePiece` files of Hugging Face's Marian models.
//!
//! Place in the data way: `engine` encodes sentences before the search and decodes after it.
//! It must never drop a character that the file has no token for without the unknown token in its place.

use std::collections::{BTreeMap, HashMap, HashSet};

use tokenizers::Tokenizer;
use tokenizers::models::unigram::Unigram;
use tokenizers::normalizers::precompiled::Precompiled;
use tokenizers::pre_tokenizers::metaspace::{Metaspace, PrependScheme};

use super::error::Fault;
use super::shape::Shape;
use super::slots::SLOTS;
use super::spm::Pieces;

/// Pieces from which on a name counts as rare, as in `model/recipe/slots.py`.
const RARE_PIECES: usize = 3;

/// A model's vocabulary.
pub(super) struct Vocabulary {
    tokenizer: Tokenizer,
    /// For `SentencePiece` models, whose tokeniser counts in its own way.
    shared: Option<Shared>,
    end: u32,
    unknown: u32,
    words: Vec<bool>,
    /// Words that need translation although they look rare; `None`: it is not known which.
    translatable: Option<HashSet<String>>,
}

/// How the tokeniser's ids and the model's belong together.
struct Shared {
    /// The model's id of each of the tokeniser's.
    ids: Vec<u32>,
    /// The piece of each of the model's ids.
    pieces: BTreeMap<u32, String>,
}

impl Vocabulary {
    /// From `tokenizer.json`.
    pub(super) fn from_json(json: &[u8], shape: &Shape) -> Result<Self, Fault> {
        let odd = |error: &dyn std::fmt::Display| Fault::Foreign(format!("it is no tokenizer.json ({error})"));
        let mut tokenizer = Tokenizer::from_bytes(json).map_err(|error| odd(&error))?;
        // Written for training: here either would change the text in silence.
        tokenizer.with_truncation(None).map_err(|error| odd(&error))?.with_padding(None);
        let size = tokenizer.get_vocab_size(true);
        if size > shape.vocabulary {
            let problem = format!("is {} but the tokeniser has {size} tokens", shape.vocabulary);
            return Err(Fault::setting("vocab_size", problem));
        }
        covers(size, shape)?;
        let words = (0u32..).take(shape.vocabulary).map(|id| tokenizer.id_to_token(id).is_some_and(|t| is_word(&t)));
        let words = words.collect();
        Ok(Self { words, tokenizer, shared: None, end: shape.end, unknown: shape.unknown, translatable: None })
    }

    /// From `source.spm` and `vocab.json`.
    pub(super) fn from_pieces(spm: &[u8], vocab: &[u8], shape: &Shape) -> Result<Self, Fault> {
        let ids: HashMap<String, u32> = serde_json::from_slice(vocab)
            .map_err(|error| Fault::Foreign(format!("its vocab.json cannot be read ({error})")))?;
        if ids.values().any(|id| *id as usize >= shape.vocabulary) {
            return Err(Fault::setting("vocab_size", "is smaller than an id in vocab.json"));
        }
        covers(ids.len(), shape)?;
        let pieces = Pieces::read(spm)?;
        let id = |(piece, _): &(String, f64)| ids.get(piece).copied().unwrap_or(shape.unknown);
        let own = pieces.scored.iter().map(id).collect();
        let tokenizer = sentencepiece(pieces)?;
        let mut words = vec![false; shape.vocabulary];
        for (piece, id) in &ids {
            if let Some(word) = words.get_mut(*id as usize) {
                *word = is_word(piece);
            }
        }
        let pieces = ids.iter().map(|(piece, id)| (*id, piece.clone())).collect();
        let shared = Some(Shared { ids: own, pieces });
        Ok(Self { tokenizer, shared, end: shape.end, unknown: shape.unknown, words, translatable: None })
    }

    /// For each token whether it holds a letter.
    pub(super) fn words(&self) -> &[bool] {
        &self.words
    }

    /// Adds the list of words that need translation, one a line.
    pub(super) fn with_translatable(mut self, list: &[u8]) -> Self {
        self.translatable = Some(String::from_utf8_lossy(list).lines().map(str::to_owned).collect());
        self
    }

    /// Whether a capitalised word is a name to carry over: in many pieces, and not on the list of words to translate.
    pub(super) fn is_rare(&self, word: &str) -> bool {
        let Some(translatable) = &self.translatable else { return false };
        if !word.chars().any(char::is_lowercase) || translatable.contains(&word.to_lowercase()) {
            return false;
        }
        self.pieces(word) >= RARE_PIECES
    }

    /// Whether a word in small letters is known to need translation although it looks rare.
    pub(super) fn is_translatable(&self, word: &str) -> bool {
        self.translatable.as_ref().is_some_and(|list| list.contains(word))
    }

    /// How many pieces a word falls into; 0 where the tokeniser does not take it.
    pub(super) fn pieces(&self, word: &str) -> usize {
        self.tokenizer.encode_fast(word, false).map_or(0, |pieces| pieces.get_ids().len())
    }

    /// The slots that this model carries over.
    pub(super) fn slots(&self) -> Vec<char> {
        let known = |slot: &char| self.shared.is_none() && self.tokenizer.token_to_id(&slot.to_string()).is_some();
        SLOTS.into_iter().filter(known).collect()
    }

    /// Token ids of a sentence, the end token included.
    pub(super) fn encode(&self, text: &str) -> Result<Vec<u32>, Fault> {
        // SentencePiece takes runs of white space for one space; tokenizer.json says itself what it does with them.
        let spaced = self.shared.as_ref().map(|_| text.split_whitespace().collect::<Vec<_>>().join(" "));
        let encoding = self
            .tokenizer
            .encode_fast(spaced.as_deref().unwrap_or(text), true)
            .map_err(|error| Fault::Foreign(format!("its tokeniser does not take the text ({error})")))?;
        let mut ids = match &self.shared {
            None => encoding.get_ids().to_vec(),
            Some(shared) => {
                let id = |id: &u32| shared.ids.get(*id as usize).copied().unwrap_or(self.unknown);
                encoding.get_ids().iter().map(id).collect()
            }
        };
        if ids.last() != Some(&self.end) {
            ids.push(self.end);
        }
        Ok(ids)
    }

    /// The text of token ids; special tokens are left out.
    pub(super) fn decode(&self, ids: &[u32]) -> String {
        let Some(shared) = &self.shared else {
            return self.tokenizer.decode(ids, true).unwrap_or_default();
        };
        let known = ids.iter().filter(|id| **id != self.end && **id != self.unknown);
        let joined: String = known.filter_map(|id| shared.pieces.get(id)).map(String::as_str).collect();
        joined.replace('▁', " ").trim().to_owned()
    }
}

/// Refuses a vocabulary that is far smaller than the model's: it was made for another one.
fn covers(size: usize, shape: &Shape) -> Result<(), Fault> {
    if size * 10 < shape.vocabulary * 9 {
        let problem = format!(
            "is {} but the vocabulary beside it has {size} tokens: they do not belong together",
            shape.vocabulary
        );
        return Err(Fault::setting("vocab_size", problem));
    }
    Ok(())
}

fn is_word(token: &str) -> bool {
    !token.starts_with('<') && token.chars().any(char::is_alphabetic)
}

/// Unigram segmentation of `SentencePiece`, as `transformers` converts it.
fn sentencepiece(pieces: Pieces) -> Result<Tokenizer, Fault> {
    let wrong = |error: &dyn std::fmt::Display| Fault::Foreign(format!("its SentencePiece model is odd ({error})"));
    let model = Unigram::from(pieces.scored, pieces.unknown, false).map_err(|error| wrong(&error))?;
    let mut tokenizer = Tokenizer::new(model);
    if !pieces.normaliser.is_empty() {
        let rules = Precompiled::from(&pieces.normaliser).map_err(|error| wrong(&error))?;
        tokenizer.with_normalizer(Some(rules)).map_err(|error| wrong(&error))?;
    }
    tokenizer.with_pre_tokenizer(Some(Metaspace::new('▁', PrependScheme::Always, true)));
    Ok(tokenizer)
}

#[cfg(test)]
mod tests {
    use super::super::shape::Activation;
    use super::*;

    fn file(name: &str) -> Vec<u8> {
        std::fs::read(format!("{}/fixtures/offline/marian/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap()
    }

    fn shape(vocabulary: usize) -> Shape {
        Shape {
            vocabulary,
            width: 4,
            encoder_layers: 1,
            decoder_layers: 1,
            heads: 1,
            inner: 4,
            positions: 64,
            activation: Activation::Relu,
            end: 0,
            pad: 299,
            start: 299,
            unknown: 1,
        }
    }

    #[test]
    fn a_vocabulary_that_is_larger_than_the_model_is_refused() {
        let error = Vocabulary::from_pieces(&file("source.spm"), &file("vocab.json"), &shape(471)).err();
        assert!(matches!(error, Some(Fault::Setting { .. })));
    }
}
