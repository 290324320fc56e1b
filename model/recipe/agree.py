"""Before a training on a GPU: do loss and gradients agree with those of the CPU?

    python agree.py --checkpoint grown.pt --work WORK --device cuda

A few seconds that tell a wrong kernel from a slow start. bfloat16 alone moves the gradient by about 0.03 of its length.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import torch
from tokenizers import Tokenizer

from common import Marian, load_model
from data import held_out
from optim import step_loss


def main() -> None:
    p = argparse.ArgumentParser()
    p.add_argument("--checkpoint", type=Path, required=True)
    p.add_argument("--work", type=Path, required=True, help="holds tokenizer.json and held.tsv of a training")
    p.add_argument("--device", default="cuda")
    p.add_argument("--most", type=float, default=0.3, help="length of the difference over the gradient's own")
    a = p.parse_args()
    torch.backends.cuda.enable_cudnn_sdp(False)
    held = held_out(a.work, Tokenizer.from_file(str(a.work / "tokenizer.json")), False)
    batch = held.batches(1500, 0)[0]

    def measure(model: Marian, device: str) -> tuple[float, torch.Tensor]:
        loss, nll, _ = step_loss(model.train(), held, batch, device, 0.1)
        gradients = torch.autograd.grad(loss, list(model.parameters()))
        return nll.item(), torch.cat([g.float().cpu().flatten() for g in gradients])

    model = load_model(a.checkpoint)
    loss, gradient = measure(model, "cpu")
    found, other = measure(model.to(a.device).in_bfloat16(), a.device)
    off = ((other - gradient).norm() / gradient.norm()).item()
    print(f"loss {found:.4f} for {loss:.4f}, gradient off by {off:.4f}")
    if abs(found - loss) > 0.05 or off > a.most:
        sys.exit(f"{a.device} computes something else than the CPU: nothing was trained")


if __name__ == "__main__":
    main()
