//! `kabar upgrade`: does better what a lower backend wrote, when money, time or a backend are there again.
//!
//! Place in the data way: `work` and `deliver` over finished articles of the output folder.
//! It must never read an input: the state holds what is needed.

use crate::cli::{UpgradeArgs, WorkArgs};
use crate::error::Error;
use crate::exit::Exit;

use super::Desk;
use super::translate::{Job, locked};

/// Runs `kabar upgrade`.
pub(super) fn run(args: &UpgradeArgs, desk: &mut Desk<'_>) -> Result<Exit, Error> {
    let work = WorkArgs { output: args.dir.clone(), limits: args.limits.clone(), ..WorkArgs::default() };
    let config = desk.config(None, Some(&work))?;
    locked(&config, super::translate::carry_out(&config, &work, &Job::Upgrade, desk))
}
