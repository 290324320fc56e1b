//! Nothing is lost between the bytes of an input and the paragraphs of its article.

use kabar::model::article::{Document, Span};
use kabar::stage::clean::{Rules, clean};
use kabar::stage::read::{Format, ReadOptions, open_bytes, parse_text};
use kabar::stage::section::section;
use proptest::prelude::*;
use std::io::Write as _;
use std::sync::LazyLock;

static RULES: LazyLock<Rules> = LazyLock::new(Rules::builtin);

/// So many cases, or more where `PROPTEST_CASES` asks for more.
pub fn at_least(cases: u32) -> ProptestConfig {
    let given = ProptestConfig::default();
    ProptestConfig { cases: given.cases.max(cases), failure_persistence: None, ..given }
}

/// Spans in order, apart, and over every non-space character of the text.
fn covered(text: &str, spans: &[Span]) -> Result<(), String> {
    let mut end = 0;
    for Span(from, to) in spans {
        let gap = text.get(end..*from).ok_or(format!("span {from}..{to} overlaps or cuts a character"))?;
        if !gap.trim().is_empty() || from >= to {
            return Err(format!("{gap:?} before {from}..{to} is in no paragraph"));
        }
        end = *to;
    }
    let rest = text.get(end..).ok_or("a span ends outside the text")?;
    if rest.trim().is_empty() { Ok(()) } else { Err(format!("{rest:?} at the end is in no paragraph")) }
}

/// Reads no further: whether cleaning and sectioning keep every character of a document.
pub fn check(document: Document) -> Result<(), String> {
    let text = document.text.clone();
    let spans = |document: &Document| document.blocks.iter().map(|block| block.span).collect::<Vec<_>>();
    covered(&text, &spans(&document)).map_err(|wrong| format!("read: {wrong}"))?;
    let mut document = document;
    clean(&mut document, &RULES);
    covered(&text, &spans(&document)).map_err(|wrong| format!("clean: {wrong}"))?;
    let article = section(document);
    let spans: Vec<_> = article.paragraphs().map(|paragraph| paragraph.span).collect();
    covered(&text, &spans).map_err(|wrong| format!("section: {wrong}"))?;
    if article.paragraphs().any(|paragraph| paragraph.text.trim().is_empty()) {
        return Err("a paragraph without words".into());
    }
    Ok(())
}

/// Lines as sites write them, in any order.
fn line() -> impl Strategy<Value = String> {
    let known = prop::sample::select(vec![
        "# Judul",
        "## Latar",
        "**Kronologi Kejadian**",
        "---",
        "***",
        "> Kutipan “panjang",
        "- butir",
        "1. angka",
        "  lanjutan",
        "```",
        "<!-- catatan",
        "-->",
        "![](a.png)",
        "![Foto](b.png)",
        "[x]: https://x.id",
        "| a | b |",
        "|---|---|",
        "====",
        "Baca juga: Harga Beras Naik",
        "SCROLL TO CONTINUE WITH CONTENT",
        "Ia pergi. (abc/def)",
        "[Gambas:Video 20detik]",
        "Jakarta, CNN Indonesia -- Harga beras naik.",
        "PENTAGON MENGATAKAN IRAN MEMASOK MISIL BALISTIK RUSIA",
        "",
        "Teks [Gambas:Video 20detik] di tengah [Gambas:Video 20detik] kalimat.",
        "ADVERTISEMENT",
        "+++",
        "title: x",
        "\u{a0}",
    ]);
    prop_oneof![
        known.prop_map(str::to_owned),
        "[A-Za-z0-9“”\"'.,:;!?*_`\\[\\]()<>|#~\\\\ \t\u{a0}\u{200b}é–-]{0,90}",
        "([a-z]{2,9} ){8,14}[a-z]{2,9}[.,]?",
        any::<String>(),
    ]
}

fn text() -> impl Strategy<Value = String> {
    let ending = prop::sample::select(vec!["\n", "\r\n", "\n\n", "\r"]);
    prop::collection::vec((line(), ending), 0..25)
        .prop_map(|lines| lines.into_iter().map(|(line, end)| line + end).collect())
}

proptest! {
    #![proptest_config(at_least(3000))]

    #[test]
    fn every_non_space_character_belongs_to_exactly_one_paragraph(text in text(), markdown in any::<bool>()) {
        let format = if markdown { Format::Markdown } else { Format::Text };
        if let Ok(document) = parse_text(&text, format) {
            prop_assert_eq!(check(document), Ok(()));
        }
    }
}

/// Tag soup as pages serve it, and worse.
fn soup() -> impl Strategy<Value = String> {
    let tag = prop::sample::select(vec![
        "<p>",
        "</p>",
        "<div>",
        "</div>",
        "<div class=\"share-bar\">",
        "<article>",
        "</article>",
        "<h1>",
        "</h1>",
        "<h2>",
        "<li>",
        "<ul>",
        "</ul>",
        "<blockquote>",
        "<br>",
        "<br/>",
        "<b>",
        "</b>",
        "<a href=x>",
        "</a>",
        "<table><tr><td>",
        "</td><td>",
        "</tr></table>",
        "<aside>",
        "</aside>",
        "<script>x<p></script>",
        "<style>",
        "</style>",
        "<figure><figcaption>",
        "</figure>",
        "&nbsp;",
        "&amp;",
        "<",
        "<!-- x -->",
        "<title>J</title>",
        "Baca juga: Lain",
        "Ia pergi ke pasar bersama ibunya pada hari Minggu pagi. (abc/def)",
    ]);
    let part = prop_oneof![tag.prop_map(str::to_owned), "([A-Za-z]{1,9} ){1,12}", any::<String>()];
    prop::collection::vec(part, 0..40).prop_map(|parts| parts.concat())
}

proptest! {
    #![proptest_config(at_least(1000))]

    #[test]
    fn every_character_of_a_pages_text_belongs_to_exactly_one_paragraph(html in soup()) {
        if let Ok(document) = parse_text(&html, Format::Html) {
            prop_assert_eq!(check(document), Ok(()));
        }
    }
}

/// Small files of the formats that are archives.
fn archives() -> Vec<Vec<u8>> {
    let zip = |files: &[(&str, &str)]| {
        let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
        let stored = zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
        for (name, text) in files {
            writer.start_file(*name, stored).unwrap();
            writer.write_all(text.as_bytes()).unwrap();
        }
        writer.finish().unwrap().into_inner()
    };
    let document =
        "<w:document xmlns:w=\"w\"><w:body><w:p><w:r><w:t>Air surut.</w:t></w:r></w:p></w:body></w:document>";
    let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gz.write_all("Air surut.\n\nWarga pulang.\n".as_bytes()).unwrap();
    vec![
        zip(&[("a.txt", "Air surut."), ("b.md", "# Judul\n\nWarga pulang.")]),
        zip(&[("word/document.xml", document)]),
        zip(&[
            ("META-INF/container.xml", "<container><rootfiles><rootfile full-path=\"c.opf\"/></rootfiles></container>"),
            (
                "c.opf",
                "<package><manifest><item id=\"a\" href=\"a.xhtml\"/></manifest><spine><itemref idref=\"a\"/></spine></package>",
            ),
            ("a.xhtml", "<html><body><p>Air surut.</p></body></html>"),
        ]),
        gz.finish().unwrap(),
    ]
}

/// Fixture files of every format, damaged at random: cut, spliced, bytes changed.
fn damaged() -> impl Strategy<Value = Vec<u8>> {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/articles");
    let cases = [
        "halaman-ramai/halaman-ramai.html",
        "umpan/umpan.xml",
        "rekaman/rekaman.json",
        "catatan-yaml/catatan-yaml.md",
        "berita-utf16/berita-utf16.txt",
    ];
    let fixtures = cases.iter().map(|case| std::fs::read(root.join(case)).unwrap());
    let files: Vec<Vec<u8>> = fixtures.chain(archives()).collect();
    let changes = prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..12);
    (prop::sample::select(files), changes, any::<prop::sample::Index>(), any::<prop::sample::Index>()).prop_map(
        |(mut bytes, changes, from, to)| {
            for (at, byte) in changes {
                let at = at.index(bytes.len());
                bytes[at] = byte;
            }
            let (from, to) = (from.index(bytes.len()), to.index(bytes.len()));
            let splice = bytes[from.min(to)..from.max(to)].to_vec();
            if splice.len() % 3 == 0 { splice } else { [bytes, splice].concat() }
        },
    )
}

proptest! {
    #![proptest_config(at_least(300))]

    #[test]
    fn damaged_files_are_read_or_refused_and_nothing_is_lost(bytes in damaged()) {
        let formats = [
            Format::Unknown, Format::Text, Format::Markdown, Format::Html, Format::Jsonl, Format::Json, Format::Feed, Format::Zip,
            Format::Epub, Format::Docx,
        ];
        for format in formats {
            for raw in open_bytes(bytes.clone(), format, &ReadOptions::default()).flatten() {
                if let Ok(document) = raw.parse(&ReadOptions::default()) {
                    prop_assert_eq!(check(document), Ok(()), "{:?}", format);
                }
            }
        }
    }
}

#[test]
fn visible_words_of_a_page_are_all_in_its_text() {
    let html =
        "<body><nav>satu</nav><div><p>dua <b>tiga</b></p>empat<ul><li>lima</ul></div><aside>enam</aside><p>tujuh";
    let document = parse_text(html, Format::Html).unwrap();
    let words: Vec<_> = document.text.split_whitespace().collect();
    assert_eq!(words, ["satu", "dua", "tiga", "empat", "lima", "enam", "tujuh"]);
}

#[test]
fn the_20000_word_sentence_is_one_paragraph() {
    let text = "kata ".repeat(20_000);
    let article = section(parse_text(&text, Format::Text).unwrap());
    assert_eq!(article.paragraphs().count(), 1);
}
