//! Only what changed: articles that moved, were rewritten by their outlets, or are gone.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::Value;

use crate::support::kabar::stderr;
use crate::support::{Kabar, Server};

const RUN: [&str; 4] = ["translate", "in", "-o", "out"];

const FLOOD: &str = "---\nurl: https://example.org/banjir\n---\n\nBanjir menggenangi tiga desa di Demak pada Senin pagi.\n\n\
    Sebanyak 120 orang mengungsi ke balai desa.\n\nAir mulai surut pada sore hari.\n";

fn flood() -> (Kabar, Server) {
    let server = Server::fluent();
    let kabar = Kabar::with_backend(&server.url);
    kabar.write("in/demak.md", FLOOD);
    kabar.expect(0, &RUN);
    (kabar, server)
}

fn status(kabar: &Kabar) -> Value {
    serde_json::from_slice(&kabar.expect(0, &["status", "out", "--json"]).stdout).unwrap()
}

#[test]
fn a_moved_article_is_recognised_by_its_text_and_costs_nothing() {
    let (kabar, server) = flood();
    let sent = server.requests().len();
    std::fs::create_dir_all(kabar.path("in/arsip")).unwrap();
    std::fs::rename(kabar.path("in/demak.md"), kabar.path("in/arsip/banjir.md")).unwrap();
    let said = stderr(&kabar.expect(0, &RUN));
    assert!(said.contains("moved: in/demak.md → in/arsip/banjir.md"), "{said}");
    assert_eq!(server.requests().len(), sent);
    let (old, new) = (kabar.json("out/demak.json"), kabar.json("out/arsip/banjir.json"));
    assert_eq!(new["source"]["path"], "in/arsip/banjir.md");
    assert_eq!(old["sections"], new["sections"], "the old output is kept, the new one says the same");
}

#[test]
fn a_flagged_article_that_moved_is_not_paid_for_again() {
    let server = Server::scripted(std::time::Duration::ZERO, |_, asked| {
        let mut answer = crate::support::server::fluent(asked);
        if asked["task"] == "translate" {
            answer["segments"][0]["en"] = asked["segments"][0]["text"].clone();
        }
        crate::support::Answer::Content(answer)
    });
    let kabar = Kabar::with_backend(&server.url);
    kabar.write("in/demak.md", FLOOD);
    kabar.expect(3, &RUN);
    let sent = server.requests().len();
    std::fs::rename(kabar.path("in/demak.md"), kabar.path("in/banjir.md")).unwrap();
    kabar.expect(3, &RUN);
    assert_eq!(server.requests().len(), sent);
}

#[test]
fn a_rewritten_article_sends_what_changed_and_keeps_what_it_said_before() {
    let (kabar, server) = flood();
    let before = server.sent_texts();
    kabar.write("in/demak.md", &FLOOD.replace("120 orang", "135 orang"));
    let said = stderr(&kabar.expect(0, &[&RUN[..], &["--receipt", "receipt.json"]].concat()));
    assert!(said.contains("corrected by its outlet: in/demak.md (1 paragraphs)"), "{said}");
    let changed: Vec<String> = server.sent_texts().into_keys().filter(|text| !before.contains_key(text)).collect();
    assert_eq!(changed, ["Sebanyak 135 orang mengungsi ke balai desa."]);
    assert!(server.sent_texts().values().all(|times| *times == 1));
    assert_eq!(kabar.json("receipt.json")["corrected"], 1);
    let corrected = &status(&kabar)["corrected"][0];
    assert_eq!((&corrected["name"], &corrected["former"][0]["n"]), (&"demak".into(), &3.into()));
    assert_eq!(corrected["former"][0]["id"], "Sebanyak 120 orang mengungsi ke balai desa.");
    assert!(corrected["former"][0]["en"].as_str().unwrap().contains("120"), "{corrected}");
    kabar.expect(0, &RUN);
    assert_eq!(status(&kabar)["corrected"].as_array().unwrap().len(), 1, "told once");
}

#[test]
fn the_same_address_under_another_name_is_a_newer_version_of_the_article() {
    let (kabar, server) = flood();
    let sent = server.sent_texts().len();
    kabar.write("in/demak-2.md", &FLOOD.replace("tiga desa", "empat desa"));
    kabar.expect(0, &RUN);
    assert_eq!(server.sent_texts().len(), sent + 1);
    let corrected = &status(&kabar)["corrected"][0];
    assert_eq!(corrected["name"], "demak-2");
    assert!(corrected["former"][0]["id"].as_str().unwrap().contains("tiga desa"), "{corrected}");
    let text = String::from_utf8(kabar.expect(0, &["status", "out"]).stdout).unwrap();
    assert!(text.contains("corrected by their outlets") && text.contains("demak-2 (1 paragraphs)"), "{text}");
}

#[test]
fn an_article_that_only_went_on_is_no_correction() {
    let (kabar, _server) = flood();
    kabar.write("in/demak.md", &format!("{FLOOD}\nBantuan tiba pada malam hari.\n"));
    let said = stderr(&kabar.expect(0, &RUN));
    assert!(!said.contains("corrected"), "{said}");
    assert_eq!(status(&kabar)["corrected"], serde_json::json!([]));
}

/// Three finished articles, of which two inputs are gone.
fn gone() -> Kabar {
    let (kabar, _server) = flood();
    kabar.write("in/arsip/bogor.txt", "Hujan deras turun di Bogor.\n");
    kabar.write("other/solo.txt", "Pasar di Solo tutup.\n");
    kabar.expect(0, &["translate", "in", "other", "-o", "out"]);
    std::fs::remove_file(kabar.path("in/arsip/bogor.txt")).unwrap();
    std::fs::remove_file(kabar.path("other/solo.txt")).unwrap();
    kabar
}

#[test]
fn outputs_of_inputs_that_are_gone_stay_until_they_are_pruned() {
    let kabar = gone();
    let before = kabar.tree("out");
    kabar.expect(0, &RUN);
    assert_eq!(kabar.tree("out"), before);
    let plan = String::from_utf8(kabar.expect(0, &["plan", "in", "-o", "out", "--prune"]).stdout).unwrap();
    assert!(plan.contains("would be pruned") && plan.contains("bogor.md") && !plan.contains("solo"), "{plan}");
    assert_eq!(kabar.tree("out"), before, "a dry run removes nothing");
    let said = stderr(&kabar.expect(0, &[&RUN[..], &["--prune"]].concat()));
    assert!(said.contains("in/arsip/bogor.txt is gone"), "{said}");
    assert!(!kabar.path("out/arsip").exists() && kabar.path("out/demak.md").exists());
    assert!(kabar.path("out/solo.md").exists(), "an input outside the paths of this run");
    assert_eq!(status(&kabar)["counts"]["done"], 2);
}

#[test]
fn what_somebody_changed_by_hand_is_never_pruned() {
    let kabar = gone();
    let page = kabar.read("out/arsip/bogor.md").replace("deras", "DERAS");
    kabar.write("out/arsip/bogor.md", &page);
    let said = stderr(&kabar.expect(0, &[&RUN[..], &["--prune"]].concat()));
    assert!(said.contains("not pruned") && said.contains("changed by hand"), "{said}");
    assert_eq!(kabar.read("out/arsip/bogor.md"), page);
    assert!(kabar.path("out/arsip/bogor.json").exists());
}

#[test]
fn a_folder_without_any_input_looks_like_a_missing_disk_and_prunes_nothing() {
    let kabar = gone();
    std::fs::remove_file(kabar.path("in/demak.md")).unwrap();
    let before = kabar.tree("out");
    kabar.expect(0, &[&RUN[..], &["--prune"]].concat());
    assert_eq!(kabar.tree("out"), before);
}

/// A run that plans what there is to do, and may send nothing.
fn without_money(kabar: &Kabar) {
    kabar.config(&(kabar.read("kabar.toml") + "price = { input = 1.0, output = 1.0, per = 1 }\n"));
    kabar.expect(7, &[&RUN[..], &["--budget", "0.1"]].concat());
}

#[test]
fn what_was_written_before_a_rewrite_that_nobody_translated_is_pruned_too() {
    let (kabar, _server) = flood();
    kabar.write("in/solo.txt", "Pasar di Solo tutup.\n");
    kabar.write("in/demak.md", &FLOOD.replace("120 orang", "135 orang"));
    without_money(&kabar);
    std::fs::remove_file(kabar.path("in/demak.md")).unwrap();
    kabar.expect(0, &[&RUN[..], &["--prune"]].concat());
    assert!(!kabar.path("out/demak.md").exists() && !kabar.path("out/demak.json").exists());
    assert_eq!(status(&kabar)["counts"]["pending"], 0);
}

#[test]
fn what_was_still_to_be_done_for_an_input_that_is_gone_is_forgotten_with_prune() {
    let (kabar, _server) = flood();
    kabar.write("in/solo.txt", "Pasar di Solo tutup.\n");
    without_money(&kabar);
    std::fs::remove_file(kabar.path("in/solo.txt")).unwrap();
    kabar.expect(0, &RUN);
    assert_eq!(status(&kabar)["counts"]["pending"], 1);
    let said = stderr(&kabar.expect(0, &[&RUN[..], &["--prune"]].concat()));
    assert!(!said.contains("pruned"), "nothing was written of it: {said}");
    assert_eq!(status(&kabar)["counts"]["pending"], 0);
}

/// An archive of one file.
#[cfg(unix)]
fn zip(name: &str, text: &str) -> Vec<u8> {
    use std::io::Write as _;
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    writer.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
    writer.write_all(text.as_bytes()).unwrap();
    writer.finish().unwrap().into_inner()
}

#[cfg(unix)]
#[test]
fn what_is_there_is_never_pruned_whatever_it_is_called_and_wherever_it_lies() {
    use std::os::unix::ffi::OsStrExt as _;
    let (kabar, _server) = flood();
    std::fs::write(kabar.path("in/z.zip"), zip("m1.md", "Hujan turun di Bogor.\n")).unwrap();
    kabar.write("in/c.jsonl", "{\"id\": \"https://x.id/p#1\", \"text\": \"Pasar di Solo tutup.\"}\n");
    kabar.write("in/berita\t2.md", "Jalan di Kudus rusak.\n");
    let odd = kabar.path("in").join(std::ffi::OsStr::from_bytes(b"caf\xe9.md"));
    std::fs::write(&odd, "Kafe di Pati ramai.\n").unwrap();
    let prune = [&RUN[..], &["--prune"]].concat();
    let said = stderr(&kabar.expect(0, &prune));
    assert!(said.contains("4 written") && !said.contains("pruned"), "{said}");
    assert_eq!(kabar.tree("out").len(), 10);
    let before = kabar.tree("out");
    let said = stderr(&kabar.expect(0, &prune));
    assert!(said.contains("5 unchanged") && !said.contains("pruned"), "{said}");
    assert_eq!(kabar.tree("out"), before);
    // A copy of a member has not moved: the archive is still there.
    kabar.write("in/copy.md", "Hujan turun di Bogor.\n");
    let said = stderr(&kabar.expect(0, &prune));
    assert!(!said.contains("moved"), "{said}");
    std::fs::remove_file(odd).unwrap();
    std::fs::remove_file(kabar.path("in/z.zip")).unwrap();
    kabar.expect(0, &prune);
    assert_eq!(kabar.tree("out").len(), 8, "what is gone goes");
}

#[test]
fn a_state_that_knew_no_files_learns_them_before_it_prunes() {
    let (kabar, _server) = flood();
    kabar.write("in/solo.txt", "Pasar di Solo tutup.\n");
    kabar.expect(0, &RUN);
    let state = rusqlite::Connection::open(kabar.path("out/.kabar/state.sqlite")).unwrap();
    state.execute("UPDATE articles SET file = NULL", []).unwrap();
    std::fs::remove_file(kabar.path("in/solo.txt")).unwrap();
    kabar.expect(0, &[&RUN[..], &["--prune"]].concat());
    let files: Vec<Option<Vec<u8>>> = state
        .prepare("SELECT file FROM articles")
        .unwrap()
        .query_map([], |row| row.get(0))
        .unwrap()
        .flatten()
        .collect();
    let real = std::path::absolute(kabar.path("in/demak.md")).unwrap();
    assert_eq!(files, [Some(real.into_os_string().into_encoded_bytes())]);
}

#[test]
fn a_folder_that_was_moved_with_all_its_articles_prunes_what_is_gone_and_nothing_else() {
    let server = Server::fluent();
    let kabar = Kabar::with_backend(&server.url);
    kabar.write("old/in/demak.md", FLOOD);
    kabar.write("old/in/solo.txt", "Pasar di Solo tutup.\n");
    let prune = ["-c", "../kabar.toml", "translate", "in", "-o", "out", "--prune"];
    let run = |folder: &str| kabar.command(&prune).current_dir(kabar.path(folder)).output().unwrap();
    assert!(run("old").status.success());
    std::fs::rename(kabar.path("old"), kabar.path("new")).unwrap();
    assert!(run("new").status.success());
    assert_eq!(kabar.tree("new/out").len(), 4);
    std::fs::remove_file(kabar.path("new/in/solo.txt")).unwrap();
    assert!(run("new").status.success());
    assert_eq!(kabar.tree("new/out").len(), 2);
}

#[test]
fn a_paragraph_that_failed_is_tried_again_when_another_one_is_edited() {
    let well = Arc::new(AtomicBool::new(false));
    let seen = well.clone();
    let server = Server::scripted(std::time::Duration::ZERO, move |_, asked| {
        let is_hard = asked["task"] == "translate" && asked.to_string().contains("Hujan turun.");
        if is_hard && !seen.load(Ordering::Relaxed) {
            return crate::support::Answer::Raw(200, "{}".into(), Vec::new());
        }
        crate::support::Answer::Content(crate::support::server::fluent(asked))
    });
    let kabar = Kabar::with_backend(&server.url);
    kabar.write("in/a.md", "# Satu\n\nHujan turun.\n\n# Dua\n\nWarga mengungsi.\n");
    kabar.expect(3, &RUN);
    assert_eq!(status(&kabar)["counts"]["failed"], 1);
    well.store(true, Ordering::Relaxed);
    kabar.write("in/a.md", "# Satu\n\nHujan turun.\n\n# Dua\n\nWarga sudah pulang.\n");
    kabar.expect(0, &RUN);
    assert_eq!(status(&kabar)["counts"]["failed"], 0);
}
