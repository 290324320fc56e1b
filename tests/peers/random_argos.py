"""Writes Argos packages Indonesian↔English around small random transformers: random_argos.py FOLDER SPLITTER."""

import json
import random
import shutil
import sys
from pathlib import Path

import ctranslate2.specs as specs
import numpy as np
import sentencepiece

WIDTH, HEADS, INNER = 32, 4, 64
SYLLABLES = "an ba da di ga ka ke la me mi na ni pe ra ri sa si ta ter yang the of and to in is at on".split()


def sentences():
    draw = random.Random(1)
    for _ in range(3000):
        words = ("".join(draw.choice(SYLLABLES) for _ in range(draw.randint(1, 4))) for _ in range(12))
        yield " ".join(words).capitalize() + draw.choice(".?!,")


def vocabulary(package):
    """Trains the piece model of a package; its pieces, and which of them stand for bytes."""
    prefix = str(package / "sentencepiece")
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=sentences(), model_prefix=prefix, vocab_size=600, byte_fallback=True,
        hard_vocab_limit=False, minloglevel=2)
    Path(prefix + ".vocab").unlink()
    pieces = sentencepiece.SentencePieceProcessor(model_file=prefix + ".model")
    count = pieces.get_piece_size()
    return [pieces.id_to_piece(i) for i in range(count)], [i for i in range(count) if pieces.is_byte(i)]


def weight(path, name, size, draw):
    """A random array of the shape that the layer at `path` needs, or None where the layer has none."""
    if name in ("gamma", "beta"):
        return (np.ones if name == "gamma" else np.zeros)(WIDTH)
    if name != "weight":
        return None
    shapes = {
        "ffn/linear_0": (INNER, WIDTH), "ffn/linear_1": (WIDTH, INNER),
        "self_attention/linear_0": (3 * WIDTH, WIDTH), "attention/linear_0": (WIDTH, WIDTH),
        "attention/linear_1": (2 * WIDTH, WIDTH),
    }
    if "embeddings" in path or "projection" in path:
        return draw.normal(0, 1 if "embeddings" in path else 0.3, (size, WIDTH))
    # In self-attention the second linear is the output; in attention over the source the third is.
    if path.endswith("self_attention/linear_1") or path.endswith("linear_2"):
        return draw.normal(0, 0.2, (WIDTH, WIDTH))
    return draw.normal(0, 0.2, next(shape for end, shape in shapes.items() if path.endswith(end)))


def fill(layer, path, size, draw):
    for name, value in list(vars(layer).items()):
        if name.startswith("_"):
            continue
        here = f"{path}/{name}"
        if isinstance(value, specs.model_spec.LayerSpec):
            fill(value, here, size, draw)
        elif isinstance(value, list):
            for index, item in enumerate(value):
                fill(item, f"{here}_{index}", size, draw)
        elif value is None:
            array = weight(path, name, size, draw)
            if array is not None:
                setattr(layer, name, array.astype(np.float32))


def write(package, source, target, splitter, seed):
    shutil.rmtree(package, ignore_errors=True)
    (package / "minisbd").mkdir(parents=True)
    (package / "model").mkdir()
    pieces, bytes_at = vocabulary(package)
    spec = specs.TransformerSpec.from_config((1, 1), HEADS)
    fill(spec, "", len(pieces), np.random.default_rng(seed))
    likelihood = np.zeros(len(pieces), dtype=np.float32)
    likelihood[[0, 1, *bytes_at]] = -30.0
    likelihood[2] = 2.5  # the end of a sentence comes soon
    spec.decoder.projection.bias = likelihood
    spec.register_source_vocabulary(pieces)
    spec.register_target_vocabulary(pieces)
    spec.config.add_source_eos = True
    spec.validate()
    spec.optimize("float32")
    spec.save(str(package / "model"))
    shutil.copy(splitter, package / "minisbd" / "en.onnx")
    names = {"id": "Indonesian", "en": "English"}
    (package / "metadata.json").write_text(json.dumps({
        "package_version": "1.9", "argos_version": "1.9.0", "from_code": source, "from_name": names[source],
        "to_code": target, "to_name": names[target]}))


folder, splitter = Path(sys.argv[1]), sys.argv[2]
write(folder / "translate-en_id", "en", "id", splitter, 1)
write(folder / "translate-id_en", "id", "en", splitter, 2)
