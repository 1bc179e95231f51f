"""The figures on one person as their page and the table of all show them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from annotation import charts
from annotation.charts import Interval
from annotation.facet_names import value_name
from annotation.figure_words import rate_sentence, rate_text, says_something, trend_sentence
from annotation.interval_marks import interval_mark, lowest_of
from annotation.models import Contest, PersonReliability, Verdict

RATES = ("consensus", "gold", "repeats")


@dataclass(frozen=True, slots=True)
class ShownRate:
    """`differing` of the `n` answers that could be compared are unlike the reference."""

    key: str
    n: int
    differing: int
    usual: float | None
    text: str
    sentence: str
    mark: SafeString
    contest: Contest | None


@dataclass(frozen=True, slots=True)
class ShownPerson:
    """All figures on one person; `cells` of the confusion matrix row by row."""

    row: PersonReliability
    consensus: ShownRate
    gold: ShownRate
    repeats: ShownRate
    trend: str
    cells: list[dict[str, Any]]
    contests: Mapping[str, Contest]

    @property
    def every_rate(self) -> tuple[ShownRate, ShownRate, ShownRate]:
        return self.consensus, self.gold, self.repeats

    @property
    def rates(self) -> list[ShownRate]:
        """Of repeats only where the person met any: few campaigns have them."""
        return [rate for rate in self.every_rate if rate.n or rate.key != "repeats"]

    @property
    def weeks(self) -> list[dict[str, Any]]:
        """The newest first, with their names."""
        weeks = reversed(self.row.figures["weeks"])
        return [{**week, "name": value_name("week", week["week"])} for week in weeks]


def shown_people(
    rows: Iterable[PersonReliability],
    contests: Mapping[int, Mapping[str, Contest]],
    *,
    to_you: bool = False,
) -> list[ShownPerson]:
    """On one scale; in the order of `rows`. `contests`: by person and figure."""
    rows = list(rows)
    lowest = lowest_of(row.figures[key] for row in rows for key in RATES)
    return [
        _shown(row, contests.get(row.person_id, {}), lowest=lowest, to_you=to_you) for row in rows
    ]


def _shown(
    row: PersonReliability, contests: Mapping[str, Contest], *, lowest: float, to_you: bool
) -> ShownPerson:
    consensus, gold, repeats = (
        _rate(row.figures[key], key, contests.get(key), lowest=lowest, to_you=to_you)
        for key in RATES
    )
    trend = trend_sentence(row.figures["trend"])
    return ShownPerson(
        row, consensus, gold, repeats, trend, _cells(row.figures["confusion"]), contests
    )


def _rate(
    rate: dict[str, Any], key: str, contest: Contest | None, *, lowest: float, to_you: bool
) -> ShownRate:
    return ShownRate(
        key=key,
        n=rate["n"],
        differing=rate["n"] - rate["agreed"],
        usual=rate["usual"],
        text=rate_text(rate),
        sentence=rate_sentence(rate, to_you=to_you),
        mark=interval_mark(rate, lowest=lowest, dot=says_something(rate)),
        contest=contest,
    )


def _cells(confusion: list[list[int]]) -> list[dict[str, Any]]:
    """A row for each majority, its counts by the person's own answer."""
    references = (Verdict.SIMILAR, Verdict.NOT_SIMILAR)
    return [
        {
            "reference": reference,
            "counts": list(zip(Verdict, counts, strict=True)),
        }
        for reference, counts in zip(references, confusion, strict=True)
    ]


def weeks_chart(weeks: Sequence[dict[str, Any]]) -> SafeString:
    """Of `ShownPerson.weeks`, or some that follow each other: in the order of time."""
    points = [
        Interval(week["name"], week["value"], week["low"], week["high"])
        for week in reversed(weeks)
        if week["value"] is not None
    ]
    return charts.line_with_band(points, title=_("Agreement with the others, week by week"))


def flat(row: PersonReliability, contests: Mapping[str, Contest]) -> dict[str, Any]:
    """For a file, numbers as they are; no share where it would say nothing."""
    figures = row.figures
    found: dict[str, Any] = {"person": row.person.username, "name": row.person.display_name}
    found["labels"] = figures["labels"]
    for key in RATES:
        rate = figures[key]
        found |= {f"{key}_{part}": rate[part] for part in ("n", "agreed", "low", "high", "usual")}
        found |= {key: rate["value"] if says_something(rate) else None}
        found[f"{key}_says"] = rate["verdict"]
    trend = figures["trend"]
    found |= {f"change{end}": trend[key] for end, key in CHANGE}
    found["change_says"] = trend["verdict"]
    found["contested"] = "; ".join(f"{key}: {contests[key].state}" for key in sorted(contests))
    return found


CHANGE = (("", "change"), ("_low", "low"), ("_high", "high"))
COLUMNS = (
    "person", "name", "labels",
    *(
        f"{key}{part}" for key in RATES
        for part in ("_n", "_agreed", "", "_low", "_high", "_usual", "_says")
    ),
    *(f"change{end}" for end, _key in CHANGE), "change_says", "contested",
)  # fmt: skip
