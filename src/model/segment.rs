//! The segment: the text that is translated as one.
//!
//! Place in the data way: `section` cuts paragraphs into segments, units carry them, `assemble` joins them again.
//! It must never be joined or cut anywhere else, so that a paragraph's English is always the join of its segments.

use serde::{Deserialize, Serialize};

/// Address of a segment inside its article. Paragraph 0 is the title.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct SegmentId {
    /// Paragraph number, 0 for the title.
    pub paragraph: u32,
    /// 0-based part of the paragraph, where it was too long for one segment.
    pub part: u32,
}

/// A paragraph, or a run of its sentences when it is too long.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Segment {
    /// Where it belongs.
    pub id: SegmentId,
    /// The Indonesian text as it is sent.
    pub text: String,
}
