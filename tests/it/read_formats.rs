//! Every input format gives the same words, and hostile files are refused.

use std::fs;
use std::io::{Cursor, Write as _};

use kabar::model::article::{Document, ParagraphKind};
use kabar::stage::read::{Format, Input, InputError, ReadOptions, WalkOptions, open, open_bytes, walk};

type Read = (String, Result<Document, InputError>);

fn read_with(name: &str, bytes: &[u8], options: &ReadOptions) -> Vec<Read> {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join(name);
    fs::write(&path, bytes).unwrap();
    let found = walk(&[Input::Path(path)], &WalkOptions::default()).next().unwrap().unwrap();
    let articles = open(&found, options).map(|raw| match raw {
        Ok(raw) => (raw.name.clone(), raw.parse(options)),
        Err(error) => (String::new(), Err(error)),
    });
    articles.collect()
}

fn read(name: &str, bytes: &[u8]) -> Vec<Read> {
    read_with(name, bytes, &ReadOptions::default())
}

fn reason(name: &str, bytes: &[u8]) -> String {
    read(name, bytes).remove(0).1.unwrap_err().reason
}

fn words(document: &Document) -> Vec<&str> {
    document.blocks.iter().filter(|block| block.skipped.is_none()).map(|block| block.text.as_str()).collect()
}

fn zip(files: &[(&str, &str)]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, text) in files {
        writer.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
        writer.write_all(text.as_bytes()).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

fn gz(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

const TEXT: &str = "Harga Beras Turun\nHarga beras turun sejak pekan lalu, kata Kepala Bulog.\nWarga senang.";
const BODY: [&str; 2] = ["Harga beras turun sejak pekan lalu, kata Kepala Bulog.", "Warga senang."];

fn docx() -> Vec<u8> {
    let document = format!(
        "<?xml version=\"1.0\"?><w:document xmlns:w=\"w\"><w:body><w:p><w:pPr><w:pStyle w:val=\"Judul1\"/></w:pPr><w:r><w:t>Harga Beras \
         Turun</w:t></w:r></w:p><w:p><w:r><w:t>{}</w:t></w:r><w:r><w:delText>dihapus</w:delText></w:r></w:p><w:p><w:r><w:t>Warga</w:t>\
         </w:r><w:r><w:t xml:space=\"preserve\"> senang.</w:t></w:r></w:p></w:body></w:document>",
        BODY[0]
    );
    zip(&[
        ("word/document.xml", &document),
        ("docProps/core.xml", "<c xmlns:dc=\"d\"><dc:creator>Rina Sari</dc:creator></c>"),
    ])
}

#[test]
fn compressed_bytes_without_a_name_are_read() {
    let options = ReadOptions::default();
    let raw = open_bytes(gz(TEXT.as_bytes()), Format::Unknown, &options).next().unwrap().unwrap();
    let document = raw.parse(&options).unwrap();
    assert_eq!(document.text, TEXT);
}

#[test]
fn every_single_format_gives_title_and_words() {
    let html = format!(
        "<html><head><title>x</title></head><body><article><h1>Harga Beras Turun</h1><p>{}</p><p>{}</p></article></body></html>",
        BODY[0], BODY[1]
    );
    let markdown = format!("# Harga Beras Turun\n\n{}\n\n{}\n", BODY[0], BODY[1]);
    let json = format!("{{\"judul\": \"Harga Beras Turun\", \"isi\": \"{}\\n{}\"}}", BODY[0], BODY[1]);
    let cases: Vec<(&str, Vec<u8>)> = vec![
        ("a.txt", TEXT.into()),
        ("a.txt.gz", gz(TEXT.as_bytes())),
        ("a.md", markdown.clone().into()),
        ("a.html", html.clone().into()),
        ("a.html.gz", gz(html.as_bytes())),
        ("a.json", json.into()),
        ("a.docx", docx()),
        ("a", markdown.into()),
        ("a", html.into()),
    ];
    for (name, bytes) in cases {
        let articles = read(name, &bytes);
        assert_eq!(articles.len(), 1, "{name}");
        assert_eq!(articles[0].0, "a", "{name}");
        let document = articles[0].1.as_ref().unwrap();
        assert_eq!(document.source.title.as_deref(), Some("Harga Beras Turun"), "{name}");
        assert_eq!(words(document), BODY, "{name}");
    }
    assert_eq!(read("a.docx", &docx())[0].1.as_ref().unwrap().source.author.as_deref(), Some("Rina Sari"));
}

#[test]
fn feeds_lists_and_archives_hold_many_articles() {
    let feed = format!(
        "<rss><channel><title>Kabar</title><item><guid>1</guid><title>A</title><description>&lt;p&gt;{}&lt;/p&gt;</description></item>\
        <item><guid>2</guid><description>{}</description></item></channel></rss>",
        BODY[0], BODY[1]
    );
    let list = format!("[{{\"id\":\"1\",\"text\":\"{}\"}},{{\"id\":\"2\",\"content\":\"{}\"}}]", BODY[0], BODY[1]);
    let archive = zip(&[("1.txt", BODY[0]), (".DS_Store", "x"), ("foto.png", "x"), ("2.md", BODY[1])]);
    let cases: Vec<(&str, Vec<u8>)> = vec![
        ("a.rss", feed.clone().into()),
        ("a.xml.gz", gz(feed.as_bytes())),
        ("a.json", list.clone().into()),
        ("a.json", format!("{{\"articles\":{list}}}").into()),
        ("a.zip", archive),
    ];
    for (name, bytes) in cases {
        let articles = read(name, &bytes);
        let names: Vec<_> = articles.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["a/1", "a/2"], "{name}");
        for ((_, document), body) in articles.iter().zip(BODY) {
            assert_eq!(words(document.as_ref().unwrap()), [body], "{name}");
        }
    }
}

#[test]
fn an_e_book_is_read_in_its_reading_order() {
    let chapter = |title: &str, text: &str| {
        format!("<html xmlns=\"x\"><head><title>t</title></head><body><h1>{title}</h1><p>{text}</p></body></html>")
    };
    let book = zip(&[
        (
            "META-INF/container.xml",
            "<container><rootfiles><rootfile full-path=\"OEBPS/b.opf\"/></rootfiles></container>",
        ),
        (
            "OEBPS/b.opf",
            "<package><manifest><item id=\"n\" href=\"nav.xhtml\" properties=\"nav\"/><item id=\"b\" href=\"2.xhtml\"/><item id=\"a\" href=\"1%20satu.xhtml\"/>\
            <item id=\"c\" href=\"cover.xhtml\"/></manifest><spine><itemref idref=\"c\"/><itemref idref=\"a\"/><itemref idref=\"n\"/><itemref idref=\"b\"/></spine></package>",
        ),
        ("OEBPS/cover.xhtml", "<html><body><img src=\"c.png\"/></body></html>"),
        ("OEBPS/nav.xhtml", "<html><body><p>Daftar isi</p></body></html>"),
        ("OEBPS/1 satu.xhtml", &chapter("Bab Satu", BODY[0])),
        ("OEBPS/2.xhtml", &chapter("Bab Dua", BODY[1])),
    ]);
    let articles = read("buku.epub", &book);
    let got: Vec<_> = articles
        .iter()
        .map(|(name, document)| (name.as_str(), document.as_ref().unwrap().source.title.as_deref()))
        .collect();
    assert_eq!(got, [("buku/001", Some("Bab Satu")), ("buku/002", Some("Bab Dua"))]);
}

#[test]
fn bombs_and_damaged_files_are_refused_with_a_reason() {
    assert!(reason("a.txt.gz", &gz(&vec![b'a'; 19 << 20])).contains("decompression bomb"));
    let big = String::from_utf8(vec![b'a'; 19 << 20]).unwrap();
    assert!(reason("a.zip", &zip(&[("a.txt", &big)])).contains("decompression bomb"));
    assert!(reason("a.docx", &zip(&[("word/document.xml", &format!("<w>{big}</w>"))])).contains("decompression bomb"));
    assert!(reason("a.zip", &zip(&[("b.zip", "x")])).contains("archive inside an archive"));
    assert!(reason("a.zip", b"PK\x03\x04rusak").contains("not a readable zip archive"));
    assert!(reason("a.docx", &zip(&[("lain.xml", "x")])).contains("not a Word document"));
    assert!(reason("a.epub", &zip(&[("lain.xml", "x")])).contains("not an e-book"));
    assert!(reason("a.txt.gz", b"\x1f\x8b\x08rusak").contains("cannot be read"));
    assert!(reason("a.html", "<div>".repeat(5000).as_bytes()).contains("nests deeper"));
    assert!(reason("a.rss", b"<!DOCTYPE r [<!ENTITY a 'ha'>]><rss>&a;</rss>").contains("entities"));
    assert!(reason("a.json", b"{\"x\": 1}").contains("holds no article"));
    assert!(reason("a.json", "[".repeat(100_000).as_bytes()).contains("not valid JSON"));
    assert!(reason("a.xml", b"<peta/>").contains("no RSS or Atom feed"));
}

#[test]
fn an_input_without_an_article_says_so() {
    for (name, bytes) in [
        ("a.json", b"[]".to_vec()),
        ("a.json", b"{\"items\": []}".to_vec()),
        ("a.jsonl", b"\n".to_vec()),
        ("a.zip", zip(&[("foto.png", "x")])),
    ] {
        let articles = read(name, &bytes);
        assert_eq!(articles.len(), 1, "{name}");
        assert_eq!(reason(name, &bytes), "holds no article", "{name}");
    }
}

#[test]
fn an_article_that_is_its_title_alone_says_so() {
    let page = "<html><body><h1>Harga Beras Turun Pekan Ini</h1><div id=app><a href=/>Beranda</a></div></body></html>";
    assert_eq!(reason("a.html", page.as_bytes()), "holds no text but its title");
    assert_eq!(reason("a.md", b"# Harga Beras Turun\n\n![](a.png)\n"), "holds no text but its title");
    assert_eq!(read("a.txt", b"Gempa mengguncang Sukabumi.").len(), 1);
}

#[test]
fn the_headline_is_sent_once_where_breadcrumbs_repeat_it() {
    let page = format!(
        "<html><body><div><ul><li><a href=/>Home</a></li><li>Harga Beras Turun</li></ul><h1>Harga Beras Turun</h1><p>{}</p><p>{}</p></div></body></html>",
        BODY[0], BODY[1]
    );
    let articles = read("a.html", page.as_bytes());
    assert_eq!(words(articles[0].1.as_ref().unwrap()), BODY);
}

#[test]
fn notes_of_a_word_document_stand_behind_its_text() {
    let part = |words: &str| format!("<w:x xmlns:w=\"w\"><w:p><w:r><w:t>{words}</w:t></w:r></w:p></w:x>");
    let bytes = zip(&[
        ("word/document.xml", &part(BODY[0])),
        ("word/footnotes.xml", &part("Angka ini tidak termasuk cadangan daerah.")),
    ]);
    let articles = read("a.docx", &bytes);
    assert_eq!(words(articles[0].1.as_ref().unwrap()), [BODY[0], "Angka ini tidak termasuk cadangan daerah."]);
}

#[test]
fn pages_and_front_matter_without_a_name_are_told_by_their_beginning() {
    let body = format!("<body><h1>Harga Beras Turun</h1><p>{}</p><p>{}</p></body>", BODY[0], BODY[1]);
    for text in [
        format!("\u{feff}<!DOCTYPE html><html>{body}</html>"),
        format!("<!-- disimpan -->\n<!-- lagi --><html>{body}</html>"),
        body.clone(),
        format!("---\r\ntitle: Harga Beras Turun\r\n---\r\n{}\r\n\r\n{}\r\n", BODY[0], BODY[1]),
    ] {
        let articles = read("a", text.as_bytes());
        let document = articles[0].1.as_ref().unwrap();
        assert_eq!(document.source.title.as_deref(), Some("Harga Beras Turun"), "{text}");
        assert_eq!(words(document), BODY, "{text}");
    }
}

#[test]
fn declared_encodings_are_honoured() {
    let html = b"<html><head><meta charset=\"windows-1252\"></head><body><p>Kata \x93Budi\x94, harga kopi di caf\xe9 naik lagi pekan ini.</p></body></html>";
    let articles = read("a.html", html);
    assert_eq!(words(articles[0].1.as_ref().unwrap()), ["Kata “Budi”, harga kopi di café naik lagi pekan ini."]);
}

#[test]
fn field_names_of_records_can_be_set() {
    let mut options = ReadOptions::default();
    options.fields.text = vec!["tubuh".into()];
    let articles = read_with("a.jsonl", b"{\"id\":1,\"tubuh\":\"Isi berita.\",\"text\":\"lain\"}", &options);
    assert_eq!(words(articles[0].1.as_ref().unwrap()), ["Isi berita."]);
}

#[test]
fn list_items_of_word_and_html_are_lists() {
    let html = "<html><body><article><p>Berikut daftar harga bahan pokok di Pasar Minggu hari ini:</p><ul><li>Beras</li><li>Gula</li></ul></article></body></html>";
    let articles = read("a.html", html.as_bytes());
    let kinds: Vec<_> = articles[0].1.as_ref().unwrap().blocks.iter().map(|block| block.kind).collect();
    assert_eq!(kinds, [ParagraphKind::Text, ParagraphKind::List, ParagraphKind::List]);
}
