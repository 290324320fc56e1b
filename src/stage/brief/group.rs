//! Puts articles of one event together, across outlets, wordings and headlines.
//!
//! Two articles are alike as far as they share names and words that are rare in the collection (cosine of both bags, as
//! a geometric mean), less where the frames that both fill hold different values: an agency reports two earthquakes in
//! the same sentences, but with other places, times and figures. Groups grow by average linkage, so that one chance
//! likeness joins nothing.
//!
//! Place in the data way: after `select`; `compose` tells each group as one item.
//! It must never compare all with all: pairs come from an index of rare names, and from `MinHash` bands for copies.

use std::cmp::Ordering;
use std::collections::{BinaryHeap, HashMap, HashSet};

use super::story::{Bag, Story};

/// Likeness from which two groups are one event. On the fixtures every value from 0.04 to 0.06 gives the same groups.
const ALIKE: f64 = 0.05;
/// Counts as so many articles of other days, so that a name is not taken for common in a small collection.
const BACKGROUND: f64 = 200.0;
/// How much frames with other values weigh: with more, few articles of one event fall apart; with less, the likes of two
/// earthquakes that one agency reports fall together.
const AGREEMENT: f64 = 1.5;
/// Frames that agree without being looked at: a few differences must not part two short articles.
const PRIOR: f64 = 2.0;
/// A name in more articles than this leads to no comparison; they share rarer ones where they tell of one event.
const COMMON: usize = 64;
/// Near copies that each one is compared with, of those behind it.
const COPIES: usize = 32;
/// Articles further apart than this are not of one event.
const DAYS_APART: i64 = 4;
/// Hashes of a band: copies share a band almost surely, others almost never.
const BAND: usize = 4;
/// Share of equal hashes from which an article is a copy of another.
const COPY: f64 = 0.5;

/// Articles of one event, as indices into the stories; the earliest first.
pub type Group = Vec<usize>;

/// Groups stories; every story is in exactly one group.
pub fn group(stories: &[Story]) -> Vec<Group> {
    // One text in many outlets is compared once, so that its names and words stay as rare as they are.
    let texts = texts(stories);
    let firsts: Vec<&Story> = texts.iter().filter_map(|copies| stories.get(*copies.first()?)).collect();
    let names = Weights::new(firsts.iter().map(|story| &story.names));
    let words = Weights::new(firsts.iter().map(|story| &story.words));
    let mut clusters = Clusters::new(firsts.len());
    for (a, b) in candidates(&firsts, &names) {
        let (Some(x), Some(y)) = (firsts.get(a), firsts.get(b)) else { continue };
        let agreement = agreement(&x.slots, &y.slots).powf(AGREEMENT);
        let likeness = (names.cosine(a, b) * words.cosine(a, b)).sqrt() * agreement;
        clusters.link(a, b, likeness);
    }
    let of_texts = |group: Group| group.into_iter().filter_map(|at| texts.get(at)).flatten().copied().collect();
    let mut groups: Vec<Group> = clusters.merge().into_iter().map(of_texts).collect();
    for group in &mut groups {
        group.sort_by_key(|&at| stories.get(at).map(|story| (story.at, story.name.clone())));
    }
    groups.sort_unstable();
    groups
}

/// The stories that say the same in the same words, each with those that follow it closely; the rest by themselves.
fn texts(stories: &[Story]) -> Vec<Vec<usize>> {
    let mut by_time: Vec<usize> = (0..stories.len()).collect();
    by_time.sort_by_key(|&at| stories.get(at).map(|story| (story.at, story.name.as_str())));
    let mut texts: Vec<Vec<usize>> = Vec::new();
    let mut known = HashMap::new();
    for at in by_time {
        let Some(story) = stories.get(at) else { continue };
        let text = (story.signature.as_slice(), story.slots.as_slice());
        // Without a run of words there is no signature, and short texts are alike by chance.
        let has_words = story.signature.iter().any(|least| *least < u32::MAX);
        let copies = known.get(&text).and_then(|place: &usize| texts.get_mut(*place)).filter(|_| has_words);
        let near = |copies: &Vec<usize>| {
            copies.last().and_then(|last| stories.get(*last)).is_some_and(|last| is_near(last, story))
        };
        if let Some(copies) = copies.filter(|copies| near(copies)) {
            copies.push(at);
        } else {
            known.insert(text, texts.len());
            texts.push(vec![at]);
        }
    }
    // In the order of the stories, whatever their dates.
    texts.sort_by_key(|copies| copies.iter().min().copied());
    texts
}

/// The articles of the group that this one copies nearly word for word, the earliest first.
pub fn originals<'s>(
    stories: &'s [Story],
    group: &'s [usize],
    at: usize,
) -> impl Iterator<Item = (usize, &'s Story)> + 's {
    let earlier = group.iter().take_while(move |&&other| other != at);
    earlier.filter_map(move |&other| {
        let (own, story) = (stories.get(at)?, stories.get(other)?);
        (story.outlet != own.outlet && resemblance(story, own) >= COPY).then_some((other, story))
    })
}

/// How central a story is to its group: what it shares with the others, by rare words and names.
pub fn central(stories: &[Story], group: &[usize]) -> Vec<f64> {
    let member = |at: &usize| stories.get(*at);
    let names = Weights::new(group.iter().filter_map(member).map(|story| &story.names));
    let words = Weights::new(group.iter().filter_map(member).map(|story| &story.words));
    let likeness = |a: usize| -> f64 {
        (0..group.len()).filter(|b| *b != a).map(|b| names.cosine(a, b) + words.cosine(a, b)).sum()
    };
    (0..group.len()).map(likeness).collect()
}

/// Estimated share of shingles that two stories have in common (Broder 1997, <https://doi.org/10.1109/SEQUEN.1997.666900>).
#[expect(clippy::cast_precision_loss, reason = "a signature has 64 hashes")]
fn resemblance(a: &Story, b: &Story) -> f64 {
    let equal = a.signature.iter().zip(&b.signature).filter(|(x, y)| x == y).count();
    equal as f64 / a.signature.len().max(1) as f64
}

/// Share of the frames of both that hold a common value.
fn agreement(a: &[(u64, u64)], b: &[(u64, u64)]) -> f64 {
    let (mut agree, mut differ) = (0.0, 0.0);
    let (mut left, mut right) = (by_frame(a).peekable(), by_frame(b).peekable());
    while let (Some(x), Some(y)) = (left.peek(), right.peek()) {
        match frame_of(x).cmp(&frame_of(y)) {
            Ordering::Less => _ = left.next(),
            Ordering::Greater => _ = right.next(),
            Ordering::Equal => {
                if x.iter().any(|slot| y.contains(slot)) {
                    agree += 1.0;
                } else {
                    differ += 1.0;
                }
                left.next();
                right.next();
            }
        }
    }
    (agree + PRIOR) / (agree + differ + PRIOR)
}

fn by_frame(slots: &[(u64, u64)]) -> impl Iterator<Item = &[(u64, u64)]> {
    slots.chunk_by(|a, b| a.0 == b.0)
}

fn frame_of(slots: &[(u64, u64)]) -> u64 {
    slots.first().map_or(0, |slot| slot.0)
}

/// Pairs worth comparing.
fn candidates(stories: &[&Story], names: &Weights) -> HashSet<(usize, usize)> {
    let (mut index, mut bands): (HashMap<u64, Vec<usize>>, HashMap<u64, Vec<usize>>) = Default::default();
    for (at, story) in stories.iter().enumerate() {
        let rare = story.names.iter().filter(|(name, _)| names.frequency(*name) <= COMMON);
        rare.for_each(|(name, _)| index.entry(*name).or_default().push(at));
        for (band, hashes) in story.signature.chunks(BAND).enumerate() {
            let key =
                hashes.iter().fold(band as u64, |key, hash| key.wrapping_mul(0x0100_0000_01b3) ^ u64::from(*hash));
            bands.entry(key).or_default().push(at);
        }
    }
    let rare = index.into_values().filter(|places| places.len() <= COMMON).map(|places| (places, COMMON));
    // Copies are never too many: who shares a band with hundreds is compared with the next ones.
    let copies = bands.into_values().map(|places| (places, COPIES));
    let mut pairs = HashSet::new();
    let are_near = |a: usize, b: usize| stories.get(a).zip(stories.get(b)).is_some_and(|(a, b)| is_near(a, b));
    for (places, most) in rare.chain(copies) {
        for (n, &a) in places.iter().enumerate() {
            let later = places.iter().skip(n + 1).take(most).filter(|&&b| b != a && are_near(a, b));
            pairs.extend(later.map(|&b| (a, b)));
        }
    }
    pairs
}

fn is_near(a: &Story, b: &Story) -> bool {
    let (Some(a), Some(b)) = (a.at, b.at) else { return true };
    (a.as_second() - b.as_second()).abs() <= DAYS_APART * 24 * 60 * 60
}

/// Bags weighted by rarity, each of length one.
struct Weights {
    bags: Vec<Bag>,
    frequency: HashMap<u64, u32>,
}

impl Weights {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_precision_loss,
        reason = "weights need no more than f32 holds"
    )]
    fn new<'a>(bags: impl Iterator<Item = &'a Bag> + Clone) -> Self {
        let mut frequency: HashMap<u64, u32> = HashMap::new();
        bags.clone().flatten().for_each(|(feature, _)| *frequency.entry(*feature).or_default() += 1);
        let all = bags.clone().count() as f64 + BACKGROUND;
        let weigh = |bag: &Bag| -> Bag {
            let weight = |feature: &u64, count: f32| {
                let rarity = (all / f64::from(*frequency.get(feature).unwrap_or(&1))).ln();
                ((1.0 + f64::from(count).ln()) * rarity) as f32
            };
            let weighted: Bag = bag.iter().map(|(feature, count)| (*feature, weight(feature, *count))).collect();
            let length = weighted.iter().map(|(_, weight)| weight * weight).sum::<f32>().sqrt().max(f32::MIN_POSITIVE);
            weighted.into_iter().map(|(feature, weight)| (feature, weight / length)).collect()
        };
        Self { bags: bags.map(weigh).collect(), frequency }
    }

    fn frequency(&self, feature: u64) -> usize {
        self.frequency.get(&feature).map_or(0, |count| *count as usize)
    }

    fn cosine(&self, a: usize, b: usize) -> f64 {
        let (Some(a), Some(b)) = (self.bags.get(a), self.bags.get(b)) else { return 0.0 };
        let (mut left, mut right) = (a.iter().peekable(), b.iter().peekable());
        let mut sum = 0.0;
        while let (Some(x), Some(y)) = (left.peek(), right.peek()) {
            match x.0.cmp(&y.0) {
                Ordering::Less => _ = left.next(),
                Ordering::Greater => _ = right.next(),
                Ordering::Equal => {
                    sum += f64::from(x.1 * y.1);
                    left.next();
                    right.next();
                }
            }
        }
        sum
    }
}

/// Average linkage over a sparse graph; a pair without a link has likeness zero.
struct Clusters {
    members: Vec<Vec<usize>>,
    /// Sum of the likenesses between the members of two clusters, by the other cluster.
    links: Vec<HashMap<usize, f64>>,
}

/// Two clusters that could be one; `sizes` tells whether it is still as it was.
#[derive(PartialEq)]
struct Offer {
    likeness: f64,
    pair: (usize, usize),
    sizes: (usize, usize),
}

impl Eq for Offer {}

impl Ord for Offer {
    fn cmp(&self, other: &Self) -> Ordering {
        self.likeness.total_cmp(&other.likeness).then_with(|| other.pair.cmp(&self.pair))
    }
}

impl PartialOrd for Offer {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Clusters {
    fn new(count: usize) -> Self {
        Self { members: (0..count).map(|at| vec![at]).collect(), links: vec![HashMap::new(); count] }
    }

    fn link(&mut self, a: usize, b: usize, likeness: f64) {
        // Weaker links never decide: the average of a group that is worth joining lies well above.
        if likeness < ALIKE / 4.0 {
            return;
        }
        for (from, to) in [(a, b), (b, a)] {
            if let Some(links) = self.links.get_mut(from) {
                links.insert(to, likeness);
            }
        }
    }

    #[expect(clippy::cast_precision_loss, reason = "groups are small")]
    fn offer(&self, a: usize, b: usize) -> Option<Offer> {
        let (a, b) = (a.min(b), a.max(b));
        let sizes = (self.members.get(a)?.len(), self.members.get(b)?.len());
        let likeness = self.links.get(a)?.get(&b)? / (sizes.0 * sizes.1).max(1) as f64;
        (likeness >= ALIKE && sizes.0 > 0 && sizes.1 > 0).then_some(Offer { likeness, pair: (a, b), sizes })
    }

    fn merge(mut self) -> Vec<Group> {
        let pairs = self.links.iter().enumerate().flat_map(|(a, links)| links.keys().map(move |&b| (a, b)));
        let mut offers: BinaryHeap<Offer> =
            pairs.filter(|(a, b)| a < b).filter_map(|(a, b)| self.offer(a, b)).collect();
        while let Some(offer) = offers.pop() {
            let (a, b) = offer.pair;
            if self.offer(a, b).is_none_or(|now| now.sizes != offer.sizes) {
                continue;
            }
            for other in self.join(a, b) {
                offers.extend(self.offer(a, other));
            }
        }
        self.members.into_iter().filter(|members| !members.is_empty()).collect()
    }

    /// Moves `b` into `a`; gives the clusters that `a` now has links to.
    fn join(&mut self, a: usize, b: usize) -> Vec<usize> {
        let moved = self.members.get_mut(b).map(std::mem::take).unwrap_or_default();
        let links = self.links.get_mut(b).map(std::mem::take).unwrap_or_default();
        if let Some(members) = self.members.get_mut(a) {
            members.extend(moved);
        }
        for (other, likeness) in links {
            if let Some(back) = self.links.get_mut(other) {
                back.remove(&b);
                if other != a {
                    *back.entry(a).or_default() += likeness;
                }
            }
            if other != a
                && let Some(own) = self.links.get_mut(a)
            {
                *own.entry(other).or_default() += likeness;
            }
        }
        let mut near: Vec<usize> = self.links.get(a).map(|own| own.keys().copied().collect()).unwrap_or_default();
        near.sort_unstable();
        near
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_chance_likeness_does_not_join_two_events() {
        let mut clusters = Clusters::new(5);
        for (a, b, likeness) in [(0, 1, 0.4), (0, 2, 0.4), (1, 2, 0.4), (3, 4, 0.4), (2, 3, 0.2)] {
            clusters.link(a, b, likeness);
        }
        assert_eq!(clusters.merge(), [vec![0, 1, 2], vec![3, 4]]);
    }

    /// A quake, as so many outlets print it, each at its own minute.
    fn prints(count: usize, text: impl Fn(usize) -> String) -> Vec<Story> {
        let print = |n: usize| {
            let mut record = super::super::tests::record("Gempa Laut Banda", &[(&text(n), "A quake.")]);
            record.source.date = Some(format!("2026-11-25T{:02}:{:02}:00+07:00", 8 + n / 60, n % 60));
            Story::of(&format!("outlet-{n:03}/a"), &record, &[])
        };
        (0..count).map(print).collect()
    }

    const QUAKE: &str = "Gempa bermagnitudo 6,2 mengguncang Laut Banda pada Selasa malam, kata Kepala BMKG Daryono dalam \
        siaran pers di Ambon. Sebanyak 12 orang tewas di Pulau Saparua dan Haruku menurut Wali Kota Ambon Bodewin \
        Wattimena yang meninjau lokasi";

    #[test]
    fn an_event_does_not_fall_apart_however_many_outlets_print_its_text() {
        let copies = prints(150, |_| QUAKE.to_owned());
        assert_eq!(group(&copies).len(), 1);
        let near_copies = prints(100, |n| format!("{QUAKE} bersama wartawan outlet{n}x."));
        assert_eq!(group(&near_copies).len(), 1);
    }

    #[test]
    fn the_same_text_weeks_later_is_another_event() {
        let mut copies = prints(2, |_| QUAKE.to_owned());
        copies[0].at = super::super::time::read("2026-11-01");
        assert_eq!(group(&copies).len(), 2);
    }

    #[test]
    fn frames_with_other_values_lower_the_likeness() {
        let same = [(1, 10), (2, 20), (3, 30)];
        let other = [(1, 11), (2, 21), (3, 31)];
        assert!((agreement(&same, &same) - 1.0).abs() < 1e-9);
        assert!(agreement(&same, &other) < 0.5);
        assert!((agreement(&same, &[]) - 1.0).abs() < 1e-9);
    }
}
