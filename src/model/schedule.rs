//! Which units a run takes.
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
