//! A briefing as a message that any mail program opens and `sendmail -t` sends: text and HTML
//! (<https://www.rfc-editor.org/rfc/rfc5322>, <https://www.rfc-editor.org/rfc/rfc2046#section-5.1.4>).
//!
//! Place in the data way: one form of a briefing.
//! It must never let text of an article add a header, nor write a line that a mail server would break.

use std::fmt::Write as _;

use base64::prelude::{BASE64_STANDARD, Engine as _};
use serde::{Deserialize, Serialize};

use crate::model::briefing::Briefing;
use crate::model::key::sha256_hex;
use crate::stage::brief::read_date;

use super::super::html::{ThemeError, mail, plain};
use super::Rendering;

/// `[mail]`: who sends a briefing to whom.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MailOptions {
    /// The sender: `desk@example.org` or `The desk <desk@example.org>`.
    pub from: String,
    /// The readers, each as the sender.
    pub to: Vec<String>,
}

impl MailOptions {
    /// The first address that is none.
    pub fn wrong(&self) -> Option<&str> {
        let all = self.to.iter().chain([&self.from].into_iter().filter(|from| !from.is_empty()));
        all.map(String::as_str).find(|text| mailbox(text).is_none())
    }
}

/// Bytes of UTF-8 in one encoded word, so that a header line keeps within 78 characters.
const WORD: usize = 39;
/// Characters of a line of quoted-printable, without the mark of its break (RFC 2045, section 6.7).
const LINE: usize = 75;

pub(super) fn render(briefing: &Briefing, with: &Rendering<'_>) -> Result<String, ThemeError> {
    let parts = [("plain", super::text::render(briefing)), ("html", mail(briefing, with)?)];
    let hash = sha256_hex(parts.iter().map(|(_, text)| text.as_str()).collect::<String>().as_bytes());
    let hash = hash.get(..32).unwrap_or_default();
    let boundary = format!("=_kabar_{hash}");
    let at = read_date(&briefing.to).unwrap_or_default();
    let domain = mailbox(&with.mail.from).map_or_else(|| "localhost".into(), |(_, address)| domain(&address));
    let to: Vec<String> = with.mail.to.iter().filter_map(|to| mailbox(to)).map(header_address).collect();
    let headers = [
        ("Date", at.strftime("%a, %d %b %Y %H:%M:%S +0000").to_string()),
        ("From", mailbox(&with.mail.from).map(header_address).unwrap_or_default()),
        ("To", to.join(",\r\n ")),
        ("Subject", header_text(&subject(briefing))),
        ("Message-ID", format!("<{hash}@{domain}>")),
        ("Auto-Submitted", "auto-generated".into()),
        ("MIME-Version", "1.0".into()),
        ("Content-Type", format!("multipart/alternative;\r\n boundary=\"{boundary}\"")),
    ];
    let mut message: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    for (kind, text) in &parts {
        message += &format!("\r\n--{boundary}\r\nContent-Type: text/{kind}; charset=utf-8\r\n");
        message += &format!("Content-Transfer-Encoding: quoted-printable\r\n\r\n{}", quoted_printable(text));
    }
    Ok(message + &format!("\r\n--{boundary}--\r\n"))
}

fn subject(briefing: &Briefing) -> String {
    let day = read_date(&briefing.to).unwrap_or_default().strftime("%-d %B %Y").to_string();
    let first = briefing.items.first().map_or("nothing new", |item| item.title.as_str());
    format!("Briefing {day}: {}", plain(first).split_whitespace().collect::<Vec<_>>().join(" "))
}

/// Name and address; nothing where the text is no address.
fn mailbox(text: &str) -> Option<(String, String)> {
    let text = text.trim();
    let (name, address) = match text.strip_suffix('>') {
        Some(rest) => rest.rsplit_once('<')?,
        None => ("", text),
    };
    let (local, domain) = address.split_once('@')?;
    let is_atom = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~.".contains(c);
    let is_good = |part: &str, is: fn(char) -> bool| !part.is_empty() && part.chars().all(is);
    let is_domain = is_good(domain, |c| c.is_ascii_alphanumeric() || c == '.' || c == '-');
    let is_local = !local.is_empty() && local.chars().all(is_atom);
    let name = name.trim().trim_matches('"').to_owned();
    (is_local && is_domain && !name.chars().any(char::is_control)).then(|| (name, address.to_owned()))
}

fn domain(address: &str) -> String {
    address.rsplit_once('@').map_or_else(|| "localhost".into(), |(_, domain)| domain.to_owned())
}

fn header_address((name, address): (String, String)) -> String {
    let is_word = |c: char| c.is_ascii_alphanumeric() || " -'".contains(c);
    match name.as_str() {
        "" => address,
        name if name.len() <= WORD && name.chars().all(is_word) => format!("{name} <{address}>"),
        name => format!("{}\r\n <{address}>", encoded_words(name)),
    }
}

fn header_text(text: &str) -> String {
    let is_plain = text.len() <= 60 && text.chars().all(|c| c == ' ' || c.is_ascii_graphic()) && !text.contains("=?");
    if is_plain { text.to_owned() } else { encoded_words(text) }
}

/// The text in encoded words, each on a line of its own (<https://www.rfc-editor.org/rfc/rfc2047>).
fn encoded_words(text: &str) -> String {
    let mut words = vec![String::new()];
    for c in text.chars() {
        match words.last_mut() {
            Some(word) if word.len() + c.len_utf8() <= WORD => word.push(c),
            _ => words.push(c.to_string()),
        }
    }
    let coded: Vec<String> = words.iter().map(|word| format!("=?utf-8?B?{}?=", BASE64_STANDARD.encode(word))).collect();
    coded.join("\r\n ")
}

/// Text in lines that every mail server passes on unchanged (<https://www.rfc-editor.org/rfc/rfc2045#section-6.7>).
fn quoted_printable(text: &str) -> String {
    let mut out = String::with_capacity(text.len() * 5 / 4);
    for line in text.lines() {
        let mut column = 0;
        for (at, byte) in line.bytes().enumerate() {
            let is_last = at + 1 == line.len();
            let opens = column == 0 && matches!(byte, b'.' | b'F');
            let is_plain = byte.is_ascii_graphic() && byte != b'=' && !opens || byte == b' ' && !is_last;
            let width = if is_plain { 1 } else { 3 };
            if column + width > LINE {
                out += "=\r\n";
                column = 0;
            }
            if is_plain {
                out.push(char::from(byte));
            } else {
                let _ = write!(out, "={byte:02X}");
            }
            column += width;
        }
        out += "\r\n";
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stage::write::briefing::Sources;
    use crate::stage::write::html::{Theme, example};

    fn message(briefing: &Briefing) -> String {
        let (theme, sources) = (Theme::builtin(), Sources::default());
        let mut with = Rendering::new(&theme, &sources);
        with.mail.from = "Meja redaksi é <desk@example.org>".into();
        with.mail.to = vec!["a@example.org".into(), "B C <b@example.org>".into()];
        render(briefing, &with).unwrap()
    }

    #[test]
    fn a_message_has_its_headers_and_both_parts_in_short_lines() {
        let mut briefing = example();
        briefing.items[0].title = "Gempa “besar” di Laut Banda, ".repeat(9);
        let message = message(&briefing);
        for line in message.split("\r\n") {
            assert!(line.len() <= 78 && line.is_ascii() && !line.contains('\n'), "{line}");
        }
        let head = message.split("\r\n\r\n").next().unwrap();
        for header in
            ["Date: Wed, 25 Nov 2026 00:00:00 +0000", "To: a@example.org,\r\n B C <b@example.org>", "MIME-Version: 1.0"]
        {
            assert!(head.contains(header), "{head}");
        }
        assert_eq!(message.matches("Content-Type: text/").count(), 2);
    }

    #[test]
    fn a_title_cannot_add_a_header() {
        let mut briefing = example();
        briefing.items[0].title = "A\r\nBcc: evil@example.org\n\nB".into();
        assert!(message(&briefing).contains("Subject: Briefing 25 November 2026: A Bcc: evil@example.org B\r\n"));
    }

    #[test]
    fn what_is_no_address_is_told() {
        let with = |from: &str| MailOptions { from: from.into(), to: vec!["a@b.id".into()] };
        for good in ["", "desk@example.org", "The desk <desk@example.org>", "\"Desk, the\" <d@e.org>"] {
            assert_eq!(with(good).wrong(), None, "{good}");
        }
        for bad in ["desk", "a@b@c", "<desk@>", "a b@c.id", "A\r\nBcc: x <a@b.id>", "x <a@b.id> y"] {
            assert_eq!(with(bad).wrong(), Some(bad), "{bad:?}");
        }
    }

    #[test]
    fn quoted_printable_keeps_lines_short_and_spaces_at_their_end() {
        assert_eq!(quoted_printable("é = a \nFrom x\n.\n"), "=C3=A9 =3D a=20\r\n=46rom x\r\n=2E\r\n");
        assert!(quoted_printable(&"ab ".repeat(99)).split("\r\n").all(|line| line.len() <= 76));
    }
}
