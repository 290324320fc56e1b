//! Briefings as an Atom feed, an entry for each event (<https://www.rfc-editor.org/rfc/rfc4287>).
//!
//! Place in the data way: one form of a briefing; `site` puts the last ones into one feed.
//! It must never give two entries one id, nor one entry two.

use std::collections::BTreeSet;

use quick_xml::escape::escape;

use crate::model::briefing::{Briefing, Item};
use crate::model::key::sha256_hex;
use crate::stage::brief::read_date;

use super::super::html::{ThemeError, event, plain, web};
use super::Rendering;

pub(super) fn render(briefings: &[&Briefing], with: &Rendering<'_>) -> Result<String, ThemeError> {
    let title = text(&with.pages.title);
    let updated = briefings.iter().map(|briefing| time(&briefing.to)).max().unwrap_or_else(|| time(""));
    let mut feed =
        String::from("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<feed xmlns=\"http://www.w3.org/2005/Atom\">\n");
    feed += &format!(
        "<title>{title}</title>\n<id>{}</id>\n<updated>{updated}</updated>\n",
        id(&["feed", &with.pages.title, &with.pages.url])
    );
    feed += &format!("<author><name>{title}</name></author>\n");
    feed += &format!("<generator version=\"{}\">Kabar</generator>\n", env!("CARGO_PKG_VERSION"));
    if let Some(url) = web(Some(&with.pages.url)) {
        let url = text(url.trim_end_matches('/'));
        feed += &format!("<link rel=\"self\" type=\"application/atom+xml\" href=\"{url}/feed.atom\"/>\n");
        feed += &format!("<link rel=\"alternate\" type=\"text/html\" href=\"{url}/\"/>\n");
    }
    let mut known = BTreeSet::new();
    for briefing in briefings {
        for item in &briefing.items {
            let id = entry_id(briefing, item);
            if known.insert(id.clone()) {
                feed += &entry(briefing, item, &id, with)?;
            }
        }
    }
    Ok(feed + "</feed>\n")
}

/// The id of an event of a briefing. Two briefings may end at one time, one of them of some outlets alone: an event that
/// both tell of the same articles in the same words is one entry.
fn entry_id(briefing: &Briefing, item: &Item) -> String {
    let articles = item.articles().map(|article| article.name.as_str());
    let texts = item.told().map(|statement| statement.text.as_str());
    let parts: Vec<&str> =
        ["event", &briefing.to, &item.title].into_iter().chain(articles).chain(["told"]).chain(texts).collect();
    id(&parts)
}

fn entry(briefing: &Briefing, item: &Item, id: &str, with: &Rendering<'_>) -> Result<String, ThemeError> {
    let first = item.outlets.first().and_then(|share| share.articles.first());
    let mut entry = format!("<entry>\n<title>{}</title>\n", text(&item.title));
    entry += &format!("<id>{id}</id>\n");
    entry += &format!("<updated>{}</updated>\n", time(&briefing.to));
    let link = first.and_then(|article| with.published(&article.name, None).or_else(|| web(article.url.as_deref())));
    if let Some(link) = link {
        entry += &format!("<link rel=\"alternate\" href=\"{}\"/>\n", text(&link));
    }
    for word in &item.watch {
        entry += &format!("<category term=\"{}\"/>\n", text(word));
    }
    if let Some(statement) = item.statements.first() {
        entry += &format!("<summary>{}</summary>\n", text(&statement.text));
    }
    entry += &format!("<content type=\"html\">{}</content>\n</entry>\n", text(&event(briefing, item, with)?));
    Ok(entry)
}

/// Text for XML: without what no XML document may hold (<https://www.w3.org/TR/xml/#charsets>), and escaped.
fn text(text: &str) -> String {
    let allowed: String = plain(text).chars().filter(|c| !matches!(c, '\u{fffe}' | '\u{ffff}')).collect();
    escape(allowed).into_owned()
}

fn time(text: &str) -> String {
    read_date(text).unwrap_or_default().to_string()
}

/// An id that the same parts always give: a UUID of version 8 (<https://www.rfc-editor.org/rfc/rfc9562#section-5.8>).
fn id(parts: &[&str]) -> String {
    let hash = sha256_hex(parts.join("\n").as_bytes());
    let at = |from: usize, to: usize| hash.get(from..to).unwrap_or_default();
    format!("urn:uuid:{}-{}-8{}-8{}-{}", at(0, 8), at(8, 12), at(13, 16), at(17, 20), at(20, 32))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stage::write::briefing::Sources;
    use crate::stage::write::html::{Theme, example};

    #[test]
    fn every_entry_has_an_id_of_its_own_that_stays() {
        let (theme, sources) = (Theme::builtin(), Sources::default());
        let with = Rendering::new(&theme, &sources);
        let (first, mut second) = (example(), example());
        second.to = "2026-11-26T00:00:00Z".into();
        let feed = render(&[&first, &second], &with).unwrap();
        let ids: Vec<&str> = feed.split("<id>").skip(1).filter_map(|rest| rest.split('<').next()).collect();
        assert_eq!(ids.len(), 3);
        assert!(ids.iter().all(|id| id.len() == 45) && ids[1] != ids[2], "{ids:?}");
        assert_eq!(feed, render(&[&first, &second], &with).unwrap());
        assert!(feed.contains("<updated>2026-11-26T00:00:00Z</updated>"));
    }

    #[test]
    fn two_briefings_of_one_end_share_no_id_and_tell_the_same_event_once() {
        let (theme, sources) = (Theme::builtin(), Sources::default());
        let with = Rendering::new(&theme, &sources);
        let (full, mut narrow) = (example(), example());
        assert_eq!(render(&[&full, &narrow], &with).unwrap().matches("<entry>").count(), 1);
        narrow.items[0].outlets.truncate(1);
        let feed = render(&[&full, &narrow], &with).unwrap();
        let ids: BTreeSet<&str> = feed.split("<id>").skip(1).filter_map(|rest| rest.split('<').next()).collect();
        assert_eq!((feed.matches("<entry>").count(), ids.len()), (2, 3));
    }

    #[test]
    fn text_cannot_leave_its_element() {
        let (theme, sources) = (Theme::builtin(), Sources::default());
        let mut briefing = example();
        briefing.items[0].title = "</title><script>\u{1b}\u{ffff}\u{202e}&".into();
        briefing.items[0].watch = vec!["\" x=\"".into()];
        let feed = render(&[&briefing], &Rendering::new(&theme, &sources)).unwrap();
        assert!(feed.contains("<title>&lt;/title&gt;&lt;script&gt;&amp;</title>"), "{feed}");
        assert!(feed.contains("term=\"&quot; x=&quot;\""));
    }

    #[test]
    fn links_lead_to_the_published_pages_where_there_are_some() {
        let (theme, sources) = (Theme::builtin(), Sources::default());
        let mut with = Rendering::new(&theme, &sources);
        assert!(render(&[&example()], &with).unwrap().contains("href=\"https://example.org/a\"/>"));
        with.pages.url = "https://desk.example/kabar/".into();
        let feed = render(&[&example()], &with).unwrap();
        assert!(feed.contains("href=\"https://desk.example/kabar/feed.atom\"/>"));
        assert!(feed.contains("href=\"https://desk.example/kabar/article/outlet/a.html\"/>"));
    }
}
