//! Web pages: the story, its metadata, and everything around it as furniture.
//!
//! Place in the data way: the reader of `.html`, and of the HTML inside feeds and e-books.
//! It must never drop visible text: what is outside the story becomes skipped blocks. Scripts and styles are no text.

mod frame;
mod meta;
mod paired;
mod piece;
mod story;
mod tag;

use crate::model::article::{Block, ParagraphKind, Source, Span};

use piece::Piece;

/// Reason for text around the story.
const OUTSIDE: &str = "the page's frame, outside the story";
/// Reason for a part of the frame that stands between the paragraphs of the story.
const INSIDE: &str = "a part of the page's frame";
/// Reason for a paragraph that is a link and nothing else.
const LINK: &str = "a link to another page";

/// What a page holds: metadata, the extracted text, and its blocks.
pub type Extracted = (Source, String, Vec<Block>);

/// Reads a whole page.
///
/// # Errors
/// Where it nests too deep or has an absurdly long attribute.
pub fn page(html: &str) -> Result<Extracted, String> {
    let is_xml = html.trim_start_matches('\u{feff}').trim_start().starts_with("<?xml");
    let mut page = if is_xml { piece::read(&paired::paired(html))? } else { piece::read(html)? };
    frame::settle(&mut page);
    let source = meta::source(&page);
    let inside = story::inside(&page);
    let mut out = Out::default();
    for piece in &page.pieces {
        let is_inside = inside.get(piece.node).copied().unwrap_or(false);
        let is_title = source.title.as_deref() == Some(piece.text.as_str());
        if is_inside || is_title || is_credit(&piece.text) {
            out.push(piece, skip_reason(piece));
        } else {
            out.push_frame(piece);
        }
    }
    Ok((source, out.text, out.blocks))
}

/// Reads HTML that is known to be a story, without a page around it.
///
/// # Errors
/// As for [`page`].
pub fn fragment(html: &str) -> Result<Extracted, String> {
    let page = piece::read(&paired::paired(html))?;
    let mut out = Out::default();
    for piece in &page.pieces {
        out.push(piece, skip_reason(piece));
    }
    Ok((meta::source(&page), out.text, out.blocks))
}

fn skip_reason(piece: &Piece) -> Option<&'static str> {
    if piece.in_frame {
        return Some(INSIDE);
    }
    let is_link = piece.linked * 10 >= piece.text.len() * 9 && piece.kind != ParagraphKind::Heading;
    (is_link && piece.text.len() < 250).then_some(LINK)
}

/// Date and credit lines often stand above the story; `clean` takes them as metadata.
fn is_credit(text: &str) -> bool {
    let zone = text.split_whitespace().next_back().is_some_and(|word| matches!(word, "WIB" | "WITA" | "WIT"));
    let credit = ["Penulis:", "Editor:", "Reporter:", "Pewarta:", "Penulis :", "Editor :", "Pewarta :"];
    text.len() < 150 && (zone || credit.iter().any(|start| text.starts_with(start)))
}

#[derive(Default)]
struct Out {
    text: String,
    blocks: Vec<Block>,
    /// The last block gathers the frame: further pieces of it are added there.
    gathering: bool,
}

impl Out {
    fn push(&mut self, piece: &Piece, reason: Option<&str>) {
        let span = self.append(&piece.text);
        let kind = if reason.is_some() { ParagraphKind::Boilerplate } else { piece.kind };
        self.blocks.push(Block { span, text: piece.text.clone(), kind, skipped: reason.map(str::to_owned) });
        self.gathering = false;
    }

    fn push_frame(&mut self, piece: &Piece) {
        let span = self.append(&piece.text);
        match self.blocks.last_mut().filter(|_| self.gathering) {
            Some(last) => {
                last.span.1 = span.1;
                last.text.push_str(" · ");
                last.text.push_str(&piece.text);
            }
            None => self.blocks.push(Block {
                span,
                text: piece.text.clone(),
                kind: ParagraphKind::Boilerplate,
                skipped: Some(OUTSIDE.into()),
            }),
        }
        self.gathering = true;
    }

    fn append(&mut self, text: &str) -> Span {
        if !self.text.is_empty() {
            self.text.push('\n');
        }
        let start = self.text.len();
        self.text.push_str(text);
        Span(start, self.text.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = r#"<!doctype html><html><head><title>Harga Beras Turun - detikFinance</title>
        <meta property="og:site_name" content="detikfinance"><meta name="publishdate" content="2026/11/23 14:05:00">
        <link rel="canonical" href="https://finance.example.id/d-1"><style>p{color:red}</style></head><body>
        <nav><ul><li><a href="/">Home</a></li><li><a href="/x">Berita</a></li></ul></nav>
        <div class="kolom"><article><h1>Harga Beras <em>Turun</em></h1><div>Senin, 23 Nov 2026 14:05 WIB</div>
        <div class="detail__body-text"><p>Harga beras turun 3&#44;5 persen pekan ini, kata Kepala Bulog di Jakarta, Senin.</p>
        <p><strong>Stok Aman</strong></p><p>Stok di gudang cukup sampai akhir tahun, menurut laporan itu.<br><br>Paragraf kedua ditulis dengan jeda baris ganda.</p>
        <table><tr><td><a href="/baca">Baca juga: Harga Gula Naik</a></td></tr></table>
        <ul><li>Beras medium Rp13.500</li></ul><blockquote>Kami siap menjaga harga.</blockquote>
        <div class="share"><a>Facebook</a> <a>X</a></div><script>var x = "<p>bukan teks</p>";</script></div></article>
        <aside><h3>Terpopuler</h3><p>Polisi Tangkap Pelaku Pencurian Motor di Depok Kemarin Malam</p></aside></div>
        <footer>Copyright @ 2026</footer></body></html>"#;

    fn kinds(html: &str) -> Vec<(ParagraphKind, bool, String)> {
        let blocks = page(html).unwrap().2;
        blocks.into_iter().map(|block| (block.kind, block.skipped.is_some(), block.text)).collect()
    }

    #[test]
    fn the_story_is_told_from_its_frame() {
        use ParagraphKind::{Boilerplate, Heading, List, Quote, Text};
        let expected = [
            (Boilerplate, true, "Home · Berita"),
            (Heading, false, "Harga Beras Turun"),
            (Text, false, "Senin, 23 Nov 2026 14:05 WIB"),
            (Text, false, "Harga beras turun 3,5 persen pekan ini, kata Kepala Bulog di Jakarta, Senin."),
            (Heading, false, "Stok Aman"),
            (Text, false, "Stok di gudang cukup sampai akhir tahun, menurut laporan itu."),
            (Text, false, "Paragraf kedua ditulis dengan jeda baris ganda."),
            (Boilerplate, true, "Baca juga: Harga Gula Naik"),
            (List, false, "Beras medium Rp13.500"),
            (Quote, false, "Kami siap menjaga harga."),
            (Boilerplate, true, "Facebook X"),
            (
                Boilerplate,
                true,
                "Terpopuler · Polisi Tangkap Pelaku Pencurian Motor di Depok Kemarin Malam · Copyright @ 2026",
            ),
        ];
        assert_eq!(kinds(PAGE), expected.map(|(kind, skipped, text)| (kind, skipped, text.to_owned())));
    }

    fn sent(html: &str) -> Vec<String> {
        kinds(html).into_iter().filter(|(_, skipped, _)| !skipped).map(|(_, _, text)| text).collect()
    }

    fn prose(n: usize) -> String {
        format!("<p>Harga beras nomor {n} tidak naik di Pasar Induk Cipinang sejak pekan lalu, kata Kepala Bulog.</p>")
    }

    #[test]
    fn a_story_in_several_parts_is_read_whole() {
        let part = |inside: String| format!("<div class=item><div class=content>{inside}</div></div>");
        let pages =
            format!("<article><div>{}{}</div></article>", part(prose(1) + &prose(2)), part(prose(3) + &prose(4)));
        assert_eq!(sent(&pages).len(), 4);
        let widgets: String =
            (0..8).map(|n| part(format!("<div>{}</div>", prose(n))) + "<div><h2>Sub</h2></div>").collect();
        assert_eq!(
            sent(&format!("<body><article>{widgets}</article></body>")).len(),
            15,
            "the last heading has no text"
        );
        let lead = format!(
            "<body><div id=page><div class=lead>{}</div><div class=isi>{}{}{}</div><div class=iklan></div><div>{}</div></div></body>",
            prose(1),
            prose(2),
            prose(3),
            prose(4),
            prose(5)
        );
        assert_eq!(sent(&lead).len(), 5);
    }

    #[test]
    fn teasers_beside_the_story_are_no_part_of_it() {
        let card = "<div class=kartu><h3><a href=/x>Polisi Tangkap Pelaku Pencurian Motor</a></h3><p>Pelaku ditangkap di Depok pada Senin malam.</p></div>";
        let about =
            "<div class=tentang><p>Kabar adalah media daring yang berdiri di Jakarta sejak tahun 2010.</p></div>";
        let html = format!(
            "<body><div><div><div class=isi>{}{}{}</div>{card}{card}</div></div>{about}</body>",
            prose(1),
            prose(2),
            prose(3)
        );
        assert_eq!(sent(&html).len(), 3);
    }

    #[test]
    fn a_wrapper_that_holds_the_page_is_no_frame_and_comments_stay_one() {
        let story = format!("<h1>Harga Beras Turun</h1>{}{}", prose(1), prose(2));
        for wrapper in ["<form id=aspnetForm>", "<div class=content-sidebar-wrap>"] {
            let html = format!("<body>{wrapper}{story}<div class=sidebar>{}</div>", prose(3));
            assert_eq!(sent(&html).len(), 3, "{wrapper}");
        }
        let comments = format!("<body>{story}<div class=comments>{}{}{}</div></body>", prose(3), prose(4), prose(5));
        assert_eq!(sent(&comments).len(), 3);
        let rail = format!("<body>{story}<div class=sidebar>{}{}{}</div></body>", prose(3), prose(4), prose(5));
        assert_eq!(sent(&rail).len(), 3);
    }

    #[test]
    fn elements_that_close_themselves_hold_nothing() {
        let xhtml = |head: &str, inside: &str| {
            format!(
                "<?xml version=\"1.0\"?><html><head>{head}</head><body><h1>Bab Satu</h1>{inside}{}</body></html>",
                prose(2)
            )
        };
        for head in ["<title/>", "<script src=\"x.js\"/>"] {
            assert_eq!(sent(&xhtml(head, &prose(1))).len(), 3, "{head}");
            assert_eq!(fragment(&xhtml(head, &prose(1))).unwrap().2.len(), 3, "{head}");
        }
        for mark in ["<a id=\"hal2\"/>", "<a name=\"hal2\">", "<b/>", "<div class=\"ad\"/>"] {
            let blocks = kinds(&xhtml("", &format!("{mark}{}", prose(1))));
            assert!(blocks.iter().all(|(kind, skipped, _)| !skipped && *kind != ParagraphKind::Boilerplate), "{mark}");
        }
    }

    #[test]
    fn metadata_comes_from_the_head() {
        let source = page(PAGE).unwrap().0;
        assert_eq!(source.title.as_deref(), Some("Harga Beras Turun"));
        assert_eq!(source.outlet.as_deref(), Some("detikfinance"));
        assert_eq!(source.date.as_deref(), Some("2026/11/23 14:05:00"));
        assert_eq!(source.url.as_deref(), Some("https://finance.example.id/d-1"));
    }

    #[test]
    fn deep_nesting_and_huge_attributes_are_refused() {
        assert!(page(&"<div>".repeat(100_000)).unwrap_err().contains("nests deeper"));
        let huge = format!("<img alt=\"{}\">", "x".repeat(5 << 20));
        assert!(page(&huge).unwrap_err().contains("attribute"));
    }

    #[test]
    fn spans_address_the_extracted_text() {
        let (_, text, blocks) = page(PAGE).unwrap();
        for block in blocks.iter().filter(|block| block.skipped.is_none()) {
            assert_eq!(&text[block.span.0..block.span.1], block.text);
        }
    }
}
