//! `kabar site`: every finished article and briefing as a page, with lists and a search.
//!
//! Place in the data way: after `brief`; it reads what was written and asks nobody.
//! It must never change the articles.

use crate::cli::SiteArgs;
use crate::error::Error;
use crate::exit::Exit;
use crate::pipeline::site::{SiteError, SiteMaker};

use super::Desk;
use super::compose;

/// Runs `kabar site`.
pub(super) fn run(args: &SiteArgs, desk: &mut Desk<'_>) -> Result<Exit, Error> {
    let (mut config, folders) = desk.articles(args.dir.as_deref())?;
    if let Some(output) = &args.output {
        config.pages.dir.clone_from(output);
    }
    let maker = SiteMaker {
        dir: folders.output,
        out: desk.around.cwd.join(&config.pages.dir),
        theme: compose::theme(&config, &desk.around.cwd)?,
        pages: config.pages.clone(),
        watch: config.brief.watch.clone(),
    };
    let report = maker.make().map_err(|error| match error {
        SiteError::Write(error) => compose::write_error(error),
        SiteError::Taken { .. } | SiteError::Theme(_) => Error::Usage(error.to_string()),
    })?;
    if !config.progress.quiet {
        let index = config.pages.dir.join("index.html");
        let (articles, briefings) = (report.articles, report.briefings);
        writeln!(desk.out, "{articles} articles, {briefings} briefings: open {}", index.display())?;
    }
    for damaged in &report.damaged {
        crate::report::complain(&format!("left out: {damaged}"));
    }
    Ok(if report.damaged.is_empty() { Exit::Done } else { Exit::Partial })
}
