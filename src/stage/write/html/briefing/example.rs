//! A briefing with something of everything, to try a template on before anything is written.
//!
//! Place in the data way: beside it; also what tests render.
//! It must never leave out a part that a template can show.

use crate::model::briefing::{
    Briefing, Change, Cite, Conflict, Correction, Figure, Headline, Item, Method, OutletShare, Statement,
};

/// The briefing.
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
            cite: Some(cite.clone()),
            findings: Vec::new(),
        }],
        ..Briefing::default()
    }
}
