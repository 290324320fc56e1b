//! How English writes the digits of a number.
//!
//! Place in the data way: reports, checks, briefings and the built-in engine write their numbers with it.
//! It must never round: the digits that it is given are the digits that stand there.

/// Digits with a comma between thousands; what stands behind a point stays: `1234567.5` is `1,234,567.5`.
pub fn grouped(digits: &str) -> String {
    let whole = digits.find('.').unwrap_or(digits.len());
    let mut grouped = String::with_capacity(digits.len() + whole / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && at < whole && (whole - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_comma_stands_between_thousands_and_none_behind_the_point() {
        for (digits, text) in
            [("0", "0"), ("999", "999"), ("1234567", "1,234,567"), ("1234.5678", "1,234.5678"), ("100000", "100,000")]
        {
            assert_eq!(grouped(digits), text);
        }
    }
}
