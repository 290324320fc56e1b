//! Prints the extractive summary of each article of a JSONL file (`id`, `title`, `text`), one JSON object a line, so that
//! `benches/rouge.py` can compare them with summaries written by people.
//!
//! `cargo bench --bench summary -- articles.jsonl`
#![allow(clippy::print_stdout, reason = "a bench prints what it measures")]

use std::io::{BufRead as _, BufReader};

use kabar::model::unit::SectionText;
use kabar::stage::section::sentences;
use kabar::stage::summary::extract_by;

#[derive(serde::Deserialize)]
struct Line {
    id: String,
    title: Option<String>,
    text: String,
}

fn main() -> anyhow::Result<()> {
    let Some(path) = std::env::args().skip(1).find(|argument| !argument.starts_with("--")) else {
        println!("cargo bench --bench summary -- ARTICLES.jsonl");
        return Ok(());
    };
    for line in BufReader::new(std::fs::File::open(path)?).lines() {
        let article: Line = serde_json::from_str(&line?)?;
        let sections = [SectionText { n: 1, text: article.text }];
        let summary = extract_by(sentences, article.title.as_deref(), &sections);
        println!("{}", serde_json::json!({ "id": article.id, "summary": summary.summary }));
    }
    Ok(())
}
