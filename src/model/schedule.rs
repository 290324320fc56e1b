//! Which units a run takes, and in which order.
//!
//! Place in the data way: `commands` choose it from the flags, `plan` reopens units by it, `status` counts by it.
//! It must never change what a unit holds.

/// Which finished units are worked on again.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Only {
    /// Open units, and failed ones once more.
    #[default]
    Pending,
    /// Every unit, whatever came of it (`--force`).
    All,
    /// Failed units only.
    Failed,
    /// Flagged units only.
    Flagged,
    /// Units that the named backend answered, such as `offline`, to have them done better.
    Backend(String),
}

/// When an article's turn comes: watched ones first, then the newest, those without a date after them, then as the
/// inputs name them. What is written is the same in any order; only what is left undone at a stop is not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Turn {
    /// Whether it holds a word of the watch list.
    pub watched: bool,
    /// When it was published, in seconds of Unix time.
    pub published: Option<i64>,
    /// Its place among the inputs of the run.
    pub place: u64,
}
