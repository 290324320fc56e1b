"""Stage 7: sacreBLEU and chrF of a model on the measuring sets.

    python evaluate.py --binary target/release/kabar --eval DIR [--model FOLDER] [--lines N]
    python evaluate.py --model FILE --tokenizer WORK/tokenizer.json --eval DIR [--beam 4] [--lines N]

The first asks the program itself (`kabar model translate`), for the model that is compiled in or for the one in FOLDER: these are
the figures of the card, and only sacrebleu is needed. The second decodes here; FILE is a checkpoint (.pt, averaged weights) or an
exported model.gguf, which shows what quantisation costs. Other systems are scored from DIR/SET.SYSTEM.en with --others.
"""

from __future__ import annotations

import argparse
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import sacrebleu

Translate = Callable[[list[str]], list[str]]


def by_binary(binary: Path, folder: Path | None) -> Translate:
    """The program, line by line as for a reader."""
    command = [str(binary), "model", "translate", *([str(folder)] if folder else [])]

    def translate(lines: list[str]) -> list[str]:
        text = "".join(line + "\n" for line in lines)
        english = subprocess.run(command, input=text, stdout=subprocess.PIPE, encoding="utf-8", check=True).stdout
        english = english.split("\n")[:-1]
        assert len(english) == len(lines), f"{len(english)} lines for {len(lines)}"
        return english

    return translate


def load(path: Path):
    from common import Marian, load_model
    from export import read_gguf

    if path.suffix != ".gguf":
        return load_model(path)
    config, weights = read_gguf(path)
    model = Marian(config)
    model.load_state_dict(weights)
    return model.eval()


def translate_slotted(model, slots, lines: list[str], beam: int = 1, penalty: float = 1.0) -> list[str]:
    """As the engine does it: protect, translate, restore."""
    from common import translate
    from slots import restore

    protected = [slots.protect(line) for line in lines]
    english = translate(model, slots.tok, [text for text, _ in protected], beam, penalty)
    return [restore(e, carried) for e, (_, carried) in zip(english, protected)]


def by_recipe(a: argparse.Namespace) -> Translate:
    """The recipe's own decoder."""
    import torch
    from tokenizers import Tokenizer

    from common import translate
    from slots import load_slotter

    torch.set_num_threads(a.threads)
    device = a.device or ("cuda" if torch.cuda.is_available() else "cpu")
    model, tok = load(a.model).to(device), Tokenizer.from_file(str(a.tokenizer))
    if a.no_slots:
        return lambda lines: translate(model, tok, lines, a.beam, a.penalty)
    slots = load_slotter(a.tokenizer.parent, tok)
    slots.names = not a.no_name_slots
    return lambda lines: translate_slotted(model, slots, lines, a.beam, a.penalty)


def scores(hyp: list[str], ref: list[str]) -> str:
    return f"BLEU {sacrebleu.corpus_bleu(hyp, [ref]).score:5.1f}  chrF {sacrebleu.corpus_chrf(hyp, [ref]).score:5.1f}"


def main() -> None:
    p = argparse.ArgumentParser()
    p.add_argument("--binary", type=Path, help="the program; beam and slots are then its own")
    p.add_argument("--model", type=Path)
    p.add_argument("--tokenizer", type=Path)
    p.add_argument("--eval", type=Path, required=True)
    p.add_argument("--sets", nargs="+", default=["flores-dev", "news-valid"])
    p.add_argument("--beam", type=int, default=4)
    p.add_argument("--penalty", type=float, default=1.0)
    p.add_argument("--lines", type=int)
    p.add_argument("--device", help="cuda where there is one, else cpu")
    p.add_argument("--threads", type=int, default=1)
    p.add_argument("--no-slots", action="store_true", help="give the model the bare text")
    p.add_argument("--no-name-slots", action="store_true", help="slots for figures and addresses only")
    p.add_argument("--save", type=Path, help="folder for the translations")
    p.add_argument("--others", action="store_true", help="also score the stored outputs of other systems")
    a = p.parse_args()
    if not a.binary and not (a.model and a.tokenizer):
        p.error("give --binary, or --model and --tokenizer")
    translate = by_binary(a.binary, a.model) if a.binary else by_recipe(a)
    for name in a.sets:
        src, ref = ((a.eval / f"{name}.{x}").read_text("utf-8").splitlines()[:a.lines] for x in ("id", "en"))
        began = time.time()
        hyp = translate(src)
        print(f"{name:12} {'this model':14} {scores(hyp, ref)}  ({len(src)} lines, {len(src) / (time.time() - began):.1f} lines/s)",
              flush=True)
        if a.save:
            a.save.mkdir(parents=True, exist_ok=True)
            (a.save / f"{name}.en").write_text("\n".join(hyp) + "\n", "utf-8")
        for f in sorted(a.eval.glob(f"{name}.*.en")) if a.others else []:
            print(f"{name:12} {f.name.split('.')[1]:14} {scores(f.read_text('utf-8').splitlines()[:a.lines], ref)}")


if __name__ == "__main__":
    main()
