//! The real binary: what it prints where, and the codes that it ends with.

use std::path::Path;

use assert_cmd::Command;
use clap::CommandFactory as _;

/// The binary in an empty folder, with no configuration of the machine reaching it.
pub fn kabar(cwd: &Path) -> Command {
    let mut command = Command::cargo_bin("kabar").unwrap();
    command.current_dir(cwd).env_clear().env("HOME", cwd.join("home")).env("PATH", "");
    command
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[test]
fn help_and_version_go_to_standard_output_and_succeed() {
    let folder = tempfile::tempdir().unwrap();
    for flag in ["--help", "--version"] {
        let output = kabar(folder.path()).arg(flag).output().unwrap();
        assert_eq!(output.status.code(), Some(0));
        assert!(text(&output.stdout).contains("kabar") && output.stderr.is_empty());
    }
}

#[test]
fn a_wrong_command_line_ends_with_2_and_says_so_on_standard_error() {
    let folder = tempfile::tempdir().unwrap();
    for arguments in [&["frobnicate"][..], &["--frobnicate"], &[], &["config", "show", "--progress", "fancy"]] {
        let output = kabar(folder.path()).args(arguments).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(output.stdout.is_empty() && !output.stderr.is_empty());
    }
}

#[test]
fn init_writes_a_file_that_is_accepted_and_never_replaces_one_unasked() {
    let folder = tempfile::tempdir().unwrap();
    kabar(folder.path()).arg("init").assert().success();
    kabar(folder.path()).args(["config", "show"]).assert().success();
    std::fs::write(folder.path().join("kabar.toml"), "# mine\n").unwrap();
    let output = kabar(folder.path()).arg("init").output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("kabar.toml exists already"));
    assert_eq!(std::fs::read_to_string(folder.path().join("kabar.toml")).unwrap(), "# mine\n");
    kabar(folder.path()).args(["init", "--force"]).assert().success();
    let output = kabar(folder.path()).args(["init", "-"]).output().unwrap();
    assert_eq!(output.stdout, std::fs::read(folder.path().join("kabar.toml")).unwrap());
}

#[test]
fn config_show_names_who_set_a_value() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("kabar.toml"), "[summary]\nwords = 80\n").unwrap();
    let mut command = kabar(folder.path());
    command.args(["config", "show", "--origin", "--state", "/srv/state"]).env("KABAR_RUN__BUDGET", "2.5");
    let output = text(&command.output().unwrap().stdout);
    for (key, place) in [
        ("summary.words = 80", "kabar.toml:2"),
        ("run.budget = 2.5", "KABAR_RUN__BUDGET in the environment"),
        ("state.dir = \"/srv/state\"", "--state"),
        ("output.dir = \"kabar-out\"", "built in"),
    ] {
        let line = output.lines().find(|line| line.starts_with(key)).unwrap_or_else(|| panic!("{key} in {output}"));
        assert!(line.ends_with(&format!("# {place}")), "{line}");
    }
}

#[test]
fn a_configuration_error_names_file_and_line_and_ends_with_2() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("kabar.toml"), "[summary]\nwrods = 80\n").unwrap();
    let output = kabar(folder.path()).args(["config", "show"]).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(text(&output.stderr), "kabar: kabar.toml:2: unknown key \"wrods\"; did you mean \"words\"?\n");
}

#[test]
fn completions_and_the_manual_know_every_command() {
    let folder = tempfile::tempdir().unwrap();
    let manual = text(&kabar(folder.path()).arg("man").output().unwrap().stdout);
    let script = text(&kabar(folder.path()).args(["completions", "bash"]).output().unwrap().stdout);
    for command in kabar::cli::Cli::command().get_subcommands().map(clap::Command::get_name) {
        assert!(manual.contains(&format!("KABAR {}", command.to_uppercase())), "{command}");
        assert!(script.contains(command), "{command}");
    }
    for shell in ["zsh", "fish", "elvish", "powershell"] {
        kabar(folder.path()).args(["completions", shell]).assert().success();
    }
}

#[test]
fn a_reader_that_has_gone_away_is_no_error() {
    use std::process::{Command, Stdio};
    let mut child = Command::new(assert_cmd::cargo::cargo_bin!("kabar"));
    let mut child = child.args(["completions", "bash"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), text(&output.stderr)), (Some(0), String::new()));
}

#[test]
fn doctor_without_a_backend_finds_the_built_in_model_ready() {
    let folder = tempfile::tempdir().unwrap();
    let output = kabar(folder.path()).arg("doctor").output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    let said = text(&output.stdout);
    assert!(said.contains("ok    configuration  built-in defaults alone"), "{said}");
    assert!(said.contains("not there yet") && said.contains("ok    offline") && said.contains("draft"), "{said}");
}

#[test]
fn doctor_tells_a_backend_that_answers_from_one_that_does_not() {
    let folder = tempfile::tempdir().unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let server = runtime.block_on(async {
        let server = wiremock::MockServer::start().await;
        let languages = serde_json::json!([{ "code": "id", "name": "Indonesian", "targets": ["en"] }]);
        let translation = serde_json::json!({ "translatedText": ["water"] });
        for (path, body) in [("/languages", languages), ("/translate", translation)] {
            let answer = wiremock::ResponseTemplate::new(200).set_body_json(body);
            wiremock::Mock::given(wiremock::matchers::path(path)).respond_with(answer).mount(&server).await;
        }
        server
    });
    let backend = |name: &str, url: &str| format!("[backends.{name}]\ndialect = \"libretranslate\"\nurl = \"{url}\"\n");
    let chain = "[translate]\nbackend = [\"good\", \"bad\"]\n";
    let text_of =
        |chain: &str| chain.to_owned() + &backend("good", &server.uri()) + &backend("bad", "http://127.0.0.1:9");
    std::fs::write(folder.path().join("kabar.toml"), text_of(chain)).unwrap();
    let output = kabar(folder.path()).arg("doctor").output().unwrap();
    let said = text(&output.stdout);
    assert_eq!(output.status.code(), Some(3), "{said}");
    assert!(said.contains("ok    good") && said.contains("FAIL  bad"), "{said}");
    let output = kabar(folder.path()).args(["doctor", "--backend", "bad"]).output().unwrap();
    assert_eq!(output.status.code(), Some(4), "{}", text(&output.stdout));
}
