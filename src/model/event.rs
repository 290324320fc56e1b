//! What happens during a run, and the trait by which it is told.
//!
//! Place in the data way: `pipeline` and the backend layers tell, `report` draws.
//! It must never decide anything: a run goes the same way whoever listens.

use std::time::Duration;

use super::outcome::Receipt;

/// One thing that happened.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// A run began.
    RunStarted {
        /// The run's id.
        run: String,
    },
    /// An article was read and cut into units.
    Planned {
        /// The input path.
        path: String,
        /// Whether it was already finished and unchanged.
        unchanged: bool,
    },
    /// An article is nearly the same as an earlier one of this run. It is translated all the same.
    NearCopy {
        /// The input path.
        path: String,
        /// The earlier one's.
        of: String,
        /// How much both have in common, in percent.
        alike: u8,
    },
    /// An article that is known stands at another path now; it is not paid for again.
    Moved {
        /// Where it stood.
        from: String,
        /// Where it stands.
        path: String,
    },
    /// An article that had been translated was rewritten by its outlet.
    Corrected {
        /// The input path.
        path: String,
        /// Paragraphs that are gone or exchanged.
        paragraphs: u64,
    },
    /// The input of an output is gone.
    Pruned {
        /// The input path.
        path: String,
        /// The output.
        output: String,
        /// Whether it was left where it is, because somebody changed it.
        kept: bool,
    },
    /// Planning is over.
    PlanFinished {
        /// Articles that have open units.
        articles: u64,
        /// Open units.
        units: u64,
        /// Segments in open units.
        segments: u64,
    },
    /// An input could not be read; the run goes on.
    ArticleFailed {
        /// The input path.
        path: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A unit is finished.
    UnitFinished {
        /// Segments of the unit.
        segments: u64,
        /// How many of them came from the translation memory.
        from_memory: u64,
        /// Tokens in and out of its requests.
        tokens: u64,
        /// What its requests cost.
        cost: f64,
        /// Whether a finding of severity error stayed, or no answer came.
        flagged: bool,
    },
    /// An article's outputs are written.
    ArticleWritten {
        /// The input path.
        path: String,
        /// The Markdown or JSON output.
        output: String,
    },
    /// An attempt failed and will be made again.
    Retry {
        /// The backend's name.
        backend: String,
        /// Why.
        reason: String,
        /// After how long.
        delay: Duration,
    },
    /// A backend will not be asked again in this run.
    BackendDown {
        /// The backend's name.
        backend: String,
        /// Why, and what to do.
        reason: String,
    },
    /// A batch of requests took a step.
    Batch {
        /// The backend's name.
        backend: String,
        /// The provider's id of the batch, or our own before there is one.
        batch: String,
        /// Which step.
        step: BatchStep,
        /// Requests that are concerned.
        requests: u64,
    },
    /// Something that a person should know, and that stops nothing.
    Warning {
        /// The sentence.
        message: String,
    },
    /// The run stops before all is done.
    Stopping {
        /// Why.
        reason: String,
    },
    /// The run is over.
    RunFinished {
        /// What it did.
        receipt: Box<Receipt>,
    },
}

/// What happens to a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BatchStep {
    /// It is stored and about to be handed over.
    Submitting,
    /// The provider has it.
    Submitted,
    /// Its answers are here.
    Collected,
}

impl BatchStep {
    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Submitting => "submitting",
            Self::Submitted => "submitted",
            Self::Collected => "collected",
        }
    }
}

/// Listens to a run. Implementations must be quick and never fail.
pub trait Monitor: Send + Sync {
    /// Takes note of an event.
    fn event(&self, event: &Event);
}

/// Listens to nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl Monitor for Silent {
    fn event(&self, _event: &Event) {}
}
