//! What is new: an article that went on, one that was corrected without a word, a toll that rose since the last briefing.
//!
//! Place in the data way: inside `compose`, and over the previous briefing as a whole.
//! It must never call a correction what is only news: a correction is the same page, with the same date, in other words.

use std::collections::{BTreeMap, HashMap, HashSet};

use crate::model::briefing::{ArticleRef, Change, Cite, Correction, Figure, Item, Statement};
use crate::model::record::{ArticleRecord, ParagraphRecord};

use super::conflicts::{figure, stated};
use super::number::{Language, same, values};
use super::story::{Story, story_paragraphs};
use super::verify::{Library, verify};
use super::words::{Kind, Token, tokens};

/// Names that two items must share to be of one event.
const SHARED_NAMES: usize = 3;
/// Words of a paragraph that may differ for it to be the same one, corrected: one in four.
const CORRECTED: usize = 4;
/// Words of a paragraph that is compared word by word; longer ones are no paragraphs of news.
const LONGEST: usize = 1_000;
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
    let old: Vec<(&ParagraphRecord, Vec<Token<'_>>)> = story_paragraphs(before.1).map(|p| (p, words(&p.id))).collect();
    let mut changes = Vec::new();
    for new in story_paragraphs(after.1).filter(|new| !old.iter().any(|(old, _)| old.id == new.id)) {
        let now = words(&new.id);
        let found = old.iter().find_map(|(old, was)| Some((*old, exchanged(was, &now)?)));
        let Some((was, is)) = found else { continue };
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
fn exchanged(old: &[Token<'_>], new: &[Token<'_>]) -> Option<Vec<(String, String, String)>> {
    let is_other = |kept: usize| (old.len().max(new.len()).saturating_sub(kept)) * CORRECTED > old.len();
    // Comparing word by word costs the product of both lengths, and most pairs of a long story have little in common.
    if is_other(common(old, new)) {
        return None;
    }
    let kept = aligned(old, new);
    if kept.len() == old.len().max(new.len()) || is_other(kept.len()) {
        return None;
    }
    let text = |words: &[Token<'_>], from: usize, to: usize| {
        words.iter().take(to).skip(from).map(|word| word.text).collect::<Vec<_>>().join(" ")
    };
    let mut runs = Vec::new();
    let (mut was, mut is) = (0, 0);
    for (to_was, to_is) in kept.into_iter().chain([(old.len(), new.len())]) {
        if (was, is) != (to_was, to_is) {
            let (left, right) = (text(new, is.saturating_sub(AROUND), is), text(new, to_is, to_is + AROUND));
            let around = format!("{left} … {right}");
            runs.push((around.trim().to_owned(), text(old, was, to_was), text(new, is, to_is)));
        }
        (was, is) = (to_was + 1, to_is + 1);
    }
    Some(runs)
}

/// How many words both have, in whatever order.
fn common(old: &[Token<'_>], new: &[Token<'_>]) -> usize {
    let mut left: HashMap<&str, usize> = HashMap::new();
    for word in old {
        *left.entry(word.text).or_default() += 1;
    }
    let takes =
        |word: &&Token<'_>| left.get_mut(word.text).filter(|count| **count > 0).map(|count| *count -= 1).is_some();
    new.iter().filter(takes).count()
}

/// The places of the words that both versions have, in their order: a longest common subsequence
/// (<https://en.wikipedia.org/wiki/Longest_common_subsequence>).
fn aligned(old: &[Token<'_>], new: &[Token<'_>]) -> Vec<(usize, usize)> {
    if old.len().max(new.len()) > LONGEST {
        return Vec::new();
    }
    let width = new.len() + 1;
    let mut longest = vec![0_u16; (old.len() + 1) * width];
    let at = |longest: &[u16], was: usize, is: usize| longest.get(was * width + is).copied().unwrap_or_default();
    for (was, a) in old.iter().enumerate().rev() {
        for (is, b) in new.iter().enumerate().rev() {
            let best = if a.text == b.text {
                at(&longest, was + 1, is + 1) + 1
            } else {
                at(&longest, was + 1, is).max(at(&longest, was, is + 1))
            };
            if let Some(place) = longest.get_mut(was * width + is) {
                *place = best;
            }
        }
    }
    let (mut was, mut is, mut kept) = (0, 0, Vec::new());
    while let (Some(a), Some(b)) = (old.get(was), new.get(is)) {
        if a.text == b.text {
            kept.push((was, is));
            (was, is) = (was + 1, is + 1);
        } else if at(&longest, was + 1, is) >= at(&longest, was, is + 1) {
            was += 1;
        } else {
            is += 1;
        }
    }
    kept
}

fn words(text: &str) -> Vec<Token<'_>> {
    tokens(text).into_iter().filter(|token| token.kind != Kind::Mark).collect()
}

/// What is different from the item of the previous briefing that tells the same event.
pub(super) fn against_previous(item: &Item, previous: &[Item]) -> Vec<Change> {
    // The latest stand first, and of equals `max_by_key` takes the last.
    let like = previous.iter().rev().map(|other| (likeness(item, other), other));
    let Some((_, before)) = like.max_by_key(|(likeness, _)| *likeness).filter(|(likeness, _)| *likeness > 0) else {
        return Vec::new();
    };
    let changed = item.figures.iter().filter_map(|now| {
        let was = before.figures.iter().find(|was| was.what == now.what)?;
        // The same paragraph with another figure is told as a correction where a statement gave the figure.
        let is_corrected = is_one_place((before, &was.cite), (item, &now.cite)) && is_stated(before, was);
        let is_new = !same(was.value, now.value) && !is_corrected;
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

/// Whether a statement gives a figure and cites where it stands: then it is corrected when it no longer holds.
fn is_stated(item: &Item, figure: &Figure) -> bool {
    let gives = |statement: &Statement| {
        let mut given = values(&statement.text, Language::English);
        given.extend(values(&statement.text, Language::Indonesian));
        statement.cites.contains(&figure.cite) && given.iter().any(|value| same(value.value, figure.value))
    };
    item.told().any(gives)
}

/// Whether two citations lead to the same paragraph of the same page with the same date, which a crawl by day may have
/// stored under another name.
fn is_one_place((before, was): (&Item, &Cite), (after, now): (&Item, &Cite)) -> bool {
    let page = |item: &Item, cite: &Cite| {
        let article = item.articles().find(|article| article.name == cite.article)?;
        Some((article.url.clone()?, article.date.clone()?))
    };
    let is_one_page = || page(before, was).is_some_and(|page_before| Some(page_before) == page(after, now));
    was.paragraph == now.paragraph && (was.article == now.article || is_one_page())
}

/// How surely two items tell one event: shared pages, else enough shared names; zero where they do not.
pub(super) fn likeness(a: &Item, b: &Item) -> usize {
    fn pages(item: &Item) -> impl Iterator<Item = &str> {
        item.articles().flat_map(|article| article.url.as_deref().into_iter().chain([article.name.as_str()]))
    }
    let theirs: HashSet<&str> = pages(b).collect();
    let shared_pages = pages(a).filter(|page| theirs.contains(page)).count();
    let shared_names = a.names.iter().filter(|name| b.names.contains(name)).count();
    let enough = if shared_names >= SHARED_NAMES.min(b.names.len().max(1)) { shared_names } else { 0 };
    100 * shared_pages + enough
}

/// Statements of earlier briefings that articles, changed since, no longer bear out. `changed` holds the articles that
/// say something else now, by the name under which they were told: an outlet's new version of a page may have another.
pub fn corrections<'s>(
    told: impl Iterator<Item = &'s Statement>,
    changed: &BTreeMap<String, ArticleRef>,
    library: &impl Library,
) -> Vec<Correction> {
    let renamed = |cite: &Cite| Cite {
        article: changed.get(&cite.article).map_or(&cite.article, |article| &article.name).clone(),
        ..cite.clone()
    };
    let mut found: Vec<Correction> = Vec::new();
    for was in told {
        let Some((cite, article)) = was.cites.iter().find_map(|cite| Some((cite, changed.get(&cite.article)?))) else {
            continue;
        };
        let cites = was.cites.iter().map(renamed).collect();
        let findings = verify(&Statement { findings: Vec::new(), cites, ..was.clone() }, library);
        let is_told = found.iter().any(|known| known.was.text == was.text && known.was.cites == was.cites);
        if !findings.is_empty() && !is_told {
            let cite = renamed(cite);
            let now = library.paragraph(&cite).map(|cited| cited.en.unwrap_or(cited.id)).unwrap_or_default();
            let article = article.clone();
            found.push(Correction { was: was.clone(), article, now, cite: Some(cite), findings });
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::briefing::{Conflict, Method};

    #[test]
    fn exchanged_words_are_found_with_what_stands_around_them() {
        let runs = exchanged(
            &words("Dokter hewan Siti Rahmawati, yang memimpin tim, mengatakan ada 14 jerat."),
            &words("Dokter hewan Siti Rahmadani, yang memimpin tim, mengatakan ada 41 jerat."),
        );
        let runs = runs.unwrap();
        assert_eq!(runs[0], ("Dokter hewan Siti … yang memimpin tim".into(), "Rahmawati".into(), "Rahmadani".into()));
        assert_eq!((runs[1].1.as_str(), runs[1].2.as_str()), ("14", "41"));
    }

    #[test]
    fn a_word_that_was_put_in_or_left_out_is_found() {
        let (yes, no) = ("Menteri mengatakan ia akan mundur besok.", "Menteri mengatakan ia tidak akan mundur besok.");
        let around = "Menteri mengatakan ia … akan mundur besok";
        let (yes, no) = (words(yes), words(no));
        let runs = exchanged(&yes, &no).unwrap();
        assert_eq!(runs, [(around.to_owned(), String::new(), "tidak".to_owned())]);
        assert_eq!(exchanged(&no, &yes).unwrap()[0].1, "tidak");
    }

    #[test]
    fn other_paragraphs_are_no_corrections() {
        assert_eq!(exchanged(&words("Satu dua tiga empat."), &words("Lima enam tujuh delapan.")), None);
        assert_eq!(exchanged(&words("Satu dua tiga."), &words("Satu dua tiga.")), None);
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
    }

    #[test]
    fn a_figure_that_rises_in_its_paragraph_is_new_unless_a_statement_that_gave_it_is_corrected() {
        let (mut before, now) = (event(dead("antara", 34.0)), event(dead("antara", 41.0)));
        let changes = against_previous(&now, std::slice::from_ref(&before));
        assert!(matches!(changes.as_slice(), [change] if change.before == "34" && change.after == "41"), "{changes:?}");
        before.statements = vec![Statement {
            text: "The agency said that 34 people had died.".into(),
            cites: vec![dead("antara", 34.0).cite],
            method: Method::Extractive,
            backend: None,
            findings: Vec::new(),
        }];
        assert_eq!(against_previous(&now, &[before]), []);
    }

    #[test]
    fn a_figure_that_an_outlet_gave_before_already_is_not_new() {
        let mut before = event(dead("antara", 34.0));
        before.conflicts =
            vec![Conflict { what: "dead".into(), figures: vec![dead("antara", 34.0), dead("detik", 41.0)] }];
        assert_eq!(against_previous(&event(dead("detik", 41.0)), &[before]), []);
    }

    #[test]
    fn of_two_earlier_items_of_an_event_the_latest_counts() {
        let known = [event(dead("antara", 34.0)), event(dead("antara", 12.0))];
        let changes = against_previous(&event(dead("detik", 41.0)), &known);
        assert!(matches!(changes.as_slice(), [change] if change.before == "34"), "{changes:?}");
    }
}
