//! Cuts a text into the pieces that figures are made of: runs of digits, and words.
//!
//! Place in the data way: inside `figures`, before both languages.
//! It must never read a value: separators mean different things in the two languages.

/// A piece of text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Token<'a> {
    /// As written.
    pub text: &'a str,
    /// In lower case.
    pub lower: String,
    /// Whether it is a run of digits with `.` and `,` inside.
    pub is_number: bool,
    /// What stands between the token before and this one.
    pub gap: &'a str,
}

/// Whether a sign or `Rp` stands before digits.
pub(super) fn is_money(own: &Token<'_>, before: Option<&Token<'_>>) -> bool {
    own.gap.contains(['$', '€', '£', '¥']) || before.is_some_and(|before| before.lower == "rp")
}

/// Tokens as the text of a figure.
pub(super) fn joined(tokens: &[Token<'_>]) -> String {
    tokens.iter().map(|token| token.text).collect::<Vec<_>>().join(" ")
}

/// The tokens of a text, in order. Letters and digits that touch are two tokens (`Rp2,3`, `16th`).
pub(super) fn tokens(text: &str) -> Vec<Token<'_>> {
    let mut found = Vec::with_capacity(text.len() / 5);
    let (mut from, mut end_of_last) = (0, 0);
    while let Some(rest) = text.get(from..).filter(|rest| !rest.is_empty()) {
        let Some(first) = rest.chars().next() else { break };
        let len = if first.is_ascii_digit() {
            digits(rest)
        } else if first.is_alphabetic() {
            rest.find(|c: char| !c.is_alphabetic()).unwrap_or(rest.len())
        } else {
            from += first.len_utf8();
            continue;
        };
        let (token, gap) = (rest.get(..len).unwrap_or(rest), text.get(end_of_last..from).unwrap_or_default());
        found.push(Token { text: token, lower: token.to_lowercase(), is_number: first.is_ascii_digit(), gap });
        from += len.max(1);
        end_of_last = from;
    }
    found
}

/// The length of the number that `text` begins with; a separator counts only between digits.
fn digits(text: &str) -> usize {
    let bytes = text.as_bytes();
    let is_digit = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
    let is_separator = |at: usize| bytes.get(at).is_some_and(|byte| matches!(byte, b'.' | b','));
    let mut at = 0;
    while is_digit(at) || is_separator(at) && is_digit(at + 1) {
        at += 1;
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_and_letters_that_touch_come_apart() {
        let texts: Vec<_> = tokens("Rp2,3 triliun, ke-79; 16th (3-1).").into_iter().map(|token| token.text).collect();
        assert_eq!(texts, ["Rp", "2,3", "triliun", "ke", "79", "16", "th", "3", "1"]);
    }

    #[test]
    fn a_token_knows_what_stands_before_it() {
        let gaps: Vec<_> = tokens("14:00 – 15.30").into_iter().map(|token| token.gap).collect();
        assert_eq!(gaps, ["", ":", " – "]);
    }
}
