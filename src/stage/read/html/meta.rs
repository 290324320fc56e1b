//! A page's metadata: from `<meta>`, from structured data (JSON-LD), from its first-level heading.
//!
//! Place in the data way: used by the HTML reader.
//! It must never invent: what no field says stays unknown.

use serde_json::Value;

use crate::model::article::{ParagraphKind, Source};

use super::piece::{Page, Piece};

/// The metadata of a page.
pub fn source(page: &Page) -> Source {
    let data: Vec<Value> = page.json_ld.iter().filter_map(|text| serde_json::from_str(text).ok()).collect();
    let article = data.iter().find_map(find_article);
    let meta = |names: &[&str]| {
        let found =
            names.iter().find_map(|name| page.metas.iter().find(|(key, value)| key == name && !value.is_empty()));
        found.map(|(_, value)| value.clone())
    };
    let field = |name: &str| article.and_then(|article| article.get(name)).and_then(text_of);
    let url = meta(&["canonical", "og:url"]).or_else(|| field("url"));
    let outlet = meta(&["og:site_name"]).or_else(|| field("publisher"));
    let site = [outlet.as_deref(), url.as_deref().and_then(host)].map(|name| letters(name.unwrap_or_default()));
    Source {
        title: title(page, meta(&["og:title", "twitter:title"]).or_else(|| field("headline")), &site),
        date: field("datePublished").or_else(|| {
            meta(&[
                "article:published_time",
                "publishdate",
                "datepublished",
                "pubdate",
                "content_publisheddate",
                "date",
                "dtk:publishdate",
            ])
        }),
        outlet,
        url,
        author: field("author")
            .or_else(|| meta(&["author", "content_author", "article:author"]))
            .filter(|name| !name.contains("://")),
        ..Source::default()
    }
}

fn host(url: &str) -> Option<&str> {
    url.split_once("://").and_then(|(_, rest)| rest.split('/').next())
}

/// A name without what sites write in it now and then.
fn letters(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// The first-level heading, else the title that the page gives to others, without the site's name. `site`: the site's
/// names, as letters.
fn title(page: &Page, given: Option<String>, site: &[String]) -> Option<String> {
    let mut headings = page.pieces.iter().filter(|piece| piece.is_h1 && !piece.in_frame);
    let only = headings.next().filter(|_| headings.next().is_none());
    // Some sites have their own name as first-level heading, and the story's as a second-level one.
    let is_given = |piece: &&Piece| {
        let is_heading = piece.kind == ParagraphKind::Heading && !piece.in_frame;
        let names = |given: &String| *given == piece.text || without_site(given, |_| true) == piece.text;
        is_heading && given.as_ref().is_some_and(names)
    };
    if let Some(only) = only {
        let story = Some(only).filter(is_given).or_else(|| page.pieces.iter().find(is_given));
        return Some(story.unwrap_or(only).text.clone());
    }
    // Only the title of the window is likely to end with the name of a site that the page names nowhere.
    let is_window = given.is_none();
    let given = given.unwrap_or_else(|| crate::stage::read::line::tidy(&page.title));
    let is_known = site.iter().any(|name| !name.is_empty());
    let is_site = |end: &str| {
        let end = letters(end);
        let is_named =
            !end.is_empty() && site.iter().any(|name| name.contains(&end) || !name.is_empty() && end.contains(name));
        is_named || is_window && !is_known
    };
    let bare = without_site(&given, is_site);
    (!bare.is_empty()).then(|| bare.to_owned())
}

/// `Harga Beras Turun - detikFinance` without its end.
fn without_site(title: &str, is_site: impl Fn(&str) -> bool) -> &str {
    let cut = [" - ", " | ", " – ", " — ", " : "]
        .iter()
        .filter_map(|mark| title.rsplit_once(mark))
        .min_by_key(|(_, site)| site.len());
    match cut {
        Some((bare, site))
            if site.split_whitespace().count() <= 3 && bare.split_whitespace().count() >= 3 && is_site(site) =>
        {
            bare.trim_end()
        }
        _ => title,
    }
}

/// The first object that describes an article; `@graph` and lists are looked into, one level deep.
fn find_article(value: &Value) -> Option<&Value> {
    let is_article = |value: &Value| value.get("headline").is_some() || value.get("datePublished").is_some();
    if is_article(value) {
        return Some(value);
    }
    let list = value.get("@graph").unwrap_or(value).as_array()?;
    list.iter().find(|value| is_article(value))
}

/// A text, the `name` of an object, or the first of a list.
fn text_of(value: &Value) -> Option<String> {
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Object(object) => object.get("name")?.as_str()?.to_owned(),
        Value::Array(list) => return list.first().filter(|value| !value.is_array()).and_then(text_of),
        _ => return None,
    };
    (!text.trim().is_empty()).then(|| text.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn title_of(head: &str) -> Option<String> {
        source(&super::super::piece::read(&format!("<html><head>{head}</head><body></body></html>")).unwrap()).title
    }

    #[test]
    fn only_the_sites_name_is_cut_from_a_title() {
        let whole = "Timnas Indonesia Kalah Lawan Irak - Pelatih Tidak Mundur";
        let given = format!("<meta property=og:title content='{whole}'>");
        assert_eq!(title_of(&given).as_deref(), Some(whole));
        let named = format!("<meta property=og:site_name content=Kabar><title>{whole}</title>");
        assert_eq!(title_of(&named).as_deref(), Some(whole));
        let site = "<link rel=canonical href='https://www.cnnindonesia.com/a'><title>Harga Beras Turun - CNN Indonesia</title>";
        assert_eq!(title_of(site).as_deref(), Some("Harga Beras Turun"));
        assert_eq!(title_of("<title>Harga Beras Turun - detikFinance</title>").as_deref(), Some("Harga Beras Turun"));
    }
}
