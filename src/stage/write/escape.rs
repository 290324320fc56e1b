//! Makes text of an article harmless inside Markdown: it shows as the words it is and never as mark-up.
//!
//! Covers `CommonMark` 0.31 and the GitHub extensions (tables, strike-through, bare links, mathematics):
//! <https://spec.commonmark.org/0.31.2/>, <https://github.github.com/gfm/>.
//!
//! Place in the data way: inside `write`, used by `markdown` for every text that is not its own.
//! It must never drop a visible character.

/// One line of text for use anywhere in a Markdown line: white space runs (line breaks too) become one space.
pub(super) fn inline(text: &str) -> String {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    line(&text)
}

/// The lines of a text, each fit to begin a Markdown line; empty ones are left out.
pub(super) fn lines(text: &str) -> Vec<String> {
    text.lines().map(inline).filter(|line| !line.is_empty()).collect()
}

/// An address as a link where it is a plain web address, else as text.
pub(super) fn address(url: &str) -> String {
    let is_plain = |c: char| c.is_ascii_graphic() && !matches!(c, '<' | '>' | '\\' | '`' | '"');
    if is_web(url) && url.chars().all(is_plain) { format!("<{url}>") } else { inline(url) }
}

/// Whether an address is one of the web: nothing else is ever linked.
pub(super) fn is_web(url: &str) -> bool {
    url.starts_with("https://") || url.starts_with("http://")
}

fn line(text: &str) -> String {
    let has_maths = text.matches('$').nth(1).is_some();
    let mut out = String::with_capacity(text.len() + 8);
    let mut rest = text;
    let opening = opening(text);
    while let Some(c) = rest.chars().next() {
        let is_opening = opening.is_some_and(|at| text.len() - rest.len() == at);
        rest = rest.get(c.len_utf8()..).unwrap_or_default();
        match c {
            '<' => out.push_str("&lt;"),
            '&' if is_entity(rest) => out.push_str("&amp;"),
            c if is_bidi(c) => {}
            c if c.is_control() => out.push('\u{fffd}'),
            c => {
                let is_special = matches!(c, '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '~' | '@')
                    || c == '$' && has_maths
                    || c == ':' && rest.starts_with("//")
                    || c == '.' && out.to_ascii_lowercase().ends_with("www");
                if is_special || is_opening {
                    out.push('\\');
                }
                out.push(c);
            }
        }
    }
    out
}

/// Where the character stands that would make a heading, quotation, list, rule or underline of the line.
fn opening(text: &str) -> Option<usize> {
    let first = text.chars().next()?;
    if matches!(first, '#' | '>' | '+' | '-' | '=') {
        return Some(0);
    }
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let after = text.as_bytes().get(digits)?;
    (digits > 0 && digits < 10 && matches!(after, b'.' | b')')).then_some(digits)
}

fn is_entity(rest: &str) -> bool {
    let name = rest.strip_prefix('#').unwrap_or(rest);
    let length = name.bytes().take_while(u8::is_ascii_alphanumeric).count();
    length > 0 && name.as_bytes().get(length) == Some(&b';')
}

/// Characters that turn the direction of what follows, so that a text reads as what it is not
/// (<https://unicode.org/reports/tr9/>).
pub(super) fn is_bidi(c: char) -> bool {
    matches!(c, '\u{061c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mark_up_of_every_kind_is_shown_as_text() {
        for (text, shown) in [
            ("*bold* _it_ `code`", "\\*bold\\* \\_it\\_ \\`code\\`"),
            ("[a](http://x)", "\\[a\\](http\\://x)"),
            ("<script>alert(1)</script>", "&lt;script>alert(1)&lt;/script>"),
            ("&lt; &#60; R&D", "&amp;lt; &amp;#60; R&D"),
            ("# Heading", "\\# Heading"),
            ("> quote", "\\> quote"),
            ("- item", "\\- item"),
            ("---", "\\---"),
            ("===", "\\==="),
            ("1. item", "1\\. item"),
            ("2025) item", "2025\\) item"),
            ("a | b ~~c~~", "a \\| b \\~\\~c\\~\\~"),
            ("US$5 and US$6", "US\\$5 and US\\$6"),
            ("US$5", "US$5"),
            ("www.detik.com", "www\\.detik.com"),
            ("back\\slash", "back\\\\slash"),
        ] {
            assert_eq!(inline(text), shown, "{text}");
        }
    }

    #[test]
    fn ordinary_news_stays_as_it_is() {
        for text in
            ["“Kami siap,” ujar Halevi (54) – 10.000 orang, 3,5%!", "Rp 2,3 triliun; 14.00 WIB", "10.000 tentara"]
        {
            assert_eq!(inline(text).replace('\\', ""), text);
        }
    }

    #[test]
    fn controls_and_direction_marks_are_made_harmless() {
        assert_eq!(inline("a\u{202e}b\u{1b}[31mc\u{0}"), "ab\u{fffd}\\[31mc\u{fffd}");
        assert_eq!(lines("one\r\n\r\n   - two\n"), ["one", "\\- two"]);
    }

    #[test]
    fn only_plain_web_addresses_become_links() {
        assert_eq!(address("https://news.detik.com/a"), "<https://news.detik.com/a>");
        assert_eq!(address("javascript:alert(1)"), "javascript:alert(1)");
        assert_eq!(address("https://x/><script>"), "https\\://x/>&lt;script>");
    }
}
