//! The article record: what `<name>.json` holds, one per article.
//!
//! Place in the data way: `assemble` makes it, `write` stores it, `brief` and `check` read it.
//! It must never hold a clock or anything that differs between two runs over the same inputs.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::article::{ParagraphKind, Source, Span};
use super::finding::Finding;
use super::request::Term;

/// The record's schema name.
pub const ARTICLE_SCHEMA: &str = "kabar/article/1";

/// The tier of an article of which title and first paragraph alone are translated; also the name of that rung.
pub const HEADLINE: &str = "headline";
/// `skipped` of the paragraphs of such an article that are not translated yet.
pub const HEADLINE_SKIPPED: &str = "headline only: there was no money or time for more yet";

/// One article in both languages.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct ArticleRecord {
    /// `kabar/article/1`.
    pub schema: String,
    /// Where it came from.
    pub source: Source,
    /// Its languages.
    pub lang: Languages,
    /// The headline in both languages; `null` where the article has none.
    pub title: Bilingual,
    /// The article in a few sentences.
    pub summary: ArticleSummary,
    /// Its sections in reading order.
    pub sections: Vec<SectionRecord>,
    /// What made it.
    pub provenance: Provenance,
}

/// Source and target language, ISO 639-1.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Languages {
    /// The article's language.
    pub source: String,
    /// The translation's language.
    pub target: String,
}

/// A text in both languages.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Bilingual {
    /// Indonesian.
    pub id: Option<String>,
    /// English; `null` where it is not translated.
    pub en: Option<String>,
    /// Who translated it, where a backend did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub backend: Option<String>,
    /// What the checks noticed in a title; a heading's findings stand at its paragraph.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<Finding>,
}

/// How a summary was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum SummaryMethod {
    /// Written by a language model.
    Abstractive,
    /// Sentences of the translation, unchanged.
    Extractive,
}

/// The article's summary.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct ArticleSummary {
    /// A few sentences of English.
    pub en: String,
    /// Its points.
    pub points: Vec<String>,
    /// How it was made.
    pub method: SummaryMethod,
    /// Who made it; absent for an extractive one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub backend: Option<String>,
    /// What the checks noticed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<Finding>,
}

/// One section.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct SectionRecord {
    /// 1-based number.
    pub n: u32,
    /// The heading; it is also the first paragraph.
    pub heading: Option<Bilingual>,
    /// The section's summary; empty where it holds no story text.
    pub summary: EnglishText,
    /// Its paragraphs.
    pub paragraphs: Vec<ParagraphRecord>,
}

/// A text in English.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct EnglishText {
    /// English.
    pub en: String,
}

/// One paragraph, English beside Indonesian.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct ParagraphRecord {
    /// 1-based number, running through the whole article.
    pub n: u32,
    /// What it is.
    pub kind: ParagraphKind,
    /// Byte range in the decoded source text.
    pub span: Span,
    /// Indonesian.
    pub id: String,
    /// English; `null` where there is none, and then `skipped` or a finding says why.
    pub en: Option<String>,
    /// Why it was not sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub skipped: Option<String>,
    /// Who translated it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub backend: Option<String>,
    /// Acronyms that the article's English mentions here for the first time without spelling them out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub terms: Vec<Term>,
    /// What the checks noticed.
    pub findings: Vec<Finding>,
}

/// What made a record.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Provenance {
    /// Kabar's version.
    pub kabar: String,
    /// The backends that gave some of its text, by name.
    pub backends: Vec<BackendRef>,
    /// The prompts that were sent, by name.
    pub prompts: Vec<PromptRef>,
    /// The last backend, in order of failover, that translated some of it: how far down the ladder it had to go; or
    /// `headline`, where only title and first paragraph are translated. Absent where nothing was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tier: Option<String>,
}

/// A backend that gave some of a record's text.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema)]
pub struct BackendRef {
    /// Its name in the configuration.
    pub name: String,
    /// Its dialect.
    pub dialect: String,
    /// Its model, where it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// Whether its text is a draft (the offline engine).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub draft: bool,
}

/// A prompt by name and content.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema)]
pub struct PromptRef {
    /// Its name, such as `translate`.
    pub name: String,
    /// The first 16 hex digits of its template's SHA-256.
    pub hash: String,
}

impl ParagraphRecord {
    /// Whether it can be told as it is: no check calls its English wrong. Without any, it is told in Indonesian.
    pub fn is_good(&self) -> bool {
        self.en.is_none() || !self.findings.iter().any(Finding::is_error)
    }

    /// The English for people: its acronyms spelled out in square brackets, the sign that an editor added them.
    pub fn english(&self) -> Option<Cow<'_, str>> {
        let mut text = Cow::from(self.en.as_deref()?);
        for term in &self.terms {
            if let Some(at) = end_of_word(&text, &term.id) {
                text.to_mut().insert_str(at, &format!(" [{}]", term.en));
            }
        }
        Some(text)
    }
}

/// Where the first occurrence of a word, as a word of its own, ends. In `KPK's` and `KPK-led` it does not end at the `K`.
fn end_of_word(text: &str, word: &str) -> Option<usize> {
    let is_inside = |c: char| c.is_alphanumeric() || matches!(c, '-' | '\'' | '’');
    let is_whole = |at: &usize| {
        let (before, after) = (text.get(..*at), text.get(at + word.len()..));
        !before.is_some_and(|before| before.ends_with(is_inside))
            && !after.is_some_and(|after| after.starts_with(is_inside))
    };
    text.match_indices(word).map(|(at, _)| at).find(is_whole).map(|at| at + word.len())
}

impl ArticleRecord {
    /// All paragraphs, in order.
    pub fn paragraphs(&self) -> impl Iterator<Item = &ParagraphRecord> {
        self.sections.iter().flat_map(|section| &section.paragraphs)
    }

    /// All findings, with the paragraph that each belongs to (`None`: the summary, 0: the title).
    pub fn findings(&self) -> impl Iterator<Item = (Option<u32>, &Finding)> {
        let title = self.title.findings.iter().map(|finding| (Some(0), finding));
        let own = self.paragraphs().flat_map(|p| p.findings.iter().map(move |finding| (Some(p.n), finding)));
        self.summary.findings.iter().map(|finding| (None, finding)).chain(title).chain(own)
    }

    /// Whether some of its English is a draft.
    pub fn is_draft(&self) -> bool {
        self.provenance.backends.iter().any(|backend| backend.draft)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn acronyms_are_spelled_out_for_people_where_they_stand_alone() {
        let paragraph = |en: &str| ParagraphRecord {
            n: 1,
            kind: ParagraphKind::Text,
            span: Span(0, 1),
            id: String::new(),
            en: Some(en.into()),
            skipped: None,
            backend: None,
            terms: vec![Term { id: "KPK".into(), en: "Corruption Eradication Commission".into() }],
            findings: Vec::new(),
        };
        for (en, shown) in [
            ("The KPK's men and the KPK, too.", "The KPK's men and the KPK [Corruption Eradication Commission], too."),
            ("“KPK-led” raids.", "“KPK-led” raids."),
        ] {
            assert_eq!(paragraph(en).english().as_deref(), Some(shown));
        }
    }
}
