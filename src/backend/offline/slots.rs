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

mod patterns {
    use super::{FIGURE, HANDLE, LazyLock, MAIL, NAME, Regex, WEB};
    use crate::model::pattern::pattern;

    pub(super) static ADDRESS: LazyLock<Regex> = LazyLock::new(|| pattern(&format!("{WEB}|{MAIL}|{HANDLE}")));
    pub(super) static SPAN: LazyLock<Regex> =
        LazyLock::new(|| pattern(&format!("(?P<address>{WEB}|{MAIL}|{HANDLE})|(?P<figure>{FIGURE})|(?P<name>{NAME})")));
    /// Ends with a word that makes the figure after it a time of day, or with the first time of two.
    pub(super) static TIME: LazyLock<Regex> = LazyLock::new(|| {
        let first = r"[0-9]{1,2}[.:][0-9]{2}(?:\s+WIB|\s+WITA|\s+WIT)?";
        let both = r"\s*(?:dan|hingga|sampai|s\.d\.|atau|-|–)\s*";
        pattern(&format!(r"\b(?:pukul|jam|pkl?\.)\s*(?:{first}{both})?$"))
    });
    /// Begins with a time zone of Indonesia, or with a second time before it.
    pub(super) static ZONE: LazyLock<Regex> = LazyLock::new(|| {
        let second = r"(?:\s*(?:hingga|sampai|s\.d\.|-|–)\s*[0-9]{1,2}\.[0-9]{2})?";
        pattern(&format!(r"^{second}\s*(?:WIB|WITA|WIT)\b"))
    });
    pub(super) static DECADE: LazyLock<Regex> = LazyLock::new(|| pattern(r"^(?:[12][0-9])?[0-9]0$"));
    /// Ends with a weekday and an opening bracket.
    pub(super) static WEEKDAY: LazyLock<Regex> =
        LazyLock::new(|| pattern(r"(?:Senin|Selasa|Rabu|Kamis|Jumat|Jum['’]at|Sabtu|Minggu|Ahad) \($"));
    /// English groups of thousands, which might be Indonesian decimals.
    pub(super) static THOUSANDS: LazyLock<Regex> = LazyLock::new(|| pattern(r"^[0-9]{1,3}(?:,[0-9]{3})+$"));
    pub(super) static FOREIGN: LazyLock<Regex> = LazyLock::new(|| pattern(r"(?:\$|RM|£|€|USD|SGD) ?$"));
    pub(super) static CLOCK: LazyLock<Regex> = LazyLock::new(|| pattern(r"^[0-9]{1,2}\.[0-9]{2}$"));
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

    /// Puts the spans back into a translation of the text; signs that the model made up go.
    pub(super) fn restore(&self, english: &str) -> String {
        let mut text: String = english.chars().filter(|c| !self.is_invented(*c)).collect();
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

    /// How many signs of a translation stand for nothing.
    pub(super) fn invented(&self, english: &str) -> usize {
        english.chars().filter(|c| self.is_invented(*c)).count()
    }

    fn is_invented(&self, sign: char) -> bool {
        SLOTS.contains(&sign) && !self.text.contains(sign)
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
            ("figure", Kinds::All { .. }) => {
                let (before, after) = (text.get(..range.start), text.get(range.end..));
                let (english, taken) = english_figure(word, before.unwrap_or_default(), after.unwrap_or_default());
                range.end += taken;
                english
            }
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

/// A figure in English, and how many bytes behind it belong to it.
fn english_figure(figure: &str, before: &str, after: &str) -> (String, usize) {
    if patterns::CLOCK.is_match(figure) && (patterns::TIME.is_match(before) || patterns::ZONE.is_match(after)) {
        return (figure.replace('.', ":"), 0);
    }
    if patterns::DECADE.is_match(figure) && after.starts_with("-an") {
        return (format!("{figure}s"), "-an".len());
    }
    let date = patterns::WEEKDAY.is_match(before) && after.starts_with(')');
    let english = if is_foreign(figure, before) { None } else { Some(anglicise(figure)) };
    (date.then(|| dated(figure)).flatten().or(english).unwrap_or_else(|| figure.to_owned()), 0)
}

/// `23/11` and `23/11/2026` as English writes dates: `November 23`, `November 23, 2026`.
fn dated(figure: &str) -> Option<String> {
    let mut parts = figure.split('/');
    let (day, month) = (parts.next()?.parse::<u8>().ok()?, parts.next()?.parse::<usize>().ok()?);
    let month = MONTHS.get(month.checked_sub(1)?)?;
    let year = parts.next().filter(|year| year.len() == 4);
    let is_date = (1..=31).contains(&day)
        && parts.next().is_none()
        && figure.matches('/').count() == 1 + usize::from(year.is_some());
    is_date.then(|| year.map_or_else(|| format!("{month} {day}"), |year| format!("{month} {day}, {year}")))
}

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// Whether an amount is spelled the English way already: `US$1,250`, `RM200,000`.
pub(super) fn is_foreign(figure: &str, before: &str) -> bool {
    patterns::THOUSANDS.is_match(figure) && patterns::FOREIGN.is_match(before)
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
        let zone = protect("14.12 WIB, 08.00-16.00 WITA, pkl. 13.00 s.d. 15.00");
        assert_eq!(zone.restore("① ② ③ ④ ⑤"), "14:12 08:00 16:00 13:00 15:00");
    }

    #[test]
    fn dates_behind_a_weekday_decades_and_foreign_amounts_are_written_in_english() {
        let dates = protect("Senin (10/12), Kamis (6/12/2026), RT 04/14, tahun 2020/2021, Rabu (40/12)");
        assert_eq!(dates.restore("① ② ③ ④ ⑤"), "December 10 December 6, 2026 04/14 2020/2021 40/12");
        let decades = protect("awal 1980-an, usia 40-an, Rp 50-an");
        assert_eq!((decades.text.as_str(), decades.restore("① ②").as_str()), ("awal ①, usia ②, Rp ③", "1980s 40s"));
        assert_eq!(protect("US$1,250 dan RM200,000, 1,250 persen").restore("① ② ③"), "1,250 200,000 1.250");
    }

    #[test]
    fn a_sign_that_the_model_made_up_goes_and_is_counted() {
        let protected = protect("Sebanyak 1.250 orang");
        assert_eq!(protected.restore("As many as ① people ③"), "As many as 1,250 people ");
        assert_eq!(protected.invented("As many as ① people ③"), 1);
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
