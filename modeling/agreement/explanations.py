"""What a figure means, and when it misleads: codes with parameters, and their English.

A website translates by code; `in_english` is for the command line. Needs the standard library only.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypedDict

from modeling.agreement.english import SENTENCES

Selection = Literal["random", "active", "mixed"]

CHANCE_CORRECTED = (
    "alpha_nominal",
    "alpha_ordinal",
    "alpha_masi",
    "alpha_jaccard",
    "fleiss_kappa",
    "cohen_kappa",
)
STATISTICS = (*CHANCE_CORRECTED, "gwet_ac1", "percent_agreement", "positive_agreement")

# Krippendorff 2004, Content Analysis (2nd ed., p. 241): rely on 0.8 and more; below 0.667 draw no
# conclusions. For alpha only: nobody has such marks for the others that rest on more than habit.
RELIABLE, TENTATIVE = 0.8, 0.667
# The paradox of Feinstein & Cicchetti 1990: people agree, one label is rare, and kappa is low.
HIGH_AGREEMENT, LOW_KAPPA, ONE_SIDED = 0.8, 0.6, 0.8
FEW_UNITS = 50
LITTLE_OVERLAP = 0.05
WIDE = 0.2

Value = float | int | str


class Remark(TypedDict):
    """A sentence by its code, and the values in it: shares and figures as they are, not in %."""

    code: str
    parameters: dict[str, Value]


@dataclass(frozen=True, slots=True)
class Facts:
    """What a figure rests on; None is not known, and then nothing is said of it.

    `units`: with two labels or more, those that the figure is computed from. `overlap`: their share
    of all labelled units. `prevalence`: share of the most frequent label. `percent_agreement`: of
    the same units. `selection`: how the units were chosen.
    """

    units: int
    overlap: float | None = None
    prevalence: float | None = None
    percent_agreement: float | None = None
    selection: Selection | None = None


@dataclass(frozen=True, slots=True)
class _Known:
    statistic: str
    value: float
    low: float | None
    high: float | None
    facts: Facts


def explain(
    statistic: str, value: float | None, low: float | None, high: float | None, facts: Facts
) -> list[Remark]:
    """What the figure means, then every way in which it may mislead here.

    `value`, `low` and `high` are those of a `bootstrap.Figure`; `statistic` is in `STATISTICS`.

    Raises:
        ValueError: the statistic is not known.
    """
    if statistic not in STATISTICS:
        raise ValueError(f"{statistic!r} is not among {', '.join(STATISTICS)}")
    if value is None:
        return [_remark("no_value", units=facts.units)]
    known = _Known(statistic, value, low, high, facts)
    return [remark for rule in _RULES if (remark := rule(known))]


def in_english(remark: Remark) -> str:
    """The sentence, with shares in per cent."""
    return SENTENCES[remark["code"]].format_map(remark["parameters"])


def _meaning(known: _Known) -> Remark:
    return _remark(f"means_{known.statistic}", value=known.value)


def _conclusions(known: _Known) -> Remark | None:
    """Which conclusions alpha allows, if all of its interval allows the same."""
    if not known.statistic.startswith("alpha") or known.low is None or known.high is None:
        return None
    if known.low >= RELIABLE:
        return _remark("alpha_reliable", mark=RELIABLE)
    if known.high < TENTATIVE:
        return _remark("alpha_not_reliable", mark=TENTATIVE)
    if known.low >= TENTATIVE and known.high < RELIABLE:
        return _remark("alpha_tentative", low=TENTATIVE, high=RELIABLE)
    return _remark("alpha_undecided", low=known.low, high=known.high)


def _prevalence_paradox(known: _Known) -> Remark | None:
    facts = known.facts
    if known.statistic not in CHANCE_CORRECTED or facts.prevalence is None:
        return None
    agree = facts.percent_agreement
    if agree is None or agree < HIGH_AGREEMENT or facts.prevalence < ONE_SIDED:
        return None
    if known.value >= LOW_KAPPA:
        return None
    return _remark("prevalence_paradox", agreement=agree, prevalence=facts.prevalence)


def _flattering(known: _Known) -> Remark | None:
    """Where one label is frequent, agreement that chance explains is counted as agreement."""
    prevalence = known.facts.prevalence
    if prevalence is None or prevalence < ONE_SIDED:
        return None
    if known.statistic == "percent_agreement":
        least = prevalence**2 + (1 - prevalence) ** 2
        return _remark("chance_alone", prevalence=prevalence, chance=least)
    if known.statistic == "gwet_ac1":
        return _remark("generous_where_one_sided", prevalence=prevalence)
    return None


def _few(known: _Known) -> Remark | None:
    units = known.facts.units
    return _remark("few_overlaps", units=units, enough=FEW_UNITS) if units < FEW_UNITS else None


def _little(known: _Known) -> Remark | None:
    overlap = known.facts.overlap
    if overlap is None or overlap >= LITTLE_OVERLAP:
        return None
    return _remark("little_overlap", overlap=overlap)


def _selected(known: _Known) -> Remark | None:
    selection = known.facts.selection
    return _remark(f"selection_{selection}") if selection in ("active", "mixed") else None


def _interval(known: _Known) -> Remark | None:
    if known.low is None or known.high is None:
        return _remark("no_interval")
    if known.high - known.low <= WIDE:
        return None
    return _remark("wide_interval", low=known.low, high=known.high)


_RULES: tuple[Callable[[_Known], Remark | None], ...] = (
    _meaning,
    _conclusions,
    _interval,
    _few,
    _little,
    _prevalence_paradox,
    _flattering,
    _selected,
)


def _remark(code: str, **parameters: Value) -> Remark:
    return {"code": code, "parameters": parameters}
