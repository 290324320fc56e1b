//! Backends against real servers of other people: llama.cpp, LibreTranslate, and nginx that makes faults on the wire.
//!
//! `tests/peers/peers.sh` installs and starts them and prints the variables that say where they are; without a variable
//! its tests are skipped. The models are random: the words are noise, the protocol is real.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::future::join_all;
use kabar::backend::error::ErrorKind;
use kabar::backend::offline::Indonesian;
use kabar::backend::stack::{StackHooks, build};
use kabar::backend::{Backend, BackendError, BackendOptions};
use kabar::model::event::{Event, Monitor};
use kabar::model::reply::{Reply, ReplyBody};
use kabar::model::request::{NumberedText, Payload, Request, Summarise, Translate};
use tokio_util::sync::CancellationToken;

use crate::support::{peer, skipped};

#[derive(Default)]
struct Told(Mutex<Vec<Event>>);

impl Monitor for Told {
    fn event(&self, event: &Event) {
        self.0.lock().unwrap().push(event.clone());
    }
}

fn backend_with(options: &str, told: &Arc<Told>) -> Arc<dyn Backend> {
    let options: BackendOptions = toml::from_str(options).unwrap();
    let hooks = StackHooks {
        monitor: told.clone(),
        cancel: CancellationToken::new(),
        indonesian: Indonesian::default(),
        has_next: false,
    };
    build("peer", &options, &|name| Some(name.to_lowercase().replace('_', "-")), hooks).unwrap()
}

fn backend(options: &str) -> Arc<dyn Backend> {
    backend_with(options, &Arc::default())
}

fn texts(texts: &[&str]) -> Request {
    let segments = texts.iter().zip(1..).map(|(text, n)| NumberedText { n, text: (*text).to_owned() }).collect();
    let payload = Translate { source: "id".into(), target: "en".into(), segments, ..Translate::default() };
    Request { system: "Translate the segments.".into(), payload: Payload::Translate(payload) }
}

fn kind(result: Result<Reply, BackendError>) -> Option<ErrorKind> {
    result.err().map(|error| error.kind)
}

/// The key that the llama peer takes is `sk-peer`: the test's environment makes it of the variable's name.
fn llama(url: &str, more: &str) -> Arc<dyn Backend> {
    backend(&format!("dialect = \"openai\"\nurl = \"{url}\"\nmodel = \"random\"\napi_key_env = \"SK_PEER\"\n{more}"))
}

#[tokio::test]
async fn llama_answers_in_the_schema_that_is_asked_for() {
    let Some(url) = peer("KABAR_PEER_LLAMA") else { return };
    let backend = llama(&url, "max_output_tokens = 500");
    let request = texts(&["Presiden tiba di Jakarta.", "Kami siap."]);
    let results = join_all((0..8).map(|_| backend.call(&request))).await;
    let replies: Vec<&Reply> = results.iter().filter_map(|result| result.as_ref().ok()).collect();
    assert!(!replies.is_empty(), "{results:?}");
    for reply in replies {
        assert!(matches!(&reply.body, ReplyBody::Segments(segments) if !segments.is_empty()), "{reply:?}");
        assert!(!reply.usage.estimated && reply.usage.input_tokens > 0 && reply.usage.output_tokens > 0);
    }
    assert!(results.iter().filter_map(|result| result.as_ref().err()).all(|error| error.kind == ErrorKind::BadReply));
}

#[tokio::test]
async fn llama_summarises_in_the_schema_that_is_asked_for() {
    let Some(url) = peer("KABAR_PEER_LLAMA") else { return };
    let backend = llama(&url, "max_output_tokens = 900");
    let sections = vec![NumberedText { n: 1, text: "Presiden tiba di Jakarta.".into() }];
    let payload = Payload::Summarise(Summarise { title: "Presiden".into(), sections, words: 60 });
    let request = Request { system: "Summarise.".into(), payload };
    let results = join_all((0..4).map(|_| backend.call(&request))).await;
    let summaries = results.iter().flatten().filter(|reply| matches!(reply.body, ReplyBody::Summary(_))).count();
    assert!(summaries >= 1, "{results:?}");
}

#[tokio::test]
async fn llama_refuses_a_wrong_key_and_a_request_beyond_its_context() {
    let Some(url) = peer("KABAR_PEER_LLAMA") else { return };
    let request = texts(&["Kami siap."]);
    let wrong = format!("dialect = \"openai\"\nurl = \"{url}/v1\"\nmodel = \"random\"\napi_key_env = \"OTHER_KEY\"");
    let error = backend(&wrong).call(&request).await.unwrap_err();
    assert!(error.kind == ErrorKind::Auth && error.message.contains("OTHER_KEY"), "{error}");
    let long = "kata ".repeat(6_000);
    assert_eq!(kind(llama(&url, "").call(&texts(&[&long])).await), Some(ErrorKind::TooLarge));
}

#[tokio::test]
async fn llama_is_probed_for_key_and_model() {
    let Some(url) = peer("KABAR_PEER_LLAMA") else { return };
    assert!(llama(&url, "").probe().await.unwrap().summary.contains("model \"random\" present"));
    let other = format!("dialect = \"openai\"\nurl = \"{url}\"\nmodel = \"large\"\napi_key_env = \"SK_PEER\"");
    let error = backend(&other).probe().await.unwrap_err();
    assert!(error.kind == ErrorKind::NotFound && error.message.contains("random"), "{error}");
}

#[tokio::test]
async fn llama_speaks_messages_too() {
    let Some(url) = peer("KABAR_PEER_LLAMA") else { return };
    let place =
        |key: &str| format!("dialect = \"anthropic\"\nurl = \"{url}\"\nmodel = \"random\"\napi_key_env = \"{key}\"");
    let request = texts(&["Kami siap."]);
    // This server does not force the tool, so the random model answers in noise, which is read as such.
    let answer = backend(&format!("{}\nmax_output_tokens = 100", place("SK_PEER"))).call(&request).await;
    assert!(matches!(kind(answer), None | Some(ErrorKind::BadReply)));
    assert_eq!(kind(backend(&place("OTHER_KEY")).call(&request).await), Some(ErrorKind::Auth));
    assert!(backend(&place("SK_PEER")).probe().await.unwrap().summary.starts_with("reachable"));
}

#[tokio::test]
async fn a_description_of_libretranslate_does_what_its_dialect_does() {
    let Some(url) = peer("KABAR_PEER_LIBRETRANSLATE") else { return };
    let described = backend(&format!(
        r#"dialect = "template"
        url = "{url}/translate"
        [template]
        body = '{{ "q": {{{{ texts }}}}, "source": {{{{ source }}}}, "target": {{{{ target }}}}, "format": "text" }}'
        translations = "/translatedText"
        error = "/error""#
    ));
    let known = backend(&format!("dialect = \"libretranslate\"\nurl = \"{url}\""));
    let request = texts(&["Presiden tiba di \"Jakarta\".", "Kami siap."]);
    assert_eq!(described.call(&request).await.unwrap().body, known.call(&request).await.unwrap().body);
    assert!(described.probe().await.is_ok());
}

#[tokio::test]
async fn libretranslate_keeps_the_order_of_many_texts() {
    let Some(url) = peer("KABAR_PEER_LIBRETRANSLATE") else { return };
    let backend = backend(&format!("dialect = \"libretranslate\"\nurl = \"{url}\""));
    let all = ["Presiden tiba di Jakarta.", "Kami siap.", "", "a < b & c", "“Kutipan” — \u{1F600} 10.000"];
    let ReplyBody::Segments(together) = backend.call(&texts(&all)).await.unwrap().body else { panic!() };
    assert_eq!(together.iter().map(|segment| segment.n).collect::<Vec<_>>(), [1, 2, 3, 4, 5]);
    for (text, expected) in all.iter().zip(&together) {
        let ReplyBody::Segments(alone) = backend.call(&texts(&[text])).await.unwrap().body else { panic!() };
        assert_eq!(alone[0].en, expected.en, "{text}");
    }
    assert!(backend.probe().await.unwrap().summary.contains("translates Indonesian to English"));
}

#[tokio::test]
async fn libretranslate_says_which_limit_was_passed() {
    let Some(url) = peer("KABAR_PEER_LIMITED") else { return };
    let limited = |more: &str| {
        backend(&format!("dialect = \"libretranslate\"\nurl = \"{url}\"\nretries = 0\nretry_wait = \"1ms\"\n{more}"))
    };
    // The server counts requests by key, so a key of this run's own begins a new count.
    let own = limited(&format!("api_key_env = \"WRONG_KEY_{}\"", std::process::id()));
    let error = own.call(&texts(&["Kami siap."])).await.unwrap_err();
    assert!(error.kind == ErrorKind::Auth && error.message.contains("WRONG_KEY"), "{error}");
    for _ in 0..10 {
        own.call(&texts(&["Kami siap."])).await.unwrap_err();
    }
    let error = own.call(&texts(&["Kami siap."])).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::RateLimited);
    assert!(error.retry_after.is_some(), "a limit whose end the server does not say is sat out");
    let open = limited("");
    let many = ["Kami siap."; 6];
    let first = kind(open.call(&texts(&many)).await);
    if first == Some(ErrorKind::RateLimited) {
        return skipped("an earlier run has used up this minute's requests");
    }
    assert_eq!(first, Some(ErrorKind::TooLarge));
    assert_eq!(kind(open.call(&texts(&[&"kata ".repeat(500)])).await), Some(ErrorKind::TooLarge));
    assert!(open.probe().await.unwrap().summary.contains("2000 characters a text"));
}

fn faulty(url: &str, fault: &str, more: &str, told: &Arc<Told>) -> Arc<dyn Backend> {
    let place =
        format!("dialect = \"openai\"\nurl = \"{url}/{fault}/v1\"\nmodel = \"random\"\napi_key_env = \"SK_PEER\"");
    backend_with(&format!("{place}\nretry_wait = \"10ms\"\nmax_output_tokens = 100\n{more}"), told)
}

#[tokio::test]
async fn every_fault_on_the_wire_ends_in_its_documented_kind() {
    let Some(url) = peer("KABAR_PEER_FAULTS") else { return };
    for (fault, expected, attempts) in [
        ("wait", ErrorKind::RateLimited, 2),
        ("absurd", ErrorKind::RateLimited, 1),
        ("quota", ErrorKind::Quota, 1),
        ("503", ErrorKind::Server, 3),
        ("529", ErrorKind::Server, 3),
        ("401", ErrorKind::Auth, 1),
        ("garbage", ErrorKind::BadReply, 1),
        ("empty", ErrorKind::BadReply, 1),
        ("login", ErrorKind::BadReply, 1),
        ("refuse", ErrorKind::Refused, 1),
        ("close", ErrorKind::Connect, 3),
        ("reset", ErrorKind::Connect, 3),
        ("hang", ErrorKind::Timeout, 3),
        ("nowhere", ErrorKind::NotFound, 1),
    ] {
        // Only `retry_for` ends the waiting that a server asks for: here after the first of 50 ms.
        let patience = if fault == "wait" { "80ms" } else { "10m" };
        let options = format!("retries = 2\nretry_for = \"{patience}\"\ntimeout = \"200ms\"");
        let backend = faulty(&url, fault, &options, &Arc::default());
        let error = backend.call(&texts(&["Kami siap."])).await.unwrap_err();
        assert_eq!((error.kind, error.attempts), (expected, attempts), "{fault}: {error}");
    }
}

#[tokio::test]
async fn a_wait_that_the_server_asks_for_is_kept_and_an_absurd_one_is_told() {
    let Some(url) = peer("KABAR_PEER_FAULTS") else { return };
    let told = Arc::<Told>::default();
    faulty(&url, "wait", "retry_for = \"80ms\"", &told).call(&texts(&["Kami siap."])).await.unwrap_err();
    let delays: Vec<Duration> = told.0.lock().unwrap().iter().filter_map(delay).collect();
    assert_eq!(delays, [Duration::from_millis(50)]);
    let error = faulty(&url, "absurd", "", &told).call(&texts(&["Kami siap."])).await.unwrap_err();
    assert!(error.message.contains("24h") && error.message.contains("retry_for"), "{error}");
}

fn delay(event: &Event) -> Option<Duration> {
    match event {
        Event::Retry { delay, .. } => Some(*delay),
        _ => None,
    }
}

#[tokio::test]
async fn a_flaky_or_rate_limited_server_is_outlasted() {
    let Some(url) = peer("KABAR_PEER_FAULTS") else { return };
    let request = texts(&["Kami siap."]);
    for (fault, calls) in [("flaky", 40), ("rate", 8)] {
        let told = Arc::<Told>::default();
        let backend = faulty(&url, fault, "retries = 20\nconcurrency = 4", &told);
        let results = join_all((0..calls).map(|_| backend.call(&request))).await;
        // The random model may write no usable answer; the server's trouble must be outlasted in any case.
        let kinds: Vec<ErrorKind> = results.iter().filter_map(|result| Some(result.as_ref().err()?.kind)).collect();
        assert!(kinds.iter().all(|kind| *kind == ErrorKind::BadReply), "{fault}: {kinds:?}");
        assert!(!told.0.lock().unwrap().is_empty(), "{fault}");
    }
}

#[tokio::test]
async fn a_thousand_small_requests_at_once_are_all_answered() {
    let Some(url) = peer("KABAR_PEER_FAULTS") else { return };
    let backend = faulty(&url, "fast", "concurrency = 32", &Arc::default());
    let request = texts(&["Kami siap."]);
    let results = join_all((0..1_000).map(|_| backend.call(&request))).await;
    assert!(results.iter().all(Result::is_ok));
}
