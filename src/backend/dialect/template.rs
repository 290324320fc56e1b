//! `template`: any other HTTP API, described in the configuration.
//!
//! Place in the data way: see [`super`]. Address, headers and body are templates
//! (<https://docs.rs/minijinja/latest/minijinja/syntax/>), the answer is found by JSON pointers
//! (<https://www.rfc-editor.org/rfc/rfc6901>). It must never paste a text into JSON: in the body every value is written as JSON.

use std::collections::BTreeMap;

use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment, ErrorKind as RenderKind, UndefinedBehavior};
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Dialect, OptionError, Speaking, base_url, texts};
use crate::backend::classify::{classify, unreadable};
use crate::backend::error::{Fault, excerpt};
use crate::backend::options::BackendOptions;
use crate::backend::wire::{Method, WireReply, WireRequest, percent_encoded};
use crate::model::backend::Limits;
use crate::model::key::sha256_hex;
use crate::model::reply::Reply;
use crate::model::request::{NumberedText, Payload, Request, Translate};

/// `[backends.NAME.template]`. Templates know `texts`, `text` (the first), `source`, `target`, `title`, `context`, `model`
/// and `key`; an unknown name is an error.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TemplateOptions {
    /// `POST` (the default) or `GET`.
    pub method: Option<String>,
    /// Headers besides `content-type: application/json`.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<String, String>,
    /// The JSON body. `{{ texts }}` writes a list of strings, `{{ source }}` a string with its quotation marks.
    pub body: Option<String>,
    /// Where the answer holds the list of translations, or the one translation.
    pub translations: String,
    /// Where each element of that list holds the text; absent: the element is the text.
    pub each: Option<String>,
    /// Where an answer holds the words of an error.
    pub error: Option<String>,
    /// Where the answer holds the number of billed characters.
    pub characters: Option<String>,
}

/// One API that the configuration describes.
pub struct Template {
    environment: Environment<'static>,
    options: TemplateOptions,
    method: Method,
    model: Option<String>,
    url: String,
}

const URL: &str = "url";
const BODY: &str = "body";

/// What templates know.
#[derive(Serialize)]
struct Vars<'a> {
    texts: Vec<&'a str>,
    text: &'a str,
    source: &'a str,
    target: &'a str,
    title: &'a str,
    context: &'a str,
    model: &'a str,
    key: &'a str,
}

impl Template {
    /// Reads the options and tries the templates once.
    ///
    /// # Errors
    /// Where a part is missing or a template is wrong.
    pub fn new(options: &BackendOptions) -> Result<Self, OptionError> {
        let url = base_url(options, "for example `url = \"https://mt.example.com/v1/translate\"`")?;
        let hint = "describe the API in [backends.NAME.template]: body, translations, …";
        let template = options.template.clone().ok_or(OptionError::Missing { option: "template", hint })?;
        let method = match template.method.as_deref() {
            None | Some("POST") => Method::Post,
            Some("GET") => Method::Get,
            Some(other) => return Err(invalid(format!("method {other} is neither GET nor POST"))),
        };
        let mut environment = Environment::new();
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        environment.set_auto_escape_callback(|name| if name == BODY { AutoEscape::Json } else { AutoEscape::None });
        environment.add_filter("urlencode", |text: &str| percent_encoded(text));
        let body = template.body.clone().unwrap_or_default();
        let headers = template.headers.iter().map(|(name, text)| (header(name), text.clone()));
        for (name, text) in [(URL.to_owned(), url.clone()), (BODY.to_owned(), body)].into_iter().chain(headers) {
            environment.add_template_owned(name, text).map_err(|error| invalid(describe(&error)))?;
        }
        let made = Self { environment, options: template, method, model: options.model.clone(), url };
        made.build(&trial(), &Speaking { key: None, habits: made.habits() }).map_err(|fault| invalid(fault.message))?;
        Ok(made)
    }

    fn render(&self, name: &str, vars: &Vars<'_>) -> Result<String, Fault> {
        let rendered = self.environment.get_template(name).and_then(|template| template.render(Serde(vars)));
        rendered.map_err(|error| Fault::new(crate::backend::ErrorKind::Unsupported, describe(&error)))
    }
}

fn invalid(reason: String) -> OptionError {
    OptionError::Invalid { option: "template", reason }
}

fn header(name: &str) -> String {
    format!("header {name}")
}

/// Says where a template is wrong, without the values that were put in.
fn describe(error: &minijinja::Error) -> String {
    let place = match (error.name(), error.line()) {
        (Some(name), Some(line)) => format!("in its {name}, line {line}: "),
        _ => String::new(),
    };
    let what = match error.kind() {
        RenderKind::UndefinedError => "an unknown name",
        RenderKind::UnknownFilter => "an unknown filter",
        _ => error.detail().unwrap_or("it cannot be rendered"),
    };
    format!("{place}{what}")
}

/// A request to try templates with.
fn trial() -> Request {
    let segments = vec![NumberedText { n: 1, text: "\"air\"\n".into() }];
    let payload = Translate { source: "id".into(), target: "en".into(), segments, ..Translate::default() };
    Request { system: String::new(), payload: Payload::Translate(payload) }
}

impl Dialect for Template {
    fn limits(&self) -> Limits {
        // A body without the list takes one text.
        let whole = format!("{} {}", self.options.body.as_deref().unwrap_or_default(), self.options.translations);
        let segments = if whole.contains("texts") { 50 } else { 1 };
        Limits {
            segments: Some(segments),
            characters: Some(20_000),
            bytes: None,
            tokens: None,
            segment_characters: 5_000,
        }
    }

    /// A hash of what is sent around the texts and of where the answer is found, as the configuration spells it. The host is
    /// no part of it: the same service may move.
    fn parameters(&self) -> String {
        let TemplateOptions { method, headers, body, translations, each, error: _, characters: _ } = &self.options;
        let place = self.url.split_once("://").map_or(self.url.as_str(), |(_, place)| place);
        let path = place.find(['/', '?']).and_then(|at| place.get(at..));
        let all = serde_json::json!([path, method, headers, body, translations, each]);
        let hash = sha256_hex(all.to_string().as_bytes());
        format!("template={}", hash.get(..16).unwrap_or_default())
    }

    fn build(&self, request: &Request, with: &Speaking<'_>) -> Result<WireRequest, Fault> {
        let asked = texts::asked(request)?;
        let all = texts::of(asked);
        let vars = Vars {
            text: all.first().copied().unwrap_or_default(),
            texts: all,
            source: &asked.source,
            target: &asked.target,
            title: asked.title.as_deref().unwrap_or_default(),
            context: asked.context.as_deref().unwrap_or_default(),
            model: self.model.as_deref().unwrap_or_default(),
            key: with.key.map(ExposeSecret::expose_secret).unwrap_or_default(),
        };
        let url = self.render(URL, &vars)?;
        let mut wire = match self.method {
            Method::Get => WireRequest::get(url),
            Method::Post => {
                let body = self.render(BODY, &vars)?;
                let body: Value = serde_json::from_str(&body).map_err(|error| {
                    let message = format!("in its body: not JSON once it is filled in: {error}");
                    Fault::new(crate::backend::ErrorKind::Unsupported, message)
                })?;
                WireRequest::post_json(url, &body)
            }
        };
        for name in self.options.headers.keys() {
            let value = self.render(&header(name), &vars)?;
            wire = wire.header(name.to_lowercase(), value);
        }
        Ok(wire)
    }

    fn parse(&self, request: &Request, reply: &WireReply) -> Result<Reply, Fault> {
        let body: Value = serde_json::from_slice(&reply.body).unwrap_or_default();
        let error = self.options.error.as_deref().and_then(|pointer| body.pointer(pointer)).and_then(Value::as_str);
        if !reply.is_success() {
            return Err(classify(reply, "", error.unwrap_or_default()));
        }
        let found = body.pointer(&self.options.translations);
        let Some(list) = found.and_then(|found| self.translations(found)) else {
            let said = error.map(|error| Fault::bad_reply(format!("the server says: {}", excerpt(error))));
            return Err(said.unwrap_or_else(|| unreadable(reply)));
        };
        let billed = self.options.characters.as_deref().and_then(|pointer| body.pointer(pointer)?.as_u64());
        texts::reply(texts::asked(request)?, list, billed)
    }

    fn probes(&self, with: &Speaking<'_>) -> Vec<WireRequest> {
        self.build(&trial(), with).into_iter().collect()
    }

    fn read_probe(&self, _step: usize, reply: &WireReply) -> Result<String, Fault> {
        self.parse(&trial(), reply)?;
        Ok("reachable, key accepted, translates".into())
    }
}

impl Template {
    fn translations(&self, found: &Value) -> Option<Vec<String>> {
        let text = |value: &Value| {
            let value = self.options.each.as_deref().map_or(Some(value), |pointer| value.pointer(pointer));
            value.and_then(Value::as_str).map(str::to_owned)
        };
        match found {
            Value::Array(list) => list.iter().map(text).collect(),
            one => text(one).map(|one| vec![one]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sent_around_the_texts_and_where_the_answer_is_belong_to_the_parameters() {
        let parameters = |url: &str, body: &str, more: &str| {
            let text = format!("url = \"{url}\"\n[template]\ntranslations = \"/out\"\nbody = '{body}'\n{more}\n");
            Template::new(&toml::from_str(&text).unwrap()).unwrap().parameters()
        };
        let (url, body) = ("http://127.0.0.1/t", r#"{ "q": {{ texts }} }"#);
        let mut all = vec![
            parameters(url, body, ""),
            parameters("http://127.0.0.1/t?formal=1", body, ""),
            parameters(url, r#"{ "q": {{ texts }}, "formal": true }"#, ""),
            parameters(url, body, "each = \"/text\""),
            parameters(url, body, "headers = { x-style = \"formal\" }"),
        ];
        assert_eq!(all[0], parameters(url, body, "error = \"/error\""));
        assert_eq!(all[0], parameters("https://mt.example.org/t", body, ""));
        assert!(all.iter().all(|one| one.len() == "template=".len() + 16));
        all.sort();
        all.dedup();
        assert_eq!(all.len(), 5);
    }
}
