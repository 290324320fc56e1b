//! Runs that have little time or little money: what comes first, what is not begun, what is kept for the next run.

use std::time::Duration;

use crate::support::server::fluent;
use crate::support::{Answer, Kabar, Server};

fn article(date: &str, text: &str) -> String {
    format!("---\ntitle: Berita\ndate: {date}\n---\n\n{text}\n")
}

/// The paragraphs that were sent for translation, in order; titles left out.
fn sent(server: &Server) -> Vec<String> {
    let requests = server.requests();
    let segments = requests.iter().flat_map(|asked| asked["segments"].as_array().cloned().unwrap_or_default());
    segments.map(|s| s["text"].as_str().unwrap().to_owned()).filter(|text| text != "Berita").collect()
}

#[test]
fn watched_articles_come_first_then_the_newest_then_those_without_a_date() {
    let server = Server::fluent();
    let kabar = Kabar::with_backend(&server.url);
    let config = kabar.read("kabar.toml") + "[brief]\nwatch = [\"Gunung Semeru\"]\n";
    kabar.config(&config);
    kabar.write("in/a.txt", "Pasar tutup lebih awal.\n");
    kabar.write("in/b.md", &article("2026-11-20", "Warga menanam padi."));
    kabar.write("in/c.md", &article("2026-11-25", "Hujan turun di Bogor."));
    kabar.write("in/d.md", &article("2026-11-25", "Jalan ditutup."));
    kabar.write("in/e.md", &article("2026-11-01", "Abu gunung Semeru turun."));
    kabar.expect(0, &["translate", "in", "-o", "out", "-j", "1"]);
    let expected = ["Abu gunung Semeru turun.", "Hujan turun di Bogor.", "Jalan ditutup.", "Warga menanam padi."];
    assert_eq!(sent(&server)[..4], expected);
    assert_eq!(sent(&server)[4..], ["Pasar tutup lebih awal."]);
}

/// Forty articles, a day apart, the newest last in the order of names.
fn forty(server: &Server) -> Kabar {
    let kabar = Kabar::with_backend(&server.url);
    for n in 0..40 {
        let date = format!("2026-{:02}-{:02}", 9 + n / 20, 1 + n % 20);
        kabar.write(&format!("in/{n:02}.md"), &article(&date, &format!("Banjir nomor {} surut di Bogor.", n + 100)));
    }
    kabar
}

#[test]
fn at_a_deadline_the_newest_are_whole_and_the_next_run_writes_the_same_bytes() {
    let server = Server::scripted(Duration::from_millis(250), |_, asked| Answer::Content(fluent(asked)));
    let kabar = forty(&server);
    kabar.expect(7, &["translate", "in", "-o", "out", "-j", "1", "--deadline", "4s", "--receipt", "receipt.json"]);
    let receipt = kabar.json("receipt.json");
    assert_eq!(receipt["stopped"]["reason"], "deadline");
    assert!(receipt["seconds"].as_f64().unwrap() < 4.5, "{receipt}");
    let whole = |n: usize| ["md", "json"].iter().all(|ending| kabar.path(&format!("out/{n:02}.{ending}")).exists());
    let written = (0..40).rev().take_while(|n| whole(*n)).count();
    assert!((1..40).contains(&written), "{written}");
    assert_eq!(kabar.tree("out").len(), 2 * written, "none of the older ones");
    kabar.expect(0, &["translate", "in", "-o", "out", "-j", "8"]);
    assert!(server.sent_texts().into_iter().all(|(text, times)| times == 1 || text == "Berita"));
    let (other, quick) = (Kabar::bare(), Server::fluent());
    other.config(&kabar.read("kabar.toml").replace(&server.url, &quick.url));
    std::fs::rename(kabar.path("in"), other.path("in")).unwrap();
    other.expect(0, &["translate", "in", "-o", "out", "-j", "4"]);
    assert_eq!(kabar.tree("out"), other.tree("out"));
}

#[test]
fn a_request_that_would_end_after_the_deadline_is_not_sent() {
    let server = Server::scripted(Duration::from_millis(900), |_, asked| Answer::Content(fluent(asked)));
    let kabar = Kabar::with_backend(&server.url);
    kabar.write("in/a.txt", "Hujan turun di Bogor.\n");
    kabar.expect(0, &["translate", "in", "-o", "out", "--receipt", "receipt.json"]);
    assert!(kabar.json("receipt.json")["backends"]["desk"]["usual_seconds"].as_f64().unwrap() >= 0.9);
    let before = server.requests().len();
    kabar.write("in/b.txt", "Jalan ditutup.\n");
    kabar.expect(7, &["translate", "in", "-o", "out", "--deadline", "800ms"]);
    assert_eq!(server.requests().len(), before, "the runs before say how long a request takes");
    kabar.expect(0, &["translate", "in", "-o", "out"]);
    assert!(kabar.path("out/b.md").exists());
}

#[test]
fn what_was_answered_before_the_budget_ran_out_is_not_paid_for_again() {
    // The first answer lacks a paragraph; the budget does not allow to ask for it again.
    let server = Server::scripted(Duration::ZERO, |number, asked| {
        let mut answer = fluent(asked);
        if number == 0 {
            answer["segments"].as_array_mut().unwrap().remove(1);
        }
        Answer::Content(answer)
    });
    let kabar = Kabar::with_backend(&server.url);
    kabar.config(&(kabar.read("kabar.toml") + "price = { input = 0.0, output = 1.0, per = 50 }\n"));
    kabar.write("in/a.txt", "Hujan turun di Bogor sejak Senin.\n\nJalan ditutup bagi semua kendaraan berat.\n");
    kabar.expect(7, &["translate", "in", "-o", "out", "-j", "1", "--budget", "1"]);
    assert_eq!(server.requests().len(), 1);
    kabar.expect(0, &["translate", "in", "-o", "out"]);
    let sent = server.sent_texts();
    assert_eq!(sent["Hujan turun di Bogor sejak Senin."], 1, "{sent:?}");
    assert_eq!(sent["Jalan ditutup bagi semua kendaraan berat."], 2, "{sent:?}");
}
