//! Builds a backend from its options: the policy stack, in one function.
//!
//! Place in the data way: `commands` call it for every backend of a chain; failing over between backends is the unit
//! loop's business, because an answer that fails its checks goes to the next backend too.
//! It must never connect: what is wrong with a server shows in the first call or in the probe.

use std::sync::Arc;
use std::time::Duration;

use secrecy::SecretString;
use tokio_util::sync::CancellationToken;

use super::Backend;
use super::batch::{Batcher, Batching, RESULT_BYTES};
use super::client::Client;
use super::dialect::{self, Dialect, OptionError};
use super::http::{Http, HttpOptions, Transport, place};
use super::keys::{Env, KeyError, Keys, Secrets};
use super::layer::breaker::Breaker;
use super::layer::fault::Faults;
use super::layer::limit::Limit;
use super::layer::pace::{Pace, Rest};
use super::layer::record::{Record, Replay};
use super::layer::retry::{Patience, Retry, RetryOptions};
use super::layer::timeout::Timeout;
use super::offline::{self, Indonesian, Offline, OfflineError};
use super::options::BackendOptions;
use super::wire::percent_encoded;
use crate::model::backend::{Limits, Profile};
use crate::model::event::{Event, Monitor};

/// What a stack tells and listens to.
#[derive(Clone)]
pub struct StackHooks {
    /// Is told of retries and pauses.
    pub monitor: Arc<dyn Monitor>,
    /// Ends every wait. A request that is under way is not broken off.
    pub cancel: CancellationToken,
    /// What the offline engine must know of Indonesian.
    pub indonesian: Indonesian,
    /// Whether another backend stands behind this one: then a call does not wait for an open breaker.
    pub has_next: bool,
}

/// Why a backend cannot be built.
#[derive(Debug, thiserror::Error)]
#[error("backend \"{backend}\": {reason}")]
pub struct BuildError {
    /// The backend's name.
    pub backend: String,
    /// What is wrong.
    #[source]
    pub reason: BuildReason,
}

/// What is wrong with a backend's options.
#[derive(Debug, thiserror::Error)]
pub enum BuildReason {
    /// An option of the dialect.
    #[error(transparent)]
    Option(#[from] OptionError),
    /// The key.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The model of the offline engine.
    #[error(transparent)]
    Model(#[from] OfflineError),
    /// An option of the connection, or of recording.
    #[error("{0}")]
    Connection(String),
}

/// Attempts after the first where the user does not say.
const RETRIES: u32 = 4;
/// Time for all attempts where the user does not say.
const RETRY_FOR: Duration = Duration::from_mins(10);
/// The first wait where the user does not say.
const RETRY_WAIT: Duration = Duration::from_millis(500);

/// Builds the backend `name`: retry → breaker → limit → timeout → client → transport; around
/// it the batches, where requests travel in them. The offline engine needs none of
/// these layers: nothing stands between it and its caller.
///
/// # Errors
/// A [`BuildError`] that names the backend and the option.
pub fn build(
    name: &str,
    options: &BackendOptions,
    env: Env<'_>,
    hooks: StackHooks,
) -> Result<Arc<dyn Backend>, BuildError> {
    let wrong = |reason| BuildError { backend: name.to_owned(), reason };
    if options.dialect.as_deref() == Some(offline::DIALECT) {
        if options.by_batch() {
            let reason = "the offline engine answers at once; leave it out".to_owned();
            return Err(wrong(OptionError::Invalid { option: "delivery", reason }.into()));
        }
        let engine = Offline::new(name, options, hooks.indonesian).map_err(|error| wrong(error.into()))?;
        return Ok(Arc::new(engine));
    }
    let pace = Arc::new(Pace::new(options.requests_per_minute, options.tokens_per_minute));
    let client = client(name, options, env, hooks.monitor.as_ref(), pace.clone()).map_err(wrong)?;
    let (limit, client) = client;
    let within = options.retry_for.unwrap_or(RETRY_FOR);
    let retry = RetryOptions {
        retries: options.retries.unwrap_or(RETRIES),
        within,
        wait: options.retry_wait.unwrap_or(RETRY_WAIT),
    };
    let concurrency = options.in_flight();
    let (monitor, cancel) = (hooks.monitor.clone(), hooks.cancel.clone());
    // A batch that cannot be handed over waits for the next run.
    let patience = Patience { options: retry, alone: false, monitor, cancel };

    let client = Arc::new(client);
    let mut backend: Arc<dyn Backend> = client.clone();
    if !limit.is_zero() {
        backend = Arc::new(Timeout::new(backend, limit));
    }
    let rest = Rest::new(retry.wait, within);
    backend = Arc::new(Limit::new(backend, concurrency, (pace, rest), within, hooks.cancel.clone()));
    backend = Arc::new(Breaker::new(backend, hooks.monitor));
    let patience_of_calls = Patience { alone: !hooks.has_next, ..patience.clone() };
    backend = Arc::new(Retry::new(backend, patience_of_calls));
    if options.by_batch() {
        let batcher =
            Batcher::new(client, patience, (options.batch_requests, limit)).map_err(|error| wrong(error.into()))?;
        backend = Arc::new(Batching::new(backend, batcher));
    }
    Ok(backend)
}

/// The client, with the time that an attempt may take.
fn client(
    name: &str,
    options: &BackendOptions,
    env: Env<'_>,
    monitor: &dyn Monitor,
    pace: Arc<Pace>,
) -> Result<(Duration, Client), BuildReason> {
    let dialect_name = options
        .dialect
        .as_deref()
        .ok_or(OptionError::Missing { option: "dialect", hint: "for example `dialect = \"openai\"`" })?;
    let dialect = dialect::make(dialect_name, options)?;
    price(options, dialect_name, dialect.as_ref())?;
    let keys = Keys::find(options, env)?;
    if let Some(message) = &keys.warning {
        monitor.event(&Event::Warning { message: format!("backend \"{name}\": {message}") });
    }
    let mut others = Vec::new();
    let filled = Filled { headers: headers(options, env, &mut others)?, proxy: proxy(options, env, &mut others)? };
    let secrets = Secrets { keys: Arc::new(keys), others };
    let url = options.url.as_deref().unwrap_or(dialect.default_url());
    let transport = transport(options, url, filled, &secrets)?;
    let limit = options.timeout.unwrap_or_else(|| dialect.timeout());
    let profile = profile(name, dialect_name, options, dialect.as_ref());
    Ok((limit, Client::new(profile, dialect, transport, secrets, pace)))
}

/// A price that does not fit what the backend counts would cost nothing, for ever.
fn price(options: &BackendOptions, name: &str, dialect: &dyn Dialect) -> Result<(), OptionError> {
    let Some(price) = &options.price else { return Ok(()) };
    let by_token = price.input > 0.0 || price.output > 0.0;
    let reason = match (dialect.abilities().prompts, by_token) {
        (false, true) if price.characters == 0.0 => {
            format!("{name} counts characters, not tokens; write price = {{ characters = …, per = 1000000 }}")
        }
        (true, false) if price.characters > 0.0 => {
            format!("{name} counts tokens, not characters; write price = {{ input = …, output = … }}")
        }
        (true, true) if price.output == 0.0 => "what the model writes costs too; add `output`".to_owned(),
        _ => return Ok(()),
    };
    Err(OptionError::Invalid { option: "price", reason })
}

fn profile(name: &str, dialect_name: &str, options: &BackendOptions, dialect: &dyn Dialect) -> Profile {
    Profile {
        name: name.to_owned(),
        dialect: dialect_name.to_owned(),
        model: options.model.clone(),
        parameters: dialect.parameters(),
        abilities: dialect.abilities(),
        limits: limits(options, dialect.limits()),
        price: options.price.clone(),
    }
}

fn limits(options: &BackendOptions, own: Limits) -> Limits {
    let characters = options.max_characters.or(own.characters);
    Limits {
        segments: options.max_segments.or(own.segments),
        characters,
        segment_characters: characters.map_or(own.segment_characters, |most| own.segment_characters.min(most).max(1)),
        ..own
    }
}

/// What was filled in from the environment.
struct Filled {
    headers: Vec<(String, String)>,
    proxy: Option<String>,
}

fn transport(
    options: &BackendOptions,
    url: &str,
    filled: Filled,
    secrets: &Secrets,
) -> Result<Arc<dyn Transport>, BuildReason> {
    let mut transport: Arc<dyn Transport> = if let Some(folder) = &options.replay {
        Arc::new(Replay::new(folder, secrets.clone()).map_err(BuildReason::Connection)?)
    } else {
        Arc::new(http(options, url, filled)?)
    };
    if let Some(folder) = &options.record {
        transport = Arc::new(Record::new(transport, folder, secrets.clone()).map_err(BuildReason::Connection)?);
    }
    if let Some(faults) = options.faults {
        transport = Arc::new(Faults::new(transport, faults));
    }
    Ok(transport)
}

fn http(options: &BackendOptions, url: &str, filled: Filled) -> Result<Http, BuildReason> {
    let place = place(url).map_err(|reason| OptionError::Invalid { option: "url", reason })?;
    if !place.https && !place.loopback && options.allow_http != Some(true) {
        let reason = "plain http:// to another machine shows key and text to everyone on the way; use https://, or set \
                      `allow_http = true`";
        return Err(OptionError::Invalid { option: "url", reason: reason.into() }.into());
    }
    let ca = options.ca_file.as_ref().map(|path| {
        std::fs::read(path).map_err(|error| BuildReason::Connection(format!("`ca_file` {}: {error}", path.display())))
    });
    let defaults = HttpOptions::default();
    let http = Http::new(HttpOptions {
        connect_timeout: options.connect_timeout.or(defaults.connect_timeout).filter(|timeout| !timeout.is_zero()),
        read_timeout: options.read_timeout.filter(|timeout| !timeout.is_zero()),
        idle: options.in_flight(),
        headers: filled.headers,
        loopback: place.loopback,
        proxy: filled.proxy,
        ca: ca.transpose()?,
        max_body: if options.by_batch() { RESULT_BYTES } else { defaults.max_body },
    });
    http.map_err(BuildReason::Connection)
}

/// A text with each `{{ NAME }}` replaced from the environment, spelled as `spell` does. What was put in is added to the
/// secrets.
fn fill(
    template: &str,
    spell: fn(&str) -> String,
    env: Env<'_>,
    secrets: &mut Vec<SecretString>,
) -> Result<String, String> {
    let mut value = String::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once("{{") {
        let (variable, after) = after.split_once("}}").ok_or("`{{` without `}}`")?;
        let variable = variable.trim();
        let found = env(variable).ok_or_else(|| format!("the environment variable {variable} is not set"))?;
        value.push_str(before);
        value.push_str(&spell(found.trim()));
        secrets.push(SecretString::from(found.trim()));
        rest = after;
    }
    Ok(value + rest)
}

/// The extra headers.
fn headers(
    options: &BackendOptions,
    env: Env<'_>,
    secrets: &mut Vec<SecretString>,
) -> Result<Vec<(String, String)>, OptionError> {
    let filled = options.headers.iter().map(|(name, template)| {
        let value = fill(template, str::to_owned, env, secrets);
        let value =
            value.map_err(|why| OptionError::Invalid { option: "headers", reason: format!("{name}: {why}") })?;
        Ok((name.clone(), value))
    });
    filled.collect()
}

/// The proxy's address, which may hold a password.
fn proxy(
    options: &BackendOptions,
    env: Env<'_>,
    secrets: &mut Vec<SecretString>,
) -> Result<Option<String>, OptionError> {
    let Some(template) = options.proxy.as_deref() else { return Ok(None) };
    // A password may hold any sign, also those that end an address; a user's name holds no colon.
    let (login, host) = template.rsplit_once('@').map_or(("", template), |(login, host)| (login, host));
    let is_split = login.split_once("://").is_some_and(|(_, login)| login.contains(':'));
    let spell: fn(&str) -> String = if is_split { percent_encoded } else { spelled_login };
    let mut fill = |part: &str, spell| fill(part, spell, env, secrets);
    let filled = fill(login, spell).and_then(|login| Ok((login, fill(host, str::to_owned)?)));
    let (login, host) = filled.map_err(|reason| OptionError::Invalid { option: "proxy", reason })?;
    Ok(Some(if login.is_empty() { host } else { format!("{login}@{host}") }))
}

/// User and password, in one value with a colon between them, as an address spells them.
fn spelled_login(login: &str) -> String {
    login.splitn(2, ':').map(percent_encoded).collect::<Vec<_>>().join(":")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::event::Silent;

    fn hooks() -> StackHooks {
        StackHooks {
            monitor: Arc::new(Silent),
            cancel: CancellationToken::new(),
            indonesian: Indonesian::default(),
            has_next: false,
        }
    }

    fn openai(url: &str) -> BackendOptions {
        let text = |text: &str| Some(text.to_owned());
        BackendOptions { dialect: text("openai"), url: text(url), model: text("m"), ..BackendOptions::default() }
    }

    fn error(options: &BackendOptions) -> String {
        build("desk", options, &|_| None, hooks()).err().map(|error| error.to_string()).unwrap_or_default()
    }

    #[test]
    fn plain_http_is_only_for_this_machine_unless_allowed() {
        for url in ["http://127.0.0.1:8000/v1", "http://localhost:1", "http://[::1]:80", "https://api.example.com"] {
            assert_eq!(error(&openai(url)), "", "{url}");
        }
        let far = openai("http://10.0.0.5:8000");
        assert!(error(&far).contains("allow_http"));
        assert_eq!(error(&BackendOptions { allow_http: Some(true), ..far }), "");
        assert!(error(&openai("http://127.0.0.1.example.com")).contains("allow_http"));
    }

    #[test]
    fn what_is_missing_is_named_with_the_backend() {
        assert!(error(&BackendOptions::default()).starts_with("backend \"desk\": `dialect` is missing"));
        assert!(error(&BackendOptions { model: None, ..openai("http://127.0.0.1") }).contains("`model` is missing"));
        assert!(error(&openai("ftp://127.0.0.1")).contains("`url` cannot be used"));
        let unknown = BackendOptions { dialect: Some("opnai".into()), ..BackendOptions::default() };
        assert!(error(&unknown).contains("libretranslate"), "{}", error(&unknown));
        let keyed = BackendOptions { api_key_env: Some("DESK_KEY".into()), ..openai("http://127.0.0.1") };
        assert!(error(&keyed).contains("DESK_KEY is not set"));
    }

    #[test]
    fn headers_are_filled_from_the_environment_and_kept_secret() {
        let mut options = openai("http://127.0.0.1");
        options.headers.insert("x-team".into(), "desk-{{ TOKEN }}!".into());
        let env = |name: &str| (name == "TOKEN").then(|| "tok-1\n".to_owned());
        let mut secrets = Vec::new();
        let found = headers(&options, &env, &mut secrets).unwrap();
        assert_eq!(found, [("x-team".to_owned(), "desk-tok-1!".to_owned())]);
        assert_eq!(secrets.len(), 1);
        assert!(headers(&options, &|_| None, &mut secrets).unwrap_err().to_string().contains("TOKEN is not set"));
    }

    #[test]
    fn a_proxys_password_may_hold_any_sign() {
        let env = |name: &str| {
            let values = [
                ("PW", "a/b?c#d@e:f%2"),
                ("BOTH", "me:a/b:c"),
                ("HOST", "proxy:3128"),
                ("ALL", "http://me:pw@proxy:1"),
            ];
            values.into_iter().find(|(known, _)| *known == name).map(|(_, value)| value.to_owned())
        };
        for (template, address) in [
            ("http://me:{{ PW }}@proxy:3128", "http://me:a%2Fb%3Fc%23d%40e%3Af%252@proxy:3128"),
            ("socks5://{{ BOTH }}@{{ HOST }}", "socks5://me:a%2Fb%3Ac@proxy:3128"),
            ("http://{{ HOST }}", "http://proxy:3128"),
            ("{{ ALL }}", "http://me:pw@proxy:1"),
        ] {
            let mut secrets = Vec::new();
            let options = BackendOptions { proxy: Some(template.into()), ..openai("http://127.0.0.1") };
            assert_eq!(proxy(&options, &env, &mut secrets).unwrap().as_deref(), Some(address));
            assert_eq!(secrets.len(), template.matches("{{").count());
        }
    }

    #[test]
    fn a_price_that_the_backend_does_not_count_is_refused() {
        let priced = |dialect: &str, price: &str| {
            let text = format!("dialect = \"{dialect}\"\nmodel = \"m\"\nurl = \"http://127.0.0.1\"\nprice = {price}");
            error(&toml::from_str(&text).unwrap())
        };
        for dialect in ["deepl", "google", "azure", "libretranslate"] {
            assert!(priced(dialect, "{ input = 25.0 }").contains("price = { characters = "), "{dialect}");
            assert_eq!(priced(dialect, "{ characters = 25.0 }"), "");
        }
        assert!(priced("openai", "{ characters = 25.0 }").contains("price = { input = "));
        assert!(priced("anthropic", "{ input = 1.0 }").contains("add `output`"));
        assert_eq!(priced("openai", "{ input = 0.0, output = 1.0 }"), "");
        assert_eq!(priced("ollama", "{ input = 0.0, output = 0.0 }"), "", "what costs nothing may say so");
    }

    #[test]
    fn the_users_limits_win_over_the_dialects() {
        let options = BackendOptions { max_segments: Some(3), max_characters: Some(900), ..openai("http://127.0.0.1") };
        let backend = build("desk", &options, &|_| None, hooks()).unwrap();
        let limits = backend.profile().limits;
        assert_eq!((limits.segments, limits.characters, limits.segment_characters), (Some(3), Some(900), 900));
    }
}
