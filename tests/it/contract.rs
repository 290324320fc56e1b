//! What scripts may rely on: the exit codes and the schemas.

use std::collections::BTreeSet;

use kabar::exit::ALL;
use serde_json::Value;

use crate::cli::kabar;

fn schema(record: &str) -> Value {
    let folder = tempfile::tempdir().unwrap();
    let output = kabar(folder.path()).args(["schema", record]).output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn the_exit_codes_are_those_of_the_contract() {
    let codes: Vec<u8> = ALL.iter().map(|exit| exit.code()).collect();
    assert_eq!(codes, [0, 1, 2, 3, 4, 5, 6, 7, 130, 143]);
    let meanings: BTreeSet<&str> = ALL.iter().map(|exit| exit.meaning()).collect();
    assert_eq!(meanings.len(), ALL.len());
}

#[test]
fn a_receipt_validates_against_its_printed_schema_and_a_wrong_one_does_not() {
    use kabar::model::outcome::{RECEIPT_SCHEMA, Receipt, Stop};
    let validator = jsonschema::validator_for(&schema("receipt")).unwrap();
    let receipt =
        Receipt { schema: RECEIPT_SCHEMA.into(), stopped: Some(Stop::Signal { number: 15 }), ..Receipt::default() };
    let mut value = serde_json::to_value(receipt).unwrap();
    assert!(validator.is_valid(&value), "{value}");
    value["articles"] = "many".into();
    assert!(!validator.is_valid(&value));
}

#[test]
fn the_article_schema_demands_what_the_contract_promises() {
    let schema = schema("article");
    let required: BTreeSet<&str> = schema["required"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
    for key in ["schema", "source", "lang", "title", "summary", "sections", "provenance"] {
        assert!(required.contains(key), "{key}");
    }
}
