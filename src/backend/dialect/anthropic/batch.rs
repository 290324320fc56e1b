//! Anthropic's message batches: the requests go in one body, the answers come as lines of one file.
//!
//! Place in the data way: see [`crate::backend::dialect::batch`]. A batch carries no metadata, so our token stands in
//! the ids of its requests, which come back with the answers. It must never send the key to the address that the
//! provider names for the results, unless it is the backend's own.
//!
//! Vendor pages: <https://docs.anthropic.com/en/docs/build-with-claude/batch-processing>,
//! <https://docs.anthropic.com/en/api/creating-message-batches>,
//! <https://docs.anthropic.com/en/api/retrieving-message-batch-results>, <https://docs.anthropic.com/en/api/errors>.

use std::time::SystemTime;

use serde::Deserialize;
use serde_json::Value;

use super::{Anthropic, Speaking, fault, unreadable};
use crate::backend::dialect::batch::{BatchLimits, BatchSpelling, Fate, Line, Page, Phase, Standing};
use crate::backend::error::{ErrorKind, Fault};
use crate::backend::wire::{WireReply, WireRequest};

impl Anthropic {
    fn batches(&self, rest: &str, with: &Speaking<'_>) -> WireRequest {
        Self::with_key(WireRequest::get(format!("{}/v1/messages/batches{rest}", self.base)), with)
    }
}

#[derive(Deserialize)]
struct Batch {
    id: String,
    processing_status: String,
    #[serde(default)]
    request_counts: Counts,
    created_at: Option<String>,
    results_url: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Counts {
    processing: u64,
    succeeded: u64,
    errored: u64,
    canceled: u64,
    expired: u64,
}

impl From<Batch> for Standing {
    fn from(batch: Batch) -> Self {
        let counts = batch.request_counts;
        let failed = counts.errored + counts.canceled + counts.expired;
        let created = batch.created_at.and_then(|at| at.parse::<jiff::Timestamp>().ok());
        // in_progress, canceling, ended.
        let phase = if batch.processing_status == "ended" { Phase::Ended } else { Phase::Working };
        Self {
            id: batch.id,
            phase,
            status: batch.processing_status,
            total: counts.processing + counts.succeeded + failed,
            done: counts.succeeded,
            failed,
            token: None,
            created: created.map(jiff::Timestamp::as_second),
            results: batch.results_url.into_iter().collect(),
            why: String::new(),
        }
    }
}

#[derive(Deserialize)]
struct Listed {
    data: Vec<Batch>,
    #[serde(default)]
    has_more: bool,
    last_id: Option<String>,
}

#[derive(Deserialize)]
struct Answered {
    custom_id: String,
    result: Outcome,
}

#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "lowercase")]
enum Outcome {
    Succeeded { message: Value },
    Errored { error: Value },
    Canceled,
    Expired,
}

/// The status with which the vendor would have answered at once, by the type of the error.
fn status(error: &Value) -> u16 {
    match error.pointer("/error/type").or_else(|| error.get("type")).and_then(Value::as_str).unwrap_or_default() {
        "invalid_request_error" | "invalid_request" => 400,
        "authentication_error" => 401,
        "billing_error" => 402,
        "permission_error" => 403,
        "not_found_error" => 404,
        "request_too_large" => 413,
        "rate_limit_error" => 429,
        "timeout_error" => 504,
        "overloaded_error" => 529,
        _ => 500,
    }
}

/// An error as the vendor would have answered it at once. A limit of spending comes as an invalid request, which would be
/// taken for the request's own fault and kept; it is none.
fn answered(error: Value) -> Fate {
    let (status, body) = (status(&error), body_of(error));
    let reply = WireReply { status, headers: Vec::new(), body, received: SystemTime::UNIX_EPOCH };
    let status = if fault(&reply).kind == ErrorKind::Quota { 402 } else { status };
    Fate::Reply { status, body: reply.body }
}

/// The error as the body that the vendor would have answered with: `{"type": "error", "error": {…}}`.
fn body_of(error: Value) -> Vec<u8> {
    let body =
        if error.get("error").is_some() { error } else { serde_json::json!({ "type": "error", "error": error }) };
    body.to_string().into_bytes()
}

impl BatchSpelling for Anthropic {
    fn limits(&self) -> BatchLimits {
        BatchLimits { requests: 100_000, bytes: 256_000_000 }
    }

    fn line(&self, custom_id: &str, body: &[u8]) -> Vec<u8> {
        [format!(r#"{{"custom_id":"{custom_id}","params":"#).as_bytes(), body, b"}"].concat()
    }

    fn keeps_tokens(&self) -> bool {
        false
    }

    fn create(&self, _token: &str, _file: Option<&str>, lines: &[Vec<u8>], with: &Speaking<'_>) -> WireRequest {
        let url = format!("{}/v1/messages/batches", self.base);
        let body = [br#"{"requests":["#, lines.join(&b","[..]).as_slice(), b"]}"].concat();
        Self::with_key(WireRequest { body, ..WireRequest::post_json(url, &Value::Null) }, with)
    }

    fn poll(&self, id: &str, with: &Speaking<'_>) -> WireRequest {
        self.batches(&format!("/{id}"), with)
    }

    fn read_standing(&self, reply: &WireReply) -> Result<Standing, Fault> {
        if !reply.is_success() {
            return Err(self.refusal(reply));
        }
        serde_json::from_slice::<Batch>(&reply.body).map(Standing::from).map_err(|_| unreadable(reply))
    }

    fn list(&self, after: Option<&str>, with: &Speaking<'_>) -> WireRequest {
        let after = after.map(|id| format!("&after_id={id}")).unwrap_or_default();
        self.batches(&format!("?limit=100{after}"), with)
    }

    fn read_list(&self, reply: &WireReply) -> Result<Page, Fault> {
        if !reply.is_success() {
            return Err(self.refusal(reply));
        }
        let listed: Listed = serde_json::from_slice(&reply.body).map_err(|_| unreadable(reply))?;
        let next = listed.last_id.filter(|_| listed.has_more);
        Ok(Page { batches: listed.data.into_iter().map(Standing::from).collect(), next })
    }

    /// The address is to be taken from the batch; one elsewhere is not given the key, the documented path is asked.
    fn results(&self, standing: &Standing, at: &str, with: &Speaking<'_>) -> WireRequest {
        match at.strip_prefix(self.base.as_str()).filter(|rest| rest.starts_with('/')) {
            Some(_) => Self::with_key(WireRequest::get(at.to_owned()), with),
            None => self.batches(&format!("/{}/results", standing.id), with),
        }
    }

    fn read_line(&self, line: &[u8]) -> Option<Line> {
        let line: Answered = serde_json::from_slice(line).ok()?;
        let fate = match line.result {
            Outcome::Succeeded { message } => {
                let body = message.as_str().map_or_else(|| message.to_string(), str::to_owned);
                Fate::Reply { status: 200, body: body.into_bytes() }
            }
            Outcome::Errored { error } => answered(error),
            Outcome::Canceled => Fate::Undone("canceled".into()),
            Outcome::Expired => Fate::Undone("expired".into()),
        };
        Some(Line { custom_id: line.custom_id, fate })
    }

    fn refusal(&self, reply: &WireReply) -> Fault {
        fault(reply)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::backend::dialect::Habits;
    use crate::backend::options::BackendOptions;

    fn dialect() -> Anthropic {
        let text = |text: &str| Some(text.to_owned());
        let options = BackendOptions { url: text("http://127.0.0.1:1"), model: text("m"), ..BackendOptions::default() };
        Anthropic::new(&options).unwrap()
    }

    fn no_key() -> Speaking<'static> {
        Speaking { key: None, habits: Habits::default() }
    }

    fn standing(results: &str) -> Standing {
        let batch = json!({ "id": "msgbatch_1", "processing_status": "ended", "results_url": results,
                            "created_at": "2024-09-24T18:37:24.100435Z", "request_counts": { "succeeded": 2, "expired": 1 } });
        let body = batch.to_string().into_bytes();
        let received = std::time::SystemTime::UNIX_EPOCH;
        dialect().read_standing(&WireReply { status: 200, headers: Vec::new(), body, received }).unwrap()
    }

    #[test]
    fn the_requests_of_a_batch_are_one_json_body() {
        let lines = [dialect().line("t-1", br#"{"model":"m"}"#), dialect().line("t-2", br#"{"model":"m"}"#)];
        let request = dialect().create("t", None, &lines, &no_key());
        let body: Value = serde_json::from_slice(&request.body).unwrap();
        assert_eq!(body["requests"][1], json!({ "custom_id": "t-2", "params": { "model": "m" } }));
    }

    #[test]
    fn the_key_goes_only_to_the_backends_own_address() {
        let own = "http://127.0.0.1:1/v1/messages/batches/msgbatch_1/results?x=1";
        let asked = |at: &str| dialect().results(&standing(at), at, &no_key()).url;
        assert_eq!(asked(own), own);
        for foreign in ["https://evil.example/results", "http://127.0.0.1:1.evil.example/r", "http://127.0.0.1:10/r"] {
            assert_eq!(asked(foreign), "http://127.0.0.1:1/v1/messages/batches/msgbatch_1/results");
        }
        let known = standing(own);
        assert_eq!((known.phase, known.total, known.done, known.failed), (Phase::Ended, 3, 2, 1));
        assert_eq!(known.created, Some(1_727_203_044));
    }

    #[test]
    fn a_line_is_an_answer_an_error_or_says_why_there_is_none() {
        let fate = |result: Value| {
            let line = json!({ "custom_id": "t-1", "result": result }).to_string();
            dialect().read_line(line.as_bytes()).unwrap().fate
        };
        let message = json!({ "type": "succeeded", "message": { "content": [] } });
        assert_eq!(fate(message), Fate::Reply { status: 200, body: br#"{"content":[]}"#.to_vec() });
        for (kind, expected) in [("invalid_request_error", 400), ("overloaded_error", 529), ("api_error", 500)] {
            let error = json!({ "type": "error", "error": { "type": kind, "message": "no" } });
            let Fate::Reply { status, .. } = fate(json!({ "type": "errored", "error": error })) else {
                panic!("{kind}")
            };
            assert_eq!(status, expected, "{kind}");
        }
        let spent =
            json!({ "type": "invalid_request_error", "message": "You have reached your specified API usage limits." });
        let Fate::Reply { status, .. } = fate(json!({ "type": "errored", "error": spent })) else { panic!("no reply") };
        assert_eq!(status, 402, "an account without credit is not the fault of the request");
        assert_eq!(fate(json!({ "type": "expired" })), Fate::Undone("expired".into()));
        assert_eq!(fate(json!({ "type": "canceled" })), Fate::Undone("canceled".into()));
    }
}
