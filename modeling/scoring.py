"""Forward passes without gradients: logits, and the score that chooses between epochs."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from modeling.evaluation import evaluate
from modeling.prediction import sigmoid
from modeling.progress import Ticker
from modeling.tokenization import EncodedPairs, PairCollator, length_bucketed_batches


def validation_score(
    model: nn.Module, pairs: EncodedPairs, collator: PairCollator, batch_size: int
) -> tuple[float, float]:
    """(AUROC, minus log loss), larger is better; AUROC 0.5 where a class is missing."""
    if not len(pairs):
        return 0.5, 0.0
    logits = compute_logits(model, pairs, collator, batch_size, Ticker())
    # Soft-label log loss, stable for large logits.
    losses = np.logaddexp(0.0, logits) - pairs.targets * logits
    auroc = evaluate(sigmoid(logits), pairs.targets, resamples=0)["auroc"]
    return (auroc["value"] if auroc else 0.5), -float(losses.mean())


def compute_logits(
    model: nn.Module, pairs: EncodedPairs, collator: PairCollator, batch_size: int, ticker: Ticker
) -> NDArray[np.float64]:
    """Shape (len(pairs),), in the order of `pairs`; raises TrainingCancelled between batches."""
    model.eval()
    logits, done = np.empty(len(pairs)), 0
    with torch.inference_mode():
        for rows in length_bucketed_batches(pairs.lengths, batch_size):
            batch = collator(pairs, rows)
            logits[rows] = model(batch).float().cpu().numpy()
            done += len(rows)
            ticker.step(done / len(pairs))
            ticker.check()
    return logits
