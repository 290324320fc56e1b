//! Every format that wraps a text gives all of it, each character in one paragraph: made at random, well-formed.

use std::io::{Cursor, Write as _};

use kabar::stage::read::{Format, Input, InputError, RawArticle, ReadOptions, WalkOptions, open, open_bytes, walk};
use proptest::prelude::*;
use serde_json::json;

use crate::section::{at_least, check};

fn zip(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in files {
        writer.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

fn gz(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// Elements of a kind around each line.
fn elements(lines: &[String], open: &str, close: &str) -> String {
    lines.iter().map(|line| format!("{open}{}{close}", escaped(line))).collect()
}

fn html(lines: &[String]) -> String {
    format!("<html><body><article>{}</article></body></html>", elements(lines, "<p>", "</p>"))
}

fn docx(lines: &[String]) -> Vec<u8> {
    let body = elements(lines, "<w:p><w:r><w:t xml:space=\"preserve\">", "</w:t></w:r></w:p>");
    let document = format!("<w:document xmlns:w=\"w\"><w:body>{body}</w:body></w:document>");
    zip(&[("word/document.xml", document.as_bytes())])
}

fn epub(lines: &[String]) -> Vec<u8> {
    let container = "<container><rootfiles><rootfile full-path=\"c.opf\"/></rootfiles></container>";
    let package = "<package><manifest><item id=\"a\" href=\"a.xhtml\" media-type=\"application/xhtml+xml\"/></manifest>\
                   <spine><itemref idref=\"a\"/></spine></package>";
    zip(&[
        ("mimetype", b"application/epub+zip"),
        ("META-INF/container.xml", container.as_bytes()),
        ("c.opf", package.as_bytes()),
        ("a.xhtml", html(lines).as_bytes()),
    ])
}

/// The same lines in every format that is known without a file name.
fn wrapped(lines: &[String]) -> Vec<(&'static str, Format, Vec<u8>)> {
    let text = lines.join("\n\n");
    let record = json!({ "text": text }).to_string();
    let markup = elements(lines, "<p>", "</p>");
    let rss = format!("<rss><channel><item><description>{}</description></item></channel></rss>", escaped(&markup));
    let atom = format!("<feed><entry><content type=\"html\">{}</content></entry></feed>", escaped(&markup));
    vec![
        ("text", Format::Text, text.clone().into_bytes()),
        ("json", Format::Json, record.clone().into_bytes()),
        ("jsonl", Format::Jsonl, record.into_bytes()),
        ("html", Format::Html, html(lines).into_bytes()),
        ("rss", Format::Feed, rss.into_bytes()),
        ("atom", Format::Feed, atom.into_bytes()),
        ("docx", Format::Docx, docx(lines)),
        ("epub", Format::Epub, epub(lines)),
        ("zip", Format::Zip, zip(&[("a.txt", text.as_bytes())])),
        ("zip of gz", Format::Zip, zip(&[("a.txt.gz", &gz(text.as_bytes()))])),
    ]
}

/// A compressed file is known by its name alone, so it must be one.
fn from_gz(text: &str) -> Vec<Result<RawArticle, InputError>> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.txt.gz");
    std::fs::write(&path, gz(text.as_bytes())).unwrap();
    let found = walk(&[Input::Path(path)], &WalkOptions::default()).next().unwrap().unwrap();
    open(&found, &ReadOptions::default()).collect()
}

fn letters(text: &str) -> String {
    text.split_whitespace().collect()
}

/// Lines that no format reads as mark-up of its own.
fn lines() -> impl Strategy<Value = Vec<String>> {
    let line = prop_oneof![
        "[A-Z][a-z]{2,9}( [a-z]{2,9}){3,12}\\.",
        "[A-Z][a-z]{2,9} & [a-z]{3,9} < [a-z]{3,9} > “[a-zé]{3,9}” Rp [0-9]{1,3}\\.[0-9]{3}, ya\\.",
        Just("Baca juga: Harga Beras Naik".to_owned()),
        Just("Ia pergi ke pasar bersama ibunya pada hari Minggu pagi. (abc/def)".to_owned()),
    ];
    prop::collection::vec(line, 1..12)
}

proptest! {
    #![proptest_config(at_least(200))]

    #[test]
    fn every_character_of_every_format_belongs_to_exactly_one_paragraph(lines in lines()) {
        let options = ReadOptions::default();
        let given = wrapped(&lines).into_iter().map(|(name, format, bytes)| (name, open_bytes(bytes, format, &options).collect()));
        for (name, raws) in given.chain([("gz", from_gz(&lines.join("\n\n")))]) {
            let raws: Vec<_> = raws;
            prop_assert_eq!(raws.len(), 1, "{}", name);
            for raw in raws {
                let document = raw.map_err(|error| TestCaseError::fail(format!("{name}: {error}")))?.parse(&options);
                let document = document.map_err(|error| TestCaseError::fail(format!("{name}: {error}")))?;
                prop_assert_eq!(letters(&document.text), letters(&lines.concat()), "{}: the text that went in", name);
                prop_assert_eq!(check(document), Ok(()), "{}", name);
            }
        }
    }
}
