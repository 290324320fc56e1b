//! Rule `complete`: every asked segment is answered exactly once, is not empty and not cut off.
//!
//! Place in the data way: the first look at a reply; the rules for single segments come after it.
//! It must never guess which segment a stray answer belongs to.

use crate::model::finding::Finding;
use crate::model::reply::{Finish, NumberedEnglish};
use crate::model::request::{NumberedText, Translate};

use super::{COMPLETE, Verdict};

/// One verdict for each asked segment, in order. Where the backend ran into its output limit, only the segment that it
/// wrote last is distrusted: what stands before it is whole.
pub(super) fn answers(asked: &Translate, answered: &[NumberedEnglish], finish: Finish) -> Vec<Verdict> {
    let cut = match finish {
        Finish::Complete => None,
        Finish::Length => answered.last().map(|answer| answer.n),
    };
    let mut verdicts: Vec<_> = asked.segments.iter().map(|segment| verdict(segment, answered, cut)).collect();
    let stray = answered.iter().find(|answer| asked.segments.iter().all(|segment| segment.n != answer.n));
    if let (Some(stray), Some(last)) = (stray, verdicts.last_mut()) {
        let detail = format!("The answer holds a segment {} that was not asked for.", stray.n);
        last.findings.push(Finding::warn(COMPLETE, detail));
    }
    verdicts
}

fn verdict(segment: &NumberedText, answered: &[NumberedEnglish], cut: Option<u32>) -> Verdict {
    let mut own = answered.iter().filter(|answer| answer.n == segment.n).map(|answer| answer.en.trim());
    let first = own.next();
    let detail = match first {
        None => "The segment was not answered.",
        Some("") => "The answer to the segment is empty.",
        Some(_) if cut == Some(segment.n) => "The answer was cut off in this segment; translate it to its end.",
        Some(text) if own.any(|other| other != text) => "The segment was answered more than once in different words.",
        Some(text) => return Verdict { n: segment.n, en: Some(text.to_owned()), findings: Vec::new() },
    };
    Verdict { n: segment.n, en: None, findings: vec![Finding::error(COMPLETE, detail)] }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(count: u32) -> Translate {
        let segments = (1..=count).map(|n| NumberedText { n, text: format!("Kalimat nomor {n}.") }).collect();
        Translate { segments, ..Translate::default() }
    }

    fn answer(n: u32, en: &str) -> NumberedEnglish {
        NumberedEnglish { n, en: en.into() }
    }

    #[test]
    fn each_segment_gets_its_own_answer_whatever_the_order() {
        let verdicts = answers(&asked(2), &[answer(2, " Two. "), answer(1, "One.")], Finish::Complete);
        assert_eq!(verdicts[0].en.as_deref(), Some("One."));
        assert_eq!(verdicts[1].en.as_deref(), Some("Two."));
        assert!(verdicts.iter().all(|verdict| verdict.findings.is_empty()));
    }

    #[test]
    fn missing_and_empty_answers_are_errors() {
        let verdicts = answers(&asked(3), &[answer(1, "One."), answer(2, " \n")], Finish::Complete);
        assert_eq!((verdicts[0].en.as_deref(), verdicts[0].findings.len()), (Some("One."), 0));
        assert!(verdicts[1].findings[0].detail.contains("empty"));
        assert!(verdicts[2].findings[0].detail.contains("not answered"));
    }

    #[test]
    fn a_reply_that_was_cut_off_distrusts_only_its_last_segment() {
        let verdicts = answers(&asked(3), &[answer(1, "One."), answer(2, "Tw")], Finish::Length);
        assert_eq!((verdicts[0].en.as_deref(), verdicts[0].findings.len()), (Some("One."), 0));
        assert_eq!(verdicts[1].en, None);
        assert!(verdicts[1].findings[0].detail.contains("cut off"));
        assert!(verdicts[2].findings[0].detail.contains("not answered"));
    }

    #[test]
    fn a_segment_answered_twice_is_trusted_only_where_both_answers_agree() {
        let same = answers(&asked(1), &[answer(1, "One."), answer(1, "One. ")], Finish::Complete);
        assert_eq!((same[0].en.as_deref(), same[0].findings.len()), (Some("One."), 0));
        let other = answers(&asked(1), &[answer(1, "One."), answer(1, "Two.")], Finish::Complete);
        assert_eq!(other[0].en, None);
    }

    #[test]
    fn a_segment_that_nobody_asked_for_is_told() {
        let verdicts = answers(&asked(1), &[answer(1, "One."), answer(7, "Seven.")], Finish::Complete);
        assert_eq!(verdicts[0].en.as_deref(), Some("One."));
        assert!(verdicts[0].findings[0].detail.contains("segment 7"));
    }
}
