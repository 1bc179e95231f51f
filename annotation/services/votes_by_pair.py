"""What the votes on each pair come to, whatever method says what they mean."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from annotation.arrays import Rows


def votes_by_pair(
    votes: Rows, items: NDArray[np.int64], first: NDArray[np.int64]
) -> dict[str, NDArray[Any]]:
    """Columns of `PairConsensus` by name, each (n_pairs,); `first_at` in seconds.

    `votes` (n,) are in the order of pairs, `items` (n,) the pair of each, `first` (n_pairs,) where
    each pair's votes begin.
    """
    import numpy as np

    from modeling.stopping import VERDICTS

    counts = np.bincount(
        items * len(VERDICTS) + votes["verdict"], minlength=len(first) * len(VERDICTS)
    ).reshape(-1, len(VERDICTS))
    similar, not_similar, unsure = counts.T
    opposed = (similar > 0) & (not_similar > 0)
    differ = (counts > 0).sum(axis=1) > 1
    is_similar = votes["verdict"] == VERDICTS.index("similar")
    some = np.bitwise_or.reduceat(np.where(is_similar, votes["reasons"], 0), first)
    # Of those who say something else no reason is missing.
    every = np.bitwise_and.reduceat(np.where(is_similar, votes["reasons"], -1), first)
    split = np.where(similar > 1, some & ~every, 0)
    return {
        "labels": counts.sum(axis=1),
        "votes_similar": similar,
        "votes_not_similar": not_similar,
        "votes_unsure": unsure,
        "contrast": np.where(opposed, 2, differ),
        "split_reasons": split,
        "judged": np.maximum.reduceat(votes["label_id"], first) > 0,
        "at_random": np.logical_or.reduceat(votes["at_random"], first),
        "first_at": np.minimum.reduceat(votes["at"], first),
    }
