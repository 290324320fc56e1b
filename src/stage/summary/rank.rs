//! Scores the sentences of a text: early, central, close to the title, not a quotation.
//!
//! Centrality is the cosine between a sentence and the whole text, words weighted by how rare they are among the
//! sentences (tf·idf); after Radev et al., "Centroid-based summarization" (2004).
//!
//! Place in the data way: inside `summary`.
//! It must never know a language: no word lists.

use std::collections::{HashMap, HashSet};

use crate::model::unit::SectionText;

use super::Splitter;

/// Weight of being close to all of the text; standing first weighs 1.
const CENTRAL: f64 = 0.25;
/// Weight of holding all of the title's words.
const TITLE: f64 = 1.5;
/// What a sentence with a quotation loses: it colours the news, it rarely is the news.
const QUOTATION: f64 = 0.5;
/// Sentences after which standing early counts half.
const HALF: f64 = 4.0;
/// Share of common words from which one sentence repeats another.
const REPEATS: f64 = 0.7;

/// One sentence with its scores.
#[derive(Debug)]
pub(super) struct Sentence<'a> {
    /// As written.
    pub text: &'a str,
    /// Its words, in lower case.
    pub words: Vec<String>,
    /// The section that it stands in.
    pub section: u32,
    /// How well it stands for the article.
    pub score: f64,
    /// How well it stands for its section.
    pub section_score: f64,
}

impl Sentence<'_> {
    /// Whether it says hardly more than another one.
    pub fn repeats(&self, other: &Self) -> bool {
        let own: HashSet<_> = self.words.iter().collect();
        let common = other.words.iter().collect::<HashSet<_>>().intersection(&own).count();
        share(common, own.len()) >= REPEATS
    }
}

/// All sentences of the sections in reading order, scored.
pub(super) fn ranked<'a>(split: Splitter, title: Option<&str>, sections: &'a [SectionText]) -> Vec<Sentence<'a>> {
    let mut all: Vec<_> = sections.iter().flat_map(|section| section_sentences(split, section)).collect();
    let central = centralities(&all);
    let title: HashSet<_> = title.map(words).unwrap_or_default().into_iter().collect();
    let mut in_section = 0;
    let mut section = 0;
    for (at, (sentence, central)) in all.iter_mut().zip(central).enumerate() {
        in_section = if sentence.section == section { in_section + 1 } else { 0 };
        section = sentence.section;
        let named = share(
            sentence.words.iter().collect::<HashSet<_>>().iter().filter(|word| title.contains(**word)).count(),
            title.len(),
        );
        let quoted = if sentence.text.contains(['"', '“', '”']) { QUOTATION } else { 0.0 };
        let content = CENTRAL * central + TITLE * named - quoted;
        sentence.score = early(at) + content;
        sentence.section_score = early(in_section) + content;
    }
    all
}

/// A line break always ends a sentence.
fn section_sentences(split: Splitter, section: &SectionText) -> impl Iterator<Item = Sentence<'_>> {
    let cut = move |line| split(line).into_iter().filter_map(move |range| str::get(line, range));
    section.text.lines().flat_map(cut).map(|text| Sentence {
        text,
        words: words(text),
        section: section.n,
        score: 0.0,
        section_score: 0.0,
    })
}

fn words(text: &str) -> Vec<String> {
    let cut = text.split(|c: char| !c.is_alphanumeric() && c != '-');
    cut.filter(|word| !word.is_empty()).map(str::to_lowercase).collect()
}

/// How close each sentence is to all of the text.
fn centralities(all: &[Sentence<'_>]) -> Vec<f64> {
    let weights = rarity(all);
    let centre = vector(all.iter().flat_map(|sentence| &sentence.words), &weights);
    all.iter().map(|sentence| cosine(&vector(sentence.words.iter(), &weights), &centre)).collect()
}

/// How rare each word is among the sentences.
fn rarity(all: &[Sentence<'_>]) -> HashMap<String, f64> {
    let mut held: HashMap<String, usize> = HashMap::new();
    for sentence in all {
        for word in sentence.words.iter().collect::<HashSet<_>>() {
            *held.entry(word.clone()).or_default() += 1;
        }
    }
    held.into_iter().map(|(word, count)| (word, (1.0 / share(count, all.len() + 1)).ln())).collect()
}

fn vector<'w>(words: impl Iterator<Item = &'w String>, weights: &HashMap<String, f64>) -> HashMap<&'w str, f64> {
    let mut vector = HashMap::new();
    for word in words {
        *vector.entry(word.as_str()).or_insert(0.0) += weights.get(word).copied().unwrap_or(0.0);
    }
    vector
}

fn cosine(a: &HashMap<&str, f64>, b: &HashMap<&str, f64>) -> f64 {
    let dot: f64 = a.iter().filter_map(|(word, x)| b.get(word).map(|y| x * y)).sum();
    let norm = |v: &HashMap<&str, f64>| v.values().map(|x| x * x).sum::<f64>().sqrt();
    let length = norm(a) * norm(b);
    if length > 0.0 { dot / length } else { 0.0 }
}

fn early(at: usize) -> f64 {
    HALF / (HALF + count(at))
}

fn share(part: usize, whole: usize) -> f64 {
    count(part) / count(whole.max(1))
}

#[expect(clippy::cast_precision_loss, reason = "counts of words are far below 2^52")]
fn count(n: usize) -> f64 {
    n as f64
}
