"""Budgets of a campaign: what may still be handed out, and the sums that say so."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import connection, transaction

from annotation.models import Assignment, Budget, BudgetUse, Campaign, User
from annotation.models.labels import COUNTED_SECONDS
from annotation.queries.budgets import WORK, standings
from annotation.services.locks import hold_budget, switch_queue

COUNT = """
INSERT INTO annotation_budgetuse AS used (campaign_id, assistant_id, day, pairs, seconds)
VALUES (%(campaign)s, %(assistant)s,
    (%(at)s AT TIME ZONE %(zone)s)::date,
    greatest(%(pairs)s, 0), %(seconds)s)
ON CONFLICT (campaign_id, assistant_id, day) DO UPDATE SET
    pairs = greatest(used.pairs + %(pairs)s, 0), seconds = used.seconds + %(seconds)s
"""
COUNT_ALL = f"""
INSERT INTO annotation_budgetuse (campaign_id, assistant_id, day, pairs, seconds)
SELECT %(campaign)s, assistant_id, (served_at AT TIME ZONE %(zone)s)::date,
    count(*) FILTER (WHERE state IN ('leased', 'labelled')),
    coalesce(sum((
        SELECT sum(least(seconds, {COUNTED_SECONDS})) FROM annotation_label label
        WHERE label.assignment_id = assignment.id
    )), 0)
FROM annotation_assignment assignment
WHERE {WORK}
GROUP BY 1, 2, 3
"""  # noqa: S608 - constants only


def allowance(*, campaign: Campaign, assistant: User, wanted: int) -> int:
    """How many of `wanted` pairs the budgets let this person have now.

    A budget that all share is locked until the transaction ends, so that people who claim at the
    same moment cannot spend the same rest; one's own is safe by the lock of the person.
    """
    if not campaign.counts_use:
        return wanted
    if campaign.budgets.filter(scope=Budget.Scope.CAMPAIGN).exists():
        hold_budget(campaign.pk)
    left = [s.pairs_left for s in standings(campaign=campaign, assistant=assistant)]
    return max(min([wanted, *left]), 0)


def count_handed_out(campaign: Campaign, assistant: User, *, pairs: int, at: datetime) -> None:
    if campaign.counts_use:
        _count(campaign.pk, assistant.pk, at=at, pairs=pairs)


def count(assignment: Assignment, *, pairs: int = 0, seconds: float = 0) -> None:
    """Add to (or, with -1, take from) what the day on which a pair was handed out has used. What is
    judged once more is work like any other."""
    campaign = assignment.campaign
    if campaign.counts_use:
        at, seconds = assignment.served_at, min(seconds, COUNTED_SECONDS)
        whose = campaign.repeats_of_id or campaign.pk
        _count(whose, assignment.assistant_id, at=at, pairs=pairs, seconds=seconds)


@transaction.atomic
def refresh_use(*, campaign: Campaign) -> None:
    """Start or stop counting, as the campaign has budgets or none, from what is true now."""
    switch_queue(campaign.pk)
    BudgetUse.objects.filter(campaign=campaign).delete()
    campaign.counts_use = campaign.budgets.exists()
    campaign.save(update_fields=["counts_use"])
    if campaign.counts_use:
        _execute(COUNT_ALL, campaign=campaign.pk, zone=settings.TIME_ZONE)


def _count(
    campaign_id: int, assistant: int, *, at: datetime, pairs: int, seconds: float = 0
) -> None:
    _execute(
        COUNT,
        campaign=campaign_id,
        assistant=assistant,
        at=at,
        zone=settings.TIME_ZONE,
        pairs=pairs,
        seconds=seconds,
    )


def _execute(statement: str, **parameters: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
