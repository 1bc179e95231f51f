"""PyTorch, on the processor or a CUDA device, in float32 or bfloat16."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from modeling.engines import Features, TextNetwork
from modeling.errors import ModelingError


@dataclass
class TorchEngine:
    """`network` as it is, under autocast where `bf16`.

    On a GPU a batch must be large to fill the device, and of one length to need no mask, which is
    when PyTorch takes its flash kernel; on a processor it should fit the caches.
    """

    network: TextNetwork
    device: str
    bf16: bool = False
    name: str = field(init=False)
    tokens_per_pair: int = field(init=False)
    width_multiple: int = 1

    def __post_init__(self) -> None:
        self.name = "torch-bf16" if self.bf16 else "torch-f32"
        self.tokens_per_pair = 2048 if self.device == "cuda" else 64

    def features(self, text_type: str, inputs: Mapping[str, NDArray[np.int64]]) -> Features:
        tensors = {
            name: torch.from_numpy(rows).to(self.device, non_blocking=True)
            for name, rows in inputs.items()
        }
        try:
            with torch.inference_mode(), self._precision():
                found = self.network.text_features(text_type, tensors)
        except IndexError as error:
            raise ModelingError(
                f"the encoder of {text_type} lacks a token of its tokenizer ({error}): the two do "
                "not belong together"
            ) from error
        return np.asarray(found.float().cpu().numpy(), dtype=np.float32)

    def _precision(self) -> Any:
        if not self.bf16:
            return nullcontext()
        return torch.autocast(self.device, dtype=torch.bfloat16)


def has_bf16(device: str) -> bool:
    """Whether the hardware multiplies bfloat16 itself; emulated it would be slower than float32."""
    if device == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    able = torch.cpu.get_capabilities()
    units = able.get("amx_bf16") or able.get("avx512_bf16")
    return bool(units and torch.backends.mkldnn.is_available())
