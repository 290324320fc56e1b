//! The unit: one piece of work that travels in one request, and what came of it.
//!
//! Place in the data way: planned by `plan`, claimed by `work`, its outcome stored in one transaction.
//! It must never span two articles.

use serde::{Deserialize, Serialize};

use super::finding::Finding;
use super::key::Key;
use super::reply::Summary;
use super::segment::{Segment, SegmentId};
use super::spend::Spend;

/// A unit as planned, before the state has given it an id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlannedUnit {
    /// Hash of what is really sent to the first backend of the chain.
    pub key: Key,
    /// What is to be done.
    pub work: Work,
}

/// What a unit asks for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "task", rename_all = "lowercase")]
pub enum Work {
    /// Translate the segments of one section, or of part of it.
    Translate {
        /// The section's number.
        section: u32,
        /// The segments, in reading order.
        segments: Vec<Segment>,
    },
    /// Summarise the article from its Indonesian text.
    Summarise {
        /// Sections with their story text, in reading order.
        sections: Vec<SectionText>,
    },
}

/// One section's story text (no promos, no furniture).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SectionText {
    /// The section's number.
    pub n: u32,
    /// Its paragraphs, joined by newlines.
    pub text: String,
}

/// Row id of a unit in the state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UnitId(pub i64);

/// Row id of an article in the state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ArticleId(pub i64);

/// A unit taken from the queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// The unit.
    pub unit: UnitId,
    /// Its article.
    pub article: ArticleId,
    /// The article's title, sent along as context.
    pub title: Option<String>,
    /// What is to be done.
    pub work: Work,
    /// The result that it has already, where a better one is wanted (`kabar upgrade`).
    pub improves: Option<Standing>,
    /// What came of it before it was opened again.
    pub former: Option<UnitResult>,
    /// Whether it is asked for again whatever the memory knows (`--force`).
    pub fresh: bool,
}

/// What a better result of a unit is measured by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// Only backends before this place of the chain are asked: it is the place of the one that gave the old result.
    pub below: usize,
    /// How the old result ended.
    pub status: UnitStatus,
}

/// A finished unit, without its texts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnitStanding {
    /// The unit.
    pub unit: UnitId,
    /// Its segments; none for a summary.
    pub segments: u64,
    /// Whether it is the article's summary.
    pub is_summary: bool,
    /// Who answered; empty where nobody did.
    pub backends: Vec<String>,
    /// Better backends that were asked in vain, as the pipeline calls them.
    pub vain: Option<String>,
    /// What a better result is measured by; `below` is for the pipeline to find out.
    pub standing: Standing,
}

/// Who gave a text that a translator did, as records name it.
pub const IMPORT: &str = "import";

/// What came of a segment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SegmentOutcome {
    /// Which segment.
    pub id: SegmentId,
    /// The English, or `None` where no backend gave a usable answer.
    pub en: Option<String>,
    /// Name of the backend that gave it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub backend: Option<String>,
    /// What the checks noticed in the accepted text, or why there is none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<Finding>,
}

/// What came of a unit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "task", rename_all = "lowercase")]
pub enum UnitResult {
    /// One outcome for each segment of the unit.
    Translated {
        /// In the order of the unit's segments.
        segments: Vec<SegmentOutcome>,
    },
    /// The summary, or `None` where no backend gave a usable one (an extractive one takes its place).
    Summarised {
        /// The summary.
        summary: Option<Summary>,
        /// Who wrote it.
        backend: Option<String>,
        /// What the checks noticed, or why there is none.
        findings: Vec<Finding>,
    },
}

/// Where a unit stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum UnitStatus {
    /// Waiting for a backend.
    Open,
    /// Finished without findings of severity error.
    Done,
    /// Finished with text, but with a finding of severity error; run again only with `--only flagged`.
    Flagged,
    /// No usable answer from any backend; the next run tries again.
    Failed,
}

/// What a memory row holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MemoryKind {
    /// A translated segment.
    Segment,
    /// A [`Summary`] as JSON in `en`.
    Summary,
}

/// A row for the translation memory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MemoryEntry {
    /// Hash of what was sent.
    pub key: Key,
    /// What it holds.
    pub kind: MemoryKind,
    /// The Indonesian segment; empty for a summary.
    pub id: String,
    /// The English that was accepted.
    pub en: String,
    /// Name of the backend that gave it.
    pub backend: String,
}

/// A finished unit on its way into the state: result, status and memory are committed together.
#[derive(Debug, Clone, PartialEq)]
pub struct FinishedUnit {
    /// Which unit.
    pub unit: UnitId,
    /// Its article.
    pub article: ArticleId,
    /// How it ended.
    pub status: UnitStatus,
    /// What came of it.
    pub result: UnitResult,
    /// New rows for the translation memory (never a failed or flagged text).
    pub memory: Vec<MemoryEntry>,
    /// What its requests cost.
    pub spent: Vec<Spend>,
}
