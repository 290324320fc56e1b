//! A run as OpenTelemetry sees it, in OTLP's JSON form: one span with what happened in it, and the figures of the run.
//!
//! Place in the data way: beside it. Format: <https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding>.
//! It must never send anything, nor hold a text of an article: paths, names of backends and reasons are all that it tells.

use std::sync::{Arc, Mutex, PoisonError};

use serde_json::{Value, json};

use super::Figure;
use crate::model::event::{Event, Monitor};
use crate::model::key::sha256_hex;

/// Most events that a span keeps (`OTEL_SPAN_EVENT_COUNT_LIMIT`'s default).
const MOST_EVENTS: usize = 128;

/// Gives the time in nanoseconds of Unix time.
pub type Nanoseconds = Box<dyn Fn() -> i128 + Send + Sync>;

/// Keeps what a person would want to see of a run: failures, further attempts, backends that are down, stops.
pub struct Trail {
    now: Nanoseconds,
    since: i128,
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    events: Vec<Value>,
    dropped: usize,
}

impl Trail {
    /// A trail that begins now.
    pub fn new(now: Nanoseconds) -> Self {
        Self { since: now(), now, kept: Mutex::default() }
    }
}

impl Monitor for Trail {
    fn event(&self, event: &Event) {
        let Some((name, about)) = notable(event) else { return };
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.events.len() == MOST_EVENTS {
            kept.dropped += 1;
            return;
        }
        let time = (self.now)().to_string();
        kept.events.push(json!({ "timeUnixNano": time, "name": name, "attributes": attributes(&about) }));
    }
}

/// Tells a listener and a trail.
pub struct Both(pub Arc<dyn Monitor>, pub Arc<Trail>);

impl Monitor for Both {
    fn event(&self, event: &Event) {
        self.1.event(event);
        self.0.event(event);
    }
}

/// An event's name and what it is about, if it is worth a place in the span.
fn notable(event: &Event) -> Option<(&'static str, Vec<(&'static str, &str)>)> {
    match event {
        Event::ArticleFailed { path, reason } => Some(("article_failed", vec![("path", path), ("reason", reason)])),
        Event::Corrected { path, .. } => Some(("corrected", vec![("path", path)])),
        Event::Retry { backend, reason, .. } => Some(("retry", vec![("backend", backend), ("reason", reason)])),
        Event::BackendDown { backend, reason } => {
            Some(("backend_down", vec![("backend", backend), ("reason", reason)]))
        }
        Event::Batch { backend, batch, step, .. } => {
            Some(("batch", vec![("backend", backend), ("batch", batch), ("step", step.name())]))
        }
        Event::Warning { message } => Some(("warning", vec![("message", message)])),
        Event::Stopping { reason } => Some(("stopping", vec![("reason", reason)])),
        _ => None,
    }
}

/// The span of a run. Its trace is named after the run's id, so that one is found by the other.
pub fn otlp_trace(service: &str, run: &str, (exit, meaning): (u8, &str), trail: &Trail) -> Value {
    let kept = trail.kept.lock().unwrap_or_else(PoisonError::into_inner);
    let hash = sha256_hex(run.as_bytes());
    let (trace, span) = (hash.get(..32).unwrap_or_default(), hash.get(32..48).unwrap_or_default());
    // 1 is well, 2 is an error; a stop for want of money or time is planned.
    let status = if matches!(exit, 0 | 7) { json!({ "code": 1 }) } else { json!({ "code": 2, "message": meaning }) };
    let span = json!({
        "traceId": trace, "spanId": span, "name": "kabar run", "kind": 1,
        "startTimeUnixNano": trail.since.to_string(), "endTimeUnixNano": (trail.now)().to_string(),
        "attributes": [attribute("kabar.run", run), { "key": "kabar.exit", "value": { "intValue": exit.to_string() } }],
        "events": kept.events, "droppedEventsCount": kept.dropped, "status": status,
    });
    json!({ "resourceSpans": [{ "resource": resource(service), "scopeSpans": [{ "scope": scope(), "spans": [span] }] }] })
}

/// The figures of a run, under the names of the Prometheus page.
pub fn otlp_metrics(service: &str, figures: &[Figure], time: i128) -> Value {
    let point = |(labels, value): &super::prometheus::Row| {
        let labels: Vec<(&str, &str)> = labels.iter().map(|(key, label)| (*key, label.as_str())).collect();
        json!({ "timeUnixNano": time.to_string(), "asDouble": value, "attributes": attributes(&labels) })
    };
    let metric = |figure: &Figure| {
        let points: Vec<Value> = figure.rows.iter().map(point).collect();
        json!({ "name": figure.name, "description": figure.help, "gauge": { "dataPoints": points } })
    };
    let metrics: Vec<Value> = figures.iter().map(metric).collect();
    let scoped = json!([{ "scope": scope(), "metrics": metrics }]);
    json!({ "resourceMetrics": [{ "resource": resource(service), "scopeMetrics": scoped }] })
}

fn resource(service: &str) -> Value {
    json!({ "attributes": [attribute("service.name", service), attribute("service.version", env!("CARGO_PKG_VERSION"))] })
}

fn scope() -> Value {
    json!({ "name": "kabar", "version": env!("CARGO_PKG_VERSION") })
}

fn attributes(pairs: &[(&str, &str)]) -> Value {
    pairs.iter().map(|(key, value)| attribute(key, value)).collect()
}

fn attribute(key: &str, value: &str) -> Value {
    json!({ "key": key, "value": { "stringValue": value } })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_keeps_so_many_events_and_counts_the_others() {
        let trail = Trail::new(Box::new(|| 5));
        for _ in 0..130 {
            trail.event(&Event::Warning { message: "x".into() });
            trail.event(&Event::Planned { path: "a".into(), unchanged: true });
        }
        let span = otlp_trace("kabar", "r1", (3, "some failed"), &trail)["resourceSpans"][0]["scopeSpans"][0]["spans"]
            [0]
        .clone();
        assert_eq!((span["events"].as_array().map(Vec::len), &span["droppedEventsCount"]), (Some(128), &json!(2)));
        assert_eq!(
            (span["traceId"].as_str().map(str::len), span["spanId"].as_str().map(str::len)),
            (Some(32), Some(16))
        );
        assert_eq!(span["status"], json!({ "code": 2, "message": "some failed" }));
    }
}
