//! One layer of the configuration: a tree of values, each with its place.
//!
//! Place in the data way: before it; [`super::load`] folds layers in order.
//! It must never accept a key that [`Config`] does not know, or the value of a secret.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize as _;
use toml::de::{DeTable, DeValue};

use super::error::{ConfigError, plain};
use super::origin::{Place, Setting, Settings};
use super::settings::Config;

/// Values by dotted key, with their places.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Layer {
    pub(super) settings: Settings,
}

impl Layer {
    /// Puts `above` on top: its values win, key by key.
    pub(super) fn under(mut self, above: Self) -> Self {
        for (key, setting) in above.settings {
            let inner = format!("{key}.");
            if is_empty_table(&setting.value) && self.settings.keys().any(|old| old.starts_with(&inner)) {
                continue;
            }
            self.settings.retain(|old, _| !old.starts_with(&inner) && !key.starts_with(&format!("{old}.")));
            self.settings.insert(key, setting);
        }
        self
    }

    /// The values as the struct that the program uses.
    pub(super) fn build(self) -> Result<Config, ConfigError> {
        let mut config = check(&self.settings)?;
        config.settings = self.settings;
        Ok(config)
    }
}

/// Whether `Config` takes these values; an error stands at the value that it does not take.
fn check(settings: &Settings) -> Result<Config, ConfigError> {
    let tree = |settings: &mut dyn Iterator<Item = (&String, &Setting)>| {
        let mut table = toml::Table::new();
        for (key, setting) in settings {
            insert(&mut table, key, setting.value.clone());
        }
        Config::deserialize(table)
    };
    tree(&mut settings.iter()).map_err(|whole| {
        let single = settings.iter().find_map(|one| Some((one.1, tree(&mut std::iter::once(one)).err()?)));
        let (place, error) = single.map_or((Place::Default, whole), |(setting, error)| (setting.place.clone(), error));
        ConfigError::new(place, plain(error.message()))
    })
}

/// Puts a value into a tree of tables, making those that are missing.
fn insert(table: &mut toml::Table, key: &str, value: toml::Value) {
    match key.split_once('.') {
        Some((head, rest)) => {
            let inner = table.entry(head).or_insert_with(|| toml::Table::new().into());
            if let toml::Value::Table(inner) = inner {
                insert(inner, rest, value);
            }
        }
        None => drop(table.insert(key.into(), value)),
    }
}

/// The built-in reference, or a file's text. `path` is `None` for the former.
pub(super) fn text(text: &str, path: Option<&Path>) -> Result<Layer, ConfigError> {
    let place = |offset: usize| match path {
        Some(path) => Place::File { path: path.into(), line: line_of(text, offset) },
        None => Place::Default,
    };
    let fault = |error: &toml::de::Error| {
        ConfigError::new(place(error.span().map_or(text.len(), |span| span.start)), plain(error.message()))
    };
    let tree = DeTable::parse(text).map_err(|error| fault(&error))?;
    let mut offsets = BTreeMap::new();
    note_offsets(tree.get_ref(), "", &mut offsets);
    if let Some((key, offset)) = offsets.iter().find(|(key, _)| is_secret(key)) {
        return Err(ConfigError::new(place(*offset), refusal(key)));
    }
    toml::from_str::<Config>(text).map_err(|error| fault(&error))?;
    let values: toml::Table = toml::from_str(text).map_err(|error| fault(&error))?;
    let mut settings = Settings::new();
    flatten(toml::Value::Table(values), "", &mut |key, value| {
        let place = place(offsets.get(&key).copied().unwrap_or_default());
        settings.insert(one_case(key), Setting { value, place });
    });
    Ok(Layer { settings })
}

/// The key, where it names a header in lower case: headers have no case, and a higher layer must find what a lower one set.
fn one_case(key: String) -> String {
    let is_header = key.starts_with("backends.") && key.split('.').nth(2) == Some("headers");
    if !is_header {
        return key;
    }
    let end = key.split('.').take(3).map(|level| level.len() + 1).sum::<usize>().min(key.len());
    let (before, name) = key.split_at(end);
    format!("{before}{}", name.to_lowercase())
}

/// 1-based line of a byte offset.
fn line_of(text: &str, offset: usize) -> usize {
    text.bytes().take(offset).filter(|byte| *byte == b'\n').count() + 1
}

/// Where each key of a parsed file stands.
fn note_offsets(table: &DeTable<'_>, prefix: &str, offsets: &mut BTreeMap<String, usize>) {
    for (name, value) in table {
        let key = join(prefix, name.get_ref());
        offsets.insert(key.clone(), name.span().start);
        if let DeValue::Table(inner) = value.get_ref() {
            note_offsets(inner, &key, offsets);
        }
    }
}

fn is_empty_table(value: &toml::Value) -> bool {
    value.as_table().is_some_and(toml::Table::is_empty)
}

/// Hands out each value that is not a table, and each empty table, with its dotted key.
fn flatten(value: toml::Value, prefix: &str, found: &mut dyn FnMut(String, toml::Value)) {
    match value {
        toml::Value::Table(table) if prefix.is_empty() || !table.is_empty() => {
            for (name, value) in table {
                flatten(value, &join(prefix, &name), found);
            }
        }
        other => found(prefix.into(), other),
    }
}

fn join(prefix: &str, name: &str) -> String {
    if prefix.is_empty() { name.into() } else { format!("{prefix}.{name}") }
}

/// Whether a key would hold a secret itself, such as `backends.desk.api_key`.
pub(super) fn is_secret(key: &str) -> bool {
    let name = key.strip_prefix("backends.").and_then(|rest| rest.split_once('.')).map(|(_, name)| name);
    name.is_some_and(|name| ["api_key", "apikey", "key", "token", "secret", "password", "auth_key"].contains(&name))
}

/// What is said instead of taking a key.
pub(super) fn refusal(key: &str) -> String {
    let backend = key.split('.').nth(1).unwrap_or("NAME");
    let variable = format!("{}_KEY", backend.to_uppercase().replace('-', "_"));
    format!(
        "keys never stand in the configuration; put the key into a variable such as {variable} and write \
         api_key_env = \"{variable}\", or into a file and write api_key_file"
    )
}

/// The layer of flags.
pub(super) fn flags(flags: &[super::Flag]) -> Result<Layer, ConfigError> {
    let setting = |flag: &super::Flag| {
        let place = Place::Flag { name: flag.name.into() };
        (flag.key.to_owned(), Setting { value: flag.value.clone(), place })
    };
    let settings: Settings = flags.iter().map(setting).collect();
    check(&settings)?;
    Ok(Layer { settings })
}

/// The settings whose values are paths.
fn is_path(key: &str) -> bool {
    [
        "input.paths",
        "input.rules",
        "output.dir",
        "output.receipt",
        "output.metrics",
        "state.dir",
        "prompts.dir",
        "pages.theme",
        "pages.dir",
    ]
    .contains(&key)
        || (key.starts_with("backends.")
            && [".api_key_file", ".ca_file", ".record", ".replay"].iter().any(|end| key.ends_with(end)))
}

/// The settings that name a program, alone or before its arguments.
fn is_program(key: &str) -> bool {
    key == "notify.sendmail" || (key.starts_with("backends.") && key.ends_with(".api_key_command"))
}

/// What of a setting's value is a path: a program without a folder is looked for where the system keeps programs.
fn paths<'a>(key: &str, value: &'a mut toml::Value) -> impl Iterator<Item = &'a mut String> {
    let (whole, program) = (is_path(key), is_program(key));
    let texts = match value {
        toml::Value::Array(list) => list.iter_mut().collect(),
        other => vec![other],
    };
    let count = if whole { texts.len() } else { usize::from(program) };
    let texts = texts.into_iter().take(count).filter_map(|text| match text {
        toml::Value::String(text) => Some(text),
        _ => None,
    });
    texts.filter(move |text| whole || text.contains('/'))
}

/// Makes the paths of a file relative to its folder, and `~/` the home folder.
pub(super) fn anchor(mut layer: Layer, folder: &Path, home: Option<&Path>) -> Layer {
    let anchored = |path: &str| -> String {
        let path = match (path.strip_prefix("~/"), home) {
            (Some(rest), Some(home)) => home.join(rest),
            _ if path == "-" => PathBuf::from(path),
            _ => folder.join(path),
        };
        path.to_string_lossy().into_owned()
    };
    for (key, setting) in &mut layer.settings {
        for path in paths(key, &mut setting.value) {
            *path = anchored(path);
        }
    }
    layer
}

/// Whether `Config` takes one value at one key; the error's message otherwise.
pub(super) fn fits(key: &str, value: &toml::Value) -> Result<(), String> {
    let mut table = toml::Table::new();
    insert(&mut table, key, value.clone());
    Config::deserialize(table).map(drop).map_err(|error| plain(error.message()))
}
