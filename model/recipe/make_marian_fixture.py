"""The second parity fixture of the engine: a tiny model as Hugging Face publishes Marian models, and what `transformers` makes of it.

    python make_marian_fixture.py --pairs model/data/FILE.tsv --out fixtures/offline/marian

Everything is made by the libraries that made the published models: SentencePiece pieces, `vocab.json`, `MarianMTModel` with
`save_pretrained`. Needs transformers and sentencepiece besides requirements.txt. The first pairs of the file are learned half by
heart, so that hypotheses differ and end.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path

import sentencepiece
import torch
from transformers import MarianConfig, MarianMTModel, MarianTokenizer

SENTENCES = [
    "Polisi menahan dua tersangka di Jakarta.",
    "Gempa 5,6 mengguncang Cianjur",
    "Rp 1.250.000 – “kata” 漢",
    "  dua   spasi ",
    "ﬁnal ½ ①",  # signs that the normalisation rules of SentencePiece change
]
FORCED = "The police said on Monday."
MAX_LEN = 60


def pieces(lines: list[str], out: Path) -> list[str]:
    """Trains one side's SentencePiece model as the published ones were: unigram, the default normalisation."""
    with tempfile.TemporaryDirectory() as folder:
        sample = Path(folder) / "sample.txt"
        sample.write_text("\n".join(lines) + "\n", "utf-8")
        sentencepiece.SentencePieceTrainer.train(
            input=str(sample), model_prefix=str(Path(folder) / "side"), vocab_size=300, character_coverage=1.0,
            hard_vocab_limit=False, num_threads=1, minloglevel=2)
        out.write_bytes((Path(folder) / "side.model").read_bytes())
    side = sentencepiece.SentencePieceProcessor(model_file=str(out))
    return [side.id_to_piece(n) for n in range(side.get_piece_size())]


def vocabulary(*sides: list[str]) -> dict[str, int]:
    """As Marian numbers it: the end first, the pad last."""
    special = ["</s>", "<unk>"]
    shared = sorted({piece for side in sides for piece in side} - {*special, "<s>"})
    return {piece: n for n, piece in enumerate([*special, *shared, "<pad>"])}


def numbers(row: torch.Tensor) -> list[float]:
    return [round(value, 6) for value in row.tolist()]


def main() -> None:
    p = argparse.ArgumentParser()
    p.add_argument("--pairs", type=Path, required=True)
    p.add_argument("--steps", type=int, default=300)
    p.add_argument("--out", type=Path, required=True)
    a = p.parse_args()
    torch.set_num_threads(1)  # the same sums on every machine
    torch.manual_seed(7)
    a.out.mkdir(parents=True, exist_ok=True)
    rows = [r.split("\t")[:2] for r in a.pairs.read_text("utf-8").splitlines()]
    with tempfile.TemporaryDirectory() as folder:  # the engine reads no target.spm: vocab.json holds its pieces
        target = Path(folder) / "target.spm"
        vocab = vocabulary(pieces([r[0] for r in rows], a.out / "source.spm"), pieces([r[1] for r in rows], target))
        (a.out / "vocab.json").write_text(json.dumps(vocab, ensure_ascii=False, indent=0), "utf-8")
        tok = MarianTokenizer(str(a.out / "source.spm"), str(target), str(a.out / "vocab.json"), model_max_length=512)
        make(a, tok, vocab, rows)


def make(a: argparse.Namespace, tok: MarianTokenizer, vocab: dict[str, int], rows: list[list[str]]) -> None:
    pad = vocab["<pad>"]
    config = MarianConfig(
        vocab_size=len(vocab), d_model=32, encoder_layers=2, decoder_layers=2, encoder_attention_heads=4,
        decoder_attention_heads=4, encoder_ffn_dim=48, decoder_ffn_dim=48, activation_function="swish", dropout=0.0,
        max_position_embeddings=128, scale_embedding=True, static_position_embeddings=True, normalize_before=False,
        add_final_layer_norm=False, pad_token_id=pad, eos_token_id=0, decoder_start_token_id=pad, forced_eos_token_id=0,
        bad_words_ids=[[pad]], num_beams=4)
    model = MarianMTModel(config).train()
    for name, weight in model.named_parameters():
        if weight.ndim == 1:  # all biases and gains matter in a parity test
            torch.nn.init.normal_(weight, 1.0 if name.endswith("norm.weight") else 0.0, 0.1)
    model.final_logits_bias.normal_(0, 0.3)

    def ids(text: str, english: bool = False) -> list[int]:
        return (tok(text_target=text) if english else tok(text)).input_ids

    source = [ids(row[0])[:MAX_LEN] for row in rows[:32]]
    english = [ids(row[1], english=True)[:MAX_LEN] for row in rows[:32]]
    batch = lambda lists, fill: torch.tensor([row + [fill] * (MAX_LEN - len(row)) for row in lists])
    src, labels = batch(source, pad), batch(english, -100)
    adam = torch.optim.Adam(model.parameters(), 4e-3)
    for _ in range(a.steps):
        adam.zero_grad()
        loss = model(input_ids=src, attention_mask=(src != pad).long(), labels=labels).loss
        loss.backward()
        adam.step()
    print(f"loss {float(loss.detach()):.3f}")
    model.eval()
    with tempfile.TemporaryDirectory() as folder:
        model.save_pretrained(folder)
        for name in ("config.json", "model.safetensors"):
            (a.out / name).write_bytes((Path(folder) / name).read_bytes())

    forced = [pad, *ids(FORCED, english=True)]
    cases = []
    for text in [min((row[0] for row in rows[:32]), key=len), *SENTENCES]:
        row = ids(text)
        asked = dict(input_ids=torch.tensor([row]), attention_mask=torch.ones(1, len(row), dtype=torch.long))
        with torch.inference_mode():
            logits = model(**asked, decoder_input_ids=torch.tensor([forced])).logits[0]
            limits = dict(max_new_tokens=MAX_LEN, min_length=0, do_sample=False, bad_words_ids=[[pad]], forced_eos_token_id=None)
            greedy = model.generate(**asked, **limits, num_beams=1)[0].tolist()
        greedy = [token for token in greedy[1:] if token != 0]  # neither the start nor the end
        cases.append({
            "text": text, "ids": row,
            "logits": {"first16_of_each_position": [numbers(r[:16]) for r in logits], "argmax": logits.argmax(-1).tolist(),
                       "logsumexp": numbers(logits.logsumexp(-1))},
            "greedy": {"ids": greedy, "text": tok.decode(greedy, skip_special_tokens=True)},
        })
    reference = {"max_len": MAX_LEN, "forced_input": forced, "cases": cases}
    (a.out / "reference.json").write_text(json.dumps(reference, ensure_ascii=False, indent=1), "utf-8")


if __name__ == "__main__":
    main()
