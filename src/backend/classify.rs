//! Reads an HTTP error reply: status, vendor code and words become one [`Fault`].
//!
//! Place in the data way: dialects call it for every reply that is not a success, after finding code and message.
//! It must never guess from words what a status or a code already says.

use super::error::{ErrorKind, Fault, excerpt};
use super::wire::WireReply;

/// Codes that mean that the account has no credit left, whatever the status.
const QUOTA: [&str; 6] = [
    "insufficient_quota",
    "billing_hard_limit_reached",
    "billing_not_active",
    "insufficient_balance",
    "insufficient_credits",
    "billing_error",
];

/// Codes and phrases that mean that the request is longer than the model's context.
const TOO_LARGE: [&str; 12] = [
    "context_length_exceeded",
    "exceed_context_size_error",
    "string_above_max_length",
    "request_too_large",
    "maximum context length",
    "context window",
    "context size",
    "context length",
    "prompt is too long",
    "input is too long",
    "too many tokens",
    "reduce the length",
];

/// Codes and phrases of content filters.
const REFUSED: [&str; 9] = [
    "content_filter",
    "content_policy_violation",
    "responsibleaipolicyviolation",
    "data_inspection_failed",
    "moderation",
    // DeepSeek, Anthropic, xAI and OpenAI, which have no code for it.
    "content exists risk",
    "content filtering policy",
    "content violates usage guidelines",
    "potentially violating our usage policy",
];

/// Phrases that mean that no credit is left, where the code says no more than "invalid request" (Anthropic).
const SPENT: [&str; 2] = ["credit balance is too low", "api usage limits"];

/// Classifies a reply that is not a success. `code` is the vendor's own code or type, `message` its words.
pub fn classify(reply: &WireReply, code: &str, message: &str) -> Fault {
    told(kind(reply.status, &code.to_ascii_lowercase(), &message.to_ascii_lowercase()), reply, message)
}

/// The fault of a reply whose kind is known, in words that fit it.
pub fn told(kind: ErrorKind, reply: &WireReply, message: &str) -> Fault {
    let said = match (message.trim(), reply.is_html()) {
        (_, true) => "an HTML page, not an answer of an API; it looks like a login page or a proxy".to_owned(),
        ("", _) if reply.body.is_empty() => "no words".to_owned(),
        ("", _) => excerpt(&reply.text()),
        (words, _) => excerpt(words),
    };
    let status = reply.status;
    let message = match kind {
        ErrorKind::Auth => format!("the key was refused (HTTP {status}: {said})"),
        ErrorKind::Quota => format!("the account's quota or credit is used up (HTTP {status}: {said})"),
        ErrorKind::NotFound if (300..400).contains(&status) => {
            let target = excerpt(reply.header("location").unwrap_or("another address"));
            format!("the server redirects to {target} (HTTP {status}); put the right address into `url`")
        }
        ErrorKind::NotFound => format!("not found (HTTP {status}: {said}); check `url` and `model`"),
        ErrorKind::Unsupported => format!("the request was not accepted (HTTP {status}: {said})"),
        ErrorKind::RateLimited => format!("too many requests (HTTP {status}: {said})"),
        ErrorKind::TooLarge => format!("the request is too large (HTTP {status}: {said})"),
        ErrorKind::Refused => format!("the server will not work on this text (HTTP {status}: {said})"),
        _ => format!("the server is in trouble (HTTP {status}: {said})"),
    };
    Fault { kind, message, status: Some(status) }
}

fn kind(status: u16, code: &str, message: &str) -> ErrorKind {
    let says = |list: &[&str]| list.iter().any(|word| code.contains(word) || message.contains(word));
    match status {
        402 | 456 => ErrorKind::Quota,
        400..=499 if QUOTA.contains(&code) || SPENT.iter().any(|words| message.contains(words)) => ErrorKind::Quota,
        403 if says(&REFUSED) => ErrorKind::Refused,
        401 | 403 => ErrorKind::Auth,
        300..=399 | 404 | 405 | 410 => ErrorKind::NotFound,
        408 | 409 | 425 => ErrorKind::Server,
        413 | 414 => ErrorKind::TooLarge,
        429 => ErrorKind::RateLimited,
        400..=499 if says(&TOO_LARGE) => ErrorKind::TooLarge,
        400..=499 if says(&REFUSED) => ErrorKind::Refused,
        400..=499 if message.contains("api key not valid") || code == "invalid_api_key" => ErrorKind::Auth,
        400..=499 if code == "model_not_found" => ErrorKind::NotFound,
        400..=499 | 501 | 505 => ErrorKind::Unsupported,
        _ => ErrorKind::Server,
    }
}

/// The fault of a success that does not hold what was asked for. Most often a captive portal, a login page, or a cut
/// connection.
pub fn unreadable(reply: &WireReply) -> Fault {
    let said = if reply.body.is_empty() {
        "the answer is empty".to_owned()
    } else if reply.is_html() {
        "the answer is an HTML page, not JSON; it looks like a login page or a proxy: check `url`".to_owned()
    } else if serde_json::from_slice::<serde_json::Value>(&reply.body).is_ok() {
        format!("the answer does not hold what was asked for: {}", excerpt(&reply.text()))
    } else {
        format!("the answer is not JSON: {}", excerpt(&reply.text()))
    };
    Fault { kind: ErrorKind::BadReply, message: said, status: Some(reply.status) }
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use super::*;

    fn reply(status: u16, body: &str) -> WireReply {
        WireReply { status, headers: Vec::new(), body: body.into(), received: SystemTime::UNIX_EPOCH }
    }

    #[test]
    fn every_status_ends_in_its_documented_kind() {
        for (status, code, message, kind) in [
            (401, "invalid_api_key", "Incorrect API key", ErrorKind::Auth),
            (403, "", "Invalid API key", ErrorKind::Auth),
            (404, "model_not_found", "The model does not exist", ErrorKind::NotFound),
            (429, "insufficient_quota", "You exceeded your current quota", ErrorKind::Quota),
            (429, "rate_limit_exceeded", "Rate limit reached", ErrorKind::RateLimited),
            (402, "", "Insufficient Balance", ErrorKind::Quota),
            (456, "", "Quota exceeded", ErrorKind::Quota),
            (413, "", "Payload Too Large", ErrorKind::TooLarge),
            (400, "context_length_exceeded", "", ErrorKind::TooLarge),
            (400, "exceed_context_size_error", "", ErrorKind::TooLarge),
            (400, "", "This model's maximum context length is 4096 tokens.", ErrorKind::TooLarge),
            (400, "content_filter", "", ErrorKind::Refused),
            (400, "invalid_request_error", "Unknown parameter", ErrorKind::Unsupported),
            (400, "invalid_request_error", "Your credit balance is too low to access the API", ErrorKind::Quota),
            (400, "invalid_request_error", "You have reached your specified API usage limits.", ErrorKind::Quota),
            (400, "invalid_request_error", "Content Exists Risk", ErrorKind::Refused),
            (400, "invalid_request_error", "Output blocked by content filtering policy", ErrorKind::Refused),
            (403, "", "Content violates usage guidelines. Failed check: SAFETY_CHECK_TYPE_BIO", ErrorKind::Refused),
            (400, "invalid_prompt", "flagged as potentially violating our usage policy", ErrorKind::Refused),
            (400, "INVALID_ARGUMENT", "API key not valid. Please pass a valid API key.", ErrorKind::Auth),
            (302, "", "", ErrorKind::NotFound),
            (500, "", "", ErrorKind::Server),
            (503, "", "overloaded", ErrorKind::Server),
            (529, "overloaded_error", "Overloaded", ErrorKind::Server),
        ] {
            let fault = classify(&reply(status, "x"), code, message);
            assert_eq!(fault.kind, kind, "{status} {code} {message}");
            assert_eq!(fault.status, Some(status));
        }
    }

    #[test]
    fn a_web_page_in_place_of_an_answer_is_called_so() {
        assert!(unreadable(&reply(200, "<html><body>Sign in to Wi-Fi</body></html>")).message.contains("login page"));
        assert!(classify(&reply(403, "<!DOCTYPE html><p>no"), "", "").message.contains("login page"));
        assert!(unreadable(&reply(200, "")).message.contains("empty"));
    }
}
