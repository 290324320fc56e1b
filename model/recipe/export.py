"""Stage 6: from a checkpoint to the files that the engine loads.

    python export.py --checkpoint WORK/RUN/last.pt --tokenizer WORK/tokenizer.json --out DIR [--safetensors]

Writes config.json, tokenizer.json, translatable.txt (for slots.py) and model.gguf (all matrices Q8_0, the rest F32, tensor names as in Hugging Face's
Marian); with --safetensors also model.safetensors in f32 for parity tests. GGUF metadata, all under `kabar.`:
name, version, note (strings); vocab_size, d_model, encoder_layers, decoder_layers, heads, ffn, max_positions,
eos_id, unk_id, pad_id, start_id (u32); activation (string).
"""

from __future__ import annotations

import argparse
import shutil
import struct
from pathlib import Path

import numpy as np
import torch

from common import EOS, PAD, UNK, Config, Marian, config_json, load_model

F32, Q8_0, BLOCK, ALIGN = 0, 8, 32, 32
U32_TYPE, STRING_TYPE = 4, 8
Q8_BLOCK = np.dtype([("scale", "<f2"), ("q", "i1", BLOCK)])


def quantise(x: np.ndarray) -> bytes:
    """Q8_0: per block of 32 along the last axis one f16 scale and 32 signed bytes."""
    b = x.astype(np.float32).reshape(-1, BLOCK)
    scale = np.abs(b).max(1) / 127
    inverse = np.divide(1, scale, out=np.zeros_like(scale), where=scale > 0)
    out = np.empty(len(b), Q8_BLOCK)
    out["scale"], out["q"] = scale, np.round(b * inverse[:, None])
    return out.tobytes()


def text(s: str) -> bytes:
    raw = s.encode()
    return struct.pack("<Q", len(raw)) + raw


def write_gguf(path: Path, model: Marian, name: str, version: str, note: str) -> None:
    c = model.config
    meta: dict[str, str | int] = {
        "general.architecture": "marian", "general.name": name, "general.alignment": ALIGN,
        "kabar.name": name, "kabar.version": version, "kabar.note": note,
        "kabar.vocab_size": c.vocab_size, "kabar.d_model": c.d_model, "kabar.encoder_layers": c.encoder_layers,
        "kabar.decoder_layers": c.decoder_layers, "kabar.heads": c.heads, "kabar.ffn": c.ffn,
        "kabar.max_positions": c.max_positions, "kabar.activation": c.activation,
        "kabar.eos_id": EOS, "kabar.unk_id": UNK, "kabar.pad_id": PAD, "kabar.start_id": PAD,
    }
    head = bytearray()
    for k, v in meta.items():
        head += text(k)
        head += struct.pack("<I", STRING_TYPE) + text(v) if isinstance(v, str) else struct.pack("<II", U32_TYPE, v)
    infos, blobs, offset = bytearray(), [], 0
    tensors = model.state_dict()
    for key, t in tensors.items():
        x = t.detach().float().cpu().numpy()
        matrix = x.ndim == 2 and x.shape[0] > 1 and x.shape[1] % BLOCK == 0
        blob = quantise(x) if matrix else x.astype("<f4").tobytes()
        dims = x.shape[::-1]  # GGUF lists the fastest axis first
        infos += text(key) + struct.pack(f"<I{len(dims)}QIQ", len(dims), *dims, Q8_0 if matrix else F32, offset)
        blob += b"\0" * (-len(blob) % ALIGN)
        blobs.append(blob)
        offset += len(blob)
    start = b"GGUF" + struct.pack("<IQQ", 3, len(tensors), len(meta)) + bytes(head) + bytes(infos)
    tmp = path.with_suffix(".tmp")
    tmp.write_bytes(start + b"\0" * (-len(start) % ALIGN) + b"".join(blobs))
    tmp.replace(path)


def read_gguf(path: Path) -> tuple[Config, dict[str, torch.Tensor]]:
    """The counterpart, so that training can go on from nothing but an exported file."""
    raw, at = path.read_bytes(), 4

    def take(fmt: str) -> tuple:
        nonlocal at
        values = struct.unpack_from("<" + fmt, raw, at)
        at += struct.calcsize("<" + fmt)
        return values

    def string() -> str:
        nonlocal at
        (n,) = take("Q")
        at += n
        return raw[at - n:at].decode()

    if raw[:4] != b"GGUF":
        raise ValueError(f"{path}: not a GGUF file")
    _, count, keys = take("IQQ")
    meta: dict[str, str | int] = {}
    for _ in range(keys):
        key = string()
        (kind,) = take("I")
        meta[key] = string() if kind == STRING_TYPE else take("I")[0]
    infos = []
    for _ in range(count):
        key = string()
        (n,) = take("I")
        infos.append((key, take(f"{n}Q")[::-1], *take("IQ")))
    base = at + -at % ALIGN
    weights = {}
    for key, shape, kind, offset in infos:
        size = int(np.prod(shape))
        if kind == Q8_0:
            b = np.frombuffer(raw, Q8_BLOCK, size // BLOCK, base + offset)
            x = (b["scale"].astype(np.float32)[:, None] * b["q"]).reshape(shape)
        else:
            x = np.frombuffer(raw, "<f4", size, base + offset).reshape(shape).copy()
        weights[key] = torch.from_numpy(x)
    g = lambda k: meta["kabar." + k]
    config = Config(*(g(k) for k in ("vocab_size", "d_model", "encoder_layers", "decoder_layers", "heads", "ffn",
                                     "activation", "max_positions")))
    return config, weights


def main() -> None:
    p = argparse.ArgumentParser()
    p.add_argument("--checkpoint", type=Path, required=True)
    p.add_argument("--tokenizer", type=Path, required=True)
    p.add_argument("--out", type=Path, required=True)
    p.add_argument("--safetensors", action="store_true")
    p.add_argument("--name", default="kabar-id-en")
    p.add_argument("--version", default="0.1")
    p.add_argument("--note", default="Indonesian to English, news; a draft model, see CARD.md")
    a = p.parse_args()
    model = load_model(a.checkpoint)
    a.out.mkdir(parents=True, exist_ok=True)
    (a.out / "config.json").write_text(config_json(model.config), "utf-8")
    for name in ("tokenizer.json", "translatable.txt"):
        shutil.copyfile(a.tokenizer.parent / name, a.out / name)
    write_gguf(a.out / "model.gguf", model, a.name, a.version, a.note)
    if a.safetensors:
        from safetensors.torch import save_file
        save_file({k: v.contiguous() for k, v in model.state_dict().items()}, a.out / "model.safetensors",
                  metadata={"format": "pt"})
    config, weights = read_gguf(a.out / "model.gguf")
    assert config == model.config
    off = max(float((weights[k] - v).abs().max() / v.abs().max().clamp_min(1e-9)) for k, v in model.state_dict().items())
    print(f"{(a.out / 'model.gguf').stat().st_size / 1e6:.1f} MB, largest relative rounding error {off:.4f}")


if __name__ == "__main__":
    main()
