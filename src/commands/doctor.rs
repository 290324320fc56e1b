//! `kabar doctor`: configuration, state and each backend: ok, or what to do.
//!
//! Place in the data way: none; it asks each backend for the cheapest thing that shows whether it can be used.
//! It must never change anything, or send an article.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::compose::{self, INDONESIAN};
use super::{Desk, advice};
use crate::backend::stack::{StackHooks, build};
use crate::config::{Config, Place};
use crate::error::Error;
use crate::exit::Exit;
use crate::model::event::{Event, Monitor};
use crate::report::printable;
use crate::state::{State, StateError};

/// How long one backend may take to answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// What a dialect says of a server that answered; where no key is sent, none was accepted.
const ACCEPTED: &str = "key accepted";

/// One thing that was looked at.
struct Found {
    what: String,
    /// What is good about it, or what to do.
    result: Result<String, String>,
    /// Whether it is a backend that cannot be made as it is configured.
    unmade: bool,
}

impl Found {
    fn new(what: impl Into<String>, result: Result<String, String>) -> Self {
        Self { what: what.into(), result, unmade: false }
    }
}

/// Keeps the warnings of a backend, to be told beside what was found.
#[derive(Default)]
struct Warnings(Mutex<Vec<String>>);

impl Monitor for Warnings {
    fn event(&self, event: &Event) {
        if let Event::Warning { message } = event {
            self.0.lock().unwrap_or_else(PoisonError::into_inner).push(message.clone());
        }
    }
}

impl Warnings {
    /// What was found of the backend `name`, and the warnings.
    fn beside(&self, name: &str, found: String) -> String {
        let warnings = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let own = format!("backend \"{name}\": ");
        let warnings = warnings.iter().map(|told| told.strip_prefix(&own).unwrap_or(told).to_owned());
        std::iter::once(found).chain(warnings).collect::<Vec<_>>().join("; ")
    }
}

/// Runs `kabar doctor`.
pub(super) fn run(desk: &mut Desk<'_>) -> Result<Exit, Error> {
    let config = desk.config(None, None)?;
    let (state, state_exit) = state(&config, desk);
    let examined = compose::examine(&config, &desk.around.cwd);
    let usage_exit = examined.as_ref().err().map(Error::exit);
    let mut found = vec![configuration(&config, examined), state];
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let backends = runtime.block_on(backends(&config, desk));
    let exit = usage_exit.or(state_exit).unwrap_or_else(|| exit(&config, &backends));
    found.extend(backends);
    let width = found.iter().map(|found| found.what.chars().count()).max().unwrap_or_default();
    for Found { what, result, .. } in &found {
        let (sign, text) = match result {
            Ok(text) => ("ok  ", text),
            Err(text) => ("FAIL", text),
        };
        desk.say(format_args!("{sign}  {what:<width$}  {}", printable(text).replace('\n', " ")))?;
    }
    for note in advice::notes(&config, desk) {
        desk.say(format_args!("note  {:<width$}  {}", "configuration", printable(&note)))?;
    }
    Ok(exit)
}

/// Where a good configuration comes from, or what a run would refuse of it.
fn configuration(config: &Config, examined: Result<(), Error>) -> Found {
    let mut from: Vec<String> = Vec::new();
    for setting in config.settings.values() {
        let layer = match &setting.place {
            Place::Default => continue,
            Place::File { path, .. } => path.display().to_string(),
            Place::Environment { .. } => "the environment".into(),
            Place::Flag { .. } => "flags".into(),
        };
        if !from.contains(&layer) {
            from.push(layer);
        }
    }
    let from = if from.is_empty() { "built-in defaults alone".into() } else { format!("from {}", from.join(", ")) };
    Found::new("configuration", examined.map(|()| from).map_err(|error| error.to_string()))
}

/// The state, and the exit if it is in the way.
fn state(config: &Config, desk: &Desk<'_>) -> (Found, Option<Exit>) {
    let dir = desk.around.cwd.join(config.state_dir());
    let shown = config.state_dir().display().to_string();
    let counts = State::open_for_reading(&dir, "").and_then(|state| state.memory_stats());
    let (result, exit) = match counts {
        Ok(stats) => (Ok(format!("{shown}: {} segments in the translation memory", stats.segments)), None),
        Err(StateError::Missing { .. }) => (Ok(format!("{shown}: not there yet; the first run makes it")), None),
        Err(error) => (Err(error.to_string()), Some(Exit::State)),
    };
    (Found::new("state", result), exit)
}

/// Each configured backend, asked at the same time.
async fn backends(config: &Config, desk: &Desk<'_>) -> Vec<Found> {
    let probes = config.backends.iter().map(|(name, options)| async move {
        let mut options = options.clone();
        options.timeout = Some(options.timeout.filter(|limit| !limit.is_zero()).map_or(PATIENCE, |t| t.min(PATIENCE)));
        // What is found here is no part of a recording.
        options.record = None;
        let warnings = Arc::<Warnings>::default();
        let keys = [options.api_key_env.is_some(), options.api_key_file.is_some(), options.api_key_command.is_some()];
        let is_open = keys == [false; 3] && options.headers.is_empty();
        let hooks = StackHooks {
            monitor: warnings.clone(),
            cancel: CancellationToken::new(),
            indonesian: INDONESIAN,
            has_next: false,
        };
        let made = build(name, &options, &|variable: &str| desk.around.variable(variable), hooks);
        let unmade = made.is_err();
        let result = match made {
            Ok(backend) => {
                let said = |summary: String| if is_open { summary.replace(ACCEPTED, "no key set") } else { summary };
                backend.probe().await.map(|health| said(health.summary)).map_err(|error| error.message)
            }
            Err(error) => Err(error.reason.to_string()),
        };
        let told = |found| warnings.beside(name, found);
        Found { unmade, ..Found::new(name, result.map(told).map_err(told)) }
    });
    futures_util::future::join_all(probes).await
}

/// 0 when all is well, 2 when a run would refuse the configuration of a backend, 3 when a backend fails, 4 when none of
/// those that translate can be used.
fn exit(config: &Config, backends: &[Found]) -> Exit {
    if backends.iter().any(|found| found.unmade && config.chained().any(|name| *name == found.what)) {
        return Exit::Usage;
    }
    let works = |name: &String| backends.iter().all(|found| found.what != *name || found.result.is_ok());
    if !config.translate.backend.iter().any(works) {
        Exit::NoBackend
    } else if backends.iter().any(|found| found.result.is_err()) {
        Exit::Partial
    } else {
        Exit::Done
    }
}
