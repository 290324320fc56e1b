//! Reads the figures of an English text.
//!
//! Place in the data way: inside `figures`.
//! It must never read `10.000` as ten thousand: in English it is ten.

use super::calendar::month_of_english;
use super::figure::{Figure, Value, Weight, other_decade, roman, scaled, time, time_of};
use super::token::{Token, is_money, joined};
use super::walk::{colon_time, parts, scale_ranges, walk};
use crate::stage::number::english::{self, Spelled, ordinal, unit};
use crate::stage::number::same;

/// All figures of the text.
pub(super) fn read(text: &str) -> Vec<Figure> {
    let mut found = walk(text, |rest, before, found| match rest.first() {
        Some(first) if first.is_number => digits(first, rest, before, found),
        _ => words(rest, found),
    });
    scale_ranges(&mut found, english::scale, |left| !left.contains(' '));
    found
}

/// Reads a figure that begins with digits; returns how many tokens it took.
fn digits(first: &Token<'_>, rest: &[Token<'_>], before: Option<&Token<'_>>, found: &mut Vec<Figure>) -> usize {
    let next = rest.get(1);
    let Some(value) = english::digits(first.text) else {
        found.extend(parts(first.text));
        return 1;
    };
    if let Some(time) = colon_time(rest) {
        found.push(time);
        return 2;
    }
    let scales: Vec<_> = rest.iter().skip(1).map_while(scale).collect();
    let mut values = vec![Value::Number(value)];
    if scales.is_empty() {
        values.extend(clock(first.text, next));
        values.extend(and_a_half(rest.get(1..).unwrap_or_default()).then_some(Value::Number(value + 0.5)));
    } else {
        let half = if and_a_half(rest.get(1..).unwrap_or_default()) { 0.5 } else { 0.0 };
        values = scaled(&[Value::Number(value + half)], scales.iter().product());
    }
    let is_money = is_money(first, before);
    let is_at = |next: &&Token<'_>| next.gap.is_empty() || next.gap == " " && is_money && next.text.len() <= 2;
    if let Some(scale) = next.filter(is_at).and_then(abbreviated) {
        let more = scaled(&values, scale);
        values.extend(more);
    }
    if next.is_some_and(|next| next.lower == "s") {
        values.push(Value::Number(other_decade(value)));
    }
    let taken = 1 + scales.len();
    found.push(Figure { text: joined(rest.get(..taken).unwrap_or_default()), values, weight: Weight::Asked });
    taken
}

/// `2 p.m.`, `2.30 pm`, `14.30`, `1400 GMT`.
fn clock(text: &str, next: Option<&Token<'_>>) -> Option<Value> {
    if let Some((hour, minute)) = text.split_once('.') {
        return time_of(hour, minute);
    }
    let after = next.map(|next| next.lower.as_str());
    match (text.len(), after) {
        (1 | 2, Some("a" | "p" | "am" | "pm" | "o" | "wib" | "wita" | "wit" | "gmt")) => time(text.parse().ok()?, 0),
        (4, Some("gmt" | "utc" | "wib" | "wita" | "wit" | "hours" | "hrs" | "local")) => {
            let (hour, minute) = text.split_at_checked(2)?;
            time_of(hour, minute)
        }
        _ => None,
    }
}

fn and_a_half(rest: &[Token<'_>]) -> bool {
    let words: Vec<_> = rest.iter().take(3).map(|token| token.lower.as_str()).collect();
    words == ["and", "a", "half"]
}

fn scale(token: &Token<'_>) -> Option<f64> {
    english::scale(&token.lower)
}

fn abbreviated(token: &Token<'_>) -> Option<f64> {
    match token.lower.as_str() {
        "k" => Some(1e3),
        "m" | "mn" => Some(1e6),
        "b" | "bn" => Some(1e9),
        "t" | "tn" => Some(1e12),
        _ => None,
    }
}

/// `half past six`.
fn half_past(rest: &[Token<'_>]) -> Option<Figure> {
    let [half, past, hour, ..] = rest else { return None };
    let hour = (1..=12).find(|n| unit(&hour.lower) == Some(f64::from(*n)))?;
    let value = time(hour, 30).filter(|_| half.lower == "half" && past.lower == "past")?;
    Some(Figure { text: "half past".into(), values: vec![value], weight: Weight::Asked })
}

/// Whether a number before `tail` is an hour: `seven in the evening`, `seven o'clock`.
fn is_hour(tail: &[Token<'_>]) -> bool {
    let word = |at: usize| tail.get(at).map_or("", |token| token.lower.as_str());
    matches!((word(0), word(1)), ("o", "clock") | ("at", "night"))
        || word(0) == "in" && word(1) == "the" && matches!(word(2), "morning" | "afternoon" | "evening")
}

/// Reads a figure written in words; returns how many tokens it took.
fn words(rest: &[Token<'_>], found: &mut Vec<Figure>) -> usize {
    if let Some(half_past) = half_past(rest) {
        found.push(half_past);
        return 3;
    }
    let mut number = Spelled::default();
    let mut taken = 0;
    for (at, token) in rest.iter().enumerate() {
        let is_joined = at == 0 || matches!(token.gap.trim(), "" | "-" | "‑");
        let is_bridge = token.lower == "and" && number.bridges(rest.get(at + 1).map(|next| next.lower.as_str()));
        if !is_joined || token.is_number || !(is_bridge || number.take(&token.lower)) {
            break;
        }
        taken = at + 1;
    }
    let own = rest.get(..taken).unwrap_or_default();
    if let Some(value) = number.value().filter(|_| taken > 0) {
        let text = joined(own);
        let tail = rest.get(taken..).unwrap_or_default();
        if and_a_half(tail) {
            let scale = tail.get(3).and_then(scale);
            found.push(Figure::new(text, (value + 0.5) * scale.unwrap_or(1.0), Weight::Asked));
            return taken + 3 + usize::from(scale.is_some());
        }
        let weight = if value >= 3.0 && !number.is_loose() { Weight::Asked } else { Weight::Support };
        let mut figure = Figure::new(text, value, weight);
        let hour = (1..=12).find(|hour| is_hour(tail) && same(f64::from(*hour), value));
        figure.values.extend(hour.and_then(|hour| time(hour, 0)));
        found.push(figure);
        return taken;
    }
    found.extend(rest.first().and_then(|token| support(token, rest)));
    1
}

/// A word that can stand behind a figure of the Indonesian without being asked for itself.
fn support(token: &Token<'_>, rest: &[Token<'_>]) -> Option<Figure> {
    let values: Vec<f64> = match token.lower.as_str() {
        "half" | "halves" => {
            let scale = rest.iter().skip(1).take(2).find_map(scale).unwrap_or(1.0);
            vec![0.5 * scale, 2.0, 0.5]
        }
        "quarter" | "quarters" => vec![4.0, 0.25],
        "once" | "single" | "sole" | "solo" | "a" | "an" => vec![1.0],
        "both" | "couple" | "pair" | "twice" | "double" | "doubled" | "dual" | "duo" | "twin" | "twins" => vec![2.0],
        "triple" | "tripled" | "trio" | "thrice" | "triad" | "trilogy" => vec![3.0],
        "quadruple" | "quartet" | "quadrupled" => vec![4.0],
        "decade" | "decades" => vec![10.0],
        "dozen" => vec![12.0],
        "fortnight" => vec![14.0, 2.0],
        "century" | "centuries" | "percent" => vec![100.0],
        "noon" | "midday" | "midnight" => {
            let values = vec![Value::Time(0), Value::Number(12.0), Value::Number(24.0)];
            return Some(Figure { text: token.text.to_owned(), values, weight: Weight::Support });
        }
        "halfway" => vec![0.5],
        "quarterfinal" | "quarterfinals" => vec![8.0, 4.0],
        "semifinal" | "semifinals" => vec![4.0, 2.0],
        "around" | "round" if rest.get(2).is_some_and(|last| last.lower == "clock") => vec![24.0],
        "nil" | "zero" | "scoreless" | "goalless" => vec![0.0],
        word => {
            let ordinal = ordinal(word).map(|value| vec![value, 1.0 / value]);
            let month = month_of_english(token.text).map(|month| vec![f64::from(month)]);
            let times = word.strip_suffix("fold").and_then(unit).map(|times| vec![times]);
            ordinal
                .or(month)
                .or(times)
                .or_else(|| decade(word))
                .or_else(|| roman(token.text).map(|value| vec![value]))?
        }
    };
    Some(Figure::of(token.text, &values, Weight::Support))
}

/// `forties`: an age, or the 1940s.
fn decade(word: &str) -> Option<Vec<f64>> {
    let value = unit(&format!("{}y", word.strip_suffix("ies")?))?;
    Some(vec![value, value + 1900.0])
}
