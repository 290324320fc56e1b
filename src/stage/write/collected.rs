//! Many records in one file, for data people and translators: written one after the other, none is kept.
//!
//! Place in the data way: after `deliver`, over finished records; `kabar export` uses it.
//! It must never hold more than the record that it writes.
//!
//! To add a form: a line in [`Collection`], its file with the lines of one record, an arm in each function here.

use std::io::{self, Write};

use super::xliff::{Version, XliffWriter};
use super::{csv, exchange};
use crate::model::record::ArticleRecord;
use crate::stage::tmx::TmxWriter;

/// A form of file that holds many articles.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Collection {
    /// One record a line.
    Jsonl,
    /// One figure a line.
    Csv,
    /// TMX 1.4b.
    Tmx,
    /// XLIFF 2.1.
    Xliff,
    /// XLIFF 1.2.
    Xliff12,
}

impl Collection {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Jsonl, Self::Csv, Self::Tmx, Self::Xliff, Self::Xliff12];

    /// What the command line calls it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Jsonl => "jsonl",
            Self::Csv => "csv",
            Self::Tmx => "tmx",
            Self::Xliff => "xliff",
            Self::Xliff12 => "xliff12",
        }
    }

    /// The form of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|form| form.name() == name)
    }

    /// The form that a file's ending names: those of single articles, `jsonl` and `csv`.
    pub fn of_ending(ending: &str) -> Option<Self> {
        if ending == "xlf" { Some(Self::Xliff12) } else { Self::named(ending).filter(|form| *form != Self::Xliff12) }
    }
}

/// A file that grows by one record after the other.
pub struct Collector<W: Write>(Inner<W>);

enum Inner<W: Write> {
    Jsonl(W),
    Csv(W),
    Tmx(TmxWriter<W>),
    Xliff(XliffWriter<W>),
}

impl<W: Write> Collector<W> {
    /// Writes the head.
    ///
    /// # Errors
    /// Those of the writer.
    pub fn new(form: Collection, mut to: W) -> io::Result<Self> {
        Ok(Self(match form {
            Collection::Jsonl => Inner::Jsonl(to),
            Collection::Csv => {
                to.write_all(csv::HEAD.as_bytes())?;
                Inner::Csv(to)
            }
            Collection::Tmx => Inner::Tmx(TmxWriter::new(to, env!("CARGO_PKG_VERSION"))?),
            Collection::Xliff => Inner::Xliff(XliffWriter::new(to, Version::Two)?),
            Collection::Xliff12 => Inner::Xliff(XliffWriter::new(to, Version::One)?),
        }))
    }

    /// Writes the record of the article called `name`.
    ///
    /// # Errors
    /// Those of the writer.
    pub fn add(&mut self, name: &str, record: &ArticleRecord) -> io::Result<()> {
        match &mut self.0 {
            Inner::Csv(to) => to.write_all(csv::lines(name, record).as_bytes()),
            Inner::Jsonl(to) => {
                serde_json::to_writer(&mut *to, record)?;
                to.write_all(b"\n")
            }
            Inner::Tmx(to) => exchange::add_to_tmx(to, record),
            Inner::Xliff(to) => to.article(record),
        }
    }

    /// Writes the end and gives the writer back.
    ///
    /// # Errors
    /// Those of the writer.
    pub fn finish(self) -> io::Result<W> {
        match self.0 {
            Inner::Csv(mut to) | Inner::Jsonl(mut to) => to.flush().map(|()| to),
            Inner::Tmx(to) => to.finish(),
            Inner::Xliff(to) => to.finish(),
        }
    }
}

/// A file of one article.
pub(super) fn single(record: &ArticleRecord, form: Collection) -> String {
    let written = Collector::new(form, Vec::new()).and_then(|mut file| {
        file.add("", record)?;
        file.finish()
    });
    #[expect(clippy::expect_used, reason = "writing into memory cannot fail")]
    let bytes = written.expect("write into memory");
    String::from_utf8_lossy(&bytes).into_owned()
}
