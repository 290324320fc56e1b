//! The site: what the real binary makes of the briefing fixtures.

use std::collections::BTreeMap;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use crate::support::{Kabar, briefing};

/// A folder `out` with the records of the fixtures and a briefing, and a site of them.
fn site() -> Kabar {
    let kabar = Kabar::bare();
    for article in briefing::expected().article {
        let (name, record) = briefing::record(&article.path);
        kabar.write(&format!("out/{name}.json"), &serde_json::to_string_pretty(&record).unwrap());
    }
    kabar.expect(0, &["brief", "out", "-o", "out/told.json", "--from", "2026-11-22", "--to", "2026-11-26"]);
    kabar.expect(0, &["site", "out", "-o", "site"]);
    kabar
}

/// The file of each page, told apart by what changes when it is written anew.
fn inodes(kabar: &Kabar) -> BTreeMap<PathBuf, u64> {
    let inode = |path: &PathBuf| std::fs::metadata(kabar.path("site").join(path)).unwrap().ino();
    kabar.tree("site").into_keys().map(|path| (path.clone(), inode(&path))).collect()
}

/// An address without its percent signs.
fn decoded(address: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = address;
    while let Some((before, after)) = rest.split_once('%') {
        bytes.extend(before.bytes());
        bytes.push(u8::from_str_radix(&after[..2], 16).unwrap());
        rest = &after[2..];
    }
    bytes.extend(rest.bytes());
    String::from_utf8(bytes).unwrap()
}

#[test]
fn every_link_of_a_site_leads_to_a_page_of_it() {
    let kabar = site();
    let files = kabar.tree("site");
    let mut links = 0;
    for (path, bytes) in files.iter().filter(|(path, _)| path.extension().is_some_and(|e| e == "html")) {
        let page = String::from_utf8(bytes.clone()).unwrap();
        for href in page.split("href=\"").skip(1).filter_map(|rest| rest.split('"').next()) {
            let file = href.split('#').next().unwrap();
            if file.is_empty() || file.starts_with("https://") {
                continue;
            }
            let target = kabar.path("site").join(path.parent().unwrap()).join(decoded(file)).canonicalize();
            assert!(target.is_ok(), "{}: {href}", path.display());
            links += 1;
        }
    }
    assert!(links > 300, "{links}");
    for page in ["index.html", "search/words-fe.js", "feed.atom", "briefing/told.html", "topic/sinar-wisesa.html"] {
        assert!(files.contains_key(Path::new(page)), "{page}");
    }
}

#[test]
fn only_what_changed_is_written_again_and_what_is_gone_is_removed() {
    let kabar = site();
    let before = inodes(&kabar);
    kabar.expect(0, &["site", "out", "-o", "site"]);
    assert_eq!(inodes(&kabar), before);
    kabar.write("site/notes.txt", "of the user");
    std::fs::remove_file(kabar.path("out/kabar-rimba/2026-11-25-katak-meratus.json")).unwrap();
    kabar.expect(0, &["site", "out", "-o", "site"]);
    let after = inodes(&kabar);
    assert!(!after.contains_key(Path::new("article/kabar-rimba/2026-11-25-katak-meratus.html")));
    assert!(after.contains_key(Path::new("notes.txt")));
    let article = Path::new("article/lentera-timur/2026-11-24-pemakaman-pomalaa.html");
    assert_eq!(after[article], before[article]);
    assert_ne!(after[Path::new("outlet/kabar-rimba.html")], before[Path::new("outlet/kabar-rimba.html")]);
}

#[test]
fn a_damaged_record_is_told_and_the_rest_is_there() {
    let kabar = site();
    kabar.write("out/rusak.json", "{\"schema\": \"kabar/article/1\"");
    let said = kabar.expect(3, &["site", "out", "-o", "site"]).stderr;
    assert!(String::from_utf8(said).unwrap().contains("rusak.json"));
    assert!(kabar.path("site/article/kabar-rimba/2026-11-25-katak-meratus.html").is_file());
}

#[test]
fn a_theme_changes_every_page_and_a_wrong_one_stops_before_anything_is_written() {
    let kabar = site();
    kabar.config("[pages]\ntheme = \"look\"\n");
    kabar.write("look/footer.html", "<footer>The desk</footer>");
    kabar.expect(0, &["site", "out", "-o", "themed"]);
    for page in ["index.html", "briefing/told.html", "article/kabar-rimba/2026-11-25-katak-meratus.html"] {
        assert!(kabar.read(&format!("themed/{page}")).contains("<footer>The desk</footer>"), "{page}");
    }
    kabar.write("look/article.html", "{{ nonsense }}");
    let said = kabar.expect(2, &["site", "out", "-o", "wrong"]).stderr;
    assert!(String::from_utf8(said).unwrap().contains("article.html, line 1"));
    assert!(!kabar.path("wrong").exists());
}

#[test]
fn a_file_of_somebody_else_is_never_written_over_and_stops_the_site_before_its_first_page() {
    let kabar = site();
    for name in ["index.html", "feed.atom", "article/kabar-rimba/2026-11-25-katak-meratus.html", "briefing/told.html"] {
        kabar.write(&format!("www/{name}"), "mine");
        let said = String::from_utf8(kabar.expect(2, &["site", "out", "-o", "www"]).stderr).unwrap();
        assert!(said.contains(&format!("www/{name} is there")), "{said}");
        assert_eq!(kabar.tree("www").into_values().collect::<Vec<_>>(), [b"mine"], "{name}");
        std::fs::remove_dir_all(kabar.path("www")).unwrap();
    }
}

#[test]
fn what_a_site_wrote_before_it_was_broken_off_is_known_for_its_own() {
    let kabar = site();
    kabar.write("www/topic/sinar-wisesa.html", "mine");
    kabar.expect(2, &["site", "out", "-o", "www"]);
    assert!(kabar.path("www/index.html").exists(), "a list that is in the way is seen late");
    assert_eq!(kabar.read("www/topic/sinar-wisesa.html"), "mine");
    std::fs::remove_file(kabar.path("www/topic/sinar-wisesa.html")).unwrap();
    kabar.expect(0, &["site", "out", "-o", "www"]);
    let (whole, again) = (kabar.tree("site"), kabar.tree("www"));
    assert!(whole.keys().eq(again.keys()), "{:?}", again.keys().collect::<Vec<_>>());
}
