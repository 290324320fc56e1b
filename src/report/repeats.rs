//! Keeps the same trouble from filling the screen or the log.
//!
//! Place in the data way: beside it.
//! It must never hide the first time that something happens.

use std::collections::BTreeMap;

/// How often the same message is shown in full.
const IN_FULL: u64 = 3;
/// How many different messages are told apart; more are all shown.
const KINDS: usize = 1_000;

/// Counts messages of the same kind: the same words, whatever the figures in them.
#[derive(Debug, Default)]
pub(super) struct Repeats {
    seen: BTreeMap<String, u64>,
}

impl Repeats {
    /// The message as it is to be shown, if at all: in full three times, then at the 10th, 100th, 1,000th … time.
    pub(super) fn admit(&mut self, message: &str) -> Option<String> {
        let kind: String = message.chars().filter(|c| !c.is_ascii_digit()).collect();
        if self.seen.len() >= KINDS && !self.seen.contains_key(&kind) {
            return Some(message.to_owned());
        }
        let count = self.seen.entry(kind).or_default();
        *count += 1;
        match *count {
            1..=IN_FULL => Some(message.to_owned()),
            n if is_power_of_ten(n) => Some(format!("{message} ({n} times so far)")),
            _ => None,
        }
    }
}

fn is_power_of_ten(n: u64) -> bool {
    10_u64.checked_pow(n.ilog10()) == Some(n)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thousand_retries_of_one_kind_make_six_lines() {
        let mut repeats = Repeats::default();
        let shown: Vec<String> = (0..1000).filter_map(|n| repeats.admit(&format!("503 after {n} ms"))).collect();
        assert_eq!(shown.len(), 6);
        assert_eq!(shown[5], "503 after 999 ms (1000 times so far)");
        assert_eq!(repeats.admit("timeout").as_deref(), Some("timeout"));
    }
}
