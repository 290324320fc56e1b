"""Optional, after a few passes: let the model find the pairs that do not translate each other.

    python score.py --model WORK/RUN/last.pt --work WORK --out WORK/scores.tsv [--drop 0.06]

For every pair: loss per target token, as a deviation from pairs of the same source and similar length. The worst share
is written with a positive mark; prepare.py --scores leaves those out. News and own pairs are never dropped.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from pathlib import Path

import torch
import torch.nn.functional as F
from tokenizers import Tokenizer

from common import PAD, load_model, pad_batch

TRUSTED = {"own", "news_pairs", "pud", "tico19", "dict"}


@torch.inference_mode()
def main() -> None:
    p = argparse.ArgumentParser()
    p.add_argument("--model", type=Path, required=True)
    p.add_argument("--work", type=Path, required=True)
    p.add_argument("--out", type=Path, required=True)
    p.add_argument("--drop", type=float, default=0.06)
    p.add_argument("--limit", type=int)
    p.add_argument("--batch", type=int, default=4000)
    p.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    p.add_argument("--threads", type=int, default=2)
    a = p.parse_args()
    torch.set_num_threads(a.threads)
    model, tok = load_model(a.model).to(a.device), Tokenizer.from_file(str(a.work / "tokenizer.json"))
    rows = [r.rstrip("\n").split("\t") for r in (a.work / "train.tsv").open(encoding="utf-8")]
    rows = [r for r in rows if r[1] not in TRUSTED][:a.limit]
    src, tgt = ([e.ids for e in tok.encode_batch([r[k] for r in rows])] for k in (2, 3))
    order = [k for k in sorted(range(len(rows)), key=lambda k: len(tgt[k])) if max(len(src[k]), len(tgt[k])) <= 120]
    groups: dict[tuple[str, int], list[tuple[float, int]]] = defaultdict(list)
    while order:
        take = max(1, a.batch // max(len(tgt[order[-1]]), 1))
        part, order = order[-take:], order[:-take]
        out = pad_batch([tgt[k] for k in part], a.device)
        start = torch.full((len(part), 1), PAD, device=a.device)
        with torch.autocast(a.device, torch.bfloat16):
            logits = model.logits(model(pad_batch([src[k] for k in part], a.device), torch.cat([start, out[:, :-1]], 1)))
        loss = F.cross_entropy(logits.transpose(1, 2), out, ignore_index=PAD, reduction="none").sum(1)
        for k, v in zip(part, (loss / (out != PAD).sum(1)).tolist()):
            groups[rows[k][1], min(len(tgt[k]) // 12, 4)].append((v, k))
    marked: list[tuple[float, int]] = []
    for scored in groups.values():
        scored.sort(reverse=True)
        cut = int(len(scored) * a.drop)
        marked += [(1.0 if n < cut else -1.0, k) for n, (_, k) in enumerate(scored)]
    with a.out.open("w", encoding="utf-8") as f:
        f.writelines(f"{m}\t{rows[k][2]}\t{rows[k][3]}\n" for m, k in marked)
    print(f"{sum(m > 0 for m, _ in marked)} of {len(marked)} pairs marked")


if __name__ == "__main__":
    main()
