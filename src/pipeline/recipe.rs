//! What decides a translation besides the text: backends, prompts, limits. All keys are made here.
//!
//! Place in the data way: `plan` keys articles and units by it, `work` keys segments in the translation memory.
//! It must never let a title, a neighbour or a backend's name into a key: they do not change what a segment means.

use crate::model::backend::{Limits, Profile};
use crate::model::key::Key;
use crate::model::request::Term;
use crate::model::unit::{SectionText, Work};
use crate::stage::check::glossary;
use crate::stage::prompt::{PromptKind, Prompts};

/// Raise when reading, cleaning or sectioning change what they make of the same input.
const PLAN_VERSION: &str = "plan/2";

/// Everything besides the input that decides an article's units.
#[derive(Debug, Clone)]
pub struct Recipe {
    /// Source language, ISO 639-1.
    pub source: String,
    /// Target language, ISO 639-1.
    pub target: String,
    /// The backend that units are packed and keyed for: the first of the chain.
    pub translator: Profile,
    /// The backend that writes summaries; `None` where they are extractive.
    pub summariser: Option<Profile>,
    /// Words of an article summary.
    pub words: u32,
    /// Whether furniture is translated too.
    pub keep_boilerplate: bool,
    /// Hash of the furniture rules and of the names of fields: how an input is read.
    pub reading: String,
    /// Prompt hashes, in the order translate, summarise.
    prompts: [String; 2],
}

impl Recipe {
    /// Puts a recipe together.
    pub fn new(translator: Profile, summariser: Option<Profile>, prompts: &Prompts) -> Self {
        Self {
            source: "id".into(),
            target: "en".into(),
            translator,
            summariser,
            words: 60,
            keep_boilerplate: false,
            reading: String::new(),
            prompts: [PromptKind::Translate, PromptKind::Summarise].map(|kind| prompts.hash(kind).to_owned()),
        }
    }

    /// Key of the whole plan: while it and the input stay the same, an article need not be planned again.
    pub fn plan_key(&self) -> Key {
        let limits = limits_text(&self.translator.limits);
        let summary = self.summariser.as_ref().map(|profile| self.summary_key(profile, "", &[])).map(|key| key.hex());
        Key::of([
            PLAN_VERSION,
            &self.segment_key(&self.translator, "").hex(),
            summary.as_deref().unwrap_or("extractive"),
            &limits,
            if self.keep_boilerplate { "keep" } else { "skip" },
            &self.reading,
        ])
    }

    /// Key of a unit: what is sent to the first backend of the chain.
    pub fn unit_key(&self, title: Option<&str>, work: &Work) -> Key {
        match work {
            Work::Translate { segments, .. } => {
                let parts: Vec<String> =
                    segments.iter().map(|segment| self.segment_key(&self.translator, &segment.text).hex()).collect();
                Key::of(std::iter::once("unit/1").chain(parts.iter().map(String::as_str)))
            }
            Work::Summarise { sections } => {
                let profile = self.summariser.as_ref().unwrap_or(&self.translator);
                self.summary_key(profile, title.unwrap_or_default(), sections)
            }
        }
    }

    /// Key of a segment in the translation memory, as this backend is asked.
    pub fn segment_key(&self, profile: &Profile, text: &str) -> Key {
        let [identity, model, parameters] = identity(profile);
        let prompt = if profile.abilities.prompts { self.prompts[0].as_str() } else { "" };
        let head = ["segment/1", identity, model, parameters, prompt, &self.source, &self.target, text];
        let terms = terms(profile, text);
        Key::of(head.into_iter().chain(terms.iter().flat_map(|term| [term.id.as_str(), term.en.as_str()])))
    }

    /// Key of a text as translators give it: whatever backend is asked, and however its words are spaced.
    pub fn human_key(&self, text: &str) -> Key {
        let words: Vec<&str> = text.split_whitespace().collect();
        Key::of(["human/1", &self.source, &self.target, &words.join(" ")])
    }

    /// Key of a summary, as this backend is asked.
    pub fn summary_key(&self, profile: &Profile, title: &str, sections: &[SectionText]) -> Key {
        let [identity, model, parameters] = identity(profile);
        let words = self.words.to_string();
        let head =
            ["summary/1", identity, model, parameters, self.prompts[1].as_str(), &self.target, words.as_str(), title];
        Key::of(head.into_iter().chain(sections.iter().map(|section| section.text.as_str())))
    }
}

/// The fixed renderings that a backend is told with a text; none where it does not heed them.
pub fn terms(profile: &Profile, text: &str) -> Vec<Term> {
    if profile.abilities.glossary { glossary(text) } else { Vec::new() }
}

fn identity(profile: &Profile) -> [&str; 3] {
    [&profile.dialect, profile.model.as_deref().unwrap_or_default(), &profile.parameters]
}

fn limits_text(limits: &Limits) -> String {
    format!("{limits:?}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::backend::Abilities;

    fn profile(prompts: bool) -> Profile {
        Profile {
            name: "desk".into(),
            dialect: "openai".into(),
            model: None,
            parameters: String::new(),
            abilities: Abilities { prompts, glossary: prompts, draft: false },
            limits: Limits { segments: None, characters: None, bytes: None, tokens: None, segment_characters: 1_000 },
            price: None,
        }
    }

    #[test]
    fn renderings_are_told_to_language_models_only() {
        assert_eq!(terms(&profile(true), "KPK diam.")[0].en, "Corruption Eradication Commission (KPK)");
        assert_eq!(terms(&profile(false), "KPK diam."), []);
    }

    #[test]
    fn a_plan_changes_with_how_inputs_are_read() {
        let mut recipe = Recipe::new(profile(true), None, &Prompts::builtin());
        let before = recipe.plan_key();
        recipe.reading = "other rules".into();
        assert_ne!(recipe.plan_key(), before);
        let other_rules = recipe.plan_key();
        recipe.keep_boilerplate = true;
        assert_ne!(recipe.plan_key(), other_rules);
    }
}
