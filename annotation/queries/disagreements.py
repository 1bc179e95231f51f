"""Pairs that people judge differently, all of a campaign's or those behind one figure.

As of the last consensus, which is a minute old at most: it keeps what the votes on each pair are.
"""

from typing import Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from annotation.models import Campaign, Label, PairConsensus, ReasonCode, Verdict
from annotation.queries.weeks import UnknownWeekError, week_span

COLUMNS = {verdict: F(f"votes_{verdict}") for verdict in Verdict.values}


class UnknownFacetError(Exception):
    """No such facet, or a value that it cannot have."""


def disagreements(
    *, campaign: Campaign, by: str = "", value: str = ""
) -> QuerySet[PairConsensus, Any]:
    """Similar against not similar first, then the unsure; of a facet's value where `by` names one,
    as `services.agreement_parts` tells them apart. By reason: pairs that two call similar, but
    only some of them in this way.

    Raises:
        UnknownFacetError: it does not exist.
    """
    pairs = PairConsensus.objects.filter(campaign=campaign, judged=True)
    if by == "reason":
        pairs = _split(pairs, value)
    else:
        pairs = pairs.filter(contrast__gt=0)
        if by:
            pairs = pairs.filter(_facet(campaign, by, value))
    return pairs.order_by("-contrast", "-labels", "pair").values("pair", "labels", **COLUMNS)


def _split(pairs: QuerySet[PairConsensus], reason: str) -> QuerySet[PairConsensus]:
    if reason not in ReasonCode.values:
        raise UnknownFacetError(f"reason={reason}")
    bit = 1 << ReasonCode.values.index(reason)
    return (
        pairs.filter(split_reasons__gt=0).alias(bit=F("split_reasons").bitand(bit)).filter(bit=bit)
    )


def _facet(campaign: Campaign, by: str, value: str) -> Q | Exists:
    if by == "language":
        return Q(pair__rejected__language=value) | Q(pair__recommended__language=value)
    if by == "source":
        return Q(pair__source=value)
    if by == "given" and value in ReasonCode.values:
        return Exists(_labels(campaign).filter(reasons__contains=[value]))
    if by == "policy" and value.isdecimal():
        return _under_policy(campaign, int(value))
    if by == "selection" and value in ("random", "chosen"):
        return Q(at_random=value == "random")
    if by == "week":
        return _of_week(value)
    if by == "assistant":
        return Exists(_labels(campaign).filter(assistant__username=value))
    if by == "two" and len(value.split()) == 2:
        return _between(campaign, *value.split())
    raise UnknownFacetError(f"{by}={value}")


def _between(campaign: Campaign, one: str, other: str) -> Exists:
    """Whether these two differ; no username has a space in it."""
    others = Label.objects.current().filter(
        campaign=campaign, pair=OuterRef("pair"), assistant__username=other
    )
    own = _labels(campaign).filter(assistant__username=one)
    return Exists(own.filter(Exists(others.exclude(verdict=OuterRef("verdict")))))


def _under_policy(campaign: Campaign, version: int) -> Exists:
    """Whether two labels under this version differ."""
    same = _labels(campaign).filter(policy__version=version)
    other = Label.objects.current().filter(
        campaign=campaign, pair=OuterRef("pair"), policy=OuterRef("policy")
    )
    return Exists(same.filter(Exists(other.exclude(verdict=OuterRef("verdict")))))


def _labels(campaign: Campaign) -> QuerySet[Label]:
    return Label.objects.current().filter(campaign=campaign, pair=OuterRef("pair"))


def _of_week(week: str) -> Q:
    try:
        monday, next_monday = week_span(week)
    except UnknownWeekError as error:
        raise UnknownFacetError(str(error)) from error
    return Q(first_at__gte=monday, first_at__lt=next_monday)
