//! Weeks of scripted clock: an outlet falls silent, is told once, and comes back.

use crate::support::kabar::stderr;
use crate::support::{Kabar, Server};

struct Desk {
    kabar: Kabar,
    _server: Server,
}

impl Desk {
    fn new(config: &str) -> Self {
        let server = Server::fluent();
        let kabar = Kabar::with_backend(&server.url);
        let summary =
            kabar.read("kabar.toml").replace("[summary]\nbackend = [\"desk\"]", "[summary]\nbackend = [\"offline\"]");
        kabar.config(&format!("[input]\npaths = [\"in\"]\n{config}{summary}"));
        Self { kabar, _server: server }
    }

    /// What an outlet sends on a day of November.
    fn sends(&self, outlet: &str, day: u32, articles: u32) {
        for n in 0..articles {
            let text = format!("---\noutlet: {outlet}\n---\n\nBerita {outlet} nomor {n} pada tanggal {day}.\n");
            self.kabar.write(&format!("in/{outlet}/{day}-{n}.md"), &text);
        }
    }

    /// The run of that day; what it says with `--quiet`.
    fn run(&self, day: u32) -> String {
        let now = format!("2026-11-{day:02}T05:25:00+07:00[Asia/Jakarta]");
        let output =
            self.kabar.command(&["run", "--quiet", "--receipt", "receipt.json"]).env("KABAR_NOW", now).output();
        let output = output.unwrap();
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        stderr(&output)
    }

    fn status(&self) -> String {
        String::from_utf8(self.kabar.expect(0, &["status"]).stdout).unwrap()
    }
}

#[test]
fn an_outlet_that_falls_silent_is_told_once_and_shown_until_it_is_back() {
    let desk = Desk::new("");
    for day in 1..=9 {
        desk.sends("Kompas", day, 2);
        desk.sends("Tempo", day, 1);
        assert_eq!(desk.run(day), "", "day {day}");
    }
    desk.sends("Tempo", 10, 1);
    let said = desk.run(10);
    assert_eq!(said, "kabar: warning: Kompas sent nothing in 24 hours, usually 2; look at the fetch\n");
    let alarm = &desk.kabar.json("receipt.json")["alarms"][0];
    assert_eq!((&alarm["outlet"], &alarm["kind"], &alarm["new"]), (&"Kompas".into(), &"silent".into(), &true.into()));
    desk.sends("Tempo", 11, 1);
    assert_eq!(desk.run(11), "", "told once");
    assert_eq!(desk.kabar.json("receipt.json")["alarms"][0]["new"], false);
    assert!(desk.status().contains("Kompas sent nothing"), "{}", desk.status());
    let briefing = String::from_utf8(desk.kabar.expect(0, &["brief", "--extractive", "--again"]).stdout).unwrap();
    assert!(briefing.contains("Kompas sent nothing in 24 hours, usually 2"), "{briefing}");
    desk.sends("Tempo", 12, 1);
    desk.sends("Kompas", 12, 2);
    assert_eq!(desk.run(12), "");
    assert!(!desk.status().contains("Kompas"), "{}", desk.status());
}

#[test]
fn paywalls_repeats_and_other_languages_are_told_on_the_first_day() {
    let desk = Desk::new("");
    let page = |outlet: &str, text: &str| format!("---\noutlet: {outlet}\n---\n\n{text}\n");
    for n in 0..3 {
        let stub = format!("Harga beras naik di {n} pasar.\n\nBerlangganan untuk membaca artikel ini.");
        desk.kabar.write(&format!("in/a/{n}.md"), &page("Kontan", &stub));
        desk.kabar
            .write(&format!("in/b/{n}.md"), &page("Antara", "Halaman ini sedang dalam perbaikan, silakan kembali."));
    }
    desk.kabar.write("in/b/3.md", &page("Antara", "Halaman ini sedang dalam perbaikan, silakan kembali."));
    let english =
        "The government said on Monday that it would build a new road through the forest this year, and that ";
    for n in 0..3 {
        let text = format!("{english}{n} villages would be moved to another place before the work begins.");
        desk.kabar.write(&format!("in/c/{n}.md"), &page("Jakarta Post", &text));
    }
    let said = desk.run(1);
    assert!(said.contains("Kontan sent only the first lines before a paywall (3 of 3)"), "{said}");
    assert!(said.contains("Antara sent the same page again and again (3 of 4)"), "{said}");
    assert!(said.contains("Jakarta Post sent another language than Indonesian (3 of 3)"), "{said}");
}
