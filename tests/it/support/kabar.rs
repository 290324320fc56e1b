//! Runs the real binary in a folder of its own, with nothing of the developer's environment.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use kabar::config::{Clock, Surroundings};
use kabar::exit::Exit;
use serde_json::Value;

/// A working folder with the binary pointed at a backend.
pub struct Kabar {
    /// The folder; gone with the value.
    pub dir: tempfile::TempDir,
    env: Vec<(String, String)>,
}

impl Kabar {
    /// A folder without any backend.
    pub fn bare() -> Self {
        Self { dir: tempfile::tempdir().expect("a folder"), env: Vec::new() }
    }

    /// A folder whose only backend, called `desk`, is the OpenAI server at `url`.
    pub fn with_backend(url: &str) -> Self {
        let kabar = Self::bare();
        kabar.config(&format!(
            "[translate]\nbackend = [\"desk\"]\n\n[summary]\nbackend = [\"desk\"]\n\n[backends.desk]\ndialect = \"openai\"\n\
             url = \"{url}\"\nmodel = \"scripted\"\nretries = 2\nretry_for = \"5s\"\ntimeout = \"5s\"\n"
        ));
        kabar
    }

    /// Writes `kabar.toml`.
    pub fn config(&self, text: &str) {
        self.write("kabar.toml", text);
    }

    /// Sets an environment variable for the runs that follow.
    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.env.push((name.into(), value.into()));
        self
    }

    /// A path inside the folder.
    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// Writes a file inside the folder.
    pub fn write(&self, name: &str, text: &str) {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
        std::fs::write(path, text).expect("a file");
    }

    /// Reads a file inside the folder.
    pub fn read(&self, name: &str) -> String {
        let path = self.path(name);
        std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    }

    /// Reads a JSON file inside the folder.
    pub fn json(&self, name: &str) -> Value {
        serde_json::from_str(&self.read(name)).expect("JSON")
    }

    /// The binary with arguments, ready to be started.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_kabar"));
        command.args(arguments).current_dir(self.dir.path()).env_clear().env("HOME", self.dir.path());
        command.env("PATH", "/usr/bin:/bin").envs(self.env.iter().map(|(name, value)| (name, value)));
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// Runs the binary to its end.
    pub fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().expect("the binary")
    }

    /// Runs the binary and expects an exit code.
    pub fn expect(&self, code: i32, arguments: &[&str]) -> Output {
        let output = self.run(arguments);
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "kabar {arguments:?}: {stderr}");
        output
    }

    /// Translates `in` into `out` in this process, with another clock; leaves `receipt.json`.
    pub fn translate_by(&self, clock: Clock, further: &[&str]) -> Exit {
        let (cwd, home) = (self.dir.path().to_owned(), Some(self.dir.path().to_owned()));
        let around = Surroundings { env: BTreeMap::new(), cwd, home, clock, ..Surroundings::capture() };
        let before = ["kabar", "translate", "-o", "out", "-q", "--receipt", "receipt.json"].map(OsString::from);
        let input = self.path("in").into_os_string();
        kabar::commands::run(before.into_iter().chain([input]).chain(further.iter().map(OsString::from)), &around)
    }

    /// Makes the state of `out` remember an earlier run in which requests to `backend` took an hour.
    pub fn remember_slowness(&self, backend: &str) {
        let state = kabar::state::State::open(&self.path("out/.kabar"), "", "a test").expect("a state");
        let used = kabar::model::outcome::BackendUse { usual_seconds: Some(3_600.0), ..Default::default() };
        let mut receipt = kabar::model::outcome::Receipt { run: "earlier".into(), ..Default::default() };
        receipt.backends.insert(backend.into(), used);
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        runtime.block_on(async {
            state.begin_run("earlier", "2026-01-01T00:00:00Z").await.expect("a row");
            state.end_run(&receipt, "2026-01-01T00:01:00Z").await.expect("a row");
        });
    }

    /// Every file below a folder with its bytes, without the state.
    pub fn tree(&self, name: &str) -> BTreeMap<PathBuf, Vec<u8>> {
        let mut files = BTreeMap::new();
        collect(&self.path(name), &mut files);
        let root = self.path(name);
        files.into_iter().map(|(path, bytes)| (path.strip_prefix(&root).expect("inside").to_owned(), bytes)).collect()
    }
}

fn collect(dir: &Path, files: &mut BTreeMap<PathBuf, Vec<u8>>) {
    for entry in std::fs::read_dir(dir).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            if path.file_name().is_some_and(|name| name != ".kabar") {
                collect(&path, files);
            }
        } else {
            files.insert(path.clone(), std::fs::read(&path).expect("a file"));
        }
    }
}

/// Standard error of a run.
pub fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}
