//! `google`: Google Cloud Translation, v2 with a key, or v3 with a bearer token where `project` is given.
//!
//! Place in the data way: see [`super`]. It must never put the key into the address, where proxies would log it: the
//! vendor takes it in a header too.
//!
//! Vendor pages: <https://cloud.google.com/translate/docs/reference/rest/v2/translate>,
//! <https://cloud.google.com/translate/docs/reference/rest/v3/projects.locations/translateText>,
//! <https://cloud.google.com/translate/quotas>, <https://cloud.google.com/docs/authentication/api-keys-use>.

use serde::Deserialize;
use serde_json::{Value, json};

use super::{AUTHORIZATION, BEARER, Dialect, OptionError, Speaking, address, texts, with_field};
use crate::backend::classify::{classify, told, unreadable};
use crate::backend::error::{ErrorKind, Fault};
use crate::backend::options::BackendOptions;
use crate::backend::wire::{WireReply, WireRequest};
use crate::model::backend::Limits;
use crate::model::reply::Reply;
use crate::model::request::Request;

/// The vendor's own address.
const URL: &str = "https://translation.googleapis.com";
/// "We recommend the total content be less than 30k codepoints."
const CHARACTERS: usize = 30_000;

/// One Google Cloud project or key.
pub struct Google {
    base: String,
    model: Option<String>,
    version: Version,
    parameters: String,
}

enum Version {
    /// With a key.
    V2,
    /// With a bearer token.
    V3 {
        project: String,
        /// `projects/P/locations/L`
        parent: String,
        /// `projects/P/locations/L/glossaries/G`
        glossary: Option<String>,
    },
}

impl Google {
    /// Reads the options.
    ///
    /// # Errors
    /// Where a glossary is named without a project.
    pub fn new(options: &BackendOptions) -> Result<Self, OptionError> {
        let version = match &options.project {
            Some(project) => {
                let location = options.region.as_deref().unwrap_or("global");
                let parent = format!("projects/{project}/locations/{location}");
                let glossary = options.glossary_id.as_ref().map(|id| format!("{parent}/glossaries/{id}"));
                Version::V3 { project: project.clone(), parent, glossary }
            }
            None if options.glossary_id.is_some() => {
                let hint = "a glossary needs v3: name the project, and a token with `api_key_command`";
                return Err(OptionError::Missing { option: "project", hint });
            }
            None => Version::V2,
        };
        let glossary = options.glossary_id.as_ref().map(|id| format!("glossary={id}")).unwrap_or_default();
        let base = address(options, URL).to_owned();
        Ok(Self { base, model: options.model.clone(), version, parameters: glossary })
    }

    fn with_key(&self, request: WireRequest, with: &Speaking<'_>) -> WireRequest {
        match &self.version {
            Version::V2 => with.sign(request, "x-goog-api-key", ""),
            Version::V3 { project, .. } => {
                with.sign(request, AUTHORIZATION, BEARER).header("x-goog-user-project", project.as_str())
            }
        }
    }
}

#[derive(Deserialize)]
struct V2Answer {
    data: Answer,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Answer {
    translations: Vec<Translation>,
    /// v3 gives these besides, where a glossary was asked for.
    #[serde(default)]
    glossary_translations: Vec<Translation>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Translation {
    translated_text: String,
}

impl Dialect for Google {
    fn default_url(&self) -> &'static str {
        URL
    }

    fn limits(&self) -> Limits {
        let segments = if matches!(self.version, Version::V2) { 128 } else { 1_024 };
        Limits {
            segments: Some(segments),
            characters: Some(CHARACTERS),
            bytes: None,
            tokens: None,
            segment_characters: 5_000,
        }
    }

    fn parameters(&self) -> String {
        self.parameters.clone()
    }

    fn build(&self, request: &Request, with: &Speaking<'_>) -> Result<WireRequest, Fault> {
        let asked = texts::asked(request)?;
        let all = texts::of(asked);
        let (url, body) = match &self.version {
            Version::V2 => {
                let body = json!({ "q": all, "source": asked.source, "target": asked.target, "format": "text" });
                let model = self.model.clone().map(Value::from);
                (format!("{}/language/translate/v2", self.base), with_field(body, "model", model))
            }
            Version::V3 { parent, glossary, .. } => {
                let body = json!({
                    "contents": all,
                    "mimeType": "text/plain",
                    "sourceLanguageCode": asked.source,
                    "targetLanguageCode": asked.target,
                });
                let model = self.model.as_ref().map(|model| json!(format!("{parent}/models/{model}")));
                let glossary = glossary.as_ref().map(|glossary| json!({ "glossary": glossary }));
                let body = with_field(with_field(body, "model", model), "glossaryConfig", glossary);
                (format!("{}/v3/{parent}:translateText", self.base), body)
            }
        };
        Ok(self.with_key(WireRequest::post_json(url, &body), with))
    }

    fn parse(&self, request: &Request, reply: &WireReply) -> Result<Reply, Fault> {
        if !reply.is_success() {
            return Err(fault(reply));
        }
        let answer = match self.version {
            Version::V2 => serde_json::from_slice(&reply.body).map(|V2Answer { data }| data),
            Version::V3 { .. } => serde_json::from_slice(&reply.body),
        };
        let answer: Answer = answer.map_err(|_| unreadable(reply))?;
        let with_glossary = !answer.glossary_translations.is_empty();
        let list = if with_glossary { answer.glossary_translations } else { answer.translations };
        let answered = list.into_iter().map(|translation| translation.translated_text).collect();
        texts::reply(texts::asked(request)?, answered, None)
    }

    fn probes(&self, with: &Speaking<'_>) -> Vec<WireRequest> {
        let url = match &self.version {
            Version::V2 => format!("{}/language/translate/v2/languages", self.base),
            Version::V3 { parent, .. } => format!("{}/v3/{parent}/supportedLanguages", self.base),
        };
        vec![self.with_key(WireRequest::get(url), with)]
    }

    fn read_probe(&self, _step: usize, reply: &WireReply) -> Result<String, Fault> {
        if !reply.is_success() {
            return Err(fault(reply));
        }
        let body: Value = serde_json::from_slice(&reply.body).map_err(|_| unreadable(reply))?;
        let list = body.pointer("/data/languages").or_else(|| body.get("languages")).and_then(Value::as_array);
        let codes = list
            .into_iter()
            .flatten()
            .filter_map(|one| one.get("language").or_else(|| one.get("languageCode")).and_then(Value::as_str));
        let listed = codes.into_iter().any(|code| code == "id");
        let missing = || Fault::new(ErrorKind::Unsupported, "the service does not list Indonesian");
        listed.then(|| "reachable, key accepted, translates Indonesian".into()).ok_or_else(missing)
    }
}

/// Reads `{"error": {"code", "message", "status", "errors": [{"reason"}]}}`. Limits come as 403, told apart by reason.
fn fault(reply: &WireReply) -> Fault {
    let body: Value = serde_json::from_slice(&reply.body).unwrap_or_default();
    let text = |pointer: &str| body.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
    let (reason, message) = (text("/error/errors/0/reason"), text("/error/message"));
    let words = message.to_lowercase();
    let kind = match reason {
        "dailyLimitExceeded" | "dailyLimitExceededUnreg" | "quotaExceeded" => Some(ErrorKind::Quota),
        "userRateLimitExceeded" | "rateLimitExceeded" => Some(ErrorKind::RateLimited),
        _ if reply.status == 403 && words.contains("daily limit exceeded") => Some(ErrorKind::Quota),
        _ if reply.status == 403 && words.contains("rate limit exceeded") => Some(ErrorKind::RateLimited),
        _ if reply.status == 400 && words.contains("too long") => Some(ErrorKind::TooLarge),
        _ if reply.status == 400 && words.contains("too many text segments") => Some(ErrorKind::TooLarge),
        _ => None,
    };
    match kind {
        Some(kind) => told(kind, reply, message),
        None => classify(reply, text("/error/status"), message),
    }
}
