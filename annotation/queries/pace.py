"""A person's own pace: for themself alone."""

from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Count, Q, Sum
from django.db.models.functions import TruncDate
from django.utils import timezone

from annotation.models import Budget, Label, User
from annotation.queries.progress import COUNTED, OwnProgress
from annotation.queries.serving import campaigns_for

SHOWN_DAYS = 28


@dataclass(frozen=True, slots=True)
class Day:
    date: date
    pairs: int = 0
    seconds: float = 0.0


def agreed_hours(person: User) -> float | None:
    """The hours agreed with this person; else what the budgets of the campaigns that they may work
    in give each person in all. None where nobody said."""
    if person.agreed_hours is not None:
        return person.agreed_hours
    own_hours = Budget.objects.filter(
        campaign__in=campaigns_for(person).order_by().values("pk"),
        scope=Budget.Scope.PERSON,
        unit=Budget.Unit.HOURS,
        period=Budget.Period.TOTAL,
    )
    total: float | None = own_hours.aggregate(hours=Sum("amount"))["hours"]
    return total


def is_enough_today(person: User, progress: OwnProgress) -> bool:
    """Whether they have worked as long today as they set themself."""
    limit = person.daily_minutes
    return limit is not None and progress.spent_today >= limit * 60


def own_days(person: User) -> list[Day]:
    """Pairs and time on each of the last days, today last."""
    today = timezone.localdate()
    first = today - timedelta(days=SHOWN_DAYS - 1)
    rows = (
        Label.objects.filter(
            assistant=person, created_at__gte=timezone.now() - timedelta(days=SHOWN_DAYS)
        )
        .annotate(day=TruncDate("created_at"))
        .values_list("day")
        .annotate(pairs=Count("pk", filter=Q(supersedes=None)), spent=Sum(COUNTED))
    )
    found = {day: Day(day, pairs, spent) for day, pairs, spent in rows}
    days = [first + timedelta(days=n) for n in range(SHOWN_DAYS)]
    return [found.get(day, Day(day)) for day in days]
