//! What the house knows about a backend without talking to it: identity, abilities, limits, price.
//!
//! Place in the data way: `plan` packs units to the limits and keys them by the identity; `work` prices requests.
//! It must never hold a key or a header.

use serde::{Deserialize, Serialize};

/// A backend as the pipeline sees it.
#[derive(Debug, Clone, PartialEq)]
pub struct Profile {
    /// Its name in the configuration.
    pub name: String,
    /// Its dialect, such as `openai`.
    pub dialect: String,
    /// Its model, where the dialect has one.
    pub model: Option<String>,
    /// Parameters that change the answer, in a stable spelling: part of every key.
    pub parameters: String,
    /// What it can do.
    pub abilities: Abilities,
    /// What one request may hold.
    pub limits: Limits,
    /// What it costs, where the user said so.
    pub price: Option<Price>,
}

/// What a backend can do. Every backend translates.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Abilities {
    /// Reads prompts: summarises, briefs, and mends an answer when told what is wrong with it.
    pub prompts: bool,
    /// Heeds the fixed renderings of names that go along with a text.
    pub glossary: bool,
    /// Its output is a draft and must be called so (the offline engine).
    pub draft: bool,
}

/// What one request may hold. Packing respects all of them; `None` is no limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Segments in a request.
    pub segments: Option<usize>,
    /// Characters of all segments together.
    pub characters: Option<usize>,
    /// Bytes of all segments together (UTF-8).
    pub bytes: Option<usize>,
    /// Estimated tokens of all segments together.
    pub tokens: Option<usize>,
    /// Characters in one segment; a longer paragraph is split at sentences.
    pub segment_characters: usize,
}

/// What a backend costs. Amounts are in `currency` for `per` tokens (or characters).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Price {
    /// For `per` input tokens.
    #[serde(default)]
    pub input: f64,
    /// For `per` output tokens.
    #[serde(default)]
    pub output: f64,
    /// For `per` characters, where the backend bills by character.
    #[serde(default)]
    pub characters: f64,
    /// How many tokens or characters the amounts are for.
    #[serde(default = "million")]
    pub per: f64,
    /// ISO 4217 code.
    #[serde(default = "usd")]
    pub currency: String,
}

fn million() -> f64 {
    1_000_000.0
}

fn usd() -> String {
    "USD".into()
}

impl Price {
    /// What a usage costs, in [`Price::currency`].
    #[expect(clippy::cast_precision_loss, reason = "token counts stay far below 2^52")]
    pub fn of(&self, usage: &super::reply::Usage) -> f64 {
        (usage.input_tokens as f64 * self.input
            + usage.output_tokens as f64 * self.output
            + usage.characters as f64 * self.characters)
            / self.per
    }
}
