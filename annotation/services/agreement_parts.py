"""Labels as the science of agreement takes them: ratings, and which belong to which part."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from annotation.models import ReasonCode, Verdict
from annotation.queries.votes import StandingLabels
from annotation.queries.weeks import week_name

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from modeling.agreement.ratings import Ratings

# In the ordinal order of `modeling.agreement.ratings.SIMILARITY_ORDER`.
ORDER = {Verdict.SIMILAR: 2, Verdict.NOT_SIMILAR: 0, Verdict.UNSURE: 1}


def ratings_of(given: StandingLabels) -> Ratings:
    """Of verdicts, one entry a label, as `given.labels` are."""
    import numpy as np

    from modeling.agreement.ratings import SIMILARITY_ORDER, Ratings

    people, annotator = np.unique(given.labels["assistant_id"], return_inverse=True)
    ordinal = np.array([ORDER[verdict] for verdict in Verdict])
    return Ratings(
        unit=_places(given),
        annotator=annotator.astype(np.int64),
        label=ordinal[given.labels["verdict"]],
        units=given.pairs["pair_id"],
        annotators=[given.people[person] for person in people.tolist()],
        labels=list(SIMILARITY_ORDER),
        repeated=0,
    )


def reasons_of(ratings: Ratings, given: StandingLabels) -> tuple[Ratings, list[frozenset[str]]]:
    """Ratings by sets of reasons, of those labels that were asked for any: the similar ones."""
    from dataclasses import replace

    import numpy as np

    from modeling.agreement.facets import part_of

    similar = np.flatnonzero(ratings.label == ORDER[Verdict.SIMILAR])
    masks, place = np.unique(given.labels["reasons"][similar], return_inverse=True)
    sets = [
        frozenset(code for bit, code in enumerate(ReasonCode.values) if mask >> bit & 1)
        for mask in masks.tolist()
    ]
    chosen = part_of(ratings, similar)
    names = [str(index) for index in range(len(sets))]
    return replace(chosen, label=place.astype(np.int64), labels=names), sets


def answers_of(given: StandingLabels) -> dict[str, Any]:
    """How often each answer was given, by its name: of all, of those on pairs drawn at random, and
    of those among these that are held out; the versions of the policy that lay beside them.

    Held-out pairs are a sample of the whole pool. The other draws are one of what was left, once a
    model has chosen pairs before: of fewer uncertain pairs, and so of fewer similar ones where
    these are rare.
    """
    import numpy as np

    drawn = given.labels["at_random"]
    counted = {
        "all": np.ones(len(drawn), dtype=bool),
        "at_random": drawn,
        "held_out": drawn & given.pairs["held_out"][_places(given)],
    }
    verdicts = {
        name: np.bincount(given.labels["verdict"][rows], minlength=len(Verdict)).tolist()
        for name, rows in counted.items()
    }
    versions = sorted(given.policies[each] for each in np.unique(given.labels["policy_id"]))
    return {
        name: dict(zip(Verdict.values, counts, strict=True)) for name, counts in verdicts.items()
    } | {"policies": versions}


def parts_of(ratings: Ratings, given: StandingLabels) -> dict[str, dict[str, Any]]:
    """By facet and value, the places of the labels that belong to it.

    A pair is of the languages of both its videos, of the week of its first label, and `random`
    where it was drawn at random or is held out, `chosen` where a model or a person had it picked.
    Draws that are not held out come from what models have left, so that `random` has somewhat
    fewer hard pairs than the pool, the more of the pool is labelled. Labels are of
    the policy that lay beside them: only those under the same one are compared. To an assistant
    belong all labels on the pairs that this person judged.
    """
    import numpy as np

    pair = ratings.unit
    facts = given.pairs["combination"][pair] - 1
    languages: dict[str, list[int]] = {}
    sources: dict[str, list[int]] = {}
    for number, (source, one, other) in enumerate(given.combinations):
        sources.setdefault(source, []).append(number)
        for language in {one, other}:
            languages.setdefault(language, []).append(number)
    at_random = given.pairs["held_out"].copy()
    np.logical_or.at(at_random, pair, given.labels["at_random"])
    weeks = np.full(len(given.pairs), np.iinfo(np.int64).max)
    np.minimum.at(weeks, pair, given.labels["week"])
    versions = np.array([given.policies[each] for each in given.labels["policy_id"].tolist()])
    return {
        "language": _where(facts, languages),
        "source": _where(facts, sources),
        "selection": _by_value(at_random[pair], lambda value: "random" if value else "chosen"),
        "policy": _by_value(versions, str),
        "week": _by_value(weeks[pair], week_name),
        "assistant": _by_assistant(ratings),
    }


def _places(given: StandingLabels) -> NDArray[np.int64]:
    """Of each label its pair's place in `given.pairs`."""
    import numpy as np

    return np.searchsorted(given.pairs["pair_id"], given.labels["pair_id"])


def _where(facts: NDArray[Any], numbers: dict[str, list[int]]) -> dict[str, Any]:
    import numpy as np

    return {value: np.flatnonzero(np.isin(facts, meant)) for value, meant in numbers.items()}


def _by_value(values: NDArray[Any], name: Any) -> dict[str, Any]:
    import numpy as np

    return {name(value): np.flatnonzero(values == value) for value in np.unique(values).tolist()}


def _by_assistant(ratings: Ratings) -> dict[str, Any]:
    import numpy as np

    found = {}
    for person, name in enumerate(ratings.annotators):
        judged = np.zeros(len(ratings.units), dtype=bool)
        judged[ratings.unit[ratings.annotator == person]] = True
        found[str(name)] = np.flatnonzero(judged[ratings.unit])
    return found
