import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as sk

from modeling.evaluation import METRICS, evaluate

cases = st.lists(
    st.tuples(st.sampled_from([0.0, 0.1, 0.3, 0.5, 0.7, 0.9, 1.0]), st.booleans()),
    min_size=2,
    max_size=40,
)


@given(cases)
@settings(max_examples=150, deadline=None)
def test_figures_equal_those_of_scikit_learn(case):
    p = np.array([c[0] for c in case])
    y = np.array([float(c[1]) for c in case])
    said = (p >= 0.5).astype(int)
    found = {k: v and v["value"] for k, v in evaluate(p, y, resamples=0).items()}
    expected = {
        "accuracy": sk.accuracy_score(y, said),
        "precision": sk.precision_score(y, said) if said.any() else None,
        "recall": sk.recall_score(y, said) if y.any() else None,
        "f1": sk.f1_score(y, said) if said.any() or y.any() else None,
        "auroc": sk.roc_auc_score(y, p) if 0 < y.mean() < 1 else None,
        "average_precision": sk.average_precision_score(y, p) if y.any() else None,
        "brier": np.mean((p - y) ** 2),
    }
    assert set(found) == set(METRICS)
    for name, value in expected.items():
        assert found[name] == (value if value is None else pytest.approx(value)), name


def test_soft_targets_become_hard_and_even_ones_are_left_out():
    soft = evaluate([0.9, 0.2, 0.6], [0.8, 0.3, 0.5], resamples=0)
    hard = evaluate([0.9, 0.2], [1, 0], resamples=0)
    assert soft == hard


def test_no_decided_target_gives_no_figures():
    assert evaluate([0.3], [0.5]) == dict.fromkeys(METRICS)
    assert evaluate([], []) == dict.fromkeys(METRICS)


def test_an_interval_covers_the_true_accuracy_about_as_often_as_it_says():
    rng, covered = np.random.default_rng(0), 0
    for seed in range(100):
        y = (rng.random(200) < 0.5).astype(float)
        right = rng.random(200) < 0.8
        p = np.where(right, 0.2 + 0.6 * y, 0.8 - 0.6 * y)
        figure = evaluate(p, y, resamples=200, seed=seed)["accuracy"]
        covered += figure["low"] <= 0.8 <= figure["high"]
    assert covered >= 88


def test_the_same_seed_gives_the_same_intervals():
    rng = np.random.default_rng(1)
    p, y = rng.random(300), (rng.random(300) < 0.5).astype(float)
    assert evaluate(p, y, seed=3) == evaluate(p, y, seed=3)
    assert evaluate(p, y, seed=3) != evaluate(p, y, seed=4)


def test_values_outside_zero_and_one_are_refused():
    with pytest.raises(ValueError, match="within 0 and 1"):
        evaluate([1.2], [1])
    with pytest.raises(ValueError, match="within 0 and 1"):
        evaluate([float("nan")], [1])
