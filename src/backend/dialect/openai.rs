//! `openai`: chat completions, as spoken by OpenAI, Azure OpenAI, vLLM, llama.cpp, LM Studio, `OpenRouter`,
//! Groq and Gemini.
//!
//! Place in the data way: see [`super`]. It must never assume what a server accepts: where one refuses structured
//! output, the name of the output limit or a temperature, [`OpenAi::adapt`] says how to ask next.
//!
//! Vendor pages: <https://platform.openai.com/docs/api-reference/chat/create>,
//! <https://platform.openai.com/docs/guides/structured-outputs>, <https://platform.openai.com/docs/guides/error-codes>,
//! <https://learn.microsoft.com/azure/ai-foundry/openai/reference> (Azure).

mod batch;

use serde::Deserialize;
use serde_json::{Value, json};

use super::batch::BatchSpelling;
use super::{
    AUTHORIZATION, BEARER, Dialect, Habits, OptionError, Speaking, Structure, answer, base_url, llm, with_field,
};
use crate::backend::classify::{classify, unreadable};
use crate::backend::error::{ErrorKind, Fault, excerpt};
use crate::backend::options::BackendOptions;
use crate::backend::wire::{WireReply, WireRequest};
use crate::model::backend::Limits;
use crate::model::reply::{Finish, Reply, Usage};
use crate::model::request::Request;

/// One backend that speaks chat completions.
pub struct OpenAi {
    chat: String,
    models: String,
    settings: llm::Settings,
    /// Azure wants the key in `api-key`.
    azure: bool,
    /// OpenAI itself knows only the new name of the output limit for its reasoning models.
    new_limit_name: bool,
}

impl OpenAi {
    /// Reads the options.
    ///
    /// # Errors
    /// Where `url` or `model` is missing.
    pub fn new(options: &BackendOptions) -> Result<Self, OptionError> {
        let url = base_url(options, "for example `url = \"http://127.0.0.1:8000/v1\"`")?;
        let settings = llm::Settings::new(options, "for example `model = \"gpt-4.1-mini\"`")?;
        let azure = options.api_version.is_some() || AZURE_HOSTS.iter().any(|host| url.contains(host));
        let (chat, models) = addresses(&url, &settings.model, options.api_version.as_deref());
        Ok(Self { chat, models, new_limit_name: azure || url.contains("://api.openai.com"), settings, azure })
    }

    fn with_key(&self, request: WireRequest, with: &Speaking<'_>) -> WireRequest {
        let (name, before) = if self.azure { ("api-key", "") } else { (AUTHORIZATION, BEARER) };
        with.sign(request, name, before)
    }
}

/// Where Azure's language models are.
const AZURE_HOSTS: [&str; 3] = [".openai.azure.com", ".cognitiveservices.azure.com", ".services.ai.azure.com"];

/// Where to chat and where the models are listed. Azure's older addresses name the deployment and carry a version.
fn addresses(url: &str, model: &str, api_version: Option<&str>) -> (String, String) {
    let Some(version) = api_version else {
        let base = api_base(url);
        return (format!("{base}/chat/completions"), format!("{base}/models"));
    };
    let base = url.split("/openai").next().unwrap_or(url);
    let chat = format!("{base}/openai/deployments/{model}/chat/completions?api-version={version}");
    (chat, format!("{base}/openai/models?api-version={version}"))
}

/// The address up to and with its version: `http://host`, `…/v1` and `…/v1/chat/completions` mean the same.
fn api_base(url: &str) -> String {
    let base = url.strip_suffix("/chat/completions").unwrap_or(url).trim_end_matches('/');
    let path = base.split_once("://").map_or(base, |(_, rest)| rest);
    let versioned = path.split('/').skip(1).any(|part| {
        let mut letters = part.chars();
        letters.next() == Some('v') && letters.next().is_some_and(|c| c.is_ascii_digit())
    });
    if versioned || base.len() < url.len() { base.to_owned() } else { format!("{base}/v1") }
}

impl Dialect for OpenAi {
    fn model(&self) -> Option<&llm::Settings> {
        Some(&self.settings)
    }

    fn limits(&self) -> Limits {
        llm::limits()
    }

    fn habits(&self) -> Habits {
        Habits { completion_tokens: self.new_limit_name, ..Habits::default() }
    }

    fn build(&self, request: &Request, with: &Speaking<'_>) -> Result<WireRequest, Fault> {
        let body = json!({
            "model": self.settings.model,
            "messages": [
                { "role": "system", "content": request.system },
                { "role": "user", "content": llm::user_message(request)? },
            ],
        });
        let body = with_field(body, "response_format", response_format(request, with.habits.structure));
        let limit_name = if with.habits.completion_tokens { "max_completion_tokens" } else { "max_tokens" };
        let body = with_field(body, limit_name, self.settings.max_output_tokens.map(Value::from));
        let temperature = self.settings.temperature().filter(|_| !with.habits.no_temperature);
        let body = with_field(body, "temperature", temperature);
        Ok(self.with_key(WireRequest::post_json(self.chat.clone(), &body), with))
    }

    fn parse(&self, request: &Request, reply: &WireReply) -> Result<Reply, Fault> {
        let (code, message) = error_of(reply);
        if code == "json_validate_failed" {
            return Err(Fault::bad_reply(format!("the server could not make JSON: {}", excerpt(&message))));
        }
        if !reply.is_success() {
            return Err(classify(reply, &code, &message));
        }
        if let Some(fault) = broken_off(reply) {
            return Err(fault);
        }
        let completion: Completion = serde_json::from_slice(&reply.body).map_err(|_| unreadable(reply))?;
        let Some(choice) = completion.choices.into_iter().next() else {
            let said = if message.is_empty() { excerpt(&reply.text()) } else { excerpt(&message) };
            return Err(Fault { status: Some(reply.status), ..Fault::bad_reply(format!("no answer in: {said}")) });
        };
        let (text, is_reasoning) = choice.text()?;
        let finish = if choice.finish_reason.as_deref() == Some("length") { Finish::Length } else { Finish::Complete };
        let read = if is_reasoning { answer::in_reasoning } else { answer::read };
        let (body, finish) = read(&request.payload, &text, finish)?;
        let usage = completion.usage.unwrap_or_default();
        Ok(Reply { body, finish, usage: llm::usage(usage.prompt, usage.output(), request, &text) })
    }

    fn used(&self, body: &[u8]) -> Option<Usage> {
        let counts = serde_json::from_slice::<llm::Billed<Counts>>(body).ok()?.usage?;
        Some(llm::tokens(counts.prompt?, counts.output()?))
    }

    fn adapt(&self, habits: Habits, reply: &WireReply) -> Option<Habits> {
        if !matches!(reply.status, 400 | 404 | 422) {
            return None;
        }
        let (_, message) = error_of(reply);
        let message = if message.is_empty() { reply.text().into_owned() } else { message }.to_lowercase();
        let says = |words: &[&str]| words.iter().any(|word| message.contains(word));
        if says(&["max_tokens", "max_completion_tokens"])
            && !says(&["maximum context"])
            && self.settings.max_output_tokens.is_some()
        {
            let completion_tokens = !self.new_limit_name;
            return (habits.completion_tokens != completion_tokens).then_some(Habits { completion_tokens, ..habits });
        }
        if says(&["temperature"]) && self.settings.temperature().is_some() && !habits.no_temperature {
            return Some(Habits { no_temperature: true, ..habits });
        }
        if !says(&[
            "response_format",
            "response format",
            "json_schema",
            "json_object",
            "schema",
            "structured",
            "grammar",
            "requested parameters",
        ]) {
            return None;
        }
        let structure = match habits.structure {
            Structure::Schema => Structure::Object,
            Structure::Object => Structure::Plain,
            Structure::Plain => return None,
        };
        Some(Habits { structure, ..habits })
    }

    fn batches(&self) -> Option<&dyn BatchSpelling> {
        Some(self)
    }

    fn probes(&self, with: &Speaking<'_>) -> Vec<WireRequest> {
        vec![self.with_key(WireRequest::get(self.models.clone()), with)]
    }

    fn read_probe(&self, _step: usize, reply: &WireReply) -> Result<String, Fault> {
        if matches!(reply.status, 404 | 405) {
            return Ok("reachable, but it lists no models".into());
        }
        if !reply.is_success() {
            let (code, message) = error_of(reply);
            return Err(classify(reply, &code, &message));
        }
        let list: ModelList = serde_json::from_slice(&reply.body).map_err(|_| unreadable(reply))?;
        if self.azure {
            // Azure lists what could be deployed; only a request shows whether the deployment is there.
            return Ok("reachable, key accepted".into());
        }
        // Gemini lists `models/NAME` and takes NAME.
        let bare = |id| str::strip_prefix(id, "models/").unwrap_or(id);
        let ids: Vec<&str> = list.data.iter().map(|model| bare(model.id.as_str())).collect();
        llm::model_present(bare(&self.settings.model), &ids)
    }
}

fn response_format(request: &Request, structure: Structure) -> Option<Value> {
    match structure {
        Structure::Schema => Some(json!({
            "type": "json_schema",
            "json_schema": {
                "name": llm::schema_name(&request.payload),
                "strict": true,
                "schema": llm::schema(&request.payload),
            },
        })),
        Structure::Object => Some(json!({ "type": "json_object" })),
        Structure::Plain => None,
    }
}

/// The code and the words of an error body: `{"error": {"code" | "type", "message"}}`, and what other servers make of it.
fn error_of(reply: &WireReply) -> (String, String) {
    let Ok(body) = serde_json::from_slice::<Value>(&reply.body) else { return Default::default() };
    // Gemini wraps the object into a list.
    let body = body.get(0).unwrap_or(&body);
    words_of(body.get("error").unwrap_or(body))
}

/// The code and the words of an error.
fn words_of(error: &Value) -> (String, String) {
    if let Some(message) = error.as_str() {
        return (String::new(), message.to_owned());
    }
    // The first that is text: OpenAI has `code`, llama.cpp a number there and the name in `type`, Gemini `status`.
    let text = |names: &[&str]| names.iter().find_map(|name| error.get(name)?.as_str()).unwrap_or_default().to_owned();
    let filtered = error.pointer("/innererror/code").and_then(Value::as_str);
    (filtered.map_or_else(|| text(&["code", "type", "status"]), str::to_owned), text(&["message", "detail"]))
}

/// What went wrong once the model had begun, where a success says so: `OpenRouter` answers 200 with the error in place of
/// the answer or inside it, and the status as its `code` (<https://openrouter.ai/docs/api/reference/errors-and-debugging>).
fn broken_off(reply: &WireReply) -> Option<Fault> {
    let body = serde_json::from_slice(&reply.body).ok()?;
    let (status, error) = error_within(&body)?;
    let (code, message) = words_of(error);
    Some(classify(&WireReply { status, ..reply.clone() }, &code, &message))
}

/// The error of a completion that broke off, with the status that it stands for.
fn error_within(body: &Value) -> Option<(u16, &Value)> {
    let choice = body.pointer("/choices/0");
    if choice.is_some_and(|choice| choice.get("finish_reason").is_none_or(|reason| reason != "error")) {
        return None;
    }
    let error = choice.and_then(|choice| choice.get("error")).or_else(|| body.get("error"))?;
    let status = error.get("code")?.as_u64()?;
    Some((u16::try_from(status).ok().filter(|status| (400..600).contains(status))?, error))
}

#[derive(Deserialize)]
struct Completion {
    #[serde(default)]
    choices: Vec<Choice>,
    #[serde(default, deserialize_with = "llm::lenient")]
    usage: Option<Counts>,
}

#[derive(Deserialize)]
struct Choice {
    #[serde(default)]
    message: Message,
    finish_reason: Option<String>,
}

#[derive(Deserialize, Default)]
struct Message {
    content: Option<Value>,
    #[serde(default, deserialize_with = "llm::lenient")]
    refusal: Option<String>,
    #[serde(default, deserialize_with = "llm::lenient")]
    reasoning_content: Option<String>,
    #[serde(default, deserialize_with = "llm::lenient")]
    reasoning: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Counts {
    #[serde(rename = "prompt_tokens", deserialize_with = "llm::count")]
    prompt: Option<u64>,
    #[serde(rename = "completion_tokens", deserialize_with = "llm::count")]
    completion: Option<u64>,
    #[serde(rename = "total_tokens", deserialize_with = "llm::count")]
    total: Option<u64>,
}

impl Counts {
    /// What is billed as output. xAI and Gemini leave reasoning out of `completion_tokens`, but bill it, and it stands in
    /// the total.
    fn output(&self) -> Option<u64> {
        let beyond = self.total.zip(self.prompt).map(|(total, prompt)| total.saturating_sub(prompt));
        self.completion.max(beyond)
    }
}

#[derive(Deserialize)]
struct ModelList {
    data: Vec<Model>,
}

#[derive(Deserialize)]
struct Model {
    id: String,
}

/// How a filter is named where an answer ends. Gemini adds its own word to `content_filter`, or gives that word alone.
const FILTERS: [&str; 6] = ["content_filter", "SAFETY", "RECITATION", "BLOCKLIST", "PROHIBITED_CONTENT", "SPII"];

impl Choice {
    /// The answer's text, and whether it is reasoning.
    fn text(&self) -> Result<(String, bool), Fault> {
        let refusal = self.message.refusal.as_deref().filter(|refusal| !refusal.is_empty());
        let ended = self.finish_reason.as_deref().unwrap_or_default();
        if FILTERS.iter().any(|filter| ended.starts_with(filter)) || refusal.is_some() {
            let why = refusal.map_or_else(|| "its content filter stopped the answer".to_owned(), excerpt);
            return Err(Fault::new(ErrorKind::Refused, format!("the model refused: {why}")));
        }
        let content = match &self.message.content {
            Some(Value::String(text)) => text.clone(),
            // Some servers answer in parts: [{"type": "text", "text": "…"}].
            Some(Value::Array(parts)) => parts.iter().filter_map(|part| part.get("text")?.as_str()).collect(),
            _ => String::new(),
        };
        let reasoned = self.message.reasoning_content.as_deref().or(self.message.reasoning.as_deref());
        // A reasoning parser that never saw the closing tag puts the whole answer into the reasoning.
        match reasoned {
            Some(reasoned) if content.trim().is_empty() && ended != "length" => Ok((reasoned.to_owned(), true)),
            _ => Ok((content, false)),
        }
    }
}
