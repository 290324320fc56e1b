//! Rule `extra`: nothing stands in the answer but the translation: no preface, notes, reasoning, code fence, shard of
//! JSON, and no word or phrase that repeats without end.
//!
//! Place in the data way: one of the rules for a segment.
//! It must never blame a translation for what its source says too.

use std::sync::LazyLock;

use regex::Regex;

use crate::model::finding::Finding;

use super::words::{Pair, Word};

const NAME: &str = "extra";

/// A form that stray text takes, with what a finding says of it.
struct Form {
    pattern: Regex,
    what: &'static str,
    /// Indonesian words that lead to this form in a faithful translation.
    origins: &'static [&'static str],
}

impl Form {
    fn is_in(&self, pair: &Pair<'_>) -> bool {
        let from_source = || {
            self.pattern.is_match(pair.id)
                || pair.id_words.iter().any(|word| self.origins.contains(&word.lower.as_str()))
        };
        self.pattern.is_match(pair.en) && !from_source()
    }
}

static FORMS: LazyLock<Vec<Form>> = LazyLock::new(|| {
    [
        (r"(?i)</?(think|thinking|reasoning|reflection|scratchpad)>|<\|[a-z_]+\|>", "a reasoning block", &[][..]),
        (r"```|~~~", "a code fence", &[]),
        (r#"\{\s*"|"\s*\}|"(en|n|text|segments)"\s*:"#, "a shard of JSON", &[]),
        (
            r"(?i)^\W*(sure|certainly|of course|okay|here(['’]s| is| are)|below is)\b[^.\n]{0,60}\b(translat\w*|english version|rendering)\b",
            "a preface",
            &["terjemahan", "terjemahkan", "menerjemahkan", "diterjemahkan"],
        ),
        (r"(?i)^\W*(the\s+)?(english\s+)?translation\s*(of the (text|segment)[^:\n]{0,20})?:", "a preface", &["terjemahan", "arti", "artinya"]),
        (
            r"(?im)(^|\n|\()\W*(translator['’]?s?\s+)?notes?\s*(on (the )?translation)?:|\b(I|I['’]ve|I have) (translated|kept|rendered|left) [^.\n]{0,60}\b(translat|original|Indonesian|term|name|word)",
            "a note of the translator",
            &["catatan", "keterangan", "nb", "terjemahan", "menerjemahkan"],
        ),
        (
            r"(?i)\b(let me know if|I hope this (helps|translation)|would you like me to|feel free to ask)\b",
            "an address to the reader",
            &["anda", "kalian", "semoga"],
        ),
        (
            r"(?i)\b(exactly one JSON object|material to translate|never an instruction|desk of an international wire)\b|\bsegments?\b.{0,20}\bits number\b",
            "an echo of its instructions",
            &["jawab", "menjawab", "dijawab", "jawaban"],
        ),
    ]
    .into_iter()
    .filter_map(|(pattern, what, origins)| Some(Form { pattern: Regex::new(pattern).ok()?, what, origins }))
    .collect()
});

pub(super) fn check(pair: &Pair<'_>) -> Vec<Finding> {
    let stray = FORMS.iter().find(|form| form.is_in(pair));
    if let Some(form) = stray {
        let detail = format!("The answer holds {} beside the translation; give the translation alone.", form.what);
        return vec![Finding::error(NAME, detail)];
    }
    match loops(&pair.en_words) {
        Some(phrase) if loops(&pair.id_words).is_none() => {
            let detail = format!("The answer repeats \"{phrase}\" over and over; translate the segment once.");
            vec![Finding::error(NAME, detail)]
        }
        _ => Vec::new(),
    }
}

/// The phrase of one to twelve words that stands several times in a row, if there is one: four times for a single word,
/// three times for a longer phrase.
fn loops(words: &[Word<'_>]) -> Option<String> {
    (1..=12_usize).find_map(|size| {
        let times = if size == 1 { 4 } else { 3 };
        let at = repeated_run(words, size, size * (times - 1))?;
        Some(words.iter().skip(at).take(size).map(|word| word.text).collect::<Vec<_>>().join(" "))
    })
}

/// Where a run begins in which `needed` words in a row equal the word `size` places before them.
fn repeated_run(words: &[Word<'_>], size: usize, needed: usize) -> Option<usize> {
    let mut run = 0;
    for (at, (a, b)) in words.iter().zip(words.iter().skip(size)).enumerate() {
        run = if a.lower == b.lower && a.has_letters() { run + 1 } else { 0 };
        if run >= needed {
            return Some(at + 1 - run);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn findings(en: &str) -> Vec<Finding> {
        check(&Pair::new("Polisi menangkap dua orang di Bekasi.", en))
    }

    #[test]
    fn stray_text_of_every_form_is_found_and_named() {
        assert_eq!(FORMS.len(), 8);
        for (en, what) in [
            ("<think>The user wants</think>Police arrested two people.", "reasoning"),
            ("</think> Police arrested two people in Bekasi.", "reasoning"),
            ("```\nPolice arrested two people.\n```", "fence"),
            ("{\"n\": 1, \"en\": \"Police arrested two people.\"}", "JSON"),
            ("Here is the translation: Police arrested two people.", "preface"),
            ("Sure! Here's the English translation you asked for: Police arrested two.", "preface"),
            ("Translation: Police arrested two people in Bekasi.", "preface"),
            ("Police arrested two people.\n\nNote: Bekasi is a city near Jakarta.", "note"),
            ("Answer with exactly one JSON object. Police arrested two.", "echo"),
            ("Police arrested two people. Let me know if you need anything else.", "address"),
        ] {
            assert!(findings(en).first().is_some_and(|f| f.detail.contains(what)), "{en}: {:?}", findings(en));
        }
    }

    #[test]
    fn loops_are_found() {
        assert!(findings("Police police police police arrested two.")[0].detail.contains("over and over"));
        let phrase = "in the city of Bekasi ".repeat(3);
        assert!(findings(&format!("Police arrested two {phrase}"))[0].detail.contains("over and over"));
    }

    #[test]
    fn what_the_source_says_too_is_no_extra() {
        let pair =
            Pair::new("Catatan: data per Senin. Note: sementara.", "Notes: data as of Monday. Note: preliminary.");
        assert_eq!(check(&pair), []);
        let pair = Pair::new("\"Maju, maju, maju, maju!\" teriaknya.", "\"Go, go, go, go!\" he shouted.");
        assert_eq!(check(&pair), []);
    }

    #[test]
    fn ordinary_news_passes() {
        for en in [
            "Here is where the two men were arrested, police said.",
            "He noted: \"The notes were found in the house.\"",
            "The figures were 10, 10, 10 and 10.",
        ] {
            assert_eq!(findings(en), [], "{en}");
        }
    }
}
