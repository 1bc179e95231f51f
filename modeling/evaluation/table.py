"""A report as a table in plain text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from modeling.evaluation.figures import Figure
from modeling.evaluation.resampling import FEWEST_CLUSTERS

_BY = ("accuracy", "precision", "recall", "f1", "auroc")
# The longest label that most tables have.
_ROOM = "undesirable (n = 9,999)"


def as_text(report: Mapping[str, Any]) -> str:
    """For a terminal; every figure with its 95% interval."""
    return "\n".join(_lines(report))


def _lines(report: Mapping[str, Any]) -> Iterator[str]:
    n, unsure = report["rows"] - report["undecided"], report["unsure"]
    yield f"{n:,} pairs with a sure label, {report['similar']:,} of them similar; " + (
        f"{unsure['n']:,} unsure ones left out"
    )
    if report["clusters"] < FEWEST_CLUSTERS:
        yield f"no intervals: fewer than {FEWEST_CLUSTERS} of these pairs are independent"
    elif report["clusters"] < n:
        clusters = f"{report['clusters']:,} clusters"
        yield f"by videos in common they are {clusters}, and intervals allow for that"
    yield from _calibration(report["calibration"])
    yield ""
    counted = unsure["counted_as_not_similar"]
    yield _row("", "at 0.5", "at the threshold", "unsure counted as no")
    for name, figure in report["metrics"].items():
        chosen = report["at_threshold"].get(name, "")
        yield _row(name, figure, chosen, counted[name] if unsure["n"] else "")
    if unsure["n"]:
        yield _row("soft brier", "", "", unsure["soft_brier"])
    for dimension, groups in report["by"].items():
        yield from _reasons(groups) if dimension == "reason" else _groups(dimension, groups)
    if "comparison" in report:
        yield ""
        yield f"{' minus '.join(report['comparison']['models'])}, on the same pairs:"
        yield from (f"  {sentence}" for sentence in report["comparison"]["sentences"])


def _calibration(calibration: Mapping[str, Any]) -> Iterator[str]:
    for variant, found in calibration.items():
        how = f"fitted on {found['fitted_on']:,} validation pairs"
        if not found["fitted_on"]:
            how = found["note"] or "none stored with the model"
        temperature, threshold = found["temperature"], found["threshold"]
        yield f"{variant}: temperature {temperature:.3f}, threshold {threshold:.3f} ({how})"


def _groups(dimension: str, groups: list[dict[str, Any]]) -> Iterator[str]:
    labels = [_counted(group) for group in groups]
    width = max(map(len, [*labels, _ROOM])) + 2
    yield ""
    yield _row(f"by {dimension}", *_BY, width=width)
    for label, group in zip(labels, groups, strict=True):
        yield _row(label, *(group["metrics"][name] for name in _BY), width=width)


def _reasons(groups: list[dict[str, Any]]) -> Iterator[str]:
    if groups:
        yield ""
        yield _row("by reason", "recall", "at the threshold")
    for group in groups:
        yield _row(_counted(group), group["recall"], group["recall_at_threshold"])


def _counted(group: Mapping[str, Any]) -> str:
    return f"{group['group']} (n = {group['n']:,})"


def _row(label: str, *cells: Figure | str | None, width: int = len(_ROOM) + 2) -> str:
    shown = [cell if isinstance(cell, str) else figure(cell) for cell in cells]
    return (f"{label:<{width}}" + "".join(f"{cell:<23}" for cell in shown)).rstrip()


def figure(found: Figure | None) -> str:
    """ "0.812 (0.79 to 0.83)", or "undefined"."""
    if found is None:
        return "undefined"
    if found["low"] is None or found["high"] is None:
        return f"{found['value']:.3f}"
    return f"{found['value']:.3f} ({found['low']:.2f} to {found['high']:.2f})"
