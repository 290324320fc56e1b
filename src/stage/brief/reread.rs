//! Reads the statements of a briefing back, from its JSON or from Markdown that a person may have edited.
//!
//! Place in the data way: before `verify`, as `kabar brief --verify`.
//! It must never pass over a line that reads like a statement for want of a citation.

use std::sync::LazyLock;

use regex::Regex;

use crate::model::briefing::{Briefing, Cite, Method, Statement};
use crate::model::finding::Finding;

use super::verify::{Cited, Library, holds_value, holds_words, values_en, verify};

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
    /// A figure of outlets that disagree, or one that is new.
    Figure {
        value: Option<f64>,
        shown: String,
        cite: Cite,
    },
    /// Words that an outlet put in the place of others.
    Words {
        words: String,
        cite: Cite,
    },
}

impl Said {
    /// Whether a figure or words stand in a paragraph; a statement needs more than that.
    fn stands_in(&self, cited: &Cited) -> bool {
        match self {
            Self::Statement(_) => false,
            Self::Figure { value, shown, .. } => {
                value.iter().copied().chain(values_en(shown)).all(|value| holds_value(cited, value))
            }
            Self::Words { words, .. } => holds_words(cited, words),
        }
    }
}

impl Claim {
    /// What is wrong with it.
    pub fn judge(&self, library: &impl Library) -> Vec<Finding> {
        let (rule, said, cite) = match &self.said {
            Said::Statement(statement) => return verify(statement, library),
            Said::Figure { shown, cite, .. } => ("figures", shown, cite),
            Said::Words { words, cite } => ("quotation", words, cite),
        };
        let Some(cited) = library.paragraph(cite) else {
            return vec![Finding::error("cites", format!("There is no paragraph {cite}."))];
        };
        if self.said.stands_in(&cited) {
            return Vec::new();
        }
        vec![Finding::error(rule, format!("{said} does not stand in {cite}."))]
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
        let figures = item.conflicts.iter().flat_map(|conflict| &conflict.figures).map(|figure| Said::Figure {
            value: Some(figure.value),
            shown: figure.shown.clone(),
            cite: figure.cite.clone(),
        });
        let changes = item.changes.iter().map(|change| {
            let (after, cite) = (change.after.clone(), change.cite.clone());
            if change.correction {
                Said::Words { words: after, cite }
            } else {
                Said::Figure { value: None, shown: after, cite }
            }
        });
        statements.chain(figures).chain(changes).map(claim).collect::<Vec<_>>()
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
        let claim = |said| Claim { place: format!("line {n}"), said };
        if let Some(note) = body.strip_prefix("**") {
            claims.extend(of_note(note, &cites).into_iter().map(claim));
            continue;
        }
        let text = text.split_once(" adds: ").map_or(text.clone(), |(_, added)| added.to_owned());
        let is_outlet = cites.is_empty()
            && (text.ends_with('>')
                || text.contains("prints the text of")
                || !text.contains(' ')
                || !text.ends_with(['.', '”', '"', '!', '?']));
        if !is_outlet {
            let statement = Statement { text, cites, method: Method::Extractive, backend: None, findings: Vec::new() };
            claims.push(claim(Said::Statement(statement)));
        }
    }
    claims
}

/// The claims of a line that `write` begins in bold: `New:** dead 12 → 19 [a ¶2]`, `Corrected without a word:** “x” is now
/// “y” (…) [a ¶2]`, `Outlets disagree** on dead: 12 (Kompas, 2026-11-24, a ¶2); 19 (…)`.
fn of_note(note: &str, cites: &[Cite]) -> Vec<Said> {
    let new = note.strip_prefix("New:** ").and_then(|rest| rest.rsplit_once(" → "));
    let corrected = note.strip_prefix("Corrected").and_then(|rest| rest.split_once("” is now “")?.1.split_once('”'));
    if let Some((_, after)) = new {
        let shown = after.split(" [").next().unwrap_or(after);
        return cites
            .iter()
            .map(|cite| Said::Figure { value: None, shown: shown.into(), cite: cite.clone() })
            .collect();
    }
    if let Some((after, _)) = corrected {
        return cites.iter().map(|cite| Said::Words { words: after.into(), cite: cite.clone() }).collect();
    }
    let said = |group: &str| {
        let (shown, sayers) = group.trim_start_matches("; ").split_once(" (")?;
        let cites = sayers.split("; ").filter_map(|sayer| Some(sayer.rsplit_once(", ")?.1));
        let figure = |cite| Said::Figure { value: None, shown: shown.to_owned(), cite };
        Some(cites.flat_map(read_cites).map(figure).collect::<Vec<_>>())
    };
    let groups =
        note.strip_prefix("Outlets disagree").and_then(|rest| rest.split_once(": ")).map_or("", |(_, all)| all);
    groups.split(')').filter_map(said).flatten().collect()
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
