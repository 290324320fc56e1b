//! Servers and proxies on loopback sockets that note what reaches them, with and without TLS.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use serde_json::json;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

/// Certificates of `fixtures/tls`: the server's are for `mt.example.test` and `127.0.0.1`.
pub const CA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/tls/ca.pem");

/// Something that listens.
#[derive(Clone)]
pub struct Wire {
    /// Where.
    pub at: SocketAddr,
    noted: Arc<Mutex<Vec<String>>>,
}

/// What it is.
#[derive(Clone, Copy)]
pub enum Role {
    /// Answers every request itself: models to a GET, a translation to anything else.
    Origin,
    /// Does so too, but connects a `CONNECT` to this address, whatever name was asked for.
    Proxy(SocketAddr),
    /// Speaks SOCKS5 and connects to this address.
    Socks(SocketAddr),
    /// Takes connections and says nothing.
    Mute,
}

impl Wire {
    /// Starts to listen; with `tls`, everything is said inside TLS.
    pub async fn listen(role: Role, tls: bool) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let wire = Self { at: listener.local_addr().unwrap(), noted: Arc::default() };
        let (acceptor, noted) = (tls.then(acceptor), wire.noted.clone());
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (acceptor, noted) = (acceptor.clone(), noted.clone());
                tokio::spawn(async move {
                    match (role, acceptor) {
                        (Role::Mute, _) => std::future::pending().await,
                        (_, None) => serve(stream, role, &noted).await,
                        (_, Some(acceptor)) => match acceptor.accept(stream).await {
                            Ok(stream) => serve(stream, role, &noted).await,
                            Err(_) => None,
                        },
                    }
                });
            }
        });
        wire
    }

    /// The heads of the requests so far, names of headers in lower case; of SOCKS, the addresses that were asked for.
    pub fn noted(&self) -> Vec<String> {
        self.noted.lock().unwrap().clone()
    }
}

/// Takes connections with the server's certificate.
pub fn acceptor() -> TlsAcceptor {
    let file = |name: &str| format!("{}/fixtures/tls/{name}", env!("CARGO_MANIFEST_DIR"));
    let certificate = CertificateDer::from_pem_file(file("server.pem")).unwrap();
    let key = PrivateKeyDer::from_pem_file(file("server.key")).unwrap();
    let config = ServerConfig::builder().with_no_client_auth().with_single_cert(vec![certificate], key).unwrap();
    TlsAcceptor::from(Arc::new(config))
}

/// Serves one connection until it ends.
async fn serve<S: AsyncRead + AsyncWrite + Unpin>(mut stream: S, role: Role, noted: &Mutex<Vec<String>>) -> Option<()> {
    if let Role::Socks(to) = role {
        let target = socks(&mut stream).await?;
        noted.lock().unwrap().push(target);
        return tunnel(stream, to).await;
    }
    loop {
        let head = head(&mut stream).await?;
        noted.lock().unwrap().push(head.clone());
        match role {
            Role::Proxy(to) if head.starts_with("CONNECT ") => {
                stream.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n").await.ok()?;
                return tunnel(stream, to).await;
            }
            _ => stream.write_all(answer(&head).as_bytes()).await.ok()?,
        }
    }
}

async fn tunnel<S: AsyncRead + AsyncWrite + Unpin>(mut stream: S, to: SocketAddr) -> Option<()> {
    let mut onward = TcpStream::connect(to).await.ok()?;
    tokio::io::copy_bidirectional(&mut stream, &mut onward).await.ok().map(drop)
}

/// Reads a request to its end; its head.
async fn head<S: AsyncRead + Unpin>(stream: &mut S) -> Option<String> {
    let mut bytes = Vec::new();
    while !bytes.ends_with(b"\r\n\r\n") {
        bytes.push(stream.read_u8().await.ok()?);
    }
    let text = String::from_utf8(bytes).ok()?;
    let lines = text.trim_end().split("\r\n").map(|line| match line.split_once(": ") {
        Some((name, value)) => format!("{}: {value}", name.to_lowercase()),
        None => line.to_owned(),
    });
    let head = lines.collect::<Vec<_>>().join("\n");
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok()).unwrap_or(0);
    stream.read_exact(&mut vec![0; length]).await.ok()?;
    Some(head)
}

/// The greeting and the one command of SOCKS5 (<https://www.rfc-editor.org/rfc/rfc1928>); the address that is asked for.
async fn socks<S: AsyncRead + AsyncWrite + Unpin>(stream: &mut S) -> Option<String> {
    let mut start = [0; 2];
    stream.read_exact(&mut start).await.ok()?;
    stream.read_exact(&mut vec![0; usize::from(start[1])]).await.ok()?;
    stream.write_all(&[5, 0]).await.ok()?;
    let mut command = [0; 4];
    stream.read_exact(&mut command).await.ok()?;
    let length = if command[3] == 3 { usize::from(stream.read_u8().await.ok()?) } else { 4 };
    let mut host = vec![0; length];
    stream.read_exact(&mut host).await.ok()?;
    let port = stream.read_u16().await.ok()?;
    stream.write_all(&[5, 0, 0, 1, 127, 0, 0, 1, 0, 0]).await.ok()?;
    let dotted = host.iter().map(u8::to_string).collect::<Vec<_>>().join(".");
    let name = if command[3] == 3 { String::from_utf8(host).ok()? } else { dotted };
    Some(format!("{name}:{port}"))
}

fn answer(head: &str) -> String {
    let content = r#"{"segments":[{"n":1,"en":"The president arrived."}]}"#;
    let body = if head.starts_with("GET ") {
        json!({ "object": "list", "data": [{ "id": "m" }] })
    } else {
        json!({ "choices": [{ "message": { "content": content }, "finish_reason": "stop" }] })
    };
    let body = body.to_string();
    format!("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}", body.len())
}
