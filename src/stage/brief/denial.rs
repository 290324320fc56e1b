//! A lost or made-up "not": a statement that says what its paragraph denies, or denies what it says.
//!
//! Place in the data way: inside `verify`; which words deny is known to the checks of translations.
//! It must never judge where a statement and its paragraph only share a topic: most of the words of one clause must stand
//! in the other.

use std::collections::HashSet;

use crate::model::finding::Finding;
use crate::stage::check::{denies, denies_id, may_deny};
use crate::stage::section::sentences_en;

use super::verify::{Cited, stems};

/// Words of a clause below which it says too little to be recognised.
const FEW: usize = 3;
/// Of four words of a clause, those that must stand on the other side too.
const MOST: (usize, usize) = (3, 4);
/// Further words by which a statement may deny.
const REFUSES: &[&str] =
    &["ruled", "declined", "declines", "dismissed", "dismisses", "stay", "stays", "stayed", "staying", "contrary"];

/// A run of words, what it is about, and whether it denies.
struct Clause {
    stems: HashSet<String>,
    denies: bool,
    /// Whether the sentence around it may deny in some other way.
    is_unsure: bool,
}

impl Clause {
    fn shared(&self, other: &Self) -> usize {
        self.stems.intersection(&other.stems).count()
    }

    /// Whether most of what it is about stands in another, too.
    fn is_in(&self, other: &Self) -> bool {
        let (most, all) = MOST;
        self.stems.len() >= FEW && self.shared(other) * all >= self.stems.len() * most
    }
}

/// What a statement denies or no longer denies. Paragraphs without English say nothing.
pub(super) fn flipped(text: &str, cited: &[Cited]) -> Vec<Finding> {
    if cited.iter().any(|paragraph| paragraph.en.is_none()) {
        return Vec::new();
    }
    let original: String = cited.iter().map(|one| one.id.as_str()).collect::<Vec<_>>().join(" ");
    let english: Vec<(&str, &str)> =
        cited.iter().filter_map(|one| Some((one.en.as_deref()?, one.id.as_str()))).collect();
    let denied: Vec<Clause> = english.iter().flat_map(|(en, id)| clauses(en, id)).collect();
    let known: Vec<Clause> = english.iter().flat_map(|(en, id)| whole(en, id)).collect();
    let lost = whole(text, &original).iter().any(|own| !own.denies && !own.is_unsure && is_lost(own, &denied));
    // Where the original denies and no English does, the translation may be what lost it.
    let is_known = known.iter().any(|one| one.denies) || !denies_id(&original);
    let made = is_known && clauses(text, &original).iter().any(|own| own.denies && is_made(own, &known));
    let lost = lost.then(|| Finding::error("claims", "A cited paragraph denies what the statement says."));
    let made = made.then(|| Finding::error("claims", "The statement denies what a cited paragraph says."));
    lost.into_iter().chain(made).collect()
}

/// Whether the clause that a sentence comes from denies, and the sentence does not.
fn is_lost(own: &Clause, known: &[Clause]) -> bool {
    let denied = known.iter().filter(|other| other.denies && other.is_in(own));
    let best = denied.map(|other| other.shared(own)).max();
    let plainly = known.iter().filter(|other| !other.denies).map(|other| other.shared(own)).max();
    best.is_some_and(|best| Some(best) > plainly)
}

/// Whether the sentence that a denial comes from denies nothing, nor does any that is about the same.
fn is_made(own: &Clause, known: &[Clause]) -> bool {
    let is_plain = |other: &&Clause| !other.denies && !other.is_unsure;
    let best = known.iter().filter(is_plain).filter(|other| own.is_in(other)).map(|other| own.shared(other)).max();
    let denied = known.iter().filter(|other| !is_plain(other)).map(|other| own.shared(other)).max();
    best.is_some_and(|best| denied.is_none_or(|denied| denied * 2 < best))
}

/// `original` is the Indonesian behind an English text: there stands what a word such as `until` answers for.
fn clauses(text: &str, original: &str) -> Vec<Clause> {
    let cut = |sentence: &'_ str| -> Vec<Clause> {
        let parts = sentence.split([',', ';', ':', '—', '–']);
        let parts = parts.flat_map(|part| part.split(" but ")).flat_map(|part| part.split(" and "));
        parts.flat_map(|part| part.split(" while ")).map(|part| clause(part, sentence, original)).collect()
    };
    sentences(text).into_iter().flat_map(cut).collect()
}

/// The sentences of a text, uncut.
fn whole(text: &str, original: &str) -> Vec<Clause> {
    sentences(text).into_iter().map(|sentence| clause(sentence, sentence, original)).collect()
}

fn clause(part: &str, sentence: &str, original: &str) -> Clause {
    let refuses = sentence.to_lowercase().split(|c: char| !c.is_alphanumeric()).any(|word| REFUSES.contains(&word));
    Clause { stems: stems(part), denies: denies(part), is_unsure: refuses || may_deny(original, sentence) }
}

fn sentences(text: &str) -> Vec<&str> {
    sentences_en(text).into_iter().filter_map(|range| text.get(range)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "Menteri Pertahanan Budi Santosa mengatakan di Jakarta bahwa ia tidak akan mundur pada hari Rabu.";
    const EN: &str = "Defence Minister Budi Santosa said in Jakarta that he will not resign from his post on Wednesday, \
        though no party had asked him.";

    fn is_flipped(text: &str, id: &str, en: &str) -> bool {
        !flipped(text, &[Cited { id: id.into(), en: Some(en.into()) }]).is_empty()
    }

    #[test]
    fn a_statement_that_lost_the_not_of_its_paragraph_is_found() {
        let lost = "Budi Santosa will resign from his post as defence minister on Wednesday, he said in Jakarta.";
        assert!(is_flipped(lost, ID, EN));
    }

    #[test]
    fn a_statement_that_denies_what_its_paragraph_says_is_found() {
        let (id, en) =
            (ID.replace("tidak akan", "akan"), "Budi Santosa said that he will resign from his post on Wednesday.");
        assert!(is_flipped("He will not resign from his post on Wednesday, said Budi Santosa.", &id, en));
    }

    #[test]
    fn a_denial_in_other_words_or_of_something_else_passes() {
        for text in [
            "Defence Minister Budi Santosa won't resign from his post on Wednesday.",
            "Budi Santosa denied in Jakarta that he would resign from his post on Wednesday.",
            "Budi Santosa ruled out in Jakarta that he would resign from his post on Wednesday.",
            "Budi Santosa spoke in Jakarta on Wednesday.",
        ] {
            assert!(!is_flipped(text, ID, EN), "{text}");
        }
        let (id, en) = (
            "Polisi belum menemukan senjata. Rumah itu digeledah pada Senin.",
            "Police have not found the weapon. The house in Demak was searched on Monday evening.",
        );
        assert!(!is_flipped("The house in Demak was searched on Monday evening.", id, en));
        assert!(!is_flipped("The weapon has yet to be found after a search of the house in Demak.", id, en));
    }
}
