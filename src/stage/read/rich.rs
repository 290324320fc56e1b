//! The text and title of a record, which feeds and content systems store as plain text, as mark-up, or as both.
//!
//! Place in the data way: the reader of records, between `record` and the readers of text and HTML.
//! It must never take a lone `<` or `&` for mark-up, nor join paragraphs that line ends divide.

use std::sync::LazyLock;

use regex::{Captures, Regex};

use super::html::{self, Extracted};
use super::line::BLANK_LINE;
use super::text;
use crate::model::article::Source;
use crate::model::pattern::pattern;

/// A tag that HTML knows, or an entity.
static MARK_UP: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        "(?i)<!--(?s:.*?)-->|\\[caption\\b[^\\]]*\\]|</?(a|b|i|u|p|s|q|em|del|ins|strike|br|hr|li|ul|ol|dl|dt|dd|tr|td|th|h[1-6]|div|img|pre|sub|sup|code|span|font|strong|small|center|\
         figure|figcaption|blockquote|table|tbody|section|article|header|footer|aside|iframe|script|style|video|audio|picture)\
         (\\s[^<>]*)?/?>|&(#\\d{1,7}|#x[0-9a-f]{1,6}|[a-z][a-z0-9]{1,7});",
    )
});
/// A tag that begins a block, or whose content is no text.
static BLOCK: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        "(?i)<(p|hr|li|tr|h[1-6]|div|pre|figure|blockquote|table|section|article|script|style|ul|ol|dl)(\\s[^<>]*)?/?>",
    )
});
static BREAK: LazyLock<Regex> = LazyLock::new(|| pattern("(?i)<br\\s*/?>"));
/// How `WordPress` writes a picture with its caption.
static CAPTION: LazyLock<Regex> = LazyLock::new(|| pattern("(?is)\\[caption\\b[^\\]]*\\](.*?)\\[/caption\\]"));
/// White space inside a tag, line ends among it.
static TAG: LazyLock<Regex> = LazyLock::new(|| pattern("<[a-zA-Z/][^<>]*>"));

/// The blocks of a record's text.
///
/// # Errors
/// As the reader of HTML.
pub fn read(source: Source, text: String) -> Result<Extracted, String> {
    let source = Source {
        title: source.title.map(words),
        outlet: source.outlet.map(words),
        author: source.author.map(words),
        ..source
    };
    if !MARK_UP.is_match(&text) {
        let blocks = text::blocks(&text);
        return Ok((source, text, blocks));
    }
    let text = CAPTION.replace_all(&text, "<figure>$1</figure>").into_owned();
    let html = if BLOCK.is_match(&text) { text } else { in_paragraphs(&text) };
    let (_, text, blocks) = html::fragment(&html)?;
    Ok((source, text, blocks))
}

/// Mark-up without blocks of its own: paragraphs are what lines divide, or blank lines where breaks stand in the text.
fn in_paragraphs(text: &str) -> String {
    let text = TAG.replace_all(text, |tag: &Captures<'_>| {
        tag.get(0).map_or_else(String::new, |tag| tag.as_str().replace(['\n', '\r'], " "))
    });
    if BREAK.is_match(&text) {
        return BLANK_LINE.split(&text).map(|part| format!("<p>{part}</p>")).collect();
    }
    text::blocks(&text).iter().map(|block| format!("<p>{}</p>", block.text)).collect()
}

/// A title's words without mark-up.
fn words(written: String) -> String {
    if !MARK_UP.is_match(&written) {
        return written;
    }
    match html::fragment(&written) {
        Ok((_, words, _)) if !words.is_empty() => words.replace('\n', " "),
        _ => written,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(text: &str) -> Vec<String> {
        read(Source::default(), text.into()).unwrap().2.into_iter().map(|block| block.text).collect()
    }

    #[test]
    fn mark_up_is_told_by_any_tag_or_entity() {
        assert_eq!(texts("<img src=\"a.jpg\" />Harga beras tidak naik."), ["Harga beras tidak naik."]);
        assert_eq!(texts("Kata &#8220;Budi&#8221; di R&amp;D. [&#8230;]"), ["Kata “Budi” di R&D. […]"]);
        assert_eq!(texts("<SPAN>Harga <b>naik</b></SPAN> lagi."), ["Harga naik lagi."]);
        assert_eq!(texts("harga < 5 & > 3, <nama>, a&b;"), ["harga < 5 & > 3, <nama>, a&b;"]);
    }

    #[test]
    fn line_ends_divide_paragraphs_where_no_tag_does() {
        let lines = "Harga beras <strong>tidak</strong> naik.\n\nPedagang <a\nhref=\"x\">mengaku</a> rugi.";
        assert_eq!(texts(lines), ["Harga beras tidak naik.", "Pedagang mengaku rugi."]);
        let breaks = "Harga beras\ntidak naik.<br /><br />Pedagang rugi.\n\nWarga senang.";
        assert_eq!(texts(breaks), ["Harga beras tidak naik.", "Pedagang rugi.", "Warga senang."]);
    }

    #[test]
    fn blank_lines_divide_what_stands_between_blocks() {
        let post = "Satu.\n\nDua <em>tidak</em>\nnaik.\n\n<blockquote>Tiga.</blockquote>\n\nEmpat.\r\n\r\n<strong>Stok Aman</strong>\n\nLima.";
        assert_eq!(texts(post), ["Satu.", "Dua tidak naik.", "Tiga.", "Empat.", "Stok Aman", "Lima."]);
        let more = "Harga <b>tidak</b> naik.\n<!--more-->\nPedagang rugi.\nWarga senang.";
        assert_eq!(texts(more), ["Harga tidak naik.", "Pedagang rugi.", "Warga senang."]);
        assert_eq!(texts("Satu.\n<!--more-->\nDua."), ["Satu.", "Dua."]);
        let picture = "Satu.\n\n[caption id=\"a\" width=\"600\"]<img src=\"a.jpg\" /> Pasar Minggu[/caption]\n\nDua.";
        assert_eq!(texts(picture), ["Satu.", "Pasar Minggu", "Dua."]);
        assert_eq!(texts("Korban <del>12</del> 21 orang."), ["Korban 21 orang.", "12"]);
    }

    #[test]
    fn titles_lose_their_mark_up() {
        let source = Source { title: Some("Harga &#8220;Beras&#8221; <i>Turun</i>".into()), ..Source::default() };
        assert_eq!(read(source, "Isi.".into()).unwrap().0.title.as_deref(), Some("Harga “Beras” Turun"));
    }
}
