from dataclasses import dataclass
from typing import Any

from django.db import connection

from annotation.models import Campaign, TrainingRun

# Pairs that still want a label, in a fixed order, with the languages of both videos and what the
# served model says of them. A pair in someone's hands is in: it comes back if they let it go.
POOL = """
SELECT pair.id, pair.held_out, prediction.probability,
    ARRAY(SELECT DISTINCT language FROM unnest(ARRAY[rejected.language, recommended.language])
          AS language WHERE language <> '' ORDER BY language)
FROM annotation_poolpair pool
JOIN annotation_pair pair ON pair.id = pool.pair_id
JOIN annotation_video rejected ON rejected.id = pair.rejected_id
JOIN annotation_video recommended ON recommended.id = pair.recommended_id
LEFT JOIN annotation_prediction prediction
    ON prediction.pair_id = pair.id AND prediction.run_id = %(run)s
LEFT JOIN (
    SELECT pair_id, count(*) AS labels FROM annotation_assignment
    WHERE campaign_id = %(campaign)s AND state = 'labelled' GROUP BY pair_id
) done ON done.pair_id = pair.id
WHERE pool.campaign_id = %(campaign)s AND coalesce(done.labels, 0) < %(wanted)s
    AND (%(any_language)s OR rejected.language = ANY(%(languages)s::varchar[])
        OR recommended.language = ANY(%(languages)s::varchar[]))
ORDER BY pair.id
"""


MORE = f"""
SELECT EXISTS (
    SELECT FROM ({POOL}) wanting
    WHERE NOT EXISTS (
        SELECT FROM annotation_queueitem item
        WHERE item.generation_id = %(generation)s AND item.pair_id = wanting.id
    )
)
"""  # noqa: S608 - constants only


@dataclass(frozen=True, slots=True)
class PoolRow:
    pair_id: int
    held_out: bool
    probability: float | None
    languages: list[str]


def pool_rows(*, campaign: Campaign, run: TrainingRun | None) -> list[PoolRow]:
    """Every pair of the pool that still wants a label, with the probability of `run`."""
    with connection.cursor() as cursor:
        cursor.execute(POOL, _parameters(campaign, run))
        return [PoolRow(*row) for row in cursor]


def has_more_than_the_queue(*, campaign: Campaign) -> bool:
    """Whether the pool has a pair that wants a label and is not in the queue served now."""
    with connection.cursor() as cursor:
        cursor.execute(MORE, _parameters(campaign) | {"generation": campaign.generation_id})
        return bool(cursor.fetchone()[0])


def _parameters(campaign: Campaign, run: TrainingRun | None = None) -> dict[str, Any]:
    return {
        "campaign": campaign.pk,
        "run": run.pk if run else None,
        "wanted": campaign.labels_per_pair,
        "any_language": not campaign.languages,
        "languages": campaign.languages,
    }
