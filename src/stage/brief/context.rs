//! Which figures are not those of the story: what a sentence denies (`Tidak benar bahwa 20 orang tewas`), and what
//! happened in another year (`Pada 2018, gempa itu menewaskan 4.340 orang`).
//!
//! Place in the data way: inside `figures`, which takes no such figure.
//! It must never pass over the figure of a story because its sentence mentions another year only behind a comma.

use super::words::{Kind, Token};

/// The years that a story may be about: the first and the last.
pub(super) type Years = (i16, i16);

/// Words of which one denies its whole sentence.
const REFUTES: &[&str] =
    &["hoaks", "hoax", "bohong", "membantah", "dibantah", "menepis", "ditepis", "menyangkal", "disangkal"];
/// Words behind a denial from which on it denies no longer: `bukan hanya`, `tidak ada korban jiwa, tetapi`.
const CONTRASTS: &[&str] = &["hanya", "cuma", "sekadar", "namun", "tetapi", "tapi", "melainkan", "kecuali", "sehingga"];
/// Denials of the word behind them.
const NOT: &[&str] = &["tidak", "tak", "belum", "bukan", "tanpa"];
/// Words behind four digits that count with them: then they are no year.
const COUNTED: &[&str] =
    &["orang", "warga", "korban", "jiwa", "penumpang", "jenazah", "rumah", "unit", "ton", "kilometer"];

/// What the clauses of a paragraph tell of, as they are read one after the other.
pub(super) struct Context {
    years: Option<Years>,
    is_past: bool,
    is_refuted: bool,
}

impl Context {
    /// Before the first sentence; `years` are those of the story, where it has a date.
    pub fn new(years: Option<Years>) -> Self {
        Self { years, is_past: false, is_refuted: false }
    }

    /// Goes on to the next sentence: it is of another time only where it says so, or points back with `saat itu`.
    pub fn begin(&mut self, sentence: &[Token<'_>]) {
        self.is_past = self.is_past && has_pair(sentence, &["saat", "ketika", "kala", "waktu"], &["itu"]);
        self.is_refuted = sentence.iter().any(|token| REFUTES.contains(&token.lower.as_str()))
            || has_pair(sentence, &["tidak", "tak"], &["benar"]);
    }

    /// Goes on to the next clause of the sentence; what an earlier one says of the time holds for it too.
    pub fn enter(&mut self, clause: &[Token<'_>]) {
        self.is_past |= (0..clause.len()).any(|at| is_ago(clause, at) || self.is_other_year(clause, at));
    }

    /// Whether what is told happened in another year than the story.
    pub fn is_past(&self) -> bool {
        self.is_past
    }

    /// Whether the number at a place of a clause is denied.
    pub fn denies(&self, clause: &[Token<'_>], at: usize) -> bool {
        let word = |at: usize| clause.get(at).map_or("", |token| token.lower.as_str());
        let is_denial =
            |at: usize| word(at) == "bukan" || NOT.contains(&word(at)) && matches!(word(at + 1), "ada" | "terdapat");
        let last = (0..at).rev().find(|at| is_denial(*at));
        let holds = |from: usize| !(from..at).any(|at| CONTRASTS.contains(&word(at)));
        self.is_refuted || last.is_some_and(holds)
    }

    /// Whether the number at a place is a year, alone or in a date, and none of the story's.
    pub fn is_other_year(&self, line: &[Token<'_>], at: usize) -> bool {
        let Some(((first, last), token)) = self.years.zip(line.get(at)).filter(|(_, t)| t.kind == Kind::Number) else {
            return false;
        };
        let word = |at: Option<usize>| at.and_then(|at| line.get(at)).map_or("", |token| token.lower.as_str());
        let is_amount = matches!(word(at.checked_sub(1)), "rp" | "us$" | "$" | "nomor" | "pukul")
            || COUNTED.contains(&word(at.checked_add(1)));
        let digits = token.text.rsplit('/').next().unwrap_or_default();
        let year = digits.parse::<i16>().ok().filter(|year| digits.len() == 4 && (1900..2100).contains(year));
        !is_amount && year.is_some_and(|year| !(first..=last).contains(&year))
    }
}

/// Whether the word before a place denies what stands there: `tidak selamat`, `belum ditangkap`.
pub(super) fn is_denied(line: &[Token<'_>], at: usize) -> bool {
    at.checked_sub(1).and_then(|at| line.get(at)).is_some_and(|token| NOT.contains(&token.lower.as_str()))
}

/// `delapan tahun lalu`, `tahun yang silam`.
fn is_ago(line: &[Token<'_>], at: usize) -> bool {
    let word = |at: usize| line.get(at).map_or("", |token| token.lower.as_str());
    let behind = if word(at + 1) == "yang" { at + 2 } else { at + 1 };
    matches!(word(at), "tahun" | "dekade" | "abad")
        && matches!(word(behind), "lalu" | "silam" | "lampau" | "sebelumnya")
}

fn has_pair(line: &[Token<'_>], first: &[&str], second: &[&str]) -> bool {
    line.windows(2).any(|pair| match pair {
        [a, b] => first.contains(&a.lower.as_str()) && second.contains(&b.lower.as_str()),
        _ => false,
    })
}
