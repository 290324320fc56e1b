//! Runs that have little time or little money: what comes first, what is not begun, what is kept for the next run.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use kabar::config::Clock;
use kabar::exit::Exit;

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

/// A clock that stands still until so many requests were sent; then an hour has passed.
fn late_after(requests: usize) -> (Clock, Server) {
    let (start, late) =
        ("2026-11-26T05:25:00+07:00[Asia/Jakarta]".parse::<jiff::Zoned>().unwrap(), AtomicBool::new(false));
    let late = Arc::new(late);
    let seen = late.clone();
    let clock = move || start.saturating_add(jiff::SignedDuration::from_hours(seen.load(Ordering::Relaxed).into()));
    let server = Server::scripted(Duration::ZERO, move |number, asked| {
        late.fetch_or(number + 1 == requests, Ordering::Relaxed);
        Answer::Content(fluent(asked))
    });
    (Arc::new(clock), server)
}

#[test]
fn at_a_deadline_the_newest_are_whole_and_the_next_run_writes_the_same_bytes() {
    let (clock, server) = late_after(13);
    let kabar = forty(&server);
    assert_eq!(kabar.translate_by(clock, &["-j", "1", "--deadline", "06:00"]), Exit::Stopped);
    assert_eq!(kabar.json("receipt.json")["stopped"]["reason"], "deadline");
    assert_eq!(server.requests().len(), 13, "none is sent after it");
    let whole = |n: usize| ["md", "json"].iter().all(|ending| kabar.path(&format!("out/{n:02}.{ending}")).exists());
    let written = (0..40).rev().take_while(|n| whole(*n)).count();
    assert!((4..=13).contains(&written), "{written}");
    assert_eq!(kabar.tree("out").len(), 2 * written, "none of the older ones");
    let input = kabar.path("in");
    kabar.expect(0, &["translate", input.to_str().unwrap(), "-o", "out", "-j", "8"]);
    assert!(server.sent_texts().into_iter().all(|(text, times)| times == 1 || text == "Berita"));
    kabar.expect(0, &["translate", input.to_str().unwrap(), "-o", "anew", "-j", "4"]);
    assert_eq!(kabar.tree("out"), kabar.tree("anew"));
}

#[test]
fn a_request_that_would_end_after_the_deadline_is_not_sent() {
    let server = Server::scripted(Duration::from_millis(200), |_, asked| Answer::Content(fluent(asked)));
    let kabar = Kabar::with_backend(&server.url);
    kabar.write("in/a.txt", "Hujan turun di Bogor.\n");
    kabar.remember_slowness("desk");
    kabar.expect(7, &["translate", "in", "-o", "out", "--deadline", "10m"]);
    assert!(server.requests().is_empty(), "the runs before say how long a request takes");
    kabar.expect(0, &["translate", "in", "-o", "out", "--receipt", "receipt.json"]);
    let usual = kabar.json("receipt.json")["backends"]["desk"]["usual_seconds"].as_f64().unwrap();
    assert!(usual >= 0.2, "{usual}");
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

/// A backend that bills a dollar for each answer (fifty tokens out) and a folder with six articles of one paragraph.
fn billed(server: &Server, budget: &str) -> Kabar {
    let kabar = Kabar::with_backend(&server.url);
    let price = "price = { input = 0.0, output = 1.0, per = 50 }\n";
    // Summaries cost nothing: sentences of the translation are chosen.
    let config =
        kabar.read("kabar.toml").replace("[summary]\nbackend = [\"desk\"]", "[summary]\nbackend = [\"offline\"]");
    kabar.config(&format!("{config}{price}[budget]\n{budget}\n"));
    for n in 0..6 {
        kabar.write(&format!("in/{n}.txt"), &format!("Hujan turun di desa nomor {}.\n", n + 100));
    }
    kabar
}

/// A run that begins at `now`; its exit code and what `kabar status` then says of money.
fn run_at(kabar: &Kabar, now: &str) -> (Option<i32>, String) {
    let at = |arguments: &[&str]| kabar.command(arguments).env("KABAR_NOW", now).output().unwrap();
    let code = at(&["translate", "in", "-o", "out", "-j", "1"]).status.code();
    let status = String::from_utf8(at(&["status", "out"]).stdout).unwrap();
    (code, status.lines().find(|line| line.starts_with("spent")).unwrap_or_default().to_owned())
}

#[test]
fn the_budgets_of_a_day_and_of_a_month_hold_over_many_runs() {
    let server = Server::fluent();
    let kabar = billed(&server, "day = 2.1\nmonth = 4.1");
    let line = |day: &str, month: &str| format!("spent      {day} of 2.10 today, {month} of 4.10 this month");
    let cases = [
        ("2026-11-29T05:00:00+07:00[Asia/Jakarta]", 7, 2, line("2.00 USD", "2.00 USD")),
        ("2026-11-29T23:59:00+07:00[Asia/Jakarta]", 7, 2, line("2.00 USD", "2.00 USD")),
        ("2026-11-30T00:01:00+07:00[Asia/Jakarta]", 7, 4, line("2.00 USD", "4.00 USD")),
        ("2026-11-30T12:00:00+07:00[Asia/Jakarta]", 7, 4, line("2.00 USD", "4.00 USD")),
        ("2026-12-01T05:00:00+07:00[Asia/Jakarta]", 0, 6, line("2.00 USD", "2.00 USD")),
    ];
    for (now, code, requests, spent) in cases {
        assert_eq!(run_at(&kabar, now), (Some(code), spent), "{now}");
        assert_eq!(server.requests().len(), requests, "{now}");
    }
}

#[test]
fn the_receipt_says_which_budget_is_used_up_and_what_to_do() {
    let server = Server::fluent();
    let kabar = billed(&server, "day = 0.1");
    let output = kabar.expect(7, &["translate", "in", "-o", "out", "--receipt", "receipt.json", "-q"]);
    assert_eq!(kabar.json("receipt.json")["stopped"], serde_json::json!({ "reason": "budget", "of": "day" }));
    let said = crate::support::kabar::stderr(&output);
    assert!(said.contains("the budget of this day is used up") && said.contains("on the next day"), "{said}");
    assert!(server.requests().is_empty());
}

#[test]
fn a_killed_run_has_booked_what_it_has_stored() {
    let server = Server::scripted(Duration::from_millis(100), |_, asked| Answer::Content(fluent(asked)));
    let kabar = billed(&server, "day = 100");
    let mut child = kabar.command(&["translate", "in", "-o", "out", "-j", "1", "--progress", "json"]).spawn().unwrap();
    let lines = std::io::BufRead::lines(std::io::BufReader::new(child.stderr.take().unwrap())).map_while(Result::ok);
    let mut finished = 0;
    for line in lines {
        finished += usize::from(line.contains("\"unit_finished\""));
        if finished == 3 {
            child.kill().unwrap();
            break;
        }
    }
    child.wait().unwrap();
    let state = kabar::state::State::open_for_reading(&kabar.path("out/.kabar"), "").unwrap();
    let booked: f64 = state.spent_since("2000-01-01").unwrap().iter().map(|spend| spend.amount).sum();
    assert!((3.0..5.0).contains(&booked) && booked.fract() == 0.0, "{booked}");
}
