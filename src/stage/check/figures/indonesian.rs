//! Reads the figures of an Indonesian text.
//!
//! A dot groups thousands, a comma marks decimals; `ribu`, `juta`, `miliar`, `triliun` scale; number words are built
//! with `belas`, `puluh`, `ratus` and `se-`.
//!
//! Place in the data way: inside `figures`.
//! It must never take a word for a number that is one only by chance (`empat` in `tempat`).

use super::calendar::month_of_indonesian;
use super::figure::{Figure, Value, Weight, other_decade, roman, scaled, time, time_of};
use super::token::{Token, is_money, joined};
use super::walk::{colon_time, parts, scale_ranges, walk};
use crate::stage::number::indonesian::{Spelled, scale, small, unit};
use crate::stage::number::{english, indonesian};

/// All figures of the text.
pub(super) fn read(text: &str) -> Vec<Figure> {
    let mut found = walk(text, |rest, before, found| match rest.first() {
        Some(first) if first.is_number => digits(first, rest, before, found),
        _ => words(rest, before, found),
    });
    let is_digits = |left: &str| left.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b',' | b'.'));
    scale_ranges(&mut found, scale, is_digits);
    found
}

/// Reads a figure that begins with digits; returns how many tokens it took.
fn digits(first: &Token<'_>, rest: &[Token<'_>], before: Option<&Token<'_>>, found: &mut Vec<Figure>) -> usize {
    if let Some(hours) = times_hours(rest) {
        found.push(hours);
        return 3;
    }
    // `300-an juta`: about 300 million.
    let about =
        usize::from(rest.get(1).is_some_and(is_about) && rest.get(2).is_some_and(|next| scale(next.text).is_some()));
    let (factor, scales) = factor(rest.get(1 + about..).unwrap_or_default());
    let stands_alone = is_dated(first, before) && rest.get(1).is_some_and(|next| next.lower.ends_with("an"));
    let scales = if scales > 0 && !stands_alone { scales + about } else { 0 };
    let is_told = before.is_some_and(|word| matches!(word.lower.as_str(), "pukul" | "jam"));
    let mut values = meanings(first.text);
    if values.is_empty() {
        found.extend(parts(first.text));
        return 1;
    }
    if scales > 0 {
        // `Rp 5 M` are billions; `5,6 M` may be a magnitude, `2024 M` a year.
        let is_letter = rest.get(scales).is_some_and(|word| word.text.len() == 1);
        let plain = if is_letter && !is_money(first, before) { values.clone() } else { Vec::new() };
        values = plain.into_iter().chain(scaled(&values, factor)).collect();
    } else if let Some((hour, minute)) = first.text.split_once(['.', ',']) {
        // `2,50 persen` is no time.
        values.extend(time_of(hour, minute).filter(|_| is_told || first.text.contains('.')));
    } else if let Some(time) = colon_time(rest) {
        found.push(time);
        return 2;
    } else if is_told {
        values.extend(first.text.parse().ok().and_then(|hour| time(hour, 0)));
    }
    decade(rest.get(1), &mut values);
    let text = joined(rest.get(..=scales).unwrap_or_default());
    let weight = if is_label(first, before, rest.get(1)) { Weight::Support } else { Weight::Asked };
    found.push(Figure { text, values, weight });
    1 + scales
}

/// `2x24 jam`: 48 hours, or two times 24.
fn times_hours(rest: &[Token<'_>]) -> Option<Figure> {
    let [times, x, hours, unit, ..] = rest else { return None };
    let is_it = hours.is_number && matches!(x.lower.as_str(), "x" | "×") && unit.lower == "jam";
    let (a, b): (f64, f64) = (times.text.parse().ok()?, hours.text.parse().ok().filter(|_| is_it)?);
    Some(Figure::of(format!("{}x{}", times.text, hours.text), &[a * b, a, b], Weight::Asked))
}

/// Whether digits are a year or behind a word for a time: `Pada 2025, ribuan warga` are no 2,025 thousand.
fn is_dated(own: &Token<'_>, before: Option<&Token<'_>>) -> bool {
    let is_year = own.text.len() == 4 && own.text.bytes().all(|byte| byte.is_ascii_digit());
    let is_time = |word: &str| matches!(word, "pukul" | "jam" | "tahun" | "sejak" | "pada" | "tanggal");
    is_year || before.is_some_and(|before| is_time(&before.lower))
}

fn is_about(token: &Token<'_>) -> bool {
    token.lower == "an" && token.gap == "-"
}

/// Digits that name a thing and count none: the degrees `S2` and `D3`, the waste `B3`, the holiday `17-an`, the
/// regions `3T`; and the 2 that doubles a word (`teman2`).
fn is_label(own: &Token<'_>, before: Option<&Token<'_>>, next: Option<&Token<'_>>) -> bool {
    let touching = before.filter(|_| own.gap.is_empty());
    let is_letter = touching.is_some_and(|before| matches!(before.text, "S" | "B" | "D"));
    let doubles = own.text == "2" && touching.is_some_and(|before| before.text.len() > 2);
    let is_region = own.text == "3" && next.is_some_and(|next| next.text == "T" && next.gap.is_empty());
    is_letter && matches!(own.text, "1" | "2" | "3" | "4")
        || own.text == "17" && next.is_some_and(is_about)
        || doubles
        || is_region
}

/// `90-an` and `1990-an` are the same decade.
fn decade(next: Option<&Token<'_>>, values: &mut Vec<Value>) {
    if let (Some(Value::Number(value)), true) = (values.first().copied(), next.is_some_and(|next| next.lower == "an")) {
        values.push(Value::Number(other_decade(value)));
    }
}

/// What digits can mean; English spelling is understood where it cannot be mistaken for Indonesian.
fn meanings(text: &str) -> Vec<Value> {
    let own = indonesian::digits(text);
    let is_ambiguous = own.is_some() && !text.contains(',');
    let other = if is_ambiguous { None } else { english::digits(text) };
    own.into_iter().chain(other).map(Value::Number).collect()
}

/// The product of the scale words at the head of `rest`, and how many there are.
fn factor(rest: &[Token<'_>]) -> (f64, usize) {
    let is_next = |token: &&Token<'_>| matches!(token.gap.trim(), "" | "-");
    let scales: Vec<_> = rest.iter().take_while(is_next).map_while(|token| scale(token.text)).collect();
    (scales.iter().product(), scales.len())
}

/// Fixed phrases whose number word need not be kept: `pedagang kaki lima` are street vendors.
fn is_idiom(rest: &[Token<'_>]) -> bool {
    let phrase = |n: usize| rest.get(n).map_or("", |token| token.lower.as_str());
    matches!(
        (phrase(0), phrase(1)),
        ("kaki" | "simpang" | "perempatan", "lima" | "empat")
            | ("roda", "dua" | "tiga" | "empat" | "enam")
            | ("langkah" | "diam", "seribu")
            | ("sehat", "lima")
            | ("empat", "sehat")
            | ("kembar", "tiga" | "empat" | "lima")
    )
}

/// `setengah tujuh` behind `pukul` is half an hour before seven.
fn half_hour(rest: &[Token<'_>], before: Option<&Token<'_>>) -> Option<Figure> {
    let [half, hour, ..] = rest else { return None };
    let is_told = before.is_some_and(|word| matches!(word.lower.as_str(), "pukul" | "jam")) && half.lower == "setengah";
    let n = (1..=11).find(|n| small(&hour.lower) == Some(f64::from(*n))).filter(|_| is_told)?;
    let value = time(n - 1, 30)?;
    Some(Figure { text: format!("{} {}", half.text, hour.text), values: vec![value], weight: Weight::Asked })
}

/// Two words that make one figure: `setengah juta`, `belasan ribu`, `empat mata`, `tanpa balas`.
fn two_words(rest: &[Token<'_>]) -> Option<Figure> {
    let [first, second, ..] = rest else { return None };
    let text = format!("{} {}", first.text, second.text);
    let scale = || scale(second.text).filter(|scale| *scale >= 1e3);
    let (numbers, weight) = match (first.lower.as_str(), second.lower.as_str()) {
        ("setengah" | "separuh", _) => (vec![0.5 * scale()?], Weight::Asked),
        ("belasan", _) => (vec![10.0 * scale()?, 12.0 * scale()?], Weight::Support),
        ("empat", "mata") => (vec![4.0, 1.0], Weight::Support),
        ("tanpa", "balas") => (vec![0.0], Weight::Support),
        _ => return None,
    };
    Some(Figure::of(text, &numbers, weight))
}

/// `kelima belas`, `ketujuh puluh lima`, `keseratus`, and how many words that took. Smaller ones are read by themselves.
fn long_ordinal(rest: &[Token<'_>]) -> Option<(Figure, usize)> {
    let first = rest.first()?.lower.strip_prefix("ke")?;
    let mut number = Spelled::default();
    let following = |token: &&Token<'_>| token.gap.trim().is_empty() && !token.is_number;
    let tail = rest.iter().skip(1).take_while(following).map(|token| token.lower.as_str());
    let taken = std::iter::once(first).chain(tail).take_while(|word| number.take(word)).count();
    let value = number.value().filter(|value| *value > 11.0)?;
    Some((Figure::new(joined(rest.get(..taken)?), value, Weight::Support), taken))
}

/// Reads a figure written in words; returns how many tokens it took.
fn words(rest: &[Token<'_>], before: Option<&Token<'_>>, found: &mut Vec<Figure>) -> usize {
    if is_idiom(rest) {
        let own = rest.get(1).and_then(|token| Some(Figure::new(token.text, unit(&token.lower)?, Weight::Support)));
        found.extend(own);
        return 2;
    }
    if let Some(figure) = half_hour(rest, before).or_else(|| two_words(rest)) {
        found.push(figure);
        return 2;
    }
    if let Some((ordinal, taken)) = long_ordinal(rest) {
        found.push(ordinal);
        return taken;
    }
    if let Some(fraction) = fraction(rest) {
        found.push(fraction);
        return 3;
    }
    let mut number = Spelled::default();
    let mut taken = 0;
    for token in rest {
        if taken > 0 && !token.gap.trim().is_empty() || token.is_number || !number.take(&token.lower) {
            break;
        }
        taken += 1;
    }
    if let Some(value) = number.value().filter(|_| taken > 0) {
        let weight = if value >= 3.0 { Weight::Asked } else { Weight::Support };
        found.push(Figure::new(joined(rest.get(..taken).unwrap_or_default()), value, weight));
        return taken;
    }
    found.extend(rest.first().and_then(support));
    1
}

/// `dua per tiga`.
fn fraction(rest: &[Token<'_>]) -> Option<Figure> {
    let [above, per, below, ..] = rest else { return None };
    let (above, below) = (unit(&above.lower)?, unit(&below.lower).filter(|below| per.lower == "per" && *below > 0.0)?);
    Some(Figure::of(format!("{above}/{below}"), &[above / below, above, below], Weight::Support))
}

/// A word that can stand behind a figure of the English without being one that must be translated as such.
fn support(token: &Token<'_>) -> Option<Figure> {
    let word = token.lower.strip_suffix("nya").unwrap_or(&token.lower);
    let numbers: &[f64] = match word {
        "pertama" | "tunggal" | "perdana" => &[1.0],
        "setengah" | "separuh" | "separo" | "paruh" => &[0.5, 2.0],
        "pasang" | "sepasang" | "pasangan" | "duo" | "ganda" | "kembar" | "dwi" => &[2.0],
        "trio" | "tri" => &[3.0],
        "seperempat" => &[0.25, 4.0],
        "dasawarsa" | "dekade" => &[10.0],
        "lusin" | "selusin" => &[12.0],
        "belasan" => &[10.0, 12.0],
        "abad" | "persen" => &[100.0],
        _ => return prefixed(token, word),
    };
    Some(Figure::of(token.text, numbers, Weight::Support))
}

/// `ketiga`, `bertiga`, `sepertiga`, month names and Roman numerals.
fn prefixed(token: &Token<'_>, word: &str) -> Option<Figure> {
    let support = |numbers: &[f64]| Figure::of(token.text, numbers, Weight::Support);
    if let Some(whole) = word.strip_prefix("seper").or_else(|| word.strip_prefix("per")).and_then(unit) {
        return Some(support(&[1.0 / whole, whole]));
    }
    let bare = ["ke", "ber", "se"].into_iter().find_map(|prefix| word.strip_prefix(prefix));
    let counted = bare.and_then(small);
    let month = month_of_indonesian(&token.lower).map(f64::from);
    counted.or(month).or_else(|| roman(token.text)).map(|value| support(&[value]))
}
