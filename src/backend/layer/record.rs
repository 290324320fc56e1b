//! Cassettes: records real exchanges into a folder, and answers from such a folder without a network.
//!
//! Place in the data way: around the transport, for tests and rehearsals (`record` and `replay` of a backend).
//! It must never write a key, and never answer a request with another request's reply.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::backend::error::{ErrorKind, Fault, excerpt};
use crate::backend::http::Transport;
use crate::backend::keys::Secrets;
use crate::backend::wire::{Method, WireReply, WireRequest};

/// One recorded exchange, one file.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Exchange {
    request: Asked,
    reply: Answered,
    /// JSON pointers into the request's body that are not compared, such as `/messages/0/content`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    ignore: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    method: String,
    /// Path and query, without the host: a cassette may be recorded from one server and replayed for another.
    path: String,
    body: Value,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Answered {
    status: u16,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    headers: Vec<(String, String)>,
    body: Value,
}

/// Reply headers that mean something to a backend; others are not recorded.
const HEADERS: [&str; 4] = ["content-type", "date", "retry-after", "retry-after-ms"];

impl Asked {
    fn of(request: &WireRequest, secrets: &Secrets) -> Self {
        let method = match request.method {
            Method::Get => "GET",
            Method::Post => "POST",
        };
        let after_scheme = request.url.split_once("://").map_or(request.url.as_str(), |(_, rest)| rest);
        let path = after_scheme.find('/').and_then(|at| after_scheme.get(at..)).unwrap_or("/");
        let body = secrets.redact(&String::from_utf8_lossy(&request.body));
        Self { method: method.into(), path: secrets.redact(path), body: value(&body) }
    }

    fn without(mut self, ignore: &[String]) -> Self {
        for pointer in ignore {
            if let Some(value) = self.body.pointer_mut(pointer) {
                *value = Value::Null;
            }
        }
        self
    }
}

/// JSON as it is, other text as a string.
fn value(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|_| Value::String(text.to_owned()))
}

/// Passes requests on and writes each exchange into `NNNN.json`.
pub struct Record {
    inner: Arc<dyn Transport>,
    folder: PathBuf,
    secrets: Secrets,
    next: AtomicUsize,
}

impl Record {
    /// Records into `folder`, after the exchanges that are there.
    ///
    /// # Errors
    /// Where the folder cannot be made or read.
    pub fn new(inner: Arc<dyn Transport>, folder: &Path, secrets: Secrets) -> Result<Self, String> {
        let told = |error: std::io::Error| format!("the folder {} cannot be used: {error}", folder.display());
        std::fs::create_dir_all(folder).map_err(told)?;
        let next = std::fs::read_dir(folder).map_err(told)?.count();
        Ok(Self { inner, folder: folder.to_owned(), secrets, next: AtomicUsize::new(next) })
    }

    fn write(&self, request: Asked, reply: &WireReply) -> Result<(), Fault> {
        let headers = reply.headers.iter().filter(|(name, _)| HEADERS.contains(&name.as_str())).cloned().collect();
        let body = value(&self.secrets.redact(&reply.text()));
        let exchange =
            Exchange { request, reply: Answered { status: reply.status, headers, body }, ignore: Vec::new() };
        let path = self.folder.join(format!("{:04}.json", self.next.fetch_add(1, Ordering::Relaxed)));
        let told = |error: &dyn std::fmt::Display| {
            Fault::new(ErrorKind::Unsupported, format!("cannot record into {}: {error}", path.display()))
        };
        // Once more, now that everything is spelled in one way.
        let text = serde_json::to_string_pretty(&exchange).map_err(|error| told(&error))?;
        let text = self.secrets.redact(&text);
        std::fs::write(&path, text + "\n").map_err(|error| told(&error))
    }
}

#[async_trait]
impl Transport for Record {
    async fn send(&self, request: WireRequest) -> Result<WireReply, Fault> {
        let asked = Asked::of(&request, &self.secrets);
        let reply = self.inner.send(request).await?;
        self.write(asked, &reply)?;
        Ok(reply)
    }
}

/// Answers from recorded exchanges. Equal requests get their replies in the order of the file names, the last one again.
pub struct Replay {
    exchanges: Mutex<Vec<(Exchange, bool)>>,
    folder: PathBuf,
    secrets: Secrets,
}

impl Replay {
    /// Reads all `*.json` of `folder`.
    ///
    /// # Errors
    /// Where the folder or one of its files cannot be read.
    pub fn new(folder: &Path, secrets: Secrets) -> Result<Self, String> {
        let told = |path: &Path, error: &dyn std::fmt::Display| format!("cannot replay {}: {error}", path.display());
        let entries = std::fs::read_dir(folder).map_err(|error| told(folder, &error))?;
        let mut paths: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
        paths.retain(|path| path.extension().is_some_and(|extension| extension == "json"));
        paths.sort();
        let mut exchanges = Vec::new();
        for path in &paths {
            let text = std::fs::read_to_string(path).map_err(|error| told(path, &error))?;
            exchanges.push((serde_json::from_str(&text).map_err(|error| told(path, &error))?, false));
        }
        Ok(Self { exchanges: Mutex::new(exchanges), folder: folder.to_owned(), secrets })
    }

    fn find(&self, asked: &Asked) -> Option<Answered> {
        let mut exchanges = self.exchanges.lock().unwrap_or_else(PoisonError::into_inner);
        let matches = |exchange: &Exchange| {
            exchange.request.clone().without(&exchange.ignore) == asked.clone().without(&exchange.ignore)
        };
        if let Some((exchange, used)) = exchanges.iter_mut().find(|(exchange, used)| !*used && matches(exchange)) {
            *used = true;
            return Some(exchange.reply.clone());
        }
        exchanges.iter().rev().find(|(exchange, _)| matches(exchange)).map(|(exchange, _)| exchange.reply.clone())
    }
}

#[async_trait]
impl Transport for Replay {
    async fn send(&self, request: WireRequest) -> Result<WireReply, Fault> {
        let asked = Asked::of(&request, &self.secrets);
        let Some(found) = self.find(&asked) else {
            let (method, path, body) = (&asked.method, &asked.path, excerpt(&asked.body.to_string()));
            let folder = self.folder.display();
            let message = format!("no recorded exchange in {folder} for {method} {path} {body}");
            return Err(Fault::new(ErrorKind::Unsupported, message));
        };
        let body = match found.body {
            Value::String(text) => text.into_bytes(),
            json => json.to_string().into_bytes(),
        };
        Ok(WireReply { status: found.status, headers: found.headers, body, received: SystemTime::now() })
    }
}

#[cfg(test)]
mod tests {
    use secrecy::SecretString;

    use super::*;
    use crate::backend::keys::Keys;
    use crate::backend::options::BackendOptions;

    fn secret(key: &str) -> Secrets {
        let keys = Keys::find(&BackendOptions::default(), &|_| None).unwrap();
        Secrets { keys: Arc::new(keys), others: vec![SecretString::from(key)] }
    }

    struct Echo(AtomicUsize);

    #[async_trait]
    impl Transport for Echo {
        async fn send(&self, request: WireRequest) -> Result<WireReply, Fault> {
            let count = self.0.fetch_add(1, Ordering::SeqCst);
            let said = String::from_utf8_lossy(&request.body).into_owned();
            let body = serde_json::json!({ "count": count, "said": said }).to_string().into_bytes();
            let headers = vec![("retry-after".to_owned(), "1".to_owned()), ("x-trace".to_owned(), "7".to_owned())];
            Ok(WireReply { status: 200, headers, body, received: SystemTime::UNIX_EPOCH })
        }
    }

    fn post(words: &str) -> WireRequest {
        let body = serde_json::json!({ "q": words, "api_key": "sk-secret", "prompt": "long" });
        WireRequest::post_json("http://127.0.0.1:1/v1/chat?key=sk-secret".into(), &body)
    }

    #[tokio::test]
    async fn what_was_recorded_is_replayed_without_the_key() {
        let folder = tempfile::tempdir().unwrap();
        let secrets = secret("sk-secret");
        let record = Record::new(Arc::new(Echo(AtomicUsize::new(0))), folder.path(), secrets.clone()).unwrap();
        for words in ["satu", "satu", "dua"] {
            record.send(post(words)).await.unwrap();
        }
        for entry in std::fs::read_dir(folder.path()).unwrap() {
            assert!(!std::fs::read_to_string(entry.unwrap().path()).unwrap().contains("sk-secret"));
        }
        let replay = Replay::new(folder.path(), secrets).unwrap();
        let mut counts = Vec::new();
        for words in ["dua", "satu", "satu", "satu"] {
            let answer = replay.send(post(words)).await.unwrap();
            assert_eq!(answer.headers, [("retry-after".to_owned(), "1".to_owned())]);
            counts.push(serde_json::from_slice::<Value>(&answer.body).unwrap()["count"].as_u64().unwrap());
        }
        assert_eq!(counts, [2, 0, 1, 1]);
        let error = replay.send(post("tiga")).await.unwrap_err();
        assert!(error.message.contains("tiga") && !error.message.contains("sk-secret"), "{error}");
    }

    #[tokio::test]
    async fn a_key_that_a_command_prints_is_not_recorded_either() {
        let folder = tempfile::tempdir().unwrap();
        let command = Some(["echo", "sk-secret"].map(str::to_owned).to_vec());
        let options = BackendOptions { api_key_command: command, ..BackendOptions::default() };
        let keys = Arc::new(Keys::find(&options, &|_| None).unwrap());
        let secrets = Secrets { keys: keys.clone(), others: Vec::new() };
        let record = Record::new(Arc::new(Echo(AtomicUsize::new(0))), folder.path(), secrets).unwrap();
        keys.take().await.unwrap();
        record.send(post("satu")).await.unwrap();
        let written = std::fs::read_to_string(folder.path().join("0000.json")).unwrap();
        assert!(written.contains("[key]") && !written.contains("sk-secret"), "{written}");
    }

    #[tokio::test]
    async fn ignored_parts_of_a_request_are_not_compared() {
        let folder = tempfile::tempdir().unwrap();
        let exchange = serde_json::json!({
            "request": { "method": "POST", "path": "/v1/chat?key=[key]", "body": { "q": "satu", "api_key": "[key]", "prompt": "" } },
            "reply": { "status": 200, "body": "plain text" },
            "ignore": ["/prompt"] });
        std::fs::write(folder.path().join("one.json"), exchange.to_string()).unwrap();
        let replay = Replay::new(folder.path(), secret("sk-secret")).unwrap();
        assert_eq!(replay.send(post("satu")).await.unwrap().body, b"plain text");
        assert!(replay.send(post("dua")).await.is_err());
    }
}
