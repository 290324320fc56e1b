#!/usr/bin/env python3
"""ROUGE-1/2/L (F1) of the extractive summary against summaries written by people, beside Lead-3.

    pip install rouge-score
    benches/rouge.py ARTICLES.jsonl        # id, title, text, summary

Words are lower-cased; lines of site furniture are removed before anything is measured, for both."""

import json
import re
import subprocess
import sys
import tempfile

from rouge_score import rouge_scorer

FURNITURE = re.compile(
    r"^(SCROLL TO|ADVERTISEMENT|Simak|Tonton|Saksikan|Lihat juga|Baca juga|Lihat video|\[Gambas|Halaman|Video:)", re.I
)
KINDS = ("rouge1", "rouge2", "rougeL")
scorer = rouge_scorer.RougeScorer(KINDS, use_stemmer=False)


def story(text):
    lines = (line.strip() for line in text.split("\n"))
    return "\n".join(line for line in lines if line and not FURNITURE.match(line))


def lead(text, count):
    sentences = re.split(r"(?<=[.!?\"”])\s+(?=[\"“A-Z0-9])", text.replace("\n", " "))
    return " ".join(sentences[:count])


def report(name, pairs):
    sums = dict.fromkeys(KINDS, 0.0)
    for reference, summary in pairs:
        for kind, score in scorer.score(reference, summary).items():
            sums[kind] += score.fmeasure
    words = sum(len(summary.split()) for _, summary in pairs) / len(pairs)
    print(f"{name:12}", " / ".join(f"{100 * sums[kind] / len(pairs):.1f}" for kind in KINDS), f"({words:.0f} words)")


def main(path):
    with open(path, encoding="utf-8") as lines:
        articles = [json.loads(line) for line in lines]
    for article in articles:
        article["text"] = story(article["text"])
    with tempfile.NamedTemporaryFile("w", suffix=".jsonl", encoding="utf-8") as cleaned:
        for article in articles:
            print(json.dumps(article, ensure_ascii=False), file=cleaned)
        cleaned.flush()
        command = ["cargo", "bench", "--quiet", "--bench", "summary", "--", cleaned.name]
        output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    made = {line["id"]: line["summary"] for line in map(json.loads, output.splitlines())}
    report("Lead-3", [(article["summary"], lead(article["text"], 3)) for article in articles])
    report("extractive", [(article["summary"], made[article["id"]]) for article in articles])


main(sys.argv[1])
