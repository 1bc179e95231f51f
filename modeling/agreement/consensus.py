"""One label a unit from those of several annotators."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable

from modeling.agreement.ratings import Row

TIE = "unsure"


def majority(rows: Iterable[Row]) -> dict[Hashable, tuple[str, float]]:
    """Unit -> (label, share of its annotators who gave it), from rows (unit, annotator, label).

    A tie becomes "unsure" with the share of each of the tied labels. Of two labels by one annotator
    the later counts; empty labels are missing. Units come in order of appearance.
    """
    votes: dict[Hashable, dict[Hashable, str]] = defaultdict(dict)
    for unit, annotator, label in rows:
        if label:
            votes[unit][annotator] = label
    return {unit: _winner(Counter(said.values())) for unit, said in votes.items()}


def _winner(counts: Counter[str]) -> tuple[str, float]:
    ranked = counts.most_common(2)
    label, most = ranked[0]
    tied = len(ranked) == 2 and ranked[1][1] == most
    return TIE if tied else label, most / counts.total()
