"""The model, its data and its decoding: everything that more than one stage needs.

The network is Marian's transformer exactly as Hugging Face's `MarianMTModel` computes it (post-norm, sinusoidal
positions with sines first, scaled and shared embeddings, a bias on the logits) and its parameters carry the same names,
so that one loader in the engine reads this model and `Helsinki-NLP/opus-mt-*` alike.
"""

from __future__ import annotations

import copy
import json
import math
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
import torch.nn.functional as F
from tokenizers import Tokenizer
from torch import Tensor, nn

EOS, UNK, PAD, BT = 0, 1, 2, 3
SPECIALS = ["</s>", "<unk>", "<pad>", "<bt>"]
SLOTS = "①②③④⑤⑥⑦⑧"  # stand for protected spans (addresses, names, figures); the model learns to carry them over
BT_TAG = "<bt>"  # leads the source of back-translated pairs, so that the model can tell them from human ones


@dataclass
class Config:
    vocab_size: int = 8000
    d_model: int = 256
    encoder_layers: int = 4
    decoder_layers: int = 2
    heads: int = 8
    ffn: int = 1024
    activation: str = "relu"
    max_positions: int = 512

    def to_hf(self) -> dict:
        """The keys that `MarianConfig` and the engine read."""
        return {
            "architectures": ["MarianMTModel"],
            "model_type": "marian",
            "vocab_size": self.vocab_size,
            "decoder_vocab_size": self.vocab_size,
            "d_model": self.d_model,
            "encoder_layers": self.encoder_layers,
            "decoder_layers": self.decoder_layers,
            "encoder_attention_heads": self.heads,
            "decoder_attention_heads": self.heads,
            "encoder_ffn_dim": self.ffn,
            "decoder_ffn_dim": self.ffn,
            "activation_function": self.activation,
            "max_position_embeddings": self.max_positions,
            "max_length": self.max_positions,
            "scale_embedding": True,
            "normalize_before": False,
            "normalize_embedding": False,
            "add_final_layer_norm": False,
            "static_position_embeddings": True,
            "share_encoder_decoder_embeddings": True,
            "tie_word_embeddings": True,
            "is_encoder_decoder": True,
            "eos_token_id": EOS,
            "forced_eos_token_id": EOS,
            "pad_token_id": PAD,
            "unk_token_id": UNK,
            "decoder_start_token_id": PAD,
            "bad_words_ids": [[PAD]],
            "num_beams": 4,
            "length_penalty": 1.0,
            "dropout": 0.0,
        }

    @staticmethod
    def from_hf(c: dict) -> "Config":
        return Config(c["vocab_size"], c["d_model"], c["encoder_layers"], c["decoder_layers"],
                      c["encoder_attention_heads"], c["encoder_ffn_dim"], c["activation_function"],
                      c["max_position_embeddings"])


def sinusoids(length: int, dim: int) -> Tensor:
    """Marian's layout: the first half of a row holds the sines, the second half the cosines."""
    angle = torch.arange(length)[:, None] / 10000 ** (2 * torch.arange(dim // 2)[None] / dim)
    return torch.cat([angle.sin(), angle.cos()], 1)


class Attention(nn.Module):
    def __init__(self, d: int, heads: int):
        super().__init__()
        self.heads = heads
        self.k_proj, self.v_proj, self.q_proj, self.out_proj = (nn.Linear(d, d) for _ in range(4))

    def split(self, x: Tensor) -> Tensor:
        return x.unflatten(-1, (self.heads, -1)).transpose(1, 2)

    def keys_values(self, x: Tensor) -> tuple[Tensor, Tensor]:
        w = torch.cat([self.k_proj.weight, self.v_proj.weight])
        k, v = F.linear(x, w, torch.cat([self.k_proj.bias, self.v_proj.bias])).chunk(2, -1)
        return self.split(k), self.split(v)

    def attend(self, q: Tensor, k: Tensor, v: Tensor, mask: Tensor | None, causal: bool = False) -> Tensor:
        if q.requires_grad and q.device.type == "cpu":
            # written out: the fused backward pass of PyTorch takes eight times as long on sentences of this length
            if causal:
                mask = q.new_full((q.shape[2], k.shape[2]), float("-inf")).triu(1)
            w = q @ k.mT * q.shape[-1] ** -0.5
            o = (w if mask is None else w + mask).softmax(-1).to(v.dtype) @ v
        else:
            o = F.scaled_dot_product_attention(q, k, v, attn_mask=mask, is_causal=causal)
        return self.out_proj(o.transpose(1, 2).flatten(2))

    def self_attend(self, x: Tensor, mask: Tensor | None, causal: bool = False) -> Tensor:
        w = torch.cat([self.q_proj.weight, self.k_proj.weight, self.v_proj.weight])
        b = torch.cat([self.q_proj.bias, self.k_proj.bias, self.v_proj.bias])
        q, k, v = (self.split(t) for t in F.linear(x, w, b).chunk(3, -1))
        return self.attend(q, k, v, mask, causal)

    def cross(self, x: Tensor, kv: tuple[Tensor, Tensor], mask: Tensor | None) -> Tensor:
        return self.attend(self.split(self.q_proj(x)), *kv, mask)

    def cross_weights(self, x: Tensor, kv: tuple[Tensor, Tensor], mask: Tensor) -> tuple[Tensor, Tensor]:
        """The same, and the mean attention of the first half of the heads, for guided alignment."""
        q, (k, v) = self.split(self.q_proj(x)), kv
        w = (q @ k.mT * q.shape[-1] ** -0.5 + mask).softmax(-1)
        o = self.out_proj((w.to(v.dtype) @ v).transpose(1, 2).flatten(2))
        return o, w[:, :self.heads // 2].float().mean(1)


class EncoderLayer(nn.Module):
    def __init__(self, c: Config):
        super().__init__()
        self.self_attn = Attention(c.d_model, c.heads)
        self.self_attn_layer_norm = nn.LayerNorm(c.d_model)
        self.fc1, self.fc2 = nn.Linear(c.d_model, c.ffn), nn.Linear(c.ffn, c.d_model)
        self.final_layer_norm = nn.LayerNorm(c.d_model)
        self.act = F.silu if c.activation in ("swish", "silu") else F.relu

    def feed_forward(self, x: Tensor, drop: float) -> Tensor:
        h = self.fc2(self.act(self.fc1(x)))
        return self.final_layer_norm(x + F.dropout(h, drop, self.training and drop > 0))

    def forward(self, x: Tensor, mask: Tensor, drop: float) -> Tensor:
        h = self.self_attn.self_attend(x, mask)
        x = self.self_attn_layer_norm(x + F.dropout(h, drop, self.training and drop > 0))
        return self.feed_forward(x, drop)


class DecoderLayer(EncoderLayer):
    def __init__(self, c: Config):
        super().__init__(c)
        self.encoder_attn = Attention(c.d_model, c.heads)
        self.encoder_attn_layer_norm = nn.LayerNorm(c.d_model)

    def forward(self, x: Tensor, kv: tuple[Tensor, Tensor], mask: Tensor, drop: float,
                weights: list[Tensor] | None = None) -> Tensor:
        h = self.self_attn.self_attend(x, None, causal=True)
        x = self.self_attn_layer_norm(x + F.dropout(h, drop, self.training and drop > 0))
        if weights is None:
            h = self.encoder_attn.cross(x, kv, mask)
        else:
            h, w = self.encoder_attn.cross_weights(x, kv, mask)
            weights.append(w)
        x = self.encoder_attn_layer_norm(x + F.dropout(h, drop, self.training and drop > 0))
        return self.feed_forward(x, drop)

    def step(self, x: Tensor, past: tuple[Tensor, Tensor] | None, kv: tuple[Tensor, Tensor],
             mask: Tensor) -> tuple[Tensor, tuple[Tensor, Tensor]]:
        """One position with a key-value cache."""
        k, v = self.self_attn.keys_values(x)
        if past is not None:
            k, v = torch.cat([past[0], k], 2), torch.cat([past[1], v], 2)
        q = self.self_attn.split(self.self_attn.q_proj(x))
        x = self.self_attn_layer_norm(x + self.self_attn.attend(q, k, v, None))
        x = self.encoder_attn_layer_norm(x + self.encoder_attn.cross(x, kv, mask))
        return self.feed_forward(x, 0.0), (k, v)


class Stack(nn.Module):
    def __init__(self, layer: type, n: int, c: Config):
        super().__init__()
        self.layers = nn.ModuleList(layer(c) for _ in range(n))


class Core(nn.Module):
    def __init__(self, c: Config):
        super().__init__()
        self.shared = nn.Embedding(c.vocab_size, c.d_model)
        self.encoder = Stack(EncoderLayer, c.encoder_layers, c)
        self.decoder = Stack(DecoderLayer, c.decoder_layers, c)


class Marian(nn.Module):
    def __init__(self, c: Config):
        super().__init__()
        self.config, self.drop = c, 0.0
        self.model = Core(c)
        self.register_buffer("final_logits_bias", torch.zeros(1, c.vocab_size))
        self.register_buffer("positions", sinusoids(c.max_positions, c.d_model), persistent=False)
        nn.init.normal_(self.model.shared.weight, std=c.d_model ** -0.5)
        for m in self.modules():
            if isinstance(m, nn.Linear):
                nn.init.xavier_uniform_(m.weight)
                nn.init.zeros_(m.bias)

    def in_bfloat16(self) -> "Marian":
        """A copy in bfloat16, but for the table of positions, whose neighbours would become equal."""
        copied = copy.deepcopy(self).bfloat16()
        copied.positions = self.positions
        return copied

    def embed(self, ids: Tensor, start: int = 0) -> Tensor:
        x = F.embedding(ids, self.model.shared.weight) * math.sqrt(self.config.d_model)
        x = (x + self.positions[start:start + ids.shape[1]]).to(x.dtype)
        return F.dropout(x, self.drop, self.training and self.drop > 0)

    def encode(self, src: Tensor) -> tuple[Tensor, Tensor]:
        """States and an additive mask of shape (batch, 1, 1, source length)."""
        x = self.embed(src)
        mask = torch.zeros(src.shape, dtype=torch.float32, device=src.device)
        mask = mask.masked_fill(src == PAD, float("-inf"))[:, None, None]
        autocast = torch.is_autocast_enabled(src.device.type)
        mask = mask.to(torch.get_autocast_dtype(src.device.type) if autocast else x.dtype)
        for layer in self.model.encoder.layers:
            x = layer(x, mask, self.drop)
        return x, mask

    def decode(self, states: Tensor, mask: Tensor, tgt_in: Tensor, weights: list[Tensor] | None = None) -> Tensor:
        """States of the last layer; its attention goes into `weights` when a list is given."""
        x = self.embed(tgt_in)
        *_, last = self.model.decoder.layers
        for layer in self.model.decoder.layers:
            kv = layer.encoder_attn.keys_values(states)
            x = layer(x, kv, mask, self.drop, weights if layer is last else None)
        return x

    def logits(self, h: Tensor) -> Tensor:
        return F.linear(h, self.model.shared.weight).float() + self.final_logits_bias[0]

    def forward(self, src: Tensor, tgt_in: Tensor, weights: list[Tensor] | None = None) -> Tensor:
        return self.decode(*self.encode(src), tgt_in, weights)


# ---------------------------------------------------------------- decoding

def pad_batch(rows: list[list[int]], device: torch.device | str = "cpu") -> Tensor:
    width = max(map(len, rows))
    return torch.tensor([r + [PAD] * (width - len(r)) for r in rows], device=device)


@torch.inference_mode()
def greedy(model: Marian, src: Tensor, max_len: int) -> list[list[int]]:
    """Best token at each step; the pad token can never be produced. Output without start and end token."""
    return [hyps[0][0] for hyps in beam(model, src, max_len, 1)]


@torch.inference_mode()
def beam(model: Marian, src: Tensor, max_len: int, width: int = 4,
         penalty: float = 1.0) -> list[list[tuple[list[int], float]]]:
    """Beam search. Score of a hypothesis = sum of log-probabilities / length ** penalty, where length counts the
    produced tokens with the end token but without the start token (Hugging Face's rule).

    At every step the 2*width best continuations are taken in order; those that end go to the finished list when they
    rank among the first `width`, the others fill the live beams. A sentence is done when `width` hypotheses are
    finished and the best live sum / current length ** penalty cannot beat the worst of them, or at max_len, where the
    live beams are closed as they are (their length is max_len, no end token is forced).
    """
    model.eval()
    n, dev = src.shape[0], src.device
    states, mask = model.encode(src)
    states, mask = states.repeat_interleave(width, 0), mask.repeat_interleave(width, 0)
    kvs = [l.encoder_attn.keys_values(states) for l in model.model.decoder.layers]
    past: list = [None] * len(kvs)
    sums = torch.full((n, width), float("-inf"), device=dev)
    sums[:, 0] = 0
    last = torch.full((n * width, 1), PAD, device=dev)
    seqs: list[list[list[int]]] = [[[] for _ in range(width)] for _ in range(n)]
    done: list[list[tuple[list[int], float]]] = [[] for _ in range(n)]
    over = [False] * n
    for t in range(max_len):
        x = model.embed(last, t)
        for i, layer in enumerate(model.model.decoder.layers):
            x, past[i] = layer.step(x, past[i], kvs[i], mask)
        logp = model.logits(x[:, 0])
        logp[:, PAD] = float("-inf")
        logp = logp.log_softmax(-1).view(n, width, -1)
        total = (sums[:, :, None] + logp).flatten(1)
        best, where = total.topk(2 * width)
        best_l, beam_l, tok_l = best.tolist(), (where // logp.shape[-1]).tolist(), (where % logp.shape[-1]).tolist()
        rows, toks, new_sums = [], [], []
        for s in range(n):
            live: list[tuple[int, int, float]] = []
            for rank, (score, b, tok) in enumerate(zip(best_l[s], beam_l[s], tok_l[s])):
                if tok == EOS:
                    if rank < width and not over[s] and score > float("-inf"):
                        done[s].append((seqs[s][b], score / (t + 1) ** penalty))
                elif len(live) < width:
                    live.append((b, tok, score))
            while len(live) < width:
                live.append((0, UNK, float("-inf")))
            done[s] = sorted(done[s], key=lambda h: -h[1])[:width]
            if len(done[s]) == width and done[s][-1][1] >= live[0][2] / (t + 1) ** penalty:
                over[s] = True
            seqs[s] = [seqs[s][b] + [tok] for b, tok, _ in live]
            rows += [s * width + b for b, _, _ in live]
            toks += [tok for _, tok, _ in live]
            new_sums.append([v for _, _, v in live])
            if t + 1 == max_len and not over[s]:
                done[s] += [(q, v / max_len ** penalty) for q, (_, _, v) in zip(seqs[s], live) if v > float("-inf")]
                done[s] = sorted(done[s], key=lambda h: -h[1])[:width]
        if all(over):
            break
        order = torch.tensor(rows, device=dev)
        past = [(k[order], v[order]) for k, v in past]
        last = torch.tensor(toks, device=dev)[:, None]
        sums = torch.tensor(new_sums, device=dev)
    return done


def translate(model: Marian, tok: Tokenizer, lines: list[str], width: int = 1, penalty: float = 1.0,
              batch_tokens: int = 4000, ratio: float = 2.0) -> list[str]:
    """Sentences in, sentences out, batched by length."""
    device = next(model.parameters()).device
    ids = [e.ids[:model.config.max_positions] for e in tok.encode_batch(lines)]
    out = [""] * len(lines)
    order = sorted(range(len(lines)), key=lambda i: len(ids[i]))
    while order:
        take = max(1, batch_tokens // (len(ids[order[-1]]) * width))
        part, order = order[-take:], order[:-take]
        src = pad_batch([ids[i] for i in part], device)
        limit = min(int(src.shape[1] * ratio) + 10, model.config.max_positions)
        for i, hyps in zip(part, beam(model, src, limit, width, penalty)):
            out[i] = tok.decode(hyps[0][0])
    return out


# ---------------------------------------------------------------- files

def save_atomic(obj: object, path: Path) -> None:
    tmp = path.with_suffix(path.suffix + ".tmp")
    torch.save(obj, tmp)
    tmp.replace(path)


def load_model(path: Path, ema: bool = True) -> Marian:
    """A model from a training checkpoint (its averaged weights unless told otherwise)."""
    ck = torch.load(path, map_location="cpu", weights_only=False)
    model = Marian(Config(**ck["config"]))
    model.load_state_dict(ck["ema" if ema else "model"])
    return model.eval()


def config_json(c: Config) -> str:
    return json.dumps(c.to_hf(), indent=2) + "\n"


def config_dict(c: Config) -> dict:
    return asdict(c)
