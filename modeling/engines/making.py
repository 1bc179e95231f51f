"""Making the engine of a name, or saying why this machine or this network has none of it."""

from __future__ import annotations

from collections.abc import Sequence

from modeling.engines import ENGINES, Engine, TextNetwork
from modeling.errors import ModelingError


def make_engine(
    name: str,
    network: TextNetwork,
    input_names: Sequence[str],
    device: str,
    *,
    max_length: int = 128,
) -> Engine:
    """The engine `name` for `network` on "cpu" or "cuda"; `input_names` are the tokenizer's, and
    `max_length` is how long a row may be.

    Raises:
        ModelingError: it does not run here, or cannot run this network.
        ValueError: no such engine.
    """
    if name not in ENGINES:
        raise ValueError(f"unknown engine {name!r}; known: {', '.join(ENGINES)}")
    bf16 = name.endswith("bf16")
    if name.startswith("torch"):
        from modeling.engines.torch_engine import TorchEngine

        return TorchEngine(network, device, bf16=bf16)
    if name == "triton-bf16":
        return _cuda_engine(network, device)
    if device != "cpu":
        raise ModelingError(f"{name} runs on a processor, and this model is on {device}")
    try:
        from modeling.engines.openvino_engine import OpenVinoEngine

        return OpenVinoEngine(network, input_names, max_length, bf16=bf16)
    except ImportError as error:
        raise ModelingError(f"{name}: OpenVINO is not installed ({error})") from error
    except Exception as error:  # its converter has no exception of its own
        raise ModelingError(f"{name}: this network cannot be converted ({error})") from error


def _cuda_engine(network: TextNetwork, device: str) -> Engine:
    if device != "cuda":
        raise ModelingError(f"triton-bf16 runs on a CUDA device, and this model is on {device}")
    from modeling.engines.cuda_engine import CudaEngine, unfit

    if reason := unfit(network):
        raise ModelingError(f"triton-bf16: {reason}")
    return CudaEngine(network, device)


def candidates(choice: str, device: str) -> tuple[str, str | None]:
    """The engine for "exact" or "fast" that is ready at once, and the one that takes a conversion
    and may then be quicker."""
    from modeling.engines import openvino_engine, torch_engine

    fast = choice == "fast"
    ready = "torch-bf16" if fast and torch_engine.has_bf16(device) else "torch-f32"
    if device != "cpu":
        return ready, "triton-bf16" if ready == "torch-bf16" else None
    return ready, "openvino-bf16" if fast and openvino_engine.has_bf16() else "openvino-f32"
