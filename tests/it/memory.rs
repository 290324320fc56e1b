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

const OLD: &str = "Warga diminta tetap waspada sampai besok.";
const HUMAN: &str = "Residents were asked to stay alert until tomorrow.";

fn tmx(id: &str, en: &str) -> String {
    format!(
        "<tmx version=\"1.4\"><body><tu><tuv xml:lang=\"id\"><seg>{id}</seg></tuv>\
         <tuv xml:lang=\"en\" creationid=\"Rina\"><seg>{en}</seg></tuv></tu></body></tmx>"
    )
}

/// A finished article, and the server that is not to be asked again.
fn finished() -> (Kabar, Server) {
    let server = Server::fluent();
    let kabar = Kabar::with_backend(&server.url);
    kabar.write("in/bogor.txt", ARTICLE);
    kabar.expect(0, &["translate", "in"]);
    (kabar, server)
}

fn paragraph(kabar: &Kabar, n: usize) -> serde_json::Value {
    kabar.json("kabar-out/bogor.json")["sections"][0]["paragraphs"][n - 1].clone()
}

#[test]
fn an_import_brings_finished_articles_up_to_date_and_nothing_is_sent() {
    let (kabar, server) = finished();
    let asked = server.sent_texts().len();
    kabar.write("human.tmx", &tmx(OLD, HUMAN));
    let told = stdout(&kabar, &["memory", "import", "human.tmx"]);
    assert!(told.contains("(1 new)") && told.contains("1 paragraphs of finished articles revised"), "{told}");
    kabar.expect(0, &["translate", "in"]);
    let revised = paragraph(&kabar, 2);
    assert_eq!((revised["en"].as_str(), revised["backend"].as_str()), (Some(HUMAN), Some("import")));
    assert_eq!(paragraph(&kabar, 1)["backend"], "desk");
    let backends = kabar.json("kabar-out/bogor.json")["provenance"]["backends"].as_array().unwrap().clone();
    assert!(backends.iter().any(|b| b["name"] == "import" && b["dialect"] == "import"), "{backends:?}");
    assert_eq!(server.sent_texts().len(), asked);
}

#[test]
fn a_file_is_read_as_it_says_it_is_written_and_refused_where_it_is_not() {
    let (kabar, _server) = finished();
    let head = "<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?>";
    let latin: Vec<u8> = format!("{head}{}", tmx(OLD, "Stay in the café.")).chars().map(|c| c as u8).collect();
    std::fs::write(kabar.path("human.tmx"), latin).unwrap();
    kabar.expect(0, &["memory", "import", "human.tmx"]);
    assert!(stdout(&kabar, &["memory", "export"]).contains("Stay in the café."));
    let wrong: Vec<u8> = tmx(OLD, "Stay in the café.").chars().map(|c| c as u8).collect();
    std::fs::write(kabar.path("human.tmx"), wrong).unwrap();
    let said = crate::support::kabar::stderr(&kabar.expect(2, &["memory", "import", "human.tmx"]));
    assert!(said.contains("is not in UTF-8"), "{said}");
}

#[test]
fn an_upgrade_leaves_what_a_translator_gave() {
    let (kabar, server) = finished();
    kabar.write("human.tmx", &tmx(OLD, HUMAN));
    kabar.expect(0, &["memory", "import", "human.tmx"]);
    kabar.expect(0, &["translate", "in"]);
    let before = server.requests().len();
    for _ in 0..2 {
        kabar.expect(0, &["upgrade", "kabar-out"]);
    }
    assert_eq!((server.requests().len(), paragraph(&kabar, 2)["en"].as_str()), (before, Some(HUMAN)));
}

#[test]
fn the_same_import_again_changes_nothing() {
    let (kabar, _server) = finished();
    kabar.write("human.tmx", &tmx(OLD, HUMAN));
    kabar.expect(0, &["memory", "import", "human.tmx"]);
    kabar.expect(0, &["translate", "in"]);
    let before = kabar.tree("kabar-out");
    let told = stdout(&kabar, &["memory", "import", "human.tmx"]);
    assert!(told.contains("(0 new)") && told.contains("; 0 paragraphs"), "{told}");
    let receipt = || {
        kabar.expect(0, &["translate", "in", "--receipt", "receipt.json"]);
        kabar.json("receipt.json")
    };
    assert_eq!(receipt()["written"], 0);
    assert_eq!(kabar.tree("kabar-out"), before);
}

#[test]
fn no_machine_overwrites_what_a_translator_gave() {
    let (kabar, _server) = finished();
    kabar.write("human.tmx", &tmx(OLD, HUMAN));
    kabar.expect(0, &["memory", "import", "human.tmx"]);
    kabar.expect(0, &["translate", "in", "--force"]);
    assert_eq!(paragraph(&kabar, 2)["en"], HUMAN);
    kabar.expect(0, &["translate", "in", "--only", "import"]);
    assert_eq!(paragraph(&kabar, 2)["en"], HUMAN);
    let exported = stdout(&kabar, &["memory", "export"]);
    assert!(exported.contains(&format!("creationid=\"Rina\"><seg>{HUMAN}")), "{exported}");
}

#[test]
fn what_comes_back_untouched_is_no_translators_text() {
    let (kabar, _server) = finished();
    kabar.expect(0, &["memory", "export", "memory.tmx"]);
    let exported = kabar.read("memory.tmx");
    assert!(stdout(&kabar, &["memory", "import", "memory.tmx"]).contains("0 by translators"));
    let machine = paragraph(&kabar, 2)["en"].as_str().unwrap().to_owned();
    assert!(exported.contains(&machine));
    kabar.write("memory.tmx", &exported.replace(&machine, HUMAN));
    assert!(stdout(&kabar, &["memory", "import", "memory.tmx"]).contains("1 by translators (1 new)"));
    kabar.expect(0, &["translate", "in"]);
    assert_eq!(
        (paragraph(&kabar, 1)["backend"].as_str(), paragraph(&kabar, 2)["backend"].as_str()),
        (Some("desk"), Some("import"))
    );
}

#[test]
fn a_check_only_notes_what_it_thinks_of_a_translators_text() {
    let (kabar, _server) = finished();
    kabar.write("human.tmx", &tmx(OLD, "Residents were asked to stay alert until 19 October."));
    kabar.expect(0, &["memory", "import", "human.tmx"]);
    kabar.expect(0, &["translate", "in"]);
    assert_eq!(paragraph(&kabar, 2)["findings"][0]["severity"], "warn");
    kabar.expect(0, &["check", "kabar-out"]);
}

#[test]
fn the_tmx_of_an_article_and_of_an_export_bring_back_every_text_without_a_request() {
    let server = Server::fluent();
    let first = Kabar::with_backend(&server.url);
    let titled = format!("---\ntitle: Hujan Deras Guyur Bogor\n---\n\n{ARTICLE}");
    first.write("in/bogor.md", &titled);
    first.expect(0, &["translate", "in", "--format", "json,md,tmx"]);
    first.expect(0, &["export", "kabar-out", "-o", "all.tmx"]);
    assert!(!first.read("all.tmx").contains("creationid=\"kabar\""), "the title is the backend's as well");
    for file in ["kabar-out/bogor.tmx", "all.tmx"] {
        let quiet = Server::fluent();
        let second = Kabar::with_backend(&quiet.url);
        second.write("in/bogor.md", &titled);
        second.write("from.tmx", &first.read(file));
        second.expect(0, &["memory", "import", "from.tmx"]);
        second.expect(0, &["translate", "in", "--receipt", "receipt.json"]);
        assert!(quiet.sent_texts().is_empty(), "{file}: {:?}", quiet.sent_texts());
        let receipt = second.json("receipt.json");
        assert_eq!((&receipt["sent"], &receipt["from_memory"]), (&0.into(), &receipt["segments"]), "{receipt}");
        let paragraphs = |kabar: &Kabar| kabar.json("kabar-out/bogor.json")["sections"][0]["paragraphs"].clone();
        let english = |kabar: &Kabar| -> Vec<_> {
            paragraphs(kabar).as_array().unwrap().iter().map(|p| p["en"].clone()).collect()
        };
        assert_eq!(english(&first), english(&second));
    }
}

#[test]
fn what_a_translator_approved_in_an_xliff_comes_into_the_article_and_nothing_else() {
    for (form, approve) in [
        ("xliff12", ("<trans-unit id=\"p2\"", "<trans-unit approved=\"yes\" id=\"p2\"")),
        (
            "xliff",
            (
                "<segment state=\"translated\"><source xml:space=\"preserve\">Warga",
                "<segment state=\"final\"><source xml:space=\"preserve\">Warga",
            ),
        ),
    ] {
        let (kabar, server) = finished();
        let asked = server.sent_texts().len();
        let machine = paragraph(&kabar, 2)["en"].as_str().unwrap().to_owned();
        let exported = stdout(&kabar, &["export", "kabar-out", "--format", form]);
        assert!(exported.contains(approve.0), "{exported}");
        let edited = exported.replace(approve.0, approve.1).replace(&machine, HUMAN);
        kabar.write("back.xlf", &edited);
        let told = stdout(&kabar, &["memory", "import", "back.xlf"]);
        assert!(told.contains("1 by translators (1 new), 0 by machines"), "{form}: {told}");
        kabar.expect(0, &["translate", "in"]);
        assert_eq!(
            (paragraph(&kabar, 2)["en"].as_str(), paragraph(&kabar, 1)["backend"].as_str()),
            (Some(HUMAN), Some("desk"))
        );
        assert_eq!(server.sent_texts().len(), asked);
    }
}

#[test]
fn an_xliff_that_is_approved_as_a_whole_brings_back_every_text_without_a_request() {
    let server = Server::fluent();
    let first = Kabar::with_backend(&server.url);
    let titled = format!("---\ntitle: Hujan Deras Guyur Bogor\n---\n\n{ARTICLE}");
    first.write("in/bogor.md", &titled);
    first.expect(0, &["translate", "in", "--format", "json,xliff,xliff12"]);
    for (file, from, to) in [
        ("bogor.xlf", "<trans-unit ", "<trans-unit approved=\"yes\" "),
        ("bogor.xliff", "state=\"translated\"", "state=\"final\""),
    ] {
        let quiet = Server::fluent();
        let second = Kabar::with_backend(&quiet.url);
        second.write("in/bogor.md", &titled);
        second.write(file, &first.read(&format!("kabar-out/{file}")).replace(from, to));
        second.expect(0, &["memory", "import", file]);
        second.expect(0, &["translate", "in", "--receipt", "receipt.json"]);
        assert!(quiet.sent_texts().is_empty(), "{file}: {:?}", quiet.sent_texts());
        let receipt = second.json("receipt.json");
        assert_eq!(receipt["from_memory"], receipt["segments"], "{file}: {receipt}");
    }
}
