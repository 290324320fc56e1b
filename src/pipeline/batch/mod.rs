//! The post room: requests that travel in batches, and the answers that came back with them.
//!
//! Place in the data way: before `plan` open batches are asked after; in `work` a request is answered from what came back,
//! or put into the outbox; after `work` the outbox is handed over. A unit whose answers are not there stays open: it is
//! neither done nor failed, and no other backend is asked in its place.
//! It must never hand a request over before that intent is stored, nor conclude anything from what it cannot read.

mod counter;
mod fetch;

use std::collections::{BTreeMap, HashSet};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use super::chain::Member;
use super::ledger::Ledger;
use super::time_limit::WallClock;
use super::unit::Halt;
use crate::backend::batch::{Batcher, Handed};
use crate::backend::dialect::batch::Standing;
use crate::backend::{BackendError, ErrorKind};
use crate::model::event::{BatchStep, Event, Monitor};
use crate::model::key::Key;
use crate::model::reply::Reply;
use crate::model::request::Request;
use crate::model::spend::Spend;
use crate::model::unit::UnitId;
use crate::state::{BatchRow, NewBatch, State, StateError};
use counter::Counter;

/// Keeps what travels in batches.
pub struct Post {
    state: State,
    ledger: Arc<Ledger>,
    run: String,
    clock: WallClock,
    outboxes: Mutex<BTreeMap<String, Arc<tokio::sync::Mutex<Outbox>>>>,
    /// Units that wait for answers since the last look.
    waiting: AtomicU64,
    /// Units among them that wait for a text that another unit asks for.
    behind: AtomicU64,
}

/// Requests of one backend that are not handed over yet.
#[derive(Default)]
struct Outbox {
    letters: Vec<Letter>,
    hashes: HashSet<Key>,
    bytes: usize,
    /// What they are expected to cost.
    cost: f64,
}

struct Letter {
    hash: Key,
    unit: UnitId,
    body: Vec<u8>,
}

/// Who asks.
#[derive(Debug, Clone, Copy)]
pub(super) struct Asker {
    /// The unit.
    pub unit: UnitId,
    /// How often the unit has asked the very same before.
    pub again: u32,
    /// Whether it only takes what came back.
    pub harvests: bool,
}

impl Post {
    /// A post room for one run.
    pub fn new(state: State, ledger: Arc<Ledger>, run: &str, clock: WallClock) -> Self {
        Self {
            state,
            ledger,
            run: run.into(),
            clock,
            outboxes: Mutex::default(),
            waiting: AtomicU64::new(0),
            behind: AtomicU64::new(0),
        }
    }

    /// The run that it serves.
    pub fn run(&self) -> &str {
        &self.run
    }

    fn outbox(&self, backend: &str) -> Arc<tokio::sync::Mutex<Outbox>> {
        let mut outboxes = self.outboxes.lock().unwrap_or_else(PoisonError::into_inner);
        outboxes.entry(backend.to_owned()).or_default().clone()
    }

    /// Notes that a unit waits; `behind` says that it waits for another unit.
    pub(super) fn note_waiting(&self, behind: bool) {
        self.waiting.fetch_add(1, Ordering::Relaxed);
        self.behind.fetch_add(u64::from(behind), Ordering::Relaxed);
    }

    /// Begins another pass over the open units. Whether one is worth it: some waited for others.
    pub(super) fn next_pass(&self) -> bool {
        let behind = self.behind.swap(0, Ordering::Relaxed) > 0;
        if behind {
            self.waiting.store(0, Ordering::Relaxed);
        }
        behind
    }

    /// The answer to a request, if it came back with a batch; else the request goes into the outbox.
    pub(super) async fn ask(
        &self,
        (member, batcher): (&Member, &Batcher),
        request: &Request,
        asker: Asker,
    ) -> Result<Result<Reply, BackendError>, Halt> {
        let counter = Counter { post: self, member, batcher, request, asker, trouble: Mutex::default() };
        let result = batcher.ask(&counter, request).await;
        if let Some(trouble) = counter.trouble.into_inner().unwrap_or_else(PoisonError::into_inner) {
            return Err(trouble);
        }
        match &result {
            Ok(_) => member.succeeded(),
            Err(error) if error.kind == ErrorKind::Later => return Err(Halt::Waiting { behind: false }),
            Err(error) => member.failed(error, &*self.ledger),
        }
        Ok(result)
    }

    /// Hands over what is in the outboxes.
    ///
    /// # Errors
    /// When the state cannot be used.
    pub async fn hand_over(&self, members: &[Arc<Member>]) -> Result<(), StateError> {
        for member in members {
            let Some(batcher) = member.backend.batches() else { continue };
            let outbox = self.outbox(&member.backend.profile().name);
            self.empty((member, batcher), &mut *outbox.lock().await).await?;
        }
        Ok(())
    }

    async fn empty(&self, (member, batcher): (&Member, &Batcher), outbox: &mut Outbox) -> Result<(), StateError> {
        let Outbox { letters, cost, .. } = std::mem::take(outbox);
        if letters.is_empty() {
            return Ok(());
        }
        let backend = member.backend.profile().name.clone();
        let items: Vec<(Key, UnitId)> = letters.iter().map(|letter| (letter.hash, letter.unit)).collect();
        let token = token(&self.run, &items);
        let submitted = (self.clock)().to_string();
        let day = self.ledger.today();
        let currency = member.backend.profile().price.as_ref().map(|price| price.currency.clone());
        let currency = currency.unwrap_or_default();
        let expected = Spend { day: day.clone(), backend: backend.clone(), currency, amount: cost };
        let new = NewBatch { token: token.clone(), submitted: submitted.clone(), expected, items };
        let requests = letters.len() as u64;
        let id = self.state.begin_batch(new).await?;
        let status = "submitting".to_owned();
        let (done, failed) = (0, 0);
        let batch = BatchRow { id, backend, token, batch: None, submitted, status, requests, done, failed, day };
        self.tell(&batch, &batch.token, BatchStep::Submitting, requests);
        let bodies: Vec<Vec<u8>> = letters.into_iter().map(|letter| letter.body).collect();
        match batcher.hand_over(&batch.token, &bodies).await {
            Handed::Over(Standing { id: remote, status, .. }) => {
                self.state.batch_stands(BatchRow { batch: Some(remote.clone()), status, ..batch.clone() }).await?;
                self.tell(&batch, &remote, BatchStep::Submitted, requests);
            }
            Handed::Back(error) => {
                self.state.batch_refused(id).await?;
                self.warn(format!("{requests} requests could not be submitted: {error}"));
                member.failed(&error, &*self.ledger);
            }
            Handed::Unknown(error) => self.warn(format!(
                "{requests} requests may have been submitted, but no answer came ({error}); the next run looks for them"
            )),
        }
        Ok(())
    }

    /// What units of this run wait for, in a sentence; `None` where none does.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub fn waits(&self) -> Result<Option<String>, StateError> {
        if self.waiting.load(Ordering::Relaxed) == 0 {
            return Ok(None);
        }
        let batches = self.state.batches()?;
        let shown: Vec<String> = batches.iter().take(3).map(waiting_words).collect();
        let more = batches.len() - shown.len();
        let more = if more > 0 { format!("; and {more} more batches (kabar status)") } else { String::new() };
        Ok((!shown.is_empty()).then(|| shown.join("; ") + &more))
    }

    fn tell(&self, batch: &BatchRow, id: &str, step: BatchStep, requests: u64) {
        self.ledger.event(&Event::Batch { backend: batch.backend.clone(), batch: id.into(), step, requests });
    }

    fn warn(&self, message: String) {
        self.ledger.event(&Event::Warning { message });
    }
}

/// Our name for a batch: no other run, and no other batch of this one, has it.
fn token(run: &str, items: &[(Key, UnitId)]) -> String {
    let hashes: Vec<String> = items.iter().map(|(hash, _)| hash.hex()).collect();
    let key = Key::of(std::iter::once(run).chain(hashes.iter().map(String::as_str)));
    format!("kabar-{}", key.hex().get(..24).unwrap_or_default())
}

fn described(batch: &BatchRow) -> String {
    format!("batch {} of {}", batch.batch.as_ref().unwrap_or(&batch.token), batch.backend)
}

fn waiting_words(batch: &BatchRow) -> String {
    let BatchRow { requests, submitted, backend, .. } = batch;
    match &batch.batch {
        Some(id) => format!("{requests} requests of {backend} wait in batch {id}, submitted at {submitted}"),
        None => format!(
            "{requests} requests of {backend} may have been submitted at {submitted}; the next run looks for them"
        ),
    }
}
