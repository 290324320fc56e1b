//! Sizes as people write them: `500KB`, `20MB`, `1GB`, `4096`.
//!
//! Place in the data way: before it; limits in the configuration are read with it.
//! It must never read a fraction or an unknown unit as something else.

use serde::{Deserialize, Deserializer};

/// Reads a size in bytes; `KB`, `MB` and `GB` are powers of 1024.
pub(super) fn parse(text: &str) -> Result<u64, String> {
    let wrong = || format!("\"{text}\" is not a size; write it like \"500KB\", \"20MB\" or \"4096\" (bytes)");
    let trimmed = text.trim();
    let digits = trimmed.find(|c: char| !c.is_ascii_digit()).unwrap_or(trimmed.len());
    let (number, unit) = trimmed.split_at(digits);
    let factor = match unit.trim().to_ascii_uppercase().as_str() {
        "" | "B" => 1,
        "K" | "KB" | "KIB" => 1 << 10,
        "M" | "MB" | "MIB" => 1 << 20,
        "G" | "GB" | "GIB" => 1 << 30,
        _ => return Err(wrong()),
    };
    number.parse::<u64>().ok().and_then(|number| number.checked_mul(factor)).ok_or_else(wrong)
}

/// Serde for a size as text.
pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    parse(&String::deserialize(deserializer)?).map_err(serde::de::Error::custom)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_powers_of_1024_and_nothing_is_guessed() {
        assert_eq!(parse("20MB"), Ok(20 * 1024 * 1024));
        assert_eq!(parse("4096"), Ok(4096));
        assert_eq!(parse(" 2 KiB "), Ok(2048));
        for wrong in ["", "MB", "1.5MB", "-1", "20 MBit", "99999999999GB"] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }
}
