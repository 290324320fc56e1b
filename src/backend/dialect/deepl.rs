//! `deepl`: DeepL's text API, free or pro.
//!
//! Place in the data way: see [`super`]. It must never send a free key to the pro host or the other way round: where no
//! address is given, the key says which one it is.
//!
//! Vendor pages: <https://developers.deepl.com/api-reference/translate>, <https://developers.deepl.com/docs/resources/usage-limits>,
//! <https://developers.deepl.com/docs/best-practices/error-handling>,
//! <https://developers.deepl.com/docs/best-practices/working-with-context>.

use secrecy::ExposeSecret;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{AUTHORIZATION, Dialect, OptionError, Speaking, texts, with_field};
use crate::backend::classify::{classify, unreadable};
use crate::backend::error::{ErrorKind, Fault};
use crate::backend::options::BackendOptions;
use crate::backend::wire::{WireReply, WireRequest};
use crate::model::backend::Limits;
use crate::model::reply::Reply;
use crate::model::request::{Request, Translate};

/// The host of paid accounts.
const PRO: &str = "https://api.deepl.com";
/// The host of free accounts, whose keys end in `:fx`.
const FREE: &str = "https://api-free.deepl.com";
/// English has to be asked for with its country.
const TARGET: &str = "EN-US";
/// 128 KiB a request, less room for the fields around the texts and for escaping.
const BYTES: usize = 100 * 1024;

/// One DeepL account.
pub struct DeepL {
    url: Option<String>,
    glossary_id: Option<String>,
    tag_handling: Option<String>,
    target: String,
    parameters: String,
}

impl DeepL {
    /// Reads the options.
    ///
    /// # Errors
    /// Never so far; the signature is that of all dialects.
    pub fn new(options: &BackendOptions) -> Result<Self, OptionError> {
        let url = options.url.as_deref().map(|url| url.trim().trim_end_matches('/').to_owned());
        let target = options.target_language.clone().unwrap_or_else(|| TARGET.to_owned());
        let tags = options.tag_handling.as_ref().map(|tags| format!(" tag_handling={tags}")).unwrap_or_default();
        let glossary = options.glossary_id.as_ref().map(|id| format!(" glossary={id}")).unwrap_or_default();
        Ok(Self {
            url: url.map(|url| url.strip_suffix("/translate").unwrap_or(&url).trim_end_matches("/v2").to_owned()),
            glossary_id: options.glossary_id.clone(),
            tag_handling: options.tag_handling.clone(),
            parameters: format!("target={target}{glossary}{tags}"),
            target,
        })
    }

    fn base(&self, with: &Speaking<'_>) -> &str {
        let free = with.key.is_some_and(|key| key.expose_secret().ends_with(":fx"));
        self.url.as_deref().unwrap_or(if free { FREE } else { PRO })
    }

    fn with_key(request: WireRequest, with: &Speaking<'_>) -> WireRequest {
        with.sign(request, AUTHORIZATION, "DeepL-Auth-Key ")
    }
}

/// What stands around the texts: it is not translated and not billed.
fn context(asked: &Translate) -> Option<Value> {
    let parts = [asked.title.as_deref(), asked.context.as_deref()];
    let parts: Vec<&str> = parts.into_iter().flatten().filter(|part| !part.is_empty()).collect();
    (!parts.is_empty()).then(|| json!(parts.join("\n")))
}

#[derive(Deserialize)]
struct Answer {
    translations: Vec<Translation>,
}

#[derive(Deserialize)]
struct Translation {
    text: String,
    billed_characters: Option<u64>,
}

#[derive(Deserialize)]
struct Account {
    character_count: u64,
    character_limit: u64,
}

impl Dialect for DeepL {
    fn default_url(&self) -> &'static str {
        PRO
    }

    fn limits(&self) -> Limits {
        Limits { segments: Some(50), characters: None, bytes: Some(BYTES), tokens: None, segment_characters: 5_000 }
    }

    fn parameters(&self) -> String {
        self.parameters.clone()
    }

    fn build(&self, request: &Request, with: &Speaking<'_>) -> Result<WireRequest, Fault> {
        let asked = texts::asked(request)?;
        let body = json!({
            "text": texts::of(asked),
            "source_lang": asked.source.to_uppercase(),
            "target_lang": self.target,
            "preserve_formatting": true,
            "show_billed_characters": true,
        });
        let body = with_field(body, "context", context(asked));
        let body = with_field(body, "glossary_id", self.glossary_id.clone().map(Value::from));
        let body = with_field(body, "tag_handling", self.tag_handling.clone().map(Value::from));
        Ok(Self::with_key(WireRequest::post_json(format!("{}/v2/translate", self.base(with)), &body), with))
    }

    fn parse(&self, request: &Request, reply: &WireReply) -> Result<Reply, Fault> {
        if !reply.is_success() {
            return Err(fault(reply));
        }
        let answer: Answer = serde_json::from_slice(&reply.body).map_err(|_| unreadable(reply))?;
        let billed =
            answer.translations.iter().filter_map(|translation| translation.billed_characters).reduce(|a, b| a + b);
        let answered = answer.translations.into_iter().map(|translation| translation.text).collect();
        texts::reply(texts::asked(request)?, answered, billed)
    }

    fn probes(&self, with: &Speaking<'_>) -> Vec<WireRequest> {
        vec![Self::with_key(WireRequest::get(format!("{}/v2/usage", self.base(with))), with)]
    }

    fn read_probe(&self, _step: usize, reply: &WireReply) -> Result<String, Fault> {
        if !reply.is_success() {
            return Err(fault(reply));
        }
        let Account { character_count, character_limit } =
            serde_json::from_slice(&reply.body).map_err(|_| unreadable(reply))?;
        if character_count >= character_limit {
            let message = format!("the account has used all of its {character_limit} characters");
            return Err(Fault::new(ErrorKind::Quota, message));
        }
        Ok(format!("reachable, key accepted, {character_count} of {character_limit} characters used"))
    }
}

/// Reads `{"message", "detail"}`. 456 is DeepL's own status for a used-up quota.
fn fault(reply: &WireReply) -> Fault {
    let body: Value = serde_json::from_slice(&reply.body).unwrap_or_default();
    let text = |name: &str| body.get(name).and_then(Value::as_str).unwrap_or_default();
    classify(reply, "", [text("message"), text("detail")].join(" ").trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_changes_the_answer_belongs_to_the_parameters() {
        let parameters = |text: &str| DeepL::new(&toml::from_str(text).unwrap()).unwrap().parameters();
        assert_eq!(parameters(""), "target=EN-US");
        let all = "target_language = \"EN-GB\"\nglossary_id = \"g1\"\ntag_handling = \"html\"";
        assert_eq!(parameters(all), "target=EN-GB glossary=g1 tag_handling=html");
    }
}
