//! The first reading of the folder for a briefing: which articles it tells, what their outlets changed, what each sent.
//!
//! Place in the data way: the first step of `brief`; of each record only what grouping needs stays in memory.
//! It must never take a page that a crawl stored anew for another article.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::Path;

use crate::model::briefing::{ArticleRef, Told};
use crate::model::record::ArticleRecord;
use crate::stage::brief::{Choice, Past, Selection, Story, Tally, fingerprint, read_date, title};
use crate::stage::read::records;

use super::folder::name_of;

/// What it finds.
pub(super) struct Scan {
    /// The articles that are told.
    pub stories: Vec<Story>,
    /// What each outlet sent.
    pub tally: Tally,
    /// Articles of this time that an earlier briefing told.
    pub told_before: u64,
    /// Records that cannot be read.
    pub damaged: Vec<String>,
    /// Told articles that their outlets changed since, each by the name under which it was told.
    pub changed: BTreeMap<String, ArticleRef>,
    /// Articles without a date that can be read.
    pub undated: BTreeSet<String>,
    /// Articles that count as told from now on, though this briefing does not tell them.
    pub passed_over: Vec<Told>,
}

/// The address and date of a page: where two articles share them, one is the other as its outlet rewrote it.
type Page = (String, String);

/// Reads the folder; `watch` are the words to look for.
pub(super) fn scan(dir: &Path, selection: &Selection, watch: &[String]) -> Scan {
    let mut scan = Scan {
        stories: Vec::new(),
        tally: Tally::new(selection.window),
        told_before: 0,
        damaged: Vec::new(),
        changed: BTreeMap::new(),
        undated: BTreeSet::new(),
        passed_over: Vec::new(),
    };
    let (mut told, mut new) = (HashMap::new(), Vec::new());
    for found in records(dir) {
        let (name, record) = match found {
            Ok((path, record)) => (name_of(dir, &path), record),
            Err(error) => {
                scan.damaged.push(error.to_string());
                continue;
            }
        };
        let past = selection.told.past(&name, &record);
        let choice = scan.take(&name, &record, (selection, past), watch);
        match page(&record) {
            Some(page) if selection.told.has(&name) => drop(told.insert(page, name)),
            Some(page) if past == Past::Never => {
                new.push((page, article_ref(&name, &record), known(&name, &record), choice));
            }
            _ => {}
        }
    }
    scan.rewritten(&told, new);
    scan
}

impl Scan {
    fn take(
        &mut self,
        name: &str,
        record: &ArticleRecord,
        (selection, past): (&Selection, Past),
        watch: &[String],
    ) -> Choice {
        let outlet = Story::outlet_of(name, record);
        let choice = selection.choose(past, &outlet, record);
        self.tally.count(&outlet, record, (past, choice));
        if record.source.date.as_deref().and_then(read_date).is_none() {
            self.undated.insert(name.to_owned());
        }
        if past == Past::Changed {
            self.changed.insert(name.to_owned(), article_ref(name, record));
        }
        // A told article that moved is known by its new name from now on.
        let is_moved = choice == Choice::Told && !selection.told.has(name);
        if is_moved || (choice == Choice::Outside && selection.passes_over(record)) {
            self.passed_over.push(known(name, record));
        }
        match choice {
            Choice::Take => self.stories.push(Story::of(name, record, watch)),
            Choice::Told => self.told_before += 1,
            Choice::Outside | Choice::Unwanted => {}
        }
        choice
    }

    /// Notes told articles whose page came again under another name and says something else.
    fn rewritten(&mut self, told: &HashMap<Page, String>, new: Vec<(Page, ArticleRef, Told, Choice)>) {
        for (page, article, known, choice) in new {
            let Some(name) = told.get(&page) else { continue };
            self.changed.entry(name.clone()).or_insert(article);
            if choice == Choice::Outside && !self.passed_over.contains(&known) {
                self.passed_over.push(known);
            }
        }
    }
}

fn page(record: &ArticleRecord) -> Option<Page> {
    record.source.url.clone().zip(record.source.date.clone())
}

fn known(name: &str, record: &ArticleRecord) -> Told {
    let (name, sha256) = (name.to_owned(), record.source.sha256.clone());
    Told { name, sha256, fingerprint: fingerprint(record), at: String::new() }
}

fn article_ref(name: &str, record: &ArticleRecord) -> ArticleRef {
    let title = title(name, record).to_owned();
    ArticleRef { name: name.to_owned(), title, date: record.source.date.clone(), url: record.source.url.clone() }
}
