"""What is used of a campaign's budgets, and what they still let a person have."""

import math
from dataclasses import dataclass

from django.conf import settings
from django.db import connection

from annotation.models import Budget, Campaign, User

# What a pair that is out counts as until its label says how long it took: the mean of the study
# that this grew from.
SECONDS_A_PAIR = 39.0
# What is judged once more is work like any other.
WORK = """campaign_id = ANY(ARRAY(
    SELECT id FROM annotation_campaign WHERE %(campaign)s IN (id, repeats_of_id)
))"""
USED = f"""
SELECT coalesce(sum(pairs), 0), coalesce(sum(seconds), 0), (
    SELECT count(*) FROM annotation_assignment
    WHERE {WORK} AND state = 'leased'
        AND assistant_id = coalesce(%(assistant)s, assistant_id)
)
FROM annotation_budgetuse
WHERE campaign_id = %(campaign)s AND assistant_id = coalesce(%(assistant)s, assistant_id)
    AND (NOT %(today)s OR day = (clock_timestamp() AT TIME ZONE %(zone)s)::date)
"""  # noqa: S608 - constants only
# Everybody's, in one go: the same sums by person.
USED_BY_PERSON = f"""
SELECT assistant_id, coalesce(sum(pairs) FILTER (WHERE is_today), 0), coalesce(sum(pairs), 0),
    coalesce(sum(seconds) FILTER (WHERE is_today), 0), coalesce(sum(seconds), 0), max(out)
FROM (
    SELECT assistant_id, pairs, seconds, 0 AS out,
        day = (clock_timestamp() AT TIME ZONE %(zone)s)::date AS is_today
    FROM annotation_budgetuse WHERE campaign_id = %(campaign)s
    UNION ALL
    SELECT assistant_id, 0, 0, count(*), false FROM annotation_assignment
    WHERE {WORK} AND state = 'leased' GROUP BY assistant_id
) used
GROUP BY assistant_id
"""  # noqa: S608 - constants only


@dataclass(frozen=True, slots=True)
class Standing:
    """A budget and what is used of it, in its own unit; pairs that are out count as used."""

    budget: Budget
    used: float

    @property
    def pairs_left(self) -> int:
        left = max(self.budget.amount - self.used, 0.0)
        if self.budget.unit == Budget.Unit.HOURS:
            left *= 3600 / SECONDS_A_PAIR
        # A hundredth of a pair is a rounding error of hours.
        return math.floor(left + 0.01)


@dataclass(frozen=True, slots=True)
class Use:
    """What one person, or all together, used of a campaign: pairs and seconds, today and in all,
    and the pairs that are out now."""

    pairs_today: int = 0
    pairs: int = 0
    seconds_today: float = 0.0
    seconds: float = 0.0
    out: int = 0

    def __add__(self, other: "Use") -> "Use":
        return Use(
            self.pairs_today + other.pairs_today,
            self.pairs + other.pairs,
            self.seconds_today + other.seconds_today,
            self.seconds + other.seconds,
            self.out + other.out,
        )

    def of(self, budget: Budget) -> Standing:
        today = budget.period == Budget.Period.DAY
        if budget.unit == Budget.Unit.PAIRS:
            return Standing(budget, float(self.pairs_today if today else self.pairs))
        seconds = self.seconds_today if today else self.seconds
        return Standing(budget, (seconds + self.out * SECONDS_A_PAIR) / 3600)


def standings(*, campaign: Campaign, assistant: User) -> list[Standing]:
    """Every budget of the campaign as it stands for this person."""
    return [Standing(b, _used(b, assistant)) for b in campaign.budgets.order_by("pk")]


def use_by_person(*, campaign: Campaign) -> dict[int, Use]:
    """What each person used of the campaign, by their id; those who used nothing are not in."""
    with connection.cursor() as cursor:
        cursor.execute(USED_BY_PERSON, {"campaign": campaign.pk, "zone": settings.TIME_ZONE})
        return {
            person: Use(int(today), int(pairs), float(seconds_today), float(seconds), int(out))
            for person, today, pairs, seconds_today, seconds, out in cursor
        }


def _used(budget: Budget, assistant: User) -> float:
    with connection.cursor() as cursor:
        cursor.execute(
            USED,
            {
                "campaign": budget.campaign_id,
                "assistant": assistant.pk if budget.scope == Budget.Scope.PERSON else None,
                "today": budget.period == Budget.Period.DAY,
                "zone": settings.TIME_ZONE,
            },
        )
        pairs, seconds, out = cursor.fetchone()
    if budget.unit == Budget.Unit.PAIRS:
        return float(pairs)
    return (float(seconds) + out * SECONDS_A_PAIR) / 3600
