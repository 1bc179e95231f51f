"""How far people agree with themselves, against scipy and scikit-learn."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest
from sklearn.metrics import cohen_kappa_score

from modeling.agreement.repeats import repeat_agreement

CODES = st.integers(0, 2)


@given(st.lists(st.tuples(CODES, CODES), min_size=1, max_size=60))
@settings(max_examples=80, deadline=None)
def test_share_and_kappa_are_those_of_scipy_and_scikit_learn(answers) -> None:
    first, second = np.array(answers).T
    found = repeat_agreement(first, second, labels=3, resamples=20)
    agreed = int((first == second).sum())
    assert (found["n"], found["agreed"]) == (len(answers), agreed)
    interval = binomtest(agreed, len(answers)).proportion_ci(method="wilson")
    assert found["same"]["value"] == agreed / len(answers)
    assert found["same"]["low"] == pytest.approx(interval.low, abs=1e-9)
    assert found["same"]["high"] == pytest.approx(interval.high, abs=1e-9)
    if len(set(first.tolist() + second.tolist())) == 1:
        assert found["kappa"]["value"] is None
    else:
        theirs = cohen_kappa_score(first, second, labels=[0, 1, 2])
        assert found["kappa"]["value"] == pytest.approx(theirs, abs=1e-9)


def test_the_interval_of_kappa_holds_the_real_one_about_19_times_in_20() -> None:
    rng, held = np.random.default_rng(0), 0
    for seed in range(200):
        first = rng.integers(0, 2, 150)
        second = np.where(rng.random(150) < 0.8, first, 1 - first)
        kappa = repeat_agreement(first, second, labels=3, resamples=200, seed=seed)["kappa"]
        held += kappa["low"] <= 0.6 <= kappa["high"]
    assert 180 <= held <= 200


def test_nothing_is_said_where_nobody_met_anything_twice() -> None:
    found = repeat_agreement([], [], labels=3)
    assert (found["n"], found["same"]["value"], found["kappa"]["value"]) == (0, None, None)
    assert found["same"]["why"] == "nobody has judged a unit twice"


@pytest.mark.parametrize(("first", "second"), [([0], [0, 1]), ([3], [0]), ([-1], [0])])
def test_what_does_not_fit_together_is_refused(first: list[int], second: list[int]) -> None:
    with pytest.raises(ValueError, match=r"codes must|one length"):
        repeat_agreement(first, second, labels=3)


def test_two_sides_that_never_vary_have_a_share_and_no_kappa() -> None:
    found = repeat_agreement([1, 1], [1, 1], labels=3)
    assert found["same"]["value"] == 1
    assert found["kappa"]["value"] is None
    assert not math.isnan(found["same"]["low"])
