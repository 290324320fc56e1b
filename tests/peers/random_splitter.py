"""Writes the sentence splitter that an Argos package carries: a sentence ends after . ! or ?: random_splitter.py FILE."""

import json
import sys

import numpy as np
from onnx import TensorProto, helper, numpy_helper, save

UNITS = ["<PAD>", "<UNK>", ".", "!", "?", " "]
OTHER, TOKEN_END, SENTENCE_END = 0, 1, 2

scores = np.zeros((len(UNITS), 5), dtype=np.float32)
for index, unit in enumerate(UNITS):
    scores[index, SENTENCE_END if unit in ".!?" else TOKEN_END if unit == " " else OTHER] = 1.0

graph = helper.make_graph(
    [helper.make_node("Gather", ["scores", "units"], ["pred"], axis=0)],
    "splitter",
    [
        helper.make_tensor_value_info("units", TensorProto.INT64, ["batch", "time"]),
        helper.make_tensor_value_info("features", TensorProto.FLOAT, ["batch", "time", "feature"]),
    ],
    [helper.make_tensor_value_info("pred", TensorProto.FLOAT, ["batch", "time", 5])],
    [numpy_helper.from_array(scores, "scores")],
)
model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)])
model.ir_version = 8
vocabulary = {"lang": "en", "idx": 0, "cutoff": 0, "lower": False,
              "_unit2id": {unit: index for index, unit in enumerate(UNITS)}, "_id2unit": UNITS}
settings = {"skip_newline": False, "max_seqlen": 1000, "feat_funcs": ["end_of_para"], "batch_size": 8}
for key, value in {"lang_code": "en", "config": json.dumps(settings), "vocab": json.dumps(vocabulary), "lexicon": "null"}.items():
    entry = model.metadata_props.add()
    entry.key, entry.value = key, value
save(model, sys.argv[1])
