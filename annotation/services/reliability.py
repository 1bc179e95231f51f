"""What can be said of each person of a campaign, and how surely: computed by a worker."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils import timezone

from annotation.models import (
    Campaign,
    GoldAnswer,
    PersonReliability,
    ReliabilityReport,
    Verdict,
)
from annotation.queries.reliability import gold_digest
from annotation.queries.votes import StandingLabels
from annotation.queries.weeks import week_name
from annotation.services.labels_now import LabelsNow
from annotation.services.self_agreement import repeats_by_person

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from modeling.agreement.reliability import Reliability

CODES = {verdict.value: code for code, verdict in enumerate(Verdict)}


def refresh_reliability(
    *, campaign: Campaign, now: LabelsNow | None = None
) -> ReliabilityReport | None:
    """Compute the figures anew where labels came or known answers changed since the last time.

    Returns the report; None while there is no label.
    """
    now = now or LabelsNow(campaign)
    sources = {
        "last_label": now.last_label,
        "last_repeat": now.last_repeat,
        "gold_digest": gold_digest(campaign=campaign),
    }
    report = ReliabilityReport.objects.filter(campaign=campaign).first()
    if not now.last_label or (report and all(getattr(report, k) == v for k, v in sources.items())):
        return report
    figures = _figures(campaign, now.standing)
    with transaction.atomic():
        report, _ = ReliabilityReport.objects.update_or_create(
            campaign=campaign,
            defaults={"computed_at": timezone.now(), **sources},
        )
        report.people.all().delete()
        PersonReliability.objects.bulk_create(
            PersonReliability(report=report, person_id=person, figures=found)
            for person, found in figures.items()
        )
    return report


def _figures(campaign: Campaign, standing: StandingLabels) -> dict[int, dict[str, Any]]:
    """By person. Only answers under the same version of the policy are compared."""
    import numpy as np

    from modeling.agreement.reliability import answers, reliability

    labels = standing.labels
    rows = labels[np.lexsort((labels["assistant_id"], labels["policy_id"], labels["pair_id"]))]
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
        np.cumsum(begins) - 1, annotator, rows["verdict"],
        week=rows["week"],
        gold=_known(campaign, rows["pair_id"][begins]), repeats=again,
    )  # fmt: skip
    return {int(people[one["annotator"]]): _kept(one) for one in reliability(given)}


def _known(campaign: Campaign, pairs: NDArray[np.int64]) -> NDArray[np.int64]:
    """The known answers to these pairs, in order, as codes; -1 for none."""
    import numpy as np

    found = np.full(len(pairs), -1)
    for pair, verdict in GoldAnswer.objects.filter(campaign=campaign).values_list(
        "pair_id", "verdict"
    ):
        first, last = np.searchsorted(pairs, [pair, pair + 1])
        found[first:last] = CODES[verdict]
    return found


def _kept(found: Reliability) -> dict[str, Any]:
    """As the pages want it: weeks by name."""
    weeks = [{**week, "week": week_name(week["week"])} for week in found["weeks"]]
    return {
        "labels": found["n"],
        "consensus": found["consensus"],
        "gold": found["gold"],
        "repeats": found["repeats"],
        "confusion": found["confusion"],
        "weeks": weeks,
        "trend": found["trend"],
    }
