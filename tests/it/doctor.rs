//! What `kabar doctor` says of a server of each dialect; `docs/BACKENDS.md` shows the same words.

use kabar::backend::BackendOptions;
use wiremock::matchers::{any, header};
use wiremock::{Mock, MockServer, Request, Respond, ResponseTemplate};

use crate::support::Kabar;
use crate::support::kabar::stderr;
use crate::support::speakers::{Speaker, speakers};

const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/BACKENDS.md");
const TINY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/offline/tiny");

type Script = fn(&Speaker, &Request) -> ResponseTemplate;

struct Scripted(Speaker, Script);

impl Respond for Scripted {
    fn respond(&self, request: &Request) -> ResponseTemplate {
        self.1(&self.0, request)
    }
}

/// Runs `kabar doctor` over a server of each of these dialects, which answer by the script, and expects the exit code.
async fn doctor(speakers: Vec<Speaker>, script: Script, code: i32, more: &str) -> String {
    let mut servers = Vec::new();
    let names: Vec<&str> = speakers.iter().map(|speaker| speaker.dialect).collect();
    let mut config = format!("[translate]\nbackend = {names:?}\n{more}");
    for speaker in speakers {
        let server = MockServer::start().await;
        Mock::given(any()).respond_with(Scripted(speaker, script)).mount(&server).await;
        let Speaker { dialect, options, .. } = speaker;
        let options = options.replace("[template]", "[backends.template.template]").replace("\"KEY\"", "\"DESK_KEY\"");
        config += &format!("[backends.{dialect}]\ndialect = \"{dialect}\"\nurl = \"{}\"\n{options}\n", server.uri());
        servers.push(server);
    }
    let kabar = Kabar::bare().env("DESK_KEY", "sk-doctor");
    kabar.config(&config);
    let output = tokio::task::block_in_place(|| kabar.run(&["doctor"]));
    let said = String::from_utf8(output.stdout.clone()).unwrap();
    assert_eq!(output.status.code(), Some(code), "{said}{}", stderr(&output));
    said
}

fn is_on_the_page(said: &str) {
    assert!(
        std::fs::read_to_string(PAGE).unwrap().contains(&format!("```text\n{said}```")),
        "docs/BACKENDS.md does not show:\n{said}"
    );
}

fn models() -> Vec<Speaker> {
    speakers().into_iter().filter(|speaker| speaker.refusal.is_some()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn where_all_is_well_every_backend_says_what_it_can_be_used_for() {
    let offline = format!("[backends.offline]\ndialect = \"offline\"\nmodel = {TINY:?}\n");
    let said = doctor(speakers(), |speaker, request| speaker.answer(request, |_| "water".into()), 0, &offline).await;
    is_on_the_page(&said);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_key_is_told_with_the_variable_that_holds_it() {
    let said = doctor(speakers(), |_, _| ResponseTemplate::new(401), 4, "").await;
    is_on_the_page(&said);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_model_that_is_not_there_is_told_with_those_that_are() {
    fn another(speaker: &Speaker, request: &Request) -> ResponseTemplate {
        let error = r#"{"type":"error","error":{"type":"not_found_error","message":"model: my-model"}}"#;
        match speaker.dialect {
            "anthropic" => ResponseTemplate::new(404).set_body_string(error),
            "ollama" => ResponseTemplate::new(200).set_body_string(r#"{"models":[{"name":"qwen3:8b"}]}"#),
            "openai" => ResponseTemplate::new(200).set_body_string(r#"{"data":[{"id":"small"},{"id":"large"}]}"#),
            _ => speaker.answer(request, |_| "water".into()),
        }
    }
    is_on_the_page(&doctor(models(), another, 4, "").await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_in_place_of_an_api_a_spent_account_and_an_untranslated_language_are_told() {
    fn trouble(speaker: &Speaker, _: &Request) -> ResponseTemplate {
        match speaker.dialect {
            "deepl" => {
                ResponseTemplate::new(200).set_body_string(r#"{"character_count":500000,"character_limit":500000}"#)
            }
            "libretranslate" => ResponseTemplate::new(200).set_body_string(r#"[{"code":"ms","targets":["en"]}]"#),
            _ => ResponseTemplate::new(200).set_body_string("<!DOCTYPE html><title>Sign in</title>"),
        }
    }
    let wanted = ["openai", "deepl", "libretranslate", "azure"];
    let some = speakers().into_iter().filter(|speaker| wanted.contains(&speaker.dialect)).collect();
    is_on_the_page(&doctor(some, trouble, 4, "").await);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_key_is_asked_and_a_key_file_that_others_can_read_is_told_and_nothing_is_recorded() {
    use std::os::unix::fs::PermissionsExt as _;
    let server = MockServer::start().await;
    let models = ResponseTemplate::new(200).set_body_string(r#"{"data":[{"id":"m"}]}"#);
    Mock::given(header("authorization", "Bearer sk-good")).respond_with(models).mount(&server).await;
    Mock::given(any()).respond_with(ResponseTemplate::new(401)).mount(&server).await;
    let kabar = Kabar::bare();
    kabar.config(&format!(
        "[backends.desk]\ndialect = \"openai\"\nurl = \"{}\"\nmodel = \"m\"\napi_key_file = \"keys\"\nrecord = \"exchanges\"\n",
        server.uri()
    ));
    let one_of_two = "\"m\" present; of 2 keys 1 cannot be used: the key was refused";
    for (keys, code, expected) in [
        ("sk-bad\nsk-good\n", 0, one_of_two),
        ("sk-good\nsk-bad\n", 0, one_of_two),
        ("sk-bad\nsk-worse\n", 4, "FAIL  desk           the key was refused"),
    ] {
        kabar.write("keys", keys);
        std::fs::set_permissions(kabar.path("keys"), std::fs::Permissions::from_mode(0o644)).unwrap();
        let output = tokio::task::block_in_place(|| kabar.expect(code, &["doctor"]));
        let said = String::from_utf8(output.stdout).unwrap();
        assert!(said.contains(expected) && said.contains("; others can read the key file"), "{keys}: {said}");
    }
    assert!(!kabar.path("exchanges").exists());
}

#[test]
fn what_a_run_would_refuse_is_told() {
    let kabar = Kabar::bare();
    for (setting, word) in [
        ("[checks]\noff = [\"nonsense\"]", "nonsense"),
        ("[output]\nformats = [\"pdf\"]", "pdf"),
        ("[brief]\nformats = [\"pdf\"]", "pdf"),
        ("[input]\nrules = \"missing.toml\"", "missing.toml"),
        ("[input]\npaths = [\"nowhere\"]", "nowhere"),
        ("[prompts]\ndir = \"no-prompts\"", "no-prompts"),
        ("[pages]\ntheme = \"no-theme\"", "no-theme"),
        ("[run]\nbudget = 2.0", "a budget needs prices"),
    ] {
        kabar.config(&format!(
            "{setting}\n[backends.desk]\ndialect = \"openai\"\nurl = \"http://127.0.0.1:1\"\nmodel = \"m\"\nretries = 0\n"
        ));
        let said = String::from_utf8(kabar.expect(2, &["doctor"]).stdout).unwrap();
        assert!(said.starts_with("FAIL  configuration  ") && said.contains(word), "{setting}: {said}");
    }
    kabar.config("[translate]\nbackend = [\"desk\"]\n[backends.desk]\ndialect = \"opnai\"\n");
    let said = String::from_utf8(kabar.expect(2, &["doctor"]).stdout).unwrap();
    assert!(said.contains("FAIL  desk ") && said.contains("opnai"), "{said}");
}

#[test]
fn the_reference_names_every_dialect() {
    let from = kabar::config::DEFAULT.find("\n# dialect = ").unwrap();
    let said: String = kabar::config::DEFAULT[from..].lines().skip(1).take(2).collect();
    for dialect in kabar::backend::dialect::names() {
        assert!(said.contains(dialect), "{dialect} is not in: {said}");
    }
}

#[test]
fn the_options_of_the_speakers_are_those_of_the_configuration() {
    for speaker in speakers() {
        assert!(toml::from_str::<BackendOptions>(speaker.options).is_ok(), "{}", speaker.dialect);
    }
}
