//! XLIFF 2.1 and 1.2, the formats in which translators' tools take work: each paragraph a unit, each section a group.
//!
//! Specifications: <https://docs.oasis-open.org/xliff/xliff-core/v2.1/xliff-core-v2.1.html>,
//! <https://docs.oasis-open.org/xliff/v1.2/os/xliff-core.html>.
//!
//! Place in the data way: inside `write`, over what `exchange` finds in a record.
//! It must never offer a paragraph for translation that Kabar would not send.

use std::io::{self, Write};

use super::exchange::{State, Text, priority, remark, texts};
use crate::model::record::ArticleRecord;
use crate::stage::xml;

/// Which XLIFF.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Version {
    /// 2.1
    Two,
    /// 1.2
    One,
}

/// Writes XLIFF, article by article.
pub(super) struct XliffWriter<W: Write> {
    to: W,
    version: Version,
    files: u32,
}

impl<W: Write> XliffWriter<W> {
    pub fn new(mut to: W, version: Version) -> io::Result<Self> {
        let head = match version {
            Version::Two => {
                "version=\"2.1\" xmlns=\"urn:oasis:names:tc:xliff:document:2.0\" srcLang=\"id\" trgLang=\"en\""
            }
            Version::One => "version=\"1.2\" xmlns=\"urn:oasis:names:tc:xliff:document:1.2\"",
        };
        writeln!(to, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<xliff {head}>")?;
        Ok(Self { to, version, files: 0 })
    }

    /// Writes one article as a `<file>`.
    pub fn article(&mut self, record: &ArticleRecord) -> io::Result<()> {
        self.files += 1;
        let original = xml::attribute(&record.source.path);
        match self.version {
            Version::Two => writeln!(self.to, "<file id=\"f{}\" original=\"{original}\">", self.files)?,
            Version::One => writeln!(
                self.to,
                "<file original=\"{original}\" source-language=\"id\" target-language=\"en\" datatype=\"plaintext\" \
                 tool-id=\"kabar\">\n<header><tool tool-id=\"kabar\" tool-name=\"Kabar\" tool-version=\"{}\"/></header>\n<body>",
                xml::attribute(&record.provenance.kabar)
            )?,
        }
        for (section, texts) in texts(record) {
            if section > 0 {
                let kind = if self.version == Version::One { " restype=\"x-section\"" } else { "" };
                writeln!(self.to, "<group id=\"s{section}\"{kind}>")?;
            }
            for text in &texts {
                match self.version {
                    Version::Two => self.unit(text)?,
                    Version::One => self.trans_unit(text)?,
                }
            }
            if section > 0 {
                writeln!(self.to, "</group>")?;
            }
        }
        self.to.write_all(if self.version == Version::One { b"</body>\n</file>\n" } else { b"</file>\n" })
    }

    pub fn finish(mut self) -> io::Result<W> {
        self.to.write_all(b"</xliff>\n")?;
        self.to.flush()?;
        Ok(self.to)
    }

    /// A unit of XLIFF 2. Its states know no "needs review": a doubtful text stays `initial`, with a sub-state that says why.
    fn unit(&mut self, text: &Text<'_>) -> io::Result<()> {
        let (address, kind) = (text.address(), text.kind);
        let translate = if text.skipped.is_some() { " translate=\"no\"" } else { "" };
        writeln!(self.to, "<unit id=\"{address}\" name=\"{}\" type=\"kabar:{kind}\"{translate}>", name(text))?;
        let notes = notes(text);
        if !notes.is_empty() {
            writeln!(self.to, "<notes>")?;
            for note in &notes {
                let (category, priority, words) = (xml::attribute(note.rule), note.priority, xml::text(&note.words));
                writeln!(self.to, "<note category=\"{category}\" priority=\"{priority}\">{words}</note>")?;
            }
            writeln!(self.to, "</notes>")?;
        }
        let state = match text.state() {
            State::Translated => "state=\"translated\"",
            State::Review => "state=\"initial\" subState=\"kabar:needs-review\"",
            State::Initial => "state=\"initial\"",
        };
        let source = format!("<source xml:space=\"preserve\">{}</source>", xml::text(text.id));
        let target = text.en.map(|en| format!("<target xml:space=\"preserve\">{}</target>", xml::text(en)));
        writeln!(self.to, "<segment {state}>{source}{}</segment>\n</unit>", target.unwrap_or_default())
    }

    fn trans_unit(&mut self, text: &Text<'_>) -> io::Result<()> {
        let (address, kind) = (text.address(), text.kind);
        let translate = if text.skipped.is_some() { " translate=\"no\"" } else { "" };
        let state = match text.state() {
            State::Translated => "translated",
            State::Review => "needs-review-translation",
            State::Initial => "new",
        };
        writeln!(
            self.to,
            "<trans-unit id=\"{address}\" resname=\"{}\" restype=\"x-{kind}\"{translate} xml:space=\"preserve\">\
             <source xml:lang=\"id\">{}</source><target xml:lang=\"en\" state=\"{state}\">{}</target>",
            name(text),
            xml::text(text.id),
            xml::text(text.en.unwrap_or_default())
        )?;
        for note in notes(text) {
            let (from, priority, words) = (xml::attribute(note.rule), note.priority, xml::text(&note.words));
            writeln!(self.to, "<note from=\"{from}\" priority=\"{priority}\" annotates=\"target\">{words}</note>")?;
        }
        writeln!(self.to, "</trans-unit>")
    }
}

/// What a reader calls it: the address that briefings cite.
fn name(text: &Text<'_>) -> String {
    if text.n == 0 { "title".into() } else { format!("¶{}", text.n) }
}

struct Note<'a> {
    rule: &'a str,
    priority: u8,
    words: String,
}

fn notes<'a>(text: &Text<'a>) -> Vec<Note<'a>> {
    let skipped =
        text.skipped.map(|why| Note { rule: "skipped", priority: 5, words: format!("not translated: {why}") });
    let found = text.findings.iter().map(|finding| Note {
        rule: &finding.rule,
        priority: priority(finding.severity),
        words: remark(finding),
    });
    skipped.into_iter().chain(found).collect()
}
