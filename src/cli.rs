//! The command line: clap types only.
//!
//! Place in the data way: before it; `commands` turn the flags into a layer of the configuration.
//! It must never hold logic or a default: defaults stand in `config/default.toml`, where they can be seen.
//!
//! To add a command: its arguments here, a variant of [`Command`], a file in `commands/`, an arm in `commands::dispatch`.

use std::path::PathBuf;

use clap::builder::{OsStringValueParser, TypedValueParser as _};
use clap::{Args, Parser, Subcommand};

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
    /// Translate everything again, also what is finished or in the translation memory.
    #[arg(long)]
    pub force: bool,
    /// Remove outputs whose input file is gone (with plan: list them).
    #[arg(long)]
    pub prune: bool,
    /// Requests in flight.
    #[arg(short = 'j', long, value_name = "N")]
    pub concurrency: Option<usize>,
    /// Stop before more than this is spent, in the currency of the backends' prices.
    #[arg(long, value_name = "AMOUNT")]
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
    /// Translate site furniture too (links to other pages, credits, adverts).
    #[arg(long)]
    pub keep_boilerplate: bool,
    /// Take prompts from this folder where it has them.
    #[arg(long, value_name = "DIR")]
    pub prompts: Option<PathBuf>,
    /// Write a JSON summary of the run (counts, cost, exit code) to this file.
    #[arg(long, value_name = "FILE")]
    pub receipt: Option<PathBuf>,
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
    /// Requests in flight.
    #[arg(short = 'j', long, value_name = "N")]
    pub concurrency: Option<usize>,
    /// Stop before more than this is spent, in the currency of the backends' prices.
    #[arg(long, value_name = "AMOUNT")]
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

/// `kabar memory`
#[derive(Debug, Clone, Subcommand)]
pub enum MemoryCommand {
    /// Say how much it holds.
    Stats(MemoryStatsArgs),
    /// Write it as TMX 1.4b, for OmegaT, Trados and their like.
    Export(MemoryExportArgs),
    /// Take translations from TMX files, and what is approved in XLIFF files; they win over what is there.
    Import(MemoryImportArgs),
    /// Forget what nothing rests on any more, and give the room back to the disk.
    ///
    /// Articles go whose outputs are gone and that no run had work for in a while; then entries that no article holds.
    /// What was imported stays.
    Gc(MemoryGcArgs),
}

/// `kabar memory gc`
#[derive(Debug, Clone, Default, Args)]
pub struct MemoryGcArgs {
    /// Forget articles without outputs that no run had work for in this time ("30d"). Not set: as the configuration says.
    #[arg(long, value_name = "DURATION")]
    pub older: Option<String>,
}

/// `kabar state`
#[derive(Debug, Clone, Subcommand)]
pub enum StateCommand {
    /// Check the file, its rows and the outputs that it names; exit 6 when it is damaged, 3 when outputs are missing.
    Check,
    /// Copy it into a new file, also beside a run that is under way.
    Backup(StateBackupArgs),
    /// Write every output again from the state alone; nothing is sent.
    Rebuild,
}

/// `kabar state backup`
#[derive(Debug, Clone, Default, Args)]
pub struct StateBackupArgs {
    /// The copy; a file that is there already is not replaced.
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
}

/// `kabar memory stats`
#[derive(Debug, Clone, Default, Args)]
pub struct MemoryStatsArgs {
    /// Print JSON instead of text.
    #[arg(long)]
    pub json: bool,
}

/// `kabar memory export`
#[derive(Debug, Clone, Default, Args)]
pub struct MemoryExportArgs {
    /// Write to this file instead of standard output.
    #[arg(value_name = "FILE")]
    pub file: Option<PathBuf>,
}

/// `kabar memory import`
#[derive(Debug, Clone, Default, Args)]
pub struct MemoryImportArgs {
    /// TMX or XLIFF files with Indonesian and English.
    #[arg(value_name = "FILE", required = true)]
    pub files: Vec<PathBuf>,
}

/// `kabar init`
#[derive(Debug, Clone, Default, Args)]
pub struct InitArgs {
    /// Write to this file instead of kabar.toml; - is standard output.
    #[arg(value_name = "FILE")]
    pub file: Option<PathBuf>,
    /// Replace a file that exists.
    #[arg(long)]
    pub force: bool,
    /// Print a line for crontab that runs kabar in this folder, instead of writing a file.
    #[arg(long, conflicts_with_all = ["file", "force"])]
    pub cron: bool,
    /// Print a systemd service and timer that run kabar in this folder, instead of writing a file.
    #[arg(long, conflicts_with_all = ["file", "force", "cron"])]
    pub systemd: bool,
}

/// `kabar config`
#[derive(Debug, Clone, Subcommand)]
pub enum ConfigCommand {
    /// Print every setting as it holds here.
    Show(ShowArgs),
}

/// `kabar config show`
#[derive(Debug, Clone, Default, Args)]
pub struct ShowArgs {
    /// Also say who set each value: built in, file and line, variable, or flag.
    #[arg(long)]
    pub origin: bool,
}

/// `kabar model`
#[derive(Debug, Clone, Subcommand)]
pub enum ModelCommand {
    /// Print a model's name, size and SHA-256.
    Info(ModelArgs),
    /// Translate standard input with a model, line by line.
    Translate(ModelArgs),
    /// Copy or download a model, check it, and keep it for use.
    ///
    /// A model is model.gguf, or model.safetensors with config.json; and tokenizer.json, or source.spm with vocab.json.
    Add(ModelAddArgs),
}

/// `kabar model info` and `kabar model translate`
#[derive(Debug, Clone, Default, Args)]
pub struct ModelArgs {
    /// The folder of a model; left out, the model that is built in.
    #[arg(value_name = "DIR")]
    pub model: Option<String>,
}

/// `kabar model add`
#[derive(Debug, Clone, Default, Args)]
pub struct ModelAddArgs {
    /// A folder, or the address below which the files lie.
    #[arg(value_name = "DIR|URL")]
    pub source: String,
    /// What `kabar model info` prints for it where it was made; the model is refused when it differs.
    #[arg(long, value_name = "HEX", required_unless_present = "unverified")]
    pub sha256: Option<String>,
    /// Take a folder without knowing its SHA-256; never an address.
    #[arg(long, conflicts_with = "sha256")]
    pub unverified: bool,
    /// Keep it here instead of in models/NAME.
    #[arg(long, value_name = "DIR")]
    pub to: Option<PathBuf>,
}

/// `kabar schema`
#[derive(Debug, Clone, Args)]
pub struct SchemaArgs {
    /// Which record.
    #[arg(value_enum)]
    pub record: Record,
}

/// The records that have a schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Record {
    /// One article in both languages: NAME.json.
    Article,
    /// Many articles condensed: kabar brief --format json.
    Briefing,
    /// What a run did: --receipt FILE.
    Receipt,
}

/// `kabar completions`
#[derive(Debug, Clone, Args)]
pub struct CompletionsArgs {
    /// The shell.
    #[arg(value_enum)]
    pub shell: clap_complete::Shell,
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
