//! What a figure of people counts in English: the dead, the injured, the missing and the rescued, told apart.
//!
//! Place in the data way: inside `verify`; a statement may not swap what the figures of its paragraphs count.
//! It must never judge a figure of which either side does not say plainly whom it counts.

use crate::model::finding::Finding;

use super::figures::mentions;
use super::number::{Language, number, same};
use super::verify::Cited;
use super::words::{Kind, Token, tokens};

/// What can have become of people, by the name of its kind in `figures`, and words that say so.
const FATES: &[(&str, &[&str])] = &[
    (
        "dead",
        &[
            "died",
            "dead",
            "dies",
            "die",
            "killed",
            "killing",
            "kills",
            "kill",
            "death",
            "deaths",
            "bodies",
            "fatalities",
        ],
    ),
    ("injured", &["injured", "injuring", "injuries", "injures", "hurt", "wounded", "wounding"]),
    ("missing", &["missing", "unaccounted"]),
    ("rescued", &["rescued", "rescuing", "survived", "survivors", "survivor", "saved", "safe", "safely", "alive"]),
];
/// Words behind a number of people.
const PEOPLE: &[&str] = &[
    "people",
    "persons",
    "passengers",
    "residents",
    "victims",
    "others",
    "civilians",
    "children",
    "women",
    "men",
    "soldiers",
    "workers",
    "students",
    "villagers",
    "fishermen",
    "crew",
    "tourists",
    "migrants",
    "are",
    "were",
    "remain",
    "remained",
    "have",
    "had",
    "more",
    "still",
];
/// Words before a number that ends a clause: `the toll rose to 29`, `killing at least 12`.
const BEFORE: &[&str] = &["to", "least", "about", "around", "nearly", "almost", "than", "reached", "another"];
/// Tokens between a figure and a word that says what it counts: all words as near as this count, and the nearest one.
const NEAR: usize = 3;
const REACH: usize = 8;

/// A figure, and all that it may count.
type Figure = (f64, Vec<&'static str>);

/// Figures of a statement that count something else in the paragraphs that it cites.
pub(super) fn swapped(text: &str, cited: &[Cited]) -> Vec<Finding> {
    let known: Vec<Figure> = cited.iter().flat_map(of_paragraph).collect();
    let judge = |(value, said): Figure| {
        let stands: Vec<&str> =
            known.iter().filter(|(other, _)| same(*other, value)).flat_map(|(_, fates)| fates).copied().collect();
        let is_swapped = !stands.is_empty() && !stands.iter().any(|fate| said.contains(fate));
        let (said, stands) = (said.first()?, stands.first().filter(|_| is_swapped)?);
        Some(Finding::error(
            "figures",
            format!("{value} is a number of the {stands} in the cited paragraph, not of the {said}."),
        ))
    };
    in_english(text).into_iter().filter_map(judge).collect()
}

fn of_paragraph(cited: &Cited) -> Vec<Figure> {
    let is_fate = |what: &str| FATES.iter().any(|(fate, _)| *fate == what);
    let (original, _) = mentions(&cited.id, 1, None);
    let original = original.into_iter().filter(|one| is_fate(one.what)).map(|one| (one.value, vec![one.what]));
    original.chain(cited.en.as_deref().map(in_english).unwrap_or_default()).collect()
}

fn in_english(text: &str) -> Vec<Figure> {
    let line = tokens(text);
    let mut found = Vec::new();
    for clause in clauses(&line) {
        let mut at = 0;
        while at < clause.len() {
            let Some((value, end)) = number(clause, at, Language::English) else {
                at += 1;
                continue;
            };
            let fates = fates(clause, at, end);
            if counts_people(clause, at, end) && !fates.is_empty() {
                found.push((value, fates));
            }
            at = end;
        }
    }
    found
}

/// Cut at marks, and at `and`, `while`, `with` before a number.
fn clauses<'l, 'a>(line: &'l [Token<'a>]) -> impl Iterator<Item = &'l [Token<'a>]> {
    let begins = |at: usize| number(line, at, Language::English).is_some();
    let ends: Vec<usize> = (0..line.len())
        .filter(|&at| {
            line.get(at).is_some_and(|token| match token.kind {
                Kind::Mark => matches!(token.text, "," | ";" | "." | "!" | "?" | ":" | "–" | "—"),
                _ => matches!(token.lower.as_str(), "and" | "while" | "with") && begins(at + 1),
            })
        })
        .collect();
    let starts = std::iter::once(0).chain(ends.clone().into_iter().map(|end| end + 1));
    starts.zip(ends.into_iter().chain([line.len()])).filter_map(|(from, to)| line.get(from..to))
}

fn word<'l>(line: &'l [Token<'_>], at: Option<usize>) -> &'l str {
    at.and_then(|at| line.get(at)).map_or("", |token| token.lower.as_str())
}

fn fate(word: &str) -> Option<&'static str> {
    FATES.iter().find(|(_, words)| words.contains(&word)).map(|(fate, _)| *fate)
}

/// Whether a number counts people. In `12 of the 42 passengers died` the second one is the whole.
fn counts_people(line: &[Token<'_>], at: usize, end: usize) -> bool {
    let (before, next) = (word(line, at.checked_sub(1)), word(line, Some(end)));
    let is_whole = before == "of" || (before == "the" && word(line, at.checked_sub(2)) == "of");
    let ends = end == line.len() && (BEFORE.contains(&before) || fate(before).is_some());
    !is_whole && (PEOPLE.contains(&next) || fate(next).is_some() || ends)
}

/// What the words around a number say that it counts, the nearest first.
fn fates(line: &[Token<'_>], at: usize, end: usize) -> Vec<&'static str> {
    let distance = |place: usize| if place < at { at - place } else { (place + 1).saturating_sub(end) };
    let mut near: Vec<(usize, &'static str)> = (0..line.len())
        .filter(|place| !(at..end).contains(place))
        .filter_map(|place| Some((distance(place), fate(word(line, Some(place)))?)))
        .filter(|(distance, _)| *distance <= REACH)
        .collect();
    near.sort_unstable();
    let first = near.first().map_or(0, |(distance, _)| *distance);
    near.into_iter().filter(|(distance, _)| *distance <= NEAR.max(first)).map(|(_, fate)| fate).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_swapped(text: &str, id: &str, en: &str) -> bool {
        !swapped(text, &[Cited { id: id.into(), en: Some(en.into()) }]).is_empty()
    }

    #[test]
    fn figures_that_swap_what_they_count_are_found() {
        let (id, en) =
            ("Sebanyak 12 orang tewas dan 30 orang hilang.", "As many as 12 people died and 30 are missing.");
        for text in [
            "As many as 30 people died and 12 are missing.",
            "The disaster killed 30 people.",
            "The death toll rose to 30.",
            "Thirty passengers were killed, and 12 others were injured.",
        ] {
            assert!(is_swapped(text, id, en), "{text}");
        }
    }

    #[test]
    fn figures_that_count_the_same_in_other_words_pass() {
        let (id, en) = (
            "Pada 22 November, 12 dari 42 penumpang tewas, 30 orang hilang dan 5 korban selamat luka-luka.",
            "On 22 November, 12 of the 42 passengers died, leaving 30 people missing and five survivors injured.",
        );
        for text in [
            "Twelve people were killed on 22 November.",
            "The death toll rose to 12, with 30 still missing.",
            "Of the 42 passengers, 12 died.",
            "Five survivors were hurt.",
            "Five injured people survived.",
            "Thirty people were aboard.",
        ] {
            assert!(!is_swapped(text, id, en), "{text}");
        }
    }
}
