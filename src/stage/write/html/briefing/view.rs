//! What the templates of a briefing are given: plain texts, and where each link leads.
//!
//! Place in the data way: between the briefing and its page, mail or feed.
//! It must never hand on a text that was not made plain, nor an address that does not lead to the web or a page.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::model::briefing::{
    Briefing, Change, Cite, Conflict, Correction, Coverage, Figure, Headline, Item, Method, OutletShare, Statement,
};
use crate::stage::brief::{Cited, day};

use super::super::super::briefing::{DRAFT, Rendering, coverage, moment};
use super::super::{plain, web};

/// Where the links of a rendering lead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// Beside the pages of the articles; a paragraph without a page stands in the briefing itself.
    Disk,
    /// Away from all files: to the published pages, or to the page of the outlet.
    Mail,
}

#[derive(Serialize)]
pub(super) struct Page {
    pub title: String,
    from: String,
    to: String,
    /// Events, those that found no room among them.
    events: usize,
    /// Articles that were selected.
    articles: u64,
    items: Vec<ItemView>,
    more: Vec<MoreView>,
    corrections: Vec<CorrectionView>,
    coverage: Vec<String>,
}

#[derive(Serialize)]
pub(super) struct ItemView {
    n: u32,
    title: String,
    lang: &'static str,
    sources: usize,
    draft: Option<&'static str>,
    watch: Vec<String>,
    statements: Vec<StatementView>,
    changes: Vec<ChangeView>,
    is_new: bool,
    is_corrected: bool,
    conflicts: Vec<ConflictView>,
    outlets: Vec<OutletView>,
}

#[derive(Serialize)]
pub(super) struct StatementView {
    text: String,
    lang: &'static str,
    cites: Vec<CiteView>,
    replaced: bool,
    /// Whether a check calls the English of its paragraph wrong.
    flagged: bool,
    why: String,
}

#[derive(Serialize)]
pub(super) struct CiteView {
    label: String,
    address: String,
    href: Option<String>,
    original: Option<OriginalView>,
}

#[derive(Serialize)]
pub(super) struct OriginalView {
    id: String,
    en: Option<String>,
}

#[derive(Serialize)]
pub(super) struct ChangeView {
    correction: bool,
    what: String,
    before: String,
    after: String,
    /// Where it was said before, if another article said it, and where it is said now.
    cites: Vec<CiteView>,
}

#[derive(Serialize)]
pub(super) struct ConflictView {
    what: String,
    figures: Vec<FigureView>,
}

#[derive(Serialize)]
pub(super) struct FigureView {
    shown: String,
    sayers: Vec<SayerView>,
}

/// Who gives a figure.
#[derive(Serialize)]
pub(super) struct SayerView {
    outlet: String,
    day: Option<String>,
    cite: CiteView,
}

#[derive(Serialize)]
pub(super) struct OutletView {
    outlet: String,
    articles: Vec<ArticleView>,
    adds: Option<StatementView>,
    copy_of: Option<String>,
}

#[derive(Serialize)]
pub(super) struct ArticleView {
    title: String,
    href: Option<String>,
    url: Option<String>,
}

#[derive(Serialize)]
pub(super) struct CorrectionView {
    article: String,
    was: String,
    now: String,
    why: String,
    cites: Vec<CiteView>,
}

#[derive(Serialize)]
pub(super) struct MoreView {
    title: String,
    outlets: String,
    href: Option<String>,
}

/// What is known while a view is made.
pub(super) struct View<'a> {
    with: &'a Rendering<'a>,
    place: Place,
    /// Outlet and address of each article that an item names.
    articles: BTreeMap<&'a str, (&'a str, Option<&'a str>)>,
}

impl<'a> View<'a> {
    pub fn new(briefing: &'a Briefing, with: &'a Rendering<'a>, place: Place) -> Self {
        let shares = briefing.items.iter().flat_map(|item| &item.outlets);
        let articles = shares.flat_map(|share| {
            share.articles.iter().map(|a| (a.name.as_str(), (share.outlet.as_str(), a.url.as_deref())))
        });
        Self { with, place, articles: articles.collect() }
    }

    pub fn page(&self, briefing: &Briefing) -> Page {
        Page {
            title: format!("Briefing, {}", moment(&briefing.to)),
            from: moment(&briefing.from),
            to: moment(&briefing.to),
            events: briefing.items.len() + briefing.more.len(),
            articles: briefing.coverage.selected,
            items: briefing.items.iter().map(|item| self.item(item)).collect(),
            more: briefing.more.iter().map(|headline| self.headline(headline)).collect(),
            corrections: briefing.corrections.iter().map(|correction| self.correction(correction)).collect(),
            coverage: coverage_lines(&briefing.coverage),
        }
    }

    pub fn item(&self, item: &Item) -> ItemView {
        let statements: Vec<StatementView> = item.statements.iter().map(|one| self.statement(one)).collect();
        ItemView {
            n: item.n,
            title: plain(&item.title),
            lang: statements.first().map_or("en", |statement| statement.lang),
            sources: item.outlets.iter().filter(|share| share.copy_of.is_none()).count(),
            draft: item.draft.then_some(DRAFT),
            watch: item.watch.iter().map(|word| plain(word)).collect(),
            statements,
            is_new: item.changes.iter().any(|change| !change.correction),
            is_corrected: item.changes.iter().any(|change| change.correction),
            changes: item.changes.iter().map(|change| self.change(change)).collect(),
            conflicts: item.conflicts.iter().map(|conflict| self.conflict(conflict)).collect(),
            outlets: item.outlets.iter().map(|share| self.outlet(share)).collect(),
        }
    }

    fn statement(&self, statement: &Statement) -> StatementView {
        let cited = statement.cites.first().and_then(|cite| self.with.sources.paragraphs.get(cite));
        let is_original = statement.method != Method::Abstractive && cited.is_some_and(|cited| cited.en.is_none());
        let replaced = statement.method == Method::Replaced;
        let why: Vec<String> = statement.findings.iter().map(|finding| plain(&finding.detail)).collect();
        StatementView {
            text: plain(&statement.text),
            lang: if is_original { "id" } else { "en" },
            cites: statement.cites.iter().map(|cite| self.cite(cite)).collect(),
            replaced,
            flagged: !replaced && statement.is_flagged(),
            why: why.join(" "),
        }
    }

    fn cite(&self, cite: &Cite) -> CiteView {
        let known = self.articles.get(cite.article.as_str());
        let (outlet, url) = known.copied().unwrap_or((cite.article.as_str(), None));
        let href = match self.place {
            Place::Disk => self.with.sources.page(&cite.article, Some(cite.paragraph)),
            Place::Mail => self.with.published(&cite.article, Some(cite.paragraph)).or_else(|| web(url)),
        };
        let own = |cited: &Cited| OriginalView { id: plain(&cited.id), en: cited.en.as_deref().map(plain) };
        let original = self.with.sources.paragraphs.get(cite).filter(|_| href.is_none() && self.place == Place::Disk);
        CiteView {
            label: format!("{} ¶{}", plain(outlet), cite.paragraph),
            address: plain(&cite.to_string()),
            href,
            original: original.map(own),
        }
    }

    fn change(&self, change: &Change) -> ChangeView {
        ChangeView {
            correction: change.correction,
            what: plain(&change.what),
            before: plain(&change.before),
            after: plain(&change.after),
            cites: change.said_elsewhere().into_iter().chain([&change.cite]).map(|cite| self.cite(cite)).collect(),
        }
    }

    fn conflict(&self, conflict: &Conflict) -> ConflictView {
        let sayer = |figure: &&Figure| SayerView {
            outlet: plain(&figure.outlet),
            day: figure.date.as_deref().and_then(day),
            cite: self.cite(&figure.cite),
        };
        let figure = |group: &Vec<&Figure>| FigureView {
            shown: group.first().map(|figure| plain(&figure.shown)).unwrap_or_default(),
            sayers: group.iter().map(sayer).collect(),
        };
        ConflictView { what: plain(&conflict.what), figures: conflict.by_value().iter().map(figure).collect() }
    }

    fn outlet(&self, share: &OutletShare) -> OutletView {
        let article = |article: &crate::model::briefing::ArticleRef| ArticleView {
            title: plain(&article.title),
            href: self.page_of(&article.name),
            url: web(article.url.as_deref()),
        };
        let outlet_of = |name: &String| plain(self.articles.get(name.as_str()).map_or(name.as_str(), |known| known.0));
        OutletView {
            outlet: plain(&share.outlet),
            articles: share.articles.iter().map(article).collect(),
            adds: share.adds.as_ref().map(|adds| self.statement(adds)),
            copy_of: share.copy_of.as_ref().map(outlet_of),
        }
    }

    fn correction(&self, correction: &Correction) -> CorrectionView {
        let why: Vec<String> = correction.findings.iter().map(|finding| plain(&finding.detail)).collect();
        CorrectionView {
            article: plain(&correction.article.title),
            was: plain(&correction.was.text),
            now: plain(&correction.now),
            why: why.join(" "),
            cites: correction.cite.iter().map(|cite| self.cite(cite)).collect(),
        }
    }

    fn headline(&self, headline: &Headline) -> MoreView {
        MoreView {
            title: plain(&headline.title),
            outlets: plain(&headline.outlets.join(", ")),
            href: self.page_of(&headline.article),
        }
    }

    fn page_of(&self, article: &str) -> Option<String> {
        match self.place {
            Place::Disk => self.with.sources.page(article, None),
            Place::Mail => self.with.published(article, None),
        }
    }
}

fn coverage_lines(of: &Coverage) -> Vec<String> {
    coverage(of).iter().map(|line| plain(line)).collect()
}
