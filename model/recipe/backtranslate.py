"""Stage 4: English text into Indonesian with the reverse model (train.py --reverse), as tagged training pairs.

    python backtranslate.py --model WORK/reverse/last.pt --work WORK --out WORK/back.tsv FILE.en.xz ... [--per-file N]

The source side is sampled a little (`--temperature`), which teaches more than its single best translation, and leads
with the tag, so that the model never mistakes machine text for the real thing. prepare.py --synthetic mixes it in.
"""

from __future__ import annotations

import argparse
import lzma
from pathlib import Path

import torch
from tokenizers import Tokenizer

from common import BT_TAG, EOS, PAD, Marian, load_model, pad_batch


@torch.inference_mode()
def sample(model: Marian, src: torch.Tensor, limit: int, temperature: float) -> list[list[int]]:
    """Ancestral sampling among the ten best tokens; temperature 0 is greedy."""
    states, mask = model.encode(src)
    layers = model.model.decoder.layers
    kvs, past = [l.encoder_attn.keys_values(states) for l in layers], [None] * len(layers)
    last = torch.full((len(src), 1), PAD, device=src.device)
    out, over = [], torch.zeros(len(src), dtype=torch.bool, device=src.device)
    for t in range(limit):
        x = model.embed(last, t)
        for i, layer in enumerate(layers):
            x, past[i] = layer.step(x, past[i], kvs[i], mask)
        z = model.logits(x[:, 0])
        z[:, PAD] = float("-inf")
        top, ids = z.topk(10)
        pick = torch.multinomial((top / temperature).softmax(-1), 1) if temperature else top.argmax(-1, keepdim=True)
        last = ids.gather(1, pick).masked_fill(over[:, None], EOS)
        out.append(last)
        over |= last[:, 0] == EOS
        if bool(over.all()):
            break
    return [row[:row.index(EOS)] if EOS in row else row for row in torch.cat(out, 1).tolist()]


def main() -> None:
    p = argparse.ArgumentParser()
    p.add_argument("--model", type=Path, required=True)
    p.add_argument("--work", type=Path, required=True)
    p.add_argument("--out", type=Path, required=True)
    p.add_argument("files", type=Path, nargs="+")
    p.add_argument("--per-file", type=int)
    p.add_argument("--temperature", type=float, default=0.7)
    p.add_argument("--batch", type=int, help="tokens per batch")
    p.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    p.add_argument("--seed", type=int, default=1)
    a = p.parse_args()
    torch.manual_seed(a.seed)
    model, tok = load_model(a.model).to(a.device), Tokenizer.from_file(str(a.work / "tokenizer.json"))
    budget = a.batch or (60000 if a.device == "cuda" else 4000)
    english: list[str] = []
    for f in a.files:
        with lzma.open(f, "rt", encoding="utf-8") as rows:
            english += [" ".join(r.split()) for r in rows][:a.per_file]
    ids = [e.ids for e in tok.encode_batch(english)]
    order = sorted((k for k in range(len(ids)) if 4 <= len(ids[k]) <= 110), key=lambda k: len(ids[k]))
    with a.out.open("w", encoding="utf-8") as f:
        while order:
            take = max(1, budget // len(ids[order[-1]]))
            part, order = order[-take:], order[:-take]
            src = pad_batch([ids[k] for k in part], a.device)
            with torch.autocast(a.device, torch.bfloat16):
                out = sample(model, src, int(src.shape[1] * 1.6) + 8, a.temperature)
            for k, row in zip(part, out):
                if 0.4 < len(row) / len(ids[k]) < 1.8:
                    f.write(f"{BT_TAG} {' '.join(tok.decode(row).split())}\t{english[k]}\n")


if __name__ == "__main__":
    main()
