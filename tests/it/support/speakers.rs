//! Every dialect as a server speaks it: where its requests hold texts, how its replies hold translations and errors.
//!
//! A new dialect adds one [`Speaker`].

use serde_json::{Value, json};
use wiremock::{Request, ResponseTemplate};

/// How one dialect is spoken by a server.
#[derive(Clone, Copy)]
pub struct Speaker {
    pub dialect: &'static str,
    /// Options besides `dialect` and `url`.
    pub options: &'static str,
    /// The texts that a request's body holds.
    pub texts: fn(&Value) -> Vec<String>,
    /// The body of a reply that holds these translations.
    pub reply: fn(&[String]) -> Value,
    /// A status and a body that mean that no credit is left.
    pub quota: (u16, &'static str),
    /// A status and a body that mean that the model will not do it, for dialects of language models.
    pub refusal: Option<(u16, &'static str)>,
}

impl Speaker {
    /// What the vendor's server answers: to a `GET` what `kabar doctor` looks for, else `translate` of every text.
    pub fn answer(&self, request: &Request, translate: fn(&str) -> String) -> ResponseTemplate {
        let body = if request.method.as_str() == "GET" {
            probe(request.url.path())
        } else {
            let texts = (self.texts)(&request.body_json().unwrap());
            Some((self.reply)(&texts.iter().map(|text| translate(text)).collect::<Vec<_>>()))
        };
        body.map_or(ResponseTemplate::new(404), |body| ResponseTemplate::new(200).set_body_json(body))
    }
}

fn probe(path: &str) -> Option<Value> {
    let found = match path {
        "/v1/models" => json!({ "object": "list", "data": [{ "id": "my-model" }, { "id": "another" }] }),
        "/v1/models/my-model" => json!({ "type": "model", "id": "my-model" }),
        "/api/tags" => json!({ "models": [{ "name": "my-model:latest" }, { "name": "another:8b" }] }),
        "/languages" => json!([{ "code": "id", "name": "Indonesian", "targets": ["en", "ms"] }]),
        "/frontend/settings" => json!({ "charLimit": 2_000 }),
        "/v2/usage" => json!({ "character_count": 1_200, "character_limit": 500_000 }),
        "/language/translate/v2/languages" => json!({ "data": { "languages": [{ "language": "id" }] } }),
        _ => return None,
    };
    Some(found)
}

const LLM: &str = "model = \"my-model\"\napi_key_env = \"KEY\"";
const KEY: &str = "api_key_env = \"KEY\"";

/// One for each dialect.
pub fn speakers() -> Vec<Speaker> {
    vec![
        Speaker {
            dialect: "openai",
            options: LLM,
            texts: |body| asked(&body["messages"][1]["content"]),
            reply: |texts| json!({ "choices": [{ "message": { "content": answer(texts) }, "finish_reason": "stop" }] }),
            quota: (429, r#"{"error":{"code":"insufficient_quota","message":"no credit"}}"#),
            refusal: Some((200, r#"{"choices":[{"message":{"content":null,"refusal":"no"},"finish_reason":"stop"}]}"#)),
        },
        Speaker {
            dialect: "anthropic",
            options: LLM,
            texts: |body| asked(&body["messages"][0]["content"]),
            reply: |texts| {
                let input: Value = serde_json::from_str(&answer(texts)).unwrap();
                json!({ "content": [{ "type": "tool_use", "id": "t", "name": "translation", "input": input }],
                    "stop_reason": "tool_use", "usage": { "input_tokens": 1, "output_tokens": 1 } })
            },
            quota: (400, r#"{"type":"error","error":{"type":"billing_error","message":"no credit"}}"#),
            refusal: Some((200, r#"{"content":[],"stop_reason":"refusal"}"#)),
        },
        Speaker {
            dialect: "ollama",
            options: LLM,
            texts: |body| asked(&body["messages"][1]["content"]),
            reply: |texts| json!({ "message": { "content": answer(texts) }, "done": true, "done_reason": "stop" }),
            quota: (402, r#"{"error":"no credit"}"#),
            refusal: Some((200, r#"{"message":{"content":"I'm sorry, but I can't do that."},"done_reason":"stop"}"#)),
        },
        Speaker {
            dialect: "libretranslate",
            options: KEY,
            texts: |body| strings(&body["q"], ""),
            reply: |texts| json!({ "translatedText": texts }),
            quota: (402, r#"{"error":"no credit"}"#),
            refusal: None,
        },
        Speaker {
            dialect: "deepl",
            options: KEY,
            texts: |body| strings(&body["text"], ""),
            reply: |texts| json!({ "translations": texts.iter().map(|text| json!({ "text": text })).collect::<Vec<_>>() }),
            quota: (456, r#"{"message":"Quota exceeded"}"#),
            refusal: None,
        },
        Speaker {
            dialect: "google",
            options: KEY,
            texts: |body| strings(&body["q"], ""),
            reply: |texts| {
                let list: Vec<Value> = texts.iter().map(|text| json!({ "translatedText": text })).collect();
                json!({ "data": { "translations": list } })
            },
            quota: (
                403,
                r#"{"error":{"code":403,"message":"Daily Limit Exceeded","errors":[{"reason":"dailyLimitExceeded"}]}}"#,
            ),
            refusal: None,
        },
        Speaker {
            dialect: "azure",
            options: KEY,
            texts: |body| strings(body, "/Text"),
            reply: |texts| texts.iter().map(|text| json!({ "translations": [{ "text": text, "to": "en" }] })).collect(),
            quota: (403, r#"{"error":{"code":403001,"message":"free quota exceeded"}}"#),
            refusal: None,
        },
        Speaker {
            dialect: "template",
            options: "api_key_env = \"KEY\"\n[template]\nbody = '{ \"in\": {{ texts }}, \"key\": {{ key }} }'\ntranslations = \"/out\"",
            texts: |body| strings(&body["in"], ""),
            reply: |texts| json!({ "out": texts }),
            quota: (402, "{}"),
            refusal: None,
        },
    ]
}

/// The texts of the JSON object that a language model is asked with.
fn asked(content: &Value) -> Vec<String> {
    let payload: Value = serde_json::from_str(content.as_str().unwrap()).unwrap();
    strings(&payload["segments"], "/text")
}

/// The texts of a list; none where there is no list, as in a request for a summary.
fn strings(list: &Value, pointer: &str) -> Vec<String> {
    let list = list.as_array().into_iter().flatten();
    list.map(|one| one.pointer(pointer).and_then(Value::as_str).unwrap().to_owned()).collect()
}

/// The JSON object that a language model answers with.
fn answer(texts: &[String]) -> String {
    let segments: Vec<Value> = texts.iter().zip(1..).map(|(en, n)| json!({ "n": n, "en": en })).collect();
    json!({ "segments": segments }).to_string()
}
