//! A key goes to its backend and nowhere else.

use std::path::Path;
use std::time::Duration;

use crate::support::server::fluent;
use crate::support::{Answer, Kabar, Server};

const KEY: &str = "sk-s3cret-0123456789";

/// A server that throws the key back in its first answers, as some gateways do.
fn indiscreet(status: u16) -> Server {
    Server::scripted(Duration::ZERO, move |number, asked| match number {
        0 | 1 => Answer::Raw(status, format!("{{\"error\":{{\"message\":\"bad key {KEY} given\"}}}}"), Vec::new()),
        _ => Answer::Content(fluent(asked)),
    })
}

fn with_key(server: &Server) -> Kabar {
    let kabar = Kabar::with_backend(&server.url).env("DESK_KEY", KEY).env("TEAM_TOKEN", KEY);
    let config = kabar.read("kabar.toml")
        + "api_key_env = \"DESK_KEY\"\nretry_wait = \"1ms\"\nrecord = \"exchanges\"\nheaders = { X-Token = \"{{ TEAM_TOKEN }}\" }\n";
    kabar.config(&config);
    kabar.write("in/bogor.txt", "Hujan deras turun di Bogor sejak Senin pagi.\n");
    kabar
}

/// Every file below a folder that holds the key, the state included.
fn leaks(dir: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(dir).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(leaks(&path));
        } else if String::from_utf8_lossy(&std::fs::read(&path).unwrap()).contains(KEY) {
            found.push(path.display().to_string());
        }
    }
    found
}

#[test]
fn a_key_is_in_no_message_no_output_and_no_state() {
    for status in [500, 401] {
        let server = indiscreet(status);
        let kabar = with_key(&server);
        for arguments in [
            &["translate", "in", "--verbose", "--progress", "plain", "--receipt", "receipt.json"][..],
            &["translate", "in", "--progress", "json", "--force"],
            &["config", "show", "--origin"],
            &["doctor"],
            &["status"],
        ] {
            let output = kabar.run(arguments);
            let said = [output.stdout, output.stderr].concat();
            assert!(!String::from_utf8_lossy(&said).contains(KEY), "{status}: kabar {arguments:?} shows the key");
        }
        assert_eq!(leaks(kabar.dir.path()), Vec::<String>::new(), "after answers with status {status}");
        assert!(!server.requests().is_empty());
    }
}
