"""Training pairs as token ids: variation, sampling by weight, batches of similar length."""

from __future__ import annotations

import random
import re
from pathlib import Path
from typing import Iterator

import numpy as np
import torch
from tokenizers import Tokenizer
from torch import Tensor

from common import BT_TAG, PAD, pad_batch
from slots import Slotter, load_slotter

TRUSTED = ("news_pairs", "own", "panl", "pud", "tico19")
SLOTTED = 0.6  # share of the trusted pairs that are seen with slots


def vary(i: str, e: str, rng: random.Random) -> tuple[str, str]:
    """Cheap robustness: the same pair as other editors would have typed it."""
    r = rng.random()
    if r < 0.55 and '"' in i and '"' in e and i.count('"') == e.count('"'):
        i, e = curl(i), curl(e)
    elif r < 0.75 and i[-1] == "." and e[-1] == "." and len(i) < 120:
        i, e = i[:-1], e[:-1]  # headlines and captions end without a full stop
    elif r > 0.9 and len(i) < 90:
        i, e = i.upper(), e.upper()
    return i, e


def curl(text: str) -> str:
    return re.sub(r'(?<=["(\s])"|^"', "“", text).replace('"', "”")


def varied(rows: list[list[str]], slots: Slotter, rng: random.Random) -> Iterator[tuple[float, str, str]]:
    """All pairs with their weights; the trusted ones mostly with slots, and some with a variant of less weight."""
    for n, (w, source, i, e) in enumerate(rows):
        if source not in TRUSTED or i.startswith(BT_TAG):
            yield float(w), i, e
            continue
        yield (float(w), *(slots.pair(i, e) if rng.random() < SLOTTED else (i, e)))
        _, near, i2, e2 = rows[(n + 1) % len(rows)]
        if rng.random() < 0.12:
            if near in TRUSTED and len(i) + len(i2) < 400:
                yield (float(w) / 3, *slots.pair(f"{i} {i2}", f"{e} {e2}"))  # paragraphs arrive, not only sentences
        elif rng.random() < 0.25:
            variant = vary(i, e, rng)
            if variant[0] != i:
                yield (float(w) / 2, *slots.pair(*variant))


class Data:
    """Pairs as token ids, sampled by weight: a pass visits pair k floor(w_k) or ceil(w_k) times."""

    def __init__(self, path: Path, tok: Tokenizer, reverse: bool, max_len: int, seed: int, limit: int | None = None):
        """`path` is train.tsv; translatable.txt lies beside it."""
        self.stamp = path.stat().st_mtime
        rows = [r.rstrip("\n").split("\t") for r in path.open(encoding="utf-8")][:limit]
        pairs = list(varied(rows, load_slotter(path.parent, tok), random.Random(seed)))
        ids = [[np.array(x.ids, np.uint16) for x in tok.encode_batch_fast([p[k] for p in pairs])] for k in (1, 2)]
        keep = [k for k in range(len(pairs)) if max(len(ids[0][k]), len(ids[1][k])) <= max_len]
        self.weight = np.array([pairs[k][0] for k in keep])
        source, target = reversed(ids) if reverse else ids
        self.src, self.tgt = [source[k] for k in keep], [target[k] for k in keep]

    def batches(self, budget: int, seed: int) -> list[list[int]]:
        """One pass. Sorted by length inside large pools, so that little is padding while the order stays random."""
        rng = np.random.default_rng(seed)
        visits = np.floor(self.weight + rng.random(len(self.weight))).astype(int)
        order = rng.permutation(np.repeat(np.arange(len(self.weight)), visits))
        out: list[list[int]] = []
        for start in range(0, len(order), 12000):
            pool = sorted(order[start:start + 12000].tolist(), key=lambda k: (len(self.tgt[k]), len(self.src[k])))
            part, batch, ws, wt = [], [], 0, 0
            for k in pool:
                ns, nt = max(ws, len(self.src[k])), max(wt, len(self.tgt[k]) + 1)
                if batch and (ns + nt) * (len(batch) + 1) > 2 * budget:
                    part.append(batch)
                    batch, ns, nt = [], len(self.src[k]), len(self.tgt[k]) + 1
                batch.append(k)
                ws, wt = ns, nt
            part.append(batch)
            out += [part[k] for k in rng.permutation(len(part))]
        return out

    def tensors(self, batch: list[int], device: str) -> tuple[Tensor, Tensor, Tensor]:
        src = pad_batch([self.src[k].tolist() for k in batch])
        out = pad_batch([self.tgt[k].tolist() for k in batch])
        start = torch.full((len(batch), 1), PAD)
        return tuple(t.to(device, non_blocking=True) for t in (src, torch.cat([start, out[:, :-1]], 1), out))
