//! A page's metadata: from `<meta>`, from structured data (JSON-LD), from its first-level heading.
//!
//! Place in the data way: used by the HTML reader.
//! It must never invent: what no field says stays unknown.

use serde_json::Value;

use crate::model::article::Source;

use super::piece::Page;

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
    Source {
        title: title(page, meta(&["og:title", "twitter:title"]).or_else(|| field("headline"))),
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
        outlet: meta(&["og:site_name"]).or_else(|| field("publisher")),
        url: meta(&["canonical", "og:url"]).or_else(|| field("url")),
        author: field("author")
            .or_else(|| meta(&["author", "content_author", "article:author"]))
            .filter(|name| !name.contains("://")),
        ..Source::default()
    }
}

/// The first-level heading, else the title that the page gives to others, without the site's name.
fn title(page: &Page, given: Option<String>) -> Option<String> {
    let mut headings = page.pieces.iter().filter(|piece| piece.is_h1 && !piece.in_frame);
    if let (Some(only), None) = (headings.next(), headings.next()) {
        return Some(only.text.clone());
    }
    let given = given.or_else(|| Some(crate::stage::read::line::tidy(&page.title)))?;
    let bare = without_site(&given);
    (!bare.is_empty()).then(|| bare.to_owned())
}

/// `Harga Beras Turun - detikFinance` without its end.
fn without_site(title: &str) -> &str {
    let cut = [" - ", " | ", " – ", " — ", " : "]
        .iter()
        .filter_map(|mark| title.rsplit_once(mark))
        .min_by_key(|(_, site)| site.len());
    match cut {
        Some((bare, site)) if site.split_whitespace().count() <= 3 && bare.split_whitespace().count() >= 3 => {
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
