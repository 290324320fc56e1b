//! How far the checks can be trusted: findings on good translations, and planted errors that are found.
//!
//! `cargo bench --bench checks -- FOLDER` reads `flores-dev.{id,en,google.en,microsoft.en}` and `news-valid.{id,en}` there
//! and prints a table; `--show RULE` prints the findings of a rule (or `all`) on good translations, `--missed KIND` the planted
//! errors that were not found.
#![allow(clippy::print_stdout, reason = "a bench prints what it measures")]

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Instant;

use kabar::model::finding::Severity;
use kabar::stage::check::Checks;

/// A segment and a good translation of it.
#[derive(Clone)]
struct Pair {
    id: String,
    en: String,
}

/// Numbers that look random and are the same on every run (`SplitMix64`).
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((z ^ (z >> 31)) % bound.max(1) as u64).unwrap_or(0)
    }

    fn pick<'a, T>(&mut self, from: &'a [T]) -> Option<&'a T> {
        from.get(self.below(from.len()))
    }
}

/// Plants one error of a kind into a good pair; `None` where it has no place for it.
type Plant = fn(&Pair, &[Pair], &mut Dice) -> Option<Pair>;

const PLANTS: &[(&str, f64, Plant)] = &[
    ("changed figure", 97.0, changed_figure),
    ("dropped sentence", 90.0, dropped_sentence),
    ("untranslated whole", 98.0, untranslated_whole),
    ("untranslated half", 98.0, untranslated_half),
    ("lost quotation", 90.0, lost_quotation),
    ("added quotation", 90.0, added_quotation),
    ("swapped name", 85.0, swapped_name),
    ("swapped capitalised word", 0.0, swapped_capital),
    ("flipped negation", 75.0, flipped_negation),
    ("added sentence", 80.0, added_sentence),
];

fn main() -> anyhow::Result<()> {
    let arguments: Vec<_> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let Some(folder) = arguments.first().filter(|first| !first.starts_with("--")) else {
        println!("cargo bench --bench checks -- FOLDER [--show RULE] [--missed KIND]");
        return Ok(());
    };
    let option = |name: &str| arguments.iter().position(|a| a == name).and_then(|at| arguments.get(at + 1).cloned());
    let (show, missed) = (option("--show"), option("--missed"));
    let sets = [
        ("flores reference", "flores-dev.id", "flores-dev.en"),
        ("flores google", "flores-dev.id", "flores-dev.google.en"),
        ("flores microsoft", "flores-dev.id", "flores-dev.microsoft.en"),
        ("news reference", "news-valid.id", "news-valid.en"),
    ];
    let checks = Checks::default();
    let mut good = Vec::new();
    println!(
        "| good translations | segments | errors in 1,000 | by rule | warnings in 1,000 | by rule |\n|---|---|---|---|---|---|"
    );
    for (name, id, en) in sets {
        let pairs = load(Path::new(folder), id, en)?;
        println!("{}", clean_row(&checks, name, &pairs, show.as_deref()));
        if !name.starts_with("news") {
            good.push((name, pairs));
        }
    }
    println!("\n| planted error | asked | found: reference | google | microsoft |\n|---|---|---|---|---|");
    for (kind, asked, plant) in PLANTS {
        let found: Vec<_> =
            good.iter().map(|(_, pairs)| planted(&checks, pairs, *plant, missed.as_deref() == Some(*kind))).collect();
        let asked = if *asked > 0.0 { format!("{asked:.0} %") } else { "–".to_owned() };
        println!("| {kind} | {asked} | {} |", found.join(" | "));
    }
    println!("\n{}", speed(&checks, &good));
    Ok(())
}

fn load(folder: &Path, id: &str, en: &str) -> anyhow::Result<Vec<Pair>> {
    let read = |name: &str| std::fs::read_to_string(folder.join(name));
    let reference = if id.starts_with("flores") { "flores-dev.en" } else { en };
    let (id, en, reference) = (read(id)?, read(en)?, read(reference)?);
    let lines = id.lines().zip(en.lines()).zip(reference.lines());
    Ok(lines.map(|((id, en), reference)| unwrapped(id, en, reference)).collect())
}

/// Some lines of the Indonesian file stand in quotation marks that a table format added around lines that hold any (their
/// own last mark may be the closing one); where the reference shows that they are none of the text, they go, and from
/// a translation that kept them too.
fn unwrapped(id: &str, en: &str, reference: &str) -> Pair {
    let marks = |text: &str| text.matches(['"', '“', '”']).count();
    let is_wrapped =
        |text: &str| text.starts_with(['"', '“']) && text.trim_end().ends_with(['"', '”']) && marks(text) > 2;
    let inner = |text: &str| {
        let text = text.trim().trim_start_matches(['"', '“']);
        let is_own = marks(text).is_multiple_of(2);
        (if is_own { text } else { text.trim_end_matches(['"', '”']) }).to_owned()
    };
    let strip = is_wrapped(id) && !reference.starts_with(['"', '“']);
    let clean = |text: &str| if strip && is_wrapped(text) { inner(text) } else { text.to_owned() };
    Pair { id: clean(id), en: clean(en) }
}

fn clean_row(checks: &Checks, name: &str, pairs: &[Pair], show: Option<&str>) -> String {
    let mut by_rule: BTreeMap<(Severity, String), usize> = BTreeMap::new();
    for pair in pairs {
        for finding in checks.segment(&pair.id, &pair.en) {
            if show.is_some_and(|rule| rule == finding.rule || rule == "all") {
                println!(
                    "-- {} {:?} | {}\n   {}\n   {}",
                    finding.rule, finding.severity, finding.detail, pair.id, pair.en
                );
            }
            *by_rule.entry((finding.severity, finding.rule)).or_default() += 1;
        }
    }
    let of = |severity| {
        let own = || by_rule.iter().filter(move |((other, _), _)| *other == severity);
        let rules: Vec<_> = own().map(|((_, rule), count)| format!("{rule} {count}")).collect();
        let all: usize = own().map(|(_, count)| count).sum();
        format!("{:.1} | {}", 1000.0 * share(all, pairs.len()), rules.join(", "))
    };
    format!("| {name} | {} | {} | {} |", pairs.len(), of(Severity::Error), of(Severity::Warn))
}

/// The share of planted errors found, as errors and beyond that as warnings. Pairs that carry such a finding before are
/// left out of the count: they would be found for nothing.
fn planted(checks: &Checks, pairs: &[Pair], plant: Plant, show: bool) -> String {
    let worst = |pair: &Pair| checks.segment(&pair.id, &pair.en).iter().map(|finding| finding.severity).max();
    let (mut errors, mut warnings, mut all) = (0, 0, 0);
    let mut dice = Dice(7);
    for at in 0..pairs.len() {
        let around = pairs.get(at..).unwrap_or_default();
        let Some(pair) = around.first().filter(|pair| worst(pair) < Some(Severity::Error)) else { continue };
        let Some(bad) = plant(pair, around, &mut dice) else { continue };
        all += 1;
        match worst(&bad) {
            Some(Severity::Error) => errors += 1,
            Some(Severity::Warn) if worst(pair) < Some(Severity::Warn) => warnings += 1,
            _ if show => println!("-- {}\n   {}", bad.id, bad.en),
            _ => {}
        }
    }
    let percent = |count| 100.0 * share(count, all);
    let warned = if warnings > 0 { format!(" (and {:.1} % warned)", percent(warnings)) } else { String::new() };
    format!("{:.1} %{warned} of {all}", percent(errors))
}

fn speed(checks: &Checks, good: &[(&str, Vec<Pair>)]) -> String {
    let pairs: Vec<_> = good.iter().flat_map(|(_, pairs)| pairs).collect();
    let start = Instant::now();
    let findings: usize = pairs.iter().map(|pair| checks.segment(&pair.id, &pair.en).len()).sum();
    let seconds = start.elapsed().as_secs_f64();
    let each: f64 = u32::try_from(pairs.len()).map_or(0.0, f64::from);
    format!("All checks: {:.0} segments a second on one core ({findings} findings of any severity).", each / seconds)
}

fn share(part: usize, whole: usize) -> f64 {
    let count = |n: usize| u32::try_from(n).map_or(0.0, f64::from);
    count(part) / count(whole.max(1))
}

fn words(text: &str) -> Vec<&str> {
    text.split(' ').collect()
}

fn with_word(pair: &Pair, at: usize, word: &str) -> Pair {
    let mut all = words(&pair.en);
    if let Some(place) = all.get_mut(at) {
        *place = word;
    }
    Pair { id: pair.id.clone(), en: all.join(" ") }
}

fn positions(pair: &Pair, is_wanted: impl Fn(&str) -> bool) -> Vec<usize> {
    words(&pair.en).iter().enumerate().filter(|(_, word)| is_wanted(word)).map(|(at, _)| at).collect()
}

const NUMBERS: [&str; 10] = ["three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"];

/// One digit becomes another, or one number word another.
fn changed_figure(pair: &Pair, _: &[Pair], dice: &mut Dice) -> Option<Pair> {
    let is_number = |word: &str| {
        word.bytes().any(|byte| byte.is_ascii_digit())
            || NUMBERS.contains(&word.trim_matches(|c: char| !c.is_alphabetic()))
    };
    let at = *dice.pick(&positions(pair, is_number))?;
    let word = *words(&pair.en).get(at)?;
    let digits: Vec<_> = word.char_indices().filter(|(_, c)| c.is_ascii_digit()).collect();
    if let Some(&(place, digit)) = dice.pick(&digits) {
        let other = char::from(b'1' + u8::try_from((digit as usize - '0' as usize + dice.below(8)) % 9).ok()?);
        let other = if other == digit { '0' } else { other };
        return Some(with_word(pair, at, &format!("{}{other}{}", word.get(..place)?, word.get(place + 1..)?)));
    }
    let core = word.trim_matches(|c: char| !c.is_alphabetic());
    let others: Vec<_> = NUMBERS.iter().filter(|other| **other != core).collect();
    Some(with_word(pair, at, &word.replace(core, dice.pick(&others)?)))
}

/// Two to four running sentences as one segment, one of them left out.
fn dropped_sentence(_: &Pair, around: &[Pair], dice: &mut Dice) -> Option<Pair> {
    let run = around.get(..2 + dice.below(3))?;
    let dropped = dice.below(run.len());
    let id: Vec<_> = run.iter().map(|pair| pair.id.as_str()).collect();
    let en: Vec<_> =
        run.iter().enumerate().filter(|(at, _)| *at != dropped).map(|(_, pair)| pair.en.as_str()).collect();
    Some(Pair { id: id.join(" "), en: en.join(" ") })
}

#[expect(clippy::unnecessary_wraps, reason = "it has the form of a plant")]
fn untranslated_whole(pair: &Pair, _: &[Pair], _: &mut Dice) -> Option<Pair> {
    Some(Pair { id: pair.id.clone(), en: pair.id.clone() })
}

/// The second half of the words stays Indonesian.
fn untranslated_half(pair: &Pair, _: &[Pair], _: &mut Dice) -> Option<Pair> {
    let (id, en) = (words(&pair.id), words(&pair.en));
    let half = [en.get(..en.len() / 2)?, id.get(id.len() / 2..)?].concat();
    (id.len() >= 8).then(|| Pair { id: pair.id.clone(), en: half.join(" ") })
}

/// One pair of quotation marks goes, its words stay. Texts with marks that have no partner, or that stand in marks as a
/// whole, are left alone: there the marks are the table format's as often as the text's.
fn lost_quotation(pair: &Pair, _: &[Pair], dice: &mut Dice) -> Option<Pair> {
    let marks: Vec<_> = pair.en.char_indices().filter(|(_, c)| matches!(c, '"' | '“' | '”')).collect();
    let pairs: Vec<_> = marks.chunks_exact(2).collect();
    let [(open, a), (close, b)] = *dice.pick(&pairs)? else { return None };
    let is_whole = *open == 0 && close + b.len_utf8() == pair.en.trim_end().len();
    if is_whole || !marks.len().is_multiple_of(2) {
        return None;
    }
    let (before, inside) = (pair.en.get(..*open)?, pair.en.get(open + a.len_utf8()..*close)?);
    Some(Pair { id: pair.id.clone(), en: format!("{before}{inside}{}", pair.en.get(close + b.len_utf8()..)?) })
}

/// Five words in the middle become a quotation.
fn added_quotation(pair: &Pair, _: &[Pair], dice: &mut Dice) -> Option<Pair> {
    let all = words(&pair.en);
    if all.len() < 12 || pair.en.contains(['"', '“', '”']) {
        return None;
    }
    let from = 2 + dice.below(all.len() - 10);
    let quoted = format!("\"{}\"", all.get(from..from + 5)?.join(" "));
    let parts = [all.get(..from)?, &[quoted.as_str()], all.get(from + 5..)?].concat();
    Some(Pair { id: pair.id.clone(), en: parts.join(" ") })
}

fn names(pair: &Pair) -> Vec<usize> {
    let is_name = |word: &str| {
        let core = word.trim_matches(|c: char| !c.is_alphanumeric());
        core.chars().count() >= 4 && core.starts_with(char::is_uppercase) && core.chars().all(char::is_alphabetic)
    };
    let all = words(&pair.en);
    let inside = |at: &usize| *at > 0 && !all.get(at - 1).is_some_and(|word| word.ends_with(['.', '"', '”', ':', '“']));
    positions(pair, is_name).into_iter().filter(inside).collect()
}

/// A name that both texts hold becomes one of another segment.
fn swapped_name(pair: &Pair, around: &[Pair], dice: &mut Dice) -> Option<Pair> {
    swapped(pair, around, dice, true)
}

/// Any capitalised word in the middle of a sentence, translated or not, becomes one of another segment.
fn swapped_capital(pair: &Pair, around: &[Pair], dice: &mut Dice) -> Option<Pair> {
    swapped(pair, around, dice, false)
}

fn swapped(pair: &Pair, around: &[Pair], dice: &mut Dice, in_both: bool) -> Option<Pair> {
    let core = |word: &str| word.trim_matches(|c: char| !c.is_alphanumeric()).to_owned();
    let of = |other: &Pair| {
        let all = words(&other.en);
        let own = names(other).into_iter().filter_map(|at| Some((at, core(all.get(at)?))));
        own.filter(|(_, name)| !in_both || words(&other.id).iter().any(|word| core(word) == *name)).collect::<Vec<_>>()
    };
    let (at, own) = dice.pick(&of(pair))?.clone();
    let strangers: Vec<_> = around.iter().skip(20).take(30).flat_map(of).map(|(_, name)| name).collect();
    let strangers: Vec<_> = strangers.into_iter().filter(|name| !pair.en.contains(name.as_str())).collect();
    Some(with_word(pair, at, &words(&pair.en).get(at)?.replace(&own, dice.pick(&strangers)?)))
}

/// A `not` goes, or comes after an auxiliary.
fn flipped_negation(pair: &Pair, _: &[Pair], dice: &mut Dice) -> Option<Pair> {
    for (from, to) in [(" not ", " "), ("n't ", " "), (" cannot ", " can "), (" never ", " "), (" no ", " a ")] {
        if pair.en.contains(from) {
            return Some(Pair { id: pair.id.clone(), en: pair.en.replacen(from, to, 1) });
        }
    }
    let auxiliaries =
        ["is", "was", "are", "were", "has", "have", "had", "will", "would", "can", "could", "should", "must"];
    let at = *dice.pick(&positions(pair, |word| auxiliaries.contains(&word)))?;
    let word = format!("{} not", words(&pair.en).get(at)?);
    Some(with_word(pair, at, &word))
}

/// A sentence of another segment comes at the end.
fn added_sentence(pair: &Pair, around: &[Pair], dice: &mut Dice) -> Option<Pair> {
    let strangers = around.get(20..)?;
    let stranger = strangers.get(dice.below(strangers.len().min(50)))?;
    Some(Pair { id: pair.id.clone(), en: format!("{} {}", pair.en, stranger.en) })
}
