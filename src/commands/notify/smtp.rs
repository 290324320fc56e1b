//! Hands a message to a mail server, with TLS and a password where it is another machine's.
//!
//! Place in the data way: after it.
//! It must never send a password, or anything to another machine, without TLS; nor repeat what a server says: that may
//! hold the password.

use std::sync::mpsc;
use std::time::Duration;

use lettre::Transport as _;
use lettre::address::{Address, Envelope};
use lettre::message::Mailboxes;
use lettre::transport::smtp::{Error, SmtpTransport};
use url::Url;

use crate::backend::http::is_here;

/// A mail server, from an address such as `smtps://me:password@mail.example.org` or `smtp://localhost`.
pub(super) struct Server(Url);

impl Server {
    /// Reads an address. What is wrong with it is told without repeating it.
    pub(super) fn read(address: &str) -> Result<Self, String> {
        const SHOW: &str = "its address must look like smtps://user:password@mail.example.org or smtp://localhost:25";
        let mut url = Url::parse(address).map_err(|_| SHOW)?;
        let half_a_login = url.username().is_empty() != url.password().is_none();
        let host = url.host_str().filter(|host| !host.is_empty()).ok_or(SHOW)?;
        if !matches!(url.scheme(), "smtp" | "smtps") || half_a_login {
            return Err(SHOW.into());
        }
        let in_the_clear = url.scheme() == "smtp" && is_here(host) && url.password().is_none();
        // The path would become the name that is greeted with.
        url.set_path("");
        url.set_query((!in_the_clear).then_some("tls=required"));
        Ok(Self(url))
    }

    /// Hands over a message, within `limit`; `to` may hold several addresses, with commas between them.
    pub(super) fn send(&self, from: &str, to: &str, message: &str, limit: Duration) -> Result<(), String> {
        let sender = addresses(from)?.into_iter().next();
        let envelope = Envelope::new(sender, addresses(to)?).map_err(|error| error.to_string())?;
        let server = SmtpTransport::from_url(self.0.as_str()).map_err(|error| told(&error))?;
        let (server, message) = (server.timeout(Some(limit)).build(), message.to_owned());
        // A thread of its own: the limit holds for each step of the dialogue, and this one for all of it. What still waits
        // then ends with the program.
        let (done, sent) = mpsc::channel();
        std::thread::spawn(move || {
            let result = server.send_raw(&envelope, message.as_bytes());
            let _ = done.send(result.map(|_| ()).map_err(|error| told(&error)));
        });
        let late = |_| format!("the mail server was not done within {} seconds", limit.as_secs());
        sent.recv_timeout(limit).map_err(late)?
    }
}

/// What went wrong, without the words of the server.
fn told(error: &Error) -> String {
    match error.status() {
        Some(code) => format!("the mail server refused the message or the password (code {code})"),
        None if error.is_tls() => "no TLS with the mail server: is its certificate trusted here?".into(),
        None if error.is_client() => "the mail server does not offer what is needed: TLS, or a way to log in".into(),
        None if error.is_timeout() => "the mail server took too long".into(),
        None if error.is_response() => "the mail server gave no answer that can be understood".into(),
        None => "the mail server cannot be reached, or broke off".into(),
    }
}

/// The addresses alone, without the names before them.
fn addresses(text: &str) -> Result<Vec<Address>, String> {
    let all: Vec<Address> =
        text.parse().map(|all: Mailboxes| all.into_iter().map(|one| one.email).collect()).unwrap_or_default();
    if all.is_empty() { Err(format!("\"{}\" is not a mail address", text.escape_debug())) } else { Ok(all) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_machine_without_a_password_is_spoken_to_without_tls() {
        for (address, is_clear) in [
            ("smtp://localhost", true),
            ("smtp://[::1]:2525/", true),
            ("smtp://127.0.0.1:2525", true),
            ("smtp://mail.example.org", false),
            ("smtp://mail.example.org?tls=opportunistic", false),
            ("smtp://me:p%40ss@127.0.0.1", false),
            ("smtps://a%40b.c:x@m.d", false),
        ] {
            let Server(url) = Server::read(address).unwrap();
            assert_eq!(url.query().is_none(), is_clear, "{address}");
        }
        for wrong in ["", "mail.example.org", "http://m.d", "smtp://", "smtp://me@m.d", "smtp://m.d:port"] {
            assert!(Server::read(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn an_address_cannot_bring_a_command_along() {
        let told: Vec<String> =
            addresses("\"Ani, B\" <ani@example.org>, b@example.org").unwrap().iter().map(Address::to_string).collect();
        assert_eq!(told, ["ani@example.org", "b@example.org"]);
        for wrong in ["", "ani", "a@b.c\r\nDATA", "a@b.c> RCPT", "a b@c.d"] {
            assert!(addresses(wrong).is_err(), "{wrong}");
        }
    }
}
