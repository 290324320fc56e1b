//! Hands a message to a mail server: the dialogue of RFC 5321, with TLS (RFC 3207, RFC 8314) and a password (RFC 4954).
//!
//! Place in the data way: after it.
//! It must never send a password, or anything to another machine, without TLS; nor repeat what a server says: that may
//! hold the password.

use std::sync::Arc;
use std::time::Duration;

use rustls_platform_verifier::BuilderVerifierExt;
use tokio::io::{AsyncBufReadExt as _, AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_rustls::rustls::{ClientConfig, crypto::aws_lc_rs};

use crate::model::base64::base64;

/// Most bytes of one reply.
const LONGEST_REPLY: u64 = 64 * 1024;

/// A mail server, from an address such as `smtps://me:password@mail.example.org` or `smtp://localhost`.
pub(super) struct Server {
    host: String,
    port: u16,
    tls: Tls,
    login: Option<(String, String)>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Tls {
    /// From the first byte.
    AtOnce,
    /// Asked for with STARTTLS.
    Started,
    /// None: this machine, and no password.
    Without,
}

/// A connection, with TLS or without.
trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Stream for T {}
type Line = BufReader<Box<dyn Stream>>;

impl Server {
    /// Reads an address. What is wrong with it is told without repeating it.
    pub(super) fn read(address: &str) -> Result<Self, String> {
        const SHOW: &str = "its address must look like smtps://user:password@mail.example.org or smtp://localhost:25";
        let (scheme, rest) = address.split_once("://").ok_or(SHOW)?;
        let (login, place) = rest.trim_end_matches('/').rsplit_once('@').map_or((None, rest), |(l, p)| (Some(l), p));
        let login = match login.map(|login| login.split_once(':').ok_or(SHOW)).transpose()? {
            Some((user, password)) => Some((decoded(user).ok_or(SHOW)?, decoded(password).ok_or(SHOW)?)),
            None => None,
        };
        let place = place.trim_end_matches('/');
        let (host, port) = match place.rsplit_once(':').filter(|(_, port)| !port.ends_with(']')) {
            Some((host, port)) => (host, Some(port.parse().map_err(|_| SHOW)?)),
            None => (place, None),
        };
        let host = host.trim_start_matches('[').trim_end_matches(']').to_owned();
        let here = host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|at| at.is_loopback());
        let (tls, usual) = match scheme {
            "smtps" => (Tls::AtOnce, 465),
            "smtp" if here && login.is_none() => (Tls::Without, 25),
            "smtp" => (Tls::Started, 587),
            _ => return Err(SHOW.into()),
        };
        if host.is_empty() { Err(SHOW.into()) } else { Ok(Self { host, port: port.unwrap_or(usual), tls, login }) }
    }

    /// Hands over a message, within `limit`; `to` may hold several addresses, with commas between them.
    pub(super) fn send(&self, from: &str, to: &str, message: &str, limit: Duration) -> Result<(), String> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(|e| e.to_string())?;
        let sent = runtime.block_on(async { tokio::time::timeout(limit, self.dialogue(from, to, message)).await });
        // A name that is still looked up must not hold up the end.
        runtime.shutdown_background();
        sent.unwrap_or_else(|_| Err(format!("the mail server was not done within {} seconds", limit.as_secs())))
    }

    async fn dialogue(&self, from: &str, to: &str, message: &str) -> Result<(), String> {
        let cut = |error: std::io::Error| format!("the mail server cannot be reached: {error}");
        let stream = TcpStream::connect((self.host.as_str(), self.port)).await.map_err(cut)?;
        let mut line = match self.tls {
            Tls::AtOnce => self.secured(Box::new(stream)).await?,
            Tls::Started | Tls::Without => BufReader::new(Box::new(stream) as Box<dyn Stream>),
        };
        hear(&mut line, 220, "greeting").await?;
        ask(&mut line, "EHLO localhost", 250, "EHLO").await?;
        if self.tls == Tls::Started {
            ask(&mut line, "STARTTLS", 220, "STARTTLS").await?;
            if !line.buffer().is_empty() {
                return Err("the mail server spoke before TLS stood".into());
            }
            line = self.secured(line.into_inner()).await?;
            ask(&mut line, "EHLO localhost", 250, "EHLO").await?;
        }
        if let Some((user, password)) = &self.login {
            let plain = base64(format!("\0{user}\0{password}").as_bytes());
            ask(&mut line, &format!("AUTH PLAIN {plain}"), 235, "the user name and password").await?;
        }
        ask(&mut line, &format!("MAIL FROM:<{}>", bare(from)?), 250, "the sender").await?;
        for to in to.split(',') {
            ask(&mut line, &format!("RCPT TO:<{}>", bare(to)?), 250, "the recipient").await?;
        }
        ask(&mut line, "DATA", 354, "DATA").await?;
        // A line that is a dot alone ends the message (RFC 5321, 4.5.2).
        let message = message.trim_end().replace('\n', "\r\n").replace("\r\n.", "\r\n..");
        ask(&mut line, &format!("{message}\r\n."), 250, "the message").await?;
        // It is taken; how the farewell goes changes nothing.
        let _ = ask(&mut line, "QUIT", 221, "QUIT").await;
        Ok(())
    }

    async fn secured(&self, stream: Box<dyn Stream>) -> Result<Line, String> {
        let failed = |error: &dyn std::fmt::Display| format!("no TLS with the mail server: {error}");
        let config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .and_then(BuilderVerifierExt::with_platform_verifier)
            .map_err(|error| failed(&error))?
            .with_no_client_auth();
        let name = ServerName::try_from(self.host.clone()).map_err(|error| failed(&error))?;
        let stream = TlsConnector::from(Arc::new(config)).connect(name, stream).await.map_err(|e| failed(&e))?;
        Ok(BufReader::new(Box::new(stream)))
    }
}

/// Says a line and wants a reply with this code; `what` is what the server refused otherwise.
async fn ask(line: &mut Line, say: &str, code: u16, what: &str) -> Result<(), String> {
    let cut = |error: std::io::Error| format!("the connection to the mail server broke: {error}");
    line.write_all(format!("{say}\r\n").as_bytes()).await.map_err(cut)?;
    line.flush().await.map_err(cut)?;
    hear(line, code, what).await
}

/// Hears a reply to its last line (RFC 5321, 4.2.1).
async fn hear(line: &mut Line, code: u16, what: &str) -> Result<(), String> {
    let mut reply = line.take(LONGEST_REPLY);
    loop {
        let mut text = Vec::new();
        let read = reply.read_until(b'\n', &mut text).await;
        let text = String::from_utf8_lossy(&text).into_owned();
        match (read, text.get(..3).and_then(|digits| digits.parse::<u16>().ok())) {
            (Ok(_), Some(_)) if text.get(3..4) == Some("-") => {}
            (Ok(_), Some(said)) if said == code => return Ok(()),
            (Ok(_), Some(said)) => return Err(format!("the mail server refused {what} (code {said})")),
            _ => return Err("the mail server gave no answer that can be understood".into()),
        }
    }
}

/// An address alone, without a name before it; nothing that would begin another command.
fn bare(address: &str) -> Result<&str, String> {
    let address = address.split_once('<').map_or(address, |(_, rest)| rest.trim_end().trim_end_matches('>')).trim();
    let is_plain = address.contains('@') && address.chars().all(|c| c.is_ascii_graphic() && !"<>".contains(c));
    if is_plain { Ok(address) } else { Err(format!("\"{}\" is not a mail address", address.escape_debug())) }
}

/// Undoes percent-encoding; `None` where it is none.
fn decoded(text: &str) -> Option<String> {
    let mut parts = text.split('%');
    let mut bytes = parts.next()?.as_bytes().to_vec();
    for part in parts {
        bytes.push(u8::from_str_radix(part.get(..2)?, 16).ok()?);
        bytes.extend(part.get(2..)?.as_bytes());
    }
    String::from_utf8(bytes).ok().filter(|text| !text.contains('\0'))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Host, port, whether TLS is left out, user and password.
    fn read(address: &str) -> Option<String> {
        let Server { host, port, tls, login } = Server::read(address).ok()?;
        let (user, password) = login.unwrap_or_default();
        Some(format!("{host} {port} {} {user} {password}", tls == Tls::Without))
    }

    #[test]
    fn only_this_machine_without_a_password_is_spoken_to_without_tls() {
        for (address, server) in [
            ("smtp://localhost", "localhost 25 true  "),
            ("smtp://[::1]:2525/", "::1 2525 true  "),
            ("smtp://mail.example.org", "mail.example.org 587 false  "),
            ("smtp://me:p%40ss@127.0.0.1", "127.0.0.1 587 false me p@ss"),
            ("smtps://a%40b.c:x@m.d", "m.d 465 false a@b.c x"),
        ] {
            assert_eq!(read(address).as_deref(), Some(server), "{address}");
        }
        for wrong in ["", "mail.example.org", "http://m.d", "smtp://", "smtp://me@m.d", "smtp://m.d:port"] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn an_address_cannot_bring_a_command_along() {
        assert_eq!(bare(" Ani <ani@example.org> ").as_deref(), Ok("ani@example.org"));
        for wrong in ["", "ani", "a@b.c\r\nDATA", "a@b.c> RCPT", "a b@c.d"] {
            assert!(bare(wrong).is_err(), "{wrong}");
        }
    }
}
