"""How far annotators agree with themselves: the same unit, judged twice by the same person."""

from __future__ import annotations

from typing import TypedDict

import numpy as np
from numpy.typing import ArrayLike

from modeling.agreement.bootstrap import Figure, undefined
from modeling.agreement.kappa import Answers, kappa_figure
from modeling.agreement.shrinkage import wilson

NOTHING = "nobody has judged a unit twice"


class RepeatAgreement(TypedDict):
    """`same` is the share of second answers like the first, with Wilson's interval (Wilson 1927);
    `kappa` (Cohen 1960) is of first answers by second ones, with a bootstrap over units."""

    n: int
    agreed: int
    same: Figure
    kappa: Figure


def repeat_agreement(
    first: ArrayLike, second: ArrayLike, *, labels: int, resamples: int = 1000, seed: int = 0
) -> RepeatAgreement:
    """Of codes `first` and `second` from 0 to `labels` - 1, one entry a repeat, both (n,).

    Raises:
        ValueError: they differ in length, or a code is out of range.
    """
    one, two = (np.asarray(codes, dtype=np.int64) for codes in (first, second))
    if one.ndim != 1 or one.shape != two.shape:
        raise ValueError("first and second must be flat and of one length")
    both = np.concatenate([one, two])
    if len(both) and not 0 <= both.min() <= both.max() < labels:
        raise ValueError(f"codes must lie within 0 and {labels - 1}")
    n, agreed = len(one), int((one == two).sum())
    if not n:
        return {"n": 0, "agreed": 0, "same": undefined(NOTHING), "kappa": undefined(NOTHING)}
    low, high = wilson(float(agreed), float(n))
    table = np.bincount(one * labels + two, minlength=labels**2).reshape(labels, labels)
    kappa = kappa_figure(Answers.of_table(table), resamples=resamples, seed=seed)
    same: Figure = {"value": agreed / n, "low": low, "high": high}
    return {"n": n, "agreed": agreed, "same": same, "kappa": kappa}
