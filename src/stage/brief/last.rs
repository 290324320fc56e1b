//! What a briefing leaves to the next one: how far it told, which articles, and what it said of each event.
//!
//! Place in the data way: behind `brief`; the next one selects by it, tells what is new against it, and corrects it.
//! It must never let a briefing of some outlets or of another time stand for one that told everything.

use jiff::Zoned;

use crate::model::briefing::Briefing;

use super::time::read;

/// What the next briefing is to know: this one where it told all that was published since the last one, else the last one
/// and what this one told beside it. `is_narrow` says that only some outlets or topics were told.
pub fn remembered(previous: Option<Briefing>, made: &Briefing, is_narrow: bool, now: &Zoned) -> Briefing {
    let known = previous.as_ref().and_then(|briefing| read(&briefing.to)).filter(|end| *end <= now.timestamp());
    let (from, to) = (read(&made.from), read(&made.to));
    let follows = known.is_none() || (from <= known && known <= to);
    let mut last = made.clone();
    match previous {
        // How far it was told is not known yet.
        None if is_narrow => (last.from, last.to) = (String::new(), String::new()),
        Some(previous) if is_narrow || !follows => {
            (last.from, last.to) = (previous.from, previous.to);
            last.items.extend(previous.items);
        }
        // Nothing was new; what was said before may still be corrected.
        Some(previous) if last.items.is_empty() => last.items = previous.items,
        None | Some(_) => {}
    }
    if read(&last.to) > Some(now.timestamp()) {
        last.to = now.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string();
    }
    last
}
