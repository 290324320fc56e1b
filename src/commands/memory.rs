//! `kabar memory`: how much the translation memory holds, and its way to translators' tools and back (TMX 1.4b).
//!
//! Place in the data way: beside it.
//! It must never write an article: what is imported is written by the next run, which sends nothing for it.

use std::io::{BufWriter, Write};
use std::path::Path;

use super::Desk;
use super::compose::{self, Backends, Folders, state_error};
use crate::cli::{MemoryCommand, MemoryGcArgs, MemoryImportArgs};
use crate::config::Config;
use crate::error::Error;
use crate::exit::Exit;
use crate::model::duration;
use crate::model::event::Silent;
use crate::model::unit::{IMPORT, MemoryEntry, MemoryKind};
use crate::pipeline::human;
use crate::pipeline::stop::Stopper;
use crate::stage::clean::Rules;
use crate::stage::tmx::{self, Entry, Pair, TmxWriter};
use crate::stage::{xliff, xml};
use crate::state::{Freed, HumanEntry, Output, State, StateError};

/// Entries that are stored in one transaction.
const BATCH: usize = 1_000;

/// Runs `kabar memory …`.
pub(super) fn run(command: &MemoryCommand, desk: &mut Desk<'_>) -> Result<Exit, Error> {
    let config = desk.config_of_state()?;
    match command {
        MemoryCommand::Stats(args) => stats(&config, args.json, desk),
        MemoryCommand::Export(args) => export(&config, args.file.as_deref(), desk),
        MemoryCommand::Import(args) => import(&config, args, desk),
        MemoryCommand::Gc(args) => gc(&config, args, desk),
    }
}

fn open(config: &Config, desk: &Desk<'_>) -> Result<State, Error> {
    let folders = Folders::new(config, &desk.around.cwd);
    State::open_for_reading(&folders.state, &folders.root()).map_err(state_error)
}

fn stats(config: &Config, json: bool, desk: &mut Desk<'_>) -> Result<Exit, Error> {
    let stats = open(config, desk)?.memory_stats().map_err(state_error)?;
    if json {
        writeln!(desk.out, "{}", serde_json::to_string_pretty(&stats).map_err(anyhow::Error::from)?)?;
        return Ok(Exit::Done);
    }
    writeln!(desk.out, "segments    {} ({} characters of Indonesian)", stats.segments, stats.characters)?;
    writeln!(desk.out, "summaries   {}", stats.summaries)?;
    writeln!(desk.out, "translators {} texts", stats.human)?;
    for (backend, segments) in &stats.by_backend {
        writeln!(desk.out, "  {segments} by {backend}")?;
    }
    Ok(Exit::Done)
}

/// To a file, or to standard output.
fn export(config: &Config, file: Option<&Path>, desk: &mut Desk<'_>) -> Result<Exit, Error> {
    let state = open(config, desk)?;
    match file.filter(|path| *path != Path::new("-")) {
        Some(path) => compose::to_file(&desk.around.cwd.join(path), |file| write_all(&state, BufWriter::new(file)))?,
        None => write_all(&state, &mut *desk.out)?,
    }
    Ok(Exit::Done)
}

/// What translators gave, then what machines answered, sealed as such.
fn write_all(state: &State, to: impl Write) -> Result<(), Error> {
    let mut writer = TmxWriter::new(to, env!("CARGO_PKG_VERSION"))?;
    let mut result = Ok(());
    let mut put = |entry: Entry<'_>| {
        if result.is_ok() {
            result = writer.entry(&entry);
        }
    };
    state.each_human(|id, en, by| put(Entry { id, en, by, ..Entry::default() })).map_err(state_error)?;
    state
        .each_segment(|id, en, by| put(Entry { id, en, by, machine: true, ..Entry::default() }))
        .map_err(state_error)?;
    result?;
    writer.finish()?;
    Ok(())
}

/// Stores translators' texts apart, where no machine overwrites them, and brings finished articles up to date. What
/// another Kabar's machines wrote is remembered where nothing is.
fn import(config: &Config, args: &MemoryImportArgs, desk: &mut Desk<'_>) -> Result<Exit, Error> {
    let pairs = pairs(args, desk)?;
    let hooks = compose::hooks(std::sync::Arc::new(Silent), &Stopper::default());
    let backends = Backends::build(config, desk, &hooks)?;
    let prompts = compose::prompts(config, &desk.around.cwd)?;
    let recipe = backends.recipe(config, &prompts, &Rules::builtin())?;
    let checks = compose::checks(config)?;
    let (machine, human): (Vec<Pair>, Vec<Pair>) = pairs.into_iter().partition(|pair| pair.machine);
    let profiles: Vec<_> = backends.translate.members.iter().map(|member| member.backend.profile()).collect();
    let keyed = |pair: &Pair| {
        let (id, en, by) = (&pair.id, &pair.en, pair.by.clone().unwrap_or_default());
        let key = |profile| recipe.segment_key(profile, id);
        let entry =
            |key| MemoryEntry { key, kind: MemoryKind::Segment, id: id.clone(), en: en.clone(), backend: by.clone() };
        profiles.iter().map(|profile| entry(key(profile))).collect::<Vec<_>>()
    };
    let given = |pair: &Pair| {
        let by = pair.by.clone().filter(|by| !config.backends.contains_key(by)).unwrap_or_else(|| IMPORT.into());
        HumanEntry { key: recipe.human_key(&pair.id), id: pair.id.clone(), en: pair.en.clone(), by }
    };
    let state = compose::open_state(&Folders::new(config, &desk.around.cwd), config, desk)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let (fresh, revised) = runtime
        .block_on(async {
            for batch in machine.chunks(BATCH) {
                state.remember_new(batch.iter().flat_map(keyed).collect()).await?;
            }
            let mut fresh = 0;
            for batch in human.chunks(BATCH) {
                fresh += state.import(batch.iter().map(given).collect()).await?;
            }
            Ok::<_, StateError>((fresh, human::revise(&state, &recipe, &checks).await?))
        })
        .map_err(state_error)?;
    writeln!(
        desk.out,
        "{} pairs imported: {} by translators ({fresh} new), {} by machines; {} paragraphs of finished articles revised{}",
        human.len() + machine.len(),
        human.len(),
        machine.len(),
        revised.segments,
        if revised.segments > 0 { "; `kabar translate` writes them" } else { "" }
    )?;
    Ok(Exit::Done)
}

/// Forgets what nothing rests on any more, and says what that was.
fn gc(config: &Config, args: &MemoryGcArgs, desk: &mut Desk<'_>) -> Result<Exit, Error> {
    let given = args.older.as_deref().map(duration::parse).transpose().map_err(Error::Usage)?;
    let age = given.or(config.state.forget_after).unwrap_or_default();
    let before = (desk.around.clock)().timestamp().checked_sub(age).map_err(|error| Error::Usage(error.to_string()))?;
    let before = before.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
    let folders = Folders::new(config, &desk.around.cwd);
    // Opened for writing, a state that is not there would be made.
    open(config, desk)?;
    let state = compose::open_state(&folders, config, desk)?;
    state.require_own().map_err(state_error)?;
    // What may not be looked at is there.
    let there = |output: &Output| folders.output.join(&output.path).try_exists().unwrap_or(true);
    let written = state.written().map_err(state_error)?;
    if !written.is_empty() && !written.iter().flat_map(|(_, _, outputs)| outputs).any(there) {
        return Err(Error::Usage(format!(
            "no output of the {} articles in {} is there: that looks like a disk that is not, so nothing is forgotten",
            written.len(),
            folders.output.display()
        )));
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let freed =
        runtime.block_on(state.collect_garbage(&before, |outputs| !outputs.iter().any(there))).map_err(state_error)?;
    let Freed { articles, segments, summaries, bytes } = freed;
    let kilobytes = bytes.div_ceil(1024);
    writeln!(desk.out, "forgot {articles} articles, {segments} segments, {summaries} summaries; {kilobytes} KB freed")?;
    Ok(Exit::Done)
}

fn pairs(args: &MemoryImportArgs, desk: &Desk<'_>) -> Result<Vec<Pair>, Error> {
    let mut pairs = Vec::new();
    for path in &args.files {
        let fault = |reason: String| Error::Usage(format!("{}: {reason}", path.display()));
        let bytes = std::fs::read(desk.around.cwd.join(path)).map_err(|error| fault(error.to_string()))?;
        // Other tools write UTF-16 too, with a mark that says so.
        let named = xml::encoding(&bytes);
        let (text, used, is_damaged) = named.decode(&bytes);
        if is_damaged {
            return Err(fault(format!("is not in {}, as it says it is; nothing was imported", used.name())));
        }
        let read = if xliff::is_xliff(&text) { xliff::read } else { tmx::read };
        read(&text, &mut |pair| pairs.push(pair)).map_err(fault)?;
    }
    Ok(pairs)
}
