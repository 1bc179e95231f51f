"""Late fusion: the basic model's judgement joins a network that has learned from the texts alone
(Snoek, Worring & Smeulders 2005, "Early versus late fusion in semantic video analysis").
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import Self, cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from modeling.calibration import smoothed
from modeling.models.pair_scalars import GUESS_COLUMN
from modeling.models.stacking import FOLDS, weigh
from modeling.models.unified_model import UnifiedModel

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Fusion:
    """A logit of the network's and the basic model's: each times its share, and an intercept."""

    network: float = 0.5
    basic: float = 0.5
    intercept: float = 0.0

    @classmethod
    def fit(cls, network: Floats, basic: Floats, targets: Floats, weights: Floats) -> Self:
        """To logits (n,) that both gave to pairs that neither was fitted to: shares of the least
        log loss, none below 0. Targets are drawn in a little, without which pairs that are told
        apart perfectly would have no best shares; with hardly any of a class, the mean."""
        if min((targets > 0.5).sum(), (targets < 0.5).sum()) < FOLDS:
            return cls()
        shares, intercept = weigh(np.column_stack([network, basic]), smoothed(targets), weights)
        return cls(float(shares[0]), float(shares[1]), intercept)

    def apply(self, network: UnifiedModel) -> UnifiedModel:
        """The network, which from now on reads the basic model's logit among its scalars, as the
        same one linear layer."""
        at = len(network.text_types) + GUESS_COLUMN
        shape = replace(network.shape, scalars=network.shape.scalars + 1)
        fused = UnifiedModel(shape, cast(dict[str, nn.Module], dict(network.encoders)))
        with torch.no_grad():
            weight: Tensor = network.linear.weight * self.network
            own = torch.full_like(weight[:, :1], self.basic)
            fused.linear.weight.copy_(torch.cat([weight[:, :at], own, weight[:, at:]], dim=1))
            fused.linear.bias.copy_(network.linear.bias * self.network + self.intercept)
        return fused.to(network.linear.weight.device)

    def as_dict(self) -> dict[str, float]:
        """As the manifest holds it."""
        return asdict(self)
