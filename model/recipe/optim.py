"""How a step is computed: the loss, the sharing of a batch among cores, the optimiser, and the first embeddings."""

from __future__ import annotations

import math
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Callable

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from common import PAD, Marian
from data import Data


class SmoothLoss(torch.autograd.Function):
    """Label-smoothed cross-entropy over a large vocabulary, its gradient made in the same sweep. The logits never
    exist as a whole: each block of rows stays in the cache between the three matrix products."""

    @staticmethod
    def forward(ctx, h: Tensor, emb: Tensor, target: Tensor, eps: float, block: int) -> tuple[Tensor, Tensor]:
        n, v = h.shape[0], emb.shape[0]
        low = torch.bfloat16 if torch.is_autocast_enabled(h.device.type) else h.dtype
        h, e = h.to(low), emb.to(low)
        loss, nll = torch.zeros((), device=h.device), torch.zeros((), device=h.device)
        grad_h, grad_e = torch.empty_like(h), torch.zeros(emb.shape, device=h.device)
        for s in range(0, n, block):
            hb, tb = h[s:s + block], target[s:s + block, None]
            z = (hb @ e.T).float()
            own, mean = z.gather(1, tb), z.mean(1, keepdim=True)
            g = z.softmax(1)
            lse = own - g.gather(1, tb).clamp_min(1e-30).log()  # one sweep over the exponentials instead of two
            nll += (lse - own).sum()
            loss += ((lse - own) * (1 - eps) + (lse - mean) * eps).sum()
            g.sub_(eps / v)
            g.scatter_add_(1, tb, torch.full_like(own, eps - 1))
            g = g.to(low)
            grad_h[s:s + block] = g @ e
            grad_e += g.T @ hb
        ctx.save_for_backward(grad_h, grad_e)
        ctx.n = n
        ctx.mark_non_differentiable(nll)
        return loss / n, nll.div_(n)

    @staticmethod
    def backward(ctx, grad: Tensor, _):
        grad_h, grad_e = ctx.saved_tensors
        return grad_h * (grad / ctx.n).to(grad_h.dtype), grad_e * (grad / ctx.n), None, None, None


class Guide:
    """Soft word alignments from a lexical table (IBM model 1 with a liking for the diagonal), as a teacher of the
    cross-attention. Attention needs most of a short training to find out by itself where to look."""

    def __init__(self, data: Data, vocab: int, pairs: int = 40000, rounds: int = 4):
        best = np.argsort(-data.weight, kind="stable")[:pairs].tolist()
        best.sort(key=lambda k: data.tgt.lengths[k])
        best = np.array(best)
        self.table = torch.ones(vocab, vocab)  # [source piece, target piece]
        for _ in range(rounds):
            counts = torch.zeros(vocab * vocab)
            for n in range(0, len(best), 256):
                src, _, out = data.tensors(best[n:n + 256], "cpu")
                where = src[:, None] * vocab + out[:, :, None]
                counts.index_add_(0, where.flatten(), self.align(src, out).flatten())
            counts = counts.view(vocab, vocab)
            self.table = counts / counts.sum(1, keepdim=True).clamp_min(1e-9)

    def align(self, src: Tensor, out: Tensor) -> Tensor:
        """P(source position | target position), zero at padding: (batch, target, source)."""
        n, m = ((x != PAD).sum(1).view(-1, 1, 1) for x in (src, out))
        i = torch.arange(src.shape[1], device=src.device).view(1, 1, -1) / n
        j = torch.arange(out.shape[1], device=src.device).view(1, -1, 1) / m
        p = (self.table[src[:, None], out[:, :, None]] + 1e-6) * torch.exp(-4 * (i - j).abs())
        p = p * (src != PAD)[:, None]
        return p / p.sum(2, keepdim=True) * (out != PAD)[:, :, None]

    def loss(self, attention: Tensor, src: Tensor, out: Tensor) -> Tensor:
        return -(self.align(src, out) * (attention + 1e-5).log()).sum() / (out != PAD).sum()


def step_loss(model: Marian, data: Data, batch: np.ndarray, device: str, eps: float, guide: Guide | None = None,
              share: float = 0.0) -> tuple[Tensor, Tensor, int]:
    """Mean loss of a batch, its mean negative log-likelihood, and its tokens. Nothing here waits for a GPU."""
    weights: list[Tensor] | None = [] if guide and share > 0 else None
    src, tgt_in, out = data.tensors(batch, device)
    lengths = data.tgt.lengths[batch]
    count = int(lengths.sum())
    column = np.arange(count) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    real = torch.from_numpy(np.repeat(np.arange(len(batch)) * out.shape[1], lengths) + column).to(device, non_blocking=True)
    h = model(src, tgt_in, weights)
    block = 256 if h.device.type == "cpu" else 1 << 20
    loss, nll = SmoothLoss.apply(h.flatten(0, 1).index_select(0, real), model.model.shared.weight,
                                 out.flatten()[real], eps, block)
    if weights:
        loss = loss + share * guide.loss(weights[0], src, out)
    return loss, nll, count


class Pool:
    """Workers with one core each that share out small pieces of a batch. On a busy machine this is far ahead of
    many threads inside one operation, where each of thousands of barriers a second waits for the slower core.
    On a GPU there is one worker and the whole batch is one piece."""

    def __init__(self, workers: int):
        self.threads = ThreadPoolExecutor(workers) if workers > 1 else None

    def run(self, parts: list[Callable]) -> list:
        if self.threads is None:
            return [part() for part in parts]
        return [f.result() for f in [self.threads.submit(part) for part in parts]]


def gradients(model: Marian, data: Data, batch: np.ndarray, piece: int, device: str, eps: float, pool: Pool,
              guide: Guide | None = None, share: float = 0.0) -> tuple[list[Tensor], Tensor, int]:
    """The gradients of the mean loss over the batch, the summed negative log-likelihood, and the tokens."""
    params = list(model.parameters())
    count = int(data.tgt.lengths[batch].sum())
    pieces, part, width = [], [], 0
    longest = np.maximum(data.src.lengths[batch], data.tgt.lengths[batch])
    for k in np.argsort(-longest, kind="stable").tolist():  # the long ones first, for an even finish
        width = max(width, int(longest[k]))
        if part and width * (len(part) + 1) > piece:
            pieces.append(batch[part])
            part, width = [], int(longest[k])
        part.append(k)
    pieces.append(batch[part])
    sums: dict[int, list[Tensor]] = {}

    def work(part: np.ndarray) -> Tensor:
        with torch.autocast(device, torch.bfloat16, enabled=params[0].dtype == torch.float32):
            loss, nll, n = step_loss(model, data, part, device, eps, guide, share)
        grads = torch.autograd.grad(loss * (n / count), params)
        mine = sums.setdefault(threading.get_ident(), [])
        if mine:
            torch._foreach_add_(mine, grads)
        else:
            mine.extend(grads)
        return nll * n

    total = sum(pool.run([lambda part=part: work(part) for part in pieces]))
    first, *others = sums.values()
    for more in others:
        torch._foreach_add_(first, more)
    return first, total, count


class Muon:
    """Orthogonalised momentum for the weight matrices of the layers, Adam for everything else. Chosen because it is
    known to need fewer steps than Adam alone on small budgets; `--adam` is there to compare, which was not done yet."""

    def __init__(self, model: Marian, momentum: float = 0.95, betas: tuple[float, float] = (0.9, 0.98),
                 use: bool = True):
        self.momentum, self.betas, self.t = momentum, betas, 0
        named = [(n, p) for n, p in model.named_parameters()]
        matrix = [p for n, p in named if use and p.ndim == 2 and "shared" not in n]
        shapes = {p.shape for p in matrix}
        self.groups = [[p for p in matrix if p.shape == s] for s in sorted(shapes)]
        self.bufs = [torch.zeros(len(g), *g[0].shape, device=g[0].device) for g in self.groups]
        ids = {id(p) for p in matrix}
        self.rest = [p for _, p in named if id(p) not in ids]
        self.m, self.v = ([torch.zeros_like(p) for p in self.rest] for _ in range(2))

    def state(self) -> dict:
        return {"t": self.t, "bufs": self.bufs, "m": self.m, "v": self.v}

    def load(self, s: dict) -> None:
        self.t = s["t"]
        for mine, theirs in ((self.bufs, s["bufs"]), (self.m, s["m"]), (self.v, s["v"])):
            for a, b in zip(mine, theirs, strict=True):
                a.copy_(b)

    def step(self, lr: float, decay: float, pool: Pool) -> None:
        self.t += 1
        parts = [lambda: self.adam(lr)]
        parts += [lambda g=group, b=buf: self.muon(g, b, lr, decay) for group, buf in zip(self.groups, self.bufs)]
        pool.run(parts)

    @torch.no_grad()
    def muon(self, group: list[Tensor], buf: Tensor, lr: float, decay: float) -> None:
        g = torch.stack([p.grad for p in group])
        buf.lerp_(g, 1 - self.momentum)
        u = orthogonal(g.lerp(buf, self.momentum))
        torch._foreach_mul_(group, 1 - lr * decay)
        scale = lr * 0.2 * math.sqrt(max(u.shape[1:]))  # the size of an Adam step
        torch._foreach_sub_(group, list(u.float().unbind()), alpha=scale)

    @torch.no_grad()
    def adam(self, lr: float) -> None:
        b1, b2 = self.betas
        torch.nn.utils.clip_grad_norm_(self.rest, 1.0)  # orthogonal steps have their own size
        grads = [p.grad for p in self.rest]
        torch._foreach_lerp_(self.m, grads, 1 - b1)
        torch._foreach_mul_(self.v, b2)
        torch._foreach_addcmul_(self.v, grads, grads, 1 - b2)
        den = torch._foreach_div(self.v, 1 - b2 ** self.t)
        torch._foreach_sqrt_(den)
        torch._foreach_add_(den, 1e-8)
        torch._foreach_addcdiv_(self.rest, self.m, den, value=-lr / (1 - b1 ** self.t))


# Coefficients that send all singular values of a normalised matrix near 1 in four steps (Polar Express, arXiv 2505.16932)
POLAR = ((8.28721, -23.59589, 17.30039), (4.10706, -2.94785, 0.54484), (3.94869, -2.90890, 0.55182),
         (3.31842, -2.48849, 0.51005))


def orthogonal(g: Tensor) -> Tensor:
    """The nearest orthogonal matrix, roughly, for a stack of matrices."""
    x = g.bfloat16()
    tall = x.shape[1] > x.shape[2]
    x = x.mT.contiguous() if tall else x
    x = x / (x.norm(dim=(1, 2), keepdim=True) * 1.01 + 1e-7)
    for a, b, c in POLAR:
        s = x @ x.mT
        x = torch.baddbmm(x, torch.baddbmm(s, s, s, beta=b, alpha=c), x, beta=a)
    return x.mT if tall else x


def bilingual_embeddings(data: Data, vocab: int, dim: int) -> Tensor:
    """Vectors in which a word lies near its translation, from nothing but which pieces share a sentence pair
    (positive pointwise information of piece x pair, reduced by its leading directions). Since input and output
    share them, the network starts by nearly knowing the dictionary."""
    pick = np.argsort(-data.weight, kind="stable")[:80000]
    used = [np.unique(np.concatenate([data.src[k], data.tgt[k]])) for k in pick]
    rows = torch.from_numpy(np.concatenate(used).astype(np.int64))
    cols = torch.from_numpy(np.repeat(np.arange(len(used)), [len(u) for u in used]))
    freq = torch.bincount(rows, minlength=vocab).float()
    size = torch.tensor([float(len(u)) for u in used])
    ppmi = (math.log(len(rows)) - freq[rows].log() - size[cols].log()).clamp_min(0)
    x = torch.sparse_coo_tensor(torch.stack([rows, cols]), ppmi, (vocab, len(used))).coalesce()
    norm = torch.sparse.sum(x * x, 1).to_dense().clamp_min(1e-6).rsqrt()
    x = torch.sparse_coo_tensor(x.indices(), x.values() * norm[x.indices()[0]], x.shape)
    xt = x.t().to_sparse_csr()
    x = x.to_sparse_csr()
    q = torch.linalg.qr(torch.randn(vocab, dim + 32)).Q
    for _ in range(4):  # subspace iteration on x @ x.T, which is never formed
        q = torch.linalg.qr(x @ (xt @ q)).Q
    small = xt @ q
    val, vec = torch.linalg.eigh(small.T @ small)
    vec = (q @ vec[:, -dim - 1:-1].flip(1)) * val[-dim - 1:-1].flip(0).clamp_min(0) ** 0.25
    vec = vec @ torch.linalg.qr(torch.randn(dim, dim)).Q  # spread the information over all heads
    vec = F.normalize(vec, dim=1)
    unseen = freq < 3
    vec[unseen] = F.normalize(torch.randn(int(unseen.sum()), dim), dim=1)
    return vec
