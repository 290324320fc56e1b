"""Stage 4: English text into Indonesian with the reverse model (train.py --reverse), as tagged training pairs.

    python backtranslate.py pack --work WORK FILE.en.xz ... [--per-file N] [--like NEWS.en.xz]
    python backtranslate.py translate --work WORK --model WORK/reverse/final.pt [--temperatures 0 0.7]
    python backtranslate.py write --work WORK    (or merge)

The first makes WORK/english.npz (ids, with figures and rare names as slots, as they will travel when the model is used);
the second, which needs nothing else and may run on another machine, WORK/indonesian-N.npz for each temperature; the third
WORK/back.tsv, for prepare.py --synthetic. `merge` puts the pairs into WORK/train.npz at once, in place of the
back-translated ones that it holds, for a training that runs on the same machine.

The source side leads with the tag, so that the model never mistakes machine text for the real thing. A good reverse
model may sample (temperature above 0), which gives the same English more than one source; a weak one makes errors enough
when it is greedy. `--like NEWS.en.xz` takes the N sentences whose words are most at home in news. On a CPU one process
for each core is fastest (`--part 1/2` and `--part 2/2`).
"""

from __future__ import annotations

import argparse
import lzma
import math
import re
from collections import Counter
from itertools import compress
from multiprocessing import Pool
from pathlib import Path

import numpy as np
import torch
from tokenizers import Tokenizer

from common import BT_TAG, EOS, PAD, SLOTS, Marian, load_model
from data import Data, Ragged
from slots import load_slotter


@torch.inference_mode()
def sample(model: Marian, src: torch.Tensor, limit: int, temperature: float) -> list[list[int]]:
    """Ancestral sampling among the ten best tokens; temperature 0 is greedy. A sentence that finds no end is left empty,
    and so are the last few of a batch."""
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
        if over.float().mean() > 0.997:
            break
    return [row[:row.index(EOS)] if EOS in row else [] for row in torch.cat(out, 1).tolist()]


NO_ID = re.compile(r"\b(tidak|tak|bukan|belum|tanpa|jangan|tiada|takkan)\b", re.I)
NO_EN = re.compile(r"n't\b|n’t\b|\b(no|not|never|nor|none|neither|nothing|nobody|without|cannot|unable|yet|failed?|non|un\w+|in\w+|im\w+)\b", re.I)
PLAIN_NO = re.compile(r"n't\b|n’t\b|\b(not|never|cannot|without)\b", re.I)


def is_true(indonesian: str, english: str) -> bool:
    """Whether slots, figures and negations of the two agree: a false pair would teach the model to make them up."""
    kept = [sorted(re.findall(rf"\d|[{SLOTS}]", text)) for text in (indonesian, english)]
    denied = bool(NO_ID.search(indonesian))
    return kept[0] == kept[1] and (bool(NO_EN.search(english)) if denied else not PLAIN_NO.search(english))


def slotted(english: list[str], work: Path, tok: Tokenizer) -> list[str]:
    """The text as the model will meet it. A word that also stands in small letters is no name."""
    slots = load_slotter(work, tok)
    slots.translatable |= {word for text in english for word in re.findall(r"[^\W\d_]+", text) if word.islower()}
    return [slots.protect(text)[0] for text in english]


def sentences(path: Path) -> list[str]:
    with lzma.open(path, "rt", encoding="utf-8") as rows:
        return [" ".join(r.split()) for r in rows]


def most_like(home: list[str], text: list[str], count: int) -> list[str]:
    """The sentences that a unigram model of `home` likes most over one of `text` itself (Moore and Lewis 2010)."""
    words = re.compile(r"[^\W\d_]+")
    inside, outside = (Counter(w for t in side for w in words.findall(t.lower())) for side in (home, text))
    shift = math.log(outside.total() / inside.total())

    def gain(t: str) -> float:
        own = words.findall(t.lower())
        if not 6 <= len(own) <= 40:
            return -math.inf
        return shift + sum(math.log((inside[w] + 1) / (outside[w] + 1)) for w in own) / len(own)

    return sorted(text, key=gain, reverse=True)[:count]


def pack(a: argparse.Namespace) -> None:
    tok = Tokenizer.from_file(str(a.work / "tokenizer.json"))
    english: list[str] = []
    for f in a.files:
        rows = sentences(f)
        english += most_like(sentences(a.like), rows, a.per_file) if a.like else rows[:a.per_file]
    english = list(dict.fromkeys(slotted(english, a.work, tok)))
    ids = [e.ids for e in tok.encode_batch_fast(english)]
    kept = [k for k in range(len(ids)) if 4 <= len(ids[k]) <= a.longest]
    Ragged.of([ids[k] for k in kept]).save(a.work / "english.npz")
    print(f"{len(kept)} sentences")


def translate(a: argparse.Namespace) -> None:
    torch.manual_seed(a.seed)
    part, parts = map(int, a.part.split("/"))
    if parts > 1:
        torch.set_num_threads(1)
    english = Ragged.load(a.work / "english.npz")
    model = load_model(a.model).to(a.device).in_bfloat16().eval()
    budget = a.batch or (400000 if a.device == "cuda" else 4000)
    for n, temperature in enumerate(a.temperatures):
        indonesian: list[list[int]] = [[] for _ in range(len(english))]
        order = np.argsort(english.lengths, kind="stable")[part - 1::parts]
        while len(order):
            take = max(1, budget // int(english.lengths[order[-1]]))
            now, order = order[-take:], order[:-take]
            src = english.padded(now, a.device)
            for k, row in zip(now, sample(model, src, int(src.shape[1] * 1.4) + 8, temperature)):
                indonesian[k] = row
        name = f"indonesian-{n}" + (f"-{part}" if parts > 1 else "")
        Ragged.of(indonesian).save(a.work / f"{name}.npz")


def good(pair: tuple[str, str]) -> bool:
    words = [len(side.split()) for side in pair]
    return 0.4 < (words[0] + 1) / (words[1] + 1) < 1.8 and is_true(*pair)


def good_pairs(work: Path, tok: Tokenizer) -> list[tuple[str, str]]:
    """All pairs that may be learned from, each once."""
    found: dict[tuple[str, str], None] = {}
    english = tok.decode_batch(Ragged.load(work / "english.npz").rows())
    with Pool() as workers:
        for f in sorted(work.glob("indonesian-*.npz")):
            texts = [" ".join(text.split()) for text in tok.decode_batch(Ragged.load(f).rows())]
            pairs = [pair for pair in zip(texts, english) if pair[0]]
            found |= dict.fromkeys(compress(pairs, workers.map(good, pairs, 2000)))
    return list(found)


def write(a: argparse.Namespace) -> None:
    pairs = good_pairs(a.work, Tokenizer.from_file(str(a.work / "tokenizer.json")))
    with (a.work / "back.tsv").open("w", encoding="utf-8") as out:
        out.writelines(f"{BT_TAG} {i}\t{e}\n" for i, e in pairs)
    print(f"{len(pairs)} pairs")


def merge(a: argparse.Namespace) -> None:
    tok = Tokenizer.from_file(str(a.work / "tokenizer.json"))
    pairs = good_pairs(a.work, tok)
    share = 1 / len(list(a.work.glob("indonesian-*.npz")))
    data = Data(a.work / "train.tsv", tok, False, 0, 0)
    data.mix([(share, f"{BT_TAG} {i}", e) for i, e in pairs], tok)
    data.save(a.work / "train.npz")
    print(f"{len(pairs)} pairs")


def main() -> None:
    p = argparse.ArgumentParser()
    p.add_argument("stage", choices=["pack", "translate", "write", "merge"])
    p.add_argument("--work", type=Path, required=True)
    p.add_argument("files", type=Path, nargs="*")
    p.add_argument("--per-file", type=int)
    p.add_argument("--like", type=Path, help="choose the --per-file sentences that are most like this text")
    p.add_argument("--longest", type=int, default=110, help="pieces of a sentence")
    p.add_argument("--model", type=Path)
    p.add_argument("--part", default="1/1", help="K/N: the K-th of N equal parts")
    p.add_argument("--temperatures", type=float, nargs="+", default=[0.0])
    p.add_argument("--batch", type=int, help="tokens per batch")
    p.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    p.add_argument("--seed", type=int, default=1)
    a = p.parse_intermixed_args()
    {"pack": pack, "translate": translate, "write": write, "merge": merge}[a.stage](a)


if __name__ == "__main__":
    main()
