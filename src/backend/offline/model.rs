//! Finds and loads a model: the one compiled into the binary, or a folder of files.
//!
//! Place in the data way: the backend looks at the model when it is built, and loads it for the first call.
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
        with_files(name, |files| files.load(files.open()?))
    }
}

impl Card {
    /// Looks at the model called `name` without loading it: sizes and weights are where they should be, but no number is
    /// read and no tokeniser made.
    pub fn read(name: &str) -> Result<Self, OfflineError> {
        with_files(name, |files| Ok(files.open()?.card))
    }
}

/// Reads a model's files and hands them on.
fn with_files<T>(name: &str, work: impl FnOnce(&Files<'_>) -> Result<T, OfflineError>) -> Result<T, OfflineError> {
    if name == BUILTIN {
        let [weights, tokenizer, translatable] = BUILTIN_FILES;
        return work(&Files {
            folder: BUILTIN_FOLDER,
            gguf: Some(weights),
            safetensors: None,
            tokenizer: Some(tokenizer),
            pieces: None,
            translatable: Some(translatable),
        });
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
    work(&Files {
        folder: name,
        gguf: gguf.as_deref(),
        safetensors: weights.as_deref().zip(config.as_deref()),
        tokenizer: tokenizer.as_deref(),
        pieces: spm.as_deref().zip(vocab.as_deref()),
        translatable: translatable.as_deref(),
    })
}

/// A model whose sizes are known and whose weights can be taken.
struct Opened<'a> {
    shape: Shape,
    weights: Weights<'a>,
    /// The file that holds the weights.
    file: &'static str,
    card: Card,
}

impl<'a> Files<'a> {
    fn load(&self, opened: Opened<'_>) -> Result<Model, OfflineError> {
        let Opened { shape, weights, file, card } = opened;
        let network = Network::load(shape, &weights).map_err(|fault| fault.in_file(&self.path(file)))?;
        let (vocabulary, file) = match (self.tokenizer, self.pieces) {
            (Some(json), _) => (Vocabulary::from_json(json, &network.shape), "tokenizer.json"),
            (None, Some((spm, vocab))) => (Vocabulary::from_pieces(spm, vocab, &network.shape), "source.spm"),
            (None, None) => return Err(self.no_model()),
        };
        let vocabulary = vocabulary.map_err(|fault| fault.in_file(&self.path(file)))?;
        let list = self.translatable.unwrap_or_default();
        let vocabulary = if list.is_empty() { vocabulary } else { vocabulary.with_translatable(list) };
        Ok(Model { network, vocabulary, card })
    }

    fn open(&self) -> Result<Opened<'a>, OfflineError> {
        let mut opened = match (self.gguf, self.safetensors) {
            (Some(bytes), _) => self.gguf(bytes).map_err(|fault| fault.in_file(&self.path("model.gguf")))?,
            (None, Some((weights, config))) => self.safetensors(weights, config)?,
            (None, None) => return Err(self.no_model()),
        };
        let tokens = self.tokenizer.or(self.pieces.map(|(spm, _)| spm)).ok_or_else(|| self.no_model())?;
        let list = self.translatable.unwrap_or_default();
        // Every file that decides what comes out.
        let vocab = self.pieces.filter(|_| self.tokenizer.is_none()).map(|(_, vocab)| vocab);
        let config = self.safetensors.filter(|_| self.gguf.is_none()).map(|(_, config)| config);
        let further = [vocab, config].into_iter().flatten();
        let files = [tokens, list].into_iter().chain(further).map(sha256_hex);
        let parts: Vec<String> = std::iter::once(opened.card.sha256).chain(files).collect();
        opened.card.sha256 = sha256_hex(parts.join(" ").as_bytes());
        Ok(opened)
    }

    fn no_model(&self) -> OfflineError {
        OfflineError::NoModel { folder: self.folder.to_owned(), expected: EXPECTED }
    }

    fn gguf(&self, bytes: &'a [u8]) -> Result<Opened<'a>, Fault> {
        let Gguf { settings, weights } = Gguf::read(bytes)?;
        let text = |key: &str| match settings.get(key) {
            Some(Value::Text(text)) => Some(text.clone()),
            _ => None,
        };
        let mut card = self.card(bytes, &weights);
        card.name = text("kabar.name").unwrap_or(card.name);
        card.version = text("kabar.version").unwrap_or_default();
        card.note = text("kabar.note").unwrap_or_default();
        Ok(Opened { shape: Shape::from_settings(&settings)?, weights, file: "model.gguf", card })
    }

    fn safetensors(&self, bytes: &'a [u8], config: &[u8]) -> Result<Opened<'a>, OfflineError> {
        const FILE: &str = "model.safetensors";
        let shape = Shape::from_config(config).map_err(|fault| fault.in_file(&self.path("config.json")))?;
        let weights = Weights::safetensors(bytes).map_err(|fault| fault.in_file(&self.path(FILE)))?;
        let card = self.card(bytes, &weights);
        Ok(Opened { shape, weights, file: FILE, card })
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
