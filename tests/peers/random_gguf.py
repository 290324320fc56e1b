"""Writes a llama model whose next byte does not depend on what came before: random_gguf.py FILE.

All attention and feed-forward weights are zero and every embedding is the same vector, so the logits are one fixed row:
the likelihood of each byte. Letters and spaces are likely, a quotation mark now and then, so that strings forced by a
grammar end by themselves.
"""

import sys

import gguf
import numpy as np

WIDTH, HEADS, INNER, CONTEXT = 32, 2, 32, 16384
SPECIAL = ["<|end|>", "<|start|>", "<|turn|>", "<|pad|>"]
TEMPLATE = (
    "{% for message in messages %}<|start|>{{ message.role }}\n{{ message.content }}<|turn|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|start|>assistant\n{% endif %}"
)


def byte_letters():
    """The printable letter that stands for each byte in a GPT-2 vocabulary."""
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    spare = iter(range(256, 512))
    return [chr(byte if byte in printable else next(spare)) for byte in range(256)]


def likelihood(byte):
    letter = chr(byte)
    if byte > 126 or (byte < 32):
        return -9.0
    if letter == " ":
        return 2.5
    if letter.islower():
        return 1.5
    if letter == '"':
        return 1.2
    if letter == "{":
        return 2.0
    if letter == "]":
        return -4.0  # so that a list that a grammar forces is seldom empty
    if letter in "},:":
        return 0.3
    if letter == "\\":
        return -9.0
    return -1.0


letters = byte_letters()
pair = letters[ord("q")] + letters[ord("z")]
tokens = [*letters, pair, *SPECIAL]
logits = np.array([*map(likelihood, range(256)), -9.0, -9.0, -9.0, 0.5, -9.0], dtype=np.float32)
kinds = [gguf.TokenType.NORMAL] * 257 + [gguf.TokenType.CONTROL] * len(SPECIAL)

writer = gguf.GGUFWriter(sys.argv[1], "llama")
writer.add_name("random")
writer.add_context_length(CONTEXT)
writer.add_embedding_length(WIDTH)
writer.add_block_count(1)
writer.add_feed_forward_length(INNER)
writer.add_head_count(HEADS)
writer.add_head_count_kv(HEADS)
writer.add_rope_dimension_count(WIDTH // HEADS)
writer.add_layer_norm_rms_eps(1e-5)
writer.add_vocab_size(len(tokens))
writer.add_file_type(gguf.LlamaFileType.ALL_F32)
writer.add_tokenizer_model("gpt2")
writer.add_tokenizer_pre("gpt-2")
writer.add_token_list(tokens)
writer.add_token_types(kinds)
writer.add_token_merges([f"{letters[ord('q')]} {letters[ord('z')]}"])
writer.add_bos_token_id(257)
writer.add_eos_token_id(259)
writer.add_pad_token_id(260)
writer.add_add_bos_token(False)
writer.add_chat_template(TEMPLATE)

ones = np.ones(WIDTH, dtype=np.float32)
row = np.zeros((len(tokens), WIDTH), dtype=np.float32)
row[:, 0] = logits
writer.add_tensor("token_embd.weight", np.ones((len(tokens), WIDTH), dtype=np.float32))
writer.add_tensor("output_norm.weight", ones)
writer.add_tensor("output.weight", row)
shapes = {
    "attn_q": (WIDTH, WIDTH), "attn_k": (WIDTH, WIDTH), "attn_v": (WIDTH, WIDTH), "attn_output": (WIDTH, WIDTH),
    "ffn_gate": (INNER, WIDTH), "ffn_up": (INNER, WIDTH), "ffn_down": (WIDTH, INNER),
}
writer.add_tensor("blk.0.attn_norm.weight", ones)
writer.add_tensor("blk.0.ffn_norm.weight", ones)
for name, shape in shapes.items():
    writer.add_tensor(f"blk.0.{name}.weight", np.zeros(shape, dtype=np.float32))
writer.write_header_to_file()
writer.write_kv_data_to_file()
writer.write_tensors_to_file()
writer.close()
