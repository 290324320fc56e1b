//! Reads the figures of an Indonesian text.
//!
//! A dot groups thousands, a comma marks decimals; `ribu`, `juta`, `miliar`, `triliun` scale; number words are built
//! with `belas`, `puluh`, `ratus` and `se-`.
//!
//! Place in the data way: inside `figures`.
//! It must never take a word for a number that is one only by chance (`empat` in `tempat`).

use super::calendar::month_of_indonesian;
use super::number::{Figure, Value, Weight, roman, scaled, shortened, spelled, time, time_of};
use super::token::{Token, tokens};

/// All figures of the text.
pub(super) fn read(text: &str) -> Vec<Figure> {
    let tokens = tokens(text);
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        let rest = tokens.get(at..).unwrap_or_default();
        let before = at.checked_sub(1).and_then(|last| tokens.get(last));
        let taken = if token.is_number { digits(rest, before, &mut found) } else { words(rest, &mut found) };
        at += taken.max(1);
    }
    scale_ranges(&mut found);
    found
}

/// Reads a figure that begins with digits; returns how many tokens it took.
fn digits(rest: &[Token<'_>], before: Option<&Token<'_>>, found: &mut Vec<Figure>) -> usize {
    let Some(first) = rest.first() else { return 0 };
    let (factor, scales) = factor(rest.get(1..).unwrap_or_default());
    let mut values = meanings(first.text);
    if values.is_empty() {
        let parts = first.text.split(['.', ',']).filter_map(|part| Some((part, part.parse().ok()?)));
        found.extend(parts.map(|(part, value)| Figure::new(part, value, Weight::Asked)));
        return 1;
    }
    if scales > 0 {
        values = scaled(&values, factor);
    } else if let Some((hour, minute)) = first.text.split_once(['.', ',']) {
        values.extend(time_of(hour, minute));
    } else if let Some(minute) = rest.get(1).filter(|next| next.is_number && next.gap == ":") {
        if let Some(time) = time_of(first.text, minute.text) {
            found.push(Figure {
                text: format!("{}:{}", first.text, minute.text),
                values: vec![time],
                weight: Weight::Asked,
            });
            return 2;
        }
    } else if before.is_some_and(|word| matches!(word.lower.as_str(), "pukul" | "jam")) {
        values.extend(first.text.parse().ok().and_then(|hour| time(hour, 0)));
    }
    decade(rest.get(1), &mut values);
    let text = rest.get(..=scales).unwrap_or_default().iter().map(|token| token.text).collect::<Vec<_>>().join(" ");
    found.push(Figure { text, values, weight: Weight::Asked });
    1 + scales
}

/// `90-an` and `1990-an` are the same decade.
fn decade(next: Option<&Token<'_>>, values: &mut Vec<Value>) {
    if let (Some(Value::Number(value)), true) = (values.first().copied(), next.is_some_and(|next| next.lower == "an")) {
        values.push(Value::Number(if value < 100.0 { value + 1900.0 } else { shortened(value) }));
    }
}

/// What digits can mean; English spelling is understood where it cannot be mistaken for Indonesian.
fn meanings(text: &str) -> Vec<Value> {
    let own = spelled(text, '.', ',');
    let is_ambiguous = own.is_some() && !text.contains(',');
    let other = if is_ambiguous { None } else { spelled(text, ',', '.') };
    own.into_iter().chain(other).map(Value::Number).collect()
}

/// The product of the scale words at the head of `rest`, and how many there are.
fn factor(rest: &[Token<'_>]) -> (f64, usize) {
    let scales: Vec<_> = rest.iter().map_while(scale).collect();
    (scales.iter().product(), scales.len())
}

fn scale(token: &Token<'_>) -> Option<f64> {
    match token.lower.as_str() {
        "puluh" => Some(1e1),
        "ratus" => Some(1e2),
        "ribu" | "rb" => Some(1e3),
        "juta" | "jt" => Some(1e6),
        "miliar" | "milyar" | "miliyar" => Some(1e9),
        "triliun" | "trilyun" | "triliyun" => Some(1e12),
        // `Rp 5 M`: only capitals, so that metres stay metres.
        "m" if token.text == "M" => Some(1e9),
        "t" if token.text == "T" => Some(1e12),
        "lusin" => Some(12.0),
        _ => None,
    }
}

/// A range gives its scale to both ends: `5-10 juta` is 5 million to 10 million.
fn scale_ranges(found: &mut [Figure]) {
    for at in 1..found.len() {
        let Some((left, [right, ..])) = found.split_at_mut_checked(at) else { return };
        let scales = [("triliun", 1e12), ("miliar", 1e9), ("milyar", 1e9), ("juta", 1e6), ("ribu", 1e3)];
        let scale = scales.iter().find(|(name, _)| right.text.ends_with(name));
        if let (Some(left), Some((_, scale))) = (left.last_mut(), scale)
            && left.text.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b',' | b'.'))
        {
            left.may_scale(*scale);
        }
    }
}

/// Fixed phrases whose number word need not be kept: `pedagang kaki lima` are street vendors.
fn is_idiom(rest: &[Token<'_>]) -> bool {
    let phrase = |n: usize| rest.get(n).map_or("", |token| token.lower.as_str());
    matches!(
        (phrase(0), phrase(1)),
        ("kaki" | "simpang" | "perempatan", "lima" | "empat") | ("roda", "dua" | "tiga" | "empat" | "enam")
    )
}

/// Reads a figure written in words; returns how many tokens it took.
fn words(rest: &[Token<'_>], found: &mut Vec<Figure>) -> usize {
    if is_idiom(rest) {
        let own = rest.get(1).and_then(|token| Some(Figure::new(token.text, unit(&token.lower)?, Weight::Support)));
        found.extend(own);
        return 2;
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
    let text = rest.get(..taken).unwrap_or_default().iter().map(|token| token.text).collect::<Vec<_>>().join(" ");
    if let Some(value) = number.value().filter(|_| taken > 0) {
        let weight = if value >= 3.0 { Weight::Asked } else { Weight::Support };
        found.push(Figure::new(text, value, weight));
        return taken;
    }
    found.extend(rest.first().and_then(support));
    1
}

/// `dua per tiga`.
fn fraction(rest: &[Token<'_>]) -> Option<Figure> {
    let [above, per, below, ..] = rest else { return None };
    let (above, below) = (unit(&above.lower)?, unit(&below.lower).filter(|below| per.lower == "per" && *below > 0.0)?);
    let values = [above / below, above, below].map(Value::Number).to_vec();
    Some(Figure { text: format!("{above}/{below}"), values, weight: Weight::Support })
}

/// A word that can stand behind a figure of the English without being one that must be translated as such.
fn support(token: &Token<'_>) -> Option<Figure> {
    let word = token.lower.strip_suffix("nya").unwrap_or(&token.lower);
    let values: &[f64] = match word {
        "pertama" | "tunggal" | "perdana" => &[1.0],
        "setengah" | "separuh" | "separo" | "paruh" => &[0.5, 2.0],
        "pasang" | "sepasang" | "pasangan" | "duo" | "ganda" | "kembar" | "dwi" => &[2.0],
        "trio" | "tri" => &[3.0],
        "seperempat" => &[0.25, 4.0],
        "dasawarsa" | "dekade" => &[10.0],
        "lusin" | "selusin" => &[12.0],
        "abad" | "persen" => &[100.0],
        _ => return prefixed(token, word),
    };
    let values = values.iter().copied().map(Value::Number).collect();
    Some(Figure { text: token.text.to_owned(), values, weight: Weight::Support })
}

/// `ketiga`, `bertiga`, `sepertiga`, month names and Roman numerals.
fn prefixed(token: &Token<'_>, word: &str) -> Option<Figure> {
    let support = |values: &[f64]| Figure {
        text: token.text.to_owned(),
        values: values.iter().copied().map(Value::Number).collect(),
        weight: Weight::Support,
    };
    if let Some(whole) = word.strip_prefix("seper").or_else(|| word.strip_prefix("per")).and_then(unit) {
        return Some(support(&[1.0 / whole, whole]));
    }
    let bare = ["ke", "ber", "se"].into_iter().find_map(|prefix| word.strip_prefix(prefix));
    let counted = bare
        .and_then(|bare| unit(bare).or((bare == "sepuluh").then_some(10.0)).or((bare == "sebelas").then_some(11.0)));
    let month = month_of_indonesian(&token.lower).map(f64::from);
    counted.or(month).or_else(|| roman(token.text)).map(|value| support(&[value]))
}

/// A number being built from words.
#[derive(Debug, Default)]
struct Spelled {
    total: f64,
    chunk: f64,
    unit: Option<f64>,
    has_words: bool,
}

impl Spelled {
    /// Takes the next word; `false` where the number ended before it.
    fn take(&mut self, word: &str) -> bool {
        let taken = match word {
            "belas" => self.multiply(1.0, 10.0),
            "puluh" => self.multiply(10.0, 0.0),
            "ratus" => self.multiply(100.0, 0.0),
            "setengah" if self.has_words => self.add(0.5),
            "sepuluh" => self.add(10.0),
            "sebelas" => self.add(11.0),
            "seratus" => self.add(100.0),
            "seribu" => self.scale(1e3, 1.0),
            "sejuta" => self.scale(1e6, 1.0),
            "semiliar" | "semilyar" => self.scale(1e9, 1.0),
            "setriliun" => self.scale(1e12, 1.0),
            "ribu" => self.scale(1e3, 0.0),
            "juta" => self.scale(1e6, 0.0),
            "miliar" | "milyar" => self.scale(1e9, 0.0),
            "triliun" => self.scale(1e12, 0.0),
            _ => match unit(word) {
                Some(unit) if self.unit.is_none() => {
                    self.unit = Some(unit);
                    true
                }
                _ => false,
            },
        };
        self.has_words |= taken;
        taken
    }

    fn multiply(&mut self, factor: f64, plus: f64) -> bool {
        let Some(unit) = self.unit.take() else { return false };
        self.chunk += unit * factor + plus;
        true
    }

    fn add(&mut self, value: f64) -> bool {
        self.chunk += value + self.unit.take().unwrap_or(0.0);
        true
    }

    fn scale(&mut self, scale: f64, alone: f64) -> bool {
        let chunk = self.chunk + self.unit.take().unwrap_or(0.0);
        if chunk == 0.0 && alone == 0.0 {
            return false;
        }
        self.total += (if chunk == 0.0 { alone } else { chunk }) * scale;
        self.chunk = 0.0;
        true
    }

    fn value(&self) -> Option<f64> {
        self.has_words.then(|| self.total + self.chunk + self.unit.unwrap_or(0.0))
    }
}

fn unit(word: &str) -> Option<f64> {
    let units = ["nol", "satu", "dua", "tiga", "empat", "lima", "enam", "tujuh", "delapan", "sembilan"];
    let at = units.iter().position(|unit| *unit == word)?;
    u32::try_from(at).ok().map(f64::from)
}
