//! Rule `refusal`: a model's refusal or apology must never be stored as a translation.
//!
//! Place in the data way: before all other rules; a refused segment goes to the next backend.
//! It must never take an article's own words for a refusal: the phrases speak as a model about its task.

use std::sync::LazyLock;

use regex::Regex;

use crate::model::finding::Finding;
use crate::model::pattern::pattern;

use super::words::Pair;

pub(super) const NAME: &str = "refusal";

/// Openings of refusals. All speak of translating, assisting or the request, in the first person or about "the content".
static REFUSAL: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?ix)^\W*(
            (i['’]m|i\ am)\ (sorry|unable|not\ able|afraid)\b.{0,80}\b(can['’]?t|cannot|unable|not\ able)?.{0,40}\b(assist|help|translat|provide|fulfil|comply|content|request)
          | (sorry|apologies|unfortunately),?\ (but\ )?i\ (can['’]?t|cannot|am\ unable|am\ not\ able)
          | i\ (can['’]?t|cannot|won['’]?t)\ (assist|help|translate|provide|fulfil|comply|process|continue)
          | as\ an?\ (ai|artificial\ intelligence|large\ language|language)\ (language\ )?model
          | (this|the)\ (content|text|request|prompt)\ (violates|may\ violate|was\ (flagged|blocked|filtered)|cannot\ be\ (translated|processed))
        )",
    )
});

/// How a source opens whose faithful English opens like a refusal: people, too, cannot help or continue.
static ORIGIN: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?ix)^\W*(
            maaf\b | mohon\ maaf\b | sayangnya\b
          | (saya|kami|aku|kita)\b.{0,40}\b(tidak|tak|nggak|enggak|gak)\ (bisa|dapat|akan|mampu|mungkin|sanggup)\b
          | ((pesan|isi)\ )?(konten|teks|permintaan)\b
        )",
    )
});

/// What only a model says of its task, whatever the source says; of translating, unless the source speaks of it too.
static ABSOLUTE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?ix)^\W*as\ an?\ (ai|artificial\ intelligence|large\ language|language)\ (language\ )?model
          | \bassist\ with\ (that|this)\b | \bwith\ (that|this|your)\ (request|content|text)\b",
    )
});

pub(super) fn check(pair: &Pair<'_>) -> Vec<Finding> {
    let fits = |form: &Regex, text| form.is_match(text);
    let of_translating = pair.en.to_lowercase().contains("translat") && !pair.id.to_lowercase().contains("terjemah");
    let is_honest =
        || fits(&REFUSAL, pair.id) || fits(&ORIGIN, pair.id) && !of_translating && !fits(&ABSOLUTE, pair.en);
    if fits(&REFUSAL, pair.en) && !is_honest() {
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
    fn people_who_refuse_in_the_news_are_not_refusals() {
        for (id, en) in [
            ("\"Saya tidak bisa melanjutkan pertandingan,\" ujarnya.", "\"I can't continue the match,\" he said."),
            ("\"Maaf, saya tidak bisa membantu,\" kata Budi.", "\"I'm sorry, I can't help you,\" Budi said."),
            ("\"Sayangnya, saya tidak bisa hadir,\" katanya.", "\"Unfortunately, I can't attend,\" he said."),
            ("Konten tersebut melanggar UU ITE.", "The content violates the ITE Law."),
            ("Permintaan itu diblokir oleh sistem bank.", "The request was blocked by the bank's system."),
        ] {
            assert_eq!(check(&Pair::new(id, en)), [], "{en}");
        }
    }

    #[test]
    fn a_model_that_speaks_of_its_task_refuses_whatever_the_source_says() {
        for en in [
            "As an AI language model, I can't help.",
            "I'm sorry, but I can't assist with that request.",
            "I'm sorry, I can't translate this.",
        ] {
            assert_eq!(check(&Pair::new("\"Maaf, saya tidak bisa membantu,\" kata Budi.", en)).len(), 1, "{en}");
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
