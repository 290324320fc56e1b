"""Stage 2: the joint vocabulary, and the word list that slots.py needs.

    python tokenizer.py --work DIR [--vocab 8000]

BPE pieces with byte fallback, so no character is ever lost. Case, quotation marks, fractions and ellipses stay as
they are: the only normalisation is NFC and the folding of white space. Digits and punctuation are single pieces
(with the space before them), which makes figures cheap to copy: 1.250.000 and 1,250,000 differ in two tokens.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

from common import EOS, SLOTS, SPECIALS
from slots import translatable_words

# Every letter of the Latin blocks that names in the news use, and the typography of both languages.
ALPHABET = [chr(c) for c in [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x180)]] + list("–—‘’“”„…•€™₂°½¼¾×−→")
SINGLE = r"▁?[\p{Nd}\p{Sc}\p{Sm}!-&(-,./:;?@\[-`{}~“”„…«»–—•°½¼¾①-⑧]"  # not ' ’ - which belong to words


def pipeline(model: models.Model) -> Tokenizer:
    t = Tokenizer(model)
    t.normalizer = normalizers.Sequence([
        normalizers.NFC(), normalizers.Replace(Regex(r"\s+"), " "), normalizers.Strip()])
    t.pre_tokenizer = pre_tokenizers.Sequence([
        pre_tokenizers.Metaspace(prepend_scheme="always"), pre_tokenizers.Split(Regex(SINGLE), "isolated")])
    t.decoder = decoders.Sequence([
        decoders.ByteFallback(), decoders.Metaspace(prepend_scheme="always"), decoders.Fuse()])
    return t


def train(texts: Path, size: int, alphabet: list[str] = ALPHABET) -> Tokenizer:
    t = pipeline(models.BPE())
    bytes_ = [f"<0x{b:02X}>" for b in range(256)]
    spaced = ["▁" + c for c in "0123456789\"(“‘'–—$€&+#[«…/*" if c in alphabet]
    # Foreign scripts go through bytes: a character seen twice is no use of one of so few places.
    t.train([str(texts)], trainers.BpeTrainer(
        vocab_size=size - len(SPECIALS) - len(SLOTS) - len(bytes_), initial_alphabet=alphabet + ["▁"],
        limit_alphabet=len(alphabet) + 1, max_token_length=16, show_progress=False))
    m = json.loads(t.to_str())["model"]
    merges = [tuple(pair) for pair in m["merges"]]
    have = set(m["vocab"])
    extra = [("▁", p[1]) for p in spaced if p not in have]  # rare ones that are still cheaper as one piece
    pieces = sorted(m["vocab"], key=m["vocab"].get)
    cut = len(pieces) - len(extra)
    dropped = set(pieces[cut:])
    merges = [(x, y) for x, y in merges if x + y not in dropped] + extra
    vocab = [*SPECIALS, *SLOTS, *bytes_, *pieces[:cut], *(x + y for x, y in extra)]
    t = pipeline(models.BPE({p: n for n, p in enumerate(vocab)}, merges, unk_token="<unk>", byte_fallback=True,
                            fuse_unk=False))
    t.add_special_tokens(SPECIALS)
    t.post_processor = processors.TemplateProcessing(single="$A </s>", special_tokens=[("</s>", EOS)])
    return t


def main() -> None:
    p = argparse.ArgumentParser()
    p.add_argument("--work", type=Path, required=True)
    p.add_argument("--vocab", type=int, default=8000)
    a = p.parse_args()
    t = train(a.work / "mono.txt", a.vocab)
    t.save(str(a.work / "tokenizer.json"))
    rows = (r.rstrip("\n").split("\t")[2:4] for r in (a.work / "train.tsv").open(encoding="utf-8"))
    (a.work / "translatable.txt").write_text("\n".join(translatable_words(t, rows)) + "\n", "utf-8")
    sample = "Rp 1.250.000,50 – “Kata … Zoé ½ 漢”, ujar ‘Ümit’ (9/11). L'été 5°C 😀"
    e = t.encode(sample)
    print(t.get_vocab_size(), e.tokens)
    assert t.decode(e.ids) == sample, t.decode(e.ids)


if __name__ == "__main__":
    main()
