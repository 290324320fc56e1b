"""Figures, addresses and rare names travel as slots (①②③…) past the model and come back exactly.

A small model learns to carry one symbol long before it can copy 1.250.000 digit by digit or Pattavee piece by piece.
What may become a slot: web and mail addresses; figures of two characters or more; capitalised words that fall into three pieces or
more and are not in the word list (`translatable.txt`: words that need translation although they look rare).
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Iterable

from tokenizers import Tokenizer

from common import SLOTS

ADDRESS = r"(?:https?://|www\.)\S*\w|[\w.+-]+@\w[\w-]*(?:\.\w[\w-]*)+"
FIGURE = r"\d+(?:[.,:/]\d+)+|\d\d+"
NAME = r"(?<!\w)[A-ZÀ-Þ](?:[^\W\d_]|['’-])*[^\W\d_](?!\w)"
SPAN = re.compile(f"(?P<address>{ADDRESS})|(?P<figure>{FIGURE})|(?P<name>{NAME})")
SWAP = str.maketrans(".,", ",.")
PIECES = 3


def english_figure(figure: str, before: str) -> str:
    """1.250.000,5 is 1,250,000.5 in English; a time of day takes a colon."""
    if re.fullmatch(r"\d{1,3}(\.\d{3})+(,\d+)?|\d+,\d+", figure):
        return figure.translate(SWAP)
    first = r"(\d{1,2}[.:]\d\d(\s+WI(B|TA|T))?\s*(dan|hingga|sampai|atau|-|–)\s*)?"
    if re.search(rf"\b(pukul|jam)\s*{first}$", before) and re.fullmatch(r"\d{1,2}\.\d\d", figure):
        return figure.replace(".", ":")
    return figure


@dataclass
class Slotter:
    """Finds what can be a slot, with a tokenizer to tell rare words and the list of those that need translation."""

    tok: Tokenizer
    translatable: set[str]
    names: bool = True
    seen: dict[str, bool] = field(default_factory=dict)

    def rare(self, word: str) -> bool:
        if word not in self.seen:
            pieces = len(self.tok.encode(word).ids) - 1
            self.seen[word] = pieces >= PIECES and word.lower() not in self.translatable and not word.isupper()
        return self.seen[word]

    def spans(self, text: str) -> list[tuple[int, int, str]]:
        """Start, end and English form of everything that may be carried over."""
        out: list[tuple[int, int, str]] = []
        for m in SPAN.finditer(text):
            start, end, word = m.start(), m.end(), m.group()
            if m["figure"]:
                out.append((start, end, english_figure(word, text[:start])))
            elif m["address"]:
                out.append((start, end, word))
            elif self.names and self.rare(word):
                if out and text[out[-1][1]:start] == " " and text[out[-1][0]].isupper():
                    start = out.pop()[0]  # first and family name share a slot
                out.append((start, end, text[start:end]))
        return out

    def protect(self, text: str) -> tuple[str, list[str]]:
        found = self.spans(text)[:len(SLOTS)]
        for slot, (start, end, _) in reversed(list(zip(SLOTS, found))):
            text = text[:start] + slot + text[end:]
        return text, [english for _, _, english in found]

    def pair(self, i: str, e: str) -> tuple[str, str]:
        """A training pair with slots where the English has what the slot would bring back."""
        found = [s for s in self.spans(i) if len(re.findall(rf"(?<!\w){re.escape(s[2])}(?!\w)", e)) == 1]
        for slot, (start, end, english) in reversed(list(zip(SLOTS, found))):
            i = i[:start] + slot + i[end:]
            e = re.sub(rf"(?<!\w){re.escape(english)}(?!\w)", slot, e)
        return i, e


def load_slotter(folder: Path, tok: Tokenizer) -> Slotter:
    return Slotter(tok, set((folder / "translatable.txt").read_text("utf-8").split()))


def restore(text: str, carried: list[str]) -> str:
    for slot, english in zip(SLOTS, carried):
        text = text.replace(slot, english)
    return text


def translatable_words(tok: Tokenizer, rows: Iterable[tuple[str, str]]) -> list[str]:
    """Words of three pieces or more that the corpus writes in lower case, or capitalises but does not copy."""
    lower: Counter[str] = Counter()
    copied: Counter[tuple[str, bool]] = Counter()
    for i, e in rows:
        lower.update(w for w in re.findall(r"[\w'’-]*\w", i) if w[0].islower())
        english = set(re.findall(r"[\w'’-]*\w", e))
        copied.update((w, w in english) for w in re.findall(NAME, i))
    words = {w for w, n in lower.items() if n > 1}
    words |= {w.lower() for (w, _), n in copied.items() if n > 1 and copied[w, True] < 2 * copied[w, False]}
    words = {w for w in words if not any(c.isdigit() for c in w)}
    # The capitalised form is what the rule counts the pieces of.
    return sorted(w for w in words if len(tok.encode(w.capitalize()).ids) - 1 >= PIECES)
