//! A briefing as a message that any mail program opens and `sendmail -t` sends: text and HTML
//! (<https://www.rfc-editor.org/rfc/rfc5322>, <https://www.rfc-editor.org/rfc/rfc2046#section-5.1.4>).
//!
//! Place in the data way: one form of a briefing.
//! It must never let text of an article add a header, nor write a line that a mail server would break.

use lettre::message::header::{ContentType, MessageId};
use lettre::message::{Mailbox, MultiPart};
use serde::{Deserialize, Serialize};

use crate::model::briefing::Briefing;
use crate::model::key::sha256_hex;
use crate::stage::brief::read_date;

use super::super::html::{ThemeError, mail, plain};
use super::super::mail::{Head, joined, part};
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
        all.map(String::as_str).find(|text| text.parse::<Mailbox>().is_err())
    }
}

pub(super) fn render(briefing: &Briefing, with: &Rendering<'_>) -> Result<String, ThemeError> {
    let (text, html) = (super::text::render(briefing), mail(briefing, with)?);
    // Rendered again from the same briefing, a message is the same one.
    let hash = sha256_hex(format!("{text}{html}").as_bytes());
    let hash = hash.get(..32).unwrap_or_default();
    let sender = with.mail.from.parse::<Mailbox>();
    let domain = sender.as_ref().map_or("localhost", |sender| sender.email.domain());
    let head = Head {
        from: &with.mail.from,
        to: &with.mail.to.join(", "),
        subject: &subject(briefing),
        at: read_date(&briefing.to).unwrap_or_default(),
    };
    let mut headers = head.headers();
    headers.set(MessageId::from(format!("<{hash}@{domain}>")));
    let parts = MultiPart::alternative()
        .boundary(format!("=_kabar_{hash}"))
        .singlepart(part(ContentType::TEXT_PLAIN, &text))
        .singlepart(part(ContentType::TEXT_HTML, &html));
    Ok(joined(&headers, &parts.formatted()))
}

fn subject(briefing: &Briefing) -> String {
    let to = super::moment(&briefing.to);
    let day = to.split(',').next().unwrap_or_default();
    let first = briefing.items.first().map_or("nothing new", |item| item.title.as_str());
    format!("Briefing {day}: {}", plain(first).split_whitespace().collect::<Vec<_>>().join(" "))
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
            ["Date: Wed, 25 Nov 2026 00:00:00 +0000", "To: a@example.org, \"B C\" <b@example.org>", "MIME-Version: 1.0"]
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
    fn the_day_of_a_message_is_that_of_the_desk() {
        let mut briefing = example();
        briefing.to = "2026-11-25T06:00:00+07:00".into();
        assert!(subject(&briefing).starts_with("Briefing 25 November 2026: "), "{}", subject(&briefing));
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
}
