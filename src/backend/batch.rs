//! Requests that travel in batches: hand over, ask how a batch stands, fetch its answers, find one that was lost.
//!
//! Place in the data way: `pipeline` collects requests and hands them over here; a [`Batching`] backend also answers at
//! once, for what cannot wait. It must never hand the same requests over twice by itself: whether a hand-over that was
//! cut off has arrived is asked with [`Batcher::find`], by a token that was stored before.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use tokio_util::sync::CancellationToken;

use super::client::Client;
use super::dialect::batch::{BatchLimits, BatchSpelling, Fate, Line, Page, Phase, Standing};
use super::dialect::{OptionError, Speaking};
use super::error::{BackendError, ErrorKind, Fault};
use super::http::Transport;
use super::layer::retry::Patience;
use super::wire::{WireReply, WireRequest};
use super::{Backend, Health};
use crate::model::backend::Profile;
use crate::model::duration;
use crate::model::reply::{Reply, Usage};
use crate::model::request::Request;

/// Most bytes of one batch here: several are in no way worse than a large one, and one must fit into memory twice.
const BYTES: usize = 32 * 1024 * 1024;
/// Most bytes of a file of answers.
pub const RESULT_BYTES: usize = 512 * 1024 * 1024;
/// How long a hand-over or a download may take.
const TRANSFER: Duration = Duration::from_mins(15);
/// Pages of a provider's list that are looked through for a lost batch.
const PAGES: usize = 100;
/// How far a provider's clock may be behind ours, in seconds.
const SKEW: i64 = 3_600;

/// What became of a hand-over.
#[derive(Debug)]
pub enum Handed {
    /// The provider has it.
    Over(Standing),
    /// The provider certainly does not have it.
    Back(BackendError),
    /// The connection ended before an answer: it may have arrived.
    Unknown(BackendError),
}

/// What is known of a batch whose hand-over was cut off.
#[derive(Debug)]
pub enum Found {
    /// It arrived.
    Here(Standing),
    /// It did not.
    Nowhere,
    /// A batch of that size is under way that does not say whose it is; its answers will.
    Perhaps,
}

/// A batch that is looked for.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'a> {
    /// Our token.
    pub token: &'a str,
    /// Its number of requests.
    pub requests: u64,
    /// When it was handed over, in seconds since 1970.
    pub since: i64,
    /// The provider's ids of batches that are known already.
    pub known: &'a [String],
}

/// Hands over batches of one backend.
pub struct Batcher {
    client: Arc<Client>,
    patience: Patience,
    most: Option<usize>,
    quick: Duration,
}

impl Batcher {
    /// Over a client whose dialect has batches, with at most `most` requests in each. What carries no requests and no
    /// answers must be done within `quick`.
    ///
    /// # Errors
    /// Where it has none.
    pub fn new(
        client: Arc<Client>,
        patience: Patience,
        (most, quick): (Option<usize>, Duration),
    ) -> Result<Self, OptionError> {
        if client.batches().is_none() {
            let reason = format!("dialect \"{}\" has no batches; leave it out", client.profile().dialect);
            return Err(OptionError::Invalid { option: "delivery", reason });
        }
        let quick = if quick.is_zero() { TRANSFER } else { quick };
        Ok(Self { client, patience, most, quick })
    }

    fn name(&self) -> &str {
        &self.client.profile().name
    }

    fn spelling(&self) -> Result<&dyn BatchSpelling, BackendError> {
        self.client.batches().ok_or_else(|| Fault::new(ErrorKind::Unsupported, "no batches").of(self.name()))
    }

    /// What one batch may hold.
    pub fn limits(&self) -> BatchLimits {
        let own = self.client.batches().map_or(BatchLimits { requests: 1, bytes: BYTES }, BatchSpelling::limits);
        let requests = self.most.map_or(own.requests, |most| most.min(own.requests));
        BatchLimits { requests, bytes: own.bytes.min(BYTES) }
    }

    /// Bytes that a request adds to a batch.
    pub fn line_bytes(&self, body: &[u8]) -> usize {
        // Around the body stand the id, the endpoint and the names of the fields.
        body.len() + 160
    }

    /// Asks for the reply to `request` where `mail` keeps the answers of batches.
    ///
    /// # Errors
    /// As for [`Backend::call`]; `Later` where there is no answer yet.
    pub async fn ask(&self, mail: &dyn Transport, request: &Request) -> Result<Reply, BackendError> {
        self.client.ask_over(mail, request).await
    }

    /// Hands requests over. `token` must have been stored before. The ids of the requests are `TOKEN-0`, `TOKEN-1`, ….
    pub async fn hand_over(&self, token: &str, bodies: &[Vec<u8>]) -> Handed {
        match self.file(token, bodies).await {
            Ok((lines, file)) => self.create(token, &lines, file.as_deref()).await,
            Err(error) => Handed::Back(error),
        }
    }

    /// What was begun is handed over even when the run is being stopped.
    fn unhurried(&self) -> Patience {
        Patience { cancel: CancellationToken::new(), ..self.patience.clone() }
    }

    /// The lines of a batch, uploaded where the API wants them in a file. A file alone costs nothing.
    async fn file(&self, token: &str, bodies: &[Vec<u8>]) -> Result<(Vec<Vec<u8>>, Option<String>), BackendError> {
        let spelling = self.spelling()?;
        let numbered = bodies.iter().enumerate();
        let lines: Vec<_> = numbered.map(|(n, body)| spelling.line(&format!("{token}-{n}"), body)).collect();
        let patience = self.unhurried();
        let upload = patience.attempts(self.name(), async || {
            let Some(reply) = self.send(|with| spelling.upload(token, &lines, with)).await? else { return Ok(None) };
            spelling.read_upload(&reply).map(Some).map_err(|fault| self.client.error(fault, Some(&reply)))
        });
        let file = upload.await?;
        Ok((lines, file))
    }

    /// Makes the batch. Only "too many requests" leads to another attempt: after all else there could be two batches.
    async fn create(&self, token: &str, lines: &[Vec<u8>], file: Option<&str>) -> Handed {
        let patience = self.unhurried();
        let made = patience.attempts(self.name(), async || match self.create_once(token, lines, file).await {
            Handed::Back(error) if error.kind == ErrorKind::RateLimited => Err(error),
            handed => Ok(handed),
        });
        made.await.unwrap_or_else(Handed::Back)
    }

    async fn create_once(&self, token: &str, lines: &[Vec<u8>], file: Option<&str>) -> Handed {
        let made = async {
            let spelling = self.spelling()?;
            let reply = self.sent(|with| spelling.create(token, file, lines, with)).await?;
            spelling.read_standing(&reply).map_err(|fault| self.client.error(fault, Some(&reply)))
        };
        match made.await {
            Ok(standing) => Handed::Over(standing),
            Err(error) if error.status.is_some_and(|status| (400..500).contains(&status)) => Handed::Back(error),
            Err(error) => Handed::Unknown(error),
        }
    }

    /// How a batch stands.
    ///
    /// # Errors
    /// `NotFound` where the provider does not know it.
    pub async fn poll(&self, id: &str) -> Result<Standing, BackendError> {
        let spelling = self.spelling()?;
        let poll = self.patience.attempts(self.name(), async || {
            let reply = self.within(self.quick, self.sent(|with| spelling.poll(id, with))).await?;
            spelling.read_standing(&reply).map_err(|fault| self.client.error(fault, Some(&reply)))
        });
        poll.await
    }

    /// Fetches all answers. A download that was cut off is an error, so that nothing is concluded from it.
    ///
    /// # Errors
    /// As for [`Backend::call`].
    pub async fn collect(&self, standing: &Standing) -> Result<Vec<Line>, BackendError> {
        let mut lines = Vec::new();
        for at in &standing.results {
            let file = self.patience.attempts(self.name(), || self.file_of(standing, at)).await?;
            lines.extend(file);
        }
        Ok(lines)
    }

    async fn file_of(&self, standing: &Standing, at: &str) -> Result<Vec<Line>, BackendError> {
        let spelling = self.spelling()?;
        let reply = self.sent(|with| spelling.results(standing, at, with)).await?;
        if !reply.is_success() {
            return Err(self.client.error(spelling.refusal(&reply), Some(&reply)));
        }
        let body = reply.text();
        let lines = body.lines().filter(|line| !line.trim().is_empty());
        let read = lines.map(|line| spelling.read_line(line.as_bytes()).map(|line| self.clean(line)));
        let read = read.collect::<Option<Vec<_>>>();
        read.ok_or_else(|| {
            let message = format!("the answers of batch {} cannot be read to their end", standing.id);
            Fault::new(ErrorKind::Connect, message).of(self.name())
        })
    }

    /// An answer without keys that the provider threw back. In a good one only the keys themselves are looked for: other
    /// values of the environment, such as a team's name, may be words of a translation.
    fn clean(&self, mut line: Line) -> Line {
        match &mut line.fate {
            Fate::Reply { status, body } => {
                let text = String::from_utf8_lossy(body);
                let is_good = (200..300).contains(status);
                let text = if is_good { self.client.without_keys(&text) } else { self.client.redact(&text) };
                *body = text.into_bytes();
            }
            Fate::Undone(why) => *why = self.client.redact(why),
        }
        line
    }

    /// Looks for a batch whose hand-over was cut off.
    ///
    /// # Errors
    /// As for [`Backend::call`]: then nothing is known.
    pub async fn find(&self, wanted: Wanted<'_>) -> Result<Found, BackendError> {
        let (mut after, mut found) = (None, Found::Nowhere);
        for _ in 0..PAGES {
            let page = self.patience.attempts(self.name(), || self.page(after.as_deref())).await?;
            let is_older = |standing: &Standing| standing.created.is_some_and(|at| at < wanted.since - SKEW);
            let is_last = page.batches.iter().all(is_older);
            for standing in page.batches.into_iter().filter(|standing| !is_older(standing)) {
                match self.recognise(&wanted, standing).await? {
                    Found::Here(standing) => return Ok(Found::Here(standing)),
                    Found::Perhaps => found = Found::Perhaps,
                    Found::Nowhere => {}
                }
            }
            after = page.next;
            if is_last || after.is_none() {
                return Ok(found);
            }
        }
        Ok(Found::Perhaps)
    }

    /// One page of the provider's list, in one attempt.
    async fn page(&self, after: Option<&str>) -> Result<Page, BackendError> {
        let spelling = self.spelling()?;
        let reply = self.within(self.quick, self.sent(|with| spelling.list(after, with))).await?;
        spelling.read_list(&reply).map_err(|fault| self.client.error(fault, Some(&reply)))
    }

    /// Whether a batch of the provider's list is the one that is looked for.
    async fn recognise(&self, wanted: &Wanted<'_>, standing: Standing) -> Result<Found, BackendError> {
        if wanted.known.contains(&standing.id) {
            return Ok(Found::Nowhere);
        }
        if self.spelling()?.keeps_tokens() {
            let is_it = standing.token.as_deref() == Some(wanted.token);
            return Ok(if is_it { Found::Here(standing) } else { Found::Nowhere });
        }
        match standing.phase {
            _ if standing.total != wanted.requests => Ok(Found::Nowhere),
            Phase::Working => Ok(Found::Perhaps),
            Phase::Failed => Ok(Found::Nowhere),
            Phase::Ended => {
                let lines = self.collect(&standing).await?;
                let is_ours = |line: &Line| line.custom_id.starts_with(&format!("{}-", wanted.token));
                Ok(if lines.iter().any(is_ours) { Found::Here(standing) } else { Found::Nowhere })
            }
        }
    }

    /// Notes that the backend has answered well: what it refuses from now on is about the request.
    pub fn has_answered(&self) {
        self.client.has_answered();
    }

    /// What an answer says that it used.
    pub fn used(&self, body: &[u8]) -> Option<Usage> {
        self.client.used(body)
    }

    /// Why an answer may be better in another batch (a limit, an overload); `None` where it is the request's own.
    pub fn passing(&self, status: u16, body: &[u8]) -> Option<String> {
        if (200..300).contains(&status) {
            return None;
        }
        let reply = WireReply { status, headers: Vec::new(), body: body.to_vec(), received: SystemTime::UNIX_EPOCH };
        let fault = self.client.batches()?.refusal(&reply);
        fault.kind.is_transient().then_some(fault.message)
    }

    /// Whether an answer is kept until the work is done: what the request itself brought about. Of all else (a key, a
    /// quota, a model that is not there) a person is told, and then the request is free again.
    pub fn stands(status: u16) -> bool {
        matches!(status, 200..=299 | 400 | 413 | 422)
    }

    /// One request of the batch API, within the time for a transfer.
    async fn send(
        &self,
        build: impl FnOnce(&Speaking<'_>) -> Option<WireRequest> + Send,
    ) -> Result<Option<WireReply>, BackendError> {
        self.within(TRANSFER, self.client.send(build)).await
    }

    async fn within<T>(
        &self,
        limit: Duration,
        work: impl Future<Output = Result<T, BackendError>> + Send,
    ) -> Result<T, BackendError> {
        tokio::time::timeout(limit, work).await.unwrap_or_else(|_| {
            let message = format!("no answer within {}", duration::format(limit));
            Err(Fault::new(ErrorKind::Timeout, message).of(self.name()))
        })
    }

    async fn sent(&self, build: impl FnOnce(&Speaking<'_>) -> WireRequest + Send) -> Result<WireReply, BackendError> {
        let nothing = || Fault::new(ErrorKind::Unsupported, "nothing to send").of(self.name());
        self.send(|with| Some(build(with))).await?.ok_or_else(nothing)
    }
}

/// A backend with batches. What is asked of it as of any backend is answered at once.
pub struct Batching {
    inner: Arc<dyn Backend>,
    batcher: Batcher,
}

impl Batching {
    /// Adds batches to a backend.
    pub fn new(inner: Arc<dyn Backend>, batcher: Batcher) -> Self {
        Self { inner, batcher }
    }
}

#[async_trait]
impl Backend for Batching {
    fn profile(&self) -> &Profile {
        self.inner.profile()
    }

    async fn call(&self, request: &Request) -> Result<Reply, BackendError> {
        self.inner.call(request).await
    }

    /// Also whether it lists batches, which costs nothing.
    async fn probe(&self) -> Result<Health, BackendError> {
        let health = self.inner.probe().await?;
        self.batcher.page(None).await.map_err(|error| BackendError {
            message: format!("{}, but its batches cannot be listed: {}", health.summary, error.message),
            ..error
        })?;
        Ok(Health { summary: format!("{}, takes batches", health.summary) })
    }

    fn batches(&self) -> Option<&Batcher> {
        Some(&self.batcher)
    }
}
