//! What a backend answered, dialect-neutral and not yet trusted.
//!
//! Place in the data way: a dialect parses it, `check` judges it, `work` stores what passed.
//! It must never be stored before it was checked.

use serde::{Deserialize, Serialize};

/// One reply.
#[derive(Debug, Clone, PartialEq)]
pub struct Reply {
    /// What was answered.
    pub body: ReplyBody,
    /// Whether the answer is whole.
    pub finish: Finish,
    /// What it cost.
    pub usage: Usage,
}

/// What was answered.
#[derive(Debug, Clone, PartialEq)]
pub enum ReplyBody {
    /// Segments as far as they could be read; missing and doubled ones are for `check` to find.
    Segments(Vec<NumberedEnglish>),
    /// A summary.
    Summary(Summary),
    /// Items of a briefing.
    Brief(Vec<BriefItem>),
}

/// An answered segment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NumberedEnglish {
    /// The number that the segment had in the request.
    pub n: u32,
    /// The English.
    pub en: String,
}

/// A summary in English.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Summary {
    /// The article in a few sentences.
    pub summary: String,
    /// Its points, one sentence each.
    #[serde(default)]
    pub points: Vec<String>,
    /// Each section in a sentence or two.
    #[serde(default)]
    pub sections: Vec<SectionSummary>,
}

/// One section's summary.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SectionSummary {
    /// The section's number in the request.
    pub n: u32,
    /// The summary.
    pub summary: String,
}

/// One statement of a briefing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BriefItem {
    /// The statement.
    pub text: String,
    /// The paragraphs that it rests on, such as `a3¶7`.
    pub cites: Vec<String>,
}

/// Whether an answer is whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Finish {
    /// The backend says that it finished.
    Complete,
    /// The backend ran into its output limit: the last segment may be cut.
    Length,
}

/// What a request used.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Usage {
    /// Tokens in.
    pub input_tokens: u64,
    /// Tokens out.
    pub output_tokens: u64,
    /// Characters in, for backends that bill by character.
    pub characters: u64,
    /// Whether the counts are estimates, because the reply gave none.
    pub estimated: bool,
}
