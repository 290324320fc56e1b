//! The lists and the first page of a site.
//!
//! Place in the data way: pages of `html`, made by `site`.
//! It must never load a script that is not of the site itself.

use serde::Serialize;

use super::{Frame, Link, Theme, ThemeError};

const SCRIPT: &str = include_str!("parts/search.js");

/// An article in a list.
#[derive(Debug, Clone, Serialize)]
pub(in crate::stage::write) struct EntryView {
    pub title: String,
    pub href: String,
    pub outlet: String,
    pub day: Option<String>,
    pub summary: String,
    pub flagged: bool,
    pub draft: bool,
}

/// A list of articles.
#[derive(Debug, Clone, Serialize)]
pub(in crate::stage::write) struct List {
    pub title: String,
    pub entries: Vec<EntryView>,
}

/// Links of one kind, each with how many articles stand there.
#[derive(Debug, Clone, Serialize)]
pub(in crate::stage::write) struct Group {
    pub title: String,
    pub links: Vec<(Link, usize)>,
}

/// The first page.
#[derive(Debug, Clone, Serialize)]
pub(in crate::stage::write) struct Home {
    pub title: String,
    pub articles: usize,
    pub shards: String,
    pub briefings: Vec<Link>,
    pub newest: Vec<EntryView>,
    pub groups: Vec<Group>,
}

impl Theme {
    pub(in crate::stage::write) fn list(&self, view: &List, links: &[Link]) -> Result<String, ThemeError> {
        let body = self.part("list.html", view)?;
        self.page(&Frame { title: &view.title, links, script: "", loads: false }, body)
    }

    pub(in crate::stage::write) fn home(&self, view: &Home) -> Result<String, ThemeError> {
        let body = self.part("home.html", view)?;
        self.page(&Frame { title: &view.title, links: &[], script: SCRIPT, loads: true }, body)
    }

    /// Tries the parts of a site on an example.
    pub(super) fn try_site(&self) -> Result<(), ThemeError> {
        let link = Link { text: "A link".into(), href: "a.html".into() };
        let entry = EntryView {
            title: "A title".into(),
            href: "a.html".into(),
            outlet: "Outlet".into(),
            day: Some("2026-11-25".into()),
            summary: "In short.".into(),
            flagged: true,
            draft: true,
        };
        self.list(&List { title: "A list".into(), entries: vec![entry.clone()] }, std::slice::from_ref(&link))?;
        let groups = vec![Group { title: "Days".into(), links: vec![(link.clone(), 1)] }];
        let home = Home {
            title: "Kabar".into(),
            articles: 1,
            shards: "ab".into(),
            briefings: vec![link],
            newest: vec![entry],
            groups,
        };
        self.home(&home).map(drop)
    }
}
