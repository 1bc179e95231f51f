"""What the study's pages draw: their data as the rows of a chart."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from annotation import charts
from annotation.charts import Bar, Interval, Reference
from annotation.languages import language_name
from annotation.models import TrainingRun
from annotation.queries.pace import Day
from annotation.queries.queue_state import Row
from annotation.templatetags.likewise import spent
from annotation.wording import grouped, lane_name, words_for

# Krippendorff, Content Analysis (2018), chapter 12.
RELIABLE, TENTATIVE = 0.8, 0.667
COEFFICIENTS = {
    "alpha_nominal": _("Krippendorff’s α, nominal"),
    "alpha_ordinal": _("Krippendorff’s α, ordinal (unsure lies between)"),
    "fleiss_kappa": _("Fleiss’ κ"),
    "gwet_ac1": _("Gwet’s AC1"),
}
REFERENCES = [Reference(TENTATIVE, _("tentative")), Reference(RELIABLE, _("reliable"))]


def reading(alpha: dict[str, Any] | None) -> str:
    """What an alpha allows, in Krippendorff's customary words."""
    value = (alpha or {}).get("value")
    low = (alpha or {}).get("low")
    if value is None:
        return ""
    if value < TENTATIVE:
        return gettext("too low yet to draw conclusions from")
    bound, words = TENTATIVE, gettext("acceptable for tentative conclusions")
    if value >= RELIABLE:
        bound, words = RELIABLE, gettext("reliable by the customary bound of 0.80")
    if low is None:
        return gettext("no conclusions yet: there are too few pairs for an interval")
    if low >= bound:
        return words
    return gettext("%(reading)s, though the interval reaches below that bound") % {"reading": words}


def coefficients(figures: dict[str, Any]) -> list[dict[str, Any]]:
    """The coefficients for all people together that a report holds, as {"name", "estimate"}."""
    return [
        {"name": str(name), "estimate": figures[key]}
        for key, name in COEFFICIENTS.items()
        if (figures.get(key) or {}).get("value") is not None
    ]


def measure_name(key: str) -> str:
    return gettext("Same answer") if key == "percent_agreement" else str(COEFFICIENTS[key])


def parts_chart(rows: Sequence[dict[str, Any]], measure: str) -> SafeString:
    """One measure in the parts of a study, those where it has a value."""
    intervals = [
        _interval(row["name"], row[measure]) for row in rows if row[measure]["value"] is not None
    ]
    references = REFERENCES if measure.startswith("alpha") else []
    return charts.dot_intervals(intervals, title=measure_name(measure), references=references)


def weeks_chart(rows: Sequence[dict[str, Any]], measure: str) -> SafeString:
    """One measure week by week, the oldest first; nothing where there is no course to see."""
    points = [
        _interval(row["name"], row[measure]) for row in rows if row[measure]["value"] is not None
    ]
    if len(points) < 2:
        return SafeString("")
    return charts.line_with_band(points, title=measure_name(measure), lowest=0.0)


def _interval(label: str, estimate: dict[str, Any], *, marked: bool = False) -> Interval:
    return Interval(
        label, estimate["value"], estimate.get("low"), estimate.get("high"), marked=marked
    )


def alpha_chart(rows: Sequence[dict[str, Any]]) -> SafeString:
    intervals = [_interval(row["name"], row["estimate"]) for row in rows]
    return charts.dot_intervals(
        intervals, title=gettext("Agreement of all people, with intervals"), references=REFERENCES
    )


def kappa_chart(kappas: Sequence[dict[str, Any]]) -> SafeString:
    intervals = [
        _interval(words_for([kappa["a"], kappa["b"]]), kappa)
        for kappa in kappas
        if kappa.get("value") is not None
    ]
    return charts.dot_intervals(intervals, title=gettext("Cohen’s kappa of each two people"))


def language_chart(languages: Sequence[dict[str, Any]]) -> SafeString:
    bars = [
        Bar(language_name(row["language"]), row["labels"], grouped(row["labels"]))
        for row in languages
    ]
    return charts.horizontal_bars(bars, title=gettext("Labels by language"))


def days_chart(days: Sequence[tuple[date, int]]) -> SafeString:
    bars = [Bar(date_format(day, "DAY_FORMAT"), count, grouped(count)) for day, count in days]
    return charts.columns(bars, title=gettext("Labels by day"))


def auroc_chart(runs: Sequence[TrainingRun]) -> SafeString:
    points = [
        _interval(_name(run), run.metrics["test"]["overall"]["auroc"], marked=_promoted(run))
        for run in runs
    ]
    return charts.line_with_band(points, title=gettext("AUROC on the held-out pairs, run by run"))


def _name(run: TrainingRun) -> str:
    day = run.finished_at or run.requested_at
    shown = date_format(timezone.localtime(day), "DAY_FORMAT")
    return gettext("Run %(number)s, %(day)s") % {"number": run.pk, "day": shown}


def _promoted(run: TrainingRun) -> bool:
    return bool(getattr(run, "was_promoted", False))


def lane_chart(rows: Sequence[Row]) -> SafeString:
    bars = [Bar(lane_name(row.name), row.ready, grouped(row.ready)) for row in rows]
    return charts.horizontal_bars(bars, title=gettext("Pairs ready by language"))


def own_pairs_chart(days: Sequence[Day]) -> SafeString:
    bars = [Bar(date_format(day.date, "j M"), day.pairs, grouped(day.pairs)) for day in days]
    return charts.columns(bars, title=gettext("Pairs by day"))


def own_hours_chart(days: Sequence[Day]) -> SafeString:
    bars = [Bar(date_format(day.date, "j M"), day.seconds, spent(day.seconds)) for day in days]
    return charts.columns(bars, title=gettext("Hours by day"))
