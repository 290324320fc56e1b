//! `kabar state`: is it whole, a backup beside a run, the outputs anew from it.
//!
//! Place in the data way: beside it; `rebuild` is `deliver` alone.
//! It must never send anything, and never change what it only looks at.

use super::Desk;
use super::compose::{self, Backends, Folders, state_error};
use crate::cli::{StateBackupArgs, StateCommand};
use crate::config::Config;
use crate::error::Error;
use crate::exit::Exit;
use crate::model::event::Silent;
use crate::pipeline::deliver::{Delivery, still_there};
use crate::pipeline::stop::Stopper;
use crate::report::printable;
use crate::state::State;

/// Faults and files shown.
const SHOWN: usize = 20;

/// Runs `kabar state …`.
pub(super) fn run(command: &StateCommand, desk: &mut Desk<'_>) -> Result<Exit, Error> {
    let config = desk.config_of_state()?;
    match command {
        StateCommand::Check => {
            let exit = check(&config, desk)?;
            if exit == Exit::Partial {
                writeln!(desk.out, "\n`kabar state rebuild` writes them again; nothing is sent.")?;
            }
            Ok(exit)
        }
        StateCommand::Backup(args) => back_up(&config, args, desk),
        StateCommand::Rebuild => rebuild(&config, desk),
    }
}

/// `kabar doctor --state`: checks, writes outputs again that are missing or changed, checks again.
pub(super) fn mend(desk: &mut Desk<'_>) -> Result<Exit, Error> {
    let config = desk.config_of_state()?;
    match check(&config, desk)? {
        Exit::Partial => {}
        exit => return Ok(exit),
    }
    match rebuild(&config, desk)? {
        Exit::Done => check(&config, desk),
        exit => Ok(exit),
    }
}

fn look(folders: &Folders) -> Result<State, Error> {
    State::open_for_reading(&folders.state, &folders.root()).map_err(state_error)
}

/// The file, its rows, and the outputs with the length that was noted.
fn check(config: &Config, desk: &mut Desk<'_>) -> Result<Exit, Error> {
    let folders = Folders::new(config, &desk.around.cwd);
    let state = look(&folders)?;
    state.require_own().map_err(state_error)?;
    let faults = state.faults().map_err(state_error)?;
    list(desk, "damaged", &faults)?;
    if !faults.is_empty() {
        writeln!(desk.out, "\nThe state is damaged: restore a backup (docs/OPERATIONS.md), then run again.")?;
        return Ok(Exit::State);
    }
    let written = state.written().map_err(state_error)?;
    let gone = written.iter().filter(|(_, _, outputs)| !still_there(&folders.output, outputs));
    let gone: Vec<String> = gone.map(|(_, name, _)| name.clone()).collect();
    list(desk, "outputs missing or changed", &gone)?;
    if !gone.is_empty() {
        return Ok(Exit::Partial);
    }
    writeln!(desk.out, "ok: {} is whole; {} articles are written as noted", state.path().display(), written.len())?;
    Ok(Exit::Done)
}

fn list(desk: &mut Desk<'_>, what: &str, lines: &[String]) -> Result<(), Error> {
    for line in lines.iter().take(SHOWN) {
        writeln!(desk.out, "{what}: {}", printable(line).replace('\n', " "))?;
    }
    if let Some(more) = lines.len().checked_sub(SHOWN).filter(|more| *more > 0) {
        writeln!(desk.out, "{what}: {more} more")?;
    }
    Ok(())
}

fn back_up(config: &Config, args: &StateBackupArgs, desk: &mut Desk<'_>) -> Result<Exit, Error> {
    let state = look(&Folders::new(config, &desk.around.cwd))?;
    let to = desk.around.cwd.join(&args.file);
    state.back_up(&to).map_err(state_error)?;
    let bytes = std::fs::metadata(&to)?.len();
    writeln!(desk.out, "{}: {} KB", args.file.display(), bytes.div_ceil(1024))?;
    Ok(Exit::Done)
}

fn rebuild(config: &Config, desk: &mut Desk<'_>) -> Result<Exit, Error> {
    let folders = Folders::new(config, &desk.around.cwd);
    // Opened for writing, a state that is not there would be made.
    look(&folders)?.require_own().map_err(state_error)?;
    let backends = Backends::build(config, desk, &compose::hooks(std::sync::Arc::new(Silent), &Stopper::default()))?;
    let prompts = compose::prompts(config, &desk.around.cwd)?;
    let theme = compose::theme(config, &desk.around.cwd)?;
    let delivery = compose::delivery(config, backends.refs, prompts, &folders.output, theme)?;
    let state = compose::open_state(&folders, config, desk)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let Rebuilt { written, failed, aside } = runtime.block_on(write_all(&state, &delivery))?;
    list(desk, "changed by hand, put aside", &aside)?;
    list(desk, "not written", &failed)?;
    let left = state.counts().map_err(state_error)?.pending;
    writeln!(desk.out, "{written} articles written; {left} have work left: run again")?;
    Ok(if failed.is_empty() { Exit::Done } else { Exit::Partial })
}

/// What came of writing everything again.
#[derive(Default)]
struct Rebuilt {
    written: u64,
    /// Why others could not be written.
    failed: Vec<String>,
    /// Where files were put that somebody had changed by hand.
    aside: Vec<String>,
}

/// Writes every finished article.
async fn write_all(state: &State, delivery: &Delivery) -> Result<Rebuilt, Error> {
    let mut rebuilt = Rebuilt::default();
    for article in state.finished().map_err(state_error)? {
        let Some(ready) = state.ready(article).map_err(state_error)? else { continue };
        match delivery.deliver(&ready) {
            Ok(delivered) => {
                let noted = state.delivered(article, delivered.outcome, delivered.tier, delivered.outputs).await;
                noted.map_err(state_error)?;
                rebuilt.aside.extend(delivered.aside);
                rebuilt.written += 1;
            }
            Err(error) => rebuilt.failed.push(error.to_string()),
        }
    }
    Ok(rebuilt)
}
