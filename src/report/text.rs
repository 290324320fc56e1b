//! Text that is safe on a terminal, and the one place that writes a plain line to standard error.
//!
//! Place in the data way: beside it.
//! It must never pass on a control character of an article, a file name or a server.

use std::io::Write as _;

/// `text` with control characters shown as their names (`\u{1b}`), so that they cannot steer a terminal.
/// Line breaks stay; so do all letters.
pub fn printable(text: &str) -> String {
    text.chars().fold(String::with_capacity(text.len()), |mut out, c| {
        match c {
            '\n' => out.push(c),
            '\t' => out.push(' '),
            c if c.is_control() || is_steering(c) => out.extend(c.escape_unicode()),
            c => out.push(c),
        }
        out
    })
}

/// Characters that turn the direction of text, or are invisible line breaks.
fn is_steering(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

/// Writes one message to standard error; where that cannot be done, nothing can.
pub fn complain(message: &str) {
    let _ = writeln!(std::io::stderr(), "kabar: {}", printable(message));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_from_outside_cannot_steer_the_terminal() {
        assert_eq!(printable("a\u{1b}[2Jb\rc\u{9b}d"), "a\\u{1b}[2Jb\\u{d}c\\u{9b}d");
        assert_eq!(printable("abc\u{202e}txt.exe"), "abc\\u{202e}txt.exe");
        assert_eq!(printable("“Halo”\nRp 10.000"), "“Halo”\nRp 10.000");
    }
}
