//! Tells Indonesian from Malay, English, Javanese and Sundanese, by the small words that each has and the others lack.
//!
//! Place in the data way: the last step of `clean`. English paragraphs pass unchanged, other languages are not sent as
//! Indonesian; both are marked.
//! It must never judge a short text: names and figures look alike in every language.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::LazyLock;

use crate::model::article::{Block, ENGLISH_SKIPPED};

/// A paragraph with fewer words is not judged by itself.
const SHORTEST: usize = 10;
/// No small word has more bytes.
const LONGEST_WORD: usize = 12;
/// Small words that a judgement needs at least.
const EVIDENCE: u32 = 3;

/// Small words by language. Indonesian and Malay share most of theirs: those stand in both.
static WORDS: LazyLock<Words> = LazyLock::new(|| {
    let mut words = Words::default();
    let lists = [[SHARED, ID].as_slice(), &[SHARED, MS], &[EN], &[JV], &[SU]];
    for (at, lists) in lists.into_iter().enumerate() {
        for word in lists.iter().flat_map(|list| list.split_whitespace()) {
            if let Some(slot) = words.entry(word).or_default().get_mut(at) {
                *slot = true;
            }
        }
    }
    words
});

type Words = HashMap<&'static str, [bool; 5], BuildHasherDefault<Fnv>>;

/// FNV-1a: fast for short words, and these come from no attacker.
struct Fnv(u64);

impl Default for Fnv {
    fn default() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }
}

impl Hasher for Fnv {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
}

const SHARED: &str = "yang dan di ke dari untuk dengan pada ini itu tidak akan dalam adalah oleh juga sebagai sudah telah ada \
    tersebut kepada atau mereka kami kita saya dia ia para lebih namun tetapi jika sehingga agar serta seperti antara \
    masih harus dapat hanya belum bukan secara sebelum ketika sementara menurut menjadi melakukan bagi terhadap tentang \
    sebuah seorang lalu lagi pun";
const ID: &str = "karena bisa saat bahwa hingga setelah kata ujar ujarnya katanya persen rupiah mobil uang perusahaan senin \
    kamis jumat minggu agustus desember juli maret polisi jaksa yaitu sedangkan nggak enggak banget gak bikin soal usai \
    terkait pemerintah kementerian warga rumah kantor kabupaten kecamatan provinsi tak selain sejumlah berikut apabila";
const MS: &str = "kerana bahawa iaitu selepas manakala syarikat peratus ringgit wang isnin khamis jumaat ogos disember julai \
    polis mesyuarat dijangka sahaja encik tertuduh pelbagai hospital mangsa kanak-kanak susulan \
    pengarah jenayah suspek siasatan kemalangan maklumat perniagaan pembangkang";
const EN: &str = "the of and to in is that for with was on by are as at from has have had it be this his her their its not \
    which who will would said an he she they we you or but were been more than about after also into when over out up \
    no there what one two can could should new other some any may while during before between against under";
const JV: &str = "ing sing lan karo ora wis kanggo uga ana saka marang nanging yaiku iki kang amarga dening wong bocah \
    banjur nalika supaya akeh kuwi aku kowe panjenengan punika ingkang kaliyan boten sampun wonten iku kasebut saiki \
    menyang padha luwih dadi amargi kula njaluk jarene ngomong ngono mengko durung isih kabeh tiyang dipun saged menika \
    sajrone utawa bisa arep gawe duwe teka lunga omah dina taun";
const SU: &str = "nu jeung teu geus dina ka ti anu ku pikeun henteu urang aya kana tina éta eta ieu sareng parantos kedah \
    abdi manéh maneh lamun ogé oge mun tapi nepi ngan téh teh mah atuh aing anjeun jalma budak imah taun poé poe loba \
    saeutik kudu bakal bari keur kungsi nyaéta nyaeta sababaraha salaku sanajan ceuk nyarita indit datang";

/// Marks paragraphs that are not Indonesian, and gives the article's language where it is not.
pub fn mark(blocks: &mut [Block]) -> Option<String> {
    let all: Vec<Counts> =
        blocks.iter().filter(|block| block.skipped.is_none()).map(|block| Counts::of(&block.text)).collect();
    let whole = Counts::sum(&all).language();
    for (block, counts) in blocks.iter_mut().filter(|block| block.skipped.is_none()).zip(&all) {
        let own = (counts.words >= SHORTEST).then(|| counts.language()).flatten();
        block.skipped = match own.or(whole) {
            // Malay and Indonesian share most small words: only a whole article can tell them apart.
            Some("ms") if whole != Some("ms") => None,
            None | Some("id") => None,
            Some("en") => Some(ENGLISH_SKIPPED.into()),
            Some(code) => Some(format!("written in {}, not in Indonesian", name(code))),
        };
    }
    whole.filter(|code| *code != "id").map(str::to_owned)
}

fn name(code: &str) -> &'static str {
    match code {
        "ms" => "Malay",
        "jv" => "Javanese",
        "su" => "Sundanese",
        _ => "another language",
    }
}

/// Small words of each language in a text.
struct Counts {
    words: usize,
    /// Indonesian, Malay, English, Javanese, Sundanese.
    hits: [u32; 5],
}

impl Counts {
    fn of(text: &str) -> Self {
        let mut counts = Self { words: 0, hits: [0; 5] };
        let mut lower = String::new();
        for word in text.split(|c: char| !c.is_alphanumeric() && c != '-').filter(|word| !word.is_empty()) {
            counts.words += 1;
            if word.len() > LONGEST_WORD {
                continue;
            }
            lower.clear();
            lower.push_str(word);
            lower.make_ascii_lowercase();
            if let Some(languages) = WORDS.get(lower.as_str()) {
                for (hits, is_word) in counts.hits.iter_mut().zip(languages) {
                    *hits += u32::from(*is_word);
                }
            }
        }
        counts
    }

    fn sum(all: &[Self]) -> Self {
        all.iter().fold(Self { words: 0, hits: [0; 5] }, |mut sum, counts| {
            sum.words += counts.words;
            for (hits, more) in sum.hits.iter_mut().zip(counts.hits) {
                *hits += more;
            }
            sum
        })
    }

    /// The language whose small words lead clearly, by ISO 639-1 code.
    fn language(&self) -> Option<&'static str> {
        let [id, ms, en, jv, su] = self.hits;
        let native = id.max(ms);
        let dense = |hits: u32, share: u64| hits >= EVIDENCE && u64::from(hits) * share >= self.words as u64;
        if dense(en, 5) && en >= native * 2 && en > jv.max(su) {
            return Some("en");
        }
        let (regional, code) = if jv >= su { (jv, "jv") } else { (su, "su") };
        if dense(regional, 8) && regional >= native * 2 {
            return Some(code);
        }
        if !dense(native, 20) {
            return None;
        }
        // What both share cancels out; of what is left, Malay must lead, or the text counts as Indonesian.
        Some(if ms >= id + EVIDENCE { "ms" } else { "id" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::article::{ParagraphKind, Span};

    const ID: &str = "Pemerintah mengatakan bahwa harga beras sudah turun sejak pekan lalu karena panen raya, tetapi warga masih menunggu uang bantuan.";
    const EN: &str = "The government said that the price of rice had fallen since last week, but residents were still waiting for the aid.";
    const MS: &str = "Polis berkata mangsa dibawa ke hospital selepas kereta yang dipandunya terbabas, manakala syarikat itu enggan mengulas kerana siasatan masih dijalankan.";
    const JV: &str = "Wong tuwane bocah kuwi wis lunga menyang pasar karo sedulure, nanging durung bali nganti saiki amarga dalane isih rame.";
    const SU: &str = "Budak éta geus indit ka pasar jeung dulurna, tapi teu acan mulang nepi ka ayeuna sabab jalanna macét pisan ku kandaraan.";

    fn marked(texts: &[&str]) -> (Option<String>, Vec<Option<String>>) {
        let block =
            |text: &&str| Block { span: Span(0, 0), text: (*text).into(), kind: ParagraphKind::Text, skipped: None };
        let mut blocks: Vec<_> = texts.iter().map(block).collect();
        let lang = mark(&mut blocks);
        (lang, blocks.into_iter().map(|block| block.skipped).collect())
    }

    #[test]
    fn whole_articles_are_told_apart() {
        for (text, code) in [(EN, "en"), (MS, "ms"), (JV, "jv"), (SU, "su")] {
            assert_eq!(marked(&[text]).0.as_deref(), Some(code), "{text}");
        }
        assert_eq!(marked(&[ID]).0, None);
    }

    #[test]
    fn english_paragraphs_pass_and_others_are_not_sent_as_indonesian() {
        let (lang, skipped) = marked(&[ID, EN, ID, JV, "Jakarta Stock Exchange Composite Index"]);
        assert_eq!(lang, None);
        let javanese = "written in Javanese, not in Indonesian";
        assert_eq!(
            skipped.iter().map(Option::as_deref).collect::<Vec<_>>(),
            [None, Some(ENGLISH_SKIPPED), None, Some(javanese), None]
        );
    }
}
