//! Chooses the articles of a briefing: by time, outlet and topic, and never one twice unless it changed.
//!
//! Place in the data way: the first step of `brief`.
//! It must never pass over an article for want of a date, or because it came late.

use std::collections::{BTreeSet, HashMap, HashSet};

use jiff::Timestamp;

use crate::model::briefing::Told;
use crate::model::record::ArticleRecord;

use super::story::holds;
use super::time::{Window, read};
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
    /// Hash of each article that was told, by name.
    pub told: HashMap<String, String>,
    /// Whether told articles are told again.
    pub again: bool,
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
    pub fn choose(&self, name: &str, outlet: &str, record: &ArticleRecord) -> Choice {
        let told = self.told.get(name);
        let at = record.source.date.as_deref().and_then(read);
        let changed = told.is_some_and(|hash| *hash != record.source.sha256);
        let in_time = at.is_none_or(|at| self.window.holds(at) || (self.late && told.is_none() && self.is_late(at)));
        if !in_time && !changed {
            return Choice::Outside;
        }
        let is_outlet = self.outlets.is_empty() || self.outlets.iter().any(|wanted| is_same(wanted, outlet));
        let is_topic = self.topics.is_empty() || self.topics.iter().any(|topic| holds(record, topic));
        match told {
            _ if !is_outlet || !is_topic => Choice::Unwanted,
            Some(_) if !changed && !self.again => Choice::Told,
            _ => Choice::Take,
        }
    }

    fn is_late(&self, at: Timestamp) -> bool {
        let before = self.window.from.as_second() - at.as_second();
        (0..=LATE).contains(&before)
    }
}

/// Whether two names of an outlet are the same, spaces, points, dashes and capitals aside.
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
