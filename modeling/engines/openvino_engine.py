"""OpenVINO on the processor: the encoders are converted once, which takes seconds, then run faster.

The precision is always said: left to itself OpenVINO takes bfloat16 where the processor has it.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Mapping, Sequence
from typing import Any, cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from modeling.engines import Features, PairNetwork

# Shapes that differ little share one plan.
_WIDTH_MULTIPLE = 16
# An example to trace with: two pairs of unequal length, so that nothing is taken for constant.
_EXAMPLE_SHAPE = (2, 24)


def load_openvino() -> Any:
    """The library, without its usage reports: it sends them to an analytics service unless the
    package for that is absent.

    Raises:
        ImportError: not installed.
    """
    sys.modules.setdefault("openvino_telemetry", cast(Any, None))
    import openvino

    return openvino


class _Encoder(nn.Module):
    """What is converted: inputs by position, features out."""

    def __init__(self, network: nn.Module, text_type: str, names: Sequence[str]) -> None:
        super().__init__()
        self.network, self.text_type, self.names = network, text_type, tuple(names)

    def forward(self, *inputs: Tensor) -> Tensor:
        named = dict(zip(self.names, inputs, strict=True))
        return cast(Any, self.network).text_features(self.text_type, named)


class OpenVinoEngine:
    """Converts and compiles on creation; weights live twice from then on.

    Raises:
        ImportError: OpenVINO is not installed.
        RuntimeError: a network that it cannot convert.
    """

    tokens_per_pair = 64
    width_multiple = _WIDTH_MULTIPLE

    def __init__(self, network: PairNetwork, names: Sequence[str], *, bf16: bool) -> None:
        self.name = "openvino-bf16" if bf16 else "openvino-f32"
        self.input_names = tuple(names)
        openvino = load_openvino()
        options = {
            "INFERENCE_PRECISION_HINT": "bf16" if bf16 else "f32",
            "INFERENCE_NUM_THREADS": torch.get_num_threads(),
            "PERFORMANCE_HINT": "LATENCY",
        }
        core = openvino.Core()
        self._requests = {
            text_type: core.compile_model(
                self._convert(openvino, network, text_type), "CPU", options
            ).create_infer_request()
            for text_type in network.text_types
        }

    def _convert(self, openvino: Any, network: PairNetwork, text_type: str) -> Any:
        mask = torch.ones(_EXAMPLE_SHAPE, dtype=torch.int64)
        mask[1, _EXAMPLE_SHAPE[1] // 2 :] = 0
        example = tuple(
            mask if n == "attention_mask" else torch.zeros_like(mask) for n in self.input_names
        )
        module = _Encoder(cast(nn.Module, network), text_type, self.input_names).eval()
        any_shape = openvino.PartialShape([-1, -1])
        with torch.no_grad(), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the tracer's, about sizes that it does follow
            return openvino.convert_model(
                module, example_input=example, input=[(any_shape, openvino.Type.i64)] * len(example)
            )

    def features(self, text_type: str, inputs: Mapping[str, NDArray[np.int64]]) -> Features:
        request = self._requests[text_type]
        request.infer([inputs[name] for name in self.input_names], share_inputs=True)
        return np.array(request.get_output_tensor(0).data, dtype=np.float32)


def has_bf16() -> bool:
    """Whether OpenVINO multiplies bfloat16 on this processor; False where it is not installed."""
    try:
        core = load_openvino().Core()
    except ImportError:
        return False
    return "BF16" in core.get_property("CPU", "OPTIMIZATION_CAPABILITIES")
