//! `kabar plan`: what `translate` would do, without doing it: sections, units, requests, tokens, cost.
//!
//! Place in the data way: `plan` alone; nothing is stored, nothing is sent.
//! It must never create the state or the output folder.

use serde::Serialize;

use crate::backend::BackendOptions;
use crate::backend::offline::DIALECT;
use crate::cli::PlanArgs;
use crate::error::Error;
use crate::exit::Exit;
use crate::model::article::NearCopy;
use crate::model::backend::Profile;
use crate::model::event::Silent;
use crate::model::reply::Usage;
use crate::model::tokens::estimate_tokens;
use crate::model::unit::{PlannedUnit, Work};
use crate::pipeline::plan::Step;
use crate::pipeline::prune::gone;
use crate::pipeline::recipe::Recipe;
use crate::pipeline::stop::Stopper;
use crate::report::printable;
use crate::state::{DATABASE, State, StateError};

use super::Desk;
use super::compose::{self, Backends, Folders};

/// What a run would do.
#[derive(Debug, Default, Serialize)]
struct Forecast {
    articles: u64,
    unchanged: u64,
    failed: u64,
    sections: u64,
    paragraphs: u64,
    skipped: u64,
    units: u64,
    segments: u64,
    from_memory: u64,
    requests: u64,
    /// Whether the requests would travel in batches.
    by_batch: bool,
    input_tokens: u64,
    output_tokens: u64,
    characters: u64,
    /// Articles that are nearly the same as an earlier one. Paragraphs that are the same are sent once.
    near_copies: Vec<Near>,
    cost: Option<f64>,
    currency: Option<String>,
    /// Outputs that `--prune` would remove, unless somebody changed them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    prune: Vec<String>,
    /// Token counts are estimates before a tokeniser has seen the text.
    estimated: bool,
}

/// An article that nearly repeats an earlier one.
#[derive(Debug, Serialize)]
struct Near {
    path: String,
    #[serde(flatten)]
    near: NearCopy,
}

/// Runs `kabar plan`.
pub(super) fn run(args: &PlanArgs, desk: &mut Desk<'_>) -> Result<Exit, Error> {
    let config = desk.config(Some(&args.input), Some(&args.work))?;
    let inputs = compose::inputs(&args.input.paths, &config, &desk.around.cwd)?;
    let folders = Folders::new(&config, &desk.around.cwd);
    let hooks = compose::hooks(std::sync::Arc::new(Silent), &Stopper::default());
    let backends = Backends::build(&config, desk, &hooks)?;
    // What `translate` would refuse is refused here.
    compose::checks(&config)?;
    let prompts = compose::prompts(&config, &desk.around.cwd)?;
    let rules = compose::rules(&config, &desk.around.cwd)?;
    let recipe = backends.recipe(&config, &prompts, &rules)?;
    let only = super::translate::only(&args.work);
    let mut planner = compose::planner(&config, (recipe.clone(), rules), only, &folders, desk)?;
    if folders.state.join(DATABASE).exists() {
        let state = State::open_for_reading(&folders.state, &folders.root()).map_err(compose::state_error)?;
        super::translate::require_backend(&planner.only, &config, &state)?;
        planner.state = Some(state);
    }
    let state = planner.state.clone();
    let mut forecast = Forecast { estimated: true, ..Forecast::default() };
    for step in planner.steps(&inputs) {
        forecast.add(step.map_err(compose::state_error)?, state.as_ref(), &recipe).map_err(compose::state_error)?;
    }
    if let Some(state) = state.as_ref().filter(|_| config.output.prune) {
        let gone = gone(state, &inputs).map_err(compose::state_error)?;
        forecast.prune = gone.into_iter().flat_map(|article| article.outputs).map(|output| output.path).collect();
    }
    forecast.price(&recipe.translator);
    forecast.by_batch = config.backends.get(&recipe.translator.name).is_some_and(BackendOptions::by_batch);
    if args.json {
        let text = serde_json::to_string_pretty(&forecast).map_err(anyhow::Error::from)?;
        writeln!(desk.out, "{text}")?;
    } else {
        write!(desk.out, "{}", forecast.table(&recipe.translator))?;
    }
    Ok(Exit::Done)
}

impl Forecast {
    fn add(&mut self, step: Step, state: Option<&State>, recipe: &Recipe) -> Result<(), StateError> {
        self.articles += 1;
        match step {
            Step::Failed(error) => {
                self.failed += 1;
                crate::report::complain(&error.to_string());
            }
            Step::Unchanged(_) | Step::Passed(_) => self.unchanged += 1,
            Step::Again(_, known) => self.units += known.open,
            Step::Store(planned) => {
                let near = planned.article.source.near_copy.clone();
                self.near_copies.extend(near.map(|near| Near { path: planned.path.clone(), near }));
                self.sections += planned.article.sections.len() as u64;
                self.paragraphs += planned.article.paragraphs().count() as u64;
                self.skipped += planned.article.paragraphs().filter(|p| p.skipped.is_some()).count() as u64;
                for unit in &planned.units {
                    self.unit(unit, state, recipe)?;
                }
            }
        }
        Ok(())
    }

    fn unit(&mut self, unit: &PlannedUnit, state: Option<&State>, recipe: &Recipe) -> Result<(), StateError> {
        self.units += 1;
        let mut unknown = Vec::new();
        match &unit.work {
            Work::Translate { segments, .. } => {
                self.segments += segments.len() as u64;
                let keys: Vec<_> = segments.iter().map(|s| recipe.segment_key(&recipe.translator, &s.text)).collect();
                let hits = state.map_or_else(|| Ok(vec![None; keys.len()]), |state| state.remembered(&keys))?;
                unknown
                    .extend(segments.iter().zip(hits).filter(|(_, hit)| hit.is_none()).map(|(s, _)| s.text.as_str()));
                self.from_memory += (segments.len() - unknown.len()) as u64;
            }
            Work::Summarise { sections } => unknown.extend(sections.iter().map(|section| section.text.as_str())),
        }
        if unknown.is_empty() {
            return Ok(());
        }
        self.requests += 1;
        let tokens: u64 = unknown.iter().map(|text| estimate_tokens(text)).sum();
        self.characters += unknown.iter().map(|text| text.chars().count() as u64).sum::<u64>();
        self.input_tokens += tokens + PROMPT_TOKENS;
        self.output_tokens += match &unit.work {
            Work::Translate { .. } => tokens,
            Work::Summarise { sections } => u64::from(recipe.words) * (2 + sections.len() as u64) * 2,
        };
        Ok(())
    }

    fn price(&mut self, profile: &Profile) {
        let Some(price) = &profile.price else { return };
        let usage = Usage {
            input_tokens: self.input_tokens,
            output_tokens: self.output_tokens,
            characters: self.characters,
            estimated: true,
        };
        self.cost = Some(price.of(&usage));
        self.currency = Some(price.currency.clone());
    }

    fn table(&self, profile: &Profile) -> String {
        let cost = match (&self.cost, &self.currency) {
            (Some(cost), Some(currency)) => format!("about {cost:.2} {currency}"),
            _ if profile.dialect == DIALECT => "nothing: the engine is built in".to_owned(),
            _ => format!("unknown: set price on [backends.{}]", profile.name),
        };
        let by_batch = if self.by_batch { ", by batch" } else { "" };
        let rows = [
            ("backend", format!("{} ({}{by_batch})", profile.name, profile.dialect)),
            ("articles", self.articles.to_string()),
            ("  finished, unchanged", self.unchanged.to_string()),
            ("  unreadable", self.failed.to_string()),
            ("  near copies", self.near_copies.len().to_string()),
            ("sections", self.sections.to_string()),
            ("paragraphs", format!("{} ({} not sent)", self.paragraphs, self.skipped)),
            ("segments", format!("{} ({} from memory)", self.segments, self.from_memory)),
            ("units", self.units.to_string()),
            ("requests", self.requests.to_string()),
            ("tokens", format!("about {} in, {} out", self.input_tokens, self.output_tokens)),
            ("cost", cost),
        ];
        let rows = rows.iter().map(|(name, value)| format!("{name:<22} {value}\n"));
        let prune = self.prune.iter().map(|output| format!("{:<22} {}\n", "would be pruned", printable(output)));
        rows.chain(prune).collect()
    }
}

/// About what the system message and the JSON around the text add to a request.
const PROMPT_TOKENS: u64 = 500;
