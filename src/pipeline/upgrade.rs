//! Does better what a lower rung of the ladder wrote, newest first: the work of `kabar upgrade`.
//!
//! Place in the data way: `work` and `deliver` over articles that are finished; nothing is read or planned.
//! It must never leave an article worse than it was: a unit is replaced only by a result that is as sound, and from a
//! backend that stands before the one that gave the old one.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use futures_util::stream::{self, StreamExt};

use crate::model::event::{Event, Monitor};
use crate::model::outcome::Stop;
use crate::model::unit::{ArticleId, Claim, IMPORT, Standing, UnitStanding};
use crate::state::StateError;

use super::chain::Chain;
use super::unit::{Halt, Worked};
use super::{Run, RunError};

/// Which backends could not be reached for a unit: whether those of the summaries, and before which place of the chain.
type Unreached = Mutex<BTreeSet<(bool, usize)>>;

impl Run {
    /// Works on every finished article that a better backend could improve. What is done is stored and written at once,
    /// so that a run which was stopped goes on where it stopped.
    ///
    /// # Errors
    /// As for [`Run::run`].
    pub async fn upgrade(&self) -> Result<(), RunError> {
        self.ledger.event(&Event::RunStarted { run: self.id.clone() });
        let members = self.workshop.members();
        tokio::select! {
            fetched = self.workshop.post.fetch(&members) => fetched?,
            () = self.stopper.abort().cancelled() => {}
        }
        let unreached = Unreached::default();
        let articles = self.candidates()?;
        let mut work = std::pin::pin!(
            stream::iter(articles)
                .take_until(self.stopper.draining().cancelled())
                .map(|article| self.improve(article, &unreached))
                .buffer_unordered(self.concurrency)
                .take_until(self.stopper.abort().cancelled())
        );
        while let Some(done) = work.next().await {
            self.written(Some(done))?;
        }
        self.hand_over(&members).await?;
        self.note_unreached(&unreached);
        self.tell_stopping();
        Ok(())
    }

    /// Articles with units that can be improved, or whose improvement was not written yet, in the order of their turns.
    fn candidates(&self) -> Result<Vec<ArticleId>, StateError> {
        let (mut articles, mut units, mut segments) = (Vec::new(), 0, 0);
        for (article, is_written) in self.state.finished_articles()? {
            let lower = self.lower(self.state.standings(article)?);
            if lower.is_empty() && is_written {
                self.ledger.count(|counts| counts.unchanged += 1);
            } else {
                articles.push(article);
            }
            units += lower.len() as u64;
            segments += lower.iter().map(|unit| unit.segments).sum::<u64>();
            self.ledger.count(|counts| counts.articles += 1);
        }
        self.ledger.event(&Event::PlanFinished { articles: articles.len() as u64, units, segments });
        Ok(articles)
    }

    /// The units that a backend before theirs could do better, each with the rung that it has to stay below.
    fn lower(&self, units: Vec<UnitStanding>) -> Vec<UnitStanding> {
        let better = |mut unit: UnitStanding| {
            let (chain, rungs) = if unit.is_summary {
                (&self.workshop.summary, writers(&self.workshop.summary))
            } else {
                (&self.workshop.translate, self.workshop.translate.members.len())
            };
            unit.standing.below = rung(chain, &unit.backends).min(rungs);
            let better = names(chain, unit.standing.below);
            (!better.is_empty() && unit.vain.as_ref() != Some(&better))
                .then_some(UnitStanding { vain: Some(better), ..unit })
        };
        units.into_iter().filter_map(better).collect()
    }

    /// Says that the better backends were not there, where they are what was missing: the lower ones may well be up.
    fn note_unreached(&self, unreached: &Unreached) {
        let unreached = unreached.lock().unwrap_or_else(PoisonError::into_inner);
        let chain = |is_summary| if is_summary { &self.workshop.summary } else { &self.workshop.translate };
        let silent = |(is_summary, below): &(bool, usize)| chain(*is_summary).silent_before(*below);
        if self.stopper.reason().is_none()
            && let Some(message) = unreached.iter().find_map(silent)
        {
            self.stopper.stop(Stop::Backends { message });
        }
    }

    /// Improves one article and writes it where something became better.
    async fn improve(&self, article: ArticleId, unreached: &Unreached) -> Result<(), RunError> {
        let lower = self.lower(self.state.standings(article)?);
        let (mut is_better, mut is_left) = (lower.is_empty(), false);
        for unit in lower {
            let Some(claim) = self.state.claim(article, unit.unit)? else { continue };
            let claim = Claim { improves: Some(unit.standing), ..claim };
            let place = (unit.is_summary, unit.standing.below);
            match self.work(Ok(claim)).await {
                Ok(Worked::Finished { .. }) => is_better = true,
                Ok(Worked::Kept) => self.state.in_vain(unit.unit, unit.vain.unwrap_or_default()).await?,
                Ok(Worked::Released) | Err(Halt::Release) => {
                    is_left = true;
                    unreached.lock().unwrap_or_else(PoisonError::into_inner).insert(place);
                }
                // The other units travel in the same batch.
                Err(Halt::Waiting { behind }) => self.workshop.post.note_waiting(behind),
                halted @ Err(_) => {
                    self.finished(halted)?;
                    break;
                }
            }
            if self.stopper.draining().is_cancelled() {
                break;
            }
        }
        self.note_exhausted();
        self.ledger.count(|counts| counts.pending += u64::from(is_left));
        if is_better { self.deliver(article).await } else { Ok(()) }
    }
}

/// The backends before a rung, with their models: a new model may do what the old one could not.
fn names(chain: &Chain, below: usize) -> String {
    let profiles = chain.members.iter().take(below).map(|member| member.backend.profile());
    profiles.map(|p| format!("{}={}", p.name, p.model.as_deref().unwrap_or_default())).collect::<Vec<_>>().join(",")
}

/// How many backends, from the first on, write summaries.
fn writers(chain: &Chain) -> usize {
    chain.members.iter().take_while(|member| member.backend.profile().abilities.prompts).count()
}

/// The lowest rung that gave some of a unit's text; below all of them where nobody, or nobody of the chain, did. What a
/// translator gave stands above all.
fn rung(chain: &Chain, backends: &[String]) -> usize {
    let place = |name: &String| match chain.members.iter().position(|member| member.backend.profile().name == *name) {
        Some(place) => place,
        None if name == IMPORT => 0,
        None => chain.members.len(),
    };
    backends.iter().map(place).max().unwrap_or(chain.members.len())
}

impl Standing {
    /// Whether a new result with this status is at least as sound.
    pub(super) fn allows(self, status: crate::model::unit::UnitStatus) -> bool {
        use crate::model::unit::UnitStatus::{Done, Failed, Flagged, Open};
        let weight = |status| match status {
            Done => 0,
            Flagged => 1,
            Failed => 2,
            Open => 3,
        };
        status != Failed && weight(status) <= weight(self.status)
    }
}
