//! Reads the inputs and decides what is to be done: read ▸ clean ▸ section ▸ one transaction per article.
//!
//! Place in the data way: the first step of a run; `kabar plan` shows what it would do without storing it.
//! It must never touch the network, hold more than a few articles in memory, or let one bad input stop the others.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::path::{Path, PathBuf};

use crate::model::alarm::{Arrivals, Volume};
use crate::model::article::{Article, NearCopy, Paragraph};
use crate::model::event::{Event, Monitor};
use crate::model::key::Key;
use crate::model::schedule::{Only, Turn};
use crate::model::sketch::Sketch;
use crate::model::unit::{ArticleId, PlannedUnit, SectionText, Work};
use crate::stage::brief::{any_says, read_date};
use crate::stage::check::addresses_model;
use crate::stage::clean::{Rules, clean, is_stub};
use crate::stage::read::{Input, InputError, RawArticle, ReadOptions, WalkOptions, open, walk};
use crate::stage::section::{NEAR, Seen, pack, section, segments, sketch};
use crate::stage::write::{Format, Named};
use crate::state::{Known, Output, PlannedArticle, State, StateError, Stored};

use super::deliver::still_there;
use super::ledger::Ledger;
use super::prune::is_there;
use super::recipe::Recipe;

/// How standard input is shown, where it holds one article.
const STDIN: &str = "-";

/// How inputs become units.
#[derive(Debug, Clone)]
pub struct Planner {
    /// What is walked.
    pub walk: WalkOptions,
    /// How it is read.
    pub read: ReadOptions,
    /// What counts as furniture.
    pub rules: Rules,
    /// How units are made and keyed.
    pub recipe: Recipe,
    /// Which units are wanted.
    pub only: Only,
    /// The hour of Unix time.
    pub hour: i64,
    /// Words whose articles come first.
    pub watch: Vec<String>,
    /// The output folder, to see whether outputs are still there.
    pub root: PathBuf,
    /// The formats that are written.
    pub formats: Vec<Format>,
    /// What is known already; `None` on a dry run without a state.
    pub state: Option<State>,
}

/// What is to be done about one input.
#[derive(Debug)]
pub enum Step {
    /// It cannot be read.
    Failed(InputError),
    /// Nothing: it is finished and unchanged, and perhaps flagged.
    Unchanged {
        /// The input as the user gave it.
        path: String,
        /// Whether a check found an error in it.
        flagged: bool,
    },
    /// It is not wanted by `--only`.
    Passed(String),
    /// It was planned before: units are open, or to be opened again, or its outputs are to be written.
    Again(String, Box<Known>),
    /// It is new or changed.
    Store(Box<PlannedArticle>),
}

impl Planner {
    /// The steps for all inputs, in the order of the walk.
    pub fn steps(self, inputs: &[Input]) -> impl Iterator<Item = Result<Step, StateError>> + Send + use<> {
        let read = self.read.clone();
        let (mut names, mut seen) = (HashMap::new(), Seen::default());
        let plan = self.recipe.plan_key();
        walk(inputs, &self.walk)
            .flat_map(move |found| match found {
                Ok(found) => open(&found, &read),
                Err(error) => Box::new(std::iter::once(Err(error))),
            })
            .filter_map(move |raw| {
                let Ok(article) = &raw else { return Some(raw) };
                let (place, text) = (Key::of([article.shown.as_str()]), Key::of([article.sha256.as_str()]));
                match names.entry(Key::of([article.name.as_str()])) {
                    Entry::Vacant(name) => {
                        name.insert((place, text));
                        Some(raw)
                    }
                    // Named twice: as a file, and by its folder.
                    Entry::Occupied(earlier) if *earlier.get() == (place, text) => None,
                    Entry::Occupied(earlier) if earlier.get().0 == place => Some(Err(same_id(article))),
                    Entry::Occupied(_) => Some(Err(collision(article, "another input of this run"))),
                }
            })
            .map(move |raw| match raw {
                Ok(raw) => self.step(raw, plan).and_then(|step| self.compared(step, &mut seen)),
                Err(error) => Ok(Step::Failed(error)),
            })
    }

    fn step(&self, mut raw: RawArticle, plan: Key) -> Result<Step, StateError> {
        let known_as = |name: &str| self.state.as_ref().map(|state| state.known(name)).transpose();
        let mut known = known_as(&raw.name)?.flatten();
        if raw.shown == STDIN && known.as_ref().is_some_and(|known| known.sha256 != raw.sha256) {
            // Another text from standard input is another article, not a correction of the first.
            raw.name = format!("{}-{}", raw.name, raw.sha256.get(..8).unwrap_or_default());
            known = known_as(&raw.name)?.flatten();
        }
        if let Some(known) = known {
            if is_anothers(&known, &raw) {
                return Ok(Step::Failed(collision(&raw, &format!("{} (which is still there)", known.path))));
            }
            // Work on finished units (`--only`) must not plan an article anew: that would open all of it.
            let same = known.sha256 == raw.sha256 && (known.plan == plan || self.works_on_finished());
            if same {
                return Ok(self.known_step(raw, known));
            }
        }
        if self.works_on_finished() {
            return Ok(Step::Passed(raw.shown));
        }
        Ok(self.read(raw, plan).map_or_else(Step::Failed, |planned| Step::Store(Box::new(planned))))
    }

    /// Whether only units that have a result already are wanted.
    fn works_on_finished(&self) -> bool {
        matches!(self.only, Only::Failed | Only::Flagged | Only::Backend(_))
    }

    fn known_step(&self, raw: RawArticle, known: Known) -> Step {
        let is_written = |format: &Format, outputs: &[Output]| {
            outputs.iter().any(|output| Path::new(&output.path).extension() == Some(format.extension().as_ref()))
        };
        let delivered = known.outputs.as_ref().is_some_and(|outputs| {
            self.formats.iter().all(|format| is_written(format, outputs)) && still_there(&self.root, outputs)
        });
        let settled = matches!(known.outcome, crate::state::Outcome::Done | crate::state::Outcome::Flagged);
        if self.only == Only::Pending && known.open == 0 && delivered && settled {
            return Step::Unchanged { path: raw.shown, flagged: known.outcome == crate::state::Outcome::Flagged };
        }
        Step::Again(raw.shown, Box::new(known))
    }

    fn read(&self, raw: RawArticle, plan: Key) -> Result<PlannedArticle, InputError> {
        let (name, path, sha256) = (raw.name.clone(), raw.shown.clone(), raw.sha256.clone());
        let mut document = raw.parse(&self.read)?;
        clean(&mut document, &self.rules);
        let article = section(document);
        let units = self.units(&article);
        let turn = Turn {
            watched: is_watched(&article, &self.watch),
            published: article.source.date.as_deref().and_then(read_date).map(jiff::Timestamp::as_second),
            place: 0,
        };
        let paragraphs = article.paragraphs().map(|p| p.text.as_str());
        let content = Key::of(std::iter::once(article.title.as_deref().unwrap_or_default()).chain(paragraphs));
        let outlet = article.source.outlet.clone();
        let outlet = outlet.unwrap_or_else(|| name.split('/').next().unwrap_or_default().to_owned());
        let volume = Volume {
            articles: 1,
            repeats: 0,
            stubs: is_stub(&article).into(),
            languages: article.source.lang.is_some().into(),
        };
        let arrivals = Arrivals { outlet, hour: self.hour, volume };
        let fresh = self.only == Only::All;
        let sketch = sketch(&article);
        Ok(PlannedArticle { name, path, sha256, plan, content, arrivals, fresh, article, sketch, turn, units })
    }

    /// Notes what a new article nearly repeats, before anything of it is sent: another of this run, else one of an earlier.
    fn compared(&self, mut step: Step, seen: &mut Seen) -> Result<Step, StateError> {
        if let Step::Store(planned) = &mut step
            && let Some(sketch) = &planned.sketch
        {
            let of_run = seen.add(&planned.path, sketch.clone()).map(|(of, similarity)| near_copy(of, similarity));
            let of_earlier = |state: &State| earlier(state, &planned.name, sketch);
            planned.article.source.near_copy = match of_run {
                Some(found) => Some(found),
                None => self.state.as_ref().map(of_earlier).transpose()?.flatten(),
            };
        }
        Ok(step)
    }

    /// Cuts an article into units.
    fn units(&self, article: &Article) -> Vec<PlannedUnit> {
        let limits = &self.recipe.translator.limits;
        let mut works = Vec::new();
        for part in segments(article, limits, self.recipe.keep_boilerplate) {
            let section = part.section;
            let packed = pack(part.segments, limits).into_iter();
            works.extend(packed.map(|segments| Work::Translate { section, segments }));
        }
        let sections = story(article);
        if self.recipe.summariser.is_some() && !sections.is_empty() {
            works.push(Work::Summarise { sections });
        }
        let title = article.title.as_deref();
        works.into_iter().map(|work| PlannedUnit { key: self.recipe.unit_key(title, &work), work }).collect()
    }
}

/// Whether an article holds one of the words.
fn is_watched(article: &Article, watch: &[String]) -> bool {
    let story = || article.paragraphs().filter(|p| p.kind.is_story()).map(|p| p.text.as_str());
    watch.iter().any(|word| any_says(article.title.as_deref().into_iter().chain(story()), word))
}

/// The story text of each section that has some. What speaks to a language model is left out: a summary is written by one.
fn story(article: &Article) -> Vec<SectionText> {
    let text = |section: &crate::model::article::Section| {
        let is_told = |p: &&Paragraph| p.kind.is_story() && p.skipped.is_none() && !addresses_model(&p.text);
        let own = section.paragraphs.iter().filter(is_told);
        let texts: Vec<&str> = own.map(|paragraph| paragraph.text.as_str()).collect();
        SectionText { n: section.n, text: texts.join("\n") }
    };
    article.sections.iter().map(text).filter(|section| !section.text.is_empty()).collect()
}

/// The most similar article of the state that an article nearly repeats. One with the same text whose input is gone has moved.
fn earlier(state: &State, name: &str, sketch: &Sketch) -> Result<Option<NearCopy>, StateError> {
    let known = state.sketches_like(name, sketch)?;
    let alike = known.into_iter().map(|(path, other)| (other.similarity(sketch), path));
    let near = alike.filter(|(similarity, path)| *similarity >= NEAR && (*similarity < 1.0 || is_there(path)));
    Ok(near.max_by(|a, b| a.0.total_cmp(&b.0)).map(|(similarity, path)| near_copy(&path, similarity)))
}

fn near_copy(of: &str, similarity: f64) -> NearCopy {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and 100")]
    let alike = (similarity * 100.0) as u8;
    NearCopy { of: of.to_owned(), alike }
}

/// Whether an article of that name stands for another file, which is still there and says something else.
fn is_anothers(known: &Known, raw: &RawArticle) -> bool {
    let there = |path: &str| std::fs::canonicalize(path).ok();
    known.path != raw.shown && known.sha256 != raw.sha256 && {
        let (theirs, ours) = (there(&known.path), there(&raw.shown));
        theirs.is_some() && ours.is_some() && theirs != ours
    }
}

/// Two records of one file, or two entries of one feed, would have one output.
fn same_id(raw: &RawArticle) -> InputError {
    let reason = "another record of the same file has this id and says something else; give each an id of its own";
    InputError { path: raw.shown.clone(), reason: reason.into() }
}

fn collision(raw: &RawArticle, other: &str) -> InputError {
    let reason =
        format!("{other} is already written to \"{}\"; rename one of the two, or give the folder above", raw.name);
    InputError { path: raw.shown.clone(), reason }
}

/// What planning found, in numbers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Planned {
    /// Inputs that could not be read, with the reason.
    pub failures: Vec<(String, String)>,
    /// Articles that have work in this run.
    pub wanted: u64,
}

/// Stores one step, the `place`-th of the run. Returns the article if this run has work for it.
pub(super) async fn store(
    state: &State,
    (place, step): (u64, Step),
    run: &str,
    (planner, ledger): (&Planner, &Ledger),
) -> Result<Option<ArticleId>, StateError> {
    let only = &planner.only;
    match step {
        Step::Failed(_) | Step::Unchanged { .. } | Step::Passed(_) => Ok(None),
        Step::Store(mut article) => {
            article.turn.place = place;
            let (path, mut arrivals) = (article.path.clone(), article.arrivals.clone());
            let stored = state.store_article(*article, run).await?;
            let is_moved = stored.same_as.as_ref().is_some_and(|from| !is_there(from));
            tell_stored(&path, &stored, is_moved, ledger);
            if stored.is_new && !is_moved {
                arrivals.volume.repeats = stored.same_as.is_some().into();
                state.arrive(arrivals).await?;
            }
            Ok(Some(stored.id))
        }
        Step::Again(_, known) => {
            let opened = state.reopen(known.id, only).await?;
            let wanted = opened > 0 || known.open > 0 || *only == Only::Pending;
            if wanted {
                if opened == 0 && known.outputs.is_some() {
                    state.undeliver(known.id).await?;
                }
                // The watch list may have changed since the article was planned.
                let look = |article: Article| is_watched(&article, &planner.watch);
                let watched = if planner.watch.is_empty() { false } else { look(state.article(known.id)?) };
                state.want(known.id, run, place, watched).await?;
            }
            Ok(wanted.then_some(known.id))
        }
    }
}

/// Tells what became known when an article was stored: that it moved, or that its outlet rewrote it.
fn tell_stored(path: &str, stored: &Stored, is_moved: bool, ledger: &Ledger) {
    if let Some(from) = stored.same_as.as_ref().filter(|_| is_moved) {
        ledger.count(|counts| counts.moved += 1);
        ledger.event(&Event::Moved { from: from.clone(), path: path.to_owned() });
    }
    if stored.corrected > 0 {
        ledger.count(|counts| counts.corrected += 1);
        ledger.event(&Event::Corrected { path: path.to_owned(), paragraphs: stored.corrected });
    }
}

/// Tells the monitor of a step and counts it.
pub(super) fn tell(step: &Step, planned: &mut Planned, ledger: &Ledger) {
    let (path, unchanged) = match step {
        Step::Failed(error) => {
            planned.failures.push((error.path.clone(), error.reason.clone()));
            ledger.count(|counts| {
                counts.articles += 1;
                counts.failed += 1;
            });
            ledger.event(&Event::ArticleFailed { path: error.path.clone(), reason: error.reason.clone() });
            return;
        }
        Step::Unchanged { path, flagged } => {
            ledger.count(|counts| counts.flagged_before += u64::from(*flagged));
            (path.clone(), true)
        }
        Step::Passed(path) => (path.clone(), true),
        Step::Again(path, _) => (path.clone(), false),
        Step::Store(article) => {
            if let Some(NearCopy { of, alike }) = article.article.source.near_copy.clone() {
                ledger.count(|counts| counts.near_copies += 1);
                ledger.event(&Event::NearCopy { path: article.path.clone(), of, alike });
            }
            let paragraphs = article.article.paragraphs();
            let (all, skipped) = paragraphs
                .fold((0, 0), |(all, skipped), paragraph| (all + 1, skipped + u64::from(paragraph.skipped.is_some())));
            ledger.count(|counts| {
                counts.paragraphs += all;
                counts.skipped += skipped;
            });
            (article.path.clone(), false)
        }
    };
    ledger.count(|counts| {
        counts.articles += 1;
        counts.unchanged += u64::from(unchanged);
    });
    ledger.event(&Event::Planned { path, unchanged });
}
