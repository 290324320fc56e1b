"""Optional stage between two trainings: more layers on top of the encoder and the decoder of a trained model.

    python grow.py --checkpoint WORK/main/last.pt --work WORK --encoder-layers 6 --decoder-layers 1 --out WORK/grown.pt

The new layers begin near the identity: what they add is nothing (their output projections are zero), and their
normalisation gives back what it takes away, with the mean and the deviation that the old last layer shows on held-out
text. `train.py --run big --init-from WORK/grown.pt` goes on from there with a new optimiser. CHECKPOINT may be an
exported model.gguf as well.
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

import torch
from tokenizers import Tokenizer

from common import PAD, Config, Marian, config_dict, save_atomic
from data import held_out
from evaluate import load


Spread = tuple[float, float]  # mean and standard deviation within vectors


@torch.inference_mode()
def spreads(model: Marian, batch: tuple[torch.Tensor, ...]) -> tuple[Spread, Spread]:
    """Of what the encoder gives out, and the decoder."""
    src, tgt_in, out = batch
    states, mask = model.eval().encode(src)
    last = model.decode(states, mask, tgt_in)
    vectors = states[src != PAD], last[out != PAD]
    encoder, decoder = ((x.mean(-1).mean().item(), x.var(-1, unbiased=False).sqrt().mean().item()) for x in vectors)
    return encoder, decoder


def grown(weights: dict[str, torch.Tensor], config: Config, encoder: Spread, decoder: Spread) -> dict[str, torch.Tensor]:
    new = Marian(config).state_dict()
    for name, value in new.items():
        mean, deviation = encoder if ".encoder." in name else decoder
        if name in weights:
            value.copy_(weights[name])
        elif "layer_norm" in name:
            value.fill_(deviation if name.endswith("weight") else mean)
        elif name.endswith(("out_proj.weight", "fc2.weight")):
            value.zero_()
    return new


def main() -> None:
    p = argparse.ArgumentParser()
    p.add_argument("--checkpoint", type=Path, required=True)
    p.add_argument("--work", type=Path, required=True, help="holds tokenizer.json and held.tsv of a training")
    p.add_argument("--encoder-layers", type=int, default=0, help="that many more")
    p.add_argument("--decoder-layers", type=int, default=0)
    p.add_argument("--reverse", action="store_true", help="the model goes from English to Indonesian")
    p.add_argument("--out", type=Path, required=True)
    p.add_argument("--seed", type=int, default=7)
    a = p.parse_args()
    torch.manual_seed(a.seed)
    model = load(a.checkpoint)
    config = model.config
    held = held_out(a.work, Tokenizer.from_file(str(a.work / "tokenizer.json")), a.reverse)
    batch = held.tensors(held.batches(4000, 0)[0], "cpu")
    larger = replace(config, encoder_layers=config.encoder_layers + a.encoder_layers,
                     decoder_layers=config.decoder_layers + a.decoder_layers)
    weights = grown(model.state_dict(), larger, *spreads(model, batch))
    save_atomic({"config": config_dict(larger), "ema": weights}, a.out)
    print(f"{larger.encoder_layers} + {larger.decoder_layers} layers, {sum(w.numel() for w in weights.values()) / 1e6:.1f} M numbers")


if __name__ == "__main__":
    main()
