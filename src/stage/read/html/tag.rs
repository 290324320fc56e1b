//! What the names, roles and classes of elements say about the text inside.
//!
//! Place in the data way: inside the HTML reader.
//! It must never call an element furniture that holds the whole page (`body`, `main`, `article`).

use std::collections::HashSet;
use std::sync::LazyLock;

use html5gum::StartTag;

/// Elements whose text is no visible text.
const HIDDEN: &[&str] = &[
    "script", "style", "noscript", "template", "svg", "iframe", "textarea", "object", "select", "title", "math",
    "canvas", "audio", "video",
];

/// Elements that stand alone, one above the other.
const BLOCKS: &[&str] = &[
    "p", "div", "section", "article", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "li", "dl", "dt", "dd", "pre",
    "table", "thead", "tbody", "tfoot", "tr", "caption", "figure", "header", "footer", "nav", "aside", "main", "form",
    "fieldset", "address", "details", "summary", "body", "html", "head", "button", "label", "center", "dialog", "menu",
];

/// Words in a class or id that name a part of the page's frame.
const FRAME: &str = "share sharing sosmed socmed social related terkait rekomendasi recommendation comment comments komentar \
    breadcrumb breadcrumbs sidebar newsletter popular terpopuler tags ads ad advert advertisement iklan banner \
    footer navbar nav menu cookie cookies pagination paging bacajuga lihatjg linksisip copyright subscribe login \
    popup modal";

static FRAME_WORDS: LazyLock<HashSet<&str>> = LazyLock::new(|| FRAME.split_whitespace().collect());

/// The value of an attribute.
pub fn attribute(tag: &StartTag<()>, name: &str) -> Option<String> {
    tag.attributes.get(name.as_bytes()).map(|value| String::from_utf8_lossy(value).into_owned())
}

/// Whether text inside an element is no visible text.
pub fn is_hidden(name: &str) -> bool {
    HIDDEN.contains(&name)
}

/// Whether an element begins and ends a piece of text.
pub fn is_block(name: &str) -> bool {
    BLOCKS.contains(&name) || matches!(name, "blockquote" | "figcaption")
}

/// Whether a hidden element may stand inside a sentence: an advert's script, an icon.
pub fn is_inline(hidden: &str) -> bool {
    matches!(hidden, "script" | "style" | "noscript" | "template" | "svg" | "math")
}

/// Whether a browser shows nothing of an element, until something is clicked or the screen is another.
pub fn is_concealed(tag: &StartTag<()>) -> bool {
    let style = attribute(tag, "style").unwrap_or_default().to_ascii_lowercase();
    let is_none = style.split(';').filter_map(|rule| rule.split_once(':')).any(|(name, value)| {
        name.trim() == "display" && value.trim().starts_with("none")
            || name.trim() == "visibility" && value.trim().starts_with("hidden")
    });
    is_none || attribute(tag, "hidden").is_some()
}

/// Elements that a second one of their kind closes.
pub fn closes_itself(name: &str) -> bool {
    matches!(name, "p" | "li" | "dt" | "dd" | "tr")
}

/// Words among them that name what never holds the story, however much it holds.
const NEVER_STORY: [&str; 3] = ["comment", "comments", "komentar"];

/// What an element's own name, role, class and id say of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Frame {
    /// Nothing.
    No,
    /// A part of the page's frame; some sites wrap the whole page in one (`<form>`, `content-sidebar-wrap`).
    Likely,
    /// A part of the page's frame.
    Surely,
}

/// Whether an element is a part of the page's frame, by its name, its role, or the words of its class and id.
pub fn frame(name: &str, tag: &StartTag<()>) -> Frame {
    let role = attribute(tag, "role");
    // A book's footnotes stand in `<aside epub:type="footnote">`.
    let kind = attribute(tag, "epub:type").or_else(|| role.clone()).unwrap_or_default();
    if name == "aside"
        && kind.split([' ', '-']).any(|word| matches!(word, "footnote" | "endnote" | "rearnote" | "note"))
    {
        return Frame::No;
    }
    if matches!(name, "nav" | "aside" | "footer" | "button" | "menu") {
        return Frame::Surely;
    }
    if role.is_some_and(|role| {
        matches!(role.as_str(), "navigation" | "complementary" | "contentinfo" | "search" | "banner")
    }) {
        return Frame::Surely;
    }
    if matches!(name, "body" | "html" | "main" | "article") {
        return Frame::No;
    }
    let names = ["class", "id"].into_iter().filter_map(|name| attribute(tag, name));
    let words: Vec<String> =
        names.flat_map(|names| names.split([' ', '-', '_']).map(str::to_ascii_lowercase).collect::<Vec<_>>()).collect();
    if words.iter().any(|word| NEVER_STORY.contains(&word.as_str())) {
        Frame::Surely
    } else if matches!(name, "form" | "dialog") || words.iter().any(|word| FRAME_WORDS.contains(word.as_str())) {
        Frame::Likely
    } else {
        Frame::No
    }
}
