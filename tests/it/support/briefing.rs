//! The briefing fixtures: articles of eight outlets, with what should be found in them; and how it is scored.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use kabar::model::briefing::Conflict;
use kabar::model::record::{ArticleRecord, Provenance};
use kabar::stage::assemble::{Parts, assemble};
use kabar::stage::brief::{Group, Story, conflicts, sort_out};
use kabar::stage::{clean, read, section};
use serde::Deserialize;

/// `expected.toml`.
#[derive(Debug, Deserialize)]
pub struct Expected {
    pub article: Vec<Labelled>,
    pub conflict: Vec<Planted>,
}

/// An article and the event that it tells.
#[derive(Debug, Deserialize)]
pub struct Labelled {
    pub path: String,
    pub event: String,
}

/// A planted disagreement.
#[derive(Debug, Deserialize)]
pub struct Planted {
    pub event: String,
    pub what: String,
    pub figures: Vec<PlantedFigure>,
}

/// What one article says.
#[derive(Debug, Deserialize)]
pub struct PlantedFigure {
    pub article: String,
    pub figure: String,
}

static RULES: LazyLock<clean::Rules> = LazyLock::new(clean::Rules::builtin);

/// What should be found in the 48 articles of the briefing.
pub fn expected() -> Expected {
    expected_of("briefing/expected.toml")
}

/// What should be found in a set of articles, by its file below `fixtures/`.
pub fn expected_of(set: &str) -> Expected {
    toml::from_str(&std::fs::read_to_string(fixtures().join(set)).unwrap()).unwrap()
}

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures")
}

/// An article as a record without English, named by its path without extension.
pub fn record(path: &str) -> (String, ArticleRecord) {
    let read = |set: &str| std::fs::read_to_string(fixtures().join(set).join(path)).ok();
    let text = read("briefing").or_else(|| read("disagreements")).unwrap();
    let mut document = read::parse_text(&text, read::Format::Markdown).unwrap();
    clean::clean(&mut document, &RULES);
    let article = section::section(document);
    let parts =
        Parts { article: &article, outcomes: &BTreeMap::new(), summary: None, provenance: Provenance::default() };
    (path.trim_end_matches(".md").to_owned(), assemble(parts))
}

/// All articles as stories, in the order of `expected.toml`.
pub fn stories(expected: &Expected) -> Vec<Story> {
    expected
        .article
        .iter()
        .map(|article| record(&article.path))
        .map(|(name, record)| Story::of(&name, &record, &[]))
        .collect()
}

/// Pairwise precision and recall of groups.
pub fn score(expected: &Expected, stories: &[Story], groups: &[Group]) -> (f64, f64) {
    let event = |at: usize| {
        let own = |article: &&Labelled| article.path.trim_end_matches(".md") == stories[at].name;
        expected.article.iter().find(own).map(|article| article.event.as_str())
    };
    let group = |at: usize| groups.iter().position(|group| group.contains(&at));
    let (mut both, mut found, mut planted) = (0.0, 0.0, 0.0);
    for a in 0..stories.len() {
        for b in 0..a {
            let same = event(a).is_some() && event(a) == event(b);
            let together = group(a) == group(b);
            both += f64::from(u8::from(same && together));
            found += f64::from(u8::from(together));
            planted += f64::from(u8::from(same));
        }
    }
    (both / found, both / planted)
}

/// Planted disagreements that were found, those that were missed, and what was found but not planted.
pub fn disagreements(
    expected: &Expected,
    stories: &[Story],
    groups: &[Group],
) -> (Vec<String>, Vec<String>, Vec<String>) {
    let found: Vec<Conflict> =
        groups.iter().flat_map(|group| conflicts(stories, &sort_out(stories, group).sources)).collect();
    let is_planted = |conflict: &Conflict, planted: &Planted| {
        let hits = planted.figures.iter().filter(|figure| {
            let name = figure.article.trim_end_matches(".md");
            let value = value(&figure.figure);
            let same =
                |f: &kabar::model::briefing::Figure| f.cite.article == name && (f.value - value).abs() < 1e-6 * value;
            is_of_kind(&conflict.what, &planted.what) && conflict.figures.iter().any(same)
        });
        let mut values: Vec<&str> = hits.map(|figure| figure.figure.as_str()).collect();
        values.sort_unstable();
        values.dedup();
        values.len() > 1
    };
    let label = |planted: &Planted| format!("{}: {}", planted.event, planted.what);
    let (hit, missed): (Vec<_>, Vec<_>) =
        expected.conflict.iter().partition(|planted| found.iter().any(|conflict| is_planted(conflict, planted)));
    let wrong = found.iter().filter(|conflict| !expected.conflict.iter().any(|planted| is_planted(conflict, planted)));
    let wrong = wrong.map(|conflict| {
        let says: Vec<String> = conflict.figures.iter().map(|f| format!("{} ({})", f.shown, f.cite)).collect();
        format!("{}: {}", conflict.what, says.join(", "))
    });
    (hit.into_iter().map(label).collect(), missed.into_iter().map(label).collect(), wrong.collect())
}

/// Whether a kind of figure is what was planted, by the first word that both share.
fn is_of_kind(kind: &str, planted: &str) -> bool {
    let same = |kind: &str| planted.split([' ', '-', '(']).any(|word| word.len() > 3 && kind.contains(&word[..4]));
    same(kind) || (kind.contains("exchange rate") && planted.contains("rupiah per dollar"))
}

/// `2,1 triliun` as a number.
fn value(text: &str) -> f64 {
    let (digits, scale) = text.split_once(' ').unwrap_or((text, ""));
    let scale = match scale {
        "juta" => 1e6,
        "miliar" => 1e9,
        "triliun" => 1e12,
        _ => 1.0,
    };
    digits.replace('.', "").replace(',', ".").parse::<f64>().unwrap() * scale
}
