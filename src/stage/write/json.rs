//! The record as JSON: keys in the order of the contract, indented, a final newline.
//!
//! Place in the data way: one form of output.
//! It must never differ between two runs over the same record.

use crate::model::record::ArticleRecord;

pub(super) fn render(record: &ArticleRecord) -> String {
    #[expect(clippy::expect_used, reason = "a record holds only strings, numbers and lists, which always serialise")]
    let mut text = serde_json::to_string_pretty(record).expect("serialise a record");
    text.push('\n');
    text
}
