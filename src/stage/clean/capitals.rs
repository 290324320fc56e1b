//! Lines in capitals only: teasers for other stories, or headings.
//!
//! Place in the data way: used by `clean` after the rules.
//! It must never take an acronym, a short cry in capitals or a true heading for a teaser.

use std::collections::BTreeSet;

use crate::model::article::{Block, ParagraphKind};

/// A heading has few words; a teaser is a whole headline.
const HEADING_WORDS: usize = 5;
/// A heading of many words is still one where this share of its words stands in the text under it.
const SHARED: f64 = 0.35;

/// Marks the capitals-only lines of an article. The first and last text of an article are never teasers.
pub fn mark(blocks: &mut [Block]) {
    let story = |block: &Block| block.skipped.is_none();
    let first = blocks.iter().position(story);
    let capitals = blocks.iter().filter(|block| story(block) && is_shouted(&block.text)).count();
    // Agencies and offices write whole texts in capitals, or the lines that matter most.
    let is_manner = capitals >= 2 && capitals * 2 >= blocks.iter().filter(|block| story(block)).count();
    let marks: Vec<Option<ParagraphKind>> = blocks
        .iter()
        .enumerate()
        .map(|(at, block)| {
            let is_line = matches!(block.kind, ParagraphKind::Text | ParagraphKind::Heading);
            if !(is_line && story(block) && Some(at) != first && is_capitals(&block.text)) {
                return None;
            }
            let following: Vec<&Block> = blocks.iter().skip(at + 1).filter(|block| story(block)).take(2).collect();
            let kind = judge(&block.text, &following);
            kind.filter(|kind| !(is_manner && *kind == ParagraphKind::Promo))
        })
        .collect();
    for (block, kind) in blocks.iter_mut().zip(marks) {
        block.kind = kind.unwrap_or(block.kind);
    }
}

fn is_shouted(text: &str) -> bool {
    !text.chars().any(char::is_lowercase) && text.split_whitespace().nth(2).is_some()
}

/// Three words or more, no lower-case letter, no quotation, no sentence's end, no list behind a colon.
fn is_capitals(text: &str) -> bool {
    if text.len() > 400 || text.chars().any(char::is_lowercase) {
        return false;
    }
    let is_list = text.split_once(": ").is_some_and(|(_, list)| list.contains(','));
    let words = text.split_whitespace().filter(|word| word.chars().filter(|c| c.is_alphabetic()).count() > 1).count();
    let quoted = text.starts_with(['"', '“', '\'', '‘']) || text.ends_with(['"', '”']);
    words >= 3 && !quoted && !is_list && !text.ends_with(['.', ',', '?', '!'])
}

fn judge(text: &str, following: &[&Block]) -> Option<ParagraphKind> {
    if following.is_empty() {
        return None;
    }
    let words = content_words(text);
    if text.split_whitespace().count() <= HEADING_WORDS {
        return Some(ParagraphKind::Heading);
    }
    let under: BTreeSet<String> = following.iter().flat_map(|block| content_words(&block.text)).collect();
    let shared = words.intersection(&under).count();
    #[expect(clippy::cast_precision_loss, reason = "a line holds few words")]
    let share = shared as f64 / words.len().max(1) as f64;
    Some(if share >= SHARED { ParagraphKind::Heading } else { ParagraphKind::Promo })
}

/// Words of four letters and more, in lower case.
fn content_words(text: &str) -> BTreeSet<String> {
    let words = text.split(|c: char| !c.is_alphanumeric()).filter(|word| word.len() >= 4);
    words.map(str::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::article::Span;

    fn kind_of(line: &str, under: &str) -> ParagraphKind {
        let block =
            |text: &str| Block { span: Span(0, 0), text: text.into(), kind: ParagraphKind::Text, skipped: None };
        let mut blocks = [block("Pembuka berita."), block(line), block(under)];
        mark(&mut blocks);
        blocks[1].kind
    }

    #[test]
    fn a_headline_of_another_story_is_a_teaser() {
        let line = "POLISI TANGKAP DUA PELAKU PERAMPOKAN TOKO EMAS DI BANDUNG";
        assert_eq!(kind_of(line, "Harga beras di pasar itu turun sejak pekan lalu."), ParagraphKind::Promo);
    }

    #[test]
    fn lines_of_a_text_in_capitals_are_no_teasers() {
        let block =
            |text: &str| Block { span: Span(0, 0), text: text.into(), kind: ParagraphKind::Text, skipped: None };
        let warning = [
            "Masih berpotensi terjadi hujan lebat pada pukul 14.30 WIB di wilayah berikut.",
            "KABUPATEN BOGOR: CISARUA, MEGAMENDUNG, CIAWI, CARINGIN",
            "WASPADA POTENSI BANJIR DAN TANAH LONGSOR DI WILAYAH SELATAN",
            "Kondisi ini diperkirakan masih dapat berlangsung hingga pukul 17.00 WIB.",
        ];
        let mut blocks = warning.map(block);
        mark(&mut blocks);
        assert!(blocks.iter().all(|block| block.kind == ParagraphKind::Text), "{blocks:#?}");
        let question = "APAKAH PEMERINTAH AKAN MENGIMPOR BERAS LAGI TAHUN DEPAN?";
        assert_eq!(kind_of(question, "Tidak, kata dia."), ParagraphKind::Text);
    }

    #[test]
    fn a_heading_over_its_own_text_stays_a_heading() {
        assert_eq!(kind_of("KRONOLOGI KEJADIAN PERAMPOKAN", "Pelaku datang pada malam hari."), ParagraphKind::Heading);
        let line = "TIGA ALASAN MENGAPA HARGA BERAS NAIK TAHUN INI";
        assert_eq!(
            kind_of(line, "Ada tiga alasan. Pertama, harga beras naik karena panen gagal."),
            ParagraphKind::Heading
        );
    }

    #[test]
    fn acronyms_and_cries_in_capitals_stay_text() {
        for line in [
            "KPK",
            "BMKG DAN BNPB",
            "“TURUNKAN HARGA BERAS SEKARANG JUGA, PAK!”",
            "KAMI MENOLAK KENAIKAN HARGA BAHAN BAKAR.",
        ] {
            let kind = kind_of(line, "Warga berteriak di depan kantor gubernur.");
            assert!(matches!(kind, ParagraphKind::Text | ParagraphKind::Heading), "{line}: {kind:?}");
        }
        assert_eq!(kind_of("KPK", "Lembaga itu memeriksa saksi."), ParagraphKind::Text);
    }
}
