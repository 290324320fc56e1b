//! Tells the story from what stands around it: marks furniture, teasers, captions and headings, and fills metadata.
//!
//! Place in the data way: between `read` and `section`. The rules are data, in `rules.toml`, and can be extended.
//! It must never drop a block: what is not the story is marked with its reason, and stays in the record.

mod capitals;
mod cut;
mod date;
mod dated;
mod heading;
mod language;
mod rule;
mod stub;

use std::path::Path;

use crate::model::article::{Block, Document, ParagraphKind, Source};

use dated::DateLine;
use rule::{Rule, Where};
pub use rule::{Rules, RulesError};
pub use stub::is_stub;

impl Rules {
    /// The rules of the house.
    ///
    /// # Panics
    /// Never: the rules are embedded, and tested.
    pub fn builtin() -> Self {
        #[expect(clippy::expect_used, reason = "the file is embedded, and a test reads it")]
        Self::parse(include_str!("rules.toml"), "rules.toml").expect("the built-in rules are valid")
    }

    /// The rules of a file, then the rules of the house.
    ///
    /// # Errors
    /// Where the file cannot be read, or a rule in it is not valid.
    pub fn with_file(path: &Path) -> Result<Self, RulesError> {
        let shown = path.display().to_string();
        let text = std::fs::read_to_string(path)
            .map_err(|error| RulesError { file: shown.clone(), reason: format!("cannot be read: {error}") })?;
        let both = format!("{text}\n{}", include_str!("rules.toml"));
        Self::parse(&text, &shown)?;
        Self::parse(&both, &shown)
    }
}

/// Marks the blocks of a document, and fills its metadata from the lines that carry it.
pub fn clean(document: &mut Document, rules: &Rules) {
    let Document { source, text, blocks } = document;
    let mut cleaned = Vec::with_capacity(blocks.len());
    let mut dates = Vec::new();
    for block in blocks.drain(..) {
        if block.skipped.is_some() {
            cleaned.push(block);
        } else {
            dates.extend(mark(block, text, rules, source, &mut cleaned));
        }
    }
    *blocks = cleaned;
    dated::settle(dates, blocks, source);
    capitals::mark(blocks);
    heading::mark(blocks);
    source.date = source.date.take().map(|written| date::iso(&written).unwrap_or(written));
    source.lang = language::mark(blocks);
}

/// Marks a block as a whole, or cuts off what rules cut; the blocks go to `out` in reading order. Gives the date that the
/// block is.
fn mark(block: Block, text: &str, rules: &Rules, source: &mut Source, out: &mut Vec<Block>) -> Option<DateLine> {
    let Some((rule, groups)) = rules.of_line(&block.text) else {
        out.extend(cut::cut(block, text, rules, source));
        return None;
    };
    rule::fill(&groups, source);
    let (at, kind) = (out.len(), block.kind);
    let found = rule::date(&groups, &block.text);
    out.push(rule.marked(block));
    found.map(|(date, is_bare)| DateLine { at, kind, date, is_bare })
}

impl Rule {
    fn marked(&self, block: Block) -> Block {
        let skipped = (self.kind == ParagraphKind::Boilerplate).then(|| self.why.clone());
        Block { kind: self.kind, skipped, ..block }
    }

    fn is_line(&self) -> bool {
        self.place == Where::Line
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::article::Span;

    fn marked(text: &str) -> Vec<(String, bool)> {
        let block = Block { span: Span(0, text.len()), text: text.into(), kind: ParagraphKind::Text, skipped: None };
        let (mut out, mut source) = (Vec::new(), Source::default());
        mark(block, text, &Rules::builtin(), &mut source, &mut out);
        out.into_iter().map(|block| (block.text, block.skipped.is_some())).collect()
    }

    #[test]
    fn what_somebody_says_and_steps_of_a_guide_are_story() {
        for text in [
            "\"Klik tautan itu, dan uang Anda hilang dalam hitungan detik,\" kata Kepala BSSN di Jakarta, Senin.",
            "“Ayo kita laporkan konten judi online di Instagram dan Facebook,” kata Menteri Komunikasi.",
            "Cek Fakta Liputan6.com menelusuri klaim bahwa bantuan tidak dibayar yang beredar di Facebook itu.",
            "\"Silakan masuk, kami tidak akan menutup pintu,\" kata Bupati Budi kepada warga, Senin.",
            "Silakan masuk, kami tidak akan menutup pintu, kata Bupati Budi kepada warga.",
            "\"Lihat video itu dengan hati-hati, jangan langsung percaya,\" ujar Kapolda Metro Jaya.",
            "Klik link ini, dan uang Anda hilang, kata Kepala BSSN.",
            "Daftar harga beras tidak dimuat Kementerian Perdagangan di Instagram.",
            "Unduh aplikasi Cek Bansos di Play Store.",
            "Klik link yang dikirim ke surel untuk mengaktifkan akun.",
            "Ikuti petunjuk verifikasi wajah, lalu aktifkan notifikasi.",
            "15 komentar negatif tidak dihapus oleh akun resmi kementerian itu.",
            "Jakarta - Bandung kini dapat ditempuh dalam 40 menit dengan kereta cepat.",
            "Diadaptasi dari novel Tere Liye, film ini tidak akan tayang di bioskop pada 2026.",
            "Daftar:",
            "Daftar",
            "Label: produk itu tidak halal",
        ] {
            assert_eq!(marked(text), [(text.to_owned(), false)]);
        }
    }

    #[test]
    fn invitations_and_datelines_are_none() {
        for text in [
            "Klik di sini untuk berita lainnya",
            "Klik tautan berikut.",
            "Unduh aplikasi detikcom sekarang juga!",
            "Ikuti CNN Indonesia di Instagram",
            "Yuk, ikuti saluran WhatsApp kami",
            "Dapatkan update berita pilihan dan breaking news setiap hari dari Kompas.com.",
            "Follow Instagram kami",
            "Silakan login untuk berkomentar",
            "15 Komentar",
            "Diadaptasi dari The Guardian",
            "Masuk / Daftar",
            "Label: beras, Bulog, impor",
            "- 2 -",
        ] {
            assert_eq!(marked(text), [(text.to_owned(), true)]);
        }
        let dateline = marked("Jakarta - Jakarta diguyur hujan sejak Senin pagi.");
        assert_eq!(dateline, [("Jakarta -".into(), true), ("Jakarta diguyur hujan sejak Senin pagi.".into(), false)]);
    }
}
