//! TMX 1.4b, the format in which translators' tools exchange translation memories.
//!
//! Place in the data way: beside it; `kabar memory` exports and imports with it, `write` and `kabar export` hand over articles. Format: <https://www.gala-global.org/tmx-14b>.
//! It must never take mark-up of a foreign tool for words.

use std::io::{self, Write};

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use super::xml::{self, resolved, value};
use crate::model::key::Key;

/// An Indonesian text and its English.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pair {
    /// Indonesian.
    pub id: String,
    /// English.
    pub en: String,
    /// Who changed it last, else who translated it, where the file says so.
    pub by: Option<String>,
    /// Whether it is a machine's text as Kabar wrote it into the file, untouched since.
    pub machine: bool,
}

/// What is written of one text.
#[derive(Debug, Clone, Copy, Default)]
pub struct Entry<'a> {
    /// Indonesian.
    pub id: &'a str,
    /// English.
    pub en: &'a str,
    /// Who translated it.
    pub by: &'a str,
    /// Whether that was a machine. The entry is sealed then, so that an import tells it from a translator's text.
    pub machine: bool,
    /// Facts about it, by name; names begin with `x-`.
    pub facts: &'a [(&'a str, String)],
    /// Remarks for who works on it.
    pub notes: &'a [String],
}

/// The name of the fact that seals a machine's text.
const SEAL: &str = "x-kabar-machine";

/// A hash of a pair, white space aside.
fn seal(id: &str, en: &str) -> String {
    let words = |text: &str| xml::legal(text).split_whitespace().collect::<Vec<_>>().join(" ");
    Key::of(["tmx/1", &words(id), &words(en)]).hex().chars().take(16).collect()
}

/// Writes TMX, text by text.
pub struct TmxWriter<W: Write> {
    to: W,
}

impl<W: Write> TmxWriter<W> {
    /// Writes the head. `version` is Kabar's.
    pub fn new(mut to: W, version: &str) -> io::Result<Self> {
        write!(
            to,
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<tmx version=\"1.4\">\n  <header creationtool=\"kabar\" \
             creationtoolversion=\"{version}\" segtype=\"paragraph\" o-tmf=\"kabar\" adminlang=\"en\" srclang=\"id\" \
             datatype=\"plaintext\"/>\n  <body>\n"
        )?;
        Ok(Self { to })
    }

    /// Writes one text in both languages.
    pub fn entry(&mut self, entry: &Entry<'_>) -> io::Result<()> {
        writeln!(self.to, "    <tu>")?;
        for note in entry.notes {
            writeln!(self.to, "      <note>{}</note>", xml::text(note))?;
        }
        for (name, value) in entry.facts {
            writeln!(self.to, "      <prop type=\"{}\">{}</prop>", xml::attribute(name), xml::text(value))?;
        }
        if entry.machine {
            writeln!(self.to, "      <prop type=\"{SEAL}\">{}</prop>", seal(entry.id, entry.en))?;
        }
        writeln!(
            self.to,
            "      <tuv xml:lang=\"id\"><seg>{}</seg></tuv>\n      <tuv xml:lang=\"en\" creationid=\"{}\"><seg>{}</seg></tuv>\n    </tu>",
            xml::text(entry.id),
            xml::attribute(entry.by),
            xml::text(entry.en)
        )
    }

    /// Writes the end.
    pub fn finish(mut self) -> io::Result<W> {
        self.to.write_all(b"  </body>\n</tmx>\n")?;
        self.to.flush()?;
        Ok(self.to)
    }
}

/// Hands out every pair that has both an Indonesian and an English text.
///
/// # Errors
/// Where the file is not well-formed or not TMX; pairs before that place were handed out.
pub fn read(text: &str, take: &mut dyn FnMut(Pair)) -> Result<(), String> {
    let mut reader = Reader::from_str(text);
    let mut unit = Unit::default();
    let mut is_tmx = false;
    loop {
        match reader.read_event().map_err(|error| format!("is not well-formed: {error}"))? {
            Event::Eof if is_tmx => return Ok(()),
            Event::Eof => return Err("is not a TMX file".into()),
            Event::Start(start) => {
                is_tmx |= start.local_name().as_ref() == "tmx";
                unit.open(&start);
            }
            Event::Text(part) => unit.text(&part),
            Event::CData(part) => unit.text(&part),
            Event::GeneralRef(name) => unit.text(&resolved(&name).unwrap_or_default()),
            Event::End(end) => unit.close(end.local_name().as_ref(), take),
            _ => {}
        }
    }
}

/// The `<tu>` that is being read.
#[derive(Default)]
struct Unit {
    pair: Pair,
    language: String,
    in_segment: bool,
    in_seal: bool,
    seal: String,
    /// Depth inside elements that hold a foreign tool's codes.
    codes: usize,
}

/// Elements inside `<seg>` whose content is not text of the segment.
fn holds_codes(element: &str) -> bool {
    matches!(element, "bpt" | "ept" | "it" | "ph" | "ut")
}

impl Unit {
    fn open(&mut self, start: &BytesStart<'_>) {
        match start.local_name().as_ref() {
            "tu" => {
                self.pair = Pair { by: author(start), ..Pair::default() };
                self.seal.clear();
            }
            "tuv" => {
                self.language = language(start);
                if self.language.starts_with("en") {
                    self.pair.by = author(start).or(self.pair.by.take());
                }
            }
            "prop" => self.in_seal = value(start, "type").as_deref() == Some(SEAL),
            "seg" => self.in_segment = true,
            element if holds_codes(element) => self.codes += 1,
            _ => {}
        }
    }

    fn text(&mut self, text: &str) {
        if self.in_seal {
            self.seal.push_str(text);
        }
        if !self.in_segment || self.codes > 0 {
            return;
        }
        match self.language.split(['-', '_']).next() {
            Some("id" | "in") => self.pair.id.push_str(text),
            Some("en") => self.pair.en.push_str(text),
            _ => {}
        }
    }

    fn close(&mut self, element: &str, take: &mut dyn FnMut(Pair)) {
        match element {
            "seg" => self.in_segment = false,
            "prop" => self.in_seal = false,
            element if holds_codes(element) => self.codes = self.codes.saturating_sub(1),
            "tu" => {
                let pair = std::mem::take(&mut self.pair);
                let (id, en) = (pair.id.trim().to_owned(), pair.en.trim().to_owned());
                if !id.is_empty() && !en.is_empty() {
                    let machine = seal(&id, &en) == self.seal.trim();
                    take(Pair { id, en, by: pair.by, machine });
                }
            }
            _ => {}
        }
    }
}

/// `xml:lang`, or `lang` as older files have it, in lower case.
fn language(start: &BytesStart<'_>) -> String {
    value(start, "xml:lang").or_else(|| value(start, "lang")).unwrap_or_default().to_lowercase()
}

/// Who changed it last, else who made it.
fn author(start: &BytesStart<'_>) -> Option<String> {
    let name = value(start, "changeid").or_else(|| value(start, "creationid"))?;
    Some(name.trim().to_owned()).filter(|name| !name.is_empty())
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
    fn what_is_written_is_read_back() {
        let texts = [("Halo <b>", "Hello \"&\" <b>"), ("baris\nbaru", "new\nline"), ("kendali\u{1}", "control\u{c}")];
        let mut file = Vec::new();
        let mut writer = TmxWriter::new(&mut file, "1").unwrap();
        for (id, en) in texts {
            writer.entry(&Entry { id, en, by: "desk", ..Entry::default() }).unwrap();
        }
        writer.finish().unwrap();
        let found = pairs(std::str::from_utf8(&file).unwrap());
        let legal = |(id, en): &(&str, &str)| (id.replace('\u{1}', ""), en.replace('\u{c}', ""));
        assert_eq!(found, texts.iter().map(legal).collect::<Vec<_>>());
    }

    #[test]
    fn files_of_other_tools_are_understood() {
        let text = r#"<?xml version="1.0"?><!DOCTYPE tmx SYSTEM "tmx14.dtd"><tmx version="1.4"><header/><body>
            <tu><note>catatan</note><tuv lang="EN-US"><seg>The <bpt i="1">&lt;b&gt;</bpt>President<ept i="1"/></seg></tuv>
            <tuv xml:lang="id-ID"><seg>Presiden&#33;</seg></tuv></tu>
            <tu><tuv xml:lang="id"><seg>Tanpa Inggris</seg></tuv><tuv xml:lang="de"><seg>Ohne</seg></tuv></tu>
            </body></tmx>"#;
        assert_eq!(pairs(text), [("Presiden!".to_owned(), "The President".to_owned())]);
    }

    #[test]
    fn a_machines_text_is_told_from_one_that_a_translator_touched() {
        let mut file = TmxWriter::new(Vec::new(), "1").unwrap();
        file.entry(&Entry { id: "Banjir besar", en: "Big flood", by: "desk", machine: true, ..Entry::default() })
            .unwrap();
        let file = String::from_utf8(file.finish().unwrap()).unwrap();
        let read_one = |text: &str| {
            let mut found = Vec::new();
            read(text, &mut |pair| found.push(pair)).unwrap();
            found.remove(0)
        };
        assert!(read_one(&file).machine);
        let edited = read_one(&file.replace("Big flood", "Major flood"));
        assert_eq!((edited.machine, edited.by.as_deref()), (false, Some("desk")));
        let by_hand = read_one(&file.replace("creationid=\"desk\"", "creationid=\"desk\" changeid=\"Rina\""));
        assert_eq!(by_hand.by.as_deref(), Some("Rina"));
    }

    #[test]
    fn what_is_no_tmx_is_an_error() {
        assert!(read("<html></html>", &mut |_| ()).is_err());
        assert!(read("<tmx><body></tmx>", &mut |_| ()).is_err());
    }
}
