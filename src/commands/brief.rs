//! `kabar brief`: a briefing over finished articles, and the check of one.
//!
//! Place in the data way: after `deliver`; it reads what was written, and the state only to say what is missing.
//! It must never send anything with `--verify` or `--extractive`.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::Timestamp;

use crate::cli::BriefArgs;
use crate::config::{Config, OFFLINE};
use crate::error::Error;
use crate::exit::Exit;
use crate::model::alarm::{Alarm, Arrivals};
use crate::model::briefing::{Briefing, OutletState};
use crate::model::duration;
use crate::model::spend::Spend;
use crate::pipeline::brief::{Briefer, Folder};
use crate::pipeline::chain::Chain;
use crate::pipeline::ledger::Ledger;
use crate::pipeline::stop::Stopper;
use crate::stage::brief::{Selection, Window, read_date, reread, window_end};
use crate::stage::write::{BriefFormat, Named as _, Rendering, Theme, render_briefing, write_as};
use crate::state::{State, StateCounts, StateError};

use super::Desk;
use super::compose::{self, Backends, Folders};

/// The name of the last briefing in the state folder.
const LAST: &str = "briefing";
/// Where `kabar run` puts its briefings, below the output folder.
const BRIEFINGS: &str = "briefings";

/// Runs `kabar brief`.
pub(super) fn run(args: &BriefArgs, desk: &mut Desk<'_>) -> Result<Exit, Error> {
    let mut config = desk.config(None, None)?;
    if let Some(dir) = &args.dir {
        config.output.dir.clone_from(dir);
    }
    let folders = Folders::new(&config, &desk.around.cwd);
    if !folders.output.is_dir() {
        return Err(Error::Usage(format!("there is no folder {} with articles", config.output.dir.display())));
    }
    if let Some(file) = &args.verify {
        return check(&desk.around.cwd.join(file), &folders.output, desk);
    }
    let formats = formats(args, &config)?;
    config.brief.watch.extend(args.watch.iter().cloned());
    let (briefing, short) = make(args, &config, &folders, desk)?;
    let theme = compose::theme(&config, &desk.around.cwd)?;
    let press = Press { briefing: &briefing, articles: Folder::new(&folders.output), theme: &theme, config: &config };
    press.put(args.output.as_deref(), &formats, desk)?;
    briefing.alerts().for_each(|alert| desk.complain(&format!("watch list: {alert}")));
    if !args.again {
        press.store(&folders.state, LAST, BriefFormat::Json)?;
    }
    if short > 0 {
        let rest = "told in sentences of their articles: money or time is used up";
        crate::report::complain(&format!("{short} events are {rest}"));
        return Ok(Exit::Stopped);
    }
    Ok(Exit::Done)
}

/// The briefing of `kabar run`: written below the output folder under the time of day, where there is something to tell.
/// Gives its first file, and the events on the watch list.
pub(super) fn after_run(
    config: &Config,
    extractive: bool,
    desk: &Desk<'_>,
) -> Result<(Option<PathBuf>, Vec<String>), Error> {
    let folders = Folders::new(config, &desk.around.cwd);
    let args = BriefArgs { extractive, format: config.brief.formats.clone(), ..BriefArgs::default() };
    let formats = formats(&args, config)?;
    let (briefing, _) = make(&args, config, &folders, desk)?;
    if briefing.items.is_empty() && briefing.corrections.is_empty() {
        return Ok((None, Vec::new()));
    }
    let theme = compose::theme(config, &desk.around.cwd)?;
    let press = Press { briefing: &briefing, articles: Folder::new(&folders.output), theme: &theme, config };
    let folder = folders.output.join(BRIEFINGS);
    let name = (desk.around.clock)().strftime("%Y-%m-%dT%H%M").to_string();
    for format in &formats {
        press.store(&folder, &name, *format)?;
    }
    press.store(&folders.state, LAST, BriefFormat::Json)?;
    let file = formats.first().map(|format| folder.join(format!("{name}.{}", format.extension())));
    Ok((file, briefing.alerts().collect()))
}

/// Makes a briefing and books what it cost; gives also how many events were told short for want of money or time.
fn make(args: &BriefArgs, config: &Config, folders: &Folders, desk: &Desk<'_>) -> Result<(Briefing, u64), Error> {
    let briefer = briefer(args, config, previous(&folders.state)?, folders, desk)?;
    let runtime = tokio::runtime::Runtime::new()?;
    let made = runtime.block_on(briefer.brief());
    book(&briefer.ledger, folders, config, (&runtime, desk))?;
    let made = made.map_err(|error| Error::Usage(error.to_string()))?;
    let mut briefing = made.briefing;
    count_missing(&mut briefing, folders);
    Ok((briefing, made.short))
}

/// The forms that are written: those of the flag, that of the file's ending, those of the configuration, or Markdown.
fn formats(args: &BriefArgs, config: &Config) -> Result<Vec<BriefFormat>, Error> {
    let ending = args.output.as_deref().and_then(Path::extension).map(|ending| ending.to_string_lossy().into_owned());
    let names = match (&args.output, ending) {
        _ if !args.format.is_empty() => args.format.clone(),
        (_, Some(ending)) => vec![ending],
        (Some(_), None) => config.brief.formats.clone(),
        (None, None) => vec!["md".into()],
    };
    let formats = compose::formats(&names)?;
    if formats.contains(&BriefFormat::Mail) && (config.mail.from.is_empty() || config.mail.to.is_empty()) {
        return Err(Error::Usage("a mail needs a sender and a reader: set from and to in [mail]".into()));
    }
    Ok(formats)
}

fn previous(state: &Path) -> Result<Option<Briefing>, Error> {
    let path = state.join(format!("{LAST}.json"));
    match std::fs::read(&path) {
        Err(_) => Ok(None),
        Ok(bytes) => serde_json::from_slice(&bytes).map(Some).map_err(|error| {
            Error::State(format!(
                "failed to read the last briefing {}: {error}; remove the file to begin anew",
                path.display()
            ))
        }),
    }
}

fn briefer(
    args: &BriefArgs,
    config: &Config,
    previous: Option<Briefing>,
    folders: &Folders,
    desk: &Desk<'_>,
) -> Result<Briefer, Error> {
    let prompts = compose::prompts(config, &desk.around.cwd)?;
    let ledger = compose::ledger(config, None, Duration::ZERO, desk);
    if let Ok(state) = State::open_for_reading(&folders.state, &folders.root()) {
        compose::recall(&ledger, &state, desk).map_err(compose::state_error)?;
    }
    let is_asked = !args.extractive && config.summary.backend.iter().any(|name| name != OFFLINE);
    let chain = if is_asked {
        Backends::build(config, desk, &compose::hooks(ledger.clone(), &Stopper::default()))?.summary
    } else {
        Chain::default()
    };
    let told = previous.iter().flat_map(|briefing| &briefing.told);
    let selection = Selection {
        window: window(args, config, previous.as_ref(), desk)?,
        late: args.since.is_none() && args.from.is_none() && args.to.is_none() && previous.is_some(),
        outlets: args.outlet.clone(),
        topics: args.topic.clone(),
        told: told.map(|told| (told.name.clone(), told.sha256.clone())).collect::<HashMap<_, _>>(),
        again: args.again,
    };
    Ok(Briefer {
        dir: folders.output.clone(),
        selection,
        zone: (desk.around.clock)().time_zone().clone(),
        options: config.brief.clone(),
        previous,
        chain,
        prompts,
        ledger,
    })
}

fn window(args: &BriefArgs, config: &Config, previous: Option<&Briefing>, desk: &Desk<'_>) -> Result<Window, Error> {
    let now = (desk.around.clock)();
    let end = |text: &String| window_end(text, &now).map_err(Error::Usage);
    let to = args.to.as_ref().map_or(Ok(now.timestamp()), end)?;
    let ago = |text: &str| -> Result<Timestamp, Error> {
        let length = duration::parse(text).map_err(Error::Usage)?;
        to.checked_sub(length).map_err(|_| Error::Usage(format!("\"{text}\" reaches too far back")))
    };
    let from = match (&args.from, &args.since) {
        (Some(from), _) => end(from)?,
        (None, Some(since)) => ago(since)?,
        (None, None) => match previous.and_then(|briefing| read_date(&briefing.to)).filter(|last| *last < to) {
            Some(last) if !args.again => last,
            _ => ago(&config.brief.since)?,
        },
    };
    if from >= to {
        return Err(Error::Usage(format!("the window ends ({to}) before it begins ({from})")));
    }
    Ok(Window { from, to })
}

/// Books what a briefing cost, so that the budgets of a day and of a month hold.
fn book(
    ledger: &Ledger,
    folders: &Folders,
    config: &Config,
    (runtime, desk): (&tokio::runtime::Runtime, &Desk<'_>),
) -> Result<(), Error> {
    let day = (desk.around.clock)().date().to_string();
    let spent = ledger.receipt().backends.into_iter().flat_map(|(backend, used)| {
        let spend = |(currency, amount)| Spend { day: day.clone(), backend: backend.clone(), currency, amount };
        used.cost.into_iter().map(spend).collect::<Vec<_>>()
    });
    let spent: Vec<Spend> = spent.collect();
    if spent.is_empty() {
        return Ok(());
    }
    let state = compose::open_state(folders, config, desk)?;
    runtime.block_on(state.spend(spent)).map_err(compose::state_error)
}

/// Adds what only the state knows; without one, it stays unknown.
fn count_missing(briefing: &mut Briefing, folders: &Folders) {
    let Ok((counts, alarms, arrivals)) = ask_state(briefing, folders) else { return };
    let coverage = &mut briefing.coverage;
    coverage.alarms = alarms;
    (coverage.pending, coverage.failed) = (Some(counts.pending), Some(counts.failed));
    coverage.unreadable = Some(counts.unreadable);
    for outlet in coverage.outlets.iter_mut().filter(|outlet| outlet.articles == 0) {
        if arrivals.iter().any(|arrived| arrived.outlet == outlet.outlet) {
            outlet.state = OutletState::Arrived;
        }
    }
}

/// What waits, what is wrong with outlets, and what came in during the window.
fn ask_state(briefing: &Briefing, folders: &Folders) -> Result<(StateCounts, Vec<Alarm>, Vec<Arrivals>), StateError> {
    let state = State::open_for_reading(&folders.state, &folders.root())?;
    let hour = |end: &str| read_date(end).unwrap_or_default().as_second() / 3_600;
    let mut arrivals = state.arrivals(hour(&briefing.from))?;
    arrivals.retain(|arrived| arrived.hour <= hour(&briefing.to));
    Ok((state.counts()?, state.alarms()?, arrivals))
}

/// A briefing on its way out.
struct Press<'a> {
    briefing: &'a Briefing,
    articles: Folder,
    theme: &'a Theme,
    config: &'a Config,
}

impl Press<'_> {
    fn put(&self, output: Option<&Path>, formats: &[BriefFormat], desk: &mut Desk<'_>) -> Result<(), Error> {
        let Some(output) = output.map(|path| desk.around.cwd.join(path)) else {
            for format in formats {
                write!(desk.out, "{}", self.render(&desk.around.cwd, *format)?)?;
            }
            return Ok(());
        };
        let day = self.briefing.to.get(..10).unwrap_or("now");
        let (folder, name) = if output.extension().is_some() && !output.is_dir() {
            (
                output.parent().map(Path::to_path_buf).unwrap_or_default(),
                output.file_stem().unwrap_or_default().to_string_lossy().into_owned(),
            )
        } else {
            (output, format!("briefing-{day}"))
        };
        formats.iter().try_for_each(|format| self.store(&folder, &name, *format))
    }

    fn store(&self, folder: &Path, name: &str, format: BriefFormat) -> Result<(), Error> {
        let text = self.render(folder, format)?;
        write_as(folder, name, format.extension(), &text).map(drop).map_err(|error| Error::Usage(error.to_string()))
    }

    /// The text of a form that is written into a folder.
    fn render(&self, folder: &Path, format: BriefFormat) -> Result<String, Error> {
        let sources = self.articles.sources(self.briefing, folder);
        let (pages, mail) = (self.config.pages.clone(), self.config.mail.clone());
        let with = Rendering { pages, mail, ..Rendering::new(self.theme, &sources) };
        render_briefing(self.briefing, format, &with).map_err(|error| Error::Usage(error.to_string()))
    }
}

/// Checks the statements of a briefing against the articles; exit 3 where one is not borne out.
fn check(file: &PathBuf, dir: &Path, desk: &mut Desk<'_>) -> Result<Exit, Error> {
    let text = std::fs::read_to_string(file)
        .map_err(|error| Error::Usage(format!("cannot read {}: {error}", file.display())))?;
    let statements = reread(&text).map_err(|reason| Error::Usage(format!("{}: {reason}", file.display())))?;
    let library = Folder::new(dir);
    let mut refused = 0;
    for claim in &statements {
        let findings = claim.judge(&library);
        refused += usize::from(!findings.is_empty());
        for finding in findings {
            writeln!(desk.out, "{}: {} ({})", claim.place, crate::report::printable(&finding.detail), finding.rule)?;
        }
    }
    crate::report::complain(&format!("{} statements checked, {refused} not borne out", statements.len()));
    Ok(if refused > 0 { Exit::Partial } else { Exit::Done })
}
