"""Having encoders trained through kernels of our own: on a CUDA device, in bfloat16.

As PyTorch runs it a layer is some eighty operations and as many again backwards, which in small
batches waits for their launches and in large ones for memory. Here it is eight, and fifteen.
Parameters, their names and their gradients are where they are without.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor
from torch.nn.functional import scaled_dot_product_attention

from modeling.kernels import LONGEST

if TYPE_CHECKING:
    from modeling.models.unified_model import Network

_SEEDS = 3  # a layer: attention's shares, and the two branches


def unfit_to_train(network: Network, precision: str, max_length: int) -> str | None:
    """Why training on a CUDA device cannot go through the kernels; None where it can. `precision`
    is "bf16" or "no"."""
    from modeling.engines.cuda_engine import unfit

    if precision != "bf16":
        return "they are for bfloat16"
    if max_length > LONGEST:
        return f"they take rows of at most {LONGEST} tokens"
    encoders = [encoder.base_model.encoder for encoder in network.read_encoders()]
    if not all(p.requires_grad for encoder in encoders for p in encoder.parameters()):
        return "layers are frozen"
    return unfit(network)


@contextmanager
def fused_layers(network: Network, wanted: bool) -> Iterator[None]:
    """While open, the encoders' layers are trained through the kernels where `wanted`; out of
    training, for a validation, they run as they are."""
    with ExitStack() as stack:
        for encoder in network.read_encoders() if wanted else ():
            base = encoder.base_model
            stack.enter_context(_fused(base, first_only=base is not encoder))
        yield


@contextmanager
def _fused(base: Any, *, first_only: bool) -> Iterator[None]:
    fused = _FusedEncoder(base, first_only)
    handle = base.register_forward_pre_hook(fused.take_mask, with_kwargs=True)
    base.encoder.forward = fused
    try:
        yield
    finally:
        del base.encoder.forward
        handle.remove()


class _FusedEncoder:
    """In place of the `forward` of an encoder's stack of layers. Of the last layer no more is
    computed than a head reads, which is the first token where `first_only`."""

    lengths: Tensor

    def __init__(self, base: Any, first_only: bool) -> None:
        from modeling.kernels.layer import TrainedLayer

        self.stack, self.heads = base.encoder, base.config.num_attention_heads
        layers = list(self.stack.layer)
        self.closing = layers.pop() if first_only else None
        self.layers = [TrainedLayer(layer, self.heads) for layer in layers]
        copies = [copy for layer in self.layers for copy in layer.copies]
        self.halves, self.wholes = [half for half, _ in copies], [whole for _, whole in copies]

    def take_mask(self, base: Any, arguments: Any, named: Mapping[str, Any]) -> Any:
        """A hook: rows' lengths instead of a mask, of which transformers would make a larger one,
        after waiting for the device to know whether it can do without."""
        if not base.training:
            return None
        self.lengths = named["attention_mask"].sum(1, dtype=torch.int32)
        return arguments, {**named, "attention_mask": None}

    def __call__(self, hidden_states: Tensor, *arguments: Any, **named: Any) -> Any:
        """States (b, t, d) after the last layer, or (b, 1, d) of the first token, in the form that
        transformers has for them."""
        from transformers.modeling_outputs import BaseModelOutputWithPastAndCrossAttentions

        if not self.stack.training:
            return type(self.stack).forward(self.stack, hidden_states, *arguments, **named)
        with torch.no_grad():
            torch._foreach_copy_(self.halves, self.wholes)
        rows, _tokens, width = hidden_states.shape
        states = hidden_states.to(torch.bfloat16).reshape(-1, width)
        for layer, seeds in zip(self.layers, self._seeds(), strict=True):
            states = layer(states, self.lengths, seeds)
        states = states.view(rows, -1, width)
        if self.closing is not None:
            states = self._first_token(self.closing, states)
        return BaseModelOutputWithPastAndCrossAttentions(last_hidden_state=states)

    def _seeds(self) -> Sequence[Sequence[int]]:
        """From the processor's generator, whose state a checkpoint keeps."""
        drawn = torch.randint(2**31 - 1, (len(self.layers), _SEEDS))
        return [[int(seed) for seed in row] for row in drawn.tolist()]

    def _first_token(self, layer: Any, states: Tensor) -> Tensor:
        """(b, t, d) to (b, 1, d): what the layer makes of the first token of each row."""
        read, first = layer.attention.self, states[:, :1]
        there = torch.arange(states.shape[1], device=states.device) < self.lengths[:, None]
        query, key, value = (
            part(given).unflatten(-1, (self.heads, -1)).transpose(1, 2)
            for part, given in ((read.query, first), (read.key, states), (read.value, states))
        )
        seen = scaled_dot_product_attention(
            query, key, value, attn_mask=there[:, None, None], dropout_p=read.dropout.p
        )
        attended = layer.attention.output(seen.transpose(1, 2).flatten(2), first)
        return torch.as_tensor(layer.output(layer.intermediate(attended), attended))
