//! What goes wrong with a backend, classified once: why a call was retried, or not, is answered here.
//!
//! Place in the data way: dialects and transport classify, layers retry by kind, `work` splits, fails over or stops by kind.
//! It must never hold a key: messages are redacted before they get here.

use std::time::Duration;

use crate::model::reply::Usage;

/// What went wrong. Callers match on this, never on text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ErrorKind {
    /// The key is missing or refused (401, 403). The backend is down for this run.
    Auth,
    /// The account's quota or credit is used up. The backend is down for this run.
    Quota,
    /// The model or the address does not exist (404). The backend is down for this run.
    NotFound,
    /// The configuration cannot work with this backend (400 before any good answer). Down for this run, from a server once
    /// it accepted nothing several times in a row: one text may be at fault.
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
    /// The answer comes later, with a batch. The caller leaves the work open.
    Later,
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
    /// What an answer that is of no use was billed with all the same, where the server says so.
    pub used: Option<Usage>,
}

/// What a dialect or the transport found wrong, before the backend's name and its waiting time are added.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Fault {
    /// What went wrong.
    pub kind: ErrorKind,
    /// What happened and what to do, for a person.
    pub message: String,
    /// The HTTP status, where there was one.
    pub status: Option<u16>,
}

impl Fault {
    /// A fault without a status.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), status: None }
    }

    /// The answer cannot be read.
    pub fn bad_reply(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::BadReply, message)
    }

    /// Turns it into the error of the backend `name`, after one attempt.
    pub fn of(self, name: &str) -> BackendError {
        BackendError {
            kind: self.kind,
            backend: name.to_owned(),
            message: self.message,
            status: self.status,
            retry_after: None,
            attempts: 1,
            used: None,
        }
    }
}

/// Most characters of a server's words in a message.
const EXCERPT: usize = 300;

/// A short excerpt of a server's words: one line, without control characters, so that it is safe on a terminal.
pub fn excerpt(text: &str) -> String {
    let words = text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty());
    let line = words.collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(EXCERPT) {
        Some((end, _)) => format!("{}…", line.get(..end).unwrap_or_default()),
        None => line,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_excerpt_is_one_short_line_without_terminal_codes() {
        assert_eq!(excerpt("two\nlines \u{1b}[31mred"), "two lines [31mred");
        assert_eq!(excerpt(&"é".repeat(400)).chars().count(), EXCERPT + 1);
    }
}
