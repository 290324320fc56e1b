//! The command line: clap types only.
//!
//! Place in the data way: before it; `commands` turn the flags into a layer of the configuration.
//! It must never hold logic or a default: defaults stand in `config/default.toml`, where they can be seen.
//!
//! To add a command: its arguments here, a variant of [`Command`], a file in `commands/`, an arm in `commands::dispatch`.

mod upkeep;

use std::path::PathBuf;

use clap::builder::{OsStringValueParser, TypedValueParser as _};
use clap::{Args, Parser, Subcommand};

pub use upkeep::{
    CompletionsArgs, ConfigCommand, InitArgs, MemoryCommand, MemoryExportArgs, MemoryGcArgs, MemoryImportArgs,
    MemoryStatsArgs, ModelAddArgs, ModelArgs, ModelCommand, Record, SchemaArgs, ShowArgs, StateBackupArgs,
    StateCommand,
};

/// Translates folders of Indonesian articles into English, with summaries, beside the original.
#[derive(Debug, Parser)]
#[command(name = "kabar", version, max_term_width = 100, disable_help_subcommand = true, after_help = EXAMPLES)]
pub struct Cli {
    /// Flags that every command takes.
    #[command(flatten)]
    pub common: Common,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

const EXAMPLES: &str = "Examples:
  kabar translate articles        translate a folder into ./kabar-out
  kabar plan articles             what that would send and cost
  kabar init                      write a commented kabar.toml
  kabar doctor                    is everything ready? if not, what to do
  kabar config show --origin      every setting, and who set it

`kabar COMMAND --help` explains a command. Exit codes are listed in `kabar man`.";

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Translate articles into English, with summaries, beside the original.
    Translate(TranslateArgs),
    /// Condense finished articles into a briefing whose every statement names its paragraphs.
    Brief(BriefArgs),
    /// Make a site of finished articles and briefings, with lists and a search; it opens from the disk.
    Site(SiteArgs),
    /// Do what the configuration says, with no arguments: what cron calls.
    Run(RunArgs),
    /// Do better what a lower backend of the list wrote, newest first.
    Upgrade(UpgradeArgs),
    /// Say what translate would do and cost, without doing it.
    Plan(PlanArgs),
    /// Say what is done, pending, failed and flagged, and how the last runs went.
    Status(StatusArgs),
    /// Check finished articles again, offline.
    Check(CheckArgs),
    /// Collect finished articles in one file: records, figures, or texts for translators' tools.
    Export(ExportArgs),
    /// Look into the translation memory, or exchange it with translators' tools.
    #[command(subcommand)]
    Memory(MemoryCommand),
    /// Look after the state: is it whole, a backup beside a run, the outputs anew from it.
    #[command(subcommand)]
    State(StateCommand),
    /// Look at the configuration, the state and each backend: ok, or what to do.
    Doctor,
    /// Write a commented kabar.toml into this folder.
    Init(InitArgs),
    /// Show the configuration.
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Look at, try or add a model of the offline engine.
    #[command(subcommand)]
    Model(ModelCommand),
    /// Print the JSON Schema of what kabar writes.
    Schema(SchemaArgs),
    /// Print a completion script for a shell.
    ///
    /// For example: kabar completions bash > ~/.local/share/bash-completion/completions/kabar
    Completions(CompletionsArgs),
    /// Print the manual page (read it with: kabar man | man -l -).
    Man,
}

/// Flags that every command takes.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Common options")]
pub struct Common {
    /// Read this configuration file instead of ./kabar.toml.
    #[arg(short, long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Use this backend; repeat it to say who steps in when one fails.
    #[arg(long, global = true, value_name = "NAME")]
    pub backend: Vec<String>,
    /// Keep the state (what was done, the translation memory) in this folder. `kabar doctor --state` without a folder
    /// looks at the state alone, and writes outputs again that are missing.
    #[arg(long, global = true, value_name = "DIR", num_args = 0..=1, default_missing_value = "",
        value_parser = OsStringValueParser::new().map(PathBuf::from))]
    pub state: Option<PathBuf>,
    /// How to show progress: auto, bar, plain, json or none.
    #[arg(long, global = true, value_name = "HOW")]
    pub progress: Option<String>,
    /// Print nothing on success.
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub quiet: bool,
    /// Print more.
    #[arg(short, long, global = true)]
    pub verbose: bool,
    /// Use colours: auto, always or never.
    #[arg(long, global = true, value_name = "WHEN")]
    pub color: Option<String>,
}

/// What to read and what to leave out.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Input")]
pub struct InputArgs {
    /// Files and folders with articles (folders with all that is in them); - is standard input.
    #[arg(value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// Read only files that match this pattern (as in .gitignore); may be repeated.
    #[arg(long, value_name = "PATTERN")]
    pub include: Vec<String>,
    /// Leave out files that match this pattern (as in .gitignore); may be repeated.
    #[arg(long, value_name = "PATTERN")]
    pub exclude: Vec<String>,
}

/// clap would pass on the words of the standard library, which are for programmers.
fn count(text: &str) -> Result<usize, &'static str> {
    text.parse().map_err(|_| "write a whole number, such as 8")
}

fn amount(text: &str) -> Result<f64, &'static str> {
    text.parse().map_err(|_| "write a number, such as 2.50")
}

/// Within which limits a run works, and what it leaves behind of itself.
#[derive(Debug, Clone, Default, Args)]
pub struct LimitArgs {
    /// Requests in flight.
    #[arg(short = 'j', long, value_name = "N", value_parser = count)]
    pub concurrency: Option<usize>,
    /// Stop before more than this is spent, in the currency of the backends' prices.
    #[arg(long, value_name = "AMOUNT", value_parser = amount)]
    pub budget: Option<f64>,
    /// Stop in order at this time ("06:25") or after this long ("50m").
    #[arg(long, value_name = "TIME|DURATION")]
    pub deadline: Option<String>,
    /// Where another run holds the state, wait for it this long ("10m") instead of giving up at once.
    #[arg(long, value_name = "DURATION")]
    pub wait: Option<String>,
    /// Where another run still holds the state: fail says who does; quiet exits 5 and says nothing, for cron.
    #[arg(long, value_name = "fail|quiet")]
    pub if_locked: Option<String>,
    /// Write a JSON summary of the run (counts, cost, exit code) to this file.
    #[arg(long, value_name = "FILE")]
    pub receipt: Option<PathBuf>,
}

/// What is worked on, and within which limits.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Work")]
pub struct WorkArgs {
    /// Write into this folder.
    #[arg(short, long, value_name = "DIR")]
    pub output: Option<PathBuf>,
    /// What to write for each article, such as md,json.
    #[arg(long, value_name = "LIST", value_delimiter = ',')]
    pub format: Vec<String>,
    /// Work again only on what failed, what is flagged, or what the named backend translated.
    #[arg(long, value_name = "failed|flagged|NAME", conflicts_with = "force")]
    pub only: Option<String>,
    /// Translate everything again, also what is finished or in the translation memory. A run that was stopped goes on
    /// without it: with it, all begins anew.
    #[arg(long)]
    pub force: bool,
    /// Remove outputs whose input file is gone (with plan: list them).
    #[arg(long)]
    pub prune: bool,
    /// Within which limits.
    #[command(flatten)]
    pub limits: LimitArgs,
    /// Translate site furniture too (links to other pages, credits, adverts).
    #[arg(long)]
    pub keep_boilerplate: bool,
    /// Take prompts from this folder where it has them.
    #[arg(long, value_name = "DIR")]
    pub prompts: Option<PathBuf>,
}

/// `kabar translate`
#[derive(Debug, Clone, Default, Args)]
pub struct TranslateArgs {
    /// What to read.
    #[command(flatten)]
    pub input: InputArgs,
    /// What to do with it.
    #[command(flatten)]
    pub work: WorkArgs,
}

/// `kabar brief`
#[derive(Debug, Clone, Default, Args)]
pub struct BriefArgs {
    /// The folder of finished articles.
    #[arg(value_name = "DIR")]
    pub dir: Option<PathBuf>,
    /// Write to this file (its ending chooses the format), or into this folder. Not set: standard output.
    #[arg(short, long, value_name = "FILE|DIR")]
    pub output: Option<PathBuf>,
    /// What to write, such as md,json: md, json, txt, html, atom or eml.
    #[arg(long, value_name = "LIST", value_delimiter = ',')]
    pub format: Vec<String>,
    /// Tell what was published in this time until now ("24h"). Not set: since the last briefing.
    #[arg(long, value_name = "DURATION", conflicts_with_all = ["from", "to"])]
    pub since: Option<String>,
    /// Tell what was published from this date or time on.
    #[arg(long, value_name = "DATE|TIME")]
    pub from: Option<String>,
    /// Tell what was published before this date or time.
    #[arg(long, value_name = "DATE|TIME")]
    pub to: Option<String>,
    /// Tell only articles of this outlet; may be repeated.
    #[arg(long, value_name = "NAME")]
    pub outlet: Vec<String>,
    /// Tell only articles that hold this name or word; may be repeated.
    #[arg(long, value_name = "WORD")]
    pub topic: Vec<String>,
    /// Put events that hold this name or word first; may be repeated.
    #[arg(long, value_name = "WORD")]
    pub watch: Vec<String>,
    /// Tell also what earlier briefings told, and do not note this one.
    #[arg(long)]
    pub again: bool,
    /// Ask no backend: tell with sentences of the articles.
    #[arg(long)]
    pub extractive: bool,
    /// Check this briefing (JSON or Markdown) against the articles instead of writing one; exit 3 on a failure.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["output", "since", "from", "to", "outlet", "topic", "watch", "again"])]
    pub verify: Option<PathBuf>,
}

/// `kabar site`
#[derive(Debug, Clone, Default, Args)]
pub struct SiteArgs {
    /// The folder of finished articles and briefings.
    #[arg(value_name = "DIR")]
    pub dir: Option<PathBuf>,
    /// Write into this folder.
    #[arg(short, long, value_name = "DIR")]
    pub output: Option<PathBuf>,
}

/// `kabar run`
#[derive(Debug, Clone, Default, Args)]
pub struct RunArgs {
    /// What to do.
    #[command(flatten)]
    pub work: WorkArgs,
}

/// `kabar upgrade`
#[derive(Debug, Clone, Default, Args)]
pub struct UpgradeArgs {
    /// The output folder.
    #[arg(value_name = "DIR")]
    pub dir: Option<PathBuf>,
    /// Within which limits.
    #[command(flatten)]
    pub limits: LimitArgs,
}

/// `kabar plan`
#[derive(Debug, Clone, Default, Args)]
pub struct PlanArgs {
    /// What to read.
    #[command(flatten)]
    pub input: InputArgs,
    /// What would be done with it.
    #[command(flatten)]
    pub work: WorkArgs,
    /// Print JSON instead of a table.
    #[arg(long)]
    pub json: bool,
}

/// `kabar status`
#[derive(Debug, Clone, Default, Args)]
pub struct StatusArgs {
    /// The output folder.
    #[arg(value_name = "DIR")]
    pub dir: Option<PathBuf>,
    /// Print JSON instead of a table.
    #[arg(long)]
    pub json: bool,
}

/// `kabar check`
#[derive(Debug, Clone, Default, Args)]
pub struct CheckArgs {
    /// The output folder.
    #[arg(value_name = "DIR")]
    pub dir: Option<PathBuf>,
    /// Print JSON lines instead of text.
    #[arg(long)]
    pub json: bool,
}

/// `kabar export`
#[derive(Debug, Clone, Default, Args)]
pub struct ExportArgs {
    /// The folder of finished articles.
    #[arg(value_name = "DIR")]
    pub dir: Option<PathBuf>,
    /// What to write: jsonl (records), csv (figures), tmx, xliff (2.1) or xliff12. Not set: as the file's ending says.
    #[arg(long, value_name = "FORM")]
    pub format: Option<String>,
    /// Write to this file instead of standard output.
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    fn every(command: &clap::Command, look: &mut dyn FnMut(&clap::Command)) {
        look(command);
        command.get_subcommands().for_each(|inner| every(inner, look));
    }

    #[test]
    fn the_definition_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn no_flag_has_a_default_because_defaults_stand_in_the_reference_file() {
        let mut given = Vec::new();
        every(&Cli::command(), &mut |command| {
            let takes_value = |arg: &&clap::Arg| arg.get_action().takes_values();
            let args = command.get_arguments().filter(takes_value).filter(|arg| !arg.get_default_values().is_empty());
            given.extend(args.map(|arg| format!("{} {}", command.get_name(), arg.get_id())));
        });
        assert_eq!(given, Vec::<String>::new());
    }

    #[test]
    fn every_flag_and_command_is_explained() {
        every(&Cli::command(), &mut |command| {
            assert!(command.get_about().is_some(), "{}", command.get_name());
            for arg in command.get_arguments() {
                assert!(arg.get_help().is_some(), "{} {}", command.get_name(), arg.get_id());
            }
        });
    }
}
