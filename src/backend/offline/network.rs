//! Marian's transformer: encoder, decoder with caches, logits. <https://aclanthology.org/P18-4020/>
//!
//! Place in the data way: `search` encodes a batch once and steps the decoder token by token.
//! It must never pad: sentences of a batch lie end to end and each token sees exactly its own sentence.

use std::ops::Range;

use super::error::{Fault, OfflineError};
use super::math::{Attention, Linear, Norm, Rows};
use super::shape::Shape;
use super::weights::Weights;

/// Names under which a shared embedding is found, in order.
const EMBEDDINGS: [&str; 4] =
    ["model.shared.weight", "model.encoder.embed_tokens.weight", "model.decoder.embed_tokens.weight", "lm_head.weight"];

/// A loaded model.
pub(super) struct Network {
    pub(super) shape: Shape,
    embedding: Rows,
    positions: Rows,
    encoder: Vec<EncoderLayer>,
    decoder: Vec<DecoderLayer>,
    logits: Linear,
}

struct EncoderLayer {
    attention: SelfAttention,
    feed: FeedForward,
}

struct DecoderLayer {
    attention: SelfAttention,
    query: Linear,
    keys_values: Linear,
    out: Linear,
    norm: Norm,
    feed: FeedForward,
}

struct SelfAttention {
    query_key_value: Linear,
    out: Linear,
    norm: Norm,
}

struct FeedForward {
    widen: Linear,
    narrow: Linear,
    norm: Norm,
}

/// A batch of encoded sentences, as far as the decoder needs it.
pub(super) struct Encoded {
    spans: Vec<Range<usize>>,
    /// Keys and values of every source token, for each decoder layer.
    cross: Vec<Rows>,
}

/// Keys and values of what the decoder has produced: for each layer the rows of every past step.
#[derive(Default)]
pub(super) struct History(Vec<Vec<Rows>>);

/// One hypothesis that takes a step.
pub(super) struct Live<'a> {
    /// Its sentence in the batch.
    pub(super) sentence: usize,
    /// Its last token.
    pub(super) token: u32,
    /// Its row in each past step, the one to come included.
    pub(super) path: &'a [usize],
}

impl Network {
    /// Takes the weights that `shape` asks for.
    pub(super) fn load(shape: Shape, weights: &Weights<'_>) -> Result<Self, Fault> {
        let loader = Loader { weights, shape: &shape };
        let name = weights.first(&EMBEDDINGS).unwrap_or("model.shared.weight");
        let embedding = weights.get(name, &[shape.vocabulary, shape.width])?;
        let bias = weights.get("final_logits_bias", &[1, shape.vocabulary])?;
        let encoder = (0..shape.encoder_layers).map(|n| loader.encoder(n)).collect::<Result<_, _>>()?;
        let decoder = (0..shape.decoder_layers).map(|n| loader.decoder(n)).collect::<Result<_, _>>()?;
        let logits = Linear::pack(&embedding, bias);
        Ok(Self {
            embedding: Rows::new(shape.width, embedding),
            positions: sinusoids(shape.positions, shape.width),
            encoder,
            decoder,
            logits,
            shape,
        })
    }

    /// Encodes sentences, each a row of token ids.
    pub(super) fn encode(&self, sentences: &[&[u32]]) -> Result<Encoded, OfflineError> {
        let (states, spans) = self.encoder_states(sentences)?;
        let cross = self.decoder.iter().map(|layer| layer.keys_values.forward(&states));
        Ok(Encoded { cross: cross.collect::<Result<_, _>>()?, spans })
    }

    fn encoder_states(&self, sentences: &[&[u32]]) -> Result<(Rows, Vec<Range<usize>>), OfflineError> {
        let (mut tokens, mut spans) = (Vec::new(), Vec::new());
        for sentence in sentences {
            spans.push(tokens.len()..tokens.len() + sentence.len());
            tokens.extend(sentence.iter().copied().enumerate());
        }
        let mut states = self.embed(tokens.into_iter());
        for layer in &self.encoder {
            let width = self.shape.width;
            let packed = layer.attention.query_key_value.forward(&states)?;
            let mut mixed = Rows::zeros(states.iter().len(), width);
            let mut attention = Attention::new(width, self.shape.heads);
            let mut out = mixed.iter_mut();
            for span in &spans {
                let seen = packed.range(span).filter_map(|row| row.get(width..));
                for (row, out) in packed.range(span).zip(out.by_ref()) {
                    attention.attend(row.get(..width).unwrap_or_default(), seen.clone(), out);
                }
            }
            let change = layer.attention.out.forward(&mixed)?;
            layer.attention.norm.residual(&mut states, &change);
            self.feed(&layer.feed, &mut states)?;
        }
        Ok((states, spans))
    }

    /// Feeds the last token of every hypothesis and gives the logits of the next, a row for each.
    pub(super) fn step(
        &self,
        encoded: &Encoded,
        history: &mut History,
        live: &[Live<'_>],
    ) -> Result<Rows, OfflineError> {
        let width = self.shape.width;
        history.0.resize_with(self.decoder.len(), Vec::new);
        let mut attention = Attention::new(width, self.shape.heads);
        let mut states = self.embed(live.iter().map(|row| (row.path.len() - 1, row.token)));
        for ((layer, past), cross) in self.decoder.iter().zip(&mut history.0).zip(&encoded.cross) {
            let packed = layer.attention.query_key_value.forward(&states)?;
            past.push(Rows::new(
                2 * width,
                packed.iter().filter_map(|row| row.get(width..)).flatten().copied().collect(),
            ));
            let mut mixed = Rows::zeros(live.len(), width);
            for ((hypothesis, row), out) in live.iter().zip(packed.iter()).zip(mixed.iter_mut()) {
                let seen = past.iter().zip(hypothesis.path).map(|(step, row)| step.row(*row));
                attention.attend(row.get(..width).unwrap_or_default(), seen, out);
            }
            let change = layer.attention.out.forward(&mixed)?;
            layer.attention.norm.residual(&mut states, &change);

            let queries = layer.query.forward(&states)?;
            let mut mixed = Rows::zeros(live.len(), width);
            for ((hypothesis, query), out) in live.iter().zip(queries.iter()).zip(mixed.iter_mut()) {
                let span = encoded.spans.get(hypothesis.sentence).cloned().unwrap_or_default();
                attention.attend(query, cross.range(&span), out);
            }
            let change = layer.out.forward(&mixed)?;
            layer.norm.residual(&mut states, &change);
            self.feed(&layer.feed, &mut states)?;
        }
        self.logits.forward(&states)
    }

    fn feed(&self, layer: &FeedForward, states: &mut Rows) -> Result<(), OfflineError> {
        let mut inner = layer.widen.forward(states)?;
        inner.activate(self.shape.activation);
        layer.norm.residual(states, &layer.narrow.forward(&inner)?);
        Ok(())
    }

    /// Scaled embeddings plus positions, for tokens given with their position.
    #[expect(clippy::cast_precision_loss, reason = "a row is a few thousand numbers")]
    fn embed(&self, tokens: impl ExactSizeIterator<Item = (usize, u32)>) -> Rows {
        let scale = (self.shape.width as f32).sqrt();
        let mut rows = Rows::zeros(tokens.len(), self.shape.width);
        for (row, (position, token)) in rows.iter_mut().zip(tokens) {
            let numbers = self.embedding.row(token as usize).iter().zip(self.positions.row(position));
            row.iter_mut().zip(numbers).for_each(|(out, (embedding, position))| *out = embedding * scale + position);
        }
        rows
    }
}

/// Positions in Marian's layout: the first half of a row holds the sines, the second half the cosines.
#[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, reason = "sizes are checked to be small")]
fn sinusoids(count: usize, width: usize) -> Rows {
    let angle = |position: usize, i: usize| position as f64 / 10_000f64.powf(2.0 * i as f64 / width as f64);
    let row = |position| {
        let sines = (0..width / 2).map(move |i| angle(position, i).sin() as f32);
        sines.chain((0..width / 2).map(move |i| angle(position, i).cos() as f32))
    };
    Rows::new(width, (0..count).flat_map(row).collect())
}

/// Finds the layers by the names that Hugging Face's Marian gives them.
struct Loader<'a> {
    weights: &'a Weights<'a>,
    shape: &'a Shape,
}

impl Loader<'_> {
    fn encoder(&self, n: usize) -> Result<EncoderLayer, Fault> {
        let at = format!("model.encoder.layers.{n}");
        Ok(EncoderLayer { attention: self.attention(&at)?, feed: self.feed(&at)? })
    }

    fn decoder(&self, n: usize) -> Result<DecoderLayer, Fault> {
        let at = format!("model.decoder.layers.{n}");
        Ok(DecoderLayer {
            attention: self.attention(&at)?,
            query: self.square(&at, &["encoder_attn.q_proj"])?,
            keys_values: self.square(&at, &["encoder_attn.k_proj", "encoder_attn.v_proj"])?,
            out: self.square(&at, &["encoder_attn.out_proj"])?,
            norm: self.norm(&at, "encoder_attn_layer_norm")?,
            feed: self.feed(&at)?,
        })
    }

    fn attention(&self, at: &str) -> Result<SelfAttention, Fault> {
        Ok(SelfAttention {
            query_key_value: self.square(at, &["self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj"])?,
            out: self.square(at, &["self_attn.out_proj"])?,
            norm: self.norm(at, "self_attn_layer_norm")?,
        })
    }

    fn feed(&self, at: &str) -> Result<FeedForward, Fault> {
        let (width, inner) = (self.shape.width, self.shape.inner);
        Ok(FeedForward {
            widen: Linear::load(self.weights, &[format!("{at}.fc1")], (inner, width))?,
            narrow: Linear::load(self.weights, &[format!("{at}.fc2")], (width, inner))?,
            norm: self.norm(at, "final_layer_norm")?,
        })
    }

    fn square(&self, at: &str, names: &[&str]) -> Result<Linear, Fault> {
        let names: Vec<_> = names.iter().map(|name| format!("{at}.{name}")).collect();
        Linear::load(self.weights, &names, (self.shape.width, self.shape.width))
    }

    fn norm(&self, at: &str, name: &str) -> Result<Norm, Fault> {
        Norm::load(self.weights, &format!("{at}.{name}"), self.shape.width)
    }
}
