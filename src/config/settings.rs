//! The configuration as the program uses it: one plain, validated struct.
//!
//! Place in the data way: before it; `commands` hand each room the small options that it owns.
//! It must never be passed to a room of the data way, and never hold a key. The `Default` of a section is blank:
//! real defaults stand in `default.toml` alone.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::Duration;

use serde::Deserialize;

use super::deadline::Deadline;
use super::origin::Settings;
use crate::backend::BackendOptions;
use crate::report::ReportOptions;
use crate::stage::brief::BriefOptions;
use crate::stage::read::FieldOptions;
use crate::stage::write::MailOptions;
use crate::stage::write::PageOptions;

/// Everything that can be configured.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Who translates.
    #[serde(default)]
    pub translate: Translate,
    /// Who summarises, and how long.
    #[serde(default)]
    pub summary: Summary,
    /// What is read.
    #[serde(default)]
    pub input: Input,
    /// What is written.
    #[serde(default)]
    pub output: Output,
    /// Where the state lies.
    #[serde(default)]
    pub state: State,
    /// Limits of one run.
    #[serde(default)]
    pub run: Run,
    /// What may be spent by all runs together.
    #[serde(default)]
    pub budget: Budget,
    /// How a run is shown.
    #[serde(default)]
    pub progress: ReportOptions,
    /// Which checks are made.
    #[serde(default)]
    pub checks: Checks,
    /// Prompts of the user.
    #[serde(default)]
    pub prompts: Prompts,
    /// What a briefing holds.
    #[serde(default)]
    pub brief: BriefOptions,
    /// How pages look and where they are published.
    #[serde(default)]
    pub pages: PageOptions,
    /// Who sends a briefing to whom.
    #[serde(default)]
    pub mail: MailOptions,
    /// Who is told of unattended runs.
    #[serde(default)]
    pub notify: Notify,
    /// Backends by name.
    #[serde(default)]
    pub backends: BTreeMap<String, BackendOptions>,
    /// Every setting with who set it.
    #[serde(skip)]
    pub settings: Settings,
}

/// `[translate]`
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Translate {
    /// Names of backends in order of failover. Empty only where no backend is configured at all.
    pub backend: Vec<String>,
    /// Whether site furniture is translated too.
    pub keep_boilerplate: bool,
    /// What happens where the budget or the deadline does not allow the next request to a backend.
    pub when_short: WhenShort,
    /// Whether `"headline"` stands last in `backend`: what is left at a stop is written with title and first paragraph.
    #[serde(skip)]
    pub headline: bool,
}

/// What happens where money or time are short.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum WhenShort {
    /// The run stops; what is left is kept for the next one.
    #[default]
    Stop,
    /// The next backend in order of failover takes over, as far as it is free, cheaper or quicker.
    Next,
}

/// `[summary]`
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Summary {
    /// Names of backends in order of failover; those of `translate` where the configuration names none.
    pub backend: Vec<String>,
    /// Length of an article's summary, in words.
    pub words: u32,
}

/// `[input]`
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Input {
    /// Files and folders that are read when the command line names none.
    pub paths: Vec<PathBuf>,
    /// Patterns of files that are read; empty means all.
    pub include: Vec<String>,
    /// Patterns of files that are left out.
    pub exclude: Vec<String>,
    /// Most bytes of one article.
    #[serde(deserialize_with = "super::size::deserialize")]
    pub max_size: u64,
    /// A file of rules for site furniture, tried before the built-in ones.
    pub rules: Option<PathBuf>,
    /// Names of fields in JSON records, tried before the usual ones.
    pub fields: FieldOptions,
}

/// `[output]`
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Output {
    /// The output folder.
    pub dir: PathBuf,
    /// Names of formats, such as `md`.
    pub formats: Vec<String>,
    /// Whether outputs are removed whose input is gone.
    pub prune: bool,
    /// Where the receipt goes.
    pub receipt: Option<PathBuf>,
    /// Where figures for Prometheus go, after `kabar run`.
    pub metrics: Option<PathBuf>,
}

/// `[state]`
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct State {
    /// The state folder; `None` is `.kabar` inside the output folder.
    pub dir: Option<PathBuf>,
    /// How long `memory gc` keeps articles whose outputs are gone.
    #[serde(with = "crate::model::duration::option")]
    pub forget_after: Option<Duration>,
}

/// `[run]`
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Run {
    /// Units in flight.
    pub concurrency: Option<usize>,
    /// When to stop.
    pub deadline: Option<Deadline>,
    /// What may be spent, in the currency of the prices.
    pub budget: Option<f64>,
    /// How long to wait for another run that holds the state; `None` is not at all.
    #[serde(with = "crate::model::duration::option")]
    pub wait: Option<Duration>,
    /// What to say where another run still holds the state.
    pub if_locked: IfLocked,
}

/// What a run says that finds another one at work. The exit code is 5 all the same.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum IfLocked {
    /// Who holds the state, and since when.
    #[default]
    Fail,
    /// Nothing, to nobody: for a clock that may strike while the last run is still at work.
    Quiet,
}

/// `[budget]`: what all runs with this state may spend together, in the currency of the prices.
#[derive(Debug, Clone, Copy, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Budget {
    /// On one day, by the local clock.
    pub day: Option<f64>,
    /// In one calendar month.
    pub month: Option<f64>,
}

/// `[checks]`
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Checks {
    /// Names of rules that are switched off.
    pub off: BTreeSet<String>,
}

/// `[prompts]`
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Prompts {
    /// A folder with prompts that replace the built-in ones.
    pub dir: Option<PathBuf>,
}

/// `[notify]`: who is told of `kabar run`. Addresses are keys, so they stand in variables.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Notify {
    /// When a notice is sent.
    pub when: NotifyWhen,
    /// The variable that holds a webhook's address.
    pub webhook_env: Option<String>,
    /// What the webhook is sent.
    pub style: NotifyStyle,
    /// Mail goes to this address, through `sendmail` or by SMTP.
    pub mail: Option<String>,
    /// Who it comes from; not set: `kabar` at this machine.
    pub mail_from: Option<String>,
    /// The variable that holds the address of a mail server, with its password.
    pub smtp_env: Option<String>,
    /// The program that sends mail.
    pub sendmail: PathBuf,
    /// The variable that holds the address of a dead man's switch.
    pub ping_env: Option<String>,
    /// How long each of them may take.
    #[serde(with = "crate::model::duration::option")]
    pub timeout: Option<Duration>,
}

/// When a notice is sent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum NotifyWhen {
    /// When the exit code is not 0.
    #[default]
    Trouble,
    /// After every run.
    Always,
}

/// What a webhook is sent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum NotifyStyle {
    /// A JSON object with the receipt.
    #[default]
    Json,
    /// What Slack's incoming webhooks take (Mattermost and Rocket.Chat, too).
    Slack,
    /// What Teams' workflows take.
    Teams,
    /// Plain text with a title, as ntfy takes it.
    Ntfy,
}

impl Config {
    /// The state folder.
    pub fn state_dir(&self) -> PathBuf {
        self.state.dir.clone().unwrap_or_else(|| self.output.dir.join(".kabar"))
    }

    /// The names in the chains of failover; a backend that stands in both comes twice.
    pub fn chained(&self) -> impl Iterator<Item = &String> {
        self.translate.backend.iter().chain(&self.summary.backend)
    }
}
