//! `kabar export`: finished articles in one file, for data people and translators.
//!
//! Place in the data way: after `deliver`; it reads what was written, not the state.
//! It must never hold more than one record, or leave half a file where one is named.

use std::io::{BufWriter, Write};
use std::path::Path;

use crate::cli::ExportArgs;
use crate::error::Error;
use crate::exit::Exit;
use crate::pipeline::brief::name_of;
use crate::report::complain;
use crate::stage::read::records;
use crate::stage::write::{Collection, Collector};

use super::Desk;
use super::compose;

/// Runs `kabar export`; exit 3 where a record is damaged: the others are written.
pub(super) fn run(args: &ExportArgs, desk: &mut Desk<'_>) -> Result<Exit, Error> {
    let folder = desk.articles(args.dir.as_deref())?.1.output;
    let form = form(args)?;
    let file = args.output.as_deref().filter(|path| *path != Path::new("-"));
    let Some(path) = file.map(|path| desk.around.cwd.join(path)) else {
        return collect(&folder, form, &mut *desk.out);
    };
    compose::to_file(&path, |file| collect(&folder, form, BufWriter::new(file)))
}

/// The form that the flag names, else the one of the file's ending.
fn form(args: &ExportArgs) -> Result<Collection, Error> {
    let ending = args.output.as_deref().and_then(Path::extension).map(|ending| ending.to_string_lossy().into_owned());
    let known = || Collection::ALL.map(Collection::name).join(", ");
    match (&args.format, ending) {
        (Some(name), _) => Collection::named(name)
            .ok_or_else(|| Error::Usage(format!("there is no form \"{name}\" of export; there are {}", known()))),
        (None, ending) => ending
            .and_then(|ending| Collection::of_ending(&ending))
            .ok_or_else(|| Error::Usage(format!("say what to write with --format: {}", known()))),
    }
}

fn collect(folder: &Path, form: Collection, to: impl Write) -> Result<Exit, Error> {
    let mut file = Collector::new(form, to)?;
    let mut damaged = 0_u64;
    for found in records(folder) {
        match found {
            Ok((path, record)) => file.add(&name_of(folder, &path), &record)?,
            Err(error) => {
                damaged += 1;
                complain(&error.to_string());
            }
        }
    }
    file.finish()?;
    Ok(if damaged > 0 { Exit::Partial } else { Exit::Done })
}
