//! Mail by SMTP, against a server on a loopback socket that notes what it is told.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncBufReadExt as _, AsyncRead, AsyncWrite, AsyncWriteExt as _, BufReader};
use tokio::net::TcpListener;

use crate::support::kabar::stderr;
use crate::support::wire::{CA, acceptor};
use crate::support::{Answer, Kabar, Server};

/// When TLS begins.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Tls {
    Never,
    Asked,
    AtOnce,
}

/// A mail server. It ends with the test.
struct Post {
    at: SocketAddr,
    noted: Arc<Mutex<Vec<String>>>,
    _runtime: tokio::runtime::Runtime,
}

impl Post {
    fn listen(tls: Tls) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
        let (at, noted) = (listener.local_addr().unwrap(), Arc::new(Mutex::new(Vec::new())));
        let book = noted.clone();
        runtime.spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let book = book.clone();
                let note = move |line: &str| book.lock().unwrap().push(line.to_owned());
                if tls == Tls::AtOnce {
                    let Ok(stream) = acceptor().accept(stream).await else { continue };
                    talk(stream, (true, false), &note).await;
                } else if let Some(stream) = talk(stream, (true, tls == Tls::Asked), &note).await {
                    let Ok(stream) = acceptor().accept(stream).await else { continue };
                    note("(TLS)");
                    talk(stream, (false, false), &note).await;
                }
            }
        });
        Self { at, noted, _runtime: runtime }
    }

    fn noted(&self) -> Vec<String> {
        self.noted.lock().unwrap().clone()
    }
}

/// Serves one connection, which it greets, and for which it offers TLS, as it is told; gives it back where TLS is asked for.
async fn talk<S: AsyncRead + AsyncWrite + Unpin>(
    stream: S,
    (greets, offers_tls): (bool, bool),
    note: &impl Fn(&str),
) -> Option<S> {
    let mut stream = BufReader::new(stream);
    if greets {
        stream.write_all(b"220 post.example.test ready\r\n").await.ok()?;
    }
    let mut in_message = false;
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).await.ok().filter(|n| *n > 0)?;
        let line = line.trim_end();
        note(line);
        let answer = match line.split([' ', ':']).next().unwrap_or_default() {
            "." if in_message => {
                in_message = false;
                "250 taken"
            }
            _ if in_message => continue,
            "EHLO" if offers_tls => "250-post.example.test\r\n250-STARTTLS\r\n250 AUTH PLAIN",
            "EHLO" => "250-post.example.test\r\n250 AUTH PLAIN",
            "AUTH" => "235 welcome",
            "RCPT" if line.contains("nobody") => "550 nobody of that name; your password is s3cret",
            "DATA" => {
                in_message = true;
                "354 go on"
            }
            "STARTTLS" => "220 begin",
            _ => "250 well",
        };
        stream.write_all(format!("{answer}\r\n").as_bytes()).await.ok()?;
        match line {
            "STARTTLS" => return Some(stream.into_inner()),
            "QUIT" => return None,
            _ => {}
        }
    }
}

/// A run in trouble whose notice goes to this server; what it says on standard error.
fn told(to: &str, server: &str) -> String {
    let refusing = Server::scripted(Duration::ZERO, |_, _| Answer::Raw(401, "{\"error\":{}}".into(), Vec::new()));
    let kabar = Kabar::bare().env("NEWS_SMTP", server).env("SSL_CERT_FILE", CA);
    kabar.config(&format!(
        "[input]\npaths = [\"in\"]\n[notify]\nmail = \"{to}\"\nmail_from = \"Kabar <kabar@example.org>\"\n\
         smtp_env = \"NEWS_SMTP\"\n[backends.desk]\ndialect = \"openai\"\nurl = \"{}\"\nmodel = \"m\"\nretries = 0\n",
        refusing.url
    ));
    kabar.write("in/désa.txt", "Hujan deras turun di Bogor sejak Senin pagi.\n");
    stderr(&kabar.expect(4, &["run", "--quiet"]))
}

fn place(said: &[String], wanted: &str) -> usize {
    said.iter().position(|line| line == wanted).unwrap_or_else(|| panic!("{wanted} is not in {said:?}"))
}

#[test]
fn the_machines_own_server_takes_a_notice_without_tls() {
    let post = Post::listen(Tls::Never);
    let said = told("desk@example.org, Ani <ani@example.org>", &format!("smtp://{}", post.at));
    assert!(!said.contains("mail could not be told"), "{said}");
    let noted = post.noted();
    let order = ["MAIL FROM:<kabar@example.org>", "RCPT TO:<desk@example.org>", "RCPT TO:<ani@example.org>", "DATA"];
    assert!(order.map(|line| place(&noted, line)).is_sorted(), "{noted:?}");
    assert!(noted.iter().any(|line| line.starts_with("Subject: kabar: exit 4 (")), "{noted:?}");
    assert!(noted.iter().any(|line| line.contains("desk")), "{noted:?}");
    assert!(place(&noted, ".") < place(&noted, "QUIT"), "the message ends before the farewell");
}

#[test]
fn a_password_is_said_inside_tls_alone() {
    for (tls, scheme) in [(Tls::Asked, "smtp"), (Tls::AtOnce, "smtps")] {
        let post = Post::listen(tls);
        let said = told("desk@example.org", &format!("{scheme}://me:s3cret@{}", post.at));
        assert_eq!(said.lines().filter(|line| line.contains("mail")).count(), 0, "{said}");
        let noted = post.noted();
        // base64 of "\0me\0s3cret".
        let password = place(&noted, "AUTH PLAIN AG1lAHMzY3JldA==");
        if tls == Tls::Asked {
            assert!(
                place(&noted, "STARTTLS") < place(&noted, "(TLS)") && place(&noted, "(TLS)") < password,
                "{noted:?}"
            );
        }
        place(&noted, "RCPT TO:<desk@example.org>");
    }
}

#[test]
fn what_goes_wrong_with_mail_is_told_without_what_the_server_said() {
    let post = Post::listen(Tls::Asked);
    let said = told("nobody@example.org", &format!("smtp://me:s3cret@{}", post.at));
    assert!(
        said.contains("mail could not be told: the mail server refused the message or the password (code 550)"),
        "{said}"
    );
    assert!(!said.contains("s3cret"), "{said}");
    let in_the_clear = Post::listen(Tls::Never);
    for (address, says) in [
        ("smtp://127.0.0.1:1", "cannot be reached"),
        (&format!("smtp://me:s3cret@{}", in_the_clear.at), "does not offer what is needed: TLS"),
        ("mail.example.org/s3cret", "must look like smtps://"),
        ("", "NEWS_SMTP is not set"),
    ] {
        let said = told("desk@example.org", address);
        assert!(said.contains(says) && !said.contains("s3cret"), "{address}: {said}");
    }
}
