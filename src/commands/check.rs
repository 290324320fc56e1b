//! `kabar check`: judges finished records again, offline.
//!
//! Place in the data way: after `deliver`; it reads what was written, not the state.
//! It must never change a record.

use serde::Serialize;

use crate::cli::CheckArgs;
use crate::error::Error;
use crate::exit::Exit;
use crate::model::finding::{Finding, Severity};
use crate::report::printable;
use crate::stage::read::records;

use super::Desk;
use super::compose;

#[derive(Serialize)]
struct Line<'a> {
    record: &'a str,
    paragraph: Option<u32>,
    #[serde(flatten)]
    finding: &'a Finding,
}

/// Runs `kabar check`: one line for each finding, exit 3 where one is of severity error.
pub(super) fn run(args: &CheckArgs, desk: &mut Desk<'_>) -> Result<Exit, Error> {
    let (config, folders) = desk.articles(args.dir.as_deref())?;
    let checks = compose::checks(&config)?;
    let (mut seen, mut errors) = (0_u64, 0_u64);
    for record in records(&folders.output) {
        seen += 1;
        let (path, record) = match record {
            Ok(found) => found,
            Err(error) => {
                errors += 1;
                crate::report::complain(&error.to_string());
                continue;
            }
        };
        let shown = printable(&path.strip_prefix(&folders.output).unwrap_or(&path).to_string_lossy());
        for (paragraph, finding) in checks.record(&record) {
            errors += u64::from(finding.severity == Severity::Error);
            let line = Line { record: &shown, paragraph, finding: &finding };
            desk.say(if args.json { serde_json::to_string(&line).map_err(anyhow::Error::from)? } else { text(&line) })?;
        }
    }
    if !config.progress.quiet || errors > 0 {
        crate::report::complain(&format!("{seen} records checked, {errors} findings of severity error"));
    }
    Ok(if errors > 0 { Exit::Partial } else { Exit::Done })
}

fn text(line: &Line<'_>) -> String {
    let place = match line.paragraph {
        None => "summary".into(),
        Some(0) => "title".into(),
        Some(n) => format!("¶{n}"),
    };
    let severity = match line.finding.severity {
        Severity::Info => "info",
        Severity::Warn => "warn",
        Severity::Error => "error",
    };
    format!("{} {place} {severity} {}: {}", line.record, line.finding.rule, printable(&line.finding.detail))
}
