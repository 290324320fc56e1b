//! The briefing as Markdown: each statement ends with the paragraphs that it rests on, as `[name ¶n]`.
//!
//! Place in the data way: one form of a briefing; `kabar brief --verify` reads it back.
//! It must never leave a statement without its citations.

use crate::model::briefing::{Briefing, Change, Cite, Conflict, Correction, Item, Method, OutletShare, Statement};

use super::super::escape::{address, inline};

pub(super) fn render(briefing: &Briefing) -> String {
    let mut page = format!("# Briefing\n\n{} to {}\n", inline(&briefing.from), inline(&briefing.to));
    if briefing.items.is_empty() {
        page += "\nNothing new in this time.\n";
    }
    if !briefing.corrections.is_empty() {
        page += "\n## Corrected since the last briefing\n\n";
        briefing.corrections.iter().for_each(|correction| page += &corrected(correction));
    }
    briefing.items.iter().for_each(|one| page += &item(one));
    if !briefing.more.is_empty() {
        page += "\n## Further\n\n";
        for headline in &briefing.more {
            let outlets: Vec<String> = headline.outlets.iter().map(|outlet| inline(outlet)).collect();
            page += &format!(
                "- {} ({}) \\[{}\\]\n",
                inline(&headline.title),
                outlets.join(", "),
                inline(&headline.article)
            );
        }
    }
    page += "\n## What this rests on\n\n";
    for line in super::coverage(&briefing.coverage) {
        page += &format!("- {}\n", inline(&line));
    }
    page
}

fn item(item: &Item) -> String {
    let watch: Vec<String> = item.watch.iter().map(|word| inline(word)).collect();
    let mut text = format!("\n## {}. {}\n\n", item.n, inline(&item.title));
    if !watch.is_empty() {
        text += &format!("**On the watch list:** {}\n\n", watch.join(", "));
    }
    item.statements.iter().for_each(|one| text += &statement("- ", one));
    item.changes.iter().for_each(|one| text += &change(one));
    item.conflicts.iter().for_each(|one| text += &conflict(one));
    text += "\n";
    item.outlets.iter().for_each(|one| text += &outlet(one));
    text
}

fn cites(cites: &[Cite]) -> String {
    let shown: Vec<String> = cites.iter().map(|cite| inline(&cite.to_string())).collect();
    format!("[{}]", shown.join(", "))
}

fn statement(lead: &str, statement: &Statement) -> String {
    let mut text = format!("{lead}{} {}\n", inline(&statement.text), cites(&statement.cites));
    if statement.method == Method::Replaced {
        let why: Vec<String> = statement.findings.iter().map(|finding| inline(&finding.detail)).collect();
        text += &format!("  *Stands in for a statement that its sources did not bear out: {}*\n", why.join(" "));
    }
    text
}

fn change(change: &Change) -> String {
    let (what, before, after) = (inline(&change.what), inline(&change.before), inline(&change.after));
    let place = cites(std::slice::from_ref(&change.cite));
    if change.correction {
        format!("- **Corrected without a word:** “{before}” is now “{after}” ({what}) {place}\n")
    } else {
        format!("- **New:** {what} {before} → {after} {place}\n")
    }
}

fn conflict(conflict: &Conflict) -> String {
    let says = conflict.figures.iter().map(|figure| {
        let day = figure.date.as_deref().and_then(|date| date.get(..10)).map(|day| format!(", {}", inline(day)));
        let cite = inline(&figure.cite.to_string());
        format!("{} ({}{}, {cite})", inline(&figure.shown), inline(&figure.outlet), day.unwrap_or_default())
    });
    format!("- **Outlets disagree** on {}: {}\n", inline(&conflict.what), says.collect::<Vec<_>>().join("; "))
}

fn outlet(share: &OutletShare) -> String {
    let links: Vec<String> = share.articles.iter().filter_map(|article| article.url.as_deref()).map(address).collect();
    let links = if links.is_empty() { String::new() } else { format!(" {}", links.join(" ")) };
    let name = format!("{}{links}", inline(&share.outlet));
    match (&share.copy_of, &share.adds) {
        (Some(original), _) => format!("- {name}: prints the text of {}\n", inline(original)),
        (None, Some(adds)) => statement(&format!("- {name} adds: "), adds),
        (None, None) => format!("- {name}\n"),
    }
}

fn corrected(correction: &Correction) -> String {
    let why: Vec<String> = correction.findings.iter().map(|finding| inline(&finding.detail)).collect();
    format!(
        "- {} was changed. The last briefing said: “{}” Now: “{}” ({})\n",
        inline(&correction.article.name),
        inline(&correction.was.text),
        inline(&correction.now),
        why.join(" "),
    )
}
