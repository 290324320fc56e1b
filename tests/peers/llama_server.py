"""Runs the llama.cpp HTTP server on a model file until it is killed: llama_server.py MODEL PORT."""

import signal
import sys

import xllamacpp

model, port = sys.argv[1], int(sys.argv[2])
params = xllamacpp.CommonParams()
params.model.path = model
params.model_alias = {"random"}
params.hostnames = ["127.0.0.1"]
params.port = port
params.n_ctx = 16384  # shared by the slots: 4,096 tokens for each request
params.n_parallel = 4
params.cpuparams.n_threads = 2
params.warmup = False
params.use_jinja = True
params.api_keys = ["sk-peer"]
server = xllamacpp.Server(params)
print(server.listening_address, flush=True)
signal.pause()
