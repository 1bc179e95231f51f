"""What a model says of labelled pairs, as arrays that figures are made from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from modeling.calibration import Calibration
from modeling.evaluation.metrics import Flags, Floats
from modeling.evaluation.resampling import Clusters, clusters_of
from modeling.progress import TrainingCallback
from modeling.schema import PairExample

if TYPE_CHECKING:
    from modeling.prediction import PairModel


@dataclass(frozen=True, slots=True)
class Judgements:
    """Calibrated probabilities (n,) and targets (n,), the variant that judged each pair, the
    model's calibration by variant, and the clusters (n,) that pairs are resampled in."""

    pairs: Sequence[PairExample]
    probabilities: Floats
    targets: Floats
    variants: tuple[str, ...]
    calibration: dict[str, Calibration]
    clusters: Clusters

    @property
    def decided(self) -> Flags:
        """Which pairs have a sure label, (n,)."""
        return self.targets != 0.5

    @property
    def similar(self) -> Flags:
        """What is called similar at the thresholds chosen for the variants, (n,)."""
        thresholds = np.array([self.calibration[name].threshold for name in self.variants])
        return self.probabilities >= thresholds


def judge(
    model: PairModel,
    pairs: Sequence[PairExample],
    *,
    embedding_cache: Path | None = None,
    callback: TrainingCallback | None = None,
) -> Judgements:
    """Predict `pairs`, which must all be labelled. Raises TrainingCancelled as `predict` does."""
    predictions = list(model.predict(pairs, embedding_cache=embedding_cache, callback=callback))
    return Judgements(
        pairs=pairs,
        probabilities=np.array([p.probability for p in predictions], dtype=float),
        targets=np.array([pair.target for pair in pairs], dtype=float),
        variants=tuple(p.variant for p in predictions),
        calibration=model.calibration,
        clusters=clusters_of(pairs),
    )
