//! The exit code: what a script may conclude from a run. The table is part of the contract and stands in the README.
//!
//! Place in the data way: after it; computed once, from the receipt or from what stopped the run.
//! It must never be decided anywhere else.

use crate::model::outcome::{Receipt, Stop};

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// All done, nothing failed or flagged as error.
    Done = 0,
    /// Internal error: a bug, please report it.
    Internal = 1,
    /// Usage or configuration error; nothing was sent.
    Usage = 2,
    /// Finished, but some articles failed or carry findings of severity error; the rest is written.
    Partial = 3,
    /// No usable backend: credentials refused, quota exhausted, unreachable.
    NoBackend = 4,
    /// Another run holds the lock on this state.
    Locked = 5,
    /// The state is unreadable, or newer than this program.
    State = 6,
    /// Stopped on purpose: budget or deadline reached, or answers come with a batch; the rest is kept for the next run.
    Stopped = 7,
    /// Interrupted by SIGINT; safe to run again.
    Interrupted = 130,
    /// Terminated by SIGTERM; safe to run again.
    Terminated = 143,
}

/// Every exit, in the order of the codes.
pub const ALL: [Exit; 10] = [
    Exit::Done,
    Exit::Internal,
    Exit::Usage,
    Exit::Partial,
    Exit::NoBackend,
    Exit::Locked,
    Exit::State,
    Exit::Stopped,
    Exit::Interrupted,
    Exit::Terminated,
];

impl Exit {
    /// The exit of a run that came to its receipt.
    pub fn of(receipt: &Receipt) -> Self {
        let counts = &receipt.counts;
        match &receipt.stopped {
            Some(Stop::Budget { of: _ } | Stop::Deadline | Stop::Batch { message: _ }) => Self::Stopped,
            Some(Stop::Signal { number: 15 }) => Self::Terminated,
            Some(Stop::Signal { number: _ }) => Self::Interrupted,
            Some(Stop::Backends { message: _ }) => Self::NoBackend,
            None if counts.failed > 0 || counts.flagged > 0 || counts.pending > 0 => Self::Partial,
            None => Self::Done,
        }
    }

    /// The number that the operating system gets.
    pub fn code(self) -> u8 {
        self as u8
    }

    /// What it means, as the table says.
    pub fn meaning(self) -> &'static str {
        match self {
            Self::Done => "all done, nothing failed or flagged as error",
            Self::Internal => "internal error (a bug: please report)",
            Self::Usage => "usage or configuration error; nothing was sent",
            Self::Partial => {
                "finished, but some articles failed or carry findings of severity error; the rest is written"
            }
            Self::NoBackend => "no usable backend (credentials refused, quota exhausted, unreachable)",
            Self::Locked => "another run holds the lock on this state",
            Self::State => "the state is unreadable, or newer than this program",
            Self::Stopped => {
                "stopped on purpose: budget or deadline reached; the remaining work is kept for the next run"
            }
            Self::Interrupted => "interrupted by SIGINT; safe to run again",
            Self::Terminated => "terminated by SIGTERM; safe to run again",
        }
    }
}

impl From<Exit> for std::process::ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::spend::Period;

    fn receipt(stopped: Option<Stop>, failed: u64, flagged: u64) -> Receipt {
        let mut receipt = Receipt { stopped, ..Receipt::default() };
        receipt.counts.failed = failed;
        receipt.counts.flagged = flagged;
        receipt
    }

    #[test]
    fn a_finished_run_is_done_or_partial() {
        assert_eq!(Exit::of(&receipt(None, 0, 0)), Exit::Done);
        assert_eq!(Exit::of(&receipt(None, 1, 0)), Exit::Partial);
        assert_eq!(Exit::of(&receipt(None, 0, 1)), Exit::Partial);
    }

    #[test]
    fn a_stopped_run_says_why_whatever_failed_before() {
        let message = String::new();
        let cases = [
            (Stop::Budget { of: Period::Day }, 7),
            (Stop::Deadline, 7),
            (Stop::Batch { message: String::new() }, 7),
            (Stop::Signal { number: 2 }, 130),
            (Stop::Signal { number: 15 }, 143),
            (Stop::Backends { message }, 4),
        ];
        for (stop, code) in cases {
            assert_eq!(Exit::of(&receipt(Some(stop), 3, 3)).code(), code);
        }
    }
}
