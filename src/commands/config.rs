//! `kabar config show`: every setting as it holds here, and who set it.
//!
//! Place in the data way: none.
//! It must never show a key.

use super::Desk;
use crate::cli::{ConfigCommand, ShowArgs};
use crate::config::shown;
use crate::error::Error;
use crate::exit::Exit;

/// Runs `kabar config …`.
pub(super) fn run(command: &ConfigCommand, desk: &mut Desk<'_>) -> Result<Exit, Error> {
    match command {
        ConfigCommand::Show(args) => show(args, desk),
    }
}

/// One line for each setting; with `--origin`, who set it after a `#`.
fn show(args: &ShowArgs, desk: &mut Desk<'_>) -> Result<Exit, Error> {
    let config = desk.config(None, None)?;
    for (key, setting) in &config.settings {
        let line = format!("{key} = {}", shown(key, &setting.value));
        if args.origin {
            writeln!(desk.out, "{line:<50} # {}", setting.place)?;
        } else {
            writeln!(desk.out, "{line}")?;
        }
    }
    Ok(Exit::Done)
}
