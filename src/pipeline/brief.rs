//! The briefing: select ▸ group ▸ compose ▸ verify over the finished articles of a folder.
//!
//! Place in the data way: after `deliver`, over what was written. Records are read twice, first all of them for what
//! grouping needs (`scan`), then those of the events that are told; so ten thousand of them never stand in memory
//! together.
//! It must never let a statement through that its citations do not bear out, whoever wrote it.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::backend::ErrorKind;
use crate::model::briefing::{BRIEFING_SCHEMA, Briefing, Cite, Headline, Item, Method, Statement, Told};
use crate::model::finding::Finding;
use crate::model::outcome::Stop;
use crate::model::record::ParagraphRecord;
use crate::model::reply::{BriefItem, ReplyBody};
use crate::model::request::{Brief, CitedText, Payload, Request};
use crate::stage::brief::{
    BriefOptions, Composer, Group, Records, Selection, Story, corrections, drop_told_additions, group, lead, rank,
    sort_out, statements, told, verify, without_dateline,
};
use crate::stage::check::addresses_model;
use crate::stage::prompt::{PromptError, PromptKind, PromptVars, Prompts};
use crate::state::{State, StateError};

use super::chain::{Chain, Member};
use super::folder::{Shelf, load};
use super::ledger::Ledger;
use super::scan::{Scan, scan};
use super::stop::Stopper;
use super::unit::{estimate, used};

pub use super::folder::{Folder, name_of};

/// Characters of paragraphs in one request.
const REQUEST_CHARACTERS: usize = 16_000;
/// Statements of one event.
const STATEMENTS: usize = 4;
/// How often a backend is asked for the same event.
const TRIES: usize = 2;

/// Everything a briefing is made with.
pub struct Briefer {
    /// The folder of finished articles.
    pub dir: PathBuf,
    /// Which articles.
    pub selection: Selection,
    /// The zone in which the window is written.
    pub zone: TimeZone,
    /// How much is told.
    pub options: BriefOptions,
    /// The briefing before this one.
    pub previous: Option<Briefing>,
    /// Who writes; empty, or without a member that reads prompts, for sentences of the articles.
    pub chain: Chain,
    /// The prompts.
    pub prompts: Prompts,
    /// Budget and events.
    pub ledger: Arc<Ledger>,
    /// Where each request's cost is booked at once, so that the budgets of a day and of a month hold whatever ends the
    /// briefing; none where nobody bills.
    pub books: Option<State>,
    /// Once it says stop, nobody is asked any more.
    pub stopper: Stopper,
}

/// Why a briefing cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum BriefError {
    /// A prompt cannot be rendered.
    #[error(transparent)]
    Prompt(#[from] PromptError),
    /// A cost cannot be booked.
    #[error(transparent)]
    State(#[from] StateError),
}

/// A briefing as it was made.
pub struct Made {
    /// The briefing.
    pub briefing: Briefing,
    /// Events that are told in sentences of their articles because nobody could be asked any more.
    pub short: u64,
    /// Why not; a signal in any case.
    pub stopped: Option<Stop>,
    /// Wanted outlets of which the folder holds no article.
    pub unknown: Vec<String>,
}

impl Briefer {
    /// Makes the briefing. What the state knows (pending, failed, unreadable) is for the caller to add.
    ///
    /// # Errors
    /// [`BriefError`]. Damaged records are told in the coverage.
    pub async fn brief(&self) -> Result<Made, BriefError> {
        let scan = scan(&self.dir, &self.selection, &self.options.watch);
        let groups = rank(&scan.stories, group(&scan.stories));
        let split = groups.len().min(self.options.items);
        let (first, rest) = groups.split_at_checked(split).unwrap_or((&groups, &[]));
        let previous = self.previous.as_ref().map_or(&[][..], |briefing| &briefing.items);
        let (mut items, mut short, mut stopped) = (Vec::new(), 0, None);
        for group in first {
            let records = self.records_of(&scan.stories, group);
            let composer =
                Composer { stories: &scan.stories, records: &records, previous, words: self.options.words as usize };
            let mut item = composer.item(group);
            if let Some(reason) = self.rewrite(&mut item, &records).await? {
                short += 1;
                stopped = stopped.or(Some(reason));
            }
            items.push(Item { n: u32::try_from(items.len() + 1).unwrap_or(u32::MAX), ..item });
        }
        let library = Folder::new(&self.dir);
        let briefing = Briefing {
            schema: BRIEFING_SCHEMA.into(),
            from: self.written(self.selection.window.from),
            to: self.written(self.selection.window.to),
            items,
            more: rest.iter().filter_map(|group| headline(&scan.stories, group)).collect(),
            corrections: corrections(self.previous.iter().flat_map(statements), &scan.changed, &library),
            coverage: self.coverage(&scan),
            told: self.told(&scan),
            said: Vec::new(),
        };
        let signal = self.stopper.reason().filter(|reason| matches!(reason, Stop::Signal { .. }));
        let unknown = self.selection.outlets.iter().filter(|outlet| !scan.tally.knows(outlet));
        Ok(Made { briefing, short, stopped: signal.cloned().or(stopped), unknown: unknown.cloned().collect() })
    }

    /// A time with the offset of the desk.
    fn written(&self, at: Timestamp) -> String {
        at.to_zoned(self.zone.clone()).strftime("%Y-%m-%dT%H:%M:%S%:z").to_string()
    }

    fn records_of(&self, stories: &[Story], group: &Group) -> Records {
        let names = group.iter().filter_map(|at| stories.get(*at)).map(|story| story.name.clone());
        names.filter_map(|name| Some((name.clone(), load(&self.dir, &name).ok()??))).collect()
    }

    fn coverage(&self, scan: &Scan) -> crate::model::briefing::Coverage {
        let count = |is: fn(&&Story) -> bool| scan.stories.iter().filter(is).count() as u64;
        crate::model::briefing::Coverage {
            selected: scan.stories.len() as u64,
            told_before: scan.told_before,
            undated: count(|story| story.at.is_none()),
            flagged: count(|story| story.flagged),
            rewritten: scan.changed.values().cloned().collect(),
            damaged: scan.damaged.clone(),
            ..scan.tally.coverage(&self.options.outlets)
        }
    }

    fn told(&self, scan: &Scan) -> Vec<Told> {
        let at = self.selection.window.to;
        let now = scan.stories.iter().map(|story| Told {
            name: story.name.clone(),
            sha256: story.sha256.clone(),
            fingerprint: story.fingerprint.clone(),
            at: at.to_string(),
        });
        let now = now.chain(scan.passed_over.iter().map(|told| Told { at: at.to_string(), ..told.clone() }));
        let before = self.previous.as_ref().map_or(&[][..], |briefing| &briefing.told);
        told(before, now.collect(), &scan.undated, at)
    }

    /// Lets the first backend that can write statements of the event; those of the articles stay where none can. Gives
    /// what kept it from asking, where something did.
    async fn rewrite(&self, item: &mut Item, records: &Records) -> Result<Option<Stop>, BriefError> {
        let (asked, places) = self.asked(item, records);
        if asked.paragraphs.is_empty() {
            return Ok(None);
        }
        let system = self.prompts.render(PromptKind::Brief, &PromptVars::new(self.options.words))?;
        let request = Request { system, payload: Payload::Brief(asked) };
        let (mut short, mut is_asked) = (None, false);
        for member in self.chain.usable().filter(|member| member.backend.profile().abilities.prompts) {
            is_asked = true;
            let answer = match self.ask(member, &request).await? {
                Ok(answer) => answer.unwrap_or_default(),
                Err(reason) => {
                    short = short.or(Some(reason));
                    continue;
                }
            };
            let name = &member.backend.profile().name;
            let written = answer.iter().filter(|item| !item.text.trim().is_empty()).take(STATEMENTS);
            let written = written.map(|item| statement(item, &places, name));
            let judged: Vec<Statement> = written.filter_map(|written| judged(written, item, records)).collect();
            if !judged.is_empty() {
                item.statements = without_repeats(judged);
                drop_told_additions(item);
                return Ok(None);
            }
        }
        // A request that was under way when the stop came ends without its further attempts.
        Ok(short.or_else(|| self.stopper.reason().filter(|_| is_asked).cloned()))
    }

    /// The paragraphs of the event's sources in turn, first ones first, within the length of a request.
    fn asked(&self, item: &Item, records: &Records) -> (Brief, HashMap<String, Cite>) {
        let sources = item.outlets.iter().filter(|share| share.copy_of.is_none());
        let names: Vec<&str> = sources.filter_map(|share| share.articles.first()).map(|a| a.name.as_str()).collect();
        let paragraphs = |name: &&str| {
            let sections = records.get(*name).map_or(&[][..], |record| &record.sections);
            let is_told = |p: &&ParagraphRecord| p.kind.is_story() && p.is_good() && !addresses_model(&p.id);
            sections.iter().flat_map(|s| &s.paragraphs).filter(is_told).collect::<Vec<_>>()
        };
        let texts: Vec<_> = names.iter().map(paragraphs).collect();
        let (mut asked, mut places) = (Brief { words: self.options.words, paragraphs: Vec::new() }, HashMap::new());
        let mut left = REQUEST_CHARACTERS;
        for turn in 0..texts.iter().map(Vec::len).max().unwrap_or(0) {
            for (n, (name, text)) in names.iter().zip(&texts).enumerate() {
                let Some(paragraph) = text.get(turn) else { continue };
                let Some(en) = paragraph.en.as_ref().filter(|en| en.len() <= left) else { continue };
                left -= en.len();
                let cite = format!("a{}¶{}", n + 1, paragraph.n);
                places.insert(cite.clone(), Cite { article: (*name).to_owned(), paragraph: paragraph.n });
                asked.paragraphs.push(CitedText { cite, text: en.clone() });
            }
        }
        (asked, places)
    }

    /// What a backend writes, `None` where it writes nothing; or why it may not be asked.
    async fn ask(
        &self,
        member: &Member,
        request: &Request,
    ) -> Result<Result<Option<Vec<BriefItem>>, Stop>, StateError> {
        let profile = member.backend.profile();
        for _ in 0..TRIES {
            if let Some(reason) = self.stopper.reason() {
                return Ok(Err(reason.clone()));
            }
            let reservation = match self.ledger.reserve(profile, &estimate(request)) {
                Ok(reservation) => reservation,
                Err(short) => return Ok(Err(short.into())),
            };
            let reply = tokio::select! {
                reply = member.backend.call(request) => Some(reply),
                () = self.stopper.abort().cancelled() => None,
            };
            let spent = self.ledger.settle(profile, reservation, reply.as_ref().and_then(used));
            if let (Some(books), Some(spend)) = (&self.books, spent) {
                books.keep(Vec::new(), vec![spend]).await?;
            }
            match reply {
                None => {}
                Some(Ok(reply)) => {
                    member.succeeded();
                    if let ReplyBody::Brief(items) = reply.body {
                        return Ok(Ok(Some(items)));
                    }
                }
                Some(Err(error)) => {
                    member.failed(&error, &*self.ledger);
                    if error.kind != ErrorKind::BadReply {
                        return Ok(Ok(None));
                    }
                }
            }
        }
        Ok(Ok(None))
    }
}

/// What a backend wrote, with the addresses of the request turned into those of the articles.
fn statement(item: &BriefItem, places: &HashMap<String, Cite>, backend: &str) -> Statement {
    let unknown = |cite: &str| Cite { article: cite.to_owned(), paragraph: 0 };
    Statement {
        text: without_dateline(item.text.trim()).to_owned(),
        cites: item.cites.iter().map(|cite| places.get(cite).cloned().unwrap_or_else(|| unknown(cite))).collect(),
        method: Method::Abstractive,
        backend: Some(backend.to_owned()),
        findings: Vec::new(),
    }
}

/// The statement, if its citations bear it out; else the lead sentence of what it cites, or of the fullest article, with
/// what was wrong.
fn judged(written: Statement, item: &Item, records: &Records) -> Option<Statement> {
    let findings = verify(&written, &Shelf(records));
    if !findings.iter().any(Finding::is_error) {
        return Some(Statement { findings, ..written });
    }
    let cited = written.cites.iter().map(|cite| cite.article.as_str()).find(|name| records.contains_key(*name));
    let name = cited.or_else(|| Some(item.outlets.first()?.articles.first()?.name.as_str()))?;
    let lead = lead(name, records.get(name)?)?;
    let findings = findings.into_iter().chain(lead.findings.iter().cloned()).collect();
    Some(Statement { method: Method::Replaced, findings, ..lead })
}

fn without_repeats(statements: Vec<Statement>) -> Vec<Statement> {
    let mut kept: Vec<Statement> = Vec::new();
    for statement in statements {
        if !kept.iter().any(|known| known.text == statement.text) {
            kept.push(statement);
        }
    }
    kept
}

fn headline(stories: &[Story], group: &Group) -> Option<Headline> {
    let sources = sort_out(stories, group).sources;
    let first = sources.first().and_then(|at| stories.get(*at))?;
    let mut outlets: Vec<String> = Vec::new();
    for story in sources.iter().filter_map(|at| stories.get(*at)) {
        if !outlets.contains(&story.outlet) {
            outlets.push(story.outlet.clone());
        }
    }
    Some(Headline { title: first.title.clone(), outlets, article: first.name.clone() })
}
