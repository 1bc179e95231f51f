"""Which labelled pairs come again, beside those that still want a label."""

from __future__ import annotations

from typing import TYPE_CHECKING

from annotation.models import Campaign
from annotation.services.vote_arrays import Votes

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

# ActiveLab's scores take about 0.6 s for every thousand labelled pairs.
LOOKED_AT = 5_000


def second_looks(
    campaign: Campaign,
    rows: NDArray[np.void],
    complete: NDArray[np.bool_],
    votes: Votes | None,
    rng: np.random.Generator,
) -> tuple[NDArray[np.int64], float]:
    """Indices of rows of the pool that have their labels, the first to come in front, and the
    share of the queue that they make up: the campaign's, drawn at random, or those that ActiveLab
    puts before new pairs."""
    import numpy as np

    again = rng.permutation(np.flatnonzero(complete))
    if campaign.relabelling != Campaign.Relabelling.ACTIVELAB or votes is None:
        return again, campaign.relabel_share
    return _by_expected_gain(campaign, rows, complete, votes)


def _by_expected_gain(
    campaign: Campaign, rows: NDArray[np.void], complete: NDArray[np.bool_], votes: Votes
) -> tuple[NDArray[np.int64], float]:
    import numpy as np

    from modeling.acquisition.relabel import choose, expected_gain

    open_to_more = complete & (rows["labels"] < campaign.labels_per_pair)
    labelled = _most_uncertain(rows, np.flatnonzero(open_to_more))
    new = np.flatnonzero(~complete)
    # The votes on those rows, by the place of the row among them.
    place = {pair: i for i, pair in enumerate(rows["pair_id"][labelled].tolist())}
    of_vote = np.array([place.get(pair, -1) for pair in votes.pairs[votes.items].tolist()], int)
    meant = of_vote >= 0
    scores = expected_gain(
        of_vote[meant],
        votes.annotators[meant],
        votes.verdicts[meant],
        rows["probability"][labelled],
        rows["probability"][new],
    )
    chosen = choose(*scores, budget=min(campaign.queue_size, len(labelled) + len(new)))
    again = labelled[chosen.index[chosen.labelled]]
    return again, min(len(again) / max(len(chosen.index), 1), 0.9)


def _most_uncertain(rows: NDArray[np.void], index: NDArray[np.int64]) -> NDArray[np.int64]:
    import numpy as np

    doubt = np.abs(np.nan_to_num(rows["probability"][index], nan=0.5) - 0.5)
    return index[np.argsort(doubt, kind="stable")[:LOOKED_AT]]
