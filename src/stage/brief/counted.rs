//! Finds figures of whatever is counted or measured (`212 kios`, `120 kilogram sabu`, `stok beras 3,2 juta ton`,
//! `26 dari 34 ekonom`), and where outlets disagree on one.
//!
//! Place in the data way: `story` keeps them; `conflicts` compares them after the kinds of `figures`, which know more.
//! It must never compare two figures that may be of two things: what they count must be called the same, and nothing may
//! say that they count different kinds of it.

use std::collections::BTreeSet;

use super::figures::{Unit, agree, is_approximate, shown};
use super::number::{Language, number, same};
use super::verify::OPENERS;
use super::words::{Kind, Token, tokens};

/// Figures of one thing that are further apart than this are of two things, or of two times.
const APART: f64 = 1.5;

/// Nouns of quantity: the figure with a unit that follows one is its measure.
const QUANTITIES: &[&str] = &[
    "anggaran",
    "bantuan",
    "berat",
    "biaya",
    "cadangan",
    "dana",
    "defisit",
    "ekspor",
    "gaji",
    "harga",
    "impor",
    "investasi",
    "jarak",
    "kapasitas",
    "kecepatan",
    "kerugian",
    "konsumsi",
    "kurs",
    "laba",
    "lebar",
    "luas",
    "nilai",
    "omzet",
    "panjang",
    "pendapatan",
    "penerimaan",
    "penjualan",
    "produksi",
    "rugi",
    "saham",
    "setoran",
    "simpanan",
    "stok",
    "suhu",
    "surplus",
    "tarif",
    "tinggi",
    "transaksi",
    "upah",
    "utang",
    "volume",
];
/// Units of measure, with their English.
const MEASURES: &[(&str, &str)] = &[
    ("kilogram", "kilograms"),
    ("kg", "kilograms"),
    ("gram", "grams"),
    ("ton", "tonnes"),
    ("kuintal", "quintals"),
    ("liter", "litres"),
    ("barel", "barrels"),
    ("meter", "metres"),
    ("sentimeter", "centimetres"),
    ("kilometer", "kilometres"),
    ("hektare", "hectares"),
    ("hektar", "hectares"),
    ("megawatt", "megawatts"),
    ("derajat", "degrees"),
];
/// Words behind a number that count time, turns or parts, or people of any sort: the same word in two articles says
/// nothing of whether the same is counted.
const VAGUE: &[&str] = &[
    "abad",
    "anak",
    "bagian",
    "basis",
    "bulan",
    "cara",
    "dekade",
    "detik",
    "halaman",
    "hal",
    "hari",
    "ibu",
    "jam",
    "jenis",
    "jiwa",
    "kali",
    "kasus",
    "kelompok",
    "korban",
    "laki",
    "lantai",
    "macam",
    "malam",
    "menit",
    "minggu",
    "mil",
    "nama",
    "orang",
    "pasal",
    "pekan",
    "perempuan",
    "persen",
    "poin",
    "pria",
    "putra",
    "putri",
    "sampai",
    "sisi",
    "tahap",
    "tahun",
    "tingkat",
    "titik",
    "unsur",
    "wanita",
    "warga",
    "wib",
    "wita",
    "wit",
];
/// Words that can stand behind a noun without saying which kind of it is meant.
const NEUTRAL: &[&str] = &[
    "agar",
    "akan",
    "akibat",
    "atas",
    "atau",
    "bagi",
    "baru",
    "belum",
    "dalam",
    "dan",
    "dari",
    "dengan",
    "di",
    "hingga",
    "ini",
    "itu",
    "juga",
    "karena",
    "ke",
    "lagi",
    "lain",
    "masih",
    "oleh",
    "pada",
    "per",
    "rata-rata",
    "saat",
    "sehingga",
    "sejak",
    "selama",
    "seperti",
    "serta",
    "sudah",
    "telah",
    "tersebut",
    "tidak",
    "untuk",
    "yang",
];

/// How the name of a part of a whole begins: `how many of 34 economists`.
pub(super) const PART: &str = "how many of ";

/// One figure.
#[derive(Debug, Clone, PartialEq)]
pub struct Counted {
    /// What is counted or measured, in lower case.
    head: String,
    /// Which kind of it, where the text says so.
    kind: Option<String>,
    unit: Unit,
    pub(super) value: f64,
    approximate: bool,
    pub(super) paragraph: u32,
}

impl Counted {
    /// What it counts, for readers of English who may look the words up: “kartu kuning”.
    pub(super) fn what(&self) -> String {
        if let Some((whole, noun)) = self.head.strip_prefix("dari ").and_then(|whole| whole.split_once(' ')) {
            return format!("{PART}{whole} “{noun}”");
        }
        let kind = self.kind.as_ref().map(|kind| format!(" {kind}")).unwrap_or_default();
        format!("“{}{kind}”", self.head)
    }

    pub(super) fn shown(&self) -> String {
        shown(self.value, self.approximate, self.unit)
    }

    /// Whether both can be of the same thing: `alone` says that neither article has another figure of that name.
    fn is_same_thing(&self, other: &Self, alone: bool) -> bool {
        let fits = match (&self.kind, &other.kind) {
            (Some(a), Some(b)) => a == b,
            _ => alone,
        };
        self.head == other.head && self.unit == other.unit && fits
    }

    fn agrees(&self, other: &Self) -> bool {
        agree((self.value, self.approximate), (other.value, other.approximate))
    }

    fn is_near(&self, other: &Self) -> bool {
        self.value <= APART * other.value && other.value <= APART * self.value
    }
}

/// The figure at a number of a clause (`at` to `end`), if it says what it counts.
pub(super) fn counted(
    clause: &[Token<'_>],
    (at, end, value): (usize, usize, f64),
    sentence: &[Token<'_>],
    paragraph: u32,
) -> Option<Counted> {
    let line = Line { tokens: clause, at, end };
    let (head, kind, unit) = line
        .part_of(sentence)
        .or_else(|| line.measured())
        .or_else(|| line.of_thing())
        .or_else(|| line.of_quantity())?;
    let is_telling = value >= 2.0 || unit != Unit::Things;
    is_telling.then(|| Counted { head, kind, unit, value, approximate: is_approximate(clause, at), paragraph })
}

/// What is counted, which kind of it, in which unit.
type Label = (String, Option<String>, Unit);

struct Line<'l, 'a> {
    tokens: &'l [Token<'a>],
    at: usize,
    end: usize,
}

impl Line<'_, '_> {
    fn word(&self, at: usize) -> &str {
        self.tokens.get(at).map_or("", |token| token.lower.as_str())
    }

    /// `26 dari 34 ekonom`; `dari 34 ekonom …, 24 orang`: a part of a whole that two articles give alike.
    fn part_of(&self, sentence: &[Token<'_>]) -> Option<Label> {
        let start = self.tokens.get(self.at)?.start;
        let own = sentence.iter().position(|token| token.start == start)?;
        let of = sentence.iter().position(|token| token.lower == "dari")?;
        let (whole, end) = number(sentence, of + 1, Language::Indonesian)?;
        let noun = sentence.get(end).filter(|token| is_noun(token))?;
        let is_part = own + 1 == of || (own > end && self.word(self.end) == "orang");
        is_part.then(|| (format!("dari {whole} {}", noun.lower), None, Unit::Things))
    }

    /// `120 kilogram sabu`.
    fn measured(&self) -> Option<Label> {
        let unit = measure(self.word(self.end))?;
        let noun = self.tokens.get(self.end + 1).filter(|token| is_noun(token))?;
        Some((noun.lower.clone(), None, unit))
    }

    /// `212 kios`, `tujuh kartu kuning`.
    fn of_thing(&self) -> Option<Label> {
        let noun = self.tokens.get(self.end).filter(|token| is_noun(token) && measure(&token.lower).is_none())?;
        let is_money = matches!(self.at.checked_sub(1).map(|at| self.word(at)), Some("rp" | "us$" | "$"));
        let is_currency = matches!(noun.lower.as_str(), "rupiah" | "dolar" | "dollar");
        (!is_money && !is_currency).then(|| (noun.lower.clone(), self.kind_behind(self.end + 1), Unit::Things))
    }

    /// `Stok beras Bulog tercatat 2,3 juta ton`.
    fn of_quantity(&self) -> Option<Label> {
        let before = self.at.checked_sub(1).map_or("", |at| self.word(at));
        let next = self.word(self.end);
        let unit = match (before, next) {
            ("rp", _) | (_, "rupiah") => Unit::Rupiah,
            ("us$" | "$", _) | (_, "dolar" | "dollar") => Unit::Dollars,
            _ => measure(next)?,
        };
        let (at, quantity) = (0..self.at).rev().find_map(|at| Some((at, quantity(self.word(at))?)))?;
        Some((quantity.to_owned(), self.kind_behind(at + 1), unit))
    }

    /// The word behind a noun, where it says which kind is meant.
    fn kind_behind(&self, at: usize) -> Option<String> {
        let token = self.tokens.get(at).filter(|token| is_noun(token) && at < self.tokens.len())?;
        let is_verb = ["di", "ber", "ter", "me"]
            .iter()
            .any(|prefix| token.lower.strip_prefix(prefix).is_some_and(|rest| rest.chars().count() > 3));
        (!is_verb).then(|| token.lower.clone())
    }
}

/// A word that can name what is counted: in small letters, and none that says nothing.
fn is_noun(token: &Token<'_>) -> bool {
    let word = token.lower.as_str();
    token.kind == Kind::Word
        && token.text.chars().next().is_some_and(char::is_lowercase)
        && word.chars().nth(2).is_some()
        && !VAGUE.contains(&word)
        && !NEUTRAL.contains(&word)
}

fn measure(word: &str) -> Option<Unit> {
    MEASURES.iter().find(|(id, _)| *id == word).map(|(_, en)| Unit::Measure(en))
}

/// The noun of quantity in a word: `setinggi`, `ketinggian`, `nilainya`, `bernilai`.
fn quantity(word: &str) -> Option<&'static str> {
    let word = word.strip_suffix("nya").unwrap_or(word);
    let stems = [
        Some(word),
        word.strip_prefix("se"),
        word.strip_prefix("ber"),
        word.strip_prefix("ke").and_then(|rest| rest.strip_suffix("an")),
    ];
    stems.into_iter().flatten().find_map(|stem| QUANTITIES.iter().find(|known| **known == stem).copied())
}

/// The pairs of figures on which two articles disagree: of one thing, near to each other, none of it the same.
pub(super) fn disagreements<'s>(ours: &'s [Counted], theirs: &'s [Counted]) -> Vec<(&'s Counted, &'s Counted)> {
    let mut found: Vec<(&Counted, &Counted)> = Vec::new();
    for a in ours {
        let own = of_name(ours, a);
        let others = of_name(theirs, a);
        let alone = values(&own) == 1 && values(&others) == 1;
        let same: Vec<&Counted> = others.into_iter().filter(|b| a.is_same_thing(b, alone)).collect();
        let says_the_same = own.iter().any(|a| same.iter().any(|b| a.agrees(b)));
        let [b] = same.as_slice() else { continue };
        if !says_the_same && a.is_near(b) && !found.iter().any(|(known, _)| known.what() == a.what()) {
            found.push((a, b));
        }
    }
    found
}

fn of_name<'s>(all: &'s [Counted], like: &Counted) -> Vec<&'s Counted> {
    all.iter().filter(|other| other.head == like.head && other.unit == like.unit).collect()
}

/// How many different values they have.
fn values(all: &[&Counted]) -> usize {
    all.iter().map(|one| one.value.to_bits()).collect::<BTreeSet<_>>().len()
}

/// Whether a figure is shown without a unit: then it counts things.
pub(super) fn is_bare(shown: &str) -> bool {
    shown.chars().all(|c| c.is_ascii_digit() || c == ',')
}

/// The plural that stands right behind a value in English: `212 stalls`, `18 fire engines`.
pub(super) fn english_noun(text: &str, value: f64) -> Option<String> {
    let line = tokens(text);
    let mut ends = (0..line.len()).filter_map(|at| {
        let (found, end) = number(&line, at, Language::English)?;
        same(found, value).then_some(end)
    });
    ends.find_map(|end| {
        let behind = line.iter().skip(end).take(3);
        let is_word = |token: &&Token<'_>| token.kind == Kind::Word && !OPENERS.contains(token.lower.as_str());
        let words: Vec<&str> = behind.take_while(is_word).map(|token| token.text).collect();
        let plural = words.iter().position(|word| word.len() > 3 && word.ends_with('s'))?;
        Some(words.get(..=plural)?.join(" "))
    })
}

#[cfg(test)]
mod tests {
    use super::super::figures::mentions;
    use super::*;

    fn found(text: &str) -> Vec<(String, String)> {
        mentions(text, 1, None).1.iter().map(|one| (one.what(), one.shown())).collect()
    }

    fn differ(a: &str, b: &str) -> usize {
        disagreements(&mentions(a, 1, None).1, &mentions(b, 1, None).1).len()
    }

    fn pair(what: &str, shown: &str) -> Vec<(String, String)> {
        vec![(what.into(), shown.into())]
    }

    #[test]
    fn things_measures_and_parts_are_found_with_what_they_are_called() {
        assert_eq!(found("Sebanyak 212 kios di pasar hangus."), pair("“kios”", "212"));
        assert_eq!(found("Wasit mengeluarkan tujuh kartu kuning."), pair("“kartu kuning”", "7"));
        assert_eq!(found("Petugas menyita 112 kilogram sabu."), pair("“sabu”", "112 kilograms"));
        assert_eq!(found("Adapun stok beras Bulog tercatat 2,3 juta ton."), pair("“stok beras”", "2.3 million tonnes"));
        assert_eq!(found("Nilainya ditaksir Rp 180 miliar."), pair("“nilai”", "Rp 180 billion"));
        assert_eq!(found("Dari 34 ekonom yang disurvei, 24 orang ragu."), pair("how many of 34 “ekonom”", "24"));
        assert_eq!(found("Padahal 26 dari 34 ekonom menduga lain."), pair("how many of 34 “ekonom”", "26"));
    }

    #[test]
    fn times_ages_and_people_of_any_sort_are_not_counted() {
        assert_eq!(found("Selama 14 hari, dua kali sehari, 20 orang berusia 47 tahun datang pukul 09.00."), []);
    }

    #[test]
    fn only_figures_of_one_thing_disagree() {
        assert_eq!(differ("Sebanyak 212 kios hangus.", "Api membakar 221 kios Pasar Senggol."), 1);
        assert_eq!(differ("Ada 12 sapi perah.", "Ada 14 sapi potong."), 0);
        assert_eq!(differ("Dua kapal berangkat. Empat kapal menunggu.", "Tiga kapal berangkat."), 0);
        assert_eq!(differ("Ada 17 gempa susulan.", "Ada 46 gempa susulan."), 0);
        assert_eq!(differ("Harga beras Rp 15.000.", "Harga gabah Rp 13.000."), 0);
        assert_eq!(differ("Stok beras 2,3 juta ton.", "Stok beras 2.300.000 ton."), 0);
    }

    #[test]
    fn the_english_names_what_is_counted() {
        assert_eq!(
            english_noun("In all, 18 fire engines from three districts came.", 18.0).as_deref(),
            Some("fire engines")
        );
        assert_eq!(english_noun("It hit 1,308 cattle in 22 districts.", 1_308.0), None);
    }
}
