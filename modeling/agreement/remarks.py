"""Every figure of a report explained, with what the labels themselves say about it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from modeling.agreement.explanations import Facts, Remark, Selection, explain
from modeling.agreement.ratings import Row

Remarks = dict[str, list[Remark]]
_OF_LABELS = ("alpha_nominal", "alpha_ordinal", "fleiss_kappa", "gwet_ac1", "percent_agreement")
_OF_REASONS = ("alpha_masi", "alpha_jaccard")


def remarks_on(
    report: Mapping[str, Any], rows: Iterable[Row], *, selection: Selection | None = None
) -> Remarks:
    """Remarks by statistic on `agreement_report(rows)`, and on its `reasons` where it has any.

    `selection` says how the units were chosen. Of two labels by one annotator the later counts.
    """
    latest = {(unit, who): label for unit, who, label in rows if label}
    often = Counter(unit for unit, _ in latest)
    shared = Counter(label for (unit, _), label in latest.items() if often[unit] > 1)
    return remarks_by(report, list(shared.values()), selection=selection)


def remarks_by(
    report: Mapping[str, Any], shared: Iterable[float], *, selection: Selection | None = None
) -> Remarks:
    """As `remarks_on`; `shared` counts each label on the units with two annotators or more."""
    counts = list(shared)
    units, whole = report["units_with_overlap"], report["units"]
    facts = Facts(
        units,
        overlap=units / whole if whole else None,
        prevalence=max(counts) / sum(counts) if sum(counts) else None,
        percent_agreement=report["percent_agreement"]["value"],
        selection=selection,
    )
    remarks = {name: _explain(name, report[name], facts) for name in _OF_LABELS}
    if sets := report.get("reasons"):
        overlap = sets["units_with_overlap"] / sets["units"] if sets["units"] else None
        of_sets = Facts(sets["units_with_overlap"], overlap, selection=selection)
        remarks |= {name: _explain(name, sets[name], of_sets) for name in _OF_REASONS}
    return remarks


def _explain(name: str, figure: Mapping[str, Any], facts: Facts) -> list[Remark]:
    return explain(name, figure["value"], figure["low"], figure["high"], facts)
