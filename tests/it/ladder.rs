//! The ladder: where money or time are short the next backend takes over, and `kabar upgrade` does it better later.

use std::io::{BufRead as _, BufReader};
use std::time::Duration;

use crate::support::server::fluent;
use crate::support::{Answer, Kabar, Server};

/// A backend that bills a dollar for each answer, and one that costs nothing. Summaries are sentences of the translation.
struct Ladder {
    main: Server,
    spare: Server,
    kabar: Kabar,
}

const RUN: [&str; 6] = ["translate", "in", "-o", "out", "-j", "1"];

impl Ladder {
    /// Six articles of one paragraph, the newest last in the order of names.
    fn new(main: Server) -> Self {
        let spare = Server::fluent();
        let kabar = Kabar::bare();
        let backend = |name: &str, url: &str| {
            format!("[backends.{name}]\ndialect = \"openai\"\nurl = \"{url}\"\nmodel = \"{name}\"\nretries = 0\n")
        };
        kabar.config(&format!(
            "[translate]\nbackend = [\"main\", \"spare\"]\nwhen_short = \"next\"\n[summary]\nbackend = [\"offline\"]\n\
             {}price = {{ input = 0.0, output = 1.0, per = 50 }}\n{}",
            backend("main", &main.url),
            backend("spare", &spare.url)
        ));
        for n in 1..=6 {
            let date = format!("---\ndate: 2026-11-0{n}\n---\n\n");
            kabar.write(&format!("in/{n}.md"), &format!("{date}Hujan turun di desa nomor {}.\n", n + 100));
        }
        Self { main, spare, kabar }
    }

    /// The tier of each article, from the oldest to the newest.
    fn tiers(&self) -> Vec<String> {
        let tier = |n| self.kabar.json(&format!("out/{n}.json"))["provenance"]["tier"].as_str().unwrap().to_owned();
        (1..=6).map(tier).collect()
    }

    fn status(&self) -> String {
        status(&self.kabar)
    }

    /// Requests to both backends so far.
    fn sent(&self) -> (usize, usize) {
        (self.main.requests().len(), self.spare.requests().len())
    }
}

fn status(kabar: &Kabar) -> String {
    String::from_utf8(kabar.expect(0, &["status", "out"]).stdout).unwrap()
}

#[test]
fn where_the_budget_ends_the_next_backend_goes_on_and_every_record_says_so() {
    let ladder = Ladder::new(Server::fluent());
    ladder.kabar.expect(0, &[&RUN[..], &["--budget", "2.1", "--receipt", "receipt.json"]].concat());
    assert_eq!(ladder.tiers(), ["spare", "spare", "spare", "spare", "main", "main"], "the newest get the best");
    assert_eq!(ladder.sent(), (2, 4));
    let receipt = ladder.kabar.json("receipt.json");
    assert_eq!(receipt["tiers"], serde_json::json!({ "main": 2, "spare": 4 }));
    assert!(ladder.status().contains("tiers      main 2, spare 4"), "{}", ladder.status());
}

#[test]
fn where_the_deadline_is_near_the_quicker_backend_takes_over() {
    let ladder = Ladder::new(Server::fluent());
    ladder.kabar.remember_slowness("main");
    ladder.kabar.expect(0, &[&RUN[..], &["--deadline", "10m"]].concat());
    assert_eq!((ladder.tiers(), ladder.sent()), (vec!["spare".to_owned(); 6], (0, 6)));
}

#[test]
fn an_upgrade_does_the_newest_first_within_its_budget_and_goes_on_where_it_stopped() {
    let ladder = Ladder::new(Server::fluent());
    ladder.kabar.expect(0, &[&RUN[..], &["--budget", "0.1"]].concat());
    assert_eq!(ladder.sent(), (0, 6));
    ladder.kabar.expect(7, &["upgrade", "out", "-j", "1", "--budget", "2.1"]);
    assert_eq!(ladder.tiers(), ["spare", "spare", "spare", "spare", "main", "main"]);
    ladder.kabar.expect(0, &["upgrade", "out"]);
    assert_eq!((ladder.tiers(), ladder.sent()), (vec!["main".to_owned(); 6], (6, 6)));
    ladder.kabar.expect(0, &["upgrade", "out"]);
    ladder.kabar.expect(0, &RUN);
    assert_eq!(ladder.sent(), (6, 6), "what is as good as can be is not sent again");
    let upgraded = ladder.kabar.tree("out");
    ladder.kabar.expect(0, &["translate", "in", "-o", "anew"]);
    assert_eq!(upgraded, ladder.kabar.tree("anew"), "the bytes of a run that was never short");
}

#[test]
fn an_upgrade_leaves_nothing_worse_than_it_was() {
    // The better backend gives this text back untranslated.
    let stubborn = Server::scripted(Duration::ZERO, |_, asked| {
        let mut answer = fluent(asked);
        let text = asked["segments"][0]["text"].clone();
        if text.as_str().unwrap().contains("103") {
            answer["segments"][0]["en"] = text;
        }
        Answer::Content(answer)
    });
    let ladder = Ladder::new(stubborn);
    ladder.kabar.expect(0, &[&RUN[..], &["--budget", "0.1"]].concat());
    let before = ladder.kabar.read("out/3.json");
    ladder.kabar.expect(0, &["upgrade", "out"]);
    assert_eq!(ladder.kabar.read("out/3.json"), before);
    assert_eq!(ladder.tiers(), ["main", "main", "spare", "main", "main", "main"]);
    let sent = ladder.sent();
    ladder.kabar.expect(0, &["upgrade", "out"]);
    assert_eq!(ladder.sent(), sent, "what was tried in vain is not paid for again");
}

#[test]
fn a_killed_upgrade_is_finished_by_the_next_one() {
    let slow = Server::scripted(Duration::from_millis(40), |_, asked| Answer::Content(fluent(asked)));
    let ladder = Ladder::new(slow);
    ladder.kabar.expect(0, &[&RUN[..], &["--budget", "0.1"]].concat());
    for event in ["unit_finished", "article_written"] {
        let mut child = ladder.kabar.command(&["upgrade", "out", "-j", "1", "--progress", "json"]).spawn().unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines().map_while(Result::ok);
        assert!(lines.any(|line| line.contains(event)));
        child.kill().unwrap();
        child.wait().unwrap();
        assert!((1..=6).all(|n| ladder.kabar.path(&format!("out/{n}.md")).exists()));
    }
    ladder.kabar.expect(0, &["upgrade", "out"]);
    assert_eq!(ladder.tiers(), vec!["main"; 6]);
    assert!(ladder.main.requests().len() <= 8, "at most the request in flight is sent again at each kill");
}

/// Two articles of three paragraphs, of which a budget of three dollars pays title and first paragraph.
fn with_headlines() -> (Kabar, Server) {
    let server = Server::fluent();
    let kabar = Kabar::bare();
    kabar.config(&format!(
        "[translate]\nbackend = [\"main\", \"headline\"]\nwhen_short = \"next\"\n[summary]\nbackend = [\"offline\"]\n\
         [backends.main]\ndialect = \"openai\"\nurl = \"{}\"\nmodel = \"m\"\nprice = {{ input = 0.0, output = 1.0, per = 50 }}\n",
        server.url
    ));
    let rest = "Air sungai naik dua meter sejak hari Senin dan warga mengungsi ke balai desa. ".repeat(12);
    for n in 1..=2 {
        let text = format!("---\ntitle: Banjir di desa {n}\n---\n\nHujan turun di desa nomor {n}.\n\n{rest}\n");
        kabar.write(&format!("in/{n}.md"), &text);
    }
    (kabar, server)
}

#[test]
fn on_the_lowest_rung_title_and_first_paragraph_are_written_and_the_rest_says_why_not() {
    let (kabar, server) = with_headlines();
    let output = kabar.expect(7, &["translate", "in", "-o", "out", "-j", "1", "--budget", "3"]);
    let record = kabar.json("out/2.json");
    assert_eq!(record["provenance"]["tier"], "headline");
    assert!(record["title"]["en"].is_string(), "{record}");
    let paragraphs = record["sections"][0]["paragraphs"].as_array().unwrap();
    assert!(paragraphs[1]["en"].is_string() && paragraphs[2]["en"].is_null(), "{record}");
    assert!(paragraphs[2]["skipped"].as_str().unwrap().starts_with("headline only"), "{record}");
    assert!(kabar.read("out/2.md").contains("**Headline only:**"));
    assert!(status(&kabar).contains("2 pending") && status(&kabar).contains("headline 2"), "{}", status(&kabar));
    assert!(crate::support::kabar::stderr(&output).contains("2 left for the next run"));
    kabar.expect(0, &["check", "out"]);
    kabar.expect(0, &["translate", "in", "-o", "out"]);
    let sent = server.sent_texts();
    assert!(sent.iter().filter(|(text, _)| !text.starts_with("Air")).all(|(_, times)| *times == 1), "{sent:?}");
    assert_eq!(kabar.json("out/2.json")["provenance"]["tier"], "main");
    kabar.expect(0, &["translate", "in", "-o", "anew"]);
    assert_eq!(kabar.tree("out"), kabar.tree("anew"));
    let whole = kabar.tree("out");
    kabar.config(&kabar.read("kabar.toml").replace("model = \"m\"", "model = \"n\""));
    kabar.expect(7, &["translate", "in", "-o", "out", "-j", "1", "--budget", "3"]);
    assert_eq!(kabar.tree("out"), whole, "a headline never takes the place of a whole translation");
}

#[test]
fn a_headline_whose_input_is_gone_is_pruned_with_all_its_files() {
    let (kabar, _server) = with_headlines();
    kabar.expect(7, &["translate", "in", "-o", "out", "-j", "1", "--budget", "3"]);
    std::fs::remove_file(kabar.path("in/2.md")).unwrap();
    kabar.expect(0, &["translate", "in", "-o", "out", "--prune"]);
    let left: Vec<_> = kabar.tree("out").into_keys().map(|path| path.to_string_lossy().into_owned()).collect();
    assert_eq!(left, ["1.json", "1.md"]);
    assert!(status(&kabar).contains("1 done, 0 pending"), "{}", status(&kabar));
}

#[test]
fn the_lowest_rung_is_named_last_and_only_where_the_ladder_goes_down() {
    let kabar = Kabar::bare();
    kabar.write("in/a.txt", "Hujan turun.\n");
    for (list, when, says) in [
        ("\"headline\", \"offline\"", "next", "stands last"),
        ("\"headline\"", "next", "behind at least one"),
        ("\"offline\", \"headline\"", "stop", "when_short"),
    ] {
        kabar.config(&format!("[translate]\nbackend = [{list}]\nwhen_short = \"{when}\"\n"));
        let said = crate::support::kabar::stderr(&kabar.expect(2, &["plan", "in"]));
        assert!(said.contains(says) && said.contains("kabar.toml"), "{said}");
    }
}

#[test]
fn an_upgrade_whose_better_backend_is_not_there_says_so() {
    let main = Server::scripted(Duration::ZERO, |_, _| Answer::Raw(503, "{}".into(), Vec::new()));
    let ladder = Ladder::new(main);
    for n in 3..=6 {
        std::fs::remove_file(ladder.kabar.path(&format!("in/{n}.md"))).unwrap();
    }
    ladder.kabar.expect(0, &[&RUN[..], &["--budget", "0.1"]].concat());
    let before = ladder.kabar.tree("out");
    let said = crate::support::kabar::stderr(&ladder.kabar.expect(4, &["upgrade", "out", "-q"]));
    assert!(said.contains("main: ") && said.contains("503") && !said.contains("done:"), "{said}");
    assert!(said.contains("2 left for the next run"), "{said}");
    assert_eq!(ladder.kabar.tree("out"), before);
}
