//! Reads what translators give back as XLIFF 1.2 or 2.x: the pairs that they approved.
//!
//! Place in the data way: beside it; `kabar memory import` reads with it what `write` handed over.
//! It must never take a text for a translator's that nobody approved: most texts of such a file are a machine's.

use quick_xml::events::{BytesStart, Event};
use quick_xml::reader::Reader;

use super::tmx::Pair;
use super::xml::{resolved, value};

/// Whether a file looks like XLIFF.
pub fn is_xliff(text: &str) -> bool {
    text.contains("urn:oasis:names:tc:xliff:document:")
}

/// Hands out every approved pair of Indonesian and English: `approved="yes"`, or a target that is `final` or
/// `signed-off` (1.2); a segment that is `reviewed` or `final` (2.x).
///
/// # Errors
/// Where the file is not well-formed, or is not of Indonesian into English.
pub fn read(text: &str, take: &mut dyn FnMut(Pair)) -> Result<(), String> {
    let mut reader = Reader::from_str(text);
    let mut unit = Unit::default();
    loop {
        match reader.read_event().map_err(|error| format!("is not well-formed: {error}"))? {
            Event::Eof => return Ok(()),
            Event::Start(start) => unit.open(&start)?,
            Event::Text(part) => unit.text(&part),
            Event::CData(part) => unit.text(&part),
            Event::GeneralRef(name) => unit.text(&resolved(&name).unwrap_or_default()),
            Event::End(end) => unit.close(end.local_name().as_ref(), take),
            _ => {}
        }
    }
}

/// Which text is being read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    Source,
    Target,
}

/// The unit of 1.2, or the segment of 2.x, that is being read.
#[derive(Default)]
struct Unit {
    pair: Pair,
    approved: bool,
    side: Option<Side>,
    /// Depth inside elements that hold a foreign tool's codes, or another tool's proposals.
    aside: usize,
}

/// Elements whose content is no text of the unit.
fn is_aside(element: &str) -> bool {
    matches!(element, "bpt" | "ept" | "it" | "ph" | "alt-trans" | "matches")
}

impl Unit {
    fn open(&mut self, start: &BytesStart<'_>) -> Result<(), String> {
        let is = |name: &str, values: &[&str]| value(start, name).is_some_and(|value| values.contains(&value.as_str()));
        match start.local_name().as_ref() {
            "xliff" | "file" => return languages(start),
            "trans-unit" => *self = Self { approved: is("approved", &["yes"]), ..Self::default() },
            "segment" => *self = Self { approved: is("state", &["reviewed", "final"]), ..Self::default() },
            element if is_aside(element) => self.aside += 1,
            "source" => self.side = Some(Side::Source),
            "target" => {
                self.side = Some(Side::Target);
                self.approved |= self.aside == 0 && is("state", &["final", "signed-off"]);
            }
            _ => {}
        }
        Ok(())
    }

    fn text(&mut self, text: &str) {
        match self.side.filter(|_| self.aside == 0) {
            Some(Side::Source) => self.pair.id.push_str(text),
            Some(Side::Target) => self.pair.en.push_str(text),
            None => {}
        }
    }

    fn close(&mut self, element: &str, take: &mut dyn FnMut(Pair)) {
        match element {
            "source" | "target" => self.side = None,
            element if is_aside(element) => self.aside = self.aside.saturating_sub(1),
            "trans-unit" | "segment" => {
                let Self { pair, approved, .. } = std::mem::take(self);
                let (id, en) = (pair.id.trim().to_owned(), pair.en.trim().to_owned());
                if approved && !id.is_empty() && !en.is_empty() {
                    take(Pair { id, en, ..Pair::default() });
                }
            }
            _ => {}
        }
    }
}

/// Refuses a file that is not of Indonesian into English.
fn languages(start: &BytesStart<'_>) -> Result<(), String> {
    for (names, wanted) in
        [(["srcLang", "source-language"], ["id", "in"]), (["trgLang", "target-language"], ["en", "en"])]
    {
        for language in names.iter().filter_map(|name| value(start, name)) {
            let language = language.to_lowercase();
            if !wanted.contains(&language.split(['-', '_']).next().unwrap_or_default()) {
                return Err(format!("is of \"{language}\", not of Indonesian into English"));
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(text: &str) -> Vec<(String, String)> {
        let mut found = Vec::new();
        read(text, &mut |pair| found.push((pair.id, pair.en))).unwrap();
        found
    }

    #[test]
    fn of_1_2_only_what_was_approved_is_taken() {
        let text = r#"<xliff version="1.2" xmlns="urn:oasis:names:tc:xliff:document:1.2">
            <file source-language="id-ID" target-language="en-GB"><body>
            <trans-unit id="a" approved="yes"><source>Banjir &amp; <g id="1">longsor</g></source>
            <target>Floods &amp; <g id="1">landslides</g><ph id="2">{code}</ph></target>
            <alt-trans><source>Lain</source><target>Other</target></alt-trans></trans-unit>
            <trans-unit id="b"><source>Satu</source><target state="translated">One</target></trans-unit>
            <trans-unit id="c"><source>Dua</source><target state="final">Two</target></trans-unit>
            </body></file></xliff>"#;
        let pair = |id: &str, en: &str| (id.to_owned(), en.to_owned());
        assert_eq!(pairs(text), [pair("Banjir & longsor", "Floods & landslides"), pair("Dua", "Two")]);
    }

    #[test]
    fn of_2_1_only_reviewed_and_final_segments_are_taken() {
        let text = r#"<xliff version="2.1" xmlns="urn:oasis:names:tc:xliff:document:2.0" srcLang="id" trgLang="en"><file id="f1">
            <unit id="p1"><notes><note>x</note></notes><segment state="final"><source>Satu</source><target>One</target></segment></unit>
            <unit id="p2"><segment state="translated"><source>Dua</source><target>Two</target></segment></unit>
            <unit id="p3"><segment state="reviewed"><source>Tiga</source><target>Three</target></segment></unit></file></xliff>"#;
        let found = pairs(text);
        assert_eq!(found.iter().map(|(_, en)| en.as_str()).collect::<Vec<_>>(), ["One", "Three"]);
    }

    #[test]
    fn other_languages_and_broken_files_are_errors() {
        assert!(read("<xliff srcLang=\"fr\" trgLang=\"en\"></xliff>", &mut |_| ()).unwrap_err().contains("fr"));
        assert!(read("<xliff><file></xliff>", &mut |_| ()).is_err());
    }
}
