"""Attention within rows of at most 128 tokens: a program has one head of one row on its chip."""

from __future__ import annotations

from typing import Any

import triton
import triton.language as tl
from torch import Tensor

from modeling.kernels import LONGEST
from modeling.kernels.dropout import NO_DROPOUT, Dropout, kept

_QUERIES = 64  # that a backward pass has at once
_LOG2_E = 1.4426950408889634  # powers of two are quicker than those of e


@triton.jit
def _shares(query, key, at, length, factor):
    """Softmax of the scores (q, k) of the keys that are there."""
    scores = tl.dot(query, tl.trans(key)) * factor
    scores = tl.where(at[None, :] < length, scores, -float("inf"))
    shares = tl.exp2(scores - tl.max(scores, 1)[:, None])
    return shares / tl.sum(shares, 1)[:, None]


@triton.jit(do_not_specialize=["tokens", "seed", "threshold"])
def _forward(
    states, lengths, out, tokens, factor, seed, threshold, grown,
    heads: tl.constexpr, width: tl.constexpr, block: tl.constexpr, drops: tl.constexpr,
):  # fmt: skip
    """Queries, keys and values lie side by side in `states`."""
    program = tl.program_id(0)
    row, head = program // heads, program % heads
    at, part = tl.arange(0, block), tl.arange(0, width)
    there = at[:, None] < tokens
    first = row.to(tl.int64) * tokens
    place = (first + at[:, None]) * (3 * heads * width) + head * width + part[None, :]
    query = tl.load(states + place, mask=there, other=0.0)
    key = tl.load(states + place + heads * width, mask=there, other=0.0)
    value = tl.load(states + place + 2 * heads * width, mask=there, other=0.0)
    shares = _shares(query, key, at, tl.load(lengths + row), factor)
    if drops:
        cell = (program * block + at[:, None]) * block + at[None, :]
        shares = tl.where(kept(cell, seed, threshold), shares * grown, 0.0)
    found = tl.dot(shares.to(value.dtype), value)
    to = (first + at[:, None]) * (heads * width) + head * width + part[None, :]
    tl.store(out + to, found.to(out.dtype.element_ty), mask=there)


@triton.jit(do_not_specialize=["tokens", "seed", "threshold"])
def _backward(
    states, lengths, grad, out, tokens, factor, scale, seed, threshold, grown,
    heads: tl.constexpr, width: tl.constexpr, block: tl.constexpr, drops: tl.constexpr,
    queries: tl.constexpr,
):  # fmt: skip
    """Shares are computed again, of so many `queries` at once: of all, they fill the registers.
    `out` has the gradients of `states`, in their form."""
    program = tl.program_id(0)
    row, head = program // heads, program % heads
    at, part = tl.arange(0, block), tl.arange(0, width)
    there = at[:, None] < tokens
    start = row.to(tl.int64) * tokens
    place = (start + at[:, None]) * (3 * heads * width) + head * width + part[None, :]
    key = tl.load(states + place + heads * width, mask=there, other=0.0)
    value = tl.load(states + place + 2 * heads * width, mask=there, other=0.0)
    length = tl.load(lengths + row)
    d_key = tl.zeros((block, width), tl.float32)
    d_value = tl.zeros((block, width), tl.float32)
    for first in range(0, block, queries):
        some = first + tl.arange(0, queries)
        asked = some[:, None] < tokens
        spot = (start + some[:, None]) * (3 * heads * width) + head * width + part[None, :]
        query = tl.load(states + spot, mask=asked, other=0.0)
        seen = (start + some[:, None]) * (heads * width) + head * width + part[None, :]
        d_found = tl.load(grad + seen, mask=asked, other=0.0)
        shares = _shares(query, key, at, length, factor)
        d_shares = tl.dot(d_found, tl.trans(value))
        used = shares
        if drops:
            cell = (program * block + some[:, None]) * block + at[None, :]
            stays = kept(cell, seed, threshold)
            used = tl.where(stays, shares * grown, 0.0)
            d_shares = tl.where(stays, d_shares * grown, 0.0)
        d_value += tl.dot(tl.trans(used.to(value.dtype)), d_found)
        d_scores = shares * (d_shares - tl.sum(d_shares * shares, 1)[:, None]) * scale
        d_scores = d_scores.to(value.dtype)
        d_query = tl.dot(d_scores, key)
        tl.store(out + spot, d_query.to(out.dtype.element_ty), mask=asked)
        d_key += tl.dot(tl.trans(d_scores), query)
    tl.store(out + place + heads * width, d_key.to(out.dtype.element_ty), mask=there)
    tl.store(out + place + 2 * heads * width, d_value.to(out.dtype.element_ty), mask=there)


def attention(states: Tensor, lengths: Tensor, heads: int, dropout: Dropout = NO_DROPOUT) -> Tensor:
    """Of queries, keys and values (b, t, 3 * d) of rows with `lengths` (b,) tokens, t <= LONGEST:
    (b, t, d). Padding attends too, and means nothing. Dropout is of the shares."""
    rows, tokens, width = states.shape
    out = states.new_empty(rows, tokens, width // 3)
    scale, shape = _shape(states, heads)
    _forward[(rows * heads,)](
        states, lengths, out, tokens, scale * _LOG2_E,
        dropout.seed, dropout.threshold, dropout.factor, **shape, drops=dropout.rate > 0,
    )  # fmt: skip
    return out


def attention_backward(
    grad: Tensor, states: Tensor, lengths: Tensor, heads: int, dropout: Dropout
) -> Tensor:
    """The gradient (b, t, 3 * d) of `states` by that of what `attention` gave, (b, t, d); what is
    padding must have none."""
    rows, tokens, _ = states.shape
    out = states.new_empty(states.shape)
    scale, shape = _shape(states, heads)
    _backward[(rows * heads,)](
        states, lengths, grad, out, tokens, scale * _LOG2_E, scale,
        dropout.seed, dropout.threshold, dropout.factor, **(shape | {"num_warps": 4}),
        drops=dropout.rate > 0, queries=min(_QUERIES, shape["block"]),
    )  # fmt: skip
    return out


def _shape(states: Tensor, heads: int) -> tuple[float, dict[str, Any]]:
    """The factor on scores, and what the kernels are compiled for."""
    _, tokens, width = states.shape
    each = width // 3 // heads
    block = max(16, triton.next_power_of_2(tokens))
    warps = 8 if block == LONGEST else 4
    return each**-0.5, {"heads": heads, "width": each, "block": block, "num_warps": warps}
