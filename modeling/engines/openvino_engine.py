"""OpenVINO on the processor: the encoders are converted once, which takes seconds, then run faster.

The precision is always said: left to itself OpenVINO takes bfloat16 where the processor has it.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Mapping, Sequence
from threading import Lock
from typing import Any, cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from modeling.engines import Features, TextNetwork
from modeling.engines.torch_engine import TorchEngine
from modeling.quiet import without_messages

# Shapes that differ little share one plan.
_WIDTH_MULTIPLE = 16
# To trace with, two rows of unequal length, so that nothing is taken for constant; and to compare
# with afterwards, others.
_EXAMPLE_LENGTHS, _PROBE_LENGTHS = (24, 12), (7, 30, 1, 23)
# What rounding may change, to the largest feature of the probe.
_TOLERANCE = {"f32": 1e-3, "bf16": 0.2}


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
    """Converts and compiles on creation; weights live twice from then on. Rows of up to
    `max_length` tokens are compared with PyTorch's before the first is served.

    Raises:
        ImportError: OpenVINO is not installed.
        RuntimeError: a network that it cannot convert, or that says something else once converted:
            what the code makes of an example is taken for what it makes of all.
    """

    tokens_per_pair = 64
    width_multiple = _WIDTH_MULTIPLE

    def __init__(
        self, network: TextNetwork, names: Sequence[str], max_length: int, *, bf16: bool
    ) -> None:
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
        self._pytorch, self._lock = TorchEngine(network, "cpu"), Lock()
        tolerance = _TOLERANCE["bf16" if bf16 else "f32"]
        for lengths in (_PROBE_LENGTHS, (max_length, 1, 3, max_length // 2 + 1)):
            self._compare(network.text_types, lengths, tolerance)

    def _convert(self, openvino: Any, network: TextNetwork, text_type: str) -> Any:
        example = tuple(map(torch.from_numpy, self._rows(_EXAMPLE_LENGTHS).values()))
        module = _Encoder(cast(nn.Module, network), text_type, self.input_names).eval()
        any_shape = openvino.PartialShape([-1, -1])
        # It looks at all that a model has, also at what would train it.
        unasked = without_messages("transformers.modeling_utils", "loss_type")
        with torch.no_grad(), unasked, warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the tracer's, about sizes that it does follow
            return openvino.convert_model(
                module, example_input=example, input=[(any_shape, openvino.Type.i64)] * len(example)
            )

    def _rows(self, lengths: Sequence[int]) -> dict[str, NDArray[np.int64]]:
        """Inputs by name, rows (len(lengths), longest) of tokens that every vocabulary has."""
        mask = (np.arange(max(lengths)) < np.array(lengths)[:, None]).astype(np.int64)
        tokens = np.arange(mask.size).reshape(mask.shape) % 3
        known = {"attention_mask": mask, "input_ids": tokens}
        return {name: known.get(name, np.zeros_like(mask)) for name in self.input_names}

    def _compare(self, text_types: Sequence[str], lengths: Sequence[int], tolerance: float) -> None:
        rows = self._rows(lengths)
        for text_type in text_types:
            expected = self._pytorch.features(text_type, rows)
            off = np.abs(self._converted(text_type, rows) - expected).max()
            if not off <= tolerance * np.abs(expected).max():
                raise RuntimeError(f"converted, its features of {text_type} are off by {off:.2g}")

    def features(self, text_type: str, inputs: Mapping[str, NDArray[np.int64]]) -> Features:
        """Those of PyTorch where the converted network makes no number of a row: some kinds of
        attention do so in widths that were not compared."""
        found = self._converted(text_type, inputs)
        return found if np.isfinite(found).all() else self._pytorch.features(text_type, inputs)

    def _converted(self, text_type: str, inputs: Mapping[str, NDArray[np.int64]]) -> Features:
        request = self._requests[text_type]
        with self._lock:  # a request has one output, which the next run writes over
            request.infer([inputs[name] for name in self.input_names], share_inputs=True)
            return np.array(request.get_output_tensor(0).data, dtype=np.float32)


def has_bf16() -> bool:
    """Whether OpenVINO multiplies bfloat16 on this processor; False where it is not installed."""
    try:
        core = load_openvino().Core()
    except ImportError:
        return False
    return "BF16" in core.get_property("CPU", "OPTIMIZATION_CAPABILITIES")
