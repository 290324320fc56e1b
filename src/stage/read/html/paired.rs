//! XHTML's empty elements that a reader of HTML would never see the end of: `<title/>` becomes `<title></title>`.
//!
//! Place in the data way: before the HTML reader takes XHTML apart.
//! It must never touch what stands inside a script or a style sheet.

use std::borrow::Cow;

/// Elements whose text a reader of HTML takes as it stands, up to their end tag.
const RAW: [&str; 6] = ["title", "script", "style", "textarea", "iframe", "noscript"];

/// The text with an end tag behind each of these that closes itself.
pub fn paired(html: &str) -> Cow<'_, str> {
    let mut out = String::new();
    let (mut copied, mut at) = (0, 0);
    while let Some(found) = html.get(at..).and_then(|rest| rest.find('<')) {
        let start = at + found;
        let rest = html.get(start + 1..).unwrap_or_default();
        at = start + 1;
        let Some(name) = RAW.iter().find(|name| begins_with(rest, name)) else { continue };
        let Some(end) = tag_end(rest) else { break };
        at += end + 1;
        if rest.get(..end).is_some_and(|tag| tag.ends_with('/')) {
            out.push_str(html.get(copied..at - 2).unwrap_or_default());
            out.push_str(&format!("></{name}>"));
            copied = at;
        } else {
            // What stands inside is passed over. Without an end tag that is all the rest; to look on for one behind each
            // of many openers would take as long as their number squared.
            let Some(inside) = html.get(at..).and_then(|inside| end_tag(inside, name)) else { break };
            at += inside;
        }
    }
    if copied == 0 {
        return Cow::Borrowed(html);
    }
    out.push_str(html.get(copied..).unwrap_or_default());
    Cow::Owned(out)
}

fn begins_with(tag: &str, name: &str) -> bool {
    tag.strip_prefix(name).is_some_and(|rest| rest.starts_with([' ', '\t', '\n', '\r', '/', '>']))
}

/// Where the end tag of an element stands, written in whatever case.
fn end_tag(inside: &str, name: &str) -> Option<usize> {
    let is_end = |at: &usize| {
        let found = inside.as_bytes().get(at + 2..at + 2 + name.len());
        found.is_some_and(|found| found.eq_ignore_ascii_case(name.as_bytes()))
    };
    inside.match_indices("</").map(|(at, _)| at).find(is_end)
}

/// Where a tag's `>` stands, outside the quotation marks of its attributes.
fn tag_end(tag: &str) -> Option<usize> {
    let mut quote = None;
    tag.bytes().position(|byte| {
        match quote {
            Some(open) if open == byte => quote = None,
            None if matches!(byte, b'"' | b'\'') => quote = Some(byte),
            _ => {}
        }
        quote.is_none() && byte == b'>'
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn empty_elements_get_an_end_tag_and_scripts_are_left_alone() {
        assert_eq!(
            paired("<title/><script src=\"a>b.js\" /><p>Isi <br/>"),
            "<title></title><script src=\"a>b.js\" ></script><p>Isi <br/>"
        );
        let script = "<script>var x = '<title/>';</script><titles/>";
        assert_eq!(paired(script), script);
        assert_eq!(paired("<script>x</SCRIPT><title/>"), "<script>x</SCRIPT><title></title>");
    }

    #[test]
    fn many_elements_that_nothing_closes_are_looked_through_once() {
        let open = "<noscript>".repeat(200_000);
        assert_eq!(paired(&open), open);
    }
}
