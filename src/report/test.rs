//! Remembers every event, so that tests can ask what happened.
//!
//! Place in the data way: beside it, in tests.
//! It must never be used to run anything.

use std::sync::{Mutex, PoisonError};

use crate::model::event::{Event, Monitor};

/// Remembers events in order.
#[derive(Debug, Default)]
pub struct Recorder {
    events: Mutex<Vec<Event>>,
}

impl Recorder {
    /// What happened so far.
    pub fn events(&self) -> Vec<Event> {
        self.events.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// How many of the events are such.
    pub fn count(&self, such: impl Fn(&Event) -> bool) -> usize {
        self.events.lock().unwrap_or_else(PoisonError::into_inner).iter().filter(|event| such(event)).count()
    }
}

impl Monitor for Recorder {
    fn event(&self, event: &Event) {
        self.events.lock().unwrap_or_else(PoisonError::into_inner).push(event.clone());
    }
}
