//! `kabar schema`: the JSON Schema of a record, from the types that write it.
//!
//! Place in the data way: none.
//! It must never differ from what is written: a test validates records against it.

use schemars::Schema;

use super::Desk;
use crate::cli::{Record, SchemaArgs};
use crate::error::Error;
use crate::exit::Exit;
use crate::model::briefing::Briefing;
use crate::model::outcome::Receipt;
use crate::model::record::ArticleRecord;

/// Prints the schema.
pub(super) fn run(args: &SchemaArgs, desk: &mut Desk<'_>) -> Result<Exit, Error> {
    let text = serde_json::to_string_pretty(&schema(args.record)).map_err(anyhow::Error::from)?;
    writeln!(desk.out, "{text}")?;
    Ok(Exit::Done)
}

/// The schema of one kind of record (draft 2020-12).
fn schema(record: Record) -> Schema {
    match record {
        Record::Article => schemars::schema_for!(ArticleRecord),
        Record::Briefing => schemars::schema_for!(Briefing),
        Record::Receipt => schemars::schema_for!(Receipt),
    }
}
