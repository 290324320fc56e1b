//! Reads the statements of a briefing back, from its JSON or from Markdown that a person may have edited.
//!
//! Place in the data way: before `verify`, as `kabar brief --verify`.
//! It must never pass over a line that reads like a statement for want of a citation.

use std::sync::LazyLock;

use regex::Regex;

use crate::model::briefing::{Briefing, Cite, Figure, Method, Statement};
use crate::model::finding::Finding;

use super::verify::{Library, holds_value, verify};

/// Something that a briefing says, and where it says it.
#[derive(Debug, Clone, PartialEq)]
pub struct Claim {
    /// Where it stands: `item 3`, or `line 12`.
    pub place: String,
    said: Said,
}

#[derive(Debug, Clone, PartialEq)]
enum Said {
    Statement(Statement),
    Figure(Figure),
}

impl Claim {
    /// What is wrong with it.
    pub fn judge(&self, library: &impl Library) -> Vec<Finding> {
        match &self.said {
            Said::Statement(statement) => verify(statement, library),
            Said::Figure(figure) => match library.paragraph(&figure.cite) {
                None => vec![Finding::error("cites", format!("There is no paragraph {}.", figure.cite))],
                Some(cited) if holds_value(&cited, figure.value) => Vec::new(),
                Some(_) => {
                    vec![Finding::error("figures", format!("{} does not stand in {}.", figure.shown, figure.cite))]
                }
            },
        }
    }
}

/// All claims of a briefing.
///
/// # Errors
/// Where the text is neither JSON of a briefing nor Markdown with statements.
pub fn reread(text: &str) -> Result<Vec<Claim>, String> {
    if text.trim_start().starts_with('{') {
        let briefing: Briefing =
            serde_json::from_str(text).map_err(|error| format!("not a whole briefing: {error}"))?;
        return Ok(of_briefing(&briefing));
    }
    let claims = of_markdown(text);
    if claims.is_empty() && !text.starts_with("# Briefing") { Err("holds no statements".into()) } else { Ok(claims) }
}

fn of_briefing(briefing: &Briefing) -> Vec<Claim> {
    let claims = briefing.items.iter().flat_map(|item| {
        let claim = |said| Claim { place: format!("item {}", item.n), said };
        let adds = item.outlets.iter().filter_map(|share| share.adds.as_ref());
        let statements = item.statements.iter().chain(adds).cloned().map(Said::Statement);
        let figures = item.conflicts.iter().flat_map(|conflict| &conflict.figures).cloned().map(Said::Figure);
        statements.chain(figures).map(claim).collect::<Vec<_>>()
    });
    claims.collect()
}

/// Items of lists are statements: `- text [name ¶n, name ¶n]`. Lines that `write` makes for other purposes are known.
fn of_markdown(text: &str) -> Vec<Claim> {
    let mut claims = Vec::new();
    let mut in_events = false;
    for (n, line) in (1..).zip(text.lines()) {
        if let Some(heading) = line.strip_prefix("## ") {
            in_events = heading.starts_with(|c: char| c.is_ascii_digit());
        }
        let Some(body) = line.strip_prefix("- ").filter(|_| in_events) else { continue };
        let body = unescaped(&LINK.replace_all(body, "$1$2"));
        let (text, cites) = match body.rsplit_once(" [") {
            Some((text, places)) if places.contains('¶') => {
                (text.to_owned(), read_cites(places.trim_end_matches(']')))
            }
            _ => (body.clone(), Vec::new()),
        };
        let text = text.split_once(" adds: ").map_or(text.clone(), |(_, added)| added.to_owned());
        let is_note = ["**New:**", "**Corrected", "**Outlets disagree**"].iter().any(|note| body.starts_with(note));
        let is_outlet = cites.is_empty()
            && (text.ends_with('>')
                || text.contains("prints the text of")
                || !text.contains(' ')
                || !text.ends_with(['.', '”', '"', '!', '?']));
        if !is_note && !is_outlet {
            let statement = Statement { text, cites, method: Method::Extractive, backend: None, findings: Vec::new() };
            claims.push(Claim { place: format!("line {n}"), said: Said::Statement(statement) });
        }
    }
    claims
}

/// A link, with what stands before it: `write` links citations to their files. Brackets of the text are escaped.
static LINK: LazyLock<Regex> = LazyLock::new(|| {
    #[expect(clippy::expect_used, reason = "the pattern is constant, and a test uses it")]
    Regex::new(r"(^|[^\\])\[((?:[^\[\]\\]|\\.)*)\]\([^()\s]*\)").expect("a valid pattern")
});

fn read_cites(places: &str) -> Vec<Cite> {
    let cite = |place: &str| {
        let (article, paragraph) = place.rsplit_once(" ¶")?;
        Some(Cite { article: article.trim().to_owned(), paragraph: paragraph.trim().parse().ok()? })
    };
    places.split(", ").filter_map(cite).collect()
}

/// Takes back what `write` puts before characters that Markdown would read.
fn unescaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\\' if chars.peek().is_some_and(char::is_ascii_punctuation) => out.extend(chars.next()),
            c => out.push(c),
        }
    }
    out.replace("&lt;", "<").replace("&amp;", "&")
}
