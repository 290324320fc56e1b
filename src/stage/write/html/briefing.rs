//! A briefing as a page, and as the body of a mail: one click leads from each statement to the original.
//!
//! Place in the data way: one page of `html`.
//! It must never show a replaced statement as if it were a good one.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::model::briefing::{
    Briefing, Change, Cite, Conflict, Correction, Coverage, Figure, Headline, Item, Method, OutletShare, Statement,
};

use super::super::briefing::{DRAFT, Rendering, coverage, moment};
use super::{Frame, Theme, ThemeError, plain, web};
use crate::stage::brief::Cited;

/// Where the links of a rendering lead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// Beside the pages of the articles; a paragraph without a page stands in the briefing itself.
    Disk,
    /// Away from all files: to the published pages, or to the page of the outlet.
    Mail,
}

#[derive(Serialize)]
struct Page {
    title: String,
    from: String,
    to: String,
    items: Vec<ItemView>,
    more: Vec<MoreView>,
    corrections: Vec<CorrectionView>,
    coverage: Vec<String>,
}

#[derive(Serialize)]
struct ItemView {
    n: u32,
    title: String,
    lang: &'static str,
    sources: usize,
    draft: Option<&'static str>,
    watch: Vec<String>,
    statements: Vec<StatementView>,
    changes: Vec<ChangeView>,
    conflicts: Vec<ConflictView>,
    outlets: Vec<OutletView>,
}

#[derive(Serialize)]
struct StatementView {
    text: String,
    lang: &'static str,
    cites: Vec<CiteView>,
    replaced: bool,
    why: String,
}

#[derive(Serialize)]
struct CiteView {
    label: String,
    address: String,
    href: Option<String>,
    original: Option<OriginalView>,
}

#[derive(Serialize)]
struct OriginalView {
    id: String,
    en: Option<String>,
}

#[derive(Serialize)]
struct ChangeView {
    correction: bool,
    what: String,
    before: String,
    after: String,
    cite: CiteView,
}

#[derive(Serialize)]
struct ConflictView {
    what: String,
    figures: Vec<FigureView>,
}

#[derive(Serialize)]
struct FigureView {
    shown: String,
    outlet: String,
    day: Option<String>,
    cite: CiteView,
}

#[derive(Serialize)]
struct OutletView {
    outlet: String,
    articles: Vec<ArticleView>,
    adds: Option<StatementView>,
    copy_of: Option<String>,
}

#[derive(Serialize)]
struct ArticleView {
    title: String,
    href: Option<String>,
    url: Option<String>,
}

#[derive(Serialize)]
struct CorrectionView {
    article: String,
    was: String,
    now: String,
    why: String,
    cites: Vec<CiteView>,
}

#[derive(Serialize)]
struct MoreView {
    title: String,
    outlets: String,
    href: Option<String>,
}

impl Theme {
    /// The page of a briefing.
    pub(in crate::stage::write) fn briefing(
        &self,
        briefing: &Briefing,
        with: &Rendering<'_>,
    ) -> Result<String, ThemeError> {
        let view = View::new(briefing, with, Place::Disk).page(briefing);
        let body = self.part("briefing.html", &view)?;
        self.page(&Frame { title: &view.title, links: with.links, script: "", loads: false }, body)
    }

    /// Tries the parts of a briefing on an example.
    pub(super) fn try_briefings(&self) -> Result<(), ThemeError> {
        let briefing = example();
        let sources = super::super::briefing::Sources::default();
        let with = Rendering::new(self, &sources);
        self.briefing(&briefing, &with)?;
        briefing.items.iter().try_for_each(|item| event(&briefing, item, &with).map(drop))?;
        mail(&briefing, &with).map(drop)
    }
}

/// One event without its title, for mails and feeds.
pub(in crate::stage::write) fn event(
    briefing: &Briefing,
    item: &Item,
    with: &Rendering<'_>,
) -> Result<String, ThemeError> {
    #[derive(Serialize)]
    struct Event {
        item: ItemView,
    }
    with.theme.part("event.html", &Event { item: View::new(briefing, with, Place::Mail).item(item) })
}

/// The HTML part of a mail: no script, no style sheet, links that work from anywhere.
pub(in crate::stage::write) fn mail(briefing: &Briefing, with: &Rendering<'_>) -> Result<String, ThemeError> {
    with.theme.part("mail.html", &View::new(briefing, with, Place::Mail).page(briefing))
}

/// What is known while a view is made.
struct View<'a> {
    with: &'a Rendering<'a>,
    place: Place,
    /// Outlet and address of each article that an item names.
    articles: BTreeMap<&'a str, (&'a str, Option<&'a str>)>,
}

impl<'a> View<'a> {
    fn new(briefing: &'a Briefing, with: &'a Rendering<'a>, place: Place) -> Self {
        let shares = briefing.items.iter().flat_map(|item| &item.outlets);
        let articles = shares.flat_map(|share| {
            share.articles.iter().map(|a| (a.name.as_str(), (share.outlet.as_str(), a.url.as_deref())))
        });
        Self { with, place, articles: articles.collect() }
    }

    fn page(&self, briefing: &Briefing) -> Page {
        Page {
            title: format!("Briefing, {}", moment(&briefing.to)),
            from: moment(&briefing.from),
            to: moment(&briefing.to),
            items: briefing.items.iter().map(|item| self.item(item)).collect(),
            more: briefing.more.iter().map(|headline| self.headline(headline)).collect(),
            corrections: briefing.corrections.iter().map(|correction| self.correction(correction)).collect(),
            coverage: coverage_lines(&briefing.coverage),
        }
    }

    fn item(&self, item: &Item) -> ItemView {
        let statements: Vec<StatementView> = item.statements.iter().map(|one| self.statement(one)).collect();
        ItemView {
            n: item.n,
            title: plain(&item.title),
            lang: statements.first().map_or("en", |statement| statement.lang),
            sources: item.outlets.iter().filter(|share| share.copy_of.is_none()).count(),
            draft: item.draft.then_some(DRAFT),
            watch: item.watch.iter().map(|word| plain(word)).collect(),
            statements,
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
            cite: self.cite(&change.cite),
        }
    }

    fn conflict(&self, conflict: &Conflict) -> ConflictView {
        let figure = |figure: &Figure| FigureView {
            shown: plain(&figure.shown),
            outlet: plain(&figure.outlet),
            day: figure.date.as_deref().and_then(|date| date.get(..10)).map(plain),
            cite: self.cite(&figure.cite),
        };
        ConflictView { what: plain(&conflict.what), figures: conflict.figures.iter().map(figure).collect() }
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
            cites: correction.was.cites.iter().map(|cite| self.cite(cite)).collect(),
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

/// A briefing with something of everything, to try a template on.
pub(in crate::stage::write) fn example() -> Briefing {
    let cite = Cite { article: "outlet/a".into(), paragraph: 2 };
    let statement = Statement {
        text: "Something happened.".into(),
        cites: vec![cite.clone()],
        method: Method::Replaced,
        backend: None,
        findings: Vec::new(),
    };
    let article = crate::model::briefing::ArticleRef {
        name: "outlet/a".into(),
        title: "A title".into(),
        date: Some("2026-11-25".into()),
        url: Some("https://example.org/a".into()),
    };
    let figure = Figure {
        what: "dead".into(),
        value: 12.0,
        shown: "12".into(),
        outlet: "Outlet".into(),
        cite: cite.clone(),
        date: Some("2026-11-25".into()),
    };
    let share = |copy_of| OutletShare {
        outlet: "Outlet".into(),
        articles: vec![article.clone()],
        adds: Some(statement.clone()),
        copy_of,
    };
    let change = |correction| Change {
        what: "dead".into(),
        before: "12".into(),
        after: "19".into(),
        correction,
        earlier: None,
        cite: cite.clone(),
    };
    Briefing {
        from: "2026-11-24T00:00:00Z".into(),
        to: "2026-11-25T00:00:00Z".into(),
        items: vec![Item {
            n: 1,
            title: "A title".into(),
            watch: vec!["a word".into()],
            statements: vec![statement.clone()],
            outlets: vec![share(None), share(Some("outlet/a".into()))],
            conflicts: vec![Conflict { what: "dead".into(), figures: vec![figure] }],
            changes: vec![change(false), change(true)],
            ..Item::default()
        }],
        more: vec![Headline { title: "Another".into(), outlets: vec!["Outlet".into()], article: "outlet/a".into() }],
        corrections: vec![Correction {
            was: statement.clone(),
            article: article.clone(),
            now: "It reads so now.".into(),
            findings: Vec::new(),
        }],
        ..Briefing::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::finding::Finding;
    use crate::stage::write::briefing::{Files, Sources};

    fn sources(html: Option<&str>) -> Sources {
        let mut sources = Sources::default();
        let files = Files { html: html.map(str::to_owned), md: None };
        sources.articles.insert("outlet/a".into(), files);
        let cited = Cited { id: "Asli <b>.".into(), en: Some("The original.".into()) };
        sources.paragraphs.insert(Cite { article: "outlet/a".into(), paragraph: 2 }, cited);
        sources
    }

    fn page(sources: &Sources) -> String {
        let theme = Theme::builtin();
        theme.briefing(&example(), &Rendering::new(&theme, sources)).unwrap()
    }

    #[test]
    fn a_statement_links_to_its_paragraph_where_the_article_has_a_page() {
        let page = page(&sources(Some("../outlet/a.html")));
        assert!(page.contains("href=\"../outlet/a.html#p2\"") && !page.contains("The original."), "{page}");
    }

    #[test]
    fn without_a_page_the_paragraph_stands_under_the_statement_in_both_languages() {
        let page = page(&sources(None));
        let statement = page.split("Something happened.").nth(1).unwrap();
        assert!(statement.contains("The original.") && statement.contains("Asli &lt;b&gt;."), "{statement}");
        assert!(!page.contains("a.html"));
    }

    #[test]
    fn a_replaced_statement_says_so_and_why() {
        let mut briefing = example();
        briefing.items[0].statements[0].findings = vec![Finding::error("figures", "19 stands in no cited paragraph.")];
        let (theme, sources) = (Theme::builtin(), Sources::default());
        let page = theme.briefing(&briefing, &Rendering::new(&theme, &sources)).unwrap();
        assert!(page.contains("did not bear out") && page.contains("19 stands in no cited paragraph."), "{page}");
    }

    #[test]
    fn hostile_text_stays_text_in_page_and_mail() {
        let evil = "<script>alert(1)</script>\u{202e}";
        let mut briefing = example();
        let item = &mut briefing.items[0];
        (item.title, item.statements[0].text) = (evil.into(), evil.into());
        item.outlets[0].outlet = "\" onclick=\"alert(1)".into();
        item.outlets[0].articles[0].url = Some("javascript:alert(1)".into());
        let (theme, sources) = (Theme::builtin(), sources(None));
        let with = Rendering::new(&theme, &sources);
        for page in [theme.briefing(&briefing, &with).unwrap(), mail(&briefing, &with).unwrap()] {
            assert!(!page.contains("<script>alert") && !page.contains("javascript:") && !page.contains('\u{202e}'));
            assert!(!page.contains("\" onclick=\""));
        }
    }
}
