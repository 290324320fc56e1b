//! Token estimates for text whose tokeniser is not at hand.
//!
//! Place in the data way: `plan` prices units with it, `work` reserves rate and budget before a request.
//! It must never be shown as a count: what it gives is an estimate and is marked so.

/// Bytes of Indonesian or English news to a token. Measured 2.67 with OpenAI's `o200k` on Indonesian news; 2.5 leaves room.
const BYTES_PER_TOKEN_TENTHS: u64 = 25;

/// Estimated tokens of `text`, rounded up.
pub fn estimate_tokens(text: &str) -> u64 {
    (text.len() as u64 * 10).div_ceil(BYTES_PER_TOKEN_TENTHS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn estimates_grow_with_the_text_and_are_zero_for_nothing() {
        assert_eq!(estimate_tokens(""), 0);
        assert_eq!(estimate_tokens("a"), 1);
        assert_eq!(estimate_tokens("Berita hari"), 5);
    }
}
