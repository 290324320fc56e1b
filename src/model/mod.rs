//! Plain data that every room speaks: articles, segments, units, requests, replies, findings, records, outcomes.
//!
//! Place in the data way: it is what travels; no step lives here.
//! It must never do I/O, read a clock, or know any other room.

pub mod alarm;
pub mod article;
pub mod backend;
pub mod briefing;
pub mod digits;
pub mod disk;
pub mod duration;
pub mod event;
pub mod finding;
pub mod key;
pub mod outcome;
pub(crate) mod pattern;
pub mod record;
pub mod reply;
pub mod request;
pub mod schedule;
pub mod segment;
pub mod sketch;
pub mod spend;
pub mod tokens;
pub mod unit;
