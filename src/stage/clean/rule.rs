//! One rule, and the set of them, compiled once.
//!
//! Place in the data way: the data behind `clean`.
//! It must never run a pattern on a long paragraph that the rule's `longest` excludes.

use std::ops::Range;
use std::sync::LazyLock;

use regex::{Captures, Regex, RegexBuilder, RegexSet, RegexSetBuilder};
use serde::Deserialize;

use crate::model::article::{ParagraphKind, Source};
use crate::model::key::sha256_hex;
use crate::model::pattern::pattern;

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

/// Characters of a paragraph that most rules stop at.
const SHORT: usize = 250;

/// Some of the rules, tried in one pass.
#[derive(Debug, Clone)]
struct Set {
    patterns: RegexSet,
    /// Place of each pattern's rule among all.
    places: Vec<usize>,
    longest: usize,
}

impl Set {
    fn new(rules: &[Rule], takes: impl Fn(&Rule) -> bool) -> Result<Self, String> {
        let chosen: Vec<(usize, &Rule)> = rules.iter().enumerate().filter(|(_, rule)| takes(rule)).collect();
        let patterns = RegexSetBuilder::new(chosen.iter().map(|(_, rule)| rule.pattern.as_str()))
            .case_insensitive(true)
            .dfa_size_limit(16 << 20)
            .build()
            .map_err(|error| error.to_string())?;
        let longest = chosen.iter().map(|(_, rule)| rule.longest).max().unwrap_or(0);
        Ok(Self { patterns, places: chosen.iter().map(|(at, _)| *at).collect(), longest })
    }

    /// Places of the rules that fit.
    fn fitting(&self, text: &str, characters: usize) -> Vec<usize> {
        // Nearly every paragraph fits none, which the first question finds out faster than the second.
        if characters > self.longest || !self.patterns.is_match(text) {
            return Vec::new();
        }
        self.patterns.matches(text).into_iter().filter_map(|at| self.places.get(at).copied()).collect()
    }
}

/// The compiled rules.
#[derive(Debug, Clone)]
pub struct Rules {
    /// Rules for whole paragraphs, in the order of the file.
    lines: Vec<Rule>,
    /// Those whose `longest` is at most [`SHORT`]: most paragraphs are too long for them.
    short: Set,
    /// The few others.
    long: Set,
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
        let short = Set::new(&lines, |rule| rule.longest <= SHORT).map_err(fail)?;
        let long = Set::new(&lines, |rule| rule.longest > SHORT).map_err(fail)?;
        Ok(Self { lines, short, long, pieces, hash: sha256_hex(text.as_bytes()) })
    }

    /// The first rule that marks a whole paragraph.
    pub(super) fn of_line<'r, 't>(&'r self, text: &'t str) -> Option<(&'r Rule, Captures<'t>)> {
        if text.len() > self.long.longest.max(self.short.longest).saturating_mul(4) {
            return None;
        }
        let characters = text.chars().count();
        let mut places = self.short.fitting(text, characters);
        places.extend(self.long.fitting(text, characters));
        places.sort_unstable();
        let mut rules =
            places.into_iter().filter_map(|at| self.lines.get(at)).filter(|rule| characters <= rule.longest);
        let rule = rules.next()?;
        if rule.kind == ParagraphKind::Boilerplate && is_said(text) {
            return None;
        }
        rule.pattern.captures(text).map(|groups| (rule, groups))
    }

    /// The rules that mark a piece of a paragraph, in the order of the file.
    pub(super) fn pieces(&self) -> impl Iterator<Item = &Rule> {
        self.pieces.iter()
    }
}

/// A speaker behind what was said.
static SPEAKER: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r#"[,"”’?!]["”’]?\s(kata|ujar|ucap|tutur|jelas|ungkap|imbuh|tegas|papar|terang|sebut|tambah|lanjut|demikian)(nya|\s)"#,
    )
});

/// Whether somebody says it: it begins with a quotation mark, or tells its speaker.
fn is_said(text: &str) -> bool {
    text.starts_with(['"', '“', '‘', '«']) || SPEAKER.is_match(text)
}

/// The date among a pattern's groups, and whether nothing stands before it.
pub(super) fn date(groups: &Captures<'_>, text: &str) -> Option<(String, bool)> {
    let found = groups.name("date")?;
    let is_bare = !text.get(..found.start()).unwrap_or_default().contains(char::is_alphabetic);
    Some((found.as_str().trim().to_owned(), is_bare))
}

/// Fills metadata that is still unknown from a pattern's groups; a date is settled among all the dates of the article.
pub(super) fn fill(groups: &Captures<'_>, source: &mut Source) {
    let slots = [
        ("place", &mut source.place),
        ("outlet", &mut source.outlet),
        ("author", &mut source.author),
        ("editor", &mut source.editor),
    ];
    for (name, slot) in slots {
        if let Some(found) = groups.name(name) {
            slot.get_or_insert_with(|| found.as_str().trim().to_owned());
        }
    }
}

impl Rule {
    /// The first piece of a paragraph that the rule marks.
    pub(super) fn piece<'t>(&self, text: &'t str) -> Option<(Range<usize>, Captures<'t>)> {
        let (from, window) = self.window(text);
        let groups = self.pattern.is_match(window).then(|| self.pattern.captures(window))??;
        let found = groups.name("cut").or_else(|| groups.get(0)).filter(|found| !found.is_empty())?;
        if self.place == Where::Start && self.is_route(&groups, window.get(found.end()..).unwrap_or_default()) {
            return None;
        }
        let is_whole = found.len() == text.len();
        let range = from + found.start()..from + found.end();
        (!is_whole || text.chars().count() <= self.longest).then_some((range, groups))
    }

    /// Whether another place stands behind the dateline's dash, as in `Jakarta - Bandung kini dapat ditempuh …`.
    fn is_route(&self, groups: &Captures<'_>, behind: &str) -> bool {
        let next = behind.split_whitespace().next().unwrap_or_default();
        groups.name("place").is_some_and(|place| place.as_str() != next)
            && !next.is_empty()
            && self.pattern.is_match(&format!("{next} - x"))
    }

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
