//! The steps of the data way, one file or folder each, pure over [`crate::model`].
//!
//! Place in the data way: this is it. Read, clean, section; prompt, check, repair; assemble, summarise, write.
//! A step must never call a backend, open the state or know the configuration; only [`read`] and [`mod@write`] touch files.

pub mod assemble;
pub mod brief;
pub mod check;
pub mod clean;
pub mod number;
pub mod prompt;
pub mod read;
pub mod repair;
pub mod section;
pub mod summary;
pub mod tmx;
pub mod write;
pub mod xliff;
pub mod xml;
