//! One name rendered in two ways over an article.
//!
//! A name of the authority file has its rendering; another translation of it, or the Indonesian name left beside the
//! English one, is another. Any other name should be spelled alike wherever it stands.
//!
//! Place in the data way: over a whole record, when it is delivered and when it is checked again.
//! It must never blame an inflected name (`Russia`, `Russian`), an acronym beside its full name, or a pronoun.

use std::collections::BTreeMap;

use crate::model::finding::Finding;
use crate::model::record::{ArticleRecord, ParagraphRecord};

use super::super::words::{Pair, Word};
use super::authority::authority;
use super::glossary::glossary;
use super::similar::similar;
use super::{NAME, begins_sentence, is_name, ordinary};

/// Each rendering that was seen, by the Indonesian name, with the paragraph where it stood first.
type Seen = BTreeMap<String, (String, u32)>;

/// The findings of a record, each on the paragraph where the second rendering stands.
pub(crate) fn drift(record: &ArticleRecord) -> Vec<(Option<u32>, Finding)> {
    let mut seen = Seen::new();
    let mut told = BTreeMap::new();
    let paragraphs = record.paragraphs();
    for paragraph in paragraphs.filter(|paragraph| paragraph.skipped.is_none()) {
        for (name, rendering) in renderings(paragraph) {
            match seen.get(&name) {
                None => drop(seen.insert(name, (rendering, paragraph.n))),
                Some((first, _)) if is_one(first, &rendering) => {}
                Some((first, at)) => {
                    let detail = format!("\"{name}\" is \"{first}\" in ¶{at} and \"{rendering}\" here.");
                    told.entry(name).or_insert((Some(paragraph.n), Finding::info(NAME, detail)));
                }
            }
        }
    }
    told.into_values().collect()
}

/// Whether two renderings are forms of one: the same stem with an ending, or a possessive.
fn is_one(a: &str, b: &str) -> bool {
    let (a, b) = (a.to_lowercase(), b.to_lowercase());
    a.starts_with(&b) || b.starts_with(&a)
}

/// The names of a paragraph with what its English made of them.
fn renderings(paragraph: &ParagraphRecord) -> Vec<(String, String)> {
    let Some(en) = paragraph.en.as_deref() else { return Vec::new() };
    let pair = Pair::new(&paragraph.id, en);
    let fixed = glossary(&paragraph.id).into_iter().filter_map(|term| {
        let rendering = of_term(&term.id, &term.en, &pair)?;
        Some((term.id, rendering))
    });
    fixed.chain(of_names(&pair)).collect()
}

/// What became of a name of the authority file: its English, itself, or other words that are mostly those of its English.
fn of_term(id: &str, en: &str, pair: &Pair<'_>) -> Option<String> {
    let (full, is_acronym) = en.split_once(" (").map_or((en, false), |(full, _)| (full, true));
    if pair.en.contains(full) || is_acronym && pair.en.contains(id) {
        return Some(full.to_owned());
    }
    if id != full && pair.en.contains(id) {
        return Some(id.to_owned());
    }
    let own: Vec<_> = full.split(' ').filter(|word| word.starts_with(char::is_uppercase)).collect();
    let is_like =
        |word: &&&Word<'_>| word.is_capitalised() && own.iter().any(|own| similar(&own.to_lowercase(), &word.lower));
    let like: Vec<_> = pair.en_words.iter().collect::<Vec<_>>().iter().filter(is_like).map(|word| word.text).collect();
    (own.len() > 1 && like.len() * 3 >= own.len() * 2).then(|| like.join(" "))
}

/// The other names: kept as they are, or in a similar spelling.
fn of_names(pair: &Pair<'_>) -> Vec<(String, String)> {
    let is_other = |word: &&Word<'_>| {
        is_name(word)
            && !begins_sentence(pair.id, word)
            && !ordinary::indonesian(&word.lower)
            && !authority().is_indonesian(&word.lower)
    };
    let rendering = |word: &Word<'_>| {
        let is_kept = |en: &&Word<'_>| en.lower.trim_end_matches("'s") == word.lower;
        let is_of_another = |en: &Word<'_>| pair.id_words.iter().any(|other| other.lower == en.lower);
        let is_like = |en: &&Word<'_>| {
            en.is_capitalised()
                && !is_of_another(en)
                && !ordinary::english(&en.lower)
                && similar(&en.lower, &word.lower)
        };
        let found = pair.en_words.iter().find(is_kept).or_else(|| pair.en_words.iter().find(is_like))?;
        Some((word.text.to_owned(), found.text.trim_end_matches("'s").trim_end_matches("’s").to_owned()))
    };
    pair.id_words.iter().filter(is_other).filter_map(rendering).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(pairs: &[(&str, &str)]) -> Vec<String> {
        let paragraphs: Vec<_> = (1..)
            .zip(pairs)
            .map(|(n, (id, en))| {
                serde_json::json!({ "n": n, "kind": "text", "span": [0, 1], "id": id, "en": en, "findings": [] })
            })
            .collect();
        let record = serde_json::json!({
            "schema": "kabar/article/1", "source": { "path": "a", "sha256": "" }, "lang": { "source": "id", "target": "en" },
            "title": { "id": null, "en": null }, "summary": { "en": "", "points": [], "method": "extractive" },
            "sections": [{ "n": 1, "heading": null, "summary": { "en": "" }, "paragraphs": paragraphs }],
            "provenance": { "kabar": "0", "backends": [], "prompts": [] },
        });
        let record = serde_json::from_value(record).unwrap();
        drift(&record).into_iter().map(|(_, finding)| finding.detail).collect()
    }

    #[test]
    fn one_institution_under_two_names_is_told_once() {
        let told = found(&[
            ("Sidang di Mahkamah Konstitusi dimulai.", "The hearing at the Constitutional Court began."),
            ("Hakim Mahkamah Konstitusi hadir.", "The judges of the Constitution Court attended."),
            ("Kata Mahkamah Konstitusi, selesai.", "The Constitution Court said it was over."),
            ("Polisi dari Polda Metro Jaya datang.", "Officers of the Jakarta Metropolitan Police came."),
            ("Kata Polda Metro Jaya, aman.", "Polda Metro Jaya said it was safe."),
        ]);
        assert_eq!(told.len(), 2, "{told:?}");
        assert!(told[0].contains("\"Constitutional Court\" in ¶1 and \"Constitution Court\" here"), "{told:?}");
        assert!(told[1].contains("Polda Metro Jaya"), "{told:?}");
    }

    #[test]
    fn a_person_spelled_in_two_ways_is_told() {
        let told = found(&[
            ("Kata Menlu Sergei Lavrov, siap.", "Foreign Minister Sergei Lavrov said it was ready."),
            ("Kemudian Lavrov dan Lavrov pergi.", "Then Lavrow left."),
        ]);
        assert_eq!(told, ["\"Lavrov\" is \"Lavrov\" in ¶1 and \"Lavrow\" here."]);
    }

    #[test]
    fn inflected_names_acronyms_and_other_words_are_the_same_name() {
        let told = found(&[
            (
                "Menteri dari Rusia dan KPK hadir.",
                "A minister from Russia and the Corruption Eradication Commission came.",
            ),
            ("Warga Rusia dan KPK pergi.", "Russian citizens and the KPK left."),
            ("Lembaga itu, kata Prabowo, kuat.", "The institution, Prabowo said, is strong."),
            ("Di rumah Prabowo, KPK diam.", "At Prabowo’s house, the commission was silent."),
        ]);
        assert_eq!(told, Vec::<String>::new());
    }
}
