//! Near-duplicates: articles that are mostly the same text, found before anything is paid for.
//!
//! Place in the data way: `plan` asks it for each article in turn. `MinHash` over three-word shingles, as in Broder,
//! "On the resemblance and containment of documents" (1997), with banding to find candidates.
//! It must never compare titles or furniture: only the story counts.

use std::collections::{BTreeSet, HashMap};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use crate::model::article::Article;

/// Hashes of a sketch; bands of three rows each: of two articles that share 0.7, all but one in 7,000 meet in a band.
const HASHES: usize = 63;
const ROWS: usize = 3;
/// Words of a shingle.
const SHINGLE: usize = 3;
/// Articles that share this part of their shingles count as near-duplicates.
const NEAR: f64 = 0.7;
/// Articles with fewer words are not compared: short notices look alike.
const FEWEST_WORDS: usize = 40;
/// Articles that are remembered: about 20 MB. Then it begins anew.
const MOST: usize = 20_000;

/// A small fingerprint of an article's story.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sketch([u32; HASHES]);

impl Sketch {
    /// The sketch of an article; `None` where its story is too short to be compared.
    pub fn of(article: &Article) -> Option<Self> {
        let story = article.paragraphs().filter(|paragraph| paragraph.kind.is_story() && paragraph.skipped.is_none());
        let text: Vec<&str> = story.map(|paragraph| paragraph.text.as_str()).collect();
        Self::of_text(&text.join(" "))
    }

    fn of_text(text: &str) -> Option<Self> {
        let words: Vec<String> =
            text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_lowercase).collect();
        if words.len() < FEWEST_WORDS {
            return None;
        }
        let mut least = [u32::MAX; HASHES];
        for shingle in words.windows(SHINGLE) {
            let mut hasher = DefaultHasher::new();
            shingle.hash(&mut hasher);
            let mut state = hasher.finish();
            for least in &mut least {
                // SplitMix64: one good hash gives as many as are wanted.
                state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
                let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
                *least = (*least).min((mixed >> 32) as u32);
            }
        }
        Some(Self(least))
    }

    /// Estimated part of shingles that both articles hold, of those that either holds: 0 to 1.
    pub fn similarity(&self, other: &Self) -> f64 {
        let same = self.0.iter().zip(&other.0).filter(|(a, b)| a == b).count();
        #[expect(clippy::cast_precision_loss, reason = "at most 63")]
        let similarity = same as f64 / HASHES as f64;
        similarity
    }
}

/// The articles seen so far; of those that nearly repeat each other, only the first.
#[derive(Debug, Default)]
pub struct Seen {
    articles: Vec<(String, Sketch)>,
    /// The first article with this content in this band.
    bands: HashMap<u64, usize>,
}

impl Seen {
    /// Adds an article; gives the earlier one that it nearly repeats, with their similarity.
    pub fn add(&mut self, name: &str, sketch: Sketch) -> Option<(&str, f64)> {
        let bands = sketch.0.chunks_exact(ROWS).enumerate().map(|band| {
            let mut hasher = DefaultHasher::new();
            band.hash(&mut hasher);
            hasher.finish()
        });
        let bands: Vec<u64> = bands.collect();
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
        assert!(seen.add("a", Sketch::of_text(STORY).unwrap()).is_none());
        assert!(seen.add("b", Sketch::of_text(OTHER).unwrap()).is_none());
        let edited = STORY.replace("Senin siang", "Senin petang");
        let (name, similarity) = seen.add("c", Sketch::of_text(&edited).unwrap()).unwrap();
        assert_eq!(name, "a");
        assert!((0.7..1.0).contains(&similarity), "{similarity}");
    }

    #[test]
    fn many_copies_of_one_article_are_compared_with_the_first_alone() {
        let mut seen = Seen::default();
        for n in 0..5 {
            let found = seen.add(&n.to_string(), Sketch::of_text(STORY).unwrap()).map(|(name, _)| name.to_owned());
            assert_eq!(found.as_deref(), (n > 0).then_some("0"));
        }
        assert_eq!(seen.articles.len(), 1);
    }

    #[test]
    fn short_notices_are_not_compared() {
        assert_eq!(Sketch::of_text("Berita singkat hari ini."), None);
    }
}
