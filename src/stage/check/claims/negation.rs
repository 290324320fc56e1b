//! Negations: `tidak`, `belum`, `bukan`, `tanpa`, `jangan`, `membantah` and what stands for them in English.
//!
//! Place in the data way: inside `claims`.
//! It must never count a negation that is none (`tidak hanya` is *not only* or *besides*).

use std::collections::HashSet;
use std::sync::LazyLock;

use crate::model::finding::Finding;

use super::super::words::{Pair, Word, lower, words};
use super::NAME;

/// Words that deny in Indonesian and that a translation denies too, as a rule.
const DENIES: &[&str] = &[
    "tidak",
    "tak",
    "tidaklah",
    "bukan",
    "bukanlah",
    "belum",
    "jangan",
    "tanpa",
    "nggak",
    "enggak",
    "gak",
    "ga",
    "tiada",
    "janganlah",
    "tdk",
    "ngga",
];

/// Words of Indonesian that can lead to a negation in English though they are none themselves.
static MAY_DENY: LazyLock<HashSet<&str>> = LazyLock::new(|| {
    "membantah menolak menyangkal menampik dibantah bantahan gagal kegagalan kurang sulit mustahil jarang kecuali \
     anti non nirlaba nihil nol kosong bebas larangan dilarang melarang absen kehilangan alih-alih daripada ketimbang \
     lepas terlepas mencegah menghindari ragu meragukan batal dibatalkan membatalkan minim minimal maksimal \
     setidaknya sekurang-kurangnya entah apapun siapapun apakah selain hampir hanya cuma enggan ogah urung mangkir bungkam \
     ditolak penolakan bukannya ketiadaan pantang kan terpaksa gratis stagnan hilang pengangguran menganggur no"
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
     besides forbidden prohibited hidden lost abnormal otherwise neither anything any anyone illegally illicit inactive \
     inhumane inhuman indecent inseparable dishonorable dishonorably dishonourable dishonourably inadvertently incorrect \
     incorrectly innocence unfit disagrees disagreement incompetent insensitive abnormally disrespect disrespectful"
        .split_ascii_whitespace()
        .collect()
});

/// Words with the prefix of a denial that deny nothing.
const UNITED: &[&str] =
    &["unit", "union", "univer", "under", "unique", "uniform", "unanim", "unicef", "unesco", "unilever", "until"];

/// Words of [`MAY_STAND`] that a faithful translation has for other words of the source too, by their beginnings: where
/// one of those stands there, the English word answers for it and for no negation.
const ORIGINS: &[(&[&str], &[&str])] = &[
    (&["before"], &["sebelum"]),
    (&["still"], &["masih", "tetap"]),
    (&["remain", "remains", "remained"], &["masih", "tetap", "sisa", "tersisa", "bertahan"]),
    (&["until"], &["hingga", "sampai"]),
    (&["despite", "regardless"], &["meski", "walau", "kendati", "terlepas"]),
    (&["free"], &["gratis", "bebas", "membebaskan", "dibebaskan"]),
    (&["few"], &["beberapa", "sedikit"]),
    (&["little"], &["sedikit", "kecil"]),
    (&["less"], &["kurang"]),
    (&["far"], &["jauh", "sejauh"]),
    (&["independent"], &["independen", "mandiri"]),
    (&["stop", "stopped"], &["henti", "berhenti", "stop", "menghentikan", "dihentikan"]),
    (&["hidden"], &["tersembunyi", "disembunyikan"]),
    (&["lost"], &["hilang", "kehilangan", "kalah"]),
    (&["missing"], &["hilang"]),
    (&["poor"], &["miskin", "buruk"]),
    (&["rare"], &["langka", "jarang"]),
    (&["hostile"], &["musuh"]),
    (&["illegal"], &["ilegal"]),
    (&["fail", "failed"], &["gagal"]),
    (&["ban", "banned"], &["larangan", "melarang", "dilarang"]),
    (&["wrong", "false"], &["salah", "palsu", "bohong"]),
    (&["beyond"], &["luar"]),
    (&["denied"], &["membantah", "dibantah"]),
    (&["rejected", "refused"], &["menolak", "ditolak"]),
    (&["except"], &["kecuali"]),
    (&["anonymous"], &["anonim"]),
    (&["yet"], &["namun", "tetapi", "tapi"]),
];

/// What follows a denial in phrases that English says without one, and beginnings of the words that stand for the phrase.
const IDIOMS: &[(&[&str], &[&str])] = &[
    (&["dengan", "hormat"], &["dishon"]),
    (&["bernyawa"], &["dead", "death", "die", "dying", "body", "bodies", "corpse"]),
    (&["sengaja"], &["accident", "inadvert", "mistake"]),
    (&["henti"], &["relent", "constant", "continu", "around", "nonstop"]),
    (&["terpisahkan"], &["integral", "essential"]),
    (&["terlepas"], &["thanks", "due", "owe", "because"]),
    (&["senonoh"], &["obscen", "lewd"]),
    (&["awak"], &["drone", "uav"]),
    (&["sedikit"], &["many", "several", "number", "much", "lot", "quite", "plenty", "numerous"]),
    (&["kurang"], &["least", "more", "many", "minimum"]),
    (&["lupa"], &["remember", "also", "too", "recall"]),
    (&["asing"], &["familiar", "known"]),
    (&["sah"], &["void", "null", "illegitimate"]),
    (&["mampu"], &["underpriv", "needy"]),
    (&["sesuai"], &["short", "mismatch"]),
    (&["aktif"], &["dormant", "defunct", "former"]),
    (&["terduga"], &["conting", "surpris", "emergenc"]),
    (&["tetap"], &["temporary", "contract", "casual"]),
    (&["menutup", "kemungkinan"], &["possib", "may", "might", "could"]),
    (&["ternilai"], &["invaluable"]),
    (&["apa-apa"], &["fine", "ok", "alright", "right"]),
    (&["sedap"], &["foul", "bad", "stench", "stink"]),
    (&["bersalah"], &["acquit", "clear", "exonerat", "innocen"]),
    (&["tertolong"], &["die", "dead", "death", "kill"]),
    (&["terselamatkan"], &["die", "dead", "death", "kill", "lost"]),
    (&["selamat"], &["die", "dead", "death", "kill"]),
    (&["jadi"], &["cancel", "call", "drop", "scrap", "abandon", "off"]),
];

/// A finding where a negation of the source has no counterpart, or the answer denies what the source does not. Where the
/// other side denies something too, only not as often, it is a warning: one word can deny for two.
pub(super) fn flipped(pair: &Pair<'_>) -> Option<Finding> {
    let (asked, nots) = (denials(pair), nots(&pair.en_words));
    // `not only` keeps a negation well enough, so all words count here.
    let stands = pair.en_words.iter().filter(|word| may_stand(word, pair) || is_not(word)).count();
    let may = (0..pair.id_words.len()).filter(|at| may_deny(&pair.id_words, *at)).count();
    if let Some(first) = asked.first().filter(|_| asked.len() > stands) {
        let detail = format!("The negation \"{}\" has no counterpart: say what the segment denies.", first.text);
        return Some(finding(stands, detail));
    }
    let made = nots.first().filter(|_| nots.len() > may)?;
    Some(finding(may, format!("The answer denies (\"{}\") what the segment does not deny.", made.text)))
}

/// Whether an English text denies something, strictly.
pub(in crate::stage) fn denies(text: &str) -> bool {
    !nots(&words(text)).is_empty()
}

/// Whether an English text holds a word that denies, or that can stand for a denial and for no other word of `id`.
pub(in crate::stage) fn may_deny_en(id: &str, en: &str) -> bool {
    let pair = Pair::new(id, en);
    pair.en_words.iter().any(|word| is_not(word) || may_stand(word, &pair))
}

/// Whether an Indonesian text denies something, strictly.
pub(in crate::stage) fn denies_id(text: &str) -> bool {
    words(text).iter().any(|word| DENIES.contains(&word.lower.as_str()))
}

fn finding(others: usize, detail: String) -> Finding {
    if others == 0 { Finding::error(NAME, detail) } else { Finding::warn(NAME, detail) }
}

/// The negations that a translation must keep. `tidak hanya`, `bukan hanya` and `tidak … tidak` twice over count once,
/// `bukan tidak mungkin` not at all.
fn denials<'p, 'a>(pair: &'p Pair<'a>) -> Vec<&'p Word<'a>> {
    let words = &pair.id_words;
    let lower = |at: usize| lower(words, at);
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
                | "balas"
        );
        let denies = |at: usize| DENIES.contains(&lower(at));
        let is_undone = denies(at + 1) || at > 0 && denies(at - 1);
        denies(at) && !is_only && !is_least && !is_undone && !is_idiom(at, pair)
    };
    words.iter().enumerate().filter(|(at, _)| denies(*at)).map(|(_, word)| word).collect()
}

/// Whether the denial at a place of the source begins a phrase that the answer says in its own way.
fn is_idiom(at: usize, pair: &Pair<'_>) -> bool {
    let rest = pair.id_words.get(at + 1..).unwrap_or_default();
    let follows =
        |phrase: &[&str]| phrase.len() <= rest.len() && phrase.iter().zip(rest).all(|(own, word)| *own == word.lower);
    let is_said =
        |heads: &[&str]| pair.en_words.iter().any(|word| heads.iter().any(|head| word.lower.starts_with(head)));
    IDIOMS.iter().any(|(phrase, heads)| follows(phrase) && is_said(heads))
}

/// The words that deny in English. `No. 11`, `not only` and `whether or not` deny nothing.
fn nots<'p, 'a>(words: &'p [Word<'a>]) -> Vec<&'p Word<'a>> {
    let lower = |at: usize| lower(words, at);
    let is_number = |at: usize| {
        let (own, next) = (words.get(at), words.get(at + 1));
        own.zip(next).is_some_and(|(own, next)| {
            own.text == "No" && next.start == own.start + "No. ".len() && next.text.chars().all(|c| !c.is_lowercase())
        })
    };
    let is_denial = |at: usize| {
        let next = lower(at + 1);
        match lower(at) {
            // `No. 11`, `No. ST/30`; `Nor Azlan` is a name.
            "no" => !next.starts_with(|c: char| c.is_ascii_digit()) && !is_number(at),
            "nor" => words.get(at).is_none_or(|word| word.text != "Nor" || at == 0),
            "not" => !(matches!(next, "only" | "just" | "merely") || at > 0 && lower(at - 1) == "or"),
            word => NOT.contains(&word) || word.ends_with("n't"),
        }
    };
    words.iter().enumerate().filter(|(at, _)| is_denial(*at)).map(|(_, word)| word).collect()
}

fn is_not(word: &Word<'_>) -> bool {
    NOT.contains(&word.lower.as_str()) || word.lower.ends_with("n't")
}

fn may_stand(word: &Word<'_>, pair: &Pair<'_>) -> bool {
    let lower = word.lower.as_str();
    if answers_for_another(lower, pair) {
        return false;
    }
    let has_prefix = lower.len() > 5 && lower.starts_with("un") && !UNITED.iter().any(|head| lower.starts_with(head));
    MAY_STAND.contains(lower)
        || has_prefix
        || lower.starts_with("non")
        || lower.starts_with("no-")
        || lower.ends_with("less")
        || lower.ends_with("lessly")
        || lower.ends_with("-free")
}

fn answers_for_another(english: &str, pair: &Pair<'_>) -> bool {
    let origins = ORIGINS.iter().find(|(words, _)| words.contains(&english)).map(|(_, origins)| *origins);
    let is_origin = |word: &Word<'_>| origins.is_some_and(|heads| heads.iter().any(|h| word.lower.starts_with(h)));
    pair.id_words.iter().any(is_origin)
}

fn may_deny(words: &[Word<'_>], at: usize) -> bool {
    let lower = |at: usize| lower(words, at);
    let before = at.checked_sub(1).map_or("", lower);
    let lower = lower(at);
    let in_phrase = match lower {
        // `ke mana pun` is *no matter where*.
        "pun" => matches!(before, "apa" | "siapa" | "mana" | "berapa" | "kapan" | "bagaimana"),
        // `paling lambat` is *no later than*.
        "lambat" | "banyak" | "sedikit" | "lama" | "tinggi" => before == "paling",
        _ => false,
    };
    in_phrase
        || DENIES.contains(&lower)
        || MAY_DENY.contains(lower)
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
    fn set_phrases_need_no_denial_in_english() {
        for (id, en) in [
            ("Polisi menjunjung asas praduga tak bersalah.", "Police uphold the presumption of innocence."),
            ("Polisi itu diberhentikan tidak dengan hormat.", "The officer was dishonorably discharged."),
            ("Korban ditemukan tidak bernyawa.", "The victim was found dead."),
            ("Sopir itu tidak sengaja menabrak warga.", "The driver accidentally hit a resident."),
            ("Tambang itu beroperasi tanpa izin.", "The mine was operating illegally."),
            ("Relawan bekerja tanpa lelah.", "Volunteers worked tirelessly."),
            ("Pesawat tanpa awak itu jatuh.", "The drone crashed."),
            ("Tak sedikit pedagang yang merugi.", "Many traders suffered losses."),
            ("Bukan tidak mungkin harga naik.", "It is quite possible that prices will rise."),
            ("Kawasan tanpa rokok diperluas.", "The no-smoking area was expanded."),
            ("Persib menang tiga gol tanpa balas.", "Persib won 3-0."),
            ("Menteri enggan berkomentar.", "The minister would not comment."),
            ("Apa pun yang terjadi, kami siap.", "No matter what happens, we are ready."),
            ("Acara dimulai paling lambat besok.", "The event will start no later than tomorrow."),
            ("Telegram No TR/442 keluar.", "Telegram No. TR/442 was issued."),
            ("Laporan bernomor LP/B/123 dicabut.", "Report No. LP/B/123 was withdrawn."),
            ("Afrizal Nor Hysam hadir.", "Afrizal Nor Hysam attended."),
            ("Ia divonis tidak bersalah.", "He was acquitted."),
            ("Nyawanya tak tertolong.", "He died."),
            ("Konser tidak jadi digelar.", "The concert was called off."),
            ("\"Bagus, kan?\" katanya.", "\"It's good, isn't it?\" he said."),
        ] {
            assert!(!found(id, en), "{id} | {en}");
        }
    }

    #[test]
    fn a_word_that_answers_for_another_word_does_not_stand_for_a_lost_negation() {
        for (id, en) in [
            (
                "Pemerintah tidak akan menaikkan harga sebelum Lebaran.",
                "The government will raise prices before Lebaran.",
            ),
            (
                "Polisi tidak menahan tersangka yang masih dirawat.",
                "Police detained the suspect, who is still in hospital.",
            ),
            (
                "Perusahaan tidak membayar pesangon hingga akhir tahun.",
                "The company paid severance until the end of the year.",
            ),
            (
                "Menteri tidak menyetujui anggaran meskipun direvisi.",
                "The minister approved the budget despite revisions.",
            ),
            ("Korban ditemukan tidak bernyawa.", "The victim was found alive."),
        ] {
            assert!(found(id, en), "{id} | {en}");
        }
        assert!(!found("Ia belum hadir.", "He is still absent."));
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
