//! Arguments of the commands that look after things: memory, state, configuration, model.
//!
//! Place in the data way: before it, as all of `cli`.
//! It must never hold logic or a default.

use std::path::PathBuf;

use clap::{Args, Subcommand};

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
