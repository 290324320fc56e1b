//! A finding: one thing that a check noticed.
//!
//! Place in the data way: made by `check`, named in repair requests, written into the record.
//! It must never hold the text of a secret or of a server's reply beyond a short excerpt.

use serde::{Deserialize, Serialize};

/// How bad a finding is. The order is by weight.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Worth knowing; nothing to do.
    Info,
    /// A person may want to look.
    Warn,
    /// The text must not be trusted; it is repaired, or the article is reported.
    Error,
}

/// One thing that a check noticed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Finding {
    /// The rule's name, such as `complete` or `figures`.
    pub rule: String,
    /// How bad it is.
    pub severity: Severity,
    /// What was noticed, in one plain English sentence that also tells a model what to repair.
    pub detail: String,
}

impl Finding {
    /// A finding of severity error.
    pub fn error(rule: &str, detail: impl Into<String>) -> Self {
        Self { rule: rule.into(), severity: Severity::Error, detail: detail.into() }
    }

    /// A finding of severity warn.
    pub fn warn(rule: &str, detail: impl Into<String>) -> Self {
        Self { rule: rule.into(), severity: Severity::Warn, detail: detail.into() }
    }

    /// A finding of severity info.
    pub fn info(rule: &str, detail: impl Into<String>) -> Self {
        Self { rule: rule.into(), severity: Severity::Info, detail: detail.into() }
    }

    /// Whether it is of severity error.
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}
