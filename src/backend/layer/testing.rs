//! A scripted backend for the tests of the layers.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;

use crate::backend::error::{BackendError, ErrorKind, Fault};
use crate::backend::{Backend, Health};
use crate::model::backend::{Abilities, Limits, Profile};
use crate::model::reply::{Finish, Reply, ReplyBody, Usage};
use crate::model::request::{Payload, Request, Translate};

type Step = Result<(), ErrorKind>;

/// Answers with the scripted results in order, then with success.
pub struct Scripted {
    profile: Profile,
    script: Mutex<Vec<Step>>,
    calls: AtomicUsize,
    in_flight: AtomicUsize,
    most: AtomicUsize,
    retry_after: Option<Duration>,
    used: Option<Usage>,
    takes: Duration,
}

impl Scripted {
    pub fn new(script: impl IntoIterator<Item = Step>) -> Arc<Self> {
        let mut script: Vec<Step> = script.into_iter().collect();
        script.reverse();
        Arc::new(Self {
            profile: profile(),
            script: Mutex::new(script),
            calls: AtomicUsize::new(0),
            in_flight: AtomicUsize::new(0),
            most: AtomicUsize::new(0),
            retry_after: None,
            used: None,
            takes: Duration::ZERO,
        })
    }

    /// Failures ask to wait so long.
    pub fn asking(self: Arc<Self>, retry_after: Duration) -> Arc<Self> {
        Arc::new(Self { retry_after: Some(retry_after), ..Arc::into_inner(self).unwrap() })
    }

    /// Failures are billed with so much.
    pub fn billing(self: Arc<Self>, used: Usage) -> Arc<Self> {
        Arc::new(Self { used: Some(used), ..Arc::into_inner(self).unwrap() })
    }

    /// Calls take so long.
    pub fn taking(self: Arc<Self>, takes: Duration) -> Arc<Self> {
        Arc::new(Self { takes, ..Arc::into_inner(self).unwrap() })
    }

    /// One more result for the script.
    pub fn add(&self, step: Step) {
        self.script.lock().unwrap().insert(0, step);
    }

    pub fn calls(&self) -> usize {
        self.calls.load(Ordering::SeqCst)
    }

    /// Most calls that were in flight at the same time since the last look.
    pub fn most(&self) -> usize {
        self.most.swap(0, Ordering::SeqCst)
    }
}

#[async_trait]
impl Backend for Scripted {
    fn profile(&self) -> &Profile {
        &self.profile
    }

    async fn call(&self, _request: &Request) -> Result<Reply, BackendError> {
        self.calls.fetch_add(1, Ordering::SeqCst);
        let now = self.in_flight.fetch_add(1, Ordering::SeqCst) + 1;
        self.most.fetch_max(now, Ordering::SeqCst);
        let step = self.script.lock().unwrap().pop().unwrap_or(Ok(()));
        tokio::time::sleep(self.takes).await;
        self.in_flight.fetch_sub(1, Ordering::SeqCst);
        match step {
            Ok(()) => Ok(Reply {
                body: ReplyBody::Segments(Vec::new()),
                finish: Finish::Complete,
                usage: Usage { input_tokens: 600, output_tokens: 400, ..Usage::default() },
            }),
            Err(kind) => Err(BackendError {
                retry_after: self.retry_after,
                used: self.used,
                ..Fault::new(kind, "scripted").of(&self.profile.name)
            }),
        }
    }

    async fn probe(&self) -> Result<Health, BackendError> {
        Ok(Health { summary: "scripted".into() })
    }
}

fn profile() -> Profile {
    Profile {
        name: "scripted".into(),
        dialect: "scripted".into(),
        model: None,
        parameters: String::new(),
        abilities: Abilities::default(),
        limits: Limits { segments: None, characters: None, bytes: None, tokens: None, segment_characters: 1_000 },
        price: None,
    }
}

pub fn request() -> Request {
    Request { system: String::new(), payload: Payload::Translate(Translate::default()) }
}
