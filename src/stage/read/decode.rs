//! Bytes to text: byte-order marks, UTF-16 without one, UTF-8, and legacy encodings by detection.
//!
//! Place in the data way: the first thing that `parse` does.
//! It must never turn a binary file into text.

use std::borrow::Cow;

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE};

/// Decodes an article; `declared` is the encoding that its format names, where it names one.
///
/// # Errors
/// Says what the bytes are where they are no text.
pub fn decode<'a>(bytes: &'a [u8], declared: Option<&'static Encoding>) -> Result<Cow<'a, str>, String> {
    if let Some((encoding, mark)) = Encoding::for_bom(bytes) {
        return Ok(encoding.decode_without_bom_handling(bytes.get(mark..).unwrap_or_default()).0);
    }
    if let Some(encoding) = utf16_without_mark(bytes) {
        return Ok(encoding.decode_without_bom_handling(bytes).0);
    }
    if let Some(kind) = binary_kind(bytes) {
        return Err(format!("is {kind}, not text"));
    }
    if let Ok(text) = std::str::from_utf8(bytes) {
        return Ok(Cow::Borrowed(text));
    }
    let encoding = if is_broken_utf8(bytes) {
        UTF_8
    } else {
        declared.filter(|declared| *declared != UTF_8).unwrap_or_else(|| detect(bytes))
    };
    Ok(encoding.decode_without_bom_handling(bytes).0)
}

/// UTF-16 of mostly Latin text has a zero in nearly every second byte.
fn utf16_without_mark(bytes: &[u8]) -> Option<&'static Encoding> {
    let sample = bytes.get(..bytes.len().min(4096))?;
    let pairs = sample.len() / 2;
    if pairs < 2 || !bytes.len().is_multiple_of(2) {
        return None;
    }
    let zeros = |offset: usize| sample.iter().skip(offset).step_by(2).filter(|byte| **byte == 0).count();
    let (high_first, low_first) = (zeros(0), zeros(1));
    match (high_first * 10 >= pairs * 7, low_first * 10 >= pairs * 7) {
        (true, false) if low_first == 0 => Some(UTF_16BE),
        (false, true) if high_first == 0 => Some(UTF_16LE),
        _ => None,
    }
}

/// Names a binary file by its first bytes, or by what text never holds.
pub fn binary_kind(bytes: &[u8]) -> Option<&'static str> {
    const MAGIC: &[(&[u8], &str)] = &[
        (b"%PDF-", "a PDF"),
        (b"PK\x03\x04", "a zip archive or office document"),
        (b"\x89PNG", "a PNG picture"),
        (b"\xff\xd8\xff", "a JPEG picture"),
        (b"GIF8", "a GIF picture"),
        (b"\x1f\x8b", "gzip data"),
        (b"\x7fELF", "a program"),
        (b"\xd0\xcf\x11\xe0", "an old office document"),
    ];
    if let Some((_, kind)) = MAGIC.iter().find(|(magic, _)| bytes.starts_with(magic)) {
        return Some(kind);
    }
    let is_control = |byte: &&u8| **byte < 0x20 && !matches!(**byte, b'\t' | b'\n' | b'\r' | 0x0b | 0x0c | 0x1b | 0x1a);
    let controls = bytes.iter().filter(is_control).count();
    (bytes.contains(&0) || controls * 50 > bytes.len()).then_some("binary data")
}

/// UTF-8 with a few broken bytes (a scrape cut in the middle of a character): most of its multi-byte characters are whole.
fn is_broken_utf8(bytes: &[u8]) -> bool {
    let (mut whole, mut broken) = (0usize, 0usize);
    for chunk in bytes.utf8_chunks() {
        whole += chunk.valid().chars().filter(|c| !c.is_ascii()).count();
        broken += usize::from(!chunk.invalid().is_empty());
    }
    whole >= broken * 4
}

fn detect(bytes: &[u8]) -> &'static Encoding {
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    detector.feed(bytes, true);
    detector.guess(Some(b"id"), Utf8Detection::Deny)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "Harga beras naik, kata “Budi”.";

    fn utf16(little: bool) -> Vec<u8> {
        TEXT.encode_utf16().flat_map(|unit| if little { unit.to_le_bytes() } else { unit.to_be_bytes() }).collect()
    }

    #[test]
    fn utf16_is_read_with_and_without_a_mark() {
        assert_eq!(decode(&utf16(true), None).unwrap(), TEXT);
        assert_eq!(decode(&utf16(false), None).unwrap(), TEXT);
        assert_eq!(decode(&[b"\xff\xfe".as_slice(), &utf16(true)].concat(), None).unwrap(), TEXT);
        assert_eq!(decode(&[b"\xfe\xff".as_slice(), &utf16(false)].concat(), None).unwrap(), TEXT);
    }

    #[test]
    fn utf8_marks_are_taken_off() {
        assert_eq!(decode(b"\xef\xbb\xbfIni", None).unwrap(), "Ini");
    }

    #[test]
    fn windows_1252_quotation_marks_are_read() {
        assert_eq!(
            decode(b"Kata \x93Budi\x94, harga kopi di caf\xe9 naik.", None).unwrap(),
            "Kata “Budi”, harga kopi di café naik."
        );
    }

    #[test]
    fn a_page_that_declares_utf8_wrongly_is_read_by_its_bytes() {
        assert_eq!(decode(b"Kata \x93Budi\x94, harga naik.", Some(UTF_8)).unwrap(), "Kata “Budi”, harga naik.");
    }

    #[test]
    fn utf8_cut_in_the_middle_of_a_character_stays_utf8() {
        let mut bytes = TEXT.repeat(4).into_bytes();
        bytes.extend_from_slice(b" \xe2\x80 selesai");
        assert!(decode(&bytes, None).unwrap().contains("“Budi”"));
    }

    #[test]
    fn binaries_are_named() {
        assert_eq!(decode(b"%PDF-1.7 abc", None).unwrap_err(), "is a PDF, not text");
        assert_eq!(decode(b"abc\0\x01\x02def", None).unwrap_err(), "is binary data, not text");
    }
}
