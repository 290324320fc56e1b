//! `kabar brief`: a briefing over finished articles, and the check of one.
//!
//! Place in the data way: after `deliver`; it reads what was written, and the state only to say what is missing.
//! It must never send anything with `--verify` or `--extractive`.

mod press;

use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::Timestamp;

use crate::backend::stack::StackHooks;
use crate::cli::BriefArgs;
use crate::config::{Config, OFFLINE};
use crate::error::Error;
use crate::exit::Exit;
use crate::model::alarm::{Alarm, Arrivals};
use crate::model::briefing::{Briefing, OutletState};
use crate::model::duration;
use crate::model::outcome::{Receipt, Stop};
use crate::pipeline::brief::{BriefError, Briefer, Folder, Made};
use crate::pipeline::chain::Chain;
use crate::pipeline::stop::Stopper;
use crate::pipeline::time_limit::TimeLimit;
use crate::stage::brief::{Known, Selection, Window, read_date, remembered, reread, window_end};
use crate::stage::write::{BriefFormat, Named as _};
use crate::state::{DATABASE, State, StateCounts, StateError};

use super::Desk;
use super::compose::{self, Backends, Folders};
use press::{Press, Target};

/// The name of the last briefing in the state folder.
const LAST: &str = "briefing";
/// Where `kabar run` puts its briefings, below the output folder.
const BRIEFINGS: &str = "briefings";

/// Runs `kabar brief`.
pub(super) fn run(args: &BriefArgs, desk: &mut Desk<'_>) -> Result<Exit, Error> {
    let (mut config, folders) = desk.articles(args.dir.as_deref())?;
    if let Some(file) = &args.verify {
        return check(&desk.around.cwd.join(file), &folders.output, desk);
    }
    let target = Target::of(args.output.as_deref(), &desk.around.cwd);
    let formats = formats(args, &target, &config)?;
    config.brief.watch.extend(args.watch.iter().cloned());
    let limit = time_limit(&config, desk);
    let edition = make(args, &config, &folders, limit, desk)?;
    let theme = compose::theme(&config, &desk.around.cwd)?;
    let press = Press { articles: Folder::new(&folders.output), theme: &theme, config: &config };
    press.put(&edition.made.briefing, &target, &formats, desk)?;
    for outlet in &edition.made.unknown {
        desk.complain(&format!("no article in {} is of the outlet \"{outlet}\"", config.output.dir.display()));
    }
    edition.made.briefing.alerts().for_each(|alert| desk.complain(&format!("watch list: {alert}")));
    if !args.again {
        edition.note(&press, &folders)?;
    }
    edition.complain();
    Ok(Exit::of(&Receipt { stopped: edition.made.stopped, ..Receipt::default() }))
}

/// What the briefing of `kabar run` came to.
pub(super) struct Told {
    /// Its first file, where there was something to tell.
    pub file: Option<PathBuf>,
    /// The events on the watch list.
    pub watched: Vec<String>,
    /// What stopped it, where something did.
    pub stopped: Option<Stop>,
    /// What its requests came to.
    pub used: Receipt,
}

/// The briefing of `kabar run`: written below the output folder under the time of day, where there is something to tell.
pub(super) fn after_run(
    config: &Config,
    extractive: bool,
    limit: Option<TimeLimit>,
    desk: &Desk<'_>,
) -> Result<Told, Error> {
    let folders = Folders::new(config, &desk.around.cwd);
    let args = BriefArgs { extractive, format: config.brief.formats.clone(), ..BriefArgs::default() };
    let target = Target::Folder(folders.output.join(BRIEFINGS));
    let formats = formats(&args, &target, config)?;
    let edition = make(&args, config, &folders, limit, desk)?;
    let briefing = &edition.made.briefing;
    let (mut file, watched) = (None, briefing.alerts().collect());
    if !briefing.items.is_empty() || !briefing.corrections.is_empty() {
        let theme = compose::theme(config, &desk.around.cwd)?;
        let press = Press { articles: Folder::new(&folders.output), theme: &theme, config };
        let name = (desk.around.clock)().strftime("%Y-%m-%dT%H%M").to_string();
        file = press.shelve(briefing, &folders.output.join(BRIEFINGS), &name, &formats)?;
        edition.note(&press, &folders)?;
    }
    edition.complain();
    Ok(Told { file, watched, stopped: edition.made.stopped, used: edition.used })
}

/// The time by which a run must end, as the configuration says.
pub(super) fn time_limit(config: &Config, desk: &Desk<'_>) -> Option<TimeLimit> {
    let left = config.run.deadline?.left(&(desk.around.clock)());
    Some(TimeLimit::after(left, compose::wall_clock(desk)))
}

/// A briefing that was made, and what the next one is to know.
struct Edition {
    made: Made,
    last: Briefing,
    used: Receipt,
}

impl Edition {
    /// Keeps what the next briefing is to know. One that was broken off is told again, so that a run that a person
    /// stopped can be made anew.
    fn note(&self, press: &Press<'_>, folders: &Folders) -> Result<(), Error> {
        if matches!(self.made.stopped, Some(Stop::Signal { .. })) {
            return Ok(());
        }
        press.replace(&self.last, &folders.state, LAST, BriefFormat::Json)
    }

    fn complain(&self) {
        let why = match self.made.stopped {
            Some(Stop::Signal { .. }) => "it was asked to stop",
            _ => "money or time is used up",
        };
        if self.made.short > 0 {
            crate::report::complain(&format!(
                "{} events are told in sentences of their articles: {why}",
                self.made.short
            ));
        }
    }
}

/// Makes a briefing. Where it may cost something, nothing is sent before the state is there to book it in.
fn make(
    args: &BriefArgs,
    config: &Config,
    folders: &Folders,
    limit: Option<TimeLimit>,
    desk: &Desk<'_>,
) -> Result<Edition, Error> {
    tokio::runtime::Runtime::new()?.block_on(async {
        let stopper = Stopper::default();
        let ledger = compose::ledger(config, limit.clone(), Duration::ZERO, desk);
        let chain = chain(args, config, &compose::hooks(ledger.clone(), &stopper), desk)?;
        let costs = chain.members.iter().any(|member| member.backend.profile().price.is_some());
        if costs {
            is_whole(folders)?;
        }
        let state = if costs { Some(compose::open_state(folders, config, desk)?) } else { None };
        stopper.on_signals()?;
        if let Some(limit) = limit {
            stopper.at_deadline(limit);
        }
        let known = state.clone().map_or_else(|| State::open_for_reading(&folders.state, &folders.root()), Ok);
        if let Ok(known) = known {
            compose::recall(&ledger, &known, desk).map_err(compose::state_error)?;
        }
        let previous = previous(&folders.state)?;
        let briefer = Briefer {
            dir: folders.output.clone(),
            selection: selection(args, config, previous.as_ref(), desk)?,
            zone: (desk.around.clock)().time_zone().clone(),
            options: config.brief.clone(),
            previous,
            chain,
            prompts: compose::prompts(config, &desk.around.cwd)?,
            ledger,
            books: state,
            stopper,
        };
        let mut made = briefer.brief().await.map_err(|error| match error {
            BriefError::Prompt(error) => Error::Usage(error.to_string()),
            BriefError::State(error) => compose::state_error(error),
        })?;
        count_missing(&mut made.briefing, folders);
        let is_narrow = !args.outlet.is_empty() || !args.topic.is_empty();
        let last = remembered(briefer.previous, &made.briefing, is_narrow, &(desk.around.clock)());
        Ok(Edition { made, last, used: briefer.ledger.receipt() })
    })
}

/// Refuses a part of an output folder: what its briefing costs would be booked apart from the budgets of the whole.
fn is_whole(folders: &Folders) -> Result<(), Error> {
    let Ok(inside) = folders.state.strip_prefix(&folders.output) else { return Ok(()) };
    let holds_state = |folder: &&Path| folder.join(inside).join(DATABASE).exists();
    match folders.output.ancestors().find(holds_state).filter(|whole| *whole != folders.output) {
        None => Ok(()),
        Some(whole) => Err(Error::Usage(format!(
            "{} is a part of the output folder {}, where costs are booked; brief that one (--outlet and --topic choose), \
             or ask nobody with --extractive",
            folders.output.display(),
            whole.display()
        ))),
    }
}

/// The forms that are written: those of the flag, that of the file's ending, those of the configuration, or Markdown.
fn formats(args: &BriefArgs, target: &Target, config: &Config) -> Result<Vec<BriefFormat>, Error> {
    let names = match target {
        _ if !args.format.is_empty() => args.format.clone(),
        Target::File { ending, .. } => vec![ending.clone()],
        Target::Folder(_) => config.brief.formats.clone(),
        Target::Out => vec!["md".into()],
    };
    let formats: Vec<BriefFormat> = compose::formats(&names)?;
    if let Target::File { name, ending, .. } = target
        && formats.iter().any(|format| format.extension() != ending)
    {
        return Err(Error::Usage(format!(
            "-o {name}.{ending} names a file, and --format {} another form: name the file after its form, or give a folder",
            args.format.join(",")
        )));
    }
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

/// Who is asked to write; nobody where sentences of the articles are wanted.
fn chain(args: &BriefArgs, config: &Config, hooks: &StackHooks, desk: &Desk<'_>) -> Result<Chain, Error> {
    let is_asked = !args.extractive && config.summary.backend.iter().any(|name| name != OFFLINE);
    if is_asked { Ok(Backends::build(config, desk, hooks)?.summary) } else { Ok(Chain::default()) }
}

fn selection(
    args: &BriefArgs,
    config: &Config,
    previous: Option<&Briefing>,
    desk: &Desk<'_>,
) -> Result<Selection, Error> {
    let told = previous.map_or(&[][..], |briefing| &briefing.told);
    let follows = previous.is_some_and(|briefing| read_date(&briefing.to).is_some());
    Ok(Selection {
        window: window(args, config, previous, desk)?,
        late: args.since.is_none() && args.from.is_none() && args.to.is_none() && follows,
        outlets: args.outlet.clone(),
        topics: args.topic.clone(),
        told: Known::new(told),
        again: args.again,
        first: !follows,
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
            let detail = crate::report::printable(&finding.detail);
            desk.say(format_args!("{}: {detail} ({})", claim.place, finding.rule))?;
        }
    }
    crate::report::complain(&format!("{} statements checked, {refused} not borne out", statements.len()));
    Ok(if refused > 0 { Exit::Partial } else { Exit::Done })
}
