"""A ranking as rows: the partition of a generation, filled beside the one that is served."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import connection

from annotation.arrays import PORTION, write_rows
from annotation.models import QueueGeneration
from annotation.services import generations
from annotation.services.composition import STRATEGIES
from annotation.services.pair_lanes import lanes_of
from annotation.unhurried import Unhurried

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

RANKED = """
CREATE TEMPORARY TABLE ranked (
    rank integer PRIMARY KEY, pair_id bigint, wanted smallint, slots smallint, strategy smallint,
    score double precision, lane bigint, topics bigint
)
"""
# Few: the hard pairs that wait for somebody.
ROUTED = """
CREATE TEMPORARY TABLE routed AS
SELECT pair_id, routed_to, routed_until FROM annotation_demand
WHERE %(adaptive)s AND campaign_id = %(campaign)s AND routed_to IS NOT NULL
"""
FILL = """
INSERT INTO {partition} (generation_id, rank, pair_id, wanted, slots, strategy, score, lane,
    routed_to, routed_until, topics)
SELECT {generation}, ranked.rank, ranked.pair_id, ranked.wanted, ranked.slots,
    (%(strategies)s::varchar[])[ranked.strategy + 1], nullif(ranked.score, 'NaN'),
    (%(lanes)s::varchar[])[ranked.lane + 1], routed.routed_to, routed.routed_until, ranked.topics
FROM ranked LEFT JOIN routed ON routed.pair_id = ranked.pair_id
WHERE ranked.rank BETWEEN %(first)s AND %(last)s ORDER BY ranked.rank
"""


def write_queue(generation: QueueGeneration, queue: NDArray[np.void], work: Unhurried) -> None:
    """Write `queue`, as `compose` makes it, for the generation; unseen before the switch."""
    generations.create_partition(generation)
    lanes = lanes_of(queue["pair_id"].copy(), rest=work.rest)
    rows = _with_columns(queue, lane=lanes.lane, topics=lanes.topics)
    with connection.cursor() as cursor:
        cursor.execute(RANKED)
        write_rows(cursor, "ranked", rows, rest=work.rest)
        campaign = generation.campaign
        cursor.execute(ROUTED, {"campaign": campaign.pk, "adaptive": campaign.is_adaptive})
        cursor.execute("ANALYZE ranked, routed")
        fill = FILL.format(partition=generations.partition_of(generation), generation=generation.pk)
        known = {"strategies": list(STRATEGIES), "lanes": lanes.names}
        for first in range(1, len(rows) + 1, PORTION):
            cursor.execute(fill, known | {"first": first, "last": first + PORTION - 1})
            work.rest()
        cursor.execute("DROP TABLE ranked, routed")
    generations.attach_partition(generation)


def _with_columns(rows: NDArray[np.void], **columns: NDArray[Any]) -> NDArray[np.void]:
    import numpy as np

    types = [(name, rows.dtype[name]) for name in rows.dtype.names or ()]
    wider = np.empty(len(rows), types + [(name, column.dtype) for name, column in columns.items()])
    for name, _ in types:
        wider[name] = rows[name]
    for name, column in columns.items():
        wider[name] = column
    return wider
