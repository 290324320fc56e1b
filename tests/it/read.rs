//! Inputs as users have them: folders, links, odd names, broken files.

use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};

use kabar::stage::read::{Found, Input, InputError, RawArticle, ReadOptions, WalkOptions, open, walk};

fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = dir.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    dir
}

fn walked(dir: &Path, options: &WalkOptions) -> Vec<Result<Found, InputError>> {
    walk(&[Input::Path(dir.to_path_buf())], options).collect()
}

fn names(dir: &Path, options: &WalkOptions) -> Vec<String> {
    walked(dir, options).into_iter().map(|found| found.map_or_else(|error| error.reason, |found| found.name)).collect()
}

fn reason(dir: &Path, file: &str) -> String {
    let found = walk(&[Input::Path(dir.join(file))], &WalkOptions::default()).next().unwrap();
    let opened = found.and_then(|found| open(&found, &ReadOptions::default()).next().unwrap());
    opened.and_then(|raw| raw.parse(&ReadOptions::default())).unwrap_err().to_string()
}

#[test]
fn a_folder_is_walked_in_a_fixed_order_and_keeps_its_tree() {
    let dir =
        folder(&[("b.txt", "x"), ("a/2.md", "x"), ("a/1.txt", "x"), (".hidden.txt", "x"), ("expected.toml", "x")]);
    assert_eq!(names(dir.path(), &WalkOptions::default()), ["a/1", "a/2", "b"]);
}

#[test]
fn patterns_include_and_exclude() {
    let dir = folder(&[("berita/a.txt", "x"), ("berita/b.md", "x"), ("draf/c.txt", "x")]);
    let include = WalkOptions { include: vec!["*.txt".into()], ..WalkOptions::default() };
    assert_eq!(names(dir.path(), &include), ["berita/a", "draf/c"]);
    let exclude = WalkOptions { exclude: vec!["draf/".into()], ..WalkOptions::default() };
    assert_eq!(names(dir.path(), &exclude), ["berita/a", "berita/b"]);
    let broken = WalkOptions { exclude: vec!["a[".into()], ..WalkOptions::default() };
    assert!(walked(dir.path(), &broken)[0].as_ref().unwrap_err().reason.contains("not a usable pattern"));
}

#[test]
fn outputs_are_never_inputs() {
    let dir = folder(&[("a.txt", "x"), ("kabar-out/a.md", "x"), ("old/.kabar/state.db", "x"), ("old/a.md", "x")]);
    let options = WalkOptions { outputs: vec![dir.path().join("kabar-out")], ..WalkOptions::default() };
    assert_eq!(names(dir.path(), &options), ["a"]);
    let inside = walked(&dir.path().join("kabar-out/a.md"), &options);
    assert!(inside[0].as_ref().unwrap_err().reason.contains("lies in the output folder"));
    assert!(names(&dir.path().join("old"), &options)[0].contains("is an output folder"));
}

#[test]
fn links_are_followed_but_not_in_circles() {
    let dir = folder(&[("a/1.txt", "x")]);
    symlink(dir.path(), dir.path().join("a/up")).unwrap();
    symlink("nowhere.txt", dir.path().join("dangling.txt")).unwrap();
    symlink("self.txt", dir.path().join("self.txt")).unwrap();
    let got = names(dir.path(), &WalkOptions::default());
    assert_eq!(got[0], "a/1");
    assert!(got[1].starts_with("is a link that leads back to"), "{got:?}");
    assert_eq!(got[2..], ["is a link to something that does not exist", "is a link that leads back to itself"]);
}

#[test]
fn unreadable_inputs_say_what_and_why() {
    let dir = folder(&[("empty.txt", " \n"), ("zero.txt", ""), ("binary.txt", "a\0b\u{1}"), ("pic.txt", "")]);
    fs::write(dir.path().join("pic.txt"), b"\x89PNG\r\n\x1a\n\0\0").unwrap();
    let big = fs::File::create(dir.path().join("big.txt")).unwrap();
    big.set_len(50 << 20).unwrap();
    assert!(reason(dir.path(), "empty.txt").ends_with("empty.txt: is empty"));
    assert!(reason(dir.path(), "zero.txt").ends_with("zero.txt: is empty"));
    assert!(reason(dir.path(), "binary.txt").ends_with("is binary data, not text"));
    assert!(reason(dir.path(), "pic.txt").ends_with("is a PNG picture, not text"));
    assert!(reason(dir.path(), "big.txt").ends_with("is larger than the limit of 20 MiB for one article"));
    assert!(reason(dir.path(), "missing.txt").ends_with("missing.txt: does not exist"));
}

#[test]
fn a_file_without_permission_is_named() {
    let dir = folder(&[("locked.txt", "x")]);
    let path = dir.path().join("locked.txt");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o000)).unwrap();
    if fs::File::open(&path).is_err() {
        assert!(reason(dir.path(), "locked.txt").ends_with("locked.txt: may not be read: permission denied"));
    }
}

#[test]
fn odd_names_stay_apart_and_are_shown_safely() {
    let dir = folder(&[("a b.txt", "x"), ("kata 'dia'.txt", "x"), ("baris\nbaru.txt", "x")]);
    fs::write(dir.path().join(std::ffi::OsStr::from_bytes(b"caf\xe9.txt")), "x").unwrap();
    let found: Vec<Found> = walked(dir.path(), &WalkOptions::default()).into_iter().map(Result::unwrap).collect();
    let names: Vec<_> = found.iter().map(|found| found.name.as_str()).collect();
    assert_eq!(names, ["a b", "baris%0Abaru", "caf%E9", "kata 'dia'"]);
    assert!(found[1].shown.ends_with("baris\\nbaru.txt") && found[2].shown.ends_with("caf\\xe9.txt"));
}

#[test]
fn a_file_with_an_unknown_ending_is_reported_not_passed_over() {
    let dir = folder(&[("a.pdf", "x"), ("catatan", "Isi catatan.")]);
    let got = names(dir.path(), &WalkOptions::default());
    assert!(got[0].contains("has no known ending"), "{got:?}");
    assert_eq!(got[1], "catatan");
}

fn opened(text: &str, file: &str) -> Vec<Result<RawArticle, InputError>> {
    let dir = folder(&[(file, text)]);
    let input = Input::Path(PathBuf::from(dir.path()).join(file));
    let found = walk(&[input], &WalkOptions::default()).next().unwrap().unwrap();
    open(&found, &ReadOptions::default()).collect()
}

#[test]
fn a_file_of_records_is_a_folder_of_articles_and_a_bad_line_spoils_no_other() {
    let text = "{\"id\": 7, \"title\": \"Harga Beras\", \"text\": \"Naik.\\nTurun.\"}\n\nbukan json\n{\"id\":\"a/b\",\"text\":\"Isi.\"}\n{\"id\":\"c\"}";
    let mut articles = opened(text, "berita.jsonl").into_iter();
    let first = articles.next().unwrap().unwrap();
    assert_eq!(first.name, "berita/7");
    assert!(first.shown.ends_with("berita.jsonl#7"));
    let first = first.parse(&ReadOptions::default()).unwrap();
    assert_eq!(first.source.title.as_deref(), Some("Harga Beras"));
    assert_eq!(first.blocks.iter().map(|block| block.text.as_str()).collect::<Vec<_>>(), ["Naik.", "Turun."]);
    let bad = articles.next().unwrap().unwrap_err();
    assert!(bad.path.ends_with("berita.jsonl line 3") && bad.reason.contains("not a JSON object"), "{bad}");
    assert_eq!(articles.next().unwrap().unwrap().name, "berita/a%2Fb");
    let textless = articles.next().unwrap().unwrap().parse(&ReadOptions::default()).unwrap_err();
    assert!(textless.reason.contains("has no text"), "{textless}");
    assert!(articles.next().is_none());
}

#[test]
fn a_record_that_is_too_large_is_passed_over() {
    let dir = folder(&[("a.jsonl", &format!("{{\"text\":\"{}\"}}\n{{\"text\":\"Isi.\"}}\n", "x".repeat(5000)))]);
    let found = walk(&[Input::Path(dir.path().join("a.jsonl"))], &WalkOptions::default()).next().unwrap().unwrap();
    let options = ReadOptions { max_bytes: 1000, ..ReadOptions::default() };
    let articles: Vec<_> = open(&found, &options).collect();
    assert!(articles[0].as_ref().unwrap_err().reason.contains("larger than the limit"));
    assert_eq!(articles[1].as_ref().unwrap().name, "a/2");
}

#[test]
fn the_hash_is_of_the_article_alone() {
    let one = opened("{\"id\":1,\"text\":\"Isi.\"}\n{\"id\":2,\"text\":\"Dua.\"}\n", "a.jsonl");
    let two = opened("{\"id\":1,\"text\":\"Isi.\"}\n{\"id\":2,\"text\":\"Lain.\"}\n", "a.jsonl");
    let hash = |articles: &[Result<RawArticle, InputError>], at: usize| articles[at].as_ref().unwrap().sha256.clone();
    assert_eq!(hash(&one, 0), hash(&two, 0));
    assert_ne!(hash(&one, 1), hash(&two, 1));
}
