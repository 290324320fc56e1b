//! `kabar upgrade`: does better what a lower backend wrote, when money, time or a backend are there again.
//!
//! Place in the data way: `work` and `deliver` over finished articles of the output folder.
//! It must never read an input: the state holds what is needed.

use crate::cli::{UpgradeArgs, WorkArgs};
use crate::error::Error;
use crate::exit::Exit;
use crate::state::State;

use super::Desk;
use super::compose::{Folders, state_error};
use super::translate::{Job, locked};

/// Runs `kabar upgrade`.
pub(super) fn run(args: &UpgradeArgs, desk: &mut Desk<'_>) -> Result<Exit, Error> {
    let work = WorkArgs { output: args.dir.clone(), limits: args.limits.clone(), ..WorkArgs::default() };
    let config = desk.config(None, Some(&work))?;
    let folders = Folders::new(&config, &desk.around.cwd);
    // Opened for writing, a state that is not there would be made.
    let state = State::open_for_reading(&folders.state, &folders.root()).map_err(state_error)?;
    state.require_own().map_err(state_error)?;
    locked(&config, super::translate::carry_out(&config, &work, &Job::Upgrade, desk))
}
