//! Builds a run from the configuration: backends, chains, planner, workshop, delivery.
//!
//! Place in the data way: before `plan`; each room is handed its own options and nothing else.
//! It must never decide what a unit, a check or a retry is.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::fs::{DirBuilder, File, OpenOptions};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use crate::backend::offline::Indonesian;
use crate::backend::stack::{StackHooks, build};
use crate::config::{Config, ConfigError, Place};
use crate::error::Error;
use crate::model::disk::is_full;
use crate::model::event::Monitor;
use crate::model::record::BackendRef;
use crate::model::schedule::Only;
use crate::pipeline::chain::{Chain, Member};
use crate::pipeline::deliver::Delivery;
use crate::pipeline::ledger::{Allowance, Ledger};
use crate::pipeline::plan::Planner;
use crate::pipeline::purse::Budget;
use crate::pipeline::recipe::Recipe;
use crate::pipeline::time_limit::{TimeLimit, WallClock};
use crate::stage::check::{CheckOptions, Checks, rule_names};
use crate::stage::clean::Rules;
use crate::stage::prompt::Prompts;
use crate::stage::read::{Input, ReadOptions, WalkOptions, pattern_fault};
use crate::stage::write::{BriefFormat, Format, Named, Theme, WriteError, replace};
use crate::state::{State, StateError};

use super::Desk;

/// The backends of a run.
pub(super) struct Backends {
    /// In order of failover, for translation.
    pub translate: Chain,
    /// In order of failover, for summaries.
    pub summary: Chain,
    /// All of them, for the provenance; with each, whether it reads prompts.
    pub refs: BTreeMap<String, (BackendRef, bool)>,
}

impl Backends {
    /// Builds every backend that a chain names, each once.
    pub fn build(config: &Config, desk: &Desk<'_>, hooks: &StackHooks) -> Result<Self, Error> {
        let mut members: BTreeMap<&str, Arc<Member>> = BTreeMap::new();
        let env = |name: &str| desk.around.variable(name);
        for name in config.chained() {
            let Some(options) = config.backends.get(name) else { continue };
            if !members.contains_key(name.as_str()) {
                let has_next = has_next(config, name);
                let hooks = StackHooks { has_next, ..hooks.clone() };
                let backend = build(name, options, &env, hooks).map_err(|error| Error::Usage(error.to_string()))?;
                members.insert(name, Member::new(backend, has_next));
            }
        }
        let chain = |names: &[String]| Chain {
            members: names.iter().filter_map(|name| members.get(name.as_str()).cloned()).collect(),
        };
        prices(config)?;
        let refs = members.iter().map(|(name, member)| ((*name).to_owned(), reference(member))).collect();
        Ok(Self { translate: chain(&config.translate.backend), summary: chain(&config.summary.backend), refs })
    }

    /// The recipe: units are packed and keyed for the first backend of each chain.
    pub fn recipe(&self, config: &Config, prompts: &Prompts, rules: &Rules) -> Result<Recipe, Error> {
        let profile = |chain: &Chain| chain.members.first().map(|member| member.backend.profile().clone());
        let translator = profile(&self.translate)
            .ok_or_else(|| Error::NoBackend("the configuration names nobody who translates".into()))?;
        let summariser = profile(&self.summary).filter(|profile| profile.abilities.prompts);
        let mut recipe = Recipe::new(translator, summariser, prompts);
        recipe.words = config.summary.words;
        recipe.keep_boilerplate = config.translate.keep_boilerplate;
        recipe.reading = format!("{} {}", rules.hash(), config.input.fields.and_usual().identity());
        Ok(recipe)
    }
}

/// A budget is held by prices: one of the backends that are used must have one.
fn prices(config: &Config) -> Result<(), Error> {
    let used = config.chained();
    let is_priced = used.filter_map(|name| config.backends.get(name)).any(|options| options.price.is_some());
    let budgets = [config.run.budget, config.budget.day, config.budget.month];
    if budgets.iter().any(Option::is_some) && !is_priced {
        let advice = "a budget needs prices: set price = { input = …, output = … }, or { characters = … } where characters \
                      are billed, on the backends that cost money";
        return Err(Error::Usage(advice.into()));
    }
    Ok(())
}

/// What a run would refuse of a configuration that can be loaded, backends apart.
pub(super) fn examine(config: &Config, cwd: &Path) -> Result<(), Error> {
    prices(config)?;
    prompts(config, cwd)?;
    checks(config)?;
    rules(config, cwd)?;
    theme(config, cwd)?;
    formats::<Format>(&config.output.formats)?;
    formats::<BriefFormat>(&config.brief.formats)?;
    patterns(config)?;
    super::translate::examine_receipt(config, cwd)?;
    if config.input.paths.is_empty() { Ok(()) } else { inputs(&[], config, cwd).map(drop) }
}

/// Whether another backend stands behind this one in every chain that names it.
fn has_next(config: &Config, name: &str) -> bool {
    let last = |chain: &[String]| chain.last().is_some_and(|last| last == name);
    !last(&config.translate.backend) && !last(&config.summary.backend)
}

fn reference(member: &Member) -> (BackendRef, bool) {
    let profile = member.backend.profile();
    let backend = BackendRef {
        name: profile.name.clone(),
        dialect: profile.dialect.clone(),
        model: profile.model.clone(),
        draft: profile.abilities.draft,
    };
    (backend, profile.abilities.prompts)
}

/// The folders of a run, absolute.
pub(super) struct Folders {
    /// Outputs.
    pub output: PathBuf,
    /// State.
    pub state: PathBuf,
}

impl Folders {
    /// As the configuration says, relative to the working folder; `out`, `out/` and `./out` are one.
    pub fn new(config: &Config, cwd: &Path) -> Self {
        let plain = |path: &Path| cwd.join(path).components().collect();
        Self { output: plain(&config.output.dir), state: plain(&config.state_dir()) }
    }

    /// How the state calls the output folder: nothing where the state lies inside it, so that both can be moved.
    pub fn root(&self) -> String {
        if self.state.starts_with(&self.output) { String::new() } else { self.output.to_string_lossy().into_owned() }
    }
}

/// The planner of a run.
pub(super) fn planner(
    config: &Config,
    (recipe, rules): (Recipe, Rules),
    only: Only,
    folders: &Folders,
    desk: &Desk<'_>,
) -> Result<Planner, Error> {
    let outputs = vec![folders.output.clone(), folders.state.clone()];
    Ok(Planner {
        walk: WalkOptions { include: config.input.include.clone(), exclude: config.input.exclude.clone(), outputs },
        read: ReadOptions { max_bytes: config.input.max_size, fields: config.input.fields.and_usual() },
        rules,
        recipe,
        only,
        hour: (desk.around.clock)().timestamp().as_second() / 3_600,
        watch: config.brief.watch.clone(),
        root: folders.output.clone(),
        formats: formats(&config.output.formats)?,
        state: None,
    })
}

/// The rules for site furniture, with the user's own before them where there are some.
pub(super) fn rules(config: &Config, cwd: &Path) -> Result<Rules, Error> {
    match &config.input.rules {
        Some(file) => Rules::with_file(&cwd.join(file)).map_err(|error| Error::Usage(error.to_string())),
        None => Ok(Rules::builtin()),
    }
}

/// The prompts, with the user's own where there are some.
pub(super) fn prompts(config: &Config, cwd: &Path) -> Result<Prompts, Error> {
    match &config.prompts.dir {
        Some(dir) => Prompts::with_dir(&cwd.join(dir)).map_err(|error| Error::Usage(error.to_string())),
        None => Ok(Prompts::builtin()),
    }
}

/// The look of pages, with the user's own parts where there are some.
pub(super) fn theme(config: &Config, cwd: &Path) -> Result<Theme, Error> {
    match &config.pages.theme {
        Some(dir) => Theme::with_dir(&cwd.join(dir)).map_err(|error| Error::Usage(error.to_string())),
        None => Ok(Theme::builtin()),
    }
}

/// The forms of output that are named.
pub(super) fn formats<F: Named>(names: &[String]) -> Result<Vec<F>, Error> {
    let known = || F::ALL.iter().map(|form| form.name()).collect::<Vec<_>>().join(", ");
    let unknown = |name| Error::Usage(format!("there is no output format \"{name}\"; there are {}", known()));
    names.iter().map(|name| F::named(name).ok_or_else(|| unknown(name))).collect()
}

/// The checks that are switched on.
pub(super) fn checks(config: &Config) -> Result<Checks, Error> {
    let options = CheckOptions { off: config.checks.off.clone() };
    match options.unknown().as_slice() {
        [] => Ok(Checks::new(&options)),
        unknown => Err(Error::Usage(format!(
            "[checks] off names what cannot be switched off: {}; the rules are {}",
            unknown.join(", "),
            rule_names().collect::<Vec<_>>().join(", ")
        ))),
    }
}

/// The delivery of a run.
pub(super) fn delivery(
    config: &Config,
    refs: BTreeMap<String, (BackendRef, bool)>,
    prompts: Prompts,
    root: &Path,
    theme: Theme,
) -> Result<Delivery, Error> {
    let formats = formats(&config.output.formats)?;
    let checks = checks(config)?;
    let (root, ladder) = (root.to_path_buf(), config.translate.backend.clone());
    Ok(Delivery { root, formats, backends: refs, ladder, prompts, checks, theme })
}

/// Writes a file that a person named: whole or not at all, through links, its folder too; a pipe or a device is written
/// to as it is.
pub(super) fn to_file<T>(path: &Path, put: impl FnOnce(&mut File) -> Result<T, Error>) -> Result<T, Error> {
    let written = match std::fs::metadata(path) {
        Ok(there) if !there.is_file() => {
            OpenOptions::new().write(true).open(path).map_err(Error::Output).and_then(|mut file| put(&mut file))
        }
        Ok(_) => std::fs::canonicalize(path).map_err(Error::Output).and_then(|path| replace(&path, put)),
        Err(_) => make_folder(path.parent()).map_err(Error::Output).and_then(|()| replace(path, put)),
    };
    written.map_err(|error| match error {
        Error::Output(error) => not_written(path.display(), &error),
        other => other,
    })
}

/// Makes a folder, and those above it, where they are missing.
pub(super) fn make_folder(folder: Option<&Path>) -> std::io::Result<()> {
    folder.map_or(Ok(()), |folder| DirBuilder::new().recursive(true).mode(0o755).create(folder))
}

/// What it means that a file could not be written.
pub(super) fn not_written(what: impl Display, error: &std::io::Error) -> Error {
    let message = format!("failed to write {what}: {error}");
    if is_full(error) { Error::DiskFull(message) } else { Error::Usage(message) }
}

/// What it means that an output could not be written.
#[expect(clippy::needless_pass_by_value, reason = "fits `map_err`")]
pub(super) fn write_error(error: WriteError) -> Error {
    let message = format!("failed to {error}");
    if error.is_full_disk() { Error::DiskFull(message) } else { Error::Usage(message) }
}

/// Refuses a pattern that cannot be used, naming where it stands.
fn patterns(config: &Config) -> Result<(), Error> {
    for (key, patterns) in [("input.include", &config.input.include), ("input.exclude", &config.input.exclude)] {
        if let Some(fault) = patterns.iter().find_map(|pattern| pattern_fault(pattern)) {
            let place = config.settings.get(key).map_or(Place::Default, |setting| setting.place.clone());
            return Err(ConfigError::new(place, fault).into());
        }
    }
    Ok(())
}

/// What is read: the PATHs of the command line, else those of the configuration. A PATH that is not there is an error
/// of usage, and so is a pattern that cannot be used; what lies inside a folder is judged file by file.
pub(super) fn inputs(paths: &[PathBuf], config: &Config, cwd: &Path) -> Result<Vec<Input>, Error> {
    patterns(config)?;
    let paths = if paths.is_empty() { &config.input.paths } else { paths };
    if paths.is_empty() {
        return Err(Error::Usage("no input: name a file or folder, or set [input] paths in kabar.toml".into()));
    }
    let input = |path: &PathBuf| {
        if path.as_os_str() == "-" {
            return Ok(Input::Stdin);
        }
        match std::fs::symlink_metadata(cwd.join(path)) {
            Ok(_) => Ok(Input::Path(path.clone())),
            Err(error) => Err(Error::Usage(format!("cannot read {}: {error}", path.display()))),
        }
    };
    paths.iter().map(input).collect()
}

/// How often a state that another run holds is looked at again.
const LOOK_AGAIN: Duration = Duration::from_millis(200);

/// Opens the state for a run; waits for another run that holds it as long as the configuration says.
pub(super) fn open_state(folders: &Folders, config: &Config, desk: &Desk<'_>) -> Result<State, Error> {
    let since = (desk.around.clock)().strftime("%Y-%m-%d %H:%M:%S %Z").to_string();
    let holder = format!("process {} on {} since {since}", std::process::id(), desk.around.host);
    let mut left = config.run.wait.unwrap_or_default();
    loop {
        match State::open(&folders.state, &folders.root(), &holder) {
            Err(StateError::Locked { .. }) if !left.is_zero() => {
                let pause = left.min(LOOK_AGAIN);
                std::thread::sleep(pause);
                left -= pause;
            }
            opened => return opened.map_err(state_error),
        }
    }
}

/// An empty ledger within the budgets; `finish_by` is when the last request must have been answered, `kept` what of the
/// time before is left for headlines.
pub(super) fn ledger(config: &Config, finish_by: Option<TimeLimit>, kept: Duration, desk: &Desk<'_>) -> Arc<Ledger> {
    let budget = Budget { run: config.run.budget, day: config.budget.day, month: config.budget.month };
    let clock = desk.around.clock.clone();
    let today = Arc::new(move || clock().date().to_string());
    Arc::new(Ledger::new(desk.monitor(config), Allowance { budget, finish_by, kept }, today))
}

/// The time, without its zone.
pub(super) fn wall_clock(desk: &Desk<'_>) -> WallClock {
    let clock = desk.around.clock.clone();
    Arc::new(move || clock().timestamp())
}

/// Tells a ledger what the state knows of earlier runs: what they spent in this month, how long requests took.
pub(super) fn recall(ledger: &Ledger, state: &State, desk: &Desk<'_>) -> Result<(), StateError> {
    let first = (desk.around.clock)().date().first_of_month().to_string();
    ledger.spent_before(&state.spent_since(&first)?);
    for (backend, usual) in state.usual_seconds()? {
        ledger.expect(&backend, Duration::try_from_secs_f64(usual).unwrap_or_default());
    }
    Ok(())
}

/// What trouble with the state means for the run.
#[expect(clippy::needless_pass_by_value, reason = "fits `map_err`")]
pub(super) fn state_error(error: StateError) -> Error {
    match error {
        StateError::Locked { .. } => Error::Locked(error.to_string()),
        _ if error.is_full_disk() => Error::DiskFull(error.to_string()),
        StateError::Missing { .. } | StateError::Elsewhere { .. } | StateError::Io { .. } => {
            Error::Usage(error.to_string())
        }
        _ if error.is_forbidden() => {
            Error::Usage(format!("{error}: this user may not write there, which reading it needs too"))
        }
        _ => Error::State(error.to_string()),
    }
}

/// What the offline engine is told of Indonesian.
pub(super) const INDONESIAN: Indonesian = Indonesian {
    sentences: crate::stage::section::sentences,
    glossary: crate::stage::check::glossary,
    compounds: crate::stage::number::compounds,
    errors: crate::stage::check::errors,
};

/// Hooks for backends.
pub(super) fn hooks(monitor: Arc<dyn Monitor>, stopper: &crate::pipeline::stop::Stopper) -> StackHooks {
    StackHooks { monitor, cancel: stopper.draining().clone(), indonesian: INDONESIAN, has_next: false }
}
