//! Asks after open batches, and stores what came back.
//!
//! Place in the data way: before `plan`. It must never conclude anything from what it cannot read.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use super::{Post, described};
use crate::backend::batch::{Batcher, Found, Wanted};
use crate::backend::dialect::batch::{Fate, Line, Phase, Standing};
use crate::backend::error::Fault;
use crate::backend::{BackendError, ErrorKind};
use crate::model::event::BatchStep;
use crate::model::reply::Usage;
use crate::pipeline::chain::Member;
use crate::state::{BatchRow, Harvest, StateError};

/// How long a hand-over that was cut off may take to show in the provider's list.
const GRACE: Duration = Duration::from_mins(1);
/// After this a batch that the provider does not know, or whose answers cannot be read, is given up: the window in which
/// providers answer batches is a day.
const WINDOW: Duration = Duration::from_hours(25);

impl Post {
    /// Asks after all open batches, and stores what came back.
    ///
    /// # Errors
    /// When the state cannot be used; what a provider says is told.
    pub async fn fetch(&self, members: &[Arc<Member>]) -> Result<(), StateError> {
        let open = self.state.batches()?;
        let known: Vec<String> = open.iter().filter_map(|batch| batch.batch.clone()).collect();
        for batch in open {
            let member = members.iter().find(|member| member.backend.profile().name == batch.backend);
            match member.and_then(|member| Some((member, member.backend.batches()?))) {
                Some((member, batcher)) => self.fetch_one((member, batcher), batch, &known).await?,
                None => self.warn(format!(
                    "{} is still open, but this run does not use \"{}\" with delivery = \"batch\"; its answers are not fetched",
                    described(&batch),
                    batch.backend
                )),
            }
        }
        self.ledger.spent_before(&self.state.expected_spending()?);
        Ok(())
    }

    async fn fetch_one(
        &self,
        (member, batcher): (&Member, &Batcher),
        batch: BatchRow,
        known: &[String],
    ) -> Result<(), StateError> {
        let (standing, batch) = match &batch.batch {
            Some(id) => (batcher.poll(id).await, batch),
            None => match look_for(batcher, &batch, known).await {
                Ok(Found::Here(standing)) => {
                    let batch = BatchRow { batch: Some(standing.id.clone()), status: standing.status.clone(), ..batch };
                    self.state.batch_stands(batch.clone()).await?;
                    (Ok(standing), batch)
                }
                Ok(Found::Nowhere) if self.age(&batch) > GRACE => return self.state.batch_refused(batch.id).await,
                Ok(Found::Nowhere | Found::Perhaps) => return Ok(()),
                Err(error) => (Err(error), batch),
            },
        };
        match standing {
            Ok(standing) => self.settle((member, batcher), batch, standing).await,
            Err(error) => self.unknown(member, &batch, error).await,
        }
    }

    /// Draws the consequences of how a batch stands.
    async fn settle(
        &self,
        (member, batcher): (&Member, &Batcher),
        batch: BatchRow,
        standing: Standing,
    ) -> Result<(), StateError> {
        match standing.phase {
            Phase::Working => {
                let (status, done, failed) = (standing.status, standing.done, standing.failed);
                self.state.batch_stands(BatchRow { status, done, failed, ..batch }).await
            }
            Phase::Failed => self.not_taken(member, &batch, &standing).await,
            Phase::Ended => match batcher.collect(&standing).await {
                Ok(lines) => self.store((member, batcher), &batch, (&standing, lines)).await,
                Err(error) => self.unknown(member, &batch, error).await,
            },
        }
    }

    /// The provider did not accept the batch: its requests are free again, and it is said why.
    async fn not_taken(&self, member: &Member, batch: &BatchRow, standing: &Standing) -> Result<(), StateError> {
        self.state.batch_refused(batch.id).await?;
        let message = format!("batch {} was not accepted: {}", standing.id, standing.why);
        // A full queue is empty again tomorrow; all else would befall the next batch, too.
        let is_full = standing.why.contains("limit");
        let kind = if is_full { ErrorKind::RateLimited } else { ErrorKind::Unsupported };
        let error = Fault::new(kind, message).of(&batch.backend);
        if is_full {
            self.warn(error.to_string());
        }
        member.failed(&error, &*self.ledger);
        Ok(())
    }

    /// Stores the answers of a batch that is over, unless fewer came than the provider counts.
    async fn store(
        &self,
        (member, batcher): (&Member, &Batcher),
        batch: &BatchRow,
        (standing, lines): (&Standing, Vec<Line>),
    ) -> Result<(), StateError> {
        let sorted = sort(&batch.token, batch.requests, lines);
        let (came, done) = (sorted.good, standing.done);
        if came < done && self.age(batch) <= WINDOW {
            self.warn(format!("{}: {came} of {done} answers came; asked for again in the next run", described(batch)));
            return Ok(());
        }
        if sorted.strange > 0 {
            let (strange, what) = (sorted.strange, described(batch));
            self.warn(format!("{what}: {strange} lines answer no request of ours, or one twice; they are left aside"));
        }
        let (mut harvest, mut usage) =
            (Harvest { otherwise: standing.status.clone(), ..Harvest::default() }, Usage::default());
        harvest.unanswered = sorted.undone;
        for (n, status, body) in sorted.replies {
            add(&mut usage, batcher.used(&body));
            match batcher.passing(status, &body) {
                Some(why) => harvest.unanswered.push((n, why)),
                None => harvest.answers.push((n, status, String::from_utf8_lossy(&body).into_owned())),
            }
        }
        let answered = harvest.answers.len() as u64;
        harvest.spent = self.ledger.book(member.backend.profile(), (answered, &usage), &batch.day);
        self.state.collect_batch(batch.id, harvest).await?;
        self.tell(batch, &standing.id, BatchStep::Collected, answered);
        if answered < batch.requests {
            let left = batch.requests - answered;
            self.warn(format!("{}: {} ({left} of its requests have no answer)", described(batch), standing.status));
        }
        Ok(())
    }

    /// Nothing is known of a batch now: it stays, unless its window is over and the provider does not know it.
    async fn unknown(&self, member: &Member, batch: &BatchRow, error: BackendError) -> Result<(), StateError> {
        let gone = error.kind == ErrorKind::NotFound;
        if gone && self.age(batch) > WINDOW {
            self.warn(format!("{} is given up: {}; its requests are sent anew", described(batch), error.message));
            let harvest = Harvest { otherwise: error.message, ..Harvest::default() };
            return self.state.collect_batch(batch.id, harvest).await;
        }
        self.warn(format!("{}: {}; it stays open", described(batch), error.message));
        if !gone {
            member.failed(&error, &*self.ledger);
        }
        Ok(())
    }

    fn age(&self, batch: &BatchRow) -> Duration {
        let submitted = batch.submitted.parse::<Timestamp>().unwrap_or(Timestamp::UNIX_EPOCH);
        Duration::try_from((self.clock)().duration_since(submitted)).unwrap_or_default()
    }
}

async fn look_for(batcher: &Batcher, batch: &BatchRow, known: &[String]) -> Result<Found, BackendError> {
    let since = batch.submitted.parse::<Timestamp>().map_or(0, Timestamp::as_second);
    batcher.find(Wanted { token: &batch.token, requests: batch.requests, since, known }).await
}

/// The lines of a batch by the number of the request that they answer.
#[derive(Default)]
struct Sorted {
    replies: Vec<(u64, u16, Vec<u8>)>,
    undone: Vec<(u64, String)>,
    /// Lines with a good answer, whosever.
    good: u64,
    /// Lines with an id that is not ours, or was there before.
    strange: u64,
}

/// Sorts lines by their ids; the first answer to a request counts.
fn sort(token: &str, requests: u64, lines: Vec<Line>) -> Sorted {
    let mut sorted = Sorted::default();
    let mut seen = HashSet::new();
    for Line { custom_id, fate } in lines {
        sorted.good += u64::from(matches!(fate, Fate::Reply { status: 200..=299, .. }));
        let number = custom_id.strip_prefix(token).and_then(|rest| rest.strip_prefix('-')?.parse::<u64>().ok());
        let Some(n) = number.filter(|n| *n < requests && seen.insert(*n)) else {
            sorted.strange += 1;
            continue;
        };
        match fate {
            Fate::Reply { status, body } => sorted.replies.push((n, status, body)),
            Fate::Undone(why) => sorted.undone.push((n, why)),
        }
    }
    sorted
}

fn add(sum: &mut Usage, used: Option<Usage>) {
    let used = used.unwrap_or_default();
    sum.input_tokens += used.input_tokens;
    sum.output_tokens += used.output_tokens;
}
