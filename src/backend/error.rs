//! What goes wrong with a backend, classified once: why a call was retried, or not, is answered here.
//!
//! Place in the data way: dialects and transport classify, layers retry by kind, `work` splits, fails over or stops by kind.
//! It must never hold a key: messages are redacted before they get here.

use std::time::Duration;

/// What went wrong. Callers match on this, never on text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ErrorKind {
    /// The key is missing or refused (401, 403). The backend is down for this run.
    Auth,
    /// The account's quota or credit is used up. The backend is down for this run.
    Quota,
    /// The model or the address does not exist (404). The backend is down for this run.
    NotFound,
    /// The configuration cannot work with this backend (400 that is not about the text). Down for this run.
    Unsupported,
    /// Too many requests for now (429). Retried after what the server asks for.
    RateLimited,
    /// The server is overloaded or in trouble (408, 5xx, 529). Retried.
    Server,
    /// No connection, or it broke. Retried.
    Connect,
    /// No answer in time. Retried.
    Timeout,
    /// The breaker is open: the backend failed too often just now.
    Open,
    /// The request is too large for the backend (413, context length). The caller splits it.
    TooLarge,
    /// The backend will not work on this text (content filter, refusal). The caller asks the next backend.
    Refused,
    /// The answer cannot be read. Asked again once, then split.
    BadReply,
    /// The run is being stopped.
    Cancelled,
}

impl ErrorKind {
    /// Whether the same request may succeed on the same backend a little later.
    pub fn is_transient(self) -> bool {
        matches!(self, Self::RateLimited | Self::Server | Self::Connect | Self::Timeout | Self::Open)
    }

    /// Whether the backend cannot be used at all until a person changes something.
    pub fn is_permanent(self) -> bool {
        matches!(self, Self::Auth | Self::Quota | Self::NotFound | Self::Unsupported)
    }
}

/// A failed call. The message is a lower-case fragment fit for "failed to …: ".
#[derive(Debug, Clone, thiserror::Error)]
#[error("{backend}: {message}")]
pub struct BackendError {
    /// What went wrong.
    pub kind: ErrorKind,
    /// The backend's name in the configuration.
    pub backend: String,
    /// What happened and what to do, for a person.
    pub message: String,
    /// The HTTP status, where there was one.
    pub status: Option<u16>,
    /// What the server asked to wait, already capped.
    pub retry_after: Option<Duration>,
    /// Attempts made in all.
    pub attempts: u32,
}
