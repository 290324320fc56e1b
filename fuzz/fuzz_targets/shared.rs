//! What every reader must hold: no panic, and no character lost between the input and its paragraphs.

use std::sync::LazyLock;

use kabar::stage::clean::{Rules, clean};
use kabar::stage::read::{Format, ReadOptions, open_bytes};
use kabar::stage::section::section;

static RULES: LazyLock<Rules> = LazyLock::new(Rules::builtin);

/// Reads, cleans and sections every article in the bytes.
pub fn check(bytes: &[u8], format: Format) {
    let options = ReadOptions { max_bytes: 1 << 20, ..ReadOptions::default() };
    for raw in open_bytes(bytes.to_vec(), format, &options).take(50).flatten() {
        let Ok(mut document) = raw.parse(&options) else { continue };
        let text = document.text.clone();
        clean(&mut document, &RULES);
        let article = section(document);
        let mut end = 0;
        for paragraph in article.paragraphs() {
            let (from, to) = (paragraph.span.0, paragraph.span.1);
            assert!(from < to && text[end..from].trim().is_empty(), "lost before byte {from}");
            end = to;
        }
        assert!(text[end..].trim().is_empty(), "lost behind byte {end}");
    }
}
