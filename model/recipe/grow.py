"""Optional stage between two trainings: more encoder layers on top of a trained model.

    python grow.py --checkpoint WORK/main/last.pt --work WORK --layers 2 --out WORK/grown.pt

The new layers begin near the identity: what they add is nothing (their output projections are zero), and their
normalisation gives back what it takes away, with the mean and the deviation that the old last layer shows on held-out
text. `train.py --run big --init-from WORK/grown.pt` goes on from there with a new optimiser.
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

import torch
from tokenizers import Tokenizer

from common import PAD, Config, Marian, config_dict, save_atomic
from data import Data


@torch.inference_mode()
def spread(model: Marian, src: torch.Tensor) -> tuple[float, float]:
    """Mean and standard deviation within the vectors that the encoder gives out."""
    states = model.eval().encode(src)[0][src != PAD]
    return states.mean(-1).mean().item(), states.var(-1, unbiased=False).sqrt().mean().item()


def grown(weights: dict[str, torch.Tensor], config: Config, mean: float, deviation: float) -> dict[str, torch.Tensor]:
    new = Marian(config).state_dict()
    for name, value in new.items():
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
    p.add_argument("--work", type=Path, required=True, help="holds tokenizer.json and held_rows.tsv of a training")
    p.add_argument("--layers", type=int, default=2)
    p.add_argument("--out", type=Path, required=True)
    p.add_argument("--seed", type=int, default=7)
    a = p.parse_args()
    torch.manual_seed(a.seed)
    state = torch.load(a.checkpoint, map_location="cpu", weights_only=False)
    config = Config(**state["config"])
    model = Marian(config)
    model.load_state_dict(state["ema"])
    held = Data(a.work / "held_rows.tsv", Tokenizer.from_file(str(a.work / "tokenizer.json")), False, 120, 0)
    src = held.tensors(held.batches(4000, 0)[0], "cpu")[0]
    larger = replace(config, encoder_layers=config.encoder_layers + a.layers)
    weights = grown(state["ema"], larger, *spread(model, src))
    save_atomic({"config": config_dict(larger), "ema": weights}, a.out)
    print(f"{larger.encoder_layers} encoder layers, {sum(w.numel() for w in weights.values()) / 1e6:.1f} M numbers")


if __name__ == "__main__":
    main()
