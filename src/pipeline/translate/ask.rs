//! The requests for some tasks: packed, repaired, split, until every task has an answer or there is no more to try.
//!
//! Place in the data way: inside `work`, between the memory and the backend.
//! It must never leave a task without saying why it has no answer.

use crate::backend::{BackendError, ErrorKind};
use crate::model::backend::{Limits, Profile};
use crate::model::finding::Finding;
use crate::model::reply::{Reply, ReplyBody};
use crate::model::request::{NumberedFinding, NumberedText, Payload, Request, Translate};
use crate::model::segment::{Segment, SegmentId};
use crate::pipeline::recipe::terms;
use crate::pipeline::unit::{Halt, Turn, Workshop};
use crate::stage::check::addresses_model;
use crate::stage::prompt::PromptKind;
use crate::stage::repair::{Next, Round, Trouble, next};
use crate::stage::section::pack;

use super::To;
use super::task::{Answer, Task};

/// Tasks that travel in one request.
struct Ask {
    tasks: Vec<usize>,
    round: Round,
}

impl Workshop {
    /// Asks for the tasks in as many requests as the limits and the repairs make necessary.
    pub(super) async fn ask_all(
        &self,
        to: To<'_>,
        tasks: &mut [Task<'_>],
        indices: &[usize],
        turn: &mut Turn,
    ) -> Result<(), Halt> {
        let profile = to.member.backend.profile();
        let mut stack = packed(indices, tasks, &profile.limits);
        let mut waiting = None;
        while let Some(ask) = stack.pop() {
            let request = self.request(to, tasks, &ask)?;
            let called = match self.call(to.member, (&request, 0), turn).await {
                // The other requests travel in the same batch.
                Err(halt @ Halt::Waiting { .. }) => {
                    waiting = Some(halt);
                    continue;
                }
                called => called?,
            };
            let trouble = match called {
                Ok(reply) => {
                    self.judge(&request, reply, &ask, (tasks, &profile.name));
                    self.keep(profile, tasks, &ask).await?;
                    Trouble::Rejected
                }
                Err(error) => {
                    let pending = ask.tasks.iter().chain(stack.iter().flat_map(|ask| &ask.tasks));
                    match note(&error, pending, tasks) {
                        Some(trouble) => trouble,
                        None => break,
                    }
                }
            };
            let is_left = |index: &usize| tasks.get(*index).is_some_and(|task| task.accepted.is_none());
            let left: Vec<usize> = ask.tasks.iter().copied().filter(is_left).collect();
            if !left.is_empty() {
                let step = next(ask.round, trouble, ask.tasks.len(), profile.abilities.prompts);
                stack.extend(follow(step, left, ask.round));
            }
        }
        waiting.map_or(Ok(()), Err)
    }

    /// Stores accepted answers while more is asked for their unit: it ends later, and a kill must not cost them.
    async fn keep(&self, profile: &Profile, tasks: &[Task<'_>], ask: &Ask) -> Result<(), Halt> {
        if tasks.iter().all(|task| task.accepted.is_some()) {
            return Ok(());
        }
        let entry = |task: &Task<'_>| task.entry(self.recipe.segment_key(profile, task.text));
        let entries = ask.tasks.iter().filter_map(|index| tasks.get(*index)).filter_map(entry).collect();
        Ok(self.state.remember(entries).await?)
    }

    fn request(&self, to: To<'_>, tasks: &[Task<'_>], ask: &Ask) -> Result<Request, Halt> {
        let profile = to.member.backend.profile();
        let prompts = profile.abilities.prompts;
        let mut asked = Translate {
            source: self.recipe.source.clone(),
            target: self.recipe.target.clone(),
            title: to.title.filter(|title| !addresses_model(title)).map(str::to_owned),
            ..Translate::default()
        };
        for (n, task) in (1..).zip(ask.tasks.iter().filter_map(|index| tasks.get(*index))) {
            asked.segments.push(NumberedText { n, text: task.text.into() });
            for term in terms(profile, task.text) {
                if !asked.glossary.contains(&term) {
                    asked.glossary.push(term);
                }
            }
            if prompts && ask.round != Round::First {
                let named = task.trouble.iter().filter(|finding| finding.is_error());
                asked.findings.extend(named.map(|finding| NumberedFinding {
                    n,
                    rule: finding.rule.clone(),
                    detail: finding.detail.clone(),
                }));
            }
        }
        let kind = if asked.findings.is_empty() { PromptKind::Translate } else { PromptKind::Repair };
        let system = if prompts { self.system(kind)? } else { String::new() };
        Ok(Request { system, payload: Payload::Translate(asked) })
    }

    /// Checks a reply and sorts its segments into accepted and refused.
    fn judge(&self, request: &Request, reply: Reply, ask: &Ask, (tasks, backend): (&mut [Task<'_>], &str)) {
        let Payload::Translate(asked) = &request.payload else { return };
        let answered = match reply.body {
            ReplyBody::Segments(segments) => segments,
            ReplyBody::Summary(_) | ReplyBody::Brief(_) => Vec::new(),
        };
        for (index, verdict) in ask.tasks.iter().zip(self.checks.translation(asked, &answered, reply.finish)) {
            let Some(task) = tasks.get_mut(*index) else { continue };
            match verdict.en {
                Some(en) => {
                    task.accept_if_clean(Answer { en, backend: backend.into(), findings: verdict.findings });
                }
                None => task.trouble = verdict.findings,
            }
        }
    }
}

/// Notes why tasks have no answer; gives what another request may mend, `None` where the backend itself is in trouble.
fn note<'i>(error: &BackendError, pending: impl Iterator<Item = &'i usize>, tasks: &mut [Task<'_>]) -> Option<Trouble> {
    let trouble = match error.kind {
        ErrorKind::TooLarge => Some(Trouble::TooLarge),
        ErrorKind::Refused => Some(Trouble::Refused),
        ErrorKind::BadReply => Some(Trouble::Unreadable),
        _ => None,
    };
    for index in pending {
        if let Some(task) = tasks.get_mut(*index) {
            task.trouble = vec![Finding::error("unanswered", error.to_string())];
            task.unreached |= trouble.is_none();
        }
    }
    trouble
}

/// Requests within the backend's limits, so that the first is the last of the stack.
fn packed(indices: &[usize], tasks: &[Task<'_>], limits: &Limits) -> Vec<Ask> {
    let as_segment = |index: &usize| {
        let text = tasks.get(*index).map(|task| task.text.to_owned()).unwrap_or_default();
        Segment { id: SegmentId { paragraph: u32::try_from(*index).unwrap_or(u32::MAX), part: 0 }, text }
    };
    let groups = pack(indices.iter().map(as_segment).collect(), limits);
    let ask = |group: Vec<Segment>| Ask {
        tasks: group.iter().map(|segment| segment.id.paragraph as usize).collect(),
        round: Round::First,
    };
    groups.into_iter().map(ask).rev().collect()
}

/// The requests that a step asks for, so that the first is the last.
fn follow(step: Next, left: Vec<usize>, round: Round) -> Vec<Ask> {
    match step {
        Next::Repair => vec![Ask { tasks: left, round: Round::Repair }],
        Next::Alone => left.into_iter().rev().map(|task| Ask { tasks: vec![task], round: Round::Alone }).collect(),
        Next::Halves => {
            let (first, second) = left.split_at(left.len().div_ceil(2));
            let ask = |tasks: &[usize]| Ask { tasks: tasks.to_vec(), round };
            [second, first].into_iter().filter(|half| !half.is_empty()).map(ask).collect()
        }
        Next::GiveUp => Vec::new(),
    }
}
