//! Tells the story from what stands around it: marks furniture, teasers, captions and headings, and fills metadata.
//!
//! Place in the data way: between `read` and `section`. The rules are data, in `rules.toml`, and can be extended.
//! It must never drop a block: what is not the story is marked with its reason, and stays in the record.

mod capitals;
mod cut;
mod date;
mod heading;
mod language;
mod rule;
mod stub;

use std::path::Path;

use crate::model::article::{Block, Document, ParagraphKind, Source};

use rule::{Rule, Where};
pub use rule::{Rules, RulesError};
pub use stub::is_stub;

impl Rules {
    /// The rules of the house.
    ///
    /// # Panics
    /// Never: the rules are embedded, and tested.
    pub fn builtin() -> Self {
        #[expect(clippy::expect_used, reason = "the file is embedded, and a test reads it")]
        Self::parse(include_str!("rules.toml"), "rules.toml").expect("the built-in rules are valid")
    }

    /// The rules of a file, then the rules of the house.
    ///
    /// # Errors
    /// Where the file cannot be read, or a rule in it is not valid.
    pub fn with_file(path: &Path) -> Result<Self, RulesError> {
        let shown = path.display().to_string();
        let text = std::fs::read_to_string(path)
            .map_err(|error| RulesError { file: shown.clone(), reason: format!("cannot be read: {error}") })?;
        let both = format!("{text}\n{}", include_str!("rules.toml"));
        Self::parse(&text, &shown)?;
        Self::parse(&both, &shown)
    }
}

/// Marks the blocks of a document, and fills its metadata from the lines that carry it.
pub fn clean(document: &mut Document, rules: &Rules) {
    let Document { source, text, blocks } = document;
    let mut cleaned = Vec::with_capacity(blocks.len());
    for block in blocks.drain(..) {
        if block.skipped.is_some() {
            cleaned.push(block);
        } else {
            mark(block, text, rules, source, &mut cleaned);
        }
    }
    *blocks = cleaned;
    capitals::mark(blocks);
    heading::mark(blocks);
    source.date = source.date.take().map(|written| date::iso(&written).unwrap_or(written));
    source.lang = language::mark(blocks);
}

/// Marks a block as a whole, or cuts off what rules cut; the blocks go to `out` in reading order.
fn mark(block: Block, text: &str, rules: &Rules, source: &mut Source, out: &mut Vec<Block>) {
    if let Some((rule, groups)) = rules.of_line(&block.text) {
        rule::fill(&groups, source);
        out.push(rule.marked(block));
    } else {
        out.extend(cut::cut(block, text, rules, source));
    }
}

impl Rule {
    fn marked(&self, block: Block) -> Block {
        let skipped = (self.kind == ParagraphKind::Boilerplate).then(|| self.why.clone());
        Block { kind: self.kind, skipped, ..block }
    }

    fn is_line(&self) -> bool {
        self.place == Where::Line
    }
}
