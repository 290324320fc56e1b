//! Chooses the articles of a briefing: by time, outlet and topic, and never one twice unless it changed.
//!
//! Place in the data way: the first step of `brief`.
//! It must never pass over an article for want of a date, or because it came late; nor tell one anew because its file was
//! fetched again or moved.

use std::collections::{BTreeSet, HashMap, HashSet};

use jiff::Timestamp;

use crate::model::briefing::Told;
use crate::model::record::ArticleRecord;

use super::story::{fingerprint, holds};
use super::time::{Window, latest, read};
use super::words::letters;

/// How long after its date an article that no briefing has told may still come in, in seconds: two days.
const LATE: i64 = 2 * 24 * 60 * 60;

/// What is wanted.
#[derive(Debug, Clone)]
pub struct Selection {
    /// The time that is told.
    pub window: Window,
    /// Whether articles from shortly before the window that were never told are taken too.
    pub late: bool,
    /// Outlets; empty means all.
    pub outlets: Vec<String>,
    /// Words of which an article must hold one; empty means all articles.
    pub topics: Vec<String>,
    /// What was told before.
    pub told: Known,
    /// Whether told articles are told again.
    pub again: bool,
    /// Whether no briefing before this one told everything: then what lies shortly before its window is no news later.
    pub first: bool,
}

/// The articles that earlier briefings told.
#[derive(Debug, Clone, Default)]
pub struct Known {
    by_name: HashMap<String, Told>,
    fingerprints: HashSet<String>,
}

/// What earlier briefings made of an article.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Past {
    /// None told it.
    Never,
    /// One told it, under this name or another, and it says the same still.
    Told,
    /// One told it, and its outlet changed it since.
    Changed,
}

impl Known {
    /// Knows these.
    pub fn new(told: &[Told]) -> Self {
        let fingerprints = told.iter().map(|told| told.fingerprint.clone()).filter(|one| !one.is_empty());
        Self {
            by_name: told.iter().map(|told| (told.name.clone(), told.clone())).collect(),
            fingerprints: fingerprints.collect(),
        }
    }

    /// Whether one was told under this name.
    pub fn has(&self, name: &str) -> bool {
        self.by_name.contains_key(name)
    }

    /// What became of an article.
    pub fn past(&self, name: &str, record: &ArticleRecord) -> Past {
        let told = self.by_name.get(name);
        if told.is_some_and(|told| told.sha256 == record.source.sha256)
            || self.fingerprints.contains(&fingerprint(record))
        {
            return Past::Told;
        }
        if told.is_some() { Past::Changed } else { Past::Never }
    }
}

/// What becomes of an article.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Choice {
    /// It belongs into the briefing.
    Take,
    /// It lies outside the window.
    Outside,
    /// An earlier briefing told it, and it has not changed.
    Told,
    /// It is not from a wanted outlet or holds no wanted word.
    Unwanted,
}

impl Selection {
    /// Judges one article.
    pub fn choose(&self, past: Past, outlet: &str, record: &ArticleRecord) -> Choice {
        let at = record.source.date.as_deref().and_then(read);
        let is_late = |at| self.late && past == Past::Never && self.is_late(at);
        let in_time = at.is_none_or(|at| self.window.holds(at) || is_late(at));
        if !in_time && past != Past::Changed {
            return Choice::Outside;
        }
        let is_outlet = self.outlets.is_empty() || self.outlets.iter().any(|wanted| is_same(wanted, outlet));
        let is_topic = self.topics.is_empty() || self.topics.iter().any(|topic| holds(record, topic));
        match past {
            _ if !is_outlet || !is_topic => Choice::Unwanted,
            Past::Told if !self.again => Choice::Told,
            _ => Choice::Take,
        }
    }

    /// Whether an article that lies outside the window is to count as told: the reader asked for nothing that old, and it
    /// did not come late. One that is dated by day alone, and that may lie in the window for all one knows, is told later.
    pub fn passes_over(&self, record: &ArticleRecord) -> bool {
        let is_whole = self.outlets.is_empty() && self.topics.is_empty();
        self.first && is_whole && record.source.date.as_deref().and_then(latest).is_some_and(|at| self.is_late(at))
    }

    fn is_late(&self, at: Timestamp) -> bool {
        let before = self.window.from.as_second() - at.as_second();
        (0..=LATE).contains(&before)
    }
}

/// Whether two names of an outlet, or two titles, are the same: spaces, points, dashes and capitals aside.
pub fn is_same(a: &str, b: &str) -> bool {
    letters(a) == letters(b)
}

/// What is told once this briefing is out: what was told before, within a month, and what it tells. `undated` are the
/// articles of the folder without a date: they would come again each time, so they are kept as long as they are there.
pub fn told(before: &[Told], now: Vec<Told>, undated: &BTreeSet<String>, to: Timestamp) -> Vec<Told> {
    let month = 31 * 24 * 60 * 60;
    let is_recent = |told: &&Told| read(&told.at).is_none_or(|at| to.as_second() - at.as_second() < month);
    let new: HashSet<&str> = now.iter().map(|told| told.name.as_str()).collect();
    let stays = |told: &&Told| !new.contains(told.name.as_str()) && (is_recent(told) || undated.contains(&told.name));
    let mut all: Vec<Told> = before.iter().filter(stays).cloned().collect();
    all.extend(now);
    all.sort_unstable();
    all
}
