"""What can be said of each person of a campaign, and how surely: computed by a worker."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from django.db import connection, transaction
from django.utils import timezone

from annotation.binary_copy import read_rows
from annotation.models import Campaign, PersonReliability, ReliabilityReport
from annotation.queries.reliability import gold_digest
from annotation.queries.repeated_answers import last_repeat
from annotation.queries.votes import last_label
from annotation.services.self_agreement import repeats_by_person

if TYPE_CHECKING:
    from modeling.agreement.reliability import Reliability

_CODE = "array_position(ARRAY['similar', 'not_similar', 'unsure']::varchar[], {}) - 1"
# Every label that stands, with its week, counted from a Monday, and the known answer. Only answers
# under the same version of the policy are compared.
LABELS = f"""
SELECT label.pair_id, label.policy_id, label.assistant_id,
    ({_CODE.format("label.verdict")})::int2 AS verdict,
    (((label.created_at AT TIME ZONE 'UTC')::date - DATE '0001-01-01') / 7)::int4 AS week,
    coalesce({_CODE.format("gold.verdict")}, -1)::int2 AS gold
FROM annotation_label label
LEFT JOIN annotation_goldanswer gold
    ON gold.campaign_id = label.campaign_id AND gold.pair_id = label.pair_id
WHERE label.campaign_id = %(campaign)s
    AND NOT EXISTS (SELECT FROM annotation_label later WHERE later.supersedes_id = label.id)
ORDER BY label.pair_id, label.policy_id, label.assistant_id
"""  # noqa: S608 - constants only
FIELDS = {
    "pair_id": "i8", "policy_id": "i8", "assistant_id": "i8", "verdict": "i2", "week": "i4",
    "gold": "i2",
}  # fmt: skip


def refresh_reliability(*, campaign: Campaign) -> ReliabilityReport | None:
    """Compute the figures anew where labels came or known answers changed since the last time.

    Returns the report; None while there is no label.
    """
    now = {
        "last_label": last_label(campaign=campaign),
        "last_repeat": last_repeat(campaign=campaign),
        "gold_digest": gold_digest(campaign=campaign),
    }
    report = ReliabilityReport.objects.filter(campaign=campaign).first()
    if not now["last_label"] or (report and all(getattr(report, k) == now[k] for k in now)):
        return report
    figures = _figures(campaign)
    with transaction.atomic():
        report, _ = ReliabilityReport.objects.update_or_create(
            campaign=campaign,
            defaults={"computed_at": timezone.now(), **now},
        )
        report.people.all().delete()
        PersonReliability.objects.bulk_create(
            PersonReliability(report=report, person_id=person, figures=found)
            for person, found in figures.items()
        )
    return report


def _figures(campaign: Campaign) -> dict[int, dict[str, Any]]:
    """By person."""
    import numpy as np

    from modeling.agreement.reliability import answers, reliability

    with connection.cursor() as cursor:
        rows = read_rows(cursor, LABELS, {"campaign": campaign.pk}, FIELDS)
    # In the order of pairs and policies: a unit begins where either changes.
    begins = np.ones(len(rows), dtype=bool)
    begins[1:] = (np.diff(rows["pair_id"]) != 0) | (np.diff(rows["policy_id"]) != 0)
    people, annotator = np.unique(rows["assistant_id"], return_inverse=True)
    codes = {person: code for code, person in enumerate(people.tolist())}
    again = [
        (codes[person], first, second)
        for person, first, second in repeats_by_person(campaign=campaign)
        if person in codes
    ]
    given = answers(
        np.cumsum(begins) - 1, annotator, rows["verdict"], week=rows["week"],
        gold=rows["gold"][begins], repeats=again,
    )  # fmt: skip
    return {int(people[one["annotator"]]): _kept(one) for one in reliability(given)}


def _kept(found: Reliability) -> dict[str, Any]:
    """As the pages want it: weeks by name."""
    weeks = [{**week, "week": _week_name(week["week"])} for week in found["weeks"]]
    return {
        "labels": found["n"],
        "consensus": found["consensus"],
        "gold": found["gold"],
        "repeats": found["repeats"],
        "confusion": found["confusion"],
        "weeks": weeks,
        "trend": found["trend"],
    }


def _week_name(number: int) -> str:
    """As in 2026-W48 (ISO 8601), of a week counted from 1 January of the year 1, a Monday."""
    year, week, _ = date.fromordinal(1 + 7 * number).isocalendar()
    return f"{year}-W{week:02d}"
