//! How a backend is asked whose answers come with a batch, perhaps in another run.
//!
//! What a unit asks for in a round is written down, so that the next run asks the very same and finds the answer, and so that
//! no other unit asks for the same text.
//!
//! Place in the data way: inside `work`, in place of asking at once.
//! It must never ask for a text that another unit waits for.

use std::collections::HashSet;

use crate::model::key::Key;
use crate::pipeline::unit::{Halt, Turn, Workshop};
use crate::state::Taken;

use super::To;
use super::task::{Task, open};

impl Workshop {
    /// Asks one backend by batch for all tasks that have no accepted answer yet, but for the hostile ones.
    pub(super) async fn consult_by_batch(
        &self,
        to: To<'_>,
        tasks: &mut [Task<'_>],
        turn: &mut Turn,
    ) -> Result<(), Halt> {
        let name = to.name();
        let keys = self.keys(to, tasks);
        self.recall(&keys, name, tasks, turn)?;
        let (mut asked, mut round) = (HashSet::new(), 0);
        loop {
            let todo = open(tasks).filter_map(|index| keys.get(index).copied());
            let todo: Vec<Key> = todo.filter(|key| !asked.contains(key)).collect();
            if todo.is_empty() {
                return Ok(());
            }
            let mine = self.take_texts((name, round), (tasks, &keys), todo, turn).await?;
            if !mine.is_empty() {
                asked.extend(mine.iter().copied());
                round += 1;
                self.ask_round(to, (tasks, &keys), &mine, turn).await?;
            }
        }
    }

    /// Those of the texts `todo` that are this unit's to ask for in a round of a backend.
    async fn take_texts(
        &self,
        (name, round): (&str, u32),
        (tasks, keys): (&mut [Task<'_>], &[Key]),
        todo: Vec<Key>,
        turn: &mut Turn,
    ) -> Result<Vec<Key>, Halt> {
        let Some(unit) = turn.unit else { return Err(Halt::Release) };
        let place = (unit, name, round);
        let Taken { keys: mine, before } = self.state.take_batch_texts(place, todo, self.post.run()).await?;
        if mine.is_empty() {
            return Err(Halt::Waiting { behind: true });
        }
        if before {
            return Ok(mine);
        }
        // Another unit may have stored its text between the look into the memory and now.
        self.recall(keys, name, tasks, turn)?;
        let is_open = |key: &Key| tasks.iter().zip(keys).any(|(task, own)| own == key && task.accepted.is_none());
        let (open, known): (Vec<Key>, Vec<Key>) = mine.into_iter().partition(is_open);
        self.state.give_back_batch_texts(place, known).await?;
        Ok(open)
    }

    /// Asks for the texts of a round, and notes which of them the backend has no answer for.
    async fn ask_round(
        &self,
        to: To<'_>,
        (tasks, keys): (&mut [Task<'_>], &[Key]),
        mine: &[Key],
        turn: &mut Turn,
    ) -> Result<(), Halt> {
        let own = keys.iter().enumerate().filter(|(_, key)| mine.contains(key));
        let indices = own.map(|(index, _)| index).collect();
        self.ask_and_note(to, (tasks, keys), indices, turn).await?;
        let without = open(tasks).filter_map(|index| keys.get(index)).filter(|key| mine.contains(key));
        let Some(unit) = turn.unit else { return Err(Halt::Release) };
        Ok(self.state.settle_batch_texts(unit, to.name(), without.copied().collect()).await?)
    }

    /// Asks one backend by batch for a text that travels alone: nothing else decides what is asked.
    pub(super) async fn ask_alone_by_batch(
        &self,
        to: To<'_>,
        alone: &mut [Task<'_>; 1],
        turn: &mut Turn,
    ) -> Result<(), Halt> {
        let keys = self.keys(to, alone);
        self.recall(&keys, to.name(), alone, turn)?;
        let indices = open(alone).collect();
        self.ask_and_note(to, (alone, &keys), indices, turn).await
    }

    /// Asks for tasks, and notes what was accepted for the memory, even where the rest is waited for.
    async fn ask_and_note(
        &self,
        to: To<'_>,
        (tasks, keys): (&mut [Task<'_>], &[Key]),
        indices: Vec<usize>,
        turn: &mut Turn,
    ) -> Result<(), Halt> {
        let result = self.ask_all(to, tasks, &indices, turn).await;
        let asked = indices.iter().filter_map(|index| tasks.get(*index).zip(keys.get(*index)));
        turn.memory.extend(asked.filter_map(|(task, key)| task.entry(*key)));
        result
    }
}
