"""A queue of uncertain pairs with a random slice, part of which is kept for evaluation."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from modeling.acquisition.base import Flags, Indices, Probabilities, check_probabilities
from modeling.acquisition.interleave import even_positions
from modeling.acquisition.uncertainty import most_uncertain, uncertainty

UNCERTAINTY, RANDOM = "uncertainty", "random"


@dataclass(frozen=True, slots=True)
class MixedQueue:
    """`order` (m,): indices into the pool, first to ask in front; `strategy` (m,): why each."""

    order: Indices
    strategy: NDArray[np.str_]


def mixed_queue(
    probabilities: Probabilities | None,
    reserved: Flags,
    *,
    size: int,
    random_share: float,
    reserved_share: float = 0.5,
    rng: np.random.Generator,
) -> MixedQueue:
    """A queue of min(size, pool) pairs, each pair at most once.

    A share `random_share` of the positions, even in short prefixes, is drawn uniformly without
    replacement: from the reserved pairs with probability `reserved_share`, else from the others.
    The remaining positions take the most uncertain of the others, after the random draws have been
    made, so that these are a fair sample of the pairs that are given. Of the whole pool they are
    one in the first queue only: later ones are drawn from what uncertainty has left. Reserved pairs
    are reached by random draws only, hence the labelled ones among them are always a uniform sample
    for evaluation.
    When one kind of pair runs out, the other fills its places.

    Args:
        probabilities: (n,), NaN where not judged yet; None at cold start, when every position is
            a uniform draw from the whole pool.
        reserved: (n,) pairs kept for evaluation.

    Raises:
        ValueError: shapes differ, or a share or probability is not within [0, 1].
    """
    _check(probabilities, reserved, size, random_share, reserved_share)
    m = min(size, len(reserved))
    if probabilities is None:
        return MixedQueue(rng.permutation(len(reserved))[:m], np.full(m, RANDOM))
    is_random = even_positions(m, random_share, rng)
    ours, others = np.flatnonzero(reserved), np.flatnonzero(~reserved)
    is_random, from_reserved = _sources(is_random, len(ours), len(others), reserved_share, rng)
    others = rng.permutation(others)
    n_random_others = int((is_random & ~from_reserved).sum())
    left = others[n_random_others:]
    scores = uncertainty(np.asarray(probabilities, dtype=np.float64)[left])
    order = np.empty(m, dtype=np.int64)
    order[from_reserved] = rng.permutation(ours)[: from_reserved.sum()]
    order[is_random & ~from_reserved] = others[:n_random_others]
    order[~is_random] = left[most_uncertain(scores, int((~is_random).sum()), rng)]
    return MixedQueue(order, np.where(is_random, RANDOM, UNCERTAINTY))


def _check(
    probabilities: Probabilities | None,
    reserved: Flags,
    size: int,
    random_share: float,
    reserved_share: float,
) -> None:
    if reserved.ndim != 1 or reserved.dtype != np.bool_:
        raise ValueError("reserved must be a flat array of booleans")
    if probabilities is not None and check_probabilities(probabilities).shape != reserved.shape:
        raise ValueError("probabilities and reserved must have one entry a pair each")
    if not (0 <= random_share <= 1 and 0 <= reserved_share <= 1) or size < 0:
        raise ValueError("shares must lie within 0 and 1, and size must not be negative")


def _sources(
    is_random: Flags, n_ours: int, n_others: int, reserved_share: float, rng: np.random.Generator
) -> tuple[Flags, Flags]:
    """Where each position draws from, adjusted to what there is: (is_random, from_reserved)."""
    from_reserved = is_random & (rng.random(len(is_random)) < reserved_share)
    surplus = int(from_reserved.sum()) - n_ours
    if surplus > 0:
        from_reserved[np.flatnonzero(from_reserved)[-surplus:]] = False
    shortage = len(is_random) - int(from_reserved.sum()) - n_others
    if shortage > 0:
        # The others run out at the end of the queue: what is left there are reserved pairs.
        late = np.flatnonzero(~from_reserved)[-shortage:]
        from_reserved[late] = True
        is_random = is_random.copy()
        is_random[late] = True
    return is_random, from_reserved
