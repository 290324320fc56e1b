//! The briefing as plain text: what cron mails.
//!
//! Place in the data way: one form of a briefing.
//! It must never hold a control character, nor one that turns the direction of the text.

use crate::model::briefing::{Briefing, Change, Cite, Figure, Item, Method, Statement};

use super::DRAFT;

/// Columns of a mail.
const WIDTH: usize = 76;

pub(super) fn render(briefing: &Briefing) -> String {
    let mut page = format!("BRIEFING  {} to {}\n", super::moment(&briefing.from), super::moment(&briefing.to));
    if briefing.items.is_empty() {
        page += "\nNothing new in this time.\n";
    }
    for correction in &briefing.corrections {
        let now = if correction.now.is_empty() {
            "that paragraph is gone".to_owned()
        } else {
            format!("\"{}\"", correction.now)
        };
        let place = correction.cite.as_ref().map_or_else(|| correction.article.name.clone(), Cite::to_string);
        let text = format!("Corrected: {place} said \"{}\"; now {now}", correction.was.text);
        page += &format!("\n{}", wrapped(&text, "* "));
    }
    briefing.items.iter().for_each(|one| page += &item(one));
    if !briefing.more.is_empty() {
        page += "\nFURTHER\n";
        for headline in &briefing.more {
            page += &wrapped(&format!("{} ({})", headline.title, headline.outlets.join(", ")), "- ");
        }
    }
    page += "\nWHAT THIS RESTS ON\n";
    for line in super::coverage(&briefing.coverage) {
        page += &wrapped(&line, "- ");
    }
    page
}

fn item(item: &Item) -> String {
    let mut text = format!("\n{}", wrapped(&item.title.to_uppercase(), &format!("{}. ", item.n)));
    if !item.watch.is_empty() {
        text += &wrapped(&format!("On the watch list: {}", item.watch.join(", ")), "! ");
    }
    if item.draft {
        text += &wrapped(&format!("Draft: {DRAFT}"), "! ");
    }
    item.statements.iter().for_each(|one| text += &wrapped(&statement(one), "- "));
    for change in &item.changes {
        let kind = if change.correction { "Corrected" } else { "New" };
        let earlier = change.said_elsewhere().map(|cite| format!(" [{cite}]")).unwrap_or_default();
        let Change { what, before, after, cite, .. } = change;
        text += &wrapped(&format!("{kind}: {what} {before}{earlier} -> {after} [{cite}]"), "* ");
    }
    for conflict in &item.conflicts {
        let says: Vec<String> = conflict.by_value().iter().map(|group| said(group)).collect();
        text += &wrapped(&format!("Outlets disagree on {}: {}", conflict.what, says.join("; ")), "? ");
    }
    for share in &item.outlets {
        let adds = share.adds.as_ref().map(|adds| format!(" adds: {}", statement(adds))).unwrap_or_default();
        let copy =
            share.copy_of.as_ref().map(|original| format!(": prints the text of {original}")).unwrap_or_default();
        text += &wrapped(&format!("{}{adds}{copy}", share.outlet), "  ");
    }
    text
}

/// A figure, and who gives it: `12 (Kompas, kompas/a ¶3; Tempo, tempo/b ¶2)`.
fn said(group: &[&Figure]) -> String {
    let shown = group.first().map_or("", |figure| &figure.shown);
    let sayers: Vec<String> = group.iter().map(|figure| format!("{}, {}", figure.outlet, figure.cite)).collect();
    format!("{shown} ({})", sayers.join("; "))
}

fn statement(statement: &Statement) -> String {
    let cites: Vec<String> = statement.cites.iter().map(Cite::to_string).collect();
    let mark = match statement.method {
        Method::Replaced => " (stands in for a refused statement)",
        _ if statement.is_flagged() => " (a check calls this English wrong)",
        _ => "",
    };
    format!("{} [{}]{mark}", statement.text, cites.join(", "))
}

/// Lines of at most [`WIDTH`] characters, the first after `lead`, the others below it.
fn wrapped(text: &str, lead: &str) -> String {
    let is_shown = |c: &char| !c.is_control() && !super::super::escape::is_bidi(*c);
    let mut out = lead.to_owned();
    let indent = " ".repeat(lead.chars().count());
    let mut column = indent.len();
    for word in text.split_whitespace() {
        let word: String = word.chars().filter(is_shown).collect();
        let length = word.chars().count();
        if column + length > WIDTH && column > indent.len() {
            out = out.trim_end().to_owned() + "\n" + &indent;
            column = indent.len();
        }
        out += &word;
        out.push(' ');
        column += length + 1;
    }
    out.trim_end().to_owned() + "\n"
}

#[cfg(test)]
mod tests {
    use super::super::super::html::example;
    use super::super::{Sources, markdown};
    use super::*;

    #[test]
    fn a_correction_whose_paragraph_is_gone_says_so() {
        let mut briefing = example();
        briefing.corrections[0].now = String::new();
        let (text, page) = (render(&briefing), markdown::render(&briefing, &Sources::default()));
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(
            text.contains("now that paragraph is gone") && page.contains("Now that paragraph is gone."),
            "{text}{page}"
        );
        assert!(!page.contains("“”") && !text.contains("\"\""));
    }
}
