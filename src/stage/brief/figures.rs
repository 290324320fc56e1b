//! Finds figures of kinds on which outlets are compared: the dead, the injured, a magnitude, a loss, a rate.
//!
//! Place in the data way: `story` keeps them, `conflicts` compares them between outlets and with earlier briefings.
//! It must never name a figure whose kind it is not sure of: a wrong conflict costs more trust than a missing one.
//!
//! To add a kind: one line in [`KINDS`], then `cargo bench --bench brief`, which prints what is found and what is wrong.

use crate::stage::number::english::grouped;

use super::context::{Context, Years, is_denied};
use super::counted::{Counted, counted};
use super::number::{Language, number};
use super::words::{Kind as TokenKind, Token, tokens};

/// What a figure is measured in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unit {
    /// People.
    People,
    /// Things; the word for them stands right behind the number.
    Things,
    /// On the scale of earthquakes.
    Magnitude,
    /// Rupiah.
    Rupiah,
    /// US dollars.
    Dollars,
    /// Percent.
    Percent,
    /// A measure, by its Indonesian word.
    Measure(&'static str),
}

/// A kind of figure.
struct Kind {
    /// Its name for readers.
    what: &'static str,
    unit: Unit,
    /// Words that name it.
    cues: &'static [&'static str],
    /// Words of which one must stand in the same clause, if there are any.
    with: &'static [&'static str],
    /// Words of which none may stand in the same clause.
    without: &'static [&'static str],
}

const fn kind(what: &'static str, unit: Unit, cues: &'static [&'static str]) -> Kind {
    Kind { what, unit, cues, with: &[], without: &[] }
}

impl Kind {
    const fn with(mut self, with: &'static [&'static str]) -> Self {
        self.with = with;
        self
    }

    const fn without(mut self, without: &'static [&'static str]) -> Self {
        self.without = without;
        self
    }
}

const ASKED: &[&str] = &["menuntut", "tuntutan", "dituntut", "minta", "tuntut"];
const MONTHS: Unit = Unit::Measure("bulan");
const YEARS: Unit = Unit::Measure("tahun");

/// The kinds of figures that are compared. Of two that fit, the one whose word stands nearer counts.
const KINDS: &[Kind] = &[
    kind("dead", Unit::People, &["tewas", "menewaskan", "meninggal", "jenazah", "kematian"]),
    kind("injured", Unit::People, &["luka", "luka-luka", "terluka", "cedera"]),
    kind("missing", Unit::People, &["hilang", "dicari", "belum-ditemukan"]),
    kind("rescued", Unit::People, &["selamat", "diselamatkan"]),
    kind("displaced", Unit::People, &["pengungsi", "mengungsi"]),
    kind("arrested", Unit::People, &["ditangkap", "menangkap"]),
    kind("passengers", Unit::People, &["penumpang"]).without(&["meninggal", "tewas", "selamat", "hilang", "dicari"]),
    kind("houses damaged", Unit::Things, &["rumah"]).with(&["rusak", "roboh", "terendam"]),
    kind("vehicles", Unit::Things, &["kendaraan"]),
    kind("memorandums of understanding", Unit::Things, &["nota", "mou"]),
    kind("magnitude", Unit::Magnitude, &["magnitudo", "bermagnitudo", "m"]).without(&["susulan", "semula"]),
    kind("depth in kilometres", Unit::Measure("kilometer"), &["kedalaman"]),
    kind("loss to the state", Unit::Rupiah, &["kerugian", "merugikan"]),
    kind("restitution", Unit::Rupiah, &["pengganti"]),
    kind("fine", Unit::Rupiah, &["denda", "didenda"]),
    kind("detention in place of the fine, in months", MONTHS, &["kurungan", "subsider"]),
    kind("prison sentence in years", YEARS, &["penjara"]).without(ASKED),
    kind("prison asked for, in years", YEARS, ASKED),
    kind("exchange rate of the dollar", Unit::Rupiah, &["per-dolar"]),
    kind("inflation in percent", Unit::Percent, &["inflasi"]),
    kind("credit growth in percent", Unit::Percent, &["kredit", "perbankan"]).with(&["tumbuh"]).without(&["mikro"]),
    kind("investment pledged", Unit::Dollars, &["investasi", "penanaman"]).with(&["komitmen"]),
    kind("trade", Unit::Dollars, &["perdagangan", "realisasi"]).without(&["surplus", "target", "menargetkan"]),
    kind("stay without a visa, in days", Unit::Measure("hari"), &["visa"]),
];

/// Words for people right behind a number.
const PEOPLE: &[&str] = &["orang", "warga", "korban", "penumpang", "jenazah", "penduduk", "jiwa"];
const MEASURES: &[&str] = &["kilometer", "hari", "bulan", "tahun"];
/// A cue further away than this belongs to something else.
const REACH: usize = 10;
/// Words before a figure that belongs to what the sentence began with.
const TOTALS: &[&str] = &["menjadi", "mencapai", "sebanyak", "berjumlah", "sebesar", "bernilai", "senilai"];

/// One figure of a known kind.
#[derive(Debug, Clone, PartialEq)]
pub struct Mention {
    /// Its kind.
    pub what: &'static str,
    /// Its value.
    pub value: f64,
    /// Whether it is called approximate.
    pub approximate: bool,
    /// The paragraph.
    pub paragraph: u32,
    pub(super) unit: Unit,
}

impl Mention {
    /// The value as an English reader expects it.
    pub fn shown(&self) -> String {
        // The unit of a measure stands in the name of its kind.
        let unit = if matches!(self.unit, Unit::Measure(_)) { Unit::Things } else { self.unit };
        shown(self.value, self.approximate, unit)
    }

    /// Whether two figures of one kind say the same, rounding allowed where one is called approximate.
    pub fn agrees(&self, other: &Self) -> bool {
        agree((self.value, self.approximate), (other.value, other.approximate))
    }
}

/// Whether two values say the same; each with whether it is called approximate, which allows rounding.
pub(super) fn agree((a, roughly): (f64, bool), (b, other_roughly): (f64, bool)) -> bool {
    let room = if roughly || other_roughly { 0.1 } else { 1e-9 };
    (a - b).abs() <= room * a.abs().max(b.abs())
}

/// A value with its unit as an English reader expects it: `about Rp 2.1 trillion`, `31.4 million tonnes`.
pub(super) fn shown(value: f64, approximate: bool, unit: Unit) -> String {
    let value = amount(value);
    let about = if approximate { "about " } else { "" };
    match unit {
        Unit::Rupiah => format!("{about}Rp {value}"),
        Unit::Dollars => format!("{about}US${value}"),
        Unit::Percent => format!("{about}{value}%"),
        Unit::Measure(name) => format!("{about}{value} {name}"),
        Unit::People | Unit::Things | Unit::Magnitude => format!("{about}{value}"),
    }
}

/// `2.1 trillion`, `16,437`, `4.5`.
fn amount(value: f64) -> String {
    for (size, name) in [(1e12, " trillion"), (1e9, " billion"), (1e6, " million")] {
        if value >= size {
            return format!("{}{name}", trimmed(value / size));
        }
    }
    trimmed(value)
}

fn trimmed(value: f64) -> String {
    let text = format!("{value:.3}");
    grouped(text.trim_end_matches('0').trim_end_matches('.'))
}

/// The figures of one paragraph in Indonesian: those of a known kind, and those of anything else that is counted. `years`
/// are those that the story may be about; figures of others are not its own, nor are those that it denies.
pub(super) fn mentions(text: &str, paragraph: u32, years: Option<Years>) -> (Vec<Mention>, Vec<Counted>) {
    let mut context = Context::new(years);
    let line = without_asides(&tokens(text), &context);
    let mut found = (Vec::new(), Vec::new());
    for sentence in split(&line, |_, token| matches!(token.text, "." | "!" | "?" | ";")) {
        context.begin(sentence);
        for clause in split(sentence, ends_clause) {
            context.enter(clause);
            of_clause(clause, sentence, paragraph, (&context, &mut found));
        }
    }
    found
}

/// Leaves out what stands in brackets, but for a date of another year, and times of day.
fn without_asides<'a>(line: &[Token<'a>], context: &Context) -> Vec<Token<'a>> {
    let mut depth = 0_usize;
    let mut after_pukul = false;
    let keep = |(at, token): &(usize, &Token<'a>)| {
        depth += usize::from(token.text == "(");
        let inside = depth > 0;
        depth -= usize::from(token.text == ")" && inside);
        let is_time = std::mem::replace(&mut after_pukul, token.lower == "pukul") && token.kind == TokenKind::Number;
        (!inside && !is_time) || (inside && context.is_other_year(line, *at))
    };
    line.iter().enumerate().filter(keep).map(|(_, token)| token.clone()).collect()
}

fn split<'l, 'a>(line: &'l [Token<'a>], ends: impl Fn(Option<&Token<'a>>, &Token<'a>) -> bool) -> Vec<&'l [Token<'a>]> {
    let mut parts = Vec::new();
    let mut from = 0;
    for (at, token) in line.iter().enumerate() {
        if ends(line.get(at + 1), token) {
            parts.extend(line.get(from..at));
            from = at + 1;
        }
    }
    parts.extend(line.get(from..));
    parts
}

fn ends_clause(next: Option<&Token<'_>>, token: &Token<'_>) -> bool {
    token.text == ","
        || matches!(token.lower.as_str(), "sedangkan" | "yakni" | "yaitu")
        || (token.lower == "dan" && next.is_some_and(|next| next.kind == TokenKind::Number))
}

fn of_clause(
    clause: &[Token<'_>],
    sentence: &[Token<'_>],
    paragraph: u32,
    (context, (known, other)): (&Context, &mut (Vec<Mention>, Vec<Counted>)),
) {
    let mut at = 0;
    while at < clause.len() {
        let Some((value, end)) = number(clause, at, Language::Indonesian) else {
            at += 1;
            continue;
        };
        let spot = Spot { line: clause, at, end };
        let is_whole = !spot.is_part_or_address();
        let of_event =
            |unit: Unit| matches!(unit, Unit::People | Unit::Things | Unit::Magnitude | Unit::Measure("kilometer"));
        match spot.kind().or_else(|| spot.in_sentence(sentence)?.kind()).filter(|_| is_whole) {
            _ if context.denies(clause, at) => {}
            // Sums and sentences often stand beside the year of the deed: they are of now all the same.
            Some(kind) if context.is_past() && of_event(kind.unit) => {}
            Some(kind) => {
                let (approximate, unit) = (is_approximate(clause, at), kind.unit);
                known.push(Mention { what: kind.what, value, approximate, paragraph, unit });
            }
            None if context.is_past() => {}
            None if is_whole || spot.word(end) == "dari" => {
                other.extend(counted(clause, (at, end, value), sentence, paragraph));
            }
            None => {}
        }
        at = end;
    }
}

/// Whether the number at a place is called approximate.
pub(super) fn is_approximate(line: &[Token<'_>], at: usize) -> bool {
    let word = |back: usize| at.checked_sub(back).and_then(|at| line.get(at)).map_or("", |token| token.lower.as_str());
    matches!(word(1), "sekitar" | "hampir" | "kira-kira") || (word(1) == "dari" && word(2) == "lebih")
}

/// A number in its clause.
#[derive(Clone, Copy)]
struct Spot<'l, 'a> {
    line: &'l [Token<'a>],
    at: usize,
    end: usize,
}

impl<'l, 'a> Spot<'l, 'a> {
    fn word(&self, at: usize) -> &'l str {
        self.line.get(at).map_or("", |token| token.lower.as_str())
    }

    fn before(&self) -> &'l str {
        self.at.checked_sub(1).map_or("", |at| self.word(at))
    }

    /// The word before the number, and before the sign of its currency.
    fn before_amount(&self) -> &'l str {
        match self.before() {
            "rp" | "us$" | "$" => self.at.checked_sub(2).map_or("", |at| self.word(at)),
            before => before,
        }
    }

    /// `enam di antaranya`, `14 dari 19`, `lantai 3`, a year, a range, what something was before (`dari Rp 16.470 ke …`).
    fn is_part_or_address(&self) -> bool {
        let next = self.word(self.end);
        let is_year = self.word(self.at).len() == 4 && self.word(self.at).starts_with("20");
        let is_part = next == "di" && self.word(self.end + 1) == "antaranya" || next == "dari";
        let is_range =
            matches!(next, "-" | "–" | "sampai" | "hingga") || matches!(self.before(), "-" | "–" | "ke" | "ke-");
        is_year
            || is_part
            || is_range
            || matches!(self.before(), "lantai" | "kelas" | "tipe" | "pasal" | "nomor")
            || self.before_amount() == "dari" && !is_approximate(self.line, self.at)
    }

    fn has_unit(&self, unit: Unit) -> bool {
        let next = self.word(self.end);
        match unit {
            Unit::Rupiah => self.before() == "rp" || next == "rupiah",
            Unit::Dollars => matches!(next, "dolar" | "dollar") || matches!(self.before(), "us$" | "$"),
            Unit::Percent => self.word(self.at).ends_with('%') || matches!(next, "persen" | "%"),
            Unit::Magnitude => matches!(self.before(), "magnitudo" | "bermagnitudo" | "m"),
            Unit::Measure(measure) => next == measure,
            Unit::Things => !MEASURES.contains(&next) && !PEOPLE.contains(&next),
            Unit::People => {
                let is_cue = |kind: &Kind| kind.unit == Unit::People && kind.cues.contains(&next);
                let is_named = next == "nama" && PEOPLE.contains(&self.word(self.end + 1));
                PEOPLE.contains(&next)
                    || is_named
                    || KINDS.iter().any(is_cue)
                    || (next == "belum" && self.word(self.end + 1) == "ditemukan")
            }
        }
    }

    /// The kind whose word stands nearest.
    fn kind(&self) -> Option<&'static Kind> {
        let fits = KINDS.iter().filter(|kind| self.has_unit(kind.unit) && self.allows(kind));
        let near = fits.filter_map(|kind| Some((self.distance(kind)?, kind)));
        let reach = if TOTALS.contains(&self.before()) { 4 * REACH } else { 2 * REACH };
        near.filter(|(distance, _)| *distance <= reach).min_by_key(|(distance, _)| *distance).map(|(_, kind)| kind)
    }

    fn allows(&self, kind: &Kind) -> bool {
        let holds = |words: &[&str]| self.line.iter().any(|token| words.contains(&token.lower.as_str()));
        (kind.with.is_empty() || holds(kind.with)) && !holds(kind.without)
    }

    /// Twice the tokens between the number and the nearest of the kind's words; a word behind it is a little nearer.
    fn distance(&self, kind: &Kind) -> Option<usize> {
        let is_cue = |at: usize| match self.word(at) {
            "ditemukan" => at > 0 && self.word(at - 1) == "belum" && kind.cues.contains(&"belum-ditemukan"),
            "dolar" | "dollar" => at > 0 && self.word(at - 1) == "per" && kind.cues.contains(&"per-dolar"),
            word => kind.cues.contains(&word) && !(kind.unit == Unit::People && is_denied(self.line, at)),
        };
        let distance = |at: usize| if at < self.at { 2 * (self.at - at) + 1 } else { 2 * (at - self.at) };
        let near = (0..self.line.len()).filter(|at| is_cue(*at)).map(distance).min()?;
        let right_behind = 2 * (self.end + 1 - self.at);
        (kind.unit != Unit::Things || near <= right_behind).then_some(near)
    }

    /// The same number in its whole sentence, where no other number stands there.
    fn in_sentence(&self, sentence: &'l [Token<'a>]) -> Option<Self> {
        let start = self.line.get(self.at)?.start;
        let at = sentence.iter().position(|token| token.start == start)?;
        let numbers = (0..sentence.len()).filter(|at| {
            sentence.get(*at).is_some_and(|t| t.kind == TokenKind::Number)
                || number(sentence, *at, Language::Indonesian).is_some()
        });
        (numbers.count() == 1).then_some(Self { line: sentence, at, end: at + (self.end - self.at) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<(&'static str, f64)> {
        mentions(text, 1, None).0.into_iter().map(|mention| (mention.what, mention.value)).collect()
    }

    #[test]
    fn tolls_are_read_with_their_kind() {
        assert_eq!(
            found("Basarnas menyebutkan 19 orang meninggal, 163 selamat, dan 16 belum ditemukan dari 198 orang."),
            [("dead", 19.0), ("rescued", 163.0), ("missing", 16.0)]
        );
        assert_eq!(
            found("Gempa itu menewaskan dua orang. Tercatat 21 warga luka-luka dan 143 rumah rusak."),
            [("dead", 2.0), ("injured", 21.0), ("houses damaged", 143.0)]
        );
        assert_eq!(found("Pihak rumah sakit menerima 14 jenazah hingga pukul 13.00 WITA."), [("dead", 14.0)]);
    }

    #[test]
    fn parts_times_ages_and_addresses_are_no_tolls() {
        assert_eq!(found("Salma (61) tewas pukul 04.17 di lantai 3, enam di antaranya luka."), []);
        assert_eq!(found("Sebanyak 14 dari 19 jenazah dikenali."), []);
    }

    #[test]
    fn what_is_denied_is_no_toll() {
        for denied in [
            "Tidak benar bahwa 20 orang tewas di Teluk Bone.",
            "Kabar bahwa 20 orang tewas, kata Arafah, adalah hoaks.",
            "Tidak ada 12 orang tewas.",
            "Sebanyak 12 penumpang tidak selamat.",
        ] {
            assert_eq!(found(denied), [], "{denied}");
        }
        assert_eq!(found("Jumlah korban tewas 19 orang, bukan 29 orang."), [("dead", 19.0)]);
        assert_eq!(found("Bukan hanya 12 orang tewas."), [("dead", 12.0)]);
        assert_eq!(found("Tidak ada korban jiwa, tetapi 12 orang luka-luka."), [("injured", 12.0)]);
    }

    #[test]
    fn a_toll_of_another_year_is_not_that_of_the_story() {
        let found = |text| -> Vec<f64> {
            mentions(text, 1, Some((2026, 2026))).0.into_iter().map(|mention| mention.value).collect()
        };
        for past in [
            "Pada 2018, gempa dan tsunami di Palu menewaskan 4.340 orang.",
            "Gempa di Palu (28/9/2018) menewaskan 4.340 orang dan 667 orang hilang.",
            "Delapan tahun lalu gempa menewaskan 4.340 orang.",
            "Gempa besar melanda Palu pada 2018. Saat itu 4.340 orang tewas.",
        ] {
            assert_eq!(found(past), [0.0; 0], "{past}");
        }
        assert_eq!(found("Sebanyak 19 orang tewas, terbanyak sejak gempa 2018."), [19.0]);
        assert_eq!(found("Pada Senin (23/11/2026), 19 orang tewas."), [19.0]);
        assert_eq!(found("Korupsi pada 2019 itu membuat kerugian negara Rp 2,1 triliun."), [2.1e12]);
    }

    #[test]
    fn money_rates_and_measures_are_read() {
        assert_eq!(found("Kerugian negara ditetapkan Rp 2,1 triliun."), [("loss to the state", 2.1e12)]);
        assert_eq!(
            found("Ia didenda Rp1 miliar subsider empat bulan kurungan."),
            [("fine", 1e9), ("detention in place of the fine, in months", 4.0)]
        );
        assert_eq!(
            found("gempa M6,1 dengan kedalaman 10 kilometer"),
            [("magnitude", 6.1), ("depth in kilometres", 10.0)]
        );
        assert_eq!(
            found("Dihukum 12 tahun penjara; jaksa menuntut 16 tahun penjara."),
            [("prison sentence in years", 12.0), ("prison asked for, in years", 16.0)]
        );
    }

    #[test]
    fn a_rounded_figure_agrees_with_the_exact_one() {
        let (rounded, _) = mentions("lebih dari 970 orang tewas", 1, None);
        let (exact, _) = mentions("974 orang tewas", 1, None);
        assert!(rounded.iter().zip(&exact).all(|(a, b)| a.agrees(b)) && rounded.len() == 1 && exact.len() == 1);
    }

    #[test]
    fn amounts_are_shown_the_english_way() {
        let shown = |text| mentions(text, 1, None).0.first().map(Mention::shown).unwrap_or_default();
        assert_eq!(shown("kerugian negara Rp 87,4 miliar"), "Rp 87.4 billion");
        assert_eq!(shown("rupiah berada pada Rp 16.437 per dollar AS"), "Rp 16,437");
        assert_eq!(shown("inflasi 2,31 persen"), "2.31%");
    }
}
