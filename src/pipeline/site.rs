//! The site: every finished article and briefing of a folder as a page, with lists and a search over them.
//!
//! Place in the data way: after `brief`, over what was written. Records are read twice, first all of them for the lists,
//! then one by one for the pages, so that they never stand in memory together.
//! It must never touch a file that it did not write, nor one whose bytes stay the same.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use crate::model::briefing::Briefing;
use crate::stage::read::{InputError, Written, record_at, written};
use crate::stage::write::{
    BriefFormat, BriefingEntry, Catalogue, Entry, Files, Index, PageOptions, Rendering, Sources, Theme, ThemeError,
    WriteError, render_article, render_briefing, render_feed, searched, write_as,
};

use super::folder::{Folder, name_of};

/// The list of the files of a site, so that the next run knows what it may remove.
const LIST: &str = ".kabar-site";
/// Briefings in the feed.
const FEED: usize = 10;

/// Everything a site is made with.
pub struct SiteMaker {
    /// The folder of finished articles and briefings.
    pub dir: PathBuf,
    /// The folder of the site.
    pub out: PathBuf,
    /// The look of pages.
    pub theme: Theme,
    /// The name of the site and where it is published.
    pub pages: PageOptions,
    /// Words that are topics wherever they stand.
    pub watch: Vec<String>,
}

/// What a site came to.
#[derive(Debug, Default)]
pub struct SiteReport {
    /// Articles.
    pub articles: usize,
    /// Briefings.
    pub briefings: usize,
    /// Files, those that stayed the same among them.
    pub files: usize,
    /// Records and briefings that are damaged.
    pub damaged: Vec<InputError>,
}

/// What stops a site.
#[derive(Debug, thiserror::Error)]
pub enum SiteError {
    /// A page cannot be written.
    #[error(transparent)]
    Write(#[from] WriteError),
    /// A page cannot be rendered.
    #[error(transparent)]
    Theme(#[from] ThemeError),
    /// A file of somebody else stands where a page belongs.
    #[error("{path} is there, and `kabar site` did not write it: move it, or choose another folder with -o", path = path.display())]
    Taken {
        /// The file.
        path: PathBuf,
    },
}

impl SiteMaker {
    /// Makes the site, and removes the pages of an earlier one that it no longer has.
    ///
    /// # Errors
    /// The first page that cannot be rendered or written. Damaged records are told in the report.
    pub fn make(&self) -> Result<SiteReport, SiteError> {
        let mut report = SiteReport::default();
        let (catalogue, mut briefings) = self.scan(&mut report);
        let mut files = Shelf::open(&self.out);
        let articles = catalogue.entries.iter().map(|entry| page_of_article(&entry.name));
        let told = catalogue.briefings.iter().map(|entry| page_of_briefing(&entry.name));
        let lists = ["index.html".to_owned(), "feed.atom".to_owned()];
        lists.into_iter().chain(articles).chain(told).try_for_each(|name| files.refuse_taken(&name))?;
        let index = self.articles(&catalogue, &mut files, &mut report)?;
        self.briefings(&catalogue, &mut briefings, &mut files)?;
        for page in catalogue.pages(&self.theme, &self.pages.title, &index) {
            let (name, text) = page?;
            files.put(&format!("{name}.html"), &text)?;
        }
        for (name, script) in index.files(&catalogue.entries) {
            files.put(&format!("{name}.js"), &script)?;
        }
        report.articles = catalogue.entries.len();
        report.briefings = catalogue.briefings.len();
        report.files = files.finish()?;
        Ok(report)
    }

    fn scan(&self, report: &mut SiteReport) -> (Catalogue, BTreeMap<String, Briefing>) {
        let (mut entries, mut listed, mut briefings) = (Vec::new(), Vec::new(), BTreeMap::new());
        for found in written(&self.dir) {
            match found {
                Ok((path, Written::Article(record))) => {
                    entries.push(Entry::of(&name_of(&self.dir, &path), &record, &self.watch));
                }
                Ok((path, Written::Briefing(briefing))) => {
                    let name = name_of(&self.dir, &path);
                    listed.push(BriefingEntry::of(&name, &briefing));
                    // The list of what was told is long, and no page shows it.
                    let briefing = Briefing { told: Vec::new(), ..*briefing };
                    briefings.insert(name, briefing);
                }
                Err(error) => report.damaged.push(error),
            }
        }
        (Catalogue::new(entries, listed, &self.watch), briefings)
    }

    /// Writes the page of each article, and notes its words for the search.
    fn articles(
        &self,
        catalogue: &Catalogue,
        files: &mut Shelf<'_>,
        report: &mut SiteReport,
    ) -> Result<Index, SiteError> {
        let mut index = Index::default();
        for entry in &catalogue.entries {
            match record_at(&self.dir.join(format!("{}.json", entry.name))) {
                Ok(Some(record)) => {
                    index.add(searched(&record));
                    let links = catalogue.links_of(entry, &self.pages.title);
                    let page = render_article(&entry.name, &record, &self.theme, &links)?;
                    files.put(&page_of_article(&entry.name), &page)?;
                }
                // It was there a moment ago; its number stays, so that those behind it stay right.
                Ok(None) => index.add(std::iter::empty()),
                Err(error) => {
                    index.add(std::iter::empty());
                    report.damaged.push(error);
                }
            }
        }
        Ok(index)
    }

    /// Writes the page of each briefing, and the feed of the last ones.
    fn briefings(
        &self,
        catalogue: &Catalogue,
        briefings: &mut BTreeMap<String, Briefing>,
        files: &mut Shelf<'_>,
    ) -> Result<(), SiteError> {
        for (n, entry) in catalogue.briefings.iter().enumerate() {
            let Some(briefing) = briefings.get(&entry.name) else { continue };
            let sources = self.sources(catalogue, &entry.name, briefing);
            let links = catalogue.links_of_briefing(n, &self.pages.title);
            let with = Rendering { links: &links, ..self.rendering(&sources) };
            files.put(&page_of_briefing(&entry.name), &render_briefing(briefing, BriefFormat::Html, &with)?)?;
        }
        let last = catalogue.briefings.iter().rev().take(FEED).filter_map(|entry| briefings.get(&entry.name));
        let nothing = Sources::default();
        let feed = render_feed(&last.collect::<Vec<_>>(), &self.rendering(&nothing))?;
        files.put("feed.atom", &feed)
    }

    fn rendering<'a>(&'a self, sources: &'a Sources) -> Rendering<'a> {
        Rendering { pages: self.pages.clone(), ..Rendering::new(&self.theme, sources) }
    }

    /// The pages of the site that a briefing leads to.
    fn sources(&self, catalogue: &Catalogue, name: &str, briefing: &Briefing) -> Sources {
        let page =
            |article: &str| (article.to_owned(), Files { html: catalogue.article_from(name, article), md: None });
        let own = Folder::new(&self.dir).sources(briefing, &self.out);
        Sources { articles: briefing.articles().map(page).collect(), ..own }
    }
}

fn page_of_article(name: &str) -> String {
    format!("article/{name}.html")
}

fn page_of_briefing(name: &str) -> String {
    format!("briefing/{name}.html")
}

/// The files of a site as they are written.
struct Shelf<'a> {
    out: &'a Path,
    /// Files of earlier runs, also of one that was killed.
    earlier: BTreeSet<String>,
    written: BTreeSet<String>,
}

impl<'a> Shelf<'a> {
    fn open(out: &'a Path) -> Self {
        let list = std::fs::read_to_string(out.join(format!("{LIST}.txt"))).unwrap_or_default();
        Self { out, earlier: list.lines().map(str::to_owned).collect(), written: BTreeSet::new() }
    }

    /// Refuses to write over a file that no run of `kabar site` wrote.
    fn refuse_taken(&self, file: &str) -> Result<(), SiteError> {
        let is_own = self.earlier.contains(file) || self.written.contains(file);
        let path = self.out.join(file);
        if is_own || path.symlink_metadata().is_err() { Ok(()) } else { Err(SiteError::Taken { path }) }
    }

    fn put(&mut self, file: &str, text: &str) -> Result<(), SiteError> {
        self.refuse_taken(file)?;
        if !self.earlier.contains(file) {
            self.note(file)?;
        }
        let (name, extension) = file.rsplit_once('.').unwrap_or((file, ""));
        write_as(self.out, name, extension, text)?;
        self.written.insert(file.to_owned());
        Ok(())
    }

    /// Notes a new file before it is written, so that the next run knows it for its own wherever this one ends.
    fn note(&self, file: &str) -> Result<(), WriteError> {
        let list = self.out.join(format!("{LIST}.txt"));
        if list.symlink_metadata().is_err() {
            write_as(self.out, LIST, "txt", "")?;
        }
        let added = OpenOptions::new().append(true).open(&list).and_then(|mut list| writeln!(list, "{file}"));
        added.map_err(|source| WriteError::Io { path: list.display().to_string(), source })
    }

    /// Removes what an earlier run wrote and this one did not, and notes what stands there now.
    fn finish(self) -> Result<usize, WriteError> {
        for name in self.earlier.iter().filter(|name| super::folder::is_inside(name) && !self.written.contains(*name)) {
            // What is gone already, or cannot be removed, is of no harm: no page leads to it.
            let _ = std::fs::remove_file(self.out.join(name));
        }
        let list: String = self.written.iter().map(|name| format!("{name}\n")).collect();
        write_as(self.out, LIST, "txt", &list)?;
        Ok(self.written.len())
    }
}
