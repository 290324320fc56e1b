//! Rule `refusal`: a model's refusal or apology must never be stored as a translation.
//!
//! Place in the data way: before all other rules; a refused segment goes to the next backend.
//! It must never take an article's own words for a refusal: the phrases speak as a model about its task.

use std::sync::LazyLock;

use regex::Regex;

use crate::model::finding::Finding;

use super::words::Pair;

pub(super) const NAME: &str = "refusal";

/// Openings of refusals. All speak of translating, assisting or the request, in the first person or about "the content".
static REFUSAL: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"(?ix)^\W*(
            (i['’]m|i\ am)\ (sorry|unable|not\ able|afraid)\b.{0,80}\b(can['’]?t|cannot|unable|not\ able)?.{0,40}\b(assist|help|translat|provide|fulfil|comply|content|request)
          | (sorry|apologies|unfortunately),?\ (but\ )?i\ (can['’]?t|cannot|am\ unable|am\ not\ able)
          | i\ (can['’]?t|cannot|won['’]?t)\ (assist|help|translate|provide|fulfil|comply|process|continue)
          | as\ an?\ (ai|artificial\ intelligence|large\ language|language)\ (language\ )?model
          | (this|the)\ (content|text|request|prompt)\ (violates|may\ violate|was\ (flagged|blocked|filtered)|cannot\ be\ (translated|processed))
        )",
    )
    .ok()
});

pub(super) fn check(pair: &Pair<'_>) -> Vec<Finding> {
    let refused = REFUSAL.as_ref().is_some_and(|refusal| refusal.is_match(pair.en) && !refusal.is_match(pair.id));
    if refused {
        vec![Finding::error(NAME, "The answer refuses the work instead of translating the segment.")]
    } else {
        Vec::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_are_found() {
        assert!(REFUSAL.is_some());
        for text in [
            "I'm sorry, but I can't assist with that request.",
            "I cannot translate this content.",
            "As an AI language model, I must not describe violence.",
            "This content was flagged by the content management policy.",
            "Sorry, I am unable to help.",
        ] {
            assert_eq!(check(&Pair::new("Pelaku membunuh korban.", text)).len(), 1, "{text}");
        }
    }

    #[test]
    fn people_who_are_sorry_in_the_news_are_not_refusals() {
        for text in [
            "\"I'm sorry for the families of the victims,\" the minister said.",
            "\"I cannot accept this verdict,\" said the lawyer.",
            "I am afraid of heights, she said.",
        ] {
            assert_eq!(check(&Pair::new("Ia meminta maaf.", text)), [], "{text}");
        }
    }
}
