//! Files made to exhaust a reader are refused with a clear reason, within bounded memory, and spoil no other article.

use std::fmt::Write as _;
use std::io::Write as _;
use std::process::{Command, Output};

use crate::support::kabar::stderr;
use crate::support::{Kabar, Server};

/// Address space that the binary is given, in KiB: what it needs with an ordinary article, and little more.
const MEMORY: u32 = 1_500_000;

fn gz(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn zip(name: &str, bytes: &[u8]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    writer.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
    writer.write_all(bytes).unwrap();
    writer.finish().unwrap().into_inner()
}

/// Runs the binary with so little address space that expanding a bomb would end it.
fn run(kabar: &Kabar) -> Output {
    let inner = kabar.command(&["translate", "in", "-o", "out"]);
    let mut command = Command::new("sh");
    command.args(["-c", &format!("ulimit -v {MEMORY}; exec \"$0\" \"$@\"")]);
    command.arg(inner.get_program()).args(inner.get_args()).current_dir(kabar.dir.path()).output().unwrap()
}

#[test]
fn a_bomb_is_refused_with_its_reason_in_little_memory_and_spoils_no_other_article() {
    let zeros = vec![b' '; 256 << 20];
    let laughs = {
        let mut text = "<!DOCTYPE rss [<!ENTITY a0 \"ha\">".to_owned();
        for n in 1..30 {
            write!(text, "<!ENTITY a{n} \"{}\">", format!("&a{};", n - 1).repeat(10)).unwrap();
        }
        text + "]><rss><channel><item><title>&a29;</title></item></channel></rss>"
    };
    let record = format!("{{\"text\": \"{}\"}}", "a".repeat(30 << 20));
    let cases: Vec<(&str, Vec<u8>, &str)> = vec![
        ("bomb.txt.gz", gz(&zeros), "decompression bomb"),
        ("bomb.zip", zip("a.txt", &zeros), "larger than the limit"),
        ("bomb.docx", zip("word/document.xml", &zeros), "larger than the limit"),
        ("nested.zip", zip("inner.zip", &zip("a.txt", b"Isi.")), "archive inside an archive"),
        ("deep.html", "<div>".repeat(1 << 20).into(), "nests deeper"),
        ("deep.xml", "<a>".repeat(1 << 20).into(), "nest"),
        ("deep.json", "[".repeat(1 << 20).into(), "not valid JSON"),
        ("laughs.xml", laughs.into(), "defines XML entities"),
        ("attribute.html", format!("<p title=\"{}\">x", "a".repeat(15 << 20)).into(), "attribute of more than"),
        ("long.jsonl", record.into(), "larger than the limit"),
        ("large.txt", vec![b'a'; 30 << 20], "larger than the limit"),
    ];
    let server = Server::fluent();
    for (name, bytes, reason) in cases {
        let kabar = Kabar::with_backend(&server.url);
        kabar.write("in/good.txt", "Warga mengungsi ke balai desa.\n");
        std::fs::write(kabar.path("in").join(name), bytes).unwrap();
        let output = run(&kabar);
        let said = stderr(&output);
        assert_eq!(output.status.code(), Some(3), "{name}: {said}");
        assert!(said.lines().any(|line| line.contains(name) && line.contains(reason)), "{name}: {said}");
        assert!(kabar.path("out/good.json").exists(), "{name}");
    }
}
