//! Near-duplicates: articles that are mostly the same text, found before anything is paid for.
//!
//! Place in the data way: `plan` asks it for each article in turn, about those of the same run; those of earlier runs are in
//! the state.
//! It must never compare titles or furniture: only the story counts.

use std::collections::{BTreeSet, HashMap};

use crate::model::article::Article;
use crate::model::sketch::{HASHES, Sketch};

/// Words of a shingle.
const SHINGLE: usize = 3;
/// Articles that share this part of their shingles count as near-duplicates.
pub const NEAR: f64 = 0.7;
/// Articles with fewer words are not compared: short notices look alike.
const FEWEST_WORDS: usize = 40;
/// Articles of a run that are remembered: about 20 MB. Then it begins anew.
const MOST: usize = 20_000;

/// The sketch of an article; `None` where its story is too short to be compared.
pub fn sketch(article: &Article) -> Option<Sketch> {
    let story = article.paragraphs().filter(|paragraph| paragraph.kind.is_story() && paragraph.skipped.is_none());
    sketch_of(story.map(|paragraph| paragraph.text.as_str()))
}

fn sketch_of<'t>(texts: impl Iterator<Item = &'t str>) -> Option<Sketch> {
    let words = texts.flat_map(|text| text.split(|c: char| !c.is_alphanumeric())).filter(|word| !word.is_empty());
    let (mut last, mut count) = ([0_u64; SHINGLE], 0_usize);
    let mut minima = [u32::MAX; HASHES];
    for word in words {
        last.rotate_left(1);
        if let Some(newest) = last.last_mut() {
            *newest = hash(word);
        }
        count += 1;
        if count >= SHINGLE {
            let shingle = last.iter().fold(0_u64, |shingle, word| (shingle ^ word).wrapping_mul(PRIME).rotate_left(23));
            lower(&mut minima, shingle);
        }
    }
    (count >= FEWEST_WORDS).then(|| Sketch::new(minima))
}

const PRIME: u64 = 0x0100_0000_01b3;

/// FNV-1a of a word in lower case: the same in every version, because sketches are kept.
fn hash(word: &str) -> u64 {
    let mut bytes = [0; 4];
    word.chars().flat_map(char::to_lowercase).fold(0xcbf2_9ce4_8422_2325, |hash, c| {
        c.encode_utf8(&mut bytes).bytes().fold(hash, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(PRIME))
    })
}

/// One good hash gives as many as are wanted (`SplitMix64`).
fn lower(minima: &mut [u32; HASHES], mut state: u64) {
    for least in minima {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        *least = (*least).min((mixed >> 32) as u32);
    }
}

/// The articles seen so far; of those that nearly repeat each other, only the first.
#[derive(Debug, Default)]
pub struct Seen {
    articles: Vec<(String, Sketch)>,
    /// The first article with this content in this band.
    bands: HashMap<i64, usize>,
}

impl Seen {
    /// Adds an article; gives the earlier one that it nearly repeats, with their similarity.
    pub fn add(&mut self, name: &str, sketch: Sketch) -> Option<(&str, f64)> {
        let bands = sketch.bands();
        let met: BTreeSet<usize> = bands.iter().filter_map(|band| self.bands.get(band).copied()).collect();
        let alike =
            met.into_iter().map(|at| (at, self.articles.get(at).map_or(0.0, |(_, seen)| seen.similarity(&sketch))));
        let best = alike.filter(|(_, similarity)| *similarity >= NEAR).max_by(|a, b| a.1.total_cmp(&b.1));
        if let Some((at, similarity)) = best {
            return self.articles.get(at).map(|(name, _)| (name.as_str(), similarity));
        }
        if self.articles.len() >= MOST {
            *self = Self::default();
        }
        for band in bands {
            self.bands.entry(band).or_insert(self.articles.len());
        }
        self.articles.push((name.to_owned(), sketch));
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STORY: &str = "Gempa bumi mengguncang wilayah selatan Sukabumi pada Senin siang dan membuat warga berhamburan keluar rumah \
        kata petugas di lapangan. Badan meteorologi menyatakan gempa itu tidak berpotensi tsunami tetapi meminta warga menjauhi \
        bangunan yang retak. Belum ada laporan korban jiwa sampai berita ini ditulis sedangkan puluhan rumah dilaporkan rusak ringan \
        di tiga kecamatan yang paling dekat dengan pusat gempa menurut catatan pemerintah daerah setempat.";
    const OTHER: &str = "Harga beras medium di pasar induk turun sejak awal pekan karena panen raya di beberapa daerah sentra produksi \
        ujar pedagang. Pemerintah tetap menyalurkan bantuan pangan kepada keluarga penerima manfaat sampai akhir tahun agar harga tidak \
        kembali naik menjelang libur panjang. Petani berharap harga gabah tidak ikut jatuh karena biaya pupuk masih tinggi dan ongkos \
        angkut belum juga turun menurut ketua kelompok tani di Karawang.";

    #[test]
    fn a_slightly_edited_article_is_a_near_duplicate_and_another_story_is_not() {
        let mut seen = Seen::default();
        assert!(seen.add("a", sketch_of([STORY].into_iter()).unwrap()).is_none());
        assert!(seen.add("b", sketch_of([OTHER].into_iter()).unwrap()).is_none());
        let edited = STORY.replace("Senin siang", "Senin petang");
        let (name, similarity) = seen.add("c", sketch_of([edited.as_str()].into_iter()).unwrap()).unwrap();
        assert_eq!(name, "a");
        assert!((0.7..1.0).contains(&similarity), "{similarity}");
    }

    #[test]
    fn many_copies_of_one_article_are_compared_with_the_first_alone() {
        let mut seen = Seen::default();
        for n in 0..5 {
            let found =
                seen.add(&n.to_string(), sketch_of([STORY].into_iter()).unwrap()).map(|(name, _)| name.to_owned());
            assert_eq!(found.as_deref(), (n > 0).then_some("0"));
        }
        assert_eq!(seen.articles.len(), 1);
    }

    #[test]
    fn a_sketch_is_the_same_in_every_version() {
        let sketch = sketch_of([STORY].into_iter()).unwrap();
        assert_eq!(
            sketch.bands().first(),
            Some(&2_728_020_704),
            "sketches of earlier versions lie in the states of users"
        );
    }

    #[test]
    fn short_notices_are_not_compared() {
        assert_eq!(sketch_of(["Berita singkat hari ini."].into_iter()), None);
    }
}
