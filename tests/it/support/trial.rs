//! Sixty articles, a faulty backend with a healthy one behind it, and what can befall the process on the way.
//!
//! The faults go by what is asked, never by chance or time, so that an undisturbed run has one right result: some
//! requests fail the first time (503, a cut connection, half a body), some texts are always answered in Indonesian, and
//! some are always refused; the last two end at the healthy backend.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::{Child, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};

use super::server::fluent;
use super::{Answer, Kabar, Server};

/// Articles of the run.
pub const ARTICLES: usize = 60;
/// Units in flight.
pub const IN_FLIGHT: usize = 8;
/// What is run, again and again.
pub const ARGUMENTS: [&str; 8] = ["translate", "in", "-o", "out", "-j", "8", "--progress", "json"];
/// The steps of a run, as the lines of its event stream show them.
pub const STEPS: [&str; 6] = [
    "\"event\":\"run_started\"",
    "\"event\":\"planned\"",
    "\"event\":\"plan_finished\"",
    "\"event\":\"unit_finished\"",
    "\"event\":\"article_written\"",
    "kabar/receipt/1",
];

/// The files of the output folder.
pub type Tree = BTreeMap<PathBuf, Vec<u8>>;

/// What befalls the process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Blow {
    /// SIGKILL.
    Kill,
    /// SIGTERM: it stops in order.
    Terminate,
    /// SIGSTOP, a start beside it, SIGCONT.
    Freeze,
    /// SIGKILL, and of what was not yet synced a random part is lost.
    PowerCut,
}

/// What came of a trial.
#[derive(Debug, Default, Clone, Copy)]
pub struct Tally {
    /// Blows that met a running process.
    pub blows: usize,
    /// Requests in all.
    pub requests: usize,
    /// Requests with a good answer whose texts had been answered before.
    pub twice: usize,
    /// How many of those the blow may cost.
    pub allowed: usize,
}

/// What a run leaves and costs that nothing befalls.
pub struct Undisturbed {
    /// The outputs.
    pub tree: Tree,
    /// Requests.
    pub requests: usize,
    /// From start to end.
    pub time: Duration,
}

/// Good answers, by backend and text.
type Answered = Arc<Mutex<(BTreeSet<String>, usize)>>;

/// A folder with articles and its two backends.
pub struct Trial {
    /// The folder.
    pub kabar: Kabar,
    faulty: Server,
    healthy: Server,
    answered: Answered,
}

impl Trial {
    /// Sixty articles of three to eight paragraphs.
    pub fn new() -> Self {
        let trial = Self::empty();
        trial.add(0..ARTICLES);
        trial
    }

    /// The two backends, and no article yet.
    pub fn empty() -> Self {
        let answered = Answered::default();
        let (failed, noted) = (Mutex::new(BTreeSet::new()), answered.clone());
        let faulty = Server::scripted(Duration::from_millis(2), move |_, asked| {
            let answer = fault(asked, &mut failed.lock().unwrap());
            answer.unwrap_or_else(|| well(asked, "faulty", &noted))
        });
        let noted = answered.clone();
        let healthy = Server::scripted(Duration::from_millis(2), move |_, asked| well(asked, "healthy", &noted));
        let kabar = Kabar::bare();
        let backend = |name: &str, url: &str| {
            format!(
                "[backends.{name}]\ndialect = \"openai\"\nurl = \"{url}\"\nmodel = \"scripted\"\nretries = 6\n\
                 retry_for = \"60s\"\nretry_wait = \"2ms\"\ntimeout = \"20s\"\n"
            )
        };
        kabar.config(&format!(
            "[translate]\nbackend = [\"faulty\", \"healthy\"]\n[summary]\nbackend = [\"faulty\", \"healthy\"]\n{}{}",
            backend("faulty", &faulty.url),
            backend("healthy", &healthy.url)
        ));
        Self { kabar, faulty, healthy, answered }
    }

    /// Writes further articles.
    pub fn add(&self, numbers: std::ops::Range<usize>) {
        numbers.for_each(|n| self.kabar.write(&format!("in/{n:05}.txt"), &article(n)));
    }

    /// A run without a blow.
    pub fn undisturbed() -> Undisturbed {
        let (trial, begun) = (Self::new(), Instant::now());
        let tree = trial.finish();
        assert_eq!(tree.len(), 2 * ARTICLES);
        let tally = trial.tally(0);
        assert_eq!(tally.twice, 0, "nothing is answered twice without a blow");
        Undisturbed { tree, requests: tally.requests, time: begun.elapsed() }
    }

    /// Runs to the end.
    pub fn finish(&self) -> Tree {
        self.kabar.expect(0, &ARGUMENTS);
        self.kabar.tree("out")
    }

    /// Starts a run and strikes it when a line of its event stream pleases `when`. Whether it was struck.
    pub fn strike_when(&self, blow: Blow, dice: &mut Dice, mut when: impl FnMut(&str) -> bool) -> bool {
        let mut child = self.start(Stdio::piped());
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines().map_while(Result::ok);
        let met = lines.any(|line| when(&line));
        // A process whose pipe is full could not end.
        let rest = std::thread::spawn(move || lines.count());
        let struck = met && self.strike(blow, &mut child, dice);
        self.end(blow, child, struck, dice);
        rest.join().unwrap();
        struck
    }

    /// Starts a run and strikes it after `time`, unless it has ended by then. Whether it was struck.
    pub fn strike_after(&self, blow: Blow, dice: &mut Dice, time: Duration) -> bool {
        let mut child = self.start(Stdio::null());
        std::thread::sleep(time);
        let struck = self.strike(blow, &mut child, dice);
        self.end(blow, child, struck, dice);
        struck
    }

    /// Starts a run.
    pub fn start(&self, stderr: Stdio) -> Child {
        self.kabar.command(&ARGUMENTS).stderr(stderr).stdout(Stdio::null()).spawn().unwrap()
    }

    fn strike(&self, blow: Blow, child: &mut Child, dice: &mut Dice) -> bool {
        if child.try_wait().unwrap().is_some() {
            return false;
        }
        let pid = Pid::from_raw(i32::try_from(child.id()).unwrap()).unwrap();
        match blow {
            Blow::Kill | Blow::PowerCut => child.kill().unwrap(),
            Blow::Terminate => kill_process(pid, Signal::TERM).unwrap(),
            Blow::Freeze => {
                kill_process(pid, Signal::STOP).unwrap();
                if self.kabar.path("out/.kabar/state.sqlite").exists() {
                    let beside = self.kabar.run(&ARGUMENTS).status.code();
                    // It may have been stopped before it took the lock or after its end.
                    assert!(matches!(beside, Some(0 | 5)), "a start beside a stopped run ended with {beside:?}");
                }
                std::thread::sleep(Duration::from_micros(dice.below(20_000)));
                kill_process(pid, Signal::CONT).unwrap();
            }
        }
        true
    }

    /// Waits for the end and looks at how it came.
    fn end(&self, blow: Blow, mut child: Child, struck: bool, dice: &mut Dice) {
        let code = child.wait().unwrap().code();
        match blow {
            Blow::Kill | Blow::PowerCut if struck => {
                // `None` is the kill; it may have ended just before.
                assert!(matches!(code, None | Some(0)), "{code:?}");
                if blow == Blow::PowerCut {
                    self.lose_what_was_not_synced(dice);
                }
            }
            Blow::Terminate if struck => assert!(matches!(code, None | Some(0 | 143)), "{code:?}"),
            // The start beside it may have held the lock first.
            _ => assert!(matches!(code, Some(0 | 5)), "{code:?}"),
        }
    }

    /// Cuts the write-ahead log at a random place behind what was synced, or drops it where nothing was; makes its new
    /// end noise; drops the shared-memory file; and takes back an output.
    fn lose_what_was_not_synced(&self, dice: &mut Dice) {
        let wal = self.kabar.path("out/.kabar/state.sqlite-wal");
        let shm = self.kabar.path("out/.kabar/state.sqlite-shm");
        if let Ok(mut bytes) = std::fs::read(&wal) {
            let (synced, end) = synced_of(&bytes, &std::fs::read(&shm).unwrap_or_default());
            let length = synced + usize::try_from(dice.below((end - synced + 1) as u64)).unwrap();
            bytes.truncate(length);
            let torn = length.saturating_sub(512).max(synced);
            bytes[torn..].iter_mut().for_each(|byte| *byte = u8::try_from(dice.below(256)).unwrap());
            match dice.below(4) {
                0 if synced == 0 => std::fs::remove_file(&wal).unwrap(),
                _ => std::fs::write(&wal, bytes).unwrap(),
            }
        }
        if dice.below(2) == 0 {
            let _ = std::fs::remove_file(&shm);
        }
        if let Some((path, _)) = self.kabar.tree("out").pop_last() {
            std::fs::remove_file(self.kabar.path("out").join(path)).unwrap();
        }
    }

    /// After the blows: the next run ends well with the bytes of an undisturbed one.
    ///
    /// # Panics
    /// Where it does not.
    pub fn ends_like(&self, expected: &Tree, what: &str) {
        let tree = self.finish();
        assert!(tree.keys().eq(expected.keys()), "{what}: {:?}", tree.keys().collect::<Vec<_>>());
        for (path, bytes) in &tree {
            assert!(bytes == &expected[path], "{what}: {} differs", path.display());
        }
    }

    /// What was sent so far.
    pub fn tally(&self, blows: usize) -> Tally {
        let requests = self.faulty.requests().len() + self.healthy.requests().len();
        Tally { blows, requests, twice: self.answered.lock().unwrap().1, allowed: 0 }
    }
}

/// An article of its own, its paragraphs apart by an empty line: no text of it stands in another.
pub fn article(n: usize) -> String {
    let paragraph = |p: usize| {
        let houses = 100 + n * 10 + p;
        format!("Paragraf {p} dari artikel {n} memuat berita tentang {houses} rumah yang terendam banjir.")
    };
    (1..=3 + n % 6).map(paragraph).collect::<Vec<_>>().join("\n\n")
}

/// What the faulty backend does instead of answering well; `failed` holds what it failed once.
fn fault(asked: &Value, failed: &mut BTreeSet<String>) -> Option<Answer> {
    let segments = asked["segments"].as_array();
    let text = segments.and_then(|segments| segments.first()).map_or(&asked["title"], |segment| &segment["text"]);
    let text = format!("{} {text}", asked["task"]);
    let kind = text.bytes().fold(7_u32, |sum, byte| (sum * 31 + u32::from(byte)) % 1009) % 16;
    match (kind, segments) {
        (0..=2, _) if !failed.insert(text) => None,
        (0, _) => Some(Answer::Raw(503, "{\"error\":{\"message\":\"overloaded\"}}".into(), Vec::new())),
        (1, _) => Some(Answer::Close),
        (2, Some(_)) => Some(Answer::Raw(200, "{\"choices\": [{\"message\": {\"content\": nul".into(), Vec::new())),
        (3, Some(segments)) => {
            let same = |segment: &Value| json!({ "n": segment["n"], "en": segment["text"] });
            Some(Answer::Content(json!({ "segments": segments.iter().map(same).collect::<Vec<_>>() })))
        }
        (4, Some(_)) => {
            let message = json!({ "role": "assistant", "content": null, "refusal": "I cannot help with that." });
            let choice = json!({ "index": 0, "finish_reason": "content_filter", "message": message });
            Some(Answer::Raw(200, json!({ "object": "chat.completion", "choices": [choice] }).to_string(), Vec::new()))
        }
        _ => None,
    }
}

/// A good answer, noted.
fn well(asked: &Value, backend: &str, answered: &Answered) -> Answer {
    let segments = asked["segments"].as_array().cloned().unwrap_or_default();
    let mut texts: Vec<String> = segments.iter().map(|segment| segment["text"].to_string()).collect();
    if texts.is_empty() {
        texts = vec![asked.to_string()];
    }
    let (known, twice) = &mut *answered.lock().unwrap();
    let mut again = false;
    for text in texts {
        again |= !known.insert(format!("{backend} {text}"));
    }
    *twice += usize::from(again);
    Answer::Content(fluent(asked))
}

/// How many bytes of a write-ahead log are synced, and where those end that were written. The index shows a transaction
/// when the log was synced (`synchronous = FULL`), and then its caller is told; frames behind that may be lost. Frames of
/// an older round have another salt (<https://sqlite.org/walformat.html>; the second copy of the header is written first).
fn synced_of(log: &[u8], index: &[u8]) -> (usize, usize) {
    const HEAD: usize = 32;
    const FRAME: usize = 24 + 4096;
    let salt = log.get(16..24);
    if salt.is_none() || index.get(80..88) != salt {
        return (log.len(), log.len());
    }
    let shown = u32::from_ne_bytes(index[64..68].try_into().unwrap()) as usize;
    let written = log[HEAD..].chunks_exact(FRAME).take_while(|frame| frame.get(8..16) == salt).count();
    (if shown == 0 { 0 } else { HEAD + shown * FRAME }, HEAD + written.max(shown) * FRAME)
}

/// Random numbers that are the same in every run of the tests.
pub struct Dice(u64);

impl Dice {
    /// A sequence of its own for each seed.
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    /// A number below `limit`.
    pub fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) % limit.max(1)
    }
}

/// At each step of the run, early, in the middle and late: struck again and again until nothing is left to do.
/// Each blow meets the run that resumes what the one before left.
pub fn at_every_step(blow: Blow, undisturbed: &Undisturbed) -> Tally {
    let mut dice = Dice::new(STEPS.len() as u64);
    let mut total = Tally::default();
    for step in STEPS {
        let trial = Trial::new();
        let mut blows = 0;
        for nth in [1, 2, 7, 25, 59] {
            let mut seen = 0;
            let struck = trial.strike_when(blow, &mut dice, |line| {
                seen += usize::from(line.contains(step));
                seen == nth
            });
            blows += usize::from(struck);
        }
        trial.ends_like(&undisturbed.tree, &format!("{blow:?} at {step}"));
        total.add(trial.judged(blow, blows, undisturbed.requests));
    }
    total
}

/// At random moments, until `blows` have met a running process.
pub fn at_random_moments(blow: Blow, blows: usize, seed: u64, undisturbed: &Undisturbed) -> Tally {
    let mut dice = Dice::new(seed);
    let mut total = Tally::default();
    let limit = u64::try_from(undisturbed.time.as_micros()).unwrap();
    while total.blows < blows {
        let trial = Trial::new();
        let mut here = 0;
        while total.blows + here < blows {
            let moment = Duration::from_micros(dice.below(limit));
            if !trial.strike_after(blow, &mut dice, moment) {
                break;
            }
            here += 1;
            if blow == Blow::Freeze {
                // It went on to its end.
                break;
            }
        }
        trial.ends_like(&undisturbed.tree, &format!("{blow:?}, seed {seed}, after {} blows", total.blows + here));
        total.add(trial.judged(blow, here, undisturbed.requests));
    }
    total
}

impl Tally {
    fn add(&mut self, other: Self) {
        self.blows += other.blows;
        self.requests += other.requests;
        self.twice += other.twice;
        self.allowed += other.allowed;
    }
}

impl Trial {
    /// The tally, if it is within what the blow may cost. Requests count beyond the minimum.
    fn judged(&self, blow: Blow, blows: usize, minimum: usize) -> Tally {
        let tally = self.tally(blows);
        assert!(tally.requests >= minimum, "{} of {minimum} requests", tally.requests);
        let allowed = match blow {
            // A power cut loses what was not synced: answers whose callers still waited.
            Blow::Kill | Blow::PowerCut => blows * IN_FLIGHT,
            // What is in flight is waited for and kept.
            Blow::Terminate | Blow::Freeze => 0,
        };
        assert!(tally.twice <= allowed, "{blow:?}: {} answered twice after {blows} blows", tally.twice);
        Tally { requests: tally.requests - minimum, allowed, ..tally }
    }
}
