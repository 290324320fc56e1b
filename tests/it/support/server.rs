//! A scripted server that speaks OpenAI's chat completions over HTTP/1.1 on loopback. It runs on a thread of its own, so
//! that tests of the real binary stay plain functions; it notes every request before it answers.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

use super::english::pseudo;

/// What the script answers to a request.
pub enum Answer {
    /// The content of the assistant's message, as JSON.
    Content(Value),
    /// A raw status and body, with further headers.
    Raw(u16, String, Vec<(&'static str, String)>),
    /// Nothing; the connection is closed.
    Close,
}

type Script = dyn Fn(usize, &Value) -> Answer + Send + Sync;

/// A running server. It ends with the test process.
pub struct Server {
    /// Base address, with `/v1`.
    pub url: String,
    requests: Arc<Mutex<Vec<Value>>>,
}

impl Server {
    /// Answers everything in pseudo-English at once.
    pub fn fluent() -> Self {
        Self::scripted(Duration::ZERO, |_, asked| Answer::Content(fluent(asked)))
    }

    /// Answers by `script`, which gets the request's number from 0 and the user message's JSON object, after `delay`.
    pub fn scripted(delay: Duration, script: impl Fn(usize, &Value) -> Answer + Send + Sync + 'static) -> Self {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
        listener.set_nonblocking(true).expect("a socket");
        let url = format!("http://{}/v1", listener.local_addr().expect("an address"));
        let requests = Arc::new(Mutex::new(Vec::new()));
        let (script, noted): (Arc<Script>, _) = (Arc::new(script), requests.clone());
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
            runtime.block_on(async move {
                let listener = TcpListener::from_std(listener).expect("a listener");
                while let Ok((stream, _)) = listener.accept().await {
                    let _ = stream.set_nodelay(true);
                    tokio::spawn(serve(stream, script.clone(), noted.clone(), delay));
                }
            });
        });
        Self { url, requests }
    }

    /// The user messages so far, in order of arrival.
    pub fn requests(&self) -> Vec<Value> {
        self.requests.lock().expect("the notes").clone()
    }

    /// How often each text was sent for translation.
    pub fn sent_texts(&self) -> BTreeMap<String, usize> {
        let mut sent = BTreeMap::new();
        for request in self.requests() {
            for segment in request["segments"].as_array().into_iter().flatten() {
                *sent.entry(segment["text"].as_str().unwrap_or_default().to_owned()).or_default() += 1;
            }
        }
        sent
    }
}

/// The right answer to a translate or summarise object, in pseudo-English.
pub fn fluent(asked: &Value) -> Value {
    let texts = |key: &str| asked[key].as_array().cloned().unwrap_or_default();
    match &asked["task"] {
        task if task == "summarise" => {
            let sections: Vec<Value> = texts("sections")
                .iter()
                .map(
                    |section| json!({ "n": section["n"], "summary": "Officials described what happened in the area." }),
                )
                .collect();
            json!({ "summary": "Officials described what happened in the area and what they will do next.",
                    "points": ["Officials described what happened."], "sections": sections })
        }
        _ => {
            let segments: Vec<Value> = texts("segments")
                .iter()
                .map(|segment| json!({ "n": segment["n"], "en": pseudo(segment["text"].as_str().unwrap_or_default()) }))
                .collect();
            json!({ "segments": segments })
        }
    }
}

async fn serve(stream: TcpStream, script: Arc<Script>, noted: Arc<Mutex<Vec<Value>>>, delay: Duration) {
    let mut stream = BufReader::new(stream);
    while let Some((path, body)) = read_request(&mut stream).await {
        let response = if path.ends_with("/models") {
            http(200, &json!({ "object": "list", "data": [{ "id": "scripted", "object": "model" }] }).to_string(), &[])
        } else {
            let asked = user_message(&body);
            let number = {
                let mut noted = noted.lock().expect("the notes");
                noted.push(asked.clone());
                noted.len() - 1
            };
            tokio::time::sleep(delay).await;
            match script(number, &asked) {
                Answer::Content(content) => http(200, &completion(&content), &[]),
                Answer::Raw(status, body, headers) => http(status, &body, &headers),
                Answer::Close => return,
            }
        };
        if stream.get_mut().write_all(response.as_bytes()).await.is_err() {
            return;
        }
    }
}

async fn read_request(stream: &mut BufReader<TcpStream>) -> Option<(String, Vec<u8>)> {
    let mut line = String::new();
    stream.read_line(&mut line).await.ok().filter(|n| *n > 0)?;
    let path = line.split_whitespace().nth(1)?.to_owned();
    let mut length = 0;
    loop {
        line.clear();
        stream.read_line(&mut line).await.ok().filter(|n| *n > 0)?;
        let Some((name, value)) = line.split_once(':') else { break };
        if name.eq_ignore_ascii_case("content-length") {
            length = value.trim().parse().ok()?;
        }
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await.ok()?;
    Some((path, body))
}

/// The one JSON object of the user message.
fn user_message(body: &[u8]) -> Value {
    let request: Value = serde_json::from_slice(body).unwrap_or_default();
    let messages = request["messages"].as_array().cloned().unwrap_or_default();
    let user = messages.iter().find(|message| message["role"] == "user");
    user.and_then(|message| serde_json::from_str(message["content"].as_str()?).ok()).unwrap_or_default()
}

fn completion(content: &Value) -> String {
    json!({
        "id": "c1", "object": "chat.completion", "created": 1_700_000_000, "model": "scripted",
        "choices": [{ "index": 0, "finish_reason": "stop",
                      "message": { "role": "assistant", "content": content.to_string() } }],
        "usage": { "prompt_tokens": 100, "completion_tokens": 50, "total_tokens": 150 },
    })
    .to_string()
}

fn http(status: u16, body: &str, headers: &[(&'static str, String)]) -> String {
    let further: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    format!(
        "HTTP/1.1 {status} Status\r\ncontent-type: application/json\r\ncontent-length: {}\r\n{further}\r\n{body}",
        body.len()
    )
}
