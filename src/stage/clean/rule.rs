//! One rule, and the set of them, compiled once.
//!
//! Place in the data way: the data behind `clean`.
//! It must never run a pattern on a long paragraph that the rule's `longest` excludes.

use std::ops::Range;

use regex::{Captures, Regex, RegexBuilder, RegexSet, RegexSetBuilder};
use serde::Deserialize;

use crate::model::article::{ParagraphKind, Source};
use crate::model::key::sha256_hex;

/// A rule file that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("rule file {file}: {reason}")]
pub struct RulesError {
    /// The file.
    pub file: String,
    /// What is wrong in it.
    pub reason: String,
}

/// What part of a paragraph a rule marks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Where {
    #[default]
    Line,
    Start,
    End,
    Anywhere,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    rule: Vec<Spec>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Spec {
    name: String,
    why: String,
    #[serde(default = "boilerplate")]
    kind: ParagraphKind,
    #[serde(default, rename = "where")]
    place: Where,
    pattern: String,
    #[serde(default = "longest")]
    longest: usize,
}

fn boilerplate() -> ParagraphKind {
    ParagraphKind::Boilerplate
}

fn longest() -> usize {
    200
}

/// One rule, compiled.
#[derive(Debug, Clone)]
pub struct Rule {
    pub why: String,
    pub kind: ParagraphKind,
    pub place: Where,
    longest: usize,
    pattern: Regex,
}

/// The compiled rules.
#[derive(Debug, Clone)]
pub struct Rules {
    lines: Vec<Rule>,
    line_set: RegexSet,
    longest_line: usize,
    pieces: Vec<Rule>,
    hash: String,
}

/// Bytes at the start and end of a paragraph in which `start` and `end` rules look.
const EDGE: usize = 260;

impl Rules {
    /// Hash of the rule file: articles are planned anew when the rules change.
    pub fn hash(&self) -> &str {
        &self.hash
    }

    pub(super) fn parse(text: &str, file: &str) -> Result<Self, RulesError> {
        let fail = |reason: String| RulesError { file: file.to_owned(), reason };
        let File { rule: specs } = toml::from_str(text).map_err(|error| fail(error.to_string()))?;
        let mut rules = Vec::new();
        for spec in &specs {
            let pattern = RegexBuilder::new(&spec.pattern).case_insensitive(true).build();
            let pattern = pattern.map_err(|error| fail(format!("rule {}: {error}", spec.name)))?;
            rules.push(Rule {
                why: spec.why.clone(),
                kind: spec.kind,
                place: spec.place,
                longest: spec.longest,
                pattern,
            });
        }
        let (lines, pieces): (Vec<_>, Vec<_>) = rules.into_iter().partition(Rule::is_line);
        let patterns = lines.iter().map(|rule| rule.pattern.as_str());
        let line_set = RegexSetBuilder::new(patterns).case_insensitive(true).build();
        let line_set = line_set.map_err(|error| fail(error.to_string()))?;
        let longest_line = lines.iter().map(|rule| rule.longest).max().unwrap_or(0);
        Ok(Self { lines, line_set, longest_line, pieces, hash: sha256_hex(text.as_bytes()) })
    }

    /// The first rule that marks a whole paragraph.
    pub(super) fn of_line<'r, 't>(&'r self, text: &'t str) -> Option<(&'r Rule, Captures<'t>)> {
        if text.len() > self.longest_line * 4 {
            return None;
        }
        let characters = text.chars().count();
        let fitting = self.line_set.matches(text).into_iter().filter_map(|at| self.lines.get(at));
        let rule = fitting.into_iter().find(|rule| characters <= rule.longest)?;
        rule.pattern.captures(text).map(|groups| (rule, groups))
    }

    /// The first rule that marks a piece of a paragraph, with the piece.
    pub(super) fn piece<'r, 't>(&'r self, text: &'t str) -> Option<(&'r Rule, Range<usize>, Captures<'t>)> {
        self.pieces.iter().find_map(|rule| {
            let (from, window) = rule.window(text);
            let groups = rule.pattern.captures(window)?;
            let found = groups.name("cut").or_else(|| groups.get(0))?;
            let whole = found.len() == text.len();
            let range = from + found.start()..from + found.end();
            (!whole || text.chars().count() <= rule.longest).then_some((rule, range, groups))
        })
    }
}

/// Fills metadata that is still unknown from a pattern's groups.
pub(super) fn fill(groups: &Captures<'_>, source: &mut Source) {
    let slots = [
        ("place", &mut source.place),
        ("outlet", &mut source.outlet),
        ("author", &mut source.author),
        ("editor", &mut source.editor),
        ("date", &mut source.date),
    ];
    for (name, slot) in slots {
        if let Some(found) = groups.name(name) {
            slot.get_or_insert_with(|| found.as_str().trim().to_owned());
        }
    }
}

impl Rule {
    /// The part of a paragraph that the rule looks into, with its place.
    fn window<'t>(&self, text: &'t str) -> (usize, &'t str) {
        match self.place {
            Where::Start => (0, text.get(..text.floor_char_boundary(EDGE)).unwrap_or(text)),
            Where::End => {
                let from = text.ceil_char_boundary(text.len().saturating_sub(EDGE));
                (from, text.get(from..).unwrap_or_default())
            }
            Where::Anywhere | Where::Line => (0, text),
        }
    }
}
