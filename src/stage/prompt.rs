//! Renders the system prompts for language models: embedded at build, replaceable by files of the same name.
//!
//! Place in the data way: `work` renders one before each request; its hash is part of every key and of the record.
//! It must never see article text: that travels in the request's payload alone.

use std::path::Path;

use minijinja::value::Serde;
use minijinja::{Environment, UndefinedBehavior};
use serde::Serialize;

use crate::model::key::sha256_hex;
use crate::model::record::PromptRef;

/// Which prompt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PromptKind {
    /// Translate segments.
    Translate,
    /// Summarise an article.
    Summarise,
    /// Translate again and mend what a check found.
    Repair,
    /// Condense many articles.
    Brief,
}

impl PromptKind {
    /// All of them, in the order of [`Prompts`]' own list.
    pub const ALL: [Self; 4] = [Self::Translate, Self::Summarise, Self::Repair, Self::Brief];

    /// Its name, which is also its file name without `.md`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Translate => "translate",
            Self::Summarise => "summarise",
            Self::Repair => "repair",
            Self::Brief => "brief",
        }
    }

    fn embedded(self) -> &'static str {
        match self {
            Self::Translate => include_str!("../../prompts/translate.md"),
            Self::Summarise => include_str!("../../prompts/summarise.md"),
            Self::Repair => include_str!("../../prompts/repair.md"),
            Self::Brief => include_str!("../../prompts/brief.md"),
        }
    }
}

/// The variables that every prompt may use. Any other name in a template is an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct PromptVars {
    /// English name of the articles' language.
    pub source: &'static str,
    /// English name of the language to write in.
    pub target: &'static str,
    /// How long a summary or a briefing item should be, in words.
    pub words: u32,
}

impl PromptVars {
    /// Indonesian into English, with summaries of about `words` words.
    pub fn new(words: u32) -> Self {
        Self { source: "Indonesian", target: "English", words }
    }
}

/// What is wrong with a prompt.
#[derive(Debug, thiserror::Error)]
pub enum PromptError {
    /// The folder or a file in it cannot be read.
    #[error("read the prompt {path}: {source}")]
    Unreadable {
        /// The file.
        path: String,
        /// Why.
        source: std::io::Error,
    },
    /// The template is not valid, or uses a variable that does not exist.
    #[error("render the prompt {file}, line {line}: {reason} (the variables are source, target and words)")]
    Template {
        /// The file, or `built-in NAME.md`.
        file: String,
        /// 1-based line.
        line: usize,
        /// What is wrong.
        reason: String,
    },
}

/// All prompts of a run.
#[derive(Debug, Clone)]
pub struct Prompts {
    templates: Environment<'static>,
    entries: [Entry; 4],
}

/// Where a prompt came from and the identity of its content.
#[derive(Debug, Clone)]
struct Entry {
    kind: PromptKind,
    file: String,
    hash: String,
}

impl Prompts {
    /// The prompts that are part of the program.
    #[expect(clippy::missing_panics_doc, reason = "it cannot: a test renders the embedded prompts")]
    pub fn builtin() -> Self {
        #[expect(clippy::expect_used, reason = "the embedded prompts are rendered by a test")]
        Self::load(|kind| Ok((format!("built-in {}.md", kind.name()), kind.embedded().to_owned())))
            .expect("the embedded prompts are valid")
    }

    /// The prompts in `dir`; the built-in ones stand in for files that are not there.
    ///
    /// # Errors
    /// When the folder or a file cannot be read, or a template is wrong: all of them are tried at once.
    pub fn with_dir(dir: &Path) -> Result<Self, PromptError> {
        std::fs::read_dir(dir).map_err(|source| unreadable(dir, source))?;
        Self::load(|kind| {
            let path = dir.join(format!("{}.md", kind.name()));
            match std::fs::read_to_string(&path) {
                Ok(text) => Ok((path.display().to_string(), text)),
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                    Ok((format!("built-in {}.md", kind.name()), kind.embedded().to_owned()))
                }
                Err(error) => Err(unreadable(&path, error)),
            }
        })
    }

    fn load(source_of: impl Fn(PromptKind) -> Result<(String, String), PromptError>) -> Result<Self, PromptError> {
        let mut templates = Environment::new();
        templates.set_undefined_behavior(UndefinedBehavior::Strict);
        let mut add = |kind: PromptKind| {
            let (file, text) = source_of(kind)?;
            let hash = sha256_hex(text.as_bytes()).chars().take(16).collect();
            templates.add_template_owned(kind.name(), text).map_err(|error| template_error(&file, &error))?;
            Ok(Entry { kind, file, hash })
        };
        let [translate, summarise, repair, brief] = PromptKind::ALL;
        let entries = [add(translate)?, add(summarise)?, add(repair)?, add(brief)?];
        let prompts = Self { templates, entries };
        for kind in PromptKind::ALL {
            prompts.render(kind, &PromptVars::new(60))?;
        }
        Ok(prompts)
    }

    /// Renders a prompt with `vars` (as a rule [`PromptVars`]).
    ///
    /// # Errors
    /// When the template uses a variable that `vars` lacks; the error names file and line.
    pub fn render(&self, kind: PromptKind, vars: &impl Serialize) -> Result<String, PromptError> {
        let rendered = self.templates.get_template(kind.name()).and_then(|template| template.render(Serde(vars)));
        rendered.map_err(|error| template_error(&self.entry(kind).file, &error))
    }

    /// The first 16 hex digits of the SHA-256 of the template.
    pub fn hash(&self, kind: PromptKind) -> &str {
        &self.entry(kind).hash
    }

    /// Name and hash, as a record's provenance holds them.
    pub fn reference(&self, kind: PromptKind) -> PromptRef {
        PromptRef { name: kind.name().to_owned(), hash: self.hash(kind).to_owned() }
    }

    fn entry(&self, kind: PromptKind) -> &Entry {
        let [first, rest @ ..] = &self.entries;
        rest.iter().find(|entry| entry.kind == kind).unwrap_or(first)
    }
}

fn unreadable(path: &Path, source: std::io::Error) -> PromptError {
    PromptError::Unreadable { path: path.display().to_string(), source }
}

fn template_error(file: &str, error: &minijinja::Error) -> PromptError {
    let reason =
        error.detail().map_or_else(|| error.kind().to_string(), |detail| format!("{}: {detail}", error.kind()));
    PromptError::Template { file: file.to_owned(), line: error.line().unwrap_or(1), reason }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_built_in_prompt_renders_and_names_both_languages() {
        let prompts = Prompts::builtin();
        for kind in PromptKind::ALL {
            let text = prompts.render(kind, &PromptVars::new(45)).unwrap();
            assert!(text.contains("English"), "{}", kind.name());
            assert!(text.contains("never an instruction"), "{}", kind.name());
            assert!(!text.contains("{{"), "{}", kind.name());
        }
    }

    #[test]
    fn a_hash_is_sixteen_hex_digits_and_differs_by_prompt() {
        let prompts = Prompts::builtin();
        let hashes: std::collections::BTreeSet<_> = PromptKind::ALL.map(|kind| prompts.hash(kind).to_owned()).into();
        assert_eq!(hashes.len(), 4);
        assert!(hashes.iter().all(|h| h.len() == 16 && h.chars().all(|c| c.is_ascii_hexdigit())));
        assert_eq!(prompts.reference(PromptKind::Repair).hash, prompts.hash(PromptKind::Repair));
    }

    #[test]
    fn a_file_replaces_its_prompt_and_the_others_stay() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("summarise.md"), "Write {{ words }} words in {{ target }}.").unwrap();
        let prompts = Prompts::with_dir(dir.path()).unwrap();
        assert_eq!(prompts.render(PromptKind::Summarise, &PromptVars::new(30)).unwrap(), "Write 30 words in English.");
        assert_ne!(prompts.hash(PromptKind::Summarise), Prompts::builtin().hash(PromptKind::Summarise));
        assert_eq!(prompts.hash(PromptKind::Translate), Prompts::builtin().hash(PromptKind::Translate));
    }

    #[test]
    fn an_unknown_variable_is_an_error_that_names_file_and_line() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("brief.md"), "One\nTwo {{ target }}\nThree {{ targte }}\n").unwrap();
        let message = Prompts::with_dir(dir.path()).unwrap_err().to_string();
        assert!(message.contains("brief.md, line 3"), "{message}");
    }

    #[test]
    fn broken_syntax_is_an_error_that_names_file_and_line() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("repair.md"), "One\n{% if %}\n").unwrap();
        let message = Prompts::with_dir(dir.path()).unwrap_err().to_string();
        assert!(message.contains("repair.md, line 2"), "{message}");
    }

    #[test]
    fn a_prompt_that_is_not_utf8_or_a_folder_that_is_missing_is_an_error_that_names_it() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("translate.md"), [0xff, 0xfe, 0x00]).unwrap();
        assert!(Prompts::with_dir(dir.path()).unwrap_err().to_string().contains("translate.md"));
        let missing = dir.path().join("nowhere");
        assert!(Prompts::with_dir(&missing).unwrap_err().to_string().contains("nowhere"));
    }
}
