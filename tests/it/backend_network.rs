//! How a backend is reached: proxies, certificates, time limits, redirects, compressed answers.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::sync::Arc;
use std::time::Duration;

use flate2::Compression;
use flate2::write::GzEncoder;
use kabar::backend::error::ErrorKind;
use kabar::backend::http::{Http, HttpOptions, Transport};
use kabar::backend::offline::Indonesian;
use kabar::backend::stack::{StackHooks, build};
use kabar::backend::wire::WireRequest;
use kabar::backend::{Backend, BackendOptions};
use kabar::model::event::Silent;
use kabar::model::request::{NumberedText, Payload, Request, Translate};
use tokio_util::sync::CancellationToken;
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::support::Kabar;
use crate::support::kabar::stderr;
use crate::support::wire::{CA, Role, Wire};

/// Addresses that lead nowhere (<https://www.rfc-editor.org/rfc/rfc5737>, <https://www.rfc-editor.org/rfc/rfc6761>), so that
/// only a proxy makes a way.
const NUMBER: &str = "192.0.2.1";
const NAME: &str = "mt.example.test";

fn try_backend(options: &BackendOptions) -> Result<Arc<dyn Backend>, String> {
    let hooks = StackHooks {
        monitor: Arc::new(Silent),
        cancel: CancellationToken::new(),
        indonesian: Indonesian::default(),
        has_next: false,
    };
    let env = |name: &str| (name != "UNSET").then(|| format!("sk-{}", name.to_lowercase()));
    build("desk", options, &env, hooks).map_err(|error| error.to_string())
}

fn backend(options: &BackendOptions) -> Arc<dyn Backend> {
    try_backend(options).unwrap()
}

fn options(url: &str) -> BackendOptions {
    let text = |text: &str| Some(text.to_owned());
    BackendOptions {
        dialect: text("openai"),
        url: text(url),
        model: text("m"),
        api_key_env: text("KEY"),
        retries: Some(0),
        allow_http: Some(true),
        ca_file: Some(CA.into()),
        ..BackendOptions::default()
    }
}

fn through(proxy: &str, url: &str) -> BackendOptions {
    BackendOptions { proxy: Some(proxy.to_owned()), ..options(url) }
}

fn request() -> Request {
    let segments = vec![NumberedText { n: 1, text: "Presiden tiba.".into() }];
    let payload = Translate { source: "id".into(), target: "en".into(), segments, ..Translate::default() };
    Request { system: "Translate.".into(), payload: Payload::Translate(payload) }
}

#[tokio::test]
async fn a_plain_request_goes_to_the_proxy_with_its_whole_address_and_the_proxys_password() {
    let origin = Wire::listen(Role::Origin, false).await;
    let proxy = Wire::listen(Role::Proxy(origin.at), false).await;
    let headers = BTreeMap::from([("X-Team".to_owned(), "{{ TEAM }}".to_owned())]);
    let address = format!("http://me:{{{{ WORD }}}}@{}", proxy.at);
    let options = BackendOptions { headers, ..through(&address, &format!("http://{NUMBER}/v1")) };
    backend(&options).call(&request()).await.unwrap();
    let [head] = &proxy.noted()[..] else { panic!("{:?}", proxy.noted()) };
    assert!(head.starts_with(&format!("POST http://{NUMBER}/v1/chat/completions HTTP/1.1")), "{head}");
    assert!(head.contains("authorization: Bearer sk-key") && head.contains("x-team: sk-team"), "{head}");
    assert!(head.contains("proxy-authorization: Basic bWU6c2std29yZA=="), "me:sk-word in {head}");
    let unset = through("http://me:{{ UNSET }}@127.0.0.1:1", "http://127.0.0.1:1");
    assert!(try_backend(&unset).err().unwrap().contains("`proxy` cannot be used: the environment variable UNSET"));
}

#[tokio::test]
async fn a_header_of_the_users_own_is_sent_in_place_of_ours() {
    let origin = Wire::listen(Role::Origin, false).await;
    let headers = BTreeMap::from([("Authorization".to_owned(), "Token {{ TEAM }}".to_owned())]);
    let with = |headers| BackendOptions { headers, ..options(&format!("http://{}/v1", origin.at)) };
    backend(&with(headers)).call(&request()).await.unwrap();
    let head = origin.noted().join("").to_lowercase();
    assert_eq!(head.matches("authorization:").count(), 1, "{head}");
    assert!(head.contains("authorization: token sk-team"), "{head}");
    let headers = BTreeMap::from([("X Team".to_owned(), "{{ TEAM }}".to_owned())]);
    let error = backend(&with(headers)).call(&request()).await.unwrap_err();
    assert!(
        error.kind == ErrorKind::Unsupported && error.message.contains("the header X Team cannot be sent"),
        "{error}"
    );
}

#[tokio::test]
async fn to_an_encrypted_server_the_proxy_only_opens_a_tunnel() {
    for tls in [false, true] {
        let origin = Wire::listen(Role::Origin, true).await;
        let proxy = Wire::listen(Role::Proxy(origin.at), tls).await;
        let scheme = if tls { "https" } else { "http" };
        let options = through(&format!("{scheme}://{}", proxy.at), &format!("https://{NAME}/v1"));
        backend(&options).call(&request()).await.unwrap();
        let seen = proxy.noted().join("\n");
        assert!(seen.starts_with(&format!("CONNECT {NAME}:443 ")) && !seen.contains("sk-key"), "{seen}");
        assert!(origin.noted()[0].contains("authorization: Bearer sk-key"), "{:?}", origin.noted());
    }
}

#[tokio::test]
async fn a_socks_proxy_is_told_where_to_connect() {
    let origin = Wire::listen(Role::Origin, true).await;
    let plain = Wire::listen(Role::Origin, false).await;
    for (scheme, to, url, target) in [
        ("socks5h", origin.at, format!("https://{NAME}/v1"), format!("{NAME}:443")),
        ("socks5", plain.at, format!("http://{NUMBER}/v1"), format!("{NUMBER}:80")),
    ] {
        let proxy = Wire::listen(Role::Socks(to), false).await;
        backend(&through(&format!("{scheme}://{}", proxy.at), &url)).call(&request()).await.unwrap();
        assert_eq!(proxy.noted(), [target]);
    }
    assert_eq!((origin.noted().len(), plain.noted().len()), (1, 1));
}

/// Who was asked by `kabar doctor`: the server and the proxy. `0.0.0.0` leads to this machine without being called so.
async fn asked(host: &str, setting: &str, variables: &[(&str, String)]) -> (usize, usize) {
    let origin = Wire::listen(Role::Origin, false).await;
    let proxy = Wire::listen(Role::Proxy(origin.at), false).await;
    let address = format!("http://{}", proxy.at);
    let fill = |text: &str| text.replace("PROXY", &address);
    let mut kabar = Kabar::bare();
    for (name, value) in variables {
        kabar = kabar.env(name, &fill(value));
    }
    let url = format!("http://{host}:{}/v1", origin.at.port());
    let setting = fill(setting);
    kabar.config(&format!(
        "[backends.desk]\ndialect = \"openai\"\nurl = \"{url}\"\nmodel = \"m\"\nallow_http = true\n{setting}\n"
    ));
    let output = tokio::task::block_in_place(|| kabar.run(&["doctor"]));
    let said = String::from_utf8_lossy(&output.stdout).into_owned() + &stderr(&output);
    assert!(said.contains("model \"m\" present"), "{said}");
    (origin.noted().len(), proxy.noted().len())
}

#[tokio::test(flavor = "multi_thread")]
async fn proxies_of_the_environment_are_used_but_for_this_machine_and_what_no_proxy_names() {
    let by_proxy = ("HTTP_PROXY", "PROXY".to_owned());
    let not_for = |hosts: &str| ("NO_PROXY", hosts.to_owned());
    // A program that a web server starts must not trust HTTP_PROXY, which a visitor may set; kabar is none.
    assert_eq!(asked("0.0.0.0", "", &[]).await, (1, 0));
    assert_eq!(asked("0.0.0.0", "", &[("http_proxy", "PROXY".to_owned())]).await, (0, 1));
    assert_eq!(asked("0.0.0.0", "", std::slice::from_ref(&by_proxy)).await, (0, 1));
    assert_eq!(asked("0.0.0.0", "", &[by_proxy.clone(), not_for("example.org,0.0.0.0")]).await, (1, 0));
    assert_eq!(asked("127.0.0.1", "", std::slice::from_ref(&by_proxy)).await, (1, 0));
    assert_eq!(asked("0.0.0.0", "proxy = \"PROXY\"", &[]).await, (0, 1));
    assert_eq!(asked("0.0.0.0", "proxy = \"PROXY\"", &[not_for("0.0.0.0")]).await, (1, 0));
}

#[tokio::test]
async fn only_certificates_of_the_system_and_of_the_configuration_are_trusted() {
    let origin = Wire::listen(Role::Origin, true).await;
    let url = format!("https://{}/v1", origin.at);
    assert!(backend(&options(&url)).call(&request()).await.is_ok());
    let stranger = BackendOptions { ca_file: None, ..options(&url) };
    let error = backend(&stranger).call(&request()).await.unwrap_err();
    assert!(error.kind == ErrorKind::Connect && error.message.contains("certificate"), "{error}");
    // The certificate is for other names.
    let error = backend(&options(&url.replace("127.0.0.1", "localhost"))).call(&request()).await.unwrap_err();
    assert!(error.kind == ErrorKind::Connect && error.message.contains("not valid for name"), "{error}");
    assert_eq!(origin.noted().len(), 1, "no request reaches a server that is not trusted");
}

#[test]
fn a_file_that_holds_no_certificates_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ca.pem");
    let with_file = BackendOptions { ca_file: Some(path.clone()), ..options("https://127.0.0.1:1") };
    assert!(try_backend(&with_file).err().unwrap().contains("ca.pem"));
    for text in ["", "-----BEGIN CERTIFICATE-----\nbm8=\n-----END CERTIFICATE-----\n"] {
        std::fs::write(&path, text).unwrap();
        let error = try_backend(&with_file).err();
        assert!(error.as_ref().is_some_and(|error| error.contains("`ca_file`")), "{text:?}: {error:?}");
    }
}

#[tokio::test]
async fn each_time_limit_ends_what_it_is_for_and_zero_is_none() {
    let mute = Wire::listen(Role::Mute, false).await;
    let (short, none) = (Some(Duration::from_millis(40)), Some(Duration::ZERO));
    let encrypted = options(&format!("https://{}", mute.at));
    let options = options(&format!("http://{}", mute.at));
    // The greeting of TLS belongs to the connection.
    for (options, kind, word) in [
        (BackendOptions { connect_timeout: short, ..encrypted.clone() }, ErrorKind::Connect, "`connect_timeout`"),
        (BackendOptions { connect_timeout: none, timeout: short, ..encrypted }, ErrorKind::Timeout, "`timeout`"),
        (BackendOptions { read_timeout: short, ..options.clone() }, ErrorKind::Timeout, "`read_timeout`"),
        (BackendOptions { read_timeout: none, timeout: short, ..options }, ErrorKind::Timeout, "`timeout`"),
    ] {
        let error = backend(&options).call(&request()).await.unwrap_err();
        assert!(error.kind == kind && error.message.contains(word), "{error}");
    }
    let origin = Wire::listen(Role::Origin, true).await;
    let options = self::options(&format!("https://{}", origin.at));
    let options = BackendOptions { connect_timeout: none, read_timeout: none, timeout: none, ..options };
    assert!(backend(&options).call(&request()).await.is_ok());
}

#[tokio::test]
async fn no_redirect_takes_a_credential_to_another_place() {
    let there = Wire::listen(Role::Origin, false).await;
    let here = MockServer::start().await;
    let port = here.address().port();
    for status in [301, 302, 303, 307, 308] {
        for location in [
            format!("http://{}/v1/chat/completions", there.at),
            format!("//{}/v1", there.at),
            format!("http://127.0.0.1:{port}@{}/v1", there.at),
            format!("http://localhost:{}/v1", there.at.port()),
            format!("https://127.0.0.1:{}/v1", there.at.port()),
        ] {
            here.reset().await;
            let redirect = ResponseTemplate::new(status).insert_header("location", location.as_str());
            Mock::given(any()).respond_with(redirect).mount(&here).await;
            let backend = backend(&options(&here.uri()));
            assert_eq!(backend.call(&request()).await.unwrap_err().kind, ErrorKind::NotFound, "{status} {location}");
            assert!(backend.probe().await.is_err());
            assert_eq!(there.noted(), Vec::<String>::new(), "{status} {location}");
        }
    }
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// What is read of an answer that is sent so, with room for `most` bytes.
async fn read(body: Vec<u8>, encoding: &str, most: usize) -> Result<Vec<u8>, (ErrorKind, String)> {
    let server = MockServer::start().await;
    let answer = ResponseTemplate::new(200).set_body_bytes(body).insert_header("content-encoding", encoding);
    Mock::given(any()).respond_with(answer).mount(&server).await;
    let http = Http::new(HttpOptions { loopback: true, max_body: most, ..HttpOptions::default() }).unwrap();
    let reply = http.send(WireRequest::get(server.uri())).await;
    let asked = server.received_requests().await.unwrap();
    assert_eq!(asked[0].headers.get("accept-encoding").unwrap(), "gzip");
    reply.map(|reply| reply.body).map_err(|fault| (fault.kind, fault.message))
}

#[tokio::test]
async fn compressed_answers_are_capped_as_they_come_and_again_as_they_unpack() {
    let zeros = vec![0; 1 << 20];
    let bomb = gzip(&zeros);
    assert!(bomb.len() < 2_000);
    assert_eq!(read(bomb.clone(), "gzip", 1 << 20).await.unwrap(), zeros);
    let (kind, message) = read(bomb, "gzip", (1 << 20) - 1).await.unwrap_err();
    assert!(kind == ErrorKind::BadReply && message.contains("longer than 1048575 bytes"), "{message}");
    // Many empty pieces unpack to nothing at all.
    let empty = gzip(b"").repeat(200);
    assert_eq!(read(empty.clone(), "gzip", empty.len()).await.unwrap(), b"");
    assert_eq!(read(empty.clone(), "gzip", empty.len() - 1).await.unwrap_err().0, ErrorKind::BadReply);
}

#[tokio::test]
async fn an_answer_that_is_not_compressed_as_it_says_is_a_bad_reply() {
    let cut = gzip(b"Presiden tiba.");
    for (body, encoding, word) in [
        (b"not gzip".to_vec(), "gzip", "decompressed"),
        (cut[..cut.len() - 9].to_vec(), "gzip", "decompressed"),
        (b"any".to_vec(), "br", "compressed as br, which was not asked for"),
    ] {
        let (kind, message) = read(body, encoding, 1_000).await.unwrap_err();
        assert!(kind == ErrorKind::BadReply && message.contains(word), "{message}");
    }
    assert_eq!(read(b"plain".to_vec(), "Identity", 1_000).await.unwrap(), b"plain");
    assert_eq!(read(gzip(b"packed"), "GZip", 1_000).await.unwrap(), b"packed");
}
