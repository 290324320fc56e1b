//! `kabar man`: the manual page, from the command line's own definition, with each command and the exit codes.
//!
//! Place in the data way: none.
//! It must never be written by hand.

use clap::CommandFactory as _;
use clap_mangen::Man;
use clap_mangen::roff::{Roff, bold, roman};

use super::Desk;
use crate::cli::Cli;
use crate::error::Error;
use crate::exit::{ALL, Exit};

/// Prints the page.
pub(super) fn run(desk: &mut Desk<'_>) -> Result<Exit, Error> {
    let mut command = Cli::command();
    command.build();
    let mut page = Vec::new();
    // Not `render`: it would refer to a page for each command, and there is only this one.
    let man = Man::new(command.clone());
    man.render_title(&mut page)?;
    man.render_name_section(&mut page)?;
    man.render_synopsis_section(&mut page)?;
    man.render_description_section(&mut page)?;
    man.render_options_section(&mut page)?;
    man.render_extra_section(&mut page)?;
    for inner in command.get_subcommands() {
        section(inner, &format!("kabar {}", inner.get_name()), &mut page)?;
    }
    exit_codes().to_writer(&mut page)?;
    desk.out.write_all(&page)?;
    Ok(Exit::Done)
}

/// One command with its own options (the common ones stand on top).
fn section(command: &clap::Command, name: &str, page: &mut Vec<u8>) -> std::io::Result<()> {
    let about = command.get_about().map(ToString::to_string).unwrap_or_default();
    Roff::new().control("SH", [name.to_uppercase().as_str()]).text([roman(about)]).to_writer(page)?;
    let own = |arg: &&clap::Arg| !arg.is_global_set() && arg.get_id() != "help" && !arg.is_hide_set();
    for arg in command.get_arguments().filter(own) {
        let help = arg.get_help().map(ToString::to_string).unwrap_or_default();
        let mut entry = Roff::new();
        entry.control("TP", []).text([bold(arg.to_string())]).text([roman(help)]);
        entry.to_writer(page)?;
    }
    for inner in command.get_subcommands() {
        section(inner, &format!("{name} {}", inner.get_name()), page)?;
    }
    Ok(())
}

fn exit_codes() -> Roff {
    let mut roff = Roff::new();
    roff.control("SH", ["EXIT STATUS"]);
    for exit in ALL {
        roff.control("TP", []).text([bold(exit.code().to_string())]).text([roman(exit.meaning())]);
    }
    roff
}
