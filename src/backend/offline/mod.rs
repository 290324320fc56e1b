//! The offline engine: Indonesian to English inside the process, with no network and no key, behind [`Backend`].
//!
//! Place in the data way: the last backend of every chain; `work` calls it like any other. Inside: `model` loads
//! (`gguf`, `weights`, `shape`, `vocabulary`, `spm`), `engine` translates (`search` over `network` over `math`),
//! `slots`, `figures`, `fixed` and `capitals` keep what it would garble, `worker` computes apart from the async runtime. `docs/OFFLINE.md` tells how it works.
//! It must never open a socket, write a file, or present its output as more than a draft.

mod capitals;
mod engine;
mod error;
mod figures;
mod fixed;
mod gguf;
mod math;
mod model;
mod network;
#[cfg(test)]
mod parity;
mod plain;
mod search;
mod shape;
mod slots;
mod spm;
mod vocabulary;
mod weights;
mod worker;

use std::sync::Arc;

use async_trait::async_trait;
use tokio::sync::OnceCell;

use super::{Backend, BackendError, BackendOptions, ErrorKind, Health};
use crate::model::backend::{Abilities, Limits, Profile};
use crate::model::reply::{Finish, NumberedEnglish, Reply, ReplyBody, Usage};
use crate::model::request::{Payload, Request, Translate};
use engine::Engine;
use worker::Workers;

pub use engine::Indonesian;
pub use error::{Fault, OfflineError};
pub use model::{BUILTIN, Card, Model};

/// The dialect's name in the configuration.
pub const DIALECT: &str = "offline";

/// Hypotheses kept for each sentence.
const BEAM: usize = 3;
/// Exponent of the length that a hypothesis' score is divided by.
const PENALTY: f32 = 1.0;
const LIMITS: Limits =
    Limits { segments: Some(64), characters: Some(16_000), bytes: None, tokens: None, segment_characters: 2_000 };

/// The engine as a backend.
pub struct Offline {
    profile: Profile,
    card: Card,
    plan: Plan,
    /// Loaded for the first call: a chain that never gets here does not pay for it.
    workers: OnceCell<Workers>,
}

/// What to load, and how to work with it.
#[derive(Clone)]
struct Plan {
    model: String,
    threads: usize,
    indonesian: Indonesian,
}

impl Plan {
    fn carry_out(&self) -> Result<Workers, OfflineError> {
        let model = Model::load(&self.model)?;
        let slots = model.vocabulary.slots();
        let engine = Engine { slots, model, width: BEAM, penalty: PENALTY, indonesian: self.indonesian };
        Workers::start(&Arc::new(engine), self.threads)
    }
}

impl Offline {
    /// Looks at the model that `options` name, the built-in one where they name none. It is loaded for the first call, with
    /// as many threads as `concurrency` says, else one for each processor.
    ///
    /// # Errors
    /// An [`OfflineError`] that says which file of the model cannot be used, and why.
    pub fn new(name: &str, options: &BackendOptions, indonesian: Indonesian) -> Result<Self, OfflineError> {
        let model = options.model.clone().unwrap_or_else(|| BUILTIN.to_owned());
        let card = Card::read(&model)?;
        let limits = Limits {
            segments: options.max_segments.or(LIMITS.segments),
            characters: options.max_characters.or(LIMITS.characters),
            ..LIMITS
        };
        let profile = Profile {
            name: name.to_owned(),
            dialect: DIALECT.to_owned(),
            model: Some(card.name.clone()),
            parameters: format!("model={:.16} beam={BEAM} penalty={PENALTY}", card.sha256),
            abilities: Abilities { prompts: false, glossary: true, draft: true },
            limits,
            price: options.price.clone(),
        };
        let processors = || std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let threads = options.concurrency.unwrap_or_else(processors);
        Ok(Self { profile, card, plan: Plan { model, threads, indonesian }, workers: OnceCell::new() })
    }

    /// The workers, started where they are not yet.
    async fn workers(&self) -> Result<&Workers, BackendError> {
        let start = || async {
            let plan = self.plan.clone();
            let started = tokio::task::spawn_blocking(move || plan.carry_out()).await;
            let started = started.map_err(|error| self.error(ErrorKind::Cancelled, error.to_string()))?;
            started.map_err(|error| self.error(ErrorKind::Unsupported, error.to_string()))
        };
        self.workers.get_or_try_init(start).await
    }

    async fn translate(&self, request: &Translate) -> Result<Reply, BackendError> {
        if request.source != "id" || request.target != "en" {
            let pair = format!("{} to {}", request.source, request.target);
            return Err(
                self.error(ErrorKind::Unsupported, format!("it translates Indonesian to English only, not {pair}"))
            );
        }
        let texts = request.segments.iter().map(|segment| segment.text.clone()).collect();
        let done = self.workers().await?.translate(texts).await;
        let done = done.ok_or_else(|| self.error(ErrorKind::Cancelled, "the worker thread is gone".into()))?;
        let done = done.map_err(|error| self.error(ErrorKind::BadReply, error.to_string()))?;
        let numbered =
            request.segments.iter().zip(done.texts).map(|(segment, en)| NumberedEnglish { n: segment.n, en });
        let usage = Usage { input_tokens: done.tokens_in, output_tokens: done.tokens_out, ..Usage::default() };
        Ok(Reply { body: ReplyBody::Segments(numbered.collect()), finish: Finish::Complete, usage })
    }

    fn error(&self, kind: ErrorKind, message: String) -> BackendError {
        super::error::Fault::new(kind, message).of(&self.profile.name)
    }
}

#[async_trait]
impl Backend for Offline {
    fn profile(&self) -> &Profile {
        &self.profile
    }

    async fn call(&self, request: &Request) -> Result<Reply, BackendError> {
        match &request.payload {
            Payload::Translate(translate) => self.translate(translate).await,
            Payload::Summarise(_) | Payload::Brief(_) => {
                Err(self
                    .error(ErrorKind::Unsupported, "the offline engine translates only; it reads no prompts".into()))
            }
        }
    }

    async fn probe(&self) -> Result<Health, BackendError> {
        self.workers().await?;
        let Card { name, version, parameters, bytes, .. } = &self.card;
        let (millions, megabytes) = (parameters.div_ceil(100_000), bytes.div_ceil(100_000));
        let size =
            format!("{}.{} M parameters, {}.{} MB", millions / 10, millions % 10, megabytes / 10, megabytes % 10);
        let version = if version.is_empty() { String::new() } else { format!(" {version}") };
        Ok(Health { summary: format!("model \"{name}\"{version} loaded, {size}; its output is a draft") })
    }
}
