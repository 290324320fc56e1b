//! Hostile surroundings: text that would steer a terminal, names that would leave the output folder, a careless umask.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::support::server::fluent;
use crate::support::trial::article;
use crate::support::{Answer, Kabar, Server};

/// Clears a screen, sets a title, rings, turns the direction of text, begins a sequence with one byte.
const STEERING: &str = "\u{1b}[2J\u{1b}]0;owned\u{7}\u{202e}\u{9b}31m";

/// Characters that a terminal would obey.
fn steering(text: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(text).into_owned();
    let obeyed = |c: char| (c.is_control() && c != '\n') || ('\u{202a}'..='\u{202e}').contains(&c);
    text.lines().find(|line| line.chars().any(obeyed)).map(|line| line.escape_debug().to_string())
}

#[test]
fn nothing_that_is_printed_can_steer_the_terminal() {
    let server = Server::scripted(Duration::ZERO, |number, asked| match number {
        0 => Answer::Raw(500, format!("{{\"error\":{{\"message\":\"{STEERING}\"}}}}"), Vec::new()),
        1 => Answer::Raw(503, STEERING.into(), Vec::new()),
        _ => {
            let mut answer = fluent(asked);
            if let Some(first) = answer["segments"].as_array_mut().and_then(|segments| segments.first_mut()) {
                first["en"] = format!("{STEERING}{}", first["en"].as_str().unwrap()).into();
            }
            Answer::Content(answer)
        }
    });
    let kabar = Kabar::with_backend(&server.url);
    kabar.config(&(kabar.read("kabar.toml") + "retry_wait = \"1ms\"\n[output]\ndir = \"out\"\n"));
    fs::create_dir(kabar.path("in")).unwrap();
    let name = format!("a{STEERING}\nb");
    kabar.write(
        &format!("in/{name}.txt"),
        &format!("Judul {STEERING} berita\n\nAir {STEERING} naik 3 meter di Demak.\n"),
    );
    kabar.write(&format!("in/{name}.bin"), "");
    for arguments in [
        &["plan", "in"][..],
        &["translate", "in", "--verbose", "--progress", "plain"],
        &["translate", "in", "--verbose", "--progress", "bar", "--force"],
        &["translate", "in", "--progress", "json", "--force"],
        &["status"],
        &["status", "--json"],
        &["check"],
        &["check", "--json"],
        &["brief", "out", "--extractive", "--again", "--from", "2000-01-01"],
        &["state", "check"],
        &["memory", "stats"],
        &["memory", "export"],
        &["doctor"],
        &["translate", &format!("in/{name}-not-there")],
        &["config", "show"],
    ] {
        let output = kabar.run(arguments);
        assert_eq!(steering(&output.stdout), None, "standard output of kabar {arguments:?}");
        assert_eq!(steering(&output.stderr), None, "standard error of kabar {arguments:?}");
    }
}

fn everything(dir: &Path) -> Vec<PathBuf> {
    let mut found = vec![dir.to_owned()];
    for entry in fs::read_dir(dir).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() { found.extend(everything(&path)) } else { found.push(path) }
    }
    found
}

#[test]
fn whatever_the_umask_nobody_else_may_write_and_a_strict_one_is_kept() {
    for (umask, forbidden) in [("000", 0o022), ("077", 0o077)] {
        let server = Server::fluent();
        let kabar = Kabar::with_backend(&server.url);
        kabar.write("in/deep/a.txt", &article(1));
        let arguments =
            "translate in -o out --receipt out/receipt.json && kabar=$? && \"$0\" state backup out/copy.sqlite";
        let script = format!("umask {umask}; \"$0\" {arguments}");
        let program = env!("CARGO_BIN_EXE_kabar");
        kabar.config(&(kabar.read("kabar.toml") + "[output]\ndir = \"out\"\n"));
        let mut shell = Command::new("sh");
        shell.args(["-c", &script, program]).current_dir(kabar.dir.path()).stdout(Stdio::null()).stderr(Stdio::null());
        assert!(shell.status().unwrap().success());
        let paths = everything(&kabar.path("out"));
        assert!(paths.len() >= 8, "{paths:?}");
        for path in paths {
            let mode = fs::metadata(&path).unwrap().permissions().mode();
            assert_eq!(mode & forbidden, 0, "umask {umask}: {} is {mode:o}", path.display());
        }
    }
}

#[test]
fn names_of_articles_inside_a_file_cannot_leave_the_output_folder() {
    let server = Server::fluent();
    let kabar = Kabar::with_backend(&server.url);
    let line = |n: usize, id: &str| {
        let text = article(n);
        serde_json::json!({ "id": id, "title": format!("Berita nomor {n}"), "text": text }).to_string() + "\n"
    };
    let ids = [
        "../../up",
        "/etc/passwd",
        "..",
        "a/../../b",
        "C:\\x",
        "nul\u{0}l",
        ".hidden",
        "~/x",
        "a\n../b",
        &"n".repeat(400),
    ];
    let lines: String = ids.iter().enumerate().map(|(n, id)| line(n, id)).collect();
    kabar.write("deep/in/day.jsonl", &lines);
    let odd = kabar.path("deep/in").join(OsStr::from_bytes(b"..\xff..txt.txt"));
    fs::write(odd, article(99)).unwrap();
    let before = everything(kabar.dir.path());
    kabar.run(&["translate", "deep/in", "-o", "deep/out"]);
    let out = kabar.path("deep/out");
    let outside: Vec<PathBuf> = everything(kabar.dir.path())
        .into_iter()
        .filter(|path| !path.starts_with(&out) && !before.contains(path))
        .collect();
    assert_eq!(outside, Vec::<PathBuf>::new());
    assert!(kabar.tree("deep/out").len() >= 2 * ids.len(), "{:?}", kabar.tree("deep/out").keys());
}
