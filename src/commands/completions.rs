//! `kabar completions`: a script for the user's shell, from the command line's own definition.
//!
//! Place in the data way: none.
//! It must never be written by hand.

use clap::CommandFactory as _;

use super::Desk;
use crate::cli::{Cli, CompletionsArgs};
use crate::error::Error;
use crate::exit::Exit;

/// Prints the script.
pub(super) fn run(args: &CompletionsArgs, desk: &mut Desk<'_>) -> Result<Exit, Error> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "kabar", &mut script);
    desk.out.write_all(&script)?;
    Ok(Exit::Done)
}
