//! `ollama`: the native chat API of Ollama.
//!
//! Place in the data way: see [`super`]. It must never leave the context length to the server: Ollama cuts a longer
//! prompt silently, so the length is sent with every request.
//!
//! Vendor pages: <https://github.com/ollama/ollama/blob/main/docs/api.md>, <https://docs.ollama.com/capabilities/structured-outputs>,
//! <https://docs.ollama.com/context-length>.

use std::time::Duration;

use serde::Deserialize;
use serde_json::{Value, json};

use super::{AUTHORIZATION, BEARER, Dialect, OptionError, Speaking, address, answer, llm, with_field};
use crate::backend::classify::{classify, unreadable};
use crate::backend::error::{ErrorKind, Fault};
use crate::backend::options::BackendOptions;
use crate::backend::wire::{WireReply, WireRequest};
use crate::model::backend::Limits;
use crate::model::reply::{Finish, Reply, Usage};
use crate::model::request::Request;

/// Where Ollama listens.
const URL: &str = "http://127.0.0.1:11434";
/// Context length where the user does not say: prompt, a full request and its answer fit in.
const CONTEXT_TOKENS: u32 = 8_192;
/// How long the model stays loaded after a request where the user does not say.
const KEEP_ALIVE: &str = "10m";

/// One Ollama server.
pub struct Ollama {
    base: String,
    settings: llm::Settings,
    options: Value,
    keep_alive: String,
    context_tokens: u32,
}

impl Ollama {
    /// Reads the options.
    ///
    /// # Errors
    /// Where `model` is missing.
    pub fn new(options: &BackendOptions) -> Result<Self, OptionError> {
        let url = address(options, URL);
        let context_tokens = options.context_tokens.unwrap_or(CONTEXT_TOKENS);
        let settings =
            llm::Settings::new(options, "for example `model = \"qwen3:8b\"`; `kabar doctor` lists what is pulled")?;
        let sampling = json!({ "num_ctx": context_tokens });
        let sampling = with_field(sampling, "temperature", settings.temperature());
        let sampling = with_field(sampling, "num_predict", settings.max_output_tokens.map(Value::from));
        Ok(Self {
            base: url.strip_suffix("/api/chat").or_else(|| url.strip_suffix("/api")).unwrap_or(url).to_owned(),
            settings,
            options: sampling,
            keep_alive: options.keep_alive.clone().unwrap_or_else(|| KEEP_ALIVE.to_owned()),
            context_tokens,
        })
    }
}

#[derive(Deserialize)]
struct Chat {
    message: Message,
    done_reason: Option<String>,
    prompt_eval_count: Option<u64>,
    eval_count: Option<u64>,
}

#[derive(Deserialize)]
struct Message {
    #[serde(default)]
    content: String,
}

#[derive(Deserialize)]
struct Tags {
    models: Vec<Tag>,
}

#[derive(Deserialize)]
struct Tag {
    name: String,
}

impl Dialect for Ollama {
    fn default_url(&self) -> &'static str {
        URL
    }

    fn model(&self) -> Option<&llm::Settings> {
        Some(&self.settings)
    }

    fn limits(&self) -> Limits {
        // A quarter of the context for the text: as much for its translation, and the rest for the prompt.
        let tokens = usize::try_from(self.context_tokens / 4).unwrap_or(usize::MAX);
        let own = llm::limits();
        Limits { tokens: Some(own.tokens.unwrap_or(tokens).min(tokens)), ..own }
    }

    fn parameters(&self) -> String {
        format!("{} context_tokens={}", self.settings.parameters(), self.context_tokens).trim().to_owned()
    }

    /// The first call loads the model, which takes minutes on a slow disk.
    fn timeout(&self) -> Duration {
        Duration::from_mins(10)
    }

    fn build(&self, request: &Request, with: &Speaking<'_>) -> Result<WireRequest, Fault> {
        let body = json!({
            "model": self.settings.model,
            "messages": [
                { "role": "system", "content": request.system },
                { "role": "user", "content": llm::user_message(request)? },
            ],
            "stream": false,
            "format": llm::schema(&request.payload),
            "options": self.options,
            "keep_alive": self.keep_alive,
        });
        Ok(with.sign(WireRequest::post_json(format!("{}/api/chat", self.base), &body), AUTHORIZATION, BEARER))
    }

    fn parse(&self, request: &Request, reply: &WireReply) -> Result<Reply, Fault> {
        if !reply.is_success() {
            return Err(fault(reply));
        }
        let chat: Chat = serde_json::from_slice(&reply.body).map_err(|_| unreadable(reply))?;
        if chat.prompt_eval_count.is_some_and(|count| count >= u64::from(self.context_tokens)) {
            let message = format!(
                "the request fills the whole context of {} tokens; raise `context_tokens`",
                self.context_tokens
            );
            return Err(Fault::new(ErrorKind::TooLarge, message));
        }
        let finish = if chat.done_reason.as_deref() == Some("length") { Finish::Length } else { Finish::Complete };
        let text = chat.message.content;
        let (body, finish) = answer::read(&request.payload, &text, finish)?;
        Ok(Reply { body, finish, usage: llm::usage(chat.prompt_eval_count, chat.eval_count, request, &text) })
    }

    fn used(&self, body: &[u8]) -> Option<Usage> {
        let chat: Chat = serde_json::from_slice(body).ok()?;
        Some(llm::tokens(chat.prompt_eval_count?, chat.eval_count?))
    }

    fn probes(&self, with: &Speaking<'_>) -> Vec<WireRequest> {
        vec![with.sign(WireRequest::get(format!("{}/api/tags", self.base)), AUTHORIZATION, BEARER)]
    }

    fn read_probe(&self, _step: usize, reply: &WireReply) -> Result<String, Fault> {
        if !reply.is_success() {
            return Err(fault(reply));
        }
        let tags: Tags = serde_json::from_slice(&reply.body).map_err(|_| unreadable(reply))?;
        let names: Vec<&str> = tags.models.iter().map(|tag| tag.name.as_str()).collect();
        // A name without a tag means its `latest`.
        let latest = format!("{}:latest", self.settings.model);
        let wanted = if names.contains(&latest.as_str()) { &latest } else { &self.settings.model };
        llm::model_present(wanted, &names).map_err(|fault| Fault {
            message: format!("{}; run: ollama pull {}", fault.message, self.settings.model),
            ..fault
        })
    }
}

/// Reads `{"error": "words"}`.
fn fault(reply: &WireReply) -> Fault {
    let body: Value = serde_json::from_slice(&reply.body).unwrap_or_default();
    classify(reply, "", body.get("error").and_then(Value::as_str).unwrap_or_default())
}
