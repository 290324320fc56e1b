//! Hedges: who is a suspect or a defendant, and what is alleged, must stay so.
//!
//! Place in the data way: inside `claims`.
//! It must never let an allegation become a fact.

use crate::model::finding::{Finding, Severity};

use super::super::words::Pair;
use super::NAME;

/// A hedge with what can stand for it.
struct Hedge {
    /// Beginnings of Indonesian words.
    id: &'static [&'static str],
    /// Beginnings of English words; one is enough.
    en: &'static [&'static str],
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
    "may",
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
    "said",
    "guess",
    "predict",
    "conject",
    "hypothes",
    "consider",
    "expect",
    "deem",
    "tip",
    "feared",
    "speculat",
    "would",
    "think",
    "maybe",
    "perhaps",
    "rumo",
    "sign",
];

const HEDGES: &[Hedge] = &[
    Hedge { id: &["diduga", "terduga", "dugaan", "menduga"], en: UNPROVEN, severity: Severity::Error },
    Hedge {
        id: &["tersangka"],
        en: &["suspect", "accus", "alleg", "charge", "person", "name", "defendant", "perpetrator"],
        severity: Severity::Error,
    },
    Hedge {
        id: &["terdakwa"],
        en: &["defendant", "accus", "charge", "trial", "indict", "suspect", "alleg"],
        severity: Severity::Error,
    },
    Hedge {
        id: &["konon", "kabarnya", "dikabarkan", "disebut-sebut", "ditengarai", "disinyalir"],
        en: UNPROVEN,
        severity: Severity::Warn,
    },
    Hedge {
        id: &["dituduh", "tuduhan", "dituding", "tudingan", "menuding", "menuduh"],
        en: &["accus", "alleg", "charge", "blam", "claim", "suspect", "indict", "denounc"],
        severity: Severity::Warn,
    },
    Hedge {
        id: &["membantah", "bantahan", "menyangkal", "menampik"],
        en: &[
            "den",
            "refut",
            "reject",
            "dismiss",
            "not",
            "disput",
            "disprov",
            "rebut",
            "contradict",
            "never",
            "no",
            "contest",
        ],
        severity: Severity::Error,
    },
];

/// A finding for each hedge that has no counterpart.
pub(super) fn lost(pair: &Pair<'_>) -> impl Iterator<Item = Finding> {
    HEDGES.iter().filter_map(|hedge| {
        let begins = |lower: &str, list: &[&str]| list.iter().any(|head| lower.starts_with(head));
        let word = pair.id_words.iter().find(|word| begins(&word.lower, hedge.id))?;
        let is_kept = pair.en_words.iter().any(|word| begins(&word.lower, hedge.en) || word.lower.ends_with("n't"));
        let detail = format!("\"{}\" has no counterpart: an allegation must stay an allegation.", word.text);
        (!is_kept).then(|| Finding { rule: NAME.into(), severity: hedge.severity, detail })
    })
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
    fn an_allegation_that_became_a_fact_is_found() {
        assert_eq!(found("Ia diduga menerima suap.", "He took bribes."), 1);
        assert_eq!(found("Tersangka ditahan.", "The killer was detained."), 1);
        assert_eq!(found("Menteri membantah kabar itu.", "The minister confirmed the report."), 1);
    }
}
