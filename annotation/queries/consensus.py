"""What the consensus of a campaign is computed from, and whether that has changed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import connection
from django.db.models import Count, Max

from annotation.arrays import read_rows
from annotation.models import (
    Campaign,
    CrossValidation,
    Label,
    ReasonCode,
    TrainingRun,
)
from annotation.queries.serving import served_run
from annotation.queries.weeks import GIVEN_AT

if TYPE_CHECKING:
    from annotation.arrays import Rows

# A bit for each reason, the first of `ReasonCode` the lowest.
REASON_BITS = " + ".join(
    f"CASE WHEN '{code}' = ANY(reasons) THEN {1 << place} ELSE 0 END"
    for place, code in enumerate(ReasonCode.values)
)
# Between which pairs labels and decisions count, where the campaign says so: twins in its pool,
# never from or to a held-out pair: that sample would be no random one any more.
PROPAGATED = """
propagated AS (
    SELECT own.pair_id AS judged_id, twin.pair_id FROM annotation_campaign campaign
    JOIN annotation_poolpair pool ON pool.campaign_id = campaign.id
    JOIN annotation_pairtwin twin ON twin.pair_id = pool.pair_id
    JOIN annotation_pairtwin own ON own.group_id = twin.group_id AND own.pair_id <> twin.pair_id
    JOIN annotation_pair judged ON judged.id = own.pair_id AND NOT judged.held_out
    JOIN annotation_pair receiving ON receiving.id = twin.pair_id AND NOT receiving.held_out
    WHERE campaign.id = %(campaign)s AND campaign.duplicates = 'propagate'
)
"""
# Every label that stands, and once more for each twin of its pair. One person is one vote on a
# pair: their own on it if they have one, else their latest on a twin.
GIVEN = f"""
{PROPAGATED}, given AS (
    SELECT label.id, label.pair_id, label.assistant_id, label.verdict, {GIVEN_AT} AS given_at,
        label.reasons, label.strategy
    FROM annotation_label label
    WHERE label.campaign_id = %(campaign)s
        AND NOT EXISTS (SELECT FROM annotation_label later WHERE later.supersedes_id = label.id)
), from_twins AS (
    SELECT DISTINCT ON (propagated.pair_id, given.assistant_id) propagated.pair_id,
        given.assistant_id, given.verdict, given.given_at, given.reasons, given.strategy
    FROM given JOIN propagated ON propagated.judged_id = given.pair_id
    WHERE NOT EXISTS (
        SELECT FROM given own
        WHERE own.pair_id = propagated.pair_id AND own.assistant_id = given.assistant_id
    )
    ORDER BY propagated.pair_id, given.assistant_id, given.id DESC
), votes AS (
    SELECT id, pair_id, assistant_id, verdict, given_at, reasons, strategy FROM given
    UNION ALL
    SELECT 0, pair_id, assistant_id, verdict, given_at, reasons, strategy FROM from_twins
)
"""  # noqa: S608 - constants only
# What was decided of a pair and stands; else what was decided last of a twin.
DECISIONS = """
standing AS (
    SELECT decided.id, decided.pair_id, decided.verdict FROM annotation_adjudication decided
    WHERE decided.campaign_id = %(campaign)s AND decided.verdict IS NOT NULL AND NOT EXISTS (
        SELECT FROM annotation_adjudication later WHERE later.supersedes_id = decided.id
    )
), decisions AS (
    SELECT DISTINCT ON (pair_id) pair_id, verdict FROM (
        SELECT pair_id, verdict, true AS own, id FROM standing
        UNION ALL
        SELECT propagated.pair_id, verdict, false, id
        FROM standing JOIN propagated ON propagated.judged_id = standing.pair_id
    ) said ORDER BY pair_id, own DESC, id DESC
)
"""
# A model's word on a pair counts only where its labels were kept from the model: cross-validated,
# or because they came after its training. On held-out pairs, which judge models, it has none.
VOTES = f"""
WITH {GIVEN}, dated AS (
    SELECT *, min(given_at) OVER (PARTITION BY pair_id) AS first_at FROM votes
)
SELECT votes.id::int8 AS label_id, votes.pair_id, votes.assistant_id,
    (array_position(ARRAY['similar', 'not_similar', 'unsure']::varchar[], votes.verdict) - 1)::int2
        AS verdict,
    ({REASON_BITS})::int2 AS reasons, (votes.strategy = 'random' OR pair.held_out) AS at_random,
    floor(extract(epoch FROM votes.given_at))::int8 AS at,
    CASE WHEN pair.held_out THEN 'NaN'
        ELSE coalesce(unswayed.probability,
            CASE WHEN first_at > %(trained)s::timestamptz THEN prediction.probability END, 'NaN')
    END AS model,
    coalesce(unswayed.leverage, 0) AS leverage
FROM dated votes
JOIN annotation_pair pair ON pair.id = votes.pair_id
LEFT JOIN annotation_outofsample unswayed
    ON unswayed.pair_id = votes.pair_id AND unswayed.run_id = %(run)s
LEFT JOIN annotation_prediction prediction
    ON prediction.pair_id = votes.pair_id AND prediction.run_id = %(run)s
"""  # noqa: S608 - constants only
# The groups through which labels count for twins: merging, telling apart and pairs that are added
# change them, and no label comes with it.
TWINS = """
SELECT coalesce(
    md5(string_agg(twin.pair_id || ' ' || twin.group_id, ',' ORDER BY twin.pair_id)), ''
)
FROM annotation_pairtwin twin
JOIN annotation_poolpair pool ON pool.pair_id = twin.pair_id
WHERE pool.campaign_id = %s
"""
FIELDS = {
    "label_id": "i8",
    "pair_id": "i8",
    "assistant_id": "i8",
    "verdict": "i2",
    "reasons": "i2",
    "at_random": "?",
    "at": "i8",
    "model": "f8",
    "leverage": "f8",
}


@dataclass(frozen=True, slots=True)
class Sources:
    """What a consensus is computed from: while this stays the same, so does the consensus."""

    method: str
    last_label: int
    labels: int
    run: TrainingRun | None
    cross_validated: int
    twins: str


def sources(*, campaign: Campaign) -> Sources:
    """As they are now."""
    found = Label.objects.filter(campaign=campaign).aggregate(last=Max("pk"), count=Count("pk"))
    run = served_run(campaign)
    validated = CrossValidation.objects.filter(run=run).first() if run else None
    pairs = validated.pairs if validated else 0
    last, count = found["last"] or 0, found["count"]
    return Sources(campaign.consensus_method, last, count, run, pairs, _twins_digest(campaign))


def _twins_digest(campaign: Campaign) -> str:
    if campaign.duplicates != Campaign.Duplicates.PROPAGATE:
        return ""
    with connection.cursor() as cursor:
        cursor.execute(TWINS, [campaign.pk])
        digest: str = cursor.fetchone()[0]
    return digest


def consensus_votes(*, campaign: Campaign, run: TrainingRun | None) -> Rows:
    """Within a transaction: one entry a vote (n,), in the order of pairs; `label_id` is 0 for a
    twin's, `model` NaN where it must not speak."""
    parameters = {
        "campaign": campaign.pk,
        "run": run.pk if run else None,
        "trained": run.finished_at if run else None,
    }
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL work_mem = '64MB'")
        return read_rows(cursor, VOTES, parameters, FIELDS, order=["pair_id", "assistant_id"])
