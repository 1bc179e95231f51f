"""What a model says of labelled pairs whose labels it has not seen, and how much each sways it.

A fitted model repeats the labels it was fitted to, right or wrong. For doubting a label, or for
counting the model as one more witness, its word must come from a fit that left the pair out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from modeling.config import TrainingConfig
from modeling.dataset import transcript_examples
from modeling.embeddings import SentenceEncoder
from modeling.encoders import resolve_encoder
from modeling.errors import NotEnoughData
from modeling.models.classifiers import Floats, spread
from modeling.models.feature_table import FeatureTable
from modeling.models.lexical import TermWeights
from modeling.models.pair_features import TEXT_TYPES, PairFeatures, documents
from modeling.models.stacking import Stacked
from modeling.progress import Ticker, TrainingCallback
from modeling.schema import PairExample
from modeling.vector_store import open_store

# Of the penalty that keeps the leverages of many like columns finite; columns are standardised.
_RIDGE = 1.0


@dataclass(frozen=True, slots=True)
class OutOfSample:
    """One entry an example, each (n,): `probability` of similar by a fit to the other folds, and
    `leverage`, the diagonal of the hat matrix (see `leverage`)."""

    probability: Floats
    leverage: Floats


def out_of_sample(
    examples: Sequence[PairExample],
    *,
    config: TrainingConfig,
    callback: TrainingCallback | None = None,
) -> OutOfSample:
    """Cross-validate the basic recipe's stacked classifier on labelled examples.

    Pairs with both transcripts are judged by them where enough have any, as in the basic model.

    Raises:
        NotEnoughData: too few examples of a class to hold some of them back.
        TrainingCancelled: `callback.should_stop()` answered true.
    """
    ticker = Ticker(callback)
    encoder = SentenceEncoder(resolve_encoder(config.encoder), device=config.device)
    terms = TermWeights.fit(documents(examples)) if config.features == "lexical" else None
    store = open_store(config.embeddings)

    def judge(name: str, chosen: Sequence[PairExample], part: Ticker) -> OutOfSample | None:
        features = PairFeatures.configured(encoder, TEXT_TYPES[name], config, terms)
        return _judge(FeatureTable.read(features, chosen, store, part), config.seed)

    found = judge("nt", examples, ticker.part(0.0, 0.5)) if examples else None
    if found is None:
        raise NotEnoughData("Too few labelled pairs of a class to judge each by the others.")
    told = transcript_examples(examples)
    better = judge("wt", told, ticker.part(0.5, 1.0)) if told else None
    if better is not None:
        with_texts = np.array([example.has_transcripts for example in examples])
        found.probability[with_texts] = better.probability
        found.leverage[with_texts] = better.leverage
    ticker.report(1.0, f"{len(examples):,} labelled pairs judged by models that had not seen them")
    return found


def _judge(table: FeatureTable, seed: int) -> OutOfSample | None:
    """None where a class has too few examples."""
    told = table.told
    logits = Stacked.unseen(told, seed=seed)
    if logits is None:
        return None
    probability = 0.5 * (1.0 + np.tanh(0.5 * logits))
    return OutOfSample(probability, leverage(told.x, probability, told.weights))


def leverage(x: Floats, probability: Floats, weights: Floats) -> Floats:
    """How far each example pulls a logistic regression towards itself, in [0, 1], (n,).

    The diagonal of the hat matrix W^½ X (X' W X + penalty)⁻¹ X' W^½ with W = weight p (1 - p)
    (Pregibon 1981, "Logistic Regression Diagnostics"), of standardised features `x` (n, d).
    """
    rows = np.column_stack([np.ones(len(x)), (x - x.mean(0)) / spread(x)])
    rows *= np.sqrt(weights * probability * (1 - probability))[:, None]
    penalty = np.full(rows.shape[1], _RIDGE)
    penalty[0] = 1e-9
    inverse = np.linalg.inv(rows.T @ rows + np.diag(penalty))
    return np.asarray(np.clip(np.einsum("ij,jk,ik->i", rows, inverse, rows), 0.0, 1.0))
