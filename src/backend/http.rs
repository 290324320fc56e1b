//! The transport: the only place that opens a connection to a backend.
//!
//! Place in the data way: [`super::client`] hands it a wire request and gets a wire reply or a fault.
//! It must never repeat a request, follow a redirect to another host, or put an address or a header into a message:
//! both may hold a key.

use std::borrow::Cow;
use std::io::Read as _;
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use reqwest::redirect::{Attempt, Policy};

use super::error::{ErrorKind, Fault, excerpt};
use super::wire::{Method, WireReply, WireRequest};

/// Sends bytes and brings bytes back. Decorated for tests by [`super::layer::record`] and [`super::layer::fault`].
#[async_trait]
pub trait Transport: Send + Sync {
    /// Sends one request, once.
    ///
    /// # Errors
    /// `Connect`, `Timeout` or `BadReply`; every status that arrives is a reply, not an error.
    async fn send(&self, request: WireRequest) -> Result<WireReply, Fault>;
}

/// How connections are made.
#[derive(Clone)]
pub struct HttpOptions {
    /// Until a connection stands; `None` is no limit.
    pub connect_timeout: Option<Duration>,
    /// Between two pieces of an answer, and until its first one; `None` is no limit.
    pub read_timeout: Option<Duration>,
    /// Idle connections that are kept.
    pub idle: usize,
    /// Headers that every request carries.
    pub headers: Vec<(String, String)>,
    /// Whether the server is this machine: no proxy of the environment stands before it.
    pub loopback: bool,
    /// `http://`, `https://`, `socks5://` or `socks5h://` address of a proxy, past which `NO_PROXY` still leads; `None`: as
    /// the usual environment variables say.
    pub proxy: Option<String>,
    /// Certificates in PEM that are trusted besides the system's.
    pub ca: Option<Vec<u8>>,
    /// Most bytes of an answer, as sent and again after decompression.
    pub max_body: usize,
}

/// Most bytes of an answer where nothing else is said.
pub const MAX_BODY: usize = 32 * 1024 * 1024;

impl Default for HttpOptions {
    fn default() -> Self {
        Self {
            connect_timeout: Some(Duration::from_secs(10)),
            read_timeout: None,
            idle: 32,
            headers: Vec::new(),
            loopback: false,
            proxy: None,
            ca: None,
            max_body: MAX_BODY,
        }
    }
}

/// One pool of connections for one backend.
pub struct Http {
    client: reqwest::Client,
    headers: Vec<(String, String)>,
    max_body: usize,
}

impl Http {
    /// Makes the pool. Nothing is connected yet.
    ///
    /// # Errors
    /// A sentence that says which option cannot be used.
    pub fn new(options: HttpOptions) -> Result<Self, String> {
        let mut builder = reqwest::Client::builder()
            .user_agent(concat!("kabar/", env!("CARGO_PKG_VERSION")))
            .retry(reqwest::retry::never())
            .redirect(Policy::custom(|attempt| if same_place(&attempt) { attempt.follow() } else { attempt.stop() }))
            .referer(false)
            .tcp_nodelay(true)
            .pool_max_idle_per_host(options.idle);
        if let Some(timeout) = options.connect_timeout {
            builder = builder.connect_timeout(timeout);
        }
        if let Some(timeout) = options.read_timeout {
            builder = builder.read_timeout(timeout);
        }
        if let Some(proxy) = &options.proxy {
            let proxy =
                reqwest::Proxy::all(proxy).map_err(|error| format!("`proxy` cannot be used: {}", innermost(&error)))?;
            builder = builder.proxy(proxy.no_proxy(reqwest::NoProxy::from_env()));
        } else if options.loopback {
            builder = builder.no_proxy();
        }
        if let Some(pem) = &options.ca {
            let certificates = reqwest::Certificate::from_pem_bundle(pem)
                .map_err(|error| format!("`ca_file` cannot be used: {}", innermost(&error)))?;
            if certificates.is_empty() {
                return Err("`ca_file` cannot be used: it holds no certificate in PEM".into());
            }
            builder = builder.tls_certs_merge(certificates);
        }
        let about = if options.ca.is_some() { "`ca_file` cannot be used" } else { "no HTTP client" };
        let client = builder.build().map_err(|error| format!("{about}: {}", innermost(&error)))?;
        Ok(Self { client, headers: options.headers, max_body: options.max_body })
    }

    /// The headers of a request, each once: the user's own win.
    fn headers(&self, of_request: &[(Cow<'static, str>, String)]) -> Result<HeaderMap, Fault> {
        let own = self.headers.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let of_request = of_request.iter().map(|(name, value)| (name.as_ref(), value.as_str()));
        let mut headers = HeaderMap::new();
        for (name, value) in [("accept-encoding", "gzip")].into_iter().chain(of_request).chain(own) {
            let usable = HeaderName::from_bytes(name.as_bytes()).ok().zip(HeaderValue::from_str(value).ok());
            let (name, value) = usable.ok_or_else(|| {
                let message = format!("the header {} cannot be sent; check `headers` and the key", excerpt(name));
                Fault::new(ErrorKind::Unsupported, message)
            })?;
            headers.insert(name, value);
        }
        Ok(headers)
    }

    fn too_long(&self) -> Fault {
        Fault::bad_reply(format!("the answer is longer than {} bytes", self.max_body))
    }

    /// The body as it was sent.
    async fn body(&self, reply: &mut reqwest::Response) -> Result<Vec<u8>, Fault> {
        let announced = reply.content_length().and_then(|length| usize::try_from(length).ok()).unwrap_or(0);
        if announced > self.max_body {
            return Err(self.too_long());
        }
        let mut body = Vec::with_capacity(announced);
        while let Some(piece) = reply.chunk().await.map_err(|error| fault(&error, "while the answer came"))? {
            if body.len() + piece.len() > self.max_body {
                return Err(self.too_long());
            }
            body.extend_from_slice(&piece);
        }
        Ok(body)
    }

    /// The body as it was meant, by its `Content-Encoding`.
    fn unpacked(&self, body: Vec<u8>, encoding: Option<&str>) -> Result<Vec<u8>, Fault> {
        match encoding.map(|name| name.trim().to_ascii_lowercase()).as_deref() {
            None | Some("" | "identity") => return Ok(body),
            // An answer without a body, such as a redirect, may be called compressed all the same.
            Some("gzip" | "x-gzip") if body.is_empty() => return Ok(body),
            Some("gzip" | "x-gzip") => {}
            Some(other) => {
                let other = excerpt(other);
                return Err(Fault::bad_reply(format!("the answer is compressed as {other}, which was not asked for")));
            }
        }
        let most = u64::try_from(self.max_body).unwrap_or(u64::MAX).saturating_add(1);
        let mut unpacked = Vec::new();
        let read = flate2::read::MultiGzDecoder::new(body.as_slice()).take(most).read_to_end(&mut unpacked);
        read.map_err(|error| Fault::bad_reply(format!("the answer cannot be decompressed: {error}")))?;
        if unpacked.len() > self.max_body { Err(self.too_long()) } else { Ok(unpacked) }
    }
}

#[async_trait]
impl Transport for Http {
    async fn send(&self, request: WireRequest) -> Result<WireReply, Fault> {
        let method = match request.method {
            Method::Get => reqwest::Method::GET,
            Method::Post => reqwest::Method::POST,
        };
        let headers = self.headers(&request.headers)?;
        let mut builder = self.client.request(method, request.url).headers(headers);
        if !request.body.is_empty() {
            builder = builder.body(request.body);
        }
        let mut reply = builder.send().await.map_err(|error| fault(&error, "before an answer came"))?;
        let headers = reply.headers().iter();
        let headers =
            headers.filter_map(|(name, value)| Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned())));
        let (status, headers): (_, Vec<_>) = (reply.status().as_u16(), headers.collect());
        let body = self.body(&mut reply).await?;
        let encoding = headers.iter().find(|(name, _)| name == "content-encoding").map(|(_, value)| value.as_str());
        let body = self.unpacked(body, encoding)?;
        Ok(WireReply { status, headers, body, received: SystemTime::now() })
    }
}

/// Whether a redirect keeps method, body and host: only then may it carry what the request carried.
fn same_place(attempt: &Attempt<'_>) -> bool {
    let keeps_method = matches!(attempt.status().as_u16(), 307 | 308);
    let Some(first) = attempt.previous().first() else { return false };
    let next = attempt.url();
    let same_host = first.host_str() == next.host_str();
    let same_port = first.port_or_known_default() == next.port_or_known_default();
    let to_https =
        first.scheme() == "http" && first.port().is_none() && next.scheme() == "https" && next.port().is_none();
    let safe = (first.scheme() == next.scheme() && same_port) || to_https;
    keeps_method && same_host && safe && attempt.previous().len() <= 3
}

fn fault(error: &reqwest::Error, when: &str) -> Fault {
    let reason = innermost(error);
    let (kind, message) = if error.is_builder() {
        (ErrorKind::Unsupported, format!("the request cannot be made: {reason}; check `url` and `headers`"))
    } else if error.is_connect() && error.is_timeout() {
        (ErrorKind::Connect, "no connection in time; raise `connect_timeout` if the way is slow".to_owned())
    } else if error.is_connect() {
        (ErrorKind::Connect, format!("no connection: {reason}"))
    } else if error.is_timeout() {
        (ErrorKind::Timeout, format!("nothing was heard within `read_timeout` {when}"))
    } else {
        (ErrorKind::Connect, format!("the connection broke {when}: {reason}"))
    };
    Fault::new(kind, message)
}

/// The words of the first cause; the outer ones repeat the address.
fn innermost(error: &dyn std::error::Error) -> String {
    let mut cause = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    excerpt(&cause.to_string())
}

/// What an address says about where a server stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// Whether the way there is encrypted.
    pub https: bool,
    /// Whether it is this machine.
    pub loopback: bool,
}

/// Reads a backend's address.
///
/// # Errors
/// A few words on what is wrong with it.
pub fn place(url: &str) -> Result<Place, String> {
    let parsed = reqwest::Url::parse(url).map_err(|error| format!("\"{url}\" is not an address: {error}"))?;
    if !matches!(parsed.scheme(), "http" | "https") {
        return Err(format!("\"{url}\" begins with neither http:// nor https://"));
    }
    Ok(Place { https: parsed.scheme() == "https", loopback: is_here(parsed.host_str().unwrap_or_default()) })
}

/// Whether a host, as it stands in an address, is this machine.
pub fn is_here(host: &str) -> bool {
    let host = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}
