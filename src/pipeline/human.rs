//! What translators gave: it wins over machines, for a text that is yet to be translated and for one that is finished.
//!
//! Place in the data way: `work` looks here before the memory; `kabar memory import` brings finished articles up to date.
//! It must never send anything, or let a check take a translator's text away: it only notes what it noticed.

use crate::model::finding::{Finding, Severity};
use crate::model::key::Key;
use crate::model::unit::{FinishedUnit, IMPORT, SegmentOutcome, UnitId, UnitResult, Work};
use crate::stage::check::Checks;
use crate::state::{State, StateError, Translated};

use super::recipe::Recipe;
use super::unit::status_of;

/// Finished units that are looked at together.
const PAGE: usize = 200;

/// What came of an import.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Revised {
    /// Paragraphs, or parts of long ones, whose English is now a translator's.
    pub segments: u64,
    /// Sections that hold them, or parts of long ones.
    pub units: u64,
}

/// Puts what translators gave into the finished units of all articles; the next run writes those articles again.
///
/// # Errors
/// Where the state cannot be used; what was revised before stays so.
pub async fn revise(state: &State, recipe: &Recipe, checks: &Checks) -> Result<Revised, StateError> {
    let mut revised = Revised::default();
    let mut last = UnitId(0);
    loop {
        let page = state.translated_after(last, PAGE)?;
        let Some(end) = page.last() else { return Ok(revised) };
        last = end.unit;
        for found in page {
            let (unit, article) = (found.unit, found.article);
            if let Some((result, segments)) = with_human(state, recipe, checks, found)? {
                let status = status_of(&result);
                let spent = Vec::new();
                state.replace(FinishedUnit { unit, article, status, result, memory: Vec::new(), spent }).await?;
                revised.segments += segments;
                revised.units += 1;
            }
        }
    }
}

/// The unit's result with what translators gave, and how much of it is new; `None` where nothing is.
fn with_human(
    state: &State,
    recipe: &Recipe,
    checks: &Checks,
    found: Translated,
) -> Result<Option<(UnitResult, u64)>, StateError> {
    let (Work::Translate { segments, .. }, UnitResult::Translated { segments: mut outcomes }) =
        (found.work, found.result)
    else {
        return Ok(None);
    };
    let keys: Vec<Key> = segments.iter().map(|segment| recipe.human_key(&segment.text)).collect();
    let mut changed = 0;
    for ((segment, outcome), human) in segments.iter().zip(&mut outcomes).zip(state.human(&keys)?) {
        let Some(en) = human else { continue };
        if outcome.en.as_ref() == Some(&en) && outcome.backend.as_deref() == Some(IMPORT) {
            continue;
        }
        let findings = noted(checks.segment(&segment.text, &en));
        *outcome = SegmentOutcome { id: outcome.id, en: Some(en), backend: Some(IMPORT.into()), findings };
        changed += 1;
    }
    Ok((changed > 0).then_some((UnitResult::Translated { segments: outcomes }, changed)))
}

/// Findings on a translator's text: worth a look, but a person stands for it.
pub(super) fn noted(findings: Vec<Finding>) -> Vec<Finding> {
    let at_most_warn = |finding: Finding| Finding { severity: finding.severity.min(Severity::Warn), ..finding };
    findings.into_iter().map(at_most_warn).collect()
}
