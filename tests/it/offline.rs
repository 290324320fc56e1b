//! The offline engine as a backend: what a caller may rely on, with the tiny model of `fixtures/offline/`.

use std::sync::{Arc, OnceLock};

use kabar::backend::offline::{Indonesian, Offline, OfflineError};
use kabar::backend::{Backend, BackendOptions, ErrorKind};
use kabar::model::reply::{Finish, ReplyBody};
use kabar::model::request::{NumberedText, Payload, Request, Summarise, Term, Translate};
use kabar::stage::check::{errors, glossary};
use kabar::stage::number::compounds;
use kabar::stage::section::sentences;

const TINY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/offline/tiny");
const INDONESIAN: Indonesian = Indonesian { sentences, glossary, compounds, errors };
const LEARNED: &str = "Massa membubarkan diri dengan tertib sekitar pukul 18.10 WIB.";
const OTHERS: [&str; 3] = ["Polisi menahan dua tersangka.", "Jakarta", "Gempa 5,6 di Cianjur. Warga panik, kata BMKG."];

fn options(model: &str) -> BackendOptions {
    BackendOptions { model: Some(model.to_owned()), concurrency: Some(2), ..BackendOptions::default() }
}

fn engine() -> Offline {
    Offline::new("offline", &options(TINY), INDONESIAN).unwrap()
}

fn request(texts: &[&str]) -> Request {
    let segments = (1..).zip(texts).map(|(n, text)| NumberedText { n, text: (*text).to_owned() }).collect();
    let translate = Translate { source: "id".into(), target: "en".into(), segments, ..Translate::default() };
    Request { system: String::new(), payload: Payload::Translate(translate) }
}

async fn english(engine: &Offline, texts: &[&str]) -> Vec<String> {
    let reply = engine.call(&request(texts)).await.unwrap();
    let ReplyBody::Segments(segments) = reply.body else { panic!("no segments") };
    assert!(segments.iter().map(|segment| segment.n as usize).eq(1..=texts.len()));
    segments.into_iter().map(|segment| segment.en).collect()
}

#[tokio::test]
async fn a_request_comes_back_whole_numbered_and_counted() {
    let reply = engine().call(&request(&[LEARNED, OTHERS[0]])).await.unwrap();
    let ReplyBody::Segments(segments) = &reply.body else { panic!("no segments") };
    assert_eq!((segments[0].n, segments[1].n), (1, 2));
    assert_eq!(segments[0].en, "The crowd dispersed in an orderly manner at around 18:10 Western Indonesia Time.");
    assert_eq!(reply.finish, Finish::Complete);
    assert!(reply.usage.input_tokens > 0 && reply.usage.output_tokens > 0 && !reply.usage.estimated);
}

#[tokio::test]
async fn a_segment_comes_out_the_same_alone_and_in_company() {
    let engine = engine();
    let together = english(&engine, &[OTHERS[2], LEARNED, OTHERS[0], OTHERS[1], OTHERS[2]]).await;
    assert_eq!(together[0], together[4]);
    for (n, text) in [(0, OTHERS[2]), (1, LEARNED), (2, OTHERS[0]), (3, OTHERS[1])] {
        assert_eq!(english(&engine, &[text]).await, [together[n].clone()], "{text}");
    }
}

#[tokio::test]
async fn a_name_with_a_fixed_english_that_the_model_copies_is_put_right() {
    let glossary = |text: &str| {
        let zone = Term { id: "WIB".into(), en: "Jakarta Time".into() };
        if text.contains("WIB") { vec![zone] } else { Vec::new() }
    };
    let engine = Offline::new("offline", &options(TINY), Indonesian { glossary, ..INDONESIAN }).unwrap();
    let english = english(&engine, &[LEARNED]).await;
    assert_eq!(english, ["The crowd dispersed in an orderly manner at around 18:10 Jakarta Time."]);
}

#[tokio::test]
async fn of_its_translations_it_takes_the_first_in_which_the_rules_find_least() {
    static BEST: OnceLock<String> = OnceLock::new();
    let told = |errors| Offline::new("offline", &options(TINY), Indonesian { errors, ..INDONESIAN }).unwrap();
    let best = english(&told(|_, _| 0), &OTHERS[..1]).await.remove(0);
    BEST.set(best.clone()).unwrap();
    let another = english(&told(|_, en| usize::from(BEST.get().unwrap() == en)), &OTHERS[..1]).await.remove(0);
    assert!(!another.is_empty() && another != best, "{another} / {best}");
    assert_eq!(english(&told(|_, _| 1), &OTHERS[..1]).await, [best], "all are equally wrong");
}

#[tokio::test]
async fn a_paragraph_is_the_join_of_its_sentences() {
    let engine = engine();
    let parts = english(&engine, &["Polisi menahan dua tersangka.", "Warga panik."]).await;
    let whole = english(&engine, &["Polisi menahan dua tersangka. Warga panik."]).await;
    assert_eq!(whole, [parts.join(" ")]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn concurrent_requests_get_their_own_answers() {
    let engine = Arc::new(engine());
    let alone = english(&engine, &OTHERS).await;
    let calls = (0..6).map(|n| {
        let engine = Arc::clone(&engine);
        tokio::spawn(async move { (n % 3, english(&engine, &OTHERS[n % 3..=n % 3]).await) })
    });
    for call in calls.collect::<Vec<_>>() {
        let (n, en) = call.await.unwrap();
        assert_eq!(en, [alone[n].clone()]);
    }
}

#[tokio::test]
async fn a_dropped_call_leaves_the_workers_free_for_the_next() {
    let engine = engine();
    english(&engine, &[LEARNED]).await;
    let long = [OTHERS[2]; 64];
    for _ in 0..4 {
        let request = request(&long);
        let mut call = Box::pin(engine.call(&request));
        let waker = std::task::Waker::noop();
        let _ = call.as_mut().poll(&mut std::task::Context::from_waker(waker));
    }
    assert_eq!(english(&engine, &[LEARNED]).await.len(), 1);
}

#[tokio::test]
async fn what_it_cannot_do_is_refused_as_unsupported() {
    let engine = engine();
    let summarise = Request { system: String::new(), payload: Payload::Summarise(Summarise::default()) };
    assert_eq!(engine.call(&summarise).await.unwrap_err().kind, ErrorKind::Unsupported);
    let mut other = request(&["Halo."]);
    let Payload::Translate(translate) = &mut other.payload else { panic!("no translation") };
    translate.target = "de".into();
    let error = engine.call(&other).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Unsupported);
    assert!(error.message.contains("id to de"), "{}", error.message);
}

#[tokio::test]
async fn its_profile_says_draft_and_names_the_weights_in_its_parameters() {
    let engine = engine();
    let profile = engine.profile();
    assert_eq!((profile.dialect.as_str(), profile.model.as_deref()), ("offline", Some("tiny")));
    assert!(profile.abilities.draft && !profile.abilities.prompts);
    assert!(profile.parameters.contains("beam=3"), "{}", profile.parameters);
    let health = engine.probe().await.unwrap();
    assert!(health.summary.contains("\"tiny\"") && health.summary.contains("draft"), "{}", health.summary);
}

#[test]
fn other_weights_are_other_parameters_so_that_no_old_translation_is_taken_for_theirs() {
    let folder = tempfile::tempdir().unwrap();
    for file in ["model.safetensors", "config.json", "tokenizer.json"] {
        std::fs::copy(format!("{TINY}/{file}"), folder.path().join(file)).unwrap();
    }
    let exact = Offline::new("offline", &options(folder.path().to_str().unwrap()), INDONESIAN).unwrap();
    assert_ne!(exact.profile().parameters, engine().profile().parameters);
}

#[tokio::test]
async fn the_model_is_looked_at_when_the_backend_is_built_and_loaded_for_the_first_call() {
    let folder = tempfile::tempdir().unwrap();
    for file in ["model.safetensors", "config.json", "tokenizer.json"] {
        std::fs::copy(format!("{TINY}/{file}"), folder.path().join(file)).unwrap();
    }
    let options = options(folder.path().to_str().unwrap());
    // Only who loads the model sees that this is no tokeniser.
    std::fs::write(folder.path().join("tokenizer.json"), "{}").unwrap();
    let engine = Offline::new("offline", &options, INDONESIAN).unwrap();
    for error in [engine.call(&request(&[LEARNED])).await.unwrap_err(), engine.probe().await.unwrap_err()] {
        assert_eq!(error.kind, ErrorKind::Unsupported);
        assert!(error.message.contains("tokenizer.json of"), "{}", error.message);
    }
    // A file that is cut off shows at once.
    std::fs::write(folder.path().join("model.safetensors"), [0; 20]).unwrap();
    assert!(matches!(Offline::new("offline", &options, INDONESIAN).err().unwrap(), OfflineError::Model { .. }));
}

#[test]
fn a_model_that_is_not_there_is_named() {
    let error = Offline::new("offline", &options("/nowhere/at/all"), INDONESIAN).err().unwrap();
    assert!(matches!(error, OfflineError::NoModel { .. }));
    assert!(error.to_string().contains("/nowhere/at/all"), "{error}");
}
