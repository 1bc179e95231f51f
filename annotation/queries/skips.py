"""Why people handed pairs back, as counts by pair: who gave a reason is shown to nobody."""

from typing import Any

from django.db.models import Count, Q, QuerySet

from annotation.models import Assignment, Campaign, Pair

Reason = Assignment.SkipReason
# What a coordinator can do something about. A conflict is the person's own matter: it is neither
# counted nor listed.
TOLD = (Reason.GONE, Reason.UNREADABLE, Reason.OTHER)


def skips_of_pair(*, pair: Pair) -> list[tuple[str, int]]:
    """Each reason given for this pair, in words, and how many people gave it."""
    counted = _told().filter(pair=pair).values_list("skip_reason").annotate(people=Count("pk"))
    found: dict[Any, int] = dict(counted.order_by())
    return [(str(reason.label), found[reason]) for reason in TOLD if reason in found]


def skipped_pairs(*, campaign: Campaign) -> QuerySet[Assignment, Any]:
    """Pairs that somebody skipped with a reason, those that may be gone first."""
    rows = _told().filter(campaign=campaign).values("pair")
    counted = rows.annotate(
        gone=Count("pk", filter=Q(skip_reason=Reason.GONE)),
        unreadable=Count("pk", filter=Q(skip_reason=Reason.UNREADABLE)),
        other=Count("pk", filter=Q(skip_reason=Reason.OTHER)),
    )
    return counted.order_by("-gone", "-unreadable", "-other", "pair")


def told_of(row: dict[str, Any]) -> list[tuple[str, int]]:
    """A row of `skipped_pairs` as `skips_of_pair` has it."""
    return [(str(reason.label), row[reason.value]) for reason in TOLD if row[reason.value]]


def _told() -> QuerySet[Assignment]:
    return Assignment.objects.filter(
        state=Assignment.State.SKIPPED, skip_reason__isnull=False, skip_reason__in=TOLD
    )
