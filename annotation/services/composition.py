"""What a queue is made of: the campaign's order, its random share, and second looks mixed in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from annotation.models import Campaign
from annotation.services.second_looks import second_looks
from annotation.services.vote_arrays import Votes

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

# A ranking numbers them in this order.
STRATEGIES = ("random", "uncertainty", "relabel")
FIELDS = [
    ("rank", "i4"),
    ("pair_id", "i8"),
    ("wanted", "i2"),
    ("slots", "i2"),
    ("strategy", "i2"),
    ("score", "f8"),
]


def compose(
    campaign: Campaign, rows: NDArray[np.void], votes: Votes | None, rng: np.random.Generator
) -> NDArray[np.void]:
    """The queue, the first to serve in front, from the pool's rows (see `services.pool_rows`): an
    array with the fields rank (from 1), pair_id, wanted, slots (those that nobody has taken),
    strategy (a place in STRATEGIES), score.

    Pairs that have all their labels come as second looks and want one label more.
    """
    import numpy as np

    from modeling.acquisition.interleave import interleave

    complete = rows["labels"] >= rows["wanted"]
    first, strategy = _in_order(campaign, rows[~complete], rng)
    index, share = second_looks(campaign, rows, complete, votes, rng)
    again = rows[index]
    again["wanted"] = again["labels"] + 1
    places = interleave(len(first), len(again), share=share, rng=rng)
    places = places[: campaign.queue_size]
    chosen = np.concatenate([first, again])[places]
    codes = np.append(strategy, np.full(len(again), STRATEGIES.index("relabel")))[places]
    queue = np.empty(len(chosen), FIELDS)
    queue["rank"] = np.arange(1, len(chosen) + 1)
    queue["strategy"] = codes
    queue["score"] = chosen["probability"]
    queue["slots"] = np.maximum(chosen["wanted"] - chosen["taken"], 0)
    for field in ("pair_id", "wanted"):
        queue[field] = chosen[field]
    return queue


def _in_order(
    campaign: Campaign, rows: NDArray[np.void], rng: np.random.Generator
) -> tuple[NDArray[np.void], NDArray[np.int64]]:
    """Rows that want a label, by the campaign's order, and the strategy that chose each."""
    import numpy as np

    from modeling.acquisition.mixed import mixed_queue

    # A pair that came to the pool after the run is one the model knows nothing of: most uncertain.
    known = not np.isnan(rows["probability"]).all()
    by_model = known and campaign.order == campaign.Order.UNCERTAINTY
    queue = mixed_queue(
        rows["probability"] if by_model else None,
        np.ascontiguousarray(rows["held_out"]),
        size=min(campaign.queue_size, len(rows)),
        random_share=campaign.random_share,
        rng=rng,
    )
    codes = np.where(queue.strategy == "random", 0, 1)
    return rows[queue.order], codes
