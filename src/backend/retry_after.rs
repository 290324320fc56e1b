//! Reads how long a server asks to wait.
//!
//! Place in the data way: [`super::client`] puts it into the error; the retry and limit layers obey it.
//! It must never read a clock: a date is compared with the reply's own `Date`, or with the moment it was received.

use std::time::Duration;

use serde_json::Value;

use super::wire::WireReply;

/// Waits longer than this are taken for this long, and said.
pub const LONGEST: Duration = Duration::from_hours(1);

/// The wait of `retry-after-ms`, or of `Retry-After` as seconds, decimals or a date
/// (<https://www.rfc-editor.org/rfc/rfc9110#field.retry-after>), or what Google writes into the body of a 429. Not capped.
pub fn read(reply: &WireReply) -> Option<Duration> {
    let milliseconds = reply.header("retry-after-ms").and_then(|value| seconds(value, 1_000.0));
    let header = milliseconds.or_else(|| {
        let value = reply.header("retry-after")?;
        seconds(value, 1.0).or_else(|| date(value, reply))
    });
    header.or_else(|| if reply.status == 429 { retry_info(&reply.body) } else { None })
}

/// The `retryDelay` of a `RetryInfo`, such as `"34s"`
/// (<https://cloud.google.com/apis/design/errors#error_payloads>).
fn retry_info(body: &[u8]) -> Option<Duration> {
    let body: Value = serde_json::from_slice(body).ok()?;
    // Gemini wraps the object into a list.
    let details = body.get(0).unwrap_or(&body).pointer("/error/details")?.as_array()?;
    let delay = details.iter().find_map(|detail| detail.get("retryDelay")?.as_str())?;
    seconds(delay.strip_suffix('s')?, 1.0)
}

fn seconds(value: &str, parts: f64) -> Option<Duration> {
    let number: f64 = value.trim().parse().ok()?;
    Duration::try_from_secs_f64(number.max(0.0) / parts).ok()
}

fn date(value: &str, reply: &WireReply) -> Option<Duration> {
    let until = httpdate::parse_http_date(value.trim()).ok()?;
    let now = reply.header("date").and_then(|date| httpdate::parse_http_date(date).ok()).unwrap_or(reply.received);
    Some(until.duration_since(now).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use super::*;

    fn wait(headers: &[(&str, &str)]) -> Option<Duration> {
        let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        read(&WireReply { status: 429, headers, body: Vec::new(), received: SystemTime::UNIX_EPOCH })
    }

    #[test]
    fn every_spelling_is_read() {
        assert_eq!(wait(&[("retry-after", "2")]), Some(Duration::from_secs(2)));
        assert_eq!(wait(&[("retry-after", "0.25")]), Some(Duration::from_millis(250)));
        assert_eq!(wait(&[("retry-after", "9"), ("retry-after-ms", "120")]), Some(Duration::from_millis(120)));
        let date = ("date", "Wed, 21 Oct 2015 07:28:00 GMT");
        assert_eq!(wait(&[("retry-after", "Wed, 21 Oct 2015 07:28:20 GMT"), date]), Some(Duration::from_secs(20)));
        assert_eq!(wait(&[("retry-after", "Thu, 01 Jan 1970 00:00:20 GMT")]), Some(Duration::from_secs(20)));
        assert_eq!(wait(&[("retry-after", "Wed, 21 Oct 2015 07:27:00 GMT"), date]), Some(Duration::ZERO));
    }

    #[test]
    fn the_wait_that_google_writes_into_the_body_is_read() {
        let error = r#"{"error":{"code":429,"details":[{"@type":"x"},{"@type":"RetryInfo","retryDelay":"34.5s"}]}}"#;
        for (status, body) in [(429, error.to_owned()), (429, format!("[{error}]")), (400, error.to_owned())] {
            let reply =
                WireReply { status, headers: Vec::new(), body: body.into_bytes(), received: SystemTime::UNIX_EPOCH };
            assert_eq!(read(&reply), (status == 429).then_some(Duration::from_millis(34_500)));
        }
    }

    #[test]
    fn nonsense_is_no_wait() {
        for value in ["", "soon", "NaN", "-5"] {
            assert!(wait(&[("retry-after", value)]).unwrap_or_default().is_zero(), "{value}");
        }
        assert_eq!(wait(&[("retry-after", "1e300")]), None);
        assert_eq!(wait(&[]), None);
    }
}
