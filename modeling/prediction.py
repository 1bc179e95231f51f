"""Predicting with a trained model: routed to its variants, streamed in input order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence, Sized
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from modeling.dataset import Splits
from modeling.embeddings import VectorStore, open_store
from modeling.engines import DEFAULT
from modeling.evaluation import evaluate
from modeling.progress import Ticker, TrainingCallback
from modeling.schema import PairExample, PairPrediction

Logits = NDArray[np.float64]


class Variant(Protocol):
    """One trained model: NT reads titles and descriptions, WT transcripts too."""

    @property
    def text_types(self) -> tuple[str, ...]:
        """What it reads of a video."""
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
    """A trained recipe with its variants; `manifest` is what is stored beside the weights."""

    def __init__(
        self, *, recipe: str, manifest: dict[str, Any], variants: Mapping[str, Variant]
    ) -> None:
        self.recipe = recipe
        self.manifest = manifest
        self.variants = dict(variants)

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
        total = len(pairs) if isinstance(pairs, Sized) else None
        iterator, done = iter(pairs), 0
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
            logits[rows] = self.variants[name].logits(
                [chunk[i] for i in rows],
                batch_size=batch_size,
                store=store,
                ticker=part,
                engine=engine,
            )
            judged += len(rows)
        probabilities = sigmoid(logits)
        return [
            PairPrediction(pair.pair_id, float(logit), float(p), route)
            for pair, logit, p, route in zip(chunk, logits, probabilities, routes, strict=True)
        ]


def sigmoid(logits: Logits) -> Logits:
    """Logistic function without overflow."""
    positive = 1.0 / (1.0 + np.exp(-np.abs(logits)))
    return np.where(logits >= 0, positive, 1.0 - positive)


def evaluate_model(
    model: PairModel, fitted: Fitted, *, seed: int, ticker: Ticker
) -> dict[str, Any]:
    """Metrics on test and validation: overall and by the variant that judged the pair."""
    splits = fitted.splits
    counts = splits.counts()
    metrics: dict[str, Any] = {"counts": counts}
    for name, examples, part in (
        ("validation", splits.validation, ticker.part(0.0, 0.5)),
        ("test", splits.test, ticker.part(0.5, 1.0)),
    ):
        predictions = list(model.stream(examples, batch_size=64, store=fitted.store, ticker=part))
        targets = np.array([e.target for e in examples], dtype=float)
        probabilities = np.array([p.probability for p in predictions])
        routed = np.array([p.variant for p in predictions])
        groups = {"overall": np.ones(len(examples), dtype=bool)}
        groups |= {variant: routed == variant for variant in ("nt", "wt")}
        metrics[name] = {
            group: evaluate(probabilities[rows], targets[rows], seed=seed)
            for group, rows in groups.items()
        }
        counts[f"{name}_undecided"] = int((targets == 0.5).sum())
    return metrics
