//! Offices: who held one before does not hold it now, and a deputy is not the chief.
//!
//! Place in the data way: inside `claims`.
//! It must never ask for one certain word.

use crate::model::finding::Finding;

use super::super::words::{Pair, Word, lower};
use super::NAME;

/// English words for who held an office before, and beginnings of such.
const FORMER: &[&str] = &[
    "former", "ex", "once", "previous", "retired", "late", "past", "one-time", "onetime", "then", "old", "ousted",
    "veteran", "veterans",
];
const FORMER_HEADS: &[&str] = &["former", "previous", "ex-", "then-"];

/// English words for who stands in, by their beginnings.
const DEPUTY_HEADS: &[&str] = &["vice", "deput", "vp", "veep", "running", "assistant", "second-in-command"];

/// English words for who wants an office, by their beginnings, for who holds it for a while, and who was chosen for it.
const CANDIDATE_HEADS: &[&str] = &[
    "candida",
    "nominee",
    "hopeful",
    "contender",
    "running",
    "would-be",
    "aspir",
    "bid",
    "race",
    "ticket",
    "prospect",
];
const ACTING_HEADS: &[&str] = &["acting", "interim", "caretaker", "temporar"];
const ELECT_HEADS: &[&str] = &["elect", "president-elect", "governor-elect", "incoming", "new", "won", "winn", "newly"];

/// What `wakil` stands before where it means a deputy; before others it means a representative.
const OFFICES: &[&str] =
    &["presiden", "gubernur", "bupati", "menteri", "ketua", "wali", "walikota", "direktur", "kepala", "perdana"];

/// A finding for an office that lost what limits it.
pub(super) fn lost(pair: &Pair<'_>) -> impl Iterator<Item = Finding> {
    let former = former(&pair.id_words).filter(|_| !pair.en_words.iter().any(is_former));
    let deputy = deputy(&pair.id_words).filter(|_| !pair.en_words.iter().any(|word| begins(word, DEPUTY_HEADS)));
    let candidate = candidate(&pair.id_words);
    let acting = acting(&pair.id_words);
    let elect = elect(&pair.id_words);
    let says =
        |word: &Word<'_>, what: &str| Finding::error(NAME, format!("\"{}\" has no counterpart: {what}.", word.text));
    let lacks = |heads: &'static [&str]| {
        move |_: &&Word<'_>| !pair.en_words.iter().any(|word| begins(word, heads) || word.lower.ends_with("-elect"))
    };
    [
        former.map(|word| says(word, "who held an office before does not hold it now")),
        deputy.map(|word| says(word, "a deputy must stay a deputy")),
        candidate.filter(lacks(CANDIDATE_HEADS)).map(|word| says(word, "who wants an office does not hold it")),
        acting.filter(lacks(ACTING_HEADS)).map(|word| says(word, "who holds an office for a while must be told so")),
        elect.filter(lacks(ELECT_HEADS)).map(|word| says(word, "who was elected does not hold the office yet")),
    ]
    .into_iter()
    .flatten()
}

/// `calon presiden`, `capres`.
fn candidate<'p, 'a>(words: &'p [Word<'a>]) -> Option<&'p Word<'a>> {
    const SHORT: &[&str] = &["capres", "cawapres", "cagub", "cawagub", "cabup", "cawabup", "cawalkot", "bacapres"];
    before_office(words, &["calon"]).or_else(|| words.iter().find(|word| SHORT.contains(&word.lower.as_str())))
}

/// `Pj Gubernur`, `Plt Bupati`.
fn acting<'p, 'a>(words: &'p [Word<'a>]) -> Option<&'p Word<'a>> {
    before_office(words, &["pj", "penjabat", "plt", "plh"])
}

/// `Presiden terpilih`.
fn elect<'p, 'a>(words: &'p [Word<'a>]) -> Option<&'p Word<'a>> {
    let is_it = |pair: &&[Word<'_>]| matches!(pair, [office, word] if word.lower == "terpilih" && OFFICES.contains(&office.lower.as_str()));
    words.windows(2).find(is_it).and_then(|pair| pair.last())
}

fn before_office<'p, 'a>(words: &'p [Word<'a>], limits: &[&str]) -> Option<&'p Word<'a>> {
    let is_it = |pair: &&[Word<'_>]| {
        let [limit, office] = pair else { return false };
        limits.contains(&limit.lower.as_str()) && (OFFICES.contains(&office.lower.as_str()) || office.lower == "wakil")
    };
    words.windows(2).find(is_it).and_then(|pair| pair.first())
}

fn former<'p, 'a>(words: &'p [Word<'a>]) -> Option<&'p Word<'a>> {
    let is_it = |word: &&Word<'_>| matches!(word.lower.as_str(), "mantan" | "eks") || word.lower.starts_with("eks-");
    words.iter().find(is_it).or_else(|| before_office(words, &["bekas"]))
}

fn is_former(word: &Word<'_>) -> bool {
    FORMER.contains(&word.lower.as_str()) || begins(word, FORMER_HEADS)
}

fn deputy<'p, 'a>(words: &'p [Word<'a>]) -> Option<&'p Word<'a>> {
    let is_short = |lower: &str| {
        matches!(lower, "wapres" | "wagub" | "wabup" | "wawali" | "wakapolri" | "wakapolda" | "wakapolres")
            || lower.starts_with("wamen") && lower != "wamena"
    };
    let next = |at: usize| lower(words, at + 1);
    let is_it =
        |at: usize, word: &Word<'_>| is_short(&word.lower) || word.lower == "wakil" && OFFICES.contains(&next(at));
    words.iter().enumerate().find(|(at, word)| is_it(*at, word)).map(|(_, word)| word)
}

fn begins(word: &Word<'_>, heads: &[&str]) -> bool {
    heads.iter().any(|head| word.lower.starts_with(head))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(id: &str, en: &str) -> usize {
        lost(&Pair::new(id, en)).count()
    }

    #[test]
    fn an_office_that_lost_its_limit_is_found() {
        for (id, en) in [
            ("Mantan Presiden Joko Widodo hadir.", "President Joko Widodo attended."),
            ("Eks Direktur Utama Pertamina ditahan.", "The president director of Pertamina was detained."),
            ("Menurut Wakil Presiden Gibran, dana cukup.", "According to President Gibran, the funds are enough."),
            ("Wagub Jawa Tengah mundur.", "The governor of Central Java resigned."),
            ("Calon presiden Ganjar hadir.", "President Ganjar attended."),
            ("Capres Ganjar hadir.", "President Ganjar attended."),
            ("Pj Gubernur Jakarta hadir.", "The governor of Jakarta attended."),
            ("Presiden terpilih Prabowo hadir.", "President Prabowo attended."),
            ("Bekas Gubernur Jambi ditahan.", "The governor of Jambi was detained."),
            ("Wakapolri memimpin rapat.", "The national police chief led the meeting."),
        ] {
            assert_eq!(found(id, en), 1, "{id} | {en}");
        }
    }

    #[test]
    fn an_office_that_kept_its_limit_passes() {
        for (id, en) in [
            ("Mantan Presiden Joko Widodo hadir.", "Former president Joko Widodo attended."),
            ("Eks-menteri itu bebas.", "The ex-minister was freed."),
            ("Wakil Wali Kota Solo mundur.", "Surakarta's deputy mayor resigned."),
            ("Wakil rakyat di Wamena mundur.", "Lawmakers in Wamena resigned."),
            ("Ekspor naik.", "Exports rose."),
            ("Calon wakil presiden Gibran hadir.", "Running mate Gibran attended."),
            ("Presiden terpilih Prabowo hadir.", "President-elect Prabowo attended."),
            ("Plt Bupati itu hadir.", "The acting regent attended."),
            ("Ia kembali ke mantan klubnya.", "He returned to his old club."),
        ] {
            assert_eq!(found(id, en), 0, "{id} | {en}");
        }
    }
}
