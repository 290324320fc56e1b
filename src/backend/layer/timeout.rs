//! Ends an attempt that takes too long.
//!
//! Place in the data way: the innermost layer, so that each attempt has the whole time to itself.
//! It must never count the time that a call waits for its turn.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

use crate::backend::error::{BackendError, ErrorKind, Fault};
use crate::backend::{Backend, Health};
use crate::model::backend::Profile;
use crate::model::duration;
use crate::model::reply::Reply;
use crate::model::request::Request;

/// A backend whose attempts end in time.
pub struct Timeout {
    inner: Arc<dyn Backend>,
    limit: Duration,
}

impl Timeout {
    /// Wraps a backend; `limit` is for each attempt.
    pub fn new(inner: Arc<dyn Backend>, limit: Duration) -> Self {
        Self { inner, limit }
    }

    async fn within<T>(&self, work: impl Future<Output = Result<T, BackendError>>) -> Result<T, BackendError> {
        tokio::time::timeout(self.limit, work).await.unwrap_or_else(|_| {
            let limit = duration::format(self.limit);
            let message = format!("no answer within {limit}; raise `timeout` if the server needs longer");
            Err(Fault::new(ErrorKind::Timeout, message).of(&self.inner.profile().name))
        })
    }
}

#[async_trait]
impl Backend for Timeout {
    fn profile(&self) -> &Profile {
        self.inner.profile()
    }

    async fn call(&self, request: &Request) -> Result<Reply, BackendError> {
        self.within(self.inner.call(request)).await
    }

    async fn probe(&self) -> Result<Health, BackendError> {
        self.within(self.inner.probe()).await
    }
}
