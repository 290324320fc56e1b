//! Every dialect against written-down exchanges: `fixtures/backend/<dialect>/<scenario>/`.
//!
//! A scenario holds `reply.json` (status, headers, body as the vendor sends it) and `outcome.json` (what must be read from
//! it), and may hold `options.toml`, `request.json` and `sent.json` (what must be sent). Options and request default to
//! those of the dialect's folder.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use kabar::backend::BackendOptions;
use kabar::backend::dialect::{self, Dialect, Speaking};
use kabar::backend::error::Fault;
use kabar::backend::wire::{Method, WireReply};
use kabar::model::reply::{Finish, Reply, ReplyBody};
use kabar::model::request::Request;
use secrecy::SecretString;
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Answer {
    status: u16,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    body: Value,
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/backend")
}

fn subfolders(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut found: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).filter(|path| path.is_dir()).collect();
    found.sort();
    found
}

fn name(path: &Path) -> &str {
    path.file_name().and_then(|name| name.to_str()).unwrap()
}

/// The scenario's file, or the dialect's.
fn text(scenario: &Path, file: &str) -> String {
    let own = scenario.join(file);
    let path = if own.exists() { own } else { scenario.parent().unwrap().join(file) };
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn read(scenario: &Path, file: &str) -> Value {
    serde_json::from_str(&text(scenario, file)).unwrap_or_else(|error| panic!("{}/{file}: {error}", scenario.display()))
}

struct Scenario {
    dialect: std::sync::Arc<dyn Dialect>,
    request: Request,
    path: PathBuf,
}

impl Scenario {
    fn open(path: &Path) -> Self {
        let options: BackendOptions = toml::from_str(&text(path, "options.toml")).unwrap();
        let dialect = dialect::make(name(path.parent().unwrap()), &options).unwrap();
        let payload = serde_json::from_value(read(path, "request.json")).unwrap();
        let request = Request { system: "Translate faithfully.".into(), payload };
        Self { dialect, request, path: path.to_owned() }
    }

    fn sent(&self) -> Value {
        let key = SecretString::from("sk-test");
        let with = Speaking { key: Some(&key), habits: self.dialect.habits() };
        let wire = self.dialect.build(&self.request, &with).unwrap();
        let method = if wire.method == Method::Post { "POST" } else { "GET" };
        let headers: BTreeMap<_, String> = wire.headers.into_iter().collect();
        let body: Value = serde_json::from_slice(&wire.body).unwrap_or_default();
        json!({ "method": method, "url": wire.url, "headers": headers, "body": body })
    }

    fn outcome(&self) -> Value {
        let answer: Answer = serde_json::from_value(read(&self.path, "reply.json")).unwrap();
        let body = match answer.body {
            Value::String(text) => text.into_bytes(),
            json => json.to_string().into_bytes(),
        };
        let headers = answer.headers.into_iter().collect();
        let reply = WireReply { status: answer.status, headers, body, received: SystemTime::UNIX_EPOCH };
        match self.dialect.parse(&self.request, &reply) {
            Ok(reply) => shown(&reply),
            Err(Fault { kind, message, .. }) => json!({ "error": format!("{kind:?}"), "message": message }),
        }
    }
}

fn shown(reply: &Reply) -> Value {
    let body = match &reply.body {
        ReplyBody::Segments(segments) => json!({ "segments": segments }),
        ReplyBody::Summary(summary) => json!({ "summary": summary }),
        ReplyBody::Brief(items) => json!({ "items": items }),
    };
    let usage = &reply.usage;
    let usage = match (usage.characters, usage.estimated) {
        (_, true) => json!("estimated"),
        (0, false) => json!({ "input": usage.input_tokens, "output": usage.output_tokens }),
        (characters, false) => json!({ "characters": characters }),
    };
    let mut shown = body;
    shown["usage"] = usage;
    if reply.finish == Finish::Length {
        shown["cut"] = json!(true);
    }
    shown
}

fn scenarios() -> Vec<Scenario> {
    let all = subfolders(&folder()).into_iter().flat_map(|dialect| subfolders(&dialect));
    all.filter(|path| path.join("reply.json").exists()).map(|path| Scenario::open(&path)).collect()
}

#[test]
fn every_dialect_has_scenarios() {
    for name in dialect::names() {
        let count = subfolders(&folder().join(name)).iter().filter(|path| path.join("reply.json").exists()).count();
        assert!(count >= 4, "{name} has {count} scenarios");
    }
}

#[test]
fn requests_are_spelled_as_the_vendors_say() {
    let mut compared = 0;
    for scenario in scenarios().iter().filter(|scenario| scenario.path.join("sent.json").exists()) {
        let sent = scenario.sent();
        assert_eq!(sent, read(&scenario.path, "sent.json"), "{}\n{sent:#}", scenario.path.display());
        compared += 1;
    }
    assert!(compared >= dialect::names().len());
}

#[test]
fn replies_are_read_as_the_vendors_mean_them() {
    for scenario in scenarios() {
        let mut expected = read(&scenario.path, "outcome.json");
        let mut outcome = scenario.outcome();
        // Of a message only what matters is written down.
        if let Some(says) = expected.as_object_mut().and_then(|expected| expected.remove("says")) {
            let message = outcome.as_object_mut().and_then(|outcome| outcome.remove("message")).unwrap_or_default();
            let (says, message) = (says.as_str().unwrap(), message.as_str().unwrap_or_default().to_owned());
            assert!(message.contains(says), "{}: {message}", scenario.path.display());
        }
        assert_eq!(outcome, expected, "{}\n{outcome:#}", scenario.path.display());
    }
}
