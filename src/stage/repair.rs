//! What to do with an answer that was not accepted: ask again with the finding named, then split, then give up on
//! this backend (the next one is asked; where there is none, the text is flagged).
//!
//! Place in the data way: between `check` and the next request of the same unit.
//! It must never repeat a request as it was: a model asked the same gives the same.

/// How often these segments were asked of this backend.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Round {
    /// For the first time, together.
    First,
    /// Again, with what was wrong named.
    Repair,
    /// Each by itself.
    Alone,
}

/// What came back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Trouble {
    /// Some segments carry a finding of severity error.
    Rejected,
    /// The answer could not be read at all.
    Unreadable,
    /// The backend will not work on this text.
    Refused,
    /// The request is too large for the backend.
    TooLarge,
}

/// What to do next with the segments in trouble.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Next {
    /// Ask for them together, with the findings.
    Repair,
    /// Ask for each by itself, with the findings.
    Alone,
    /// Ask for both halves, as in the same round.
    Halves,
    /// Nothing more to hope for from this backend.
    GiveUp,
}

/// Decides the next step. `asked` is how many segments the request held; `reads` says whether the backend can be told
/// what was wrong (a language model) or not (a translation engine, which answers the same to the same).
pub fn next(round: Round, trouble: Trouble, asked: usize, reads: bool) -> Next {
    let split = if asked > 1 { Next::Alone } else { Next::GiveUp };
    match (trouble, round) {
        (Trouble::TooLarge, _) if asked > 1 => Next::Halves,
        (Trouble::TooLarge, _) | (_, Round::Alone) => Next::GiveUp,
        (Trouble::Rejected | Trouble::Unreadable, Round::First) if reads => Next::Repair,
        (_, Round::First | Round::Repair) => split,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_model_is_told_first_then_asked_one_by_one_then_left() {
        assert_eq!(next(Round::First, Trouble::Rejected, 5, true), Next::Repair);
        assert_eq!(next(Round::Repair, Trouble::Rejected, 3, true), Next::Alone);
        assert_eq!(next(Round::Alone, Trouble::Rejected, 1, true), Next::GiveUp);
        assert_eq!(next(Round::Repair, Trouble::Rejected, 1, true), Next::GiveUp);
    }

    #[test]
    fn an_engine_that_cannot_be_told_is_asked_one_by_one_at_most() {
        assert_eq!(next(Round::First, Trouble::Rejected, 5, false), Next::Alone);
        assert_eq!(next(Round::First, Trouble::Unreadable, 1, false), Next::GiveUp);
    }

    #[test]
    fn every_path_ends() {
        for trouble in [Trouble::Rejected, Trouble::Unreadable, Trouble::Refused, Trouble::TooLarge] {
            for reads in [true, false] {
                let (mut round, mut asked) = (Round::First, 64);
                for step in 0.. {
                    assert!(step < 12, "{trouble:?} goes on for ever");
                    match next(round, trouble, asked, reads) {
                        Next::Repair => round = Round::Repair,
                        Next::Alone => (round, asked) = (Round::Alone, 1),
                        Next::Halves => asked /= 2,
                        Next::GiveUp => break,
                    }
                }
            }
        }
    }
}
