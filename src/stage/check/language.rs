//! Rule `language`: the answer is English, all of it.
//!
//! Two signs, both by words that no English sentence has in a row: function words of Indonesian (`yang`, `dengan`,
//! `tersebut`), and runs of lower-case words copied from the source. Names and titles keep their capitals and are left
//! alone; so are single foreign words.
//!
//! Place in the data way: one of the rules for a segment.
//! It must never take a name, a title or a foreign word in an English sentence for untranslated text.

use std::collections::HashSet;
use std::sync::LazyLock;

use crate::model::finding::Finding;

use super::words::{Pair, Word};

const NAME: &str = "language";

/// Copied lower-case words in a row from which a stretch counts as untranslated, where one is a function word.
const COPIED_RUN: usize = 3;
/// Copied words in a row, names among them, from which two words that only Indonesian has are enough.
const COPIED_WITH_NAMES: usize = 4;
/// The same as [`COPIED_RUN`] where none is a function word.
const COPIED_CONTENT: usize = 5;
/// Indonesian function words without an English one between them from which a stretch counts as untranslated.
const FUNCTION_RUN: usize = 3;

/// Words that hold Indonesian sentences together and are not English words.
static INDONESIAN: LazyLock<HashSet<&str>> = LazyLock::new(|| {
    "yang dan dengan untuk dari pada ini itu tidak akan oleh juga telah sudah karena adalah dalam sebagai tersebut \
     kepada bahwa saat ada bisa dapat mereka kami kita ia dia para lebih sangat hanya namun tetapi tapi atau jika \
     ketika seperti hingga sampai setelah sebelum antara atas bawah serta secara sejumlah beberapa banyak masih belum \
     bukan menjadi merupakan melalui terhadap tentang sejak maka lalu kemudian agar supaya yaitu yakni pun lah kata \
     ujar ucap menurut saya anda kamu nya sehingga sementara selama tanpa oleh bagi sekitar dua tiga empat lima enam \
     tujuh delapan sembilan satu orang hari tahun bulan di ke sedang bernama akibat menuju melawan ialah yakni"
        .split_ascii_whitespace()
        .collect()
});

/// Words that hold English sentences together and are not Indonesian words.
static ENGLISH: LazyLock<HashSet<&str>> = LazyLock::new(|| {
    "the of and to a in that is was for on with as by at from his her their its it be are were has have had not this \
     which who will would or an but they he she we after before into than more been also there when while about one \
     said says no all can could may might should over under out up if only other such these those what where how so"
        .split_ascii_whitespace()
        .collect()
});

pub(super) fn check(pair: &Pair<'_>) -> Vec<Finding> {
    let Some(stretch) = copied_stretch(pair).or_else(|| indonesian_stretch(&pair.en_words)) else {
        return Vec::new();
    };
    let detail = if stretch.len() == pair.en_words.len() {
        "The segment is still in Indonesian; translate all of it.".to_owned()
    } else {
        format!("Part of the answer is not English: \"{}\"; translate it.", excerpt(stretch))
    };
    vec![Finding::error(NAME, detail)]
}

/// Whether a text of any length is mostly not English.
pub(super) fn is_indonesian(words: &[Word<'_>]) -> bool {
    indonesian_stretch(words).is_some() && count(words, &INDONESIAN) > count(words, &ENGLISH)
}

fn count(words: &[Word<'_>], list: &HashSet<&str>) -> usize {
    words.iter().filter(|word| list.contains(word.lower.as_str())).count()
}

/// The longest run of words that stand in the source in the same order, if it is long enough and holds a word that only
/// Indonesian has or enough lower-case words.
fn copied_stretch<'p, 'a>(pair: &'p Pair<'a>) -> Option<&'p [Word<'a>]> {
    let (start, len) = longest_common_run(&pair.en_words, &pair.id_words);
    let run = pair.en_words.get(start..start + len)?;
    let plain = run.iter().filter(|word| !word.is_capitalised() && word.has_letters()).count();
    let function = run.iter().filter(|word| !word.is_capitalised() && INDONESIAN.contains(word.lower.as_str())).count();
    // `AS` (USA) is no English word.
    let english = run.iter().filter(|word| !word.is_capitalised() && ENGLISH.contains(word.lower.as_str())).count();
    let marked = function + run.iter().filter(|word| !word.is_capitalised() && is_formed(&word.lower)).count();
    // `rendang, gudeg, soto`: a list of things that have no English name.
    let has_comma = |word: &Word<'_>| {
        let (before, after) = (pair.en.get(..word.start), pair.en.get(word.start + word.text.len()..));
        before.is_some_and(|text| text.trim_end().ends_with(',')) || after.is_some_and(|text| text.starts_with(','))
    };
    let joined = run.iter().filter(|word| !word.is_capitalised() && word.has_letters() && !has_comma(word)).count();
    let among_names = marked >= 2 && run.len() >= COPIED_WITH_NAMES;
    let is_copied = english == 0 && (plain >= COPIED_RUN && marked >= 1 || among_names || joined >= COPIED_CONTENT);
    is_copied.then_some(run)
}

/// Whether a word is formed as only Indonesian forms words: `mengamati`, `bersiap-siap`, `kuasanya`.
fn is_formed(word: &str) -> bool {
    let is_long = word.len() >= 7;
    let is_doubled = word.split_once('-').is_some_and(|(head, tail)| tail.len() >= 3 && head.ends_with(tail));
    is_doubled
        || is_long && (["meng", "meny", "menj"].iter().any(|head| word.starts_with(head)) || word.ends_with("nya"))
}

/// A run of Indonesian function words that no English function word interrupts.
fn indonesian_stretch<'p, 'a>(words: &'p [Word<'a>]) -> Option<&'p [Word<'a>]> {
    let mut begin = 0;
    let mut seen = 0;
    let mut last = 0;
    for (at, word) in words.iter().enumerate() {
        if ENGLISH.contains(word.lower.as_str()) {
            if seen >= FUNCTION_RUN {
                break;
            }
            seen = 0;
        } else if INDONESIAN.contains(word.lower.as_str()) && (!word.is_capitalised() || seen == 0 && at == 0) {
            begin = if seen == 0 { at } else { begin };
            seen += 1;
            last = at;
        }
    }
    if seen < FUNCTION_RUN { None } else { words.get(begin..=last) }
}

/// Where the longest run of equal words begins in `left`, and how long it is.
fn longest_common_run(left: &[Word<'_>], right: &[Word<'_>]) -> (usize, usize) {
    let mut best = (0, 0);
    let mut lengths = vec![0_usize; right.len() + 1];
    for (i, a) in left.iter().enumerate() {
        let mut diagonal = 0;
        for (b, length) in right.iter().zip(lengths.iter_mut().skip(1)) {
            let above = *length;
            *length = if a.lower == b.lower { diagonal + 1 } else { 0 };
            if *length > best.1 {
                best = (i + 1 - *length, *length);
            }
            diagonal = above;
        }
    }
    best
}

fn excerpt(words: &[Word<'_>]) -> String {
    let shown: Vec<_> = words.iter().take(8).map(|word| word.text).collect();
    let dots = if words.len() > 8 { " …" } else { "" };
    format!("{}{dots}", shown.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_of_dishes_and_a_title_are_no_untranslated_text() {
        for (id, en) in [
            (
                "Pengunjung bisa mencicipi rendang, gudeg, soto, rawon, pempek, dan sate.",
                "Visitors can taste rendang, gudeg, soto, rawon, pempek and satay.",
            ),
            (
                "Novel Perempuan yang Dihapus Namanya terbit lagi.",
                "The novel Perempuan yang Dihapus Namanya is out again.",
            ),
        ] {
            assert_eq!(check(&Pair::new(id, en)), [], "{en}");
        }
    }

    fn findings(id: &str, en: &str) -> Vec<Finding> {
        check(&Pair::new(id, en))
    }

    const SOURCE: &str =
        "Polisi menangkap dua orang di rumah itu. Mereka dibawa ke kantor untuk diperiksa lebih lanjut.";

    #[test]
    fn a_segment_left_in_indonesian_is_found() {
        assert_eq!(findings(SOURCE, SOURCE).len(), 1);
    }

    #[test]
    fn half_a_segment_left_in_indonesian_is_found_and_quoted() {
        let found = findings(
            SOURCE,
            "Police arrested two people at the house. Mereka dibawa ke kantor untuk diperiksa lebih lanjut.",
        );
        assert!(found[0].detail.contains("dibawa ke kantor"), "{found:?}");
    }

    #[test]
    fn indonesian_in_other_words_than_the_source_is_found() {
        assert_eq!(findings("Ia pergi.", "Dia sudah pergi dengan mereka karena hari itu hujan.").len(), 1);
    }

    #[test]
    fn a_short_half_among_names_is_found() {
        for (id, en) in [
            ("Dia meninggal dunia pada hari Selasa di Osaka.", "He died on hari Selasa di Osaka."),
            ("Lalu dia kalah melawan Raonic di Brisbane Terbuka.", "Then he lost melawan Raonic di Brisbane Terbuka."),
            ("Jerman mulai bersiap-siap menginvasi Britania.", "Germany mulai bersiap-siap menginvasi Britania."),
        ] {
            assert_eq!(findings(id, en).len(), 1, "{en}");
        }
    }

    #[test]
    fn names_titles_and_single_foreign_words_are_left_alone() {
        for (id, en) in [
            ("Film Ada Apa dengan Cinta? tayang lagi.", "The film Ada Apa dengan Cinta? is back in cinemas."),
            ("Ia makan nasi goreng dan gado-gado.", "He ate nasi goreng and gado-gado."),
            (
                "Partai Keadilan Sejahtera dan Partai Persatuan Pembangunan hadir.",
                "Partai Keadilan Sejahtera and Partai Persatuan Pembangunan attended.",
            ),
            ("10.000", "10,000"),
        ] {
            assert_eq!(findings(id, en), [], "{en}");
        }
    }
}
