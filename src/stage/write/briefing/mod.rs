//! Renders a briefing: for people, for scripts, for a mail.
//!
//! Place in the data way: the last step of `brief`.
//! It must never show a replaced or refused statement as if it were a good one, nor let article text become mark-up.
//!
//! To add a form: one file here, one line in [`BriefFormat`] and in [`render_briefing`].

mod markdown;
mod text;

use crate::model::briefing::{Briefing, Coverage, OutletState};

/// A form of a briefing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BriefFormat {
    /// For people, with mark-up.
    Markdown,
    /// The record itself.
    Json,
    /// For people, without mark-up: fit for a mail of cron.
    Text,
}

impl BriefFormat {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Markdown, Self::Json, Self::Text];

    /// The format of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.extension() == name)
    }

    /// Its file extension, which is also its name.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Markdown => "md",
            Self::Json => "json",
            Self::Text => "txt",
        }
    }
}

/// Renders a briefing. The same briefing always gives the same bytes.
#[expect(clippy::missing_panics_doc, reason = "it cannot: a briefing always serialises")]
pub fn render_briefing(briefing: &Briefing, format: BriefFormat) -> String {
    match format {
        BriefFormat::Markdown => markdown::render(briefing),
        BriefFormat::Text => text::render(briefing),
        BriefFormat::Json => {
            #[expect(clippy::expect_used, reason = "a briefing holds only strings, numbers and lists, which serialise")]
            let text = serde_json::to_string_pretty(briefing).expect("serialise a briefing");
            text + "\n"
        }
    }
}

/// What the briefing rests on, in sentences.
fn coverage(coverage: &Coverage) -> Vec<String> {
    let mut lines = Vec::new();
    let mut first = format!("{} articles of {} in the folder", coverage.selected, coverage.articles);
    for (count, what) in [
        (Some(coverage.told_before), "told before"),
        (Some(coverage.undated), "without a date"),
        (Some(coverage.flagged), "with a finding of severity error"),
        (coverage.pending, "not translated yet"),
        (coverage.failed, "failed"),
        (coverage.unreadable, "inputs unreadable"),
        (Some(coverage.rewritten.len() as u64), "rewritten by their outlets since they were told"),
        (Some(coverage.damaged.len() as u64), "records damaged"),
    ] {
        if let Some(count) = count.filter(|count| *count > 0) {
            first += &format!("; {count} {what}");
        }
    }
    lines.push(first + ".");
    let named = |state: OutletState| {
        let of_state = coverage.outlets.iter().filter(move |outlet| outlet.state == state);
        of_state.map(|outlet| match outlet.usual {
            Some(usual) if usual > 0.0 => format!("{} ({}, usually {usual})", outlet.outlet, outlet.articles),
            _ => outlet.outlet.clone(),
        })
    };
    for (state, what) in [
        (OutletState::Never, "Never sent anything; look at the fetch"),
        (OutletState::Silent, "Silent in this window; no news, or a broken fetch"),
        (OutletState::Fewer, "Far less than usual"),
    ] {
        let outlets: Vec<String> = named(state).collect();
        if !outlets.is_empty() {
            lines.push(format!("{what}: {}.", outlets.join(", ")));
        }
    }
    lines.extend(coverage.alarms.iter().map(|alarm| format!("{}.", alarm.sentence())));
    lines
}
