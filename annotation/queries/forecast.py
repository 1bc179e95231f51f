"""How much work a queue still is, and how long it takes at the present pace."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from django.db import connection

from annotation.models import Campaign

# With fewer hours of work than these the pace is a guess.
LEAST_HOURS = 3
Z = 1.96
# A pair with `labels` went on past every smaller number; whether it goes on now has been decided.
DECISIONS = """
SELECT labels, wanted > labels AS goes_on, count(*) FROM annotation_demand
WHERE campaign_id = %(campaign)s AND labels > 0 GROUP BY 1, 2
"""
# A revision has no time of its own and is no progress.
HOURS = """
SELECT count(*), coalesce(sum(labels), 0), coalesce(var_samp(labels), 0) FROM (
    SELECT count(*) AS labels FROM annotation_label
    WHERE campaign_id = %(campaign)s AND supersedes_id IS NULL
        AND created_at > clock_timestamp() - interval '7 days'
    GROUP BY date_trunc('hour', created_at)
) hours
"""


@dataclass(frozen=True, slots=True)
class Range:
    """An estimate and what it may well be instead."""

    value: float
    low: float
    high: float

    def __add__(self, other: "Range") -> "Range":
        return Range(self.value + other.value, self.low + other.low, self.high + other.high)

    def times(self, factor: float) -> "Range":
        return Range(self.value * factor, self.low * factor, self.high * factor)


@dataclass(frozen=True, slots=True)
class Pace:
    """Labels in the clock hours of the last seven days in which anybody labelled."""

    working_hours: int
    labels: int
    per_hour: Range | None


def pace(*, campaign: Campaign) -> Pace:
    """The mean of labels per working hour with its 95% interval, if there were enough hours."""
    with connection.cursor() as cursor:
        cursor.execute(HOURS, {"campaign": campaign.pk})
        hours, labels, variance = cursor.fetchone()
    if hours < LEAST_HOURS:
        return Pace(hours, int(labels), None)
    mean = float(labels) / hours
    half = Z * math.sqrt(float(variance) / hours)
    # Nobody is slower than a label in a working hour: each of them has one.
    return Pace(hours, int(labels), Range(mean, max(mean - half, 1.0), mean + half))


def labels_to_come(*, campaign: Campaign, asked: int, wanting: Mapping[int, int]) -> Range:
    """Labels that the queue still costs: those asked for now, and what comes after them.

    `wanting`: by the labels that a pair wants in all, the number of such pairs. Where a rule
    decides after each label, further ones are expected as often as pairs of this campaign went on
    from so many labels (the chance has Wilson's 95% interval).
    """
    total = Range(asked, asked, asked)
    if not campaign.is_adaptive:
        return total
    chances = _chances(campaign)
    for wanted, pairs in wanting.items():
        total += _further(chances, wanted, campaign.labels_per_pair).times(pairs)
    return total


def hours_to_finish(labels: Range, pace: Pace) -> Range | None:
    """Working hours, at the pace of the last week; the fewest labels at the best pace to the most
    at the worst."""
    per_hour = pace.per_hour
    if per_hour is None:
        return None
    return Range(
        labels.value / per_hour.value, labels.low / per_hour.high, labels.high / per_hour.low
    )


def days_to_finish(hours: Range | None, pace: Pace) -> Range | None:
    """The same in calendar days, if there is work on as many hours a day as last week."""
    return hours.times(7 / pace.working_hours) if hours else None


def _chances(campaign: Campaign) -> dict[int, Range]:
    """By number of labels, the chance that a pair with so many wants another."""
    with connection.cursor() as cursor:
        cursor.execute(DECISIONS, {"campaign": campaign.pk})
        rows: list[tuple[int, bool, int]] = cursor.fetchall()
    chances = {}
    for labels in range(1, campaign.labels_per_pair):
        past = sum(n for had, goes_on, n in rows if had > labels or (had == labels and goes_on))
        stopped = sum(n for had, goes_on, n in rows if had == labels and not goes_on)
        chances[labels] = wilson(past, past + stopped)
    return chances


def _further(chances: Mapping[int, Range], labels: int, most: int) -> Range:
    """Labels expected after a pair has got its `labels`-th, when it may have at most `most`."""
    further = Range(0, 0, 0)
    for had in range(most - 1, labels - 1, -1):
        chance = chances[had]
        further = Range(
            chance.value * (1 + further.value),
            chance.low * (1 + further.low),
            chance.high * (1 + further.high),
        )
    return further


def wilson(successes: int, trials: int) -> Range:
    """A share with its 95% interval (Wilson 1927); anything from 0 to 1 where nothing was seen."""
    if trials == 0:
        return Range(0.5, 0.0, 1.0)
    share, z2 = successes / trials, Z * Z
    middle = (share + z2 / (2 * trials)) / (1 + z2 / trials)
    half = Z * math.sqrt(share * (1 - share) / trials + z2 / (4 * trials**2)) / (1 + z2 / trials)
    return Range(share, max(middle - half, 0.0), min(middle + half, 1.0))
