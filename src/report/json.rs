//! JSON lines for programs: one object for each event; the last line is the receipt.
//!
//! Place in the data way: beside it.
//! It must never write anything that is not one JSON object on one line.

use std::io::Write;
use std::sync::{Mutex, PoisonError};

use serde_json::{Value, json};

use crate::model::event::{Event, Monitor};

/// Gives the time as RFC 3339 text.
pub type Timestamp = Box<dyn Fn() -> String + Send + Sync>;

/// Writes JSON lines, each with its time and its run.
pub struct JsonLines {
    now: Timestamp,
    to: Mutex<To>,
}

struct To {
    writer: Box<dyn Write + Send>,
    run: Option<String>,
}

impl JsonLines {
    /// Lines go to `writer`; one that cannot be written is dropped.
    pub fn new(writer: Box<dyn Write + Send>, now: Timestamp) -> Self {
        Self { now, to: Mutex::new(To { writer, run: None }) }
    }
}

impl Monitor for JsonLines {
    fn event(&self, event: &Event) {
        let mut to = self.to.lock().unwrap_or_else(PoisonError::into_inner);
        if let Event::RunStarted { run } = event {
            to.run = Some(run.clone());
        }
        let mut object = object(event);
        // The receipt stays as its schema says; it names its run itself.
        if let (Some(fields), false) = (object.as_object_mut(), matches!(event, Event::RunFinished { .. })) {
            fields.insert("time".into(), (self.now)().into());
            fields.insert("run".into(), to.run.clone().into());
        }
        let _ = writeln!(to.writer, "{object}");
    }
}

/// An event as an object. Its names are part of the contract: add, never rename.
fn object(event: &Event) -> Value {
    match event {
        Event::RunStarted { run } => json!({ "event": "run_started", "run": run }),
        Event::Planned { path, unchanged } => json!({ "event": "planned", "path": path, "unchanged": unchanged }),
        Event::Moved { from, path } => json!({ "event": "moved", "from": from, "path": path }),
        Event::Corrected { path, paragraphs } => {
            json!({ "event": "corrected", "path": path, "paragraphs": paragraphs })
        }
        Event::Pruned { path, output, kept } => {
            json!({ "event": "pruned", "path": path, "output": output, "kept": kept })
        }
        Event::NearCopy { path, of, alike } => json!({ "event": "near_copy", "path": path, "of": of, "alike": alike }),
        Event::PlanFinished { articles, units, segments } => {
            json!({ "event": "plan_finished", "articles": articles, "units": units, "segments": segments })
        }
        Event::ArticleFailed { path, reason } => json!({ "event": "article_failed", "path": path, "reason": reason }),
        Event::UnitFinished { segments, from_memory, tokens, cost, flagged } => json!({
            "event": "unit_finished", "segments": segments, "from_memory": from_memory,
            "tokens": tokens, "cost": cost, "flagged": flagged,
        }),
        Event::ArticleWritten { path, output } => {
            json!({ "event": "article_written", "path": path, "output": output })
        }
        Event::Retry { backend, reason, delay } => {
            json!({ "event": "retry", "backend": backend, "reason": reason, "delay_seconds": delay.as_secs_f64() })
        }
        Event::BackendDown { backend, reason } => {
            json!({ "event": "backend_down", "backend": backend, "reason": reason })
        }
        Event::Batch { backend, batch, step, requests } => {
            json!({ "event": "batch", "backend": backend, "batch": batch, "step": step.name(), "requests": requests })
        }
        Event::Warning { message } => json!({ "event": "warning", "message": message }),
        Event::Stopping { reason } => json!({ "event": "stopping", "reason": reason }),
        Event::RunFinished { receipt } => json!(receipt),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::outcome::{RECEIPT_SCHEMA, Receipt};

    #[test]
    fn every_event_names_itself_and_the_last_line_is_the_receipt() {
        let warning = object(&Event::Warning { message: "line\nbreak".into() }).to_string();
        assert_eq!(warning, r#"{"event":"warning","message":"line\nbreak"}"#);
        let receipt = Receipt { schema: RECEIPT_SCHEMA.into(), ..Receipt::default() };
        let last = object(&Event::RunFinished { receipt: Box::new(receipt) });
        assert_eq!(last["schema"], RECEIPT_SCHEMA);
        assert_eq!(last["articles"], 0);
    }
}
