//! The layer of `KABAR_*` variables: `KABAR_TRANSLATE__BACKEND=desk,offline`, `KABAR_BACKENDS__DESK__URL=…`.
//!
//! Place in the data way: before it; above files, below flags.
//! It must never show a variable's value whose name says that it is a key.

use std::collections::BTreeMap;

use super::error::{ConfigError, nearest};
use super::layer::{Layer, fits, is_secret, refusal};
use super::origin::{Place, Setting, Settings};

/// The sections of the configuration, to notice a single underscore where two are meant.
const SECTIONS: [&str; 15] = [
    "translate",
    "summary",
    "input",
    "output",
    "state",
    "run",
    "budget",
    "progress",
    "brief",
    "pages",
    "mail",
    "checks",
    "prompts",
    "notify",
    "backends",
];

/// Reads the variables. `below` gives the names of backends that files configure, for their spelling.
///
/// Variables without a double underscore are not settings (a key may be called `KABAR_KEY`), unless they begin like one and no
/// file names them.
pub(super) fn layer(env: &BTreeMap<String, String>, below: &Settings) -> Result<Layer, ConfigError> {
    let mut settings = Settings::new();
    for (variable, text) in env {
        let Some(rest) = variable.strip_prefix("KABAR_") else { continue };
        let place = Place::Environment { variable: variable.clone() };
        if !rest.contains("__") {
            match missed_level(rest).filter(|_| !is_named(variable, below)) {
                Some(meant) => return Err(ConfigError::new(place, format!("is not a setting; did you mean {meant}?"))),
                None => continue,
            }
        }
        let key = key(rest, below);
        if is_secret(&key) {
            return Err(ConfigError::new(place, refusal(&key)));
        }
        let value = value(&key, text).map_err(|problem| ConfigError::new(place.clone(), problem))?;
        settings.insert(key, Setting { value, place });
    }
    Ok(Layer { settings })
}

/// Whether a file says that this variable holds something.
fn is_named(variable: &str, below: &Settings) -> bool {
    below.values().any(|setting| setting.value.as_str() == Some(variable))
}

/// `TRANSLATE_BACKEND` → `KABAR_TRANSLATE__BACKEND`.
fn missed_level(rest: &str) -> Option<String> {
    let (section, key) = rest.split_once('_')?;
    let known = nearest(section, &SECTIONS)?;
    Some(format!("KABAR_{}__{key}", known.to_uppercase()))
}

/// `BACKENDS__MY_DESK__URL` → `backends.my-desk.url`, if a backend is called `my-desk`.
fn key(rest: &str, below: &Settings) -> String {
    let mut levels: Vec<String> = rest.split("__").map(str::to_lowercase).collect();
    if levels.first().is_some_and(|section| section == "backends")
        && let Some(name) = levels.get_mut(1)
    {
        let mut known = below.keys().filter_map(|key| key.strip_prefix("backends.")?.split('.').next());
        if let Some(known) = known.find(|known| known.to_lowercase().replace('-', "_") == *name) {
            *name = known.to_owned();
        }
    }
    if levels.get(2).is_some_and(|level| level == "headers")
        && let Some(header) = levels.get_mut(3)
    {
        *header = header.replace('_', "-");
    }
    levels.join(".")
}

/// The text as the type that the key takes: a text, else a TOML value, else a list separated by commas.
fn value(key: &str, text: &str) -> Result<toml::Value, String> {
    let as_text = toml::Value::String(text.into());
    let problem = match fits(key, &as_text) {
        Ok(()) => return Ok(as_text),
        Err(problem) => problem,
    };
    let list = text.split(',').map(str::trim).filter(|item| !item.is_empty());
    let list = toml::Value::Array(list.map(|item| toml::Value::String(item.into())).collect());
    [text.trim().parse().ok(), Some(list)].into_iter().flatten().find(|value| fits(key, value).is_ok()).ok_or(problem)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(variable: &str, text: &str) -> Result<Layer, String> {
        let env = BTreeMap::from([(variable.to_owned(), text.to_owned())]);
        layer(&env, &Settings::new()).map_err(|error| error.to_string())
    }

    fn only(variable: &str, text: &str) -> (String, toml::Value) {
        let (key, setting) = read(variable, text).unwrap().settings.pop_first().unwrap();
        (key, setting.value)
    }

    #[test]
    fn a_variable_takes_the_type_of_its_key() {
        assert_eq!(only("KABAR_SUMMARY__WORDS", "80"), ("summary.words".into(), 80.into()));
        assert_eq!(only("KABAR_BACKENDS__DESK__MODEL", "80"), ("backends.desk.model".into(), "80".into()));
        let list = toml::Value::Array(vec!["desk".into(), "offline".into()]);
        assert_eq!(only("KABAR_TRANSLATE__BACKEND", "desk, offline"), ("translate.backend".into(), list));
        let price = only("KABAR_BACKENDS__DESK__PRICE", "{ input = 0.5 }").1;
        assert_eq!(price.get("input"), Some(&0.5.into()));
    }

    #[test]
    fn variables_that_are_no_settings_are_left_alone_and_near_misses_are_not() {
        assert!(read("KABAR_KEY", "sk-1").unwrap().settings.is_empty());
        assert!(read("PATH", "/bin").unwrap().settings.is_empty());
        let error = read("KABAR_TRANSLATE_BACKEND", "desk").unwrap_err();
        assert!(error.contains("KABAR_TRANSLATE__BACKEND"), "{error}");
    }

    #[test]
    fn every_section_of_the_reference_is_known() {
        let reference: toml::Table = toml::from_str(super::super::DEFAULT).unwrap();
        let missing: Vec<&String> = reference.keys().filter(|section| !SECTIONS.contains(&section.as_str())).collect();
        assert_eq!(missing, Vec::<&String>::new());
        assert!(read("KABAR_MAIL_FROM", "a@example.org").unwrap_err().contains("KABAR_MAIL__FROM"));
    }

    #[test]
    fn a_variable_that_a_file_names_is_no_near_miss() {
        let env = BTreeMap::from([("KABAR_MAIN_KEY".to_owned(), "sk-1".to_owned())]);
        let setting = Setting { value: "KABAR_MAIN_KEY".into(), place: Place::Default };
        let below = Settings::from([("backends.desk.api_key_env".to_owned(), setting)]);
        assert!(layer(&env, &below).unwrap().settings.is_empty());
    }

    #[test]
    fn bad_values_and_unknown_keys_name_the_variable() {
        let error = read("KABAR_SUMMARY__WORDS", "many").unwrap_err();
        assert_eq!(
            error,
            "KABAR_SUMMARY__WORDS in the environment: expected a whole number, zero or more, found string \"many\""
        );
        let error = read("KABAR_SUMMARY__WRODS", "1").unwrap_err();
        assert!(error.contains("did you mean \"words\"?"), "{error}");
    }

    #[test]
    fn a_key_is_refused_and_never_shown() {
        let error = read("KABAR_BACKENDS__DESK__API_KEY", "sk-secret").unwrap_err();
        assert!(error.contains("api_key_env = \"DESK_KEY\"") && !error.contains("sk-secret"), "{error}");
    }
}
