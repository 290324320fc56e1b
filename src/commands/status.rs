//! `kabar status`: done, pending, failed, flagged; open batches; the last runs.
//!
//! Place in the data way: none; it reads the state beside a run that may be under way.
//! It must never change anything.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::civil::Date;
use jiff::{Timestamp, Zoned};
use serde::Serialize;

use crate::cli::StatusArgs;
use crate::config::Budget;
use crate::error::Error;
use crate::exit::Exit;
use crate::model::alarm::Alarm;
use crate::model::duration;
use crate::model::record::HEADLINE;
use crate::model::spend::Spend;
use crate::report::printable;
use crate::state::{BatchRow, Corrected, NearRow, Outcome, RunRow, State, StateCounts, StateError};

use super::Desk;
use super::compose;

/// Runs shown.
const RUNS: usize = 5;

/// Rewritten articles, and near copies, that `--json` lists.
const LISTED: usize = 1_000;

/// Names shown of each kind; `--json` has them all.
const NAMES: usize = 20;

#[derive(Serialize)]
struct Status {
    counts: StateCounts,
    failed: Vec<(String, String)>,
    flagged: Vec<(String, String)>,
    unreadable: Vec<(String, String)>,
    alarms: Vec<Alarm>,
    corrected: Vec<Corrected>,
    near_copies: Vec<NearRow>,
    batches: Vec<Batch>,
    spent: Spent,
    runs: Vec<RunRow>,
}

/// What was spent, by currency, beside the budgets.
#[derive(Serialize)]
struct Spent {
    /// Today.
    day: BTreeMap<String, f64>,
    /// In this calendar month.
    month: BTreeMap<String, f64>,
    /// In this calendar month, by backend.
    backends: BTreeMap<String, BTreeMap<String, f64>>,
    day_budget: Option<f64>,
    month_budget: Option<f64>,
}

/// A batch that waits at a provider.
#[derive(Serialize)]
struct Batch {
    #[serde(flatten)]
    row: BatchRow,
    /// `None` where its date cannot be read.
    age_seconds: Option<i64>,
}

/// Runs `kabar status`.
pub(super) fn run(args: &StatusArgs, desk: &mut Desk<'_>) -> Result<Exit, Error> {
    let (config, folders) = desk.folder(desk.config_of_state()?, args.dir.as_deref());
    let state = State::open_for_reading(&folders.state, &folders.root()).map_err(compose::state_error)?;
    state.require_own().map_err(compose::state_error)?;
    let now = (desk.around.clock)();
    let status = read(&state, config.budget, &now).map_err(compose::state_error)?;
    if args.json {
        let text = serde_json::to_string_pretty(&status).map_err(anyhow::Error::from)?;
        writeln!(desk.out, "{text}")?;
    } else {
        write!(desk.out, "{}", status.text())?;
    }
    Ok(Exit::Done)
}

fn read(state: &State, budget: Budget, now: &Zoned) -> Result<Status, StateError> {
    let today = now.date();
    Ok(Status {
        spent: Spent::new(&state.spent_since(&today.first_of_month().to_string())?, budget, today),
        counts: state.counts()?,
        failed: state.articles_with(Outcome::Failed)?,
        flagged: state.articles_with(Outcome::Flagged)?,
        unreadable: state.failures()?,
        alarms: state.alarms()?,
        corrected: state.corrected(LISTED)?,
        near_copies: state.near_copies(LISTED)?,
        batches: state.batches()?.into_iter().map(|row| Batch::at(now.timestamp(), row)).collect(),
        runs: state.runs(RUNS)?,
    })
}

impl Spent {
    fn new(spent: &[Spend], budget: Budget, today: Date) -> Self {
        let (mut of_day, mut of_month, mut backends) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
        for spend in spent {
            let add = |sums: &mut BTreeMap<String, f64>| {
                *sums.entry(spend.currency.clone()).or_default() += spend.amount;
            };
            add(&mut of_month);
            add(backends.entry(spend.backend.clone()).or_default());
            if spend.day == today.to_string() {
                add(&mut of_day);
            }
        }
        Self { day: of_day, month: of_month, backends, day_budget: budget.day, month_budget: budget.month }
    }

    /// One line, where anything was spent or may be.
    fn line(&self) -> Option<String> {
        let of = |sums: &BTreeMap<String, f64>, budget: Option<f64>| {
            let sums: Vec<String> = sums.iter().map(|(currency, sum)| format!("{sum:.2} {currency}")).collect();
            let sum = if sums.is_empty() { "nothing".to_owned() } else { sums.join(" + ") };
            budget.map_or(sum.clone(), |budget| format!("{sum} of {budget:.2}"))
        };
        let is_told = !self.month.is_empty() || self.day_budget.is_some() || self.month_budget.is_some();
        let (day, month) = (of(&self.day, self.day_budget), of(&self.month, self.month_budget));
        is_told.then(|| format!("spent      {day} today, {month} this month\n"))
    }
}

impl Batch {
    fn at(now: Timestamp, row: BatchRow) -> Self {
        let submitted = row.submitted.parse::<Timestamp>().ok();
        Self { age_seconds: submitted.map(|at| now.duration_since(at).as_secs().max(0)), row }
    }

    fn line(&self) -> String {
        let BatchRow { backend, token, batch, status, requests, done, failed, .. } = &self.row;
        let age = Duration::from_secs(self.age_seconds.and_then(|age| u64::try_from(age).ok()).unwrap_or_default());
        let (id, age) = (printable(batch.as_ref().unwrap_or(token)), duration::format(age));
        let status = printable(status);
        format!(
            "  {backend}  {id}  {requests} requests, {done} answered, {failed} failed, {status}; submitted {age} ago\n"
        )
    }
}

impl Status {
    fn text(&self) -> String {
        let counts = &self.counts;
        let mut out = format!(
            "articles   {} done, {} pending, {} failed, {} flagged; {} inputs unreadable\nopen       {} units, {} segments\n",
            counts.done,
            counts.pending,
            counts.failed,
            counts.flagged,
            counts.unreadable,
            counts.open_units,
            counts.open_segments,
        );
        out.extend(self.spent.line());
        if counts.tiers.len() > 1 || counts.tiers.contains_key(HEADLINE) {
            let tiers: Vec<String> = counts.tiers.iter().map(|(tier, n)| format!("{} {n}", printable(tier))).collect();
            out += &format!("tiers      {} (kabar upgrade)\n", tiers.join(", "));
        }
        let names = |rows: &[(String, String)]| rows.iter().map(|(name, _)| printable(name)).collect::<Vec<_>>();
        let reasons =
            self.unreadable.iter().map(|(path, reason)| format!("{}: {}", printable(path), printable(reason)));
        let corrected =
            self.corrected.iter().map(|c| format!("{} ({} paragraphs)", printable(&c.name), c.former.len()));
        let near = |row: &NearRow| format!("{} of {} ({} %)", printable(&row.name), printable(&row.of), row.alike);
        for (title, names) in [
            ("failed (run again to try once more)", names(&self.failed)),
            ("flagged (kabar check says why; --only flagged tries again)", names(&self.flagged)),
            ("unreadable", reasons.collect()),
            ("outlets", self.alarms.iter().map(|alarm| printable(&alarm.sentence())).collect()),
            ("corrected by their outlets (--json has what they said before)", corrected.collect()),
            ("near copies (translated all the same)", self.near_copies.iter().map(near).collect()),
        ] {
            if !names.is_empty() {
                out += &format!("\n{title}:\n");
                out.extend(names.iter().take(NAMES).map(|name| format!("  {name}\n")));
                if names.len() > NAMES {
                    out += &format!("  and {} more (--json lists all)\n", names.len() - NAMES);
                }
            }
        }
        if !self.batches.is_empty() {
            out += "\nbatches (run again to fetch what is ready):\n";
            out.extend(self.batches.iter().map(Batch::line));
        }
        if !self.runs.is_empty() {
            out += "\nlast runs:\n";
            out.extend(self.runs.iter().map(run_line));
        }
        out
    }
}

fn run_line(run: &RunRow) -> String {
    match &run.receipt {
        Some(receipt) => {
            let cost: Vec<String> =
                receipt.cost.iter().map(|(currency, cost)| format!("{cost:.2} {currency}")).collect();
            let cost = if cost.is_empty() { String::new() } else { format!(", {}", cost.join(" + ")) };
            format!(
                "  {}  exit {}, {} articles, {} written, {} requests{cost}, {:.0} s\n",
                run.started,
                receipt.exit,
                receipt.counts.articles,
                receipt.counts.written,
                receipt.requests,
                receipt.seconds,
            )
        }
        None => format!("  {}  running, or ended without a word\n", run.started),
    }
}
