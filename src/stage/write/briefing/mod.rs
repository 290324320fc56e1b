//! Renders a briefing: for people, for scripts, for feed readers, for a mail.
//!
//! Place in the data way: the last step of `brief`.
//! It must never show a replaced or refused statement as if it were a good one, nor let article text become mark-up.
//!
//! To add a form: one file here, one line in [`BriefFormat`] and in [`render_briefing`].

mod atom;
mod mail;
mod markdown;
mod sources;
mod text;

use jiff::Timestamp;
use jiff::fmt::temporal::Pieces;
use jiff::tz::Offset;

use crate::model::briefing::{Briefing, Coverage, OutletCoverage, OutletState};
use crate::stage::brief::read_date;

use super::html::{Link, Theme, ThemeError};
use super::{Named, PageOptions};
pub use mail::MailOptions;
pub(super) use sources::encoded;
pub use sources::{Files, Sources, relative};

/// A form of a briefing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BriefFormat {
    /// For people, with mark-up.
    Markdown,
    /// The record itself.
    Json,
    /// For people, without mark-up: fit for a mail of cron.
    Text,
    /// A page to read.
    Html,
    /// A feed with an entry for each event.
    Atom,
    /// A message to send.
    Mail,
}

impl Named for BriefFormat {
    const ALL: &'static [Self] = &[Self::Markdown, Self::Json, Self::Text, Self::Html, Self::Atom, Self::Mail];

    fn extension(self) -> &'static str {
        match self {
            Self::Markdown => "md",
            Self::Json => "json",
            Self::Text => "txt",
            Self::Html => "html",
            Self::Atom => "atom",
            Self::Mail => "eml",
        }
    }
}

/// What is said of an event whose English is a draft.
pub(super) const DRAFT: &str = "rests on text of the offline engine, which is rough; check it against the Indonesian.";

/// What a briefing is rendered with.
pub struct Rendering<'a> {
    /// The look of pages.
    pub theme: &'a Theme,
    /// How the pages are called and where they are published.
    pub pages: PageOptions,
    /// Who sends a mail to whom.
    pub mail: MailOptions,
    /// Where the cited paragraphs can be read.
    pub sources: &'a Sources,
    /// Links above a page.
    pub links: &'a [Link],
}

impl<'a> Rendering<'a> {
    /// With nothing published, and nobody to send it to.
    pub fn new(theme: &'a Theme, sources: &'a Sources) -> Self {
        Self { theme, pages: PageOptions::default(), mail: MailOptions::default(), sources, links: &[] }
    }

    /// The published page of an article, where pages are published.
    pub(super) fn published(&self, article: &str, paragraph: Option<u32>) -> Option<String> {
        let url = super::html::web(Some(&self.pages.url))?;
        let page = sources::anchored(&format!("article/{}.html", sources::encoded(article)), paragraph);
        Some(format!("{}/{page}", url.trim_end_matches('/')))
    }
}

/// Renders a briefing. The same briefing always gives the same bytes.
///
/// # Errors
/// Where a template of the user's theme fails.
#[expect(clippy::missing_panics_doc, reason = "it cannot: a briefing always serialises")]
pub fn render_briefing(briefing: &Briefing, format: BriefFormat, with: &Rendering<'_>) -> Result<String, ThemeError> {
    Ok(match format {
        BriefFormat::Markdown => markdown::render(briefing, with.sources),
        BriefFormat::Text => text::render(briefing),
        BriefFormat::Html => with.theme.briefing(briefing, with)?,
        BriefFormat::Atom => atom::render(&[briefing], with)?,
        BriefFormat::Mail => mail::render(briefing, with)?,
        BriefFormat::Json => {
            #[expect(clippy::expect_used, reason = "a briefing holds only strings, numbers and lists, which serialise")]
            let text = serde_json::to_string_pretty(briefing).expect("serialise a briefing");
            text + "\n"
        }
    })
}

/// Renders the events of several briefings as one feed.
///
/// # Errors
/// Where a template of the user's theme fails.
pub fn render_feed(briefings: &[&Briefing], with: &Rendering<'_>) -> Result<String, ThemeError> {
    atom::render(briefings, with)
}

/// A time as people write it, in the zone in which it is given; the text itself where it is none.
pub(super) fn moment(text: &str) -> String {
    let offset = Pieces::parse(text).ok().and_then(|pieces| pieces.to_numeric_offset()).unwrap_or(Offset::UTC);
    let zone = if offset == Offset::UTC { "UTC" } else { "UTC%:z" };
    let shown =
        |at: Timestamp| at.to_zoned(offset.to_time_zone()).strftime(&format!("%-d %B %Y, %H:%M {zone}")).to_string();
    read_date(text).map_or_else(|| text.to_owned(), shown)
}

/// What the briefing rests on, in sentences. What an alarm of the last run tells of an outlet is not told again.
pub(super) fn coverage(coverage: &Coverage) -> Vec<String> {
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
    let is_told = |outlet: &&OutletCoverage| !coverage.alarms.iter().any(|alarm| alarm.tells(outlet));
    for (state, what) in [
        (OutletState::Never, "Never sent anything; look at the fetch"),
        (OutletState::Silent, "Sent nothing; look at the fetch"),
        (OutletState::Arrived, "Sent articles, none of this time is finished; look at kabar status"),
        (OutletState::Fewer, "Far less than usual"),
        (OutletState::Quiet, "No news, as often"),
    ] {
        let of_state = coverage.outlets.iter().filter(|outlet| outlet.state == state).filter(is_told);
        let (known, early): (Vec<_>, Vec<_>) =
            of_state.partition(|outlet| state != OutletState::Silent || outlet.usual.is_some());
        for (outlets, what) in [(known, what), (early, "Sent nothing; too early to say whether that is usual")] {
            if !outlets.is_empty() {
                lines.push(format!("{what}: {}.", outlets.into_iter().map(sent).collect::<Vec<_>>().join(", ")));
            }
        }
    }
    lines.extend(coverage.alarms.iter().map(|alarm| format!("{}.", alarm.sentence())));
    lines
}

/// An outlet with what it sent, where something is usual.
fn sent(outlet: &OutletCoverage) -> String {
    let name = &outlet.outlet;
    match (outlet.state, outlet.usual) {
        (OutletState::Fewer, Some(usual)) => format!("{name} ({}, usually {usual:.0})", outlet.articles),
        (OutletState::Silent, Some(usual)) if usual > 0.0 => format!("{name} (usually {usual:.0})"),
        _ => name.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::moment;

    #[test]
    fn a_time_is_shown_in_the_zone_in_which_it_is_given() {
        assert_eq!(moment("2026-11-25T06:30:00+07:00"), "25 November 2026, 06:30 UTC+07:00");
        assert_eq!(moment("2026-11-25T06:30:00Z"), "25 November 2026, 06:30 UTC");
        assert_eq!(moment("soon"), "soon");
    }
}
