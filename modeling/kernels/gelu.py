"""The activation between the two products of a perceptron: x times the normal distribution's
share below x (Hendrycks and Gimpel, 2016, equation 1), in its exact form."""

from __future__ import annotations

import torch
import triton
import triton.language as tl
from torch import Tensor

_BLOCK = 2048
_ROWS, _COLUMNS = 16, 128  # that a program of a backward pass has at once
_CHUNKS = 192  # programs that share the rows of a column, and sum up over theirs
_PEAK = tl.constexpr(0.3989422804014327)  # of the normal density
_HALF_LOG2_E = tl.constexpr(0.7213475204444817)


@triton.jit
def _below(x):
    """The normal distribution's share below x, and exp(-x^2 / 2): Abramowitz and Stegun, 7.1.26,
    within 1e-7, from one exponential that a backward pass needs anyway."""
    bell = tl.exp2(-_HALF_LOG2_E * x * x)
    t = 1.0 / (1.0 + 0.23164190 * tl.abs(x))
    tail = 0.710706871 + t * (-0.726576014 + t * 0.530702715)
    tail = bell * t * (0.127414796 + t * (-0.142248368 + t * tail))
    return tl.where(x < 0, tail, 1.0 - tail), bell


@triton.jit
def _gelu(x, out, count, block: tl.constexpr):
    at = tl.program_id(0).to(tl.int64) * block + tl.arange(0, block)
    found = tl.load(x + at, mask=at < count, other=0.0).to(tl.float32)
    below, _ = _below(found)
    tl.store(out + at, (found * below).to(out.dtype.element_ty), mask=at < count)


@triton.jit(do_not_specialize=["count"])
def _gelu_backward(
    grad, x, sums, count, width: tl.constexpr, rows_each: tl.constexpr, columns: tl.constexpr
):  # fmt: skip
    """Writes the gradient of x over that of what was activated, and sums it over its rows."""
    at = tl.program_id(1) * columns + tl.arange(0, columns)
    total = tl.zeros((rows_each, columns), tl.float32)
    step = tl.num_programs(0) * rows_each
    for first in range(tl.program_id(0) * rows_each, count, step):
        rows = first + tl.arange(0, rows_each)
        there = (rows[:, None] < count) & (at[None, :] < width)
        place = rows[:, None].to(tl.int64) * width + at[None, :]
        value = tl.load(x + place, mask=there, other=0.0).to(tl.float32)
        below, bell = _below(value)
        found = tl.load(grad + place, mask=there, other=0.0).to(tl.float32)
        found *= below + value * bell * _PEAK
        tl.store(grad + place, found.to(grad.dtype.element_ty), mask=there)
        total += found
    tl.store(sums + tl.program_id(0) * width + at, tl.sum(total, 0), mask=at < width)


def gelu(x: Tensor) -> Tensor:
    """Of each number of x."""
    out = torch.empty_like(x)
    _gelu[(triton.cdiv(x.numel(), _BLOCK),)](x, out, x.numel(), block=_BLOCK)
    return out


def gelu_backward(grad: Tensor, x: Tensor) -> tuple[Tensor, Tensor]:
    """The gradient (n, d) of x, written over `grad`, and its sum over rows, (d,) in float32."""
    count, width = x.shape
    chunks = min(_CHUNKS, triton.cdiv(count, _ROWS))
    sums = grad.new_empty(chunks, width, dtype=torch.float32)
    _gelu_backward[(chunks, triton.cdiv(width, _COLUMNS))](
        grad, x, sums, count, width=width, rows_each=_ROWS, columns=_COLUMNS
    )
    return grad, sums.sum(0)
