//! `kabar translate`: articles → English beside the Indonesian, with summaries.
//!
//! Place in the data way: all of it but `brief`.
//! It must never print to standard output: the results are files.

use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use crate::backend::BackendOptions;
use crate::cli::{InputArgs, TranslateArgs, WorkArgs};
use crate::config::{Config, IfLocked, WhenShort};
use crate::error::Error;
use crate::exit::Exit;
use crate::model::event::{Event, Monitor};
use crate::model::outcome::Receipt;
use crate::model::schedule::Only;
use crate::pipeline::ledger::Ledger;
use crate::pipeline::stop::Stopper;
use crate::pipeline::time_limit::TimeLimit;
use crate::pipeline::unit::Workshop;
use crate::pipeline::{Flights, Post, Run, RunError};

use crate::stage::read::Input;
use crate::state::State;

use super::compose::{self, Backends, Folders};
use super::{Desk, advice};

/// Runs `kabar translate`.
pub(super) fn run(args: &TranslateArgs, desk: &mut Desk<'_>) -> Result<Exit, Error> {
    translate(&args.input, &args.work, desk)
}

/// Translates what the flags and the configuration name.
pub(super) fn translate(input: &InputArgs, work: &WorkArgs, desk: &mut Desk<'_>) -> Result<Exit, Error> {
    let config = desk.config(Some(input), Some(work))?;
    let inputs = compose::inputs(&input.paths, &config, &desk.around.cwd)?;
    locked(&config, carry_out(&config, work, &Job::Translate(inputs), desk))
}

/// What a run is to do.
pub(super) enum Job {
    /// Read, work, deliver.
    Translate(Vec<Input>),
    /// Do better what is finished.
    Upgrade,
}

/// Where another run holds the state and the configuration says so, only the exit code tells it.
pub(super) fn locked(config: &Config, result: Result<Exit, Error>) -> Result<Exit, Error> {
    match result {
        Err(Error::Locked(_)) if config.run.if_locked == IfLocked::Quiet => Ok(Exit::Locked),
        result => result,
    }
}

/// Does a job with everything around it: signals, lock, earlier runs, receipt.
pub(super) fn carry_out(config: &Config, work: &WorkArgs, job: &Job, desk: &mut Desk<'_>) -> Result<Exit, Error> {
    let runtime = tokio::runtime::Runtime::new()?;
    let exit = runtime.block_on(async {
        let run = prepare(config, only(work), desk)?;
        run.stopper.on_signals()?;
        compose::recall(&run.ledger, &run.state, desk).map_err(compose::state_error)?;
        let started = std::time::Instant::now();
        run.state.begin_run(&run.id, &stamp(desk)).await.map_err(compose::state_error)?;
        if !config.progress.quiet {
            let warn = |message| run.ledger.event(&Event::Warning { message });
            advice::unpriced(config).into_iter().for_each(warn);
        }
        let result = match job {
            Job::Translate(inputs) => run.run(inputs).await,
            Job::Upgrade => run.upgrade().await,
        };
        let mut receipt = receipt(&run, started.elapsed());
        run.state.end_run(&receipt, &stamp(desk)).await.map_err(compose::state_error)?;
        result.map_err(run_error)?;
        let mut exit = Exit::of(&receipt);
        if let Err(error) = keep_receipt(config, &receipt, &desk.around.cwd) {
            desk.complain(&error.to_string());
            exit = at_best_partial(exit);
            receipt.exit = exit.code();
            run.state.end_run(&receipt, &stamp(desk)).await.map_err(compose::state_error)?;
        }
        if let Job::Translate(inputs) = job
            && receipt.counts.articles == 0
            && receipt.stopped.is_none()
        {
            run.ledger.event(&Event::Warning { message: nothing_found(inputs, config) });
        }
        desk.receipt = Some(receipt.clone());
        run.ledger.event(&Event::RunFinished { receipt: Box::new(receipt) });
        Ok(exit)
    });
    // Somebody may still read from a pipe that is silent for good.
    runtime.shutdown_timeout(LAST_WORDS);
    exit
}

/// How long a run that ends waits for its threads.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// Now, as the state notes it.
pub(super) fn stamp(desk: &Desk<'_>) -> String {
    (desk.around.clock)().timestamp().strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// The exit where something that was asked for could not be written.
pub(super) fn at_best_partial(exit: Exit) -> Exit {
    if exit == Exit::Done { Exit::Partial } else { exit }
}

/// A disk that is not mounted, a fetch that broke, a slip of the pen in a pattern: all look like nothing to do.
fn nothing_found(inputs: &[Input], config: &Config) -> String {
    let shown = |input: &Input| match input {
        Input::Path(path) => path.display().to_string(),
        Input::Stdin => "-".into(),
    };
    let mut message = format!("no article was found in {}", inputs.iter().map(shown).collect::<Vec<_>>().join(", "));
    for (name, patterns) in [("include", &config.input.include), ("exclude", &config.input.exclude)] {
        if !patterns.is_empty() {
            message += &format!("; {name}: {}", patterns.join(", "));
        }
    }
    message
}

/// Which units are worked on.
pub(super) fn only(work: &WorkArgs) -> Only {
    match work.only.as_deref() {
        _ if work.force => Only::All,
        None => Only::Pending,
        Some("failed") => Only::Failed,
        Some("flagged") => Only::Flagged,
        Some(backend) => Only::Backend(backend.into()),
    }
}

/// Refuses a backend that is not configured and has given nothing: a slip of the pen would look like nothing to do.
pub(super) fn require_backend(only: &Only, config: &Config, state: &State) -> Result<(), Error> {
    let Only::Backend(name) = only else { return Ok(()) };
    if config.backends.contains_key(name) || state.has_answered(name).map_err(compose::state_error)? {
        return Ok(());
    }
    Err(Error::Usage(format!(
        "--only {name}: nothing was translated by a backend of that name; write failed, flagged or its name"
    )))
}

/// Puts a run together. The state is opened last: until then nothing is locked or written.
fn prepare(config: &Config, only: Only, desk: &Desk<'_>) -> Result<Run, Error> {
    let folders = Folders::new(config, &desk.around.cwd);
    let stopper = Stopper::default();
    let ledger = within_time(config, &stopper, desk);
    let backends = Backends::build(config, desk, &compose::hooks(ledger.clone(), &stopper))?;
    let prompts = compose::prompts(config, &desk.around.cwd)?;
    let checks = compose::checks(config)?;
    let rules = compose::rules(config, &desk.around.cwd)?;
    let recipe = backends.recipe(config, &prompts, &rules)?;
    let theme = compose::theme(config, &desk.around.cwd)?;
    let delivery = compose::delivery(config, backends.refs, prompts.clone(), &folders.output, theme)?;
    let mut planner = compose::planner(config, (recipe.clone(), rules), only, &folders, desk)?;
    let state = compose::open_state(&folders, config, desk)?;
    require_backend(&planner.only, config, &state)?;
    planner.state = Some(state.clone());
    let id = format!("{}-{}", (desk.around.clock)().strftime("%Y%m%dT%H%M%S%.3f"), std::process::id());
    let workshop = Workshop {
        state: state.clone(),
        translate: backends.translate,
        summary: backends.summary,
        prompts,
        checks,
        recipe,
        ledger: ledger.clone(),
        flights: Flights::default(),
        post: Post::new(state.clone(), ledger.clone(), &id, compose::wall_clock(desk)),
        descends: config.translate.when_short == WhenShort::Next,
    };
    Ok(Run {
        id,
        state,
        planner,
        workshop: workshop.into(),
        delivery: delivery.into(),
        ledger,
        stopper,
        concurrency: config.run.concurrency.unwrap_or_else(|| in_flight(config)),
        headline: config.translate.headline,
        prunes: config.output.prune,
    })
}

/// Has the run stopped at its deadline; a ledger that lets no request out which would come too late for that.
fn within_time(config: &Config, stopper: &Stopper, desk: &Desk<'_>) -> Arc<Ledger> {
    let left = config.run.deadline.map(|deadline| deadline.left(&(desk.around.clock)()));
    let by = |left| TimeLimit::after(left, compose::wall_clock(desk));
    if let Some(left) = left {
        stopper.at_deadline(by(left));
    }
    let kept = left.filter(|_| config.translate.headline).map(|left| (left / 10).min(LONGEST_KEPT));
    compose::ledger(config, left.map(answered_in).map(by), kept.unwrap_or_default(), desk)
}

/// A tenth of the time is kept for headlines, at most this.
const LONGEST_KEPT: Duration = Duration::from_mins(2);

/// The time within which the last request must have been answered, so that what is finished can still be written: a
/// tenth is kept for it, at most a second.
fn answered_in(left: Duration) -> Duration {
    left.saturating_sub((left / 10).min(Duration::from_secs(1)))
}

/// Units in flight: as many as the backends of the chain take together, and at least a few.
fn in_flight(config: &Config) -> usize {
    let of = |name: &String| config.backends.get(name).map(BackendOptions::in_flight);
    config.translate.backend.iter().filter_map(of).max().unwrap_or(1)
}

fn receipt(run: &Run, time: Duration) -> Receipt {
    let mut receipt = Receipt {
        run: run.id.clone(),
        seconds: time.as_secs_f64(),
        stopped: run.stopper.reason().cloned(),
        ..run.ledger.receipt()
    };
    for cost in receipt.cost.values_mut().chain(receipt.backends.values_mut().flat_map(|used| used.cost.values_mut())) {
        *cost = rounded(*cost);
    }
    receipt.exit = Exit::of(&receipt).code();
    receipt
}

/// To a billionth: sums of many small amounts end in digits that nobody was billed.
fn rounded(cost: f64) -> f64 {
    (cost * 1e9).round() / 1e9
}

/// Whether a receipt could be written, for `doctor`: a run goes on without one. A pipe or a device is left alone.
pub(super) fn examine_receipt(config: &Config, cwd: &Path) -> Result<(), Error> {
    let Some(path) = config.output.receipt.as_ref().map(|path| cwd.join(path)) else { return Ok(()) };
    let tried = match std::fs::metadata(&path) {
        Ok(there) if there.is_file() => std::fs::OpenOptions::new().write(true).open(&path).map(drop),
        Ok(there) if there.is_dir() => Err(std::io::ErrorKind::IsADirectory.into()),
        Ok(_) => Ok(()),
        // A file without a name leaves no trace. The run makes the folders that are missing.
        Err(_) => {
            let folder = path.ancestors().skip(1).find(|folder| folder.exists());
            tempfile::tempfile_in(folder.unwrap_or(cwd)).map(drop)
        }
    };
    tried.map_err(|error| receipt_error(&path, &error))
}

/// Writes the receipt where one is wanted.
fn keep_receipt(config: &Config, receipt: &Receipt, cwd: &Path) -> Result<(), Error> {
    let Some(path) = config.output.receipt.as_ref().map(|path| cwd.join(path)) else { return Ok(()) };
    let text = serde_json::to_string_pretty(receipt).map_err(anyhow::Error::from)?;
    write_receipt(&path, &(text + "\n")).map_err(|error| receipt_error(&path, &error))
}

/// Writes the receipt again. What went into a pipe or a device was read already: there it stands once.
pub(super) fn renew_receipt(config: &Config, receipt: &Receipt, cwd: &Path) -> Result<(), Error> {
    let is_file = |path: &PathBuf| std::fs::metadata(cwd.join(path)).is_ok_and(|meta| meta.is_file());
    if config.output.receipt.as_ref().is_some_and(is_file) { keep_receipt(config, receipt, cwd) } else { Ok(()) }
}

/// In place, so that it may be a pipe; its folder too.
fn write_receipt(path: &Path, text: &str) -> std::io::Result<()> {
    if !path.exists() {
        compose::make_folder(path.parent())?;
    }
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true).mode(0o644).open(path)?.write_all(text.as_bytes())
}

fn receipt_error(path: &Path, error: &std::io::Error) -> Error {
    compose::not_written(format_args!("the receipt {}", path.display()), error)
}

fn run_error(error: RunError) -> Error {
    match error {
        RunError::State(error) => compose::state_error(error),
        RunError::Prompt(error) => Error::Usage(error.to_string()),
        RunError::Write(error) => compose::write_error(error),
        error @ RunError::Prune { .. } => Error::Usage(error.to_string()),
        RunError::Internal(error) => Error::Internal(anyhow::anyhow!(error)),
    }
}
