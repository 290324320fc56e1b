//! What grouping needs to know of an article, small enough to hold ten thousand of them.
//!
//! Place in the data way: `select` keeps stories, `group` compares them; the records are read again to compose.
//! It must never read English: an event is recognised in the original, translated or not.

use std::collections::HashMap;

use jiff::Timestamp;

use crate::model::finding::Finding;
use crate::model::key::sha256_hex;
use crate::model::record::{ArticleRecord, ParagraphRecord};

use super::counted::Counted;
use super::figures::{self, Mention};
use super::words::{Kind, Token, hash, is_general, tokens};

/// Hashes of a signature: enough to tell a copy (nine tenths alike) from a story about the same thing.
pub(super) const SIGNATURE: usize = 64;
/// Words of a shingle.
const SHINGLE: usize = 3;

/// A bag of features: hash and count, by hash.
pub(super) type Bag = Vec<(u64, f32)>;

/// One finished article.
#[derive(Debug, Clone)]
pub struct Story {
    /// The record's path below the output folder, without `.json`.
    pub name: String,
    /// The hash of its input.
    pub sha256: String,
    /// The hash of what it says.
    pub fingerprint: String,
    /// Headline in English, else in Indonesian, else the name.
    pub title: String,
    /// The outlet; the first folder of its name where the record has none.
    pub outlet: String,
    /// The address of the page.
    pub url: Option<String>,
    /// The date as the record has it.
    pub date: Option<String>,
    /// When it was published, where the date can be read.
    pub at: Option<Timestamp>,
    /// Whether it has a finding of severity error.
    pub flagged: bool,
    /// Whether its English is a draft.
    pub draft: bool,
    /// Words and names of the watch list that it holds.
    pub watch: Vec<String>,
    /// Names and pairs of names.
    pub(super) names: Bag,
    /// Words with a topic.
    pub(super) words: Bag,
    /// Which value stands in which frame: `magnitudo` → `6,2`, `wilayah laut` → `banda`.
    pub(super) slots: Vec<(u64, u64)>,
    /// `MinHash` of its shingles.
    pub(super) signature: Vec<u32>,
    /// Figures of kinds that are compared between outlets.
    pub(super) mentions: Vec<Mention>,
    /// Figures of anything else.
    pub(super) counted: Vec<Counted>,
    /// Its own names, spelled out, most frequent first.
    pub(super) spelled: Vec<String>,
}

impl Story {
    /// Takes from a record what is needed. `name` is its path without extension; `watch` are the words to look for.
    pub fn of(name: &str, record: &ArticleRecord, watch: &[String]) -> Self {
        let source = &record.source;
        let title_id = title_id(record);
        let at = source.date.as_deref().and_then(super::time::read);
        let paragraphs: Vec<&ParagraphRecord> = story_paragraphs(record).collect();
        let mut read = Reading::default();
        read.words(&tokens(title_id));
        read.slots(&tokens(title_id));
        for paragraph in &paragraphs {
            for line in paragraph.id.lines() {
                let line = tokens(line);
                read.words(&line);
                read.names(&line);
                read.slots(&line);
                read.shingles(&line);
            }
        }
        let (mut mentions, mut counted) = (Vec::new(), Vec::new());
        for paragraph in &paragraphs {
            let (known, other) = figures::mentions(&paragraph.id, paragraph.n, at.map(super::time::years));
            mentions.extend(known);
            counted.extend(other);
        }
        let spelled = read.spelled();
        Self {
            name: name.to_owned(),
            sha256: source.sha256.clone(),
            fingerprint: fingerprint(record),
            title: title(name, record).to_owned(),
            outlet: Self::outlet_of(name, record),
            url: source.url.clone(),
            date: source.date.clone(),
            at,
            draft: record.is_draft(),
            flagged: record.findings().any(|(_, finding)| finding.is_error()),
            watch: watch.iter().filter(|word| holds(record, word)).cloned().collect(),
            names: bag(read.names),
            words: bag(read.words),
            slots: sorted(read.slots),
            signature: read.signature,
            mentions,
            counted,
            spelled,
        }
    }

    /// Its own names, in lower case, most frequent first.
    pub fn names(&self) -> &[String] {
        &self.spelled
    }

    /// The outlet as the record has it, else the first folder of the article's name.
    pub fn outlet_of(name: &str, record: &ArticleRecord) -> String {
        record.source.outlet.clone().unwrap_or_else(|| name.split('/').next().unwrap_or(name).to_owned())
    }
}

fn title_id(record: &ArticleRecord) -> &str {
    record.title.id.as_deref().or(record.source.title.as_deref()).unwrap_or_default()
}

/// An article's title for readers: in English unless a check calls that wrong, else in Indonesian, else its name.
pub fn title<'r>(name: &'r str, record: &'r ArticleRecord) -> &'r str {
    let is_wrong = record.title.findings.iter().any(Finding::is_error);
    let (en, id) = (record.title.en.as_deref(), title_id(record));
    let original = Some(id).filter(|id| !id.is_empty());
    en.filter(|_| !is_wrong).or(original).or(en).unwrap_or(name)
}

/// The hash of what an article says: its page, date, title and story. Marks of a fetch that stand beside them change
/// nothing in it, nor does the place of the file.
pub fn fingerprint(record: &ArticleRecord) -> String {
    let source = &record.source;
    let page = source.url.as_deref().or(source.outlet.as_deref()).unwrap_or_default();
    let head = [page, source.date.as_deref().unwrap_or_default(), title_id(record)];
    let parts: Vec<&str> = head.into_iter().chain(story_paragraphs(record).map(|p| p.id.as_str())).collect();
    sha256_hex(parts.join("\n").as_bytes())
}

/// The paragraphs that tell the story, without furniture, teasers and the title.
pub(super) fn story_paragraphs(record: &ArticleRecord) -> impl Iterator<Item = &ParagraphRecord> {
    let title = crate::model::article::TITLE_SKIPPED;
    let all = record.paragraphs();
    all.filter(move |p| p.kind.is_story() && p.skipped.as_deref() != Some(title))
}

/// Whether the article holds a word or phrase, in either language, as whole words.
pub fn holds(record: &ArticleRecord, phrase: &str) -> bool {
    let titles = [record.title.id.as_deref(), record.title.en.as_deref()];
    let texts = story_paragraphs(record).flat_map(|p| [Some(p.id.as_str()), p.en.as_deref()]);
    any_says(titles.into_iter().chain(texts).flatten(), phrase)
}

/// Whether one of the texts holds a word or phrase, as whole words, capitals aside; a name that is joined to another by a
/// hyphen is a whole word too.
pub fn any_says<'a>(mut texts: impl Iterator<Item = &'a str>, phrase: &str) -> bool {
    let wanted: Vec<String> = tokens(phrase).into_iter().map(|token| token.lower).collect();
    let first = wanted.first().map(String::as_str).unwrap_or_default();
    !first.is_empty()
        && texts.any(|text| {
            text.to_lowercase().contains(first)
                && (says(&tokens(text), &wanted)
                    || text.contains('-') && says(&tokens(&text.replace('-', " ")), &wanted))
        })
}

fn says(text: &[Token<'_>], wanted: &[String]) -> bool {
    text.windows(wanted.len()).any(|run| run.iter().map(|token| &token.lower).eq(wanted))
}

fn bag(counts: HashMap<u64, f32>) -> Bag {
    let mut bag: Bag = counts.into_iter().collect();
    bag.sort_unstable_by_key(|(feature, _)| *feature);
    bag
}

fn sorted(mut slots: Vec<(u64, u64)>) -> Vec<(u64, u64)> {
    slots.sort_unstable();
    slots.dedup();
    slots
}

/// Features as they are found.
#[derive(Default)]
struct Reading {
    words: HashMap<u64, f32>,
    names: HashMap<u64, f32>,
    slots: Vec<(u64, u64)>,
    signature: Vec<u32>,
    spelling: HashMap<String, (u32, usize)>,
}

impl Reading {
    fn words(&mut self, line: &[Token<'_>]) {
        let words = line.iter().filter(|t| t.kind == Kind::Word && t.lower.chars().nth(3).is_some());
        for word in words.filter(|t| !is_general(&t.lower)) {
            *self.words.entry(hash(&["word", &word.lower])).or_default() += 1.0;
        }
    }

    /// Names inside a sentence, and pairs of them anywhere.
    fn names(&mut self, line: &[Token<'_>]) {
        let mut before: Option<&Token<'_>> = None;
        let mut name_before: Option<&str> = None;
        for token in line {
            let is_name = token.is_name_like() && !is_general(&token.lower);
            if is_name {
                if before.is_some_and(|t| !t.ends_sentence()) {
                    *self.names.entry(hash(&["name", &token.lower])).or_default() += 1.0;
                }
                if let Some(first) = name_before {
                    *self.names.entry(hash(&["names", first, &token.lower])).or_default() += 1.0;
                    let order = self.spelling.len();
                    self.spelling.entry(format!("{first} {}", token.lower)).or_insert((0, order)).0 += 1;
                }
            }
            name_before = is_name.then_some(token.lower.as_str());
            before = Some(token);
        }
    }

    /// What stands behind, and before, which word: two reports of one event fill the same frames with the same values.
    fn slots(&mut self, line: &[Token<'_>]) {
        for (at, token) in line.iter().enumerate() {
            let before = at.checked_sub(1).and_then(|at| line.get(at));
            let word_before = before.filter(|t| t.kind == Kind::Word).map(|t| t.lower.as_str());
            match token.kind {
                Kind::Number if is_year(token.text) => {}
                Kind::Number => {
                    let day = token.text.splitn(3, '/').take(2).collect::<Vec<_>>().join("/");
                    if let Some(word) = word_before {
                        self.slots.push((hash(&["after", word]), hash(&[token.text.trim_end_matches('%')])));
                    } else if day.contains('/') && before.is_some_and(|t| t.text == "(") {
                        self.slots.push((hash(&["after", "("]), hash(&[&day])));
                    }
                    if let Some(word) = line.get(at + 1).filter(|t| t.kind == Kind::Word) {
                        self.slots.push((hash(&["unit", &word.lower]), hash(&[token.text.trim_end_matches('%')])));
                    }
                }
                Kind::Word if token.is_name_like() && !is_general(&token.lower) => {
                    if let Some(word) = word_before {
                        self.slots.push((hash(&["name after", word]), hash(&[&token.lower])));
                    }
                }
                Kind::Word | Kind::Mark => {}
            }
        }
    }

    fn shingles(&mut self, line: &[Token<'_>]) {
        if self.signature.is_empty() {
            self.signature = vec![u32::MAX; SIGNATURE];
        }
        let words: Vec<&str> = line.iter().filter(|t| t.kind != Kind::Mark).map(|t| t.lower.as_str()).collect();
        for shingle in words.windows(SHINGLE) {
            let mut value = hash(shingle);
            for least in &mut self.signature {
                value = mixed(value);
                *least = (*least).min((value >> 32) as u32);
            }
        }
    }

    fn spelled(&self) -> Vec<String> {
        let mut all: Vec<_> = self.spelling.iter().collect();
        all.sort_by_key(|(_, (count, order))| (std::cmp::Reverse(*count), *order));
        all.into_iter().take(8).map(|(name, _)| name.clone()).collect()
    }
}

fn is_year(text: &str) -> bool {
    text.len() == 4 && text.starts_with("20") && text.bytes().all(|b| b.is_ascii_digit())
}

/// The next of a row of independent hashes (`SplitMix64`, <https://prng.di.unimi.it/splitmix64.c>).
fn mixed(value: u64) -> u64 {
    let value = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}
