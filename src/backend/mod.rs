//! Backends: what translates, summarises and briefs. HTTP ones are a dialect over one transport, wrapped in policy
//! layers; the offline engine stands behind the same trait.
//!
//! Place in the data way: `work` calls a backend with a request and gets a reply or an error that says what to do.
//! It must never judge a reply's words (that is `check`), touch the state, or print.
//!
//! To add a dialect: one file in [`dialect`], one folder in `fixtures/backend/`, one line in the registry there.

pub mod batch;
pub mod child;
pub mod classify;
pub mod client;
pub mod dialect;
pub mod error;
pub mod http;
pub mod keys;
pub mod layer;
pub mod offline;
pub mod options;
pub mod rate_headers;
pub mod retry_after;
pub mod stack;
pub mod wire;

use async_trait::async_trait;

use crate::model::backend::Profile;
use crate::model::reply::Reply;
use crate::model::request::Request;
pub use batch::Batcher;
pub use error::{BackendError, ErrorKind};
pub use options::BackendOptions;

/// Something that answers requests. One instance serves all concurrent calls.
#[async_trait]
pub trait Backend: Send + Sync {
    /// What is known about it without talking to it.
    fn profile(&self) -> &Profile;

    /// Answers one request.
    ///
    /// # Errors
    /// A [`BackendError`] whose kind says what went wrong and what the caller may do about it.
    async fn call(&self, request: &Request) -> Result<Reply, BackendError>;

    /// Checks that it can be used, as cheaply as its API allows: reachable, key accepted, model present.
    ///
    /// # Errors
    /// As for [`Backend::call`].
    async fn probe(&self) -> Result<Health, BackendError>;

    /// Its batches, where requests are to travel in them.
    fn batches(&self) -> Option<&Batcher> {
        None
    }
}

/// What a probe found, in plain words for `doctor`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Health {
    /// One line, such as `reachable, key accepted, model "gpt-4.1-mini" present`.
    pub summary: String,
}
