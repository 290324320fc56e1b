//! The queue: open units, an article after the other, in the order of their turns.
//!
//! Place in the data way: between `plan` and `work`. The state's lock makes a run the only taker, so a claim is
//! nothing but "not finished yet": a killed run leaves nothing to release.
//! It must never hand out a unit twice in one run, nor hold the units of more than one article in memory.

use std::collections::VecDeque;

use crate::model::unit::{ArticleId, Claim};
use crate::state::{State, StateError};

/// Hands out the open units of one run's articles.
#[derive(Debug)]
pub struct Queue {
    state: State,
    articles: VecDeque<ArticleId>,
    units: VecDeque<Claim>,
}

impl Queue {
    /// A queue over the articles that `run` wants.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub fn open(state: State, run: &str) -> Result<Self, StateError> {
        let articles = state.open_articles(run)?.into();
        Ok(Self { state, articles, units: VecDeque::new() })
    }

    /// The next open unit, or `None` when all have been handed out.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub fn claim(&mut self) -> Result<Option<Claim>, StateError> {
        loop {
            if let Some(claim) = self.units.pop_front() {
                return Ok(Some(claim));
            }
            let Some(article) = self.articles.pop_front() else { return Ok(None) };
            self.units = self.state.open_units(article)?.into();
        }
    }
}
