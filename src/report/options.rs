//! How a run is to be shown, as the configuration spells it.
//!
//! Place in the data way: before it; `config` fills it, [`super::monitor`] chooses by it.
//! It must never look at the terminal itself.

use serde::Deserialize;

/// `[progress]`
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ReportOptions {
    /// How progress is shown.
    pub mode: ProgressMode,
    /// Whether colours are used.
    pub color: ColorMode,
    /// Nothing on success.
    pub quiet: bool,
    /// More detail.
    pub verbose: bool,
}

/// How progress is shown.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ProgressMode {
    /// Bars on a terminal, plain lines without one.
    #[default]
    Auto,
    /// Bars.
    Bar,
    /// One line for each change of state.
    Plain,
    /// JSON lines; the last one is the receipt.
    Json,
    /// Nothing but what stops the run.
    None,
}

/// Whether colours are used.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ColorMode {
    /// On a terminal, unless `NO_COLOR` is set.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

impl ColorMode {
    /// Whether to use colours on this terminal (or file).
    pub fn on(self, is_terminal: bool, no_color: bool) -> bool {
        match self {
            Self::Auto => is_terminal && !no_color,
            Self::Always => true,
            Self::Never => false,
        }
    }
}
