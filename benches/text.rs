//! Speed and quality of reading, as tables.
//!
//! `cargo bench --bench text` measures bytes to sections on one core.
//! `cargo bench --bench text -- growth` measures whether one large article costs more for each megabyte than a small one.
//! `cargo bench --bench text -- marks FILE` prints article, first byte, kind, reason and text of each paragraph of a file of articles.
//! `cargo bench --bench text -- languages LIST` tells the languages of short texts, each alone and between Indonesian paragraphs.
//! `cargo bench --bench text -- quality FILE LIST` compares the marks with a list made by hand.
#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::indexing_slicing, missing_docs, reason = "a bench")]

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Instant;

use kabar::model::article::{Article, ParagraphKind};
use kabar::model::backend::Limits;
use kabar::stage::clean::{Rules, clean};
use kabar::stage::read::{Format, Input, ReadOptions, WalkOptions, open, parse_text, walk};
use kabar::stage::section::{pack, section, segments, sentences, sketch};

fn main() {
    let args: Vec<String> = std::env::args().skip(1).filter(|arg| arg != "--bench").collect();
    match args.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["growth"] => growth(),
        ["languages", list] => languages(list),
        ["marks", file] => marks(file),
        ["quality", file, list] => quality(file, list),
        _ => speed(),
    }
}

fn articles(file: &str) -> impl Iterator<Item = (String, Article)> {
    let rules = Rules::builtin();
    let options = ReadOptions::default();
    let found = walk(&[Input::Path(PathBuf::from(file))], &WalkOptions::default()).next().unwrap().unwrap();
    let raws = open(&found, &options);
    raws.filter_map(move |raw| {
        let raw = raw.ok()?;
        let name = raw.name.clone();
        let mut document = raw.parse(&options).ok()?;
        clean(&mut document, &rules);
        Some((name, section(document)))
    })
}

fn marks(file: &str) {
    for (name, article) in articles(file) {
        for paragraph in article.paragraphs() {
            let kind = serde_json::to_value(paragraph.kind).unwrap();
            let why = paragraph.skipped.as_deref().unwrap_or_default();
            println!("{name}\t{}\t{}\t{why}\t{}", paragraph.span.0, kind.as_str().unwrap(), paragraph.text);
        }
    }
}

/// The list holds a line for each paragraph that is not the story: `article <tab> first byte <tab> kind`.
fn quality(file: &str, list: &str) {
    let text = std::fs::read_to_string(list).unwrap();
    let mut listed: BTreeMap<(String, usize), String> = text
        .lines()
        .filter(|line| !line.starts_with('#'))
        .map(|line| line.split('\t').collect::<Vec<_>>())
        .map(|cells| ((cells[0].to_owned(), cells[1].parse().unwrap()), cells[2].to_owned()))
        .collect();
    let total = listed.len();
    let (mut right, mut honest_total, mut wrong) = (0u32, 0u32, 0u32);
    for (name, article) in articles(file) {
        for paragraph in article.paragraphs() {
            let marked = matches!(paragraph.kind, ParagraphKind::Boilerplate | ParagraphKind::Promo);
            let is_furniture = listed.remove(&(name.clone(), paragraph.span.0)).is_some();
            honest_total += u32::from(!is_furniture);
            right += u32::from(is_furniture && marked);
            if marked != is_furniture {
                wrong += u32::from(marked);
                println!("{}\t{name}\t¶{}\t{}", if marked { "lost" } else { "missed" }, paragraph.n, paragraph.text);
            }
        }
    }
    for (name, at) in listed.keys() {
        println!("not found\t{name}\tbyte {at}");
    }
    println!(
        "\n| furniture marked | honest paragraphs lost |\n|---|---|\n| {right} of {total} | {wrong} of {honest_total} |"
    );
}

/// The list holds a text on each line: `language <tab> text`.
fn languages(list: &str) {
    const CODES: [&str; 5] = ["id", "ms", "jv", "su", "en"];
    const AROUND: &str =
        "Pemerintah mengatakan bahwa harga beras sudah turun sejak pekan lalu karena panen raya di daerah.";
    let rules = Rules::builtin();
    let told = |text: &str| {
        let mut document = parse_text(text, Format::Text).unwrap();
        clean(&mut document, &rules);
        document
    };
    let mut counts: BTreeMap<(&str, usize, &str), usize> = BTreeMap::new();
    let texts = std::fs::read_to_string(list).unwrap();
    for (code, text) in texts.lines().filter(|line| !line.starts_with('#')).filter_map(|line| line.split_once('\t')) {
        let own = told(text).source.lang.unwrap_or_else(|| "id".into());
        let among = told(&format!("{AROUND}\n{AROUND}\n{AROUND}\n{text}"));
        let reason = among.blocks.last().and_then(|block| block.skipped.clone()).unwrap_or_default();
        let names = [("in English", "en"), ("Malay", "ms"), ("Javanese", "jv"), ("Sundanese", "su")];
        let paragraph = names.into_iter().find(|(name, _)| reason.contains(name)).map_or("id", |(_, code)| code);
        for (column, found) in [(0, own.as_str()), (1, paragraph)] {
            *counts.entry((code, column, CODES.into_iter().find(|code| *code == found).unwrap())).or_default() += 1;
            if found != code {
                println!("{} {code} taken for {found}: {text}", ["alone", "among Indonesian"][column]);
            }
        }
    }
    println!("\n| written in | alone taken for: {0} | as a paragraph among Indonesian: {0} |", CODES.join(" | "));
    println!("|---|{}", "---|".repeat(10));
    for code in CODES {
        let cell = |column| CODES.map(|found| counts.get(&(code, column, found)).map_or("–".into(), usize::to_string));
        println!("| {code} | {} | {} |", cell(0).join(" | "), cell(1).join(" | "));
    }
}

fn speed() {
    let paragraph = "Menteri Perdagangan mengatakan harga beras medium turun 3,5 persen menjadi Rp 13.500 per kilogram sejak awal \
        bulan, “Stok di gudang Bulog cukup sampai akhir tahun,” ujarnya di Jakarta, Senin (23/11/2026). ";
    let furniture =
        ["SCROLL TO CONTINUE WITH CONTENT", "Baca juga: Harga Cabai Turun Jelang Akhir Tahun", "Kenapa Harga Turun?"];
    let mut text = String::new();
    for n in 0..20_000 {
        text.push_str(&paragraph.repeat(1 + n % 3));
        text.push('\n');
        if n % 6 == 5 {
            text.push_str(furniture[n / 6 % 3]);
            text.push('\n');
        }
    }
    let markdown = text.replace('\n', "\n\n").replace("Bulog", "**Bulog**").replace("Kenapa", "## Kenapa");
    let rules = Rules::builtin();
    let read = |text: &str, format: Format| {
        let mut document = parse_text(text, format).unwrap();
        clean(&mut document, &rules);
        section(document).sections.len()
    };
    let articles = |text: &str, format: Format| {
        let mut at = 0;
        let mut count = 0;
        while at < text.len() {
            let end = text[(at + 3500).min(text.len())..]
                .find('\n')
                .map_or(text.len(), |found| (at + 3500).min(text.len()) + found + 1);
            count += read(&text[at..end], format);
            at = end;
        }
        count
    };
    let documents: Vec<_> = text.split_inclusive(".\n").map(|text| parse_text(text, Format::Text).unwrap()).collect();
    let start = busy();
    std::hint::black_box(Rules::builtin());
    println!("rules compiled in {:.0} ms\n", (busy() - start) * 1e3);
    println!("| what | MB | MB/s |\n|---|---|---|");
    row("text, read alone", text.len(), || parse_text(&text, Format::Text).unwrap().blocks.len());
    row("text, clean alone", text.len(), || {
        let mut copies = documents.clone();
        for document in &mut copies {
            clean(document, &rules);
        }
        copies.len()
    });
    row("text, one file, bytes to sections", text.len(), || read(&text, Format::Text));
    row("text, articles of 3.5 KB", text.len(), || articles(&text, Format::Text));
    row("Markdown, one file, bytes to sections", markdown.len(), || read(&markdown, Format::Markdown));
    row("Markdown, articles of 3.5 KB", markdown.len(), || articles(&markdown, Format::Markdown));
    let page = page(paragraph);
    row("HTML pages of 100 KB (100 pages/s is 10 MB/s)", page.len() * 20, || {
        (0..20).map(|_| read(&page, Format::Html)).sum()
    });
    row("sentences", text.len(), || text.lines().map(|line| sentences(line).len()).sum());
}

/// Milliseconds for each megabyte of one article, for articles of several sizes and shapes, odd ones among them.
fn growth() {
    const SIZES: [usize; 4] = [1, 4, 8, 16];
    let sentence = "Menteri Perdagangan mengatakan harga beras turun 3,5 persen di Jakarta, Senin (23/11/2026). ";
    let paragraph = format!("{}\n", sentence.repeat(3));
    let shapes: [(&str, Format, String); 16] = [
        ("text, paragraphs of 300 bytes", Format::Text, paragraph.clone()),
        ("text, paragraphs of 12 bytes", Format::Text, "Ia pergi.\n\n".into()),
        ("text, wrapped lines in one paragraph", Format::Text, format!("{}\n", sentence.trim_end())),
        ("text, one line", Format::Text, sentence.into()),
        ("text, one line without a full stop", Format::Text, "harga beras turun ".into()),
        ("text, one line with players inside", Format::Text, format!("{sentence}[Gambas:Video 20detik] ")),
        ("text, headings only", Format::Text, "Harga Beras Turun Lagi\n".into()),
        ("text, capitals only", Format::Text, "HARGA BERAS TURUN LAGI DI PASAR\n".into()),
        ("text, open quotations", Format::Text, format!("“{paragraph}")),
        ("Markdown, paragraphs", Format::Markdown, format!("{paragraph}\n")),
        ("Markdown, one line of open marks", Format::Markdown, "*a __b ~~c [d `e <f ".into()),
        ("Markdown, links in one line", Format::Markdown, "[harga](https://contoh.id) naik, ".into()),
        ("Markdown, open comments", Format::Markdown, "<!-- a\n".into()),
        ("HTML, paragraphs", Format::Html, format!("<p>{paragraph}</p>")),
        ("HTML, open elements and breaks", Format::Html, "<p><b>harga<br><br><a href=x>naik</li>".into()),
        ("HTML, one element", Format::Html, sentence.into()),
    ];
    println!("| one article, ms for each MB | {} |", SIZES.map(|size| format!("{size} MB")).join(" | "));
    println!("|---|{}", "---|".repeat(SIZES.len()));
    let rules = Rules::builtin();
    for (shape, format, unit) in shapes {
        let each = SIZES.map(|size| {
            let text = unit.repeat((size * 1_000_000).div_ceil(unit.len())) + "\n\nIa pergi ke pasar.\n";
            let start = busy();
            units(&text, format, &rules);
            #[expect(clippy::cast_precision_loss, reason = "a few megabytes")]
            let each = (busy() - start) * 1e3 / size as f64;
            format!("{each:.0}")
        });
        println!("| {shape} | {} |", each.join(" | "));
    }
}

/// From bytes to units: read, clean, section, compare, cut and pack.
fn units(text: &str, format: Format, rules: &Rules) {
    let limits =
        Limits { segments: Some(20), characters: Some(6000), bytes: None, tokens: None, segment_characters: 1500 };
    let mut document = parse_text(text, format).unwrap();
    clean(&mut document, rules);
    let article = section(document);
    std::hint::black_box(sketch(&article));
    let parts = segments(&article, &limits, false);
    std::hint::black_box(parts.into_iter().map(|part| pack(part.segments, &limits).len()).sum::<usize>());
}

/// A page of 100 KB: a story of 40 paragraphs among links, attributes and scripts.
fn page(paragraph: &str) -> String {
    let link = "<li class=\"nav__item nav__item--sub\"><a href=\"https://contoh.id/kanal/berita-panjang-sekali\" dtr-evt=\"menu\">Kanal</a></li>\n";
    let story = format!("<p class=\"par\">{paragraph}<strong>Bulog</strong> menambah stok.</p>\n").repeat(40);
    let script = format!("<script>{}</script>", "var a = {\"b\": [1, 2, 3]};\n".repeat(900));
    let menu = link.repeat(220);
    format!(
        "<html><head><title>Harga Beras Turun - Kabar</title>{script}</head><body><nav><ul>{menu}</ul></nav><article><h1>Harga Beras \
        Turun</h1><div class=\"detail\">{story}</div></article><footer><ul>{menu}</ul></footer></body></html>"
    )
}

/// Seconds that this thread has had a core for, so that a busy machine does not blur the figures; else wall time.
fn busy() -> f64 {
    static START: std::sync::LazyLock<Instant> = std::sync::LazyLock::new(Instant::now);
    let stat = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let nanoseconds: Option<f64> = stat.split_whitespace().next().and_then(|first| first.parse().ok());
    nanoseconds.map_or_else(|| START.elapsed().as_secs_f64(), |nanoseconds| nanoseconds / 1e9)
}

/// The best of five runs.
fn row(what: &str, bytes: usize, run: impl Fn() -> usize) {
    let times = (0..5).map(|_| {
        let start = busy();
        std::hint::black_box(run());
        busy() - start
    });
    let best = times.fold(f64::INFINITY, f64::min);
    #[expect(clippy::cast_precision_loss, reason = "a few megabytes")]
    let megabytes = bytes as f64 / 1e6;
    println!("| {what} | {megabytes:.1} | {:.0} |", megabytes / best);
}
