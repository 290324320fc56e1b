//! How a run is shown: bars on a terminal, plain lines for cron, JSON lines for programs.
//!
//! Place in the data way: beside it; it listens to events and draws on standard error.
//! It must never decide anything, and never let text from outside steer the terminal.

mod json;
mod options;
#[cfg(feature = "otel")]
mod otlp;
mod plain;
mod prometheus;
mod repeats;
mod terminal;
mod text;

use std::sync::Arc;

pub use json::{JsonLines, Timestamp};
pub use options::{ColorMode, ProgressMode, ReportOptions};
#[cfg(feature = "otel")]
pub use otlp::{Both, Trail, otlp_metrics, otlp_trace};
pub use plain::Plain;
pub use prometheus::{Figure, figures, metrics};
pub use terminal::Bars;
pub use text::{complain, complain_to, ending, printable, receipt_line};

use crate::model::event::{Monitor, Silent};

/// What a report needs to know about standard error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Terminal {
    /// Whether it is a terminal.
    pub is_terminal: bool,
    /// Whether the user asked for no colours (`NO_COLOR`).
    pub no_color: bool,
    /// Whether it is systemd's journal: each line then begins with its level.
    pub journal: bool,
}

/// Chooses how a run is shown; `now` dates JSON lines. Bars need a terminal: without one, trouble would be lost with them.
pub fn monitor(options: &ReportOptions, terminal: Terminal, now: Timestamp) -> Arc<dyn Monitor> {
    let color = options.color.on(terminal.is_terminal, terminal.no_color);
    let detail = plain::Detail::of(options.quiet, options.verbose);
    let bars = terminal.is_terminal && !options.quiet;
    match options.mode {
        ProgressMode::None => Arc::new(Silent),
        ProgressMode::Json => Arc::new(JsonLines::new(Box::new(std::io::stderr()), now)),
        ProgressMode::Auto | ProgressMode::Bar if bars => Arc::new(Bars::new(detail, color)),
        ProgressMode::Plain | ProgressMode::Auto | ProgressMode::Bar => {
            Arc::new(Plain::new(Box::new(std::io::stderr()), detail, color).levels(terminal.journal))
        }
    }
}
