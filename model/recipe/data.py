"""Training pairs as token ids: variation, sampling by weight, batches of similar length."""

from __future__ import annotations

import os
import random
import re
from itertools import chain
from pathlib import Path
from typing import Iterator

import numpy as np
import torch
from tokenizers import Tokenizer
from torch import Tensor

from common import BT, BT_TAG, PAD
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


class Ragged:
    """Rows of token ids of different lengths, one after the other in one array: half a gigabyte as lists is 40 MB here, and a
    batch is made by one gathering, on a GPU without the CPU's help."""

    def __init__(self, flat: np.ndarray, lengths: np.ndarray):
        self.flat, self.lengths = flat, lengths.astype(np.int64)
        self.starts = np.cumsum(self.lengths) - self.lengths
        self.near: dict[str, tuple[Tensor, Tensor, Tensor]] = {}

    @staticmethod
    def of(rows: list[list[int]]) -> "Ragged":
        flat = np.fromiter(chain.from_iterable(rows), np.uint16, sum(map(len, rows)))
        return Ragged(flat, np.fromiter(map(len, rows), np.int64, len(rows)))

    def __len__(self) -> int:
        return len(self.lengths)

    def __getitem__(self, k: int) -> np.ndarray:
        return self.flat[self.starts[k]:self.starts[k] + self.lengths[k]]

    def take(self, rows: np.ndarray) -> "Ragged":
        return Ragged(np.concatenate([self[k] for k in rows]), self.lengths[rows])

    def __add__(self, other: "Ragged") -> "Ragged":
        return Ragged(np.concatenate([self.flat, other.flat]), np.concatenate([self.lengths, other.lengths]))

    def rows(self) -> list[list[int]]:
        return [row.tolist() for row in np.split(self.flat, self.starts[1:])]

    def save(self, path: Path) -> None:
        np.savez_compressed(path, ids=self.flat, lengths=self.lengths.astype(np.uint16))

    @staticmethod
    def load(path: Path) -> "Ragged":
        stored = np.load(path)
        return Ragged(stored["ids"], stored["lengths"])

    def padded(self, batch: np.ndarray, device: str) -> Tensor:
        """The rows of a batch, padded to a width that is a multiple of eight."""
        if device not in self.near:
            arrays = (self.flat.astype(np.int32), self.starts, self.lengths)
            self.near[device] = tuple(torch.from_numpy(x).to(device) for x in arrays)
        flat, starts, lengths = self.near[device]
        width = -(-int(self.lengths[batch].max()) // 8) * 8
        k = torch.from_numpy(batch).to(device, non_blocking=True)
        column = torch.arange(width, device=device)
        where = (starts[k, None] + column).clamp_max(len(flat) - 1)
        return flat[where].long().masked_fill(column >= lengths[k, None], PAD)


def encoded(pairs: list[tuple[float, str, str]], tok: Tokenizer, max_len: int) -> tuple[np.ndarray, Ragged, Ragged]:
    """Weights and both sides of the pairs that are not too long."""
    sides = [[e.ids for e in tok.encode_batch_fast([p[k] for p in pairs])] for k in (1, 2)]
    fits = [k for k in range(len(pairs)) if max(len(sides[0][k]), len(sides[1][k])) <= max_len]
    return np.array([pairs[k][0] for k in fits], np.float32), *(Ragged.of([side[k] for k in fits]) for side in sides)


class Data:
    """Pairs as token ids, sampled by weight: a pass visits pair k floor(w_k) or ceil(w_k) times."""

    def __init__(self, path: Path, tok: Tokenizer, reverse: bool, max_len: int, seed: int, limit: int | None = None):
        """`path` is train.tsv; translatable.txt lies beside it. What comes of it is kept in train.npz, which is all that
        another machine needs."""
        self.path, kept = path, path.with_suffix(".npz")
        self.stamp = self.age()  # of what is read below, also where a newer file takes its place meanwhile
        if limit or not kept.exists() or self.stamp > kept.stat().st_mtime_ns:
            self.read(path, tok, max_len, seed, limit)
            if not limit:
                self.save(kept)
                os.utime(kept, ns=(self.stamp, self.stamp))
        else:
            self.load(kept)
        if reverse:  # back-translated text is no model to follow
            self.weight[self.src.flat[self.src.starts] == BT] = 0
            self.src, self.tgt = self.tgt, self.src

    def age(self) -> int:
        return (self.path if self.path.exists() else self.path.with_suffix(".npz")).stat().st_mtime_ns

    def read(self, path: Path, tok: Tokenizer, max_len: int, seed: int, limit: int | None) -> None:
        rows = [r.rstrip("\n").split("\t") for r in path.open(encoding="utf-8")][:limit]
        pairs = list(varied(rows, load_slotter(path.parent, tok), random.Random(seed)))
        self.weight, self.src, self.tgt = encoded(pairs, tok, max_len)

    def mix(self, pairs: list[tuple[float, str, str]], tok: Tokenizer, max_len: int = 120) -> None:
        """These pairs in place of the back-translated ones."""
        weight, src, tgt = encoded(pairs, tok, max_len)
        own = np.flatnonzero(self.src.flat[self.src.starts] != BT)
        self.weight = np.concatenate([self.weight[own], weight])
        self.src, self.tgt = self.src.take(own) + src, self.tgt.take(own) + tgt

    def save(self, path: Path) -> None:
        sides = (("id", self.src), ("en", self.tgt))
        arrays = {n + s: x for n, side in sides for s, x in (("", side.flat), ("_lengths", side.lengths.astype(np.uint16)))}
        np.savez(path.with_suffix(".tmp.npz"), weight=self.weight, **arrays)
        path.with_suffix(".tmp.npz").replace(path)

    def load(self, path: Path) -> None:
        stored = np.load(path)
        self.weight = stored["weight"]
        self.src, self.tgt = (Ragged(stored[side], stored[side + "_lengths"]) for side in ("id", "en"))

    def batches(self, budget: int, seed: int) -> list[np.ndarray]:
        """One pass. Sorted by length inside large pools, so that little is padding while the order stays random."""
        rng = np.random.default_rng(seed)
        visits = np.floor(self.weight + rng.random(len(self.weight))).astype(int)
        order = rng.permutation(np.repeat(np.arange(len(self.weight)), visits))
        out: list[np.ndarray] = []
        size = max(12000, 3 * budget)
        for start in range(0, len(order), size):
            pool = order[start:start + size]
            pool = pool[np.lexsort((self.src.lengths[pool], -(-self.tgt.lengths[pool] // 8)))]
            source, target = self.src.lengths[pool], self.tgt.lengths[pool]
            part, at = [], 0
            while at < len(pool):
                reach = slice(at, at + 2 * budget // int(source[at] + target[at]) + 1)
                width = np.maximum.accumulate(source[reach]) + np.maximum.accumulate(target[reach])
                fits = int(np.searchsorted(width * np.arange(1, len(width) + 1), 2 * budget, "right"))
                part.append(pool[at:at + max(1, fits)])
                at += max(1, fits)
            out += [part[k] for k in rng.permutation(len(part))]
        return out

    def tensors(self, batch: np.ndarray, device: str) -> tuple[Tensor, Tensor, Tensor]:
        """Source, what the decoder is given, and what it has to say."""
        src, out = self.src.padded(batch, device), self.tgt.padded(batch, device)
        start = torch.full((len(batch), 1), PAD, device=device)
        return src, torch.cat([start, out[:, :-1]], 1), out


def held_out(work: Path, tok: Tokenizer, reverse: bool, max_len: int = 120) -> Data:
    """The pairs of WORK/held.tsv, which are never trained on."""
    rows = (work / "held.tsv").read_text("utf-8").splitlines(keepends=True)
    path, text = work / "held_rows.tsv", "".join("1\theld\t" + r for r in rows)
    if not path.exists() or path.read_text("utf-8") != text:  # another run may be reading it
        path.write_text(text, "utf-8")
    return Data(path, tok, reverse, max_len, 0)
