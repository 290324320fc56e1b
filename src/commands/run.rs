//! `kabar run`: translate, then brief, as the configuration says: what cron calls.
//!
//! Place in the data way: all of it; those who are not there are told how it went.
//! It must never let trouble with the briefing hide how the translation went.

use std::path::PathBuf;

use crate::cli::{InputArgs, RunArgs};
use crate::config::Config;
use crate::error::Error;
use crate::exit::Exit;
use crate::pipeline::time_limit::TimeLimit;
use crate::report::ProgressMode;

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
    match translate::renew_receipt(&config, receipt, &desk.around.cwd) {
        Ok(()) => exit,
        Err(error) => {
            desk.complain(&error.to_string());
            at_best_partial(exit)
        }
    }
}
