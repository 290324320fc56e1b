//! Tells an OpenTelemetry collector how a run went, over OTLP/HTTP in JSON, as its usual variables say
//! (<https://opentelemetry.io/docs/specs/otel/protocol/exporter/>).
//!
//! Place in the data way: around it.
//! It must never make a run fail, or delay it for longer than its timeout; without an address it does nothing.

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use super::webhook;
use crate::backend::wire::WireRequest;
use crate::commands::Desk;
use crate::config::Surroundings;
use crate::exit::Exit;
use crate::report::{Figure, Trail, otlp_metrics, otlp_trace};

/// Begins to take notes, where a collector is named.
pub(super) fn begin(desk: &mut Desk<'_>) {
    let is_off = desk.around.variable("OTEL_SDK_DISABLED").is_some_and(|off| off.eq_ignore_ascii_case("true"));
    if is_off || desk.around.variable("OTEL_EXPORTER_OTLP_ENDPOINT").is_none() {
        return;
    }
    let clock = desk.around.clock.clone();
    desk.trail = Some(Arc::new(Trail::new(Box::new(move || clock().timestamp().as_nanosecond()))));
}

/// Sends trace and figures.
pub(super) fn end(desk: &Desk<'_>, exit: Exit, figures: &[Figure], limit: Duration) {
    let Some(trail) = &desk.trail else { return };
    let around = desk.around;
    let service = around.variable("OTEL_SERVICE_NAME").unwrap_or_else(|| "kabar".into());
    let time = (around.clock)().timestamp().as_nanosecond();
    let run = desk.receipt.as_ref().map_or_else(|| time.to_string(), |receipt| receipt.run.clone());
    for (path, body) in [
        ("/v1/traces", otlp_trace(&service, &run, (exit.code(), exit.meaning()), trail)),
        ("/v1/metrics", otlp_metrics(&service, figures, time)),
    ] {
        super::report("the OpenTelemetry collector", webhook::send(limit, request(around, path, &body)), desk);
    }
}

fn request(around: &Surroundings, path: &str, body: &Value) -> WireRequest {
    let endpoint = around.variable("OTEL_EXPORTER_OTLP_ENDPOINT").unwrap_or_default();
    let headers = around.variable("OTEL_EXPORTER_OTLP_HEADERS").unwrap_or_default();
    let pairs = headers.split(',').filter_map(|pair| pair.split_once('='));
    let request = WireRequest::post_json(endpoint.trim_end_matches('/').to_owned() + path, body);
    pairs.fold(request, |request, (name, value)| request.header(name.trim().to_lowercase(), value.trim()))
}
