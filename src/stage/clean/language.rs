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
/// Different small words that a judgement needs at least: the title of a film holds `of` and `the` many times.
const EVIDENCE: u32 = 3;
/// How far Malay must lead, or Indonesian, of the words that they do not share.
const LEAD: u32 = 4;

/// Small words by language. Indonesian and Malay share most of theirs: those stand in both.
static WORDS: LazyLock<Words> = LazyLock::new(|| {
    let mut words = Words::default();
    let lists = [[SHARED, ID].as_slice(), &[SHARED, MS], &[EN], &[JV], &[SU]];
    for (at, lists) in lists.into_iter().enumerate() {
        for word in lists.iter().flat_map(|list| list.split_whitespace()) {
            let bit = 1 << (words.len() % 128);
            let entry = words.entry(word).or_insert(SmallWord { of: [false; 5], bit });
            if let Some(slot) = entry.of.get_mut(at) {
                *slot = true;
            }
        }
    }
    words
});

type Words = HashMap<&'static str, SmallWord, BuildHasherDefault<Fnv>>;

#[derive(Debug, Clone, Copy)]
struct SmallWord {
    /// Whether it is Indonesian, Malay, English, Javanese, Sundanese.
    of: [bool; 5],
    /// One bit, so that different words can be counted; a few words share theirs.
    bit: u128,
}

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
    tersebut kepada atau mereka kami kita saya dia ia para lebih namun tetapi jika sehingga agar serta seperti \
    antara masih harus dapat hanya belum bukan secara sebelum ketika sementara menurut menjadi melakukan bagi \
    terhadap tentang sebuah seorang lalu lagi pun minggu hingga setelah kata warga rumah selain berikut tak tapi \
    apabila";
const ID: &str = "karena bisa saat bahwa ujar ujarnya katanya persen rupiah mobil uang perusahaan senin kamis jumat agustus \
    desember juli maret polisi jaksa yaitu sedangkan nggak enggak banget gak bikin soal usai terkait pemerintah \
    kementerian kantor kabupaten kecamatan provinsi sejumlah kemarin bakal kini gubernur bupati desa kendaraan \
    rabu sekitar kesehatan pekan telepon";
/// Some of these stand in Indonesian too, with another meaning or more rarely: only several together are evidence.
const MS: &str = "kerana bahawa iaitu selepas manakala syarikat peratus ringgit wang isnin khamis jumaat ogos disember julai \
    polis mesyuarat dijangka sahaja encik tertuduh pelbagai hospital mangsa kanak-kanak susulan pengarah jenayah \
    suspek siasatan kemalangan maklumat perniagaan pembangkang kes baharu kesihatan setakat berbanding bilion \
    trilion telefon kakitangan jurulatih talian pelaburan tempatan menerusi ekoran seramai lapan kenderaan \
    peguam diraja rasuah denggi memaklumkan dinasihatkan dinasihati merasmikan berperingkat disahkan kerajaan \
    beliau berkata semalam petang hadapan golongan semula perlawanan cuti mula pelajar pegawai pengguna kekal \
    didakwa jabatan bekas lelaki maut pasukan ramai menengah";
const EN: &str = "the of and to in is that for with was on by are as at from has have had it be this his her their its not \
    which who will would said an he she they we you or but were been more than about after also into when over \
    out up no there what one two can could should new other some any may while during before between against \
    under a since because where such most only next first last year years week month people government police \
    minister president percent monday tuesday wednesday thursday friday saturday sunday our all how if so did \
    does do being then these those through off per your my";
const JV: &str = "ing sing lan karo ora wis kanggo uga ana saka marang nanging yaiku iki kang amarga dening wong bocah banjur \
    nalika supaya akeh kuwi aku kowe panjenengan punika ingkang kaliyan boten sampun wonten iku kasebut saiki \
    menyang padha luwih dadi amargi kula njaluk jarene ngomong ngono mengko durung isih kabeh tiyang dipun saged \
    menika sajrone utawa bisa arep gawe duwe teka lunga omah dina taun sawise saben yen dheweke wiwit miturut \
    maneh nganti rega regane pamarentah mung tansah tinimbang ewu wektu piye opo ngendika kepungkur kutha tlatah \
    sedaya kangge dhumateng dinten namung mugi sami anyar dhewe kono kene rong telu nyang neng iso sadurunge \
    sabanjure kalebu miwah urip sedulur tekan salah gelem basa angel";
const SU: &str = "nu jeung teu geus dina ka ti anu ku pikeun henteu urang aya kana tina éta eta ieu sareng parantos kedah abdi \
    manéh maneh lamun ogé oge mun tapi nepi ngan téh teh mah atuh aing anjeun jalma budak imah taun poé poe loba \
    saeutik kudu bakal bari keur kungsi nyaéta nyaeta sababaraha salaku sanajan ceuk nyarita indit datang leuwih \
    deui sangkan cenah waé wae iraha kénéh keneh najan lantaran hésé hese réngsé rengse sorangan barudak lembur \
    ayeuna meunang saban isuk peuting kolot kolotna hatur nuhun sadayana upami maranéhna maranehna ngagunakeun \
    pamaréntah pamarentah alus tibatan naék maké make ulah poho cai walungan leuweung gedé gede jadi boh can";

/// Marks paragraphs that are not Indonesian, and gives the article's language where it is not.
pub fn mark(blocks: &mut [Block]) -> Option<String> {
    let all: Vec<Counts> =
        blocks.iter().filter(|block| block.skipped.is_none()).map(|block| Counts::of(&block.text)).collect();
    let whole = Counts::sum(&all).language();
    for (block, counts) in blocks.iter_mut().filter(|block| block.skipped.is_none()).zip(&all) {
        let own = (counts.words >= SHORTEST).then(|| counts.language()).flatten();
        let own = if own == Some("en") && only_quotes_english(&block.text) { Some("id") } else { own };
        block.skipped = match own.or(whole) {
            // Most small words of a Malay paragraph are Indonesian too.
            Some("id") if whole == Some("ms") && !counts.is_surely_indonesian() => Some(skipped("ms")),
            None | Some("id") => None,
            Some("en") => Some(ENGLISH_SKIPPED.into()),
            Some(code) => Some(skipped(code)),
        };
    }
    whole.filter(|code| *code != "id").map(str::to_owned)
}

/// Whether the English of a paragraph stands in quotation marks, and Indonesian around them.
fn only_quotes_english(text: &str) -> bool {
    let mut is_quoted = false;
    let outside: String = text
        .chars()
        .filter(|c| {
            match c {
                '"' => is_quoted = !is_quoted,
                '“' | '„' | '«' => is_quoted = true,
                '”' | '»' => is_quoted = false,
                _ => {}
            }
            !is_quoted
        })
        .collect();
    // `AS` in small letters is a small English word, so one Indonesian word outweighs one English.
    let [id, _, en, ..] = Counts::of(&outside).hits;
    id > 0 && id >= en
}

fn skipped(code: &str) -> String {
    let name = match code {
        "ms" => "Malay",
        "jv" => "Javanese",
        "su" => "Sundanese",
        _ => "another language",
    };
    format!("written in {name}, not in Indonesian")
}

/// Small words of each language in a text; in each list Indonesian, Malay, English, Javanese, Sundanese.
#[derive(Default)]
struct Counts {
    words: usize,
    hits: [u32; 5],
    /// The bits of the words that were hit.
    seen: [u128; 5],
}

impl Counts {
    fn of(text: &str) -> Self {
        let mut counts = Self::default();
        let mut lower = String::new();
        for word in text.split(|c: char| !c.is_alphanumeric() && c != '-').filter(|word| !word.is_empty()) {
            counts.words += 1;
            if word.len() > LONGEST_WORD {
                continue;
            }
            lower.clear();
            lower.push_str(word);
            lower.make_ascii_lowercase();
            if let Some(small) = WORDS.get(lower.as_str()) {
                counts.add(*small);
            }
        }
        counts
    }

    fn add(&mut self, small: SmallWord) {
        for ((hits, seen), is_word) in self.hits.iter_mut().zip(&mut self.seen).zip(small.of) {
            *hits += u32::from(is_word);
            *seen |= if is_word { small.bit } else { 0 };
        }
    }

    fn sum(all: &[Self]) -> Self {
        all.iter().fold(Self::default(), |mut sum, counts| {
            sum.words += counts.words;
            sum.hits.iter_mut().zip(counts.hits).for_each(|(hits, more)| *hits += more);
            sum.seen.iter_mut().zip(counts.seen).for_each(|(seen, more)| *seen |= more);
            sum
        })
    }

    /// The language whose small words lead clearly, by ISO 639-1 code.
    fn language(&self) -> Option<&'static str> {
        let [id, ms, en, jv, su] = self.hits;
        let [id_seen, ms_seen, en_seen, jv_seen, su_seen] = self.seen.map(u128::count_ones);
        let native = id.max(ms);
        // One word in `share` is a small word of the language.
        let dense = |hits: u32, seen: u32, share: u64| seen >= EVIDENCE && u64::from(hits) * share >= self.words as u64;
        if dense(en, en_seen, 5) && en >= native * 2 && en > jv.max(su) {
            return Some("en");
        }
        let (regional, seen, code) = if jv >= su { (jv, jv_seen, "jv") } else { (su, su_seen, "su") };
        if dense(regional, seen, 8) && regional * 2 >= native * 3 {
            return Some(code);
        }
        if !dense(native, id_seen.max(ms_seen), 20) {
            return None;
        }
        // What both share cancels out; of what is left, Malay must lead, or the text counts as Indonesian.
        Some(if ms >= id + LEAD { "ms" } else { "id" })
    }

    fn is_surely_indonesian(&self) -> bool {
        let [id, ms, ..] = self.hits;
        id >= ms + LEAD
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

    /// Each text of `fixtures/quality/languages.tsv`, with its language. What is missed there is counted by
    /// `cargo bench --bench text -- languages`.
    fn samples() -> impl Iterator<Item = (&'static str, &'static str)> {
        let lines = include_str!("../../../fixtures/quality/languages.tsv").lines();
        lines.filter(|line| !line.starts_with('#')).filter_map(|line| line.split_once('\t'))
    }

    #[test]
    fn hard_indonesian_is_never_another_language_and_no_other_is_taken_for_a_third() {
        for (code, text) in samples() {
            let (lang, skipped) = marked(&[text]);
            let is_right =
                if code == "id" { lang.is_none() && skipped == [None] } else { lang.is_none_or(|lang| lang == code) };
            assert!(is_right, "{code}: {text}");
        }
    }

    #[test]
    fn nearly_all_texts_are_told_by_their_own_paragraph() {
        let missed = samples().filter(|(code, text)| {
            let skipped = marked(&[ID, ID, ID, text]).1;
            *code != "id" && skipped.last() == Some(&None)
        });
        assert!(missed.count() <= 2);
    }

    #[test]
    fn a_paragraph_of_a_malay_article_that_could_be_indonesian_is_not_sent() {
        let shared = "Mereka tidak akan pergi ke sana lagi kerana sudah ada di sini, kata beliau kepada kami dalam satu kenyataan.";
        assert!(marked(&[MS, MS, shared]).1.iter().all(Option::is_some));
        assert_eq!(marked(&[ID, shared]).1, [None, None]);
    }

    #[test]
    fn an_indonesian_paragraph_that_quotes_english_is_sent() {
        let post = "Mantan Presiden AS Donald Trump menulis \"We will not be in the war with Iran, and it is the end of this\" di Truth Social.";
        let songs = "Lagu “All I Want for Christmas Is You” dan “The Way You Are in My Life” tidak masuk daftar.";
        let english =
            "“We will not be in the war with Iran, and it is the end of this,” the minister said on Monday in Jakarta.";
        assert_eq!(marked(&[ID, post, songs, english]).1, [None, None, None, Some(ENGLISH_SKIPPED.into())]);
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
