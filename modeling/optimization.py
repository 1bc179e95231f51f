"""Optimiser, learning-rate schedule and device of the training loop."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from torch import nn

if TYPE_CHECKING:
    from accelerate import Accelerator

WARMUP_SHARE = 0.05
WEIGHT_DECAY = 0.01
# The last linear layer has a handful of weights far from where they start; at the encoders' rate
# it would not move within a run.
LINEAR_RATE, MAX_LINEAR_RATE = 100.0, 1e-2


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
    half = precision == "bf16" or (precision == "auto" and _has_bfloat16_units(device))
    return Accelerator(cpu=device == "cpu", mixed_precision="bf16" if half else "no")


def _has_bfloat16_units(device: str) -> bool:
    """Whether products of bfloat16 matrices are quicker there, not just possible."""
    if device == "cuda":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    return bool(torch.cpu.get_capabilities().get("amx_bf16"))


def make_optimizer(model: nn.Module, learning_rate: float) -> torch.optim.AdamW:
    """AdamW; no decay on biases and norms, a higher rate for the last linear layer."""
    named = [(n, p) for n, p in model.named_parameters() if p.requires_grad]
    linear = [p for n, p in named if n.startswith("linear.")]
    matrices = [p for n, p in named if not n.startswith("linear.") and p.ndim >= 2]
    vectors = [p for n, p in named if not n.startswith("linear.") and p.ndim < 2]
    linear_rate = min(LINEAR_RATE * learning_rate, MAX_LINEAR_RATE)
    groups: list[dict[str, Any]] = [
        {"params": matrices, "lr": learning_rate, "weight_decay": WEIGHT_DECAY},
        {"params": vectors, "lr": learning_rate, "weight_decay": 0.0},
        {"params": linear, "lr": linear_rate, "weight_decay": 0.0},
    ]
    return torch.optim.AdamW(groups, fused=True)
