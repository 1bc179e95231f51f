"""How far a campaign is, as a worker counts it once a minute and the study's page shows it."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils import timezone

from annotation.models import AgreementReport, Campaign, Label
from annotation.queries.study import (
    Totals,
    labels_by_day,
    progress_by_assistant,
    progress_by_language,
    totals,
)

KEY = "progress"


@dataclass(frozen=True, slots=True)
class StudyProgress:
    """`people` and `languages` as in `queries.study`, `since` labels that came after
    the report. What is said of today and of this week is None where the report is older."""

    totals: Totals
    people: list[dict[str, Any]]
    languages: list[dict[str, Any]]
    days: list[tuple[date, int]]
    since: int


def count_progress(*, campaign: Campaign) -> dict[str, Any]:
    """Everything, as it can be kept: reads every label."""
    return {
        "day": timezone.localdate().isoformat(),
        "totals": totals(campaign=campaign),
        "people": progress_by_assistant(campaign=campaign),
        "languages": progress_by_language(campaign=campaign),
        "days": [(day.isoformat(), n) for day, n in labels_by_day(campaign=campaign)],
    }


def is_of_today(report: AgreementReport) -> bool:
    """Whether what it counts of the day is still this day."""
    kept = report.figures.get(KEY) or {}
    return bool(kept.get("day") == timezone.localdate().isoformat())


def progress(*, campaign: Campaign, report: AgreementReport | None) -> StudyProgress:
    """As the report has it, a minute old at most; counted now only in a campaign's first minute."""
    if report and KEY in report.figures:
        found = report.figures[KEY] | _of_now(campaign, report)
    else:
        found = count_progress(campaign=campaign)
    last = report.last_label if report else 0
    since = Label.objects.filter(campaign=campaign, pk__gt=last).count()
    return StudyProgress(
        Totals(**found["totals"]),
        found["people"],
        found["languages"],
        [(date.fromisoformat(day), n) for day, n in found["days"]],
        since,
    )


def _of_now(campaign: Campaign, report: AgreementReport) -> dict[str, Any]:
    """What to say instead of a report that is not of today, as the last one of a closed campaign
    is for good: its today and its week are over, and these two weeks are others."""
    if is_of_today(report):
        return {}
    people = report.figures[KEY]["people"]
    days = labels_by_day(campaign=campaign)
    return {
        "people": [{**person, "today": None, "spent": None} for person in people],
        "days": [(day.isoformat(), n) for day, n in days],
    }
