//! Reads a GGUF file: settings and weights in one. <https://github.com/ggml-org/ggml/blob/master/docs/gguf.md>
//!
//! Place in the data way: the first step of loading `model.gguf`.
//! It must never trust a length in the file: every read is checked against the bytes that are there.

use std::collections::BTreeMap;

use super::error::Fault;
use super::weights::{Kind, Stored, Weights};

const DEFAULT_ALIGNMENT: u64 = 32;
const MOST_DIMENSIONS: u32 = 4;
/// Arrays inside arrays; more is an attack on the stack.
const DEEPEST: usize = 4;

/// A setting, as far as the engine reads it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Value {
    Number(u64),
    Text(String),
    Other,
}

/// An opened file.
#[derive(Debug)]
pub(super) struct Gguf<'a> {
    pub(super) settings: BTreeMap<String, Value>,
    pub(super) weights: Weights<'a>,
}

impl<'a> Gguf<'a> {
    /// Opens a file of version 2 or 3.
    pub(super) fn read(bytes: &'a [u8]) -> Result<Self, Fault> {
        if bytes.get(..4) != Some(b"GGUF") {
            return Err(Fault::Foreign("it is no GGUF file".into()));
        }
        let mut reader = Reader { bytes, at: 4 };
        match reader.u32()? {
            2 | 3 => {}
            other => return Err(Fault::Foreign(format!("it is GGUF version {other}; versions 2 and 3 are read"))),
        }
        let (weights, settings) = (reader.u64()?, reader.u64()?);
        let settings = (0..settings)
            .map(|_| {
                let key = reader.text()?;
                let kind = reader.u32()?;
                Ok((key, reader.value(kind, DEEPEST)?))
            })
            .collect::<Result<BTreeMap<_, _>, Fault>>()?;
        let entries = (0..weights).map(|_| reader.entry()).collect::<Result<Vec<_>, Fault>>()?;
        let alignment = match settings.get("general.alignment") {
            Some(Value::Number(number)) if *number > 0 => *number,
            _ => DEFAULT_ALIGNMENT,
        };
        let start = (reader.at as u64).next_multiple_of(alignment);
        let weights = entries.into_iter().map(|entry| entry.open(bytes, start)).collect::<Result<_, _>>()?;
        Ok(Self { settings, weights: Weights(weights) })
    }
}

/// A weight's line in the table of contents.
struct Entry {
    name: String,
    shape: Vec<usize>,
    kind: u32,
    offset: u64,
}

impl Entry {
    fn open(self, bytes: &[u8], start: u64) -> Result<(String, Stored<'_>), Fault> {
        let kind = match self.kind {
            0 => Kind::F32,
            1 => Kind::F16,
            8 => Kind::Q8,
            30 => Kind::Bf16,
            other => return Err(Fault::Kind { name: self.name, kind: format!("GGML type {other}") }),
        };
        let slice = self
            .shape
            .iter()
            .try_fold(1usize, |product, size| product.checked_mul(*size))
            .and_then(|count| kind.bytes(count))
            .zip(start.checked_add(self.offset).and_then(|from| usize::try_from(from).ok()))
            .and_then(|(length, from)| bytes.get(from..from.checked_add(length)?));
        let Some(slice) = slice else { return Err(Fault::Truncated(format!("the weight \"{}\"", self.name))) };
        Ok((self.name, Stored { kind, shape: self.shape, bytes: slice }))
    }
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    fn take(&mut self, count: usize) -> Result<&'a [u8], Fault> {
        let end = self.at.checked_add(count);
        let slice = end.and_then(|end| self.bytes.get(self.at..end));
        let slice = slice.ok_or_else(|| Fault::Truncated("its table of contents".into()))?;
        self.at += count;
        Ok(slice)
    }

    fn u32(&mut self) -> Result<u32, Fault> {
        Ok(self.take(4)?.iter().rev().fold(0, |number, byte| number << 8 | u32::from(*byte)))
    }

    fn u64(&mut self) -> Result<u64, Fault> {
        self.number(8)
    }

    fn number(&mut self, size: usize) -> Result<u64, Fault> {
        Ok(self.take(size)?.iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte)))
    }

    fn length(&mut self) -> Result<usize, Fault> {
        usize::try_from(self.u64()?).map_err(|_| Fault::Truncated("its table of contents".into()))
    }

    fn text(&mut self) -> Result<String, Fault> {
        let length = self.length()?;
        Ok(String::from_utf8_lossy(self.take(length)?).into_owned())
    }

    fn value(&mut self, kind: u32, depth: usize) -> Result<Value, Fault> {
        Ok(match kind {
            0 | 7 => Value::Number(self.number(1)?),
            2 => Value::Number(self.number(2)?),
            4 => Value::Number(self.number(4)?),
            10 => Value::Number(self.number(8)?),
            8 => Value::Text(self.text()?),
            1 => self.skip(1)?,
            3 => self.skip(2)?,
            5 | 6 => self.skip(4)?,
            11 | 12 => self.skip(8)?,
            9 if depth > 0 => {
                let (inner, count) = (self.u32()?, self.u64()?);
                for _ in 0..count {
                    self.value(inner, depth - 1)?;
                }
                Value::Other
            }
            other => return Err(Fault::Foreign(format!("its settings have the unknown type {other}"))),
        })
    }

    fn skip(&mut self, count: usize) -> Result<Value, Fault> {
        self.take(count).map(|_| Value::Other)
    }

    fn entry(&mut self) -> Result<Entry, Fault> {
        let name = self.text()?;
        let dimensions = self.u32()?;
        if dimensions > MOST_DIMENSIONS {
            return Err(Fault::Foreign(format!("the weight \"{name}\" has {dimensions} dimensions")));
        }
        let mut shape = (0..dimensions).map(|_| self.length()).collect::<Result<Vec<_>, _>>()?;
        shape.reverse(); // the file lists the fastest axis first
        Ok(Entry { name, shape, kind: self.u32()?, offset: self.u64()? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_of_another_kind_or_version_is_refused() {
        assert!(Gguf::read(b"PK\x03\x04....").unwrap_err().to_string().contains("no GGUF file"));
        assert!(Gguf::read(b"GGUF\x09\0\0\0").unwrap_err().to_string().contains("version 9"));
        assert!(matches!(Gguf::read(b"GGUF\x03\0\0\0\x01"), Err(Fault::Truncated(_))));
    }

    #[test]
    fn a_length_beyond_the_file_is_a_truncation_and_not_an_allocation() {
        let mut bytes = b"GGUF\x03\0\0\0".to_vec();
        bytes.extend(0u64.to_le_bytes());
        bytes.extend(1u64.to_le_bytes());
        bytes.extend(u64::MAX.to_le_bytes());
        assert!(matches!(Gguf::read(&bytes), Err(Fault::Truncated(_))));
    }
}
