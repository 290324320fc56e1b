//! `libretranslate`: the API of LibreTranslate servers, self-hosted or at libretranslate.com.
//!
//! Place in the data way: see [`super`]. It must never send text as HTML: `format: text` keeps `<` and `&` as they are.
//!
//! Vendor pages: <https://docs.libretranslate.com/api/operations/translate/>,
//! <https://docs.libretranslate.com/guides/manage_api_keys/>, <https://github.com/LibreTranslate/LibreTranslate#settings--flags>.

use secrecy::ExposeSecret;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Dialect, OptionError, Speaking, base_url, texts, with_field};
use crate::backend::classify::{classify, unreadable};
use crate::backend::error::{ErrorKind, Fault, excerpt};
use crate::backend::options::BackendOptions;
use crate::backend::wire::{WireReply, WireRequest};
use crate::model::backend::Limits;
use crate::model::reply::Reply;
use crate::model::request::Request;

/// One LibreTranslate server.
pub struct LibreTranslate {
    base: String,
}

impl LibreTranslate {
    /// Reads the options.
    ///
    /// # Errors
    /// Where `url` is missing.
    pub fn new(options: &BackendOptions) -> Result<Self, OptionError> {
        let url = base_url(options, "for example `url = \"http://127.0.0.1:5000\"`")?;
        Ok(Self { base: url.strip_suffix("/translate").unwrap_or(&url).to_owned() })
    }

    fn translate(&self, body: Value, with: &Speaking<'_>) -> WireRequest {
        let key = with.key.map(|key| Value::from(key.expose_secret()));
        WireRequest::post_json(format!("{}/translate", self.base), &with_field(body, "api_key", key))
    }
}

#[derive(Deserialize)]
struct Translated {
    #[serde(rename = "translatedText")]
    translated_text: Vec<String>,
}

#[derive(Deserialize)]
struct Language {
    code: String,
    #[serde(default)]
    targets: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Settings {
    /// −1 or absent: no limit.
    char_limit: Option<i64>,
}

impl Dialect for LibreTranslate {
    fn limits(&self) -> Limits {
        // The server's own limits are options of whoever runs it; these suit a small machine, and a larger request is split.
        Limits { segments: Some(50), characters: Some(20_000), bytes: None, tokens: None, segment_characters: 5_000 }
    }

    fn build(&self, request: &Request, with: &Speaking<'_>) -> Result<WireRequest, Fault> {
        let asked = texts::asked(request)?;
        let body = json!({ "q": texts::of(asked), "source": asked.source, "target": asked.target, "format": "text" });
        Ok(self.translate(body, with))
    }

    fn parse(&self, request: &Request, reply: &WireReply) -> Result<Reply, Fault> {
        if !reply.is_success() {
            return Err(fault(reply));
        }
        let translated: Translated = serde_json::from_slice(&reply.body).map_err(|_| unreadable(reply))?;
        texts::reply(texts::asked(request)?, translated.translated_text, None)
    }

    fn probes(&self, with: &Speaking<'_>) -> Vec<WireRequest> {
        let word = json!({ "q": ["air"], "source": "id", "target": "en", "format": "text" });
        vec![
            WireRequest::get(format!("{}/languages", self.base)),
            WireRequest::get(format!("{}/frontend/settings", self.base)),
            self.translate(word, with),
        ]
    }

    fn read_probe(&self, step: usize, reply: &WireReply) -> Result<String, Fault> {
        // Some servers hide their settings; that is no reason not to use them.
        if step == 1 {
            let settings: Option<Settings> = serde_json::from_slice(&reply.body).ok();
            let limit = settings.and_then(|settings| settings.char_limit).filter(|limit| *limit > 0);
            return Ok(limit
                .map(|most| format!("takes {most} characters a text (`max_characters`)"))
                .unwrap_or_default());
        }
        if !reply.is_success() {
            return Err(fault(reply));
        }
        if step == 2 {
            return Ok("key accepted".into());
        }
        let languages: Vec<Language> = serde_json::from_slice(&reply.body).map_err(|_| unreadable(reply))?;
        let from = languages.iter().find(|language| language.code == "id");
        match from {
            Some(language) if language.targets.iter().any(|target| target == "en") => {
                Ok("reachable, translates Indonesian to English".into())
            }
            _ => {
                let message = "the server does not translate Indonesian to English; load its id and en packages";
                Err(Fault::new(ErrorKind::Unsupported, message))
            }
        }
    }
}

/// Reads `{"error": "words"}`. Its limits come as 400 with words only, a wrong key as 403, and 429 without a Retry-After.
fn fault(reply: &WireReply) -> Fault {
    let body: Value = serde_json::from_slice(&reply.body).unwrap_or_default();
    let message = body.get("error").and_then(Value::as_str).unwrap_or_default();
    let words = message.to_lowercase();
    // A client that passed the limits too often is shut out for a while, with the status of a wrong key.
    if reply.status == 403 && words.contains("too many request") {
        let message = format!("the server has shut this client out for a while ({})", excerpt(message));
        return Fault { status: Some(reply.status), ..Fault::new(ErrorKind::RateLimited, message) };
    }
    let code = if words.contains("exceeds") && words.contains("limit") {
        "request_too_large"
    } else if reply.status == 400 && words.contains("api key") {
        "invalid_api_key"
    } else {
        ""
    };
    classify(reply, code, message)
}
