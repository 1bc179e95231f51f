"""A layer of BERT's family through the kernels, forward and back.

Saved for the backward pass are the inputs of the products and of the norms; shares of attention and
what is dropped are found again. The gradients of weights are float32, as the weights are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from modeling.kernels.attention import attention, attention_backward
from modeling.kernels.dropout import Dropout
from modeling.kernels.gelu import gelu, gelu_backward
from modeling.kernels.norm import add_norm, add_norm_backward

HALF = torch.bfloat16


@dataclass(frozen=True, slots=True)
class LayerDropout:
    """Of attention's shares, and of the two branches that are added to what was before."""

    shares: Dropout
    attended: Dropout
    outer: Dropout


class TrainedLayer:
    """The weights of one layer of transformers, and its matrices in bfloat16: queries, keys and
    values in one."""

    def __init__(self, layer: Any, heads: int) -> None:
        self.heads = heads
        read, attended, output = layer.attention.self, layer.attention.output, layer.output
        self.attended_norm, self.outer_norm = attended.LayerNorm, output.LayerNorm
        self.attended_bias, self.outer_bias = attended.dense.bias, output.dense.bias
        self.shares_rate, self.attended_rate = read.dropout.p, attended.dropout.p
        self.outer_rate = output.dropout.p
        self._parts = (read.query, read.key, read.value)
        self._products = (attended.dense, layer.intermediate.dense, output.dense)
        self.read_weight, self.read_bias, self._pairs = self._halves()

    def _halves(self) -> tuple[Tensor, Tensor, list[tuple[Tensor, Tensor]]]:
        def half(shape: Sequence[int]) -> Tensor:
            like = self._parts[0].weight
            return torch.empty(tuple(shape), dtype=HALF, device=like.device)

        width = self._parts[0].weight.shape[0]
        weight, bias = half((3 * width, self._parts[0].weight.shape[1])), half((3 * width,))
        pairs = [
            (whole[i * width : (i + 1) * width], source)
            for i, part in enumerate(self._parts)
            for whole, source in ((weight, part.weight), (bias, part.bias))
        ]
        self.attended_weight, self.inner_weight, self.outer_weight = (
            half(product.weight.shape) for product in self._products
        )
        attended, inner, outer = self._products
        self.inner_bias = half(inner.bias.shape)
        pairs += [(self.attended_weight, attended.weight), (self.inner_weight, inner.weight)]
        pairs += [(self.inner_bias, inner.bias), (self.outer_weight, outer.weight)]
        return weight, bias, pairs

    @property
    def copies(self) -> list[tuple[Tensor, Tensor]]:
        """Each matrix in bfloat16, and the one in float32 that it has to be a copy of."""
        return self._pairs

    @property
    def parameters(self) -> list[nn.Parameter]:
        """In the order in which `_Layer` gives gradients."""
        found = [p for part in self._parts for p in (part.weight, part.bias)]
        attended, inner, outer = self._products
        norms = (self.attended_norm, None, self.outer_norm)
        for product, norm in zip((attended, inner, outer), norms, strict=True):
            found += [product.weight, product.bias]
            found += [norm.weight, norm.bias] if norm is not None else []
        return found

    def __call__(self, states: Tensor, lengths: Tensor, seeds: Sequence[int]) -> Tensor:
        """(n, d) in bfloat16 to the same, n = len(lengths) times the padded width; three seeds."""
        rates = (self.shares_rate, self.attended_rate, self.outer_rate)
        dropout = LayerDropout(*(Dropout(r, s) for r, s in zip(rates, seeds, strict=True)))
        return torch.as_tensor(_Layer.apply(self, dropout, lengths, states, *self.parameters))


class _Layer(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any,
        layer: TrainedLayer,
        dropout: LayerDropout,
        lengths: Tensor,
        states: Tensor,
        *parameters: Tensor,
    ) -> Tensor:
        rows, width = len(lengths), states.shape[1]
        read = torch.addmm(layer.read_bias, states, layer.read_weight.t()).view(rows, -1, 3 * width)
        seen = attention(read, lengths, layer.heads, dropout.shares).view(-1, width)
        summed, middle = add_norm(
            seen @ layer.attended_weight.t(), layer.attended_bias, states,
            layer.attended_norm, dropout.attended,
        )  # fmt: skip
        inner = torch.addmm(layer.inner_bias, middle, layer.inner_weight.t())
        active = gelu(inner)
        last_summed, out = add_norm(
            active @ layer.outer_weight.t(), layer.outer_bias, middle,
            layer.outer_norm, dropout.outer,
        )  # fmt: skip
        ctx.layer, ctx.dropout = layer, dropout
        ctx.save_for_backward(
            lengths, states, read, seen, summed, middle, inner, active, last_summed
        )
        return out

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> Any:
        layer, dropout = ctx.layer, ctx.dropout
        lengths, states, read, seen, summed, middle, inner, active, last_summed = ctx.saved_tensors
        d_middle, d_branch, outer_sums = add_norm_backward(
            grads[0].contiguous(), last_summed, layer.outer_norm, dropout.outer
        )
        d_outer = _of_weight(d_branch, active)
        d_inner, d_inner_bias = gelu_backward(d_branch @ layer.outer_weight, inner)
        d_inner_weight = _of_weight(d_inner, middle)
        d_middle.addmm_(d_inner, layer.inner_weight)
        d_states, d_branch, sums = add_norm_backward(
            d_middle, summed, layer.attended_norm, dropout.attended
        )
        d_attended = _of_weight(d_branch, seen)
        d_seen = (d_branch @ layer.attended_weight).view(len(lengths), -1, seen.shape[1])
        d_read = attention_backward(d_seen, read, lengths, layer.heads, dropout.shares)
        d_read = d_read.view(len(states), -1)
        d_states.addmm_(d_read, layer.read_weight)
        d_parts = zip(
            _of_weight(d_read, states).chunk(3),
            d_read.sum(0, dtype=torch.float32).chunk(3),
            strict=True,
        )
        return (
            None, None, None, d_states, *(d for part in d_parts for d in part),
            d_attended, sums[2], sums[0], sums[1], d_inner_weight, d_inner_bias,
            d_outer, outer_sums[2], outer_sums[0], outer_sums[1],
        )  # fmt: skip


def _of_weight(d_out: Tensor, given: Tensor) -> Tensor:
    """The gradient (o, i) of a matrix that made (n, o) of (n, i), in float32."""
    if d_out.device.type != "cuda":
        return d_out.t().float() @ given.float()
    return torch.mm(d_out.t(), given, out_dtype=torch.float32)
