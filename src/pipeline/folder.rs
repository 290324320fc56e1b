//! The finished articles of a folder, looked up by name.
//!
//! Place in the data way: `brief`, its check and `site` read with it what was written.
//! It must never lead out of the folder, whatever a name says.

use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::model::briefing::{Briefing, Cite};
use crate::model::record::ArticleRecord;
use crate::stage::brief::{Cited, Library, Records, Story, same_name, title};
use crate::stage::read::{InputError, record_at, records};
use crate::stage::write::{Files, Sources, relative};

/// A record's name: its path below the folder, `/`-separated, without `.json`.
pub fn name_of(dir: &Path, path: &Path) -> String {
    let below = path.strip_prefix(dir).unwrap_or(path).with_extension("");
    below.components().map(|part| part.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/")
}

/// Whether a name stays below its folder.
pub(super) fn is_inside(name: &str) -> bool {
    name.split('/').all(|part| !matches!(part, "" | "." | "..") && !part.contains(['\0', '\\']))
}

/// The record of that name; `None` where there is none, or the name would lead out of the folder.
pub(super) fn load(dir: &Path, name: &str) -> Result<Option<ArticleRecord>, InputError> {
    let path = dir.join(format!("{name}.json"));
    if is_inside(name) && path.is_file() { record_at(&path) } else { Ok(None) }
}

fn cited(record: &ArticleRecord, cite: &Cite) -> Option<Cited> {
    let paragraph = record.paragraphs().find(|p| p.n == cite.paragraph)?;
    Some(Cited { id: paragraph.id.clone(), en: paragraph.en.clone() })
}

/// The records of one event.
pub(super) struct Shelf<'a>(pub &'a Records);

impl Library for Shelf<'_> {
    fn paragraph(&self, cite: &Cite) -> Option<Cited> {
        cited(self.0.get(&cite.article)?, cite)
    }
}

/// The finished articles of a folder; each is read when it is first cited.
pub struct Folder {
    dir: PathBuf,
    read: std::cell::RefCell<HashMap<String, Option<Arc<ArticleRecord>>>>,
    /// Outlets and titles of all of them, once they are asked for.
    all: std::cell::OnceCell<(BTreeSet<String>, BTreeSet<String>)>,
}

impl Folder {
    /// The articles below `dir`.
    pub fn new(dir: &Path) -> Self {
        Self { dir: dir.to_owned(), read: std::cell::RefCell::default(), all: std::cell::OnceCell::new() }
    }

    /// The record of that name, if it is there and whole.
    pub fn record(&self, name: &str) -> Option<Arc<ArticleRecord>> {
        let known = self.read.borrow().get(name).cloned();
        known.unwrap_or_else(|| {
            let record = load(&self.dir, name).ok().flatten().map(Arc::new);
            self.read.borrow_mut().insert(name.to_owned(), record.clone());
            record
        })
    }

    /// What the citations of a briefing lead to, for one that is written into the folder `from`.
    pub fn sources(&self, briefing: &Briefing, from: &Path) -> Sources {
        let file = |name: &str, extension: &str| {
            let path = self.dir.join(format!("{name}.{extension}"));
            (is_inside(name) && path.is_file()).then(|| relative(from, &path))
        };
        let files = |name: &str| (name.to_owned(), Files { html: file(name, "html"), md: file(name, "md") });
        let words = |cite: &Cite| Some((cite.clone(), self.paragraph(cite)?));
        Sources {
            articles: briefing.articles().map(files).collect(),
            paragraphs: briefing.cites().filter_map(words).collect(),
        }
    }
}

impl Folder {
    /// The outlets and the titles of all articles.
    fn all(&self) -> &(BTreeSet<String>, BTreeSet<String>) {
        let of = |(path, record): (PathBuf, ArticleRecord)| {
            let name = name_of(&self.dir, &path);
            (Story::outlet_of(&name, &record), title(&name, &record).to_owned())
        };
        self.all.get_or_init(|| records(&self.dir).flatten().map(of).unzip())
    }
}

impl Library for Folder {
    fn paragraph(&self, cite: &Cite) -> Option<Cited> {
        cited(&*self.record(&cite.article)?, cite)
    }

    fn has_outlet(&self, name: &str) -> bool {
        self.all().0.iter().any(|outlet| same_name(outlet, name))
    }

    fn has_article(&self, name: &str) -> bool {
        self.record(name).is_some()
    }

    fn has_title(&self, words: &str) -> bool {
        self.all().1.iter().any(|title| same_name(title, words))
    }
}
