//! The lowest rung of the ladder: of what is left at a stop, title and first paragraph are translated and written.
//!
//! Place in the data way: after `work`, where the budget or the deadline ended it. What is answered goes into the memory,
//! so that the run which does the rest does not pay for it again.
//! It must never make an article look finished: its record says which paragraphs are missing and why, and its units
//! stay open. Nor take the place of a whole translation that is there, be it of an older version.

use futures_util::stream::{self, StreamExt};

use crate::model::article::{Article, ParagraphKind};
use crate::model::backend::Limits;
use crate::model::event::{Event, Monitor};
use crate::model::outcome::Stop;
use crate::model::record::HEADLINE;
use crate::model::segment::Segment;
use crate::model::unit::{ArticleId, UnitStatus, Work};
use crate::stage::section::segments;

use super::unit::Halt;
use super::{Run, RunError};

impl Run {
    /// Writes what is left with title and first paragraph, where the run stopped for want of money or time and there is
    /// still enough for that.
    pub(super) async fn headlines(&self) -> Result<(), RunError> {
        let is_short = matches!(self.stopper.reason(), Some(Stop::Budget { .. } | Stop::Deadline));
        if !self.headline || !is_short {
            return Ok(());
        }
        self.ledger.use_up_the_time();
        let mut work = std::pin::pin!(
            stream::iter(self.state.unseen_articles(&self.id)?)
                .take_until(self.stopper.draining().cancelled())
                .map(|article| self.headline_of(article))
                .buffer_unordered(self.concurrency)
                .take_until(self.stopper.abort().cancelled())
        );
        while let Some(done) = work.next().await {
            self.written(Some(done))?;
        }
        Ok(())
    }

    async fn headline_of(&self, article: ArticleId) -> Result<(), RunError> {
        let mut part = self.state.as_far(article)?;
        let segments = title_and_lead(&part.article, &self.workshop.recipe.translator.limits);
        let title = part.article.title.clone();
        let result = match self.workshop.translate_apart(title.as_deref(), &segments).await {
            Ok(result) => result,
            Err(Halt::Short(_) | Halt::Release | Halt::Waiting { .. }) => return Ok(()),
            Err(Halt::State(error)) => return Err(error.into()),
            Err(Halt::Prompt(error)) => return Err(error.into()),
            Err(Halt::Internal(error)) => return Err(RunError::Internal(error)),
        };
        part.units.push((Work::Translate { section: 1, segments }, UnitStatus::Done, result));
        let (delivery, path) = (self.delivery.clone(), part.path.clone());
        let written = tokio::task::spawn_blocking(move || delivery.deliver_headline(&part)).await;
        let (outputs, aside) = written.map_err(|error| RunError::Internal(error.to_string()))??;
        self.tell_aside(&aside);
        let output = outputs.first().map(|output| output.path.clone()).unwrap_or_default();
        self.state.headline_written(article, outputs).await?;
        self.ledger.count(|counts| *counts.tiers.entry(HEADLINE.into()).or_default() += 1);
        self.ledger.event(&Event::ArticleWritten { path, output });
        Ok(())
    }
}

/// The segments of the title and of the first paragraph of text.
fn title_and_lead(article: &Article, limits: &Limits) -> Vec<Segment> {
    let is_lead = |p: &&crate::model::article::Paragraph| p.kind == ParagraphKind::Text && p.skipped.is_none();
    let lead = article.paragraphs().find(is_lead).map(|paragraph| paragraph.n);
    let all = segments(article, limits, false).into_iter().flat_map(|section| section.segments);
    all.filter(|segment| segment.id.paragraph == 0 || Some(segment.id.paragraph) == lead).collect()
}
