//! Spells a notice as a webhook takes it, and sends it.
//!
//! Place in the data way: after it.
//! It must never show the address: it may hold a key.

use std::time::Duration;

use serde_json::{Value, json};

use super::Notice;
use crate::backend::http::{Http, HttpOptions, Transport as _, place};
use crate::backend::wire::{Method, WireRequest};
use crate::config::NotifyStyle;

/// The request that a webhook of this style takes.
pub(super) fn request(style: NotifyStyle, url: String, notice: &Notice<'_>) -> WireRequest {
    let title = format!("kabar: exit {}", notice.exit.code());
    match style {
        NotifyStyle::Json => WireRequest::post_json(url, &object(notice)),
        NotifyStyle::Slack => {
            WireRequest::post_json(url, &json!({ "text": in_slack(&format!("{title}\n{}", notice.text)) }))
        }
        NotifyStyle::Teams => WireRequest::post_json(url, &card(&title, &notice.text)),
        NotifyStyle::Ntfy => {
            let headers = vec![("title".into(), title)];
            WireRequest { method: Method::Post, url, headers, body: notice.text.clone().into_bytes() }
        }
    }
}

/// A text without Slack's own signs, with which an article's title could call a whole channel or show another link than it
/// leads to (<https://docs.slack.dev/messaging/formatting-message-text/#escaping>).
fn in_slack(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

fn object(notice: &Notice<'_>) -> Value {
    let exit = notice.exit;
    json!({
        "schema": "kabar/notice/1", "exit": exit.code(), "meaning": exit.meaning(),
        "text": notice.text, "receipt": notice.receipt,
    })
}

/// An Adaptive Card (<https://learn.microsoft.com/adaptive-cards/>).
fn card(title: &str, text: &str) -> Value {
    let block = |text: &str, weight: &str| json!({ "type": "TextBlock", "text": text, "wrap": true, "weight": weight });
    json!({ "type": "message", "attachments": [{
        "contentType": "application/vnd.microsoft.card.adaptive",
        "content": { "type": "AdaptiveCard", "version": "1.2", "body": [block(title, "Bolder"), block(text, "Default")] },
    }] })
}

/// Sends one request, once.
pub(super) fn send(limit: Duration, request: WireRequest) -> Result<(), String> {
    let place = place(&request.url).map_err(|_| "its address is not a web address".to_owned())?;
    if !place.https && !place.loopback {
        return Err("its address must begin with https://, because it holds a key".into());
    }
    let http = Http::new(HttpOptions { loopback: place.loopback, ..HttpOptions::default() })?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(|e| e.to_string())?;
    let reply = runtime.block_on(async { tokio::time::timeout(limit, http.send(request)).await });
    // A name that is still looked up must not hold up the end.
    runtime.shutdown_background();
    match reply {
        Err(_) => Err(format!("no answer within {} seconds", limit.as_secs())),
        Ok(Err(fault)) => Err(fault.message),
        Ok(Ok(reply)) if reply.is_success() => Ok(()),
        Ok(Ok(reply)) => Err(format!("HTTP {}", reply.status)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exit::Exit;

    #[test]
    fn a_title_cannot_call_a_channel_of_slack_or_show_a_false_link() {
        let text = "watch list: <!channel> A & B <https://evil.example|kabar>".to_owned();
        let notice = Notice { exit: Exit::Partial, text, receipt: None };
        let body = request(NotifyStyle::Slack, "https://hooks.example.org".into(), &notice).body;
        let body: Value = serde_json::from_slice(&body).unwrap();
        let told = "kabar: exit 3\nwatch list: &lt;!channel&gt; A &amp; B &lt;https://evil.example|kabar&gt;";
        assert_eq!(body, json!({ "text": told }));
    }
}
