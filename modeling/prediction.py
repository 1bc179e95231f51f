"""Predicting with a trained model: routed to its variants, streamed in input order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence, Sized
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from modeling.calibration import fit_calibration, sigmoid, stored_calibration
from modeling.dataset import Splits
from modeling.engines import DEFAULT
from modeling.errors import InputError
from modeling.evaluation import Figures, evaluate
from modeling.evaluation.figures import evaluate_decisions
from modeling.evaluation.resampling import Clusters, clusters_of
from modeling.noise import pair_without_noise
from modeling.progress import Ticker, TrainingCallback
from modeling.schema import PairExample, PairPrediction
from modeling.study_cleaning import cleaned_as_in_the_study
from modeling.vector_store import VectorStore, open_store

if TYPE_CHECKING:
    from modeling.models.pair_features import PairFeatures

Logits = NDArray[np.float64]


class Variant(Protocol):
    """One trained model: NT reads titles and descriptions, WT transcripts too."""

    @property
    def text_types(self) -> tuple[str, ...]:
        """What it reads of a video."""
        ...

    @property
    def pair_features(self) -> PairFeatures | None:
        """The similarities that it is told, if any."""
        ...

    @property
    def channel_dimensions(self) -> int:
        """Numbers of a channel's vector that it reads; 0 where it reads none."""
        ...

    def logits(
        self,
        pairs: Sequence[PairExample],
        *,
        batch_size: int,
        store: VectorStore,
        ticker: Ticker,
        engine: str = DEFAULT,
    ) -> Logits:
        """Shape (len(pairs),); `engine` is one of `modeling.engines.CHOICES`, for networks."""
        ...

    def tensors(self) -> dict[str, Any]:
        """Weights by name, as numpy arrays or torch tensors, for safetensors."""
        ...

    def describe(self) -> dict[str, Any]:
        """What the manifest says about this variant."""
        ...


@dataclass(frozen=True, slots=True)
class Fitted:
    """What a recipe's `fit` hands back; `store` holds embeddings that evaluation can reuse."""

    variants: dict[str, Variant]
    splits: Splits
    store: VectorStore


class PairModel:
    """A trained recipe with its variants; `manifest` is what is stored beside the weights.

    `calibration` by variant applies to every prediction; a model that has none stored says what its
    variants say.
    """

    def __init__(
        self, *, recipe: str, manifest: dict[str, Any], variants: Mapping[str, Variant]
    ) -> None:
        self.recipe = recipe
        self.manifest = manifest
        self.variants = dict(variants)
        self.calibration = {name: stored_calibration(manifest, name) for name in self.variants}
        self.clean_text = bool(manifest.get("config", {}).get("clean_text"))

    def read_cleaned(self) -> None:
        """Have texts read without noise by a published model, which does not say.

        Raises:
            InputError: the model is one of ours and was trained otherwise.
        """
        if not self.clean_text and "published" not in self.manifest:
            raise InputError(
                "this model was trained on texts as they are, so it must read them so: predict "
                "without cleaning, or train again with it"
            )
        self.clean_text = True

    def prepared(self, pair: PairExample) -> PairExample:
        """The pair as the variants read it: without noise where the model was trained so, which in
        a published model is as its authors clean texts. Once: to do it again may change it again.
        """
        if not self.clean_text:
            return pair
        if "published" in self.manifest:
            return pair_without_noise(pair, cleaned_as_in_the_study)
        return pair_without_noise(pair)

    def route(self, pair: PairExample) -> str:
        """ "wt" where both transcripts are there and such a variant exists, else "nt"; the only
        variant where there is but one."""
        if len(self.variants) == 1:
            return next(iter(self.variants))
        return "wt" if pair.has_transcripts else "nt"

    def predict(
        self,
        pairs: Iterable[PairExample],
        *,
        batch_size: int = 64,
        embedding_cache: Path | None = None,
        callback: TrainingCallback | None = None,
        engine: str = DEFAULT,
    ) -> Iterator[PairPrediction]:
        """One prediction a pair, in order; memory does not grow with the number of pairs. A
        smaller `batch_size` takes less of it. `engine` is one of `modeling.engines.CHOICES`.

        Raises:
            TrainingCancelled: `callback.should_stop()` answered true.
            ModelingError: an engine that was asked for by name does not run here.
            ValueError: `batch_size` is below 1.
        """
        store, ticker = open_store(embedding_cache), Ticker(callback)
        return self.stream(pairs, batch_size=batch_size, store=store, ticker=ticker, engine=engine)

    def stream(
        self,
        pairs: Iterable[PairExample],
        *,
        batch_size: int,
        store: VectorStore,
        ticker: Ticker,
        engine: str = DEFAULT,
    ) -> Iterator[PairPrediction]:
        """As `predict`, on an open store."""
        if batch_size < 1:
            raise ValueError(f"batch_size must be at least 1, not {batch_size}")
        total = len(pairs) if isinstance(pairs, Sized) else None
        iterator, done = map(self.prepared, pairs), 0
        ticker = ticker.job("pairs predicted", total) if total else ticker
        # Long enough to sort by length within, short enough to stream.
        while chunk := list(islice(iterator, 32 * batch_size)):
            after = done + len(chunk)
            part = ticker.part(done / total, after / total) if total else ticker.quiet()
            yield from self._predict_chunk(chunk, batch_size, store, part, engine)
            done = after
            if total is None:
                ticker.report(0.0, f"{done:,} pairs predicted")

    def _predict_chunk(
        self,
        chunk: Sequence[PairExample],
        batch_size: int,
        store: VectorStore,
        ticker: Ticker,
        engine: str,
    ) -> list[PairPrediction]:
        routes = [self.route(pair) for pair in chunk]
        logits = np.empty(len(chunk))
        judged = 0
        for name in sorted(set(routes)):
            rows = [i for i, route in enumerate(routes) if route == name]
            part = ticker.part(judged / len(chunk), (judged + len(rows)) / len(chunk))
            raw = self.variants[name].logits(
                [chunk[i] for i in rows],
                batch_size=batch_size,
                store=store,
                ticker=part,
                engine=engine,
            )
            logits[rows] = raw / self.calibration[name].temperature
            judged += len(rows)
        probabilities = sigmoid(logits)
        return [
            PairPrediction(pair.pair_id, float(logit), float(p), route)
            for pair, logit, p, route in zip(chunk, logits, probabilities, routes, strict=True)
        ]


def calibrate_and_evaluate(
    model: PairModel, fitted: Fitted, *, seed: int, ticker: Ticker
) -> dict[str, Any]:
    """Fit the calibration of each variant of a new model on validation, then judge it on test and
    validation: overall and by the variant that judged the pair, calibrated, at 0.5.

    `at_threshold` has the overall figures at the chosen thresholds. Those of validation are
    optimistic, more so the fewer pairs there are: temperature and threshold are fitted to the same
    pairs, which have already chosen a network's epoch, shares of late fusion, and a recipe.
    """
    splits = fitted.splits
    metrics: dict[str, Any] = {"counts": splits.counts(), "at_threshold": {}}
    for name, examples, part in (
        ("validation", splits.validation, ticker.part(0.0, 0.5)),
        ("test", splits.test, ticker.part(0.5, 1.0)),
    ):
        predictions = list(model.stream(examples, batch_size=64, store=fitted.store, ticker=part))
        targets = np.array([e.target for e in examples], dtype=float)
        logits = np.array([p.logit for p in predictions])
        routed = np.array([p.variant for p in predictions], dtype=str)
        if name == "validation":
            model.calibration = {
                variant: fit_calibration(logits[routed == variant], targets[routed == variant])
                for variant in model.variants
            }
            logits /= np.array([model.calibration[v].temperature for v in routed])
        figures = _figures(model, logits, targets, routed, clusters_of(examples), seed)
        metrics[name], metrics["at_threshold"][name] = figures
        metrics["counts"][f"{name}_undecided"] = int((targets == 0.5).sum())
    return metrics


def _figures(
    model: PairModel,
    logits: Logits,
    targets: Logits,
    routed: NDArray[np.str_],
    clusters: Clusters,
    seed: int,
) -> tuple[dict[str, Figures], Figures]:
    """Those at 0.5 by group, and the overall ones at the thresholds of the variants."""
    probabilities = sigmoid(logits)
    groups = {"overall": np.ones(len(targets), dtype=bool)}
    groups |= {variant: routed == variant for variant in ("nt", "wt")}
    by_group = {
        group: evaluate(probabilities[rows], targets[rows], clusters=clusters[rows], seed=seed)
        for group, rows in groups.items()
    }
    thresholds = np.array([model.calibration[v].threshold for v in routed])
    return by_group, evaluate_decisions(
        probabilities >= thresholds, targets, clusters=clusters, seed=seed
    )
