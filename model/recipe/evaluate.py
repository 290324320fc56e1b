"""Stage 7: sacreBLEU and chrF of a model on the measuring sets.

    python evaluate.py --model FILE --tokenizer WORK/tokenizer.json --eval DIR [--beam 4] [--lines N]

FILE is a checkpoint (.pt, averaged weights) or an exported model.gguf, which shows what quantisation costs.
The figures of other systems are computed from DIR/SET.SYSTEM.en.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import sacrebleu
import torch
from tokenizers import Tokenizer

from common import Marian, load_model, translate
from export import read_gguf
from slots import Slotter, load_slotter, restore


def load(path: Path) -> Marian:
    if path.suffix != ".gguf":
        return load_model(path)
    config, weights = read_gguf(path)
    model = Marian(config)
    model.load_state_dict(weights)
    return model.eval()


def translate_slotted(model: Marian, slots: Slotter, lines: list[str], beam: int = 1,
                      penalty: float = 1.0) -> list[str]:
    """As the engine does it: protect, translate, restore."""
    protected = [slots.protect(line) for line in lines]
    english = translate(model, slots.tok, [text for text, _ in protected], beam, penalty)
    return [restore(e, carried) for e, (_, carried) in zip(english, protected)]


def scores(hyp: list[str], ref: list[str]) -> str:
    return f"BLEU {sacrebleu.corpus_bleu(hyp, [ref]).score:5.1f}  chrF {sacrebleu.corpus_chrf(hyp, [ref]).score:5.1f}"


def main() -> None:
    p = argparse.ArgumentParser()
    p.add_argument("--model", type=Path, required=True)
    p.add_argument("--tokenizer", type=Path, required=True)
    p.add_argument("--eval", type=Path, required=True)
    p.add_argument("--sets", nargs="+", default=["flores-dev", "news-valid"])
    p.add_argument("--beam", type=int, default=4)
    p.add_argument("--penalty", type=float, default=1.0)
    p.add_argument("--lines", type=int)
    p.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    p.add_argument("--threads", type=int, default=1)
    p.add_argument("--no-slots", action="store_true", help="give the model the bare text")
    p.add_argument("--no-name-slots", action="store_true", help="slots for figures and addresses only")
    p.add_argument("--save", type=Path, help="folder for the translations")
    p.add_argument("--others", action="store_true", help="also score the stored outputs of other systems")
    a = p.parse_args()
    torch.set_num_threads(a.threads)
    model, tok = load(a.model).to(a.device), Tokenizer.from_file(str(a.tokenizer))
    slots = load_slotter(a.tokenizer.parent, tok)
    slots.names = not a.no_name_slots
    for name in a.sets:
        src, ref = ((a.eval / f"{name}.{x}").read_text("utf-8").splitlines()[:a.lines] for x in ("id", "en"))
        began = time.time()
        hyp = (translate(model, tok, src, a.beam, a.penalty) if a.no_slots else
               translate_slotted(model, slots, src, a.beam, a.penalty))
        print(f"{name:12} {'this model':14} {scores(hyp, ref)}  ({len(src)} lines, beam {a.beam}, "
              f"{len(src) / (time.time() - began):.1f} lines/s)", flush=True)
        if a.save:
            a.save.mkdir(parents=True, exist_ok=True)
            (a.save / f"{name}.en").write_text("\n".join(hyp) + "\n", "utf-8")
        for f in sorted(a.eval.glob(f"{name}.*.en")) if a.others else []:
            print(f"{name:12} {f.name.split('.')[1]:14} {scores(f.read_text('utf-8').splitlines()[:a.lines], ref)}")


if __name__ == "__main__":
    main()
