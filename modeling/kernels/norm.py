"""What is between two matrix products around a residual: bias, dropout, sum and layer norm."""

from __future__ import annotations

from typing import Any

import torch
import triton
import triton.language as tl
from torch import Tensor

from modeling.kernels.dropout import Dropout, kept

_ROWS = 8  # that a program normalises
_PROGRAMS = 2112  # of a backward pass, a row at a time: sixteen a multiprocessor of an H100


@triton.jit(do_not_specialize=["count"])
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
    found, _ = _standardised(found, within, eps, width)
    found *= tl.load(scale + at, mask=within, other=0.0).to(tl.float32)[None, :]
    found += tl.load(shift + at, mask=within, other=0.0).to(tl.float32)[None, :]
    tl.store(out + place, found.to(out.dtype.element_ty), mask=there)


@triton.jit
def _standardised(x, within, eps, width: tl.constexpr):
    """(rows, block) of mean 0 and spread 1 in each row, and what it was divided by, inverse."""
    found = tl.where(within[None, :], x - (tl.sum(x, 1) / width)[:, None], 0.0)
    inverse = 1.0 / tl.sqrt(tl.sum(found * found, 1) / width + eps)
    return found * inverse[:, None], inverse


@triton.jit(do_not_specialize=["count", "seed", "threshold"])
def _add_norm(
    branch, bias, trunk, scale, shift, summed, out, count, eps, seed, threshold, grown,
    width: tl.constexpr, block: tl.constexpr, per_program: tl.constexpr, drops: tl.constexpr,
):  # fmt: skip
    rows = tl.program_id(0) * per_program + tl.arange(0, per_program)
    at = tl.arange(0, block)
    within = at < width
    there = (rows[:, None] < count) & within[None, :]
    place = rows[:, None].to(tl.int64) * width + at[None, :]
    found = tl.load(branch + place, mask=there, other=0.0).to(tl.float32)
    found += tl.load(bias + at, mask=within, other=0.0)[None, :]
    if drops:
        found = tl.where(kept(place, seed, threshold), found * grown, 0.0)
    found += tl.load(trunk + place, mask=there, other=0.0).to(tl.float32)
    rounded = found.to(summed.dtype.element_ty)  # as the backward pass will read it
    tl.store(summed + place, rounded, mask=there)
    found, _ = _standardised(rounded.to(tl.float32), within, eps, width)
    found *= tl.load(scale + at, mask=within, other=0.0)[None, :]
    found += tl.load(shift + at, mask=within, other=0.0)[None, :]
    tl.store(out + place, found.to(out.dtype.element_ty), mask=there)


@triton.jit(do_not_specialize=["count", "seed", "threshold"])
def _add_norm_backward(
    grad, summed, scale, d_trunk, d_branch, sums, count, eps, seed, threshold, grown,
    width: tl.constexpr, block: tl.constexpr, drops: tl.constexpr,
):  # fmt: skip
    at = tl.arange(0, block)
    within = at < width
    factors = tl.load(scale + at, mask=within, other=0.0)[None, :]
    d_scale = tl.zeros((1, block), tl.float32)
    d_shift = tl.zeros((1, block), tl.float32)
    d_bias = tl.zeros((1, block), tl.float32)
    for row in range(tl.program_id(0), count, tl.num_programs(0)):
        rows = row + tl.arange(0, 1)
        there = within[None, :]
        place = rows[:, None].to(tl.int64) * width + at[None, :]
        d_out = tl.load(grad + place, mask=there, other=0.0).to(tl.float32)
        x = tl.load(summed + place, mask=there, other=0.0).to(tl.float32)
        x, inverse = _standardised(x, within, eps, width)
        d_scale += d_out * x
        d_shift += d_out
        d_out *= factors
        mean = tl.sum(d_out, 1) / width
        along = tl.sum(d_out * x, 1) / width
        d_sum = (d_out - mean[:, None] - x * along[:, None]) * inverse[:, None]
        tl.store(d_trunk + place, d_sum.to(d_trunk.dtype.element_ty), mask=there)
        if drops:
            d_sum = tl.where(kept(place, seed, threshold), d_sum * grown, 0.0)
        tl.store(d_branch + place, d_sum.to(d_branch.dtype.element_ty), mask=there)
        d_bias += d_sum
    to = sums + tl.program_id(0) * (3 * width) + at
    tl.store(to, tl.sum(d_scale, 0), mask=within)
    tl.store(to + width, tl.sum(d_shift, 0), mask=within)
    tl.store(to + 2 * width, tl.sum(d_bias, 0), mask=within)


def norm(x: Tensor, bias: Tensor, layer_norm: Any) -> Tensor:
    """Layer norm of x + bias: x (n, d), bias (d,), and the module that has scale and shift."""
    count, width = x.shape
    out = x.new_empty(count, width)
    _norm[(triton.cdiv(count, _ROWS),)](
        x, bias, layer_norm.weight, layer_norm.bias, out, count, layer_norm.eps, **_shape(width)
    )
    return out


def add_norm(
    branch: Tensor, bias: Tensor, trunk: Tensor, layer_norm: Any, dropout: Dropout
) -> tuple[Tensor, Tensor]:
    """Trunk plus dropout of branch + bias, all (n, d), before and after its layer norm."""
    count, width = branch.shape
    summed, out = torch.empty_like(trunk), torch.empty_like(trunk)
    _add_norm[(triton.cdiv(count, _ROWS),)](
        branch, bias, trunk, layer_norm.weight, layer_norm.bias, summed, out, count, layer_norm.eps,
        dropout.seed, dropout.threshold, dropout.factor, **_shape(width), drops=dropout.rate > 0,
    )  # fmt: skip
    return summed, out


def add_norm_backward(
    grad: Tensor, summed: Tensor, layer_norm: Any, dropout: Dropout
) -> tuple[Tensor, Tensor, Tensor]:
    """By the gradient of what was normed: those of trunk and branch, (n, d), and of the norm's
    scale, its shift and the bias, (3, d) in float32."""
    count, width = grad.shape
    d_trunk, d_branch = torch.empty_like(summed), torch.empty_like(summed)
    programs = min(_PROGRAMS, count)
    sums = grad.new_empty(programs, 3, width, dtype=torch.float32)
    block = triton.next_power_of_2(width)
    _add_norm_backward[(programs,)](
        grad, summed, layer_norm.weight, d_trunk, d_branch, sums, count, layer_norm.eps,
        dropout.seed, dropout.threshold, dropout.factor,
        width=width, block=block, drops=dropout.rate > 0, num_warps=max(1, block // 512),
    )  # fmt: skip
    return d_trunk, d_branch, sums.sum(0)


def _shape(width: int) -> dict[str, int]:
    block = triton.next_power_of_2(width)
    return {"width": width, "block": block, "per_program": _ROWS, "num_warps": 4}
