//! A site over finished articles and briefings: lists by day, outlet and topic that link to each other, and a search
//! that needs no server.
//!
//! Place in the data way: `pipeline::site` feeds it with what was written, and puts its pages on disk.
//! It must never hold the texts of all articles at once.

mod search;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::model::article::ParagraphKind;
use crate::model::briefing::Briefing;
use crate::model::key::sha256_hex;
use crate::model::record::ArticleRecord;
use crate::stage::brief::{Story, day, read_date, without_dateline};

use super::briefing::{encoded, moment, relative};
use super::html::{EntryView, Group, Home, Link, List, Theme, ThemeError, plain};
pub use search::Index;

/// Articles that must share a name to make it a topic, and outlets that must.
const TOPIC_ARTICLES: usize = 3;
const TOPIC_OUTLETS: usize = 2;
/// Most topics.
const TOPICS: usize = 200;
/// Newest articles on the first page.
const NEWEST: usize = 20;
/// Characters of a summary in a list.
const SUMMARY: usize = 240;
/// The longest file name of a list, in characters.
const SLUG: usize = 60;

/// What lists and search need to know of an article.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its name.
    pub name: String,
    /// Its title in English, else in Indonesian, else its name.
    pub title: String,
    /// Its outlet.
    pub outlet: String,
    /// The day that it is dated, `2026-11-25`; nothing where it has no date.
    pub day: Option<String>,
    /// When it was published, in seconds; 0 where that is not known.
    at: i64,
    /// The beginning of its summary.
    summary: String,
    flagged: bool,
    draft: bool,
    names: Vec<String>,
}

impl Entry {
    /// Takes from a record what is needed. `watch` are words that are topics wherever they stand.
    pub fn of(name: &str, record: &ArticleRecord, watch: &[String]) -> Self {
        let story = Story::of(name, record, watch);
        let day = story.date.as_deref().and_then(day);
        let names =
            story.names().iter().map(|name| capitals(name)).chain(story.watch.iter().map(|word| capitals(word)));
        Self {
            name: name.to_owned(),
            title: plain(&super::heading(record, name)),
            outlet: plain(&story.outlet),
            day,
            at: story.at.map_or(0, jiff::Timestamp::as_second),
            summary: shortened(&plain(without_dateline(&record.summary.en))),
            flagged: story.flagged,
            draft: story.draft,
            names: names.collect::<BTreeSet<_>>().into_iter().collect(),
        }
    }

    fn page(&self) -> String {
        format!("article/{}", self.name)
    }
}

/// A briefing, as far as lists need it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BriefingEntry {
    /// Its name.
    pub name: String,
    /// The end of its window.
    pub to: String,
    /// Names of the articles that it rests on.
    pub articles: BTreeSet<String>,
}

impl BriefingEntry {
    /// Takes from a briefing what is needed.
    pub fn of(name: &str, briefing: &Briefing) -> Self {
        let articles = briefing.articles().map(str::to_owned).collect();
        Self { name: name.to_owned(), to: briefing.to.clone(), articles }
    }

    fn page(&self) -> String {
        format!("briefing/{}", self.name)
    }

    fn title(&self) -> String {
        format!("Briefing, {}", moment(&self.to))
    }
}

/// A list of articles that belong together.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Shelf {
    title: String,
    page: String,
    entries: Vec<usize>,
}

/// Everything that lists are made of.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Catalogue {
    /// Articles, oldest first: so a new one changes no number of the search.
    pub entries: Vec<Entry>,
    /// Briefings, oldest first.
    pub briefings: Vec<BriefingEntry>,
    names: BTreeSet<String>,
    days: Vec<Shelf>,
    outlets: Vec<Shelf>,
    topics: Vec<Shelf>,
}

/// A page of the site: its path without extension, and its text.
pub type SitePage = (String, String);

impl Catalogue {
    /// Puts articles and briefings in order.
    pub fn new(mut entries: Vec<Entry>, mut briefings: Vec<BriefingEntry>, watch: &[String]) -> Self {
        entries.sort_by(|a, b| (a.at, &a.name).cmp(&(b.at, &b.name)));
        briefings.sort_by(|a, b| (read_date(&a.to), &a.name).cmp(&(read_date(&b.to), &b.name)));
        let of_day = |entry: &Entry| vec![entry.day.clone().unwrap_or_else(|| "Undated".into())];
        let mut days = shelves("day", &entries, of_day);
        days.reverse();
        let outlets = shelves("outlet", &entries, |entry| vec![entry.outlet.clone()]);
        let known: BTreeSet<String> = outlets.iter().map(|shelf| slug(&shelf.title)).collect();
        let watched: BTreeSet<String> = watch.iter().map(|word| slug(word)).collect();
        let mut topics = shelves("topic", &entries, |entry| entry.names.clone());
        topics.retain(|shelf| {
            let outlets: BTreeSet<&str> = of(&entries, shelf).map(|entry| entry.outlet.as_str()).collect();
            let is_shared = shelf.entries.len() >= TOPIC_ARTICLES && outlets.len() >= TOPIC_OUTLETS;
            (is_shared && !known.contains(&slug(&shelf.title))) || watched.contains(&slug(&shelf.title))
        });
        topics.sort_by_key(|shelf| std::cmp::Reverse(shelf.entries.len()));
        topics = without_parts(topics, &watched);
        topics.sort_by(|a, b| a.page.cmp(&b.page));
        let names = entries.iter().map(|entry| entry.name.clone()).collect();
        Self { entries, briefings, names, days, outlets, topics }
    }

    /// The links above the page of an article: home, its day, its outlet, the briefings that tell it.
    pub fn links_of(&self, entry: &Entry, title: &str) -> Vec<Link> {
        let page = entry.page();
        let on = |shelves: &[Shelf], folder: &str, name: &str| {
            let wanted = format!("{folder}/{}", slug(name));
            let found = shelves.iter().find(|one| one.page == wanted)?;
            Some(link(&page, &found.title, &found.page))
        };
        let telling = self.briefings.iter().rev().filter(|briefing| briefing.articles.contains(&entry.name));
        let mut links = vec![link(&page, title, "index")];
        links.extend(on(&self.days, "day", entry.day.as_deref().unwrap_or("Undated")));
        links.extend(on(&self.outlets, "outlet", &entry.outlet));
        links.extend(telling.take(3).map(|briefing| link(&page, &briefing.title(), &briefing.page())));
        links
    }

    /// The links above the page of a briefing: home, the one before, the one after.
    pub fn links_of_briefing(&self, n: usize, title: &str) -> Vec<Link> {
        let Some(briefing) = self.briefings.get(n) else { return Vec::new() };
        let near = |n: Option<usize>, text: &str| Some(link(&briefing.page(), text, &self.briefings.get(n?)?.page()));
        let mut links = vec![link(&briefing.page(), title, "index")];
        links.extend(near(n.checked_sub(1), "Earlier briefing"));
        links.extend(near(n.checked_add(1), "Later briefing"));
        links
    }

    /// The address of an article's page for a briefing of that name; nothing where the site has no such article.
    pub fn article_from(&self, briefing: &str, article: &str) -> Option<String> {
        self.names.contains(article).then(|| address(&format!("briefing/{briefing}"), &format!("article/{article}")))
    }

    /// The first page and all lists.
    ///
    /// # Errors
    /// Where a template of the user's theme fails.
    pub fn pages<'a>(
        &'a self,
        theme: &'a Theme,
        title: &'a str,
        index: &'a Index,
    ) -> impl Iterator<Item = Result<SitePage, ThemeError>> + 'a {
        let shelves = self.days.iter().chain(&self.outlets).chain(&self.topics);
        let lists = shelves.map(move |shelf| {
            let entries = of(&self.entries, shelf).map(|entry| view(&shelf.page, entry)).collect();
            let view = List { title: shelf.title.clone(), entries };
            Ok((shelf.page.clone(), theme.list(&view, &[link(&shelf.page, title, "index")])?))
        });
        std::iter::once_with(move || Ok(("index".to_owned(), theme.home(&self.home(title, index))?))).chain(lists)
    }

    fn home(&self, title: &str, index: &Index) -> Home {
        let group = |name: &str, shelves: &[Shelf]| Group {
            title: name.to_owned(),
            links: shelves
                .iter()
                .map(|shelf| (link("index", &shelf.title, &shelf.page), shelf.entries.len()))
                .collect(),
        };
        let briefings = self.briefings.iter().rev().map(|one| link("index", &one.title(), &one.page()));
        Home {
            title: title.to_owned(),
            articles: self.entries.len(),
            shards: index.shards().into_iter().collect::<Vec<_>>().join(" "),
            briefings: briefings.collect(),
            newest: self.entries.iter().rev().take(NEWEST).map(|entry| view("index", entry)).collect(),
            groups: vec![group("Days", &self.days), group("Outlets", &self.outlets), group("Topics", &self.topics)],
        }
    }
}

/// An article as a list on the page `from` shows it.
fn view(from: &str, entry: &Entry) -> EntryView {
    EntryView {
        title: entry.title.clone(),
        href: address(from, &entry.page()),
        outlet: entry.outlet.clone(),
        day: entry.day.clone(),
        summary: entry.summary.clone(),
        flagged: entry.flagged,
        draft: entry.draft,
    }
}

/// Articles by what they are filed under, newest first within each. What makes the same file name is the same.
fn shelves(folder: &str, entries: &[Entry], under: impl Fn(&Entry) -> Vec<String>) -> Vec<Shelf> {
    let mut shelves: BTreeMap<String, Shelf> = BTreeMap::new();
    for (n, entry) in entries.iter().enumerate().rev() {
        for title in under(entry) {
            let slug = slug(&title);
            let page = format!("{folder}/{slug}");
            let shelf = shelves.entry(slug).or_insert_with(|| Shelf { title, page, entries: Vec::new() });
            shelf.entries.push(n);
        }
    }
    shelves.into_values().collect()
}

/// Leaves out a topic that shares a word with a larger one and has no article that the larger one lacks: `KMP Sinar`
/// beside `Sinar Wisesa`. Watched words stay. Larger topics come first; the first [`TOPICS`] are kept.
fn without_parts(topics: Vec<Shelf>, watched: &BTreeSet<String>) -> Vec<Shelf> {
    let mut kept: Vec<Shelf> = Vec::new();
    for topic in topics {
        if kept.len() == TOPICS {
            break;
        }
        let words: BTreeSet<&str> = topic.title.split(' ').collect();
        let holds = |larger: &Shelf| {
            larger.title.split(' ').any(|word| words.contains(word))
                && topic.entries.iter().all(|entry| larger.entries.contains(entry))
        };
        if watched.contains(&slug(&topic.title)) || !kept.iter().any(holds) {
            kept.push(topic);
        }
    }
    kept
}

fn of<'a>(entries: &'a [Entry], shelf: &'a Shelf) -> impl Iterator<Item = &'a Entry> {
    shelf.entries.iter().filter_map(|n| entries.get(*n))
}

fn link(from: &str, text: &str, to: &str) -> Link {
    Link { text: text.to_owned(), href: address(from, to) }
}

/// The address of the page `to` for the page `from`; both are paths in the site, without extension.
fn address(from: &str, to: &str) -> String {
    let folder = from.rsplit_once('/').map_or("", |(folder, _)| folder);
    relative(&Path::new("/").join(folder), &Path::new("/").join(format!("{to}.html")))
}

/// A name as a file name: letters and digits in lower case.
fn slug(name: &str) -> String {
    let words = name.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    let slug = words.collect::<Vec<_>>().join("-").to_lowercase();
    if slug.is_empty() || slug.chars().count() > SLUG {
        let start: String = slug.chars().take(SLUG).collect();
        format!("{start}-{}", sha256_hex(name.as_bytes()).get(..8).unwrap_or_default())
    } else {
        slug
    }
}

/// Each word with a capital.
fn capitals(name: &str) -> String {
    let capital = |word: &str| {
        let mut chars = word.chars();
        chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
    };
    plain(name).split_whitespace().map(capital).collect::<Vec<_>>().join(" ")
}

fn shortened(text: &str) -> String {
    if text.chars().count() <= SUMMARY {
        return text.to_owned();
    }
    let start: String = text.chars().take(SUMMARY).collect();
    let whole = start.rsplit_once(' ').map_or(start.as_str(), |(whole, _)| whole);
    format!("{whole} …")
}

/// The words of an article that can be searched for: title and text in both languages.
pub fn searched(record: &ArticleRecord) -> impl Iterator<Item = &str> {
    let titles = [record.title.id.as_deref(), record.title.en.as_deref(), record.source.outlet.as_deref()];
    let paragraphs = record.paragraphs();
    let story = paragraphs.filter(|p| !matches!(p.kind, ParagraphKind::Boilerplate | ParagraphKind::Promo));
    titles.into_iter().flatten().chain(story.flat_map(|p| [p.id.as_str()].into_iter().chain(p.en.as_deref())))
}

/// The address of an article's page in the site, from its first page.
pub(super) fn from_home(name: &str) -> String {
    format!("article/{}.html", encoded(name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stage::brief::test_record;

    fn entry(name: &str, outlet: &str, date: Option<&str>) -> Entry {
        let text = "Kapal itu milik Sinar Wisesa dari Bone.";
        let mut record = test_record("Judul <b>", &[(text, "The ship.")]);
        record.source.outlet = Some(outlet.into());
        record.source.date = date.map(str::to_owned);
        Entry::of(name, &record, &[])
    }

    fn catalogue() -> Catalogue {
        let entries = vec![
            entry("b/2", "Suara Pesisir", Some("2026-11-25T08:00:00+07:00")),
            entry("a/1", "Kabar", Some("2026-11-24")),
            entry("a/3", "kabar", None),
        ];
        Catalogue::new(entries, Vec::new(), &[])
    }

    #[test]
    fn articles_are_filed_by_day_outlet_and_shared_names() {
        let catalogue = catalogue();
        let titles = |shelves: &[Shelf]| shelves.iter().map(|shelf| shelf.title.clone()).collect::<Vec<_>>();
        assert_eq!(titles(&catalogue.days), ["Undated", "2026-11-25", "2026-11-24"]);
        assert_eq!(titles(&catalogue.outlets), ["Kabar", "Suara Pesisir"]);
        assert_eq!(titles(&catalogue.topics), ["Sinar Wisesa"]);
    }

    #[test]
    fn a_day_is_that_of_western_indonesia_however_the_date_is_written() {
        for date in ["20261125", "2026-11-24T18:30:00Z", "20261125T080000+0700"] {
            assert_eq!(entry("a/1", "Kabar", Some(date)).day.as_deref(), Some("2026-11-25"), "{date}");
        }
    }

    #[test]
    fn pages_link_to_each_other_and_text_stays_text() {
        let (catalogue, theme) = (catalogue(), Theme::builtin());
        let pages: BTreeMap<String, String> =
            catalogue.pages(&theme, "Kabar", &Index::default()).collect::<Result<_, _>>().unwrap();
        assert!(pages["index"].contains("href=\"outlet/suara-pesisir.html\""));
        assert!(pages["outlet/suara-pesisir"].contains("href=\"../article/b/2.html\""));
        assert!(pages["day/2026-11-25"].contains("Judul &lt;b&gt;") && !pages["day/2026-11-25"].contains("<b>"));
        let links = catalogue.links_of(&catalogue.entries[2], "Kabar");
        assert_eq!(
            links.iter().map(|link| link.href.as_str()).collect::<Vec<_>>(),
            ["../../index.html", "../../day/2026-11-25.html", "../../outlet/suara-pesisir.html"]
        );
    }

    #[test]
    fn file_names_are_safe_short_and_told_apart() {
        assert_eq!(slug("Kompas.com / Nasional"), "kompas-com-nasional");
        assert_eq!(slug("../../etc"), "etc");
        assert!(slug("!!!").starts_with('-') && slug("!!!") != slug("???"));
        let (long, other) = ("a".repeat(300), "a".repeat(301));
        assert!(slug(&long).len() < 80 && slug(&long) != slug(&other));
    }
}
