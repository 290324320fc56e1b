//! The batch API of OpenAI and those that follow it: a file of requests, a batch of the file, files of answers.
//!
//! Place in the data way: see [`crate::backend::dialect::batch`]. Our token travels in the batch's metadata, so that a
//! batch whose submission was cut off is found in the list. It must never take the order of lines for anything.
//!
//! Vendor pages: <https://platform.openai.com/docs/guides/batch>, <https://platform.openai.com/docs/api-reference/batch>,
//! <https://platform.openai.com/docs/api-reference/files/create>,
//! <https://learn.microsoft.com/azure/ai-foundry/openai/how-to/batch> (Azure).

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};

use super::{OpenAi, Speaking, classify, error_of, error_within, unreadable};
use crate::backend::dialect::batch::{BatchLimits, BatchSpelling, Fate, Line, Page, Phase, Standing};
use crate::backend::error::Fault;
use crate::backend::wire::{WireReply, WireRequest};

/// The name of our token in a batch's metadata.
const TOKEN: &str = "kabar";

impl OpenAi {
    /// The address of another thing of the API, which stands beside the models; with Azure's version, if there is one.
    fn beside(&self, path: &str, query: &str) -> String {
        let (base, version) = self.models.rsplit_once("/models").unwrap_or((&self.models, ""));
        let join = match (query, version) {
            ("", _) => "",
            (_, "") => "?",
            _ => "&",
        };
        format!("{base}/{path}{version}{join}{query}")
    }

    /// How a line names the endpoint: Azure's older addresses have no version in the path.
    fn endpoint(&self) -> &'static str {
        if self.models.contains("?api-version=") { "/chat/completions" } else { "/v1/chat/completions" }
    }
}

#[derive(Deserialize)]
struct Batch {
    id: String,
    status: String,
    #[serde(default)]
    request_counts: Option<Counts>,
    output_file_id: Option<String>,
    error_file_id: Option<String>,
    #[serde(default)]
    metadata: Option<BTreeMap<String, Value>>,
    created_at: Option<i64>,
    #[serde(default)]
    errors: Option<Errors>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Counts {
    total: u64,
    completed: u64,
    failed: u64,
}

#[derive(Deserialize)]
struct Errors {
    #[serde(default)]
    data: Vec<Problem>,
}

#[derive(Deserialize)]
struct Problem {
    code: Option<String>,
    message: Option<String>,
}

impl Problem {
    fn words(self) -> String {
        let words = [self.code, self.message];
        words.into_iter().flatten().filter(|word| !word.is_empty()).collect::<Vec<_>>().join(": ")
    }
}

impl From<Batch> for Standing {
    fn from(batch: Batch) -> Self {
        let phase = match batch.status.as_str() {
            "failed" => Phase::Failed,
            "completed" | "expired" | "cancelled" => Phase::Ended,
            // validating, in_progress, finalizing, cancelling, and what other servers call waiting.
            _ => Phase::Working,
        };
        let files = [batch.output_file_id, batch.error_file_id].into_iter().flatten().filter(|id| !id.is_empty());
        let counts = batch.request_counts.unwrap_or_default();
        let problems = batch.errors.map(|errors| errors.data).unwrap_or_default();
        Self {
            id: batch.id,
            phase,
            status: batch.status,
            total: counts.total,
            done: counts.completed,
            failed: counts.failed,
            token: batch.metadata.and_then(|all| Some(all.get(TOKEN)?.as_str()?.to_owned())),
            created: batch.created_at,
            results: files.collect(),
            why: problems.into_iter().map(Problem::words).next().unwrap_or_default(),
        }
    }
}

#[derive(Deserialize)]
struct Listed {
    data: Vec<Batch>,
    #[serde(default)]
    has_more: bool,
}

#[derive(Deserialize)]
struct File {
    id: String,
}

#[derive(Deserialize)]
struct Answered {
    custom_id: String,
    response: Option<Response>,
    error: Option<Problem>,
}

#[derive(Deserialize)]
struct Response {
    status_code: Option<u16>,
    #[serde(default)]
    body: Value,
}

impl BatchSpelling for OpenAi {
    fn limits(&self) -> BatchLimits {
        BatchLimits { requests: 50_000, bytes: 200_000_000 }
    }

    fn line(&self, custom_id: &str, body: &[u8]) -> Vec<u8> {
        let endpoint = self.endpoint();
        let head = format!(r#"{{"custom_id":"{custom_id}","method":"POST","url":"{endpoint}","body":"#);
        [head.as_bytes(), body, b"}\n"].concat()
    }

    fn upload(&self, token: &str, lines: &[Vec<u8>], with: &Speaking<'_>) -> Option<WireRequest> {
        // JSON holds no raw line break, so no line can look like the boundary.
        let boundary = format!("kabar-{token}");
        let head = format!(
            "--{boundary}\r\ncontent-disposition: form-data; name=\"purpose\"\r\n\r\nbatch\r\n\
             --{boundary}\r\ncontent-disposition: form-data; name=\"file\"; filename=\"kabar-{token}.jsonl\"\r\n\
             content-type: application/jsonl\r\n\r\n"
        );
        let mut body = head.into_bytes();
        body.extend(lines.iter().flatten());
        body.extend_from_slice(format!("\r\n--{boundary}--\r\n").as_bytes());
        let request = WireRequest { body, ..WireRequest::post_json(self.beside("files", ""), &Value::Null) };
        let headers = vec![("content-type".into(), format!("multipart/form-data; boundary={boundary}"))];
        Some(self.with_key(WireRequest { headers, ..request }, with))
    }

    fn read_upload(&self, reply: &WireReply) -> Result<String, Fault> {
        if !reply.is_success() {
            return Err(self.refusal(reply));
        }
        serde_json::from_slice::<File>(&reply.body).map(|file| file.id).map_err(|_| unreadable(reply))
    }

    fn keeps_tokens(&self) -> bool {
        true
    }

    fn create(&self, token: &str, file: Option<&str>, _lines: &[Vec<u8>], with: &Speaking<'_>) -> WireRequest {
        let body = json!({
            "input_file_id": file,
            "endpoint": self.endpoint(),
            "completion_window": "24h",
            "metadata": { TOKEN: token },
        });
        self.with_key(WireRequest::post_json(self.beside("batches", ""), &body), with)
    }

    fn poll(&self, id: &str, with: &Speaking<'_>) -> WireRequest {
        self.with_key(WireRequest::get(self.beside(&format!("batches/{id}"), "")), with)
    }

    fn read_standing(&self, reply: &WireReply) -> Result<Standing, Fault> {
        if !reply.is_success() {
            return Err(self.refusal(reply));
        }
        serde_json::from_slice::<Batch>(&reply.body).map(Standing::from).map_err(|_| unreadable(reply))
    }

    fn list(&self, after: Option<&str>, with: &Speaking<'_>) -> WireRequest {
        let after = after.map(|id| format!("&after={id}")).unwrap_or_default();
        self.with_key(WireRequest::get(self.beside("batches", &format!("limit=100{after}"))), with)
    }

    fn read_list(&self, reply: &WireReply) -> Result<Page, Fault> {
        if !reply.is_success() {
            return Err(self.refusal(reply));
        }
        let listed: Listed = serde_json::from_slice(&reply.body).map_err(|_| unreadable(reply))?;
        let next = listed.data.last().filter(|_| listed.has_more).map(|batch| batch.id.clone());
        Ok(Page { batches: listed.data.into_iter().map(Standing::from).collect(), next })
    }

    fn results(&self, _standing: &Standing, at: &str, with: &Speaking<'_>) -> WireRequest {
        self.with_key(WireRequest::get(self.beside(&format!("files/{at}/content"), "")), with)
    }

    fn read_line(&self, line: &[u8]) -> Option<Line> {
        let line: Answered = serde_json::from_slice(line).ok()?;
        let fate = match (line.response, line.error) {
            (Some(Response { status_code, body }), error) if !body.is_null() => {
                // Some servers put the body into a string.
                let body = body.as_str().map_or_else(|| body.to_string(), str::to_owned).into_bytes();
                let status = status_code.unwrap_or(if error.is_some() { 500 } else { 200 });
                // A success that broke off is none, whatever it says.
                let within = serde_json::from_slice(&body).ok().filter(|_| status == 200);
                let status = within.and_then(|body| Some(error_within(&body)?.0)).unwrap_or(status);
                Fate::Reply { status, body }
            }
            (_, Some(error)) => Fate::Undone(error.words()),
            (response, None) => {
                let status = response.and_then(|response| response.status_code);
                Fate::Undone(status.map_or_else(|| "no answer".into(), |status| format!("HTTP {status}")))
            }
        };
        Some(Line { custom_id: line.custom_id, fate })
    }

    fn refusal(&self, reply: &WireReply) -> Fault {
        let (code, message) = error_of(reply);
        classify(reply, &code, &message)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backend::dialect::Habits;
    use crate::backend::options::BackendOptions;

    fn dialect(url: &str, api_version: Option<&str>) -> OpenAi {
        let text = |text: &str| Some(text.to_owned());
        let options = BackendOptions { url: text(url), model: text("m"), ..BackendOptions::default() };
        OpenAi::new(&BackendOptions { api_version: api_version.map(str::to_owned), ..options }).unwrap()
    }

    const NO_KEY: Speaking<'_> = Speaking {
        key: None,
        habits: Habits {
            structure: crate::backend::dialect::Structure::Schema,
            completion_tokens: false,
            no_temperature: false,
        },
    };

    fn reply(body: &Value) -> WireReply {
        let body = body.to_string().into_bytes();
        WireReply { status: 200, headers: Vec::new(), body, received: std::time::SystemTime::UNIX_EPOCH }
    }

    #[test]
    fn addresses_follow_those_of_the_backend() {
        let plain = dialect("http://127.0.0.1:1/v1", None);
        assert_eq!(plain.poll("batch_1", &NO_KEY).url, "http://127.0.0.1:1/v1/batches/batch_1");
        assert_eq!(plain.list(Some("b"), &NO_KEY).url, "http://127.0.0.1:1/v1/batches?limit=100&after=b");
        let azure = dialect("https://desk.openai.azure.com", Some("2024-10-21"));
        assert_eq!(
            azure.list(None, &NO_KEY).url,
            "https://desk.openai.azure.com/openai/batches?api-version=2024-10-21&limit=100"
        );
        assert!(String::from_utf8(azure.line("t-1", b"{}")).unwrap().contains("\"url\":\"/chat/completions\""));
    }

    #[test]
    fn a_file_of_requests_is_a_form_with_one_json_object_a_line() {
        let dialect = dialect("http://127.0.0.1:1/v1", None);
        let lines = [dialect.line("t-1", br#"{"model":"m"}"#), dialect.line("t-2", br#"{"model":"m"}"#)];
        let form = dialect.upload("t", &lines, &NO_KEY).unwrap();
        let text = String::from_utf8(form.body).unwrap();
        let objects: Vec<Value> = text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
        assert_eq!(objects.len(), 2, "{text}");
        assert_eq!(objects[1]["custom_id"], "t-2");
        assert_eq!(objects[1]["body"]["model"], "m");
        assert!(text.ends_with("--kabar-t--\r\n") && text.contains("name=\"purpose\"\r\n\r\nbatch\r\n"), "{text}");
    }

    #[test]
    fn every_status_of_the_vendor_is_working_over_or_failed() {
        let dialect = dialect("http://127.0.0.1:1/v1", None);
        for (status, phase) in [
            ("validating", Phase::Working),
            ("in_progress", Phase::Working),
            ("finalizing", Phase::Working),
            ("cancelling", Phase::Working),
            ("completed", Phase::Ended),
            ("expired", Phase::Ended),
            ("cancelled", Phase::Ended),
            ("failed", Phase::Failed),
        ] {
            let batch = json!({ "id": "b", "status": status, "metadata": { "kabar": "t" }, "output_file_id": "",
                                "error_file_id": "f2", "request_counts": { "total": 3, "completed": 1, "failed": 1 },
                                "errors": { "data": [{ "code": "model_not_found", "message": "no" }] } });
            let standing = dialect.read_standing(&reply(&batch)).unwrap();
            assert_eq!((standing.phase, standing.token.as_deref()), (phase, Some("t")), "{status}");
            assert_eq!(standing.results, ["f2"]);
            assert_eq!(standing.why, "model_not_found: no");
        }
    }

    #[test]
    fn a_line_is_an_answer_or_says_why_there_is_none() {
        let dialect = dialect("http://127.0.0.1:1/v1", None);
        let fate = |line: Value| dialect.read_line(line.to_string().as_bytes()).unwrap().fate;
        let good = json!({ "custom_id": "t-1", "response": { "status_code": 200, "body": { "a": 1 } }, "error": null });
        assert_eq!(fate(good), Fate::Reply { status: 200, body: br#"{"a":1}"#.to_vec() });
        let string = json!({ "custom_id": "t-1", "response": { "status_code": 200, "body": "{\"a\":1}" } });
        assert_eq!(fate(string), Fate::Reply { status: 200, body: br#"{"a":1}"#.to_vec() });
        let expired = json!({ "custom_id": "t-1", "response": null,
                              "error": { "code": "batch_expired", "message": "too late" } });
        assert_eq!(fate(expired), Fate::Undone("batch_expired: too late".into()));
        assert_eq!(dialect.read_line(br#"{"custom_id":"t-1","resp"#), None);
        let broken =
            json!({ "custom_id": "t-1", "response": { "status_code": 200, "body": { "error": { "code": 502 } } } });
        assert_eq!(fate(broken), Fate::Reply { status: 502, body: br#"{"error":{"code":502}}"#.to_vec() });
    }
}
