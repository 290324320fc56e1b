//! What is wrong with the configuration, where, and what to do.
//!
//! Place in the data way: before it; a configuration error ends a run before anything is sent.
//! It must never show the value of a key.

use super::origin::Place;

/// A configuration error. Nothing was sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {problem}")]
pub struct ConfigError {
    /// Where the fault lies.
    pub place: Place,
    /// What is wrong and what to do.
    pub problem: String,
}

impl ConfigError {
    /// An error at a place.
    pub fn new(place: Place, problem: impl Into<String>) -> Self {
        Self { place, problem: problem.into() }
    }
}

/// Says what serde found, in the words of this house: unknown keys get the nearest known one.
pub(super) fn plain(message: &str) -> String {
    let message = message.trim();
    let names: Vec<&str> = message.split('`').skip(1).step_by(2).collect();
    match names.split_first() {
        Some((unknown, known)) if message.starts_with("unknown field") => match nearest(unknown, known) {
            Some(near) => format!("unknown key \"{unknown}\"; did you mean \"{near}\"?"),
            None => format!("unknown key \"{unknown}\"; known here: {}", known.join(", ")),
        },
        Some((unknown, known)) if message.starts_with("unknown variant") => {
            format!("\"{unknown}\" is not known here; write one of: {}", known.join(", "))
        }
        _ => {
            let line = message.lines().next().unwrap_or_default();
            let found = line.strip_prefix("invalid type: ").or_else(|| line.strip_prefix("invalid value: "));
            match found.and_then(|found| found.split_once(", expected ")) {
                Some((found, expected)) => format!("expected {}, found {found}", in_words(expected)),
                None => line.to_owned(),
            }
        }
    }
}

/// What a type of Rust is called by people.
fn in_words(expected: &str) -> &str {
    match expected {
        "u8" | "u16" | "u32" | "u64" | "usize" => "a whole number, zero or more",
        "i64" | "i32" => "a whole number",
        "f64" | "f32" => "a number",
        "a sequence" => "a list such as [\"a\", \"b\"]",
        "a string" => "a text in quotes",
        "a boolean" => "true or false",
        "struct Price" => "a table such as { input = 0.15, output = 0.60 }",
        other if other.starts_with("struct ") => "a table with keys and values",
        other => other,
    }
}

/// The known name that is at most a third of its letters away.
pub(super) fn nearest<'a>(name: &str, known: &[&'a str]) -> Option<&'a str> {
    let name = name.to_lowercase();
    let near = |other: &&str| strsim::damerau_levenshtein(&name, other);
    known.iter().copied().filter(|other| near(other) * 3 <= other.len().max(3)).min_by_key(near)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_key_names_the_nearest_known_one() {
        assert_eq!(
            plain("unknown field `timout`, expected one of `dialect`, `timeout`"),
            "unknown key \"timout\"; did you mean \"timeout\"?"
        );
        assert_eq!(
            plain("unknown field `zebra`, expected `backend` or `words`"),
            "unknown key \"zebra\"; known here: backend, words"
        );
    }
}
