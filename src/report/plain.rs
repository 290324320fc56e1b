//! One line for each change of state: for cron, logs and pipes.
//!
//! Place in the data way: beside it.
//! It must never use more than one line for an event, or say anything on success when it is to be quiet.

use std::io::Write;
use std::sync::{Mutex, PoisonError};

use super::repeats::Repeats;
use super::text::{ending, grouped, one_line, receipt_line, trouble};
use crate::model::duration;
use crate::model::event::{BatchStep, Event, Monitor};

/// How much is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Detail {
    /// Trouble only.
    Quiet,
    /// What changes.
    Normal,
    /// Also what does not change, and every unit.
    Verbose,
}

impl Detail {
    /// From the flags; `quiet` wins.
    pub fn of(quiet: bool, verbose: bool) -> Self {
        match (quiet, verbose) {
            (true, _) => Self::Quiet,
            (false, false) => Self::Normal,
            (false, true) => Self::Verbose,
        }
    }
}

/// Writes plain lines.
pub struct Plain {
    detail: Detail,
    color: bool,
    levels: bool,
    to: Mutex<To>,
}

struct To {
    writer: Box<dyn Write + Send>,
    repeats: Repeats,
}

impl Plain {
    /// Lines go to `writer`; one that cannot be written is dropped.
    pub fn new(writer: Box<dyn Write + Send>, detail: Detail, color: bool) -> Self {
        Self { detail, color, levels: false, to: Mutex::new(To { writer, repeats: Repeats::default() }) }
    }

    /// Begins each line with its level, `<3>` to `<7>`, as the journal reads it.
    #[must_use]
    pub fn levels(self, levels: bool) -> Self {
        Self { levels, ..self }
    }
}

impl Monitor for Plain {
    fn event(&self, event: &Event) {
        let Some(line) = line(event, self.detail) else { return };
        let mut to = self.to.lock().unwrap_or_else(PoisonError::into_inner);
        let line = match event {
            Event::Retry { .. } | Event::Warning { .. } => match to.repeats.admit(&line) {
                Some(line) => line,
                None => return,
            },
            _ => line,
        };
        let line = paint(event, &one_line(&line), self.color);
        let level = if self.levels { format!("<{}>", level(event)) } else { String::new() };
        let _ = writeln!(to.writer, "{level}kabar: {line}");
    }
}

/// An event in words, as far as this detail shows it.
pub(super) fn line(event: &Event, detail: Detail) -> Option<String> {
    if let Some(line) = trouble(event) {
        return Some(line);
    }
    let (line, needs) = match event {
        Event::RunStarted { run } => (format!("run {run}"), Detail::Verbose),
        Event::Planned { path, unchanged: true } => (format!("unchanged: {path}"), Detail::Verbose),
        Event::Planned { path, unchanged: false } => (format!("planned: {path}"), Detail::Verbose),
        Event::Moved { from, path } => (format!("moved: {from} → {path}"), Detail::Normal),
        Event::Corrected { path, paragraphs } => {
            (format!("corrected by its outlet: {path} ({paragraphs} paragraphs)"), Detail::Normal)
        }
        Event::Pruned { path, output, kept: false } => (format!("pruned: {output} ({path} is gone)"), Detail::Normal),
        Event::Pruned { path, output, kept: true } => {
            (format!("not pruned: {output} was changed by hand ({path} is gone)"), Detail::Normal)
        }
        Event::NearCopy { path, of, alike } => (format!("near copy: {path} of {of} ({alike} %)"), Detail::Verbose),
        Event::PlanFinished { articles, units, segments } => {
            let (articles, units, segments) = (grouped(*articles), grouped(*units), grouped(*segments));
            (format!("to do: {articles} articles, {segments} segments in {units} units"), Detail::Normal)
        }
        Event::UnitFinished { segments, from_memory, flagged, .. } => {
            let end = if *flagged { ", flagged" } else { "" };
            (format!("unit finished: {segments} segments, {from_memory} from memory{end}"), Detail::Verbose)
        }
        Event::ArticleWritten { path, output } => (format!("written: {path} → {output}"), Detail::Normal),
        Event::Retry { backend, reason, delay } => {
            (format!("{backend}: {reason}; again in {}", duration::format(*delay)), Detail::Normal)
        }
        Event::Batch { backend, batch, step, requests } => {
            let detail = if *step == BatchStep::Submitting { Detail::Verbose } else { Detail::Normal };
            (format!("{backend}: batch {batch} {}: {} requests", step.name(), grouped(*requests)), detail)
        }
        Event::RunFinished { receipt } => {
            (ending(receipt).unwrap_or_else(|| format!("done: {}", receipt_line(receipt))), Detail::Normal)
        }
        Event::ArticleFailed { .. } | Event::BackendDown { .. } | Event::Warning { .. } | Event::Stopping { .. } => {
            return None;
        }
    };
    (detail >= needs).then_some(line)
}

/// Syslog's level of an event: 3 error, 4 warning, 5 notice, 6 information, 7 detail.
fn level(event: &Event) -> u8 {
    match event {
        Event::Warning { .. } => 4,
        Event::Retry { .. } | Event::Stopping { .. } => 5,
        event if trouble(event).is_some() => super::text::ERROR,
        Event::RunStarted { .. } | Event::Planned { .. } | Event::UnitFinished { .. } => 7,
        _ => 6,
    }
}

/// Trouble in red, retries in yellow.
pub(super) fn paint(event: &Event, line: &str, color: bool) -> String {
    let code = match event {
        _ if !color => return line.to_owned(),
        Event::Retry { .. } | Event::Warning { .. } => 33,
        event if trouble(event).is_some() => 31,
        _ => return line.to_owned(),
    };
    format!("\u{1b}[{code}m{line}\u{1b}[0m")
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use super::*;
    use crate::model::outcome::Receipt;

    #[derive(Clone, Default)]
    struct Shared(Arc<Mutex<Vec<u8>>>);

    impl Write for Shared {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    fn said(detail: Detail, events: &[Event]) -> String {
        let shared = Shared::default();
        let plain = Plain::new(Box::new(shared.clone()), detail, false);
        for event in events {
            plain.event(event);
        }
        String::from_utf8(shared.0.lock().unwrap().clone()).unwrap()
    }

    fn good_run() -> Vec<Event> {
        let mut receipt = Receipt { seconds: 2.0, ..Receipt::default() };
        receipt.counts.articles = 1;
        receipt.counts.written = 1;
        vec![
            Event::RunStarted { run: "r1".into() },
            Event::Planned { path: "a.txt".into(), unchanged: false },
            Event::PlanFinished { articles: 1, units: 2, segments: 30 },
            Event::Retry { backend: "desk".into(), reason: "503".into(), delay: Duration::from_millis(500) },
            Event::UnitFinished { segments: 30, from_memory: 0, tokens: 900, cost: 0.0, flagged: false },
            Event::ArticleWritten { path: "a.txt".into(), output: "kabar-out/a.md".into() },
            Event::RunFinished { receipt: Box::new(receipt) },
        ]
    }

    #[test]
    fn a_good_run_is_told_in_one_line_for_each_change() {
        assert_eq!(
            said(Detail::Normal, &good_run()),
            "kabar: to do: 1 articles, 30 segments in 2 units\n\
             kabar: desk: 503; again in 500ms\n\
             kabar: written: a.txt → kabar-out/a.md\n\
             kabar: done: 1 articles: 1 written; 2s\n"
        );
    }

    #[test]
    fn a_quiet_report_says_nothing_on_success_and_everything_in_trouble() {
        assert_eq!(said(Detail::Quiet, &good_run()), "");
        let failed = Event::ArticleFailed { path: "b.bin".into(), reason: "not a text file".into() };
        assert_eq!(said(Detail::Quiet, &[failed]), "kabar: failed: b.bin: not a text file\n");
    }

    #[test]
    fn the_journal_is_told_the_level_of_each_line() {
        let shared = Shared::default();
        let plain = Plain::new(Box::new(shared.clone()), Detail::Verbose, false).levels(true);
        let failed = Event::ArticleFailed { path: "b.bin".into(), reason: "not a text file".into() };
        for event in good_run().iter().chain([&failed]) {
            plain.event(event);
        }
        let said = String::from_utf8(shared.0.lock().unwrap().clone()).unwrap();
        let levels: String = said.lines().map(|line| &line[..3]).collect();
        assert_eq!(levels, "<7><7><6><5><7><6><6><3>", "{said}");
    }

    #[test]
    fn a_storm_of_retries_stays_short() {
        let retry = |n| Event::Retry { backend: "desk".into(), reason: "503".into(), delay: Duration::from_millis(n) };
        let storm: Vec<Event> = (1..=500).map(retry).collect();
        assert_eq!(said(Detail::Normal, &storm).lines().count(), 5);
    }

    #[test]
    fn names_and_answers_from_outside_stay_on_their_line() {
        let event = Event::ArticleFailed { path: "a\n\u{1b}[31m.txt".into(), reason: "x".into() };
        assert_eq!(said(Detail::Normal, &[event]), "kabar: failed: a \\u{1b}[31m.txt: x\n");
    }
}
