"""The basic model: cosines of sentence embeddings and channel equality into a small classifier.

The study's first model (section "Basic model"), with thumbnails where an image encoder is named;
with the words that the texts share as further features, unless the study's own set is asked for.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from modeling.dataset import Splits, transcript_examples
from modeling.embeddings import SentenceEncoder
from modeling.encoders import resolve_encoder
from modeling.errors import ArtefactError
from modeling.models.classifiers import Classifier
from modeling.models.embedding_in_time import embed_in_time
from modeling.models.feature_table import FeatureTable
from modeling.models.lexical import TermWeights
from modeling.models.pair_features import TEXT_TYPES, PairFeatures, documents
from modeling.models.stacking import classifier_from, fit_classifier
from modeling.models.stored_features import describe_features, stored_features
from modeling.prediction import Fitted, Logits, Variant
from modeling.progress import Ticker
from modeling.schema import PairExample
from modeling.vector_store import VectorStore, open_store

if TYPE_CHECKING:
    from modeling.config import TrainingConfig

# Share of a time budget: what is left after embedding is for fitting and evaluation.
_EMBEDDING_SHARE = 0.9


@dataclass(frozen=True, slots=True)
class BasicVariant:
    """A classifier over the columns of `features`, whose names are `columns`."""

    features: PairFeatures
    classifier: Classifier
    kind: str
    columns: tuple[str, ...]

    @property
    def pair_features(self) -> PairFeatures:
        """All that it is told."""
        return self.features

    @property
    def text_types(self) -> tuple[str, ...]:
        return self.features.text_types

    @property
    def channel_dimensions(self) -> int:
        return 0

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
        and has engines of its own."""
        return self.classifier.logits(self.features.matrix(pairs, store, ticker))

    def tensors(self) -> dict[str, Any]:
        return self.classifier.tensors()

    def describe(self) -> dict[str, Any]:
        return describe_features(self.features) | {
            "text_types": list(self.text_types),
            "classifier": self.kind,
            "columns": list(self.columns),
        }


def fit(splits: Splits, config: TrainingConfig, *, ticker: Ticker, started: float) -> Fitted:
    """Embed each distinct text once, then fit NT and, where there is enough for it, WT."""
    encoder = SentenceEncoder(resolve_encoder(config.encoder), device=config.device)
    store = open_store(config.embeddings)
    until = started + _EMBEDDING_SHARE * (config.time_budget_s or float("inf"))
    splits = embed_in_time(splits, encoder, config, store, ticker=ticker, until=until)
    terms = TermWeights.fit(documents(splits.train)) if config.features == "lexical" else None
    chosen = {"nt": splits.train, "wt": transcript_examples(splits.train)}
    variants: dict[str, Variant] = {
        name: _fit(
            PairFeatures.configured(encoder, TEXT_TYPES[name], config, terms),
            examples,
            config,
            store,
        )
        for name, examples in chosen.items()
        if examples
    }
    return Fitted(variants, splits, store)


def _fit(
    features: PairFeatures,
    examples: Sequence[PairExample],
    config: TrainingConfig,
    store: VectorStore,
) -> BasicVariant:
    table = FeatureTable.read(features, examples, store, Ticker())
    classifier = fit_classifier(config.classifier, table.told, config.seed)
    return BasicVariant(features, classifier, config.classifier, table.columns)


def save(folder: Path, variants: dict[str, BasicVariant]) -> None:
    """The classifier of each variant and the weights of words; the encoder is unaltered, so its
    name and hash are enough."""
    from safetensors.numpy import save_file

    tensors = {
        f"{name}.{key}": value
        for name, variant in variants.items()
        for key, value in variant.tensors().items()
    }
    terms = variants["nt"].features.terms
    if terms is not None:
        tensors |= {f"idf.{name}": values for name, values in terms.idf.items()}
    save_file(tensors, folder / "model.safetensors")


def load(path: Path, manifest: dict[str, Any]) -> dict[str, Variant]:
    """The stored variants; the encoder must be the one they were trained with."""
    from safetensors.numpy import load_file

    tensors = load_file(path / "model.safetensors")
    variants: dict[str, Variant] = {}
    for name, described in manifest["variants"].items():
        kind, text_types = described["classifier"], tuple(described["text_types"])
        features = stored_features(path, described, text_types, _below("idf", tensors))
        columns = tuple(described["columns"])
        if columns != features.names:
            raise ArtefactError(
                f"{path}: the manifest's variants.{name}.columns are not those of its text_types, "
                "image_encoder and report_gap"
            )
        classifier = classifier_from(kind, _below(name, tensors))
        variants[name] = BasicVariant(features, classifier, kind, columns)
    return variants


def _below(name: str, tensors: dict[str, Any]) -> dict[str, Any]:
    """The tensors whose names begin with `name` and a dot, without that."""
    prefix = f"{name}."
    return {k.removeprefix(prefix): v for k, v in tensors.items() if k.startswith(prefix)}
