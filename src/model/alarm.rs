//! An alarm: an outlet sends nothing, far less than usual, or something that is no news.
//!
//! Place in the data way: after `plan`; told by the run, kept in the state, shown by receipt, status and briefing.
//! It must never stop anything.

use serde::{Deserialize, Serialize};

use super::briefing::{OutletCoverage, OutletState};

/// What an outlet sent in some time.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Volume {
    /// New articles.
    pub articles: u64,
    /// Of them, those with the text of another article that is still there.
    pub repeats: u64,
    /// Of them, the first lines before a paywall.
    pub stubs: u64,
    /// Of them, those that are not in Indonesian.
    pub languages: u64,
}

/// What an outlet sent in one hour.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arrivals {
    /// The outlet; empty where it only says that a run looked.
    pub outlet: String,
    /// Hours of Unix time.
    pub hour: i64,
    /// What came.
    pub volume: Volume,
}

/// What is wrong with an outlet in the last 24 hours.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Alarm {
    /// The outlet.
    pub outlet: String,
    /// What is wrong.
    pub kind: AlarmKind,
    /// The articles that it is about.
    pub articles: u64,
    /// How many would have been usual, or how many there are in all.
    pub of: u64,
    /// Whether the run before did not tell it.
    #[serde(default)]
    pub new: bool,
}

/// What can be wrong with an outlet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum AlarmKind {
    /// Nothing came.
    Silent,
    /// Less than half of what is usual came.
    Fewer,
    /// The same page again and again.
    Repeats,
    /// First lines before a paywall.
    Stubs,
    /// Another language.
    Language,
}

impl AlarmKind {
    /// Its name in the state.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Silent => "silent",
            Self::Fewer => "fewer",
            Self::Repeats => "repeats",
            Self::Stubs => "stubs",
            Self::Language => "language",
        }
    }
}

impl Alarm {
    /// Whether it says of an outlet what its coverage would say: nothing, or far less than usual.
    pub fn tells(&self, outlet: &OutletCoverage) -> bool {
        let kind = match outlet.state {
            OutletState::Silent => Some(AlarmKind::Silent),
            OutletState::Fewer => Some(AlarmKind::Fewer),
            OutletState::Usual | OutletState::Quiet | OutletState::Arrived | OutletState::Never => None,
        };
        kind == Some(self.kind) && self.outlet == outlet.outlet
    }

    /// One sentence with what to look at.
    pub fn sentence(&self) -> String {
        let Self { outlet, articles, of, .. } = self;
        match self.kind {
            AlarmKind::Silent => format!("{outlet} sent nothing in 24 hours, usually {of}; look at the fetch"),
            AlarmKind::Fewer => format!("{outlet} sent {articles} in 24 hours, usually {of}; look at the fetch"),
            AlarmKind::Repeats => {
                format!("{outlet} sent the same page again and again ({articles} of {of}); look at the fetch")
            }
            AlarmKind::Stubs => format!("{outlet} sent only the first lines before a paywall ({articles} of {of})"),
            AlarmKind::Language => format!("{outlet} sent another language than Indonesian ({articles} of {of})"),
        }
    }
}
