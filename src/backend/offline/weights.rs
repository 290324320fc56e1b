//! Named weights as a model file stores them, turned into single-precision numbers on demand.
//!
//! Place in the data way: a GGUF or safetensors file is opened as [`Weights`], the network takes what it needs by name
//! and shape. It must never hand out a weight of another shape than asked for, or one with values that are not numbers.

use std::collections::BTreeMap;

use safetensors::{Dtype, SafeTensors};

use super::error::Fault;

/// Weights in a block of `Q8_0`: one half-precision scale and as many signed bytes.
/// <https://github.com/ggml-org/ggml/blob/master/docs/gguf.md>
pub(super) const Q8_BLOCK: usize = 32;

/// How numbers are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    F32,
    F16,
    Bf16,
    Q8,
}

impl Kind {
    /// Bytes of `count` numbers, or `None` where they do not fill whole blocks.
    pub(super) fn bytes(self, count: usize) -> Option<usize> {
        match self {
            Self::F32 => count.checked_mul(4),
            Self::F16 | Self::Bf16 => count.checked_mul(2),
            Self::Q8 => count.is_multiple_of(Q8_BLOCK).then(|| (count / Q8_BLOCK).checked_mul(Q8_BLOCK + 2)).flatten(),
        }
    }
}

/// One weight in the file.
#[derive(Debug, Clone)]
pub(super) struct Stored<'a> {
    pub(super) kind: Kind,
    pub(super) shape: Vec<usize>,
    pub(super) bytes: &'a [u8],
}

/// All weights of a model, by name.
#[derive(Debug, Default)]
pub(super) struct Weights<'a>(pub(super) BTreeMap<String, Stored<'a>>);

impl<'a> Weights<'a> {
    /// Opens a safetensors file. <https://huggingface.co/docs/safetensors>
    pub(super) fn safetensors(bytes: &'a [u8]) -> Result<Self, Fault> {
        let file = SafeTensors::deserialize(bytes)
            .map_err(|error| Fault::Foreign(format!("it is no whole safetensors file ({error})")))?;
        let mut weights = BTreeMap::new();
        for (name, view) in file.iter() {
            let kind = match view.dtype() {
                Dtype::F32 => Kind::F32,
                Dtype::F16 => Kind::F16,
                Dtype::BF16 => Kind::Bf16,
                other => return Err(Fault::Kind { name: name.to_owned(), kind: format!("{other:?}") }),
            };
            weights.insert(name.to_owned(), Stored { kind, shape: view.shape().to_vec(), bytes: view.data() });
        }
        Ok(Self(weights))
    }

    /// The first of `names` that the file holds.
    pub(super) fn first<'n>(&self, names: &[&'n str]) -> Option<&'n str> {
        names.iter().find(|name| self.0.contains_key(**name)).copied()
    }

    /// The numbers of a weight, row by row.
    pub(super) fn get(&self, name: &str, shape: &[usize]) -> Result<Vec<f32>, Fault> {
        let stored = self.0.get(name).ok_or_else(|| Fault::Missing(name.to_owned()))?;
        if stored.shape != shape {
            let (found, wanted) = (stored.shape.clone(), shape.to_vec());
            return Err(Fault::Shape { name: name.to_owned(), found, wanted });
        }
        let numbers = decode(stored);
        if numbers.len() != shape.iter().product::<usize>() {
            return Err(Fault::Truncated(format!("the weight \"{name}\"")));
        }
        if numbers.iter().any(|number| !number.is_finite()) {
            return Err(Fault::NotFinite(name.to_owned()));
        }
        Ok(numbers)
    }
}

fn decode(stored: &Stored<'_>) -> Vec<f32> {
    let (words, _) = stored.bytes.as_chunks::<4>();
    let (halves, _) = stored.bytes.as_chunks::<2>();
    match stored.kind {
        Kind::F32 => words.iter().map(|word| f32::from_le_bytes(*word)).collect(),
        Kind::F16 => halves.iter().map(|half| half_to_single(u16::from_le_bytes(*half))).collect(),
        Kind::Bf16 => halves.iter().map(|half| f32::from_bits(u32::from(u16::from_le_bytes(*half)) << 16)).collect(),
        Kind::Q8 => {
            let (blocks, _) = stored.bytes.as_chunks::<{ Q8_BLOCK + 2 }>();
            let mut numbers = Vec::with_capacity(blocks.len() * Q8_BLOCK);
            for [low, high, values @ ..] in blocks {
                let scale = half_to_single(u16::from_le_bytes([*low, *high]));
                numbers.extend(values.iter().map(|value| scale * f32::from(value.cast_signed())));
            }
            numbers
        }
    }
}

/// IEEE 754 half precision: 1 sign, 5 exponent and 10 fraction bits.
fn half_to_single(half: u16) -> f32 {
    let sign = if half & 0x8000 == 0 { 1.0 } else { -1.0 };
    let fraction = f32::from(half & 0x3ff) / 1024.0;
    match (half >> 10) & 0x1f {
        0 => sign * fraction * 2f32.powi(-14),
        31 if fraction == 0.0 => sign * f32::INFINITY,
        31 => f32::NAN,
        exponent => sign * (1.0 + fraction) * 2f32.powi(i32::from(exponent) - 15),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(kind: Kind, shape: &[usize], bytes: &'static [u8]) -> Weights<'static> {
        Weights(BTreeMap::from([("w".to_owned(), Stored { kind, shape: shape.to_vec(), bytes })]))
    }

    #[test]
    fn half_precision_reads_as_ieee_754_says() {
        let cases =
            [(0x3c00, 1.0), (0xc000, -2.0), (0x7bff, 65504.0), (0x0001, 5.960_464_5e-8), (0x3555, 0.333_251_95)];
        for (half, single) in cases {
            assert_eq!(half_to_single(half).to_bits(), f32::to_bits(single));
        }
        assert!(half_to_single(0x7c00).is_infinite());
        assert!(half_to_single(0x7e00).is_nan());
    }

    #[test]
    fn a_q8_block_is_a_scale_and_signed_bytes() {
        static BLOCK: [u8; 34] = {
            let mut block = [0; 34];
            block[1] = 0x38; // 0.5
            block[2] = 2;
            block[33] = 0xff; // -1
            block
        };
        let numbers = one(Kind::Q8, &[1, 32], &BLOCK).get("w", &[1, 32]).unwrap();
        assert_eq!((numbers[0], numbers[1], numbers[31]), (1.0, 0.0, -0.5));
    }

    #[test]
    fn a_weight_of_another_shape_or_without_numbers_is_refused() {
        static NAN: [u8; 4] = f32::NAN.to_le_bytes();
        assert!(matches!(one(Kind::F32, &[1], &NAN).get("w", &[2]), Err(Fault::Shape { .. })));
        assert_eq!(one(Kind::F32, &[1], &NAN).get("w", &[1]), Err(Fault::NotFinite("w".into())));
        assert_eq!(one(Kind::F32, &[2], &NAN).get("w", &[2]), Err(Fault::Truncated("the weight \"w\"".into())));
        assert_eq!(one(Kind::F32, &[1], &NAN).get("v", &[1]), Err(Fault::Missing("v".into())));
    }
}
