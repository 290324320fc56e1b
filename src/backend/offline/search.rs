//! Greedy and beam search: from source tokens to the best few target token sequences.
//!
//! Place in the data way: `engine` calls it with a batch of sentences.
//! It must never let one sentence's search depend on another's: each has its own beams, limit and end.

use std::cmp::Ordering;

use super::error::OfflineError;
use super::math::log_sum_exp;
use super::network::{Encoded, History, Live, Network};

/// Longest run of tokens that counts as one phrase of a loop.
const LONGEST_PHRASE: usize = 8;

/// How to search.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Beam<'a> {
    /// Hypotheses kept for each sentence; 1 is greedy.
    pub(super) width: usize,
    /// Exponent of the length that a score is divided by, as in Marian and Hugging Face.
    pub(super) penalty: f32,
    /// For each token whether it belongs to a word: phrases of these may not be repeated without end. Empty: no guard.
    pub(super) words: &'a [bool],
}

/// A finished sentence.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Hypothesis {
    /// Its tokens, without start and end.
    pub(super) tokens: Vec<u32>,
    /// Sum of log-probabilities divided by `length ^ penalty`; the length counts the end token.
    pub(super) score: f32,
}

/// A sentence and the most tokens that its translation may have.
pub(super) struct Source<'a> {
    pub(super) tokens: &'a [u32],
    pub(super) limit: usize,
}

/// Searches a batch; gives for each sentence up to `width` hypotheses, the best first.
///
/// At every step the best `2·width` continuations are taken in order: those that end are finished when they rank among
/// the first `width`, the others stay alive. A sentence is done when `width` are finished and no living hypothesis can
/// still beat the worst of them, or at its limit, where the living ones are closed as they are.
pub(super) fn search(
    network: &Network,
    sources: &[Source<'_>],
    beam: Beam<'_>,
) -> Result<Vec<Vec<Hypothesis>>, OfflineError> {
    let tokens: Vec<_> = sources.iter().map(|source| source.tokens).collect();
    let encoded = network.encode(&tokens)?;
    let mut history = History::default();
    let mut sentences: Vec<_> = sources.iter().map(|source| Sentence::new(source.limit)).collect();
    while sentences.iter().any(|sentence| !sentence.live.is_empty()) {
        step(network, &encoded, &mut history, &mut sentences, beam)?;
    }
    Ok(sentences.into_iter().map(|sentence| sentence.done).collect())
}

fn step(
    network: &Network,
    encoded: &Encoded,
    history: &mut History,
    sentences: &mut [Sentence],
    beam: Beam<'_>,
) -> Result<(), OfflineError> {
    for (row, branch) in sentences.iter_mut().flat_map(|sentence| &mut sentence.live).enumerate() {
        branch.path.push(row);
    }
    let rows: Vec<_> = sentences
        .iter()
        .enumerate()
        .flat_map(|(n, sentence)| sentence.live.iter().map(move |branch| (n, branch)))
        .map(|(sentence, branch)| Live {
            sentence,
            token: branch.tokens.last().copied().unwrap_or(network.shape.start),
            path: &branch.path,
        })
        .collect();
    let logits = network.step(encoded, history, &rows)?;
    let mut rows = logits.iter();
    for sentence in sentences.iter_mut().filter(|sentence| !sentence.live.is_empty()) {
        let next = sentence.continuations(&mut rows, network, beam);
        sentence.advance(next, network.shape.end, beam);
    }
    Ok(())
}

/// A living hypothesis.
#[derive(Clone, Default)]
struct Branch {
    tokens: Vec<u32>,
    sum: f32,
    path: Vec<usize>,
}

/// A possible next token of a branch.
struct Continuation {
    branch: usize,
    token: u32,
    sum: f32,
}

struct Sentence {
    live: Vec<Branch>,
    done: Vec<Hypothesis>,
    limit: usize,
}

impl Sentence {
    fn new(limit: usize) -> Self {
        Self { live: vec![Branch::default()], done: Vec::new(), limit: limit.max(1) }
    }

    /// The best `2·width` continuations of all branches, the best first; takes one row of logits for each branch.
    fn continuations<'a>(
        &self,
        rows: &mut impl Iterator<Item = &'a [f32]>,
        network: &Network,
        beam: Beam<'_>,
    ) -> Vec<Continuation> {
        let mut all = Vec::new();
        for ((n, branch), row) in self.live.iter().enumerate().zip(rows) {
            let allowed = |token: u32| {
                token != network.shape.pad && (beam.words.is_empty() || !closes_loop(&branch.tokens, token, beam.words))
            };
            let total = log_sum_exp_without(row, network.shape.pad);
            let best = best(row, 2 * beam.width, allowed);
            all.extend(best.into_iter().map(|(token, logit)| Continuation {
                branch: n,
                token,
                sum: branch.sum + logit - total,
            }));
        }
        all.sort_by(|a, b| b.sum.partial_cmp(&a.sum).unwrap_or(Ordering::Equal));
        all.truncate(2 * beam.width);
        all
    }

    fn advance(&mut self, next: Vec<Continuation>, end: u32, beam: Beam<'_>) {
        let length = self.live.first().map_or(0, |branch| branch.tokens.len()) + 1;
        let old = std::mem::take(&mut self.live);
        for (rank, continuation) in next.into_iter().enumerate() {
            let Some(branch) = old.get(continuation.branch) else { continue };
            if continuation.token != end {
                if self.live.len() < beam.width {
                    let mut branch = branch.clone();
                    branch.tokens.push(continuation.token);
                    branch.sum = continuation.sum;
                    self.live.push(branch);
                }
            } else if rank < beam.width {
                self.finish(branch.tokens.clone(), continuation.sum, length, beam);
            }
        }
        let best_possible = self.live.first().map_or(f32::NEG_INFINITY, |branch| normal(branch.sum, length, beam));
        let full = self.done.len() == beam.width;
        if full && self.done.last().is_some_and(|worst| worst.score >= best_possible) {
            self.live.clear();
        } else if length >= self.limit {
            for branch in std::mem::take(&mut self.live) {
                self.finish(branch.tokens, branch.sum, length, beam);
            }
        }
    }

    fn finish(&mut self, tokens: Vec<u32>, sum: f32, length: usize, beam: Beam<'_>) {
        let score = normal(sum, length, beam);
        let at = self.done.partition_point(|other| other.score >= score);
        self.done.insert(at, Hypothesis { tokens, score });
        self.done.truncate(beam.width);
    }
}

#[expect(clippy::cast_precision_loss, reason = "lengths are a few hundred tokens")]
fn normal(sum: f32, length: usize, beam: Beam<'_>) -> f32 {
    sum / (length as f32).powf(beam.penalty)
}

fn log_sum_exp_without(row: &[f32], token: u32) -> f32 {
    let (before, rest) = row.split_at_checked(token as usize).unwrap_or((row, &[]));
    let after = rest.get(1..).unwrap_or_default();
    let (a, b) = (log_sum_exp(before), log_sum_exp(after));
    log_sum_exp(&[a, b])
}

/// The `count` tokens with the largest logits that are allowed, the largest first; of equals the lower token.
fn best(row: &[f32], count: usize, allowed: impl Fn(u32) -> bool) -> Vec<(u32, f32)> {
    let mut top: Vec<(u32, f32)> = Vec::with_capacity(count + 1);
    let mut bar = f32::NEG_INFINITY;
    for (token, logit) in (0u32..).zip(row) {
        if *logit > bar && allowed(token) {
            let at = top.partition_point(|(_, other)| other >= logit);
            top.insert(at, (token, *logit));
            top.truncate(count);
            if top.len() == count {
                bar = top.last().map_or(bar, |(_, logit)| *logit);
            }
        }
    }
    top
}

/// Whether `token` would complete one copy too many of a phrase said again and again: a third copy of a phrase of words,
/// a fourth of a single word, a seventh of digits and signs, which repeat by right in figures such as 1.000.000.000.
fn closes_loop(tokens: &[u32], token: u32, words: &[bool]) -> bool {
    let is_word = |token: u32| words.get(token as usize).copied().unwrap_or(true);
    let back =
        |n: usize| if n == 0 { Some(token) } else { tokens.len().checked_sub(n).and_then(|i| tokens.get(i).copied()) };
    (1..=LONGEST_PHRASE).any(|phrase| {
        let words = (0..phrase).any(|n| back(n).is_some_and(is_word));
        let copies = match (words, phrase) {
            (false, _) => 7,
            (true, 1) => 4,
            (true, _) => 3,
        };
        (0..phrase * (copies - 1)).all(|n| back(n).is_some() && back(n) == back(n + phrase))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_tokens_come_in_order_and_of_equals_the_lower_first() {
        let row = [0.0, 3.0, 1.0, 3.0, 2.0];
        assert_eq!(best(&row, 3, |_| true), [(1, 3.0), (3, 3.0), (4, 2.0)]);
        assert_eq!(best(&row, 2, |token| token != 1), [(3, 3.0), (4, 2.0)]);
    }

    #[test]
    fn a_phrase_may_be_said_twice_but_not_three_times() {
        let said = [1, 2, 3, 1, 2, 3, 1, 2];
        assert!(closes_loop(&said, 3, &[]));
        assert!(!closes_loop(&said, 4, &[]));
        assert!(!closes_loop(&said[..5], 3, &[]));
        assert!(closes_loop(&[7, 7, 7], 7, &[]));
        assert!(!closes_loop(&[7, 7], 7, &[]));
    }

    #[test]
    fn digits_may_repeat_as_figures_need() {
        assert!(!closes_loop(&[5, 0, 0, 0, 5, 0, 0, 0, 5, 0, 0], 0, &[false; 8]));
        assert!(closes_loop(&[0; 6], 0, &[false; 8]));
    }

    #[test]
    fn the_pad_token_takes_no_probability() {
        let row = [1.0, 50.0, 1.0];
        assert!((log_sum_exp_without(&row, 1) - (1.0 + 2f32.ln())).abs() < 1e-5);
    }
}
