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
mod compass;
mod drift;
mod glossary;
mod loss;
mod ordinary;
mod similar;

use crate::model::finding::Finding;

use super::words::{Pair, Word};
use authority::{Entry, authority};
pub(super) use drift::drift;
pub use glossary::{Expansions, glossary};
use loss::{broken, is_here, lost};
use similar::similar;

pub(super) const NAME: &str = "names";

pub(super) fn check(pair: &Pair<'_>) -> Vec<Finding> {
    match compass::turned(pair) {
        Some(detail) => vec![Finding::error(NAME, detail)],
        None => exchanged(pair),
    }
}

/// A name that is gone while a stranger stands in the answer.
fn exchanged(pair: &Pair<'_>) -> Vec<Finding> {
    if is_headline(pair.en, &pair.en_words) || is_headline(pair.id, &pair.id_words) {
        return Vec::new();
    }
    let entries = entries(&pair.id_words);
    let strangers: Vec<_> = names(pair.en, &pair.en_words).filter(|word| is_stranger(word, pair, &entries)).collect();
    if strangers.is_empty() {
        return Vec::new();
    }
    let lost = lost(pair, &entries);
    let sure_stranger = strangers.iter().find(|word| is_sure_stranger(word));
    let sure_loss = lost.iter().find(|word| loss::is_sure(word, pair.id, &entries));
    // A stranger that is no word of English came from nowhere else, and a name that is spelled as no Indonesian word is
    // would have been kept; two ordinary words are a translated title.
    let foreign = lost.iter().find(|word| ordinary::is_foreign(&word.lower) && loss::is_sure(word, pair.id, &entries));
    let sure = sure_stranger.zip(sure_loss.or(lost.first())).or(strangers.first().zip(foreign));
    let broken = || {
        let sure: Vec<_> = strangers.iter().copied().filter(|word| is_sure_stranger(word)).collect();
        broken(pair, &entries, &sure).map(|(entry, stranger)| Finding::error(NAME, swapped(entry.en, stranger.text)))
    };
    let finding = match (sure, strangers.first().zip(sure_loss)) {
        (Some((stranger, lost)), _) => Some(Finding::error(NAME, swapped(lost.text, stranger.text))),
        (None, Some((stranger, lost))) => {
            broken().or_else(|| Some(Finding::warn(NAME, swapped(lost.text, stranger.text))))
        }
        (None, None) => broken(),
    };
    finding.into_iter().collect()
}

fn swapped(lost: &str, stranger: &str) -> String {
    format!("The name \"{lost}\" is gone and \"{stranger}\" stands in the answer: keep the names.")
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
    // `I'm` begins no name.
    let is_speaker = word.lower.starts_with("i'");
    let is_long = word.text.chars().count() >= 3;
    word.is_capitalised() && is_long && !is_speaker && word.text.chars().all(|c| c.is_ascii() || c == '’')
}

/// Whether most words are capitalised, names or not. A headline has no full stop.
fn is_headline(text: &str, words: &[Word<'_>]) -> bool {
    if text.trim_end().ends_with('.') {
        return false;
    }
    let long = words.iter().filter(|word| word.has_letters() && word.text.chars().count() >= 4);
    let (capitals, all) =
        long.fold((0, 0), |(capitals, all), word| (capitals + usize::from(word.is_capitalised()), all + 1));
    capitals * 20 > all * 17
}

/// Whether a word stands where every word has a capital: first, or behind a full stop or an opening mark. One word alone
/// in quotation marks is named, not begun; one in brackets may repeat what stands before them.
fn begins_sentence(text: &str, word: &Word<'_>) -> bool {
    let before = text.get(..word.start).unwrap_or_default().trim_end();
    let after = text.get(word.start + word.text.len()..).unwrap_or_default();
    let is_alone = after.starts_with(['"', '”', '’', '\'']);
    let outside = before.trim_end_matches(['"', '“', '”', '(', '\'', '‘']).trim_end();
    // `Athens' Greely`: the mark belongs to the word before.
    let is_possessive = before.ends_with(['\'', '’']) && before.len() - outside.len() <= '’'.len_utf8();
    if outside.len() < before.len() && (is_alone || is_possessive) {
        return outside.is_empty() || outside.ends_with(['.', '!', '?', ':']);
    }
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
            ("Pemerintah menaikkan PPN menjadi 12 persen.", "The government raised VAT to 12 percent."),
            ("Menurut dia, banyak BUMN merugi.", "Many SOEs are losing money, he said."),
            ("Sejumlah LSM memprotes rencana itu.", "A number of NGOs protested the plan."),
            ("Pada 2013, Paus Fransiskus terpilih.", "In 2013, Pope Francis was elected."),
            ("Ia menceritakan kisah Nabi Yusuf.", "He told the story of Joseph."),
            ("Wisatawan dari Negeri Jiran meningkat.", "Tourists from Malaysia increased."),
            (
                "\"Kalau menang, saya akan pulang,\" kata Rina, Kamis.",
                "\"If we win, I'll go home,\" Rina said Thursday.",
            ),
            ("Suporter memadati markas Setan Merah.", "Fans packed Manchester United's home ground."),
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
        for (id, en) in [
            (
                "Pemindai itu dinamainya \"Indomitable\" oleh Damadian.",
                "He called the scanner \"Francisco\", Damadian said.",
            ),
            ("Ahli itu, Galileo Galilei, melihat Venus.", "The astronomer, Rumelia Galilei, saw Venus."),
            ("Di Israel, kata pejabat Israel itu.", "In Israel, said the official of Hispaniola."),
            ("Ia warga Uni Emirat Arab sejak lama.", "He has long been a citizen of the United Lithuania Emirates."),
            ("Ia lahir di kota Dublin di rumah St James' Gate.", "He was born in St James' Lufthansa in Dublin."),
        ] {
            assert!(check(&Pair::new(id, en)).iter().any(Finding::is_error), "{id} | {en}");
        }
    }
}
