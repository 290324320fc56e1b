//! `kabar model` through the real binary, and articles through the offline engine, with the tiny model.

use std::path::Path;
use std::process::Output;

use wiremock::matchers::path;
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::cli::kabar;
use crate::support::kabar::stderr;
use crate::support::{Kabar, Server};

const TINY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/offline/tiny");
const LEARNED: &str = "Massa membubarkan diri dengan tertib sekitar pukul 18.10 WIB.";
const ENGLISH: &str = "The crowd dispersed in an orderly manner at around 18:10 Western Indonesia Time.";

fn run(cwd: &Path, arguments: &[&str]) -> (Option<i32>, String) {
    let Output { status, stdout, stderr } = kabar(cwd).args(arguments).output().unwrap();
    (status.code(), String::from_utf8([stdout, stderr].concat()).unwrap())
}

fn sha256(cwd: &Path) -> String {
    let (code, text) = run(cwd, &["model", "info", TINY]);
    assert_eq!(code, Some(0), "{text}");
    text.lines().find_map(|line| line.strip_prefix("sha256      ")).unwrap().to_owned()
}

#[test]
fn info_names_the_model_and_its_size() {
    let folder = tempfile::tempdir().unwrap();
    let (code, text) = run(folder.path(), &["model", "info", TINY]);
    assert_eq!(code, Some(0));
    assert!(text.contains("name        tiny 0") && text.contains("million") && text.contains("MB"), "{text}");
    let (code, text) = run(folder.path(), &["model", "info", "nothing-here"]);
    assert_eq!(code, Some(2));
    assert!(text.contains("nothing-here holds no model"), "{text}");
}

#[test]
fn lines_come_back_translated_one_for_one() {
    let folder = tempfile::tempdir().unwrap();
    let input = format!("{LEARNED}\n\n{LEARNED}\n");
    let output = kabar(folder.path()).args(["model", "translate", TINY]).write_stdin(input).output().unwrap();
    assert_eq!(String::from_utf8(output.stdout).unwrap(), format!("{ENGLISH}\n\n{ENGLISH}\n"));
}

#[test]
fn a_model_is_added_when_it_is_the_one_that_was_meant() {
    let folder = tempfile::tempdir().unwrap();
    let sha256 = sha256(folder.path());
    let (code, text) = run(folder.path(), &["model", "add", TINY, "--sha256", &sha256]);
    assert_eq!(code, Some(0), "{text}");
    assert!(text.contains("dialect = \"offline\""), "{text}");
    assert_eq!(run(folder.path(), &["model", "info", "models/tiny"]).0, Some(0));
    let (code, text) = run(folder.path(), &["model", "add", TINY, "--sha256", &sha256]);
    assert_eq!(code, Some(2));
    assert!(text.contains("exists already"), "{text}");
}

#[test]
fn another_or_a_damaged_model_is_refused_and_leaves_nothing_behind() {
    let folder = tempfile::tempdir().unwrap();
    let zeros = "0".repeat(64);
    let (code, text) = run(folder.path(), &["model", "add", TINY, "--sha256", &zeros]);
    assert_eq!(code, Some(2));
    assert!(text.contains("is another model"), "{text}");
    let damaged = folder.path().join("damaged");
    std::fs::create_dir(&damaged).unwrap();
    std::fs::copy(format!("{TINY}/tokenizer.json"), damaged.join("tokenizer.json")).unwrap();
    let weights = std::fs::read(format!("{TINY}/model.gguf")).unwrap();
    std::fs::write(damaged.join("model.gguf"), &weights[..weights.len() / 2]).unwrap();
    let (code, text) = run(folder.path(), &["model", "add", "damaged", "--unverified"]);
    assert_eq!(code, Some(2));
    assert!(text.contains("ends in the middle"), "{text}");
    assert_eq!(std::fs::read_dir(folder.path().join("models")).unwrap().count(), 0);
}

#[test]
fn a_model_as_hugging_face_publishes_it_is_added_and_translates_as_it_does_there() {
    const PUBLISHED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/offline/marian");
    let folder = tempfile::tempdir().unwrap();
    let (code, text) = run(folder.path(), &["model", "add", PUBLISHED, "--unverified", "--to", "opus"]);
    assert_eq!(code, Some(0), "{text}");
    let reference = std::fs::read_to_string(format!("{PUBLISHED}/reference.json")).unwrap();
    let reference: serde_json::Value = serde_json::from_str(&reference).unwrap();
    let learned = &reference["cases"][0];
    let input = format!("{}\n", learned["text"].as_str().unwrap());
    let output = kabar(folder.path()).args(["model", "translate", "opus"]).write_stdin(input).output().unwrap();
    assert_eq!(String::from_utf8(output.stdout).unwrap().trim_end(), learned["greedy"]["text"]);
}

#[test]
fn a_chain_that_never_gets_to_the_offline_engine_does_not_load_it() {
    let server = Server::fluent();
    let kabar = Kabar::with_backend(&server.url);
    kabar.write("broken/tokenizer.json", "{}");
    std::fs::copy(format!("{TINY}/model.gguf"), kabar.path("broken/model.gguf")).unwrap();
    let config = kabar
        .read("kabar.toml")
        .replace("[translate]\nbackend = [\"desk\"]", "[translate]\nbackend = [\"desk\", \"last\"]");
    kabar.config(&(config + "[backends.last]\ndialect = \"offline\"\nmodel = \"broken\"\n"));
    kabar.write("in/bogor.txt", "Hujan deras turun di Bogor sejak Senin pagi.\n");
    kabar.expect(0, &["translate", "in"]);
    let output = kabar.expect(4, &["translate", "in", "--force", "--backend", "last", "-o", "elsewhere"]);
    assert!(stderr(&output).contains("tokenizer.json of"), "{}", stderr(&output));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_model_is_fetched_from_an_address_only_with_its_sha256() {
    let server = MockServer::start().await;
    for file in ["model.safetensors", "config.json", "tokenizer.json"] {
        let body = std::fs::read(format!("{TINY}/{file}")).unwrap();
        let reply = ResponseTemplate::new(200).set_body_bytes(body);
        Mock::given(path(format!("/some/tiny/{file}"))).respond_with(reply).mount(&server).await;
    }
    let folder = tempfile::tempdir().unwrap();
    let url = format!("{}/some/tiny", server.uri());
    let add = |arguments: Vec<String>| {
        let (cwd, url) = (folder.path().to_owned(), url.clone());
        tokio::task::spawn_blocking(move || {
            let arguments: Vec<_> =
                ["model", "add", &url].into_iter().chain(arguments.iter().map(String::as_str)).collect();
            run(&cwd, &arguments)
        })
    };
    let (code, text) = add(vec!["--unverified".into()]).await.unwrap();
    assert_eq!(code, Some(2));
    assert!(text.contains("needs --sha256"), "{text}");
    let (code, text) = add(vec!["--sha256".into(), "0".repeat(64)]).await.unwrap();
    assert_eq!(code, Some(2));
    let sha256 = text.split("its SHA-256 is ").nth(1).and_then(|rest| rest.split(',').next()).unwrap().to_owned();
    let (code, text) = add(vec!["--sha256".into(), sha256]).await.unwrap();
    assert_eq!(code, Some(0), "{text}");
    assert!(folder.path().join("models/tiny/model.safetensors").is_file());
}

#[test]
fn an_article_goes_through_the_offline_engine_and_its_page_says_draft() {
    let folder = tempfile::tempdir().unwrap();
    let config = format!("[backends.house]\ndialect = \"offline\"\nmodel = {TINY:?}\n");
    std::fs::write(folder.path().join("kabar.toml"), config).unwrap();
    std::fs::write(folder.path().join("berita.txt"), format!("{LEARNED}\n\n{LEARNED}\n")).unwrap();
    let (_, text) = run(folder.path(), &["translate", "berita.txt", "-o", "out", "--progress", "none"]);
    let record = std::fs::read_to_string(folder.path().join("out/berita.json")).expect(&text);
    assert!(record.contains(ENGLISH) && record.contains("\"draft\": true"), "{record}");
    let page = std::fs::read_to_string(folder.path().join("out/berita.md")).unwrap();
    assert!(page.contains(ENGLISH) && page.contains("Draft"), "{page}");
}

#[test]
fn with_no_configuration_at_all_an_article_is_translated_by_the_built_in_model() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("berita.txt"), "Presiden tiba di Tokyo.\n\nIa bertemu perdana menteri.\n")
        .unwrap();
    let (code, text) = run(folder.path(), &["plan", "berita.txt"]);
    assert!(code == Some(0) && text.contains("nothing: the engine is built in"), "{text}");
    let (code, text) = run(folder.path(), &["translate", "berita.txt", "-o", "out", "--progress", "none"]);
    assert!(matches!(code, Some(0 | 3)), "{text}");
    let record = std::fs::read_to_string(folder.path().join("out/berita.json")).expect(&text);
    assert!(record.contains("\"dialect\": \"offline\"") && record.contains("\"draft\": true"), "{record}");
    assert!(record.contains("The president arrived"), "{record}");
}

#[test]
fn drafts_are_done_anew_by_a_better_backend_and_nothing_else_is_sent() {
    let server = Server::fluent();
    let kabar = Kabar::with_backend(&server.url);
    let config = kabar.read("kabar.toml") + "[backends.draft]\ndialect = \"offline\"\n";
    kabar.config(&config);
    let is_draft = |n: usize| kabar.json(&format!("kabar-out/{n}.json")).to_string().contains("\"draft\":true");
    kabar.write("in/0.txt", "Hujan deras turun di Bogor sejak Senin pagi.\n");
    kabar.expect(0, &["translate", "in"]);
    let sent = server.requests().len();
    kabar.write("in/1.txt", "Presiden tiba di Tokyo.\n");
    kabar.run(&["translate", "in/1.txt", "--backend", "draft"]);
    assert!(!is_draft(0) && is_draft(1));
    assert_eq!(server.requests().len(), sent, "the engine asks nobody");
    kabar.expect(0, &["translate", "in", "--only", "draft"]);
    assert!(!is_draft(0) && !is_draft(1), "{}", kabar.read("kabar-out/1.json"));
    let texts = server.sent_texts();
    assert_eq!((texts["Presiden tiba di Tokyo."], texts["Hujan deras turun di Bogor sejak Senin pagi."]), (1, 1));
}

#[test]
fn a_briefing_that_rests_on_drafts_says_so_in_every_form() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("berita.txt"), "Presiden tiba di Tokyo.\n\nIa bertemu perdana menteri.\n")
        .unwrap();
    let mail = "[mail]\nfrom = \"desk@example.org\"\nto = [\"editor@example.org\"]\n";
    std::fs::write(folder.path().join("kabar.toml"), mail).unwrap();
    run(folder.path(), &["translate", "berita.txt", "--progress", "none"]);
    for format in ["md", "txt", "html", "atom", "eml", "json"] {
        let file = format!("b.{format}");
        let (code, text) = run(folder.path(), &["brief", "--again", "-o", &file]);
        assert_eq!(code, Some(0), "{format}: {text}");
        let written = std::fs::read_to_string(folder.path().join(file)).unwrap();
        assert!(written.contains("Draft") || written.contains("\"draft\": true"), "{format}: {written}");
    }
}
