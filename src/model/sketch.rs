//! The fingerprint of a story's text, small enough to keep for every article.
//!
//! Place in the data way: `section` makes it of an article, the state keeps it, `plan` compares it with earlier ones.
//! It must never change its meaning without a new schema of the state: sketches of older versions are compared with new ones.

/// Hashes of a sketch.
pub const HASHES: usize = 63;
/// Hashes of a band. Of two stories that share seven tenths of their shingles, all but one in 7,000 meet in a band.
const ROWS: usize = 3;

/// The least hash of a text's shingles under each of [`HASHES`] hash functions: `MinHash`, as in Broder, "On the resemblance
/// and containment of documents" (1997), <https://doi.org/10.1109/SEQUEN.1997.666900>.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sketch([u32; HASHES]);

impl Sketch {
    /// A sketch of these least hashes.
    pub fn new(least: [u32; HASHES]) -> Self {
        Self(least)
    }

    /// Estimated part of shingles that both texts hold, of those that either holds: 0 to 1.
    pub fn similarity(&self, other: &Self) -> f64 {
        let same = self.0.iter().zip(&other.0).filter(|(a, b)| a == b).count();
        #[expect(clippy::cast_precision_loss, reason = "at most 63")]
        let similarity = same as f64 / HASHES as f64;
        similarity
    }

    /// A number for each band, the band's place in it: texts that are alike have one of them in common. Below 2⁴⁰.
    pub fn bands(&self) -> Vec<i64> {
        let band = |(place, rows): (i64, &[u32])| {
            let hash =
                rows.iter().fold(0x811c_9dc5_u32, |hash, row| (hash ^ row).wrapping_mul(0x0100_0193).rotate_left(13));
            (place << 32) | i64::from(hash)
        };
        (0..).zip(self.0.chunks_exact(ROWS)).map(band).collect()
    }

    /// As the state keeps it.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.0.iter().flat_map(|hash| hash.to_le_bytes()).collect()
    }

    /// What [`Sketch::to_bytes`] gave; `None` where the length is another.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (hashes, rest) = bytes.as_chunks::<4>();
        let hashes: Vec<u32> = hashes.iter().map(|hash| u32::from_le_bytes(*hash)).collect();
        rest.is_empty().then(|| hashes.try_into().ok().map(Self))?
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sketch_survives_the_state() {
        let mut hash = u32::MAX;
        let sketch = Sketch::new([(); HASHES].map(|()| {
            hash -= 1;
            hash
        }));
        assert_eq!(Sketch::from_bytes(&sketch.to_bytes()), Some(sketch));
        assert_eq!(Sketch::from_bytes(&[1, 2, 3]), None);
    }

    #[test]
    fn bands_differ_by_place_and_by_content() {
        let mut bands = Sketch::new([7; HASHES]).bands();
        bands.extend(Sketch::new([8; HASHES]).bands());
        bands.sort_unstable();
        bands.dedup();
        assert_eq!(bands.len(), 2 * HASHES / ROWS);
        assert!(bands.iter().all(|band| (0..1 << 40).contains(band)));
    }
}
