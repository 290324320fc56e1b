"""Stages 3 and 5: training, in boxes of time that add up.

    python train.py --work DIR --run NAME [--minutes N] [--resume] [--device cuda]

Everything that a later start needs is in WORK/NAME/last.pt (weights, average, optimiser, position in the data),
written every few minutes in one rename. The schedule has no horizon: warm-up, then a constant rate, then `--decay
MINUTES` at the end of a box when a finished model is wanted (final.pt; the state before the decay stays in stable.pt).
A new WORK/train.tsv (or, without it, train.npz) is noticed while a run goes on and at every start.
"""

from __future__ import annotations

import argparse
import json
import signal
import threading
import time
from pathlib import Path

import numpy as np
import torch
from tokenizers import Tokenizer

from common import Config, Marian, config_dict, save_atomic
from data import Data, held_out
from export import read_gguf
from evaluate import translate_slotted
from optim import Guide, Muon, Pool, bilingual_embeddings, gradients, step_loss
from slots import load_slotter


def arguments() -> argparse.Namespace:
    p = argparse.ArgumentParser()
    p.add_argument("--work", type=Path, required=True)
    p.add_argument("--run", default="main", help="folder under WORK for this run's checkpoints and log")
    p.add_argument("--resume", action="store_true", help="go on from the run's last.pt, if there is one")
    p.add_argument("--init-from", type=Path, help="start from an exported model.gguf or another run's checkpoint")
    p.add_argument("--reverse", action="store_true", help="English to Indonesian, for back-translation")
    p.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    p.add_argument("--workers", type=int, default=2, help="CPU cores; 1 makes a run exactly repeatable")
    p.add_argument("--piece", type=int, default=1500, help="padded tokens that a CPU worker takes at a time")
    p.add_argument("--minutes", type=float, default=60)
    p.add_argument("--max-steps", type=int, default=10 ** 9)
    p.add_argument("--decay", type=float, default=0, help="let the rate fall to nothing over the last N minutes")
    p.add_argument("--lr", type=float, default=2e-3)
    p.add_argument("--warmup", type=int, default=200)
    p.add_argument("--weight-decay", type=float, default=0.02)
    p.add_argument("--batch", type=int, default=3000, help="padded tokens per side")
    p.add_argument("--dropout", type=float, default=0.0)
    p.add_argument("--smoothing", type=float, default=0.1)
    p.add_argument("--guide", type=float, default=0.3, help="share of the alignment loss at the start; 0 for none")
    p.add_argument("--guide-tokens", type=float, default=4e6, help="target tokens after which it has faded out")
    p.add_argument("--ema", type=float, default=0.998)
    p.add_argument("--adam", action="store_true", help="Adam for all parameters")
    p.add_argument("--random-embeddings", action="store_true")
    p.add_argument("--save-minutes", type=float, default=5)
    p.add_argument("--bleu-minutes", type=float, default=20)
    p.add_argument("--bleu-on", type=Path, help="prefix of a measuring set: PREFIX.id and PREFIX.en")
    p.add_argument("--bleu-lines", type=int, default=200)
    p.add_argument("--max-len", type=int, default=120)
    p.add_argument("--limit", type=int, help="first N pairs only, for smoke tests")
    p.add_argument("--seed", type=int, default=1)
    for f in ("d-model", "encoder-layers", "decoder-layers", "heads", "ffn"):
        p.add_argument(f"--{f}", type=int, default=getattr(Config, f.replace("-", "_")))
    p.add_argument("--activation", default=Config.activation)
    return p.parse_args()


class Run:
    def __init__(self, a: argparse.Namespace):
        self.a, self.out = a, a.work / a.run
        self.out.mkdir(parents=True, exist_ok=True)
        self.log_file = (self.out / "log.jsonl").open("a", encoding="utf-8")
        self.tok = Tokenizer.from_file(str(a.work / "tokenizer.json"))
        self.data = self.load_data()
        self.held = held_out(a.work, self.tok, a.reverse, a.max_len)
        self.step, self.chunk, self.at, self.tokens = 0, 0, 0, 0
        self.pool = Pool(a.workers if a.device == "cpu" else 1)
        self.piece = a.piece if a.device == "cpu" else 1 << 30
        self.stop = threading.Event()
        self.build()

    def load_data(self) -> Data:
        return Data(self.a.work / "train.tsv", self.tok, self.a.reverse, self.a.max_len, self.a.seed, self.a.limit)

    def build(self) -> None:
        """Model, average and optimiser: from the run's own checkpoint, another model, or nothing."""
        a, last = self.a, self.out / "last.pt"
        state = torch.load(last, map_location="cpu", weights_only=False) if a.resume and last.exists() else None
        if state:
            config, weights = Config(**state["config"]), state["model"]
        elif a.init_from and a.init_from.suffix == ".gguf":
            config, weights = read_gguf(a.init_from)
        elif a.init_from:
            donor = torch.load(a.init_from, map_location="cpu", weights_only=False)
            config, weights = Config(**donor["config"]), donor["ema"]
        else:
            config, weights = Config(self.tok.get_vocab_size(), a.d_model, a.encoder_layers, a.decoder_layers, a.heads,
                                     a.ffn, a.activation), None
        self.model = Marian(config)
        if weights:
            self.model.load_state_dict(weights)
        elif not a.random_embeddings:
            start = bilingual_embeddings(self.data, config.vocab_size, config.d_model)
            self.model.model.shared.weight.data.copy_(start)
        self.model.drop = a.dropout
        self.guide: Guide | None = None
        self.model.to(a.device)
        # a GPU computes in bfloat16 throughout and leaves the small steps to the float32 weights
        self.live = self.model if a.device == "cpu" else self.model.in_bfloat16()
        self.average = Marian(config).to(a.device).requires_grad_(False)
        self.average.load_state_dict(state["ema"] if state else self.model.state_dict())
        self.params, self.mean = list(self.model.parameters()), list(self.average.parameters())
        self.opt = Muon(self.model, use=not a.adam)
        if state:
            self.opt.load(state["opt"])
            self.step, self.chunk, self.at, self.tokens = (state[k] for k in ("step", "chunk", "at", "tokens"))
            if state["stamp"] != self.data.stamp or state["batch"] != a.batch:
                self.chunk, self.at = self.chunk + 1, 0  # other data: the position in the old pass means nothing
        if self.guidance() > 0:
            self.guide = Guide(self.data, config.vocab_size)
            self.guide.table = self.guide.table.to(a.device)

    def guidance(self) -> float:
        return self.a.guide * max(0.0, 1 - self.tokens / self.a.guide_tokens)

    def log(self, **kw) -> None:
        line = json.dumps({"time": time.strftime("%H:%M:%S"), **kw})
        self.log_file.write(line + "\n")
        self.log_file.flush()
        print(line, flush=True)

    def save(self, name: str = "last.pt") -> None:
        save_atomic({"config": config_dict(self.model.config), "model": self.model.state_dict(),
                     "ema": self.average.state_dict(), "opt": self.opt.state(), "step": self.step, "chunk": self.chunk,
                     "at": self.at, "tokens": self.tokens, "stamp": self.data.stamp, "batch": self.a.batch},
                    self.out / name)

    @torch.inference_mode()
    def held_loss(self) -> float:
        total, count = 0.0, 0
        for b in self.held.batches(4000, 0):
            with torch.autocast(self.a.device, torch.bfloat16):
                _, nll, n = step_loss(self.average, self.held, b, self.a.device, 0.0)
            total, count = total + nll.item() * n, count + n
        return round(total / count, 4)

    def bleu(self) -> dict[str, float]:
        import sacrebleu
        sides = ("en", "id") if self.a.reverse else ("id", "en")
        src, ref = (Path(f"{self.a.bleu_on}.{x}").read_text("utf-8").splitlines()[:self.a.bleu_lines] for x in sides)
        hyp = translate_slotted(self.average, load_slotter(self.a.work, self.tok), src)
        (self.out / "sample.txt").write_text("".join(f"{s}\n{h}\n\n" for s, h in zip(src, hyp)), "utf-8")
        return {"bleu": round(sacrebleu.corpus_bleu(hyp, [ref]).score, 2),
                "chrf": round(sacrebleu.corpus_chrf(hyp, [ref]).score, 2)}

    def rate(self, left: float) -> float:
        """Warm-up, constant, and at the end of the box the decay that was asked for."""
        fall = max(0.02, min(1.0, left / (60 * self.a.decay))) if self.a.decay else 1.0
        return self.a.lr * min(1.0, (self.step + 1) / self.a.warmup) * fall

    def one_step(self, batch: np.ndarray, rate: float) -> tuple[torch.Tensor, int]:
        self.live.train()
        grads, loss, n = gradients(self.live, self.data, batch, self.piece, self.a.device, self.a.smoothing, self.pool,
                                   self.guide, self.guidance())
        for p, g in zip(self.params, grads):
            p.grad = g.float()
        self.opt.step(rate, self.a.weight_decay, self.pool)
        if self.live is not self.model:
            with torch.no_grad():
                torch._foreach_copy_(list(self.live.parameters()), self.params)
        self.step, self.at, self.tokens = self.step + 1, self.at + 1, self.tokens + n
        if self.step % 4 == 0:
            keep = min(self.a.ema ** 4, (self.step + 1) / (self.step + 40))
            with torch.no_grad():
                torch._foreach_lerp_(self.mean, self.params, 1 - keep)
        return loss, n

    def train(self) -> None:
        a = self.a
        end = time.time() + 60 * a.minutes
        saved = measured = mark = time.time()
        loss, seen, decaying = 0.0, 0, False
        while True:
            batches = self.data.batches(a.batch, a.seed * 1000 + self.chunk)
            while self.at < len(batches):
                now = time.time()
                if self.stop.is_set() or now >= end or self.step >= a.max_steps:
                    return self.finish(decaying)
                rate = self.rate(end - now)
                if a.decay and not decaying and end - now < 60 * a.decay:
                    if a.decay < a.minutes:
                        self.save("stable.pt")
                    decaying = True
                more, n = self.one_step(batches[self.at], rate)
                loss, seen = loss + more, seen + n
                if self.step % 100 == 0:
                    self.log(step=self.step, chunk=self.chunk, at=self.at, of=len(batches), tokens=self.tokens,
                             loss=round(float(loss) / seen, 4), rate=round(rate, 6), tok_s=round(seen / (time.time() - mark)))
                    loss, seen, mark = 0.0, 0, time.time()
                if time.time() - saved > 60 * a.save_minutes:
                    pause = saved = time.time()
                    self.save()
                    self.log(step=self.step, held=self.held_loss())
                    if a.bleu_on and pause - measured > 60 * a.bleu_minutes:
                        self.log(step=self.step, **self.bleu())
                        measured = time.time()
                    mark += time.time() - pause
                if self.step % 50 == 0 and self.data.age() != self.data.stamp:
                    self.data = self.load_data()
                    self.log(event="new data", pairs=len(self.data.src), visits=int(self.data.weight.sum()))
                    break
            self.chunk, self.at = self.chunk + 1, 0

    def finish(self, decayed: bool) -> None:
        self.save()
        if decayed and not self.stop.is_set():
            (self.out / "final.pt").unlink(missing_ok=True)
            (self.out / "final.pt").hardlink_to(self.out / "last.pt")
        measure = self.a.bleu_on and not self.stop.is_set()
        self.log(event="end", step=self.step, tokens=self.tokens, held=self.held_loss(),
                 **(self.bleu() if measure else {}))


def main() -> None:
    a = arguments()
    torch.manual_seed(a.seed)
    torch.set_flush_denormal(True)
    if a.device == "cpu":
        torch.set_num_threads(1)  # the workers are the parallelism
    else:
        torch.backends.cuda.enable_cudnn_sdp(False)  # it would build a plan for every shape
    run = Run(a)
    signal.signal(signal.SIGTERM, lambda *_: run.stop.set())  # a plain kill ends a run in good order
    run.log(event="start", params=sum(q.numel() for q in run.params), pairs=len(run.data.src),
            visits=int(run.data.weight.sum()), step=run.step, **config_dict(run.model.config))
    run.train()


if __name__ == "__main__":
    main()
