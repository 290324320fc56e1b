//! `anthropic`: the Messages API of Anthropic, and of servers that speak it.
//!
//! Place in the data way: see [`super`]. The answer is forced into JSON by a tool that the model must call; the prompt,
//! which stays the same from request to request, is marked for the vendor's cache. It must never ask for thinking: a
//! forced tool and thinking exclude each other.
//!
//! Vendor pages: <https://docs.anthropic.com/en/api/messages>, <https://docs.anthropic.com/en/api/errors>,
//! <https://docs.anthropic.com/en/docs/build-with-claude/prompt-caching>,
//! <https://docs.anthropic.com/en/docs/agents-and-tools/tool-use/implement-tool-use>.

mod batch;

use serde::Deserialize;
use serde_json::{Value, json};

use super::batch::BatchSpelling;
use super::{Dialect, Habits, OptionError, Speaking, Structure, address, answer, llm, with_field};
use crate::backend::classify::{classify, unreadable};
use crate::backend::error::{ErrorKind, Fault};
use crate::backend::options::BackendOptions;
use crate::backend::wire::{WireReply, WireRequest};
use crate::model::backend::Limits;
use crate::model::reply::{Finish, Reply, Usage};
use crate::model::request::Request;

/// The vendor's own address.
const URL: &str = "https://api.anthropic.com";
/// The version that this dialect was written for; the vendor asks for it in every request.
const VERSION: &str = "2023-06-01";
/// Most tokens of an answer where the user does not say; the vendor demands a number.
const OUTPUT_TOKENS: u32 = 4_096;

/// One backend that speaks the Messages API.
pub struct Anthropic {
    base: String,
    settings: llm::Settings,
}

impl Anthropic {
    /// Reads the options.
    ///
    /// # Errors
    /// Where `model` is missing.
    pub fn new(options: &BackendOptions) -> Result<Self, OptionError> {
        let url = address(options, URL);
        let base = url.strip_suffix("/messages").unwrap_or(url).trim_end_matches("/v1");
        Ok(Self {
            base: base.to_owned(),
            settings: llm::Settings::new(options, "for example `model = \"claude-haiku-4-5\"`")?,
        })
    }

    fn with_key(request: WireRequest, with: &Speaking<'_>) -> WireRequest {
        with.sign(request.header("anthropic-version", VERSION), "x-api-key", "")
    }
}

#[derive(Deserialize)]
struct Message {
    content: Vec<Block>,
    stop_reason: Option<String>,
    #[serde(default, deserialize_with = "llm::lenient")]
    usage: Option<Counts>,
}

#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Block {
    Text {
        text: String,
    },
    ToolUse {
        input: Value,
    },
    #[serde(other)]
    Other,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Counts {
    #[serde(rename = "input_tokens", deserialize_with = "llm::count")]
    input: Option<u64>,
    #[serde(rename = "output_tokens", deserialize_with = "llm::count")]
    output: Option<u64>,
    /// The input counts leave out what was written into the vendor's cache or read from it.
    #[serde(rename = "cache_creation_input_tokens", deserialize_with = "llm::count")]
    written: Option<u64>,
    #[serde(rename = "cache_read_input_tokens", deserialize_with = "llm::count")]
    read: Option<u64>,
}

impl Counts {
    fn all_input(&self) -> Option<u64> {
        Some(self.input? + self.written.unwrap_or(0) + self.read.unwrap_or(0))
    }
}

impl Dialect for Anthropic {
    fn default_url(&self) -> &'static str {
        URL
    }

    fn model(&self) -> Option<&llm::Settings> {
        Some(&self.settings)
    }

    fn limits(&self) -> Limits {
        llm::limits()
    }

    fn build(&self, request: &Request, with: &Speaking<'_>) -> Result<WireRequest, Fault> {
        let body = json!({
            "model": self.settings.model,
            "max_tokens": self.settings.max_output_tokens.unwrap_or(OUTPUT_TOKENS),
            "system": [{ "type": "text", "text": request.system, "cache_control": { "type": "ephemeral" } }],
            "messages": [{ "role": "user", "content": llm::user_message(request)? }],
        });
        let forced = with.habits.structure == Structure::Schema;
        let name = llm::schema_name(&request.payload);
        let tool = json!([{
            "name": name,
            "description": "Takes the answer. Call it exactly once, with the whole answer.",
            "input_schema": llm::schema(&request.payload),
        }]);
        let choice = json!({ "type": "tool", "name": name, "disable_parallel_tool_use": true });
        let body = with_field(body, "tools", forced.then_some(tool));
        let body = with_field(body, "tool_choice", forced.then_some(choice));
        let temperature = self.settings.temperature().filter(|_| !with.habits.no_temperature);
        let body = with_field(body, "temperature", temperature);
        Ok(Self::with_key(WireRequest::post_json(format!("{}/v1/messages", self.base), &body), with))
    }

    fn parse(&self, request: &Request, reply: &WireReply) -> Result<Reply, Fault> {
        if !reply.is_success() {
            return Err(fault(reply));
        }
        let message: Message = serde_json::from_slice(&reply.body).map_err(|_| unreadable(reply))?;
        let finish = match message.stop_reason.as_deref() {
            Some("refusal") => return Err(Fault::new(ErrorKind::Refused, "the model refused")),
            Some("model_context_window_exceeded") => {
                return Err(Fault::new(
                    ErrorKind::TooLarge,
                    "the request and its answer are longer than the model's context",
                ));
            }
            Some("max_tokens") => Finish::Length,
            _ => Finish::Complete,
        };
        let text = text(&message.content);
        let (body, finish) = answer::read(&request.payload, &text, finish)?;
        let counts = message.usage.unwrap_or_default();
        Ok(Reply { body, finish, usage: llm::usage(counts.all_input(), counts.output, request, &text) })
    }

    fn used(&self, body: &[u8]) -> Option<Usage> {
        let counts = serde_json::from_slice::<llm::Billed<Counts>>(body).ok()?.usage?;
        Some(llm::tokens(counts.all_input()?, counts.output?))
    }

    fn adapt(&self, habits: Habits, reply: &WireReply) -> Option<Habits> {
        if reply.status != 400 {
            return None;
        }
        let words = reply.text().to_lowercase();
        if words.contains("temperature") && self.settings.temperature().is_some() && !habits.no_temperature {
            return Some(Habits { no_temperature: true, ..habits });
        }
        let refused = words.contains("tool") && habits.structure == Structure::Schema;
        refused.then_some(Habits { structure: Structure::Plain, ..habits })
    }

    fn batches(&self) -> Option<&dyn BatchSpelling> {
        Some(self)
    }

    fn probes(&self, with: &Speaking<'_>) -> Vec<WireRequest> {
        vec![Self::with_key(WireRequest::get(format!("{}/v1/models/{}", self.base, self.settings.model)), with)]
    }

    fn read_probe(&self, _step: usize, reply: &WireReply) -> Result<String, Fault> {
        // Servers that only imitate the API answer 404 in a shape of their own.
        let known = serde_json::from_slice::<Value>(&reply.body)
            .is_ok_and(|body| body.get("type").is_some_and(|kind| kind == "error"));
        if reply.status == 404 && !known {
            return Ok("reachable, but it lists no models".into());
        }
        if !reply.is_success() {
            return Err(fault(reply));
        }
        Ok(format!("reachable, key accepted, model \"{}\" present", self.settings.model))
    }
}

/// What the tool was called with; without a call, what was said.
fn text(content: &[Block]) -> String {
    let called = content.iter().find_map(|block| match block {
        Block::ToolUse { input } => Some(input.to_string()),
        Block::Text { .. } | Block::Other => None,
    });
    called.unwrap_or_else(|| {
        let said = content.iter().filter_map(|block| match block {
            Block::Text { text } => Some(text.as_str()),
            Block::ToolUse { .. } | Block::Other => None,
        });
        said.collect()
    })
}

/// Reads `{"type": "error", "error": {"type", "message"}}`.
fn fault(reply: &WireReply) -> Fault {
    let body: Value = serde_json::from_slice(&reply.body).unwrap_or_default();
    let text = |pointer: &str| body.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
    classify(reply, text("/error/type"), text("/error/message"))
}
