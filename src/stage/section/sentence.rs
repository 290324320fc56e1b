//! Sentences of a paragraph, by the rules in `id.srx`.
//!
//! Place in the data way: used to split long paragraphs, by checks and by extractive summaries.
//! It must never break inside a word, nor give a range that cuts a character.

use std::ops::Range;
use std::sync::LazyLock;

use super::srx::Segmenter;

static INDONESIAN: LazyLock<Segmenter> = LazyLock::new(|| builtin("Indonesian"));
static ENGLISH: LazyLock<Segmenter> = LazyLock::new(|| builtin("English"));

#[expect(clippy::expect_used, reason = "the file is embedded, and the tests below read it")]
fn builtin(language: &str) -> Segmenter {
    Segmenter::new(include_str!("id.srx"), language).expect("the built-in sentence rules are valid")
}

/// Byte ranges of the sentences of an Indonesian text, white space around them left out.
pub fn sentences(text: &str) -> Vec<Range<usize>> {
    trimmed(text, &INDONESIAN)
}

/// Byte ranges of the sentences of an English text, white space around them left out.
pub fn sentences_en(text: &str) -> Vec<Range<usize>> {
    trimmed(text, &ENGLISH)
}

/// The sentences of an Indonesian text with the white space behind each: together they are the text.
pub(super) fn pieces(text: &str) -> Vec<&str> {
    let mut places = INDONESIAN.breaks(text);
    places.push(text.len());
    let mut from = 0;
    let pieces = places.into_iter().filter_map(|place| {
        let piece = text.get(from..place);
        from = place;
        piece
    });
    pieces.collect()
}

fn trimmed(text: &str, segmenter: &Segmenter) -> Vec<Range<usize>> {
    let mut places = segmenter.breaks(text);
    places.push(text.len());
    let mut from = 0;
    let ranges = places.into_iter().filter_map(|place| {
        let piece = text.get(from..place)?;
        let start = from + (piece.len() - piece.trim_start().len());
        from = place;
        (!piece.trim().is_empty()).then(|| start..start + piece.trim().len())
    });
    ranges.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(text: &str) -> Vec<&str> {
        sentences(text).into_iter().map(|range| &text[range]).collect()
    }

    #[test]
    fn abbreviations_do_not_end_a_sentence() {
        for text in [
            "Letjen. (Purn.) Budi Santoso hadir bersama dr. Rina, Sp.A. dan Prof. Dr. Ir. H. Agus Salim, M.Si., di lokasi.",
            "Harganya Rp. 10.000 per kilogram, menurut Permen No. 5 Tahun 2025, hlm. 12, s.d. Des. 2025.",
            "Barang seperti beras, gula, dll. dijual di Jl. Jend. Sudirman Kav. 5, Kec. Setiabudi, oleh PT. Maju Jaya Tbk. sejak pukul 10.30 WIB.",
            "Syaratnya a.l. kartu identitas a.n. Budi B.J. Habibie di Kompas.com.",
            "“Kita akan tahu caranya. untuk mencapai Iran,” katanya… dan pergi.",
            "“Siap?” tanya Budi.",
        ] {
            assert_eq!(split(text), [text]);
        }
    }

    #[test]
    fn sentences_end_at_full_stops_questions_and_closing_quotes() {
        let text = "Ia pergi. “Kami siap!” Budi menjawab? “Ya.” 10 orang ikut, kata Rina, Sp.A. Ia pulang… Selesai.";
        let expected = [
            "Ia pergi.",
            "“Kami siap!”",
            "Budi menjawab?",
            "“Ya.”",
            "10 orang ikut, kata Rina, Sp.A.",
            "Ia pulang…",
            "Selesai.",
        ];
        assert_eq!(split(text), expected);
    }

    #[test]
    fn a_lost_space_does_not_hide_a_sentence() {
        assert_eq!(split("Harga naik.Warga mengeluh."), ["Harga naik.", "Warga mengeluh."]);
    }

    #[test]
    fn english_has_its_own_rules() {
        let text = "The U.S. President met Dr. Smith at 5 p.m. on Friday. He left. It cost Rp. 10,000, i.e. less.";
        let got: Vec<_> = sentences_en(text).into_iter().map(|range| &text[range]).collect();
        let expected =
            ["The U.S. President met Dr. Smith at 5 p.m. on Friday.", "He left.", "It cost Rp. 10,000, i.e. less."];
        assert_eq!(got, expected);
    }

    #[test]
    fn empty_text_has_no_sentence() {
        assert!(sentences("").is_empty() && sentences("  ").is_empty());
    }
}
