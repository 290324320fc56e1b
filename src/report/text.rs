//! Words for people: safe on a terminal, with figures that can be read.
//!
//! Place in the data way: beside it.
//! It must never pass on a control character of an article, a file name or a server.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::time::Duration;

use crate::model::digits;
use crate::model::duration;
use crate::model::event::Event;
use crate::model::outcome::{Receipt, Stop};
use crate::model::spend::Period;

/// `text` with control characters shown as their names (`\u{1b}`), so that they cannot steer a terminal.
/// Line breaks stay; so do all letters.
pub fn printable(text: &str) -> String {
    text.chars().fold(String::with_capacity(text.len()), |mut out, c| {
        match c {
            '\n' => out.push(c),
            '\t' => out.push(' '),
            c if c.is_control() || is_steering(c) => out.extend(c.escape_unicode()),
            c => out.push(c),
        }
        out
    })
}

/// Characters that turn the direction of text, or are invisible line breaks.
fn is_steering(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

/// `text` on one line, safe on a terminal.
pub(super) fn one_line(text: &str) -> String {
    printable(text).replace('\n', " ")
}

/// Writes one message to standard error; where that cannot be done, nothing can.
pub fn complain(message: &str) {
    let _ = writeln!(std::io::stderr(), "kabar: {}", printable(message));
}

/// As [`complain`], with the level of an error before each line where standard error is systemd's journal.
pub fn complain_to(journal: bool, message: &str) {
    if !journal {
        return complain(message);
    }
    let text: String = printable(message).lines().map(|line| format!("<{ERROR}>kabar: {line}\n")).collect();
    let _ = std::io::stderr().write_all(text.as_bytes());
}

/// Syslog's level for trouble (<https://man7.org/linux/man-pages/man3/sd-daemon.3.html>).
pub(super) const ERROR: u8 = 3;

/// `1234567` → `1,234,567`.
pub(super) fn grouped(n: u64) -> String {
    digits::grouped(&n.to_string())
}

/// `USD 0.12, EUR 3.40`; four decimals below a cent.
pub(super) fn money(cost: &BTreeMap<String, f64>) -> String {
    cost.iter().map(|(currency, amount)| format!("{currency} {}", amount_text(*amount))).collect::<Vec<_>>().join(", ")
}

/// `0.12`, and `0.0034` below a cent.
pub(super) fn amount_text(amount: f64) -> String {
    if amount == 0.0 || amount >= 0.01 { format!("{amount:.2}") } else { format!("{amount:.4}") }
}

/// What a run did, in one line.
pub fn receipt_line(receipt: &Receipt) -> String {
    let c = &receipt.counts;
    let some = |n: u64, what: &str| (n > 0).then(|| format!("{} {what}", grouped(n)));
    let tiers: Vec<String> = c.tiers.iter().map(|(tier, n)| format!("{tier} {}", grouped(*n))).collect();
    let tiers = if tiers.len() > 1 { format!(" ({})", tiers.join(", ")) } else { String::new() };
    let unchanged = match c.flagged_before {
        0 => "unchanged".to_owned(),
        flagged => format!("unchanged ({} of them flagged: kabar check)", grouped(flagged)),
    };
    let articles = [
        Some(format!("{} written{tiers}", grouped(c.written))),
        some(c.unchanged, &unchanged),
        some(c.moved, "moved"),
        some(c.corrected, "corrected by their outlets"),
        some(c.pruned, "pruned"),
        some(c.failed, "failed"),
        some(c.flagged, "flagged"),
        some(c.pending, "left for the next run"),
        some(c.near_copies, "near copies"),
    ];
    let mut parts = vec![format!("{} articles: {}", grouped(c.articles), listed(articles))];
    if c.segments > 0 {
        let segments = [Some(format!("{} sent", grouped(c.sent))), some(c.from_memory, "from memory")];
        parts.push(format!("{} segments: {}", grouped(c.segments), listed(segments)));
    }
    if receipt.requests > 0 {
        let requests = [Some(format!("{} requests", grouped(receipt.requests))), some(receipt.retries, "retries")];
        parts.push(listed(requests));
    }
    if receipt.input_tokens + receipt.output_tokens > 0 {
        let about = if receipt.estimated { "about " } else { "" };
        let (input, output) = (grouped(receipt.input_tokens), grouped(receipt.output_tokens));
        parts.push(format!("{about}{input} tokens in, {output} out"));
    }
    if receipt.cost.values().any(|amount| *amount > 0.0) {
        parts.push(money(&receipt.cost));
    }
    let seconds = Duration::try_from_secs_f64(receipt.seconds).unwrap_or_default();
    let precision = if seconds.as_secs() < 10 { 100 } else { 1_000 };
    let rounded = u64::try_from(seconds.as_millis()).unwrap_or(u64::MAX) / precision * precision;
    parts.push(duration::format(Duration::from_millis(rounded)));
    parts.join("; ")
}

fn listed<const N: usize>(parts: [Option<String>; N]) -> String {
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

/// Why a run stopped early, for people.
pub(super) fn stop_text(stop: &Stop) -> String {
    match stop {
        Stop::Signal { number: 2 } => "interrupted".into(),
        Stop::Signal { number: 15 } => "terminated".into(),
        Stop::Signal { number } => format!("stopped by signal {number}"),
        Stop::Backends { message } | Stop::Batch { message } => message.clone(),
        Stop::Budget { .. } | Stop::Deadline => stop.limit().unwrap_or_default().into(),
    }
}

/// An event that tells of trouble, as a line; `None` for all others. They are shown however quiet a report is.
pub(super) fn trouble(event: &Event) -> Option<String> {
    match event {
        Event::ArticleFailed { path, reason } => Some(format!("failed: {path}: {reason}")),
        Event::BackendDown { backend, reason } => Some(format!("backend {backend} is not used any more: {reason}")),
        Event::Warning { message } => Some(format!("warning: {message}")),
        Event::Stopping { reason } => Some(format!("stopping: {reason}")),
        Event::RunFinished { receipt } if receipt.only_waits() => None,
        Event::RunFinished { receipt } => ending(receipt),
        Event::RunStarted { .. }
        | Event::NearCopy { .. }
        | Event::Moved { .. }
        | Event::Corrected { .. }
        | Event::Pruned { .. }
        | Event::Planned { .. }
        | Event::PlanFinished { .. }
        | Event::UnitFinished { .. }
        | Event::ArticleWritten { .. }
        | Event::Batch { .. }
        | Event::Retry { .. } => None,
    }
}

/// How a run ended, where it did not end well: one paragraph with what happened and what to do.
pub fn ending(receipt: &Receipt) -> Option<String> {
    let c = &receipt.counts;
    if receipt.stopped.is_none() && c.failed == 0 && c.flagged == 0 && c.pending == 0 {
        return None;
    }
    let why = receipt.stopped.as_ref().map_or_else(|| "finished with trouble".into(), stop_text);
    let advice = match (&receipt.stopped, c.flagged) {
        (Some(Stop::Batch { .. }), _) => "run again later to fetch the answers",
        (Some(Stop::Backends { .. }), _) => "`kabar doctor` says what to do; nothing is lost",
        (Some(Stop::Budget { of: Period::Day }), _) => "a run on the next day goes on where this one stopped",
        (Some(Stop::Budget { of: Period::Month }), _) => "a run in the next month goes on where this one stopped",
        (Some(_), _) => "run again to go on where this run stopped",
        (None, 0) if c.failed == 0 => "run again to do the rest",
        (None, 0) => "run again to try what failed once more",
        (None, _) => "`kabar check` lists the findings; --only flagged works on them again",
    };
    Some(format!("{why}: {}; {advice} (run {})", receipt_line(receipt), receipt.run))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_from_outside_cannot_steer_the_terminal() {
        assert_eq!(printable("a\u{1b}[2Jb\rc\u{9b}d"), "a\\u{1b}[2Jb\\u{d}c\\u{9b}d");
        assert_eq!(printable("abc\u{202e}txt.exe"), "abc\\u{202e}txt.exe");
        assert_eq!(printable("“Halo”\nRp 10.000"), "“Halo”\nRp 10.000");
    }

    #[test]
    fn figures_can_be_read() {
        assert_eq!(grouped(0), "0");
        assert_eq!(grouped(999), "999");
        assert_eq!(grouped(1_234_567), "1,234,567");
        assert_eq!(amount_text(0.0034), "0.0034");
        assert_eq!(amount_text(12.5), "12.50");
    }

    #[test]
    fn a_receipt_says_what_was_done_and_leaves_out_what_was_not() {
        let mut receipt = Receipt { seconds: 83.25, ..Receipt::default() };
        receipt.counts.articles = 2;
        receipt.counts.written = 2;
        assert_eq!(receipt_line(&receipt), "2 articles: 2 written; 1m23s");
        receipt.counts.segments = 1_500;
        receipt.counts.sent = 1_400;
        receipt.counts.from_memory = 100;
        receipt.requests = 70;
        receipt.retries = 2;
        receipt.input_tokens = 12_000;
        receipt.output_tokens = 9_000;
        receipt.cost.insert("USD".into(), 0.42);
        assert_eq!(
            receipt_line(&receipt),
            "2 articles: 2 written; 1,500 segments: 1,400 sent, 100 from memory; 70 requests, 2 retries; \
             12,000 tokens in, 9,000 out; USD 0.42; 1m23s"
        );
    }

    #[test]
    fn a_good_ending_is_no_trouble_and_a_bad_one_says_what_to_do() {
        assert_eq!(ending(&Receipt::default()), None);
        let mut failed = Receipt::default();
        failed.counts.failed = 1;
        assert!(ending(&failed).unwrap().contains("run again"));
        let stopped = Receipt { stopped: Some(Stop::Deadline), ..Receipt::default() };
        assert!(ending(&stopped).unwrap().starts_with("the deadline has come: 0 articles"));
    }
}
