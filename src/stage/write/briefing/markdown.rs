//! The briefing as Markdown: each statement ends with the paragraphs that it rests on, as `[name ¶n]`, linked to the
//! article's file where there is one.
//!
//! Place in the data way: one form of a briefing; `kabar brief --verify` reads it back.
//! It must never leave a statement without its citations.

use crate::model::briefing::{
    Briefing, Change, Cite, Conflict, Correction, Figure, Item, Method, OutletShare, Statement,
};

use crate::stage::brief::day;

use super::super::escape::{address, inline, is_web};
use super::{DRAFT, Sources, moment};

pub(super) fn render(briefing: &Briefing, sources: &Sources) -> String {
    let mut page = format!("# Briefing\n\n{} to {}\n", inline(&moment(&briefing.from)), inline(&moment(&briefing.to)));
    if briefing.items.is_empty() {
        page += "\nNothing new in this time.\n";
    }
    if !briefing.corrections.is_empty() {
        page += "\n## Corrected since the last briefing\n\n";
        briefing.corrections.iter().for_each(|correction| page += &corrected(correction, sources));
    }
    briefing.items.iter().for_each(|one| page += &item(one, sources));
    if !briefing.more.is_empty() {
        page += "\n## Further\n\n";
        for headline in &briefing.more {
            let outlets: Vec<String> = headline.outlets.iter().map(|outlet| inline(outlet)).collect();
            let place = linked(&headline.article, sources.file(&headline.article, None));
            page += &format!("- {} ({}) \\[{place}\\]\n", inline(&headline.title), outlets.join(", "));
        }
    }
    page += "\n## What this rests on\n\n";
    for line in super::coverage(&briefing.coverage) {
        page += &format!("- {}\n", inline(&line));
    }
    page
}

fn item(item: &Item, sources: &Sources) -> String {
    let watch: Vec<String> = item.watch.iter().map(|word| inline(word)).collect();
    let mut text = format!("\n## {}. {}\n\n", item.n, inline(&item.title));
    if !watch.is_empty() {
        text += &format!("**On the watch list:** {}\n\n", watch.join(", "));
    }
    if item.draft {
        text += &format!("**Draft:** {DRAFT}\n\n");
    }
    item.statements.iter().for_each(|one| text += &statement("- ", one, sources));
    item.changes.iter().for_each(|one| text += &change(one, sources));
    item.conflicts.iter().for_each(|one| text += &conflict(one, sources));
    text += "\n";
    item.outlets.iter().for_each(|one| text += &outlet(one, sources));
    text
}

fn cites(cites: &[Cite], sources: &Sources) -> String {
    let shown: Vec<String> = cites.iter().map(|one| cite(one, sources)).collect();
    format!("[{}]", shown.join(", "))
}

fn cite(cite: &Cite, sources: &Sources) -> String {
    linked(&cite.to_string(), sources.file(&cite.article, Some(cite.paragraph)))
}

/// The text as a link; addresses come percent-encoded, so nothing in them ends the link.
fn linked(text: &str, address: Option<String>) -> String {
    let text = inline(text);
    address.map_or_else(|| text.clone(), |address| format!("[{text}]({address})"))
}

fn statement(lead: &str, statement: &Statement, sources: &Sources) -> String {
    let mut text = format!("{lead}{} {}\n", inline(&statement.text), cites(&statement.cites, sources));
    let why: Vec<String> = statement.findings.iter().map(|finding| inline(&finding.detail)).collect();
    if statement.method == Method::Replaced {
        text += &format!("  *Stands in for a statement that its sources did not bear out: {}*\n", why.join(" "));
    } else if statement.is_flagged() {
        text += &format!("  *A check calls this English wrong: {}*\n", why.join(" "));
    }
    text
}

fn change(change: &Change, sources: &Sources) -> String {
    let (what, before, after) = (inline(&change.what), inline(&change.before), inline(&change.after));
    let place = cites(std::slice::from_ref(&change.cite), sources);
    if change.correction {
        format!("- **Corrected without a word:** “{before}” is now “{after}” ({what}) {place}\n")
    } else {
        let earlier = change.said_elsewhere().map(|cite| format!(" {}", cites(std::slice::from_ref(cite), sources)));
        format!("- **New:** {what} {before}{} → {after} {place}\n", earlier.unwrap_or_default())
    }
}

fn conflict(conflict: &Conflict, sources: &Sources) -> String {
    let sayer = |figure: &&Figure| {
        let day = figure.date.as_deref().and_then(day).map(|day| format!(", {}", inline(&day)));
        format!("{}{}, {}", inline(&figure.outlet), day.unwrap_or_default(), cite(&figure.cite, sources))
    };
    let says = conflict.by_value().into_iter().map(|group| {
        let shown = group.first().map_or("", |figure| &figure.shown);
        format!("{} ({})", inline(shown), group.iter().map(sayer).collect::<Vec<_>>().join("; "))
    });
    format!("- **Outlets disagree** on {}: {}\n", inline(&conflict.what), says.collect::<Vec<_>>().join("; "))
}

fn outlet(share: &OutletShare, sources: &Sources) -> String {
    // Anything else in its place is no address, and the line would not be read as one of an outlet.
    let urls = share.articles.iter().filter_map(|article| article.url.as_deref()).filter(|url| is_plain(url));
    let links: Vec<String> = urls.map(address).collect();
    let links = if links.is_empty() { String::new() } else { format!(" {}", links.join(" ")) };
    let name = format!("{}{links}", inline(&share.outlet));
    match (&share.copy_of, &share.adds) {
        (Some(original), _) => format!("- {name}: prints the text of {}\n", inline(original)),
        (None, Some(adds)) => statement(&format!("- {name} adds: "), adds, sources),
        (None, None) => format!("- {name}\n"),
    }
}

fn is_plain(url: &str) -> bool {
    is_web(url) && !url.contains(char::is_whitespace)
}

fn corrected(correction: &Correction, sources: &Sources) -> String {
    let why: Vec<String> = correction.findings.iter().map(|finding| inline(&finding.detail)).collect();
    let now = if correction.now.is_empty() {
        "Now that paragraph is gone.".to_owned()
    } else {
        format!("Now: “{}”", inline(&correction.now))
    };
    let place = correction.cite.as_ref().map(|cite| format!(" {}", cites(std::slice::from_ref(cite), sources)));
    format!(
        "- {} was changed. An earlier briefing said: “{}” {now}{} ({})\n",
        inline(&correction.article.name),
        inline(&correction.was.text),
        place.unwrap_or_default(),
        why.join(" "),
    )
}
