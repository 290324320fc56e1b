//! Compressed inputs: `.gz`, `.zip`, and the parts of office documents and e-books.
//!
//! Place in the data way: `open` looks through it.
//! It must never expand a bomb: what grows out of proportion, or beyond the limit, is refused while it is being read.

use std::io::{BufRead, BufReader, Read, Seek};

use flate2::bufread::MultiGzDecoder;
use zip::ZipArchive;

/// An expansion that no text reaches.
const BOMB: u64 = 200;
/// What may be expanded before the proportion is looked at.
const FREE: u64 = 1 << 20;
/// Most entries of an archive.
const MOST_ENTRIES: usize = 100_000;

/// Decompresses gzip; a bomb becomes a read error.
pub fn gunzip(reader: impl BufRead + Send + 'static) -> BufReader<impl Read + Send> {
    let counted = Counted { inner: reader, read: 0 };
    BufReader::new(Guarded { inner: MultiGzDecoder::new(counted), out: 0 })
}

/// Bytes that have been taken from a reader.
struct Counted<R> {
    inner: R,
    read: u64,
}

impl<R: BufRead> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.read += read as u64;
        Ok(read)
    }
}

impl<R: BufRead> BufRead for Counted<R> {
    fn fill_buf(&mut self) -> std::io::Result<&[u8]> {
        self.inner.fill_buf()
    }

    fn consume(&mut self, amount: usize) {
        self.read += amount as u64;
        self.inner.consume(amount);
    }
}

struct Guarded<R> {
    inner: MultiGzDecoder<Counted<R>>,
    out: u64,
}

impl<R: BufRead> Read for Guarded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.out += read as u64;
        if is_bomb(self.out, self.inner.get_ref().read) { Err(bomb()) } else { Ok(read) }
    }
}

fn is_bomb(expanded: u64, compressed: u64) -> bool {
    expanded > FREE && expanded > compressed.saturating_mul(BOMB)
}

fn bomb() -> std::io::Error {
    std::io::Error::other(format!("it expands more than {BOMB}-fold, as a decompression bomb does"))
}

/// A zip archive whose entries are read within limits.
pub struct Archive<R: Read + Seek>(ZipArchive<R>);

impl<R: Read + Seek> Archive<R> {
    /// Opens an archive.
    ///
    /// # Errors
    /// Where it is no zip archive, or has an absurd number of entries.
    pub fn new(reader: R) -> Result<Self, String> {
        let archive = ZipArchive::new(reader).map_err(|error| format!("is not a readable zip archive: {error}"))?;
        if archive.len() > MOST_ENTRIES {
            return Err(format!("holds more than {MOST_ENTRIES} files"));
        }
        Ok(Self(archive))
    }

    /// Number of entries.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Name of an entry; `None` for a folder or an entry that cannot be read.
    pub fn name(&mut self, at: usize) -> Option<String> {
        let entry = self.0.by_index_raw(at).ok().filter(|entry| !entry.is_dir())?;
        Some(String::from_utf8_lossy(entry.name_raw()).into_owned())
    }

    /// The bytes of an entry.
    ///
    /// # Errors
    /// Where it is encrypted, damaged, too large or a bomb.
    pub fn bytes(&mut self, at: usize, max_bytes: u64) -> Result<Vec<u8>, String> {
        let reason = |error: &dyn std::fmt::Display| format!("cannot be read from the archive: {error}");
        let mut entry = self.0.by_index(at).map_err(|error| reason(&error))?;
        let compressed = entry.compressed_size();
        let mut bytes = Vec::new();
        loop {
            let read = (&mut entry).take(FREE).read_to_end(&mut bytes).map_err(|error| reason(&error))?;
            if bytes.len() as u64 > max_bytes {
                return Err(format!("is larger than the limit of {} MiB for one article", max_bytes >> 20));
            }
            if is_bomb(bytes.len() as u64, compressed) {
                return Err(reason(&bomb()));
            }
            if read == 0 {
                return Ok(bytes);
            }
        }
    }

    /// The text of the entry of that name, where there is one.
    ///
    /// # Errors
    /// As for [`Archive::bytes`], and where it is no text.
    pub fn text(&mut self, name: &str, max_bytes: u64) -> Result<Option<String>, String> {
        let Some(at) = self.0.index_for_name(name) else { return Ok(None) };
        let bytes = self.bytes(at, max_bytes)?;
        super::decode::decode(&bytes, None).map(|text| Some(text.into_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::write::GzEncoder;
    use std::io::{Cursor, Write as _};

    fn gz(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), flate2::Compression::best());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn gzip_is_read_and_a_bomb_refused() {
        let mut text = String::new();
        gunzip(Cursor::new(gz(b"Harga beras."))).read_to_string(&mut text).unwrap();
        assert_eq!(text, "Harga beras.");
        let error = gunzip(Cursor::new(gz(&vec![0; 64 << 20]))).read_to_end(&mut Vec::new()).unwrap_err();
        assert!(error.to_string().contains("decompression bomb"), "{error}");
    }

    #[test]
    fn a_zip_bomb_is_refused() {
        let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
        writer.start_file("a.txt", zip::write::SimpleFileOptions::default()).unwrap();
        writer.write_all(&vec![b' '; 64 << 20]).unwrap();
        let mut archive = Archive::new(writer.finish().unwrap()).unwrap();
        assert!(archive.bytes(0, 1 << 30).unwrap_err().contains("decompression bomb"));
        assert!(archive.bytes(0, 100_000).unwrap_err().contains("larger than the limit"));
    }
}
