//! One integration binary, a module per subject.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "clippy lets them pass in test functions only, not in the helpers between them"
)]

mod again;
mod backend_network;
mod backend_peers;
mod backend_scenarios;
mod backend_transport;
mod bad_input;
mod batch;
mod bombs;
mod brief;
mod care;
mod changes;
mod clean;
mod cli;
mod config;
mod conformance;
mod containers;
mod contract;
mod doctor;
mod exits;
mod faults;
mod first_week;
mod handover;
mod hostile;
mod ladder;
mod limits;
mod mail;
mod memory;
mod model;
mod offline;
mod packing;
mod peers_run;
mod read;
mod read_formats;
mod readme;
mod resume;
mod run;
mod secrets;
mod section;
mod selection;
mod silence;
mod site;
mod state;
mod support;
mod translate;
mod unattended;
mod write;
