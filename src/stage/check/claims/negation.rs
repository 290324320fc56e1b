//! Negations: `tidak`, `belum`, `bukan`, `tanpa`, `jangan`, `membantah` and what stands for them in English.
//!
//! Place in the data way: inside `claims`.
//! It must never count a negation that is none (`tidak hanya` is *not only* or *besides*).

use std::collections::HashSet;
use std::sync::LazyLock;

use crate::model::finding::Finding;

use super::super::words::{Pair, Word};
use super::NAME;

/// Words that deny in Indonesian and that a translation denies too, as a rule.
const DENIES: &[&str] = &[
    "tidak", "tak", "tidaklah", "bukan", "bukanlah", "belum", "jangan", "tanpa", "nggak", "enggak", "gak", "ga",
    "tiada",
];

/// Words of Indonesian that can lead to a negation in English though they are none themselves.
static MAY_DENY: LazyLock<HashSet<&str>> = LazyLock::new(|| {
    "membantah menolak menyangkal menampik dibantah bantahan gagal kegagalan kurang sulit mustahil jarang kecuali \
     anti non nirlaba nihil nol kosong bebas larangan dilarang melarang absen kehilangan alih-alih daripada ketimbang \
     lepas terlepas mencegah menghindari ragu meragukan batal dibatalkan membatalkan minim minimal maksimal \
     setidaknya sekurang-kurangnya entah apapun siapapun apakah selain hampir hanya"
        .split_ascii_whitespace()
        .collect()
});

/// Words that deny in English, strictly.
const NOT: &[&str] =
    &["not", "cannot", "never", "no", "neither", "nor", "nobody", "nothing", "none", "nowhere", "without"];

/// Words of English that can stand for a negation of the source.
static MAY_STAND: LazyLock<HashSet<&str>> = LazyLock::new(|| {
    "yet instead rather unable fail failed fails failing failure lack lacks lacked lacking deny denied denies denying \
     denial refuse refused refuses refusing refusal reject rejected rejects hardly barely scarcely few little less \
     unless until except free absence absent avoid avoided avoiding prevent prevented prevents illegal invalid \
     impossible inability incapable insufficient inadequate incomplete indirect indirectly inappropriate ineffective \
     inevitable inevitably informal innocent irregular irresponsible invisible inaccurate inconsistent indefinite \
     indefinitely independent infinite impatient imperfect improper illogical irrelevant missing pending devoid \
     offline hostile wrong false poor poorly rare rarely seldom unlike exempt ban banned zero non nonprofit despite \
     regardless anonymous instability inconvenience injustice inequality ignore ignored stop stopped dislike disagree \
     disagreed dishonest dissatisfied disapprove disabled disappear inexperienced infrequent infrequently discomfort \
     discomforts trespass trespassing immoral illegible degenerate before remain remains remained still far beyond \
     besides forbidden prohibited hidden lost abnormal otherwise neither anything any anyone"
        .split_ascii_whitespace()
        .collect()
});

/// Words with the prefix of a denial that deny nothing.
const UNITED: &[&str] =
    &["unit", "union", "univer", "under", "unique", "uniform", "unanim", "unicef", "unesco", "unilever", "until"];

/// A finding where a negation of the source has no counterpart, or the answer denies what the source does not. Where the
/// other side denies something too, only not as often, it is a warning: one word can deny for two.
pub(super) fn flipped(pair: &Pair<'_>) -> Option<Finding> {
    let (asked, nots) = (denials(&pair.id_words), nots(&pair.en_words));
    // `not only` keeps a negation well enough, so all words count here.
    let stands = pair.en_words.iter().filter(|word| may_stand(word) || is_not(word)).count();
    let may = pair.id_words.iter().filter(|word| DENIES.contains(&word.lower.as_str()) || may_deny(word)).count();
    if let Some(first) = asked.first().filter(|_| asked.len() > stands) {
        let detail = format!("The negation \"{}\" has no counterpart: say what the segment denies.", first.text);
        return Some(finding(stands, detail));
    }
    let made = nots.first().filter(|_| nots.len() > may)?;
    Some(finding(may, format!("The answer denies (\"{}\") what the segment does not deny.", made.text)))
}

fn finding(others: usize, detail: String) -> Finding {
    if others == 0 { Finding::error(NAME, detail) } else { Finding::warn(NAME, detail) }
}

/// The negations that a translation must keep. `tidak hanya`, `bukan hanya` and `tidak … tidak` twice over count once.
fn denials<'p, 'a>(words: &'p [Word<'a>]) -> Vec<&'p Word<'a>> {
    let lower = |at: usize| words.get(at).map_or("", |word| word.lower.as_str());
    let denies = |at: usize| {
        let next = lower(at + 1);
        // `paling tidak` is *at least*.
        let is_least = at > 0 && matches!(lower(at - 1), "paling" | "mau" | "atau");
        let is_only = matches!(
            next,
            "hanya"
                | "cuma"
                | "sekadar"
                | "saja"
                | "lain"
                | "jarang"
                | "terkecuali"
                | "kalah"
                | "heran"
                | "lama"
                | "jauh"
        );
        DENIES.contains(&lower(at)) && !is_only && !is_least
    };
    words.iter().enumerate().filter(|(at, _)| denies(*at)).map(|(_, word)| word).collect()
}

/// The words that deny in English. `No. 11`, `not only` and `whether or not` deny nothing.
fn nots<'p, 'a>(words: &'p [Word<'a>]) -> Vec<&'p Word<'a>> {
    let lower = |at: usize| words.get(at).map_or("", |word| word.lower.as_str());
    let is_denial = |at: usize| {
        let next = lower(at + 1);
        match lower(at) {
            "no" => !next.starts_with(|c: char| c.is_ascii_digit()),
            "not" => !(matches!(next, "only" | "just" | "merely") || at > 0 && lower(at - 1) == "or"),
            word => NOT.contains(&word) || word.ends_with("n't"),
        }
    };
    words.iter().enumerate().filter(|(at, _)| is_denial(*at)).map(|(_, word)| word).collect()
}

fn is_not(word: &Word<'_>) -> bool {
    NOT.contains(&word.lower.as_str()) || word.lower.ends_with("n't")
}

fn may_stand(word: &Word<'_>) -> bool {
    let lower = word.lower.as_str();
    let has_prefix = lower.len() > 5 && lower.starts_with("un") && !UNITED.iter().any(|head| lower.starts_with(head));
    MAY_STAND.contains(lower)
        || has_prefix
        || lower.starts_with("non")
        || lower.ends_with("less")
        || lower.ends_with("-free")
}

fn may_deny(word: &Word<'_>) -> bool {
    let lower = word.lower.as_str();
    MAY_DENY.contains(lower)
        || lower.starts_with("ketidak")
        || lower.starts_with("tidak")
        || lower.starts_with("tak")
        || lower.starts_with("non")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(id: &str, en: &str) -> bool {
        flipped(&Pair::new(id, en)).is_some()
    }

    #[test]
    fn negations_that_are_kept_in_any_way_pass() {
        for (id, en) in [
            ("Ia tidak hadir.", "He did not attend."),
            ("Ia tidak hadir.", "He didn’t attend."),
            ("Hal itu tidak mungkin.", "That is impossible."),
            ("Pelaku belum ditangkap.", "The perpetrator has yet to be arrested."),
            ("Ia bukan pelaku, melainkan korban.", "He is a victim rather than a perpetrator."),
            ("Ia membantah tuduhan itu.", "He said the accusation was not true."),
            ("Tidak hanya Jakarta, Bogor juga banjir.", "Besides Jakarta, Bogor was also flooded."),
        ] {
            assert!(!found(id, en), "{id} | {en}");
        }
    }

    #[test]
    fn negations_that_are_lost_or_made_are_found() {
        for (id, en) in [
            ("Ia tidak hadir dalam sidang.", "He attended the hearing."),
            ("Pelaku belum ditangkap.", "The perpetrator was arrested."),
            ("Ia hadir dalam sidang.", "He did not attend the hearing."),
            ("Ia tidak hadir dan tidak meminta maaf.", "He did not attend and apologised."),
        ] {
            assert!(found(id, en), "{id} | {en}");
        }
    }
}
