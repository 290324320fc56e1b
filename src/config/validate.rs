//! What no type can say: values that fit together, names that exist.
//!
//! Place in the data way: before it; the last step of [`super::load`].
//! It must never talk to a backend: that is `doctor`'s.

use std::collections::BTreeSet;

use lettre::message::Mailboxes;

use super::error::{ConfigError, nearest};
use super::origin::{Place, looks_secret};
use super::settings::{Config, WhenShort};
use crate::backend::BackendOptions;
use crate::model::record::HEADLINE;
use crate::model::unit::IMPORT;

/// The backend that needs no configuration.
pub const OFFLINE: &str = "offline";

/// Fills the chains that the configuration leaves open, then checks everything.
pub(super) fn finish(mut config: Config) -> Result<Config, ConfigError> {
    backends(&config)?;
    headline(&mut config)?;
    if config.translate.backend.is_empty() {
        config.translate.backend = only_backend(&config)?;
    }
    if config.summary.backend.is_empty() {
        config.summary.backend.clone_from(&config.translate.backend);
    }
    add_offline(&mut config);
    chain(&config, "translate.backend", &config.translate.backend)?;
    chain(&config, "summary.backend", &config.summary.backend)?;
    batches_first(&config, "translate.backend", &config.translate.backend)?;
    batches_first(&config, "summary.backend", &config.summary.backend)?;
    numbers(&config)?;
    notify(&config)?;
    mail(&config)?;
    Ok(config)
}

/// The lowest rung of the ladder is no backend.
fn headline(config: &mut Config) -> Result<(), ConfigError> {
    let fault = |config: &Config, problem: &str| Err(ConfigError::new(place(config, "translate.backend"), problem));
    if config.backends.contains_key(HEADLINE) {
        let problem = "\"headline\" is a rung of the ladder and cannot be a backend's name";
        return Err(ConfigError::new(place(config, "backends.headline"), problem));
    }
    let at = config.translate.backend.iter().position(|name| name == HEADLINE);
    config.translate.headline = at.is_some();
    match at {
        None => {}
        Some(at) if at == 0 || at + 1 < config.translate.backend.len() => {
            return fault(config, "\"headline\" is the lowest rung: it stands last, behind at least one backend");
        }
        Some(_) if config.translate.when_short == WhenShort::Stop => {
            return fault(config, "\"headline\" is for when_short = \"next\"");
        }
        Some(at) => config.translate.backend.truncate(at),
    }
    Ok(())
}

/// Where a key was set; the nearest key below it where only those were.
fn place(config: &Config, key: &str) -> Place {
    let inner = format!("{key}.");
    let below = || config.settings.iter().find(|(other, _)| other.starts_with(&inner)).map(|(_, setting)| setting);
    config.settings.get(key).or_else(below).map_or(Place::Default, |setting| setting.place.clone())
}

/// The chain where none is named: the only backend that is configured, or the offline engine where none is.
fn only_backend(config: &Config) -> Result<Vec<String>, ConfigError> {
    let names: Vec<&String> = config.backends.keys().collect();
    match names.as_slice() {
        [] => Ok(vec![OFFLINE.to_owned()]),
        [one] => Ok(vec![(*one).clone()]),
        [first, ..] => {
            let list: Vec<String> = names.iter().map(|name| format!("\"{name}\"")).collect();
            let problem = format!(
                "several backends are configured, but none is chosen; write [translate] backend = [{}] in order of failover",
                list.join(", ")
            );
            Err(ConfigError::new(place(config, &format!("backends.{first}")), problem))
        }
    }
}

/// The offline engine may be named without a section of its own.
fn add_offline(config: &mut Config) {
    let named = config.chained().any(|name| name == OFFLINE);
    if named && !config.backends.contains_key(OFFLINE) {
        let options = BackendOptions { dialect: Some(OFFLINE.into()), ..BackendOptions::default() };
        config.backends.insert(OFFLINE.into(), options);
    }
}

/// Every name of a chain is configured, and stands in it once.
fn chain(config: &Config, key: &str, names: &[String]) -> Result<(), ConfigError> {
    let known: Vec<&str> = config.backends.keys().map(String::as_str).chain([OFFLINE]).collect();
    let mut seen = BTreeSet::new();
    for name in names {
        let problem = if !known.contains(&name.as_str()) {
            let hint = nearest(name, &known).map(|near| format!("; did you mean \"{near}\"?"));
            let hint = hint.unwrap_or_else(|| format!("; add [backends.{name}] to the configuration"));
            format!("backend \"{name}\" is not configured{hint}")
        } else if !seen.insert(name) {
            format!("backend \"{name}\" is named twice in {key}")
        } else {
            continue;
        };
        return Err(ConfigError::new(place(config, key), problem));
    }
    Ok(())
}

/// Whoever answers by batch stands before whoever answers at once: while a unit waits, it is begun anew by every run, and
/// what the other one gave would be asked for each time.
fn batches_first(config: &Config, key: &str, names: &[String]) -> Result<(), ConfigError> {
    let by_batch = |name: &String| config.backends.get(name).is_some_and(BackendOptions::by_batch);
    match names.iter().skip_while(|name| by_batch(name)).find(|name| by_batch(name)) {
        Some(late) => {
            let problem = format!("\"{late}\" has delivery = \"batch\" and must stand first in {key}");
            Err(ConfigError::new(place(config, key), problem))
        }
        None => Ok(()),
    }
}

/// Each backend can be named, has a dialect, and holds no key.
fn backends(config: &Config) -> Result<(), ConfigError> {
    for (name, options) in &config.backends {
        let fault = |key: &str, problem: String| {
            let key = format!("backends.{name}{}{key}", if key.is_empty() { "" } else { "." });
            Err(ConfigError::new(place(config, &key), problem))
        };
        if name.is_empty() || !name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_') {
            return fault("", format!("\"{name}\" cannot be a backend's name; use letters, digits, - and _"));
        }
        if name == IMPORT {
            return fault("", format!("\"{name}\" cannot be a backend's name: it names what translators gave"));
        }
        if options.dialect.is_none() {
            return fault("", format!("backend \"{name}\" has no dialect; write dialect = \"openai\" or another one"));
        }
        let variable = options.api_key_env.as_deref();
        if variable.is_some_and(|name| !is_variable_name(name)) {
            return fault("api_key_env", "api_key_env takes the name of a variable, not the key itself".into());
        }
        if options.api_key_env.is_some() && options.api_key_file.is_some() {
            return fault("api_key_file", "give api_key_env or api_key_file, not both".into());
        }
        if options.proxy.as_deref().is_some_and(has_password) {
            let problem = "a proxy's password never stands in the configuration; write \"http://user:{{ NAME }}@proxy:3128\" for a variable that holds it";
            return fault("proxy", problem.into());
        }
        if let Some((key, header, instead)) = literal_key(options) {
            let problem = format!("header {header}: keys never stand in the configuration; write {instead}");
            return fault(&key, problem);
        }
    }
    Ok(())
}

/// Addresses of webhooks and of mail servers are keys: only the names of variables are taken.
fn notify(config: &Config) -> Result<(), ConfigError> {
    let notify = &config.notify;
    let fault = |key: &str, problem: String| Err(ConfigError::new(place(config, &format!("notify.{key}")), problem));
    let variables =
        [("webhook_env", &notify.webhook_env), ("ping_env", &notify.ping_env), ("smtp_env", &notify.smtp_env)];
    for (key, name) in variables {
        if name.as_deref().is_some_and(|name| !is_variable_name(name)) {
            return fault(key, format!("{key} takes the name of a variable that holds the address"));
        }
    }
    // `sendmail` knows readers such as `root`, and puts in a sender where none is named; a mail server does neither.
    let no_reader = |text: &str| text.trim().is_empty();
    let no_address = |text: &str| notify.smtp_env.is_some() && !is_address(text);
    let mail = notify.mail.as_deref().filter(|text| no_reader(text) || no_address(text));
    let from = notify.mail_from.as_deref().filter(|text| no_address(text));
    if let Some((key, text)) = mail.map(|text| ("mail", text)).or(from.map(|text| ("mail_from", text))) {
        return fault(key, format!("{text:?} is no mail address; write \"desk@example.org\""));
    }
    if notify.timeout.is_some_and(|limit| limit.is_zero()) {
        return fault("timeout", "nobody can be told in no time; write timeout = \"10s\"".into());
    }
    Ok(())
}

/// Addresses of a mail are addresses.
fn mail(config: &Config) -> Result<(), ConfigError> {
    let Some(wrong) = config.mail.wrong() else { return Ok(()) };
    let key = if config.mail.from == wrong { "mail.from" } else { "mail.to" };
    let problem =
        format!("\"{wrong}\" is no mail address; write \"desk@example.org\" or \"The desk <desk@example.org>\"");
    Err(ConfigError::new(place(config, key), problem))
}

/// Whether a text is one mail address, or several with commas between them.
fn is_address(text: &str) -> bool {
    text.parse::<Mailboxes>().is_ok_and(|all| all.iter().next().is_some())
}

fn is_variable_name(name: &str) -> bool {
    let begins = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    begins && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// Whether an address carries a password that is written out.
fn has_password(address: &str) -> bool {
    let authority = address.split_once("://").map_or(address, |(_, rest)| rest);
    let password = authority.rsplit_once('@').and_then(|(user, _)| user.split_once(':')).map(|(_, password)| password);
    password.is_some_and(|password| !password.is_empty() && !password.contains("{{"))
}

/// A header whose value is a key that is written out: its setting, its name, and what to write instead.
fn literal_key(options: &BackendOptions) -> Option<(String, &String, &'static str)> {
    let variable = "\"{{ NAME }}\" for a variable that holds it";
    let template = "\"{{ key }}\" for the key that api_key_env or api_key_file names";
    let plain = options.headers.iter().map(|header| ("headers", header, variable));
    let templates = options.template.iter().flat_map(|described| &described.headers);
    let mut all = plain.chain(templates.map(|header| ("template.headers", header, template)));
    let found = all.find(|(_, (header, value), _)| looks_secret(header) && !value.contains("{{"));
    found.map(|(table, (header, _), instead)| (format!("{table}.{header}"), header, instead))
}

/// Numbers that must be above zero, and a list that must not be empty.
fn numbers(config: &Config) -> Result<(), ConfigError> {
    let given = [
        ("summary.words", config.summary.words > 0),
        ("input.max_size", config.input.max_size > 0),
        ("run.concurrency", config.run.concurrency != Some(0)),
        ("output.formats", !config.output.formats.is_empty()),
        ("brief.items", config.brief.items > 0),
        ("brief.words", config.brief.words > 0),
    ];
    if let Some((key, _)) = given.iter().find(|(_, good)| !good) {
        return Err(ConfigError::new(place(config, key), format!("{key} must not be zero or empty")));
    }
    let budgets =
        [("run.budget", config.run.budget), ("budget.day", config.budget.day), ("budget.month", config.budget.month)];
    for (key, budget) in budgets {
        if budget.is_some_and(|budget| !(budget >= 0.0 && budget.is_finite())) {
            return Err(ConfigError::new(place(config, key), "a budget is an amount such as 2.50"));
        }
    }
    for (name, options) in &config.backends {
        let zero = [
            ("concurrency", options.concurrency == Some(0)),
            ("requests_per_minute", options.requests_per_minute == Some(0)),
            ("tokens_per_minute", options.tokens_per_minute == Some(0)),
            ("max_output_tokens", options.max_output_tokens == Some(0)),
            ("batch_requests", options.batch_requests == Some(0)),
            ("max_segments", options.max_segments == Some(0)),
            ("max_characters", options.max_characters == Some(0)),
        ];
        if let Some((key, _)) = zero.iter().find(|(_, zero)| *zero) {
            let place = place(config, &format!("backends.{name}.{key}"));
            return Err(ConfigError::new(place, format!("{key} must be at least one; leave it out for no limit")));
        }
        let price = options.price.as_ref();
        let bad = |amount: f64| !(amount >= 0.0 && amount.is_finite());
        if price.is_some_and(|p| bad(p.input) || bad(p.output) || bad(p.characters) || bad(p.per) || p.per == 0.0) {
            let place = place(config, &format!("backends.{name}.price"));
            return Err(ConfigError::new(place, "amounts of a price are zero or more, and `per` is above zero"));
        }
    }
    Ok(())
}
