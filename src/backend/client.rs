//! A backend that is spoken to over the wire: the one place where a dialect, a transport and keys come together.
//!
//! Place in the data way: the innermost of [`super::stack`]; the layers stand around it.
//! It must never repeat a request, except at once in another way of asking or with another key, after a refusal.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use futures_util::future::join_all;
use secrecy::SecretString;

use super::dialect::batch::BatchSpelling;
use super::dialect::{Dialect, Habits, Speaking};
use super::error::{BackendError, ErrorKind, Fault};
use super::http::Transport;
use super::keys::Secrets;
use super::layer::pace::Pace;
use super::rate_headers;
use super::retry_after;
use super::wire::{WireReply, WireRequest};
use super::{Backend, Health};
use crate::model::backend::Profile;
use crate::model::reply::{Reply, Usage};
use crate::model::request::Request;

/// One backend over the wire.
pub struct Client {
    profile: Profile,
    dialect: Arc<dyn Dialect>,
    transport: Arc<dyn Transport>,
    secrets: Secrets,
    pace: Arc<Pace>,
    habits: Mutex<Habits>,
    answered: AtomicBool,
}

/// How long a key rests that was used too often, where the server does not say.
const UNASKED: Duration = Duration::from_secs(1);
/// Ways of asking and keys that one call tries at most.
const TRIES: usize = 12;

impl Client {
    /// Joins the parts. The secrets hold the keys and are kept out of messages; the pace is told what replies say of limits.
    pub fn new(
        profile: Profile,
        dialect: Arc<dyn Dialect>,
        transport: Arc<dyn Transport>,
        secrets: Secrets,
        pace: Arc<Pace>,
    ) -> Self {
        let habits = Mutex::new(dialect.habits());
        Self { profile, dialect, transport, secrets, pace, habits, answered: AtomicBool::new(false) }
    }

    fn habits(&self) -> Habits {
        *self.habits.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Remembers what was learnt, unless another call learnt more in the meantime.
    fn learn(&self, from: Habits, to: Habits) {
        let mut habits = self.habits.lock().unwrap_or_else(PoisonError::into_inner);
        if *habits == from {
            *habits = to;
        }
    }

    /// Sends one request of a batch API's own, with the first key: a batch belongs to the account that made it.
    pub(super) async fn send(
        &self,
        build: impl FnOnce(&Speaking<'_>) -> Option<WireRequest> + Send,
    ) -> Result<Option<WireReply>, BackendError> {
        let key = self.secrets.keys.first().await.map_err(|fault| self.error(fault, None))?;
        let wire = build(&Speaking { key: key.as_ref(), habits: self.habits() });
        match wire {
            Some(wire) => self.hear(self.transport.as_ref(), wire).await.map(Some),
            None => Ok(None),
        }
    }

    /// Notes that the server accepts the configuration.
    pub(super) fn has_answered(&self) {
        self.answered.store(true, Ordering::Relaxed);
    }

    /// The dialect's batches, if it has them.
    pub(super) fn batches(&self) -> Option<&dyn BatchSpelling> {
        self.dialect.batches()
    }

    /// What a reply says that it used.
    pub(super) fn used(&self, body: &[u8]) -> Option<Usage> {
        self.dialect.used(body)
    }

    /// A server's words without keys.
    pub(super) fn redact(&self, text: &str) -> String {
        self.secrets.redact(text)
    }

    /// A text without the keys themselves.
    pub(super) fn without_keys(&self, text: &str) -> String {
        self.secrets.keys.redact(text)
    }

    pub(super) fn error(&self, mut fault: Fault, reply: Option<&WireReply>) -> BackendError {
        if fault.kind == ErrorKind::Auth {
            fault.message = format!("{}; {}", fault.message, self.secrets.keys.hint());
        }
        // A server that has answered before accepts the configuration: what it does not accept now is this text.
        if fault.kind == ErrorKind::Unsupported && fault.status.is_some() && self.answered.load(Ordering::Relaxed) {
            fault.kind = ErrorKind::Refused;
        }
        let wait = reply.and_then(retry_after::read);
        if let Some(asked) = wait.filter(|wait| *wait > retry_after::LONGEST) {
            let asked = crate::model::duration::format(asked);
            fault.message = format!("{}; it asks to wait {asked}, taken as 1h", fault.message);
        }
        fault.message = self.redact(&fault.message);
        let retry_after = wait.filter(|_| fault.kind.is_transient()).map(|wait| wait.min(retry_after::LONGEST));
        BackendError { retry_after, ..fault.of(&self.profile.name) }
    }

    /// The reply without keys that the server threw back in an error: an excerpt of its words may end within one.
    fn clean(&self, mut reply: WireReply) -> WireReply {
        if !reply.is_success() || reply.is_html() {
            reply.body = self.redact(&reply.text()).into_bytes();
        }
        reply
    }

    async fn hear(&self, transport: &dyn Transport, wire: WireRequest) -> Result<WireReply, BackendError> {
        let reply = transport.send(wire).await.map_err(|fault| self.error(fault, None))?;
        Ok(self.clean(reply))
    }

    /// Whether another key can be tried at once after this error.
    fn give_way(&self, number: usize, error: &mut BackendError) -> bool {
        match error.kind {
            ErrorKind::Auth | ErrorKind::Quota => self.secrets.keys.refuse(number),
            ErrorKind::RateLimited => {
                let left = self.secrets.keys.rest(number, error.retry_after.unwrap_or(UNASKED));
                error.retry_after = error.retry_after.map(|asked| asked.min(left.unwrap_or(asked)));
                left.is_none()
            }
            _ => false,
        }
    }

    /// Asks over another transport than the network: the one that holds the answers of batches.
    ///
    /// # Errors
    /// As for [`Backend::call`], and what the transport says.
    pub async fn ask_over(&self, transport: &dyn Transport, request: &Request) -> Result<Reply, BackendError> {
        let mut last = None;
        for _ in 0..TRIES {
            let key = self.secrets.keys.take().await.map_err(|fault| self.error(fault, None))?;
            let habits = self.habits();
            let with = Speaking { key: key.as_ref().map(|(_, key)| key), habits };
            let wire = self.dialect.build(request, &with).map_err(|fault| self.error(fault, None))?;
            let reply = self.hear(transport, wire).await?;
            let number = key.map(|(number, _)| number);
            if let Some(wait) = rate_headers::hold(&reply) {
                let wait = number.map_or(Some(wait), |number| self.secrets.keys.rest(number, wait));
                self.pace.hold(wait.unwrap_or_default());
            }
            let fault = match self.dialect.parse(request, &reply) {
                Ok(answer) => {
                    self.has_answered();
                    return Ok(answer);
                }
                Err(fault) => fault,
            };
            let another_way = self.dialect.adapt(habits, &reply);
            if let Some(learnt) = another_way {
                self.learn(habits, learnt);
            }
            let mut error = self.error(fault, Some(&reply));
            error.used = self.used(&reply.body).filter(|_| reply.is_success());
            let another_key = number.is_some_and(|number| self.give_way(number, &mut error));
            if !another_key && another_way.is_none() {
                return Err(error);
            }
            last = Some(error);
        }
        Err(last.unwrap_or_else(|| Fault::bad_reply("no way of asking was accepted").of(&self.profile.name)))
    }
}

#[async_trait]
impl Backend for Client {
    fn profile(&self) -> &Profile {
        &self.profile
    }

    async fn call(&self, request: &Request) -> Result<Reply, BackendError> {
        self.ask_over(self.transport.as_ref(), request).await
    }

    /// Asks with every key: a run takes them in turn.
    async fn probe(&self) -> Result<Health, BackendError> {
        let keys = self.secrets.keys.each().await.map_err(|fault| self.error(fault, None))?;
        let found = join_all(keys.iter().map(|key| self.probe_with(key.as_ref()))).await;
        let good = found.iter().find_map(|found| found.as_ref().ok());
        let refused: Vec<_> = found.iter().filter_map(|found| found.as_ref().err()).collect();
        match (good, refused.as_slice()) {
            (Some(words), []) => Ok(Health { summary: words.clone() }),
            (Some(words), [first, ..]) => {
                let (bad, all) = (refused.len(), found.len());
                Ok(Health { summary: format!("{words}; of {all} keys {bad} cannot be used: {}", first.message) })
            }
            (None, [first, ..]) => Err((*first).clone()),
            (None, []) => Err(Fault::new(ErrorKind::Auth, "there is no key to ask with").of(&self.profile.name)),
        }
    }
}

impl Client {
    /// What the backend says to one key.
    async fn probe_with(&self, key: Option<&SecretString>) -> Result<String, BackendError> {
        let with = Speaking { key, habits: self.habits() };
        let mut found = Vec::new();
        for (step, wire) in self.dialect.probes(&with).into_iter().enumerate() {
            let reply = self.hear(self.transport.as_ref(), wire).await?;
            let words = self.dialect.read_probe(step, &reply).map_err(|fault| self.error(fault, Some(&reply)))?;
            found.push(words);
        }
        found.retain(|words| !words.is_empty());
        Ok(found.join(", "))
    }
}
