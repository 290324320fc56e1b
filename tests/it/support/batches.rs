//! A server with batches, of OpenAI's kind or Anthropic's: it keeps files and batches as they do, over real HTTP on
//! loopback. Time is the test's: nothing is ready before it says so. It answers single requests, too, with the same words.

use std::collections::BTreeMap;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard};

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

use super::server::fluent;

/// Whose API is spoken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    OpenAi,
    Anthropic,
}

/// One request of a batch.
#[derive(Debug, Clone)]
pub struct Item {
    pub custom_id: String,
    /// The request's own body.
    pub body: Value,
    /// The JSON object of its user message.
    pub asked: Value,
}

struct Batch {
    id: String,
    metadata: Value,
    items: Vec<Item>,
    status: String,
    /// Lines of the results, once it is over: those with an answer, and those without.
    lines: [Vec<Value>; 2],
    problem: Value,
}

/// What happens to the next request whose method and path hold the words.
struct Plan {
    words: String,
    what: Trouble,
}

/// What goes wrong.
pub enum Trouble {
    /// It is answered with this status and body, and nothing is done.
    Refuse(u16, Value),
    /// The connection is closed, before or after it is done.
    Drop { done: bool },
    /// The answer ends in its middle; with `honest`, its length was announced.
    Cut { honest: bool },
    /// No answer, before or after it is done; the test is told.
    Hang { done: bool },
}

struct World {
    kind: Kind,
    url: String,
    files: BTreeMap<String, Vec<u8>>,
    batches: Vec<Batch>,
    plans: Vec<Plan>,
    answer: fn(&Value) -> Value,
    hung: Sender<()>,
}

/// A running server. It ends with the test process.
pub struct BatchServer {
    /// Base address, as the configuration wants it.
    pub url: String,
    kind: Kind,
    world: Arc<Mutex<World>>,
    hung: Receiver<()>,
}

/// The key that it wants.
pub const KEY: &str = "sk-batch-0123456789";

impl BatchServer {
    /// Answers in pseudo-English.
    pub fn new(kind: Kind) -> Self {
        Self::answering(kind, fluent)
    }

    /// Answers by a function of the user message's JSON object.
    pub fn answering(kind: Kind, answer: fn(&Value) -> Value) -> Self {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
        listener.set_nonblocking(true).expect("a socket");
        let host = format!("http://{}", listener.local_addr().expect("an address"));
        let (hung, told) = channel();
        let (files, batches, plans) = (BTreeMap::new(), Vec::new(), Vec::new());
        let world = World { kind, url: host.clone(), files, batches, plans, answer, hung };
        let world = Arc::new(Mutex::new(world));
        let served = world.clone();
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
            runtime.block_on(async move {
                let listener = TcpListener::from_std(listener).expect("a listener");
                while let Ok((stream, _)) = listener.accept().await {
                    let _ = stream.set_nodelay(true);
                    tokio::spawn(serve(stream, served.clone()));
                }
            });
        });
        let url = if kind == Kind::OpenAi { format!("{host}/v1") } else { host };
        Self { url, kind, world, hung: told }
    }

    fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().expect("the world")
    }

    /// The next request whose `METHOD path` holds `words` meets trouble.
    pub fn trouble(&self, words: &str, what: Trouble) {
        self.world().plans.push(Plan { words: words.into(), what });
    }

    /// Waits until a request hangs.
    pub fn wait_for_hanging(&self) {
        self.hung.recv_timeout(std::time::Duration::from_secs(30)).expect("a request that hangs");
    }

    /// Ends all open batches with a good answer to each request.
    pub fn finish(&self) {
        self.finish_as("completed", |server, _, item| vec![server.good(item)]);
    }

    /// Ends all open batches; `lines` gives the lines of each request, by its number among all of the batch.
    pub fn finish_as(&self, status: &str, lines: impl Fn(&Self, usize, &Item) -> Vec<Value>) {
        let open: Vec<(usize, Vec<Item>)> = {
            let world = self.world();
            let open = world.batches.iter().enumerate().filter(|(_, batch)| !is_over(&batch.status));
            open.map(|(n, batch)| (n, batch.items.clone())).collect()
        };
        for (at, items) in open {
            // Never in the order of the requests.
            let all = items.iter().enumerate().rev().flat_map(|(n, item)| lines(self, n, item));
            let (good, bad) = all.partition(is_good);
            let mut world = self.world();
            world.batches[at].lines = [good, bad];
            world.batches[at].status = if self.kind == Kind::OpenAi { status } else { "ended" }.into();
        }
    }

    /// The provider does not accept the open batches.
    pub fn fail(&self, code: &str) {
        for batch in self.world().batches.iter_mut().filter(|batch| !is_over(&batch.status)) {
            batch.status = "failed".into();
            batch.problem =
                json!({ "object": "list", "data": [{ "code": code, "message": "not accepted", "line": 1 }] });
        }
    }

    /// The provider forgets everything.
    pub fn forget(&self) {
        self.world().batches.clear();
    }

    /// A line with a good answer.
    pub fn good(&self, item: &Item) -> Value {
        let content = (self.world().answer)(&item.asked);
        match self.kind {
            Kind::OpenAi => line(item, 200, &completion(&content)),
            Kind::Anthropic => {
                json!({ "custom_id": item.custom_id, "result": { "type": "succeeded", "message": message(&content) } })
            }
        }
    }

    /// A line with an answer of this status: an error's body.
    pub fn error(&self, item: &Item, status: u16, kind: &str) -> Value {
        match self.kind {
            Kind::OpenAi => line(item, status, &json!({ "error": { "code": kind, "message": "scripted" } })),
            Kind::Anthropic => {
                let error = json!({ "type": "error", "error": { "type": kind, "message": "scripted" } });
                json!({ "custom_id": item.custom_id, "result": { "type": "errored", "error": error } })
            }
        }
    }

    /// A line for a request that the window closed on.
    pub fn expired(&self, item: &Item) -> Value {
        match self.kind {
            Kind::OpenAi => json!({ "id": "batch_req", "custom_id": item.custom_id, "response": null,
                                    "error": { "code": "batch_expired", "message": "too late" } }),
            Kind::Anthropic => json!({ "custom_id": item.custom_id, "result": { "type": "expired" } }),
        }
    }

    /// Every request of every batch that was made, in order.
    pub fn submitted(&self) -> Vec<Item> {
        self.world().batches.iter().flat_map(|batch| batch.items.clone()).collect()
    }

    /// How many batches were made.
    pub fn batches(&self) -> usize {
        self.world().batches.len()
    }

    /// How often each text was handed over for translation, repairs left aside.
    pub fn sent_texts(&self) -> BTreeMap<String, usize> {
        let mut sent = BTreeMap::new();
        for item in self.submitted().iter().filter(|item| item.asked.get("findings").is_none()) {
            for segment in item.asked["segments"].as_array().into_iter().flatten() {
                *sent.entry(segment["text"].as_str().unwrap_or_default().to_owned()).or_default() += 1;
            }
        }
        sent
    }
}

fn line(item: &Item, status: u16, body: &Value) -> Value {
    json!({ "id": "batch_req", "custom_id": item.custom_id, "error": null,
            "response": { "status_code": status, "request_id": "r", "body": body } })
}

fn is_over(status: &str) -> bool {
    matches!(status, "completed" | "expired" | "cancelled" | "failed" | "ended")
}

/// Whether a line belongs into the file of answers.
fn is_good(line: &Value) -> bool {
    line["response"]["status_code"] == 200 || line["result"]["type"] == "succeeded"
}

fn completion(content: &Value) -> Value {
    json!({
        "id": "c1", "object": "chat.completion", "created": 1_700_000_000, "model": "scripted",
        "choices": [{ "index": 0, "finish_reason": "stop",
                      "message": { "role": "assistant", "content": content.to_string() } }],
        "usage": { "prompt_tokens": 100, "completion_tokens": 50, "total_tokens": 150 },
    })
}

fn message(content: &Value) -> Value {
    json!({
        "id": "m1", "type": "message", "role": "assistant", "model": "scripted", "stop_reason": "tool_use",
        "content": [{ "type": "tool_use", "id": "t1", "name": "translation", "input": content }],
        "usage": { "input_tokens": 100, "output_tokens": 50 },
    })
}

/// The one JSON object of the user message.
fn asked(body: &Value) -> Value {
    let messages = body["messages"].as_array().cloned().unwrap_or_default();
    let user = messages.iter().find(|message| message["role"] == "user");
    user.and_then(|message| serde_json::from_str(message["content"].as_str()?).ok()).unwrap_or_default()
}

struct Asked {
    method: String,
    path: String,
    key: String,
    body: Vec<u8>,
}

async fn serve(stream: TcpStream, world: Arc<Mutex<World>>) {
    let mut stream = BufReader::new(stream);
    while let Some(request) = read(&mut stream).await {
        let line = format!("{} {}", request.method, request.path);
        let plan = {
            let mut world = world.lock().expect("the world");
            let at = world.plans.iter().position(|plan| line.contains(&plan.words));
            at.map(|at| world.plans.remove(at).what)
        };
        let done = || world.lock().expect("the world").answer(&request);
        let response = match plan {
            None => http(done(), false),
            Some(Trouble::Refuse(status, body)) => http((status, body.to_string()), false),
            Some(Trouble::Cut { honest }) => {
                let (status, body) = done();
                let half = body[..body.len() / 2].to_owned();
                if honest {
                    let whole = http((status, body), true);
                    let _ = stream.get_mut().write_all(&whole.as_bytes()[..whole.len() - half.len()]).await;
                    return;
                }
                http((status, half), false)
            }
            Some(Trouble::Drop { done: is_done }) => {
                if is_done {
                    done();
                }
                return;
            }
            Some(Trouble::Hang { done: is_done }) => {
                if is_done {
                    done();
                }
                world.lock().expect("the world").hung.send(()).expect("a test that waits");
                std::future::pending().await
            }
        };
        if stream.get_mut().write_all(response.as_bytes()).await.is_err() {
            return;
        }
    }
}

async fn read(stream: &mut BufReader<TcpStream>) -> Option<Asked> {
    let mut line = String::new();
    stream.read_line(&mut line).await.ok().filter(|n| *n > 0)?;
    let mut words = line.split_whitespace().map(str::to_owned);
    let (method, path) = (words.next()?, words.next()?);
    let (mut length, mut key) = (0, String::new());
    loop {
        line.clear();
        stream.read_line(&mut line).await.ok().filter(|n| *n > 0)?;
        let Some((name, value)) = line.split_once(':') else { break };
        match name.to_ascii_lowercase().as_str() {
            "content-length" => length = value.trim().parse().ok()?,
            "authorization" | "x-api-key" => key = value.trim().trim_start_matches("Bearer ").to_owned(),
            _ => {}
        }
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await.ok()?;
    Some(Asked { method, path, key, body })
}

fn http((status, body): (u16, String), close: bool) -> String {
    let close = if close { "connection: close\r\n" } else { "" };
    format!(
        "HTTP/1.1 {status} Status\r\ncontent-type: application/json\r\ncontent-length: {}\r\n{close}\r\n{body}",
        body.len()
    )
}

impl World {
    fn answer(&mut self, request: &Asked) -> (u16, String) {
        if request.key != KEY {
            return (
                401,
                json!({ "type": "error", "error": { "message": format!("bad key {}", request.key) } }).to_string(),
            );
        }
        let (path, query) = request.path.split_once('?').unwrap_or((&request.path, ""));
        let parts: Vec<&str> = path.trim_matches('/').split('/').collect();
        let answer = match (request.method.as_str(), parts.as_slice()) {
            ("GET", ["v1", "models", ..]) => Ok(json!({ "object": "list", "data": [{ "id": "scripted" }] })),
            ("POST", ["v1", "chat", "completions"]) => Ok(completion(&(self.answer)(&single(request)))),
            ("POST", ["v1", "messages"]) => Ok(message(&(self.answer)(&single(request)))),
            ("POST", ["v1", "files"]) => self.upload(&request.body),
            ("GET", ["v1", "files", id, "content"] | ["v1", "messages", "batches", id, "results"]) => {
                return self.content(id);
            }
            ("POST", ["v1", "batches"]) => self.create_of_file(&request.body),
            ("POST", ["v1", "messages", "batches"]) => self.create(&request.body),
            ("GET", ["v1", "batches"] | ["v1", "messages", "batches"]) => Ok(self.list(query)),
            ("GET", ["v1", "batches", id] | ["v1", "messages", "batches", id]) => {
                self.batches.iter().find(|batch| batch.id == *id).map(|batch| self.shown(batch)).ok_or(404)
            }
            _ => Err(404),
        };
        match answer {
            Ok(body) => (200, body.to_string()),
            Err(status) => (status, json!({ "type": "error", "error": { "message": "scripted refusal" } }).to_string()),
        }
    }

    /// A form with `purpose=batch` and a file of JSON lines.
    fn upload(&mut self, form: &[u8]) -> Result<Value, u16> {
        let text = String::from_utf8_lossy(form);
        let boundary = text.lines().next().ok_or(400_u16)?.to_owned();
        let parts: Vec<&str> = text.split(boundary.as_str()).collect();
        let part = |name: &str| {
            parts
                .iter()
                .find(|part| part.contains(&format!("name=\"{name}\"")))
                .and_then(|part| part.split_once("\r\n\r\n"))
        };
        let (_, purpose) = part("purpose").ok_or(400_u16)?;
        let (_, file) = part("file").ok_or(400_u16)?;
        if purpose.trim() != "batch" {
            return Err(400);
        }
        let id = format!("file-{}", self.files.len());
        self.files.insert(id.clone(), file.trim().as_bytes().to_vec());
        Ok(json!({ "id": id, "object": "file", "purpose": "batch" }))
    }

    fn create_of_file(&mut self, body: &[u8]) -> Result<Value, u16> {
        let wanted: Value = serde_json::from_slice(body).map_err(|_| 400_u16)?;
        let file = self.files.get(wanted["input_file_id"].as_str().unwrap_or_default()).ok_or(400_u16)?;
        let lines = String::from_utf8_lossy(file).lines().map(serde_json::from_str).collect::<Result<Vec<Value>, _>>();
        let lines = lines.map_err(|_| 400_u16)?;
        let good = |line: &Value| line["method"] == "POST" && line["url"] == wanted["endpoint"];
        if wanted["completion_window"] != "24h" || !lines.iter().all(good) {
            return Err(400);
        }
        let items = lines.iter().map(|line| item(line, "body")).collect();
        Ok(self.made(items, wanted["metadata"].clone(), "validating"))
    }

    fn create(&mut self, body: &[u8]) -> Result<Value, u16> {
        let wanted: Value = serde_json::from_slice(body).map_err(|_| 400_u16)?;
        let requests = wanted["requests"].as_array().ok_or(400_u16)?;
        let items = requests.iter().map(|request| item(request, "params")).collect();
        Ok(self.made(items, Value::Null, "in_progress"))
    }

    fn made(&mut self, items: Vec<Item>, metadata: Value, status: &str) -> Value {
        let mut ids: Vec<&str> = items.iter().map(|item| item.custom_id.as_str()).collect();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), items.len(), "custom ids are unique");
        assert!(ids.iter().all(|id| id.len() <= 64), "custom ids are short");
        let id = format!("batch_{}", self.batches.len());
        let (status, lines, problem) = (status.to_owned(), [Vec::new(), Vec::new()], Value::Null);
        self.batches.push(Batch { id, metadata, items, status, lines, problem });
        self.shown(&self.batches[self.batches.len() - 1])
    }

    fn list(&self, query: &str) -> Value {
        let after = query.split('&').find_map(|part| part.strip_prefix("after=").or(part.strip_prefix("after_id=")));
        let newest = self.batches.iter().rev();
        let shown: Vec<Value> = match after {
            Some(after) => {
                newest.skip_while(|batch| batch.id != after).skip(1).take(2).map(|b| self.shown(b)).collect()
            }
            // Short pages, so that they are turned.
            None => newest.take(2).map(|batch| self.shown(batch)).collect(),
        };
        let last = shown.last().map(|batch| batch["id"].clone()).unwrap_or_default();
        let has_more = last != Value::Null && self.batches.first().is_some_and(|first| last != first.id.as_str());
        json!({ "object": "list", "data": shown, "last_id": last, "has_more": has_more })
    }

    fn shown(&self, batch: &Batch) -> Value {
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("a clock").as_secs();
        let (total, good) = (batch.items.len(), batch.lines[0].len());
        let over = is_over(&batch.status);
        match self.kind {
            Kind::OpenAi => {
                let file =
                    |n: usize, name: &str| (over && !batch.lines[n].is_empty()).then(|| format!("{name}-{}", batch.id));
                json!({
                    "id": batch.id, "object": "batch", "endpoint": "/v1/chat/completions", "status": batch.status,
                    "created_at": now, "metadata": batch.metadata, "errors": batch.problem,
                    "output_file_id": file(0, "output"), "error_file_id": file(1, "error"),
                    "request_counts": { "total": total, "completed": good, "failed": batch.lines[1].len() },
                })
            }
            Kind::Anthropic => {
                let results = over.then(|| format!("{}/v1/messages/batches/{}/results", self.url, batch.id));
                let failed = batch.lines[1].len();
                json!({
                    "id": batch.id, "type": "message_batch", "processing_status": batch.status,
                    "created_at": jiff::Timestamp::now().to_string(), "results_url": results,
                    "request_counts": { "processing": if over { 0 } else { total }, "succeeded": good,
                                        "errored": failed, "canceled": 0, "expired": 0 },
                })
            }
        }
    }

    /// The lines of a result: `output-ID`, `error-ID`, or the batch's id for both together.
    fn content(&self, id: &str) -> (u16, String) {
        let own = |batch: &&Batch| id.ends_with(&batch.id);
        let Some(batch) = self.batches.iter().find(own).filter(|batch| is_over(&batch.status)) else {
            return (404, "{}".into());
        };
        let [good, bad] = &batch.lines;
        let lines: Vec<&Value> = match id.split('-').next() {
            Some("output") => good.iter().collect(),
            Some("error") => bad.iter().collect(),
            _ => good.iter().chain(bad).collect(),
        };
        (200, lines.iter().map(|line| format!("{line}\n")).collect())
    }
}

/// What a request outside of batches asks.
fn single(request: &Asked) -> Value {
    asked(&serde_json::from_slice(&request.body).unwrap_or_default())
}

fn item(line: &Value, body: &str) -> Item {
    let custom_id = line["custom_id"].as_str().unwrap_or_default().to_owned();
    Item { custom_id, body: line[body].clone(), asked: asked(&line[body]) }
}
