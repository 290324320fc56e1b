"""The parity fixture of the engine: a tiny model and what PyTorch makes of it.

    python make_tiny_fixture.py --pairs model/data/FILE.tsv --out fixtures/offline/tiny

The first pairs of the file are learned half by heart: purely random weights repeat one token for ever, which would
test neither the end of a sentence nor the beams.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path

import torch
import torch.nn.functional as F
from safetensors.torch import save_file

from common import PAD, Config, Marian, beam, config_json, greedy, pad_batch
from export import write_gguf
from tokenizer import train

SENTENCES = [  # a learned one goes before; short, long, one word, one with bytes and curly quotes
    "Polisi menahan dua tersangka.",
    "Gempa bermagnitudo 5,6 mengguncang Cianjur pada Senin pukul 13.21 WIB, kata BMKG.",
    "Jakarta",
    "“Kami belum tahu,” ujar Menteri Keuangan, “tetapi ½ dari Rp 1.250.000 sudah dibayar.” 漢",
    "Presiden bertolak ke Tokyo untuk bertemu Perdana Menteri, lalu ke Seoul, lalu ke Beijing, dan kembali hari Rabu.",
]
FORCED = "The police said on Monday."
MAX_LEN = 60


def numbers(t: torch.Tensor) -> list:
    return [round(v, 6) for v in t.flatten().tolist()]


def main() -> None:
    p = argparse.ArgumentParser()
    p.add_argument("--pairs", type=Path, required=True)
    p.add_argument("--steps", type=int, default=250)
    p.add_argument("--out", type=Path, required=True)
    p.add_argument("--seed", type=int, default=7)
    a = p.parse_args()
    torch.set_num_threads(1)  # the same sums on every machine
    a.out.mkdir(parents=True, exist_ok=True)
    rows = [r.split("\t")[:2] for r in a.pairs.read_text("utf-8").splitlines()]
    with tempfile.NamedTemporaryFile("w", encoding="utf-8") as sample:
        sample.writelines(side + "\n" for row in rows for side in row)
        sample.flush()
        # bytes and the full alphabet alone need 700 places, so here only ASCII and two quotes stay single pieces
        tok = train(Path(sample.name), 768, [chr(c) for c in range(0x21, 0x7F)] + list("“”"))
    tok.save(str(a.out / "tokenizer.json"))

    torch.manual_seed(a.seed)
    config = Config(tok.get_vocab_size(), 32, 2, 2, 4, 64, "swish", 128)
    model = Marian(config).eval()
    for n, q in model.named_parameters():
        if q.ndim == 1:  # all biases and gains matter in a parity test
            torch.nn.init.normal_(q, 1.0 if n.endswith("norm.weight") else 0.0, 0.1)
    model.final_logits_bias.normal_(0, 0.3)
    src, out = (pad_batch([tok.encode(row[k]).ids for row in rows[:48]]) for k in (0, 1))
    tgt_in = torch.cat([torch.full((len(src), 1), PAD), out[:, :-1]], 1)
    adam = torch.optim.Adam(model.parameters(), 4e-3)
    for _ in range(a.steps):
        adam.zero_grad()
        loss = F.cross_entropy(model.logits(model(src, tgt_in)).flatten(0, 1), out.flatten(), ignore_index=PAD)
        loss.backward()
        adam.step()
    print(f"loss {float(loss.detach()):.3f}")
    model.eval().requires_grad_(False)
    (a.out / "config.json").write_text(config_json(config), "utf-8")
    save_file({k: v.contiguous() for k, v in model.state_dict().items()}, a.out / "model.safetensors",
              metadata={"format": "pt"})
    write_gguf(a.out / "model.gguf", model, "tiny", "0", "for parity tests only")

    sentences = [min((row[0] for row in rows[:48]), key=len), *SENTENCES]
    ids = [e.ids for e in tok.encode_batch(sentences)]
    src = pad_batch(ids)
    forced = [PAD] + tok.encode(FORCED).ids
    with torch.inference_mode():
        states, mask = model.encode(src)
        logits = model.logits(model.decode(states, mask, torch.tensor([forced] * len(ids))))
        alone = model.encode(src[2:3, :len(ids[2])])[0]
    assert torch.allclose(alone[0], states[2, :len(ids[2])], atol=1e-5)
    cases = []
    for n, (sentence, row) in enumerate(zip(sentences, ids)):
        real = states[n, :len(row)]
        cases.append({
            "text": sentence, "ids": row,
            "encoder": {"sum": round(float(real.sum()), 4), "abs_sum": round(float(real.abs().sum()), 4),
                        "first": numbers(real[0, :8]), "last": numbers(real[-1, :8])},
            "logits": {"first16_of_each_position": [numbers(l[:16]) for l in logits[n]],
                       "argmax": logits[n].argmax(-1).tolist(),
                       "logsumexp": numbers(logits[n].logsumexp(-1))},
        })
    for case, g in zip(cases, greedy(model, src, MAX_LEN)):
        case["greedy"] = {"ids": g, "text": tok.decode(g)}
    for penalty in (1.0, 0.6):
        for case, hyps in zip(cases, beam(model, src, MAX_LEN, 4, penalty)):
            case[f"beam4_penalty_{penalty}"] = [{"ids": h, "score": round(s, 6)} for h, s in hyps]
    reference = {
        "about": "PyTorch f32 on model.safetensors; the sentences run as one padded batch. Output ids are without start "
                 "and end token. Beam score = sum of log-probabilities / length ** penalty, length counting the end token.",
        "max_len": MAX_LEN, "forced_input": forced, "cases": cases,
    }
    (a.out / "reference.json").write_text(json.dumps(reference, ensure_ascii=False, indent=1) + "\n", "utf-8")
    for case in cases:
        print(len(case["ids"]), len(case["greedy"]["ids"]), [round(h["score"], 3) for h in case["beam4_penalty_1.0"]])


if __name__ == "__main__":
    main()
