"""Triton kernels for the encoders of BERT's family in bfloat16 on a CUDA device.

An encoder of 384 numbers a token is bound by memory, not by arithmetic: what one operation writes
the next one reads. So attention never leaves the chip, and what lies between two matrix products is
one pass. Float32 inside, bfloat16 outside.
"""

from __future__ import annotations

from typing import Any

import triton
import triton.language as tl
from torch import Tensor

LONGEST = 128  # tokens of a row that attention takes as one block
_LOG2_E = 1.4426950408889634  # powers of two are quicker than those of e
_ROWS = 16  # that a program normalises


@triton.jit
def _norm(
    x, bias, scale, shift, out, count, eps,
    width: tl.constexpr, block: tl.constexpr, per_program: tl.constexpr,
):  # fmt: skip
    rows = tl.program_id(0) * per_program + tl.arange(0, per_program)
    at = tl.arange(0, block)
    within = at < width
    there = (rows[:, None] < count) & within[None, :]
    place = rows[:, None].to(tl.int64) * width + at[None, :]
    found = tl.load(x + place, mask=there, other=0.0).to(tl.float32)
    found += tl.load(bias + at, mask=within, other=0.0).to(tl.float32)[None, :]
    mean = tl.sum(found, 1) / width
    found = tl.where(within[None, :], found - mean[:, None], 0.0)
    spread = 1.0 / tl.sqrt(tl.sum(found * found, 1) / width + eps)
    found *= spread[:, None] * tl.load(scale + at, mask=within, other=0.0).to(tl.float32)[None, :]
    found += tl.load(shift + at, mask=within, other=0.0).to(tl.float32)[None, :]
    tl.store(out + place, found.to(out.dtype.element_ty), mask=there)


@triton.autotune([triton.Config({}, num_warps=warps) for warps in (2, 4, 8)], key=["block"])
@triton.jit
def _attention(
    states, lengths, out, tokens, factor,
    heads: tl.constexpr, width: tl.constexpr, block: tl.constexpr,
):  # fmt: skip
    """One head of one row: queries, keys and values lie side by side in `states`."""
    row, head = tl.program_id(0) // heads, tl.program_id(0) % heads
    length = tl.load(lengths + row)
    at, part = tl.arange(0, block), tl.arange(0, width)
    there = at[:, None] < tokens
    first = row.to(tl.int64) * tokens
    place = (first + at[:, None]) * (3 * heads * width) + head * width + part[None, :]
    query = tl.load(states + place, mask=there, other=0.0)
    key = tl.load(states + place + heads * width, mask=there, other=0.0)
    value = tl.load(states + place + 2 * heads * width, mask=there, other=0.0)
    scores = tl.dot(query, tl.trans(key)) * factor
    scores = tl.where(at[None, :] < length, scores, -float("inf"))
    shares = tl.exp2(scores - tl.max(scores, 1)[:, None])
    total = tl.sum(shares, 1)
    found = tl.dot(shares.to(value.dtype), value) / total[:, None]
    to = (first + at[:, None]) * (heads * width) + head * width + part[None, :]
    tl.store(out + to, found.to(out.dtype.element_ty), mask=there)


def norm(x: Tensor, bias: Tensor, layer_norm: Any) -> Tensor:
    """Layer norm of x + bias: x (n, d), bias (d,), and the module that has scale and shift."""
    count, width = x.shape
    out = x.new_empty(count, width)
    _norm[(triton.cdiv(count, _ROWS),)](
        x, bias, layer_norm.weight, layer_norm.bias, out, count, layer_norm.eps,
        width=width, block=triton.next_power_of_2(width), per_program=_ROWS, num_warps=8,
    )  # fmt: skip
    return out


def attention(states: Tensor, lengths: Tensor, heads: int) -> Tensor:
    """Of queries, keys and values (b, t, 3 * d) of rows with `lengths` (b,) tokens, t <= LONGEST:
    (b, t, d). Padding attends too, and means nothing."""
    rows, tokens, width = states.shape
    out = states.new_empty(rows, tokens, width // 3)
    each = width // 3 // heads
    _attention[(rows * heads,)](
        states, lengths, out, tokens, each**-0.5 * _LOG2_E,
        heads=heads, width=each, block=max(16, triton.next_power_of_2(tokens)),
    )  # fmt: skip
    return out
