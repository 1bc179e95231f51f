"""Having PyTorch compile the encoders' layers for training: worth it on a GPU in large batches.

Between its matrix products a layer of some hundred numbers a token is bound by memory; compiled,
what lies between two of them is one pass, in half the bytes where products are in bfloat16.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

if TYPE_CHECKING:
    from modeling.models.unified_model import Network


@contextmanager
def compiled_layers(network: Network, wanted: bool) -> Iterator[None]:
    """While open, the layers of its encoders are compiled where `wanted`: one at a time, as all are
    alike, so that only the first takes its seconds. Weights and their names stay as they are."""
    layers = [layer for e in network.read_encoders() for layer in _layers(e.base_model) if wanted]
    norms = [m for layer in layers for m in layer.modules() if type(m) is nn.LayerNorm]
    for norm in norms:
        norm.__class__ = _NarrowNorm
    for layer in layers:
        layer.forward = torch.compile(layer.forward)
    try:
        yield
    finally:
        for norm in norms:
            norm.__class__ = nn.LayerNorm
        for layer in layers:
            del layer.forward


def as_written(compiled: bool) -> AbstractContextManager[Any]:
    """While open, what is compiled runs as it is written: to compile it for a validation, in
    another precision and in batches of all lengths, would take longer than that does."""
    return torch.compiler.set_stance("force_eager") if compiled else nullcontext()


def _layers(base: nn.Module) -> nn.ModuleList:
    """The stack of layers: the longest list of modules."""
    lists = [module for module in base.modules() if isinstance(module, nn.ModuleList)]
    return max(lists, key=len)


class _NarrowNorm(nn.LayerNorm):
    """In float32, but given out in autocast's precision: what autocast leaves wide is written and
    read twice over."""

    def forward(self, input: Tensor) -> Tensor:
        device = input.device.type
        if not torch.is_autocast_enabled(device):
            return super().forward(input)
        with torch.autocast(device, enabled=False):
            found = nn.functional.layer_norm(
                input.float(), self.normalized_shape, self.weight, self.bias, self.eps
            )
        return found.to(torch.get_autocast_dtype(device))
