"""Stage 4: English text into Indonesian with the reverse model (train.py --reverse), as tagged training pairs.

    python backtranslate.py --model WORK/reverse/final.pt --work WORK --out WORK/back.tsv FILE.en.xz ... [--per-file N]

The source side leads with the tag, so that the model never mistakes machine text for the real thing. A good reverse
model may sample a little (`--temperature`); a weak one makes errors enough when it is greedy. Figures and rare names
travel as slots, as they will when the model is used. `--like NEWS.en.xz` takes the N sentences whose words are most at
home in news. On a CPU one process for each core is fastest (`--part 1/2` and `--part 2/2`). prepare.py --synthetic
mixes it in.
"""

from __future__ import annotations

import argparse
import lzma
import math
import re
from collections import Counter
from pathlib import Path

import torch
from tokenizers import Tokenizer

from common import BT_TAG, EOS, PAD, SLOTS, Marian, load_model, pad_batch
from slots import load_slotter


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


def main() -> None:
    p = argparse.ArgumentParser()
    p.add_argument("--model", type=Path, required=True)
    p.add_argument("--work", type=Path, required=True)
    p.add_argument("--out", type=Path, required=True)
    p.add_argument("files", type=Path, nargs="+")
    p.add_argument("--per-file", type=int)
    p.add_argument("--like", type=Path, help="choose the --per-file sentences that are most like this text")
    p.add_argument("--part", default="1/1", help="K/N: the K-th of N equal parts")
    p.add_argument("--longest", type=int, default=110, help="pieces of a sentence")
    p.add_argument("--temperature", type=float, default=0.0)
    p.add_argument("--batch", type=int, help="tokens per batch")
    p.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    p.add_argument("--seed", type=int, default=1)
    a = p.parse_args()
    torch.manual_seed(a.seed)
    part, parts = map(int, a.part.split("/"))
    if parts > 1:
        torch.set_num_threads(1)
    model, tok = load_model(a.model).to(a.device), Tokenizer.from_file(str(a.work / "tokenizer.json"))
    budget = a.batch or (60000 if a.device == "cuda" else 4000)
    english: list[str] = []
    for f in a.files:
        rows = sentences(f)
        english += most_like(sentences(a.like), rows, a.per_file) if a.like else rows[:a.per_file]
    english = slotted(english, a.work, tok)
    ids = [e.ids for e in tok.encode_batch(english)]
    order = sorted((k for k in range(part - 1, len(ids), parts) if 4 <= len(ids[k]) <= a.longest), key=lambda k: len(ids[k]))
    with a.out.open("w", encoding="utf-8") as f:
        while order:
            take = max(1, budget // len(ids[order[-1]]))
            now, order = order[-take:], order[:-take]
            src = pad_batch([ids[k] for k in now], a.device)
            with torch.autocast(a.device, torch.bfloat16):
                out = sample(model, src, int(src.shape[1] * 1.6) + 8, a.temperature)
            for k, row in zip(now, out):
                text = " ".join(tok.decode(row).split())
                if 0.4 < len(row) / len(ids[k]) < 1.8 and is_true(text, english[k]):
                    f.write(f"{BT_TAG} {text}\t{english[k]}\n")


if __name__ == "__main__":
    main()
