//! Bars on a terminal: articles, segments, tokens, cost, time left. The only place that knows `indicatif`.
//!
//! Place in the data way: beside it.
//! It must never draw text from outside with its control characters, or a line wider than the terminal.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::plain::{Detail, line, paint};
use super::repeats::Repeats;
use super::text::{amount_text, grouped, one_line};
use crate::model::event::{Event, Monitor};

/// Shown while inputs are read and until the first unit is done.
const READING: &str = "{spinner} {wide_msg}";
/// `{wide_msg}` gives way on a narrow terminal.
const ARTICLES: &str = "articles {bar:20} {pos}/{len} {wide_msg}";
const SEGMENTS: &str = "segments {bar:20} {pos}/{len} {eta} left {wide_msg}";
/// How often the bars are drawn anew without an event.
const TICK: Duration = Duration::from_millis(200);

/// Draws bars; trouble is written above them.
pub struct Bars {
    detail: Detail,
    color: bool,
    screen: MultiProgress,
    articles: ProgressBar,
    segments: ProgressBar,
    so_far: Mutex<SoFar>,
}

#[derive(Default)]
struct SoFar {
    read: u64,
    tokens: u64,
    cost: f64,
    flagged: u64,
    repeats: Repeats,
}

impl Bars {
    /// Draws on standard error.
    pub fn new(detail: Detail, color: bool) -> Self {
        Self::on(ProgressDrawTarget::stderr(), detail, color)
    }

    fn on(target: ProgressDrawTarget, detail: Detail, color: bool) -> Self {
        let screen = MultiProgress::with_draw_target(target);
        let articles = screen.add(ProgressBar::no_length().with_style(style(READING)));
        let segments = ProgressBar::no_length().with_style(style(SEGMENTS));
        Self { detail, color, screen, articles, segments, so_far: Mutex::default() }
    }

    /// Writes a line above the bars.
    fn above(&self, event: &Event, so_far: &mut SoFar) {
        let shown = line(event, self.detail).and_then(|line| match event {
            Event::Retry { .. } | Event::Warning { .. } => so_far.repeats.admit(&line),
            Event::ArticleWritten { .. } if self.detail < Detail::Verbose => None,
            Event::PlanFinished { .. } => None,
            _ => Some(line),
        });
        if let Some(line) = shown {
            let _ = self.screen.println(paint(event, &one_line(&line), self.color));
        }
    }

    fn start_bars(&self, articles: u64, segments: u64) {
        self.articles.set_style(style(ARTICLES));
        self.articles.set_length(articles);
        self.articles.set_position(0);
        self.articles.set_message("");
        self.screen.add(self.segments.clone());
        self.segments.set_length(segments);
        self.articles.enable_steady_tick(TICK);
        self.segments.enable_steady_tick(TICK);
    }
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar()).progress_chars("█▌░")
}

impl Monitor for Bars {
    fn event(&self, event: &Event) {
        let mut so_far = self.so_far.lock().unwrap_or_else(PoisonError::into_inner);
        self.above(event, &mut so_far);
        match event {
            Event::Planned { path, .. } => {
                so_far.read += 1;
                self.articles.set_message(format!("read {} articles: {}", grouped(so_far.read), one_line(path)));
            }
            Event::PlanFinished { articles, segments, .. } => self.start_bars(*articles, *segments),
            Event::UnitFinished { segments, tokens, cost, flagged, .. } => {
                so_far.tokens += tokens;
                so_far.cost += cost;
                so_far.flagged += u64::from(*flagged);
                self.segments.set_message(spent(&so_far));
                self.segments.inc(*segments);
            }
            Event::ArticleWritten { path, .. } => {
                self.articles.set_message(one_line(path));
                self.articles.inc(1);
            }
            Event::RunFinished { .. } => {
                self.segments.finish_and_clear();
                self.articles.finish_and_clear();
            }
            Event::RunStarted { .. }
            | Event::NearCopy { .. }
            | Event::Moved { .. }
            | Event::Corrected { .. }
            | Event::Pruned { .. }
            | Event::ArticleFailed { .. }
            | Event::Retry { .. }
            | Event::BackendDown { .. }
            | Event::Batch { .. }
            | Event::Warning { .. }
            | Event::Stopping { .. } => {}
        }
    }
}

/// Tokens, cost and flagged units, as far as there are any.
fn spent(so_far: &SoFar) -> String {
    let parts = [
        (so_far.tokens > 0).then(|| format!("{} tokens", grouped(so_far.tokens))),
        (so_far.cost > 0.0).then(|| format!("cost {}", amount_text(so_far.cost))),
        (so_far.flagged > 0).then(|| format!("{} flagged", grouped(so_far.flagged))),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join(" · ")
}

#[cfg(test)]
mod tests {
    use indicatif::InMemoryTerm;

    use super::*;
    use crate::model::outcome::Receipt;

    fn bars(width: u16) -> (InMemoryTerm, Bars) {
        let terminal = InMemoryTerm::new(10, width);
        let target = ProgressDrawTarget::term_like_with_hz(Box::new(terminal.clone()), 255);
        (terminal, Bars::on(target, Detail::Normal, false))
    }

    fn begin(bars: &Bars) {
        bars.event(&Event::PlanFinished { articles: 4, units: 9, segments: 100 });
        bars.event(&Event::UnitFinished { segments: 40, from_memory: 0, tokens: 1500, cost: 0.5, flagged: false });
        let long = "berita/".repeat(30);
        bars.event(&Event::ArticleWritten { path: long, output: "a.md".into() });
        bars.articles.force_draw();
        bars.segments.force_draw();
    }

    #[test]
    fn articles_segments_tokens_cost_and_time_left_are_shown() {
        let (terminal, bars) = bars(100);
        begin(&bars);
        let shown = terminal.contents();
        for part in ["articles", "1/4", "segments", "40/100", "left", "1,500 tokens", "cost 0.50"] {
            assert!(shown.contains(part), "{part} in {shown}");
        }
    }

    #[test]
    fn a_narrow_terminal_still_gets_one_line_for_each_bar() {
        let (terminal, bars) = bars(50);
        begin(&bars);
        assert_eq!(terminal.contents().lines().count(), 2, "{}", terminal.contents());
    }

    #[test]
    fn at_the_end_the_bars_are_gone_and_the_receipt_stays() {
        let (terminal, bars) = bars(100);
        begin(&bars);
        bars.event(&Event::RunFinished { receipt: Box::new(Receipt::default()) });
        assert_eq!(terminal.contents(), "done: 0 articles: 0 written; 0s");
    }

    #[test]
    fn a_path_cannot_steer_the_terminal() {
        let (terminal, bars) = bars(100);
        bars.event(&Event::Planned { path: "\u{1b}[2J\u{7}x".into(), unchanged: false });
        bars.articles.force_draw();
        assert!(terminal.contents().contains("\\u{1b}[2J\\u{7}x"), "{}", terminal.contents());
    }
}
