//! What a run came to: counts, cost, why it stopped.
//!
//! Place in the data way: the one consumer of the work loop folds it; `exit` maps it to a code; `--receipt` writes it.
//! It must never be computed twice: what is printed, stored and returned is this.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::alarm::Alarm;
use super::spend::Period;

/// Counts of a run.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Counts {
    /// Articles seen.
    pub articles: u64,
    /// Articles that were finished before and have not changed.
    pub unchanged: u64,
    /// Unchanged ones among them with a finding of severity error: an earlier run told them.
    #[serde(default)]
    pub flagged_before: u64,
    /// Articles whose outputs this run wrote.
    pub written: u64,
    /// Articles that failed: unreadable, or with paragraphs that no backend translated.
    pub failed: u64,
    /// Articles that this run wrote with a finding of severity error.
    pub flagged: u64,
    /// Articles with work left for the next run.
    pub pending: u64,
    /// Articles planned in this run that are nearly the same as an earlier one, of this run or of another.
    #[serde(default)]
    pub near_copies: u64,
    /// Paragraphs of the articles that were planned in this run.
    pub paragraphs: u64,
    /// Paragraphs that are not sent (furniture, other languages).
    pub skipped: u64,
    /// Segments worked on.
    pub segments: u64,
    /// Segments sent to a backend.
    pub sent: u64,
    /// Segments answered by the translation memory.
    pub from_memory: u64,
    /// Articles that were found at another path with the same text.
    #[serde(default)]
    pub moved: u64,
    /// Articles that their outlets rewrote after they had been translated.
    #[serde(default)]
    pub corrected: u64,
    /// Articles whose outputs were removed because their input is gone.
    #[serde(default)]
    pub pruned: u64,
    /// Written articles by tier: the last backend, in order of failover, that gave some of their text.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub tiers: BTreeMap<String, u64>,
}

/// What one backend did in a run.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct BackendUse {
    /// Requests answered or refused (retries not counted).
    pub requests: u64,
    /// Further attempts.
    pub retries: u64,
    /// Tokens in.
    pub input_tokens: u64,
    /// Tokens out.
    pub output_tokens: u64,
    /// Characters in.
    pub characters: u64,
    /// Whether some of the counts are estimates.
    pub estimated: bool,
    /// Cost by currency.
    pub cost: BTreeMap<String, f64>,
    /// The time within which nine of ten requests were answered, in seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub usual_seconds: Option<f64>,
}

/// Why a run stopped before all was done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(tag = "reason", rename_all = "lowercase")]
pub enum Stop {
    /// The budget would have been passed.
    Budget {
        /// The period that the budget is for.
        #[serde(default)]
        of: Period,
    },
    /// The deadline came.
    Deadline,
    /// SIGINT (2) or SIGTERM (15).
    Signal {
        /// The signal's number.
        number: i32,
    },
    /// Requests wait in batches; a later run fetches the answers.
    Batch {
        /// How many, where, since when.
        message: String,
    },
    /// No backend of the chain can be used.
    Backends {
        /// What each one said, and what to do.
        message: String,
    },
}

/// What a run did, for people and scripts.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Receipt {
    /// `kabar/receipt/1`.
    pub schema: String,
    /// The run's id.
    pub run: String,
    /// Counts.
    #[serde(flatten)]
    pub counts: Counts,
    /// Requests of all backends.
    pub requests: u64,
    /// Retries of all backends.
    pub retries: u64,
    /// Tokens in, of all backends.
    pub input_tokens: u64,
    /// Tokens out, of all backends.
    pub output_tokens: u64,
    /// Cost of all backends, by currency.
    pub cost: BTreeMap<String, f64>,
    /// Whether some of the counts are estimates.
    pub estimated: bool,
    /// Each backend by name.
    pub backends: BTreeMap<String, BackendUse>,
    /// Outlets that sent nothing, far less than usual, or no news.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub alarms: Vec<Alarm>,
    /// The briefing that `kabar run` wrote.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub briefing: Option<String>,
    /// Events of that briefing that hold a name or word of the watch list.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub watched: Vec<String>,
    /// Wall time in seconds.
    pub seconds: f64,
    /// Why it stopped early, if it did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stopped: Option<Stop>,
    /// The exit code.
    pub exit: u8,
}

impl Stop {
    /// The limit that was reached, for people; `None` where something else stopped the run.
    pub fn limit(&self) -> Option<&'static str> {
        match self {
            Self::Budget { of: Period::Run } => Some("the budget is used up"),
            Self::Budget { of: Period::Day } => Some("the budget of this day is used up"),
            Self::Budget { of: Period::Month } => Some("the budget of this month is used up"),
            Self::Deadline => Some("the deadline has come"),
            Self::Signal { .. } | Self::Batch { .. } | Self::Backends { .. } => None,
        }
    }
}

impl BackendUse {
    fn add(&mut self, other: &Self) {
        self.requests += other.requests;
        self.retries += other.retries;
        self.input_tokens += other.input_tokens;
        self.output_tokens += other.output_tokens;
        self.characters += other.characters;
        self.estimated |= other.estimated;
        add_costs(&mut self.cost, &other.cost);
    }
}

fn add_costs(sum: &mut BTreeMap<String, f64>, cost: &BTreeMap<String, f64>) {
    for (currency, amount) in cost {
        *sum.entry(currency.clone()).or_default() += amount;
    }
}

impl Receipt {
    /// Adds what the requests of a briefing came to.
    pub fn add(&mut self, briefing: &Self) {
        self.requests += briefing.requests;
        self.retries += briefing.retries;
        self.input_tokens += briefing.input_tokens;
        self.output_tokens += briefing.output_tokens;
        self.estimated |= briefing.estimated;
        add_costs(&mut self.cost, &briefing.cost);
        for (name, used) in &briefing.backends {
            self.backends.entry(name.clone()).or_default().add(used);
        }
    }

    /// Whether all that is left is to wait for batches: expected, and no trouble.
    pub fn only_waits(&self) -> bool {
        let trouble = self.counts.failed + self.counts.flagged;
        matches!(self.stopped, Some(Stop::Batch { .. })) && trouble == 0
    }
}

/// The receipt's schema name.
pub const RECEIPT_SCHEMA: &str = "kabar/receipt/1";
