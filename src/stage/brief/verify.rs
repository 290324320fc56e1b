//! Judges statements by the paragraphs that they cite: names, figures and quotations must stand there, in the English
//! or in the Indonesian; figures of people must count the same, and what is denied must stay denied.
//!
//! Place in the data way: after `compose`, and alone as `kabar brief --verify`.
//! It must never ask a model, nor trust a citation because it looks like one.

use std::collections::HashSet;
use std::sync::LazyLock;

use crate::model::briefing::{Cite, Statement};
use crate::model::finding::Finding;

use super::denial::flipped;
use super::fates::swapped;
use super::number::{Language, number, same, values};
use super::words::{Kind, Token, tokens};

/// The texts of a cited paragraph.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cited {
    /// Indonesian.
    pub id: String,
    /// English, where it is translated.
    pub en: Option<String>,
}

impl Cited {
    fn texts(&self) -> impl Iterator<Item = &str> {
        self.en.as_deref().into_iter().chain([self.id.as_str()])
    }
}

/// Looks up cited paragraphs.
pub trait Library {
    /// The paragraph, or `None` where there is no such article or paragraph.
    fn paragraph(&self, cite: &Cite) -> Option<Cited>;

    /// Whether an article is of that outlet.
    fn has_outlet(&self, _name: &str) -> bool {
        false
    }

    /// Whether there is an article of that name.
    fn has_article(&self, _name: &str) -> bool {
        false
    }

    /// Whether an article has that title, in words that no check calls wrong.
    fn has_title(&self, _title: &str) -> bool {
        false
    }
}

/// Share of a statement's words that must stand in what it cites; less means that it cites the wrong place.
const SUPPORT: f64 = 0.3;
/// Words below which support says nothing.
const FEW: usize = 4;

/// What is wrong with a statement; nothing where its citations bear it out.
pub fn verify(statement: &Statement, library: &impl Library) -> Vec<Finding> {
    if statement.cites.is_empty() {
        return vec![Finding::error("cites", "The statement cites no paragraph.")];
    }
    let mut cited = Vec::new();
    let mut findings = Vec::new();
    for cite in &statement.cites {
        match library.paragraph(cite) {
            Some(paragraph) => cited.push(paragraph),
            None => findings.push(Finding::error("cites", format!("There is no paragraph {cite}."))),
        }
    }
    if cited.is_empty() || is_verbatim(&statement.text, &cited) {
        return findings;
    }
    findings.extend(figures(&statement.text, &cited));
    findings.extend(swapped(&statement.text, &cited));
    findings.extend(flipped(&statement.text, &cited));
    findings.extend(names(&statement.text, &cited));
    findings.extend(quotations(&statement.text, &cited));
    findings.extend(support(&statement.text, &cited));
    findings
}

/// Whether a value stands in a paragraph, in either language.
pub fn holds_value(cited: &Cited, value: f64) -> bool {
    let english = cited.en.as_deref().map(|en| values(en, Language::English)).unwrap_or_default();
    let all = english.into_iter().chain(values(&cited.id, Language::Indonesian));
    all.into_iter().any(|known| same(known.value, value))
}

/// Whether words stand in a paragraph, in either language, marks and capitals aside.
pub(super) fn holds_words(cited: &Cited, words: &str) -> bool {
    // What was left out without a word has none.
    let words = plain(words);
    words.trim().is_empty() || cited.texts().any(|text| plain(text).contains(&words))
}

/// The values in a figure as it is shown to English readers.
pub(super) fn values_en(shown: &str) -> impl Iterator<Item = f64> {
    values(shown, Language::English).into_iter().map(|value| value.value)
}

/// Whether every sentence stands in a cited paragraph as it is.
fn is_verbatim(text: &str, cited: &[Cited]) -> bool {
    let stands = |sentence: &str| cited.iter().flat_map(Cited::texts).any(|known| known.contains(sentence));
    let ranges = crate::stage::section::sentences_en(text);
    stands(text) || ranges.into_iter().filter_map(|range| text.get(range)).all(stands)
}

fn figures(text: &str, cited: &[Cited]) -> Vec<Finding> {
    let stands = |value: f64| cited.iter().any(|paragraph| holds_value(paragraph, value));
    let missing = values(text, Language::English).into_iter().filter(|value| !stands(value.value));
    missing.map(|value| Finding::error("figures", format!("{} stands in no cited paragraph.", value.text))).collect()
}

fn names(text: &str, cited: &[Cited]) -> Vec<Finding> {
    let known: HashSet<String> = cited.iter().flat_map(Cited::texts).flat_map(known_words).collect();
    let line = tokens(text);
    let mut missing: Vec<&str> = Vec::new();
    for (at, token) in line.iter().enumerate().filter(|(_, token)| token.kind == Kind::Word) {
        if is_name(&line, at)
            && number(&line, at, Language::English).is_none()
            && !parts(&token.lower).all(|part| is_known(part, &known))
            && !missing.contains(&token.text)
        {
            missing.push(token.text);
        }
    }
    missing.iter().map(|name| Finding::error("names", format!("{name} stands in no cited paragraph."))).collect()
}

/// A capitalised word; at the start of a sentence only where another follows, or where no common word is written so.
fn is_name(line: &[Token<'_>], at: usize) -> bool {
    let is_capital = |at: usize| {
        line.get(at).is_some_and(|t| t.kind == Kind::Word && t.text.starts_with(char::is_uppercase) && t.text.len() > 1)
    };
    let opens = at.checked_sub(1).and_then(|at| line.get(at)).is_none_or(Token::ends_sentence);
    let common = |at: usize| line.get(at).is_some_and(|t| OPENERS.contains(t.lower.as_str()));
    is_capital(at)
        && !common(at)
        && (!opens || is_capital(at + 1) || !line.get(at).is_some_and(|t| t.lower.ends_with("ly")))
}

/// The words of a paragraph as names may be spelled in English.
fn known_words(text: &str) -> impl Iterator<Item = String> {
    tokens(text).into_iter().flat_map(|token| {
        let english = DAYS_AND_MONTHS.iter().find(|(id, _)| *id == token.lower).map(|(_, en)| (*en).to_owned());
        let parts: Vec<String> = parts(&token.lower).map(str::to_owned).collect();
        parts.into_iter().chain(english)
    })
}

fn parts(word: &str) -> impl Iterator<Item = &str> {
    let word = word.strip_suffix("'s").or_else(|| word.strip_suffix("’s")).unwrap_or(word);
    word.split(['-', '\'', '’']).filter(|part| !part.is_empty())
}

/// Known, or known but for an ending such as that of `Indonesian`.
fn is_known(part: &str, known: &HashSet<String>) -> bool {
    let without_ending = ["s", "n", "an", "ian", "ese"].into_iter().filter_map(|ending| part.strip_suffix(ending));
    known.contains(part) || without_ending.filter(|stem| stem.len() > 3).any(|stem| known.contains(stem))
}

fn quotations(text: &str, cited: &[Cited]) -> Vec<Finding> {
    let known: Vec<String> = cited.iter().flat_map(Cited::texts).map(plain).collect();
    let missing = quoted(text).into_iter().filter(|quote| !known.iter().any(|text| text.contains(&plain(quote))));
    missing
        .map(|quote| Finding::error("quotation", format!("\"{quote}\" is no quotation of a cited paragraph.")))
        .collect()
}

/// What stands between quotation marks of any style.
fn quoted(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut open: Option<usize> = None;
    for (at, c) in text.char_indices().filter(|(_, c)| matches!(c, '"' | '“' | '”' | '„' | '«' | '»')) {
        match open.take() {
            Some(from) => found.extend(text.get(from..at).filter(|quote| !quote.trim().is_empty())),
            None => open = Some(at + c.len_utf8()),
        }
    }
    found
}

/// Letters and digits in lower case, one space between words; a space at both ends.
fn plain(text: &str) -> String {
    let words: Vec<String> = tokens(text).into_iter().filter(|t| t.kind != Kind::Mark).map(|t| t.lower).collect();
    format!(" {} ", words.join(" ").replace('’', "'"))
}

/// The beginnings of the words of a text that say what it is about.
pub(super) fn stems(text: &str) -> HashSet<String> {
    let words = tokens(text).into_iter().filter(|t| t.kind == Kind::Word && t.lower.chars().count() > 3);
    words.filter(|t| !OPENERS.contains(t.lower.as_str())).map(|t| t.lower.chars().take(5).collect()).collect()
}

fn support(text: &str, cited: &[Cited]) -> Vec<Finding> {
    if cited.iter().any(|paragraph| paragraph.en.is_none()) {
        return Vec::new();
    }
    let known: HashSet<String> = cited.iter().flat_map(Cited::texts).flat_map(stems).collect();
    let own = stems(text);
    let borne_out = own.iter().filter(|stem| known.contains(*stem)).count();
    if own.len() < FEW || share(borne_out, own.len()) >= SUPPORT {
        return Vec::new();
    }
    vec![Finding::error("support", "The cited paragraphs are about something else.")]
}

#[expect(clippy::cast_precision_loss, reason = "a statement has few words")]
fn share(part: usize, whole: usize) -> f64 {
    part as f64 / whole as f64
}

const DAYS_AND_MONTHS: &[(&str, &str)] = &[
    ("senin", "monday"),
    ("selasa", "tuesday"),
    ("rabu", "wednesday"),
    ("kamis", "thursday"),
    ("jumat", "friday"),
    ("sabtu", "saturday"),
    ("minggu", "sunday"),
    ("januari", "january"),
    ("februari", "february"),
    ("maret", "march"),
    ("mei", "may"),
    ("juni", "june"),
    ("juli", "july"),
    ("agustus", "august"),
    ("oktober", "october"),
    ("desember", "december"),
    ("presiden", "president"),
    ("menteri", "minister"),
    ("gubernur", "governor"),
    ("indonesia", "indonesian"),
];

/// English words that open a sentence without being a name, and that say nothing of what it is about.
pub(super) static OPENERS: LazyLock<HashSet<&str>> = LazyLock::new(|| {
    "a an the this that these those it its he she they we you i his her their our my who whom whose which what when where \
     why how and but or nor so yet for of to in on at by from with without within into onto over under above below between \
     among through during before after since until till while although though because if unless as than then there here \
     now today yesterday tomorrow earlier later meanwhile however moreover still also only just even both either neither \
     each every all some any no none not more most many much few several less least one two three four five six seven eight \
     nine ten eleven twelve another other others such same according about around nearly almost some least despite amid \
     against across along behind beyond near off out up down per via is are was were be been being has have had do does did \
     will would can could may might must shall should said says told police officials authorities rescuers residents \
     survivors people officers investigators prosecutors judges court lawyers analysts economists experts government \
     ministry reports figures data local separately previously currently once again first second third last next new old \
     total dozens hundreds thousands millions women men children families victims workers students farmers fishermen \
     traders passengers doctors outlets sources survivor resident officer investigator prosecutor judge lawyer analyst \
     economist president minister governor mayor chief director doctor spokesman spokeswoman spokesperson"
        .split_whitespace()
        .collect()
});
