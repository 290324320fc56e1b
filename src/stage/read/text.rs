//! Plain text: paragraphs at blank lines and at line ends; lines that were wrapped at a width are joined again.
//!
//! Place in the data way: the reader of `.txt`, and of the text in JSON records.
//! It must never join two paragraphs of a text that has one paragraph a line, as news scrapes do.

use crate::model::article::{Block, ParagraphKind};

use super::line::{Line, block_of, lines, tidy};

/// Widths at which mail programs, editors and agencies wrap, in characters.
const WIDTHS: std::ops::RangeInclusive<usize> = 40..=130;

/// The blocks of a plain text.
pub fn blocks(text: &str) -> Vec<Block> {
    let lines = lines(text);
    let width = wrap_width(&lines);
    let mut blocks = Vec::new();
    let mut rest = lines.as_slice();
    while let Some(first) = rest.first() {
        let taken = width.map_or(1, |width| 1 + rest.windows(2).take_while(|pair| continues(pair, width)).count());
        let (paragraph, after) = rest.split_at(taken.min(rest.len()));
        let words = if let [only] = paragraph { tidy(only.text) } else { joined(paragraph) };
        if !first.is_blank() {
            blocks.extend(block_of(paragraph, ParagraphKind::Text, words));
        }
        rest = after;
    }
    blocks
}

/// The words of lines that are one paragraph.
pub fn joined(lines: &[Line<'_>]) -> String {
    tidy(&whole(lines.iter().map(Line::words)))
}

/// Lines of one paragraph as one line; a word that was cut at the end of a line is whole again.
pub fn whole<'a>(lines: impl Iterator<Item = &'a str>) -> String {
    let mut out = String::new();
    for line in lines {
        match cut_word(&out, line) {
            Some(true) => {}
            Some(false) => out.truncate(out.len() - 1),
            None if out.is_empty() => {}
            None => out.push(' '),
        }
        out.push_str(line);
    }
    out
}

/// Whether a text ends in the middle of a word that the line goes on with, and its hyphen is a part of the word:
/// `anak-anak`, `warna-warni`, not `kela-yakan`.
fn cut_word(text: &str, line: &str) -> Option<bool> {
    let rest = text.strip_suffix('-')?;
    let at = rest.trim_end_matches(char::is_alphabetic).len();
    let left = rest.get(at..).unwrap_or_default().to_lowercase();
    let right = line.get(..line.len() - line.trim_start_matches(char::is_alphabetic).len()).unwrap_or_default();
    let is_cut = !left.is_empty() && right.starts_with(char::is_lowercase) && !matches!(right, "dan" | "atau");
    is_cut.then(|| is_doubled(&left, right))
}

/// Whether two halves are a word said twice, as a whole, with an ending, or with other vowels.
fn is_doubled(left: &str, right: &str) -> bool {
    const SHORTEST: usize = 3;
    let same = left.chars().zip(right.chars()).take_while(|(a, b)| a == b).count();
    let alike = left.chars().zip(right.chars()).filter(|(a, b)| a == b).count();
    let (own, other) = (length(left), length(right));
    let is_echo = own == other && own >= SHORTEST && alike * 5 >= own * 3;
    same >= SHORTEST || is_echo || other >= SHORTEST && left.ends_with(right)
}

/// The width at which a text was wrapped, if it was: hardly a line is longer, and where a line is followed by another,
/// the next word would not have fitted, mostly in the middle of a sentence.
fn wrap_width(lines: &[Line<'_>]) -> Option<usize> {
    // A headline that stands alone says nothing about the width, nor does a long address.
    let has_neighbour = |at: usize| {
        let is_full = |at: Option<usize>| at.and_then(|at| lines.get(at)).is_some_and(|line| !line.is_blank());
        is_full(at.checked_sub(1)) || is_full(at.checked_add(1))
    };
    let says_width = |(at, line): &(usize, &Line<'_>)| line.words().contains(' ') && has_neighbour(*at);
    let lengths: Vec<usize> =
        lines.iter().enumerate().filter(says_width).map(|(_, line)| length(line.words())).collect();
    let fitting = lengths.iter().filter(|length| **length <= *WIDTHS.end());
    if lengths.len() < 3 || fitting.clone().count() * 20 < lengths.len() * 19 {
        return None;
    }
    let width = fitting.max().copied().filter(|width| WIDTHS.contains(width))?;
    let is_pair = |pair: &&[Line<'_>]| pair.iter().all(|line| !line.is_blank()) && !begins_anew(pair);
    let pairs: Vec<_> = lines.windows(2).filter(is_pair).collect();
    let full = pairs.iter().filter(|pair| continues(pair, width)).count();
    let mid_sentence = pairs.iter().filter(|pair| continues(pair, width) && !ends_sentence(pair)).count();
    (full > 0 && full * 10 >= pairs.len() * 7 && mid_sentence * 2 >= full).then_some(width)
}

/// Whether the second line goes on where the first was full.
fn continues(pair: &[Line<'_>], width: usize) -> bool {
    const RAGGED: usize = 6;
    let [first, second] = pair else { return false };
    let next = second.words().split_whitespace().next().map_or(0, length);
    let own = length(first.words());
    // What is longer than the width, and could have been wrapped, was not: a headline.
    let is_wrapped = own <= width || !first.words().contains(' ');
    next > 0 && !first.is_blank() && is_wrapped && own + 1 + next + RAGGED > width && !begins_anew(pair)
}

/// Whether the second line begins a paragraph that is told by its indent, or an item of a list.
fn begins_anew(pair: &[Line<'_>]) -> bool {
    let [first, second] = pair else { return false };
    let indent = |line: &Line<'_>| line.text.len() - line.text.trim_start().len();
    let is_indented = indent(second) >= indent(first) + 2 && !is_item(first.words());
    let is_ended = ends_sentence(pair) || first.words().ends_with([';', ',']) || is_item(first.words());
    // A number behind an unfinished sentence is none of a list: `tanggal` / `23. November`.
    is_indented || is_item(second.words()) && (is_ended || second.words().starts_with("1."))
}

/// `1. …`, `2) …`, `a. …`, `• …`.
fn is_item(words: &str) -> bool {
    let mark = words.split_once([' ', '\t']).map_or("", |(mark, _)| mark);
    let number = mark.strip_suffix(['.', ')']).unwrap_or_default();
    let is_number = (1..=2).contains(&number.len()) && number.bytes().all(|byte| byte.is_ascii_digit());
    let is_letter = number.len() == 1 && number.bytes().all(|byte| byte.is_ascii_lowercase());
    is_number || is_letter || matches!(mark, "•" | "-" | "*" | "–" | "·" | "▪")
}

fn ends_sentence(pair: &[Line<'_>]) -> bool {
    pair.first().is_some_and(|line| line.words().ends_with(['.', '!', '?', ':', '"', '”', ')']))
}

fn length(text: &str) -> usize {
    text.chars().count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(text: &str) -> Vec<String> {
        blocks(text).into_iter().map(|block| block.text).collect()
    }

    #[test]
    fn each_line_of_a_scrape_is_a_paragraph() {
        let first = "Pemerintah menaikkan harga eceran tertinggi beras medium mulai awal bulan depan di seluruh wilayah Indonesia.";
        let text = format!("{first}\n\"Ini demi petani,\" ujarnya.\n\nWarga menunggu.");
        assert_eq!(texts(&text), [first, "\"Ini demi petani,\" ujarnya.", "Warga menunggu."]);
    }

    #[test]
    fn text_wrapped_at_a_width_is_joined() {
        let text = "Pemerintah menaikkan harga eceran tertinggi beras medium mulai awal\n\
                    bulan depan. Kenaikan itu berlaku di seluruh wilayah Indonesia, kata\n\
                    juru bicara kementerian.\n\n\
                    Pedagang di Pasar Minggu mengaku belum menerima surat edaran tentang\n\
                    harga baru tersebut.\n";
        let got = texts(text);
        assert_eq!(got.len(), 2, "{got:#?}");
        assert!(got[0].starts_with("Pemerintah menaikkan") && got[0].ends_with("juru bicara kementerian."));
    }

    #[test]
    fn words_that_a_line_cuts_are_whole_again() {
        let text = "Kementerian Perhubungan menyampaikan bahwa pemeriksaan kela-\n\
                    yakan kapal di seluruh pelabuhan tidak akan dihentikan. Anak-\n\
                    anak tetap wajib memiliki tiket.";
        let got = texts(text).join("|");
        assert!(got.contains("kelayakan") && got.contains("Anak-anak"), "{got}");
        assert_eq!(whole(["warna-", "warni pra-", "dan pasca"].into_iter()), "warna-warni pra- dan pasca");
    }

    #[test]
    fn indents_and_numbers_begin_paragraphs_of_a_wrapped_text() {
        let indented = "   Pemerintah memastikan stok beras cukup sampai akhir tahun\n\
            dan tidak akan ada impor baru, kata Kepala Bulog di Jakarta.\n   \
            Menurut data BPS harga beras medium turun 3,5 persen dari\n\
            pekan lalu di sejumlah daerah, dan harga gula tidak berubah.";
        assert_eq!(texts(indented).len(), 2);
        let list = "Kementerian Perhubungan menetapkan aturan baru bagi penumpang kapal\n\
            yang berlaku mulai 1 Desember 2026 di seluruh pelabuhan, yaitu:\n\
            1. Penumpang tidak boleh membawa bahan bakar di dalam kabin kapal.\n\
            2. Anak di bawah lima tahun wajib duduk bersama orang tua masing-\n\
            masing selama pelayaran berlangsung dari pelabuhan asal ke tujuan.\n\
            3. Kapal tidak boleh berlayar jika tinggi gelombang di atas 2 meter.";
        let got = texts(list);
        assert_eq!(got.len(), 4, "{got:#?}");
        assert!(got[2].starts_with("2. Anak") && got[2].contains("masing-masing"), "{got:#?}");
    }

    #[test]
    fn a_long_headline_a_long_address_and_wide_lines_hide_no_width() {
        let body = "Pemerintah menaikkan harga eceran tertinggi beras medium mulai awal\n\
                    bulan depan. Kenaikan itu berlaku di seluruh wilayah Indonesia, kata\n\
                    juru bicara kementerian.\n";
        let headline = "Harga Eceran Tertinggi Beras Medium Naik Mulai Bulan Depan di Seluruh Wilayah Indonesia";
        assert_eq!(texts(&format!("{headline}\n\n{body}")).len(), 2);
        let address = format!("https://contoh.id/{}", "harga-beras-".repeat(12));
        assert_eq!(texts(&format!("{body}\nLihat\n{address}\n\n{body}"))[0].lines().count(), 1);
        assert!(texts(&format!("{body}\n{address}\n\n{body}"))[0].ends_with("kementerian."));
        let wide = "Pemerintah menaikkan harga eceran tertinggi beras medium mulai awal bulan depan, dan kenaikan itu berlaku di seluruh\n\
                    wilayah Indonesia tanpa kecuali, kata juru bicara kementerian dalam keterangan tertulis yang diterima pada Senin di\n\
                    Jakarta Pusat.";
        assert_eq!(texts(wide).len(), 1);
    }

    #[test]
    fn short_lines_of_a_list_are_not_joined() {
        let text = "Daftar harga di pasar pagi ini\nBeras Rp14.000\nGula pasir Rp17.500 per kilogram\nTelur\nCabai rawit merah Rp60.000";
        assert_eq!(texts(text).len(), 5);
    }
}
