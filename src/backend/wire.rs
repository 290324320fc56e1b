//! What goes over the wire, as plain bytes: the language between dialects and the transport.
//!
//! Place in the data way: a dialect builds a [`WireRequest`], [`super::http`] sends it, a dialect reads the [`WireReply`].
//! It must never be printed whole: a request carries its key in a header, its address or its body.

use std::borrow::Cow;
use std::time::SystemTime;

/// How a request is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// Asks for something.
    Get,
    /// Sends something.
    Post,
}

/// One HTTP request. It has no `Debug`, because it holds a key.
#[derive(Clone, PartialEq, Eq)]
pub struct WireRequest {
    /// `GET` or `POST`.
    pub method: Method,
    /// The whole address.
    pub url: String,
    /// Headers, names in lower case.
    pub headers: Vec<(Cow<'static, str>, String)>,
    /// The body; empty for `GET`.
    pub body: Vec<u8>,
}

impl WireRequest {
    /// A `GET` without a body.
    pub fn get(url: String) -> Self {
        Self { method: Method::Get, url, headers: Vec::new(), body: Vec::new() }
    }

    /// A `POST` of JSON.
    pub fn post_json(url: String, body: &serde_json::Value) -> Self {
        let headers = vec![("content-type".into(), "application/json".to_owned())];
        Self { method: Method::Post, url, headers, body: body.to_string().into_bytes() }
    }

    /// Adds a header.
    #[must_use]
    pub fn header(mut self, name: impl Into<Cow<'static, str>>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }
}

/// Percent-encoding of everything but unreserved letters (<https://www.rfc-editor.org/rfc/rfc3986#section-2.3>).
pub fn percent_encoded(text: &str) -> String {
    text.bytes().fold(String::new(), |mut out, byte| {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
        out
    })
}

/// One HTTP reply, whatever its status.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WireReply {
    /// The status code.
    pub status: u16,
    /// Headers, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body, decompressed.
    pub body: Vec<u8>,
    /// When it came, by this machine's clock.
    pub received: SystemTime,
}

impl WireReply {
    /// A header's first value; `name` in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// Whether the status is 2xx.
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// The body as text, wrong bytes replaced.
    pub fn text(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.body)
    }

    /// Whether the body is a web page rather than data.
    pub fn is_html(&self) -> bool {
        let start: String = self.text().trim_start().chars().take(15).collect::<String>().to_ascii_lowercase();
        start.starts_with("<!doctype") || start.starts_with("<html") || start.starts_with("<head")
    }
}
