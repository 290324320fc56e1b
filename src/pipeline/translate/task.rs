//! One distinct text of a unit, and what is known of its English.
//!
//! Place in the data way: inside `work`; the modules beside it fill the tasks in.
//! It must never take an answer with a finding of severity error for a good one.

use std::collections::HashMap;

use crate::model::finding::Finding;
use crate::model::key::Key;
use crate::model::segment::{Segment, SegmentId};
use crate::model::unit::{MemoryEntry, MemoryKind, SegmentOutcome};
use crate::stage::check::addresses_model;

/// One distinct text of a unit and what is known of its English.
#[derive(Clone)]
pub(super) struct Task<'a> {
    pub(super) text: &'a str,
    /// Whether it speaks to a language model.
    pub(super) hostile: bool,
    pub(super) accepted: Option<Answer>,
    /// The best of the answers that were not accepted.
    pub(super) refused: Option<Answer>,
    /// What was wrong with the last answer, or why there is none.
    pub(super) trouble: Vec<Finding>,
    /// Whether a backend was unreachable for it, so that a later run may succeed.
    pub(super) unreached: bool,
}

/// A text that came back, with what the checks noticed.
#[derive(Clone)]
pub(super) struct Answer {
    pub(super) en: String,
    pub(super) backend: String,
    pub(super) findings: Vec<Finding>,
}

impl Answer {
    fn errors(&self) -> usize {
        self.findings.iter().filter(|finding| finding.is_error()).count()
    }
}

impl<'a> Task<'a> {
    fn new(text: &'a str) -> Self {
        Self {
            text,
            hostile: addresses_model(text),
            accepted: None,
            refused: None,
            trouble: Vec::new(),
            unreached: false,
        }
    }

    /// Whether there is no answer at all, good or bad.
    pub(super) fn is_hopeless(&self) -> bool {
        self.accepted.is_none() && self.refused.is_none()
    }

    /// Takes the answer if it has no finding of severity error; else keeps it as the best so far, if it is.
    pub(super) fn accept_if_clean(&mut self, answer: Answer) -> bool {
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
    pub(super) fn entry(&self, key: Key) -> Option<MemoryEntry> {
        let Answer { en, backend, .. } = self.accepted.clone()?;
        Some(MemoryEntry { key, kind: MemoryKind::Segment, id: self.text.to_owned(), en, backend })
    }

    pub(super) fn outcome(&self, id: SegmentId) -> SegmentOutcome {
        match self.accepted.as_ref().or(self.refused.as_ref()) {
            Some(Answer { en, backend, findings }) => {
                SegmentOutcome { id, en: Some(en.clone()), backend: Some(backend.clone()), findings: findings.clone() }
            }
            None => SegmentOutcome { id, en: None, backend: None, findings: self.trouble.clone() },
        }
    }
}

/// The distinct texts, and for each segment which of them it is.
pub(super) fn distinct(segments: &[Segment]) -> (Vec<Task<'_>>, Vec<usize>) {
    let mut tasks: Vec<Task<'_>> = Vec::new();
    let mut seen = HashMap::new();
    let mut task_of = |text| {
        *seen.entry(text).or_insert_with(|| {
            tasks.push(Task::new(text));
            tasks.len() - 1
        })
    };
    let of_segment = segments.iter().map(|segment| task_of(segment.text.as_str())).collect();
    (tasks, of_segment)
}

/// The tasks that are still without an accepted answer, but for the hostile ones.
pub(super) fn open<'a>(tasks: &'a [Task<'_>]) -> impl Iterator<Item = usize> + 'a {
    tasks.iter().enumerate().filter(|(_, task)| task.accepted.is_none() && !task.hostile).map(|(index, _)| index)
}
