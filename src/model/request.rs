//! What is asked of a backend, dialect-neutral.
//!
//! Place in the data way: `work` builds it from a unit, a dialect spells it.
//! It must never carry a key or an address; article text stands only in the payload, never in [`Request::system`].

use serde::{Deserialize, Serialize};

/// One request.
#[derive(Debug, Clone, PartialEq)]
pub struct Request {
    /// The rendered prompt for language models; other dialects ignore it.
    pub system: String,
    /// What is asked.
    pub payload: Payload,
}

/// What is asked. Serialised, it is exactly the JSON object of the contract's section 6.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "task", rename_all = "lowercase")]
pub enum Payload {
    /// Translate segments; with `findings` (a repair), translate them again and mend what was found.
    Translate(Translate),
    /// Summarise sections.
    Summarise(Summarise),
    /// Condense many articles.
    Brief(Brief),
}

/// Segments to translate.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Translate {
    /// Language of the segments, ISO 639-1.
    pub source: String,
    /// Language to translate into, ISO 639-1.
    pub target: String,
    /// The article's title, for context.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// What comes before the segments, for context; it is not translated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub context: Option<String>,
    /// Fixed renderings of terms that occur in the segments.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub glossary: Vec<Term>,
    /// The segments, numbered from 1.
    pub segments: Vec<NumberedText>,
    /// What was wrong with the last answer (repair only).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<NumberedFinding>,
}

/// A fixed rendering.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Term {
    /// The Indonesian term.
    pub id: String,
    /// Its English rendering.
    pub en: String,
}

/// A text with its number inside the request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NumberedText {
    /// 1-based.
    pub n: u32,
    /// The text.
    pub text: String,
}

/// What was wrong with segment `n`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NumberedFinding {
    /// The segment's number inside the request.
    pub n: u32,
    /// The rule's name.
    pub rule: String,
    /// What was noticed.
    pub detail: String,
}

/// Sections to summarise.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Summarise {
    /// The article's title.
    pub title: String,
    /// The sections' story text.
    pub sections: Vec<NumberedText>,
    /// How long the article summary should be, in words.
    pub words: u32,
}

/// Articles to condense.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Brief {
    /// How long an item should be, in words.
    pub words: u32,
    /// The paragraphs that may be cited, by address.
    pub paragraphs: Vec<CitedText>,
}

/// A paragraph with the address that a briefing cites it by, such as `a3¶7`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CitedText {
    /// The address.
    pub cite: String,
    /// The text.
    pub text: String,
}
