"""Stage 5: the mean of several checkpoints of one run (their moving averages) as a checkpoint of its own.

    python average.py --out WORK/RUN/average.pt CHECKPOINT CHECKPOINT ...
"""

from __future__ import annotations

import argparse
from pathlib import Path

import torch

from common import save_atomic


def main() -> None:
    p = argparse.ArgumentParser()
    p.add_argument("--out", type=Path, required=True)
    p.add_argument("checkpoints", type=Path, nargs="+")
    a = p.parse_args()
    cks = [torch.load(f, map_location="cpu", weights_only=False) for f in a.checkpoints]
    mean = {k: torch.stack([c["ema"][k].float() for c in cks]).mean(0) for k in cks[0]["ema"]}
    save_atomic({"config": cks[-1]["config"], "ema": mean, "model": mean, "step": cks[-1]["step"]}, a.out)


if __name__ == "__main__":
    main()
