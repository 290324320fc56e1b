//! What is the same in both languages: the walk over the tokens, digits that no spelling explains, times with a colon, and
//! ranges.
//!
//! Place in the data way: inside `figures`, between the tokens and the two languages.
//! It must never know a word of either language.

use super::figure::{Figure, Weight, time_of};
use super::token::{Token, tokens};

/// Reads a text from its start to its end. `read` is given the tokens that are left and the one before them; it adds the
/// figures that stand at their head and returns how many tokens they took.
pub(super) fn walk<'a>(
    text: &'a str,
    read: impl Fn(&[Token<'a>], Option<&Token<'a>>, &mut Vec<Figure>) -> usize,
) -> Vec<Figure> {
    let tokens = tokens(text);
    let mut found = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        let before = at.checked_sub(1).and_then(|last| tokens.get(last));
        at += read(tokens.get(at..).unwrap_or_default(), before, &mut found).max(1);
    }
    found
}

/// The parts of digits whose separators fit no spelling of a number: `1.2.3`.
pub(super) fn parts(digits: &str) -> impl Iterator<Item = Figure> {
    let parts = digits.split(['.', ',']);
    parts.filter_map(|part| Some(Figure::new(part, part.parse().ok()?, Weight::Asked)))
}

/// `14:30`, at the head of `rest`.
pub(super) fn colon_time(rest: &[Token<'_>]) -> Option<Figure> {
    let [hour, minute, ..] = rest else { return None };
    let value = time_of(hour.text, minute.text).filter(|_| minute.is_number && minute.gap == ":")?;
    Some(Figure { text: format!("{}:{}", hour.text, minute.text), values: vec![value], weight: Weight::Asked })
}

/// A range gives its scale to both ends: `5-10 juta`, `5 to 10 million`. `scale` knows the words, `is_bare` whether a left
/// end could do with one.
pub(super) fn scale_ranges(found: &mut [Figure], scale: fn(&str) -> Option<f64>, is_bare: fn(&str) -> bool) {
    for at in 1..found.len() {
        let Some((left, [right, ..])) = found.split_at_mut_checked(at) else { return };
        let scale = right.text.rsplit(' ').next().and_then(scale).filter(|scale| *scale >= 1e3);
        if let (Some(left), Some(scale)) = (left.last_mut(), scale)
            && is_bare(&left.text)
        {
            left.may_scale(scale);
        }
    }
}
