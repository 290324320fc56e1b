//! The translation memory and its way to translators' tools and back.

use crate::support::{Kabar, Server};

const ARTICLE: &str = "Hujan deras turun di Bogor sejak Senin pagi.\n\nWarga diminta tetap waspada sampai besok.\n";

fn stdout(kabar: &Kabar, arguments: &[&str]) -> String {
    String::from_utf8(kabar.expect(0, arguments).stdout).unwrap()
}

#[test]
fn what_one_state_exports_another_imports_and_nothing_is_sent_for_it() {
    let server = Server::fluent();
    let first = Kabar::with_backend(&server.url);
    first.write("in/bogor.txt", ARTICLE);
    first.expect(0, &["translate", "in"]);
    let stats: serde_json::Value = serde_json::from_str(&stdout(&first, &["memory", "stats", "--json"])).unwrap();
    assert!(stats["segments"].as_u64() >= Some(2), "{stats}");
    let exported = stdout(&first, &["memory", "export"]);
    first.expect(0, &["memory", "export", "memory.tmx"]);
    assert_eq!(exported, first.read("memory.tmx"));

    let quiet = Server::fluent();
    let second = Kabar::with_backend(&quiet.url);
    second.write("in/bogor.txt", ARTICLE);
    second.write("memory.tmx", &exported);
    assert!(stdout(&second, &["memory", "import", "memory.tmx"]).contains("pairs imported"));
    second.expect(0, &["translate", "in"]);
    assert!(quiet.sent_texts().is_empty(), "{:?}", quiet.sent_texts());
    assert_eq!(first.read("kabar-out/bogor.md"), second.read("kabar-out/bogor.md"));
}

#[test]
fn a_translators_text_wins_over_the_machines() {
    let server = Server::fluent();
    let kabar = Kabar::with_backend(&server.url);
    kabar.write("in/bogor.txt", ARTICLE);
    kabar.expect(0, &["translate", "in"]);
    let human = "Residents were asked to stay alert until tomorrow.";
    let tmx = format!(
        "<tmx version=\"1.4\"><body><tu><tuv xml:lang=\"id\"><seg>Warga diminta tetap waspada sampai besok.</seg></tuv>\
         <tuv xml:lang=\"en\"><seg>{human}</seg></tuv></tu></body></tmx>"
    );
    kabar.write("human.tmx", &tmx);
    kabar.expect(0, &["memory", "import", "human.tmx"]);
    kabar.expect(0, &["translate", "in", "-o", "again", "--state", "kabar-out/.kabar"]);
    assert!(kabar.read("again/bogor.md").contains(human), "{}", kabar.read("again/bogor.md"));
}

#[test]
fn a_file_that_is_no_tmx_is_named_and_nothing_is_changed() {
    let server = Server::fluent();
    let kabar = Kabar::with_backend(&server.url);
    kabar.write("page.html", "<html></html>");
    let output = kabar.expect(2, &["memory", "import", "page.html"]);
    assert!(crate::support::kabar::stderr(&output).contains("page.html: is not a TMX file"));
    assert!(!kabar.path("kabar-out").exists());
}

#[test]
fn without_a_state_there_is_nothing_to_show() {
    Kabar::bare().expect(2, &["memory", "stats"]);
}
