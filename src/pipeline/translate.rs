//! How the segments of a unit are translated: each backend of the chain in turn, until every segment has an answer
//! that the checks accept.
//!
//! A text that speaks to a language model goes to backends that read no prompts first, and to one that does only alone:
//! whatever it talks a model into stays with it.
//!
//! Place in the data way: inside `work`. Each distinct text is sent once, whatever how often it stands in the unit.
//! It must never accept an answer with a finding of severity error while another backend may do better.

use std::collections::HashSet;

use crate::backend::ErrorKind;
use crate::model::backend::Profile;
use crate::model::finding::Finding;
use crate::model::key::Key;
use crate::model::reply::{Reply, ReplyBody};
use crate::model::request::{NumberedFinding, NumberedText, Payload, Request, Translate};
use crate::model::segment::{Segment, SegmentId};
use crate::model::unit::{IMPORT, MemoryEntry, MemoryKind, SegmentOutcome, UnitResult};
use crate::stage::check::addresses_model;
use crate::stage::prompt::PromptKind;
use crate::stage::repair::{Next, Round, Trouble, next};
use crate::stage::section::pack;
use crate::state::Taken;

use super::chain::Member;
use super::flights::{Awaited, Flight};
use super::human::noted;
use super::recipe::terms;
use super::unit::{Aim, Halt, Spent, Workshop};

/// One distinct text of a unit and what is known of its English.
#[derive(Clone)]
struct Task<'a> {
    text: &'a str,
    /// Whether it speaks to a language model.
    hostile: bool,
    accepted: Option<Answer>,
    /// The best of the answers that were not accepted.
    refused: Option<Answer>,
    /// What was wrong with the last answer, or why there is none.
    trouble: Vec<Finding>,
    /// Whether a backend was unreachable for it, so that a later run may succeed.
    unreached: bool,
}

/// A text that came back, with what the checks noticed.
#[derive(Clone)]
struct Answer {
    en: String,
    backend: String,
    findings: Vec<Finding>,
}

impl Answer {
    fn errors(&self) -> usize {
        self.findings.iter().filter(|finding| finding.is_error()).count()
    }
}

/// Something of some tasks, each with the task's index.
type Of<T> = Vec<(usize, T)>;

/// What is to be stored with the unit's result, and the flights that end then.
#[derive(Default)]
pub(super) struct Landed {
    pub memory: Vec<MemoryEntry>,
    pub flights: Vec<Flight>,
}

/// Tasks that travel in one request.
struct Ask {
    tasks: Vec<usize>,
    round: Round,
}

impl Workshop {
    /// Translates segments; every one gets an outcome.
    pub(super) async fn translate(
        &self,
        aim: Aim<'_>,
        segments: &[Segment],
        (spent, landed): (&mut Spent, &mut Landed),
    ) -> Result<UnitResult, Halt> {
        spent.segments = segments.len() as u64;
        let (mut tasks, of_segment) = distinct(segments);
        self.take_from_translators(&mut tasks, spent)?;
        let members = self.askable(&self.translate, aim.below, spent.unit)?;
        let (mut short, mut waiting) = (None, None);
        for member in &members {
            let asked = self.consult(member, aim.title, &mut tasks, (spent, landed)).await;
            waiting = waits(self.pass_over(asked, &mut short).map(|_| ()))?;
            if waiting.is_some() {
                break;
            }
        }
        let (readers, engines): (Vec<_>, Vec<_>) =
            members.into_iter().partition(|member| member.backend.profile().abilities.prompts);
        for member in engines.into_iter().chain(readers) {
            let asked = self.consult_alone(member, &mut tasks, (spent, landed)).await;
            if let Some(halt) = waits(self.pass_over(asked, &mut short).map(|_| ()))? {
                waiting = Some(halt);
                break;
            }
        }
        if let Some(halt) = waiting {
            return Err(halt);
        }
        let hopeless = |task: &Task| task.accepted.is_none() && task.refused.is_none();
        if let Some(short) = short.filter(|_| tasks.iter().any(hopeless)) {
            return Err(Halt::Short(short));
        }
        if tasks.iter().any(|task| hopeless(task) && (task.unreached || task.trouble.is_empty())) {
            return Err(Halt::Release);
        }
        let outcome = |(segment, task): (&Segment, &usize)| tasks.get(*task).map(|task| task.outcome(segment.id));
        let segments = segments.iter().zip(&of_segment).filter_map(outcome).collect();
        Ok(UnitResult::Translated { segments })
    }

    /// Asks one backend for each hostile task that has no accepted answer yet, by itself and without a title.
    async fn consult_alone(
        &self,
        member: &Member,
        tasks: &mut [Task<'_>],
        (spent, landed): (&mut Spent, &mut Landed),
    ) -> Result<(), Halt> {
        let mut waiting = None;
        for task in tasks.iter_mut().filter(|task| task.hostile) {
            let mut alone = [Task { hostile: false, ..task.clone() }];
            let result = if member.backend.batches().is_some() {
                self.ask_alone_by_batch(member, &mut alone, (spent, landed)).await
            } else {
                self.consult(member, None, &mut alone, (spent, landed)).await
            };
            waiting = waits(result)?.or(waiting);
            let [answered] = alone;
            *task = Task { hostile: true, ..answered };
        }
        waiting.map_or(Ok(()), Err)
    }

    /// Asks one backend for all tasks that have no accepted answer yet, but for the hostile ones.
    async fn consult(
        &self,
        member: &Member,
        title: Option<&str>,
        tasks: &mut [Task<'_>],
        (spent, landed): (&mut Spent, &mut Landed),
    ) -> Result<(), Halt> {
        if open(tasks).next().is_none() {
            return Ok(());
        }
        if member.backend.batches().is_some() {
            return self.consult_by_batch(member, title, tasks, (spent, landed)).await;
        }
        let profile = member.backend.profile();
        let keys: Vec<Key> = tasks.iter().map(|task| self.recipe.segment_key(profile, task.text)).collect();
        self.recall(&keys, &profile.name, tasks, spent)?;
        let mut todo: Vec<usize> = open(tasks).collect();
        while !todo.is_empty() && member.is_up() {
            let (mine, theirs) = self.take_off(&todo, &keys);
            // Another unit may have stored its text between the first look and the take-off.
            self.recall(&keys, &profile.name, tasks, spent)?;
            let unanswered = |index: &usize| tasks.get(*index).is_some_and(|task| task.accepted.is_none());
            let indices: Vec<usize> = mine.iter().map(|(index, _)| *index).filter(unanswered).collect();
            let asked = self.ask_all(member, title, tasks, (indices, spent)).await;
            for (index, flight) in mine {
                let Some((task, key)) = tasks.get(index).zip(keys.get(index)) else { continue };
                flight.land(task.accepted.as_ref().map(|answer| answer.en.as_str()));
                if let Some(entry) = task.entry(*key) {
                    landed.memory.push(entry);
                    // One without a text ends at once, so that those who waited can ask for themselves.
                    landed.flights.push(flight);
                }
            }
            asked?;
            todo.clear();
            for (index, awaited) in theirs {
                let landing = awaited.landing().await;
                let Some(task) = tasks.get_mut(index) else { continue };
                match landing {
                    Some(en) => {
                        spent.from_memory += 1;
                        task.accept_if_clean(self.answer(task.text, en, &profile.name));
                    }
                    None => todo.push(index),
                }
            }
        }
        Ok(())
    }

    /// Asks one backend by batch. What a unit asks for in a round is written down, so that the next run asks the very same
    /// and finds the answer, and so that no other unit asks for the same text.
    async fn consult_by_batch(
        &self,
        member: &Member,
        title: Option<&str>,
        tasks: &mut [Task<'_>],
        (spent, landed): (&mut Spent, &mut Landed),
    ) -> Result<(), Halt> {
        let name = &member.backend.profile().name;
        let keys: Vec<Key> =
            tasks.iter().map(|task| self.recipe.segment_key(member.backend.profile(), task.text)).collect();
        self.recall(&keys, name, tasks, spent)?;
        let (mut asked, mut round) = (HashSet::new(), 0);
        loop {
            let todo = open(tasks).filter_map(|index| keys.get(index).copied());
            let todo: Vec<Key> = todo.filter(|key| !asked.contains(key)).collect();
            if todo.is_empty() {
                break;
            }
            let Some(unit) = spent.unit else { return Err(Halt::Release) };
            let place = (unit, name.as_str(), round);
            let Taken { keys: mut mine, before } = self.state.take_batch_texts(place, todo, self.post.run()).await?;
            if mine.is_empty() {
                return Err(Halt::Waiting { behind: true });
            }
            if !before {
                // Another unit may have stored its text between the look into the memory and now.
                self.recall(&keys, name, tasks, spent)?;
                let is_open =
                    |key: &Key| tasks.iter().zip(&keys).any(|(task, own)| own == key && task.accepted.is_none());
                let (open, known): (Vec<Key>, Vec<Key>) = mine.into_iter().partition(is_open);
                self.state.give_back_batch_texts(place, known).await?;
                mine = open;
            }
            if !mine.is_empty() {
                let own = keys.iter().enumerate().filter(|(_, key)| mine.contains(key));
                let indices = own.map(|(index, _)| index).collect();
                asked.extend(mine.iter().copied());
                round += 1;
                self.ask_and_note(member, title, (tasks, &keys, indices), (spent, landed)).await?;
                let without = open(tasks).filter_map(|index| keys.get(index)).filter(|key| mine.contains(key));
                self.state.settle_batch_texts(unit, name, without.copied().collect()).await?;
            }
        }
        Ok(())
    }

    /// Asks one backend by batch for a text that travels alone: nothing else decides what is asked.
    async fn ask_alone_by_batch(
        &self,
        member: &Member,
        alone: &mut [Task<'_>; 1],
        (spent, landed): (&mut Spent, &mut Landed),
    ) -> Result<(), Halt> {
        let [Task { text, .. }] = alone;
        let keys = [self.recipe.segment_key(member.backend.profile(), text)];
        self.recall(&keys, &member.backend.profile().name, alone, spent)?;
        let indices = open(alone).collect();
        self.ask_and_note(member, None, (alone, &keys, indices), (spent, landed)).await
    }

    /// Asks for tasks, and notes what was accepted for the memory, even where the rest is waited for.
    async fn ask_and_note(
        &self,
        member: &Member,
        title: Option<&str>,
        (tasks, keys, indices): (&mut [Task<'_>], &[Key], Vec<usize>),
        (spent, landed): (&mut Spent, &mut Landed),
    ) -> Result<(), Halt> {
        let result = self.ask_all(member, title, tasks, (indices.clone(), spent)).await;
        let asked = indices.iter().filter_map(|index| tasks.get(*index).zip(keys.get(*index)));
        landed.memory.extend(asked.filter_map(|(task, key)| task.entry(*key)));
        result
    }

    /// What translators gave wins over every machine, whatever the checks say of it.
    fn take_from_translators(&self, tasks: &mut [Task<'_>], spent: &mut Spent) -> Result<(), Halt> {
        let keys: Vec<Key> = tasks.iter().map(|task| self.recipe.human_key(task.text)).collect();
        for (task, en) in tasks.iter_mut().zip(self.state.human(&keys)?) {
            let Some(en) = en else { continue };
            let findings = noted(self.checks.segment(task.text, &en));
            task.accepted = Some(Answer { en, backend: IMPORT.into(), findings });
            spent.from_memory += 1;
        }
        Ok(())
    }

    /// Answers from the translation memory for what is still open. They are checked again: rules may have grown since.
    fn recall(&self, keys: &[Key], backend: &str, tasks: &mut [Task<'_>], spent: &mut Spent) -> Result<(), Halt> {
        if self.fresh {
            return Ok(());
        }
        let mut wanted = Vec::new();
        let mut waiting: Vec<&mut Task<'_>> = Vec::new();
        for (task, key) in tasks.iter_mut().zip(keys).filter(|(task, _)| task.accepted.is_none() && !task.hostile) {
            wanted.push(*key);
            waiting.push(task);
        }
        for (task, hit) in waiting.into_iter().zip(self.state.remembered(&wanted)?) {
            if let Some(hit) = hit
                && task.accept_if_clean(self.answer(task.text, hit.en, backend))
            {
                spent.from_memory += 1;
            }
        }
        Ok(())
    }

    fn answer(&self, id: &str, en: String, backend: &str) -> Answer {
        let findings = self.checks.segment(id, &en);
        Answer { en, backend: backend.into(), findings }
    }

    /// Tells apart the texts that this unit asks for and those that another unit is asking for already.
    fn take_off(&self, todo: &[usize], keys: &[Key]) -> (Of<Flight>, Of<Awaited>) {
        let (mut mine, mut theirs) = (Vec::new(), Vec::new());
        for (index, key) in todo.iter().filter_map(|index| keys.get(*index).map(|key| (*index, *key))) {
            match self.flights.begin(key) {
                Ok(flight) => mine.push((index, flight)),
                Err(awaited) => theirs.push((index, awaited)),
            }
        }
        (mine, theirs)
    }

    /// Asks for the tasks in as many requests as the limits and the repairs make necessary.
    async fn ask_all(
        &self,
        member: &Member,
        title: Option<&str>,
        tasks: &mut [Task<'_>],
        (indices, spent): (Vec<usize>, &mut Spent),
    ) -> Result<(), Halt> {
        let profile = member.backend.profile();
        let mut stack = packed(&indices, tasks, &profile.limits);
        let mut waiting = None;
        while let Some(ask) = stack.pop() {
            let request = self.request(title, tasks, &ask, profile)?;
            let called = match self.call(member, (&request, 0), spent).await {
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
                    self.keep(member, tasks, &ask).await?;
                    Trouble::Rejected
                }
                Err(error) => {
                    let trouble = match error.kind {
                        ErrorKind::TooLarge => Some(Trouble::TooLarge),
                        ErrorKind::Refused => Some(Trouble::Refused),
                        ErrorKind::BadReply => Some(Trouble::Unreadable),
                        _ => None,
                    };
                    for task in ask.tasks.iter().chain(stack.iter().flat_map(|ask| &ask.tasks)) {
                        if let Some(task) = tasks.get_mut(*task) {
                            task.trouble = vec![Finding::error("unanswered", error.to_string())];
                            task.unreached |= trouble.is_none();
                        }
                    }
                    let Some(trouble) = trouble else { return waiting.map_or(Ok(()), Err) };
                    trouble
                }
            };
            let left: Vec<usize> =
                ask.tasks.iter().copied().filter(|i| tasks.get(*i).is_some_and(|t| t.accepted.is_none())).collect();
            if !left.is_empty() {
                let step = next(ask.round, trouble, ask.tasks.len(), profile.abilities.prompts);
                stack.extend(follow(step, left, ask.round));
            }
        }
        waiting.map_or(Ok(()), Err)
    }

    /// Stores accepted answers while more is asked for their unit: it ends later, and a kill must not cost them.
    async fn keep(&self, member: &Member, tasks: &[Task<'_>], ask: &Ask) -> Result<(), Halt> {
        if tasks.iter().all(|task| task.accepted.is_some()) {
            return Ok(());
        }
        let profile = member.backend.profile();
        let entry = |task: &Task| {
            let Answer { en, backend, .. } = task.accepted.clone()?;
            let (key, id) = (self.recipe.segment_key(profile, task.text), task.text.to_owned());
            Some(MemoryEntry { key, kind: MemoryKind::Segment, id, en, backend })
        };
        let entries = ask.tasks.iter().filter_map(|index| tasks.get(*index)).filter_map(entry).collect();
        Ok(self.state.remember(entries).await?)
    }

    fn request(&self, title: Option<&str>, tasks: &[Task<'_>], ask: &Ask, profile: &Profile) -> Result<Request, Halt> {
        let prompts = profile.abilities.prompts;
        let mut asked = Translate {
            source: self.recipe.source.clone(),
            target: self.recipe.target.clone(),
            title: title.filter(|title| !addresses_model(title)).map(str::to_owned),
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

impl Task<'_> {
    /// Takes the answer if it has no finding of severity error; else keeps it as the best so far, if it is.
    fn accept_if_clean(&mut self, answer: Answer) -> bool {
        self.trouble.clone_from(&answer.findings);
        if answer.errors() == 0 {
            self.accepted = Some(answer);
            return true;
        }
        if self.refused.as_ref().is_none_or(|best| answer.errors() < best.errors()) {
            self.refused = Some(answer);
        }
        false
    }

    /// What the memory keeps of an accepted answer.
    fn entry(&self, key: Key) -> Option<MemoryEntry> {
        let Answer { en, backend, .. } = self.accepted.clone()?;
        Some(MemoryEntry { key, kind: MemoryKind::Segment, id: self.text.to_owned(), en, backend })
    }

    fn outcome(&self, id: SegmentId) -> SegmentOutcome {
        match self.accepted.as_ref().or(self.refused.as_ref()) {
            Some(Answer { en, backend, findings }) => {
                SegmentOutcome { id, en: Some(en.clone()), backend: Some(backend.clone()), findings: findings.clone() }
            }
            None => SegmentOutcome { id, en: None, backend: None, findings: self.trouble.clone() },
        }
    }
}

/// Tells waiting for a batch apart from what ends a unit's turn at once.
pub(super) fn waits(result: Result<(), Halt>) -> Result<Option<Halt>, Halt> {
    match result {
        Ok(()) => Ok(None),
        Err(halt @ Halt::Waiting { .. }) => Ok(Some(halt)),
        Err(halt) => Err(halt),
    }
}

/// The distinct texts, and for each segment which of them it is.
fn distinct(segments: &[Segment]) -> (Vec<Task<'_>>, Vec<usize>) {
    let mut tasks: Vec<Task<'_>> = Vec::new();
    let mut seen = std::collections::HashMap::new();
    let of_segment = segments
        .iter()
        .map(|segment| {
            *seen.entry(segment.text.as_str()).or_insert_with(|| {
                let text = segment.text.as_str();
                let hostile = addresses_model(text);
                tasks.push(Task {
                    text,
                    hostile,
                    accepted: None,
                    refused: None,
                    trouble: Vec::new(),
                    unreached: false,
                });
                tasks.len() - 1
            })
        })
        .collect();
    (tasks, of_segment)
}

fn open<'a>(tasks: &'a [Task<'_>]) -> impl Iterator<Item = usize> + 'a {
    tasks.iter().enumerate().filter(|(_, task)| task.accepted.is_none() && !task.hostile).map(|(index, _)| index)
}

/// Requests within the backend's limits, so that the first is the last of the stack.
fn packed(indices: &[usize], tasks: &[Task<'_>], limits: &crate::model::backend::Limits) -> Vec<Ask> {
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
