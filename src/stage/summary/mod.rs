//! Summarises without a model: the sentences of the text that say most of it, whole and unchanged.
//!
//! Place in the data way: `assemble` calls it on the English where no backend wrote a summary.
//! It must never write a word of its own. It knows no language: it is measured on Indonesian and used on English.

mod rank;

use std::ops::Range;

use crate::model::reply::{SectionSummary, Summary};
use crate::model::unit::SectionText;

use super::section::sentences_en;
use rank::Sentence;

/// How long the article summary may grow, in words.
const SUMMARY_WORDS: usize = 55;
/// Most points beside the summary.
const POINTS: usize = 5;
/// A sentence of fewer words says too little to stand alone.
const SHORTEST: usize = 5;

/// Cuts a text into sentences.
pub type Splitter = fn(&str) -> Vec<Range<usize>>;

/// Makes a summary of whole English sentences: the article in about 55 words, its points, one sentence for each section.
pub fn extract(title: Option<&str>, sections: &[SectionText]) -> Summary {
    extract_by(sentences_en, title, sections)
}

/// The same for a text in any language whose sentences `split` can tell.
pub fn extract_by(split: Splitter, title: Option<&str>, sections: &[SectionText]) -> Summary {
    let sentences = rank::ranked(split, title, sections);
    let chosen = summary_of(&sentences);
    let summary = in_order(&sentences, &chosen);
    let points = points_of(&sentences, &chosen).into_iter().map(str::to_owned).collect();
    let sections = sections.iter().filter_map(|section| section_summary(&sentences, section.n)).collect();
    Summary { summary, points, sections }
}

/// The best sentences, by score, that fit together into the length; the best one always stands.
fn summary_of(sentences: &[Sentence<'_>]) -> Vec<usize> {
    let mut chosen: Vec<usize> = Vec::new();
    let mut words = 0;
    for at in by_score(sentences) {
        let Some(sentence) = sentences.get(at) else { continue };
        let fits = chosen.is_empty() || words + sentence.words.len() <= SUMMARY_WORDS;
        let is_new = chosen.iter().filter_map(|&other| sentences.get(other)).all(|other| !sentence.repeats(other));
        if fits && is_new && sentence.words.len() >= SHORTEST.min(longest(sentences)) {
            chosen.push(at);
            words += sentence.words.len();
        }
    }
    chosen
}

fn longest(sentences: &[Sentence<'_>]) -> usize {
    sentences.iter().map(|sentence| sentence.words.len()).max().unwrap_or(0)
}

/// The next best sentences that the summary does not hold, in reading order.
fn points_of<'a>(sentences: &[Sentence<'a>], chosen: &[usize]) -> Vec<&'a str> {
    let mut points: Vec<usize> = Vec::new();
    for at in by_score(sentences).into_iter().filter(|at| !chosen.contains(at)) {
        let Some(sentence) = sentences.get(at) else { continue };
        let others = chosen.iter().chain(&points).filter_map(|&other| sentences.get(other));
        if sentence.words.len() >= SHORTEST && others.into_iter().all(|other| !sentence.repeats(other)) {
            points.push(at);
        }
        if points.len() == POINTS.min(sentences.len() / 3) {
            break;
        }
    }
    points.truncate(POINTS.min(sentences.len() / 3));
    points.sort_unstable();
    points.iter().filter_map(|&at| sentences.get(at)).map(|sentence| sentence.text).collect()
}

fn section_summary(sentences: &[Sentence<'_>], section: u32) -> Option<SectionSummary> {
    let own = sentences.iter().filter(|sentence| sentence.section == section);
    let best = own.max_by(|a, b| a.section_score.total_cmp(&b.section_score))?;
    Some(SectionSummary { n: section, summary: best.text.to_owned() })
}

fn by_score(sentences: &[Sentence<'_>]) -> Vec<usize> {
    let mut order: Vec<_> = sentences.iter().enumerate().map(|(at, sentence)| (at, sentence.score)).collect();
    order.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    order.into_iter().map(|(at, _)| at).collect()
}

fn in_order(sentences: &[Sentence<'_>], chosen: &[usize]) -> String {
    let mut chosen = chosen.to_vec();
    chosen.sort_unstable();
    let texts: Vec<_> = chosen.iter().filter_map(|&at| sentences.get(at)).map(|sentence| sentence.text).collect();
    texts.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sections() -> Vec<SectionText> {
        let first = "The government raised the fuel price by 10 percent on Monday. The minister announced the new \
                     fuel price in Jakarta. \"We had no other choice,\" he said. The new price applies from midnight.";
        let second = "Drivers queued at filling stations in several cities. Some stations ran out of fuel before noon. \
                      Police kept order at the filling stations. No incidents were reported by the evening.";
        vec![SectionText { n: 1, text: first.into() }, SectionText { n: 2, text: second.into() }]
    }

    #[test]
    fn every_sentence_of_a_summary_stands_in_the_text_unchanged() {
        let whole = sections().iter().map(|section| section.text.clone()).collect::<Vec<_>>().join("\n");
        let summary = extract(Some("Fuel price raised"), &sections());
        for sentence in sentences_en(&summary.summary).into_iter().map(|range| &summary.summary[range]) {
            assert!(whole.contains(sentence), "{sentence}");
        }
        assert!(summary.points.iter().all(|point| whole.contains(point)));
        assert!(summary.sections.iter().all(|section| whole.contains(&section.summary)));
    }

    #[test]
    fn the_summary_keeps_to_its_length_and_begins_with_the_news() {
        let summary = extract(Some("Fuel price raised"), &sections());
        assert!(summary.summary.split_whitespace().count() <= SUMMARY_WORDS);
        assert!(summary.summary.starts_with("The government raised"));
    }

    #[test]
    fn each_section_with_text_has_one_sentence_of_its_own() {
        let mut sections = sections();
        sections.push(SectionText { n: 3, text: String::new() });
        let summary = extract(None, &sections);
        assert_eq!(summary.sections.iter().map(|section| section.n).collect::<Vec<_>>(), [1, 2]);
    }

    #[test]
    fn points_repeat_nothing_that_the_summary_says() {
        let summary = extract(Some("Fuel price raised"), &sections());
        assert!(summary.points.iter().all(|point| !summary.summary.contains(point)), "{summary:?}");
    }

    #[test]
    fn nothing_and_very_little_text_are_no_trouble() {
        assert_eq!(extract(None, &[]), Summary::default());
        let one = extract(None, &[SectionText { n: 1, text: "One. Two.".into() }]);
        assert!(one.summary.starts_with("One."));
    }

    #[test]
    fn a_very_long_single_sentence_is_kept_whole() {
        let long = format!("It {} ended.", "went on and ".repeat(100));
        assert_eq!(extract(None, &[SectionText { n: 1, text: long.clone() }]).summary, long);
    }
}
