//! `kabar run`: translate, then brief, as the configuration says: what cron calls.
//!
//! Place in the data way: all of it; those who are not there are told how it went.
//! It must never let trouble with the briefing hide how the translation went.

use std::path::PathBuf;

use crate::cli::{InputArgs, RunArgs};
use crate::config::Config;
use crate::error::Error;
use crate::exit::Exit;
use crate::model::outcome::Receipt;
use crate::pipeline::time_limit::TimeLimit;
use crate::report::ProgressMode;

use super::compose::{self, Folders};
use super::translate::at_best_partial;
use super::{Desk, advice, brief, notify, translate};

/// Runs `kabar run`.
pub(super) fn run(args: &RunArgs, desk: &mut Desk<'_>) -> Result<Exit, Error> {
    notify::around(desk, |desk| {
        let limit = brief::time_limit(&desk.config(None, Some(&args.work))?, desk);
        let exit = translate::translate(&InputArgs::default(), &args.work, desk)?;
        let config = desk.config(None, Some(&args.work))?;
        match exit {
            Exit::Locked | Exit::Interrupted | Exit::Terminated => Ok(exit),
            _ if !config.brief.after_run => Ok(exit),
            _ => {
                if let Some(note) = advice::no_briefing(&config) {
                    desk.complain(&note);
                }
                Ok(brief_after(exit, config, limit, desk))
            }
        }
    })
}

/// Briefs over what is finished. After a stop, and where no backend answers, it asks nobody.
fn brief_after(exit: Exit, mut config: Config, limit: Option<TimeLimit>, desk: &mut Desk<'_>) -> Exit {
    // The receipt was the last line; what trouble there is comes back as an error.
    config.progress.mode = ProgressMode::None;
    let spent = desk.receipt.iter().flat_map(|receipt| receipt.cost.values()).copied().fold(0.0, f64::max);
    config.run.budget = config.run.budget.map(|budget| (budget - spent).max(0.0));
    let is_extractive = matches!(exit, Exit::Stopped | Exit::NoBackend);
    let exit = match brief::after_run(&config, is_extractive, limit, desk) {
        Ok(told) => {
            for event in &told.watched {
                desk.complain(&format!("watch list: {event}"));
            }
            let below = |file: &PathBuf| file.strip_prefix(&desk.around.cwd).unwrap_or(file).display().to_string();
            let shown = told.file.as_ref().map(below);
            desk.receipt.as_mut().map_or(exit, |receipt| {
                receipt.briefing = shown;
                receipt.watched = told.watched;
                receipt.add(&told.used);
                receipt.stopped = told.stopped.or_else(|| receipt.stopped.take());
                // What went wrong before is not mended by a briefing.
                Some(Exit::of(receipt)).filter(|after| *after != Exit::Done).unwrap_or(exit)
            })
        }
        Err(error) => {
            crate::report::complain(&format!("the briefing could not be written: {error}"));
            at_best_partial(exit)
        }
    };
    let Some(receipt) = &mut desk.receipt else { return exit };
    receipt.exit = exit.code();
    let renewed = translate::renew_receipt(&config, receipt, &desk.around.cwd);
    let exit = if renewed.is_ok() { exit } else { at_best_partial(exit) };
    receipt.exit = exit.code();
    let receipt = receipt.clone();
    if let Err(error) = renewed {
        desk.complain(&error.to_string());
    }
    if let Err(error) = note(config, &receipt, desk) {
        desk.complain(&format!("the state does not know how the briefing went: {error}"));
    }
    exit
}

/// Has the state know what the whole run came to. Another run may hold it by now: that is not waited for.
fn note(mut config: Config, receipt: &Receipt, desk: &Desk<'_>) -> Result<(), Error> {
    config.run.wait = None;
    let state = compose::open_state(&Folders::new(&config, &desk.around.cwd), &config, desk)?;
    let now = translate::stamp(desk);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(state.end_run(receipt, &now)).map_err(compose::state_error)
}
