"""Cohen's kappa of each two people, as a square table whose cells are tinted."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

MOST_PEOPLE = 30
_TINTS = 10


@dataclass(frozen=True, slots=True)
class HeatMap:
    """`rows` have a name and a cell for each of `people`: None on the diagonal and where two have
    too few pairs in common. `left_out` people had the fewest."""

    people: list[str]
    rows: list[tuple[str, list[dict[str, Any] | None]]]
    left_out: int


def heat_map(kappas: Sequence[dict[str, Any]], *, letters: bool = False) -> HeatMap:
    """Of a report's "cohen_kappa"; the people with the most pairs in common, by name; Z
    before AA where names are `letters`."""
    common: Counter[str] = Counter()
    cells: dict[tuple[str, str], dict[str, Any]] = {}
    for kappa in kappas:
        if kappa.get("value") is None:
            continue
        one, other = kappa["a"], kappa["b"]
        common.update({one: kappa["n"], other: kappa["n"]})
        cells[one, other] = cells[other, one] = kappa | {"tint": _tint(kappa["value"])}
    people = [person for person, _ in common.most_common(MOST_PEOPLE)]
    people.sort(key=lambda name: (len(name) if letters else 0, name))
    rows = [(one, [cells.get((one, other)) for other in people]) for one in people]
    return HeatMap(people, rows, len(common) - len(people))


def _tint(kappa: float) -> int:
    """0 for chance and below, 9 for full agreement."""
    return max(0, min(_TINTS - 1, int(kappa * _TINTS)))
