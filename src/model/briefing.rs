//! The briefing: what `kabar brief` writes, every statement with the paragraphs that it rests on.
//!
//! Place in the data way: `brief` composes it, `verify` judges it, `write` renders it; the next briefing reads it to
//! tell what is new.
//! It must never hold a statement without its citations: where there is none, a finding says so.

use serde::{Deserialize, Serialize};

use super::alarm::Alarm;
use super::finding::Finding;

/// The briefing's schema name.
pub const BRIEFING_SCHEMA: &str = "kabar/briefing/1";

/// Many articles condensed.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Briefing {
    /// `kabar/briefing/1`.
    pub schema: String,
    /// Start of the window, ISO 8601; articles from before it are not told again.
    pub from: String,
    /// End of the window, ISO 8601.
    pub to: String,
    /// The events, most important first.
    pub items: Vec<Item>,
    /// Further events that found no room, most important first.
    pub more: Vec<Headline>,
    /// Statements of the previous briefing that changed articles no longer bear out.
    pub corrections: Vec<Correction>,
    /// What it rests on, and what is missing.
    pub coverage: Coverage,
    /// Every article that this briefing or an earlier one has told, so that none is told twice.
    pub told: Vec<Told>,
    /// What earlier briefings said of those articles, so that it can still be corrected: only where the state keeps it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub said: Vec<Statement>,
}

impl Briefing {
    /// Every citation in it, in order; one may come twice.
    pub fn cites(&self) -> impl Iterator<Item = &Cite> {
        let corrected = self.corrections.iter().flat_map(|one| one.was.cites.iter().chain(&one.cite));
        self.items.iter().flat_map(Item::cites).chain(corrected)
    }

    /// The name of every article in it; one may come twice.
    pub fn articles(&self) -> impl Iterator<Item = &str> {
        let shares = self.items.iter().flat_map(|item| &item.outlets);
        let named = shares.flat_map(|share| &share.articles).map(|article| article.name.as_str());
        let more = self.more.iter().map(|headline| headline.article.as_str());
        named.chain(more).chain(self.cites().map(|cite| cite.article.as_str()))
    }

    /// A line for each event that holds a name or word of the watch list: `Meratus: Frog found`.
    pub fn alerts(&self) -> impl Iterator<Item = String> {
        let watched = self.items.iter().filter(|item| !item.watch.is_empty());
        watched.map(|item| format!("{}: {}", item.watch.join(", "), item.title))
    }
}

impl Item {
    /// Its statements, and what each outlet adds to them.
    pub fn told(&self) -> impl Iterator<Item = &Statement> {
        self.statements.iter().chain(self.outlets.iter().filter_map(|share| share.adds.as_ref()))
    }

    /// Its articles.
    pub fn articles(&self) -> impl Iterator<Item = &ArticleRef> {
        self.outlets.iter().flat_map(|share| &share.articles)
    }

    /// Every citation in it; one may come twice.
    pub fn cites(&self) -> impl Iterator<Item = &Cite> {
        let stated = self.told().flat_map(|statement| &statement.cites);
        let figures = self.conflicts.iter().flat_map(|conflict| &conflict.figures).map(|figure| &figure.cite);
        let changes = self.changes.iter().flat_map(|change| change.said_elsewhere().into_iter().chain([&change.cite]));
        stated.chain(figures).chain(changes)
    }
}

/// One event.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Item {
    /// 1-based place in the briefing.
    pub n: u32,
    /// A headline of one of its articles: English, or Indonesian where it is not translated.
    pub title: String,
    /// Whether it rests on text of the offline engine, which is a draft.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub draft: bool,
    /// Names and words of the watch list that it holds.
    pub watch: Vec<String>,
    /// What happened.
    pub statements: Vec<Statement>,
    /// Who reports it, the fullest first.
    pub outlets: Vec<OutletShare>,
    /// Figures on which outlets disagree.
    pub conflicts: Vec<Conflict>,
    /// What is new against the previous briefing or an earlier version of an article.
    pub changes: Vec<Change>,
    /// The latest figures, for the next briefing to compare with.
    pub figures: Vec<Figure>,
    /// Names that tell this event from others.
    pub names: Vec<String>,
}

/// One statement.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Statement {
    /// A sentence or a few.
    pub text: String,
    /// The paragraphs that it rests on.
    pub cites: Vec<Cite>,
    /// How it was made.
    pub method: Method,
    /// Who wrote it, where a backend did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub backend: Option<String>,
    /// What `verify` noticed; for a replaced statement, what was wrong with the one that it replaces.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<Finding>,
}

impl Statement {
    /// Whether something in it is wrong, or may be.
    pub fn is_flagged(&self) -> bool {
        self.findings.iter().any(Finding::is_error)
    }
}

/// How a statement was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Method {
    /// Sentences of an article, unchanged.
    Extractive,
    /// Written by a language model, and borne out by what it cites.
    Abstractive,
    /// The lead sentence of the source, in place of a statement that its citations did not bear out.
    Replaced,
}

/// A paragraph of an article, spelled `name ¶n`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Cite {
    /// The article's name: its record's path below the output folder, without `.json`.
    pub article: String,
    /// The paragraph's number.
    pub paragraph: u32,
}

impl std::fmt::Display for Cite {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} ¶{}", self.article, self.paragraph)
    }
}

/// One outlet's part in an event.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct OutletShare {
    /// The outlet.
    pub outlet: String,
    /// Its articles, latest first.
    pub articles: Vec<ArticleRef>,
    /// What it adds to the others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub adds: Option<Statement>,
    /// The article whose text it prints, nearly word for word: then it is no source of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub copy_of: Option<String>,
}

/// An article of an event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct ArticleRef {
    /// Its name.
    pub name: String,
    /// Its headline in English, or in Indonesian where it is not translated.
    pub title: String,
    /// When it was published, as its record says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub date: Option<String>,
    /// The address of the page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
}

/// A figure of an event, and who gives it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Figure {
    /// What it counts or measures, such as `dead`.
    pub what: String,
    /// Its value.
    pub value: f64,
    /// Its value as an English reader expects it, with the unit.
    pub shown: String,
    /// Who gives it.
    pub outlet: String,
    /// Where.
    pub cite: Cite,
    /// When that article was published.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub date: Option<String>,
}

/// Outlets that disagree.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Conflict {
    /// On what, such as `dead`.
    pub what: String,
    /// What each outlet says, earliest first.
    pub figures: Vec<Figure>,
}

impl Conflict {
    /// The figures that say the same, together; in the order in which each is first said.
    pub fn by_value(&self) -> Vec<Vec<&Figure>> {
        let mut groups: Vec<Vec<&Figure>> = Vec::new();
        for figure in &self.figures {
            match groups.iter_mut().find(|group| group.first().is_some_and(|first| first.shown == figure.shown)) {
                Some(group) => group.push(figure),
                None => groups.push(vec![figure]),
            }
        }
        groups
    }
}

/// Something that is different from before.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Change {
    /// What changed, such as `dead`; for a silent correction, the words around it.
    pub what: String,
    /// What was said before.
    pub before: String,
    /// What is said now.
    pub after: String,
    /// Whether the article was changed without a new date.
    pub correction: bool,
    /// Where it was said before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub earlier: Option<Cite>,
    /// Where it is said now.
    pub cite: Cite,
}

impl Change {
    /// Where it was said before, when another article said it: readers must see that these are two voices.
    pub fn said_elsewhere(&self) -> Option<&Cite> {
        self.earlier.as_ref().filter(|earlier| earlier.article != self.cite.article)
    }
}

/// A statement of the previous briefing that no longer holds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Correction {
    /// What the previous briefing said.
    pub was: Statement,
    /// The article that was changed since.
    pub article: ArticleRef,
    /// The cited paragraph as it reads now, in English; empty where it is gone.
    pub now: String,
    /// Where that is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cite: Option<Cite>,
    /// Why the statement does not hold any more.
    pub findings: Vec<Finding>,
}

/// An event in one line.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Headline {
    /// A headline of one of its articles.
    pub title: String,
    /// Who reports it.
    pub outlets: Vec<String>,
    /// Its fullest article.
    pub article: String,
}

/// What a briefing rests on.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Coverage {
    /// Finished articles in the folder.
    pub articles: u64,
    /// Of them, those in the window and selected.
    pub selected: u64,
    /// Of those in the window, those that an earlier briefing has told and that have not changed.
    pub told_before: u64,
    /// Selected articles without a date that can be read: they are taken as new.
    pub undated: u64,
    /// Selected articles with a finding of severity error.
    pub flagged: u64,
    /// Articles that are not translated yet; `null` where there is no state to ask.
    pub pending: Option<u64>,
    /// Articles that failed to be translated.
    pub failed: Option<u64>,
    /// Inputs that could not be read at all.
    pub unreadable: Option<u64>,
    /// Articles that an earlier briefing has told and that their outlets rewrote since.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rewritten: Vec<ArticleRef>,
    /// Records in the folder that are damaged.
    pub damaged: Vec<String>,
    /// What the last run noticed about outlets: silence, repeats, paywalls, other languages.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub alarms: Vec<Alarm>,
    /// Each outlet that sent something, or should have.
    pub outlets: Vec<OutletCoverage>,
}

/// What an outlet sent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct OutletCoverage {
    /// The outlet.
    pub outlet: String,
    /// Its articles in the window.
    pub articles: u64,
    /// How many it usually sends in a window of this length, from the articles before it; `null` where none is known.
    pub usual: Option<f64>,
    /// Whether that is as usual.
    pub state: OutletState,
}

/// How an outlet fares.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum OutletState {
    /// As usual, or nothing is known to compare with.
    Usual,
    /// Less than half of what is usual.
    Fewer,
    /// Nothing in this window, as often before: no news.
    Quiet,
    /// Nothing in this window, though it nearly always sends something, or though nothing is known of what is usual: look
    /// at the fetch.
    Silent,
    /// Articles came in, but none of this window is finished: they wait, failed, or are of another time.
    Arrived,
    /// Configured, but the folder holds no article of it at all: look at the fetch.
    Never,
}

/// An article that was told.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Told {
    /// Its name.
    pub name: String,
    /// The hash of its input.
    pub sha256: String,
    /// The hash of what it says: where that stays the same, nothing is told again.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub fingerprint: String,
    /// The end of the window of the briefing that told it first.
    pub at: String,
}
