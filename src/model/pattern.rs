//! Constant patterns.
//!
//! Place in the data way: none; the steps and the offline engine find words and forms with them.
//! It must never be given a pattern that is not written in the code: that of a user may be wrong, and is told so.

use regex::{Regex, RegexSet};

/// Compiles a pattern of the code. Each is used by a test, so that a wrong one cannot go unseen.
pub(crate) fn pattern(text: &str) -> Regex {
    #[expect(clippy::expect_used, reason = "a check must not be silently off because its pattern is wrong")]
    Regex::new(text).expect("a constant pattern is valid")
}

/// Compiles patterns of the code of which any may fit.
pub(crate) fn any_of<const N: usize>(texts: [&str; N]) -> RegexSet {
    #[expect(clippy::expect_used, reason = "a check must not be silently off because its pattern is wrong")]
    RegexSet::new(texts).expect("constant patterns are valid")
}
