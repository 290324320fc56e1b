//! JSON Schemas of what scripts may read, from the same types that write it.
//!
//! Place in the data way: beside it; `kabar schema` prints them.
//! It must never describe anything that is not written.

use schemars::Schema;

use crate::model::outcome::Receipt;
use crate::model::record::ArticleRecord;

/// The schema of an article record.
pub fn article_schema() -> Schema {
    schemars::schema_for!(ArticleRecord)
}

/// The schema of a receipt.
pub fn receipt_schema() -> Schema {
    schemars::schema_for!(Receipt)
}
