"""Words and pieces of words that two texts share, the rare ones counting more."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

# Terms are hashed, so that a model is of one size whatever the words, and no word is unknown.
TERMS = 2**18
ANALYZERS: dict[str, dict[str, Any]] = {
    "word": {"token_pattern": r"(?u)\w+"},
    "char": {"analyzer": "char_wb", "ngram_range": (3, 4)},
}
# A title is short; of a long text its head says what it is about.
MAX_CHARACTERS = 1500


@dataclass(frozen=True, slots=True)
class TermWeights:
    """Inverse document frequencies of hashed terms, by analyzer, each of shape (TERMS,)."""

    idf: dict[str, NDArray[np.float32]]

    @classmethod
    def fit(cls, texts: Iterable[str]) -> TermWeights:
        """Of the distinct non-empty `texts`: log((1 + n) / (1 + df)) + 1, as scikit-learn does."""
        documents = sorted({text[:MAX_CHARACTERS] for text in texts if text})
        idf = {}
        for name in ANALYZERS:
            counts = _counts(name, documents)
            df = np.bincount(counts.indices, minlength=TERMS) if documents else np.zeros(TERMS)
            idf[name] = (np.log((1 + len(documents)) / (1 + df)) + 1).astype(np.float32)
        return cls(idf)

    def overlap(self, analyzer: str, left: Sequence[str], right: Sequence[str]) -> Floats:
        """Two columns of shape (len(left),): the cosine of the weighted terms, and the share of
        the text with less weight that the other one contains."""
        a, b = (self._weigh(analyzer, side) for side in (left, right))
        shared = np.asarray(a.minimum(b).sum(1)).ravel()
        smaller = np.minimum(*(np.asarray(side.sum(1)).ravel() for side in (a, b)))
        lengths = [np.sqrt(np.asarray(side.multiply(side).sum(1)).ravel()) for side in (a, b)]
        product = np.asarray(a.multiply(b).sum(1)).ravel()
        return np.column_stack([_ratio(product, lengths[0] * lengths[1]), _ratio(shared, smaller)])

    def _weigh(self, analyzer: str, texts: Sequence[str]) -> Any:
        """Sparse (len(texts), TERMS): (1 + log of the count) times idf."""
        counts = _counts(analyzer, [text[:MAX_CHARACTERS] for text in texts])
        counts.data = (1 + np.log(counts.data)) * self.idf[analyzer][counts.indices]
        return counts


def _counts(analyzer: str, texts: Sequence[str]) -> Any:
    from scipy.sparse import csr_matrix

    if not texts:
        return csr_matrix((0, TERMS))
    return _vectorizer(analyzer).transform(texts)


@lru_cache
def _vectorizer(analyzer: str) -> Any:
    from sklearn.feature_extraction.text import HashingVectorizer

    return HashingVectorizer(
        n_features=TERMS, alternate_sign=False, norm=None, **ANALYZERS[analyzer]
    )


def _ratio(numerator: Floats, denominator: Floats) -> Floats:
    out = np.zeros_like(numerator, dtype=float)
    return np.divide(numerator, denominator, out=out, where=denominator > 0)
