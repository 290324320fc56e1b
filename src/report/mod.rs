//! How a run is shown: bars on a terminal, plain lines for cron, JSON lines for programs.
//!
//! Place in the data way: beside it; it listens to events and draws.
//! It must never decide anything, and never let text from outside steer the terminal.

mod text;

pub use text::{complain, printable};
