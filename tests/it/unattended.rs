//! `kabar run` with nobody watching: who is told, and what runs it by the clock.

use std::process::Command;

use wiremock::matchers::any;
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

use crate::support::kabar::stderr;
use crate::support::{Answer, Kabar, Server, skipped};

/// A server that takes everything and remembers it.
struct Listener {
    runtime: tokio::runtime::Runtime,
    server: MockServer,
}

impl Listener {
    fn new(status: u16) -> Self {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let server = runtime.block_on(async {
            let server = MockServer::start().await;
            Mock::given(any()).respond_with(ResponseTemplate::new(status)).mount(&server).await;
            server
        });
        Self { runtime, server }
    }

    fn heard(&self) -> Vec<Request> {
        self.runtime.block_on(self.server.received_requests()).unwrap()
    }

    fn paths(&self) -> Vec<String> {
        self.heard().iter().map(|request| request.url.path().to_owned()).collect()
    }
}

/// A folder with one article, a backend at `url`, and `[notify]` settings.
fn folder(url: &str, notify: &str, listener: &Listener) -> Kabar {
    let kabar = Kabar::bare().env("HOOK", &format!("{}/hook/s3cret", listener.server.uri()));
    let kabar = kabar.env("PING", &format!("{}/ping", listener.server.uri()));
    kabar.config(&format!(
        "[input]\npaths = [\"in\"]\n[output]\nmetrics = \"kabar.prom\"\n[notify]\n{notify}\n[backends.desk]\n\
         dialect = \"openai\"\nurl = \"{url}\"\nmodel = \"scripted\"\nretries = 0\n"
    ));
    kabar.write("in/bogor.txt", "Hujan deras turun di Bogor sejak Senin pagi.\n");
    kabar
}

const BOTH: &str = "webhook_env = \"HOOK\"\nping_env = \"PING\"";

fn refusing() -> Server {
    Server::scripted(std::time::Duration::ZERO, |_, _| Answer::Raw(401, "{\"error\":{}}".into(), Vec::new()))
}

#[test]
fn a_good_run_says_nothing_but_that_it_is_alive() {
    let (listener, server) = (Listener::new(200), Server::fluent());
    let kabar = folder(&server.url, BOTH, &listener);
    let output = kabar.expect(0, &["run", "--quiet"]);
    assert_eq!((stderr(&output), output.stdout), (String::new(), Vec::new()));
    assert_eq!(listener.paths(), ["/ping/start", "/ping"]);
    let metrics = kabar.read("kabar.prom");
    assert!(metrics.contains("kabar_last_run_articles{state=\"written\"} 1\n"), "{metrics}");
    assert!(metrics.contains("kabar_last_run_exit_code 0\n"), "{metrics}");
}

#[test]
fn trouble_is_told_with_what_happened_and_what_to_do() {
    let (listener, server) = (Listener::new(200), refusing());
    let kabar = folder(&server.url, BOTH, &listener);
    kabar.expect(4, &["run", "--quiet"]);
    assert_eq!(listener.paths(), ["/ping/start", "/ping/fail", "/hook/s3cret"]);
    let notice: serde_json::Value = listener.heard()[2].body_json().unwrap();
    assert_eq!((&notice["schema"], &notice["exit"]), (&"kabar/notice/1".into(), &4.into()));
    assert!(notice["text"].as_str().unwrap().contains("desk"), "{notice}");
    assert!(kabar.read("kabar.prom").contains("kabar_last_run_exit_code 4\n"));
}

#[test]
fn each_service_is_told_in_its_own_way() {
    for (style, expect) in [("slack", "{\"text\":\"kabar: exit 4"), ("teams", "AdaptiveCard"), ("ntfy", "desk")] {
        let (listener, server) = (Listener::new(200), refusing());
        let kabar = folder(&server.url, &format!("webhook_env = \"HOOK\"\nstyle = \"{style}\""), &listener);
        kabar.expect(4, &["run", "--quiet"]);
        let body = String::from_utf8(listener.heard()[0].body.clone()).unwrap();
        assert!(body.contains(expect), "{style}: {body}");
    }
}

#[test]
fn a_dead_webhook_changes_nothing_and_its_address_is_not_shown() {
    let (listener, server) = (Listener::new(500), Server::fluent());
    let kabar = folder(&server.url, "when = \"always\"\nwebhook_env = \"HOOK\"\nping_env = \"NOT_SET\"", &listener);
    let said = stderr(&kabar.expect(0, &["run", "--quiet"]));
    assert!(said.contains("the webhook could not be told: HTTP 500") && said.contains("NOT_SET is not set"), "{said}");
    assert!(!said.contains("s3cret"), "{said}");
}

#[cfg(unix)]
#[test]
fn mail_goes_through_sendmail() {
    use std::os::unix::fs::PermissionsExt as _;
    let (listener, server) = (Listener::new(200), refusing());
    let kabar = folder(&server.url, "mail = \"desk@example.org\"\nsendmail = \"sendmail\"", &listener);
    let program = kabar.path("sendmail").display().to_string();
    kabar.config(&kabar.read("kabar.toml").replace("\"sendmail\"", &format!("\"{program}\"")));
    kabar.write("sendmail", "#!/bin/sh\ncat > mail.txt\n");
    std::fs::set_permissions(kabar.path("sendmail"), std::fs::Permissions::from_mode(0o755)).unwrap();
    kabar.expect(4, &["run", "--quiet"]);
    let mail = kabar.read("mail.txt");
    assert!(mail.contains("\nTo: desk@example.org\nSubject: kabar: exit 4 (") && !mail.contains('\r'), "{mail}");
}

#[cfg(unix)]
#[test]
fn the_crontab_line_runs_as_cron_would_run_it() {
    let server = Server::fluent();
    let kabar = Kabar::with_backend(&server.url);
    let name = "5% of Ani's news";
    kabar.write(&format!("{name}/in/bogor.txt"), "Hujan deras turun di Bogor sejak Senin pagi.\n");
    let config = kabar.read("kabar.toml") + "\n[input]\npaths = [\"in\"]\n";
    kabar.write(&format!("{name}/kabar.toml"), &config);
    let printed = kabar.command(&["init", "--cron"]).current_dir(kabar.path(name)).output().unwrap();
    let line = String::from_utf8(printed.stdout).unwrap();
    let command = line.trim_end().splitn(6, ' ').nth(5).unwrap().replace("\\%", "%");
    let run = Command::new("/bin/sh").args(["-c", &command]).env_clear().current_dir("/").output().unwrap();
    assert_eq!(run.status.code(), Some(0), "{command}: {}", stderr(&run));
    assert!(run.stdout.is_empty() && run.stderr.is_empty());
    assert!(kabar.path(name).join("kabar-out/bogor.md").exists());
}

#[cfg(unix)]
#[test]
fn systemd_finds_nothing_wrong_with_the_units() {
    if Command::new("systemd-analyze").arg("--version").output().is_err() {
        return skipped("systemd-analyze is not installed");
    }
    let kabar = Kabar::bare().env("USER", "root");
    let printed = String::from_utf8(kabar.expect(0, &["init", "--systemd"]).stdout).unwrap();
    let (service, timer) = printed.split_once("# /etc/systemd/system/kabar.timer\n").unwrap();
    kabar.write("kabar.service", service);
    kabar.write("kabar.timer", timer);
    let units = [kabar.path("kabar.service"), kabar.path("kabar.timer")];
    let verified = Command::new("systemd-analyze").arg("verify").args(units).output().unwrap();
    assert!(verified.status.success() && !stderr(&verified).contains("kabar."), "{}", stderr(&verified));
    kabar.write("kabar.service", &service.replace("User=root", "User=news"));
    // An exposure of 2.0 at most, of 10.
    let arguments = ["security", "--offline=true", "--threshold=20"];
    let rated = Command::new("systemd-analyze").args(arguments).arg(kabar.path("kabar.service")).output().unwrap();
    assert!(rated.status.success(), "{}", String::from_utf8_lossy(&rated.stdout));
}

#[test]
fn each_json_line_has_its_time_and_its_run_and_the_last_is_the_receipt() {
    let server = Server::fluent();
    let kabar = Kabar::with_backend(&server.url);
    kabar.write("in/bogor.txt", "Hujan deras turun di Bogor sejak Senin pagi.\n");
    let said = stderr(&kabar.expect(0, &["translate", "in", "--progress", "json"]));
    let mut lines: Vec<serde_json::Value> = said.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let receipt = lines.pop().unwrap();
    assert_eq!(receipt["schema"], "kabar/receipt/1");
    assert!(lines.len() >= 3, "{said}");
    for line in lines {
        assert!(line["time"].as_str().unwrap().ends_with('Z') && line["run"] == receipt["run"], "{line}");
    }
}

#[test]
fn a_run_that_finds_another_one_says_who_it_is_or_nothing_at_all() {
    let (listener, server) = (Listener::new(200), Server::fluent());
    let kabar = folder(&server.url, BOTH, &listener);
    let lock = kabar.path("kabar-out/.kabar/lock");
    let other = kabar::state::State::open(lock.parent().unwrap(), "", "process 7 on desk since noon").unwrap();
    let quiet = kabar.expect(5, &["run", "--if-locked", "quiet"]);
    assert_eq!((stderr(&quiet), quiet.stdout), (String::new(), Vec::new()));
    assert_eq!(listener.paths(), ["/ping/start"], "the run at work will say how it went");
    assert!(!kabar.path("kabar.prom").exists());
    let said = stderr(&kabar.expect(5, &["run"]));
    assert!(said.contains("process 7 on desk since noon"), "{said}");
    assert_eq!(listener.paths()[1..], ["/ping/start", "/ping/fail", "/hook/s3cret"]);
    drop(other);
    kabar.expect(0, &["run", "--if-locked", "quiet"]);
    let host = rustix::system::uname().nodename().to_string_lossy().into_owned();
    let holder = std::fs::read_to_string(lock).unwrap();
    assert!(holder.starts_with("process ") && holder.contains(&format!(" on {host} since 20")), "{holder}");
}

#[test]
fn a_run_waits_for_another_one_as_long_as_it_is_told_and_no_longer() {
    let server = Server::fluent();
    let kabar = Kabar::with_backend(&server.url);
    kabar.write("in/bogor.txt", "Hujan deras turun di Bogor sejak Senin pagi.\n");
    let other = kabar::state::State::open(&kabar.path("kabar-out/.kabar"), "", "another run").unwrap();
    let output = kabar.expect(5, &["translate", "in", "--wait", "300ms"]);
    assert!(stderr(&output).contains("another run"), "{}", stderr(&output));
    let mut waiting = kabar.command(&["translate", "in", "--wait", "5m"]).spawn().unwrap();
    assert!(waiting.try_wait().unwrap().is_none());
    drop(other);
    assert_eq!(waiting.wait().unwrap().code(), Some(0));
    assert!(kabar.path("kabar-out/bogor.md").exists());
}

#[cfg(unix)]
#[test]
fn the_journal_gets_levels_and_nobody_else() {
    use std::os::unix::fs::MetadataExt as _;
    let (listener, server) = (Listener::new(200), refusing());
    let kabar = folder(&server.url, "", &listener);
    for (shift, levels) in [(0, true), (1, false)] {
        let journal = std::fs::File::create(kabar.path("journal")).unwrap();
        let meta = journal.metadata().unwrap();
        let stream = format!("{}:{}", meta.dev(), meta.ino() + shift);
        let status = kabar.command(&["run"]).env("JOURNAL_STREAM", stream).stderr(journal).status().unwrap();
        assert_eq!(status.code(), Some(4));
        let said = kabar.read("journal");
        assert!(!said.is_empty());
        assert!(said.lines().all(|line| line.starts_with('<') == levels), "{said}");
        assert_eq!(said.contains("<3>kabar: backend desk is not used any more"), levels, "{said}");
    }
}

#[test]
fn a_run_has_one_name_in_logs_receipt_state_figures_and_notice() {
    let (listener, server) = (Listener::new(200), refusing());
    let kabar = folder(&server.url, "webhook_env = \"HOOK\"", &listener);
    let plain = stderr(&kabar.expect(4, &["run", "--quiet", "--receipt", "receipt.json"]));
    let receipt = kabar.json("receipt.json");
    let run = receipt["run"].as_str().unwrap();
    assert!(run.len() > 15);
    let status = String::from_utf8(kabar.expect(0, &["status", "--json"]).stdout).unwrap();
    let notice: serde_json::Value = listener.heard()[0].body_json().unwrap();
    assert_eq!(notice["receipt"]["run"], run);
    for (what, text) in [
        ("the log", plain.as_str()),
        ("the state", &status),
        ("the figures", &kabar.read("kabar.prom")),
        ("the notice", notice["text"].as_str().unwrap()),
    ] {
        assert!(text.contains(run), "{what} does not name {run}: {text}");
    }
}

#[test]
fn the_figures_are_named_as_prometheus_advises_and_as_the_page_says() {
    let (listener, server) = (Listener::new(200), Server::fluent());
    let kabar = folder(&server.url, "", &listener);
    kabar.config(&(kabar.read("kabar.toml") + "price = { input = 1.0, output = 1.0 }\n"));
    kabar.expect(0, &["run", "--quiet"]);
    let page = kabar.read("kabar.prom");
    let guide = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/OPERATIONS.md")).unwrap();
    let word = regex::Regex::new("^[a-z][a-z0-9_]*$").unwrap();
    let row = regex::Regex::new(r#"^([a-z_]+)(?:\{((?:[a-z]+="[^"]*",?)+)\})? [0-9.e+-]+$"#).unwrap();
    let mut names = Vec::new();
    for line in page.lines() {
        if let Some(head) = line.strip_prefix("# TYPE ") {
            let (name, kind) = head.split_once(' ').unwrap();
            assert_eq!(kind, "gauge");
            // A gauge carries its base unit, and never the endings that are kept for counters and histograms.
            assert!(word.is_match(name) && name.starts_with("kabar_last_run_"), "{name}");
            for ending in ["_total", "_count", "_sum", "_bucket", "_ms", "_minutes", "_hours", "_kb"] {
                assert!(!name.ends_with(ending), "{name}");
            }
            assert!(page.contains(&format!("# HELP {name} ")), "{name} is not explained");
            assert!(guide.contains(&format!("`{name}`")), "{name} is not in docs/OPERATIONS.md");
            names.push(name.to_owned());
        } else if !line.starts_with('#') {
            let found = row.captures(line).unwrap_or_else(|| panic!("{line}"));
            assert!(names.contains(&found[1].to_owned()), "{line} stands before its type");
        }
    }
    assert!(names.len() >= 10, "{names:?}");
    for name in regex::Regex::new("`(kabar_last_run_[a-z_]+)`").unwrap().captures_iter(&guide) {
        assert!(names.contains(&name[1].to_owned()), "{} is on the page and never written", &name[1]);
    }
}

#[cfg(unix)]
#[test]
fn telling_never_takes_longer_than_it_may() {
    use std::os::unix::fs::PermissionsExt as _;
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}/hook", silent.local_addr().unwrap());
    let (listener, server) = (Listener::new(200), Server::fluent());
    let notify = "when = \"always\"\nwebhook_env = \"SILENT\"\nping_env = \"SILENT\"\nmail = \"a@example.org\"\n\
                  sendmail = \"SENDMAIL\"\ntimeout = \"200ms\"";
    let kabar = folder(&server.url, notify, &listener).env("SILENT", &address);
    let program = kabar.path("sendmail").display().to_string();
    kabar.config(&kabar.read("kabar.toml").replace("SENDMAIL", &program));
    kabar.write("sendmail", "#!/bin/sh\nexec sleep 600\n");
    std::fs::set_permissions(kabar.path("sendmail"), std::fs::Permissions::from_mode(0o755)).unwrap();
    let said = stderr(&kabar.expect(0, &["run", "--quiet"]));
    for what in ["the webhook could not be told", "the dead man's switch could not be told", "mail could not be told"] {
        assert!(said.contains(what), "{what}: {said}");
    }
}

#[cfg(feature = "otel")]
#[test]
fn a_collector_gets_a_span_with_the_trouble_and_the_figures_under_their_names() {
    let (listener, server) = (Listener::new(200), refusing());
    let kabar = folder(&server.url, "", &listener)
        .env("OTEL_EXPORTER_OTLP_ENDPOINT", &format!("{}/", listener.server.uri()))
        .env("OTEL_EXPORTER_OTLP_HEADERS", "x-token=s3cret")
        .env("OTEL_SERVICE_NAME", "morning");
    kabar.expect(4, &["run", "--quiet", "--receipt", "receipt.json"]);
    assert_eq!(listener.paths(), ["/v1/traces", "/v1/metrics"]);
    let heard = listener.heard();
    assert!(heard.iter().all(|request| request.headers["x-token"] == "s3cret"));
    let trace: serde_json::Value = heard[0].body_json().unwrap();
    let resource = trace["resourceSpans"][0]["resource"]["attributes"].to_string();
    assert!(resource.contains("morning"), "{resource}");
    let span = &trace["resourceSpans"][0]["scopeSpans"][0]["spans"][0];
    let run = kabar.json("receipt.json")["run"].clone();
    assert_eq!(span["attributes"][0]["value"]["stringValue"], run);
    assert_eq!(span["status"]["code"], 2);
    let events: Vec<&str> = span["events"].as_array().unwrap().iter().map(|e| e["name"].as_str().unwrap()).collect();
    assert_eq!(events, ["backend_down", "stopping"]);
    let nanos = |name: &str| span[name].as_str().unwrap().parse::<u64>().unwrap();
    assert!(nanos("startTimeUnixNano") <= nanos("endTimeUnixNano") && nanos("startTimeUnixNano") > 1 << 60);
    let figures: serde_json::Value = heard[1].body_json().unwrap();
    let metrics = figures["resourceMetrics"][0]["scopeMetrics"][0]["metrics"].as_array().unwrap();
    let page = kabar.read("kabar.prom");
    assert!(
        metrics.len() >= 10
            && metrics.iter().all(|m| page.contains(&format!("# TYPE {} gauge", m["name"].as_str().unwrap())))
    );
    assert_eq!(metrics[0]["gauge"]["dataPoints"][0]["asDouble"], 4.0);
}
