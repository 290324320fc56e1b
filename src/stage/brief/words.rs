//! Cuts Indonesian text into tokens, and knows which words say nothing about one event in particular.
//!
//! Place in the data way: inside `brief`; `story`, `figures` and `verify` read with it.
//! It must never judge.

use std::collections::HashSet;
use std::sync::LazyLock;

/// The letters and digits of a text, in lower case.
pub(super) fn letters(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Letters, with hyphens and apostrophes inside.
    Word,
    /// Digits, with points, commas and slashes inside, and a percent sign behind.
    Number,
    /// Anything else that is no white space, one character.
    Mark,
}

/// One token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Token<'a> {
    /// As written.
    pub text: &'a str,
    /// In lower case.
    pub lower: String,
    /// What it is.
    pub kind: Kind,
    /// Where it begins, in bytes.
    pub start: usize,
}

impl Token<'_> {
    /// Whether it is a word of more than two letters with a capital first.
    pub fn is_name_like(&self) -> bool {
        self.kind == Kind::Word
            && self.text.chars().next().is_some_and(char::is_uppercase)
            && self.text.chars().nth(2).is_some()
    }

    /// Whether a word after it begins a sentence or a quotation.
    pub fn ends_sentence(&self) -> bool {
        self.kind == Kind::Mark
            && self.text.chars().all(|c| matches!(c, '.' | '!' | '?' | '”' | '“' | '"' | ':' | '—' | '–' | '-'))
    }
}

/// Cuts a text.
pub(super) fn tokens(text: &str) -> Vec<Token<'_>> {
    let mut found = Vec::with_capacity(text.len() / 5);
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let start = text.len() - rest.len();
        let (kind, length) = if c.is_ascii_digit() {
            (Kind::Number, number_length(rest))
        } else if c.is_alphabetic() {
            (Kind::Word, word_length(rest))
        } else {
            (Kind::Mark, c.len_utf8())
        };
        let (token, tail) = rest.split_at(length.min(rest.len()));
        if !c.is_whitespace() {
            found.push(Token { text: token, lower: token.to_lowercase(), kind, start });
        }
        rest = tail;
    }
    found
}

fn number_length(text: &str) -> usize {
    run_length(text, |c| c.is_ascii_digit(), |c| matches!(c, '.' | ',' | '/'))
        + usize::from(text.trim_start_matches(|c: char| c.is_ascii_digit() || ".,/".contains(c)).starts_with('%'))
}

fn word_length(text: &str) -> usize {
    run_length(text, char::is_alphabetic, |c| matches!(c, '-' | '\'' | '’'))
}

/// Bytes of characters that are `inside`, and of joiners between two of them.
fn run_length(text: &str, inside: impl Fn(char) -> bool, joins: impl Fn(char) -> bool) -> usize {
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        let goes_on = inside(c) || joins(c) && chars.peek().is_some_and(|(_, next)| inside(*next));
        if !goes_on {
            return at;
        }
    }
    text.len()
}

/// Words without a topic, and those that stand in nearly every news story.
const COMMON: &str = "yang dan di ke dari untuk pada dengan itu ini dalam akan tidak juga oleh karena sebagai adalah telah \
sudah lebih atau kata ada mereka ia dia kami kita saya bisa dapat menjadi saat hari setelah satu dua tiga empat lima orang \
para tersebut hingga sampai antara lain seperti jika bagi namun tetapi serta agar sebesar sebanyak menurut mengatakan belum \
masih sejak secara tahun bulan pekan pukul hanya atas bawah bahwa ujar katanya ujarnya per siang pagi malam sore lalu kini \
baru bukan saja sebelum ketika sementara sekitar lewat kepada pun tak jadi hal mulai warga negara pemerintah sebuah seorang \
beberapa juta miliar triliun ribu persen";

/// Names of offices, institutions, kinds of places, days and months: they stand in the stories of many events.
const GENERAL: &str = "pt cv tbk persero bumn direktur utama wakil ketua kepala menteri menlu menko gubernur bupati wali \
walikota camat lurah presiden jenderal mayor laksamana komisaris inspektur kolonel kapten dr drg ir prof hj haji pengadilan \
tindak pidana korupsi tipikor negeri tinggi mahkamah agung konstitusi majelis hakim jaksa kejaksaan kpk polri polda polres \
polsek kepolisian sektor resor daerah tni angkatan udara laut darat dpr dprd mpr komisi badan dinas kementerian lembaga dewan \
biro pusat kantor balai deputi bidang unit subkomite direktorat sekretaris sekretariat kemenkes kemenhub kemenlu kemenkeu \
bnpb bpbd basarnas sar nasional bmkg meteorologi klimatologi geofisika bps bank pln provinsi kabupaten kota kecamatan \
kelurahan desa kampung pulau kepulauan teluk selat gunung sungai jalan pelabuhan bandara stasiun pasar masjid gereja rumah \
sakit rsud universitas sekolah utara selatan timur barat tengah tenggara jawa sumatera kalimantan sulawesi maluku papua bali \
nusa indonesia jakarta republik ri asia amerika serikat as senin selasa rabu kamis jumat sabtu minggu januari februari maret \
april mei juni juli agustus september oktober november desember wib wita wit mmi rp";

static COMMON_WORDS: LazyLock<HashSet<&str>> = LazyLock::new(|| COMMON.split_whitespace().collect());
static GENERAL_NAMES: LazyLock<HashSet<&str>> = LazyLock::new(|| GENERAL.split_whitespace().collect());

/// Whether a word (lower case) stands in the stories of many events.
pub(super) fn is_general(word: &str) -> bool {
    COMMON_WORDS.contains(word) || GENERAL_NAMES.contains(word)
}

/// A stable 64-bit hash (FNV-1a, <http://www.isthe.com/chongo/tech/comp/fnv/>): the same in every run and on every machine.
pub(super) fn hash(parts: &[&str]) -> u64 {
    let bytes = parts.iter().flat_map(|part| part.bytes().chain([0xff]));
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_numbers_and_marks_are_told_apart() {
        let cut: Vec<_> = tokens("Anak-anak (12.500, 4,50%) Senin (23/11/2026).").into_iter().map(|t| t.text).collect();
        assert_eq!(cut, ["Anak-anak", "(", "12.500", ",", "4,50%", ")", "Senin", "(", "23/11/2026", ")", "."]);
    }

    #[test]
    fn tokens_know_where_they_begin() {
        let text = "Di Maluku – 6,2!";
        assert!(tokens(text).iter().all(|t| text[t.start..].starts_with(t.text)));
    }

    #[test]
    fn offices_and_days_are_general_and_names_are_not() {
        assert!(["direktur", "senin", "pengadilan", "tersebut"].into_iter().all(is_general));
        assert!(["banda", "hendrawan", "dengue"].into_iter().all(|word| !is_general(word)));
    }
}
