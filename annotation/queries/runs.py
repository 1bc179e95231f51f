from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from annotation.models import Campaign, Promotion, RunEvent, TrainingRun

METRICS = ["auroc", "average_precision", "accuracy", "precision", "recall", "f1"]
VARIANTS = {
    "overall": gettext_noop("All held-out pairs"),
    "nt": gettext_noop("Without transcripts"),
    "wt": gettext_noop("With transcripts"),
}
SHOWN_EVENTS = 100


@dataclass(frozen=True, slots=True)
class MetricRow:
    """One model on one kind of pairs: estimates in the order of METRICS."""

    model: str
    variant: str
    pairs: int | None
    estimates: list[dict[str, Any] | None]


def run_list() -> QuerySet[TrainingRun]:
    promoted = Promotion.objects.filter(run=OuterRef("pk"))
    return (
        TrainingRun.objects.select_related("campaign", "requested_by")
        .annotate(was_promoted=Exists(promoted))
        .defer("error")
        .order_by("-id")
    )


def serving_run_ids() -> set[int]:
    """The runs whose models are served now, one a campaign at most."""
    latest = Promotion.objects.order_by("campaign_id", "-id").distinct("campaign_id")
    return set(latest.values_list("run_id", flat=True))


def run_with_details(run_id: int) -> tuple[TrainingRun, list[RunEvent]]:
    """A run and the end of its log, the oldest line first. Raises Http404."""
    run = get_object_or_404(run_list().defer(None), pk=run_id)
    return run, list(run.events.order_by("-id")[:SHOWN_EVENTS])[::-1]


def metric_rows(run: TrainingRun) -> list[MetricRow]:
    """The run's figures by kind of pair, then those of the model that was served before it."""
    rows = list(_rows(_("This run"), run.metrics.get("test") or {}))
    champion = run.metrics.get("champion") or {}
    name = _("Served before")
    if "run" in champion:
        name = _("Served before: run %(number)s") % {"number": champion["run"]}
    return rows + list(_rows(name, champion))


def _rows(model: str, figures: dict[str, Any]) -> Iterator[MetricRow]:
    for key, variant in VARIANTS.items():
        metrics = figures.get(key)
        if isinstance(metrics, dict) and any(metrics.get(m) for m in METRICS):
            pairs = metrics.get("n", metrics.get("pairs"))
            count = pairs if isinstance(pairs, int) else None
            yield MetricRow(model, _(variant), count, [metrics.get(m) for m in METRICS])


def auroc_over_time(*, campaign: Campaign, last: int) -> list[TrainingRun]:
    """The last finished runs with a held-out AUROC, the oldest first."""
    finished = run_list().filter(
        campaign=campaign,
        status=TrainingRun.Status.SUCCEEDED,
        metrics__test__overall__auroc__value__isnull=False,
    )
    return list(finished.defer("error", "encoder")[:last])[::-1]
