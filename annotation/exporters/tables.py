"""The tables of a campaign's dashboards as rows for a file: whole, with numbers as they are.

Those that have filters or rows of their own kind have their own files: agreement by part, people,
possible slips, second answers.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from annotation.models import Campaign
from annotation.queries.learning_report import learners
from annotation.queries.people import workers
from annotation.queries.queue_report import queue_report
from annotation.queries.queue_state import queue_state
from annotation.queries.runs import auroc_over_time, run_list
from annotation.queries.study import queue_by_strategy
from annotation.queries.study_progress import progress

Rows = Iterable[Mapping[str, Any]]
_ENDS = ("value", "low", "high")
MEASURES = ("percent_agreement", "alpha_nominal", "alpha_ordinal", "fleiss_kappa", "gwet_ac1")


class Table(NamedTuple):
    columns: tuple[str, ...]
    rows: Callable[[Campaign], Rows]


def figure_columns(name: str) -> tuple[str, str, str]:
    """Of a figure with its interval."""
    return name, f"{name}_low", f"{name}_high"


def _figure(name: str, figure: Mapping[str, Any]) -> dict[str, Any]:
    return dict(zip(figure_columns(name), (figure[end] for end in _ENDS), strict=True))


def _report(campaign: Campaign) -> dict[str, Any]:
    newest = campaign.reports.first()
    return newest.figures if newest else {}


def _measures(campaign: Campaign) -> Iterator[dict[str, Any]]:
    found = _report(campaign)
    for name in MEASURES:
        if found.get(name):
            yield {"measure": name, **{end: found[name][end] for end in _ENDS}}


def _people(campaign: Campaign) -> Iterator[dict[str, Any]]:
    for each in _report(campaign).get("cohen_kappa", []):
        names = {"person": each["a"], "other": each["b"], "pairs": each["n"]}
        yield names | _figure("kappa", each)


def _reasons(campaign: Campaign) -> Iterator[dict[str, Any]]:
    for each in (_report(campaign).get("reasons") or {}).get("by_reason", []):
        counts = {key: each[key] for key in ("reason", "given", "share")}
        yield (
            counts
            | _figure("alpha_nominal", each["alpha_nominal"])
            | _figure("positive_agreement", each["positive_agreement"])
        )


def _kinds(campaign: Campaign) -> Iterator[dict[str, Any]]:
    for each in (_report(campaign).get("policy") or {}).get("kinds", []):
        names = {"kind": each["kind"], "value": each["name"], "pairs": each["pairs"]}
        yield names | _figure("same_answer", each["same"])


def _models(campaign: Campaign) -> Iterator[dict[str, Any]]:
    for run in auroc_over_time(campaign=campaign, last=MOST_RUNS):
        known = {"run": run.pk, "recipe": run.recipe, "labels": run.label_count}
        yield known | _figure("auroc", run.metrics["test"]["overall"]["auroc"])


def _lanes(campaign: Campaign) -> Iterator[dict[str, Any]]:
    for row in queue_state(campaign=campaign).by_lane.values():
        yield {"languages": row.name, "ready": row.ready, "out": row.out, "routed": row.routed}


def _workers(campaign: Campaign) -> Iterator[dict[str, Any]]:
    for worker in queue_report(campaign=campaign).workers:
        yield {
            "username": worker.person.username,
            "languages": worker.person.languages,
            "any_language": worker.person.any_language,
            "has_learnt": worker.has_learnt,
            "may_get": worker.may_get,
        }


def _practice(campaign: Campaign) -> Iterator[dict[str, Any]]:
    for learner in learners(campaign=campaign, people=list(workers(campaign=campaign))):
        learning = learner.learning
        yield {
            "username": learner.person.username,
            "practice": learning.practice.is_passed,
            "qualification": learning.qualification.is_passed,
            "waved_through": learning.waiver is not None,
            "real_pairs": learning.has_learnt,
            "pairs": learner.answered,
            "seconds": learner.seconds,
        }


def _runs(campaign: Campaign) -> Iterator[dict[str, Any]]:
    for run in run_list().filter(campaign=campaign):
        known = {name: getattr(run, name) for name in ("recipe", "status", "was_promoted")}
        auroc = ((run.metrics.get("test") or {}).get("overall") or {}).get("auroc") or {}
        yield {
            "run": run.pk,
            "labels": run.label_count,
            "requested_at": run.requested_at.isoformat(),
            **known,
            **_figure("auroc", {end: auroc.get(end) for end in _ENDS}),
        }


def _days(campaign: Campaign) -> Iterator[dict[str, Any]]:
    for day, labels in _progress(campaign).days:
        yield {"day": day.isoformat(), "labels": labels}


def _progress(campaign: Campaign) -> Any:
    return progress(campaign=campaign, report=campaign.reports.first())


MOST_RUNS = 10_000
TABLES = {
    "measures": Table(("measure", *_ENDS), _measures),
    "two-people": Table(("person", "other", "pairs", *figure_columns("kappa")), _people),
    "reasons": Table(
        ("reason", "given", "share", *figure_columns("alpha_nominal"),
         *figure_columns("positive_agreement")),
        _reasons,
    ),
    "kinds": Table(("kind", "value", "pairs", *figure_columns("same_answer")), _kinds),
    "progress": Table(
        ("username", "first", "last", "labels", "today", "spent", "unsure"),
        lambda campaign: _progress(campaign).people,
    ),
    "languages": Table(
        ("language", "labels", "unsure"), lambda campaign: _progress(campaign).languages
    ),
    "days": Table(("day", "labels"), _days),
    "models": Table(("run", "recipe", "labels", *figure_columns("auroc")), _models),
    "queue": Table(
        ("strategy", "pairs", "ready"), lambda campaign: queue_by_strategy(campaign=campaign)
    ),
    "queue-people": Table(
        ("username", "languages", "any_language", "has_learnt", "may_get"), _workers
    ),
    "practice": Table(
        ("username", "practice", "qualification", "waved_through", "real_pairs", "pairs",
         "seconds"),
        _practice,
    ),
    "runs": Table(
        ("run", "recipe", "status", "labels", *figure_columns("auroc"), "was_promoted",
         "requested_at"),
        _runs,
    ),
    "queue-languages": Table(("languages", "ready", "out", "routed"), _lanes),
}  # fmt: skip
