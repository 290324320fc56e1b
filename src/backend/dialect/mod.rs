//! Dialects: how one family of HTTP APIs spells a request and a reply.
//!
//! Place in the data way: [`super::client`] asks a dialect to build a wire request and to parse the wire reply.
//! It must never open a socket, read a clock, or keep anything between two calls.
//!
//! To add one: a file here with a type that implements [`Dialect`], its line in [`REGISTRY`], its scenarios in
//! `fixtures/backend/<name>/`, and its server in the conformance suite.

pub mod answer;
pub mod anthropic;
pub mod azure;
pub mod batch;
pub mod deepl;
pub mod google;
pub mod libretranslate;
pub mod llm;
pub mod ollama;
pub mod openai;
pub mod template;
pub mod texts;

use std::sync::Arc;
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

use batch::BatchSpelling;

use super::error::Fault;
use super::options::BackendOptions;
use super::wire::{WireReply, WireRequest};
use crate::model::backend::{Abilities, Limits};
use crate::model::reply::{Reply, Usage};
use crate::model::request::Request;

/// One family of HTTP APIs, with the options of one backend. All methods are pure.
pub trait Dialect: Send + Sync {
    /// Where the vendor's server is, for those that have one.
    fn default_url(&self) -> &'static str {
        ""
    }

    /// What it is set up with, where it is a language model.
    fn model(&self) -> Option<&llm::Settings> {
        None
    }

    /// What it can do: a translation service translates, a language model follows prompts.
    fn abilities(&self) -> Abilities {
        Abilities { prompts: self.model().is_some(), glossary: self.model().is_some(), draft: false }
    }

    /// What one request may hold, by the vendor's own account.
    fn limits(&self) -> Limits;

    /// Parameters that change the answer, in a stable spelling.
    fn parameters(&self) -> String {
        self.model().map(llm::Settings::parameters).unwrap_or_default()
    }

    /// How long an attempt may take where the user does not say.
    fn timeout(&self) -> Duration {
        Duration::from_mins(if self.model().is_some() { 2 } else { 1 })
    }

    /// How this server is first spoken to.
    fn habits(&self) -> Habits {
        Habits::default()
    }

    /// Spells a request.
    ///
    /// # Errors
    /// A fault of kind `Unsupported` where the API cannot do what is asked.
    fn build(&self, request: &Request, with: &Speaking<'_>) -> Result<WireRequest, Fault>;

    /// Reads the reply to `request`, whatever its status.
    ///
    /// # Errors
    /// A fault whose kind says what went wrong.
    fn parse(&self, request: &Request, reply: &WireReply) -> Result<Reply, Fault>;

    /// What a reply says that it used, whether or not its answer is of use: it is billed all the same.
    fn used(&self, _body: &[u8]) -> Option<Usage> {
        None
    }

    /// Other habits to speak with where the server refused `habits` rather than the request.
    fn adapt(&self, _habits: Habits, _reply: &WireReply) -> Option<Habits> {
        None
    }

    /// How it takes many requests at once for later, if it does.
    fn batches(&self) -> Option<&dyn BatchSpelling> {
        None
    }

    /// Cheap requests that show whether the backend can be used, in order.
    fn probes(&self, with: &Speaking<'_>) -> Vec<WireRequest>;

    /// Reads the reply to the probe number `step`: a few words on what it shows, such as `key accepted`.
    ///
    /// # Errors
    /// A fault that says what to do.
    fn read_probe(&self, step: usize, reply: &WireReply) -> Result<String, Fault>;
}

/// What a request is spelled with besides the request itself.
#[derive(Clone, Copy)]
pub struct Speaking<'a> {
    /// The key, where the backend has one.
    pub key: Option<&'a SecretString>,
    /// What was learnt about this server.
    pub habits: Habits,
}

/// The usual header for a key.
const AUTHORIZATION: &str = "authorization";
/// What stands before most keys there.
const BEARER: &str = "Bearer ";

impl Speaking<'_> {
    /// Adds the key to a request, if there is one: after `before`, in the header `name`.
    fn sign(&self, request: WireRequest, name: &'static str, before: &str) -> WireRequest {
        match self.key {
            Some(key) => request.header(name, format!("{before}{}", key.expose_secret())),
            None => request,
        }
    }
}

/// What servers of one family differ in; learnt from their refusals and remembered for each backend.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Habits {
    /// How structured output is asked for.
    pub structure: Structure,
    /// Whether the output limit is called `max_completion_tokens` rather than `max_tokens`.
    pub completion_tokens: bool,
    /// Whether the temperature must be left out.
    pub no_temperature: bool,
}

/// How structured output is asked for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Structure {
    /// By a JSON schema.
    #[default]
    Schema,
    /// By "any JSON object".
    Object,
    /// By the prompt alone.
    Plain,
}

/// An option that a dialect needs or cannot use.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OptionError {
    /// There is no such dialect.
    #[error("dialect \"{0}\" is not known; known are {known}, offline", known = names().join(", "))]
    UnknownDialect(String),
    /// The dialect needs this option.
    #[error("`{option}` is missing; {hint}")]
    Missing {
        /// The option's name.
        option: &'static str,
        /// What to write, with an example.
        hint: &'static str,
    },
    /// The option's value cannot be used.
    #[error("`{option}` cannot be used: {reason}")]
    Invalid {
        /// The option's name.
        option: &'static str,
        /// Why not.
        reason: String,
    },
}

type Constructor = fn(&BackendOptions) -> Result<Arc<dyn Dialect>, OptionError>;

/// All HTTP dialects by name.
const REGISTRY: [(&str, Constructor); 8] = [
    ("openai", |options| Ok(Arc::new(openai::OpenAi::new(options)?))),
    ("anthropic", |options| Ok(Arc::new(anthropic::Anthropic::new(options)?))),
    ("ollama", |options| Ok(Arc::new(ollama::Ollama::new(options)?))),
    ("libretranslate", |options| Ok(Arc::new(libretranslate::LibreTranslate::new(options)?))),
    ("deepl", |options| Ok(Arc::new(deepl::DeepL::new(options)?))),
    ("google", |options| Ok(Arc::new(google::Google::new(options)?))),
    ("azure", |options| Ok(Arc::new(azure::Azure::new(options)?))),
    ("template", |options| Ok(Arc::new(template::Template::new(options)?))),
];

/// The names of all HTTP dialects.
pub fn names() -> Vec<&'static str> {
    REGISTRY.iter().map(|(name, _)| *name).collect()
}

/// Makes the dialect `name` with one backend's options.
///
/// # Errors
/// An [`OptionError`] that names the option.
pub fn make(name: &str, options: &BackendOptions) -> Result<Arc<dyn Dialect>, OptionError> {
    let found = REGISTRY.iter().find(|(known, _)| *known == name);
    let (_, constructor) = found.ok_or_else(|| OptionError::UnknownDialect(name.to_owned()))?;
    constructor(options)
}

/// A JSON object with one more field, where there is a value for it.
fn with_field(mut object: Value, name: &str, value: Option<Value>) -> Value {
    if let (Some(fields), Some(value)) = (object.as_object_mut(), value) {
        fields.insert(name.to_owned(), value);
    }
    object
}

/// The backend's address, or the vendor's own, without its trailing slashes.
fn address<'a>(options: &'a BackendOptions, own: &'a str) -> &'a str {
    options.url.as_deref().unwrap_or(own).trim().trim_end_matches('/')
}

/// The backend's address where there is no vendor's own.
fn base_url(options: &BackendOptions, hint: &'static str) -> Result<String, OptionError> {
    match address(options, "") {
        "" => Err(OptionError::Missing { option: "url", hint }),
        url => Ok(url.to_owned()),
    }
}
