//! What the authority file says about a text: fixed renderings for a request, acronyms that want to be spelled out.
//!
//! Place in the data way: `work` puts [`glossary`] into requests; `assemble` asks [`Expansions`] paragraph by paragraph.
//! It must never change a text.

use std::collections::HashSet;

use crate::model::request::Term;

use super::super::words::{Word, words};
use super::authority::{Entry, authority};

/// Most terms for one text: more would only be read past.
const TERMS: usize = 24;

/// The fixed renderings of names that occur in a text, longest names first where they overlap, in reading order.
pub fn glossary(text: &str) -> Vec<Term> {
    let mut terms: Vec<Term> = Vec::new();
    for entry in longest(&words(text)) {
        let id = entry.form.join(" ");
        if terms.len() < TERMS && terms.iter().all(|term| term.id != id) {
            let en = entry.short.map(|short| format!("{} ({short})", entry.en));
            terms.push(Term { id, en: en.unwrap_or_else(|| entry.en.to_owned()) });
        }
    }
    terms
}

/// The terms that stand in the words; of several that begin at one place the longest, and none inside another.
fn longest(all: &[Word<'_>]) -> Vec<&'static Entry> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(rest) = all.get(at..).filter(|rest| !rest.is_empty()) {
        let longest = authority().at(rest).filter(|entry| entry.is_fixed).max_by_key(|entry| entry.form.len());
        at += longest.map_or(1, |entry| entry.form.len());
        found.extend(longest);
    }
    found
}

/// Acronyms of one article that its English has spelled out so far.
#[derive(Debug, Default)]
pub struct Expansions {
    known: HashSet<&'static str>,
}

impl Expansions {
    /// The acronyms that an Indonesian text and its English both hold and that nothing has spelled out so far, each with
    /// its English name. Texts are to be given in reading order.
    pub fn of(&mut self, id: &str, en: &str) -> Vec<Term> {
        let mut terms = Vec::new();
        for entry in longest(&words(id)) {
            let Some(short) = entry.short.filter(|short| !self.known.contains(short)) else { continue };
            let Some(at) = place(en, short) else { continue };
            self.known.insert(short);
            let is_spelled_out = en.to_lowercase().contains(&entry.en.to_lowercase())
                || en.get(..at).is_some_and(|before| before.ends_with('('))
                || en.get(at + short.len()..).is_some_and(|after| after.trim_start().starts_with('('));
            if !is_spelled_out {
                terms.push(Term { id: short.to_owned(), en: entry.en.to_owned() });
            }
        }
        terms
    }
}

/// Where an acronym stands in a text as a word of its own.
fn place(text: &str, short: &str) -> Option<usize> {
    words(text).into_iter().find(|word| word.text == short).map(|word| word.start)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_glossary_holds_the_longest_names_once_in_order() {
        let terms = glossary("KPK memanggil Menteri Luar Negeri. Kata KPK, Polda Metro Jaya membantu di Jawa Barat.");
        let shown: Vec<_> = terms.iter().map(|term| format!("{} = {}", term.id, term.en)).collect();
        assert_eq!(
            shown,
            [
                "KPK = Corruption Eradication Commission (KPK)",
                "Menteri Luar Negeri = Foreign Minister",
                "Polda Metro Jaya = Jakarta Metropolitan Police",
                "Jawa Barat = West Java",
            ]
        );
        assert_eq!(glossary("tidak ada nama di sini"), []);
    }

    #[test]
    fn names_that_mean_something_else_as_often_are_no_terms() {
        for text in ["PT Telkom untung.", "AS Roma menang atas Napoli.", "Ia belajar bahasa Inggris.", "SIM card"] {
            let terms = glossary(text);
            assert!(terms.iter().all(|term| term.id == "AS"), "{text}: {terms:?}");
        }
        assert_eq!(glossary("Pengadilan Tinggi")[0].en, "High Court");
    }

    #[test]
    fn an_acronym_is_spelled_out_at_its_first_mention_only() {
        let mut expansions = Expansions::default();
        let first = expansions.of("KPK menahan dua orang.", "The KPK detained two people.");
        let names: Vec<_> = first.iter().map(|term| (term.id.as_str(), term.en.as_str())).collect();
        assert_eq!(names, [("KPK", "Corruption Eradication Commission")]);
        assert_eq!(expansions.of("Kata KPK, ada lagi.", "The KPK said there were more."), []);
    }

    #[test]
    fn what_the_english_spells_out_itself_or_does_not_hold_is_left_alone() {
        for (id, en) in [
            ("KPK menahan dua orang.", "The Corruption Eradication Commission (KPK) detained two people."),
            ("KPK menahan dua orang.", "The anti-graft commission (KPK) detained two people."),
            ("KPK menahan dua orang.", "The KPK (the anti-graft body) detained two people."),
            ("KPK menahan dua orang.", "Investigators detained two people."),
            ("PBB mengecam serangan itu.", "The United Nations condemned the attack."),
        ] {
            assert_eq!(Expansions::default().of(id, en), [], "{en}");
        }
    }
}
