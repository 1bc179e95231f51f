"""What a campaign has shown so far of its people and pairs, and what its queue still takes."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.utils import timezone

from annotation.models import AgreementReport, AnnotatorRecord, Campaign, Verdict
from annotation.queries.budgets import SECONDS_A_PAIR
from annotation.queries.forecast import (
    Pace,
    Range,
    days_to_finish,
    hours_to_finish,
    labels_to_come,
    pace,
)
from annotation.queries.queue_state import queue_state
from annotation.queries.runs import auroc_over_time

HOUR_S = 3600
# With fewer answers than these the share of similar pairs, and the pace, are a guess.
LEAST_ANSWERS = 30
# By which answers to tell the share of similar pairs, the best first. Reports of closed campaigns
# may be older than the first.
DRAWN = ("held_out", "at_random")
# Further away than this a date says nothing.
MOST_DAYS = 3650


@dataclass(frozen=True, slots=True)
class Person:
    """P(verdict | truth): shares of similar, not similar, unsure."""

    if_similar: tuple[float, ...]
    if_not_similar: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Observed:
    """`people`: those whose answers have been weighed, as of `weighed_at`. `labels` and `seconds`
    are all that was worked. Of answers that stand `similar` of `sure` were similar; which ones says
    `drawn`: "held_out", those on held-out pairs, a sample of the whole pool; where they are too few
    "at_random", those on all pairs drawn at random, in later queues from what a model had left; and
    where these are too few "", all."""

    people: tuple[Person, ...] = ()
    weighed_at: datetime | None = None
    labels: int = 0
    seconds: float = 0.0
    similar: int = 0
    sure: int = 0
    drawn: str = ""
    auroc: float | None = None
    alpha: dict[str, Any] | None = None

    @property
    def share_similar(self) -> float | None:
        return self.similar / self.sure if self.sure >= LEAST_ANSWERS else None

    @property
    def has_pace(self) -> bool:
        return self.labels >= LEAST_ANSWERS and self.seconds > 0

    @property
    def seconds_a_label(self) -> float:
        return self.seconds / self.labels if self.has_pace else SECONDS_A_PAIR

    @property
    def hours(self) -> float:
        return self.seconds / HOUR_S


def observed(*, campaign: Campaign) -> Observed:
    """In a fixed number of statements, however many labels there are."""
    records = list(AnnotatorRecord.objects.filter(campaign=campaign).order_by("assistant_id"))
    report = campaign.reports.first()
    runs = auroc_over_time(campaign=campaign, last=1)
    return Observed(
        people=tuple(Person(tuple(r.if_similar), tuple(r.if_not_similar)) for r in records),
        weighed_at=max((record.updated_at for record in records), default=None),
        auroc=runs[0].metrics["test"]["overall"]["auroc"]["value"] if runs else None,
        alpha=report.figures.get("alpha_nominal") if report else None,
        **_answers(report),
    )


def _answers(report: AgreementReport | None) -> dict[str, Any]:
    """As the report counted them, a minute ago at most."""
    kept = report.figures.get("answers") if report else None
    if not kept:
        return {}
    found = {"labels": kept["given"], "seconds": kept["seconds"]}
    enough = [of for of in DRAWN if of in kept and _sure(kept[of]) >= LEAST_ANSWERS]
    counts = kept[enough[0] if enough else "all"]
    return found | {
        "similar": counts[Verdict.SIMILAR],
        "sure": _sure(counts),
        "drawn": enough[0] if enough else "",
    }


def _sure(counts: dict[str, int]) -> int:
    return counts[Verdict.SIMILAR] + counts[Verdict.NOT_SIMILAR]


@dataclass(frozen=True, slots=True)
class Forecast:
    """Of the queue as it is ranked now. `hours`: of people's time on pairs; `days`: from today."""

    pairs: int
    labels: Range
    hours: Range
    pace: Pace
    days: Range | None

    @property
    def ends(self) -> tuple[date, date, date] | None:
        """The day on which the queue is likely to be done, the first and the last possible one;
        None where nobody can tell."""
        if self.days is None or self.days.high > MOST_DAYS:
            return None
        today = timezone.localdate()
        value, low, high = (
            today + timedelta(days=days)
            for days in (self.days.value, self.days.low, self.days.high)
        )
        return value, low, high


def forecast(*, campaign: Campaign, seen: Observed) -> Forecast:
    """Labels from the queue, days from the pace of the last week, hours from the time of all
    answers so far."""
    state = queue_state(campaign=campaign)
    labels = labels_to_come(campaign=campaign, asked=state.asked, wanting=state.wanting)
    present = pace(campaign=campaign)
    return Forecast(
        pairs=state.total.ready + state.total.out,
        labels=labels,
        hours=labels.times(seen.seconds_a_label / HOUR_S),
        pace=present,
        days=days_to_finish(hours_to_finish(labels, present), present),
    )
