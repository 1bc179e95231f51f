"""Optimiser, learning-rate schedule and device of the training loop."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch

from modeling.engines.torch_engine import has_bf16

if TYPE_CHECKING:
    from accelerate import Accelerator

    from modeling.models.unified_model import Network

WARMUP_SHARE = 0.05
WEIGHT_DECAY = 0.01


def schedule(step: int, planned: int) -> float:
    """Factor on the learning rate: linear warm-up over 5% of the steps, then linear decay to 0."""
    warmup = max(1, round(WARMUP_SHARE * planned))
    if step < warmup:
        return (step + 1) / warmup
    return max(0.0, (planned - step) / max(1, planned - warmup))


def make_accelerator(device: str, precision: str = "auto") -> Accelerator:
    """Accelerate on one device, its precision that of `TrainingConfig`."""
    from accelerate import Accelerator
    from accelerate.state import AcceleratorState

    # Accelerate keeps one state a process; a worker may train on other settings than before.
    AcceleratorState._reset_state(reset_partial_state=True)
    half = precision == "bf16" or (precision == "auto" and has_bf16(device))
    return Accelerator(cpu=device == "cpu", mixed_precision="bf16" if half else "no")


def make_optimizer(model: Network, learning_rate: float) -> torch.optim.AdamW:
    """AdamW; no decay on biases and norms, a rate of its own for the layers after the encoders."""
    named = [(n, p) for n, p in model.named_parameters() if p.requires_grad]
    head = [p for n, p in named if n.startswith(model.HEADS)]
    encoders = [p for n, p in named if not n.startswith(model.HEADS)]
    head_rate = min(model.HEAD_RATE * learning_rate, model.MAX_HEAD_RATE)
    groups: list[dict[str, Any]] = [
        {
            "params": [p for p in encoders if p.ndim >= 2],
            "lr": learning_rate,
            "weight_decay": WEIGHT_DECAY,
        },
        {"params": [p for p in encoders if p.ndim < 2], "lr": learning_rate, "weight_decay": 0.0},
        {"params": head, "lr": head_rate, "weight_decay": 0.0},
    ]
    return torch.optim.AdamW(groups, fused=True)
