//! What a briefing leaves to the next one: how far it told, which articles, and what it said of each event.
//!
//! Place in the data way: behind `brief`; the next one selects by it, tells what is new against it, and corrects it.
//! It must never let a briefing of some outlets or of another time stand for one that told everything, nor forget a
//! statement that its outlet may still correct.

use std::collections::HashSet;

use jiff::Zoned;

use crate::model::briefing::{Briefing, Item, Statement};

use super::changes::likeness;
use super::time::read;

/// What the next briefing is to know: this one where it told all that was published since the last one, else the last one
/// and what this one told beside it. `is_narrow` says that only some outlets or topics were told.
pub fn remembered(previous: Option<Briefing>, made: &Briefing, is_narrow: bool, now: &Zoned) -> Briefing {
    let known = previous.as_ref().and_then(|briefing| read(&briefing.to)).filter(|end| *end <= now.timestamp());
    let (from, to) = (read(&made.from), read(&made.to));
    let follows = known.is_none() || (from <= known && known <= to);
    let mut last = made.clone();
    let said = previous.as_ref().map(|previous| statements(previous).cloned().collect::<Vec<_>>()).unwrap_or_default();
    match previous {
        // How far it was told is not known yet.
        None if is_narrow => (last.from, last.to) = (String::new(), String::new()),
        Some(previous) if is_narrow || !follows => {
            (last.from, last.to) = (previous.from, previous.to);
            let told: HashSet<&str> = made.told.iter().map(|told| told.name.as_str()).collect();
            let is_kept = |item: &Item| {
                item.articles().any(|article| told.contains(article.name.as_str()))
                    && !made.items.iter().any(|new| likeness(new, item) > 0)
            };
            last.items.extend(previous.items.into_iter().filter(is_kept));
        }
        // Nothing was new; what was said before may still be corrected.
        Some(previous) if last.items.is_empty() => last.items = previous.items,
        None | Some(_) => {}
    }
    last.said = still_said(said, made, &last);
    if read(&last.to) > Some(now.timestamp()) {
        last.to = now.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string();
    }
    last
}

/// All that a briefing says of articles, and what earlier ones said that it keeps.
pub fn statements(briefing: &Briefing) -> impl Iterator<Item = &Statement> {
    briefing.items.iter().flat_map(Item::told).chain(&briefing.said)
}

/// What earlier briefings said and no item of the last one says, as long as the articles are among those that were told
/// and until it was corrected.
fn still_said(said: Vec<Statement>, made: &Briefing, last: &Briefing) -> Vec<Statement> {
    let is_same = |a: &Statement, b: &Statement| a.text == b.text && a.cites == b.cites;
    let told: HashSet<&str> = last.told.iter().map(|told| told.name.as_str()).collect();
    let is_kept = |statement: &Statement| {
        statement.cites.iter().any(|cite| told.contains(cite.article.as_str()))
            && !made.corrections.iter().any(|correction| is_same(&correction.was, statement))
            && !last.items.iter().flat_map(Item::told).any(|told| is_same(told, statement))
    };
    let mut kept: Vec<Statement> = Vec::new();
    for statement in said {
        if is_kept(&statement) && !kept.iter().any(|known| is_same(known, &statement)) {
            kept.push(Statement { findings: Vec::new(), ..statement });
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::briefing::{ArticleRef, Cite, Correction, Method, OutletShare, Told};

    fn now() -> Zoned {
        "2026-11-26T06:00:00+07:00[Asia/Jakarta]".parse().unwrap()
    }

    fn said(article: &str, text: &str) -> Statement {
        let cites = vec![Cite { article: article.into(), paragraph: 1 }];
        Statement { text: text.into(), cites, method: Method::Extractive, backend: None, findings: Vec::new() }
    }

    /// A briefing of a day that tells one event, with these names, in one article.
    fn of_day(day: u8, article: &str, text: &str) -> Briefing {
        let reference = ArticleRef { name: article.into(), title: String::new(), date: None, url: None };
        let share = OutletShare { outlet: "o".into(), articles: vec![reference], adds: None, copy_of: None };
        let names = ["teluk bone", "sinar wisesa", "muhammad arafah"].map(str::to_owned).to_vec();
        Briefing {
            from: format!("2026-11-{:02}T06:00:00+07:00", day - 1),
            to: format!("2026-11-{day:02}T06:00:00+07:00"),
            items: vec![Item { statements: vec![said(article, text)], outlets: vec![share], names, ..Item::default() }],
            ..Briefing::default()
        }
    }

    fn follows(last: Option<Briefing>, mut made: Briefing, is_narrow: bool) -> Briefing {
        let told = |item: &Item| {
            item.articles()
                .map(|a| Told {
                    name: a.name.clone(),
                    sha256: String::new(),
                    fingerprint: String::new(),
                    at: String::new(),
                })
                .collect::<Vec<_>>()
        };
        made.told = last.iter().flat_map(|last| last.told.clone()).chain(made.items.iter().flat_map(told)).collect();
        remembered(last, &made, is_narrow, &now())
    }

    #[test]
    fn narrow_briefings_keep_the_latest_item_of_an_event_alone() {
        let first = follows(None, of_day(23, "k/1", "12 died."), true);
        let second = follows(Some(first), of_day(24, "k/2", "34 died."), true);
        let texts: Vec<&str> = second.items.iter().flat_map(Item::told).map(|told| told.text.as_str()).collect();
        assert_eq!(texts, ["34 died."]);
        assert_eq!(second.said, [said("k/1", "12 died.")], "it may still be corrected");
    }

    #[test]
    fn what_was_said_is_kept_until_it_is_corrected_or_its_article_is_forgotten() {
        let first = follows(None, of_day(23, "k/1", "50 died."), false);
        let second = follows(Some(first), of_day(24, "k/2", "A harvest."), false);
        assert_eq!(second.said, [said("k/1", "50 died.")]);
        let mut third = of_day(25, "k/3", "A flood.");
        let article = ArticleRef { name: "k/1".into(), title: String::new(), date: None, url: None };
        let was = said("k/1", "50 died.");
        third.corrections = vec![Correction { was, article, now: String::new(), cite: None, findings: Vec::new() }];
        assert_eq!(follows(Some(second.clone()), third, false).said, [said("k/2", "A harvest.")]);
        let mut forgotten = of_day(25, "k/3", "A flood.");
        forgotten.told = Vec::new();
        assert_eq!(remembered(Some(second), &forgotten, false, &now()).said, []);
    }
}
