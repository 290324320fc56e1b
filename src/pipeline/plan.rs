//! Reads the inputs and decides what is to be done: read ▸ clean ▸ section ▸ one transaction per article.
//!
//! Place in the data way: the first step of a run; `kabar plan` shows what it would do without storing it.
//! It must never touch the network, hold more than a few articles in memory, or let one bad input stop the others.

use std::collections::HashMap;
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
use crate::stage::read::{Found, Input, InputError, RawArticle, ReadOptions, WalkOptions, open, printable, walk};
use crate::stage::section::{NEAR, Seen, pack, section, segments, sketch};
use crate::stage::write::{Format, Named};
use crate::state::{Known, Origin, Output, PlannedArticle, State, StateError, Stored};

use super::deliver::still_there;
use super::ledger::Ledger;
use super::prune::{absolute, holder, is_there};
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
        /// Where it stands now, if that is not known.
        moved: Moved,
    },
    /// It is not wanted by `--only`: it is new, or an edit of what is known (`edited`), which then is not up to date.
    Passed {
        /// The input.
        path: String,
        /// Whether it is known with another text.
        edited: bool,
    },
    /// It was planned before: units are open, or to be opened again, or its outputs are to be written.
    Again(String, Box<Known>, Moved),
    /// It is new or changed.
    Store(Box<PlannedArticle>),
}

/// An article whose file the state knows under another path, or not at all, with the file.
type Moved = Option<(ArticleId, PathBuf)>;

/// What an input holds: an article, or why there is none; and the file that it comes from.
type Read = (Option<PathBuf>, Result<RawArticle, InputError>);

/// Which input writes to a name, all hashed: where it stands, and its text.
type Names = HashMap<Key, (Key, Key)>;

impl Planner {
    /// The steps for all inputs, in the order of the walk.
    pub fn steps(self, inputs: &[Input]) -> impl Iterator<Item = Result<Step, StateError>> + Send + use<> {
        let read = self.read.clone();
        let (mut names, mut seen) = (Names::new(), Seen::default());
        let plan = self.recipe.plan_key();
        walk(inputs, &self.walk)
            .flat_map(move |found| opened(found, &read))
            .filter_map(move |found| self.next(found, plan, &mut names, &mut seen).transpose())
    }

    /// The step for what was found; none where it was named twice: as a file, and by its folder.
    fn next(
        &self,
        (file, raw): Read,
        plan: Key,
        names: &mut Names,
        seen: &mut Seen,
    ) -> Result<Option<Step>, StateError> {
        let mut raw = match raw {
            Ok(raw) => raw,
            Err(error) => return Ok(Some(Step::Failed(error))),
        };
        let known_as = |name: &str| self.state.as_ref().map(|state| state.known(name)).transpose();
        let mut known = known_as(&raw.name)?.flatten();
        if raw.shown == STDIN && known.as_ref().is_some_and(|known| known.sha256 != raw.sha256) {
            // Another text from standard input is another article, not a correction of the first.
            raw.name = format!("{}-{}", raw.name, raw.sha256.get(..8).unwrap_or_default());
            known = known_as(&raw.name)?.flatten();
        }
        let name = Key::of([raw.name.as_str()]);
        let own = (Key::of([raw.shown.as_str()]), Key::of([raw.sha256.as_str()]));
        match names.get(&name) {
            Some(earlier) if *earlier == own => return Ok(None),
            Some((place, _)) if *place == own.0 => return Ok(Some(Step::Failed(same_id(&raw)))),
            Some(_) => return Ok(Some(Step::Failed(collision(&raw, "another input of this run")))),
            None => {}
        }
        // The name stays free for the input that it stands for.
        if let Some(other) = known.as_ref().and_then(|known| another(known, &raw, file.as_deref())) {
            return Ok(Some(Step::Failed(collision(&raw, &format!("{other} (which is still there)")))));
        }
        names.insert(name, own);
        let step = self.step(raw, known, file, plan);
        self.compared(step, seen).map(Some)
    }

    fn step(&self, raw: RawArticle, known: Option<Known>, file: Option<PathBuf>, plan: Key) -> Step {
        let edited = known.is_some();
        // Work on finished units (`--only`) must not plan an article anew: that would open all of it.
        let is_same = |known: &Known| known.sha256 == raw.sha256 && (known.plan == plan || self.works_on_finished());
        if let Some(known) = known.filter(is_same) {
            return self.known_step(raw, known, file);
        }
        match self.read(raw, file, plan) {
            Err(error) => Step::Failed(error),
            Ok(planned) if self.works_on_finished() => Step::Passed { path: planned.origin.path, edited },
            Ok(planned) => Step::Store(Box::new(planned)),
        }
    }

    /// Whether only units that have a result already are wanted.
    fn works_on_finished(&self) -> bool {
        matches!(self.only, Only::Failed | Only::Flagged | Only::Backend(_))
    }

    fn known_step(&self, raw: RawArticle, known: Known, file: Option<PathBuf>) -> Step {
        let moved = file.filter(|file| known.origin.file.as_ref() != Some(file)).map(|file| (known.id, file));
        let is_written = |format: &Format, outputs: &[Output]| {
            outputs.iter().any(|output| Path::new(&output.path).extension() == Some(format.extension().as_ref()))
        };
        let delivered = known.outputs.as_ref().is_some_and(|outputs| {
            self.formats.iter().all(|format| is_written(format, outputs)) && still_there(&self.root, outputs)
        });
        let settled = matches!(known.outcome, crate::state::Outcome::Done | crate::state::Outcome::Flagged);
        if self.only == Only::Pending && known.open == 0 && delivered && settled {
            let flagged = known.outcome == crate::state::Outcome::Flagged;
            return Step::Unchanged { path: raw.shown, flagged, moved };
        }
        Step::Again(raw.shown, Box::new(known), moved)
    }

    fn read(&self, raw: RawArticle, file: Option<PathBuf>, plan: Key) -> Result<PlannedArticle, InputError> {
        let (name, sha256) = (raw.name.clone(), raw.sha256.clone());
        let origin = Origin { path: raw.shown.clone(), file };
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
        Ok(PlannedArticle { name, origin, sha256, plan, content, arrivals, fresh, article, sketch, turn, units })
    }

    /// Notes what a new article nearly repeats, before anything of it is sent: another of this run, else one of an earlier.
    fn compared(&self, mut step: Step, seen: &mut Seen) -> Result<Step, StateError> {
        if let Step::Store(planned) = &mut step
            && let Some(sketch) = &planned.sketch
        {
            let of_run =
                seen.add(&planned.origin.path, sketch.clone()).map(|(of, similarity)| near_copy(of, similarity));
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

/// The articles of an input, each with the file that it comes from.
fn opened(found: Result<Found, InputError>, read: &ReadOptions) -> impl Iterator<Item = Read> + Send + use<> {
    let (file, articles): (_, Box<dyn Iterator<Item = _> + Send>) = match found {
        Ok(found) => {
            (Some(&found.path).filter(|path| path.as_os_str() != "-").and_then(|p| absolute(p)), open(&found, read))
        }
        Err(error) => (None, Box::new(std::iter::once(Err(error)))),
    };
    articles.map(move |article| (file.clone(), article))
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
    let alike = known.into_iter().map(|(origin, other)| (other.similarity(sketch), origin));
    let near = alike.filter(|(similarity, origin)| *similarity >= NEAR && (*similarity < 1.0 || is_there(origin)));
    Ok(near.max_by(|a, b| a.0.total_cmp(&b.0)).map(|(similarity, origin)| near_copy(&origin.path, similarity)))
}

fn near_copy(of: &str, similarity: f64) -> NearCopy {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and 100")]
    let alike = (similarity * 100.0) as u8;
    NearCopy { of: of.to_owned(), alike }
}

/// The other input that an article of that name stands for, where its file is still there and it says something else.
fn another(known: &Known, raw: &RawArticle, file: Option<&Path>) -> Option<String> {
    let origin = &known.origin;
    let theirs = origin.file.clone().or_else(|| holder(&origin.path))?;
    let is_another = file != Some(theirs.as_path()) && known.sha256 != raw.sha256 && {
        let ours = file?.canonicalize().ok()?;
        theirs.canonicalize().ok()? != ours
    };
    // Of two folders that hold the same names, only the whole path tells.
    let is_told = origin.path != raw.shown;
    is_another.then(|| if is_told { origin.path.clone() } else { printable(theirs.as_os_str()) })
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
    /// Edited inputs that `--only` leaves to the next run.
    pub left: u64,
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
        Step::Failed(_) | Step::Passed { .. } => Ok(None),
        Step::Unchanged { moved, .. } => {
            note_file(state, moved).await?;
            Ok(None)
        }
        Step::Store(mut article) => {
            article.turn.place = place;
            let (path, mut arrivals) = (article.origin.path.clone(), article.arrivals.clone());
            let stored = state.store_article(*article, run).await?;
            let is_moved = stored.same_as.as_ref().is_some_and(|from| !is_there(from));
            tell_stored(&path, &stored, is_moved, ledger);
            if stored.is_new && !is_moved {
                arrivals.volume.repeats = stored.same_as.is_some().into();
                state.arrive(arrivals).await?;
            }
            Ok(Some(stored.id))
        }
        Step::Again(_, known, moved) => {
            note_file(state, moved).await?;
            let opened = state.reopen(known.id, only).await?;
            // What is finished and not written is written, whatever is wanted: a run was stopped in between.
            let wanted = opened > 0 || known.open > 0 || known.outputs.is_none() || *only == Only::Pending;
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

async fn note_file(state: &State, moved: Moved) -> Result<(), StateError> {
    let Some((article, file)) = moved else { return Ok(()) };
    state.stands_in(article, file).await
}

/// Tells what became known when an article was stored: that it moved, or that its outlet rewrote it.
fn tell_stored(path: &str, stored: &Stored, is_moved: bool, ledger: &Ledger) {
    if let Some(from) = stored.same_as.as_ref().filter(|_| is_moved) {
        ledger.count(|counts| counts.moved += 1);
        ledger.event(&Event::Moved { from: from.path.clone(), path: path.to_owned() });
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
        Step::Unchanged { path, flagged, .. } => {
            ledger.count(|counts| counts.flagged_before += u64::from(*flagged));
            (path.clone(), true)
        }
        Step::Passed { path, edited } => {
            planned.left += u64::from(*edited);
            (path.clone(), false)
        }
        Step::Again(path, ..) => (path.clone(), false),
        Step::Store(article) => {
            if let Some(NearCopy { of, alike }) = article.article.source.near_copy.clone() {
                ledger.count(|counts| counts.near_copies += 1);
                ledger.event(&Event::NearCopy { path: article.origin.path.clone(), of, alike });
            }
            let paragraphs = article.article.paragraphs();
            let (all, skipped) = paragraphs
                .fold((0, 0), |(all, skipped), paragraph| (all + 1, skipped + u64::from(paragraph.skipped.is_some())));
            ledger.count(|counts| {
                counts.paragraphs += all;
                counts.skipped += skipped;
            });
            (article.origin.path.clone(), false)
        }
    };
    ledger.count(|counts| {
        counts.articles += 1;
        counts.unchanged += u64::from(unchanged);
    });
    ledger.event(&Event::Planned { path, unchanged });
}
