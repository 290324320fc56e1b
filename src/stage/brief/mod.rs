//! Condenses finished articles: select ▸ group ▸ compose ▸ verify, pure over records.
//!
//! Place in the data way: after `deliver`. `pipeline::brief` runs it, and may let a language model rewrite statements;
//! `write` renders the [`Briefing`](crate::model::briefing::Briefing).
//! It must never state what no cited paragraph states, read a clock, or hold all records at once.

mod changes;
mod compose;
mod conflicts;
mod context;
mod counted;
mod coverage;
mod denial;
mod fates;
mod figures;
mod group;
mod last;
mod number;
mod rank;
mod reread;
mod select;
mod story;
mod time;
mod verify;
mod words;

use serde::{Deserialize, Serialize};

pub use changes::corrections;
pub use compose::{Composer, Records, drop_told_additions, lead, without_dateline};
pub use conflicts::{Sorted, conflicts, sort_out};
pub use coverage::Tally;
pub use figures::Mention;
pub use group::{Group, group};
pub use last::{remembered, statements};
pub use rank::rank;
pub use reread::{Claim, reread};
pub use select::{Choice, Known, Past, Selection, is_same as same_name, told};
pub use story::{Story, any_says, fingerprint, holds, title};
pub use time::{Window, day, read as read_date, window_end};
pub use verify::{Cited, Library, holds_value, verify};

/// `[brief]`: what a briefing holds. Defaults stand in the reference configuration.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct BriefOptions {
    /// Outlets that should send something: they are told as missing when they do not.
    pub outlets: Vec<String>,
    /// Names and words that always come first.
    pub watch: Vec<String>,
    /// The window where there is no earlier briefing, such as `24h`.
    pub since: String,
    /// Most events that are told in full.
    pub items: usize,
    /// How long an event is told, in words.
    pub words: u32,
    /// What is written.
    pub formats: Vec<String>,
    /// Whether `kabar run` makes one, after it has translated.
    pub after_run: bool,
}

#[cfg(test)]
mod tests;
#[cfg(test)]
pub(crate) use tests::record as test_record;
