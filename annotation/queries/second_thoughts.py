"""Labels that may be slips, and the requests to look at them again."""

from django.db.models import Exists, OuterRef, QuerySet

from annotation.models import Adjudication, Campaign, LabelDoubt, LookAgain, PairConsensus, User
from annotation.queries.history import TEXTS


def doubted(*, campaign: Campaign) -> QuerySet[LabelDoubt]:
    """Those that nobody has asked about and whose pair is not decided, the least likely first."""
    decided = Adjudication.objects.standing().filter(
        campaign=OuterRef("campaign"), pair=OuterRef("label__pair")
    )
    asked = LookAgain.objects.filter(label=OuterRef("label"))
    return (
        LabelDoubt.objects.filter(campaign=campaign, label__superseded_by=None)
        .filter(~Exists(decided), ~Exists(asked))
        .select_related("label__pair__rejected", "label__pair__recommended", "label__assistant")
        .defer(*(f"label__{text}" for text in TEXTS))
        .order_by("quality", "label")
    )


def estimates(*, campaign: Campaign, pairs: list[int]) -> dict[int, PairConsensus]:
    """What people, and the model, hold each pair to be."""
    found = PairConsensus.objects.filter(campaign=campaign, pair__in=pairs)
    return {row.pair_id: row for row in found}


def asked(*, campaign: Campaign) -> QuerySet[LookAgain]:
    """Every request of a campaign, the latest first."""
    return (
        LookAgain.objects.filter(label__campaign=campaign)
        .select_related(
            "asked_by", "label__pair__rejected", "label__pair__recommended", "label__assistant",
            "label__superseded_by",
        )
        .defer(*(f"label__{text}" for text in TEXTS))
    )  # fmt: skip


def to_look_at(*, assistant: User) -> QuerySet[LookAgain]:
    """What this person was asked to look at again and has not answered, the first asked first."""
    return (
        LookAgain.objects.filter(
            label__assistant=assistant, confirmed_at=None, label__superseded_by=None
        )
        .select_related("label__pair__rejected", "label__pair__recommended")
        .defer(*(f"label__{text}" for text in TEXTS))
        .order_by("id")
    )
