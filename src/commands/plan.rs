//! `kabar plan`: what `translate` would do, without doing it: sections, units, requests, tokens, cost.
//!
//! Place in the data way: `plan` alone; nothing is stored, nothing is sent.
//! It must never create the state or the output folder.

use std::collections::{BTreeMap, HashSet};

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
use crate::model::schedule::Only;
use crate::model::tokens::estimate_tokens;
use crate::model::unit::{Claim, Work};
use crate::pipeline::plan::Step;
use crate::pipeline::prune::gone;
use crate::pipeline::recipe::Recipe;
use crate::pipeline::stop::Stopper;
use crate::report::printable;
use crate::state::{DATABASE, State, StateError};

use super::compose::{self, Backends, Folders};
use super::{Desk, advice};

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
    /// By currency, where translator and summariser are paid in different ones.
    #[serde(skip)]
    costs: BTreeMap<String, f64>,
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
    for note in advice::unpriced(&config) {
        desk.complain(&note);
    }
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
    let with = With { state: state.clone(), recipe: recipe.clone(), only: planner.only.clone() };
    for step in planner.steps(&inputs) {
        forecast.add(step.map_err(compose::state_error)?, &with).map_err(compose::state_error)?;
    }
    if let Some(state) = state.as_ref().filter(|_| config.output.prune) {
        let gone = gone(state, &inputs).map_err(compose::state_error)?;
        forecast.prune = gone.into_iter().flat_map(|article| article.outputs).map(|output| output.path).collect();
    }
    forecast.price(&recipe);
    forecast.by_batch = config.backends.get(&recipe.translator.name).is_some_and(BackendOptions::by_batch);
    if args.json {
        let text = serde_json::to_string_pretty(&forecast).map_err(anyhow::Error::from)?;
        writeln!(desk.out, "{text}")?;
    } else {
        write!(desk.out, "{}", forecast.table(&recipe))?;
    }
    Ok(Exit::Done)
}

/// A unit that is left.
struct Asked<'a> {
    /// The article's title.
    title: Option<&'a str>,
    work: &'a Work,
    /// Whether the memory does not count.
    fresh: bool,
}

/// What a forecast is made with.
struct With {
    state: Option<State>,
    recipe: Recipe,
    only: Only,
}

impl Forecast {
    fn add(&mut self, step: Step, with: &With) -> Result<(), StateError> {
        self.articles += 1;
        match step {
            Step::Failed(error) => {
                self.failed += 1;
                crate::report::complain(&error.to_string());
            }
            Step::Unchanged { .. } => self.unchanged += 1,
            Step::Passed { .. } => {}
            Step::Again(_, known, _) => {
                for claim in with.state.iter().map(|state| state.to_do(known.id, &with.only)) {
                    for Claim { title, work, fresh, .. } in claim? {
                        self.unit(Asked { title: title.as_deref(), work: &work, fresh }, with)?;
                    }
                }
            }
            Step::Store(planned) => {
                let near = planned.article.source.near_copy.clone();
                self.near_copies.extend(near.map(|near| Near { path: planned.origin.path.clone(), near }));
                self.sections += planned.article.sections.len() as u64;
                self.paragraphs += planned.article.paragraphs().count() as u64;
                self.skipped += planned.article.paragraphs().filter(|p| p.skipped.is_some()).count() as u64;
                let held = match &with.state {
                    Some(state) if !planned.fresh => state.held(&planned.name)?,
                    _ => HashSet::new(),
                };
                let title = planned.article.title.as_deref();
                let fresh = planned.fresh;
                let mut open = planned.units.iter().filter(|unit| !held.contains(&unit.key));
                open.try_for_each(|unit| self.unit(Asked { title, work: &unit.work, fresh }, with))?;
            }
        }
        Ok(())
    }

    /// Adds a unit.
    fn unit(&mut self, Asked { title, work, fresh }: Asked<'_>, with: &With) -> Result<(), StateError> {
        let recipe = &with.recipe;
        let state = with.state.as_ref().filter(|_| !fresh && with.only != Only::All);
        self.units += 1;
        let mut unknown = Vec::new();
        match work {
            Work::Translate { segments, .. } => {
                self.segments += segments.len() as u64;
                let keys: Vec<_> = segments.iter().map(|s| recipe.segment_key(&recipe.translator, &s.text)).collect();
                let hits = state.map_or_else(|| Ok(vec![None; keys.len()]), |state| state.remembered(&keys))?;
                unknown
                    .extend(segments.iter().zip(hits).filter(|(_, hit)| hit.is_none()).map(|(s, _)| s.text.as_str()));
                self.from_memory += (segments.len() - unknown.len()) as u64;
            }
            Work::Summarise { sections } => {
                let key = [recipe.unit_key(title, work)];
                let hits = state.map_or_else(|| Ok(vec![None]), |state| state.remembered(&key))?;
                if hits.iter().all(Option::is_none) {
                    unknown.extend(sections.iter().map(|section| section.text.as_str()));
                }
            }
        }
        if unknown.is_empty() {
            return Ok(());
        }
        self.requests += 1;
        let tokens: u64 = unknown.iter().map(|text| estimate_tokens(text)).sum();
        let usage = Usage {
            input_tokens: tokens + PROMPT_TOKENS,
            output_tokens: match work {
                Work::Translate { .. } => tokens,
                Work::Summarise { sections } => u64::from(recipe.words) * (2 + sections.len() as u64) * 2,
            },
            characters: unknown.iter().map(|text| text.chars().count() as u64).sum(),
            estimated: true,
        };
        self.input_tokens += usage.input_tokens;
        self.output_tokens += usage.output_tokens;
        self.characters += usage.characters;
        let profile = match work {
            Work::Translate { .. } => &recipe.translator,
            Work::Summarise { .. } => recipe.summariser.as_ref().unwrap_or(&recipe.translator),
        };
        if let Some(price) = &profile.price {
            *self.costs.entry(price.currency.clone()).or_default() += price.of(&usage);
        }
        Ok(())
    }

    /// The cost in the currency of the translator, else of the summariser; nothing where neither has a price.
    fn price(&mut self, recipe: &Recipe) {
        let priced = recipe.summariser.iter().chain([&recipe.translator]).filter_map(|profile| profile.price.as_ref());
        for price in priced {
            self.costs.entry(price.currency.clone()).or_default();
            self.currency = Some(price.currency.clone());
        }
        self.cost = self.currency.as_ref().and_then(|currency| self.costs.get(currency)).copied();
    }

    fn table(&self, recipe: &Recipe) -> String {
        let profile = &recipe.translator;
        let unpriced = |profile: &&Profile| profile.price.is_none() && profile.dialect != DIALECT;
        let mut costs: Vec<String> =
            self.costs.iter().map(|(currency, cost)| format!("about {cost:.2} {currency}")).collect();
        let unknown = [profile].into_iter().chain(&recipe.summariser).find(unpriced);
        costs.extend(unknown.map(|profile| format!("unknown: set price on [backends.{}]", profile.name)));
        let cost = if costs.is_empty() { "nothing: the engine is built in".to_owned() } else { costs.join(" and ") };
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
