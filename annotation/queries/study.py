from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import (
    Case,
    Count,
    F,
    IntegerField,
    Q,
    QuerySet,
    Sum,
    Value,
    When,
)
from django.db.models.functions import TruncDate
from django.utils import timezone

from annotation.models import Campaign, Label, Pair, QueueItem, StateChange, Strategy, Verdict
from annotation.queries.history import TEXTS
from annotation.queries.progress import COUNTED
from annotation.queries.repeated_answers import repeats_id
from annotation.wording import MANY

SHOWN_DAYS = 14


@dataclass(frozen=True, slots=True)
class Totals:
    labels: int
    pairs: int
    unsure: int
    flagged: int
    seconds: float

    @property
    def unsure_share(self) -> float | None:
        return self.unsure / self.labels if self.labels else None


def shown_campaign(slug: str | None) -> tuple[Campaign | None, list[Campaign]]:
    """The campaign that a page is about, and all there are; the open ones come first."""
    order = Case(
        When(state=Campaign.State.OPEN, then=0),
        When(state=Campaign.State.PAUSED, then=1),
        default=2,
        output_field=IntegerField(),
    )
    campaigns = list(
        Campaign.objects.select_related("generation").order_by(order, "-priority", "id")
    )
    named = [campaign for campaign in campaigns if campaign.slug == slug]
    first = named or campaigns
    return (first[0] if first else None), campaigns


def state_changes(*, campaign: Campaign) -> QuerySet[StateChange]:
    """When it was paused, opened again or closed, and by whom; the last first."""
    return campaign.state_changes.select_related("changed_by")


def count_to_many(found: QuerySet[Any]) -> int:
    """How many there are; one more than MANY where there are more, which takes long to say and
    changes nothing for whoever has to go through them."""
    return found.order_by()[: MANY + 1].count()


def totals(*, campaign: Campaign) -> dict[str, Any]:
    """What stands now, as `Totals` has it; the time is that of all the work."""
    found = (
        Label.objects.current()
        .filter(campaign=campaign)
        .aggregate(
            labels=Count("pk"),
            pairs=Count("pair", distinct=True),
            unsure=Count("pk", filter=Q(verdict=Verdict.UNSURE)),
            flagged=Count("pk", filter=Q(flagged=True)),
        )
    )
    return found | _work(campaign).aggregate(seconds=Sum(COUNTED, default=0.0))


def _work(campaign: Campaign) -> QuerySet[Label]:
    """Every row, that of second answers, too: an answer that was corrected later took its time all
    the same, and its correction says only what it took more."""
    return Label.objects.filter(campaign__in=[campaign.pk, repeats_id(campaign)])


def progress_by_assistant(*, campaign: Campaign) -> list[dict[str, Any]]:
    """Per person, by name: labels, labels given today, time this week (that of second answers,
    too), and the share of unsure. No time is given of less than a week."""
    people = F("assistant__username")
    rows = (
        Label.objects.current()
        .filter(campaign=campaign)
        .values(username=people, first=F("assistant__first_name"), last=F("assistant__last_name"))
        .annotate(
            labels=Count("pk"),
            unsure=Count("pk", filter=Q(verdict=Verdict.UNSURE)) * Value(1.0) / Count("pk"),
        )
        .order_by("username")
    )
    week = _this_week(campaign)
    nothing = {"today": 0, "spent": 0.0}
    return [{**row, **week.get(row["username"], nothing)} for row in rows]


def _this_week(campaign: Campaign) -> dict[str, dict[str, Any]]:
    """By username: labels given today, and time since Monday; of those who worked since then."""
    midnight = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    monday = midnight - timedelta(days=midnight.weekday())
    # As `labels_by_day` has it: a correction is no further label.
    today = Q(campaign=campaign, supersedes=None, created_at__gte=midnight)
    rows = _work(campaign).filter(created_at__gte=monday).values_list("assistant__username")
    counted = rows.annotate(today=Count("pk", filter=today), spent=Sum(COUNTED))
    return {name: {"today": n, "spent": spent} for name, n, spent in counted}


def progress_by_language(*, campaign: Campaign) -> list[dict[str, Any]]:
    """Labels on pairs with a video in each language, most first. A pair in two counts for both."""
    sides = [f"pair__{side}__language" for side in ("rejected", "recommended")]
    rows = (
        Label.objects.current()
        .filter(campaign=campaign)
        .values_list(*sides)
        .annotate(labels=Count("pk"), unsure=Count("pk", filter=Q(verdict=Verdict.UNSURE)))
    )
    counts: dict[str, list[int]] = {}
    for one, other, labels, unsure in rows:
        for language in {one, other}:
            count = counts.setdefault(language, [0, 0])
            count[0] += labels
            count[1] += unsure
    ordered = sorted(counts.items(), key=lambda item: (-item[1][0], item[0]))
    return [
        {"language": code, "labels": labels, "unsure": unsure / labels}
        for code, (labels, unsure) in ordered
    ]


def labels_by_day(*, campaign: Campaign) -> list[tuple[date, int]]:
    """Labels on each of the last days, today last, days without any as 0."""
    today = timezone.localdate()
    days = [today - timedelta(days=back) for back in reversed(range(SHOWN_DAYS))]
    rows = (
        Label.objects.filter(
            campaign=campaign,
            supersedes=None,
            created_at__gte=timezone.now() - timedelta(days=SHOWN_DAYS + 1),
        )
        .annotate(day=TruncDate("created_at"))
        .values_list("day")
        .annotate(n=Count("pk"))
    )
    found = dict(rows)
    return [(day, found.get(day, 0)) for day in days]


def queue_by_strategy(*, campaign: Campaign) -> list[dict[str, Any]]:
    """How many pairs of the queue served now each strategy chose, and how many are still free."""
    rows = QueueItem.objects.filter(generation=campaign.generation_id).values("strategy")
    counted = rows.annotate(pairs=Count("rank"), ready=Count("rank", filter=Q(slots__gt=0)))
    return [
        {**row, "name": str(Strategy(row["strategy"]).label)}
        for row in counted.order_by("strategy")
    ]


def pairs_by_id(ids: Iterable[int]) -> dict[int, Pair]:
    """Pairs with the titles of their videos, without the long texts."""
    short = [text.removeprefix("pair__") for text in TEXTS]
    return Pair.objects.select_related("rejected", "recommended").defer(*short).in_bulk(list(ids))


def labels_of_pair(*, pair: Pair) -> QuerySet[Label]:
    """Everyone's label on a pair as it stands, with who and when."""
    return (
        Label.objects.current()
        .filter(pair=pair)
        .select_related("assistant", "policy", "campaign", "supersedes")
        .order_by("campaign", "assistant__username")
    )


def earlier_labels(*, labels: Iterable[Label]) -> dict[int, list[Label]]:
    """By assignment: what each of these labels was before it was changed, the latest first."""
    standing = {label.assignment_id: label.pk for label in labels}
    before = Label.objects.filter(assignment__in=standing).exclude(pk__in=standing.values())
    found: dict[Any, list[Label]] = {}
    for label in before.select_related("policy").order_by("-id"):
        found.setdefault(label.assignment_id, []).append(label)
    return found
