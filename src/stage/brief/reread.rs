//! Reads the statements of a briefing back, from its JSON or from Markdown that a person may have edited.
//!
//! Place in the data way: before `verify`, as `kabar brief --verify`.
//! It must never pass over a line that reads like a statement for want of a citation.

use std::sync::LazyLock;

use regex::Regex;

use crate::model::briefing::{Briefing, Cite, Method, Statement};
use crate::model::finding::Finding;
use crate::model::pattern::pattern;

use super::number::{Language, values};
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
    /// A figure of outlets that disagree, or one that is new; and where it stands, the first of these that there is.
    Figure {
        value: Option<f64>,
        shown: String,
        cites: Vec<Cite>,
    },
    /// An outlet, what it adds, and whose text it prints; where there is no such outlet or article, the whole line is a
    /// statement.
    Share {
        outlet: String,
        adds: Option<Statement>,
        copy_of: Option<String>,
        whole: Statement,
    },
    /// The title of an event, with all that is cited of the event: a title of an article, or borne out by what is cited.
    Title(Statement),
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
            Self::Statement(_) | Self::Share { .. } | Self::Title(_) => false,
            Self::Figure { value, shown, .. } => {
                value.iter().copied().chain(values_en(shown)).all(|value| holds_value(cited, value))
            }
            Self::Words { words, .. } => holds_words(cited, words),
        }
    }
}

impl Claim {
    /// What it cites.
    fn cites(&self) -> impl Iterator<Item = &Cite> {
        let (one, many): (Option<&Cite>, &[Cite]) = match &self.said {
            Said::Statement(said) | Said::Title(said) | Said::Share { adds: Some(said), .. } => (None, &said.cites),
            Said::Share { .. } => (None, &[]),
            Said::Figure { cites, .. } => (None, cites),
            Said::Words { cite, .. } => (Some(cite), &[]),
        };
        one.into_iter().chain(many)
    }

    /// What is wrong with it.
    pub fn judge(&self, library: &impl Library) -> Vec<Finding> {
        let (rule, said, cites) = match &self.said {
            Said::Statement(statement) => return verify(statement, library),
            Said::Share { outlet, adds, copy_of, .. }
                if library.has_outlet(outlet) && copy_of.iter().all(|name| library.has_article(name)) =>
            {
                return adds.as_ref().map_or_else(Vec::new, |adds| verify(adds, library));
            }
            Said::Share { whole, .. } => return verify(whole, library),
            Said::Title(title) => return judge_title(title, library),
            Said::Figure { shown, cites, .. } => ("figures", shown, cites.as_slice()),
            Said::Words { words, cite } => ("quotation", words, std::slice::from_ref(cite)),
        };
        let found = cites.iter().find_map(|cite| Some((cite, library.paragraph(cite)?)));
        let Some((cite, paragraph)) = found else {
            let sought = cites.last().map(Cite::to_string).unwrap_or_default();
            return vec![Finding::error("cites", format!("There is no paragraph {sought}."))];
        };
        if self.said.stands_in(&paragraph) {
            return Vec::new();
        }
        vec![Finding::error(rule, format!("{said} does not stand in {cite}."))]
    }
}

fn judge_title(title: &Statement, library: &impl Library) -> Vec<Finding> {
    // Citations that lead nowhere are told with the statements that have them.
    let cites = title.cites.iter().filter(|cite| library.paragraph(cite).is_some()).cloned().collect();
    let stands = Statement { cites, ..title.clone() };
    let is_judged = title.cites.is_empty() || !stands.cites.is_empty();
    if is_judged && !library.has_title(&title.text) { verify(&stands, library) } else { Vec::new() }
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
    let is_ours = text.lines().any(|line| line.starts_with("# Briefing") || line.starts_with("## "));
    if is_ours { Ok(of_markdown(text)) } else { Err("holds no statements".into()) }
}

fn of_briefing(briefing: &Briefing) -> Vec<Claim> {
    let claims = briefing.items.iter().flat_map(|item| {
        let claim = |said| Claim { place: format!("item {}", item.n), said };
        let title = Said::Title(claimed(item.title.clone(), item.cites().cloned().collect()));
        let statements = std::iter::once(title).chain(item.told().cloned().map(Said::Statement));
        let figures = item.conflicts.iter().flat_map(|conflict| &conflict.figures).map(|figure| Said::Figure {
            value: Some(figure.value),
            shown: figure.shown.clone(),
            cites: vec![figure.cite.clone()],
        });
        let changes = item.changes.iter().flat_map(|change| {
            let figure =
                |shown: &str, cite: &Cite| Said::Figure { value: None, shown: shown.into(), cites: vec![cite.clone()] };
            if change.correction {
                return vec![Said::Words { words: change.after.clone(), cite: change.cite.clone() }];
            }
            let earlier = change.said_elsewhere().map(|cite| figure(&change.before, cite));
            earlier.into_iter().chain([figure(&change.after, &change.cite)]).collect()
        });
        statements.chain(figures).chain(changes).map(claim).collect::<Vec<_>>()
    });
    let corrections = briefing.corrections.iter().filter_map(|one| {
        let said = Said::Words { words: one.now.clone(), cite: one.cite.clone()? };
        Some(Claim { place: "corrections".into(), said })
    });
    claims.chain(corrections).collect()
}

/// What stands between `# Briefing` and what it rests on: every list item and paragraph claims something, but for the
/// lines that `write` makes for other purposes.
fn of_markdown(text: &str) -> Vec<Claim> {
    let mut claims: Vec<Claim> = Vec::new();
    let mut heading: Option<(usize, Claim)> = None;
    for (n, block) in blocks(text) {
        if let Some(title) = block.strip_prefix('#') {
            close(&mut claims, heading.take());
            heading = of_heading(title).map(|title| (claims.len(), line(n, Said::Title(title))));
            continue;
        }
        claims.extend(said(&block).into_iter().map(|said| line(n, said)));
    }
    close(&mut claims, heading);
    claims
}

/// The title of an event; nothing where `write` makes the heading for other purposes.
fn of_heading(text: &str) -> Option<Statement> {
    let text = unescaped(text.trim_start_matches('#').trim());
    let number = text.bytes().take_while(u8::is_ascii_digit).count();
    let title = text.get(number..).and_then(|rest| rest.strip_prefix(". ")).filter(|_| number > 0).unwrap_or(&text);
    let is_ours = matches!(title, "Briefing" | "Corrected since the last briefing");
    (!is_ours).then(|| claimed(title.trim().to_owned(), Vec::new()))
}

/// Puts the title of an event before what is claimed under it, with all that is cited there.
fn close(claims: &mut Vec<Claim>, heading: Option<(usize, Claim)>) {
    let Some((at, Claim { place, said: Said::Title(title) })) = heading else { return };
    let cites: Vec<Cite> = claims.iter().skip(at).flat_map(Claim::cites).cloned().collect();
    // A heading of the editor's, such as `Sports`, claims nothing.
    if !cites.is_empty() || !values(&title.text, Language::English).is_empty() {
        claims.insert(at, Claim { place, said: Said::Title(Statement { cites, ..title }) });
    }
}

fn line(n: usize, said: Said) -> Claim {
    Claim { place: format!("line {n}"), said }
}

fn claimed(text: String, cites: Vec<Cite>) -> Statement {
    Statement { text, cites, method: Method::Extractive, backend: None, findings: Vec::new() }
}

/// Headings, list items and paragraphs, each with the line where it begins and in one line.
fn blocks(text: &str) -> Vec<(usize, String)> {
    let mut blocks: Vec<(usize, String)> = Vec::new();
    let mut is_open = false;
    for (n, line) in (1..).zip(text.lines()) {
        let line = line.trim();
        if matches!(line, "## Further" | "## What this rests on") {
            break;
        }
        let is_heading = line.starts_with('#');
        if line.is_empty() || is_heading || WRITTEN.is_match(line) {
            is_open = false;
            blocks.extend(is_heading.then(|| (n, line.to_owned())));
            continue;
        }
        let item = ["- ", "* ", "+ "].iter().find_map(|mark| line.strip_prefix(mark));
        match (item, blocks.last_mut()) {
            (None, Some((_, block))) if is_open => *block += &format!(" {line}"),
            _ => blocks.push((n, item.unwrap_or(line).to_owned())),
        }
        is_open = true;
    }
    blocks
}

/// What a block claims: a note that `write` begins in bold, a line of an outlet, or a statement.
fn said(block: &str) -> Vec<Said> {
    let block = LINK.replace_all(block, "$1$2");
    if let Some(note) = block.strip_prefix("**").and_then(of_note).filter(|said| !said.is_empty()) {
        return note;
    }
    if let Some(corrected) = CORRECTED.captures(&block) {
        let cite = corrected.get(2).and_then(|cite| read_cites(cite.as_str()).pop());
        let words = corrected.get(1).map(|now| unescaped(now.as_str()));
        return words.zip(cite).map(|(words, cite)| Said::Words { words, cite }).into_iter().collect();
    }
    let whole = statement(&block);
    let (head, adds) =
        block.split_once(" adds: ").map_or((&*block, None), |(head, adds)| (head, Some(statement(adds))));
    let (head, copy_of) = head
        .split_once(": prints the text of ")
        .map_or((head, None), |(head, original)| (head, Some(unescaped(original.trim()))));
    let name = head.split(" <http").next().unwrap_or(head).split(" http").next().unwrap_or(head);
    let addresses = head.get(name.len()..).unwrap_or_default();
    // Behind the addresses of an outlet's articles nothing else may stand.
    let is_share = addresses.split_whitespace().all(|word| word.trim_start_matches('<').starts_with("http"));
    if is_share && (whole.cites.is_empty() || adds.is_some()) {
        return vec![Said::Share { outlet: unescaped(name), adds, copy_of, whole }];
    }
    vec![Said::Statement(whole)]
}

/// A statement and what it cites, wherever in it that stands.
fn statement(text: &str) -> Statement {
    let cites =
        CITES.captures_iter(text).filter_map(|found| found.get(2)).flat_map(|places| read_cites(places.as_str()));
    let cites: Vec<Cite> = cites.collect();
    let text = unescaped(&CITES.replace_all(text, "$1"));
    claimed(text.split_whitespace().collect::<Vec<_>>().join(" ").replace(" ,", ","), cites)
}

/// The claims of a line that `write` begins in bold: `New:** dead 12 → 19 [a ¶2]`, `Corrected without a word:** “x” is now
/// “y” (…) [a ¶2]`, `Outlets disagree** on dead: 12 (Kompas, 2026-11-24, a ¶2); 19 (…)`; `None` where it is no such line.
fn of_note(note: &str) -> Option<Vec<Said>> {
    let figure = |shown: String, cite| Said::Figure { value: None, shown, cites: vec![cite] };
    if let Some(new) = note.strip_prefix("New:** ") {
        let (before, after) = new.rsplit_once(" → ")?;
        let (before, after) = (statement(before), statement(after));
        let was = values(&before.text, Language::English).pop().map(|value| value.text).unwrap_or_default();
        let earlier = before.cites.into_iter().map(|cite| figure(was.clone(), cite));
        let is_cited = !after.cites.is_empty();
        let now = after.cites.into_iter().map(|cite| figure(after.text.clone(), cite));
        return is_cited.then(|| earlier.chain(now).collect());
    }
    if let Some(corrected) = note.strip_prefix("Corrected without a word:** ") {
        let corrected = statement(corrected);
        let words = corrected.text.split_once("” is now “")?.1.split_once('”')?.0.to_owned();
        return Some(corrected.cites.into_iter().map(|cite| Said::Words { words: words.clone(), cite }).collect());
    }
    let (_, groups) = note.strip_prefix("Outlets disagree** on ")?.split_once(": ")?;
    let read: usize = GROUP.find_iter(groups).map(|group| group.len()).sum();
    let said = GROUP.captures_iter(groups).flat_map(|group| {
        let [shown, sayers] = [1, 2].map(|n| group.get(n).map_or("", |part| part.as_str()));
        let sayers: Vec<Vec<Cite>> = SAYER.find_iter(sayers).map(|sayer| places(sayer.as_str())).collect();
        let shown = unescaped(shown);
        sayers.into_iter().map(move |cites| Said::Figure { value: None, shown: shown.clone(), cites })
    });
    (read == groups.trim_end().len()).then(|| said.collect())
}

/// The paragraph that a sayer names, `Kompas, 2026-11-24, a ¶2`. Outlets and articles may have commas in their names: all
/// that it can be, the longest first.
fn places(sayer: &str) -> Vec<Cite> {
    let sayer = unescaped(sayer.trim_end_matches("; "));
    let ends = sayer.match_indices(", ").map(|(at, comma)| at + comma.len());
    ends.filter_map(|at| read_cites(sayer.get(at..)?).pop()).collect()
}

/// Lines of `write` that claim nothing: the time, what draws attention, and why a statement was replaced.
static WRITTEN: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"^(Nothing new in this time\.|\d+ \w+ \d{4}, \d\d:\d\d UTC\S* to \d+ \w+ \d{4}, \d\d:\d\d UTC\S*|\*\*On the watch list:\*\* .*|\*\*Draft:\*\* rests on text of the offline engine.*|\*Stands in for a statement that its sources did not bear out: .*\*|\*A check calls this English wrong: .*\*)$",
    )
});

/// A statement that an outlet's change made wrong: what its paragraph says now, and where that is.
static CORRECTED: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"^.+? was changed\. An earlier briefing said: “.*” (?:Now: “(.*)”|Now that paragraph is gone\.) \[((?:[^\[\]\\]|\\.)*¶\d+)\] \(.*\)$",
    )
});

/// A link, with what stands before it: `write` links citations to their files. Brackets of the text are escaped.
static LINK: LazyLock<Regex> = LazyLock::new(|| pattern(r"(^|[^\\])\[((?:[^\[\]\\]|\\.)*)\]\([^()\s]*\)"));

/// Citations in brackets, with what stands before them. Brackets of names are escaped.
static CITES: LazyLock<Regex> = LazyLock::new(|| pattern(r"(^|[^\\])\[((?:[^\[\]\\]|\\.)*¶\d+)\]"));

/// A figure, and who gives it.
static GROUP: LazyLock<Regex> = LazyLock::new(|| pattern(r"(.+?) \((.+? ¶\d+)\)(?:; |\s*$)"));

/// Who gives a figure.
static SAYER: LazyLock<Regex> = LazyLock::new(|| pattern(r".+? ¶\d+(?:; |$)"));

/// One of several citations.
static CITE: LazyLock<Regex> = LazyLock::new(|| pattern(r"(.+?) ¶(\d+)(?:, |$)"));

fn read_cites(places: &str) -> Vec<Cite> {
    let places = unescaped(places);
    let cite = |found: regex::Captures<'_>| {
        let (article, paragraph) = (found.get(1)?.as_str(), found.get(2)?.as_str());
        Some(Cite { article: article.trim().to_owned(), paragraph: paragraph.parse().ok()? })
    };
    CITE.captures_iter(&places).filter_map(cite).collect()
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

#[cfg(test)]
mod tests {
    use super::*;

    struct Desk;

    impl Library for Desk {
        fn paragraph(&self, cite: &Cite) -> Option<Cited> {
            let id = match (cite.article.as_str(), cite.paragraph) {
                ("kompas/demak", 1) => "Sebanyak 50 orang tewas di Demak.",
                ("Banjir Demak, tiga tewas", 1) | ("berita [1]", 2) => "Tiga orang tewas di Demak.",
                _ => return None,
            };
            let en = id.replace("Sebanyak 50 orang", "50 people").replace("Tiga orang", "Three people");
            Some(Cited { id: id.into(), en: Some(en.replace("tewas di", "died in")) })
        }

        fn has_outlet(&self, name: &str) -> bool {
            ["Kompas", "Kompas (Cetak)"].contains(&name)
        }

        fn has_article(&self, name: &str) -> bool {
            name == "kompas/demak"
        }
    }

    /// Claims, and those of them that are refused, of an event with these lines.
    fn judged(lines: &str) -> (usize, usize) {
        let text = format!("# Briefing\n\n## 1. A flood\n\n{lines}\n\n## What this rests on\n\n- 3 articles.\n");
        let claims = reread(&text).unwrap();
        (claims.len(), claims.iter().filter(|claim| !claim.judge(&Desk).is_empty()).count())
    }

    #[test]
    fn a_false_statement_is_refused_in_whatever_way_it_is_written() {
        for lines in [
            "- **500 people died in Demak.** [kompas/demak ¶1]",
            "- There were many, and 500 people\n  died in Demak. [kompas/demak ¶1]",
            "* 500 people died in Demak. [kompas/demak ¶1]",
            "+ 500 people died in Demak. [kompas/demak ¶1]",
            "500 people died in Demak.",
            "- 500 people died in Demak",
            "- 500 died in Demak [kompas/demak ¶1], says the agency.",
            "- 500 died, and Kompas adds: 50 people died in Demak. [kompas/demak ¶1]",
            "- Kompas adds: 500 people died in Demak. [kompas/demak ¶1]",
            "- **New:** dead 500 [Banjir Demak, tiga tewas ¶1] → 50 [kompas/demak ¶1]",
            "- **New:** dead 3 → 500",
            "- **Outlets disagree** on dead: 500 (Kompas (Cetak), 2026-11-24, kompas/demak ¶1)",
            "- **Outlets disagree** on dead: 500 people, says everyone",
            "- Kompas <https://example.org/a> says that 500 people died in Demak.",
            "- Kompas: prints the text of kompas/demak, in which 500 people died",
            "- kompas/demak was changed. An earlier briefing said: “x” Now: “500 people died.” [kompas/demak ¶1] (y)",
            "- kompas/demak was changed. An earlier briefing said: “x” 500 people died.",
        ] {
            let (claims, refused) = judged(lines);
            assert!(claims > 0 && refused == 1, "{lines}: {refused} of {claims}");
            let untitled = format!("# Briefing\n\n## A flood\n\n{lines}\n");
            assert_eq!(reread(&untitled).unwrap().len(), claims, "a heading without its number");
        }
    }

    #[test]
    fn what_kabar_writes_is_not_refused() {
        for lines in [
            "- 50 people died in Demak. [kompas/demak ¶1]",
            "- Three people died in Demak. [Banjir Demak, tiga tewas ¶1, berita \\[1\\] ¶2]",
            "- Three people died in Demak. [[berita \\[1\\] ¶2](../out/berita%20%5B1%5D.md)]",
            "- **New:** dead 3 [Banjir Demak, tiga tewas ¶1] → 50 [kompas/demak ¶1]",
            "- **Outlets disagree** on dead: 50 (Kompas (Cetak), 2026-11-24, kompas/demak ¶1); 3 (Kompas, Banjir Demak, tiga tewas ¶1; Kompas, berita \\[1\\] ¶2)",
            "- Kompas <https://example.org/a>\n- Kompas: prints the text of kompas/demak",
            "- Kompas adds: 50 people died in Demak. [kompas/demak ¶1]",
            "- 50 people died in Demak. [kompas/demak ¶1]\n  *Stands in for a statement that its sources did not bear out: 19.*",
            "- 50 people died in Demak. [kompas/demak ¶1]\n  *A check calls this English wrong: 19.*",
            "- kompas/demak was changed. An earlier briefing said: “x” Now: “50 people died in Demak.” [[kompas/demak ¶1](../a.md)] (y)",
            "- **Corrected without a word:** “tidak” is now “” (orang … tewas) [kompas/demak ¶1]",
        ] {
            let (claims, refused) = judged(lines);
            assert!(claims > 0 && refused == 0, "{lines}: {refused} of {claims}");
        }
    }

    #[test]
    fn the_title_of_an_event_is_a_claim_too() {
        let judged = |title: &str, lines: &str| {
            let claims = reread(&format!("# Briefing\n\n## 1. {title}\n\n{lines}\n")).unwrap();
            claims.iter().map(|claim| claim.judge(&Desk).len()).sum::<usize>()
        };
        let line = "- 50 people died in Demak. [kompas/demak ¶1]";
        assert_eq!(judged("50 dead in Demak", line), 0);
        assert_eq!(judged("5,000 dead in Demak", line), 1);
        assert_eq!(judged("50 dead in Kudus", line), 1);
        assert_eq!((judged("Sports", ""), judged("5,000 dead", "")), (0, 1));
    }
}
