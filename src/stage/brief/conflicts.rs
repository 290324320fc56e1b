//! Where outlets disagree on a figure, and which articles are only newer versions or copies of others.
//!
//! Place in the data way: inside `compose`.
//! It must never set a copy of an agency's text, or an outlet's own earlier version, against the rest; nor take for a copy
//! what prints that text with other figures.

use std::collections::BTreeMap;

use crate::model::briefing::{Cite, Conflict, Figure};

use super::counted::{Counted, disagreements};
use super::figures::{Mention, Unit};
use super::group::originals;
use super::story::Story;
use super::time::day;

/// Figures of one kind that are further apart than this are of two things.
const NEAR: f64 = 3.5;
/// Up to so many times [`NEAR`] a count may rise from the first one that an article gives: it often begins with a part.
const PART: f64 = 10.0;

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

/// The article of the group that this one copies: the earliest such that gives the same figures.
fn copied_from(stories: &[Story], group: &[usize], at: usize) -> Option<usize> {
    let own = stated(stories.get(at)?);
    let is_updated = |original: &Story| {
        let first = stated(original);
        own.iter().any(|(what, now)| first.get(what).is_some_and(|was| !was.agrees(now)))
    };
    originals(stories, group, at).find(|(_, original)| !is_updated(original)).map(|(other, _)| other)
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
/// it), else the one that it gives first. A count of quite another size is that of another event.
pub(super) fn stated(story: &Story) -> BTreeMap<&'static str, &Mention> {
    let mut stated: BTreeMap<&'static str, (f64, &Mention)> = BTreeMap::new();
    for mention in &story.mentions {
        let is_count = matches!(mention.unit, Unit::People | Unit::Things);
        let (first, known) = stated.entry(mention.what).or_insert((mention.value, mention));
        if is_count && mention.value > known.value && mention.value <= NEAR * first.max(PART) {
            *known = mention;
        }
    }
    stated.into_iter().map(|(what, (_, mention))| (what, mention)).collect()
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
    let mut days: BTreeMap<String, Vec<&Mention>> = BTreeMap::new();
    for (story, mention) in sayers.iter().filter_map(|story| Some((story, *stated(story).get(what)?))) {
        // Who can say whether what has no day is older?
        let Some(day) = story.date.as_deref().and_then(day) else { return false };
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
    let is_near = |x: &Mention, y: &Mention| x.value <= NEAR * y.value && y.value <= NEAR * x.value;
    let (ours, theirs) = (of(a), of(b));
    let are_near = stated(a).get(what).zip(stated(b).get(what)).is_some_and(|(x, y)| is_near(x, y));
    a.outlet != b.outlet && are_near && ours.iter().all(|x| theirs.iter().all(|y| !x.agrees(y)))
}

#[cfg(test)]
mod tests {
    use super::super::tests::record;
    use super::*;

    const FERRY: &str = "KMP Sinar Wisesa terbalik di Teluk Bone dekat Kolaka pada Minggu malam, kata Muhammad Arafah dari \
        Basarnas Kendari. Kapal berangkat dari Pelabuhan Bajoe pada sore hari dengan cuaca buruk dan gelombang tinggi.";

    fn story(outlet: &str, date: Option<&str>, texts: &[&str]) -> Story {
        let texts: Vec<(&str, &str)> = texts.iter().map(|text| (*text, "")).collect();
        let mut record = record(outlet, &texts);
        record.source.date = date.map(str::to_owned);
        Story::of(&format!("{outlet}/a"), &record, &[])
    }

    /// The figures that are told against each other.
    fn shown(stories: &[Story]) -> Vec<String> {
        let group: Vec<usize> = (0..stories.len()).collect();
        let found = conflicts(stories, &sort_out(stories, &group).sources);
        found.iter().flat_map(|conflict| &conflict.figures).map(|figure| figure.shown.clone()).collect()
    }

    #[test]
    fn a_reprint_with_another_toll_is_a_source_and_one_with_the_same_is_a_copy() {
        let day = Some("2026-11-25");
        let print = |outlet: &str, toll: &str| story(outlet, day, &[FERRY, toll]);
        let (old, new) = ("Sebanyak 12 orang tewas.", "Sebanyak 29 orang tewas.");
        let stories = [print("antara", old), print("kompas", new), print("tempo", new), print("detik", old)];
        let sorted = sort_out(&stories, &[0, 1, 2, 3]);
        assert_eq!((sorted.sources, sorted.copies), (vec![0, 1], vec![(2, 1), (3, 0)]));
        assert_eq!(shown(&stories), ["12", "29"]);
    }

    #[test]
    fn a_toll_of_quite_another_size_neither_stands_for_an_article_nor_hides_a_disagreement() {
        let day = Some("2026-11-25");
        let past = "Gempa dan tsunami besar di Palu menewaskan 4.340 orang.";
        let stories = [
            story("kompas", day, &["Sebanyak 19 orang tewas di Palu.", past]),
            story("detik", day, &["Gempa Palu menewaskan 25 orang."]),
        ];
        assert_eq!(shown(&stories), ["19", "25"]);
        let parts = [
            story("kompas", day, &["Satu warga tewas di Sigi.", "Seluruhnya 19 orang tewas."]),
            story("detik", day, &["Gempa Palu menewaskan 25 orang."]),
        ];
        assert_eq!(shown(&parts), ["19", "25"]);
    }

    #[test]
    fn a_denial_is_no_voice_in_a_disagreement() {
        let day = Some("2026-11-25");
        let hoax = story("detik", day, &["Tidak benar bahwa 20 orang tewas di Teluk Bone."]);
        assert_eq!(shown(&[story("kompas", day, &["Sebanyak 12 orang tewas."]), hoax]), [""; 0]);
    }

    #[test]
    fn days_are_those_of_western_indonesia_and_what_has_none_is_not_older() {
        let tolls = |first: Option<&str>| {
            shown(&[
                story("kompas", first, &["Sebanyak 12 orang tewas."]),
                story("detik", Some("2026-11-25T02:00:00+07:00"), &["Korban tewas menjadi 19 orang."]),
                story("antara", Some("2026-11-25T02:10:00+07:00"), &["Tercatat 19 warga tewas."]),
            ])
        };
        assert_eq!(tolls(Some("2026-11-24T18:30:00Z")).len(), 3);
        assert_eq!(tolls(None).len(), 3);
        assert_eq!(tolls(Some("2026-11-24T18:30:00+07:00")), [""; 0], "the day before");
    }
}
