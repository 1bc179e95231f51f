"""The pool as a ranking reads it: millions of narrow rows, straight into arrays."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from django.db import connection

from annotation.binary_copy import read_rows
from annotation.models import Campaign, TrainingRun
from annotation.queries.gold import UNANSWERED

if TYPE_CHECKING:
    from annotation.binary_copy import Rows

# How many labels a pair wants by the campaign's rule. The share of an overlap is drawn by a hash of
# the pair and the campaign, so that it stays the same share of the same pairs.
WANTED = {
    "fixed": "%(most)s",
    "overlap": """CASE WHEN (hashint8extended(pool.pair_id, pool.campaign_id) & 1048575) / 1048576.0
        < %(overlap_share)s THEN %(most)s ELSE 1 END""",
    "differ": "coalesce(demand.wanted, least(2, %(most)s))",
    "posterior": "coalesce(demand.wanted, 1)",
    "activelab": "coalesce(demand.wanted, 1)",
}
# Pairs that still want a label, in a fixed order, with what the model says of them. A pair in
# someone's hands is in: it comes back if they let it go. Of twins one is judged: the one with most
# labels, else the one that somebody has, else the first.
POOL = """
WITH done AS (
    SELECT pair_id, count(*) FILTER (WHERE state = 'labelled') AS labels, count(*) AS taken
    FROM annotation_assignment
    WHERE campaign_id = %(campaign)s AND state IN ('leased', 'labelled') GROUP BY pair_id
), judged_elsewhere AS (
    SELECT pair_id FROM (
        SELECT twin.pair_id, row_number() OVER (
            PARTITION BY twin.group_id
            ORDER BY coalesce(done.labels, 0) DESC, coalesce(done.taken, 0) DESC, twin.pair_id
        ) AS place
        FROM annotation_pairtwin twin
        JOIN annotation_poolpair member
            ON member.campaign_id = %(campaign)s AND member.pair_id = twin.pair_id
        LEFT JOIN done ON done.pair_id = twin.pair_id
        WHERE %(merges)s
    ) placed
    WHERE place > 1
)
SELECT pool.pair_id, pool.held_out, coalesce(prediction.probability, 'NaN') AS probability,
    coalesce(done.labels, 0)::smallint AS labels, ({wanted})::smallint AS wanted
FROM annotation_poolpair pool
LEFT JOIN annotation_prediction prediction
    ON prediction.pair_id = pool.pair_id AND prediction.run_id = %(run)s
LEFT JOIN done ON done.pair_id = pool.pair_id
LEFT JOIN annotation_demand demand
    ON demand.pair_id = pool.pair_id AND demand.campaign_id = pool.campaign_id
WHERE pool.campaign_id = %(campaign)s
    AND (%(labelled_too)s AND done.labels > 0 OR coalesce(done.labels, 0) < ({wanted}))
    AND NOT EXISTS (SELECT FROM judged_elsewhere WHERE judged_elsewhere.pair_id = pool.pair_id)
    AND {unanswered}
    AND (%(any_language)s OR EXISTS (
        SELECT FROM annotation_pair pair
        JOIN annotation_video video ON video.id IN (pair.rejected_id, pair.recommended_id)
        WHERE pair.id = pool.pair_id AND video.language = ANY(%(languages)s::varchar[])
    ))
"""
MORE = """
SELECT EXISTS (
    SELECT FROM ({pool}) wanting
    WHERE NOT EXISTS (
        SELECT FROM annotation_queueitem item
        WHERE item.generation_id = %(generation)s AND item.pair_id = wanting.pair_id
    )
)
"""
FIELDS = {
    "pair_id": "i8",
    "held_out": "?",
    "probability": "f8",
    "labels": "i2",
    "wanted": "i2",
}


def pool_rows(
    *,
    campaign: Campaign,
    run: TrainingRun | None,
    labelled_too: bool = False,
    rest: Callable[[], None] | None = None,
) -> Rows:
    """The pairs of the pool that still want a label, in the order of their ids: an array (n,) with
    the fields pair_id, held_out, probability of `run` (NaN: none), labels, wanted. `labelled_too`
    adds those that have all their labels. `rest` as in `read_rows`.
    """
    query = f"{_pool(campaign)} ORDER BY pool.pair_id"
    parameters = _parameters(campaign, run) | {"labelled_too": labelled_too}
    with connection.cursor() as cursor:
        return read_rows(cursor, query, parameters, FIELDS, rest=rest)


def has_more_than_the_queue(*, campaign: Campaign) -> bool:
    """Whether the pool has a pair that wants a label and is not in the queue served now."""
    parameters = _parameters(campaign) | {"generation": campaign.generation_id}
    with connection.cursor() as cursor:
        cursor.execute(MORE.format(pool=_pool(campaign)), parameters)
        return bool(cursor.fetchone()[0])


def _pool(campaign: Campaign) -> str:
    return POOL.format(
        wanted=WANTED[campaign.relabelling], unanswered=UNANSWERED.format(row="pool")
    )


def _parameters(campaign: Campaign, run: TrainingRun | None = None) -> dict[str, Any]:
    return {
        "campaign": campaign.pk,
        "run": run.pk if run else None,
        "most": campaign.labels_per_pair,
        "overlap_share": campaign.overlap_share,
        "labelled_too": False,
        "merges": campaign.duplicates != Campaign.Duplicates.SEPARATE,
        "any_language": not campaign.languages,
        "languages": campaign.languages,
    }
