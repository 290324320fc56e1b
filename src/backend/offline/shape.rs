//! The sizes and special tokens of a model, from GGUF settings or from Hugging Face's `config.json`.
//!
//! Place in the data way: read first; the network asks for weights of exactly these sizes.
//! It must never let through a size that the engine cannot compute with, or an architecture that it does not know.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::error::Fault;
use super::gguf::Value;

/// The largest sizes that are believed; beyond them a file is taken for corrupt.
const LIMITS: [(&str, usize); 7] = [
    ("vocab_size", 1 << 20),
    ("d_model", 1 << 13),
    ("encoder_layers", 64),
    ("decoder_layers", 64),
    ("heads", 256),
    ("ffn", 1 << 15),
    ("max_positions", 1 << 16),
];

/// What a feed-forward layer applies between its two products.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Activation {
    Relu,
    /// `x · sigmoid(x)`, also called `SiLU`.
    Swish,
}

/// Sizes and special tokens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Shape {
    pub(super) vocabulary: usize,
    pub(super) width: usize,
    pub(super) encoder_layers: usize,
    pub(super) decoder_layers: usize,
    pub(super) heads: usize,
    pub(super) inner: usize,
    /// Most tokens on either side.
    pub(super) positions: usize,
    pub(super) activation: Activation,
    /// Ends a sentence.
    pub(super) end: u32,
    /// Never produced.
    pub(super) pad: u32,
    /// Given to the decoder before the first token.
    pub(super) start: u32,
    /// Stands for what the vocabulary lacks.
    pub(super) unknown: u32,
}

/// Tokens of a short sentence.
const FEWEST_POSITIONS: usize = 16;

impl Shape {
    /// From the `kabar.*` settings of a GGUF file.
    pub(super) fn from_settings(settings: &BTreeMap<String, Value>) -> Result<Self, Fault> {
        match settings.get("general.architecture") {
            Some(Value::Text(name)) if name == "marian" => {}
            Some(Value::Text(name)) => {
                return Err(Fault::Foreign(format!(
                    "it is a \"{name}\" model; only Marian translation models are read"
                )));
            }
            _ => return Err(Fault::setting("general.architecture", "is missing")),
        }
        let number = |name: &str| {
            let key = format!("kabar.{name}");
            match settings.get(&key) {
                Some(Value::Number(number)) => Ok(usize::try_from(*number).unwrap_or(usize::MAX)),
                _ => Err(Fault::setting(&key, "is missing")),
            }
        };
        let id = |name: &str| number(name).map(|id| u32::try_from(id).unwrap_or(u32::MAX));
        let activation = match settings.get("kabar.activation") {
            Some(Value::Text(name)) => activation(name)?,
            _ => return Err(Fault::setting("kabar.activation", "is missing")),
        };
        Self {
            vocabulary: number("vocab_size")?,
            width: number("d_model")?,
            encoder_layers: number("encoder_layers")?,
            decoder_layers: number("decoder_layers")?,
            heads: number("heads")?,
            inner: number("ffn")?,
            positions: number("max_positions")?,
            activation,
            end: id("eos_id")?,
            pad: id("pad_id")?,
            start: id("start_id")?,
            unknown: id("unk_id")?,
        }
        .checked()
    }

    /// From `config.json`.
    pub(super) fn from_config(json: &[u8]) -> Result<Self, Fault> {
        let config: Config = serde_json::from_slice(json)
            .map_err(|error| Fault::Foreign(format!("it is no Marian configuration ({error})")))?;
        config.known()?;
        let positions = config.max_position_embeddings;
        Self {
            vocabulary: config.vocab_size,
            width: config.d_model,
            encoder_layers: config.encoder_layers,
            decoder_layers: config.decoder_layers,
            heads: config.encoder_attention_heads,
            inner: config.encoder_ffn_dim,
            positions,
            activation: activation(&config.activation_function)?,
            end: config.eos_token_id,
            pad: config.pad_token_id,
            start: config.decoder_start_token_id,
            unknown: config.unk_token_id.unwrap_or(1),
        }
        .checked()
    }

    fn checked(self) -> Result<Self, Fault> {
        let sizes = [
            self.vocabulary,
            self.width,
            self.encoder_layers,
            self.decoder_layers,
            self.heads,
            self.inner,
            self.positions,
        ];
        for ((key, most), size) in LIMITS.into_iter().zip(sizes) {
            if size == 0 || size > most {
                return Err(Fault::setting(key, format!("is {size}; between 1 and {most} was expected")));
            }
        }
        if self.positions < FEWEST_POSITIONS {
            let problem = format!("is {}: no sentence fits into so few", self.positions);
            return Err(Fault::setting("max_positions", problem));
        }
        if !self.width.is_multiple_of(self.heads) || !self.width.is_multiple_of(2) {
            return Err(Fault::setting(
                "d_model",
                format!("({}) cannot be shared by {} heads", self.width, self.heads),
            ));
        }
        for (key, id) in
            [("eos_id", self.end), ("pad_id", self.pad), ("start_id", self.start), ("unk_id", self.unknown)]
        {
            if id as usize >= self.vocabulary {
                return Err(Fault::setting(key, format!("({id}) lies outside the vocabulary")));
            }
        }
        Ok(self)
    }
}

fn activation(name: &str) -> Result<Activation, Fault> {
    match name {
        "relu" => Ok(Activation::Relu),
        "swish" | "silu" => Ok(Activation::Swish),
        other => Err(Fault::setting("activation", format!("is \"{other}\"; relu and swish are computed"))),
    }
}

/// The keys of `MarianConfig` that matter here.
/// <https://huggingface.co/docs/transformers/model_doc/marian#transformers.MarianConfig>
#[derive(Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "they are the file's")]
struct Config {
    model_type: String,
    vocab_size: usize,
    decoder_vocab_size: Option<usize>,
    d_model: usize,
    encoder_layers: usize,
    decoder_layers: usize,
    encoder_attention_heads: usize,
    decoder_attention_heads: usize,
    encoder_ffn_dim: usize,
    decoder_ffn_dim: usize,
    activation_function: String,
    max_position_embeddings: usize,
    eos_token_id: u32,
    pad_token_id: u32,
    decoder_start_token_id: u32,
    unk_token_id: Option<u32>,
    scale_embedding: bool,
    #[serde(default)]
    normalize_before: bool,
    #[serde(default)]
    normalize_embedding: bool,
    #[serde(default)]
    add_final_layer_norm: bool,
    #[serde(default = "yes")]
    static_position_embeddings: bool,
    #[serde(default = "yes")]
    share_encoder_decoder_embeddings: bool,
}

fn yes() -> bool {
    true
}

impl Config {
    fn known(&self) -> Result<(), Fault> {
        if self.model_type != "marian" {
            let kind = &self.model_type;
            return Err(Fault::Foreign(format!("it is a \"{kind}\" model; only Marian translation models are read")));
        }
        let variants = [
            ("scale_embedding", self.scale_embedding),
            ("normalize_before", !self.normalize_before),
            ("normalize_embedding", !self.normalize_embedding),
            ("add_final_layer_norm", !self.add_final_layer_norm),
            ("static_position_embeddings", self.static_position_embeddings),
            ("share_encoder_decoder_embeddings", self.share_encoder_decoder_embeddings),
            ("decoder_vocab_size", self.decoder_vocab_size.is_none_or(|size| size == self.vocab_size)),
            ("decoder_attention_heads", self.decoder_attention_heads == self.encoder_attention_heads),
            ("decoder_ffn_dim", self.decoder_ffn_dim == self.encoder_ffn_dim),
        ];
        match variants.into_iter().find(|(_, known)| !known) {
            Some((key, _)) => Err(Fault::setting(key, "asks for a variant of Marian that is not computed here")),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(changes: &[(&str, Value)]) -> BTreeMap<String, Value> {
        let numbers = [
            ("vocab_size", 768),
            ("d_model", 32),
            ("encoder_layers", 2),
            ("decoder_layers", 2),
            ("heads", 4),
            ("ffn", 64),
            ("max_positions", 128),
            ("eos_id", 0),
            ("unk_id", 1),
            ("pad_id", 2),
            ("start_id", 2),
        ];
        let mut all: BTreeMap<_, _> =
            numbers.into_iter().map(|(key, number)| (format!("kabar.{key}"), Value::Number(number))).collect();
        all.insert("kabar.activation".into(), Value::Text("swish".into()));
        all.insert("general.architecture".into(), Value::Text("marian".into()));
        all.extend(changes.iter().map(|(key, value)| ((*key).to_owned(), value.clone())));
        all
    }

    #[test]
    fn whole_settings_give_a_shape() {
        let shape = Shape::from_settings(&settings(&[])).unwrap();
        assert_eq!((shape.width, shape.heads, shape.activation, shape.pad), (32, 4, Activation::Swish, 2));
    }

    #[test]
    fn a_model_of_another_architecture_is_named_as_such() {
        let error = Shape::from_settings(&settings(&[("general.architecture", Value::Text("llama".into()))]));
        assert!(error.unwrap_err().to_string().contains("\"llama\""));
        let error = Shape::from_config(br#"{"model_type":"bart"}"#).unwrap_err().to_string();
        assert!(error.contains("no Marian configuration"), "{error}");
    }

    #[test]
    fn sizes_that_cannot_be_computed_are_refused() {
        let cases = [
            ("kabar.heads", Value::Number(5)),
            ("kabar.d_model", Value::Number(0)),
            ("kabar.ffn", Value::Number(u64::MAX)),
            ("kabar.eos_id", Value::Number(768)),
            ("kabar.activation", Value::Text("gelu".into())),
            ("kabar.vocab_size", Value::Other),
        ];
        for (key, value) in cases {
            let key: &'static str = key;
            assert!(matches!(Shape::from_settings(&settings(&[(key, value)])), Err(Fault::Setting { .. })), "{key}");
        }
    }
}
