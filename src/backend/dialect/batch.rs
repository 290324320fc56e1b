//! How a dialect spells a batch: many requests handed over at once, answered within a day or so, for less money.
//!
//! Place in the data way: [`crate::backend::batch`] sends what is built here and hands back what came. The requests in
//! a batch are those that [`Dialect::build`](super::Dialect::build) spells; this is only what stands around them.
//! It must never open a socket, or take a provider's word for which request a line answers: ids are ours.

use super::Speaking;
use crate::backend::error::Fault;
use crate::backend::wire::{WireReply, WireRequest};

/// What one batch may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BatchLimits {
    /// Requests.
    pub requests: usize,
    /// Bytes of all lines together.
    pub bytes: usize,
}

/// How far a batch has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// The provider is at it.
    Working,
    /// It is over, wholly or in part: answers can be fetched.
    Ended,
    /// The provider did not take it: nothing was answered, nothing is billed.
    Failed,
}

/// A batch as the provider describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// The provider's id.
    pub id: String,
    /// How far it has come.
    pub phase: Phase,
    /// The provider's own word for it, such as `in_progress`.
    pub status: String,
    /// Requests in it.
    pub total: u64,
    /// Requests answered so far.
    pub done: u64,
    /// Requests that failed so far.
    pub failed: u64,
    /// Our token, where the provider repeats it.
    pub token: Option<String>,
    /// When it was made, in seconds since 1970.
    pub created: Option<i64>,
    /// Where answers are, once there are some: ids of files, or an address.
    pub results: Vec<String>,
    /// Why the provider did not take it, in its own code and words.
    pub why: String,
}

/// What came of one request of a batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// The id that we gave the request.
    pub custom_id: String,
    /// What came of it.
    pub fate: Fate,
}

/// What came of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fate {
    /// It was answered: what a server would have replied at once.
    Reply {
        /// The HTTP status.
        status: u16,
        /// The body.
        body: Vec<u8>,
    },
    /// It was not answered and is not billed: the batch expired, or was cancelled.
    Undone(String),
}

/// One page of a list of batches, newest first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Page {
    /// The batches.
    pub batches: Vec<Standing>,
    /// What the next page is asked for with, where there is one.
    pub next: Option<String>,
}

/// The batch API of one family. All methods are pure.
pub trait BatchSpelling: Send + Sync {
    /// What one batch may hold, by the vendor's own account.
    fn limits(&self) -> BatchLimits;

    /// One request as it stands in the batch; `body` is the request's own, `custom_id` is plain ASCII.
    fn line(&self, custom_id: &str, body: &[u8]) -> Vec<u8>;

    /// The upload of the lines, where the API wants them in a file first.
    fn upload(&self, _token: &str, _lines: &[Vec<u8>], _with: &Speaking<'_>) -> Option<WireRequest> {
        None
    }

    /// The id of the uploaded file.
    ///
    /// # Errors
    /// A fault whose kind says what went wrong.
    fn read_upload(&self, reply: &WireReply) -> Result<String, Fault> {
        Err(self.refusal(reply))
    }

    /// Whether [`Standing::token`] tells our token; else only the ids of the answers do.
    fn keeps_tokens(&self) -> bool;

    /// The request that makes the batch: of the uploaded file, or of the lines themselves.
    fn create(&self, token: &str, file: Option<&str>, lines: &[Vec<u8>], with: &Speaking<'_>) -> WireRequest;

    /// Asks how a batch stands.
    fn poll(&self, id: &str, with: &Speaking<'_>) -> WireRequest;

    /// Reads the reply to [`Self::create`] and [`Self::poll`].
    ///
    /// # Errors
    /// A fault whose kind says what went wrong.
    fn read_standing(&self, reply: &WireReply) -> Result<Standing, Fault>;

    /// Asks for the account's batches.
    fn list(&self, after: Option<&str>, with: &Speaking<'_>) -> WireRequest;

    /// Reads the reply to [`Self::list`].
    ///
    /// # Errors
    /// A fault whose kind says what went wrong.
    fn read_list(&self, reply: &WireReply) -> Result<Page, Fault>;

    /// Asks for one of [`Standing::results`].
    fn results(&self, standing: &Standing, at: &str, with: &Speaking<'_>) -> WireRequest;

    /// Reads one line of the results; `None` where it is no such line (the end of a cut download).
    fn read_line(&self, line: &[u8]) -> Option<Line>;

    /// Reads a refusal.
    fn refusal(&self, reply: &WireReply) -> Fault;
}
