//! Web pages: the story, its metadata, and everything around it as furniture.
//!
//! Place in the data way: the reader of `.html`, and of the HTML inside feeds and e-books.
//! It must never drop visible text: what is outside the story becomes skipped blocks. Scripts and styles are no text.

mod copies;
mod credit;
mod frame;
mod meta;
mod paired;
mod piece;
mod row;
mod story;
mod tag;

use crate::model::article::{Block, ParagraphKind, Source, Span};

use piece::{Page, Piece};
pub(super) use tag::is_block;

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
    copies::mark(&mut page);
    story::tell_short(&mut page);
    frame::settle(&mut page);
    let source = meta::source(&page);
    let inside = story::inside(&page);
    let inside: Vec<bool> = page.pieces.iter().map(|piece| inside.get(piece.node).copied().unwrap_or(false)).collect();
    let title = source.title.as_deref().and_then(|title| title_place(&page, title, &inside));
    let credits = credit::places(&page, title, &inside);
    let mut out = Out::default();
    for (at, (piece, is_inside)) in page.pieces.iter().zip(inside).enumerate() {
        if is_inside || title == Some(at) || credits.contains(&at) {
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
    let mut page = piece::read_story(&paired::paired(html))?;
    copies::mark(&mut page);
    let mut out = Out::default();
    for piece in &page.pieces {
        out.push(piece, skip_reason(piece));
    }
    Ok((meta::source(&page), out.text, out.blocks))
}

fn skip_reason(piece: &Piece) -> Option<&'static str> {
    if piece.reason.is_some() || piece.in_frame {
        return piece.reason.or(Some(INSIDE));
    }
    let is_link = piece.linked * 10 >= piece.text.len() * 9 && piece.kind != ParagraphKind::Heading;
    (is_link && piece.text.len() < 250).then_some(LINK)
}

/// The piece that is the title: the story's own, else a first-level heading, else the last one above the story.
fn title_place(page: &Page, title: &str, inside: &[bool]) -> Option<usize> {
    let is_inside = |at: &usize| inside.get(*at).copied().unwrap_or(false);
    let is_title = |(at, piece): (usize, &Piece)| (piece.text == title && piece.reason.is_none()).then_some(at);
    let places: Vec<usize> = page.pieces.iter().enumerate().filter_map(is_title).collect();
    let piece = |at: &usize| page.pieces.get(*at);
    let story = inside.iter().position(|is_inside| *is_inside).unwrap_or(inside.len());
    let headings = || places.iter().filter(|at| piece(at).is_some_and(|piece| piece.is_h1));
    let own = places.iter().find(|at| is_inside(at) && piece(at).is_some_and(|piece| !piece.in_frame));
    let open = headings().find(|at| piece(at).is_some_and(|piece| !piece.in_frame)).or_else(|| headings().next());
    own.or(open).or_else(|| places.iter().rfind(|at| **at < story)).or(places.first()).copied()
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
    fn a_short_story_is_no_frame_and_a_notice_is_no_story() {
        let flash = "<h1>Gempa M 5,6</h1><p>Gempa guncang Sukabumi.</p><p>Tidak berpotensi tsunami.</p>";
        let notice = "Situs ini memakai data perambah untuk meningkatkan pengalaman Anda, lihat ketentuan kami.";
        let expected = ["Gempa M 5,6", "Gempa guncang Sukabumi.", "Tidak berpotensi tsunami."];
        for page in [
            format!("<body><article>{flash}</article><div class=cookie-consent>{notice}</div></body>"),
            format!("<body><div class=foto>{flash}</div><div class=related><p>{}</p></div></body>", prose(1)),
        ] {
            assert_eq!(sent(&page), expected, "{page}");
        }
        let portal = format!("<body><div>{flash}</div><div class=bawah><p>{notice}</p></div></body>");
        assert_eq!(sent(&portal)[..3], expected);
        let letter = format!("<body><h1>Video: Banjir Demak</h1><div class=newsletter><p>{notice}</p></div></body>");
        assert_eq!(sent(&letter), ["Video: Banjir Demak"]);
        // A subtitle beside the headline does not take the place of the story.
        let story: String = (0..6).map(prose).collect();
        let head = "<div class=head><h1>Harga Beras Turun</h1><p>Petani rugi.</p></div>";
        assert!(sent(&format!("<body>{head}<div class=content-sidebar-wrap>{story}</div></body>")).len() >= 7);
        assert!(sent(&format!("<body><div>{head}</div><div><div>{story}</div></div></body>")).len() >= 7);
    }

    #[test]
    fn a_story_in_several_articles_is_whole_and_another_story_is_no_part_of_it() {
        let article = |inside: &str| format!("<article>{inside}</article>");
        let lead = article(&format!("<h1>Harga Beras Turun</h1>{}", prose(1)));
        let rest = article(&(prose(2) + &prose(3) + &prose(4)));
        assert_eq!(sent(&format!("<body><div>{lead}<div></div>{rest}</div></body>")).len(), 5);
        let updates: String = (0..2).map(|n| article(&format!("<h3>Pukul 1{n}.30 WIB</h3>{}", prose(n)))).collect();
        let long = article(&format!("<h1>LIVE Putusan MK</h1>{}", (2..8).map(prose).collect::<String>()));
        assert_eq!(sent(&format!("<body><main>{long}{updates}</main></body>")).len(), 11);
        let other = article(&format!("<h2><a href=/lain>Gula Naik</a></h2>{}", prose(9)));
        assert_eq!(sent(&format!("<body><main>{long}{other}</main></body>")).len(), 7);
    }

    #[test]
    fn a_link_that_nothing_closes_takes_no_paragraph_along() {
        let page = format!(
            "<body><article>{}<p>Sumber: <a href=/x>Bulog</p>{}{}<p>Lihat <a href=/y>ini</a>.</p></article></body>",
            prose(1),
            prose(2),
            prose(3)
        );
        assert_eq!(sent(&page).len(), 5);
        let first =
            format!("<body><article><p><a href=/x>Jakarta - Stok beras cukup.</p>{}{}</article>", prose(1), prose(2));
        assert_eq!(sent(&first).len(), 3);
    }

    #[test]
    fn figures_above_the_line_and_struck_out_ones_melt_into_no_other() {
        let page = |inside: &str| format!("<body><article><h1>Judul</h1>{}<p>{inside}</p></article></body>", prose(1));
        let last = |inside: &str| sent(&page(inside)).pop().unwrap();
        assert_eq!(
            last("Naik 3,5<sup><a href=#c>1</a></sup> persen, 10<sup>6</sup> ton."),
            "Naik 3,5¹ persen, 10⁶ ton."
        );
        assert_eq!(last("Suhu 30<sup>0</sup>C di Demak."), "Suhu 30°C di Demak.");
        assert_eq!(last("Korban <del>12</del> <ins>21</ins> orang."), "Korban 21 orang.");
        let struck: Vec<_> = page_blocks(&page("Korban <s>12</s> 21 orang, <s>Rp10</s> Rp12."))
            .into_iter()
            .filter(|b| b.1.is_some())
            .collect();
        assert_eq!(struck, [("12 Rp10".to_owned(), Some("struck out in the original".to_owned()))]);
        assert_eq!(
            sent(&page(&format!("Harga <s>Rp10</p>{}", prose(2)))).len(),
            4,
            "struck out to the paragraph's end"
        );
    }

    #[test]
    fn what_stands_inside_a_sentence_does_not_cut_it_and_short_cells_stand_in_one_line() {
        let page = format!(
            "<body><article>{}<p>Kata <script>ad()</script>dia <svg><path/></svg>tidak.</p>\
             <table><tr><td><p>Beras</p></td><td><p>Rp14.000</p></td></tr></table></article></body>",
            prose(1)
        );
        assert_eq!(sent(&page)[1..], ["Kata dia tidak.", "Beras | Rp14.000"]);
        let columns =
            format!("<body><table><tr><td>{}</td><td>{}{}</td></tr></table></body>", prose(1), prose(2), prose(3));
        assert_eq!(sent(&columns).len(), 3);
    }

    #[test]
    fn a_hidden_copy_is_read_once_and_what_opens_on_a_click_is_text() {
        let story = prose(1) + &prose(2);
        let twice =
            format!("<body><article><div>{story}</div><div style='display:none'>{story}</div></article></body>");
        assert_eq!(sent(&twice).len(), 2);
        let folded = format!(
            "<body><article><div>{}</div><div style='display: none'>{}</div></article></body>",
            prose(1),
            prose(2)
        );
        assert_eq!(sent(&folded).len(), 2);
        let faq: String = (0..3)
            .map(|n| format!("<div><button>Apakah peserta {n} wajib membayar?</button><div>{}</div></div>", prose(n)))
            .collect();
        assert_eq!(sent(&format!("<body><main>{faq}<button>Kirim</button></main></body>")).len(), 6);
    }

    #[test]
    fn the_date_of_a_teaser_is_not_the_storys() {
        let page = format!(
            "<body><div class=terkini><p>Minggu, 22 Nov 2026 09:00 WIB</p><p>Persib vs Persija 19.00 WIB</p></div>\
             <div><div><h1>Harga Beras Turun</h1></div><div>Senin, 23 Nov 2026 14:05 WIB</div></div><div>{}{}</div></body>",
            prose(1),
            prose(2)
        );
        assert_eq!(sent(&page)[..2], ["Harga Beras Turun", "Senin, 23 Nov 2026 14:05 WIB"]);
        assert_eq!(sent(&page).len(), 4);
    }

    #[test]
    fn the_title_is_the_headline_of_the_story() {
        let head = "<head><meta property='og:title' content='Harga Beras Turun Pekan Ini'></head>";
        let story = prose(1) + &prose(2);
        let site = format!(
            "{head}<body><h1><a href=/>Kementerian Pertanian</a></h1><div><h2>Harga Beras Turun Pekan Ini</h2>{story}</div></body>"
        );
        assert_eq!(page(&site).unwrap().0.title.as_deref(), Some("Harga Beras Turun Pekan Ini"));
        let title = "Harga Beras Turun Pekan Ini";
        let bar = format!("<body><div><h1>{title}</h1>{story}</div><div class=sticky>{title}</div></body>");
        assert_eq!(sent(&bar).iter().filter(|text| *text == title).count(), 1);
    }

    fn page_blocks(html: &str) -> Vec<(String, Option<String>)> {
        page(html).unwrap().2.into_iter().map(|block| (block.text, block.skipped)).collect()
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
        let note = "<aside epub:type=\"footnote\">Angka ini tidak termasuk cadangan.</aside>";
        assert!(fragment(note).unwrap().2.iter().all(|block| block.skipped.is_none()));
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
