//! Hedges: who is a suspect or a defendant, and what is alleged, must stay so.
//!
//! Place in the data way: inside `claims`.
//! It must never let an allegation become a fact.

use crate::model::finding::{Finding, Severity};

use super::super::words::{Pair, Word, lower};
use super::NAME;

/// A hedge with what can stand for it.
struct Hedge {
    /// Beginnings of Indonesian words.
    id: &'static [&'static str],
    /// Beginnings of English words; one is enough.
    en: &'static [&'static str],
    /// English words that count only as a whole: `sign` is no `significant`. In lower case, as `May` is a month.
    whole: &'static [&'static str],
    /// How bad its loss is.
    severity: Severity,
}

/// Beginnings of words for what is not proven.
const UNPROVEN: &[&str] = &[
    "alleg",
    "suspect",
    "suspicio",
    "reported",
    "presum",
    "believ",
    "thought",
    "purport",
    "accus",
    "apparent",
    "possib",
    "likely",
    "might",
    "could",
    "claim",
    "charge",
    "supposed",
    "estimat",
    "seem",
    "appear",
    "assum",
    "indicat",
    "probabl",
    "potential",
    "guess",
    "predict",
    "conject",
    "hypothes",
    "consider",
    "expect",
    "deem",
    "feared",
    "speculat",
    "would",
    "think",
    "maybe",
    "perhaps",
    "rumo",
];

const UNPROVEN_WORDS: &[&str] = &["may", "tip", "tips", "tipped", "tip-off", "sign", "signs"];

const HEDGES: &[Hedge] = &[
    Hedge {
        id: &["diduga", "terduga", "dugaan", "menduga"],
        en: UNPROVEN,
        whole: UNPROVEN_WORDS,
        severity: Severity::Error,
    },
    Hedge {
        id: &["tersangka"],
        en: &["suspect", "accus", "alleg", "charge", "defendant", "perpetrator"],
        whole: &["person", "persons", "name", "names", "named", "naming"],
        severity: Severity::Error,
    },
    Hedge {
        id: &["terdakwa"],
        en: &["defendant", "accus", "charge", "trial", "indict", "suspect", "alleg"],
        whole: &[],
        severity: Severity::Error,
    },
    Hedge {
        id: &["konon", "kabarnya", "dikabarkan", "disebut-sebut", "ditengarai", "disinyalir"],
        en: UNPROVEN,
        whole: UNPROVEN_WORDS,
        severity: Severity::Warn,
    },
    Hedge {
        id: &["dituduh", "tuduhan", "dituding", "tudingan", "menuding", "menuduh"],
        en: &["accus", "alleg", "charge", "blam", "claim", "suspect", "indict", "denounc"],
        whole: &[],
        severity: Severity::Warn,
    },
    Hedge {
        id: &["membantah", "bantahan", "menyangkal", "menampik"],
        en: &[
            "deny",
            "denie",
            "denial",
            "refut",
            "reject",
            "dismiss",
            "disput",
            "disprov",
            "rebut",
            "contradict",
            "contest",
        ],
        whole: &["not", "no", "never", "nor", "neither", "cannot", "nothing", "none"],
        severity: Severity::Error,
    },
];

/// Verbs that say no, and the words of the opposite that may not stand in their place.
struct Refusal {
    id: &'static [&'static str],
    opposite: &'static [&'static str],
}

/// Beginnings of English words that keep a refusal, apart by spaces.
const NO: &str = "reject refus den dismiss declin turn oppos object against fail unsuccess unable ban prohibit forbid forbad \
    bar block halt cancel call scrap drop revok annul overturn withdr abort void not no never nor without strik \
    struck quash rebuff spurn miss stop prevent postpon nearly almost attempt resist rule lost los eliminat out \
    cannot throw threw shun outlaw restrict disallow veto";

const REFUSALS: &[Refusal] = &[
    Refusal {
        id: &["menolak", "ditolak"],
        opposite: &["granted", "grants", "accepted", "accepts", "approved", "approves", "upheld", "welcomed"],
    },
    Refusal {
        id: &["melarang", "dilarang"],
        opposite: &["allows", "allowed", "permits", "permitted", "lets", "legal", "encourages"],
    },
    Refusal { id: &["gagal"], opposite: &["succeeded", "qualified", "caught", "won", "managed", "reached", "passed"] },
    Refusal { id: &["membatalkan", "dibatalkan"], opposite: &["approved", "confirmed", "upheld", "signed", "went"] },
];

/// A refusal that became its opposite.
pub(super) fn granted(pair: &Pair<'_>) -> Option<Finding> {
    REFUSALS.iter().find_map(|refusal| {
        let word = pair.id_words.iter().enumerate().find(|(at, word)| {
            refusal.id.contains(&word.lower.as_str()) && !denies(&pair.id_words, at.wrapping_sub(1))
        });
        let is_kept =
            |word: &Word<'_>| word.lower.ends_with("n't") || NO.split(' ').any(|head| word.lower.starts_with(head));
        let came = pair.en_words.iter().find(|word| refusal.opposite.contains(&word.lower.as_str()))?;
        let (_, lost) = word.filter(|_| !pair.en_words.iter().any(is_kept))?;
        Some(Finding::error(NAME, format!("\"{}\" became \"{}\".", lost.text, came.text)))
    })
}

fn denies(words: &[Word<'_>], at: usize) -> bool {
    words.get(at).is_some_and(|word| matches!(word.lower.as_str(), "tidak" | "tak" | "bukan" | "belum"))
}

/// A finding for each hedge that has no counterpart.
pub(super) fn lost(pair: &Pair<'_>) -> impl Iterator<Item = Finding> {
    HEDGES.iter().filter_map(|hedge| {
        let begins = |lower: &str, list: &[&str]| list.iter().any(|head| lower.starts_with(head));
        let is_hedge = |at: &usize| pair.id_words.get(*at).is_some_and(|word| begins(&word.lower, hedge.id));
        let at = (0..pair.id_words.len()).filter(is_hedge).find(|at| !is_surprise(&pair.id_words, *at))?;
        let word = pair.id_words.get(at)?;
        let is_kept = pair.en_words.iter().any(|word| {
            let is_whole = hedge.whole.contains(&word.lower.as_str()) && word.text != "May";
            is_whole || begins(&word.lower, hedge.en) || word.lower.ends_with("n't")
        });
        let detail = format!("\"{}\" has no counterpart: an allegation must stay an allegation.", word.text);
        (!is_kept).then(|| Finding { rule: NAME.into(), severity: hedge.severity, detail })
    })
}

/// `tak terduga` and `di luar dugaan` are surprises.
fn is_surprise(words: &[Word<'_>], at: usize) -> bool {
    let before = at.checked_sub(1).map_or("", |before| lower(words, before));
    matches!(before, "tak" | "tidak" | "luar")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(id: &str, en: &str) -> usize {
        lost(&Pair::new(id, en)).count()
    }

    #[test]
    fn hedges_that_are_kept_pass() {
        assert_eq!(found("Ia diduga menerima suap.", "He allegedly took bribes."), 0);
        assert_eq!(found("Ia diduga menerima suap.", "He is suspected of taking bribes."), 0);
        assert_eq!(found("KPK menetapkan dua tersangka.", "The KPK named two suspects."), 0);
        assert_eq!(found("Terdakwa membantah.", "The defendant denied it."), 0);
    }

    #[test]
    fn a_word_that_only_begins_like_a_hedge_keeps_none() {
        for (id, en) in [
            ("Wali kota diduga menerima suap.", "The mayor took bribes."),
            ("Ia diduga menerima suap pada Mei 2024.", "He took bribes in May 2024."),
            ("Ia diduga menggelapkan dana besar.", "He embezzled a significant amount."),
            ("Ia diduga menerima uang usai menandatangani kontrak.", "He took money after signing the contract."),
            ("Pria itu diduga membunuh istrinya, kata polisi.", "The man killed his wife, police said."),
            ("Menteri membantah kabar itu pada November.", "The minister confirmed the report in November."),
            ("Gubernur membantah menerima uang di Denpasar.", "The governor took money in Denpasar."),
            ("Ia kini membantah tuduhan itu.", "He now admits the accusation."),
            ("Tersangka ditahan bersama barangnya.", "The killer was held with his personal belongings."),
        ] {
            assert_eq!(found(id, en), 1, "{id} | {en}");
        }
        assert_eq!(found("Ia diduga menerima suap.", "He may have taken bribes."), 0);
    }

    #[test]
    fn a_refusal_that_became_its_opposite_is_found() {
        let turned = |id, en| granted(&Pair::new(id, en)).is_some();
        for (id, en) in [
            ("MK menolak gugatan itu.", "The court granted the petition."),
            ("Pemerintah melarang ekspor nikel.", "The government allows nickel exports."),
            ("Timnas gagal lolos ke Piala Dunia.", "The national team qualified for the World Cup."),
        ] {
            assert!(turned(id, en), "{id} | {en}");
        }
        for (id, en) in [
            ("MK menolak gugatan itu.", "The court threw out the petition."),
            ("MK tidak menolak gugatan itu.", "The court accepted the petition."),
            ("Pemerintah melarang ekspor nikel.", "Nickel exports are banned; only processed ore is allowed."),
            ("Timnas gagal lolos.", "The national team lost and missed the World Cup that Japan won."),
        ] {
            assert!(!turned(id, en), "{id} | {en}");
        }
    }

    #[test]
    fn a_surprise_is_no_allegation() {
        assert_eq!(found("Di luar dugaan, tim tuan rumah kalah.", "Surprisingly, the home team lost."), 0);
        assert_eq!(found("Belanja tak terduga naik.", "Contingency spending rose."), 0);
    }

    #[test]
    fn an_allegation_that_became_a_fact_is_found() {
        assert_eq!(found("Ia diduga menerima suap.", "He took bribes."), 1);
        assert_eq!(found("Tersangka ditahan.", "The killer was detained."), 1);
        assert_eq!(found("Menteri membantah kabar itu.", "The minister confirmed the report."), 1);
    }
}
