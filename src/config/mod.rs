//! The configuration: layers folded into one validated [`Config`], with who set each value.
//!
//! Place in the data way: before it; `commands` load it and hand each room its own small options.
//! It must never print, reach the network, or hold a key.
//!
//! Layers, later wins: `default.toml` → user file → `./kabar.toml` or `--config` → `KABAR_*` variables → flags.
//! To add a setting: a field in [`settings`], a line in `default.toml`, and a rule in `validate.rs` if a type cannot say it.

mod deadline;
mod environment;
mod error;
mod layer;
mod origin;
mod settings;
mod size;
mod surroundings;
mod validate;

use std::path::{Path, PathBuf};

pub use deadline::Deadline;
pub use error::ConfigError;
pub use origin::{Place, Setting, Settings, shown};
pub use settings::{
    Budget, Checks, Config, IfLocked, Input, Notify, NotifyStyle, NotifyWhen, Output, Prompts, Run, State, Summary,
    Translate, WhenShort,
};
pub use surroundings::{Clock, Surroundings};
pub use validate::OFFLINE;

use layer::Layer;

/// The reference: every key with its default. `kabar init` writes it.
pub const DEFAULT: &str = include_str!("default.toml");

/// One value from the command line.
#[derive(Debug, Clone, PartialEq)]
pub struct Flag {
    /// The flag as the user writes it, such as `--backend`.
    pub name: &'static str,
    /// The setting that it overrides, such as `translate.backend`.
    pub key: &'static str,
    /// Its value.
    pub value: toml::Value,
}

/// Loads the configuration.
///
/// # Errors
/// The first thing that is wrong, with its place. Nothing has been sent or written.
pub fn load(named: Option<&Path>, flags: &[Flag], around: &Surroundings) -> Result<Config, ConfigError> {
    let below = files(named, around)?
        .iter()
        .map(|path| file(path, around))
        .try_fold(layer::text(DEFAULT, None)?, |below, above| Ok(below.under(above?)))?;
    let environment = environment::layer(&around.env, &below.settings)?;
    validate::finish(below.under(environment).under(layer::flags(flags)?).build()?)
}

/// The files that are read, lowest first. A file that was named must exist; the others may.
fn files(named: Option<&Path>, around: &Surroundings) -> Result<Vec<PathBuf>, ConfigError> {
    let mut files: Vec<PathBuf> = around.user_file().filter(|path| path.is_file()).into_iter().collect();
    match named {
        Some(path) if !around.cwd.join(path).is_file() => {
            let place = Place::File { path: path.into(), line: 0 };
            return Err(ConfigError::new(place, "there is no such file; `kabar init` writes one"));
        }
        Some(path) => files.push(path.into()),
        None if around.cwd.join("kabar.toml").is_file() => files.push("kabar.toml".into()),
        None => {}
    }
    Ok(files)
}

/// Reads one file.
fn file(path: &Path, around: &Surroundings) -> Result<Layer, ConfigError> {
    let place = || Place::File { path: path.into(), line: 0 };
    let text = std::fs::read_to_string(around.cwd.join(path))
        .map_err(|error| ConfigError::new(place(), format!("cannot be read: {error}")))?;
    let layer = layer::text(&text, Some(path))?;
    Ok(layer::anchor(layer, path.parent().unwrap_or(Path::new("")), around.home.as_deref()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reference_is_valid_and_names_every_setting() {
        let layer = layer::text(DEFAULT, None).unwrap();
        let config = validate::finish(layer.build().unwrap()).unwrap();
        assert_eq!((config.summary.words, config.input.max_size), (60, 20 << 20));
        assert_eq!(config.state_dir(), PathBuf::from("kabar-out/.kabar"));
        assert_eq!(config.translate.backend, ["offline"]);
    }

    #[test]
    fn every_commented_key_of_the_reference_is_a_real_one() {
        let real = |line: &&str| line.contains(" = ") || line.starts_with('[');
        let lines = DEFAULT.lines().map(|line| line.strip_prefix("# ").filter(real).unwrap_or(line));
        // Of the two ways to name a key, only one may be used.
        let uncommented = lines.filter(|line| !line.contains("api_key_file")).collect::<Vec<_>>().join("\n");
        let config = validate::finish(layer::text(&uncommented, None).unwrap().build().unwrap()).unwrap();
        assert_eq!(config.translate.backend, ["desk"]);
        assert_eq!(config.run.budget, Some(2.5));
        assert_eq!(config.backends["desk"].requests_per_minute, Some(600));
    }
    #[test]
    fn the_reference_explains_every_option_of_a_backend() {
        let options = serde_json::to_value(crate::backend::BackendOptions::default()).unwrap();
        let missing: Vec<&String> =
            options.as_object().unwrap().keys().filter(|key| !DEFAULT.contains(&format!("\n# {key} = "))).collect();
        assert_eq!(missing, Vec::<&String>::new());
    }
}
