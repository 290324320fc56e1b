"""Stage 1: clean the corpus and give every pair a weight (= expected visits per pass).

    python prepare.py --corpus DIR --own DIR --work DIR [--synthetic FILE]

Writes WORK/train.tsv (weight, source, Indonesian, English), WORK/held.tsv (500 news pairs, never trained on) and
WORK/mono.txt (text for the tokenizer). A running train.py notices a new train.tsv by itself.
"""

from __future__ import annotations

import argparse
import hashlib
import lzma
import random
import re
from collections import Counter
from pathlib import Path

# What a pair of each source is worth, after the cautions of the corpus README and a look at samples.
WEIGHTS = {
    "own": 1.5, "news_pairs": 1.0,
    "pud": 2.0, "tico19": 1.5, "nusax": 1.0, "panl": 1.0, "iwslt_devtest": 1.0, "tatoeba": 1.0, "talpco": 1.0,
    "smeru": 0.6, "ausaid": 0.8, "gunnxx_general_valid": 0.8, "nextstrain": 0.8,
    "opensource_guide": 0.6, "opendatahandbook": 0.6, "privacyguides": 0.5, "mozilla_www": 0.4, "bitcoin_org": 0.4,
    "gnome_docs": 0.25, "react_docs": 0.2, "3b1b": 0.3, "indocloze_mt": 0.3, "django_docs": 0.08,
    "ms_beginners": 0.1, "openstack_docs": 0.08, "quran": 0.05, "bible_ags_oeb": 0.1, "tldr": 0.1,
    "ui_scratch_hotosm": 0.2, "ui_wikipedia_android": 0.2, "ui_horizon": 0.05, "ui_godot": 0.05, "dict": 0.5,
    "back": 0.5,  # each English sentence has two Indonesian versions
}
NO_STOP = {"smeru", "ausaid"}  # sentences whose final full stop was lost on both sides
OCR = re.compile(r"\?[a-z]|\b[a-z] x\b|\S \.\S|�")  # "Wedenesday?s": panl's lost apostrophes and quotes


def lines(path: Path) -> list[list[str]]:
    op = lzma.open if path.suffix == ".xz" else open
    with op(path, "rt", encoding="utf-8") as f:
        return [row.rstrip("\n").split("\t") for row in f]


def held_out(text: str) -> int:
    """A stable number per sentence, so that the held-out slice survives any re-ordering of the corpus."""
    return int(hashlib.sha256(text.encode()).hexdigest()[:8], 16)


def clean(source: str, i: str, e: str) -> tuple[str, str] | None:
    i, e = " ".join(i.split()), " ".join(e.split())
    if not i or not e:
        return None
    ni, ne = len(i.split()), len(e.split())
    if max(ni, ne) > 90 or (ni > 5 or ne > 5) and not 0.5 < (ne + 1) / (ni + 1) < 2.2:
        return None
    if source == "panl" and OCR.search(e):
        return None
    if source in NO_STOP and ni > 6 and i[-1].isalnum() and e[-1].isalnum():
        i, e = i + ".", e + "."
    di, de = (sorted(re.findall(r"\d+", t)) for t in (i, e))
    if source in ("panl", "smeru", "ausaid", "gunnxx_general_valid") and len(set(di) ^ set(de)) > 2:
        return None  # clauses were added or dropped
    return i, e


def rare_words(path: Path, kept: list[tuple[float, str, str, str]]) -> list[tuple[str, str]]:
    """Dictionary entries for words that the sentences hardly show, each with its most usual English. Common words are
    left to the sentences: a dictionary gives `abet` and `support` the same rank."""
    seen = [Counter(w for row in kept for w in re.findall(r"[\w-]+", row[k].lower())) for k in (2, 3)]
    best: dict[str, tuple[int, str]] = {}
    for i, e, *_ in lines(path) if path.exists() else []:
        i, e = (re.sub(r"\s*\(.*?\)", "", t).strip() for t in (i, e))
        if i and e and len(i.split()) <= 2 and min(seen[0][w.lower()] for w in i.split()) < 20:
            usual = min(seen[1][w.lower()] for w in e.split())
            best[i] = max(best.get(i, (0, e)), (usual, e))
    return [(i, e) for i, (_, e) in best.items()]


def main() -> None:
    p = argparse.ArgumentParser()
    p.add_argument("--corpus", type=Path, required=True)
    p.add_argument("--own", type=Path, help="folder of ID<TAB>EN files written for the project")
    p.add_argument("--work", type=Path, required=True)
    p.add_argument("--synthetic", type=Path, help="back-translated ID<TAB>EN, tagged by backtranslate.py")
    p.add_argument("--scores", type=Path, help="loss per training pair from score.py: the worst are dropped")
    p.add_argument("--news-only", action="store_true", help="last pass: own, news and other careful human text only")
    p.add_argument("--limit", type=int, help="first N rows of each file only, for smoke tests")
    p.add_argument("--seed", type=int, default=1)
    a = p.parse_args()
    rng = random.Random(a.seed)
    a.work.mkdir(parents=True, exist_ok=True)

    news = [r for r in lines(a.corpus / "news-pairs.tsv.xz") if len(r) == 2]
    news = news[:a.limit]
    chosen = {r[0] for r in sorted(news, key=lambda r: held_out(r[0]))[:min(500, len(news) // 4)]}
    held = [r for r in news if r[0] in chosen]
    rows = [("news_pairs", i, e) for i, e in news if i not in chosen]
    rows += [tuple(r) for r in lines(a.corpus / "parallel.tsv.xz")[:a.limit] if len(r) == 3 and r[1] not in chosen]
    own = 0
    for f in sorted(a.own.glob("*.tsv")) if a.own else []:
        pairs = [r for r in lines(f) if len(r) >= 2 and not r[0].startswith("#")]
        rows += [("own", r[0], r[1]) for r in pairs]
        own += len(pairs)
    if a.synthetic:
        rows += [("back", r[0], r[1]) for r in lines(a.synthetic) if len(r) == 2]

    bad: set[tuple[str, str]] = set()
    if a.scores:
        bad = {(r[1], r[2]) for r in lines(a.scores) if float(r[0]) > 0}

    kept: list[tuple[float, str, str, str]] = []
    seen: set[tuple[str, str]] = set()
    for source, i, e in rows:
        pair = clean(source, i, e)
        w = WEIGHTS.get(source, 0.1)
        if pair is None or pair in seen or pair in bad or a.news_only and w < 0.8:
            continue
        seen.add(pair)
        kept.append((w, source, *pair))
    kept += [(WEIGHTS["dict"], "dict", i, e) for i, e in rare_words(a.corpus / "dict.tsv", kept)][:a.limit]
    rng.shuffle(kept)

    tmp = a.work / "train.tsv.tmp"
    with tmp.open("w", encoding="utf-8") as f:
        f.writelines(f"{w}\t{s}\t{i}\t{e}\n" for w, s, i, e in kept)
    tmp.replace(a.work / "train.tsv")
    with (a.work / "held.tsv").open("w", encoding="utf-8") as f:
        f.writelines(f"{i}\t{e}\n" for i, e in held)
    with (a.work / "mono.txt").open("w", encoding="utf-8") as f:
        for w, _, i, e in kept:  # the tokenizer should serve the text that matters
            n = int(w) + (rng.random() < w % 1)
            f.write((i + "\n" + e + "\n") * n)
    total = sum(w for w, *_ in kept)
    print(f"{len(kept)} pairs ({own} own), {total:.0f} visits per pass, {len(held)} held out")


if __name__ == "__main__":
    main()
