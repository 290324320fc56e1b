//! JSON files: one record, or a list of them.
//!
//! Place in the data way: `open` takes a file apart with it.
//! It must never be used for files of many records that are too large for memory: those are `.jsonl`.

use serde_json::Value;

use super::record::{FieldOptions, Record, field};

/// What a JSON file holds.
pub enum Records {
    /// One article.
    One(Record),
    /// Many articles.
    Many(Vec<Record>),
}

/// Names under which a file keeps its list.
const LISTS: [&str; 6] = ["articles", "items", "data", "records", "results", "berita"];

/// The records of a JSON text.
///
/// # Errors
/// Where it is no JSON, or holds no record.
pub fn records(text: &str, fields: &FieldOptions) -> Result<Records, String> {
    let value: Value = serde_json::from_str(text).map_err(|error| format!("is not valid JSON: {error}"))?;
    match value {
        Value::Object(record) if field(&record, &fields.text).is_some() => Ok(Records::One(record)),
        Value::Object(mut outer) => {
            let list = LISTS.iter().find_map(|name| outer.remove(*name).filter(Value::is_array));
            list.map(objects)
                .ok_or_else(|| format!("holds no article (looked for the fields {})", fields.text.join(", ")))
        }
        list @ Value::Array(_) => Ok(objects(list)),
        _ => Err("holds neither a record nor a list of records".into()),
    }
}

fn objects(list: Value) -> Records {
    let Value::Array(list) = list else { return Records::Many(Vec::new()) };
    // What is no object becomes a record without a text, so that it is reported and not passed over.
    Records::Many(
        list.into_iter().map(|value| if let Value::Object(record) = value { record } else { Record::new() }).collect(),
    )
}
