//! The queue: open units in order, read from the state in batches.
//!
//! Place in the data way: between `plan` and `work`. The state's lock makes a run the only taker, so a claim is
//! nothing but "not finished yet": a killed run leaves nothing to release.
//! It must never hand out a unit twice in one run, nor hold more than one batch in memory.

use std::collections::VecDeque;

use crate::model::unit::{Claim, UnitId};
use crate::state::{State, StateError};

/// Claims read at once: enough to spare the database, little enough to stay small.
const BATCH: usize = 256;

/// Hands out the open units of one run's articles.
#[derive(Debug)]
pub struct Queue {
    state: State,
    run: String,
    batch: VecDeque<Claim>,
    last: UnitId,
}

impl Queue {
    /// A queue over the articles that `run` wants.
    pub fn new(state: State, run: &str) -> Self {
        Self { state, run: run.into(), batch: VecDeque::new(), last: UnitId(0) }
    }

    /// The next open unit, or `None` when all have been handed out.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub fn claim(&mut self) -> Result<Option<Claim>, StateError> {
        if self.batch.is_empty() {
            self.batch = self.state.open_units(&self.run, self.last, BATCH)?.into();
        }
        let claim = self.batch.pop_front();
        if let Some(claim) = &claim {
            self.last = claim.unit;
        }
        Ok(claim)
    }
}
