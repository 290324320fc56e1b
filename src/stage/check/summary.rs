//! Rule `summary`: a summary is there, whole, in English, not wildly longer than asked, and has no figure of its own.
//!
//! Place in the data way: `work` checks a summary before it is stored; without a good one the extractive takes its place.
//! `kabar check` holds a finished one against its article again.
//! It must never ask for a certain wording.

use crate::model::finding::Finding;
use crate::model::record::{ArticleRecord, SummaryMethod};
use crate::model::reply::{Finish, Summary};
use crate::model::request::Summarise;

use super::language::is_indonesian;
use super::words::{Pair, words};
use super::{extra, figures, refusal};

pub(super) const NAME: &str = "summary";

/// How many times the asked length a summary may have.
const LONGEST: usize = 3;

pub(super) fn check(asked: &Summarise, answer: &Summary, finish: Finish) -> Vec<Finding> {
    let mut found = Vec::new();
    if finish == Finish::Length {
        found.push(Finding::error(NAME, "The answer was cut off; write it shorter and to its end."));
    }
    if answer.summary.trim().is_empty() {
        found.push(Finding::error(NAME, "The summary is empty."));
    }
    let length = words(&answer.summary).len();
    if length > LONGEST * asked.words.max(20) as usize {
        let detail = format!("The summary has {length} words where about {} were asked for.", asked.words);
        found.push(Finding::error(NAME, detail));
    }
    found.extend(texts(answer).find_map(foreign));
    found.extend(texts(answer).find_map(stray));
    let sources: Vec<_> = asked.sections.iter().map(|section| section.text.as_str()).collect();
    found.extend(invented(&[&sources[..], &[&asked.title]].concat(), &texts(answer).collect::<Vec<_>>()));
    found.extend(unanswered(asked, answer));
    found
}

/// Judges the summaries of a finished record that a backend wrote; extracted ones are sentences of the article.
pub(super) fn check_again(record: &ArticleRecord) -> Option<Finding> {
    if record.summary.method != SummaryMethod::Abstractive {
        return None;
    }
    let paragraphs = record.sections.iter().flat_map(|section| &section.paragraphs);
    let sources: Vec<_> = record.title.id.as_deref().into_iter().chain(paragraphs.map(|p| p.id.as_str())).collect();
    let sections = record.sections.iter().map(|section| section.summary.en.as_str());
    let points = record.summary.points.iter().map(String::as_str);
    invented(&sources, &std::iter::once(record.summary.en.as_str()).chain(points).chain(sections).collect::<Vec<_>>())
}

/// A figure that stands in no text that was summarised. Those in words may be counted by the reader: *three suspects*.
fn invented(sources: &[&str], english: &[&str]) -> Option<Finding> {
    let figures: Vec<_> = figures::unheard(sources, english).map(|figure| format!("\"{figure}\"")).collect();
    let detail = format!("The summary says {}, which the article does not.", figures.join(", "));
    (!figures.is_empty()).then(|| Finding::error(NAME, detail))
}

fn texts(answer: &Summary) -> impl Iterator<Item = &str> {
    let points = answer.points.iter().map(String::as_str);
    let sections = answer.sections.iter().map(|section| section.summary.as_str());
    std::iter::once(answer.summary.as_str()).chain(points).chain(sections)
}

fn foreign(text: &str) -> Option<Finding> {
    is_indonesian(&words(text)).then(|| Finding::error(NAME, "Part of the summary is in Indonesian; write English."))
}

fn stray(text: &str) -> Option<Finding> {
    let pair = Pair::new("", text);
    let finding = refusal::check(&pair).into_iter().chain(extra::check(&pair)).next()?;
    Some(Finding { rule: NAME.into(), ..finding })
}

fn unanswered(asked: &Summarise, answer: &Summary) -> Option<Finding> {
    let is_answered = |n| answer.sections.iter().any(|section| section.n == n && !section.summary.trim().is_empty());
    let missing: Vec<_> = asked.sections.iter().filter(|s| !is_answered(s.n)).map(|s| s.n.to_string()).collect();
    let detail = format!("There is no summary of section {}.", missing.join(", "));
    (!missing.is_empty()).then(|| Finding::warn(NAME, detail))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::reply::SectionSummary;
    use crate::model::request::NumberedText;

    fn asked() -> Summarise {
        Summarise {
            title: "Dua orang ditangkap".into(),
            sections: vec![NumberedText { n: 1, text: "Polisi menangkap dua orang.".into() }],
            words: 20,
        }
    }

    fn answer(summary: &str) -> Summary {
        Summary {
            summary: summary.into(),
            points: vec!["Two people are in custody.".into()],
            sections: vec![SectionSummary { n: 1, summary: "Police arrested two people.".into() }],
        }
    }

    #[test]
    fn a_good_summary_passes() {
        assert_eq!(check(&asked(), &answer("Police arrested two people in Bekasi."), Finish::Complete), []);
    }

    #[test]
    fn an_empty_a_cut_and_an_endless_summary_are_errors() {
        assert!(check(&asked(), &answer(" "), Finish::Complete)[0].detail.contains("empty"));
        assert!(check(&asked(), &answer("Police arr"), Finish::Length)[0].detail.contains("cut off"));
        let long = (0..70).map(|n| format!("word{n}")).collect::<Vec<_>>().join(" ");
        assert!(check(&asked(), &answer(&long), Finish::Complete)[0].detail.contains("70 words"));
    }

    #[test]
    fn an_indonesian_summary_and_one_with_a_preface_are_errors() {
        let indonesian = "Polisi menangkap dua orang dan membawa mereka ke kantor untuk diperiksa.";
        assert!(check(&asked(), &answer(indonesian), Finish::Complete)[0].is_error());
        let preface = "Here is the translation of the summary: police arrested two people.";
        assert!(check(&asked(), &answer(preface), Finish::Complete)[0].is_error());
    }

    #[test]
    fn a_figure_that_the_article_does_not_hold_is_an_error_wherever_it_stands() {
        let asked = Summarise {
            title: "Banjir di Demak".into(),
            sections: vec![NumberedText {
                n: 1,
                text: "Banjir merendam 1.200 rumah, 12 orang tewas pada 5 Mei.".into(),
            }],
            words: 20,
        };
        let say = |summary: &str, point: &str| {
            let answer = Summary { points: vec![point.into()], ..answer(summary) };
            check(&asked, &answer, Finish::Complete).into_iter().find(Finding::is_error).map(|finding| finding.detail)
        };
        assert_eq!(say("Floods hit 1,200 homes on May 5.", "Twelve people died in one flood."), None);
        let wrong = Some("The summary says \"31\", which the article does not.".to_owned());
        assert_eq!(
            (say("Floods killed 31 people.", "Rain."), say("Floods hit.", "31 people died.")),
            (wrong.clone(), wrong)
        );
    }

    #[test]
    fn a_section_without_a_summary_is_told_but_is_no_error() {
        let mut without = answer("Police arrested two people in Bekasi.");
        without.sections.clear();
        let found = check(&asked(), &without, Finish::Complete);
        assert_eq!(found.len(), 1);
        assert!(!found[0].is_error() && found[0].detail.contains("section 1"));
    }
}
