//! The arithmetic of a transformer on plain slices: products with packed weights, layer norms, attention.
//!
//! Place in the data way: the network is written in these terms.
//! It must never let a row's result depend on the other rows: sentences come out the same in any batch.

use rten_gemm::{BiasVector, GemmExecutor, GemmInputA, GemmInputB, GemmOptions, PackedBMatrix};
use rten_tensor::NdTensorView;

use super::error::{Fault, OfflineError};
use super::shape::Activation;
use super::weights::Weights;

/// Added to a variance before its root is taken, as in `torch.nn.LayerNorm`.
const EPSILON: f32 = 1e-5;
/// Independent sums of a dot product; enough for two SSE or one AVX register.
const LANES: usize = 8;

/// Rows of numbers, one for each token.
#[derive(Debug, Clone, Default)]
pub(super) struct Rows {
    width: usize,
    numbers: Vec<f32>,
}

impl Rows {
    pub(super) fn new(width: usize, numbers: Vec<f32>) -> Self {
        Self { width, numbers }
    }

    pub(super) fn zeros(count: usize, width: usize) -> Self {
        Self { width, numbers: vec![0.0; count * width] }
    }

    pub(super) fn iter(&self) -> std::slice::ChunksExact<'_, f32> {
        self.numbers.chunks_exact(self.width)
    }

    pub(super) fn iter_mut(&mut self) -> std::slice::ChunksExactMut<'_, f32> {
        self.numbers.chunks_exact_mut(self.width)
    }

    /// Row `index`, or nothing beyond the end.
    pub(super) fn row(&self, index: usize) -> &[f32] {
        self.numbers.get(index * self.width..(index + 1) * self.width).unwrap_or_default()
    }

    /// Rows `range`, as [`Rows::iter`] gives them.
    pub(super) fn range(&self, range: &std::ops::Range<usize>) -> std::slice::ChunksExact<'_, f32> {
        let numbers = self.numbers.get(range.start * self.width..range.end * self.width).unwrap_or_default();
        numbers.chunks_exact(self.width)
    }

    pub(super) fn add(&mut self, other: &Self) {
        self.numbers.iter_mut().zip(&other.numbers).for_each(|(sum, number)| *sum += number);
    }

    pub(super) fn activate(&mut self, activation: Activation) {
        match activation {
            Activation::Relu => self.numbers.iter_mut().for_each(|x| *x = x.max(0.0)),
            Activation::Swish => self.numbers.iter_mut().for_each(|x| *x /= 1.0 + (-*x).exp()),
        }
    }
}

/// An affine layer: `y = x·Wᵀ + b`, with `W` packed once for the processor's own kernel.
pub(super) struct Linear {
    weight: PackedBMatrix<f32>,
    bias: Vec<f32>,
}

impl Linear {
    /// Packs a weight of `bias.len()` rows, as `torch.nn.Linear` stores it.
    pub(super) fn pack(weight: &[f32], bias: Vec<f32>) -> Self {
        let view = NdTensorView::from_data([bias.len(), weight.len() / bias.len()], weight);
        Self { weight: GemmExecutor::new().prepack_b(view.transposed()), bias }
    }

    /// Loads one layer, or several that read the same rows, stacked into one product.
    pub(super) fn load(weights: &Weights<'_>, names: &[String], size: (usize, usize)) -> Result<Self, Fault> {
        let (outputs, inputs) = size;
        let (mut weight, mut bias) = (Vec::new(), Vec::new());
        for name in names {
            weight.extend(weights.get(&format!("{name}.weight"), &[outputs, inputs])?);
            bias.extend(weights.get(&format!("{name}.bias"), &[outputs])?);
        }
        Ok(Self::pack(&weight, bias))
    }

    pub(super) fn forward(&self, rows: &Rows) -> Result<Rows, OfflineError> {
        let count = rows.iter().len();
        let mut out = Rows::zeros(count, self.bias.len());
        let view = NdTensorView::from_data([count, rows.width], rows.numbers.as_slice());
        let options = GemmOptions { bias: Some(BiasVector::Row(&self.bias)), ..GemmOptions::default() };
        GemmExecutor::new().gemm(
            &mut out.numbers,
            GemmInputA::Unpacked(view),
            GemmInputB::Packed(&self.weight),
            options,
        )?;
        Ok(out)
    }
}

/// Layer normalisation with gain and bias.
pub(super) struct Norm {
    gain: Vec<f32>,
    bias: Vec<f32>,
}

impl Norm {
    pub(super) fn load(weights: &Weights<'_>, name: &str, width: usize) -> Result<Self, Fault> {
        let get = |part: &str| weights.get(&format!("{name}.{part}"), &[width]);
        Ok(Self { gain: get("weight")?, bias: get("bias")? })
    }

    /// Adds `change` to `rows` and normalises the sum: Marian's post-norm residual.
    #[expect(clippy::cast_precision_loss, reason = "a row is a few thousand numbers")]
    pub(super) fn residual(&self, rows: &mut Rows, change: &Rows) {
        rows.add(change);
        for row in rows.iter_mut() {
            let count = row.len() as f32;
            let mean = row.iter().sum::<f32>() / count;
            for x in row.iter_mut() {
                *x -= mean;
            }
            let variance = dot(row, row) / count;
            let scale = 1.0 / (variance + EPSILON).sqrt();
            for ((x, gain), bias) in row.iter_mut().zip(&self.gain).zip(&self.bias) {
                *x = *x * scale * gain + bias;
            }
        }
    }
}

/// Multi-head attention of one token over the tokens that it sees, each given as its key followed by its value.
/// Tokens that it does not see are not passed, so no mask is needed.
pub(super) struct Attention {
    width: usize,
    heads: usize,
    scores: Vec<f32>,
}

impl Attention {
    pub(super) fn new(width: usize, heads: usize) -> Self {
        Self { width, heads, scores: Vec::new() }
    }

    /// Writes the mix of values into `out`, which starts as zeros.
    #[expect(clippy::cast_precision_loss, reason = "a head is at most a few thousand numbers wide")]
    pub(super) fn attend<'a>(&mut self, query: &[f32], seen: impl Iterator<Item = &'a [f32]> + Clone, out: &mut [f32]) {
        let head = self.width / self.heads;
        let scale = 1.0 / (head as f32).sqrt();
        self.scores.clear();
        for token in seen.clone() {
            let key = token.split_at_checked(self.width).map_or(&[][..], |(key, _)| key);
            let heads = query.chunks_exact(head).zip(key.chunks_exact(head));
            self.scores.extend(heads.map(|(query, key)| dot(query, key) * scale));
        }
        self.softmax();
        for (token, weights) in seen.zip(self.scores.chunks_exact(self.heads)) {
            let value = token.split_at_checked(self.width).map_or(&[][..], |(_, value)| value);
            let heads = out.chunks_exact_mut(head).zip(value.chunks_exact(head));
            for ((out, value), weight) in heads.zip(weights) {
                out.iter_mut().zip(value).for_each(|(out, value)| *out += weight * value);
            }
        }
    }

    /// Turns the scores of each head, which stand `heads` apart, into weights that sum to one.
    fn softmax(&mut self) {
        for head in 0..self.heads {
            let of_head = || (head..).step_by(self.heads);
            let top = of_head().map_while(|i| self.scores.get(i)).fold(f32::NEG_INFINITY, |a, b| a.max(*b));
            let scores = self.scores.iter_mut().skip(head).step_by(self.heads);
            let sum = scores.fold(0.0, |sum, score| {
                *score = (*score - top).exp();
                sum + *score
            });
            let scores = self.scores.iter_mut().skip(head).step_by(self.heads);
            scores.for_each(|score| *score /= sum);
        }
    }
}

fn dot(a: &[f32], b: &[f32]) -> f32 {
    let ((a, a_rest), (b, b_rest)) = (a.as_chunks::<LANES>(), b.as_chunks::<LANES>());
    let mut sums = [0.0f32; LANES];
    for (a, b) in a.iter().zip(b) {
        for ((sum, a), b) in sums.iter_mut().zip(a).zip(b) {
            *sum += a * b;
        }
    }
    let rest: f32 = a_rest.iter().zip(b_rest).map(|(a, b)| a * b).sum();
    sums.iter().sum::<f32>() + rest
}

/// `ln Σ exp(x)`, computed so that it cannot overflow.
pub(super) fn log_sum_exp(numbers: &[f32]) -> f32 {
    let top = numbers.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    numbers.iter().map(|x| (x - top).exp()).sum::<f32>().ln() + top
}

#[cfg(test)]
#[expect(clippy::float_cmp, clippy::cast_precision_loss, reason = "results are meant to be exact")]
mod tests {
    use super::*;

    fn ramp(count: usize, step: f32) -> Vec<f32> {
        (0..count).map(|i| (i as f32 * step).sin()).collect()
    }

    #[test]
    fn a_row_comes_out_bit_for_bit_the_same_in_any_company() {
        for (inputs, outputs) in [(32, 96), (256, 768), (1024, 256), (256, 8000)] {
            let layer = Linear::pack(&ramp(inputs * outputs, 0.37), ramp(outputs, 0.11));
            let rows = ramp(inputs * 70, 0.73);
            let alone = layer.forward(&Rows::new(inputs, rows[..inputs].to_vec())).unwrap();
            for count in [2, 3, 4, 5, 7, 16, 33, 70] {
                let together = layer.forward(&Rows::new(inputs, rows[..inputs * count].to_vec())).unwrap();
                assert_eq!(alone.row(0), together.row(0), "{inputs} to {outputs}, one row of {count}");
            }
        }
    }

    #[test]
    fn a_product_is_the_sum_that_its_formula_says() {
        let layer = Linear::pack(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0], vec![0.5, -0.5]);
        let out = layer.forward(&Rows::new(3, vec![1.0, 0.0, -1.0, 2.0, 2.0, 2.0])).unwrap();
        assert_eq!(out.iter().flatten().copied().collect::<Vec<_>>(), [-1.5, -2.5, 12.5, 29.5]);
    }

    #[test]
    fn attention_to_one_token_is_its_value() {
        let mut out = [0.0; 4];
        let token = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0];
        Attention::new(4, 2).attend(&[9.0, 9.0, 9.0, 9.0], std::iter::once(&token[..]), &mut out);
        assert_eq!(out, [5.0, 6.0, 7.0, 8.0]);
    }

    #[test]
    fn attention_prefers_the_key_that_fits_and_heads_choose_apart() {
        let mut out = [0.0; 2];
        let tokens = [[50.0, 0.0, 1.0, 1.0], [0.0, 50.0, 2.0, 2.0]];
        Attention::new(2, 2).attend(&[1.0, 1.0], tokens.iter().map(|token| &token[..]), &mut out);
        assert_eq!(out, [1.0, 2.0]);
    }

    #[test]
    fn a_norm_leaves_mean_zero_and_variance_one() {
        let norm = Norm { gain: vec![1.0; 4], bias: vec![0.0; 4] };
        let mut rows = Rows::new(4, vec![1.0, 2.0, 3.0, 6.0]);
        norm.residual(&mut rows, &Rows::zeros(1, 4));
        let row = rows.row(0);
        assert!(row.iter().sum::<f32>().abs() < 1e-5);
        assert!((dot(row, row) / 4.0 - 1.0).abs() < 1e-4);
    }

    #[test]
    fn the_log_of_summed_exponentials_does_not_overflow() {
        assert!((log_sum_exp(&[1000.0, 1000.0]) - (1000.0 + 2f32.ln())).abs() < 1e-3);
    }
}
