"""A report as a table in plain text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from modeling.evaluation.figures import Figure

_BY = ("accuracy", "precision", "recall", "f1", "auroc")
_WIDTH = 22


def as_text(report: Mapping[str, Any]) -> str:
    """For a terminal; every figure with its 95% interval."""
    return "\n".join(_lines(report))


def _lines(report: Mapping[str, Any]) -> Iterator[str]:
    n, unsure = report["rows"] - report["undecided"], report["unsure"]
    yield f"{n:,} pairs with a sure label, {report['similar']:,} of them similar; " + (
        f"{unsure['n']:,} unsure ones left out"
    )
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
    yield ""
    yield _row(f"by {dimension}", *_BY)
    for group in groups:
        yield f"{group['group']} (n = {group['n']:,})"
        yield _row("", *(group["metrics"][name] for name in _BY))


def _reasons(groups: list[dict[str, Any]]) -> Iterator[str]:
    if groups:
        yield ""
        yield _row("by reason", "recall", "at the threshold")
    for group in groups:
        label = f"{group['group']} (n = {group['n']:,})"
        yield _row(label, group["recall"], group["recall_at_threshold"])


def _row(label: str, *cells: Figure | str | None) -> str:
    shown = [cell if isinstance(cell, str) else figure(cell) for cell in cells]
    return f"{label:<22}" + "".join(f"{cell:<{_WIDTH}}" for cell in shown).rstrip()


def figure(found: Figure | None) -> str:
    """ "0.812 (0.79 to 0.83)", or "undefined"."""
    if found is None:
        return "undefined"
    if found["low"] is None or found["high"] is None:
        return f"{found['value']:.3f}"
    return f"{found['value']:.3f} ({found['low']:.2f} to {found['high']:.2f})"
