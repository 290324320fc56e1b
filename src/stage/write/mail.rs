//! A message as mail programs and servers take it (<https://www.rfc-editor.org/rfc/rfc5322>).
//!
//! Place in the data way: a briefing and the notice of a run are written with it; `commands/notify` sends it.
//! It must never let a text add a header, nor write a line that a mail server would break.

use jiff::Timestamp;
use lettre::message::header::{
    ContentTransferEncoding, ContentType, Date, From, HeaderName, HeaderValue, Headers, MIME_VERSION_1_0, To,
};
use lettre::message::{Body, Mailboxes, SinglePart};

/// What stands above a message: who writes to whom, about what, and when.
pub struct Head<'a> {
    /// The sender; a mail program puts in its own where this is empty.
    pub from: &'a str,
    /// The readers, with commas between them.
    pub to: &'a str,
    /// What it is about.
    pub subject: &'a str,
    /// When it was written.
    pub at: Timestamp,
}

impl Head<'_> {
    /// The headers. An address that only this machine knows, such as `root`, stays as it is.
    pub(super) fn headers(&self) -> Headers {
        let mut headers = Headers::new();
        headers.set(Date::new(self.at.into()));
        match self.from.parse::<Mailboxes>() {
            _ if self.from.is_empty() => {}
            Ok(from) => headers.set(From::from(from)),
            Err(_) => set(&mut headers, "From", self.from),
        }
        match self.to.parse::<Mailboxes>() {
            _ if self.to.is_empty() => {}
            Ok(to) => headers.set(To::from(to)),
            Err(_) => set(&mut headers, "To", self.to),
        }
        set(&mut headers, "Subject", self.subject);
        set(&mut headers, "Auto-Submitted", "auto-generated");
        headers.set(MIME_VERSION_1_0);
        headers
    }

    /// A message of plain text.
    pub fn message(&self, text: &str) -> String {
        joined(&self.headers(), &part(ContentType::TEXT_PLAIN, text).formatted())
    }
}

pub(super) fn set(headers: &mut Headers, name: &'static str, value: &str) {
    headers.insert_raw(HeaderValue::new(HeaderName::new_from_ascii_str(name), value.to_owned()));
}

/// The text in short lines of ASCII, which every server passes on unchanged.
pub(super) fn part(kind: ContentType, text: &str) -> SinglePart {
    let body = Body::new_with_encoding(text.to_owned(), ContentTransferEncoding::QuotedPrintable);
    SinglePart::builder().header(kind).body(body.unwrap_or_else(Body::new))
}

/// Headers, and a part with headers of its own, as one message.
pub(super) fn joined(headers: &Headers, part: &[u8]) -> String {
    format!("{headers}{}", String::from_utf8_lossy(part))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(to: &str, subject: &str, text: &str) -> String {
        Head { from: "kabar@host", to, subject, at: Timestamp::UNIX_EPOCH }.message(text)
    }

    #[test]
    fn a_message_is_ascii_in_short_lines_and_reads_back() {
        let text = format!("Selesai: 3 artikel — “baik”.\n.\nFrom x\n{}", "panjang ".repeat(200) + "x");
        let message = message("Redaksi é <a@b.id>, root@b.id", &"kabar: selesai — ".repeat(9), &text);
        for line in message.split("\r\n") {
            assert!(line.len() <= 78 && line.is_ascii() && !line.contains('\n'), "{line}");
        }
        let body = message.split_once("\r\n\r\n").unwrap().1.replace("=\r\n", "").replace("\r\n", "\n");
        let coded = |c: &str| c.bytes().map(|byte| format!("={byte:02X}")).collect::<String>();
        let sent = ["—", "“", "”"].iter().fold(text, |text, c| text.replace(c, &coded(c)));
        assert_eq!(body.trim_end(), sent);
    }

    #[test]
    fn no_text_adds_a_header() {
        for hostile in ["a@b.c\r\nBcc: x@y.z", "a\nBcc: x@y.z", "é\r\n\r\nBcc: x@y.z"] {
            let message = message(hostile, hostile, hostile);
            let head = message.split("\r\n\r\n").next().unwrap();
            assert!(head.lines().all(|line| !line.starts_with("Bcc")), "{message}");
            assert_eq!(head.matches("Subject:").count(), 1);
        }
    }

    #[test]
    fn a_user_of_this_machine_is_a_reader_too() {
        assert!(message("root", "s", "t").contains("\r\nTo: root\r\n"));
    }
}
