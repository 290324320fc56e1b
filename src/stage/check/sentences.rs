//! Rule `sentences`: no sentence of the source is missing and none was added.
//!
//! A likelihood ratio of two stories about the answer's length and number of sentences: "all of it is here" against
//! "all of it but this sentence". The logarithm of the length ratio is close to normal, with a spread that falls with
//! the square root of the length; good translations seldom change the number of sentences. Fitted on FLORES dev
//! against two commercial engines and the reference.
//!
//! Place in the data way: one of the rules for a segment.
//! It must never count sentences alone: joining and splitting them is good English.

use std::ops::Range;

use crate::model::finding::Finding;

use super::super::section::{sentences, sentences_en};
use super::length::{letters, surprise};
use super::words::Pair;

const NAME: &str = "sentences";

/// Cost of each sentence more or fewer than the story expects, in nats.
const COUNT: f64 = 3.0;
/// How much likelier the story of a missing or added sentence must be, in nats.
const SURE: f64 = 4.5;

pub(super) fn check(pair: &Pair<'_>) -> Vec<Finding> {
    let id = lengths(pair.id, &sentences(pair.id));
    let en = lengths(pair.en, &sentences_en(pair.en));
    let (all_id, all_en) = (id.iter().sum(), en.iter().sum());
    let whole = story(all_id, all_en, id.len(), en.len());
    let missing = best(&id, |length| story(all_id - length, all_en, id.len() - 1, en.len()));
    let added = best(&en, |length| story(all_id, all_en - length, id.len(), en.len() - 1));
    if id.len() > 1 && whole - missing.1 > SURE {
        let shown = excerpt(pair.id, sentences(pair.id).get(missing.0));
        let detail = format!("A sentence seems to be missing, perhaps \"{shown}\": translate every sentence.");
        return vec![Finding::error(NAME, detail)];
    }
    if en.len() > 1 && whole - added.1 > SURE {
        let shown = excerpt(pair.en, sentences_en(pair.en).get(added.0));
        let detail = format!("A sentence seems to be added, perhaps \"{shown}\": add nothing to the segment.");
        return vec![Finding::error(NAME, detail)];
    }
    Vec::new()
}

/// How unlikely a story is: small is likely.
fn story(id: usize, en: usize, id_count: usize, en_count: usize) -> f64 {
    let counts = u32::try_from(id_count.abs_diff(en_count)).map_or(f64::MAX, f64::from);
    surprise(id, en) + COUNT * counts
}

/// The likeliest place and its cost.
fn best(lengths: &[usize], cost: impl Fn(usize) -> f64) -> (usize, f64) {
    let costs = lengths.iter().map(|length| cost(*length)).enumerate();
    costs.min_by(|a, b| a.1.total_cmp(&b.1)).unwrap_or((0, f64::MAX))
}

fn lengths(text: &str, ranges: &[Range<usize>]) -> Vec<usize> {
    ranges.iter().filter_map(|range| text.get(range.clone())).map(letters).collect()
}

fn excerpt(text: &str, range: Option<&Range<usize>>) -> String {
    let sentence = range.and_then(|range| text.get(range.clone())).unwrap_or_default();
    let words: Vec<_> = sentence.split_whitespace().collect();
    let dots = if words.len() > 8 { " …" } else { "" };
    format!("{}{dots}", words.get(..8).unwrap_or(&words).join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranks_of_the_glossary_end_no_sentence() {
        for en in ["Investigators questioned Adj. Comr. Rudi Hartono.", "He met Adj. Sr. Comr. Hidayat of Ciamis."] {
            assert_eq!(check(&Pair::new("Penyidik memeriksa AKP Rudi Hartono.", en)), [], "{en}");
        }
    }

    const ID: &str = "Polisi menangkap dua orang di sebuah rumah di Bekasi. Keduanya dibawa ke kantor polisi untuk \
                      diperiksa. Petugas juga menyita sejumlah barang bukti dari rumah tersebut.";
    const EN: [&str; 3] = [
        "Police arrested two people at a house in Bekasi.",
        "Both were taken to the station for questioning.",
        "Officers also seized some evidence from the house.",
    ];

    #[test]
    fn all_sentences_joined_or_not_pass() {
        assert_eq!(check(&Pair::new(ID, &EN.join(" "))), []);
        let joined =
            format!("{} {}, while officers seized some evidence from the house.", EN[0], EN[1].trim_end_matches('.'));
        assert_eq!(check(&Pair::new(ID, &joined)), []);
    }

    #[test]
    fn a_missing_sentence_is_found_wherever_it_stood() {
        for missing in 0..3 {
            let kept: Vec<_> = EN.iter().enumerate().filter(|(at, _)| *at != missing).map(|(_, en)| *en).collect();
            let found = check(&Pair::new(ID, &kept.join(" ")));
            assert!(found.first().is_some_and(|f| f.detail.contains("missing")), "{missing}: {found:?}");
        }
    }

    #[test]
    fn an_added_sentence_is_found() {
        let added = format!("{} The city has long struggled with organised crime and corruption.", EN.join(" "));
        assert!(check(&Pair::new(ID, &added))[0].detail.contains("added"));
    }
}
