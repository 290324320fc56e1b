//! Where the paragraphs that a briefing cites can be read: the files of their articles, and their words.
//!
//! Place in the data way: gathered by the pipeline beside a briefing, used by its forms.
//! It must never make a link out of a name that is not percent-encoded.

use std::collections::BTreeMap;
use std::path::{Component, Path};

use crate::model::briefing::Cite;
use crate::stage::brief::Cited;

/// The files of an article, as addresses relative to the briefing; absent where there is no such file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Files {
    /// Its page.
    pub html: Option<String>,
    /// Its Markdown.
    pub md: Option<String>,
}

/// What a briefing's citations lead to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sources {
    /// By the article's name.
    pub articles: BTreeMap<String, Files>,
    /// The words of each cited paragraph.
    pub paragraphs: BTreeMap<Cite, Cited>,
}

impl Sources {
    /// The address of an article's page, at a paragraph.
    pub(in crate::stage::write) fn page(&self, article: &str, paragraph: Option<u32>) -> Option<String> {
        let page = self.articles.get(article)?.html.as_deref()?;
        Some(anchored(page, paragraph))
    }

    /// The address of a file that shows a paragraph: the page, else the Markdown, which has no places within.
    pub(super) fn file(&self, article: &str, paragraph: Option<u32>) -> Option<String> {
        self.page(article, paragraph).or_else(|| self.articles.get(article)?.md.clone())
    }
}

pub(super) fn anchored(page: &str, paragraph: Option<u32>) -> String {
    paragraph.map_or_else(|| page.to_owned(), |n| format!("{page}#p{n}"))
}

/// The address of the file `to` for a page in the folder `from`; both are absolute.
pub fn relative(from: &Path, to: &Path) -> String {
    let (from, to) = (steps(from), steps(to));
    let shared = from.iter().zip(&to).take_while(|(a, b)| a == b).count();
    let up = std::iter::repeat_n("..".to_owned(), from.len() - shared);
    let down = to.iter().skip(shared).map(|part| encoded(part));
    up.chain(down).collect::<Vec<_>>().join("/")
}

/// The parts of a path, with `.` and `..` taken out.
fn steps(path: &Path) -> Vec<String> {
    let mut steps = Vec::new();
    for part in path.components() {
        match part {
            Component::Normal(name) => steps.push(name.to_string_lossy().into_owned()),
            Component::ParentDir => drop(steps.pop()),
            Component::CurDir | Component::RootDir | Component::Prefix(_) => {}
        }
    }
    steps
}

/// Percent-encoded for a path of an address; `/` stays (<https://www.rfc-editor.org/rfc/rfc3986#section-3.3>).
pub(in crate::stage::write) fn encoded(path: &str) -> String {
    let mut out = String::new();
    for byte in path.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => out.push(char::from(byte)),
            byte => out += &format!("%{byte:02X}"),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_leads_from_one_folder_to_another() {
        for (from, to, address) in [
            ("/desk/out", "/desk/out/a/b.html", "a/b.html"),
            ("/desk/pages", "/desk/out/a b/c#d?.html", "../out/a%20b/c%23d%3F.html"),
            ("/desk/x/../pages/.", "/desk/out/é.html", "../out/%C3%A9.html"),
            ("/desk", "/desk/a:b.html", "a%3Ab.html"),
        ] {
            assert_eq!(relative(Path::new(from), Path::new(to)), address);
        }
    }

    #[test]
    fn the_page_comes_before_the_markdown() {
        let mut sources = Sources::default();
        let both = Files { html: Some("a.html".into()), md: Some("a.md".into()) };
        sources.articles.insert("a".into(), both);
        sources.articles.insert("b".into(), Files { html: None, md: Some("b.md".into()) });
        assert_eq!(sources.file("a", Some(7)).as_deref(), Some("a.html#p7"));
        assert_eq!(sources.file("b", Some(7)).as_deref(), Some("b.md"));
        assert_eq!(sources.file("c", Some(7)), None);
    }
}
