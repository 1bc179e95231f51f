"""Predicting with a trained model: routed to its variants, streamed in input order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence, Sized
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from modeling.calibration import sigmoid, stored_calibration
from modeling.dataset import Splits
from modeling.engines import DEFAULT
from modeling.errors import InputError
from modeling.noise import pair_without_noise
from modeling.progress import Ticker, TrainingCallback
from modeling.schema import PairExample, PairPrediction
from modeling.study_cleaning import cleaned_as_in_the_study
from modeling.vector_store import VectorStore, open_store

if TYPE_CHECKING:
    from modeling.models.pair_features import PairFeatures

Logits = NDArray[np.float64]
MOST_AT_ONCE = 1_000_000


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
            ValueError: `batch_size` is below 1 or above `MOST_AT_ONCE`.
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
        if not 1 <= batch_size <= MOST_AT_ONCE:
            bound = "at least 1" if batch_size < 1 else f"at most {MOST_AT_ONCE:,}"
            raise ValueError(f"batch_size must be {bound}, not {batch_size}")
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
            logits[rows] = self.calibration[name].apply(raw)
            judged += len(rows)
        probabilities = sigmoid(logits)
        return [
            PairPrediction(pair.pair_id, float(logit), float(p), route)
            for pair, logit, p, route in zip(chunk, logits, probabilities, routes, strict=True)
        ]
