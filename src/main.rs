//! Arguments in, exit code out.

use std::process::ExitCode;

use kabar::config::Surroundings;
use kabar::exit::Exit;

fn main() -> ExitCode {
    // A core file would hold keys. Where the system does not let itself be asked, the run goes on all the same.
    #[cfg(target_os = "linux")]
    let _ = rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::NotDumpable);
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        let what = panic.payload_as_str().unwrap_or("something that must never happen");
        kabar::report::complain(&format!("internal error: {what} ({place})"));
        kabar::report::complain("This is a bug in kabar; please report it with the command that led to it.");
    }));
    let run = || kabar::commands::run(std::env::args_os(), &Surroundings::capture());
    std::panic::catch_unwind(run).unwrap_or(Exit::Internal).into()
}
