//! `kabar init`: writes the commented reference as the user's own `kabar.toml`, or prints what runs kabar by the clock.
//!
//! Place in the data way: none.
//! It must never replace a file unless asked to, nor by half of one.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use super::compose::{Folders, not_written};
use super::{Desk, schedule};
use crate::cli::InitArgs;
use crate::config::DEFAULT;
use crate::error::Error;
use crate::exit::Exit;
use crate::stage::write::replace;

/// Writes the file.
pub(super) fn run(args: &InitArgs, desk: &mut Desk<'_>) -> Result<Exit, Error> {
    // The clock starts it with the flags of this call.
    let here = |path: &Path| desk.around.cwd.join(path);
    let config = desk.common.config.as_deref().map(|file| ("--config", here(file)));
    let state = desk.common.state.as_deref().map(|dir| ("--state", here(dir)));
    let named: Vec<_> = config.into_iter().chain(state).collect();
    if args.cron {
        writeln!(desk.out, "{}", schedule::crontab(&desk.around.program, &desk.around.cwd, &named))?;
        return Ok(Exit::Done);
    }
    if args.systemd {
        let config = desk.config(None, None)?;
        let folders = Folders::new(&config, &desk.around.cwd);
        let user = desk.around.variable("USER").unwrap_or_else(|| "kabar".into());
        let unit = schedule::Unit {
            program: &desk.around.program,
            named: &named,
            folder: &desk.around.cwd,
            writes: &[&folders.output, &folders.state],
            user: &user,
        };
        write!(desk.out, "{}", unit.text())?;
        return Ok(Exit::Done);
    }
    let path = args.file.clone().unwrap_or_else(|| PathBuf::from("kabar.toml"));
    if path == Path::new("-") {
        desk.out.write_all(DEFAULT.as_bytes())?;
        return Ok(Exit::Done);
    }
    let file = desk.around.cwd.join(&path);
    if !args.force && file.symlink_metadata().is_ok() {
        return Err(Error::Usage(format!("{} exists already; --force replaces it", path.display())));
    }
    // A link stays one: what it leads to is replaced.
    let file = file.canonicalize().unwrap_or(file);
    replace(&file, |draft| draft.write_all(DEFAULT.as_bytes()))
        .map_err(|error: std::io::Error| not_written(path.display(), &error))?;
    writeln!(desk.out, "Wrote {}. Name a backend in it, then: kabar doctor", path.display())?;
    Ok(Exit::Done)
}
