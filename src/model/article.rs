//! The article as it is read: a [`Document`] of blocks, then an [`Article`] of sections and paragraphs.
//!
//! Place in the data way: `read` makes a [`Document`], `clean` marks its blocks, `section` turns it into an [`Article`].
//! It must never lose a character: each non-space character of [`Document::text`] lies in exactly one block and
//! later in exactly one paragraph.

use serde::{Deserialize, Serialize};

/// Where an article came from, as far as the input says. Unknown fields stay `None` and out of the record.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Source {
    /// The input path as the user gave it, with `#id` after it where one input holds many articles.
    pub path: String,
    /// SHA-256 of the article's own input bytes (the file, or its record in a file of many), lower-case hex.
    pub sha256: String,
    /// The headline as the source's metadata or first line gives it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Publication date as ISO 8601 where it could be read, else as written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub date: Option<String>,
    /// The outlet, such as `detik` or `Kompas.com`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outlet: Option<String>,
    /// The address of the page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// The byline.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub author: Option<String>,
    /// The editor, by name or by the initials under the article, such as `abc/def`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub editor: Option<String>,
    /// The place that the dateline names, such as `Jakarta`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<String>,
    /// Language of the text, ISO 639-1, where it is not Indonesian.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lang: Option<String>,
    /// The article that was there before and that this one nearly repeats.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub near_copy: Option<NearCopy>,
}

/// What an article nearly repeats.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct NearCopy {
    /// The earlier article's input path.
    pub of: String,
    /// How much both have in common, in percent.
    pub alike: u8,
}

/// `skipped` of the block that holds the title: the title is sent as paragraph 0 and shown above the text, so this
/// block is neither sent nor shown again.
pub const TITLE_SKIPPED: &str = "the article's title, translated as such";
/// `skipped` of a paragraph that is English already: its English is its own text, unchanged.
pub const ENGLISH_SKIPPED: &str = "already in English";

/// A byte range `[start, end)` in the decoded source text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Span(pub usize, pub usize);

/// One decoded input article, split into blocks, not yet judged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// What is known about its origin.
    pub source: Source,
    /// The decoded text that spans refer to (for mark-up: the extracted text).
    pub text: String,
    /// The blocks in reading order; together they hold every non-space character of `text`.
    pub blocks: Vec<Block>,
}

/// One block of a document as its format shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    /// Where it stands in [`Document::text`], with its mark-up.
    pub span: Span,
    /// Its words, without mark-up.
    pub text: String,
    /// What the format says it is; `clean` may change it.
    pub kind: ParagraphKind,
    /// Why it is not translated, once `clean` has marked it.
    pub skipped: Option<String>,
}

/// What a paragraph is for the reader.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ParagraphKind {
    /// Running text.
    Text,
    /// A heading inside the article; it opens a section.
    Heading,
    /// A block quotation.
    Quote,
    /// A list item.
    List,
    /// A picture or video caption.
    Caption,
    /// A teaser for another story: translated, shown apart, never summarised; it ends a section.
    Promo,
    /// Site furniture: not sent, the reason stands in `skipped`.
    Boilerplate,
}

impl ParagraphKind {
    /// Whether paragraphs of this kind count as the article's own story (for summaries and briefings).
    pub fn is_story(self) -> bool {
        !matches!(self, Self::Promo | Self::Boilerplate)
    }
}

/// One article, ready to be cut into units.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Article {
    /// What is known about its origin.
    pub source: Source,
    /// The headline in Indonesian, where there is one.
    pub title: Option<String>,
    /// The sections in reading order; never empty for a non-empty article.
    pub sections: Vec<Section>,
}

/// Consecutive paragraphs under one heading, or a run of them where there is none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Section {
    /// 1-based number in the article.
    pub n: u32,
    /// The heading's words; the heading is also the section's first paragraph.
    pub heading: Option<String>,
    /// Its paragraphs, in reading order.
    pub paragraphs: Vec<Paragraph>,
}

/// One block of the article as the reader sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Paragraph {
    /// 1-based number, running through the whole article: `¶n` in a briefing.
    pub n: u32,
    /// What it is.
    pub kind: ParagraphKind,
    /// Where it stands in the decoded source text.
    pub span: Span,
    /// The Indonesian words.
    pub text: String,
    /// Why it is not translated, where it is not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub skipped: Option<String>,
}

impl Article {
    /// All paragraphs in reading order.
    pub fn paragraphs(&self) -> impl Iterator<Item = &Paragraph> {
        self.sections.iter().flat_map(|section| &section.paragraphs)
    }
}
