//! A key goes to its backend and nowhere else.

use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use futures_util::future::join_all;
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, Request, Respond, ResponseTemplate};

use crate::support::batches::{self, BatchServer, Kind};
use crate::support::english::pseudo;
use crate::support::speakers::{Speaker, speakers};
use crate::support::{Answer, Kabar, Server};

/// With signs that are spelled differently in addresses and in JSON.
const KEY: &str = "sk-s3cret+0123/456789==";
/// What no spelling of it lacks.
const PART: &str = "s3cret";

/// A server that throws the key back, as some gateways do: in the words of two errors, then in an answer that is none, then in
/// a header of every answer.
struct Indiscreet {
    speaker: Speaker,
    status: u16,
    asked: AtomicUsize,
}

impl Respond for Indiscreet {
    fn respond(&self, request: &Request) -> ResponseTemplate {
        let escaped = KEY.replace('/', "\\/");
        let long = "x".repeat(290);
        let answer = match self.asked.fetch_add(1, Ordering::SeqCst) {
            0 => ResponseTemplate::new(self.status)
                .set_body_string(format!("{{\"error\":{{\"message\":\"bad {escaped}\"}}}}")),
            // So long that its excerpt ends within the key.
            1 => ResponseTemplate::new(self.status).set_body_string(format!("{long} {KEY} and {}", encoded())),
            2 => ResponseTemplate::new(200).set_body_string(format!("<html>{KEY} {}", request.url)),
            _ if request.url.path() == "/get" => ResponseTemplate::new(200).set_body_string(r#"{"out":"It rained."}"#),
            _ => self.speaker.answer(request, pseudo),
        };
        answer.insert_header("date", KEY)
    }
}

/// The key as it stands in addresses.
fn encoded() -> String {
    KEY.replace('+', "%2B").replace('/', "%2F").replace('=', "%3D")
}

/// The speakers, and one whose key stands in the address.
fn everyone() -> Vec<(Speaker, &'static str)> {
    const IN_ADDRESS: &str = "api_key_env = \"KEY\"\n[template]\nmethod = \"GET\"\ntranslations = \"/out\"";
    let mut all: Vec<(Speaker, &str)> = speakers().into_iter().map(|speaker| (speaker, "")).collect();
    let (template, _) = *all.iter().find(|(speaker, _)| speaker.dialect == "template").unwrap();
    all.push((Speaker { options: IN_ADDRESS, ..template }, "/get?key={{ key | urlencode }}&q={{ text | urlencode }}"));
    all
}

fn with_key(speaker: &Speaker, url: &str) -> Kabar {
    let kabar = Kabar::bare().env("DESK_KEY", KEY).env("TEAM_TOKEN", KEY);
    let options = speaker.options.replace("[template]", "[backends.desk.template]").replace("\"KEY\"", "\"DESK_KEY\"");
    let dialect = speaker.dialect;
    kabar.config(&format!(
        "[backends.desk]\ndialect = \"{dialect}\"\nurl = \"{url}\"\nretries = 3\nretry_wait = \"1ms\"\nrecord = \"exchanges\"\n\
         headers = {{ X-Token = \"{{{{ TEAM_TOKEN }}}}\" }}\n{options}\n"
    ));
    kabar.write("in/bogor.txt", "Hujan deras turun di Bogor sejak Senin pagi.\n");
    kabar
}

/// Every file below a folder that holds the key in any spelling, the state included.
fn leaks(dir: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(dir).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(leaks(&path));
        } else if String::from_utf8_lossy(&std::fs::read(&path).unwrap()).contains(PART) {
            found.push(path.display().to_string());
        }
    }
    found
}

/// Runs the commands one after the other and looks at everything that they say and leave behind.
async fn keeps_its_key(speaker: Speaker, rest: &str, status: u16) {
    let server = MockServer::start().await;
    let script = Indiscreet { speaker, status, asked: AtomicUsize::new(0) };
    Mock::given(any()).respond_with(script).mount(&server).await;
    let kabar = with_key(&speaker, &format!("{}{rest}", server.uri()));
    let (kabar, dialect) = tokio::task::spawn_blocking(move || {
        for arguments in [
            &["translate", "in", "--verbose", "--progress", "plain", "--receipt", "receipt.json"][..],
            &["translate", "in", "--progress", "json", "--force"],
            &["doctor"],
            &["config", "show", "--origin"],
            &["status"],
        ] {
            let output = kabar.run(arguments);
            let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
            assert!(!said.contains(PART), "{} {status}: kabar {arguments:?} shows the key: {said}", speaker.dialect);
        }
        (kabar, speaker.dialect)
    })
    .await
    .unwrap();
    assert_eq!(leaks(kabar.dir.path()), Vec::<String>::new(), "{dialect}, after answers with status {status}");
    assert!(kabar.path("kabar-out/bogor.json").exists() || status != 500, "{dialect} {status}");
    assert!(std::fs::read_dir(kabar.path("exchanges")).unwrap().count() > 1);
    let asked = server.received_requests().await.unwrap();
    let knows = |request: &Request| request.headers.get("x-token").is_some_and(|value| value == KEY);
    assert!(asked.iter().all(knows), "the server itself gets the key");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_is_in_no_message_no_output_no_recording_and_no_state_whatever_the_dialect() {
    for status in [500, 401, 400] {
        join_all(everyone().into_iter().map(|(speaker, rest)| keeps_its_key(speaker, rest, status))).await;
    }
}

#[test]
fn a_word_of_the_environment_stays_in_answers_of_batches() {
    for (kind, dialect) in [(Kind::OpenAi, "openai"), (Kind::Anthropic, "anthropic")] {
        let server = BatchServer::new(kind);
        let kabar = Kabar::bare().env("DESK_KEY", batches::KEY).env("TEAM", "Bogor");
        kabar.config(&format!(
            "[backends.desk]\ndialect = \"{dialect}\"\nurl = \"{}\"\nmodel = \"m\"\napi_key_env = \"DESK_KEY\"\n\
             delivery = \"batch\"\nheaders = {{ X-Team = \"{{{{ TEAM }}}}\" }}\n",
            server.url
        ));
        kabar.write("in/bogor.txt", "Hujan deras turun di Bogor sejak Senin pagi.\n");
        kabar.expect(7, &["translate", "in"]);
        server.finish();
        kabar.expect(0, &["translate", "in"]);
        let english = kabar.json("kabar-out/bogor.json")["sections"][0]["paragraphs"][0]["en"].to_string();
        assert!(english.contains("Bogor"), "{english}");
    }
}

/// Starts the binary under `sh`, which allows core files, strikes it down, and says whether one was written.
fn leaves_a_core_file(kabar: &Kabar, script: &str, server: &Server) -> bool {
    let mut command = std::process::Command::new("sh");
    command.args(["-c", &format!("ulimit -c unlimited && {script}"), env!("CARGO_BIN_EXE_kabar")]);
    let mut child = command.current_dir(kabar.dir.path()).env("DESK_KEY", KEY).spawn().unwrap();
    while script.contains("exec") && server.requests().is_empty() {
        assert!(child.try_wait().unwrap().is_none(), "it ended before it sent anything");
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    let pid = rustix::process::Pid::from_raw(i32::try_from(child.id()).unwrap()).unwrap();
    rustix::process::kill_process(pid, rustix::process::Signal::ABORT).unwrap();
    child.wait().unwrap().core_dumped()
}

#[test]
fn a_process_that_dies_leaves_no_core_file() {
    let server = Server::scripted(std::time::Duration::from_mins(1), |_, _| Answer::Close);
    let kabar = Kabar::with_backend(&server.url);
    kabar.write("in/bogor.txt", "Hujan deras turun di Bogor sejak Senin pagi.\n");
    if !leaves_a_core_file(&kabar, "while :; do sleep 1; done", &server) {
        eprintln!("not checked: this machine writes no core files");
    }
    assert!(!leaves_a_core_file(&kabar, "exec \"$0\" translate in -q", &server));
}
