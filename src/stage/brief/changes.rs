//! What is new: an article that went on, one that was corrected without a word, a toll that rose since the last briefing.
//!
//! Place in the data way: inside `compose`, and over the previous briefing as a whole.
//! It must never call a correction what is only news: a correction is the same page, with the same date, in other words.

use std::collections::BTreeMap;

use crate::model::briefing::{ArticleRef, Change, Cite, Correction, Figure, Item, Statement};
use crate::model::record::{ArticleRecord, ParagraphRecord};

use super::conflicts::{figure, stated};
use super::number::same;
use super::story::{Story, story_paragraphs};
use super::verify::{Library, verify};
use super::words::{Kind, Token, tokens};

/// Names that two items must share to be of one event.
const SHARED_NAMES: usize = 3;
/// Words of a paragraph that may differ for it to be the same one, corrected: one in four.
const CORRECTED: usize = 4;
/// Words shown on either side of a correction.
const AROUND: usize = 3;

/// What a newer version of an article says differently.
pub(super) fn between_versions(before: (&Story, &ArticleRecord), after: (&Story, &ArticleRecord)) -> Vec<Change> {
    if before.0.at == after.0.at { corrections_in(before, after) } else { figures_in(before.0, after.0) }
}

fn figures_in(before: &Story, after: &Story) -> Vec<Change> {
    let (old, new) = (stated(before), stated(after));
    let changed = new.iter().filter_map(|(what, now)| {
        let was = old.get(what).filter(|was| !was.agrees(now))?;
        Some(Change {
            what: (*what).to_owned(),
            before: was.shown(),
            after: now.shown(),
            correction: false,
            earlier: Some(figure(before, was).cite),
            cite: figure(after, now).cite,
        })
    });
    changed.collect()
}

/// Words that were exchanged in a paragraph.
fn corrections_in(before: (&Story, &ArticleRecord), after: (&Story, &ArticleRecord)) -> Vec<Change> {
    let old: Vec<&ParagraphRecord> = story_paragraphs(before.1).collect();
    let mut changes = Vec::new();
    for new in story_paragraphs(after.1).filter(|new| !old.iter().any(|old| old.id == new.id)) {
        let Some((was, is)) = old.iter().find_map(|old| Some((*old, exchanged(&old.id, &new.id)?))) else { continue };
        changes.extend(is.into_iter().map(|(what, before_words, after_words)| Change {
            what,
            before: before_words,
            after: after_words,
            correction: true,
            earlier: Some(Cite { article: before.0.name.clone(), paragraph: was.n }),
            cite: Cite { article: after.0.name.clone(), paragraph: new.n },
        }));
    }
    changes
}

/// The runs of words in which two versions of a paragraph differ, each with the words around it; `None` where they are
/// two different paragraphs.
fn exchanged(old: &str, new: &str) -> Option<Vec<(String, String, String)>> {
    let (old, new) = (words(old), words(new));
    if old.len() != new.len() {
        return None;
    }
    let differs: Vec<bool> = old.iter().zip(&new).map(|(a, b)| a.text != b.text).collect();
    let count = differs.iter().filter(|differs| **differs).count();
    if count == 0 || count * CORRECTED > old.len() {
        return None;
    }
    let mut runs = Vec::new();
    let mut at = 0;
    while at < differs.len() {
        let length = differs.iter().skip(at).take_while(|differs| **differs).count();
        if length > 0 {
            let text = |words: &[Token<'_>], from: usize, count: usize| {
                words.iter().skip(from).take(count).map(|word| word.text).collect::<Vec<_>>().join(" ")
            };
            let left = text(&new, at.saturating_sub(AROUND), at.min(AROUND));
            let right = text(&new, at + length, AROUND);
            let around = format!("{left} … {right}");
            runs.push((around.trim().to_owned(), text(&old, at, length), text(&new, at, length)));
        }
        at += length.max(1);
    }
    Some(runs)
}

fn words(text: &str) -> Vec<Token<'_>> {
    tokens(text).into_iter().filter(|token| token.kind != Kind::Mark).collect()
}

/// What is different from the item of the previous briefing that tells the same event.
pub(super) fn against_previous(item: &Item, previous: &[Item]) -> Vec<Change> {
    let Some(before) =
        previous.iter().max_by_key(|other| likeness(item, other)).filter(|other| likeness(item, other) > 0)
    else {
        return Vec::new();
    };
    let changed = item.figures.iter().filter_map(|now| {
        let was = before.figures.iter().find(|was| was.what == now.what)?;
        let is_new = !same(was.value, now.value) && was.cite != now.cite;
        let is_told = item.changes.iter().any(|change| change.what == now.what && change.after == now.shown);
        (is_new && !is_told && !was_given(before, now)).then(|| Change {
            what: now.what.clone(),
            before: was.shown.clone(),
            after: now.shown.clone(),
            correction: false,
            earlier: Some(was.cite.clone()),
            cite: now.cite.clone(),
        })
    });
    changed.collect()
}

/// Whether an outlet gave the figure in the previous briefing already, and others another one: then nothing is new.
fn was_given(before: &Item, now: &Figure) -> bool {
    let disputed = before.conflicts.iter().filter(|conflict| conflict.what == now.what);
    disputed.flat_map(|conflict| &conflict.figures).any(|figure| same(figure.value, now.value))
}

/// How surely two items tell one event: shared pages, else enough shared names; zero where they do not.
fn likeness(a: &Item, b: &Item) -> usize {
    let pages = |item: &Item| -> Vec<String> {
        let articles = item.outlets.iter().flat_map(|share| &share.articles);
        articles.flat_map(|article| article.url.clone().into_iter().chain([article.name.clone()])).collect()
    };
    let theirs = pages(b);
    let shared_pages = pages(a).iter().filter(|page| theirs.contains(page)).count();
    let shared_names = a.names.iter().filter(|name| b.names.contains(name)).count();
    let enough = if shared_names >= SHARED_NAMES.min(b.names.len().max(1)) { shared_names } else { 0 };
    100 * shared_pages + enough
}

/// Statements of the previous briefing that articles, changed since, no longer bear out. `changed` holds the articles
/// whose input changed, by name.
pub fn corrections(
    previous: &[Item],
    changed: &BTreeMap<String, ArticleRef>,
    library: &impl Library,
) -> Vec<Correction> {
    let statements = |item: &'_ Item| -> Vec<Statement> {
        let added = item.outlets.iter().filter_map(|share| share.adds.clone());
        item.statements.iter().cloned().chain(added).collect()
    };
    let mut found = Vec::new();
    for statement in previous.iter().flat_map(statements) {
        let Some((cite, article)) = statement.cites.iter().find_map(|cite| Some((cite, changed.get(&cite.article)?)))
        else {
            continue;
        };
        let findings = verify(&Statement { findings: Vec::new(), ..statement.clone() }, library);
        if !findings.is_empty() {
            let now = library.paragraph(cite).map(|cited| cited.en.unwrap_or(cited.id)).unwrap_or_default();
            found.push(Correction { was: statement.clone(), article: article.clone(), now, findings });
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::briefing::Conflict;

    #[test]
    fn exchanged_words_are_found_with_what_stands_around_them() {
        let runs = exchanged(
            "Dokter hewan Siti Rahmawati, yang memimpin tim, mengatakan ada 14 jerat.",
            "Dokter hewan Siti Rahmadani, yang memimpin tim, mengatakan ada 41 jerat.",
        );
        let runs = runs.unwrap();
        assert_eq!(runs[0], ("Dokter hewan Siti … yang memimpin tim".into(), "Rahmawati".into(), "Rahmadani".into()));
        assert_eq!((runs[1].1.as_str(), runs[1].2.as_str()), ("14", "41"));
    }

    #[test]
    fn other_paragraphs_are_no_corrections() {
        assert_eq!(exchanged("Satu dua tiga empat.", "Lima enam tujuh delapan."), None);
        assert_eq!(exchanged("Satu dua tiga.", "Satu dua tiga."), None);
    }

    fn dead(outlet: &str, value: f64) -> Figure {
        Figure {
            what: "dead".into(),
            value,
            shown: value.to_string(),
            outlet: outlet.into(),
            cite: Cite { article: format!("{outlet}/a"), paragraph: 2 },
            date: None,
        }
    }

    fn event(figure: Figure) -> Item {
        Item { names: vec!["Demak".into()], figures: vec![figure], ..Item::default() }
    }

    #[test]
    fn a_figure_that_another_outlet_gives_now_is_new_and_both_voices_are_named() {
        let changes = against_previous(&event(dead("detik", 41.0)), &[event(dead("antara", 34.0))]);
        let [change] = changes.as_slice() else { panic!("{changes:?}") };
        assert_eq!((change.before.as_str(), change.after.as_str()), ("34", "41"));
        assert_eq!(change.said_elsewhere().unwrap().article, "antara/a");
        let same = against_previous(&event(dead("antara", 41.0)), &[event(dead("antara", 34.0))]);
        assert!(same.is_empty(), "the same paragraph, cited again, is a correction and told as one: {same:?}");
    }

    #[test]
    fn a_figure_that_an_outlet_gave_before_already_is_not_new() {
        let mut before = event(dead("antara", 34.0));
        before.conflicts =
            vec![Conflict { what: "dead".into(), figures: vec![dead("antara", 34.0), dead("detik", 41.0)] }];
        assert_eq!(against_previous(&event(dead("detik", 41.0)), &[before]), []);
    }
}
