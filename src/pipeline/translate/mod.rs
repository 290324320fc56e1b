//! How the segments of a unit are translated: each backend of the chain in turn, until every segment has an answer
//! that the checks accept.
//!
//! A text that speaks to a language model goes to backends that read no prompts first, and to one that does only alone:
//! whatever it talks a model into stays with it.
//!
//! Place in the data way: inside `work`. Each distinct text is sent once, whatever how often it stands in the unit.
//! It must never accept an answer with a finding of severity error while another backend may do better.

mod ask;
mod batch;
mod task;

use crate::model::key::Key;
use crate::model::segment::Segment;
use crate::model::unit::{IMPORT, UnitResult};

use super::chain::Member;
use super::flights::{Awaited, Flight};
use super::human::noted;
use super::ledger::Short;
use super::unit::{Aim, Halt, Turn, Workshop};
use task::{Answer, Task, distinct, open};

/// Something of some tasks, each with the task's index.
type Of<T> = Vec<(usize, T)>;

/// Whom to ask, and the title that goes along.
#[derive(Clone, Copy)]
struct To<'a> {
    member: &'a Member,
    title: Option<&'a str>,
}

impl<'a> To<'a> {
    fn name(self) -> &'a str {
        &self.member.backend.profile().name
    }
}

impl Workshop {
    /// Translates segments; every one gets an outcome.
    pub(super) async fn translate(
        &self,
        aim: Aim<'_>,
        segments: &[Segment],
        turn: &mut Turn,
    ) -> Result<UnitResult, Halt> {
        turn.segments = segments.len() as u64;
        let (mut tasks, of_segment) = distinct(segments);
        self.take_from_translators(&mut tasks, turn)?;
        let short = self.go_down(aim, &mut tasks, turn).await?;
        if let Some(short) = short.filter(|_| tasks.iter().any(Task::is_hopeless)) {
            return Err(Halt::Short(short));
        }
        if tasks.iter().any(|task| task.is_hopeless() && (task.unreached || task.trouble.is_empty())) {
            return Err(Halt::Release);
        }
        let outcome = |(segment, task): (&Segment, &usize)| tasks.get(*task).map(|task| task.outcome(segment.id));
        let segments = segments.iter().zip(&of_segment).filter_map(outcome).collect();
        Ok(UnitResult::Translated { segments })
    }

    /// Asks the chain from its top, then again for the hostile texts; says where money or time did not allow a member.
    async fn go_down(&self, aim: Aim<'_>, tasks: &mut [Task<'_>], turn: &mut Turn) -> Result<Option<Short>, Halt> {
        let members = self.askable(&self.translate, aim.below, turn.unit)?;
        let (mut short, mut waiting) = (None, None);
        for member in &members {
            let asked = self.consult(To { member, title: aim.title }, tasks, turn).await;
            waiting = waits(self.pass_over(asked, &mut short).map(|_| ()))?;
            if waiting.is_some() {
                break;
            }
        }
        let (readers, engines): (Vec<_>, Vec<_>) =
            members.into_iter().partition(|member| member.backend.profile().abilities.prompts);
        for member in engines.into_iter().chain(readers) {
            let asked = self.consult_alone(member, tasks, turn).await;
            if let Some(halt) = waits(self.pass_over(asked, &mut short).map(|_| ()))? {
                waiting = Some(halt);
                break;
            }
        }
        waiting.map_or(Ok(short), Err)
    }

    /// Asks one backend for each hostile task that has no accepted answer yet, by itself and without a title.
    async fn consult_alone(&self, member: &Member, tasks: &mut [Task<'_>], turn: &mut Turn) -> Result<(), Halt> {
        let to = To { member, title: None };
        let mut waiting = None;
        for task in tasks.iter_mut().filter(|task| task.hostile) {
            let mut alone = [Task { hostile: false, ..task.clone() }];
            let result = if member.backend.batches().is_some() {
                self.ask_alone_by_batch(to, &mut alone, turn).await
            } else {
                self.consult(to, &mut alone, turn).await
            };
            waiting = waits(result)?.or(waiting);
            let [answered] = alone;
            *task = Task { hostile: true, ..answered };
        }
        waiting.map_or(Ok(()), Err)
    }

    /// Asks one backend for all tasks that have no accepted answer yet, but for the hostile ones.
    async fn consult(&self, to: To<'_>, tasks: &mut [Task<'_>], turn: &mut Turn) -> Result<(), Halt> {
        if open(tasks).next().is_none() {
            return Ok(());
        }
        if to.member.backend.batches().is_some() {
            return self.consult_by_batch(to, tasks, turn).await;
        }
        let keys = self.keys(to, tasks);
        self.recall(&keys, to.name(), tasks, turn)?;
        let mut todo: Vec<usize> = open(tasks).collect();
        while !todo.is_empty() && to.member.is_up() {
            let (mine, theirs) = self.take_off(&todo, &keys);
            // Another unit may have stored its text between the first look and the take-off.
            self.recall(&keys, to.name(), tasks, turn)?;
            let unanswered = |index: &usize| tasks.get(*index).is_some_and(|task| task.accepted.is_none());
            let indices: Vec<usize> = mine.iter().map(|(index, _)| *index).filter(unanswered).collect();
            let asked = self.ask_all(to, tasks, &indices, turn).await;
            land(mine, tasks, &keys, turn);
            asked?;
            todo = self.await_others(theirs, to.name(), tasks, turn).await;
        }
        Ok(())
    }

    /// Waits for texts that other units ask for; gives those that came to nothing there.
    async fn await_others(
        &self,
        theirs: Of<Awaited>,
        backend: &str,
        tasks: &mut [Task<'_>],
        turn: &mut Turn,
    ) -> Vec<usize> {
        let mut left = Vec::new();
        for (index, awaited) in theirs {
            let landing = awaited.landing().await;
            let Some(task) = tasks.get_mut(index) else { continue };
            match landing {
                Some(en) => {
                    turn.from_memory += 1;
                    task.accept_if_clean(self.answer(task.text, en, backend));
                }
                None => left.push(index),
            }
        }
        left
    }

    /// What translators gave wins over every machine, whatever the checks say of it.
    fn take_from_translators(&self, tasks: &mut [Task<'_>], turn: &mut Turn) -> Result<(), Halt> {
        let keys: Vec<Key> = tasks.iter().map(|task| self.recipe.human_key(task.text)).collect();
        for (task, en) in tasks.iter_mut().zip(self.state.human(&keys)?) {
            let Some(en) = en else { continue };
            let findings = noted(self.checks.segment(task.text, &en));
            task.accepted = Some(Answer { en, backend: IMPORT.into(), findings });
            turn.from_memory += 1;
        }
        Ok(())
    }

    /// Answers from the translation memory for what is still open. They are checked again: rules may have grown since.
    fn recall(&self, keys: &[Key], backend: &str, tasks: &mut [Task<'_>], turn: &mut Turn) -> Result<(), Halt> {
        if turn.fresh {
            return Ok(());
        }
        let wanted: Vec<(usize, Key)> =
            open(tasks).filter_map(|index| keys.get(index).map(|key| (index, *key))).collect();
        let hits = self.state.remembered(&wanted.iter().map(|(_, key)| *key).collect::<Vec<_>>())?;
        for ((index, _), hit) in wanted.into_iter().zip(hits) {
            if let Some((task, hit)) = tasks.get_mut(index).zip(hit)
                && task.accept_if_clean(self.answer(task.text, hit.en, backend))
            {
                turn.from_memory += 1;
            }
        }
        Ok(())
    }

    /// The keys under which the memory holds the tasks' texts for a backend.
    fn keys(&self, to: To<'_>, tasks: &[Task<'_>]) -> Vec<Key> {
        tasks.iter().map(|task| self.recipe.segment_key(to.member.backend.profile(), task.text)).collect()
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
}

/// Hands the answers to those who wait for them, and keeps the flights of what is still to be stored.
fn land(flights: Of<Flight>, tasks: &[Task<'_>], keys: &[Key], turn: &mut Turn) {
    for (index, flight) in flights {
        let Some((task, key)) = tasks.get(index).zip(keys.get(index)) else { continue };
        flight.land(task.accepted.as_ref().map(|answer| answer.en.as_str()));
        if let Some(entry) = task.entry(*key) {
            turn.memory.push(entry);
            // One without a text ends at once, so that those who waited can ask for themselves.
            turn.flights.push(flight);
        }
    }
}

/// Tells waiting for a batch apart from what ends a unit's turn at once.
fn waits(result: Result<(), Halt>) -> Result<Option<Halt>, Halt> {
    match result {
        Ok(()) => Ok(None),
        Err(halt @ Halt::Waiting { .. }) => Ok(Some(halt)),
        Err(halt) => Err(halt),
    }
}
