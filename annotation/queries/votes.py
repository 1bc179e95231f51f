"""The labels of a campaign that stand, as arrays, with the parts of the study they belong to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import connection, transaction

from annotation.arrays import read_rows
from annotation.models import Campaign, Label, Policy, User
from annotation.queries.consensus import REASON_BITS
from annotation.queries.weeks import GIVEN_IN

if TYPE_CHECKING:
    from annotation.arrays import Rows

# Of the pairs that were read: one that got its first label meanwhile is for the next time.
LABELS = f"""
SELECT pair_id, assistant_id, policy_id,
    (array_position(ARRAY['similar', 'not_similar', 'unsure']::varchar[], verdict) - 1)::int2
        AS verdict,
    ({REASON_BITS})::int2 AS reasons, (strategy = 'random') AS at_random,
    {GIVEN_IN} AS week
FROM annotation_label label
WHERE campaign_id = %(campaign)s
    AND NOT EXISTS (SELECT FROM annotation_label later WHERE later.supersedes_id = label.id)
    AND EXISTS (SELECT FROM labelled WHERE labelled.pair_id = label.pair_id)
"""  # noqa: S608 - constants only
LABEL_FIELDS = {
    "pair_id": "i8", "assistant_id": "i8", "policy_id": "i8", "verdict": "i2", "reasons": "i2",
    "at_random": "?", "week": "i4",
}  # fmt: skip
# Few sources and languages on many pairs: each combination is named once and meant by its number.
COMBINE = """
CREATE TEMPORARY TABLE labelled AS
SELECT pair.id AS pair_id, pair.held_out,
    dense_rank() OVER (ORDER BY pair.source, one.language, other.language)::int4 AS combination,
    pair.source, one.language AS one, other.language AS other
FROM annotation_pair pair
JOIN annotation_video one ON one.id = pair.rejected_id
JOIN annotation_video other ON other.id = pair.recommended_id
WHERE pair.id IN (SELECT pair_id FROM annotation_label WHERE campaign_id = %(campaign)s)
"""
COMBINATIONS = "SELECT DISTINCT combination, source, one, other FROM labelled ORDER BY combination"
PAIRS = "SELECT pair_id, held_out, combination FROM labelled"
PAIR_FIELDS = {"pair_id": "i8", "held_out": "?", "combination": "i4"}


@dataclass(frozen=True, slots=True)
class StandingLabels:
    """`labels` (n,) in the order of pairs, each with the `week` in which its answer was first given
    (`queries.weeks` names it), `pairs` (m,) in that order; `combination` is a place, from 1 on, in
    `combinations` of (source, language, language). `people` and `policies`: names and versions of
    all there are, by id."""

    labels: Rows
    pairs: Rows
    combinations: list[tuple[str, str, str]]
    people: dict[int, str]
    policies: dict[int, int]


@transaction.atomic
def standing_labels(*, campaign: Campaign) -> StandingLabels:
    """Read all of them at once."""
    parameters = {"campaign": campaign.pk, "zone": settings.TIME_ZONE}
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL work_mem = '64MB'")
        cursor.execute(COMBINE, parameters)
        cursor.execute("ANALYZE labelled")
        cursor.execute(COMBINATIONS)
        combinations = [(source, one, other) for _, source, one, other in cursor]
        pairs = read_rows(cursor, PAIRS, {}, PAIR_FIELDS, order=["pair_id"])
        order = ["pair_id", "assistant_id"]
        labels = read_rows(cursor, LABELS, parameters, LABEL_FIELDS, order=order)
        cursor.execute("DROP TABLE labelled")
    return StandingLabels(
        labels,
        pairs,
        combinations,
        dict(User.objects.values_list("pk", "username")),
        dict(Policy.objects.values_list("pk", "version")),
    )


def last_label(*, campaign: Campaign) -> int:
    """The id of the campaign's newest label; 0 when there is none."""
    newest = Label.objects.filter(campaign=campaign).order_by("-id").values_list("id", flat=True)
    return newest.first() or 0
