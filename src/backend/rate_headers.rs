//! Reads what servers say of their limits with every reply, so that a run slows down before it is refused.
//!
//! Place in the data way: [`super::client`] reads it, the pace of [`super::layer::limit`] obeys it.
//! It must never read a clock: a moment is compared with the reply's own `Date`, or with when it was received.
//!
//! Vendor pages: <https://platform.openai.com/docs/guides/rate-limits#rate-limits-in-headers>,
//! <https://docs.anthropic.com/en/api/rate-limits#response-headers>.

use std::time::{Duration, SystemTime};

use super::wire::WireReply;
use crate::model::duration;

/// Waits longer than this are for Retry-After to ask.
const LONGEST: Duration = Duration::from_mins(1);

/// Names of what is left, of the limit and of when it is whole again, for each thing that vendors count.
const COUNTED: [[&str; 3]; 6] = [
    ["x-ratelimit-remaining-requests", "x-ratelimit-limit-requests", "x-ratelimit-reset-requests"],
    ["x-ratelimit-remaining-tokens", "x-ratelimit-limit-tokens", "x-ratelimit-reset-tokens"],
    [
        "anthropic-ratelimit-requests-remaining",
        "anthropic-ratelimit-requests-limit",
        "anthropic-ratelimit-requests-reset",
    ],
    ["anthropic-ratelimit-tokens-remaining", "anthropic-ratelimit-tokens-limit", "anthropic-ratelimit-tokens-reset"],
    [
        "anthropic-ratelimit-input-tokens-remaining",
        "anthropic-ratelimit-input-tokens-limit",
        "anthropic-ratelimit-input-tokens-reset",
    ],
    [
        "anthropic-ratelimit-output-tokens-remaining",
        "anthropic-ratelimit-output-tokens-limit",
        "anthropic-ratelimit-output-tokens-reset",
    ],
];

/// How long the next request should wait: until the limit is whole where nothing is left of it, a tenth of that where
/// less than a tenth is left (limits refill evenly), else not at all.
pub fn hold(reply: &WireReply) -> Option<Duration> {
    let waits = COUNTED.iter().filter_map(|[remaining, limit, reset]| {
        let remaining: u64 = reply.header(remaining)?.trim().parse().ok()?;
        let limit: Option<u64> = reply.header(limit).and_then(|limit| limit.trim().parse().ok());
        let whole = until(reply.header(reset)?.trim(), reply)?;
        match limit {
            _ if remaining == 0 => Some(whole),
            Some(limit) if remaining.saturating_mul(10) < limit => Some(whole / 10),
            _ => None,
        }
    });
    waits.max().map(|wait| wait.min(LONGEST))
}

/// `1s`, `6m0s`, `59.7s`, plain seconds, or a moment as RFC 3339.
fn until(value: &str, reply: &WireReply) -> Option<Duration> {
    if let Ok(moment) = value.parse::<jiff::Timestamp>() {
        let date = reply.header("date").and_then(|date| httpdate::parse_http_date(date).ok());
        let moment = SystemTime::from(moment);
        return Some(moment.duration_since(date.unwrap_or(reply.received)).unwrap_or_default());
    }
    let seconds = |value: &str| Duration::try_from_secs_f64(value.parse().ok()?).ok();
    if let Some(whole) = seconds(value) {
        return Some(whole);
    }
    // Only seconds carry a fraction, after minutes or alone.
    let (minutes, rest) = value.split_once('m').filter(|(_, rest)| !rest.starts_with('s')).unwrap_or(("0", value));
    let fraction = rest.strip_suffix('s').filter(|rest| !rest.ends_with('m')).and_then(seconds);
    match (minutes.parse::<u64>(), fraction) {
        (Ok(minutes), Some(fraction)) => Some(Duration::from_secs(minutes * 60) + fraction),
        _ => duration::parse(value).ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wait(headers: &[(&str, &str)]) -> Option<Duration> {
        let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        hold(&WireReply { status: 200, headers, body: Vec::new(), received: SystemTime::UNIX_EPOCH })
    }

    fn openai(remaining: &str, reset: &str) -> Option<Duration> {
        wait(&[
            ("x-ratelimit-remaining-tokens", remaining),
            ("x-ratelimit-limit-tokens", "1000"),
            ("x-ratelimit-reset-tokens", reset),
        ])
    }

    #[test]
    fn the_less_is_left_the_longer_the_wait() {
        assert_eq!(openai("500", "30s"), None);
        assert_eq!(openai("99", "30s"), Some(Duration::from_secs(3)));
        assert_eq!(openai("0", "30s"), Some(Duration::from_secs(30)));
        assert_eq!(openai("0", "6m0s"), Some(LONGEST));
        assert_eq!(wait(&[]), None);
    }

    #[test]
    fn every_spelling_of_the_reset_is_read() {
        assert_eq!(openai("0", "1.5s"), Some(Duration::from_millis(1_500)));
        assert_eq!(openai("0", "0m1.5s"), Some(Duration::from_millis(1_500)));
        assert_eq!(openai("0", "120ms"), Some(Duration::from_millis(120)));
        assert_eq!(openai("0", "12"), Some(Duration::from_secs(12)));
        assert_eq!(openai("0", "soon"), None);
        let anthropic = wait(&[
            ("anthropic-ratelimit-requests-remaining", "0"),
            ("anthropic-ratelimit-requests-reset", "2015-10-21T07:28:20Z"),
            ("date", "Wed, 21 Oct 2015 07:28:00 GMT"),
        ]);
        assert_eq!(anthropic, Some(Duration::from_secs(20)));
    }
}
