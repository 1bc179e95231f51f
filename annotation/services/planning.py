"""How many labels it takes for what a coordinator wants to know, and what narrower would cost."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from annotation.queries.planning import HOUR_S, Observed

if TYPE_CHECKING:
    from modeling.agreement.expected_answers import Answers, Settled
    from modeling.stopping import Confusion

ASSURANCE = 0.8
OVERLAPS = (1, 2, 3, 5)
# Beyond this half-width an interval says next to nothing.
WIDEST = 0.5
_ROUND = tuple(int(figure * 10**power) for power in range(2, 8) for figure in (1, 2, 5))


@dataclass(frozen=True, slots=True)
class Wanted:
    """Half-widths of the 95% intervals, labels a pair, and what is expected of the pairs."""

    alpha: float
    auroc: float
    overlap: int
    similar: float
    expected_auroc: float
    wage: float | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """What so many labels a pair take. `alpha` to expect; `pairs_for_alpha`, `pairs_for_auroc`:
    None where no number is enough. `settled`: the share of pairs with a clear answer, `right`: of
    those; `best_auroc`: what a perfect model would show against them."""

    each: int
    alpha: float | None
    pairs_for_alpha: int | None
    pairs_for_auroc: int | None
    settled: float
    right: float | None
    best_auroc: float | None
    seconds: float
    wage: float | None

    @property
    def pairs(self) -> int | None:
        """For both: the same pairs serve."""
        if self.pairs_for_alpha is None or self.pairs_for_auroc is None:
            return None
        return max(self.pairs_for_alpha, self.pairs_for_auroc)

    @property
    def labels(self) -> int | None:
        return self.pairs * self.each if self.pairs else None

    @property
    def hours(self) -> float | None:
        return self.labels * self.seconds / HOUR_S if self.labels else None

    @property
    def cost(self) -> float | None:
        return self.hours * self.wage if self.hours and self.wage is not None else None


@dataclass(frozen=True, slots=True)
class Curve:
    """Half-widths by numbers of labels, where `each` pair gets so many; None: too few, too wide."""

    each: int
    half_widths: tuple[float | None, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """`rows` by overlap, `chosen` among them; `curves` over the numbers of labels in `sizes`."""

    rows: tuple[Row, ...]
    chosen: Row
    sizes: tuple[int, ...]
    alpha: tuple[Curve, ...]
    auroc: tuple[Curve, ...]


def plan(*, seen: Observed, wanted: Wanted) -> Plan:
    """From what people have shown, or typical people where nothing has been seen.

    In closed form and without numpy: a web process waits for it.
    """
    from modeling.agreement.expected_answers import expected_answers

    people = _people(seen)
    answers = {
        each: expected_answers(people, prevalence=wanted.similar, each=each)
        for each in sorted({*OVERLAPS, wanted.overlap})
    }
    rows = {each: _row(of, seen, wanted) for each, of in answers.items()}
    sizes = _sizes([row.labels for row in rows.values() if row.labels])
    return Plan(
        rows=tuple(rows.values()),
        chosen=rows[wanted.overlap],
        sizes=sizes,
        alpha=tuple(_curve(of, sizes, _alpha_by_pairs(of)) for of in answers.values()),
        auroc=tuple(_curve(of, sizes, _auroc_by_pairs(of, wanted)) for of in answers.values()),
    )


def _people(seen: Observed) -> "list[Confusion]":
    from modeling.stopping import TYPICAL, Confusion

    if not seen.people:
        return [TYPICAL]
    return [
        Confusion(_three(person.if_similar), _three(person.if_not_similar))
        for person in seen.people
    ]


def _three(shares: Sequence[float]) -> tuple[float, float, float]:
    similar, other, unsure = shares
    return similar, other, unsure


def _row(answers: "Answers", seen: Observed, wanted: Wanted) -> Row:
    from modeling.agreement.expected_answers import settled

    alpha, for_alpha = _for_alpha(answers, wanted)
    clear = settled(answers)
    return Row(
        each=answers.each,
        alpha=alpha,
        pairs_for_alpha=for_alpha,
        pairs_for_auroc=_for_auroc(clear, wanted),
        settled=clear.share,
        right=_known(clear.right),
        best_auroc=_known(clear.best_auroc),
        seconds=seen.seconds_a_label,
        wage=wanted.wage,
    )


def _for_alpha(answers: "Answers", wanted: Wanted) -> tuple[float | None, int | None]:
    from modeling.agreement.alpha_width import alpha_width

    try:
        width = alpha_width(answers)
    except ValueError:  # one label a pair, or the same answer always
        return None, None
    try:
        return width.alpha, width.units(wanted.alpha, ASSURANCE)
    except ValueError:  # more pairs than anybody has
        return width.alpha, None


def _for_auroc(clear: "Settled", wanted: Wanted) -> int | None:
    """Pairs to label, so that enough of them get a clear answer."""
    from modeling.agreement.auroc_planning import units_for_auroc

    try:
        needed = units_for_auroc(
            wanted.auroc, auroc=wanted.expected_auroc, prevalence=wanted.similar
        )
    except ValueError:
        return None
    return math.ceil(needed.units / clear.share) if clear.share else None


def _alpha_by_pairs(answers: "Answers") -> Callable[[int], float | None]:
    from modeling.agreement.alpha_width import LEAST_UNITS, alpha_width

    try:
        width = alpha_width(answers)
    except ValueError:
        return lambda pairs: None
    return lambda pairs: width.half_width(pairs, ASSURANCE) if pairs >= LEAST_UNITS else None


def _auroc_by_pairs(answers: "Answers", wanted: Wanted) -> Callable[[int], float | None]:
    from modeling.agreement.auroc_planning import Z, auroc_error
    from modeling.agreement.expected_answers import settled

    share = settled(answers).share

    def half_width(pairs: int) -> float | None:
        similar = pairs * share * wanted.similar
        other = pairs * share - similar
        if min(similar, other) < 1:
            return None
        return Z * auroc_error(wanted.expected_auroc, similar, other)

    return half_width


def _curve(
    answers: "Answers", sizes: Sequence[int], half_width: Callable[[int], float | None]
) -> Curve:
    widths = [half_width(labels // answers.each) for labels in sizes]
    return Curve(answers.each, tuple(w if w is not None and w <= WIDEST else None for w in widths))


def _sizes(labels: Sequence[int]) -> tuple[int, ...]:
    """Round numbers of labels around those that the plans take."""
    if not labels:
        return _ROUND[:9]
    least, most = min(labels) / 10, max(labels) * 6
    return tuple(size for size in _ROUND if least <= size <= most)[-9:] or _ROUND[:9]


def _known(value: float) -> float | None:
    return None if math.isnan(value) else value
