//! Where outlets disagree on a figure, and which articles are only newer versions or copies of others.
//!
//! Place in the data way: inside `compose`.
//! It must never set a copy of an agency's text, or an outlet's own earlier version, against the rest.

use std::collections::BTreeMap;

use crate::model::briefing::{Cite, Conflict, Figure};

use super::counted::{Counted, disagreements};
use super::figures::{Mention, Unit};
use super::group::copied_from;
use super::story::Story;

/// The articles of a group, sorted out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sorted {
    /// Latest versions that are sources of their own, earliest first.
    pub sources: Vec<usize>,
    /// Copies, each with the article that it copies.
    pub copies: Vec<(usize, usize)>,
    /// Earlier versions, each with the one that took its place.
    pub replaced: Vec<(usize, usize)>,
}

/// Tells sources, copies and earlier versions apart.
pub fn sort_out(stories: &[Story], group: &[usize]) -> Sorted {
    let mut sorted = Sorted::default();
    for (place, &at) in group.iter().enumerate() {
        let later = group.iter().skip(place + 1).rev();
        if let Some(&newer) = later.clone().find(|&&newer| is_version(stories, at, newer)) {
            sorted.replaced.push((at, newer));
        } else if let Some(original) = copied_from(stories, group, at) {
            sorted.copies.push((at, original));
        } else {
            sorted.sources.push(at);
        }
    }
    sorted
}

/// Whether two articles are one page at two times.
fn is_version(stories: &[Story], a: usize, b: usize) -> bool {
    let (Some(a), Some(b)) = (stories.get(a), stories.get(b)) else { return false };
    match (&a.url, &b.url) {
        (Some(x), Some(y)) => x == y,
        _ => a.outlet == b.outlet && a.title == b.title,
    }
}

/// The figure of each kind that an article stands for: the highest count of people or things (lower ones are parts of
/// it), else the one that it gives first.
pub(super) fn stated(story: &Story) -> BTreeMap<&'static str, &Mention> {
    let mut stated: BTreeMap<&'static str, &Mention> = BTreeMap::new();
    for mention in &story.mentions {
        let is_count = matches!(mention.unit, Unit::People | Unit::Things);
        let known = stated.entry(mention.what).or_insert(mention);
        if is_count && mention.value > known.value {
            *known = mention;
        }
    }
    stated
}

pub(super) fn figure(story: &Story, mention: &Mention) -> Figure {
    Figure {
        what: mention.what.to_owned(),
        value: mention.value,
        shown: mention.shown(),
        outlet: story.outlet.clone(),
        cite: Cite { article: story.name.clone(), paragraph: mention.paragraph },
        date: story.date.clone(),
    }
}

/// The figures on which the sources of a group disagree, in the order in which the group gives them.
pub fn conflicts(stories: &[Story], sources: &[usize]) -> Vec<Conflict> {
    let sources: Vec<&Story> = sources.iter().filter_map(|at| stories.get(*at)).collect();
    let mut kinds: Vec<&'static str> = Vec::new();
    for mention in sources.iter().flat_map(|story| &story.mentions) {
        if !kinds.contains(&mention.what) {
            kinds.push(mention.what);
        }
    }
    let known = kinds.into_iter().filter_map(|what| conflict(what, &sources));
    known.chain(counted_conflicts(&sources)).collect()
}

/// The figures of other things on which outlets disagree, each with what everyone says of it.
fn counted_conflicts(sources: &[&Story]) -> Vec<Conflict> {
    let mut found: Vec<Conflict> = Vec::new();
    for (n, a) in sources.iter().enumerate() {
        for b in sources.iter().skip(n + 1).filter(|b| b.outlet != a.outlet) {
            for (ours, theirs) in disagreements(&a.counted, &b.counted) {
                let figures = [counted_figure(a, ours), counted_figure(b, theirs)];
                match found.iter_mut().find(|conflict| figures.iter().any(|figure| conflict.figures.contains(figure))) {
                    Some(known) => {
                        let new = figures.into_iter().filter(|figure| !known.figures.contains(figure));
                        let new: Vec<Figure> = new.collect();
                        known.figures.extend(new);
                    }
                    None => found.push(Conflict { what: ours.what(), figures: figures.into() }),
                }
            }
        }
    }
    found
}

fn counted_figure(story: &Story, counted: &Counted) -> Figure {
    Figure {
        what: String::new(),
        value: counted.value,
        shown: counted.shown(),
        outlet: story.outlet.clone(),
        cite: Cite { article: story.name.clone(), paragraph: counted.paragraph },
        date: story.date.clone(),
    }
}

fn conflict(what: &str, sources: &[&Story]) -> Option<Conflict> {
    let gives = |story: &Story| story.mentions.iter().any(|mention| mention.what == what);
    let sayers: Vec<&Story> = sources.iter().copied().filter(|story| gives(story)).collect();
    let disagree = sayers.iter().enumerate().any(|(n, a)| sayers.iter().skip(n + 1).any(|b| differ(what, a, b)));
    let disagree = disagree && !is_outdated(what, &sayers);
    let figures = sayers.iter().filter_map(|story| Some(figure(story, stated(story).get(what)?)));
    disagree.then(|| Conflict { what: what.to_owned(), figures: figures.collect() })
}

/// Whether all that differs is that time went on: on each day the outlets agree on a count of people, and on the last day
/// two of them give it.
fn is_outdated(what: &str, sayers: &[&Story]) -> bool {
    let mut days: BTreeMap<&str, Vec<&Mention>> = BTreeMap::new();
    for (story, mention) in sayers.iter().filter_map(|story| Some((story, *stated(story).get(what)?))) {
        let day = story.date.as_deref().and_then(|date| date.get(..10)).unwrap_or_default();
        days.entry(day).or_default().push(mention);
    }
    let agree = |day: &Vec<&Mention>| day.windows(2).all(|pair| matches!(pair, [a, b] if a.agrees(b)));
    let is_of_people = days.values().flatten().all(|mention| mention.unit == Unit::People);
    is_of_people
        && days.values().all(agree)
        && days.len() > 1
        && days.last_entry().is_some_and(|last| last.get().len() > 1)
}

/// Whether two outlets give figures of a kind and have none in common. Figures of quite another size are of another kind.
fn differ(what: &str, a: &Story, b: &Story) -> bool {
    let of = |story: &'_ Story| -> Vec<Mention> { story.mentions.iter().filter(|m| m.what == what).cloned().collect() };
    let is_near = |x: &Mention, y: &Mention| x.value <= 3.5 * y.value && y.value <= 3.5 * x.value;
    let (ours, theirs) = (of(a), of(b));
    a.outlet != b.outlet && ours.iter().all(|x| theirs.iter().all(|y| !x.agrees(y) && is_near(x, y)))
}
