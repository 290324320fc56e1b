//! The run: plan ▸ work ▸ deliver.
//!
//! Place in the data way: it runs it, on this one screen. The rooms below do the steps, `commands` builds the parts.
//! It must never print, read the configuration or know a concrete backend.

mod batch;
pub mod brief;
pub mod chain;
pub mod deliver;
mod flights;
mod folder;
mod headline;
pub mod human;
pub mod ledger;
mod pace;
pub mod plan;
pub mod prune;
pub mod purse;
pub mod recipe;
mod scan;
pub mod silence;
pub mod site;
pub mod stop;
mod summarise;
pub mod time_limit;
mod translate;
pub mod unit;
mod upgrade;

use std::sync::Arc;

use futures_util::stream::{self, FuturesUnordered, StreamExt};

use crate::model::event::{Event, Monitor};
use crate::model::outcome::Stop;
use crate::model::schedule::Only;
use crate::model::unit::{ArticleId, Claim};
use crate::queue::Queue;
use crate::stage::read::Input;
use crate::stage::write::WriteError;
use crate::state::{Outcome, State, StateError};
pub use batch::Post;
use chain::Member;
use deliver::Delivery;
pub use flights::Flights;
use ledger::Ledger;
use plan::{Planned, Planner, Step};
use stop::Stopper;
use unit::{Halt, Worked, Workshop};

/// Articles that are being stored or written at the same time.
const ARTICLES_AT_ONCE: usize = 32;

/// Everything a run needs.
pub struct Run {
    /// The run's id.
    pub id: String,
    /// The state.
    pub state: State,
    /// How inputs become units.
    pub planner: Planner,
    /// How units are worked on.
    pub workshop: Arc<Workshop>,
    /// How articles are written.
    pub delivery: Arc<Delivery>,
    /// Counts and budget.
    pub ledger: Arc<Ledger>,
    /// How the run is stopped.
    pub stopper: Stopper,
    /// Units in flight.
    pub concurrency: usize,
    /// Whether outputs are removed whose input is gone.
    pub prunes: bool,
    /// Whether articles that are left at a stop are written with title and first paragraph.
    pub headline: bool,
}

/// What stops a run for good.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The state cannot be used.
    #[error(transparent)]
    State(#[from] StateError),
    /// A prompt cannot be rendered.
    #[error(transparent)]
    Prompt(#[from] crate::stage::prompt::PromptError),
    /// Outputs cannot be written at all (full disk, read-only folder).
    #[error(transparent)]
    Write(#[from] WriteError),
    /// An output whose input is gone cannot be removed.
    #[error("failed to remove {file}: {source}", file = file.display())]
    Prune {
        /// The output.
        file: std::path::PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A worker thread is gone.
    #[error("internal error: {0}")]
    Internal(String),
}

impl Run {
    /// Runs to the end, or to where it is stopped. Counts are in the ledger.
    ///
    /// # Errors
    /// Only what makes going on impossible; trouble with an article or a unit is counted and reported.
    pub async fn run(&self, inputs: &[Input]) -> Result<(), RunError> {
        self.ledger.event(&Event::RunStarted { run: self.id.clone() });
        let (post, members) = (&self.workshop.post, self.workshop.members());
        tokio::select! {
            fetched = post.fetch(&members) => fetched?,
            () = self.stopper.abort().cancelled() => {}
        }
        let planned = self.plan(inputs).await?;
        self.state.set_failures(planned.failures).await?;
        let (units, segments) = self.state.work_of(&self.id)?;
        self.ledger.event(&Event::PlanFinished { articles: planned.wanted, units, segments });
        for claim in self.state.left_behind()? {
            self.finished(self.workshop.harvest(claim).await.map(|()| Worked::Kept))?;
        }
        if self.planner.only == Only::Pending && !self.stopper.draining().is_cancelled() {
            self.listen(self.planner.hour).await?;
        }
        if self.prunes && !self.stopper.draining().is_cancelled() {
            self.prune(inputs).await?;
        }
        let mut writing = FuturesUnordered::new();
        for article in self.state.undelivered(&self.id)? {
            writing.push(self.deliver(article));
            if writing.len() >= ARTICLES_AT_ONCE {
                self.written(writing.next().await)?;
            }
        }
        let (mut told, mut pass) = (false, true);
        while pass {
            let mut done = false;
            let mut work = std::pin::pin!(
                self.claims()?
                    .take_until(self.stopper.enough().cancelled())
                    .map(|claim| self.work(claim))
                    .buffer_unordered(self.concurrency)
                    .take_until(self.stopper.abort().cancelled())
            );
            loop {
                tokio::select! {
                    () = self.stopper.enough().cancelled(), if !told => {
                        told = true;
                        self.tell_stopping();
                    }
                    Some(written) = writing.next(), if !writing.is_empty() => self.written(Some(written))?,
                    worked = work.next(), if writing.len() < ARTICLES_AT_ONCE => match worked {
                        Some(worked) => {
                            done |= matches!(worked, Ok(Worked::Finished { .. }));
                            writing.extend(self.finished(worked)?.map(|article| self.deliver(article)));
                        }
                        None => break,
                    },
                }
            }
            // Units that waited for another one's text may find it now.
            pass = done && !self.stopper.enough().is_cancelled() && post.next_pass();
        }
        while let Some(written) = writing.next().await {
            self.written(Some(written))?;
        }
        self.hand_over(&members).await?;
        self.headlines().await?;
        let pending = self.state.pending(&self.id)?;
        if pending > 0
            && self.stopper.reason().is_none()
            && let Some(message) = self.workshop.translate.silent().or_else(|| self.workshop.summary.silent())
        {
            self.stopper.stop(Stop::Backends { message });
        }
        self.ledger.count(|counts| counts.pending = pending + planned.left);
        Ok(())
    }

    /// Plans all inputs. Reading happens on a thread of its own; a few articles are stored at the same time.
    async fn plan(&self, inputs: &[Input]) -> Result<Planned, RunError> {
        let (sender, receiver) = tokio::sync::mpsc::channel(ARTICLES_AT_ONCE);
        let (planner, inputs) = (self.planner.clone(), inputs.to_vec());
        let draining = self.stopper.draining().clone();
        let reader = tokio::task::spawn_blocking(move || {
            for step in planner.steps(&inputs).take_while(|_| !draining.is_cancelled()) {
                if sender.blocking_send(step).is_err() {
                    break;
                }
            }
        });
        let mut found = Planned::default();
        let mut wanted = 0;
        {
            let steps = stream::unfold(receiver, |mut steps| async { steps.recv().await.map(|step| (step, steps)) });
            let steps = steps.take_until(self.stopper.draining().cancelled());
            let mut place = 0;
            let store = |step: Result<Step, StateError>| {
                let step = step.inspect(|step| plan::tell(step, &mut found, &self.ledger));
                place += 1;
                async move { plan::store(&self.state, (place, step?), &self.id, (&self.planner, &self.ledger)).await }
            };
            let mut stored = std::pin::pin!(steps.map(store).buffer_unordered(ARTICLES_AT_ONCE));
            while let Some(article) = stored.next().await {
                wanted += u64::from(article?.is_some());
            }
        }
        // A pipe may be silent for good: where the run stops, nobody waits for the thread that reads it.
        tokio::select! {
            read = reader => read.map_err(|error| RunError::Internal(error.to_string()))?,
            () = self.stopper.draining().cancelled() => {}
        }
        Ok(Planned { wanted, ..found })
    }

    /// Works on a unit as a task of its own, so that checks run on every core.
    async fn work(&self, claim: Result<Claim, Halt>) -> Result<Worked, Halt> {
        let (workshop, claim) = (self.workshop.clone(), claim?);
        match tokio::spawn(async move { workshop.work(claim).await }).await {
            Ok(worked) => worked,
            Err(error) => Err(Halt::Internal(error.to_string())),
        }
    }

    fn claims(&self) -> Result<impl stream::Stream<Item = Result<Claim, Halt>> + use<>, StateError> {
        let queue = Queue::open(self.state.clone(), &self.id)?;
        Ok(stream::unfold(queue, |mut queue| async {
            queue.claim().transpose().map(|claim| (claim.map_err(Halt::from), queue))
        }))
    }

    /// Folds what came of a unit; gives the article if it can be written now.
    fn finished(&self, worked: Result<Worked, Halt>) -> Result<Option<ArticleId>, RunError> {
        match worked {
            Ok(Worked::Finished { article, open: 0 }) => return Ok(Some(article)),
            Ok(Worked::Finished { .. } | Worked::Released | Worked::Kept) | Err(Halt::Release) => {}
            Err(Halt::Waiting { behind }) => self.workshop.post.note_waiting(behind),
            Err(Halt::Short(short)) => self.stopper.end_work(short.into(), self.headline),
            Err(Halt::State(error)) => return Err(error.into()),
            Err(Halt::Prompt(error)) => return Err(error.into()),
            Err(Halt::Internal(error)) => return Err(RunError::Internal(error)),
        }
        self.note_exhausted();
        Ok(None)
    }

    /// Stops the run where no backend can be asked any more.
    fn note_exhausted(&self) {
        if let Some(message) = self.workshop.translate.exhausted() {
            self.stopper.stop(Stop::Backends { message });
        }
    }

    /// Hands over what is to travel in batches, unless somebody asked to stop; says what is waited for.
    async fn hand_over(&self, members: &[Arc<Member>]) -> Result<(), RunError> {
        let post = &self.workshop.post;
        if !matches!(self.stopper.reason(), Some(Stop::Signal { .. })) {
            tokio::select! {
                handed = post.hand_over(members) => handed?,
                () = self.stopper.abort().cancelled() => {}
            }
            self.note_exhausted();
        }
        if let Some(message) = post.waits()? {
            self.stopper.stop(Stop::Batch { message });
        }
        Ok(())
    }

    fn tell_stopping(&self) {
        let reason = match self.stopper.reason() {
            Some(stop @ (Stop::Budget { .. } | Stop::Deadline)) => stop.limit(),
            Some(Stop::Signal { .. }) => Some("asked to stop; a second signal stops at once"),
            Some(Stop::Backends { .. }) => Some("no backend can be used"),
            Some(Stop::Batch { .. }) | None => None,
        };
        if let Some(reason) = reason {
            self.ledger.event(&Event::Stopping { reason: reason.into() });
        }
    }

    /// Writes one article on a thread for blocking work and notes it.
    async fn deliver(&self, article: ArticleId) -> Result<(), RunError> {
        let (state, delivery) = (self.state.clone(), self.delivery.clone());
        let work = move || -> Result<_, RunError> {
            let Some(ready) = state.ready(article)? else { return Ok(None) };
            let delivered = delivery.deliver(&ready)?;
            Ok(Some((ready.path, delivered)))
        };
        let done = tokio::task::spawn_blocking(work).await.map_err(|error| RunError::Internal(error.to_string()))?;
        let Some((path, delivered)) = done? else { return Ok(()) };
        self.tell_aside(&delivered.aside);
        let output = delivered.outputs.first().map(|output| output.path.clone()).unwrap_or_default();
        self.ledger.count(|counts| {
            counts.written += 1;
            counts.failed += u64::from(delivered.outcome == Outcome::Failed);
            counts.flagged += u64::from(delivered.outcome == Outcome::Flagged);
            if let Some(tier) = &delivered.tier {
                *counts.tiers.entry(tier.clone()).or_default() += 1;
            }
        });
        self.state.delivered(article, delivered.outcome, delivered.tier, delivered.outputs).await?;
        self.ledger.event(&Event::ArticleWritten { path, output });
        Ok(())
    }

    fn tell_aside(&self, aside: &[String]) {
        for name in aside {
            let message = format!("{name} is an output that was changed by hand; a newer one stands in its place");
            self.ledger.event(&Event::Warning { message });
        }
    }

    /// A file that cannot be written fails its article; the others go on.
    fn written(&self, written: Option<Result<(), RunError>>) -> Result<(), RunError> {
        match written {
            Some(Err(RunError::Write(error))) => {
                self.ledger.count(|counts| counts.failed += 1);
                self.ledger.event(&Event::ArticleFailed { path: "output".into(), reason: error.to_string() });
                Ok(())
            }
            Some(other) => other,
            None => Ok(()),
        }
    }
}
