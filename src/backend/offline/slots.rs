//! Addresses, figures and rare names travel past the model as one sign each, and come out untouched.
//!
//! Place in the data way: `engine` swaps them out before the search and back in after it. The rules are those that models
//! are trained with (`model/recipe/slots.py`).
//! It must never lose an address: what the model dropped is put at the end.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::figures::anglicise;
use super::fixed::Fixed;

/// The signs that models are trained to carry over. A model without them sees the spans themselves.
pub(super) const SLOTS: [char; 8] = ['①', '②', '③', '④', '⑤', '⑥', '⑦', '⑧'];

const WEB: &str = r#"(?:https?://|www\.)[^\s<>"”’)\]]*[^\s<>"”’)\].,;:!?]"#;
const MAIL: &str = r"[\w.+-]+@\w[\w-]*(?:\.\w[\w-]*)+";
const HANDLE: &str = r"\B[@#]\w*[A-Za-z]\w*";
const FIGURE: &str = r"[0-9]+(?:[.,:/][0-9]+)+|[0-9]{2,}";
const NAME: &str = r"\b[A-ZÀ-Þ][\p{L}'’-]*\p{L}\b";

#[expect(clippy::expect_used, reason = "the patterns are constants, and a test compiles them")]
mod patterns {
    use super::{FIGURE, HANDLE, LazyLock, MAIL, NAME, Regex, WEB};

    pub(super) static ADDRESS: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(&format!("{WEB}|{MAIL}|{HANDLE}")).expect("a valid pattern"));
    pub(super) static SPAN: LazyLock<Regex> = LazyLock::new(|| {
        let pattern = format!("(?P<address>{WEB}|{MAIL}|{HANDLE})|(?P<figure>{FIGURE})|(?P<name>{NAME})");
        Regex::new(&pattern).expect("a valid pattern")
    });
    /// Ends with a word that makes the figure after it a time of day, or with the first time of two.
    pub(super) static TIME: LazyLock<Regex> = LazyLock::new(|| {
        let first = r"[0-9]{1,2}[.:][0-9]{2}(?:\s+WIB|\s+WITA|\s+WIT)?";
        let both = r"\s*(?:dan|hingga|sampai|atau|-|–)\s*";
        Regex::new(&format!(r"\b(?:pukul|jam)\s*(?:{first}{both})?$")).expect("a valid pattern")
    });
    pub(super) static CLOCK: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"^[0-9]{1,2}\.[0-9]{2}$").expect("a valid pattern"));
}

/// Where the addresses of a text stand.
pub(super) fn addresses(text: &str) -> impl Iterator<Item = Range<usize>> {
    patterns::ADDRESS.find_iter(text).map(|found| found.range())
}

/// What may become a slot.
#[derive(Clone, Copy)]
pub(super) enum Kinds<'a> {
    /// Addresses only.
    Addresses,
    /// Figures too, and the names that `rare` says are rare or that have a fixed English.
    All { rare: &'a dyn Fn(&str) -> bool, fixed: &'a [&'a Fixed] },
}

/// A text with spans swapped for slots.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Protected {
    pub(super) text: String,
    /// The slots that were used, each with the English that it stands for.
    taken: Vec<(char, String)>,
    /// What must stand in the English, swapped or not.
    kept: Vec<String>,
}

struct Span {
    range: Range<usize>,
    english: String,
}

impl Protected {
    /// Swaps the first spans of `text` for those of `slots` that it does not hold anyway; what is more stays as it is.
    pub(super) fn new(text: &str, slots: &[char], kinds: Kinds<'_>) -> Self {
        let free = slots.iter().filter(|slot| !text.contains(**slot));
        let (mut out, mut at, mut taken) = (String::with_capacity(text.len()), 0, Vec::new());
        for (slot, span) in free.zip(spans(text, kinds)) {
            out.push_str(text.get(at..span.range.start).unwrap_or_default());
            out.push(*slot);
            at = span.range.end;
            taken.push((*slot, span.english));
        }
        out.push_str(text.get(at..).unwrap_or_default());
        let kept = taken.iter().map(|(_, span): &(char, String)| span.clone()).collect();
        Self { text: out, taken, kept }
    }

    /// Puts the spans back into a translation of the text.
    pub(super) fn restore(&self, english: &str) -> String {
        let mut text = english.to_owned();
        for (slot, span) in &self.taken {
            if let Some((before, after)) = text.split_once(*slot) {
                let after = after.replace(&format!(" {slot}"), "").replace(*slot, "");
                text = format!("{before}{span}{after}");
            } else if patterns::ADDRESS.is_match(span) {
                text = format!("{} {span}", text.trim_end());
            }
        }
        text.trim_start().to_owned()
    }

    /// The same spans to be kept, but fewer of them swapped: as in `other`.
    pub(super) fn sent_as(&self, other: Self) -> Self {
        Self { kept: self.kept.clone(), ..other }
    }

    /// How many of the spans do not stand in `english` as they should.
    pub(super) fn missing(&self, english: &str) -> usize {
        self.kept.iter().filter(|span| !english.contains(span.as_str())).count()
    }
}

fn spans(text: &str, kinds: Kinds<'_>) -> Vec<Span> {
    let mut fixed = fixed_spans(text, kinds);
    let free =
        |range: &Range<usize>| fixed.iter().all(|span| span.range.end <= range.start || range.end <= span.range.start);
    let mut spans: Vec<Span> = Vec::new();
    for found in patterns::SPAN.captures_iter(text) {
        let kind = ["address", "figure", "name"].into_iter().find_map(|kind| Some((kind, found.name(kind)?)));
        let Some((kind, found)) = kind else { continue };
        let (mut range, word) = (found.range(), found.as_str());
        if !free(&range) {
            continue;
        }
        let english = match (kind, kinds) {
            ("address", _) => word.to_owned(),
            ("figure", Kinds::All { .. }) => english_figure(word, text.get(..range.start).unwrap_or_default()),
            ("name", Kinds::All { rare, .. }) if rare(word) => {
                // First and family name share a slot.
                if let Some(first) = spans.pop_if(|last| joins(text, &last.range, range.start)) {
                    range.start = first.range.start;
                }
                text.get(range.clone()).unwrap_or_default().to_owned()
            }
            _ => continue,
        };
        spans.push(Span { range, english });
    }
    spans.append(&mut fixed);
    spans.sort_by_key(|span| span.range.start);
    spans
}

fn fixed_spans(text: &str, kinds: Kinds<'_>) -> Vec<Span> {
    let Kinds::All { fixed, .. } = kinds else { return Vec::new() };
    let spans = |fixed: &&Fixed| {
        let english = fixed.english.clone();
        fixed.find(text).map(move |range| Span { range, english: english.clone() }).collect::<Vec<_>>()
    };
    let mut spans: Vec<Span> = fixed.iter().flat_map(spans).collect();
    // A name can stand in a longer one: the longer one travels.
    spans.sort_by_key(|span| (span.range.start, std::cmp::Reverse(span.range.end)));
    let mut end = 0;
    spans.retain(|span| {
        let is_free = span.range.start >= end;
        end = end.max(span.range.end);
        is_free
    });
    spans
}

fn joins(text: &str, last: &Range<usize>, start: usize) -> bool {
    let capital = text.get(last.clone()).and_then(|last| last.chars().next()).is_some_and(char::is_uppercase);
    capital && text.get(last.end..start) == Some(" ")
}

fn english_figure(figure: &str, before: &str) -> String {
    if patterns::CLOCK.is_match(figure) && patterns::TIME.is_match(before) {
        return figure.replace('.', ":");
    }
    anglicise(figure)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::request::Term;

    const SOURCE: &str = "Lihat https://www.bmkg.go.id/gempa/2024, tulis ke info@bmkg.go.id atau @infoBMKG.";

    fn protect(text: &str) -> Protected {
        Protected::new(text, &SLOTS, Kinds::All { rare: &|word| ["Dilokrit", "Pattavee"].contains(&word), fixed: &[] })
    }

    #[test]
    fn addresses_become_slots_and_come_back_letter_by_letter() {
        let protected = protect(SOURCE);
        assert_eq!(protected.text, "Lihat ①, tulis ke ② atau ③.");
        let english = protected.restore("See ①, write to ② or ③.");
        assert_eq!(english, "See https://www.bmkg.go.id/gempa/2024, write to info@bmkg.go.id or @infoBMKG.");
        assert_eq!(protected.missing(&english), 0);
    }

    #[test]
    fn figures_come_back_in_english_spelling_and_times_with_a_colon() {
        let protected = protect("Rp 1.250.000,5 pada 17/8 pukul 13.21, suhu 3,5 derajat, 2 orang");
        assert_eq!(protected.text, "Rp ① pada ② pukul ③, suhu ④ derajat, 2 orang");
        assert_eq!(protected.restore("① ② ③ ④"), "1,250,000.5 17/8 13:21 3.5");
        let span = protect("antara pukul 14.00 WIB dan 17.30 WIB, skor 12.30");
        assert_eq!(span.restore("① ② ③"), "14:00 17:30 12.30");
    }

    #[test]
    fn rare_names_travel_whole_and_known_ones_do_not() {
        let protected = protect("Menteri Dilokrit Pattavee bertemu Joko di Jakarta");
        assert_eq!(protected.text, "Menteri ① bertemu Joko di Jakarta");
        assert_eq!(protected.restore("Minister ① met Joko"), "Minister Dilokrit Pattavee met Joko");
        assert_eq!(protected.missing("Minister met Joko"), 1);
    }

    #[test]
    fn of_names_with_a_fixed_english_the_longer_one_travels() {
        let names = [("Mahkamah", "Court"), ("Mahkamah Konstitusi", "Constitutional Court")];
        let names = names.map(|(id, en)| Fixed::new(Term { id: id.into(), en: en.into() }).unwrap());
        let fixed: Vec<&Fixed> = names.iter().collect();
        let kinds = Kinds::All { rare: &|_| false, fixed: &fixed };
        let protected = Protected::new("Mahkamah Konstitusi, bukan Mahkamah, memutus", &SLOTS, kinds);
        assert_eq!(protected.text, "①, bukan ②, memutus");
        assert_eq!(protected.restore("①, not ②, ruled"), "Constitutional Court, not Court, ruled");
    }

    #[test]
    fn an_address_that_the_model_dropped_is_put_at_the_end_and_a_doubled_one_stands_once() {
        let protected = protect("Baca www.tempo.co dan www.detik.com");
        assert_eq!(protected.restore("Read ② and ②"), "Read www.detik.com and www.tempo.co");
        assert_eq!(protect("Sebanyak 1.250 orang").restore("Many people"), "Many people");
    }

    #[test]
    fn without_slots_nothing_is_swapped_and_slots_in_the_text_are_left_alone() {
        assert_eq!(Protected::new(SOURCE, &[], Kinds::Addresses).text, SOURCE);
        assert_eq!(protect("① www.tempo.co").text, "① ②");
        assert_eq!(Protected::new("12 ke www.tempo.co", &SLOTS, Kinds::Addresses).text, "12 ke ①");
    }
}
