//! Rule `claims`: what is denied stays denied, what is alleged stays alleged, who was in office is
//! not in it, and quotations are neither lost nor made.
//!
//! Each of the four looks for signs on both sides. Languages have many ways to deny (`tidak mungkin` is *impossible*,
//! `belum` is *yet to*), so the lists are strict on the side that is asked and generous on the side that answers.
//!
//! Place in the data way: one of the rules for a segment. It is protection against libel, not a judge of style.
//! It must never ask for one certain word.

mod hedge;
mod negation;
mod office;
mod quotation;

use crate::model::finding::Finding;

use super::words::Pair;
pub(in crate::stage) use negation::{denies, denies_id, may_deny_en as may_deny};

const NAME: &str = "claims";

pub(super) fn check(pair: &Pair<'_>) -> Vec<Finding> {
    negation::flipped(pair)
        .into_iter()
        .chain(hedge::lost(pair))
        .chain(hedge::granted(pair))
        .chain(office::lost(pair))
        .chain(quotation::changed(pair))
        .collect()
}
