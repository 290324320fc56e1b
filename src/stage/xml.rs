//! Text of an article as XML: what a file for translators' tools may hold.
//!
//! Place in the data way: beside it; `tmx` and `write` use it for every text that is not their own.
//! It must never let a text become mark-up, or write a character that XML 1.0 forbids
//! (<https://www.w3.org/TR/xml/#charsets>): such a one is left out.

use encoding_rs::Encoding;
use quick_xml::XmlVersion;
use quick_xml::escape::resolve_xml_entity;
use quick_xml::events::{BytesRef, BytesStart};

/// The text for use between tags. A carriage return is kept as such, which XML would read as a line feed.
pub fn text(text: &str) -> String {
    escaped(text, false)
}

/// The text for use inside a quoted attribute. Tabs and line breaks are kept, which XML would read as spaces.
pub fn attribute(text: &str) -> String {
    escaped(text, true)
}

/// The encoding that a file declares; UTF-8 where it declares none (<https://www.w3.org/TR/xml/#charencoding>).
pub fn encoding(file: &[u8]) -> &'static Encoding {
    let start = String::from_utf8_lossy(file.get(..DECLARATION.min(file.len())).unwrap_or_default());
    let declared = start.split_once("?>").and_then(|(start, _)| start.split_once("encoding"));
    let label = declared.and_then(|(_, rest)| rest.split(['"', '\'']).nth(1));
    label.and_then(|label| Encoding::for_label(label.as_bytes())).unwrap_or(encoding_rs::UTF_8)
}

/// Bytes within which a declaration ends.
const DECLARATION: usize = 200;

/// The text that a reference stands for; `None` where XML knows no such name.
pub fn resolved(name: &BytesRef<'_>) -> Option<String> {
    let character = name.resolve_char_ref().ok().flatten().map(String::from);
    character.or_else(|| resolve_xml_entity(name).map(str::to_owned))
}

/// The value of an attribute of an element that is read.
pub fn value(start: &BytesStart<'_>, name: &str) -> Option<String> {
    let attribute = start.try_get_attribute(name).ok().flatten()?;
    Some(attribute.normalized_value(XmlVersion::Explicit1_0).ok()?.into_owned())
}

fn escaped(text: &str, in_attribute: bool) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' if in_attribute => out.push_str("&quot;"),
            '\r' => out.push_str("&#13;"),
            '\t' | '\n' if in_attribute => out.push_str(if c == '\t' { "&#9;" } else { "&#10;" }),
            c if is_forbidden(c) => {}
            c => out.push(c),
        }
    }
    out
}

/// The text without the characters that XML forbids.
pub fn legal(text: &str) -> String {
    text.chars().filter(|c| !is_forbidden(*c)).collect()
}

fn is_forbidden(c: char) -> bool {
    matches!(c, '\0'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_becomes_mark_up_or_breaks_the_file() {
        assert_eq!(text("</seg> & \"x\"\u{1b}\r\n"), "&lt;/seg&gt; &amp; \"x\"&#13;\n");
        assert_eq!(attribute("a\"\n<b>\u{0}"), "a&quot;&#10;&lt;b&gt;");
    }
}
