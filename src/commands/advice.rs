//! What works and is yet hardly what was meant: `doctor` tells all of it, a run and `plan` what concerns them.
//!
//! Place in the data way: before it.
//! It must never refuse anything: what cannot work is an error of `config` or of `compose`.

use std::collections::BTreeSet;
use std::path::Path;

use crate::backend::offline::DIALECT;
use crate::config::{Config, Place};

use super::Desk;

/// Everything that is to be told before a run.
pub(super) fn notes(config: &Config, desk: &Desk<'_>) -> Vec<String> {
    no_briefing(config).into_iter().chain(unpriced(config)).chain(elsewhere(config, desk)).collect()
}

/// A briefing that is wanted after a run and cannot be made.
pub(super) fn no_briefing(config: &Config) -> Option<String> {
    let has_records = config.output.formats.iter().any(|format| format == "json");
    (config.brief.after_run && !has_records).then(|| {
        "a briefing is made of records: add json to formats in [output], or set after_run = false in [brief]".into()
    })
}

/// Backends that cost more than the budgets and the receipt know of.
pub(super) fn unpriced(config: &Config) -> Vec<String> {
    let has_budget = [config.run.budget, config.budget.day, config.budget.month].iter().any(Option::is_some);
    let used: BTreeSet<&String> = config.chained().collect();
    let note = |name: &&String| {
        let options = config.backends.get(*name).filter(|options| options.dialect.as_deref() != Some(DIALECT))?;
        let is_set = |part: &str| config.settings.contains_key(&format!("backends.{name}.price.{part}"));
        match options.price {
            None if has_budget => Some(format!(
                "{name} has no price, so no budget holds it: write price = {{ input = …, output = … }} (0 where it is free)"
            )),
            Some(_) if is_set("input") && !is_set("output") => {
                Some(format!("the price of {name} names no output: what it writes counts as free"))
            }
            _ => None,
        }
    };
    used.iter().filter_map(note).collect()
}

/// A file named with `-c` from another folder: the paths in it go with the file, those that it leaves open do not.
fn elsewhere(config: &Config, desk: &Desk<'_>) -> Option<String> {
    let file = desk.common.config.as_deref()?;
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty())?;
    let real = |folder: &Path| desk.around.cwd.join(folder).canonicalize().ok();
    let is_open = config.settings.get("output.dir").is_some_and(|setting| setting.place == Place::Default);
    (is_open && real(folder) != real(Path::new(""))).then(|| {
        let dir = config.output.dir.display();
        format!(
            "{} leaves dir in [output] open: outputs and state go to {dir} in the folder that kabar is started in, not beside \
             the file; write dir = \"{dir}\" into it",
            file.display()
        )
    })
}
