import json
import math
from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modeling.agreement.drift import allow_for_many, trend, weekly
from modeling.agreement.reliability import NONE, answers, consensus_of_others, reliability

SIMILAR, NOT_SIMILAR, UNSURE = range(3)
tables = st.lists(
    st.lists(st.none() | st.integers(0, 2), min_size=4, max_size=4), min_size=1, max_size=12
)


def labels_of(table):
    rows = [(u, a, v) for u, unit in enumerate(table) for a, v in enumerate(unit) if v is not None]
    return [list(column) for column in zip(*rows, strict=True)] or [[], [], []]


def study(n_units=1000, each=3, skills=(0.9,) * 6, seed=0, weeks=8):
    rng = np.random.default_rng(seed)
    truth = rng.random(n_units) < 0.3
    who = rng.random((n_units, len(skills))).argsort(axis=1)[:, :each].ravel()
    unit = np.repeat(np.arange(n_units), each)
    right = rng.random(len(unit)) < np.array(skills)[who]
    verdict = np.where(right == truth[unit], SIMILAR, NOT_SIMILAR)
    verdict[rng.random(len(unit)) < 0.03] = UNSURE
    week = unit * weeks // n_units
    return answers(unit, who, verdict, week=week, gold=np.where(truth, SIMILAR, NOT_SIMILAR))


@given(tables)
@settings(max_examples=100, deadline=None)
def test_the_consensus_is_the_majority_of_the_others_counted_one_by_one(table):
    unit, who, verdict = labels_of(table)
    found = consensus_of_others(answers(unit, who, verdict))
    for place, (u, a) in enumerate(zip(unit, who, strict=True)):
        others = Counter(v for b, v in enumerate(table[u]) if b != a)
        margin = others[SIMILAR] - others[NOT_SIMILAR]
        expected = SIMILAR if margin > 0 else NOT_SIMILAR if margin < 0 else NONE
        assert found[place] == expected


@given(tables, st.integers(0, 3), st.integers(0, 2))
@settings(max_examples=60, deadline=None)
def test_nobodys_own_label_changes_what_they_are_compared_with(table, person, verdict):
    changed = [
        [verdict if a == person and v is not None else v for a, v in enumerate(unit)]
        for unit in table
    ]
    before, after = (answers(*labels_of(t)) for t in (table, changed))
    mine = before.annotator == person
    assert np.array_equal(consensus_of_others(before)[mine], consensus_of_others(after)[mine])


@given(tables)
@settings(max_examples=15, deadline=None)
def test_counts_and_confusions_are_those_of_loops(table):
    unit, who, verdict = labels_of(table)
    given_answers = answers(unit, who, verdict)
    consensus = consensus_of_others(given_answers).tolist()
    for entry in reliability(given_answers, n_annotators=4):
        mine = [(v, c) for a, v, c in zip(who, verdict, consensus, strict=True)
                if a == entry["annotator"] and c != NONE]  # fmt: skip
        counts = Counter(mine)
        assert entry["confusion"] == [[counts[v, c] for v in range(3)] for c in range(2)]
        assert entry["consensus"]["n"] == sum(v != UNSURE for v, _ in mine)
        assert entry["consensus"]["agreed"] == sum(v == c for v, c in mine)
    json.dumps(reliability(given_answers), allow_nan=False)


def test_gold_and_repeats_are_counted_and_unsure_is_no_mistake():
    given_answers = answers(
        [0, 1, 2, 3], [0, 0, 0, 0], [SIMILAR, NOT_SIMILAR, UNSURE, SIMILAR],
        gold=[SIMILAR, SIMILAR, SIMILAR, NONE],
        repeats=[(0, SIMILAR, SIMILAR), (0, UNSURE, SIMILAR)],
    )  # fmt: skip
    (entry,) = reliability(given_answers)
    assert (entry["gold"]["agreed"], entry["gold"]["n"]) == (1, 2)
    assert (entry["repeats"]["agreed"], entry["repeats"]["n"]) == (1, 2)
    assert entry["consensus"]["value"] is None
    assert entry["n"] == 4


def test_of_few_labels_nothing_is_said_even_where_the_group_is_well_known():
    data = study(skills=(0.9,) * 6)
    few = answers(
        np.r_[data.unit, 0, 1, 2], np.r_[data.annotator, 6, 6, 6], np.r_[data.verdict, 0, 0, 0]
    )
    newcomer = reliability(few)[6]["consensus"]
    assert newcomer["n"] <= 3
    assert newcomer["value"] > 0.6
    assert newcomer["verdict"] == "too few labels to say"


def test_people_alike_are_told_apart_by_nothing_and_one_who_differs_is_seen():
    same = [entry["consensus"]["verdict"] for entry in reliability(study(3000))]
    assert set(same) == {"no difference from the others that these numbers could show"}
    other = reliability(study(3000, skills=(0.92,) * 7 + (0.7,)))
    assert other[7]["consensus"]["verdict"] == "less often than is usual here"
    assert [entry["annotator"] for entry in other] == list(range(8))


def test_alike_people_are_seldom_said_to_differ():
    said = Counter()
    for seed in range(15):
        said.update(e["gold"]["verdict"] for e in reliability(study(300, seed=seed)))
    assert said["no difference from the others that these numbers could show"] >= 0.9 * said.total()


@pytest.mark.parametrize(
    ("arguments", "options", "message"),
    [
        (([0, 0], [1, 1], [0, 1]), {}, "two labels on a unit"),
        (([0], [0], [3]), {}, "verdicts must lie within"),
        (([-1], [0], [0]), {}, "must not be negative"),
        (([0, 1], [0], [0]), {}, "of one length"),
        (([1], [0], [0]), {"gold": [0]}, "one entry a unit"),
        (([0], [0], [0]), {"week": [1, 2]}, "of one length"),
    ],
)
def test_what_does_not_fit_together_is_refused(arguments, options, message):
    with pytest.raises(ValueError, match=message):
        answers(*arguments, **options)


def test_nobody_at_all_is_an_empty_list_and_without_weeks_there_is_no_trend():
    assert reliability(answers([], [], [])) == []
    (entry,) = reliability(answers([0], [0], [0]))
    assert entry["weeks"] == []
    assert entry["trend"]["verdict"] == "too few labels to say"


def cochran_armitage(weeks, agreed, n):
    """As in Agresti, Categorical Data Analysis (section 5.3.5): z from two columns of a table."""
    total, share = sum(n), sum(agreed) / sum(n)
    score = sum(w * (a * (total - sum(agreed)) - (m - a) * sum(agreed))
                for w, a, m in zip(weeks, agreed, n, strict=True))  # fmt: skip
    squares = sum(w * w * m * (total - m) for w, m in zip(weeks, n, strict=True))
    crossed = sum(
        weeks[i] * weeks[j] * n[i] * n[j] for i in range(len(n)) for j in range(len(n)) if i < j
    )
    variance = sum(agreed) * (total - sum(agreed)) / total * (squares - 2 * crossed)
    assert share
    return score / math.sqrt(variance)


@given(st.lists(st.tuples(st.integers(5, 40), st.integers(3, 40)), min_size=2, max_size=8))
@settings(max_examples=80, deadline=None)
def test_the_trend_is_tested_as_the_textbook_does(pairs):
    agreed, n = [a for a, _ in pairs], [a + b for a, b in pairs]
    if sum(n) < 30 or sum(b for _, b in pairs) < 5:
        return
    weeks = list(range(3, 3 + len(n)))
    found = trend(weeks, agreed, n)
    assert found["z"] == pytest.approx(cochran_armitage(weeks, agreed, n), abs=1e-9)
    shares = np.array(agreed) / n
    slope = np.polyfit(weeks, shares, 1, w=np.sqrt(n))[0]
    assert found["change"] == pytest.approx(slope * (len(n) - 1), abs=1e-9)


def test_a_clear_change_is_named_and_none_is_not():
    weeks, n = range(8), [100] * 8
    fell = trend(weeks, [95, 93, 92, 90, 86, 84, 82, 78], n)
    assert fell["verdict"] == "agreement fell over the weeks"
    assert fell["high"] < 0
    level = trend(weeks, [90, 91, 89, 90, 90, 88, 91, 90], n)
    assert level["verdict"] == "no change that these numbers could show"
    assert trend([0, 1], [8, 6], [10, 10])["verdict"] == "too few labels to say"
    assert trend([0, 1], [20, 14], [22, 22])["verdict"] == "too few labels to say"
    assert trend([3], [80], [100])["verdict"] == "too few labels to say"


def test_somebody_who_always_agrees_has_not_changed():
    found = trend([0, 1, 2], [100, 100, 100], [100, 100, 100])
    assert found["p"] is None
    assert found["verdict"] == "no change that these numbers could show"


def test_of_many_people_without_any_change_hardly_one_is_said_to_have_changed():
    rng, alarms = np.random.default_rng(0), 0
    for _ in range(100):
        people = [trend(range(8), rng.binomial(80, 0.88, size=8), [80] * 8) for _ in range(24)]
        alarms += any("agreement" in t["verdict"] for t in allow_for_many(people))
    # A study's false alarms are to be 5%; without the allowance they would be about 70%.
    assert alarms <= 12


def test_the_allowance_for_many_is_holms():
    found = [trend(range(8), row, [100] * 8) for row in (
        [95, 93, 92, 90, 86, 84, 82, 78], [90, 91, 89, 90, 90, 88, 91, 90],
        [85, 90, 86, 88, 90, 91, 92, 92],
    )]  # fmt: skip
    p = sorted(t["p"] for t in found)
    expected = [p[0] * 3, max(p[0] * 3, p[1] * 2), max(p[0] * 3, p[1] * 2, p[2])]
    assert sorted(t["p_adjusted"] for t in allow_for_many(found)) == pytest.approx(expected)


def test_weeks_show_their_intervals_and_an_empty_one_has_no_value():
    weeks = weekly([4, 5], [9, 0], [10, 0])
    assert weeks[0]["value"] == pytest.approx(0.9)
    assert weeks[0]["low"] < 0.9 < weeks[0]["high"]
    assert weeks[1]["value"] is None
