//! What digits and number words mean, in Indonesian and in English.
//!
//! Place in the data way: `check` compares figures with it, `brief` reads the originals and judges statements with it.
//! It must never cut a text into tokens nor weigh a figure: it knows words and digits alone.

mod compound;
pub(in crate::stage) mod english;
pub(in crate::stage) mod indonesian;

pub use compound::compounds;

/// Digits in groups of three after the first, such as `1.234.567` with `.` between.
fn is_grouped(text: &str, separator: char) -> bool {
    let mut groups = text.split(separator);
    let first = groups.next().unwrap_or_default();
    let rest: Vec<_> = groups.collect();
    let are_digits = |group: &str| group.bytes().all(|byte| byte.is_ascii_digit());
    (1..=3).contains(&first.len())
        && are_digits(first)
        && !first.starts_with('0')
        && !rest.is_empty()
        && rest.iter().all(|group| group.len() == 3 && are_digits(group))
}

/// The value of digits with `group` between thousands and `point` before decimals; `None` where it is not spelled so.
fn spelled(text: &str, group: char, point: char) -> Option<f64> {
    let (whole, decimals) = match text.split_once(point) {
        Some((whole, decimals)) => (whole, Some(decimals)),
        None => (text, None),
    };
    let is_plain = !whole.is_empty() && whole.bytes().all(|byte| byte.is_ascii_digit());
    if !(is_plain || is_grouped(whole, group)) || decimals.is_some_and(|d| d.bytes().any(|b| !b.is_ascii_digit())) {
        return None;
    }
    let whole = whole.replace(group, "");
    format!("{whole}.{}", decimals.unwrap_or("0")).parse().ok()
}

/// Whether two values are the same number; binary fractions may differ in their last digits.
pub(in crate::stage) fn same(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-9 * a.abs().max(b.abs())
}

/// The place of a word in a list, as a number.
fn place(list: &[&str], word: &str) -> Option<u32> {
    list.iter().position(|other| *other == word).and_then(|at| u32::try_from(at).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_digits_mean_different_things_in_the_two_languages() {
        assert_eq!((indonesian::digits("10.000"), english::digits("10.000")), (Some(10_000.0), Some(10.0)));
        assert_eq!((indonesian::digits("3,5"), english::digits("3,5")), (Some(3.5), None));
        assert_eq!((indonesian::digits("1.234,5"), english::digits("1,234.5")), (Some(1234.5), Some(1234.5)));
        assert_eq!(indonesian::digits("21.10.2025"), None);
    }
}
