//! A figure: the values that its text can mean, and how much is asked of it.
//!
//! Place in the data way: inside `figures`.
//! It must never hold more meanings than a careful reader would allow.

use crate::stage::number;

/// What a figure can mean.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Value {
    /// A number.
    Number(f64),
    /// A clock time, in minutes after midnight or noon.
    Time(u32),
}

/// How much is asked of a figure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Weight {
    /// Written in digits, or a number word that has no everyday synonym: it must have a counterpart.
    Asked,
    /// It may be the counterpart of another figure, but needs none itself.
    Support,
}

/// One figure of a text.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Figure {
    /// As written.
    pub text: String,
    /// What it can mean.
    pub values: Vec<Value>,
    /// How much is asked of it.
    pub weight: Weight,
}

impl Figure {
    /// A number with one meaning.
    pub fn new(text: impl Into<String>, value: f64, weight: Weight) -> Self {
        Self::of(text, &[value], weight)
    }

    /// Something that can mean each of these numbers.
    pub fn of(text: impl Into<String>, numbers: &[f64], weight: Weight) -> Self {
        Self { text: text.into(), values: numbers.iter().copied().map(Value::Number).collect(), weight }
    }

    /// Whether both can mean the same.
    pub fn agrees(&self, other: &Self) -> bool {
        self.values.iter().any(|a| other.values.iter().any(|b| same(*a, *b)))
    }

    /// Its first meaning, where that is a number.
    pub fn number(&self) -> Option<f64> {
        match self.values.first() {
            Some(Value::Number(value)) => Some(*value),
            _ => None,
        }
    }

    /// Adds each number multiplied by `scale` as a further meaning.
    pub fn may_scale(&mut self, scale: f64) {
        let scaled = scaled(&self.values, scale);
        self.values.extend(scaled);
    }
}

/// The numbers among `values`, multiplied.
pub(super) fn scaled(values: &[Value], scale: f64) -> Vec<Value> {
    let number = |value: &Value| match value {
        Value::Number(number) => Some(Value::Number(number * scale)),
        Value::Time(_) => None,
    };
    values.iter().filter_map(number).collect()
}

fn same(a: Value, b: Value) -> bool {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => number::same(a, b),
        (Value::Time(a), Value::Time(b)) => a == b,
        _ => false,
    }
}

/// Minutes after midnight or noon, where hour and minute make a clock time.
pub(super) fn time(hour: u32, minute: u32) -> Option<Value> {
    (hour <= 24 && minute < 60).then_some(Value::Time((hour * 60 + minute) % 720))
}

/// `14.30` or `14:30` as a clock time: two numbers, the second of two digits.
pub(super) fn time_of(hour: &str, minute: &str) -> Option<Value> {
    if hour.len() > 2 || minute.len() != 2 {
        return None;
    }
    time(hour.parse().ok()?, minute.parse().ok()?)
}

/// The other name of a decade: `90s` are the `1990s`.
pub(super) fn other_decade(value: f64) -> f64 {
    match value {
        ..100.0 => value + 1900.0,
        1900.0..2100.0 => value % 100.0,
        _ => value,
    }
}

/// Values of Roman numerals from 2 to 30: centuries, wars, monarchs.
pub(super) fn roman(text: &str) -> Option<f64> {
    let digit = |c| match c {
        'I' => Some(1),
        'V' => Some(5),
        'X' => Some(10),
        _ => None,
    };
    let digits: Vec<i32> = text.chars().map(digit).collect::<Option<_>>()?;
    let sum = digits
        .iter()
        .zip(digits.iter().skip(1).chain([&0]))
        .fold(0, |sum, (&own, &next)| if own < next { sum - own } else { sum + own });
    (digits.len() > 1 || sum == 5 || sum == 10).then_some(f64::from(sum))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roman_numerals_and_clock_times() {
        assert_eq!((roman("XIX"), roman("II"), roman("I"), roman("VIA")), (Some(19.0), Some(2.0), None, None));
        assert_eq!(time_of("14", "30"), time(2, 30));
        assert_eq!((time_of("25", "00"), time_of("2", "5")), (None, None));
    }
}
