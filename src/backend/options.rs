//! One backend's options, as the configuration spells them.
//!
//! Place in the data way: `config` fills it, [`super::stack`] builds a backend from it.
//! It must never hold a key itself, only where to find it.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::model::backend::Price;

/// `[backends.NAME]`. Every field may be absent; the dialect's own defaults then apply.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BackendOptions {
    /// Which family of APIs: `openai`, `libretranslate`, …
    pub dialect: Option<String>,
    /// Base address.
    pub url: Option<String>,
    /// Model name.
    pub model: Option<String>,
    /// Environment variable that holds the key.
    pub api_key_env: Option<String>,
    /// File that holds the key.
    pub api_key_file: Option<PathBuf>,
    /// Command that prints a key which expires, such as `["gcloud", "auth", "print-access-token"]`.
    pub api_key_command: Option<Vec<String>>,
    /// Requests in flight; 8 where absent.
    pub concurrency: Option<usize>,
    /// Requests a minute.
    pub requests_per_minute: Option<u32>,
    /// Tokens a minute.
    pub tokens_per_minute: Option<u32>,
    /// For each attempt, `"60s"`; `"0s"` is none.
    #[serde(default, with = "crate::model::duration::option")]
    pub timeout: Option<Duration>,
    /// Attempts after the first.
    pub retries: Option<u32>,
    /// Time that all attempts of a request may take together.
    #[serde(default, with = "crate::model::duration::option")]
    pub retry_for: Option<Duration>,
    /// Extra headers; `{{ NAME }}` stands for an environment variable.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<String, String>,
    /// When answers come: at once, or hours later and for less money.
    pub delivery: Option<Delivery>,
    /// Most requests in one batch; what the vendor takes where absent.
    pub batch_requests: Option<usize>,
    /// What it costs.
    pub price: Option<Price>,
    /// Sampling temperature, for language models.
    pub temperature: Option<f32>,
    /// Most tokens in an answer, for language models.
    pub max_output_tokens: Option<u32>,
    /// Most segments in a request.
    pub max_segments: Option<usize>,
    /// Most characters in a request.
    pub max_characters: Option<usize>,
    /// Whether plain `http://` to another machine is allowed.
    pub allow_http: Option<bool>,
    /// Tokens that prompt and answer may fill together (`ollama`, which cuts what is longer).
    pub context_tokens: Option<u32>,
    /// How long the model stays loaded after a request, such as `"10m"` (`ollama`).
    pub keep_alive: Option<String>,
    /// Version of Azure OpenAI's older addresses, such as `"2024-10-21"` (`openai`).
    pub api_version: Option<String>,
    /// Cloud project; with it, v3 is spoken (`google`).
    pub project: Option<String>,
    /// Region of the resource (`azure`) or location of the project (`google`).
    pub region: Option<String>,
    /// A glossary that is kept at the vendor's (`deepl`, `google`).
    pub glossary_id: Option<String>,
    /// `"xml"` or `"html"`, where the texts hold such tags (`deepl`).
    pub tag_handling: Option<String>,
    /// How the vendor spells the language to translate into, such as `"EN-GB"` (`deepl`).
    pub target_language: Option<String>,
    /// Description of any other API (`template`).
    pub template: Option<super::dialect::template::TemplateOptions>,
    /// The wait before the second attempt; later ones double.
    #[serde(default, with = "crate::model::duration::option")]
    pub retry_wait: Option<Duration>,
    /// Until a connection stands; 10 seconds where absent, `"0s"` is none.
    #[serde(default, with = "crate::model::duration::option")]
    pub connect_timeout: Option<Duration>,
    /// Until the first byte of an answer, and between two pieces of it; `"0s"` or absent is none.
    #[serde(default, with = "crate::model::duration::option")]
    pub read_timeout: Option<Duration>,
    /// Address of a proxy: `http://`, `https://`, `socks5://`, or `socks5h://` where the proxy looks names up. Absent: as
    /// `HTTPS_PROXY` and its like say. `{{ NAME }}` stands for an environment variable, where it has a password.
    pub proxy: Option<String>,
    /// File of certificates (PEM) that are trusted besides the system's.
    pub ca_file: Option<PathBuf>,
    /// Folder into which every exchange is written, without keys (for tests and reports).
    pub record: Option<PathBuf>,
    /// Folder of recorded exchanges that answer in place of the server.
    pub replay: Option<PathBuf>,
    /// Faults made on purpose, for rehearsals.
    pub faults: Option<super::layer::fault::FaultOptions>,
}

/// When answers come.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Delivery {
    /// Each request is answered at once.
    #[default]
    Now,
    /// Requests are handed over in batches; a later run fetches the answers.
    Batch,
}

impl BackendOptions {
    /// Whether requests travel in batches.
    pub fn by_batch(&self) -> bool {
        self.delivery == Some(Delivery::Batch)
    }

    /// Requests in flight.
    pub fn in_flight(&self) -> usize {
        self.concurrency.unwrap_or(8).max(1)
    }
}
