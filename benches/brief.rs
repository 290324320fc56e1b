//! Measures grouping and disagreements on the fixtures, and the time and memory of ten thousand articles without a
//! model: `cargo bench --bench brief`. The figures stand in `docs/QUALITY.md`.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    missing_docs,
    reason = "a bench"
)]

#[path = "../tests/it/support/briefing.rs"]
mod briefing;

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use kabar::model::event::Silent;
use kabar::model::record::ArticleRecord;
use kabar::pipeline::brief::Briefer;
use kabar::pipeline::chain::Chain;
use kabar::pipeline::ledger::Ledger;
use kabar::pipeline::site::SiteMaker;
use kabar::stage::brief::{BriefOptions, Known, Selection, Story, Window, group, read_date};
use kabar::stage::prompt::Prompts;
use kabar::stage::write::{PageOptions, Theme};

fn main() {
    fixtures();
    ten_thousand();
}

fn fixtures() {
    let expected = briefing::expected();
    let stories = briefing::stories(&expected);
    let groups = group(&stories);
    let (precision, recall) = briefing::score(&expected, &stories, &groups);
    println!(
        "grouping: {} articles in {} groups, pairwise precision {precision:.3}, recall {recall:.3}",
        stories.len(),
        groups.len()
    );
    halves(&expected, &stories);
    for set in ["briefing/expected.toml", "disagreements/second.toml", "disagreements/third.toml"] {
        disagreements(set);
    }
}

/// Pairwise precision and recall over forty random halves of the articles: a desk sees parts of events.
fn halves(expected: &briefing::Expected, stories: &[Story]) {
    let mut random = Random(1);
    let scores: Vec<(f64, f64)> = (0..40)
        .map(|_| {
            let half: Vec<Story> = stories.iter().filter(|_| random.next().is_multiple_of(2)).cloned().collect();
            briefing::score(expected, &half, &group(&half))
        })
        .collect();
    let mean = |of: fn(&(f64, f64)) -> f64| scores.iter().map(of).sum::<f64>() / scores.len() as f64;
    println!("  of 40 random halves: mean precision {:.3}, mean recall {:.3}", mean(|s| s.0), mean(|s| s.1));
}

fn disagreements(set: &str) {
    let expected = briefing::expected_of(set);
    let stories = briefing::stories(&expected);
    let (hit, missed, wrong) = briefing::disagreements(&expected, &stories, &group(&stories));
    let planted = hit.len() + missed.len();
    println!("disagreements in {set}: {} of {planted} planted found, {} others", hit.len(), wrong.len());
    for what in missed {
        println!("  missed  {what}");
    }
    for what in wrong {
        println!("  other   {what}");
    }
}

const ARTICLES: usize = 10_000;

/// Ten thousand articles of about 2,500 events, the fixtures among them.
fn ten_thousand() {
    let dir = tempfile::tempdir().unwrap();
    let expected = briefing::expected();
    for article in &expected.article {
        let (name, record) = briefing::record(&article.path);
        put(dir.path(), &name, &record);
    }
    let (_, template) = briefing::record(&expected.article[0].path);
    let mut random = Random(7);
    for n in 0..ARTICLES - expected.article.len() {
        put(dir.path(), &format!("outlet-{}/a{n}", n % 40), &invented(&template, n, &mut random));
    }
    let (started, before) = (Instant::now(), processor());
    let briefing = tokio::runtime::Runtime::new().unwrap().block_on(briefer(dir.path()).brief()).unwrap().briefing;
    let (seconds, used) = (started.elapsed().as_secs_f64(), processor() - before);
    let events = briefing.items.len() + briefing.more.len();
    println!(
        "{ARTICLES} articles: {} selected, {events} events, {seconds:.1} s ({used:.1} s of processor time), peak {} MB",
        briefing.coverage.selected,
        peak()
    );
    site(dir.path());
}

/// The same articles as a site.
fn site(dir: &Path) {
    let out = dir.join("site");
    let maker = SiteMaker {
        dir: dir.to_owned(),
        out: out.clone(),
        theme: Theme::builtin(),
        pages: PageOptions { title: "Kabar".into(), ..PageOptions::default() },
        watch: Vec::new(),
    };
    for turn in ["a site", "the same again"] {
        let (started, before) = (Instant::now(), processor());
        let report = maker.make().unwrap();
        let (seconds, used) = (started.elapsed().as_secs_f64(), processor() - before);
        let sizes: Vec<u64> = std::fs::read_dir(out.join("search"))
            .unwrap()
            .map(|file| file.unwrap().metadata().unwrap().len())
            .collect();
        println!(
            "{turn}: {} files in {seconds:.1} s ({used:.1} s of processor time), peak {} MB; search {} MB in {} files, the largest {} KB",
            report.files,
            peak(),
            sizes.iter().sum::<u64>() / 1_000_000,
            sizes.len(),
            sizes.iter().max().unwrap() / 1_000
        );
    }
}

fn briefer(dir: &Path) -> Briefer {
    let window = Window { from: read_date("2026-11-22").unwrap(), to: read_date("2026-11-26").unwrap() };
    Briefer {
        dir: dir.to_owned(),
        selection: Selection {
            window,
            late: false,
            outlets: Vec::new(),
            topics: Vec::new(),
            told: Known::default(),
            again: false,
            first: false,
        },
        zone: jiff::tz::TimeZone::UTC,
        options: BriefOptions { items: 20, words: 60, ..BriefOptions::default() },
        previous: None,
        chain: Chain::default(),
        prompts: Prompts::builtin(),
        ledger: Arc::new(Ledger::new(
            Arc::new(Silent),
            kabar::pipeline::ledger::Allowance::default(),
            Arc::new(String::new),
        )),
        books: None,
        stopper: kabar::pipeline::stop::Stopper::default(),
    }
}

fn put(dir: &Path, name: &str, record: &ArticleRecord) {
    let path = dir.join(format!("{name}.json"));
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, serde_json::to_string(record).unwrap()).unwrap();
}

/// An article of six paragraphs in invented words; every fourth begins a new event, the others retell it.
fn invented(template: &ArticleRecord, n: usize, random: &mut Random) -> ArticleRecord {
    let mut event = Random(n as u64 / 4 + 1_000);
    let names: Vec<String> = (0..8).map(|_| capital(&event.word(3))).collect();
    let mut record = template.clone();
    let paragraphs = record.sections.iter_mut().flat_map(|section| &mut section.paragraphs);
    for (at, paragraph) in paragraphs.enumerate() {
        let mut text = format!("Pada hari itu {} {}", names[at % 8], names[(at + 1) % 8]);
        for _ in 0..45 {
            text.push(' ');
            text.push_str(&random.common());
        }
        text.push_str(&format!(" sebanyak {} orang.", 2 + random.next() % 400));
        paragraph.en = Some(text.clone());
        paragraph.id = text;
    }
    record.title.id = Some(format!("{} {}", names[0], random.common()));
    record.source.sha256 = format!("{n:064x}");
    record.source.url = None;
    record.source.outlet = Some(format!("Outlet {}", n % 40));
    record.source.date = Some(format!("2026-11-{}T{:02}:00:00+07:00", 22 + n % 4, n % 24));
    record
}

fn capital(word: &str) -> String {
    word[..1].to_uppercase() + &word[1..]
}

/// `SplitMix64`, seeded: the same articles in every run.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn word(&mut self, syllables: usize) -> String {
        const FIRST: &[u8] = b"bdgjklmnprstw";
        const SECOND: &[u8] = b"aeiou";
        let mut word = String::new();
        for _ in 0..syllables {
            let n = self.next() as usize;
            word.push(FIRST[n % FIRST.len()] as char);
            word.push(SECOND[n / 64 % SECOND.len()] as char);
        }
        word
    }

    /// A word of a vocabulary of some thousands, the first ones far more often.
    fn common(&mut self) -> String {
        let rank = (self.next() % 64 + 1) * (self.next() % 64 + 1);
        Random(rank).word(2 + rank as usize % 3)
    }
}

/// Seconds of processor time that this process has used (Linux; a hundred ticks a second).
fn processor() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let behind_name = stat.rsplit(')').next().unwrap_or_default();
    let ticks = behind_name.split_whitespace().skip(11).take(2).filter_map(|field| field.parse::<f64>().ok());
    ticks.sum::<f64>() / 100.0
}

/// Most memory that this process has held, in MB (Linux).
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap_or_default();
    line.split_whitespace().nth(1).and_then(|kb| kb.parse::<u64>().ok()).unwrap_or(0) / 1024
}
