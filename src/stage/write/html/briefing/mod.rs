//! A briefing as a page, and as the body of a mail: one click leads from each statement to the original.
//!
//! Place in the data way: one page of `html`.
//! It must never show a replaced statement as if it were a good one.

mod example;
mod view;

use serde::Serialize;

use crate::model::briefing::{Briefing, Item};

pub(in crate::stage::write) use example::example;
use view::{ItemView, Place, View};

use super::super::briefing::{Rendering, Sources};
use super::{Frame, Theme, ThemeError};

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
        let sources = Sources::default();
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::briefing::Cite;
    use crate::model::finding::Finding;
    use crate::stage::brief::Cited;
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
