"""The basic model: cosines of sentence embeddings and channel equality, logistic regression.

The study's first model (section "Basic model"), without thumbnails.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from modeling.dataset import Splits, require_enough, transcript_examples
from modeling.embeddings import SentenceEncoder, VectorStore, open_store
from modeling.encoders import resolve_encoder
from modeling.errors import ArtefactError
from modeling.models.pair_features import (
    TEXT_TYPES,
    feature_names,
    features,
)
from modeling.prediction import Fitted, Logits, Variant
from modeling.progress import Ticker
from modeling.schema import PairExample

if TYPE_CHECKING:
    from modeling.recipes import TrainingConfig

# Pairs between two looks at the time budget; long enough to sort by length within.
_CHUNK = {"cpu": 256, "cuda": 4096}
# Shares of a time budget: what is left after embedding is for fitting and evaluation.
_EMBEDDING_SHARE = 0.9


@dataclass(frozen=True, slots=True)
class BasicVariant:
    """Logistic regression over `features`; `coefficients` has shape (n_features,)."""

    encoder: SentenceEncoder
    text_types: tuple[str, ...]
    max_length: int
    coefficients: NDArray[np.float64]
    intercept: float

    def logits(
        self,
        pairs: Sequence[PairExample],
        *,
        batch_size: int,
        store: VectorStore,
        ticker: Ticker,
        engine: str = "",
    ) -> Logits:
        """Shape (len(pairs),); `batch_size` and `engine` are not used: embedding batches by tokens
        and runs in PyTorch."""
        x = features(pairs, self.text_types, self.encoder, self.max_length, store, ticker)
        return np.asarray(x @ self.coefficients + self.intercept)

    def tensors(self) -> dict[str, Any]:
        return {"coefficients": self.coefficients, "intercept": np.array([self.intercept])}

    def describe(self) -> dict[str, Any]:
        named = zip(feature_names(self.text_types), self.coefficients.tolist(), strict=True)
        return {
            "encoder": self.encoder.encoder.name,
            "encoder_id": self.encoder.encoder.id,
            "text_types": list(self.text_types),
            "max_length": self.max_length,
            "coefficients": dict(named),
        }


def fit(splits: Splits, config: TrainingConfig, *, ticker: Ticker, started: float) -> Fitted:
    """Embed each distinct text once, then fit NT and, where there is enough for it, WT."""
    encoder = SentenceEncoder(resolve_encoder(config.encoder), device=config.device)
    store = open_store(config.embedding_cache or _in_work_dir(config))
    splits = _embed(splits, encoder, config, store, ticker, started)
    require_enough(splits)
    variants: dict[str, Variant] = {"nt": _fit("nt", splits.train, encoder, config, store)}
    if chosen := transcript_examples(splits.train):
        variants["wt"] = _fit("wt", chosen, encoder, config, store)
    return Fitted(variants, splits, store)


def _in_work_dir(config: TrainingConfig) -> Path | None:
    return config.work_dir / "embeddings.sqlite" if config.work_dir else None


def _embed(
    splits: Splits,
    encoder: SentenceEncoder,
    config: TrainingConfig,
    store: VectorStore,
    ticker: Ticker,
    started: float,
) -> Splits:
    """Fill the store, in random order, until all is there or the time budget is near its end.

    Examples that were not reached are left out of every split, at random, and counted.
    """
    everything = [*splits.train, *splits.validation, *splits.test]
    order = np.random.default_rng(config.seed).permutation(len(everything))
    budget = config.time_budget_s or float("inf")
    reached: set[int] = set()
    step, job = _CHUNK.get(encoder.device, 256), ticker.job("pairs embedded", len(order))
    for start in range(0, len(order), step):
        if time.monotonic() - started > _EMBEDDING_SHARE * budget:
            break
        pairs = [everything[i] for i in order[start : start + step]]
        part = job.part(start / len(order), min(1.0, (start + step) / len(order)))
        features(pairs, TEXT_TYPES["wt"], encoder, config.max_length, store, part)
        reached.update(id(pair) for pair in pairs)
    return _only(splits, reached)


def _only(splits: Splits, reached: set[int]) -> Splits:
    def keep(examples: Sequence[PairExample]) -> tuple[PairExample, ...]:
        return tuple(e for e in examples if id(e) in reached)

    kept = replace(
        splits,
        train=keep(splits.train),
        validation=keep(splits.validation),
        test=keep(splits.test),
    )
    lost = sum(
        len(before) - len(after)
        for before, after in zip(
            (splits.train, splits.validation, splits.test),
            (kept.train, kept.validation, kept.test),
            strict=True,
        )
    )
    return replace(kept, dropped=splits.dropped | {"left_out_for_time": lost}) if lost else kept


def _fit(
    variant: str,
    examples: Sequence[PairExample],
    encoder: SentenceEncoder,
    config: TrainingConfig,
    store: VectorStore,
) -> BasicVariant:
    from sklearn.linear_model import LogisticRegression

    text_types = TEXT_TYPES[variant]
    x = features(examples, text_types, encoder, config.max_length, store, Ticker())
    p = np.array([e.target for e in examples], dtype=float)
    weight = np.array([e.weight for e in examples])
    # A soft label is two weighted rows: logistic loss is linear in the label.
    rows, labels = np.concatenate([x, x]), np.repeat([1, 0], len(p))
    weights = np.concatenate([weight * p, weight * (1 - p)])
    counted = weights > 0
    model = LogisticRegression(C=10.0, max_iter=1000)
    model.fit(rows[counted], labels[counted], sample_weight=weights[counted])
    coefficients = np.asarray(model.coef_[0], dtype=float)
    return BasicVariant(
        encoder, text_types, config.max_length, coefficients, float(model.intercept_[0])
    )


def save(folder: Path, variants: dict[str, BasicVariant]) -> None:
    """Coefficients of each variant; the encoder is unaltered, so its name and hash are enough."""
    from safetensors.numpy import save_file

    tensors = {
        f"{name}.{key}": value
        for name, variant in variants.items()
        for key, value in variant.tensors().items()
    }
    save_file(tensors, folder / "model.safetensors")


def load(path: Path, manifest: dict[str, Any]) -> dict[str, Variant]:
    """The stored variants; the encoder must be the one they were trained with."""
    from safetensors.numpy import load_file

    tensors = load_file(path / "model.safetensors")
    encoder = resolve_encoder(manifest["encoder"])
    sentence_encoder = SentenceEncoder(encoder)
    variants: dict[str, Variant] = {}
    for name, described in manifest["variants"].items():
        if described["encoder_id"] != encoder.id:
            raise ArtefactError(
                f"{path}: encoder {encoder.name!r} is not the one that this model was trained with"
            )
        variants[name] = BasicVariant(
            sentence_encoder,
            tuple(described["text_types"]),
            described["max_length"],
            tensors[f"{name}.coefficients"],
            float(tensors[f"{name}.intercept"][0]),
        )
    return variants
