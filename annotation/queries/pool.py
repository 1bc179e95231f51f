"""The pool of a campaign: which of its pairs still want a label, and how many."""

from typing import Any

from django.db import connection

from annotation.models import Campaign, TrainingRun
from annotation.queries.gold import DECIDED, UNANSWERED, UNTOLD

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
# The pairs in a campaign's languages are gathered once a statement, hence in no portioned one.
# Asked of pair after pair, it is so dear by Postgres's guess that no join of the rest looks bad.
SPOKEN = "(SELECT id FROM annotation_video WHERE language = ANY(%(languages)s::varchar[]))"
IN_LANGUAGES = f"""pool.pair_id IN (
    SELECT pair.id FROM annotation_pair pair
    WHERE pair.rejected_id IN {SPOKEN} OR pair.recommended_id IN {SPOKEN}
)"""  # noqa: S608 - constants only
# Of twins, which are few, by their own videos.
TWIN_IN_LANGUAGES = """EXISTS (
    SELECT FROM annotation_pair pair
    JOIN annotation_video video ON video.id IN (pair.rejected_id, pair.recommended_id)
    WHERE pair.id = pool.pair_id AND video.language = ANY(%(languages)s::varchar[])
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
DONE = """
SELECT pair_id, count(*) FILTER (WHERE state = 'labelled') AS labels, count(*) AS taken
FROM annotation_assignment
WHERE campaign_id = %(campaign)s AND state IN ('leased', 'labelled') GROUP BY pair_id
"""
# Of twins one is judged: one that was decided on, which settles them all, else one that may be
# served or has all its labels; of such the one with most labels, else the one that somebody has,
# else the first. `of`: a condition on twins.
PLACED = """
SELECT pool.pair_id, twin.group_id, told.decided, row_number() OVER (
    PARTITION BY twin.group_id ORDER BY told.decided DESC, told.nothing AND (
        %(any_language)s OR {in_languages} OR coalesce(done.labels, 0) >= ({wanted})
    ) DESC, coalesce(done.labels, 0) DESC, coalesce(done.taken, 0) DESC, pool.pair_id
) AS place
FROM annotation_pairtwin twin
JOIN annotation_poolpair pool
    ON pool.campaign_id = %(campaign)s AND pool.pair_id = twin.pair_id
CROSS JOIN LATERAL (SELECT {decided} AS decided, {untold} AS nothing) told
LEFT JOIN done ON done.pair_id = pool.pair_id
LEFT JOIN annotation_demand demand
    ON demand.pair_id = pool.pair_id AND demand.campaign_id = pool.campaign_id
WHERE %(merges)s AND {of}
"""
# Where labels count for twins, whose of them count for a pair: as in `queries.consensus`, held-out
# pairs neither give nor take any, and nobody counts twice. `of`: a condition on `own`.
FROM_TWINS = """
SELECT own.pair_id, count(DISTINCT given.assistant_id) AS labels
FROM annotation_pairtwin own
JOIN annotation_pair receiving ON receiving.id = own.pair_id AND NOT receiving.held_out
JOIN annotation_pairtwin twin ON twin.group_id = own.group_id AND twin.pair_id <> own.pair_id
JOIN annotation_pair judged ON judged.id = twin.pair_id AND NOT judged.held_out
JOIN annotation_assignment given ON given.campaign_id = %(campaign)s
    AND given.pair_id = twin.pair_id AND given.state = 'labelled'
WHERE %(propagates)s AND {of} AND NOT EXISTS (
    SELECT FROM annotation_assignment mine
    WHERE mine.campaign_id = %(campaign)s AND mine.pair_id = own.pair_id
        AND mine.assistant_id = given.assistant_id AND mine.state = 'labelled'
) GROUP BY own.pair_id
"""
# Pairs that still want a label. A pair in someone's hands is in: it comes back if they let it go.
# What twins' labels already give is not wanted of the pair itself.
WANTING = """
WITH done AS ({done}), judged_elsewhere AS (
    SELECT pair_id FROM ({placed}) placed WHERE place > 1
), from_twins AS ({from_twins})
SELECT pool.pair_id, coalesce(done.labels, 0)::smallint AS labels,
    coalesce(done.taken, 0)::smallint AS taken, of_itself.wanted
FROM annotation_poolpair pool
LEFT JOIN done ON done.pair_id = pool.pair_id
LEFT JOIN from_twins ON from_twins.pair_id = pool.pair_id
LEFT JOIN annotation_demand demand
    ON demand.pair_id = pool.pair_id AND demand.campaign_id = pool.campaign_id
CROSS JOIN LATERAL (
    SELECT greatest({wanted} - coalesce(from_twins.labels, 0), 0)::smallint AS wanted
) of_itself
WHERE pool.campaign_id = %(campaign)s AND {among}
    AND (%(labelled_too)s AND done.labels > 0 OR coalesce(done.labels, 0) < of_itself.wanted)
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
        done=DONE,
        placed=placed(campaign),
        from_twins=FROM_TWINS.format(of="TRUE"),
        wanted=WANTED[campaign.relabelling],
        unanswered=UNANSWERED.format(row="pool"),
        in_languages=IN_LANGUAGES,
        among=among,
    )


def placed(campaign: Campaign, *, of: str = "TRUE") -> str:
    """The statement for twins in the pool, the one that is judged in place 1; needs `done`."""
    return PLACED.format(
        wanted=WANTED[campaign.relabelling],
        in_languages=TWIN_IN_LANGUAGES,
        decided=DECIDED.format(row="pool"),
        untold=UNTOLD.format(row="pool"),
        of=of,
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
        "propagates": campaign.duplicates == Campaign.Duplicates.PROPAGATE,
        "any_language": not campaign.languages,
        "languages": campaign.languages,
    }
