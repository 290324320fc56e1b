//! What every dialect must keep, whatever it speaks: one suite over a scripted server that speaks all of them.

use std::sync::Arc;
use std::time::Duration;

use kabar::backend::error::ErrorKind;
use kabar::backend::offline::Indonesian;
use kabar::backend::stack::{StackHooks, build};
use kabar::backend::{Backend, BackendOptions, dialect};
use kabar::model::event::Silent;
use kabar::model::reply::ReplyBody;
use kabar::model::request::{NumberedText, Payload, Request, Translate};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_util::sync::CancellationToken;
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, Respond, ResponseTemplate};

use crate::support::speakers::{Speaker, speakers};

/// Translates every text by setting it between marks, which shows what arrived and where.
struct Marks(Speaker);

fn marked(text: &str) -> String {
    format!("«{text}»")
}

impl Respond for Marks {
    fn respond(&self, request: &wiremock::Request) -> ResponseTemplate {
        self.0.answer(request, marked)
    }
}

fn backend(speaker: &Speaker, url: &str, more: &str) -> Arc<dyn Backend> {
    let head = format!("dialect = \"{}\"\nurl = \"{url}\"\nretries = 0\n{more}\n", speaker.dialect);
    let options: BackendOptions = toml::from_str(&(head + speaker.options)).unwrap();
    let hooks = StackHooks {
        monitor: Arc::new(Silent),
        cancel: CancellationToken::new(),
        indonesian: Indonesian::default(),
        has_next: false,
    };
    build("peer", &options, &|_| Some("sk-conformance".into()), hooks).unwrap()
}

fn request(texts: &[String]) -> Request {
    let segments = texts.iter().zip(1..).map(|(text, n)| NumberedText { n, text: text.clone() }).collect();
    let payload = Translate { source: "id".into(), target: "en".into(), segments, ..Translate::default() };
    Request { system: "Translate.".into(), payload: Payload::Translate(payload) }
}

fn one() -> Request {
    request(&["Kami siap.".to_owned()])
}

async fn server(responder: impl Respond + 'static) -> MockServer {
    let server = MockServer::start().await;
    Mock::given(any()).respond_with(responder).mount(&server).await;
    server
}

/// Texts that go wrong where a dialect is careless: order, quoting, escapes, templates, scripts, nothing at all.
fn awkward() -> Vec<String> {
    let fixed = [
        "Presiden tiba di Jakarta.",
        "",
        "\"Kami siap,\" katanya; 'ya' \\ \\n \\u0041",
        "{{ key }} {% if x %} ${HOME} <b>tebal</b> &amp; a < b",
        "]}],\"segments\":[{\"n\":1,\"en\":\"palsu\"}]",
        "baris satu\nbaris dua\ttab\r\nakhir",
        "\u{1}\u{7f}\u{a0}\u{200b}\u{feff}",
        "🇮🇩 한국어 العربية ꦗꦮ é e\u{301} “kutipan”",
        " spasi di tepi ",
    ];
    let many = (0..30).map(|n| format!("Kalimat nomor {n}."));
    fixed.iter().map(|text| (*text).to_owned()).chain(many).collect()
}

#[test]
fn every_dialect_is_in_the_suite() {
    let spoken: Vec<&str> = speakers().iter().map(|speaker| speaker.dialect).collect();
    for name in dialect::names() {
        assert!(spoken.contains(&name), "{name} has no speaker");
    }
}

#[tokio::test]
async fn texts_arrive_whole_and_come_back_in_order() {
    for speaker in speakers() {
        let texts = awkward();
        let server = server(Marks(speaker)).await;
        let reply = backend(&speaker, &server.uri(), "").call(&request(&texts)).await;
        let reply = reply.unwrap_or_else(|error| panic!("{}: {error}", speaker.dialect));
        let ReplyBody::Segments(segments) = reply.body else { panic!("{}", speaker.dialect) };
        let got: Vec<(u32, String)> = segments.into_iter().map(|segment| (segment.n, segment.en)).collect();
        let expected: Vec<(u32, String)> = (1..).zip(texts.iter().map(|text| marked(text))).collect();
        assert_eq!(got, expected, "{}", speaker.dialect);
        let usage = reply.usage;
        assert!(usage.characters > 0 || usage.output_tokens > 0, "{}: {usage:?}", speaker.dialect);
    }
}

#[tokio::test]
async fn every_status_ends_in_its_documented_kind() {
    for speaker in speakers() {
        let fixed = [
            (401, "", ErrorKind::Auth),
            (403, "", ErrorKind::Auth),
            (404, "", ErrorKind::NotFound),
            (400, "", ErrorKind::Unsupported),
            (413, "", ErrorKind::TooLarge),
            (429, "", ErrorKind::RateLimited),
            (408, "", ErrorKind::Server),
            (500, "", ErrorKind::Server),
            (503, "", ErrorKind::Server),
            (529, "", ErrorKind::Server),
            (302, "", ErrorKind::NotFound),
            (200, "", ErrorKind::BadReply),
            (200, "<!DOCTYPE html><title>Sign in</title>", ErrorKind::BadReply),
            (200, "\u{0}\u{1}garbage", ErrorKind::BadReply),
            (200, "{\"a\": [1, 2", ErrorKind::BadReply),
            (200, "null", ErrorKind::BadReply),
            (200, "[]", ErrorKind::BadReply),
            (200, "{}", ErrorKind::BadReply),
            (speaker.quota.0, speaker.quota.1, ErrorKind::Quota),
        ];
        let refusal = speaker.refusal.map(|(status, body)| (status, body, ErrorKind::Refused));
        for (status, body, expected) in fixed.into_iter().chain(refusal) {
            let server = server(ResponseTemplate::new(status).set_body_string(body)).await;
            let error = backend(&speaker, &server.uri(), "").call(&one()).await.unwrap_err();
            assert_eq!(error.kind, expected, "{} {status} {body}: {error}", speaker.dialect);
            assert!(!error.to_string().contains("sk-conformance"), "{error}");
        }
    }
}

#[tokio::test]
async fn what_the_server_asks_to_wait_reaches_the_caller() {
    for speaker in speakers() {
        let wait = ResponseTemplate::new(429).insert_header("retry-after", "7");
        let server = server(wait).await;
        let error = backend(&speaker, &server.uri(), "").call(&one()).await.unwrap_err();
        assert_eq!(error.retry_after, Some(Duration::from_secs(7)), "{}", speaker.dialect);
    }
}

#[tokio::test]
async fn an_answer_that_is_cut_in_the_middle_is_no_answer() {
    for speaker in speakers() {
        let whole = (speaker.reply)(&[marked("Kami siap.")]).to_string();
        let half: String = whole.chars().take(whole.chars().count() / 2).collect();
        let server = server(ResponseTemplate::new(200).set_body_string(half)).await;
        let error = backend(&speaker, &server.uri(), "").call(&one()).await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::BadReply, "{}: {error}", speaker.dialect);
    }
}

#[tokio::test]
async fn one_answer_too_few_never_moves_the_others() {
    for speaker in speakers() {
        let server = server(ResponseTemplate::new(200).set_body_json((speaker.reply)(&["Satu.".to_owned()]))).await;
        let two = request(&["A.".to_owned(), "B.".to_owned()]);
        match backend(&speaker, &server.uri(), "").call(&two).await {
            // A language model numbers its answers, so the one that is there keeps its place.
            Ok(reply) => {
                let ReplyBody::Segments(segments) = reply.body else { panic!("{}", speaker.dialect) };
                assert!(speaker.refusal.is_some() && segments.len() == 1 && segments[0].n == 1, "{}", speaker.dialect);
            }
            Err(error) => assert_eq!(error.kind, ErrorKind::BadReply, "{}", speaker.dialect),
        }
    }
}

#[tokio::test]
async fn silence_and_broken_connections_are_told_apart() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let closing = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let _ = stream.read(&mut [0; 1_024]).await;
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n{").await;
        }
    });
    for speaker in speakers() {
        let error = backend(&speaker, &closing, "").call(&one()).await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::Connect, "{}: {error}", speaker.dialect);
        let silent = server(ResponseTemplate::new(200).set_delay(Duration::from_mins(1))).await;
        let error = backend(&speaker, &silent.uri(), "timeout = \"30ms\"").call(&one()).await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::Timeout, "{}: {error}", speaker.dialect);
    }
}
