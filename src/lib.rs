//! Kabar turns folders of Indonesian articles into English: every section translated and summarised beside the
//! original text, and many articles condensed into a briefing.
//!
//! # The data way
//!
//! An article walks through the rooms in one direction:
//!
//! ```text
//! plan     read ▸ clean ▸ section ▸ (one transaction per article)         cheap, deterministic, no network
//! work     claim ▸ memory lookup ▸ request ▸ check ▸ repair ▸ finish      per unit, concurrent
//! deliver  assemble ▸ write                                               when an article has no open unit
//! brief    select ▸ group ▸ compose ▸ verify ▸ render                     over finished articles
//! ```
//!
//! [`stage`] holds the steps, `pipeline` runs them, [`state`] keeps what was done, [`backend`] talks to the outside.
//! Resume is not a feature with code of its own: it means *run again*. Every step is idempotent by a key that
//! hashes what is really sent.

pub mod backend;
pub mod cli;
pub mod commands;
pub mod config;
pub mod error;
pub mod exit;
pub mod model;
pub mod pipeline;
pub mod queue;
pub mod report;
pub mod stage;
pub mod state;
