//! Finds and loads a model: the one compiled into the binary, or a folder of files.
//!
//! Place in the data way: the backend's constructor calls it once.
//! It must never give a model whose files disagree or are damaged as far as that can be seen.

use std::path::Path;

use super::error::{Fault, OfflineError};
use super::gguf::{Gguf, Value};
use super::network::Network;
use super::shape::Shape;
use super::vocabulary::Vocabulary;
use super::weights::Weights;
use crate::model::key::sha256_hex;

/// Name of the model that is compiled into the binary.
pub const BUILTIN: &str = "builtin";
/// Where such a model was built in, what stands for its folder in messages.
const BUILTIN_FOLDER: &str = "the built-in model";
const EXPECTED: &str =
    "model.gguf or model.safetensors with config.json, and tokenizer.json or source.spm with vocab.json";

/// A model in memory.
pub struct Model {
    pub(super) network: Network,
    pub(super) vocabulary: Vocabulary,
    /// What is known about it.
    pub card: Card,
}

/// What is known about a model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Card {
    /// Its own name, or its folder's.
    pub name: String,
    /// Its version; empty where it has none.
    pub version: String,
    /// What its makers say about it; may be empty.
    pub note: String,
    /// Numbers that were learned.
    pub parameters: usize,
    /// Bytes of its weights as stored.
    pub bytes: usize,
    /// SHA-256 over its weights, tokeniser and word list, lower-case hex; its first 16 digits are part of every key.
    pub sha256: String,
}

/// A model's files as bytes.
struct Files<'a> {
    folder: &'a str,
    gguf: Option<&'a [u8]>,
    safetensors: Option<(&'a [u8], &'a [u8])>,
    tokenizer: Option<&'a [u8]>,
    pieces: Option<(&'a [u8], &'a [u8])>,
    translatable: Option<&'a [u8]>,
}

/// `model.gguf`, `tokenizer.json` and `translatable.txt`, compiled into this binary.
const BUILTIN_FILES: [&[u8]; 3] = [
    include_bytes!("../../../model/model.gguf"),
    include_bytes!("../../../model/tokenizer.json"),
    include_bytes!("../../../model/translatable.txt"),
];

impl Model {
    /// Loads the model called `name`: [`BUILTIN`], or the path of a folder.
    pub fn load(name: &str) -> Result<Self, OfflineError> {
        if name == BUILTIN {
            let [weights, tokenizer, translatable] = BUILTIN_FILES;
            return Files {
                folder: BUILTIN_FOLDER,
                gguf: Some(weights),
                safetensors: None,
                tokenizer: Some(tokenizer),
                pieces: None,
                translatable: Some(translatable),
            }
            .load();
        }
        let folder = Path::new(name);
        let read = |file: &str| match std::fs::read(folder.join(file)) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(source) => Err(OfflineError::Read { file: folder.join(file).display().to_string(), source }),
        };
        let gguf = read("model.gguf")?;
        let (weights, config) =
            if gguf.is_some() { (None, None) } else { (read("model.safetensors")?, read("config.json")?) };
        let tokenizer = read("tokenizer.json")?;
        let (spm, vocab) = if tokenizer.is_some() { (None, None) } else { (read("source.spm")?, read("vocab.json")?) };
        let translatable = read("translatable.txt")?;
        Files {
            folder: name,
            gguf: gguf.as_deref(),
            safetensors: weights.as_deref().zip(config.as_deref()),
            tokenizer: tokenizer.as_deref(),
            pieces: spm.as_deref().zip(vocab.as_deref()),
            translatable: translatable.as_deref(),
        }
        .load()
    }
}

impl Files<'_> {
    fn load(&self) -> Result<Model, OfflineError> {
        let no_model = || OfflineError::NoModel { folder: self.folder.to_owned(), expected: EXPECTED };
        let (network, mut card) = match (self.gguf, self.safetensors) {
            (Some(bytes), _) => self.gguf(bytes).map_err(|fault| fault.in_file(&self.path("model.gguf")))?,
            (None, Some((weights, config))) => self.safetensors(weights, config)?,
            (None, None) => return Err(no_model()),
        };
        let (vocabulary, file, bytes) = match (self.tokenizer, self.pieces) {
            (Some(json), _) => (Vocabulary::from_json(json, &network.shape), "tokenizer.json", json),
            (None, Some((spm, vocab))) => (Vocabulary::from_pieces(spm, vocab, &network.shape), "source.spm", spm),
            (None, None) => return Err(no_model()),
        };
        let vocabulary = vocabulary.map_err(|fault| fault.in_file(&self.path(file)))?;
        let list = self.translatable.unwrap_or_default();
        card.sha256 =
            sha256_hex([&card.sha256, &sha256_hex(bytes), &sha256_hex(list)].map(String::as_str).join(" ").as_bytes());
        let vocabulary = if list.is_empty() { vocabulary } else { vocabulary.with_translatable(list) };
        Ok(Model { network, vocabulary, card })
    }

    fn gguf(&self, bytes: &[u8]) -> Result<(Network, Card), Fault> {
        let file = Gguf::read(bytes)?;
        let shape = Shape::from_settings(&file.settings)?;
        let text = |key: &str| match file.settings.get(key) {
            Some(Value::Text(text)) => Some(text.clone()),
            _ => None,
        };
        let mut card = self.card(bytes, &file.weights);
        card.name = text("kabar.name").unwrap_or(card.name);
        card.version = text("kabar.version").unwrap_or_default();
        card.note = text("kabar.note").unwrap_or_default();
        Ok((Network::load(shape, &file.weights)?, card))
    }

    fn safetensors(&self, bytes: &[u8], config: &[u8]) -> Result<(Network, Card), OfflineError> {
        let shape = Shape::from_config(config).map_err(|fault| fault.in_file(&self.path("config.json")))?;
        let load = || {
            let weights = Weights::safetensors(bytes)?;
            let card = self.card(bytes, &weights);
            Ok((Network::load(shape, &weights)?, card))
        };
        load().map_err(|fault: Fault| fault.in_file(&self.path("model.safetensors")))
    }

    fn card(&self, bytes: &[u8], weights: &Weights<'_>) -> Card {
        let name = Path::new(self.folder).file_name().map_or(self.folder.into(), |name| name.to_string_lossy());
        Card {
            name: name.into_owned(),
            version: String::new(),
            note: String::new(),
            parameters: weights.0.values().map(|stored| stored.shape.iter().product::<usize>()).sum(),
            bytes: bytes.len(),
            sha256: sha256_hex(bytes),
        }
    }

    fn path(&self, file: &str) -> String {
        format!("{} of {}", file, self.folder)
    }
}
