"""Encoders of BERT's family on a CUDA device in bfloat16, through kernels of our own.

The network is copied, and its stacks of layers are replaced by ones that do the same in seven
operations a layer; embeddings and heads stay as they are. Of the last layer no more is computed
than a head reads, which is the first token.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from importlib.util import find_spec
from typing import Any, cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn.functional import linear, scaled_dot_product_attention

from modeling.engines import Features, TextNetwork

_FAMILY = ("bert", "roberta", "xlm-roberta", "camembert", "electra")
_HEAD_WIDTHS = (16, 32, 64, 128)


class FusedLayers(nn.Module):
    """In place of the `encoder` of a model of the family; `lengths` (b,) of the rows (b, t) are
    set before each pass, and what masks it is given are not looked at."""

    lengths: Tensor

    def __init__(self, layers: Any, heads: int, *, first_only: bool) -> None:
        super().__init__()
        self.heads, self.first_only = heads, first_only
        self.layers = nn.ModuleList(_Layer(layer) for layer in layers)

    def forward(self, hidden_states: Tensor, *_: Any, **__: Any) -> Any:
        """States (b, t, d) after the last layer, or (b, 1, d) of the first token where only that
        is read, in the form that transformers has for them."""
        from transformers.modeling_outputs import BaseModelOutputWithPastAndCrossAttentions

        rows, _tokens, width = hidden_states.shape
        *first, last = cast(list[_Layer], list(self.layers))
        states = hidden_states.reshape(-1, width)
        for layer in first:
            states = layer(states, self.lengths, self.heads)
        closing = last.first_token if self.first_only else last
        states = closing(states, self.lengths, self.heads).view(rows, -1, width)
        return BaseModelOutputWithPastAndCrossAttentions(last_hidden_state=states)


class _Layer(nn.Module):
    """One layer's weights, queries, keys and values in one matrix."""

    def __init__(self, layer: Any) -> None:
        super().__init__()
        attended, output, read = layer.attention.output, layer.output, layer.attention.self
        parts = (read.query, read.key, read.value)
        self.read_weight = nn.Parameter(torch.cat([part.weight for part in parts]))
        self.read_bias = nn.Parameter(torch.cat([part.bias for part in parts]))
        self.attended, self.attended_norm = attended.dense, attended.LayerNorm
        self.inner, self.outer = layer.intermediate.dense, output.dense
        self.outer_norm = output.LayerNorm

    def forward(self, states: Tensor, lengths: Tensor, heads: int) -> Tensor:
        """(n, d) to (n, d), n = len(lengths) times the padded width. Writes over `states`."""
        from modeling.kernels import LONGEST
        from modeling.kernels.attention import attention

        rows, width = len(lengths), states.shape[-1]
        read = linear(states, self.read_weight, self.read_bias).view(rows, -1, 3 * width)
        if read.shape[1] <= LONGEST:
            seen = attention(read, lengths, heads)
        else:
            query, key, value = read.view(rows, -1, 3, heads, width // heads).permute(2, 0, 3, 1, 4)
            seen = _attend(query, key, value, lengths).transpose(1, 2)
        return self._rest(seen.reshape(-1, width), states)

    def first_token(self, states: Tensor, lengths: Tensor, heads: int) -> Tensor:
        """(n, d) to (len(lengths), d): what the layer makes of the first token of each row."""
        rows, width = len(lengths), states.shape[-1]
        first = states.view(rows, -1, width)[:, 0].contiguous()
        query = linear(first, self.read_weight[:width], self.read_bias[:width])
        read = linear(states, self.read_weight[width:], self.read_bias[width:])
        key, value = read.view(rows, -1, 2, heads, width // heads).permute(2, 0, 3, 1, 4)
        seen = _attend(query.view(rows, heads, 1, -1), key, value, lengths)
        return self._rest(seen.reshape(rows, width), first)

    def _rest(self, seen: Tensor, states: Tensor) -> Tensor:
        """What follows attention; products are added to what was before, in place."""
        from modeling.kernels.norm import norm

        states.addmm_(seen, self.attended.weight.t())
        states = norm(states, self.attended.bias, self.attended_norm)
        # The tanh form: within 5e-4 of the exact one, less than bfloat16 rounds.
        inner = torch._addmm_activation(
            self.inner.bias, states, self.inner.weight.t(), use_gelu=True
        )
        states.addmm_(inner, self.outer.weight.t())
        return norm(states, self.outer.bias, self.outer_norm)


def _attend(query: Tensor, key: Tensor, value: Tensor, lengths: Tensor) -> Tensor:
    """Queries (b, h, q, e), keys and values (b, h, t, e) of rows with `lengths` (b,) tokens."""
    there = torch.arange(key.shape[2], device=key.device) < lengths[:, None]
    return scaled_dot_product_attention(query, key, value, attn_mask=there[:, None, None])


def unfit(network: TextNetwork) -> str | None:
    """Why the kernels cannot run the network's encoders; None where they can."""
    if find_spec("triton") is None:
        return "Triton is not installed"
    for encoder in cast(Any, network).read_encoders():
        config = encoder.config
        if config.model_type not in _FAMILY:
            return f"a {config.model_type} is not of BERT's family"
        position = getattr(config, "position_embedding_type", None) or "absolute"
        if (config.hidden_act, position) != ("gelu", "absolute"):
            return f"no kernel for {config.hidden_act} and {position} positions"
        if config.hidden_size // config.num_attention_heads not in _HEAD_WIDTHS:
            return f"{config.hidden_size} numbers a token in {config.num_attention_heads} heads"
    return None


class CudaEngine:
    """Copies the weights on creation, in bfloat16, for a network that is not `unfit`. Kernels are
    compiled at first use."""

    name = "triton-bf16"
    tokens_per_pair = 8192  # 4,096 rows of 128 tokens at the usual batch size
    width_multiple = 8

    def __init__(self, network: TextNetwork, device: str) -> None:
        self.device = device
        self.network = cast(Any, copy.deepcopy(network)).eval().to(device, torch.bfloat16)
        self.fused = []
        for encoder in self.network.read_encoders():
            base = encoder.base_model
            base.encoder = FusedLayers(
                base.encoder.layer, base.config.num_attention_heads, first_only=base is not encoder
            )
            self.fused.append(base.encoder)

    def features(self, text_type: str, inputs: Mapping[str, NDArray[np.int64]]) -> Features:
        tensors = {
            name: torch.from_numpy(rows).to(self.device, non_blocking=True)
            for name, rows in inputs.items()
        }
        lengths = tensors["attention_mask"].sum(1, dtype=torch.int32)
        for fused in self.fused:
            fused.lengths = lengths
        with torch.inference_mode():
            found = self.network.text_features(text_type, tensors)
        return np.asarray(found.float().cpu().numpy(), dtype=np.float32)
