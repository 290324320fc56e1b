//! The counter of the post room: it takes a wire request as a server would, and answers it from what came back.
//!
//! Place in the data way: a backend's client asks it in place of the network. It must never answer a request with another
//! one's reply, nor let the same request go into the outbox twice.

use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;

use async_trait::async_trait;

use super::{Asker, Letter, Outbox, Post};
use crate::backend::ErrorKind;
use crate::backend::batch::Batcher;
use crate::backend::error::Fault;
use crate::backend::http::Transport;
use crate::backend::wire::{WireReply, WireRequest};
use crate::model::key::Key;
use crate::model::request::{Payload, Request};
use crate::pipeline::chain::Member;
use crate::pipeline::unit::{Halt, estimate};
use crate::state::Item;

/// Batches without an answer after which a request counts as failed.
const MOST: u32 = 3;

/// One call at the counter.
pub(super) struct Counter<'a> {
    pub post: &'a Post,
    pub member: &'a Member,
    pub batcher: &'a Batcher,
    pub request: &'a Request,
    pub asker: Asker,
    /// What stops the unit, or the run.
    pub trouble: Mutex<Option<Halt>>,
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
            _ if self.asker.harvests => Err(later()),
            // What waits is waited for; but nothing new goes to a backend that cannot be used.
            _ if !self.member.is_up() => Err(Fault::new(ErrorKind::Open, "the backend is not used any more")),
            _ => Err(self.put(&mut outbox, hash, wire.body).await.unwrap_or_else(|halt| self.halt(halt))),
        }
    }
}

fn later() -> Fault {
    Fault::new(ErrorKind::Later, "the answer comes with a batch")
}
