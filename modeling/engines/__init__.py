"""Ways to run a network's encoders: the same features, to rounding, at another speed.

A choice is the name of an engine, or a promise: "exact" gives probabilities within 1e-5 of
PyTorch's in float32, "fast" leaves AUROC where it is within 0.001. Which engine keeps the promise
quickest depends on the machine and on the size of the job; see `picking`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from torch import Tensor

ENGINES = ("torch-f32", "torch-bf16", "openvino-f32", "openvino-bf16", "triton-bf16")
CHOICES = ("exact", "fast", *ENGINES)
DEFAULT = "exact"

Features = NDArray[np.float32]


class TextNetwork(Protocol):
    """A network that reads each text type by itself."""

    text_types: tuple[str, ...]

    def text_features(self, text_type: str, inputs: Mapping[str, Tensor]) -> Tensor:
        """Features (b, f) of texts, or pairs of them, whose tokens by input name are (b, t)."""
        ...


class PairNetwork(TextNetwork, Protocol):
    """A network that joins what it read of a pair."""

    channel_dimensions: int

    def join(self, features: Mapping[str, Tensor], scalars: Tensor, channels: Any) -> Tensor:
        """Logits (b,) of features by text type, scalars (b, k) and channels (b, 2 * d)."""
        ...


class Engine(Protocol):
    """Runs the encoders of one network.

    tokens_per_pair: a batch has at most this times `batch_size` tokens, padding included.
    width_multiple: batches are padded to a multiple of so many tokens.
    """

    name: str
    tokens_per_pair: int
    width_multiple: int

    def features(self, text_type: str, inputs: Mapping[str, NDArray[np.int64]]) -> Features:
        """Shape (b, f); `inputs` by name are padded token rows (b, t)."""
        ...


def padded_width(engine: Engine, width: int, longest: int) -> int:
    """`width` to the engine's multiple, but to no more than `longest`, the width of the longest row
    there is: it may be all that a network takes."""
    multiple = engine.width_multiple
    return min(-(-width // multiple) * multiple, max(longest, width))
