"""The recipes of the product, and what they have to beat, behind one call."""

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from modeling.config import TrainingConfig
from modeling.embeddings import SentenceEncoder
from modeling.encoders import resolve_encoder
from modeling.models.lexical import TermWeights
from modeling.models.pair_features import TEXT_TYPES, PairFeatures, documents
from modeling.progress import Ticker
from modeling.recipes import load_model, train
from modeling.schema import PairExample
from modeling.vector_store import EmbeddingCache

Probabilities = NDArray[np.float64]
Recipe = Callable[[Sequence[PairExample], Sequence[PairExample], TrainingConfig], Probabilities]

CHANNEL = ("same_channel",)
MISSING = tuple(f"missing_{text}" for text in TEXT_TYPES["wt"])
TFIDF = tuple(f"words_{text}" for text in (*TEXT_TYPES["wt"], "whole"))
COSINES = tuple(f"cosine_{text}" for text in TEXT_TYPES["wt"])


def baseline(
    columns: Sequence[str],
    training: Sequence[PairExample],
    test: Sequence[PairExample],
    config: TrainingConfig,
) -> Probabilities:
    """Logistic regression (C = 10, as it comes otherwise) on these columns of the features."""
    from sklearn.linear_model import LogisticRegression

    assert config.embedding_cache is not None
    store = EmbeddingCache(config.embedding_cache)
    encoder = SentenceEncoder(resolve_encoder(config.encoder), device=config.device)
    spoken = any(pair.has_transcripts for pair in training)
    texts = TEXT_TYPES["wt" if spoken else "nt"]
    features = PairFeatures(encoder, texts, config.max_length, TermWeights.fit(documents(training)))

    def matrix(pairs: Sequence[PairExample]) -> NDArray[np.float64]:
        found = features.columns(pairs, store, Ticker())
        return np.column_stack([found[name] for name in columns if name in found])

    model = LogisticRegression(C=10.0, max_iter=2000)
    model.fit(matrix(training), [pair.target for pair in training])
    return np.asarray(model.predict_proba(matrix(test))[:, 1])


def trained(
    recipe: str,
    training: Sequence[PairExample],
    test: Sequence[PairExample],
    config: TrainingConfig,
    **settings: object,
) -> Probabilities:
    """A recipe of the product, which keeps a part of the labels for validation."""
    with tempfile.TemporaryDirectory() as folder:
        chosen = replace(config, **settings)  # type: ignore[arg-type]
        result = train(recipe, training, output=Path(folder) / "model", config=chosen)
        model = load_model(result.path)
        found = model.predict(test, embedding_cache=config.embedding_cache)
        return np.array([prediction.probability for prediction in found])


BASELINES: dict[str, Recipe] = {
    "channel": partial(baseline, CHANNEL),
    "TF-IDF + channel": partial(baseline, (*TFIDF, *MISSING, *CHANNEL)),
    "cosines + channel": partial(baseline, (*COSINES, *MISSING, *CHANNEL)),
    "TF-IDF + cosines + channel": partial(baseline, (*TFIDF, *COSINES, *MISSING, *CHANNEL)),
}
RECIPES: dict[str, Recipe] = BASELINES | {
    "basic (study)": partial(trained, "basic", features="study", classifier="logistic"),
    "basic logistic": partial(trained, "basic", classifier="logistic"),
    "basic boosting": partial(trained, "basic", classifier="boosting"),
    "basic": partial(trained, "basic"),
    "unified (study)": partial(trained, "unified", similarities=False),
    "unified": partial(trained, "unified"),
    "unified-v2": partial(trained, "unified-v2"),
    "unified-v2 (study)": partial(trained, "unified-v2", similarities=False),
    "unified one encoder": partial(trained, "unified", shared_encoder=True),
    "unified masks": partial(trained, "unified", missing_masks=True),
    "auto": partial(trained, "auto"),
}
RATES: dict[str, Recipe] = {
    f"unified (study) at {rate:g}": partial(
        trained, "unified", similarities=False, learning_rate=rate
    )
    for rate in (5e-6, 1.5e-5, 5e-5, 1.5e-4, 5e-4, 5e-3)
}
ALL_RECIPES = RECIPES | RATES
