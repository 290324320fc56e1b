//! Bad inputs and hostile surroundings: each gets a word that names file and reason, and nothing else is harmed.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{PermissionsExt as _, symlink};

use crate::support::kabar::stderr;
use crate::support::{Kabar, Server};

const GOOD: &str = "Hujan deras turun di Bogor sejak Senin pagi.\n";

/// A folder with one good article beside what the test adds.
fn desk() -> (Kabar, Server) {
    let server = Server::fluent();
    let kabar = Kabar::with_backend(&server.url);
    kabar.write("in/good.txt", GOOD);
    (kabar, server)
}

/// Runs and expects that the bad file is named with `reason` and the good article is written.
fn fails_alone(kabar: &Kabar, file: &str, reason: &str) {
    let said = stderr(&kabar.expect(3, &["translate", "in", "-o", "out"]));
    let line = said.lines().find(|line| line.contains(file)).unwrap_or_else(|| panic!("{file} is not named: {said}"));
    assert!(line.contains(reason), "{line}");
    assert!(kabar.path("out/good.json").exists());
}

#[test]
fn an_empty_file_is_named() {
    let (kabar, _server) = desk();
    kabar.write("in/empty.txt", "  \n\n");
    fails_alone(&kabar, "empty.txt", "empty");
}

#[test]
fn a_binary_is_named_for_what_it_is() {
    let (kabar, server) = desk();
    std::fs::write(kabar.path("in/photo.txt"), b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0").unwrap();
    fails_alone(&kabar, "photo.txt", "PNG");
    assert_eq!(server.sent_texts().len(), 1, "nothing of it was sent");
}

#[test]
fn a_paragraph_of_fifty_megabytes_is_refused_with_the_limit() {
    let (kabar, server) = desk();
    kabar.write("in/huge.txt", &"kata ".repeat(10 << 20));
    fails_alone(&kabar, "huge.txt", "20");
    assert_eq!(server.sent_texts().len(), 1);
}

#[test]
fn a_sentence_of_twenty_thousand_words_is_sent_in_pieces_and_none_is_lost() {
    let server = Server::fluent();
    let kabar = Kabar::with_backend(&server.url);
    let words: Vec<String> = (0..20_000).map(|n| format!("kata{n}")).collect();
    kabar.write("in/long.txt", &words.join(" "));
    kabar.run(&["translate", "in", "-o", "out"]);
    let sent: Vec<String> = server.sent_texts().into_keys().collect();
    assert!(sent.len() > 10, "{}", sent.len());
    let mut found: Vec<&str> = sent.iter().flat_map(|text| text.split_whitespace()).collect();
    found.sort_unstable();
    found.dedup();
    assert_eq!(found.len(), words.len());
    let record = kabar.json("out/long.json");
    assert_eq!(record["sections"][0]["paragraphs"][0]["id"], words.join(" "));
}

#[test]
fn a_file_that_may_not_be_read_is_named() {
    let (kabar, _server) = desk();
    kabar.write("in/secret.txt", GOOD);
    std::fs::set_permissions(kabar.path("in/secret.txt"), std::fs::Permissions::from_mode(0o000)).unwrap();
    let output = unprivileged(&kabar, &["translate", "in", "-o", "out"]);
    let said = stderr(&output);
    assert_eq!(output.status.code(), Some(3), "{said}");
    let line = said.lines().find(|line| line.contains("secret.txt")).unwrap();
    assert!(line.to_lowercase().contains("permission"), "{line}");
    assert!(kabar.path("out/good.json").exists());
}

/// Runs as a user who may not do everything: root without two capabilities is a user like any other.
fn unprivileged(kabar: &Kabar, arguments: &[&str]) -> std::process::Output {
    if !rustix::process::geteuid().is_root() {
        return kabar.run(arguments);
    }
    let mut command = std::process::Command::new("setpriv");
    command.args(["--bounding-set=-dac_override,-dac_read_search", env!("CARGO_BIN_EXE_kabar")]);
    command.args(arguments).current_dir(kabar.dir.path()).output().unwrap()
}

#[test]
fn a_dangling_link_is_named_and_a_loop_ends() {
    let (kabar, _server) = desk();
    symlink("nowhere.txt", kabar.path("in/dangling.txt")).unwrap();
    symlink(".", kabar.path("in/loop")).unwrap();
    fails_alone(&kabar, "dangling.txt", "link");
}

#[test]
fn of_two_inputs_for_one_output_the_second_fails_and_the_first_stands() {
    let (kabar, server) = desk();
    kabar.write("in/good.md", "Isi yang lain sama sekali.\n");
    let said = stderr(&kabar.expect(3, &["translate", "in", "-o", "out"]));
    assert!(said.contains("good.txt") || said.contains("good.md"), "{said}");
    assert_eq!(server.sent_texts().len(), 1);
    let before = kabar.tree("out");
    kabar.expect(3, &["translate", "in", "-o", "out"]);
    assert_eq!(kabar.tree("out"), before, "the first one stays the first");
}

#[test]
fn of_two_records_with_one_id_the_second_fails_and_the_same_one_twice_is_no_fault() {
    let server = Server::fluent();
    let kabar = Kabar::with_backend(&server.url);
    let record = |text: &str| format!("{{\"id\": \"dup\", \"text\": \"{text}\"}}\n");
    let (first, second) = (record("Harga beras turun pekan ini."), record("Gubernur mundur dari jabatannya."));
    kabar.write("r.jsonl", &(first.clone() + &second + &first));
    let said = stderr(&kabar.expect(3, &["translate", "r.jsonl", "-o", "out"]));
    let line = said.lines().find(|line| line.contains("r.jsonl#dup")).unwrap_or_else(|| panic!("not named: {said}"));
    assert!(line.contains("has this id"), "{line}");
    assert!(kabar.path("out/r/dup.json").exists());
    kabar.write("same.jsonl", &(first.clone() + &first));
    kabar.expect(0, &["translate", "same.jsonl", "-o", "same"]);
}

#[test]
fn odd_file_names_become_safe_outputs_each_its_own() {
    let (kabar, server) = desk();
    for (n, name) in
        [&b"a b.txt"[..], b"\"quoted\".txt", b"two\nlines.txt", b"bad\xff.txt", b"odd..name.txt", b"-dash.txt"]
            .iter()
            .enumerate()
    {
        let path = kabar.path("in").join(OsStr::from_bytes(name));
        std::fs::write(path, format!("Berita nomor {n} dari Bogor.\n")).unwrap();
    }
    kabar.expect(0, &["translate", "in", "-o", "out"]);
    assert_eq!(kabar.tree("out").len(), 2 * 7);
    assert_eq!(server.sent_texts().len(), 7);
}

#[test]
fn an_output_folder_inside_the_input_is_never_taken_for_input() {
    let (kabar, server) = desk();
    kabar.expect(0, &["translate", "in", "-o", "in/english"]);
    let sent = server.requests().len();
    kabar.expect(0, &["translate", "in", "-o", "in/english"]);
    kabar.expect(0, &["translate", "in", "-o", "elsewhere"]);
    assert_eq!(kabar.tree("elsewhere").len(), 2, "an older output folder is no input either");
    assert!(server.requests().len() <= sent * 2);
}

#[test]
fn a_link_in_the_output_folder_is_not_followed() {
    let (kabar, _server) = desk();
    kabar.write("precious.txt", "do not touch");
    std::fs::create_dir(kabar.path("out")).unwrap();
    symlink(kabar.path("precious.txt"), kabar.path("out/good.json")).unwrap();
    let said = stderr(&kabar.expect(3, &["translate", "in", "-o", "out"]));
    assert!(said.contains("link"), "{said}");
    assert_eq!(kabar.read("precious.txt"), "do not touch");
}

#[test]
fn an_output_folder_that_cannot_be_made_is_named_before_anything_is_sent() {
    let (kabar, server) = desk();
    kabar.write("out", "a file where the folder should be");
    let said = stderr(&kabar.expect(2, &["translate", "in", "-o", "out"]));
    assert!(said.contains("out"), "{said}");
    std::fs::remove_file(kabar.path("out")).unwrap();
    std::fs::create_dir(kabar.path("out")).unwrap();
    std::fs::set_permissions(kabar.path("out"), std::fs::Permissions::from_mode(0o555)).unwrap();
    let output = unprivileged(&kabar, &["translate", "in", "-o", "out"]);
    assert_eq!(output.status.code(), Some(2), "{}", stderr(&output));
    assert!(stderr(&output).to_lowercase().contains("permission"), "{}", stderr(&output));
    assert!(server.requests().is_empty());
}

#[test]
fn a_bad_line_of_a_jsonl_file_fails_that_article_alone() {
    let server = Server::fluent();
    let kabar = Kabar::with_backend(&server.url);
    kabar.write(
        "in/day.jsonl",
        "{\"id\": \"1\", \"title\": \"Hujan di Bogor\", \"text\": \"Hujan deras turun sejak pagi.\"}\nnot json\n\
         {\"id\": \"3\", \"title\": \"Banjir di Demak\", \"text\": \"Air naik satu meter.\"}\n",
    );
    let said = stderr(&kabar.expect(3, &["translate", "in", "-o", "out"]));
    assert!(said.contains("day.jsonl"), "{said}");
    assert!(kabar.path("out/day/1.json").exists() && kabar.path("out/day/3.json").exists());
    assert_eq!(kabar.json("out/day/1.json")["title"]["id"], "Hujan di Bogor");
    assert!(kabar.json("out/day/1.json")["title"]["en"].is_string());
}

#[test]
fn standard_input_is_an_article() {
    let (kabar, _server) = desk();
    let article = std::fs::File::open(kabar.path("in/good.txt")).unwrap();
    let status = kabar.command(&["translate", "-", "-o", "out"]).stdin(article).status().unwrap();
    assert_eq!(status.code(), Some(0));
    assert!(kabar.path("out/stdin.md").exists());
}
