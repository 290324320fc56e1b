//! How an article is summarised: the first backend of the summary chain that gives one which the checks accept.
//!
//! Place in the data way: inside `work`. Where no backend gives one, `assemble` takes sentences of the translation.
//! It must never cut text away: what is too long for one request is summarised in parts, then the parts together.

use std::sync::Arc;

use crate::backend::ErrorKind;
use crate::model::backend::Limits;
use crate::model::finding::Finding;
use crate::model::key::Key;
use crate::model::reply::{ReplyBody, SectionSummary, Summary};
use crate::model::request::{NumberedText, Payload, Request, Summarise};
use crate::model::segment::{Segment, SegmentId};
use crate::model::unit::{MemoryEntry, MemoryKind, SectionText, UnitResult};
use crate::stage::check::addresses_model;
use crate::stage::prompt::PromptKind;
use crate::stage::section::{pack, split};

use super::chain::Member;
use super::unit::{Aim, Halt, Turn, Workshop};

/// Characters of one request where the backend sets no limit of its own.
const REQUEST_CHARACTERS: usize = 24_000;

/// How often a backend is asked for the same summary: once more where the answer was unreadable or refused by a check.
const TRIES: u32 = 2;

/// A request's part of the article: pieces of sections, in order.
type Part = Vec<SectionText>;

/// Why there is no summary.
enum Failed {
    /// The next backend may do better.
    Here(Vec<Finding>),
    /// The backend could not be reached.
    Unreached(Vec<Finding>),
}

impl Workshop {
    /// Summarises an article.
    pub(super) async fn summarise(
        &self,
        aim: Aim<'_>,
        sections: &[SectionText],
        turn: &mut Turn,
    ) -> Result<UnitResult, Halt> {
        let mut findings = Vec::new();
        let mut unreached = false;
        let title = aim.title.filter(|title| !addresses_model(title)).unwrap_or_default();
        let mut short = None;
        let members = self.askable(&self.summary, aim.below, turn.unit)?;
        for member in members.into_iter().take_while(|member| member.backend.profile().abilities.prompts) {
            let asked = self.summary_from(member, title, sections, turn).await;
            match self.pass_over(asked, &mut short)? {
                Some(Ok(summary)) => {
                    let backend = Some(member.backend.profile().name.clone());
                    return Ok(UnitResult::Summarised { summary: Some(summary), backend, findings: Vec::new() });
                }
                Some(Err(Failed::Here(why))) => findings = why,
                Some(Err(Failed::Unreached(why))) => (findings, unreached) = (why, true),
                None => {}
            }
        }
        // Whoever has a result already can wait for a better one.
        if let Some(short) = short.filter(|_| aim.below < usize::MAX) {
            return Err(Halt::Short(short));
        }
        // One that writes no summaries stands behind them: then sentences of the translation are what the chain gives.
        let has_other = |member: &Arc<Member>| !member.backend.profile().abilities.prompts;
        let is_last = !self.summary.members.iter().take(aim.below).any(has_other);
        if is_last && (unreached || (findings.is_empty() && self.summary.exhausted().is_some())) {
            return Err(Halt::Release);
        }
        // An extractive summary takes its place, so the article is whole: a person should know, no more.
        let findings = findings.into_iter().map(|f| Finding::warn(&f.rule, f.detail)).collect();
        Ok(UnitResult::Summarised { summary: None, backend: None, findings })
    }

    /// Asks one backend, in parts where the article is long.
    async fn summary_from(
        &self,
        member: &Member,
        title: &str,
        sections: &[SectionText],
        turn: &mut Turn,
    ) -> Result<Result<Summary, Failed>, Halt> {
        let parts = parts(sections, &member.backend.profile().limits);
        let mut answers = Vec::new();
        let mut waiting = None;
        for part in &parts {
            match self.part_from(member, title, part, turn).await {
                Ok(Ok(answer)) => answers.push(answer),
                Ok(Err(failed)) => return Ok(Err(failed)),
                // All parts travel in the same batch.
                Err(halt @ Halt::Waiting { .. }) => waiting = Some(halt),
                Err(halt) => return Err(halt),
            }
        }
        if let Some(halt) = waiting {
            return Err(halt);
        }
        let whole = if let [_only] = answers.as_slice() {
            answers.pop().unwrap_or_default()
        } else {
            let texts = (1..).zip(&answers).map(|(n, a)| SectionText { n, text: a.summary.clone() }).collect();
            match self.part_from(member, title, &texts, turn).await? {
                Ok(together) => {
                    Summary { sections: answers.into_iter().flat_map(|answer| answer.sections).collect(), ..together }
                }
                Err(failed) => return Ok(Err(failed)),
            }
        };
        Ok(Ok(join_pieces(whole)))
    }

    /// One request, from the memory where it was answered before. Section numbers in the answer are the article's.
    async fn part_from(
        &self,
        member: &Member,
        title: &str,
        part: &Part,
        turn: &mut Turn,
    ) -> Result<Result<Summary, Failed>, Halt> {
        let profile = member.backend.profile();
        let key = self.recipe.summary_key(profile, title, part);
        if let Some(summary) = self.known_summary(key, turn)? {
            return Ok(Ok(renumbered(summary, part)));
        }
        let asked = Summarise {
            title: title.into(),
            sections: (1..).zip(part).map(|(n, section)| NumberedText { n, text: section.text.clone() }).collect(),
            words: self.recipe.words,
        };
        let system = self.system(PromptKind::Summarise)?;
        let request = Request { system, payload: Payload::Summarise(asked.clone()) };
        let mut findings = Vec::new();
        for again in 0..TRIES {
            match self.call(member, (&request, again), turn).await? {
                Ok(reply) => {
                    let ReplyBody::Summary(summary) = reply.body else {
                        findings = vec![Finding::error("summary", "the answer is not a summary")];
                        continue;
                    };
                    findings = self.checks.summary(&asked, &summary, reply.finish);
                    if !findings.iter().any(Finding::is_error) {
                        turn.memory.push(entry(key, &summary, &profile.name));
                        return Ok(Ok(renumbered(summary, part)));
                    }
                }
                Err(error) => {
                    findings = vec![Finding::error("summary", error.to_string())];
                    match error.kind {
                        ErrorKind::BadReply => {}
                        ErrorKind::Refused | ErrorKind::TooLarge => break,
                        _ => return Ok(Err(Failed::Unreached(findings))),
                    }
                }
            }
        }
        Ok(Err(Failed::Here(findings)))
    }

    fn known_summary(&self, key: Key, turn: &Turn) -> Result<Option<Summary>, Halt> {
        if turn.fresh {
            return Ok(None);
        }
        let hit = self.state.remembered(&[key])?.into_iter().next().flatten();
        Ok(hit.and_then(|hit| serde_json::from_str(&hit.en).ok()))
    }
}

fn entry(key: Key, summary: &Summary, backend: &str) -> MemoryEntry {
    let en = serde_json::to_string(summary).unwrap_or_default();
    MemoryEntry { key, kind: MemoryKind::Summary, id: String::new(), en, backend: backend.into() }
}

/// Cuts the sections into requests: whole sections where they fit, runs of sentences where one is too long.
fn parts(sections: &[SectionText], limits: &Limits) -> Vec<Part> {
    let characters = limits.tokens.map_or(REQUEST_CHARACTERS, |tokens| (tokens * 2).clamp(500, REQUEST_CHARACTERS));
    let limits = Limits { segments: None, characters: Some(characters), segment_characters: characters, ..*limits };
    let pieces = sections.iter().flat_map(|section| {
        split(&section.text, characters)
            .into_iter()
            .map(|text| Segment { id: SegmentId { paragraph: section.n, part: 0 }, text: text.to_owned() })
    });
    let as_part = |group: Vec<Segment>| {
        group.into_iter().map(|piece| SectionText { n: piece.id.paragraph, text: piece.text }).collect()
    };
    pack(pieces.collect(), &limits).into_iter().map(as_part).collect()
}

/// Gives the section summaries the article's section numbers instead of the request's.
fn renumbered(summary: Summary, part: &Part) -> Summary {
    let own = |n: u32| part.get(n.checked_sub(1)? as usize).map(|section| section.n);
    let sections = summary
        .sections
        .into_iter()
        .filter_map(|section| own(section.n).map(|n| SectionSummary { n, summary: section.summary }));
    Summary { sections: sections.collect(), ..summary }
}

/// Joins the summaries of a section that was sent in pieces.
fn join_pieces(summary: Summary) -> Summary {
    let mut sections: Vec<SectionSummary> = Vec::new();
    for section in summary.sections {
        match sections.last_mut() {
            Some(last) if last.n == section.n => {
                last.summary.push(' ');
                last.summary.push_str(&section.summary);
            }
            _ => sections.push(section),
        }
    }
    Summary { sections, ..summary }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limits(tokens: Option<usize>) -> Limits {
        Limits { segments: None, characters: None, bytes: None, tokens, segment_characters: 2_000 }
    }

    #[test]
    fn a_long_article_goes_in_parts_and_nothing_is_cut_away() {
        let text = "Air naik satu meter. ".repeat(100);
        let sections: Vec<_> = (1..=3).map(|n| SectionText { n, text: text.trim().into() }).collect();
        let parts = parts(&sections, &limits(Some(500)));
        assert!(parts.len() > 3);
        let sent: String = parts.iter().flatten().map(|piece| piece.text.as_str()).collect();
        let whole: String = sections.iter().map(|section| section.text.as_str()).collect();
        let letters = |text: &str| text.chars().filter(|c| !c.is_whitespace()).collect::<String>();
        assert_eq!(letters(&sent), letters(&whole));
    }

    #[test]
    fn pieces_of_one_section_become_one_summary() {
        let piece = |n, summary: &str| SectionSummary { n, summary: summary.into() };
        let sections = vec![piece(1, "A."), piece(1, "B."), piece(2, "C.")];
        let joined = join_pieces(Summary { sections, ..Summary::default() });
        assert_eq!(joined.sections, vec![piece(1, "A. B."), piece(2, "C.")]);
    }
}
