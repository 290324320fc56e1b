//! XML events with the limits that files from outside need.
//!
//! Place in the data way: shared by the readers of feeds, office documents and e-books.
//! It must never expand an entity that a document defines, nor follow anything outside the document.

use quick_xml::events::{BytesRef, BytesStart, Event};
use quick_xml::{Reader, XmlVersion};

use crate::stage::xml;

/// Deepest nesting; feeds and office documents stay below 100.
const DEEPEST: usize = 500;

/// What a reader of XML is told.
pub enum Part<'a> {
    /// An element begins; an empty one is followed by its end.
    Start(&'a BytesStart<'a>),
    /// An element ends.
    End(&'a str),
    /// Text, entities resolved.
    Text(&'a str),
}

/// Reads a document and tells its parts to `each`.
///
/// # Errors
/// Where it is not well-formed, defines entities, or nests too deep.
pub fn each(xml: &str, mut each: impl FnMut(Part<'_>)) -> Result<(), String> {
    let mut reader = Reader::from_str(xml);
    let mut depth = 0usize;
    loop {
        match reader.read_event().map_err(|error| format!("is not well-formed XML: {error}"))? {
            Event::Eof if depth > 0 => return Err("is not well-formed XML: it ends inside an element".into()),
            Event::Eof => return Ok(()),
            Event::DocType(doctype) if doctype.contains("<!ENTITY") => {
                return Err("defines XML entities, which are not expanded".into());
            }
            Event::Start(start) => {
                depth += 1;
                if depth > DEEPEST {
                    return Err(format!("nests deeper than {DEEPEST} elements"));
                }
                each(Part::Start(&start));
            }
            Event::Empty(start) => {
                each(Part::Start(&start));
                each(Part::End(start.local_name().as_ref()));
            }
            Event::End(end) => {
                depth = depth.saturating_sub(1);
                each(Part::End(end.local_name().as_ref()));
            }
            Event::Text(text) => each(Part::Text(&text)),
            Event::CData(text) => each(Part::Text(&text)),
            Event::GeneralRef(name) => each(Part::Text(&resolved(&name))),
            _ => {}
        }
    }
}

/// The text that a reference stands for; the few names that HTML writers use in XML are known, others stay as written.
fn resolved(name: &BytesRef<'_>) -> String {
    let known = xml::resolved(name).or_else(|| {
        let known = match &**name {
            "nbsp" => " ",
            "ldquo" => "“",
            "rdquo" => "”",
            "lsquo" => "‘",
            "rsquo" => "’",
            "ndash" => "–",
            "mdash" => "—",
            "hellip" => "…",
            _ => return None,
        };
        Some(known.to_owned())
    });
    known.unwrap_or_else(|| format!("&{};", &**name))
}

/// The value of an attribute by its local name.
pub fn attribute(start: &BytesStart<'_>, name: &str) -> Option<String> {
    let found = start.attributes().flatten().find(|attribute| attribute.key.local_name().as_ref() == name)?;
    found.normalized_value(XmlVersion::Explicit1_0).ok().map(std::borrow::Cow::into_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_that_define_entities_are_refused() {
        let laughs = "<!DOCTYPE l [<!ENTITY a \"ha\"><!ENTITY b \"&a;&a;\">]><l>&b;</l>";
        assert!(each(laughs, |_| {}).unwrap_err().contains("entities"));
        assert!(each(&"<a>".repeat(1000), |_| {}).unwrap_err().contains("nests deeper"));
        assert!(each("<a><b></a>", |_| {}).is_err());
        assert!(each("<a>", |_| {}).is_err());
    }
}
