//! Reads a `SentencePiece` model file (`source.spm`): a small protocol-buffer message.
//! <https://github.com/google/sentencepiece/blob/master/src/sentencepiece_model.proto>
//!
//! Place in the data way: part of loading Marian models as Hugging Face publishes them.
//! It must never trust a length in the file.

use super::error::Fault;

/// Piece types of the format: the unknown piece is number 2.
const UNKNOWN: u64 = 2;

/// What the engine needs of the file.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Pieces {
    /// Every piece with its log-probability, in the order of the file.
    pub(super) scored: Vec<(String, f64)>,
    /// Index of the unknown piece.
    pub(super) unknown: Option<usize>,
    /// The compiled normalisation rules; may be empty.
    pub(super) normaliser: Vec<u8>,
}

impl Pieces {
    /// Opens a file.
    pub(super) fn read(bytes: &[u8]) -> Result<Self, Fault> {
        let mut pieces = Self::default();
        for field in Message(bytes) {
            match field? {
                Field { number: 1, value: Value::Bytes(piece) } => pieces.add(piece)?,
                Field { number: 3, value: Value::Bytes(normaliser) } => pieces.normaliser = rules(normaliser)?,
                _ => {}
            }
        }
        if pieces.scored.is_empty() {
            return Err(Fault::Foreign("it is no SentencePiece model: it holds no pieces".into()));
        }
        Ok(pieces)
    }

    fn add(&mut self, message: &[u8]) -> Result<(), Fault> {
        let (mut text, mut score) = (String::new(), 0.0);
        for field in Message(message) {
            match field? {
                Field { number: 1, value: Value::Bytes(bytes) } => text = String::from_utf8_lossy(bytes).into_owned(),
                Field { number: 2, value: Value::Fixed32(bits) } => score = f64::from(f32::from_bits(bits)),
                Field { number: 3, value: Value::Varint(UNKNOWN) } => self.unknown = Some(self.scored.len()),
                _ => {}
            }
        }
        self.scored.push((text, score));
        Ok(())
    }
}

/// `NormalizerSpec.precompiled_charsmap`.
fn rules(message: &[u8]) -> Result<Vec<u8>, Fault> {
    let mut rules = Vec::new();
    for field in Message(message) {
        if let Field { number: 2, value: Value::Bytes(bytes) } = field? {
            rules = bytes.to_vec();
        }
    }
    Ok(rules)
}

struct Field<'a> {
    number: u64,
    value: Value<'a>,
}

enum Value<'a> {
    Varint(u64),
    Fixed32(u32),
    Bytes(&'a [u8]),
    Other,
}

/// The fields of a message. <https://protobuf.dev/programming-guides/encoding/>
struct Message<'a>(&'a [u8]);

impl<'a> Iterator for Message<'a> {
    type Item = Result<Field<'a>, Fault>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.0.is_empty() {
            return None;
        }
        let field = self.field().ok_or_else(|| Fault::Truncated("a piece".into()));
        if field.is_err() {
            self.0 = &[];
        }
        Some(field)
    }
}

impl<'a> Message<'a> {
    fn field(&mut self) -> Option<Field<'a>> {
        let tag = self.varint()?;
        let value = match tag & 7 {
            0 => Value::Varint(self.varint()?),
            1 => self.take(8).map(|_| Value::Other)?,
            2 => {
                let length = usize::try_from(self.varint()?).ok()?;
                Value::Bytes(self.take(length)?)
            }
            5 => Value::Fixed32(u32::from_le_bytes(self.take(4)?.try_into().ok()?)),
            _ => return None,
        };
        Some(Field { number: tag >> 3, value })
    }

    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (head, tail) = self.0.split_at_checked(count)?;
        self.0 = tail;
        Some(head)
    }

    fn varint(&mut self) -> Option<u64> {
        let mut number = 0;
        for shift in (0..64).step_by(7) {
            let byte = *self.take(1)?.first()?;
            number |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Some(number);
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `pieces { piece: "<unk>" score: 0 type: UNKNOWN } pieces { piece: "▁a" score: -1.5 }`
    const FILE: &[u8] = b"\x0a\x0e\x0a\x05<unk>\x15\0\0\0\0\x18\x02\x0a\x0b\x0a\x04\xe2\x96\x81a\x15\0\0\xc0\xbf";

    #[test]
    fn pieces_come_with_their_scores_and_the_unknown_one_is_found() {
        let pieces = Pieces::read(FILE).unwrap();
        assert_eq!(pieces.scored, [("<unk>".to_owned(), 0.0), ("▁a".to_owned(), -1.5)]);
        assert_eq!(pieces.unknown, Some(0));
    }

    #[test]
    fn a_truncated_or_foreign_file_is_refused() {
        assert!(matches!(Pieces::read(&FILE[..FILE.len() - 3]), Err(Fault::Truncated(_))));
        assert!(Pieces::read(b"").is_err());
        assert!(Pieces::read(b"{\"a\": 1}").is_err());
    }
}
