"""What the study's pages draw: their data as the rows of a chart."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.safestring import SafeString

from annotation import charts
from annotation.charts import Bar, Interval, Reference
from annotation.languages import language_name
from annotation.models import TrainingRun
from annotation.queries.queue_state import Row
from annotation.wording import lane_name

# Krippendorff, Content Analysis (2018), chapter 12.
RELIABLE, TENTATIVE = 0.8, 0.667
COEFFICIENTS = {
    "alpha_nominal": "Krippendorff's α, nominal",
    "alpha_ordinal": "Krippendorff's α, ordinal (unsure lies between)",
    "fleiss_kappa": "Fleiss' κ",
    "gwet_ac1": "Gwet's AC1",
}
REFERENCES = [Reference(TENTATIVE, "tentative"), Reference(RELIABLE, "reliable")]


def reading(alpha: dict[str, Any] | None) -> str:
    """What an alpha allows, in Krippendorff's customary words."""
    value = (alpha or {}).get("value")
    low = (alpha or {}).get("low")
    if value is None:
        return ""
    if value < TENTATIVE:
        return "too low yet to draw conclusions from"
    bound, words = TENTATIVE, "acceptable for tentative conclusions"
    if value >= RELIABLE:
        bound, words = RELIABLE, "reliable by the customary bound of 0.80"
    doubt = ", though the interval reaches below that bound"
    return words + doubt if low is not None and low < bound else words


def coefficients(figures: dict[str, Any]) -> list[dict[str, Any]]:
    """The coefficients for all people together that a report holds, as {"name", "estimate"}."""
    return [
        {"name": name, "estimate": figures[key]}
        for key, name in COEFFICIENTS.items()
        if (figures.get(key) or {}).get("value") is not None
    ]


def _interval(label: str, estimate: dict[str, Any], *, marked: bool = False) -> Interval:
    return Interval(
        label, estimate["value"], estimate.get("low"), estimate.get("high"), marked=marked
    )


def alpha_chart(rows: Sequence[dict[str, Any]]) -> SafeString:
    intervals = [_interval(row["name"], row["estimate"]) for row in rows]
    return charts.dot_intervals(
        intervals, title="Agreement of all people, with intervals", references=REFERENCES
    )


def kappa_chart(kappas: Sequence[dict[str, Any]]) -> SafeString:
    intervals = [
        _interval(f"{kappa['a']} and {kappa['b']}", kappa)
        for kappa in kappas
        if kappa.get("value") is not None
    ]
    return charts.dot_intervals(intervals, title="Cohen's kappa of each two people")


def language_chart(languages: Sequence[dict[str, Any]]) -> SafeString:
    bars = [
        Bar(language_name(row["language"]), row["labels"], f"{row['labels']:,}")
        for row in languages
    ]
    return charts.horizontal_bars(bars, title="Labels by language")


def days_chart(days: Sequence[tuple[date, int]]) -> SafeString:
    bars = [Bar(date_format(day, "j M"), count, f"{count:,}") for day, count in days]
    return charts.columns(bars, title="Labels by day")


def auroc_chart(runs: Sequence[TrainingRun]) -> SafeString:
    points = [
        _interval(_name(run), run.metrics["test"]["overall"]["auroc"], marked=_promoted(run))
        for run in runs
    ]
    return charts.line_with_band(points, title="AUROC on the held-out pairs, run by run")


def _name(run: TrainingRun) -> str:
    day = run.finished_at or run.requested_at
    return f"Run {run.pk}, {date_format(timezone.localtime(day), 'j M')}"


def _promoted(run: TrainingRun) -> bool:
    return bool(getattr(run, "was_promoted", False))


def lane_chart(rows: Sequence[Row]) -> SafeString:
    bars = [Bar(lane_name(row.name), row.ready, f"{row.ready:,}") for row in rows]
    return charts.horizontal_bars(bars, title="Pairs ready by language")
