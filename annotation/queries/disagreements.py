"""Pairs that people judge differently, all of a campaign's or those behind one figure."""

from datetime import UTC, datetime, timedelta
from typing import Any

from django.db.models import Case, Count, Exists, IntegerField, Min, OuterRef, Q, QuerySet, When

from annotation.models import Campaign, Label, Strategy, Verdict


class UnknownFacetError(Exception):
    """No such facet, or a value that it cannot have."""


def disagreements(*, campaign: Campaign, by: str = "", value: str = "") -> QuerySet[Label, Any]:
    """Similar against not similar first, then the unsure; of a facet's value where `by` names one,
    as `queries.votes` tells them apart.

    Raises:
        UnknownFacetError: it does not exist.
    """
    labels = Label.objects.current().filter(campaign=campaign)
    if by and by != "week":
        labels = labels.filter(_facet(campaign, by, value))
    pairs = labels.values("pair").annotate(
        verdicts=Count("verdict", distinct=True),
        labels=Count("pk"),
        similar=Count("pk", filter=Q(verdict=Verdict.SIMILAR)),
        not_similar=Count("pk", filter=Q(verdict=Verdict.NOT_SIMILAR)),
        unsure=Count("pk", filter=Q(verdict=Verdict.UNSURE)),
    )
    if by == "week":
        monday = monday_of(value)
        pairs = pairs.annotate(first=Min("created_at")).filter(
            first__gte=monday, first__lt=monday + timedelta(days=7)
        )
    opposed = Case(
        When(similar__gt=0, not_similar__gt=0, then=1), default=0, output_field=IntegerField()
    )
    differing = pairs.filter(verdicts__gt=1).annotate(opposed=opposed)
    return differing.order_by("-opposed", "-labels", "pair")


def _facet(campaign: Campaign, by: str, value: str) -> Q | Exists:
    if by == "language":
        return Q(pair__rejected__language=value) | Q(pair__recommended__language=value)
    if by == "source":
        return Q(pair__source=value)
    if by == "policy" and value.isdecimal():
        return Q(policy__version=int(value))
    if by == "selection" and value in ("random", "chosen"):
        drawn = Label.objects.current().filter(
            campaign=campaign, pair=OuterRef("pair"), strategy=Strategy.RANDOM
        )
        at_random = Q(pair__held_out=True) | Q(Exists(drawn))
        return at_random if value == "random" else ~at_random
    raise UnknownFacetError(f"{by}={value}")


def monday_of(week: str) -> datetime:
    """The first moment of a week such as 2026-W48."""
    try:
        return datetime.strptime(f"{week}-1", "%G-W%V-%u").replace(tzinfo=UTC)
    except ValueError as error:
        raise UnknownFacetError(f"week={week}") from error
