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
    tidy(&lines.iter().map(Line::words).collect::<Vec<_>>().join(" "))
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
    let pairs: Vec<_> = lines.windows(2).filter(|pair| pair.iter().all(|line| !line.is_blank())).collect();
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
    next > 0 && !first.is_blank() && is_wrapped && own + 1 + next + RAGGED > width
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
