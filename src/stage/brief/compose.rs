//! Tells an event in sentences of its articles, unchanged: the lead, the most central, and what each outlet adds.
//!
//! Place in the data way: after `group`; a language model may rewrite the statements later (`pipeline/brief.rs`).
//! It must never write a word of its own into a statement.

use std::collections::{BTreeMap, HashMap, HashSet};

use crate::model::article::ParagraphKind;
use crate::model::briefing::{ArticleRef, Cite, Conflict, Figure, Item, Method, OutletShare, Statement};
use crate::model::record::{ArticleRecord, ParagraphRecord};
use crate::model::unit::SectionText;

use super::changes::{against_previous, between_versions};
use super::conflicts::{Sorted, conflicts, figure, sort_out, stated};
use super::counted::{PART, english_noun, is_bare};
use super::group::central;
use super::number::same;
use super::story::{Story, story_paragraphs};
use super::words::{Kind, letters, tokens};

/// Records by the names of their stories.
pub type Records = HashMap<String, ArticleRecord>;

/// Words of a sentence that stands alone.
const SENTENCE_WORDS: std::ops::RangeInclusive<usize> = 6..=45;
/// New names and figures that make a sentence worth adding.
const NEWS: usize = 2;

/// What to compose from.
pub struct Composer<'a> {
    /// All selected stories.
    pub stories: &'a [Story],
    /// The records of the stories in the groups that are composed.
    pub records: &'a Records,
    /// The previous briefing's items.
    pub previous: &'a [Item],
    /// Length of an item's statements, in words.
    pub words: usize,
}

impl Composer<'_> {
    /// The item of one group.
    pub fn item(&self, group: &[usize]) -> Item {
        let sorted = sort_out(self.stories, group);
        let order = self.fullest_first(&sorted.sources);
        let mut item = Item {
            title: order.first().and_then(|at| self.story(*at)).map(|story| story.title.clone()).unwrap_or_default(),
            draft: group.iter().filter_map(|at| self.story(*at)).any(|story| story.draft),
            watch: self.watch(group),
            conflicts: conflicts(self.stories, &sorted.sources).into_iter().map(|one| self.named(one)).collect(),
            figures: self.latest_figures(&sorted.sources),
            names: self.names(&sorted.sources),
            ..Item::default()
        };
        let mut told = Known::default();
        if let Some(record) = order.first().and_then(|at| self.record(*at)) {
            let name = order.first().and_then(|at| self.story(*at)).map_or("", |story| &story.name);
            item.statements = tell(name, record, self.words);
            item.statements.iter().for_each(|statement| told.add(&statement.text));
        }
        item.outlets = self.outlets(&sorted, &order, &mut told);
        item.changes = sorted.replaced.iter().flat_map(|pair| self.version_changes(*pair)).collect();
        item.changes.extend(against_previous(&item, self.previous));
        item
    }

    fn story(&self, at: usize) -> Option<&Story> {
        self.stories.get(at)
    }

    fn record(&self, at: usize) -> Option<&ArticleRecord> {
        self.records.get(&self.story(at)?.name)
    }

    /// The sources by how much of the event they hold.
    fn fullest_first(&self, sources: &[usize]) -> Vec<usize> {
        let mut order: Vec<(f64, usize)> =
            central(self.stories, sources).into_iter().zip(sources.iter().copied()).collect();
        order.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        order.into_iter().map(|(_, at)| at).collect()
    }

    fn watch(&self, group: &[usize]) -> Vec<String> {
        let mut watch: Vec<String> = Vec::new();
        for word in group.iter().filter_map(|at| self.story(*at)).flat_map(|story| &story.watch) {
            if !watch.contains(word) {
                watch.push(word.clone());
            }
        }
        watch
    }

    /// Each kind of figure as most articles give it; of those that are given equally often, the latest.
    fn latest_figures(&self, sources: &[usize]) -> Vec<Figure> {
        let mut given: BTreeMap<&str, Vec<Figure>> = BTreeMap::new();
        for story in sources.iter().filter_map(|at| self.story(*at)) {
            for (what, mention) in stated(story) {
                given.entry(what).or_default().push(figure(story, mention));
            }
        }
        let often = |all: &[Figure], value: f64| all.iter().filter(|other| same(other.value, value)).count();
        let most = |all: Vec<Figure>| all.iter().max_by_key(|figure| often(&all, figure.value)).cloned();
        given.into_values().filter_map(most).collect()
    }

    /// A disagreement over things that are only called by their Indonesian name, named by the English where that counts
    /// them: `212 stalls`.
    fn named(&self, conflict: Conflict) -> Conflict {
        let whole = conflict.what.strip_prefix(PART).and_then(|rest| rest.split(' ').next());
        let sought = |figure: &Figure| whole.map_or(Some(figure.value), |whole| whole.parse().ok());
        let english = |figure: &Figure| {
            let sections = &self.records.get(&figure.cite.article)?.sections;
            let mut paragraphs = sections.iter().flat_map(|section| &section.paragraphs);
            let paragraph = paragraphs.find(|paragraph| paragraph.n == figure.cite.paragraph)?;
            english_noun(paragraph.en.as_deref()?, sought(figure)?)
        };
        let is_named = !conflict.what.contains('“') || conflict.figures.iter().any(|figure| !is_bare(&figure.shown));
        let noun = conflict.figures.iter().find_map(english).filter(|_| !is_named);
        let what = match (noun, whole) {
            (Some(noun), Some(whole)) => format!("{PART}{whole} {noun}"),
            (Some(noun), None) => noun,
            (None, _) => conflict.what,
        };
        Conflict { what, figures: conflict.figures }
    }

    fn names(&self, sources: &[usize]) -> Vec<String> {
        let mut counts: Vec<(String, usize)> = Vec::new();
        for name in sources.iter().filter_map(|at| self.story(*at)).flat_map(|story| &story.spelled) {
            match counts.iter_mut().find(|(known, _)| known == name) {
                Some((_, count)) => *count += 1,
                None => counts.push((name.clone(), 1)),
            }
        }
        counts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        counts.into_iter().take(12).map(|(name, _)| name).collect()
    }

    fn version_changes(&self, (old, new): (usize, usize)) -> Vec<crate::model::briefing::Change> {
        let (Some(before), Some(after)) = (self.story(old), self.story(new)) else { return Vec::new() };
        let (Some(was), Some(is)) = (self.record(old), self.record(new)) else { return Vec::new() };
        between_versions((before, was), (after, is))
    }

    /// Each outlet's share, the fullest first, copies last.
    fn outlets(&self, sorted: &Sorted, order: &[usize], told: &mut Known) -> Vec<OutletShare> {
        let mut shares: Vec<OutletShare> = Vec::new();
        for (place, &at) in order.iter().enumerate() {
            let Some(story) = self.story(at) else { continue };
            let adds = self.record(at).filter(|_| place > 0).and_then(|record| addition(&story.name, record, told));
            match shares.iter_mut().find(|share| share.outlet == story.outlet) {
                Some(share) => {
                    share.articles.push(reference(story));
                    share.adds = share.adds.take().or(adds);
                }
                None => shares.push(share(story, adds, None)),
            }
        }
        for (copy, original) in &sorted.copies {
            let (Some(story), Some(original)) = (self.story(*copy), self.story(*original)) else { continue };
            shares.push(share(story, None, Some(original.name.clone())));
        }
        for (old, _) in &sorted.replaced {
            let Some(story) = self.story(*old) else { continue };
            if let Some(share) = shares.iter_mut().find(|share| share.outlet == story.outlet) {
                share.articles.push(reference(story));
            }
        }
        shares
    }
}

fn share(story: &Story, adds: Option<Statement>, copy_of: Option<String>) -> OutletShare {
    OutletShare { outlet: story.outlet.clone(), articles: vec![reference(story)], adds, copy_of }
}

pub(super) fn reference(story: &Story) -> ArticleRef {
    let (name, title) = (story.name.clone(), story.title.clone());
    ArticleRef { name, title, date: story.date.clone(), url: story.url.clone() }
}

/// The sentences of a paragraph in English, or in Indonesian where it is not translated.
fn sentences(paragraph: &ParagraphRecord) -> Vec<&str> {
    let (text, ranges) = if let Some(en) = &paragraph.en {
        (en, crate::stage::section::sentences_en(en))
    } else {
        (&paragraph.id, crate::stage::section::sentences(&paragraph.id))
    };
    let mut sentences: Vec<&str> = ranges.into_iter().filter_map(|range| text.get(range)).collect();
    if let Some(first) = sentences.first_mut() {
        *first = without_dateline(first);
    }
    sentences
}

/// A first sentence without the place and outlet before it: `KOLAKA, HARIAN NUSANTARA — The ferry …`, `Dumai (Samudra) - …`.
pub fn without_dateline(sentence: &str) -> &str {
    let cut = [" — ", " – ", " -- ", " - "].iter().filter_map(|dash| sentence.split_once(dash));
    let Some((place, rest)) = cut.min_by_key(|(place, _)| place.len()) else { return sentence };
    let town = place.split([',', '(']).next().unwrap_or(place).trim();
    let is_town = !town.is_empty() && town.chars().all(|c| c.is_uppercase() || matches!(c, ' ' | '.' | '-'));
    let names_outlet = place.ends_with(')') && place.chars().next().is_some_and(char::is_uppercase);
    let opens = rest.chars().next().is_some_and(|c| c.is_uppercase() || c.is_ascii_digit() || "\"“'‘".contains(c));
    let is_short = place.split_whitespace().count() <= 6;
    if is_short && opens && (is_town || names_outlet) { rest } else { sentence }
}

fn statement(name: &str, paragraph: u32, text: String) -> Statement {
    let cites = vec![Cite { article: name.to_owned(), paragraph }];
    Statement { text, cites, method: Method::Extractive, backend: None, findings: Vec::new() }
}

/// The paragraphs of running text that no check has refused.
fn good_text(record: &ArticleRecord) -> impl Iterator<Item = &ParagraphRecord> {
    story_paragraphs(record).filter(|p| p.kind == ParagraphKind::Text && p.is_good())
}

/// The first sentence of the first paragraph of running text that a check has not refused; where there is none, that of
/// the first paragraph, with what the check says.
pub fn lead(name: &str, record: &ArticleRecord) -> Option<Statement> {
    let paragraph = good_text(record).next().or_else(|| story_paragraphs(record).next())?;
    let first = (*sentences(paragraph).first()?).to_owned();
    let wrong = paragraph.findings.iter().filter(|finding| finding.is_error() && !paragraph.is_good());
    let findings = wrong.cloned().collect();
    Some(Statement { findings, ..statement(name, paragraph.n, first) })
}

/// The lead, then the most central sentences that fit into the length.
fn tell(name: &str, record: &ArticleRecord, words: usize) -> Vec<Statement> {
    let Some(lead) = lead(name, record) else { return Vec::new() };
    let texts: Vec<SectionText> =
        good_text(record).map(|p| SectionText { n: p.n, text: sentences(p).join(" ") }).collect();
    let mut left = words.saturating_sub(count(&lead.text));
    let mut told = vec![lead];
    let extracted = crate::stage::summary::extract(record.title.en.as_deref(), &texts);
    let ranges = crate::stage::section::sentences_en(&extracted.summary);
    let central = ranges.into_iter().filter_map(|range| extracted.summary.get(range));
    for sentence in central.chain(extracted.points.iter().map(String::as_str)) {
        let Some(paragraph) = texts.iter().find(|text| text.text.contains(sentence)) else { continue };
        let is_told = told.iter().any(|statement| statement.text == sentence);
        if !is_told && count(sentence) <= left && SENTENCE_WORDS.contains(&count(sentence)) {
            left -= count(sentence);
            told.push(statement(name, paragraph.n, sentence.to_owned()));
        }
    }
    told
}

fn count(text: &str) -> usize {
    text.split_whitespace().count()
}

/// The sentence of an article that brings most names and figures which were not told yet.
fn addition(name: &str, record: &ArticleRecord, told: &mut Known) -> Option<Statement> {
    let mut best: Option<(usize, u32, &str)> = None;
    for paragraph in good_text(record) {
        for sentence in sentences(paragraph).into_iter().filter(|sentence| SENTENCE_WORDS.contains(&count(sentence))) {
            let news = told.news(sentence);
            if news >= NEWS && best.is_none_or(|(most, ..)| news > most) {
                best = Some((news, paragraph.n, sentence));
            }
        }
    }
    let (_, paragraph, sentence) = best?;
    told.add(sentence);
    Some(statement(name, paragraph, sentence.to_owned()))
}

/// Takes away what outlets add where a statement tells it already.
pub fn drop_told_additions(item: &mut Item) {
    let told: Vec<String> = item.statements.iter().map(|statement| letters(&statement.text)).collect();
    for share in &mut item.outlets {
        let is_told = |adds: &Statement| told.iter().any(|told| told.contains(&letters(&adds.text)));
        share.adds = share.adds.take().filter(|adds| !is_told(adds));
    }
}

/// Names and figures that were told.
#[derive(Default)]
struct Known(HashSet<String>);

impl Known {
    fn facts(text: &str) -> HashSet<String> {
        let line = tokens(text);
        let is_fact = |(at, token): &(usize, &super::words::Token<'_>)| match token.kind {
            Kind::Number => true,
            Kind::Word => *at > 0 && token.is_name_like(),
            Kind::Mark => false,
        };
        line.iter().enumerate().filter(is_fact).map(|(_, token)| token.lower.clone()).collect()
    }

    fn add(&mut self, text: &str) {
        self.0.extend(Self::facts(text));
    }

    fn news(&self, text: &str) -> usize {
        Self::facts(text).difference(&self.0).count()
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::record;
    use super::*;
    use crate::model::finding::Finding;

    /// A quake whose toll a check calls wrong.
    fn flagged() -> ArticleRecord {
        let mut record = record(
            "Gempa di Ambon",
            &[
                ("Gempa mengguncang Ambon pada Selasa malam.", "A quake shook Ambon on Tuesday night and people ran."),
                ("Sebanyak 12 orang tewas di Ambon.", "As many as 21 people died in Ambon and 30 were injured in it."),
            ],
        );
        record.sections[0].paragraphs[1].findings = vec![Finding::error("figures", "12 is missing, 21 is new.")];
        record
    }

    #[test]
    fn what_a_check_calls_wrong_is_not_told() {
        let told = tell("k/a", &flagged(), 200);
        assert!(
            told.iter().all(|statement| !statement.text.contains("21") && statement.findings.is_empty()),
            "{told:?}"
        );
        let adds = addition("k/a", &flagged(), &mut Known::default());
        assert!(adds.as_ref().is_none_or(|adds| adds.cites[0].paragraph == 1), "{adds:?}");
    }

    #[test]
    fn where_only_that_is_left_it_is_told_with_what_the_check_says() {
        let mut record = flagged();
        record.sections[0].paragraphs.remove(0);
        let told = tell("k/a", &record, 200);
        assert!(matches!(told.as_slice(), [lead] if lead.is_flagged()), "{told:?}");
    }

    #[test]
    fn a_title_that_a_check_calls_wrong_gives_way_to_the_indonesian_one() {
        let mut record = flagged();
        record.title.en = Some("Ambon quake, 21 dead".into());
        assert_eq!(super::super::title("k/a", &record), "Ambon quake, 21 dead");
        record.title.findings = vec![Finding::error("figures", "21 is new.")];
        assert_eq!(super::super::title("k/a", &record), "Gempa di Ambon");
        record.title.id = None;
        assert_eq!(super::super::title("k/a", &record), "Ambon quake, 21 dead");
    }

    #[test]
    fn place_and_outlet_before_a_story_are_left_out_and_a_dash_in_a_sentence_stays() {
        for (sentence, rest) in [
            ("KOLAKA, HARIAN NUSANTARA — The ferry sank.", "The ferry sank."),
            ("BANDA NEIRA, LENTERA TIMUR – Terpal biru dibentangkan.", "Terpal biru dibentangkan."),
            ("Dumai (Samudra) - Kebakaran melanda pasar.", "Kebakaran melanda pasar."),
            ("JAKARTA — \"Kami siap,\" katanya.", "\"Kami siap,\" katanya."),
            ("Tol Jakarta - Bandung ditutup.", "Tol Jakarta - Bandung ditutup."),
            ("PT KAI — yang merugi — diam.", "PT KAI — yang merugi — diam."),
            ("It sank.", "It sank."),
        ] {
            assert_eq!(without_dateline(sentence), rest);
        }
    }
}
