//! Money that was spent, and the periods that it is counted in.
//!
//! Place in the data way: the ledger makes it of a reply, the state keeps it for later runs.
//! It must never be an estimate of what is still to come.

use serde::{Deserialize, Serialize};

/// What a backend cost on one day.
#[derive(Debug, Clone, PartialEq)]
pub struct Spend {
    /// The date where the run was, such as `2026-11-26`.
    pub day: String,
    /// The backend's name.
    pub backend: String,
    /// ISO 4217 code.
    pub currency: String,
    /// The amount.
    pub amount: f64,
}

/// What a budget is for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Period {
    /// One run: `--budget`.
    #[default]
    Run,
    /// One day: `[budget] day`.
    Day,
    /// One calendar month: `[budget] month`.
    Month,
}
