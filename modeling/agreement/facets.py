"""Agreement within parts of the ratings: by language, policy version, week, whatever is asked."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from modeling.agreement.ratings import Ratings, Row, read_ratings
from modeling.agreement.report import coefficients

Values = Mapping[str, Sequence[str]]  # of one rating: by facet, the parts that it belongs to
Parts = Mapping[str, Mapping[str, NDArray[np.int64]]]
MOST_VALUES = 60


@dataclass(slots=True)
class _Members:
    """Which facets a rating has, by (unit, annotator): of two the later counts."""

    latest: dict[tuple[Hashable, Hashable], Values] = field(default_factory=dict)

    def watch(self, rows: Iterable[tuple[Row, Values]]) -> Iterable[Row]:
        """The rows as they come, noted on the way."""
        for (unit, annotator, label), values in rows:
            if label:
                self.latest[unit, annotator] = values
            yield unit, annotator, label


def agreement_by(
    rows: Iterable[tuple[Row, Values]],
    *,
    order: Sequence[str] | None = None,
    resamples: int = 500,
    seed: int = 0,
    most: int = MOST_VALUES,
) -> dict[str, list[dict[str, Any]]]:
    """By facet, a dictionary for each of its values, those with the most labels first: "value",
    and the coefficients of the ratings that have it, with "units", "labels", "units_with_overlap".

    A unit counts in a part by those of its ratings that are in it: of two ratings under different
    policies neither has anything to agree with. Beyond `most` values a facet's rarest are left out.

    Raises:
        ValueError: a label is not in `order`.
    """
    members = _Members()
    ratings = read_ratings(members.watch(rows), order)
    parts: dict[str, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    for index, values in enumerate(members.latest.values()):
        for facet, names in values.items():
            for name in names:
                parts[facet][name].append(index)
    arrays = {
        facet: {value: np.array(chosen) for value, chosen in by_value.items()}
        for facet, by_value in parts.items()
    }
    return agreement_in(ratings, arrays, resamples=resamples, seed=seed, most=most)


def agreement_in(
    ratings: Ratings, parts: Parts, *, resamples: int = 500, seed: int = 0, most: int = MOST_VALUES
) -> dict[str, list[dict[str, Any]]]:
    """As `agreement_by`; `parts` are by facet and value the places of the ratings, each (m,)."""
    found: dict[str, list[dict[str, Any]]] = {}
    for facet, by_value in parts.items():
        ranked = sorted(by_value.items(), key=lambda item: (-len(item[1]), item[0]))[:most]
        found[facet] = [
            {"value": value}
            | coefficients(part_of(ratings, chosen), resamples=resamples, seed=seed)
            for value, chosen in ranked
        ]
    return found


def part_of(ratings: Ratings, chosen: NDArray[np.int64]) -> Ratings:
    """Only these ratings, and the units that they are of."""
    used, unit = np.unique(ratings.unit[chosen], return_inverse=True)
    names = ratings.units
    return Ratings(
        unit=unit.astype(np.int64),
        annotator=ratings.annotator[chosen],
        label=ratings.label[chosen],
        units=names[used] if isinstance(names, np.ndarray) else [names[place] for place in used],
        annotators=ratings.annotators,
        labels=ratings.labels,
        repeated=0,
    )
