//! Writes an article's outputs when it has no open unit: assemble ▸ write.
//!
//! Place in the data way: after `work`, for each article by itself, so that finished articles do not wait for others.
//! It must never write an article with open units, nor note as delivered what is not on the disk.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use crate::model::finding::Finding;
use crate::model::key::sha256_hex;
use crate::model::record::{ArticleRecord, BackendRef, HEADLINE, HEADLINE_SKIPPED, Provenance};
use crate::model::segment::SegmentId;
use crate::model::unit::{IMPORT, SegmentOutcome, UnitResult, Work};
use crate::stage::assemble::{Parts, SummaryOutcome, assemble};
use crate::stage::check::Checks;
use crate::stage::prompt::{PromptKind, Prompts};
use crate::stage::write::{Format, Named as _, Theme, WriteError, render, write};
use crate::state::{Outcome, Output, Ready};

/// Where and how outputs are written.
#[derive(Debug, Clone)]
pub struct Delivery {
    /// The output folder.
    pub root: PathBuf,
    /// The formats, each a file of its own.
    pub formats: Vec<Format>,
    /// The configured backends, for the provenance; with each, whether it reads prompts.
    pub backends: BTreeMap<String, (BackendRef, bool)>,
    /// Names of the backends that translate, in order of failover.
    pub ladder: Vec<String>,
    /// The prompts, for the provenance.
    pub prompts: Prompts,
    /// The checks that only a whole article can be given to.
    pub checks: Checks,
    /// The look of pages.
    pub theme: Theme,
}

/// What was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivered {
    /// How the article stands.
    pub outcome: Outcome,
    /// How far down the ladder it had to go.
    pub tier: Option<String>,
    /// The files.
    pub outputs: Vec<Output>,
    /// Where files were put that somebody had changed by hand, below the output folder.
    pub aside: Vec<String>,
}

/// The files of an article, and where changed ones were put.
type Written = (Vec<Output>, Vec<String>);

impl Delivery {
    /// Assembles and writes one article.
    ///
    /// # Errors
    /// [`WriteError`] naming the file and the reason; nothing is half-written.
    pub fn deliver(&self, ready: &Ready) -> Result<Delivered, WriteError> {
        let record = self.record(ready);
        let (mut outputs, aside) = self.write(&record, &ready.name, &ready.earlier)?;
        // A form that is no longer written stays noted as long as its file is there, so that it can go with its input.
        let is_other = |old: &&Output| {
            !outputs.iter().any(|new| new.path == old.path) && still_there(&self.root, &[(*old).clone()])
        };
        let others: Vec<Output> = ready.earlier.iter().filter(is_other).cloned().collect();
        outputs.extend(others);
        Ok(Delivered { outcome: outcome_of(&record), tier: record.provenance.tier, outputs, aside })
    }

    /// Writes an article of which title and first paragraph are translated, and whatever else was finished.
    ///
    /// # Errors
    /// As for [`Delivery::deliver`].
    pub fn deliver_headline(&self, part: &Ready) -> Result<Written, WriteError> {
        let mut part = part.clone();
        let there: BTreeSet<u32> = outcomes(&part).keys().map(|id| id.paragraph).collect();
        let paragraphs = part.article.sections.iter_mut().flat_map(|section| &mut section.paragraphs);
        for paragraph in paragraphs.filter(|p| p.skipped.is_none() && !there.contains(&p.n)) {
            paragraph.skipped = Some(HEADLINE_SKIPPED.into());
        }
        let mut record = self.record(&part);
        record.provenance.tier = Some(HEADLINE.into());
        self.write(&record, &part.name, &part.earlier)
    }

    /// Writes an article's files in place of the `earlier` ones. What somebody changed by hand is put aside.
    fn write(&self, record: &ArticleRecord, name: &str, earlier: &[Output]) -> Result<Written, WriteError> {
        let (mut outputs, mut aside) = (Vec::new(), Vec::new());
        for format in &self.formats {
            let text = render(name, record, *format, &self.theme)
                .map_err(|source| WriteError::Theme { path: name.to_owned(), source })?;
            let sha256 = sha256_hex(text.as_bytes());
            let is_form = |old: &&Output| old.path == format!("{name}.{}", format.extension());
            if let Some(changed) = earlier.iter().find(is_form).filter(|old| self.is_changed(old, &sha256)) {
                aside.push(self.put_aside(&changed.path)?);
            }
            let path = write(&self.root, name, *format, &text)?;
            let path = path.strip_prefix(&self.root).unwrap_or(&path).to_string_lossy().into_owned();
            outputs.push(Output { path, bytes: text.len() as u64, sha256 });
        }
        Ok((outputs, aside))
    }

    /// Whether a file that was written before holds something else now, and not what is about to be written.
    fn is_changed(&self, old: &Output, new: &str) -> bool {
        let file = self.root.join(&old.path);
        let is_file = std::fs::symlink_metadata(&file).is_ok_and(|meta| meta.is_file() && meta.len() > 0);
        let differs = |bytes: Vec<u8>| {
            let found = sha256_hex(&bytes);
            found != old.sha256 && found != new
        };
        is_file && !old.sha256.is_empty() && std::fs::read(&file).is_ok_and(differs)
    }

    /// Gives a file a name under which nothing is ever written; gives that name.
    fn put_aside(&self, path: &str) -> Result<String, WriteError> {
        let numbered = (2..).map(|n| format!("{path}.orig-{n}"));
        let is_free = |name: &String| std::fs::symlink_metadata(self.root.join(name)).is_err();
        let name = std::iter::once(format!("{path}.orig")).chain(numbered).find(is_free).unwrap_or_default();
        let io = |source| WriteError::Io { path: self.root.join(path).display().to_string(), source };
        std::fs::rename(self.root.join(path), self.root.join(&name)).map_err(io)?;
        Ok(name)
    }

    /// The article's record.
    pub fn record(&self, ready: &Ready) -> ArticleRecord {
        let outcomes = outcomes(ready);
        let summary = ready.units.iter().find_map(|(_, _, result)| match result {
            UnitResult::Summarised { summary, backend, findings } => {
                Some(SummaryOutcome { summary: summary.as_ref(), backend: backend.as_deref(), findings })
            }
            UnitResult::Translated { .. } => None,
        });
        let provenance = self.provenance(&outcomes, summary.as_ref());
        let mut record = assemble(Parts { article: &ready.article, outcomes: &outcomes, summary, provenance });
        for (n, finding) in self.checks.drift(&record) {
            let paragraphs = record.sections.iter_mut().flat_map(|section| &mut section.paragraphs);
            paragraphs.filter(|paragraph| Some(paragraph.n) == n).for_each(|p| p.findings.push(finding.clone()));
        }
        record
    }

    fn provenance(
        &self,
        outcomes: &BTreeMap<SegmentId, SegmentOutcome>,
        summary: Option<&SummaryOutcome<'_>>,
    ) -> Provenance {
        let translators: BTreeSet<&str> = outcomes.values().filter_map(|o| o.backend.as_deref()).collect();
        let summariser = summary.and_then(|summary| summary.backend);
        let names: BTreeSet<&str> = translators.iter().copied().chain(summariser).collect();
        let unknown = |name: &str| {
            let dialect = if name == IMPORT { IMPORT } else { "unknown" };
            BackendRef { name: name.into(), dialect: dialect.into(), model: None, draft: false }
        };
        let known = |name: &str| self.backends.get(name).map_or_else(|| unknown(name), |(backend, _)| backend.clone());
        let reads = |name: &str| self.backends.get(name).is_some_and(|(_, reads)| *reads);
        let rung = |name: &&&str| self.ladder.iter().position(|rung| rung == *name).unwrap_or(usize::MAX);
        let tier = translators.iter().filter(|name| **name != IMPORT).max_by_key(rung).map(|name| (*name).to_owned());
        let prompts = [
            (PromptKind::Translate, translators.into_iter().any(reads)),
            (PromptKind::Summarise, summariser.is_some()),
        ];
        let sent = prompts.into_iter().filter(|(_, sent)| *sent).map(|(kind, _)| self.prompts.reference(kind));
        Provenance {
            kabar: env!("CARGO_PKG_VERSION").into(),
            backends: names.into_iter().map(known).collect(),
            prompts: sent.collect(),
            tier,
        }
    }
}

/// What came of each segment. Results are matched by position: paragraph numbers may have moved since.
fn outcomes(ready: &Ready) -> BTreeMap<SegmentId, SegmentOutcome> {
    let mut outcomes = BTreeMap::new();
    for (work, _, result) in &ready.units {
        if let (Work::Translate { segments, .. }, UnitResult::Translated { segments: results }) = (work, result) {
            for (segment, outcome) in segments.iter().zip(results) {
                outcomes.insert(segment.id, SegmentOutcome { id: segment.id, ..outcome.clone() });
            }
        }
    }
    outcomes
}

fn outcome_of(record: &ArticleRecord) -> Outcome {
    let missing = |p: &crate::model::record::ParagraphRecord| p.en.is_none() && p.skipped.is_none();
    if record.paragraphs().any(missing) || (record.title.id.is_some() && record.title.en.is_none()) {
        Outcome::Failed
    } else if record.findings().any(|(_, finding)| Finding::is_error(finding)) {
        Outcome::Flagged
    } else {
        Outcome::Done
    }
}

/// Whether every output is still there with the length that was written.
pub fn still_there(root: &Path, outputs: &[Output]) -> bool {
    let there = |output: &Output| {
        std::fs::metadata(root.join(&output.path)).is_ok_and(|meta| meta.is_file() && meta.len() == output.bytes)
    };
    !outputs.is_empty() && outputs.iter().all(there)
}
