//! Rule `names`: names survive. A name of the source that is gone, while a stranger stands in the answer, was swapped.
//!
//! A name is a capitalised word inside a sentence. It survives as it is, in a similar spelling, or as the rendering that
//! the authority file gives. Both signs are needed, because titles and institutions are translated word by word; where
//! the stranger could be an ordinary word of English, it is only a warning.
//!
//! Place in the data way: one of the rules for a segment; [`glossary()`] feeds requests, [`Expansions`] and [`drift()`] look
//! at a whole article.
//! It must never ask for a rendering of a name that the authority file does not hold.

mod authority;
mod drift;
mod glossary;
mod ordinary;
mod similar;

use crate::model::finding::Finding;

use super::words::{Pair, Word};
use authority::{Entry, authority};
pub(super) use drift::drift;
pub use glossary::{Expansions, glossary};
use similar::similar;

pub(super) const NAME: &str = "names";

pub(super) fn check(pair: &Pair<'_>) -> Vec<Finding> {
    if is_headline(&pair.en_words) || is_headline(&pair.id_words) {
        return Vec::new();
    }
    let entries = entries(&pair.id_words);
    let strangers: Vec<_> = names(pair.en, &pair.en_words).filter(|word| is_stranger(word, pair, &entries)).collect();
    if strangers.is_empty() {
        return Vec::new();
    }
    // A sentence begins with a capital, so a word there is a name only where its spelling or the file says so.
    let may_be_name = |word: &&Word<'_>| {
        let is_marked = || ordinary::is_foreign(&word.lower) || authority().is_indonesian(&word.lower);
        is_name(word) && (!begins_sentence(pair.id, word) || !ordinary::indonesian(&word.lower) && is_marked())
    };
    let lost: Vec<_> = pair.id_words.iter().filter(may_be_name).filter(|word| is_lost(word, pair, &entries)).collect();
    let sure_stranger = strangers.iter().find(|word| is_sure_stranger(word));
    let sure_loss = lost.iter().find(|word| is_sure_loss(word, pair.id, &entries));
    // A stranger that is no word of English came from nowhere else, and a name that is spelled as no Indonesian word is
    // would have been kept; two ordinary words are a translated title.
    let foreign = lost.iter().find(|word| ordinary::is_foreign(&word.lower) && is_sure_loss(word, pair.id, &entries));
    let sure = sure_stranger.zip(sure_loss.or(lost.first())).or(strangers.first().zip(foreign));
    let finding = match (sure, strangers.first().zip(sure_loss)) {
        (Some((stranger, lost)), _) => Some(Finding::error(NAME, swapped(lost, stranger))),
        (None, Some((stranger, lost))) => Some(Finding::warn(NAME, swapped(lost, stranger))),
        (None, None) => None,
    };
    finding.into_iter().collect()
}

fn swapped(lost: &Word<'_>, stranger: &Word<'_>) -> String {
    format!("The name \"{}\" is gone and \"{}\" stands in the answer: keep the names.", lost.text, stranger.text)
}

/// The authority's entries that stand anywhere in the words.
fn entries(words: &[Word<'_>]) -> Vec<&'static Entry> {
    (0..words.len()).flat_map(|at| authority().at(words.get(at..).unwrap_or_default()).collect::<Vec<_>>()).collect()
}

/// Capitalised words inside sentences.
fn names<'p, 'a>(text: &'p str, words: &'p [Word<'a>]) -> impl Iterator<Item = &'p Word<'a>> {
    words.iter().filter(|word| is_name(word) && !begins_sentence(text, word))
}

/// Capitalised, at least three letters long, and without letters that another encoding may have wrecked.
fn is_name(word: &Word<'_>) -> bool {
    word.is_capitalised() && word.text.chars().count() >= 3 && word.text.chars().all(|c| c.is_ascii() || c == '’')
}

/// Whether most words are capitalised, names or not.
fn is_headline(words: &[Word<'_>]) -> bool {
    let long = words.iter().filter(|word| word.has_letters() && word.text.chars().count() >= 4);
    let (capitals, all) =
        long.fold((0, 0), |(capitals, all), word| (capitals + usize::from(word.is_capitalised()), all + 1));
    capitals * 20 > all * 17
}

fn begins_sentence(text: &str, word: &Word<'_>) -> bool {
    let before = text.get(..word.start).unwrap_or_default().trim_end();
    before.is_empty()
        || before.ends_with(['.', '!', '?', ':', '"', '“', '”', '\'', '‘', '(', '-', '–', '—', '…', '•', '*', '/', '['])
}

/// Whether a name of the answer has nothing behind it in the source.
fn is_stranger(word: &Word<'_>, pair: &Pair<'_>, entries: &[&Entry]) -> bool {
    let lower = word.lower.trim_end_matches("'s");
    let pieces = || std::iter::once(lower).chain(lower.split('-').filter(|piece| piece.len() >= 3));
    let is_rendered = |entry: &&Entry| entry.en_words.iter().any(|en| pieces().any(|piece| similar(en, piece)));
    !is_here(lower, &pair.id_words) && !entries.iter().any(is_rendered)
}

/// Whether a stranger is no ordinary word either. Of a joined word (`UN-sponsored`) only the capitalised parts count.
fn is_sure_stranger(word: &Word<'_>) -> bool {
    let pieces =
        word.text.split('-').filter(|piece| piece.starts_with(char::is_uppercase) && piece.chars().count() >= 3);
    pieces.map(|piece| piece.to_lowercase().replace('’', "'")).any(|piece| {
        let piece = piece.trim_end_matches("'s");
        !ordinary::english(piece) && !authority().is_generic(piece)
    })
}

/// Whether a name of the source has nothing left of it in the answer, or stands there less often.
fn is_lost(word: &Word<'_>, pair: &Pair<'_>, entries: &[&Entry]) -> bool {
    let own = entries.iter().filter(|entry| entry.form.iter().any(|form| form == word.text));
    let mut renderings = own.flat_map(|entry| &entry.en_words);
    let kept = count(&word.lower, &pair.en_words);
    let is_rarer = kept < pair.id_words.iter().filter(|other| other.text == word.text).count();
    is_rarer && !renderings.any(|en| is_here(en, &pair.en_words))
}

/// Whether a lost word was surely a name: one with a fixed rendering, or no ordinary word inside a sentence.
fn is_sure_loss(word: &Word<'_>, text: &str, entries: &[&Entry]) -> bool {
    let is_term = entries.iter().any(|entry| entry.is_term && entry.form == [word.text]);
    let is_plain = ordinary::indonesian(&word.lower) || authority().is_indonesian(&word.lower);
    is_term && !ordinary::indonesian(&word.lower) || !is_plain && !begins_sentence(text, word)
}

/// Whether a word stands among the words, itself or, where they are capitalised too, in a similar spelling, alone or as
/// part of a joined one.
fn is_here(lower: &str, words: &[Word<'_>]) -> bool {
    count(lower, words) > 0
}

/// How often a word stands there so.
fn count(lower: &str, words: &[Word<'_>]) -> usize {
    let is_part = |whole: &str, part: &str| part.len() >= 4 && whole.split('-').any(|piece| similar(piece, part));
    let is_it = |word: &&Word<'_>| {
        let is_similar = || similar(&word.lower, lower) || is_part(&word.lower, lower) || is_part(lower, &word.lower);
        word.lower == lower || (word.is_capitalised() || ordinary::indonesian(lower)) && is_similar()
    };
    words.iter().filter(is_it).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(id: &str, en: &str) -> bool {
        !check(&Pair::new(id, en)).is_empty()
    }

    #[test]
    fn names_that_survive_in_any_spelling_pass() {
        for (id, en) in [
            ("Kata Menlu Rusia Sergei Lavrov.", "Said Russian Foreign Minister Sergei Lavrov."),
            ("Ia terbang ke Jerman lewat Samudra Pasifik.", "He flew to Germany across the Pacific Ocean."),
            ("Menurut KPK, ia ditahan.", "According to the Corruption Eradication Commission (KPK), he was detained."),
            ("Warga Belanda itu tiba.", "The Dutch national arrived."),
            ("Ia kuliah di Universitas Indonesia.", "He studied at the University of Indonesia."),
        ] {
            assert!(!found(id, en), "{id} | {en}");
        }
    }

    #[test]
    fn a_swapped_name_is_found() {
        assert!(found(
            "Perjanjian itu akan ditandatangani, kata Menlu Rusia Sergei Lavrov.",
            "The agreement will be signed soon, said Russian Foreign Minister Sergei Halevi."
        ));
        assert!(found("Ia terbang ke Jerman kemarin.", "He flew to Surabaya yesterday."));
    }
}
