//! The figures of a text as a table: what it says, what that means, and what the English makes of it.
//!
//! Place in the data way: inside `figures`; the CSV of `kabar export` shows it.
//! It must never name a figure of the English that does not mean the same.

use super::figure::Figure;
use super::{currency, english, indonesian, is_asked};

/// One figure of an Indonesian text.
#[derive(Debug, Clone, PartialEq)]
pub struct TableFigure {
    /// As written.
    pub text: String,
    /// Its value; `None` for a clock time.
    pub value: Option<f64>,
    /// A currency by its English name, `percent`, or the word behind the figure as written; may be empty.
    pub unit: String,
    /// The figure of the English that agrees, as written; each of them answers for one of the Indonesian.
    pub english: Option<String>,
}

/// The figures that a translation must keep, in reading order.
pub fn table(id: &str, en: &str) -> Vec<TableFigure> {
    let mut answers = english::read(en);
    let (mut rest, mut before) = (id, "");
    let mut rows = Vec::new();
    for figure in indonesian::read(id).into_iter().filter(is_asked) {
        if let Some((head, tail)) = split_at_figure(rest, &figure.text) {
            (before, rest) = (head, tail);
        }
        let answer = answers.iter().position(|other| figure.agrees(other)).map(|at| answers.remove(at));
        rows.push(TableFigure {
            unit: unit(before, rest),
            value: figure.number(),
            english: answer.map(|answer: Figure| answer.text),
            text: figure.text,
        });
    }
    rows
}

/// What stands before a figure and behind it. Its words may stand apart by more than the one space it is read with.
fn split_at_figure<'a>(text: &'a str, figure: &str) -> Option<(&'a str, &'a str)> {
    let mut words = figure.split(' ');
    let start = text.find(words.next()?)?;
    let mut end = start;
    for word in figure.split(' ') {
        end += text.get(end..)?.find(word)? + word.len();
    }
    Some((text.get(..start)?, text.get(end..)?))
}

/// The signs that touch the figure, and the word behind it.
fn unit(before: &str, behind: &str) -> String {
    let sign = before.trim_end().rsplit(char::is_whitespace).next().unwrap_or_default();
    let mut words = behind.split_whitespace().map(|word| word.trim_matches(|c: char| !c.is_alphabetic() && c != '%'));
    let is_open = !behind.trim_start().starts_with([',', '.', ';', ')', '(', '-', '–', '"', '”']);
    let word = words.next().filter(|_| is_open).unwrap_or_default();
    // A digit completes the sign, so that `Rp` counts only right before the figure.
    if let Some(currency) = currency::named(&format!("{sign} 1")).or_else(|| currency::named(word)) {
        return currency.into();
    }
    if behind.starts_with('%') || matches!(word, "persen" | "%") { "percent".into() } else { word.to_lowercase() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(id: &str, en: &str) -> Vec<(String, Option<f64>, String, Option<String>)> {
        table(id, en).into_iter().map(|row| (row.text, row.value, row.unit, row.english)).collect()
    }

    #[test]
    fn a_figure_has_its_value_its_unit_and_its_english() {
        let row = |text: &str, value, unit: &str, english: &str| {
            (text.to_owned(), Some(value), unit.to_owned(), Some(english.to_owned()))
        };
        assert_eq!(
            rows(
                "Kerugian Rp 2,3 triliun, naik 3,5 persen, dan 12 orang tewas pada 1.500 rumah.",
                "Losses of Rp 2.3 trillion, up 3.5 percent, and twelve people died in 1,500 houses."
            ),
            [
                row("2,3 triliun", 2.3e12, "rupiah", "2.3 trillion"),
                row("3,5", 3.5, "percent", "3.5"),
                row("12", 12.0, "orang", "twelve"),
                row("1.500", 1500.0, "rumah", "1,500"),
            ]
        );
        assert_eq!(rows("senilai US$ 5 juta", "worth $5 million"), [row("5 juta", 5e6, "dollar", "5 million")]);
    }

    #[test]
    fn a_figure_that_the_english_changes_has_none() {
        let rows = rows("12 tewas, 12 luka", "19 dead, 12 injured");
        assert_eq!(rows.iter().filter(|row| row.3.is_none()).count(), 1);
    }
}
