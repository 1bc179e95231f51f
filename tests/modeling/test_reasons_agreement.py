import json
import time
from itertools import permutations

import krippendorff
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modeling.agreement.sets import (
    NO_OVERLAP,
    NO_VARIATION,
    jaccard_distances,
    masi_distances,
    reasons_report,
)

REASONS = ("subject", "opinion", "persons", "other")
answers = st.none() | st.frozensets(st.sampled_from(REASONS))
tables = st.lists(st.lists(answers, min_size=4, max_size=4), min_size=1, max_size=10)


def rows_of(table):
    return [(u, a, said) for u, unit in enumerate(table) for a, said in enumerate(unit)]


def masi(a, b):
    """As NLTK's masi_distance has it, and 0 for two empty sets."""
    if a == b:
        return 0.0
    common, union = len(a & b), len(a | b)
    if common == 0:
        return 1.0
    m = 2 / 3 if common == min(len(a), len(b)) else 1 / 3
    return 1 - common / union * m


def jaccard(a, b):
    return 0.0 if a == b else 1 - len(a & b) / len(a | b)


def plain_alpha(table, distance):
    """Mean distance of two ratings of a unit over that of any two pairable ratings."""
    units = [[said for said in unit if said is not None] for unit in table]
    units = [unit for unit in units if len(unit) > 1]
    pool = [said for unit in units for said in unit]
    n = len(pool)
    observed = sum(
        distance(a, b) / (len(unit) - 1) for unit in units for a, b in permutations(unit, 2)
    )
    expected = sum(distance(a, b) for a, b in permutations(pool, 2)) / max(n - 1, 1)
    return 1 - observed / expected if expected else None


def library_alpha(table, distance):
    sets = sorted({said for unit in table for said in unit if said is not None}, key=sorted)

    def metric(v1, v2, i1, i2, n_v, dtype):
        return np.array([[distance(a, b) for b in sets] for a in sets], dtype=dtype)

    codes = [[np.nan if s is None else sets.index(s) for s in unit] for unit in table]
    domain = np.arange(len(sets), dtype=float)
    return krippendorff.alpha(
        reliability_data=np.array(codes, dtype=float).T, value_domain=domain,
        level_of_measurement=metric,
    )  # fmt: skip


@given(tables)
@settings(max_examples=150, deadline=None)
def test_alpha_is_that_of_plain_loops_and_of_the_independent_library(table):
    report = reasons_report(rows_of(table), resamples=0)
    for name, distance in (("alpha_masi", masi), ("alpha_jaccard", jaccard)):
        expected = plain_alpha(table, distance)
        if expected is None:
            assert report[name]["value"] is None
            assert report[name]["why"] in (NO_OVERLAP, NO_VARIATION)
        else:
            assert report[name]["value"] == pytest.approx(expected, abs=1e-9)
            assert expected == pytest.approx(library_alpha(table, distance), abs=1e-9)


@given(st.lists(st.frozensets(st.sampled_from(REASONS)), min_size=1, max_size=16, unique=True))
def test_distances_are_those_of_the_definitions(sets):
    expected = [[[d(a, b) for b in sets] for a in sets] for d in (masi, jaccard)]
    assert masi_distances(sets) == pytest.approx(np.array(expected[0]), abs=1e-12)
    assert jaccard_distances(sets) == pytest.approx(np.array(expected[1]), abs=1e-12)


def test_masi_is_that_of_the_papers_four_cases():
    # Passonneau 2006, section 4: equal, subset, overlapping, disjoint.
    sets = [frozenset("ab"), frozenset("abc"), frozenset("bc"), frozenset("d")]
    distances = masi_distances(sets)
    assert distances[0] == pytest.approx([0, 1 - 2 / 3 * 2 / 3, 1 - 1 / 3 * 1 / 3, 1])


@given(tables)
@settings(max_examples=100, deadline=None)
def test_each_reason_has_its_own_alpha_and_positive_agreement(table):
    report = reasons_report(rows_of(table), resamples=0)
    for entry in report["by_reason"]:
        reason = entry["reason"]
        binary = [[None if s is None else reason in s for s in unit] for unit in table]
        said = [s for unit in binary for s in unit if s is not None]
        assert entry["given"] == sum(said)
        assert entry["share"] == pytest.approx(sum(said) / len(said))
        alpha = plain_alpha(binary, lambda a, b: float(a != b))
        assert entry["alpha_nominal"]["value"] == pytest.approx(alpha, abs=1e-9)
        both = either = 0.0
        for unit in ([s for s in unit if s is not None] for unit in binary):
            for first, second in permutations(unit, 2):
                both += (first and second) / (len(unit) - 1)
                either += first / (len(unit) - 1)
        expected = both / either if either else None
        assert entry["positive_agreement"]["value"] == pytest.approx(expected, abs=1e-9)


def test_positive_agreement_of_two_people_is_the_familiar_ratio():
    # 2a / (2a + b + c) of Cicchetti & Feinstein 1990: 6 both, 3 one of them, 11 neither.
    said = [("x", "x")] * 6 + [("x", "")] * 2 + [("", "x")] + [("", "")] * 11
    rows = [(u, a, set(word)) for u, pair in enumerate(said) for a, word in enumerate(pair)]
    (entry,) = reasons_report(rows, resamples=20)["by_reason"]
    assert entry["positive_agreement"]["value"] == pytest.approx(12 / 15)


def test_equal_sets_agree_fully_and_a_shared_part_counts_in_part():
    same = [(u, a, {REASONS[u % 3]}) for u in range(30) for a in range(3)]
    assert reasons_report(same)["alpha_masi"]["value"] == pytest.approx(1)
    part = [(u, a, {REASONS[u % 3], *(["other"] * a)}) for u in range(30) for a in range(2)]
    report = reasons_report(part)
    assert 0 < report["alpha_masi"]["value"] < report["alpha_jaccard"]["value"] < 1


def test_nobody_asked_or_nobody_twice_says_why_and_is_fit_for_json():
    for rows in ([], [("u", "a", None), ("v", "b", {"x"})], [("u", "a", set())]):
        report = reasons_report(rows)
        assert report["alpha_masi"] == {
            "value": None, "low": None, "high": None, "why": NO_OVERLAP,
        }  # fmt: skip
        json.dumps(report, allow_nan=False)


def test_a_changed_answer_replaces_the_one_before():
    rows = [("u", "a", {"x"}), ("u", "b", {"y"}), ("v", "a", {"x"}), ("v", "b", {"x"})]
    report = reasons_report([*rows, ("u", "b", {"x"}), ("w", "a", {"y"}), ("w", "b", {"y"})])
    assert report["alpha_masi"]["value"] == pytest.approx(1)
    assert report["labels"] == 6


def drawn(rng, units, each=3, noise=0.35):
    for unit in range(units):
        truth = frozenset(r for r in REASONS if rng.random() < 0.4)
        for who in range(each):
            yield unit, who, {r for r in REASONS if (r in truth) != (rng.random() < noise / 2)}


def test_intervals_hold_the_true_value_about_as_often_as_they_say():
    truth = reasons_report(drawn(np.random.default_rng(0), 20_000), resamples=0)
    held = 0
    for study in range(150):
        rows = drawn(np.random.default_rng(study + 1), 80)
        figure = reasons_report(rows, resamples=200, seed=study)["alpha_masi"]
        held += figure["low"] <= truth["alpha_masi"]["value"] <= figure["high"]
    # 0.95 give or take three standard errors of 150 studies, and what 80 units cost a percentile.
    assert 0.88 <= held / 150 <= 0.99


def test_a_thousand_resamples_of_a_study_take_a_moment():
    rng = np.random.default_rng(0)
    rows = [
        (int(u), a, {r for r in REASONS if rng.random() < 0.4})
        for u in range(6000) for a in range(2)
    ]  # fmt: skip
    began = time.process_time()
    report = reasons_report(rows, resamples=1000)
    assert time.process_time() - began < 3
    assert abs(report["alpha_masi"]["value"]) < 0.05
