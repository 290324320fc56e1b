//! Text to token ids and back, from `tokenizer.json` or from the `SentencePiece` files of Hugging Face's Marian models.
//!
//! Place in the data way: `engine` encodes sentences before the search and decodes after it.
//! It must never drop a character that the file has no token for without the unknown token in its place.

use std::collections::{BTreeMap, HashMap};

use tokenizers::Tokenizer;
use tokenizers::models::unigram::Unigram;
use tokenizers::normalizers::precompiled::Precompiled;
use tokenizers::pre_tokenizers::metaspace::{Metaspace, PrependScheme};

use super::error::Fault;
use super::shape::Shape;
use super::spm::Pieces;

/// A model's vocabulary.
pub(super) struct Vocabulary {
    tokenizer: Tokenizer,
    /// For `SentencePiece` models, whose tokeniser has ids of its own: the model's piece of each id, and back.
    shared: Option<Shared>,
    end: u32,
    unknown: u32,
    words: Vec<bool>,
}

struct Shared {
    ids: HashMap<String, u32>,
    pieces: BTreeMap<u32, String>,
}

impl Vocabulary {
    /// From `tokenizer.json`.
    pub(super) fn from_json(json: &[u8], shape: &Shape) -> Result<Self, Fault> {
        let tokenizer = Tokenizer::from_bytes(json)
            .map_err(|error| Fault::Foreign(format!("it is no tokenizer.json ({error})")))?;
        let size = tokenizer.get_vocab_size(true);
        if size > shape.vocabulary {
            let problem = format!("is {} but the tokeniser has {size} tokens", shape.vocabulary);
            return Err(Fault::setting("vocab_size", problem));
        }
        let words = (0u32..).take(shape.vocabulary).map(|id| tokenizer.id_to_token(id).is_some_and(|t| is_word(&t)));
        Ok(Self { words: words.collect(), tokenizer, shared: None, end: shape.end, unknown: shape.unknown })
    }

    /// From `source.spm` and `vocab.json`.
    pub(super) fn from_pieces(spm: &[u8], vocab: &[u8], shape: &Shape) -> Result<Self, Fault> {
        let ids: HashMap<String, u32> = serde_json::from_slice(vocab)
            .map_err(|error| Fault::Foreign(format!("its vocab.json cannot be read ({error})")))?;
        if ids.values().any(|id| *id as usize >= shape.vocabulary) {
            return Err(Fault::setting("vocab_size", "is smaller than an id in vocab.json"));
        }
        let tokenizer = sentencepiece(Pieces::read(spm)?)?;
        let mut words = vec![false; shape.vocabulary];
        for (piece, id) in &ids {
            if let Some(word) = words.get_mut(*id as usize) {
                *word = is_word(piece);
            }
        }
        let pieces = ids.iter().map(|(piece, id)| (*id, piece.clone())).collect();
        let shared = Some(Shared { ids, pieces });
        Ok(Self { tokenizer, shared, end: shape.end, unknown: shape.unknown, words })
    }

    /// For each token whether it holds a letter.
    pub(super) fn words(&self) -> &[bool] {
        &self.words
    }

    /// Token ids of a sentence, the end token included.
    pub(super) fn encode(&self, text: &str) -> Result<Vec<u32>, Fault> {
        let encoding = self
            .tokenizer
            .encode_fast(text, true)
            .map_err(|error| Fault::Foreign(format!("its tokeniser does not take the text ({error})")))?;
        let mut ids = match &self.shared {
            None => encoding.get_ids().to_vec(),
            Some(shared) => {
                let id = |piece: &String| shared.ids.get(piece).copied().unwrap_or(self.unknown);
                encoding.get_tokens().iter().map(id).collect()
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
