//! The post room: requests that travel in batches, and the answers that came back with them.
//!
//! Place in the data way: before `plan` open batches are asked after; in `work` a request is answered from what came back,
//! or put into the outbox; after `work` the outbox is handed over. A unit whose answers are not there stays open: it is
//! neither done nor failed, and no other backend is asked in its place.
//! It must never hand a request over before that intent is stored, nor conclude anything from what it cannot read.

use std::collections::{BTreeMap, HashSet};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use jiff::Timestamp;

use crate::backend::batch::{Batcher, Found, Handed, Wanted};
use crate::backend::dialect::batch::{Fate, Line, Phase, Standing};
use crate::backend::error::Fault;
use crate::backend::http::Transport;
use crate::backend::wire::{WireReply, WireRequest};
use crate::backend::{BackendError, ErrorKind};
use crate::model::event::{BatchStep, Event, Monitor};
use crate::model::key::Key;
use crate::model::reply::{Reply, Usage};
use crate::model::request::{Payload, Request};
use crate::model::spend::Spend;
use crate::model::unit::UnitId;
use crate::state::{BatchRow, Harvest, Item, NewBatch, State, StateError};

use super::chain::Member;
use super::ledger::Ledger;
use super::unit::{Halt, estimate};

/// How long a hand-over that was cut off may take to show in the provider's list.
const GRACE: Duration = Duration::from_mins(1);
/// After this a batch that the provider does not know, or whose answers cannot be read, is given up: the window in which
/// providers answer batches is a day.
const WINDOW: Duration = Duration::from_hours(25);
/// Batches without an answer after which a request counts as failed.
const MOST: u32 = 3;

/// Gives the time.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// Keeps what travels in batches.
pub struct Post {
    state: State,
    ledger: Arc<Ledger>,
    run: String,
    clock: Clock,
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
}

impl Post {
    /// A post room for one run.
    pub fn new(state: State, ledger: Arc<Ledger>, run: &str, clock: Clock) -> Self {
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

    fn age(&self, batch: &BatchRow) -> Duration {
        let submitted = batch.submitted.parse::<Timestamp>().unwrap_or(Timestamp::UNIX_EPOCH);
        Duration::try_from((self.clock)().duration_since(submitted)).unwrap_or_default()
    }

    fn tell(&self, batch: &BatchRow, id: &str, step: BatchStep, requests: u64) {
        self.ledger.event(&Event::Batch { backend: batch.backend.clone(), batch: id.into(), step, requests });
    }

    fn warn(&self, message: String) {
        self.ledger.event(&Event::Warning { message });
    }
}

/// The counter of the post room: it takes a wire request as a server would, and answers it from what came back.
struct Counter<'a> {
    post: &'a Post,
    member: &'a Member,
    batcher: &'a Batcher,
    request: &'a Request,
    asker: Asker,
    /// What stops the unit, or the run.
    trouble: Mutex<Option<Halt>>,
}

impl Counter<'_> {
    /// Ends the call; the reason is kept for [`Post::ask`].
    fn halt(&self, halt: Halt) -> Fault {
        *self.trouble.lock().unwrap_or_else(PoisonError::into_inner) = Some(halt);
        Fault::new(ErrorKind::Cancelled, "the request is not sent")
    }

    /// Puts a request into the outbox, and empties that where it is full.
    async fn put(&self, outbox: &mut Outbox, hash: Key, body: Vec<u8>) -> Result<Fault, Halt> {
        let profile = self.member.backend.profile();
        let reserved = self.post.ledger.reserve(profile, &estimate(self.request));
        let cost = reserved.map_err(Halt::Short)?.keep();
        let limits = self.batcher.limits();
        let bytes = self.batcher.line_bytes(&body);
        if outbox.letters.len() >= limits.requests || outbox.bytes + bytes > limits.bytes {
            self.post.empty((self.member, self.batcher), outbox).await?;
        }
        outbox.bytes += bytes;
        outbox.cost += cost;
        outbox.hashes.insert(hash);
        outbox.letters.push(Letter { hash, unit: self.asker.unit, body });
        if let Payload::Translate(asked) = &self.request.payload {
            self.post.ledger.count(|counts| counts.sent += asked.segments.len() as u64);
        }
        Ok(later())
    }
}

#[async_trait]
impl Transport for Counter<'_> {
    async fn send(&self, wire: WireRequest) -> Result<WireReply, Fault> {
        let backend = &self.member.backend.profile().name;
        let again = self.asker.again.to_string();
        let hash = Key::of(["batch/1", backend, &again, &String::from_utf8_lossy(&wire.body)]);
        // Held to the end, so that the same request of two units goes into the outbox once.
        let outbox = self.post.outbox(backend);
        let mut outbox = outbox.lock().await;
        if outbox.hashes.contains(&hash) {
            return Err(later());
        }
        let state = &self.post.state;
        let known = state.batch_item(hash).map_err(|error| self.halt(error.into()))?;
        match known {
            Some(Item::Waiting) => Err(later()),
            Some(Item::Answered { status, body, mixed }) => {
                if mixed {
                    self.batcher.has_answered();
                }
                let body = body.into_bytes();
                if !Batcher::stands(status) {
                    state.forget_batch_item(hash).await.map_err(|error| self.halt(error.into()))?;
                }
                Ok(WireReply { status, headers: Vec::new(), body, received: SystemTime::UNIX_EPOCH })
            }
            Some(Item::Unanswered { sent, why }) if sent >= MOST => {
                state.forget_batch_item(hash).await.map_err(|error| self.halt(error.into()))?;
                Err(Fault::new(ErrorKind::Server, format!("{sent} batches brought no answer: {why}")))
            }
            // What waits is waited for; but nothing new goes to a backend that cannot be used.
            _ if !self.member.is_up() => Err(Fault::new(ErrorKind::Open, "the backend is not used any more")),
            _ => Err(self.put(&mut outbox, hash, wire.body).await.unwrap_or_else(|halt| self.halt(halt))),
        }
    }
}

async fn look_for(batcher: &Batcher, batch: &BatchRow, known: &[String]) -> Result<Found, BackendError> {
    let since = batch.submitted.parse::<Timestamp>().map_or(0, Timestamp::as_second);
    batcher.find(Wanted { token: &batch.token, requests: batch.requests, since, known }).await
}

fn later() -> Fault {
    Fault::new(ErrorKind::Later, "the answer comes with a batch")
}

/// Our name for a batch: no other run, and no other batch of this one, has it.
fn token(run: &str, items: &[(Key, UnitId)]) -> String {
    let hashes: Vec<String> = items.iter().map(|(hash, _)| hash.hex()).collect();
    let key = Key::of(std::iter::once(run).chain(hashes.iter().map(String::as_str)));
    format!("kabar-{}", key.hex().get(..24).unwrap_or_default())
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
