"""Which pairs somebody had better decide on, the most important first, and what was decided."""

from typing import Any

from django.db.models import QuerySet

from annotation.models import (
    Adjudication,
    Campaign,
    GoldAnswer,
    Label,
    Pair,
    PairConsensus,
)
from annotation.queries.history import TEXTS


def waiting(*, campaign: Campaign) -> QuerySet[PairConsensus]:
    """Pairs that people, or people and the model, dispute and nobody has decided on."""
    return (
        PairConsensus.objects.filter(campaign=campaign, disputed=True)
        .select_related("pair__rejected", "pair__recommended")
        .defer(*TEXTS)
        .order_by("-importance", "pair")
    )


def decided(*, campaign: Campaign) -> QuerySet[Adjudication]:
    """What stands, the latest first."""
    return (
        Adjudication.objects.standing()
        .filter(campaign=campaign)
        .select_related("pair__rejected", "pair__recommended", "decided_by")
        .defer(*TEXTS)
    )


def history(*, campaign: Campaign, pair: Pair) -> QuerySet[Adjudication]:
    """Every decision on a pair, the latest first."""
    return Adjudication.objects.filter(campaign=campaign, pair=pair).select_related(
        "decided_by", "policy"
    )


def answers(*, campaign: Campaign, pair: Pair) -> QuerySet[Label]:
    """What each person says of the pair now."""
    return (
        Label.objects.current()
        .filter(campaign=campaign, pair=pair)
        .select_related("assistant", "policy", "supersedes")
        .order_by("assistant__username")
    )


def votes(*, campaign: Campaign, pairs: list[int]) -> dict[int, dict[str, int]]:
    """How many say what of each pair."""
    found: dict[int, dict[str, int]] = {pair: {} for pair in pairs}
    rows: Any = Label.objects.current().filter(campaign=campaign, pair__in=pairs)
    for pair, verdict in rows.values_list("pair", "verdict"):
        found[pair][verdict] = found[pair].get(verdict, 0) + 1
    return found


def is_gold(*, campaign: Campaign, pair: Pair) -> bool:
    return GoldAnswer.objects.filter(campaign=campaign, pair=pair).exists()
