//! `kabar site`: every finished article and briefing as a page, with lists and a search.
//!
//! Place in the data way: after `brief`; it reads what was written and asks nobody.
//! It must never change the articles.

use crate::cli::SiteArgs;
use crate::error::Error;
use crate::exit::Exit;
use crate::pipeline::site::SiteMaker;

use super::Desk;
use super::compose::{self, Folders};

/// Runs `kabar site`.
pub(super) fn run(args: &SiteArgs, desk: &mut Desk<'_>) -> Result<Exit, Error> {
    let mut config = desk.config(None, None)?;
    if let Some(dir) = &args.dir {
        config.output.dir.clone_from(dir);
    }
    if let Some(output) = &args.output {
        config.pages.dir.clone_from(output);
    }
    let folders = Folders::new(&config, &desk.around.cwd);
    if !folders.output.is_dir() {
        return Err(Error::Usage(format!("there is no folder {} with articles", config.output.dir.display())));
    }
    let maker = SiteMaker {
        dir: folders.output,
        out: desk.around.cwd.join(&config.pages.dir),
        theme: compose::theme(&config, &desk.around.cwd)?,
        pages: config.pages.clone(),
        watch: config.brief.watch.clone(),
    };
    let report = maker.make().map_err(|error| Error::Usage(error.to_string()))?;
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
