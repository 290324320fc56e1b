//! Which names of the source have nothing left of them in the answer.
//!
//! Each word of the answer stands for one of the source: `Galilei` is not `Galileo` too, and of two `Israel` both are
//! looked for. A name of the authority file may also survive as its rendering.
//!
//! Place in the data way: inside `names`, once the answer holds a stranger.
//! It must never call a translated title a lost name.

use super::super::words::{Pair, Word};
use super::authority::{Entry, authority};
use super::similar::similar;
use super::{begins_sentence, is_name, ordinary};

/// Takes a word of the answer that fits, so that it stands for one name only; whether there was one.
type Take<'w> = dyn FnMut(&dyn Fn(&Word<'_>) -> bool) -> bool + 'w;

/// The lost names, in reading order.
pub(super) fn lost<'p, 'a>(pair: &'p Pair<'a>, entries: &[&Entry]) -> Vec<&'p Word<'a>> {
    let mut taken = vec![false; pair.en_words.len()];
    let mut take = |is_it: &dyn Fn(&Word<'_>) -> bool| {
        let found = pair.en_words.iter().zip(&mut taken).find(|(word, taken)| !**taken && is_it(word));
        found.map(|(_, taken)| *taken = true).is_some()
    };
    let names: Vec<_> = pair.id_words.iter().filter(|word| word.is_capitalised()).collect();
    let left = names.into_iter().filter(|name| !take(&|word| word.lower.trim_end_matches("'s") == name.lower));
    let left: Vec<_> = left.collect();
    let left = left.into_iter().filter(|name| !take(&|word| is_alike(word, &name.lower))).collect::<Vec<_>>();
    let is_rendered = |name: &Word<'_>, take: &mut Take<'_>| {
        let own = entries.iter().filter(|entry| entry.form.iter().any(|form| form == name.text));
        own.into_iter().any(|entry| {
            if entry.form.len() == 1 && !entry.en.contains(' ') {
                take(&|word| entry.en_words.iter().any(|en| is_alike(word, en)))
            } else {
                // Of several words together, any of the rendering's may stand for each.
                entry.en_words.iter().any(|en| is_here(en, &pair.en_words))
            }
        })
    };
    left.into_iter().filter(|name| may_be_name(pair.id, name)).filter(|name| !is_rendered(name, &mut take)).collect()
}

/// Whether a capitalised word can be a name. A sentence begins with a capital, so there only its spelling or the
/// authority file says so.
fn may_be_name(text: &str, word: &Word<'_>) -> bool {
    let is_marked = || ordinary::is_foreign(&word.lower) || authority().is_indonesian(&word.lower);
    is_name(word) && (!begins_sentence(text, word) || !ordinary::indonesian(&word.lower) && is_marked())
}

/// Whether a lost word was surely a name: one with a fixed rendering, or no ordinary word inside a sentence.
pub(super) fn is_sure(word: &Word<'_>, text: &str, entries: &[&Entry]) -> bool {
    let is_term = entries.iter().any(|entry| entry.is_term && entry.form == [word.text]);
    let is_plain = ordinary::indonesian(&word.lower) || authority().is_indonesian(&word.lower);
    is_term && !ordinary::indonesian(&word.lower) || !is_plain && !begins_sentence(text, word)
}

/// A name whose rendering stands in the answer but for one word, with the stranger in its place: `United Lithuania
/// Emirates`.
pub(super) fn broken<'p, 'a>(
    pair: &'p Pair<'a>,
    entries: &[&'static Entry],
    strangers: &[&'p Word<'a>],
) -> Option<(&'static Entry, &'p Word<'a>)> {
    let fixed = entries.iter().filter(|entry| entry.is_term && entry.en.contains(' '));
    fixed.into_iter().find_map(|entry| {
        let rendering: Vec<String> = entry.en.split(' ').map(str::to_lowercase).collect();
        pair.en_words.windows(rendering.len()).find_map(|window| {
            let mut others = rendering.iter().zip(window).filter(|(own, word)| !similar(own, &word.lower));
            let ((own, word), None) = (others.next()?, others.next()) else { return None };
            let stranger = strangers.iter().find(|stranger| stranger.start == word.start)?;
            (!is_here(own, &pair.en_words)).then_some((*entry, *stranger))
        })
    })
}

/// Whether a word stands among the words, itself or, where they are capitalised too, in a similar spelling, alone or as
/// part of a joined one.
pub(super) fn is_here(lower: &str, words: &[Word<'_>]) -> bool {
    words.iter().any(|word| is_alike(word, lower))
}

fn is_alike(word: &Word<'_>, lower: &str) -> bool {
    let is_part = |whole: &str, part: &str| part.len() >= 4 && whole.split('-').any(|piece| similar(piece, part));
    let is_similar = || similar(&word.lower, lower) || is_part(&word.lower, lower) || is_part(lower, &word.lower);
    word.lower == lower || (word.is_capitalised() || ordinary::indonesian(lower)) && is_similar()
}
