"""The pool of a campaign: which of its pairs still want a label, and how many."""

from typing import Any

from django.db import connection

from annotation.models import Campaign, TrainingRun
from annotation.queries.gold import UNANSWERED

# How many labels a pair wants by the campaign's rule as long as nobody has labelled it. The share
# of an overlap is drawn by a hash of the pair and the campaign, so that it stays the same share of
# the same pairs.
WANTED_AT_FIRST = {
    "fixed": "%(most)s",
    "overlap": """CASE WHEN (hashint8extended(pool.pair_id, pool.campaign_id) & 1048575) / 1048576.0
        < %(overlap_share)s THEN %(most)s ELSE 1 END""",
    "differ": "least(2, %(most)s)",
    "posterior": "1",
    "activelab": "1",
}
# And now: by its labels, where the rule is one that looks at them.
WANTED = {
    rule: wanted if rule in ("fixed", "overlap") else f"coalesce(demand.wanted, {wanted})"
    for rule, wanted in WANTED_AT_FIRST.items()
}
# The videos in a campaign's languages are gathered once a statement, hence in no portioned one.
SPOKEN = "(SELECT id FROM annotation_video WHERE language = ANY(%(languages)s::varchar[]))"
IN_LANGUAGES = f"""EXISTS (
    SELECT FROM annotation_pair pair WHERE pair.id = pool.pair_id
        AND (pair.rejected_id IN {SPOKEN} OR pair.recommended_id IN {SPOKEN})
)"""
# Every pair as if nothing were known of it, which is so for most.
EVERY = """
SELECT pool.pair_id, pool.held_out, ({wanted_at_first})::smallint AS wanted
FROM annotation_poolpair pool
WHERE pool.campaign_id = %(campaign)s AND pool.pair_id > %(after)s
ORDER BY pool.pair_id LIMIT %(portion)s
"""
WELCOME = f"""
SELECT pool.pair_id FROM annotation_poolpair pool
WHERE pool.campaign_id = %(campaign)s AND {IN_LANGUAGES}
"""  # noqa: S608 - constants only
PREDICTED = """
SELECT pair_id, probability FROM annotation_prediction
WHERE run_id = %(run)s AND pair_id > %(after)s ORDER BY pair_id LIMIT %(portion)s
"""
# Those that it is not so for: in or out of the queue as WANTING says.
TOUCHED = """
SELECT pair_id FROM annotation_assignment
WHERE campaign_id = %(campaign)s AND state IN ('leased', 'labelled')
UNION SELECT pair_id FROM annotation_demand WHERE campaign_id = %(campaign)s
UNION SELECT pair_id FROM annotation_goldanswer WHERE campaign_id = %(campaign)s
UNION SELECT pair_id FROM annotation_learningpair WHERE campaign_id = %(campaign)s
UNION SELECT pair_id FROM annotation_adjudication WHERE campaign_id = %(campaign)s
UNION SELECT pair_id FROM annotation_pairtwin WHERE %(merges)s
"""
# Pairs that still want a label. A pair in someone's hands is in: it comes back if they let it go.
# Of twins one is judged: the one with most labels, else the one that somebody has, else the first.
WANTING = """
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
SELECT pool.pair_id, coalesce(done.labels, 0)::smallint AS labels,
    coalesce(done.taken, 0)::smallint AS taken, ({wanted})::smallint AS wanted
FROM annotation_poolpair pool
LEFT JOIN done ON done.pair_id = pool.pair_id
LEFT JOIN annotation_demand demand
    ON demand.pair_id = pool.pair_id AND demand.campaign_id = pool.campaign_id
WHERE pool.campaign_id = %(campaign)s AND {among}
    AND (%(labelled_too)s AND done.labels > 0 OR coalesce(done.labels, 0) < ({wanted}))
    AND NOT EXISTS (SELECT FROM judged_elsewhere WHERE judged_elsewhere.pair_id = pool.pair_id)
    AND {unanswered} AND (%(any_language)s OR {in_languages})
"""
MORE = """
SELECT EXISTS (
    SELECT FROM ({wanting}) wanting
    WHERE NOT EXISTS (
        SELECT FROM annotation_queueitem item
        WHERE item.generation_id = %(generation)s AND item.pair_id = wanting.pair_id
    )
)
"""


def has_more_than_the_queue(*, campaign: Campaign) -> bool:
    """Whether the pool has a pair that wants a label and is not in the queue served now."""
    values = parameters(campaign) | {"generation": campaign.generation_id}
    with connection.cursor() as cursor:
        cursor.execute(MORE.format(wanting=wanting(campaign)), values)
        return bool(cursor.fetchone()[0])


def wanting(campaign: Campaign, *, among: str = "TRUE") -> str:
    """The statement for the pairs that still want a label; `among`: a condition on `pool`."""
    return WANTING.format(
        wanted=WANTED[campaign.relabelling],
        unanswered=UNANSWERED.format(row="pool"),
        in_languages=IN_LANGUAGES,
        among=among,
    )


def every(campaign: Campaign) -> str:
    """The statement for a portion of the pool, as if nothing were known of its pairs."""
    return EVERY.format(wanted_at_first=WANTED_AT_FIRST[campaign.relabelling])


def parameters(campaign: Campaign, run: TrainingRun | None = None) -> dict[str, Any]:
    """What the statements here take, but for `portion` and `after`."""
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
