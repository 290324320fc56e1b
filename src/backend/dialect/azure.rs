//! `azure`: Azure AI Translator, text API v3.
//!
//! Place in the data way: see [`super`]. It must never send text as HTML: `textType=plain` keeps `<` and `&` as they are.
//! (Azure's language models are spoken to with the dialect `openai`.)
//!
//! Vendor pages: <https://learn.microsoft.com/azure/ai-services/translator/text-translation/reference/v3/translate>,
//! <https://learn.microsoft.com/azure/ai-services/translator/service-limits>,
//! <https://learn.microsoft.com/azure/ai-services/translator/text-translation/reference/v3/reference>.

use serde::Deserialize;
use serde_json::{Value, json};

use super::{Dialect, OptionError, Speaking, address, texts};
use crate::backend::classify::{classify, told, unreadable};
use crate::backend::error::{ErrorKind, Fault};
use crate::backend::options::BackendOptions;
use crate::backend::wire::{WireReply, WireRequest};
use crate::model::backend::Limits;
use crate::model::reply::Reply;
use crate::model::request::Request;

/// The vendor's own address; it serves all regions.
const URL: &str = "https://api.cognitive.microsofttranslator.com";

/// One Azure Translator resource.
pub struct Azure {
    translate: String,
    region: Option<String>,
    category: Option<String>,
}

impl Azure {
    /// Reads the options.
    ///
    /// # Errors
    /// Never so far; the signature is that of all dialects.
    pub fn new(options: &BackendOptions) -> Result<Self, OptionError> {
        let url = address(options, URL);
        let base = url.strip_suffix("/translate").unwrap_or(url);
        // A resource with an address of its own has the service under a longer path.
        let own = base.contains(".cognitiveservices.azure.com") && !base.contains("/translator/");
        let path = if own { "/translator/text/v3.0/translate" } else { "/translate" };
        let translate = format!("{base}{path}?api-version=3.0&textType=plain");
        Ok(Self { translate, region: options.region.clone(), category: options.model.clone() })
    }

    fn request(&self, texts: &[&str], (source, target): (&str, &str), with: &Speaking<'_>) -> WireRequest {
        let category = self.category.as_ref().map(|category| format!("&category={category}")).unwrap_or_default();
        let url = format!("{}&from={source}&to={target}{category}", self.translate);
        let body: Vec<Value> = texts.iter().map(|text| json!({ "Text": text })).collect();
        let request = with.sign(WireRequest::post_json(url, &Value::from(body)), "ocp-apim-subscription-key", "");
        match &self.region {
            Some(region) => request.header("ocp-apim-subscription-region", region.as_str()),
            None => request,
        }
    }
}

#[derive(Deserialize)]
struct Answer {
    translations: Vec<Translation>,
}

#[derive(Deserialize)]
struct Translation {
    text: String,
}

fn answers(reply: &WireReply) -> Result<Vec<String>, Fault> {
    let answers: Vec<Answer> = serde_json::from_slice(&reply.body).map_err(|_| unreadable(reply))?;
    let texts = answers.into_iter().map(|answer| answer.translations.into_iter().next().map(|first| first.text));
    texts.collect::<Option<_>>().ok_or_else(|| unreadable(reply))
}

impl Dialect for Azure {
    fn default_url(&self) -> &'static str {
        URL
    }

    fn limits(&self) -> Limits {
        Limits { segments: Some(1_000), characters: Some(50_000), bytes: None, tokens: None, segment_characters: 5_000 }
    }

    fn build(&self, request: &Request, with: &Speaking<'_>) -> Result<WireRequest, Fault> {
        let asked = texts::asked(request)?;
        Ok(self.request(&texts::of(asked), (&asked.source, &asked.target), with))
    }

    fn parse(&self, request: &Request, reply: &WireReply) -> Result<Reply, Fault> {
        if !reply.is_success() {
            return Err(fault(reply));
        }
        let metered = reply.header("x-metered-usage").and_then(|count| count.trim().parse().ok());
        texts::reply(texts::asked(request)?, answers(reply)?, metered)
    }

    fn probes(&self, with: &Speaking<'_>) -> Vec<WireRequest> {
        // The list of languages is open to everyone, so only a translation shows that the key is accepted.
        vec![self.request(&["air"], ("id", "en"), with)]
    }

    fn read_probe(&self, _step: usize, reply: &WireReply) -> Result<String, Fault> {
        if !reply.is_success() {
            return Err(fault(reply));
        }
        answers(reply)?;
        Ok("reachable, key accepted, translates Indonesian to English".into())
    }
}

/// Reads `{"error": {"code": 401000, "message"}}`: the HTTP status and three digits more.
fn fault(reply: &WireReply) -> Fault {
    let body: Value = serde_json::from_slice(&reply.body).unwrap_or_default();
    let code = body.pointer("/error/code").map(|code| code.as_str().map_or_else(|| code.to_string(), str::to_owned));
    let code = code.unwrap_or_default();
    let message = body.pointer("/error/message").and_then(Value::as_str).unwrap_or_default();
    let fault = match code.as_str() {
        // 403001: the free quota is used up. 400050, 400077: a text or the whole request is too long.
        "403001" => told(ErrorKind::Quota, reply, message),
        "400050" | "400077" => told(ErrorKind::TooLarge, reply, message),
        _ => classify(reply, &code, message),
    };
    let hint = if is_region(reply, &code) { "; a regional key needs `region`" } else { "" };
    Fault { message: format!("{}{hint}", fault.message), ..fault }
}

/// Whether the cause may be a missing region: its error is that of a wrong key.
fn is_region(reply: &WireReply, code: &str) -> bool {
    reply.status == 401 && code == "401000"
}
