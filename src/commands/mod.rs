//! One file per subcommand: build the parts, call the pipeline, print the outcome. The only composer of the house.
//!
//! Place in the data way: around it; a command loads the configuration, hands each room its options and returns an exit.
//! It must never hold a rule of a room: what is longer than a screen belongs there.

mod advice;
mod brief;
mod check;
mod completions;
mod compose;
mod config;
mod doctor;
mod export;
mod init;
mod man;
mod memory;
mod model;
mod notify;
mod plan;
mod run;
mod schedule;
mod schema;
mod settings;
mod site;
mod state;
mod status;
mod translate;
mod upgrade;

use std::ffi::OsString;

use clap::Parser as _;

use crate::cli::{Cli, Command};
use crate::config::Surroundings;
use crate::error::Error;
use crate::exit::Exit;
pub use settings::Desk;

/// Reads the arguments, runs the command, reports what stopped it.
pub fn run(arguments: impl IntoIterator<Item = OsString>, around: &Surroundings) -> Exit {
    let cli = match Cli::try_parse_from(arguments) {
        Ok(cli) => cli,
        Err(shown) => return show(&shown),
    };
    let mut stdout = std::io::stdout().lock();
    let mut desk = Desk::new(&cli.common, around, &mut stdout);
    dispatch(&cli, &mut desk).unwrap_or_else(|error| {
        let exit = error.exit();
        if exit != Exit::Done {
            desk.complain(&error.to_string());
        }
        exit
    })
}

/// Prints what clap has to say: help and version are no errors.
fn show(shown: &clap::Error) -> Exit {
    let _ = shown.print();
    if shown.use_stderr() { Exit::Usage } else { Exit::Done }
}

fn dispatch(cli: &Cli, desk: &mut Desk<'_>) -> Result<Exit, Error> {
    match &cli.command {
        Command::Doctor if desk.names_no_state() => state::mend(desk),
        _ if desk.names_no_state() => Err(Error::Usage("--state needs a folder".into())),
        Command::Translate(args) => translate::run(args, desk),
        Command::Brief(args) => brief::run(args, desk),
        Command::Site(args) => site::run(args, desk),
        Command::Run(args) => run::run(args, desk),
        Command::Upgrade(args) => upgrade::run(args, desk),
        Command::Plan(args) => plan::run(args, desk),
        Command::Status(args) => status::run(args, desk),
        Command::Check(args) => check::run(args, desk),
        Command::Export(args) => export::run(args, desk),
        Command::Memory(command) => memory::run(command, desk),
        Command::State(command) => state::run(command, desk),
        Command::Doctor => doctor::run(desk),
        Command::Init(args) => init::run(args, desk),
        Command::Config(command) => config::run(command, desk),
        Command::Model(command) => model::run(command, desk),
        Command::Schema(args) => schema::run(args, desk),
        Command::Completions(args) => completions::run(args, desk),
        Command::Man => man::run(desk),
    }
}
