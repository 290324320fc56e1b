//! What every command gets: common flags, surroundings, standard output; and the flags as a layer of the configuration.
//!
//! Place in the data way: before it.
//! It must never decide what a value means: that is `config`'s.

use std::fmt::Display;
use std::io::{ErrorKind, Write};
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::sync::Arc;

use crate::cli::{Common, InputArgs, LimitArgs, WorkArgs};
use crate::config::{self, Config, Flag, Place, Surroundings};
use crate::error::Error;
use crate::model::event::Monitor;
use crate::model::outcome::Receipt;
use crate::report::{self, Terminal};
use crate::stage::read::written;
use crate::state::DATABASE;

use super::compose::Folders;

/// What a command works with.
pub struct Desk<'a> {
    /// Flags that every command takes.
    pub common: &'a Common,
    /// Environment, folders, terminals, clock.
    pub around: &'a Surroundings,
    /// Standard output: results only.
    pub out: &'a mut dyn Write,
    /// What a run came to, for those who are told afterwards.
    pub receipt: Option<Receipt>,
    /// Whether the reader of standard output has gone away.
    unread: bool,
    /// What an OpenTelemetry collector is told afterwards.
    #[cfg(feature = "otel")]
    pub trail: Option<Arc<report::Trail>>,
}

impl<'a> Desk<'a> {
    /// Puts it together.
    pub fn new(common: &'a Common, around: &'a Surroundings, out: &'a mut dyn Write) -> Self {
        Self {
            common,
            around,
            out,
            receipt: None,
            unread: false,
            #[cfg(feature = "otel")]
            trail: None,
        }
    }

    /// Whether `--state` stands there without a folder.
    pub fn names_no_state(&self) -> bool {
        self.common.state.as_deref() == Some(Path::new(""))
    }

    /// Who listens to a run.
    pub fn monitor(&self, config: &Config) -> Arc<dyn Monitor> {
        let no_color = self.around.variable("NO_COLOR").is_some();
        let terminal = Terminal { is_terminal: self.around.stderr_is_terminal, no_color, journal: self.journal() };
        let clock = self.around.clock.clone();
        let shown = report::monitor(&config.progress, terminal, Box::new(move || clock().timestamp().to_string()));
        #[cfg(feature = "otel")]
        if let Some(trail) = &self.trail {
            return Arc::new(report::Both(shown, trail.clone()));
        }
        shown
    }

    /// Whether standard error is systemd's journal: `JOURNAL_STREAM` then names its device and inode
    /// (<https://www.freedesktop.org/software/systemd/man/latest/systemd.exec.html#%24JOURNAL_STREAM>).
    pub fn journal(&self) -> bool {
        let Some(named) = self.around.variable("JOURNAL_STREAM") else { return false };
        let stderr = std::fs::metadata("/dev/stderr");
        stderr.is_ok_and(|stderr| named == format!("{}:{}", stderr.dev(), stderr.ino()))
    }

    /// Tells what went wrong on standard error.
    pub fn complain(&self, message: &str) {
        report::complain_to(self.journal(), message);
    }

    /// Prints a line of a result. Where its reader has gone away (`kabar … | head`), nothing more is printed, and the
    /// command goes on to its exit code.
    ///
    /// # Errors
    /// Where standard output cannot be written.
    pub fn say(&mut self, line: impl Display) -> Result<(), Error> {
        if self.unread {
            return Ok(());
        }
        match writeln!(self.out, "{line}") {
            Err(error) if error.kind() == ErrorKind::BrokenPipe => self.unread = true,
            done => done?,
        }
        Ok(())
    }

    /// A configuration with the output folder that the command line names in the place of its own, and the folders.
    pub(super) fn folder(&self, mut config: Config, dir: Option<&Path>) -> (Config, Folders) {
        if let Some(dir) = dir {
            config.output.dir = dir.to_path_buf();
        }
        let folders = Folders::new(&config, &self.around.cwd);
        (config, folders)
    }

    /// The configuration and the folders of a command that reads what is finished.
    ///
    /// # Errors
    /// As for [`Desk::config`], and where nothing of the kind can be there: "all is well" would be said of nothing. A folder
    /// whose state says that nothing is finished yet is a good one.
    pub(super) fn articles(&self, dir: Option<&Path>) -> Result<(Config, Folders), Error> {
        let (config, folders) = self.folder(self.config(None, None)?, dir);
        let shown = config.output.dir.display();
        if !folders.output.is_dir() {
            return Err(Error::Usage(format!("there is no folder {shown} with articles")));
        }
        if !written(&folders.output).any(|found| found.is_ok()) {
            if !config.output.formats.iter().any(|format| format == "json") {
                let advice = "what is finished is read from records: add json to formats in [output], and run again";
                return Err(Error::Usage(format!("{shown} holds no record of an article; {advice}")));
            }
            if !folders.state.join(DATABASE).exists() {
                let advice = "name the output folder of `kabar translate`";
                return Err(Error::Usage(format!("{shown} holds no finished article; {advice}")));
            }
        }
        Ok((config, folders))
    }

    /// The configuration of a command that looks at a state and takes no output folder: where none is set, and the state
    /// lies in a folder `.kabar`, the folder around it is meant.
    ///
    /// # Errors
    /// As for [`Desk::config`].
    pub fn config_of_state(&self) -> Result<Config, Error> {
        let mut config = self.config(None, None)?;
        let is_set = |key: &str| config.settings.get(key).is_some_and(|setting| setting.place != Place::Default);
        let inside = config.state.dir.as_deref().filter(|dir| dir.file_name() == Some(".kabar".as_ref()));
        if let Some(around) = inside.and_then(Path::parent).filter(|_| !is_set("output.dir")) {
            config.output.dir = around.to_path_buf();
        }
        Ok(config)
    }

    /// The configuration under the common flags and those of the command.
    ///
    /// # Errors
    /// [`Error::Config`]; [`Error::Usage`] where a path cannot stand in a configuration.
    pub fn config(&self, input: Option<&InputArgs>, work: Option<&WorkArgs>) -> Result<Config, Error> {
        let limits = work.map(|work| &work.limits);
        let paths = [
            self.common.state.as_deref(),
            work.and_then(|work| work.output.as_deref()),
            work.and_then(|work| work.prompts.as_deref()),
            limits.and_then(|limits| limits.receipt.as_deref()),
        ];
        if let Some(path) = paths.into_iter().flatten().find(|path| path.to_str().is_none()) {
            return Err(Error::Usage(format!(
                "{} is not in UTF-8: kabar would write to another place",
                path.display()
            )));
        }
        let mut flags = common(self.common);
        flags.extend(input.map(self::input).unwrap_or_default());
        flags.extend(work.map(self::work).unwrap_or_default());
        Ok(config::load(self.common.config.as_deref(), &flags, self.around)?)
    }
}

/// A flag if it was given.
fn flag(name: &'static str, key: &'static str, value: Option<toml::Value>) -> Option<Flag> {
    value.map(|value| Flag { name, key, value })
}

fn path(path: Option<&Path>) -> Option<toml::Value> {
    path.map(|path| toml::Value::String(path.to_string_lossy().into_owned()))
}

fn text(text: Option<&String>) -> Option<toml::Value> {
    text.map(|text| toml::Value::String(text.clone()))
}

fn list(items: &[String]) -> Option<toml::Value> {
    (!items.is_empty()).then(|| toml::Value::Array(items.iter().cloned().map(toml::Value::String).collect()))
}

fn yes(given: bool) -> Option<toml::Value> {
    given.then_some(toml::Value::Boolean(true))
}

fn common(args: &Common) -> Vec<Flag> {
    let flags = [
        flag("--backend", "translate.backend", list(&args.backend)),
        flag("--backend", "summary.backend", list(&args.backend)),
        flag("--state", "state.dir", path(args.state.as_deref().filter(|dir| !dir.as_os_str().is_empty()))),
        flag("--progress", "progress.mode", text(args.progress.as_ref())),
        flag("--color", "progress.color", text(args.color.as_ref())),
        flag("--quiet", "progress.quiet", yes(args.quiet)),
        flag("--verbose", "progress.verbose", yes(args.verbose)),
    ];
    flags.into_iter().flatten().collect()
}

/// PATHs are not among them: they need not be Unicode, so the command takes them as they are.
fn input(args: &InputArgs) -> Vec<Flag> {
    let flags = [
        flag("--include", "input.include", list(&args.include)),
        flag("--exclude", "input.exclude", list(&args.exclude)),
    ];
    flags.into_iter().flatten().collect()
}

fn work(args: &WorkArgs) -> Vec<Flag> {
    let LimitArgs { concurrency, budget, deadline, wait, if_locked, receipt } = &args.limits;
    let concurrency = concurrency.and_then(|n| i64::try_from(n).ok());
    let flags = [
        flag("--output", "output.dir", path(args.output.as_deref())),
        flag("--format", "output.formats", list(&args.format)),
        flag("--prune", "output.prune", yes(args.prune)),
        flag("--receipt", "output.receipt", path(receipt.as_deref())),
        flag("--concurrency", "run.concurrency", concurrency.map(toml::Value::Integer)),
        flag("--budget", "run.budget", budget.map(toml::Value::Float)),
        flag("--deadline", "run.deadline", text(deadline.as_ref())),
        flag("--wait", "run.wait", text(wait.as_ref())),
        flag("--if-locked", "run.if_locked", text(if_locked.as_ref())),
        flag("--keep-boilerplate", "translate.keep_boilerplate", yes(args.keep_boilerplate)),
        flag("--prompts", "prompts.dir", path(args.prompts.as_deref())),
    ];
    flags.into_iter().flatten().collect()
}
