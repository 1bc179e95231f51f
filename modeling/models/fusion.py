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
from modeling.models.stacking import weigh
from modeling.models.unified_model import UnifiedModel

Floats = NDArray[np.float64]
# Of the shares to the mean. With 150 pairs the shares of least loss are as good as drawn (youtube,
# 1,000 labels: 0.9 and 0.1, where the mean is better by 0.013); from 400 on it changes nothing.
_PULL = 5.0


@dataclass(frozen=True, slots=True)
class Fusion:
    """A logit of the network's and the basic model's: each times its share, of 1 in all."""

    network: float = 0.5
    basic: float = 0.5

    @classmethod
    def fit(cls, network: Floats, basic: Floats, targets: Floats, weights: Floats) -> Self:
        """To logits (n,) that both gave to pairs that neither was trained on, though they chose
        the network's epoch: shares of the least log loss, none below 0, and near the mean where
        there are few pairs to tell. Targets are drawn in a little, as pairs that are told apart
        perfectly have no best scale.

        Of what is fitted the proportion is kept. How sure both together may be is for calibration
        to say, and an intercept would hold only for the mixture of classes and of hard pairs that
        validation happens to be (4,000 labels of amazon_google: Brier 0.054 with it, 0.048
        without, and F1 at 0.5 0.39 and 0.65)."""
        both = np.column_stack([network, basic])
        shares, _ = weigh(both, smoothed(targets), weights, pull=_PULL)
        total = float(shares.sum())
        return cls(*(shares / total).tolist()) if total > 0 else cls()

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
            fused.linear.bias.copy_(network.linear.bias * self.network)
        return fused.to(network.linear.weight.device)

    def as_dict(self) -> dict[str, float]:
        """As the manifest holds it."""
        return asdict(self)
