//! How one unit is processed: memory lookup ▸ request ▸ check ▸ repair ▸ finish.
//!
//! Place in the data way: the `work` step, run for many units at once.
//! It must never store a text that a check refused as if it were good, and never ask for what the memory knows.

use std::sync::Arc;

use crate::model::finding::Finding;
use crate::model::reply::Usage;
use crate::model::request::{Payload, Request};
use crate::model::segment::Segment;
use crate::model::spend::Spend;
use crate::model::tokens::estimate_tokens;
use crate::model::unit::{
    ArticleId, Claim, FinishedUnit, MemoryEntry, SegmentOutcome, Standing, UnitId, UnitResult, UnitStatus, Work,
};
use crate::stage::check::Checks;
use crate::stage::prompt::{PromptError, PromptKind, PromptVars, Prompts};
use crate::state::{State, StateError};

use super::batch::{Asker, Post};
use super::chain::{Chain, Member};
use super::flights::{Flight, Flights};
use super::ledger::{Ledger, Short};
use super::recipe::Recipe;
use crate::backend::{BackendError, ErrorKind};
use crate::model::event::{Event, Monitor};
use crate::model::reply::Reply;

/// What all units of a run share.
pub struct Workshop {
    /// The state: memory and results.
    pub state: State,
    /// Backends for translation, in order of failover.
    pub translate: Chain,
    /// Backends for summaries, in order of failover.
    pub summary: Chain,
    /// The prompts.
    pub prompts: Prompts,
    /// The checks.
    pub checks: Checks,
    /// How keys are made.
    pub recipe: Recipe,
    /// Counts and budget.
    pub ledger: Arc<Ledger>,
    /// Segments under way.
    pub flights: Flights,
    /// Requests that travel in batches.
    pub post: Post,
    /// Whether the next backend is asked where money or time do not allow this one; else the run stops.
    pub descends: bool,
}

/// What became of a claimed unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Worked {
    /// It has a result.
    Finished {
        /// Its article.
        article: ArticleId,
        /// Units of the article that are still open.
        open: u64,
    },
    /// It stays open for the next run: the run stops, or no backend could be reached for it.
    Released,
    /// It keeps the result that it had: there is no better one.
    Kept,
}

/// Why a unit was not finished.
#[derive(Debug, thiserror::Error)]
pub enum Halt {
    /// The run stops, or no backend could be reached: the unit stays open.
    #[error("the unit stays open")]
    Release,
    /// Answers come with a batch, or with another unit (`behind`) that waits for one: the unit stays open.
    #[error("the unit waits for a batch")]
    Waiting {
        /// Whether it waits for another unit.
        behind: bool,
    },
    /// Money or time do not allow another request.
    #[error("the budget or the deadline does not allow another request")]
    Short(Short),
    /// The state cannot be used.
    #[error(transparent)]
    State(#[from] StateError),
    /// A prompt cannot be rendered.
    #[error(transparent)]
    Prompt(#[from] PromptError),
    /// A bug.
    #[error("internal error: {0}")]
    Internal(String),
}

/// Whom a unit may ask, and what goes along.
#[derive(Debug, Clone, Copy)]
pub(super) struct Aim<'a> {
    /// The article's title.
    pub title: Option<&'a str>,
    /// Only members before this place of the chain are asked.
    pub below: usize,
}

/// A unit's turn at work: what its requests came to so far, and what is stored with its result.
#[derive(Default)]
pub(super) struct Turn {
    /// The unit; `None` for what belongs to none.
    pub unit: Option<UnitId>,
    /// Whether the memory is left aside.
    pub fresh: bool,
    /// Whether nothing is asked: only what came back with a batch is taken.
    pub harvests: bool,
    pub segments: u64,
    pub from_memory: u64,
    pub tokens: u64,
    pub costs: Vec<Spend>,
    pub memory: Vec<MemoryEntry>,
    /// Texts under way that others may wait for; they end when the result is stored.
    pub flights: Vec<Flight>,
}

impl Turn {
    /// Nothing yet.
    pub(super) fn of(unit: Option<UnitId>) -> Self {
        Self { unit, ..Self::default() }
    }
}

impl Workshop {
    /// Works on one unit and stores what came of it.
    ///
    /// # Errors
    /// [`Halt`] where the run must stop or the unit must wait.
    pub async fn work(&self, claim: Claim) -> Result<Worked, Halt> {
        let mut turn = Turn { fresh: claim.fresh, ..Turn::of(Some(claim.unit)) };
        let below = claim.improves.map_or(usize::MAX, |standing| standing.below);
        let aim = Aim { title: claim.title.as_deref(), below };
        let worked = self.result_of(aim, &claim.work, &mut turn).await;
        let Turn { segments, from_memory, tokens, costs, memory, flights, .. } = turn;
        let is_wanted = |result: &UnitResult| claim.improves.is_none_or(|old| is_better(result, old));
        let result = match worked {
            Ok(result) if is_wanted(&result) => match claim.former {
                Some(former) if claim.improves.is_none() => kept(former, result),
                _ => result,
            },
            other => {
                // What was answered all the same is paid for: the next run finds it in the memory.
                if !memory.is_empty() || !costs.is_empty() {
                    self.state.keep(memory, costs).await?;
                }
                return other.map(|_| Worked::Kept);
            }
        };
        let status = status_of(&result);
        let cost = costs.iter().map(|spend| spend.amount).sum();
        let finished = FinishedUnit { unit: claim.unit, article: claim.article, status, result, memory, spent: costs };
        let open = match claim.improves {
            None => self.state.finish(finished).await?,
            Some(_) => self.state.replace(finished).await.map(|()| 0)?,
        };
        drop(flights);
        self.count(segments, from_memory);
        self.ledger.event(&Event::UnitFinished {
            segments,
            from_memory,
            tokens,
            cost,
            flagged: status != UnitStatus::Done,
        });
        Ok(Worked::Finished { article: claim.article, open })
    }

    /// Takes what came back with a batch for a unit that is no longer part of its article: an edit came in between, and what
    /// did not change is in the memory then. Nothing is asked.
    ///
    /// # Errors
    /// What stops a run.
    pub(super) async fn harvest(&self, claim: Claim) -> Result<(), Halt> {
        let mut turn = Turn { harvests: true, ..Turn::of(Some(claim.unit)) };
        let aim = Aim { title: claim.title.as_deref(), below: usize::MAX };
        let worked = self.result_of(aim, &claim.work, &mut turn).await;
        self.state.keep(turn.memory, turn.costs).await?;
        match worked {
            Err(halt @ (Halt::State(_) | Halt::Prompt(_) | Halt::Internal(_))) => Err(halt),
            _ => Ok(self.state.drop_unit(claim.unit).await?),
        }
    }

    async fn result_of(&self, aim: Aim<'_>, work: &Work, turn: &mut Turn) -> Result<UnitResult, Halt> {
        match work {
            Work::Translate { segments, .. } => self.translate(aim, segments, turn).await,
            Work::Summarise { sections } => self.summarise(aim, sections, turn).await,
        }
    }

    /// Translates segments that belong to no unit; what was answered goes into the memory.
    pub(super) async fn translate_apart(&self, title: Option<&str>, segments: &[Segment]) -> Result<UnitResult, Halt> {
        let mut turn = Turn::of(None);
        let aim = Aim { title, below: usize::MAX };
        let result = self.translate(aim, segments, &mut turn).await;
        self.state.keep(turn.memory, turn.costs).await?;
        self.count(turn.segments, turn.from_memory);
        result
    }

    fn count(&self, segments: u64, from_memory: u64) {
        self.ledger.count(|counts| {
            counts.segments += segments;
            counts.from_memory += from_memory;
        });
    }

    /// Sends one request within the budget and books what it used; where requests travel in batches, it is answered from
    /// what came back. `again` counts how often the unit has asked the very same before.
    pub(super) async fn call(
        &self,
        member: &Member,
        (request, again): (&Request, u32),
        turn: &mut Turn,
    ) -> Result<Result<Reply, BackendError>, Halt> {
        if let (Some(batcher), Some(unit)) = (member.backend.batches(), turn.unit) {
            let asker = Asker { unit, again, harvests: turn.harvests };
            return self.post.ask((member, batcher), request, asker).await;
        }
        if turn.harvests {
            return Err(Halt::Release);
        }
        let profile = member.backend.profile();
        let reservation = self.ledger.reserve(profile, &estimate(request)).map_err(Halt::Short)?;
        if let Payload::Translate(asked) = &request.payload {
            self.ledger.count(|counts| counts.sent += asked.segments.len() as u64);
        }
        let reply = member.backend.call(request).await;
        let used = used(&reply);
        turn.costs.extend(self.ledger.settle(profile, reservation, used));
        turn.tokens += used.map_or(0, |usage| usage.input_tokens + usage.output_tokens);
        match &reply {
            Ok(_) => member.succeeded(),
            Err(error) if error.kind == ErrorKind::Cancelled => return Err(Halt::Release),
            Err(error) => member.failed(error, &*self.ledger),
        }
        Ok(reply)
    }

    /// Passes over a member that money or time do not allow, where the ladder goes down; `short` keeps the reason.
    pub(super) fn pass_over<T>(&self, asked: Result<T, Halt>, short: &mut Option<Short>) -> Result<Option<T>, Halt> {
        match asked {
            Err(Halt::Short(why)) if self.descends => {
                *short = Some(why);
                Ok(None)
            }
            asked => asked.map(Some),
        }
    }

    /// The members of both chains, each once.
    pub(super) fn members(&self) -> Vec<Arc<Member>> {
        let mut members: Vec<Arc<Member>> = Vec::new();
        for member in self.translate.members.iter().chain(&self.summary.members) {
            if !members.iter().any(|known| Arc::ptr_eq(known, member)) {
                members.push(member.clone());
            }
        }
        members
    }

    /// The members before the place `below` of a chain that a unit may ask, in order: those that are up, and those that
    /// hold answers for it. What belongs to no unit never travels by batch.
    pub(super) fn askable<'c>(
        &self,
        chain: &'c Chain,
        below: usize,
        unit: Option<UnitId>,
    ) -> Result<Vec<&'c Arc<Member>>, StateError> {
        let mut askable = Vec::new();
        for member in chain.members.iter().take(below) {
            let is_askable = match (member.backend.batches(), unit) {
                (None, _) => member.is_up(),
                (Some(_), None) => false,
                (Some(_), Some(unit)) => {
                    member.is_up() || self.state.asks_by_batch(unit, &member.backend.profile().name)?
                }
            };
            if is_askable {
                askable.push(member);
            }
        }
        Ok(askable)
    }

    /// The system message for a payload.
    pub(super) fn system(&self, kind: PromptKind) -> Result<String, PromptError> {
        self.prompts.render(kind, &PromptVars::new(self.recipe.words))
    }
}

/// Whether a result may take the place of an older one from a lower backend.
fn is_better(result: &UnitResult, old: Standing) -> bool {
    let is_there = !matches!(result, UnitResult::Summarised { summary: None, .. });
    is_there && old.allows(status_of(result))
}

/// What a new result brings, and what was there before where it brings nothing: asking again must not make holes.
fn kept(former: UnitResult, result: UnitResult) -> UnitResult {
    let in_vain = |findings: Vec<Finding>| {
        findings.into_iter().map(|why| Finding::warn(&why.rule, format!("asked again in vain: {}", why.detail)))
    };
    match (former, result) {
        (UnitResult::Translated { segments: old }, UnitResult::Translated { segments })
            if old.len() == segments.len() =>
        {
            let keep = |(old, new): (SegmentOutcome, SegmentOutcome)| {
                if new.en.is_some() || old.en.is_none() {
                    return new;
                }
                let findings = old.findings.iter().cloned().chain(in_vain(new.findings)).collect();
                SegmentOutcome { id: new.id, findings, ..old }
            };
            UnitResult::Translated { segments: old.into_iter().zip(segments).map(keep).collect() }
        }
        (
            UnitResult::Summarised { summary: summary @ Some(_), backend, findings: old },
            UnitResult::Summarised { summary: None, findings, .. },
        ) => UnitResult::Summarised { summary, backend, findings: old.into_iter().chain(in_vain(findings)).collect() },
        (_, result) => result,
    }
}

/// How a unit ended that came to `result`.
pub(super) fn status_of(result: &UnitResult) -> UnitStatus {
    let any_error = |findings: &[Finding]| findings.iter().any(Finding::is_error);
    match result {
        UnitResult::Translated { segments } if segments.iter().any(|s| s.en.is_none()) => UnitStatus::Failed,
        UnitResult::Translated { segments } if segments.iter().any(|s| any_error(&s.findings)) => UnitStatus::Flagged,
        UnitResult::Summarised { findings, .. } if any_error(findings) => UnitStatus::Flagged,
        UnitResult::Translated { .. } | UnitResult::Summarised { .. } => UnitStatus::Done,
    }
}

/// What a call was billed with, whether or not its answer is of use; `None` where the server does not say.
pub(super) fn used(reply: &Result<Reply, BackendError>) -> Option<&Usage> {
    reply.as_ref().map_or_else(|error| error.used.as_ref(), |reply| Some(&reply.usage))
}

/// What a request will use, as far as can be told before.
pub(super) fn estimate(request: &Request) -> Usage {
    let (texts, expected) = match &request.payload {
        Payload::Translate(asked) => {
            let mut texts: Vec<&str> = asked.segments.iter().map(|segment| segment.text.as_str()).collect();
            let tokens = texts.iter().map(|text| estimate_tokens(text)).sum();
            texts.extend(asked.glossary.iter().flat_map(|term| [term.id.as_str(), term.en.as_str()]));
            (texts, tokens)
        }
        Payload::Summarise(asked) => {
            let words = u64::from(asked.words) * (2 + asked.sections.len() as u64);
            (asked.sections.iter().map(|section| section.text.as_str()).collect(), words * 2)
        }
        Payload::Brief(asked) => {
            (asked.paragraphs.iter().map(|p| p.text.as_str()).collect(), u64::from(asked.words) * 20)
        }
    };
    let text_tokens: u64 = texts.iter().map(|text| estimate_tokens(text)).sum();
    Usage {
        input_tokens: estimate_tokens(&request.system) + text_tokens,
        output_tokens: expected,
        characters: texts.iter().map(|text| text.chars().count() as u64).sum(),
        estimated: true,
    }
}
