import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as sk
from sklearn.calibration import calibration_curve

from modeling.evaluation import METRICS, evaluate
from modeling.evaluation.figures import evaluate_decisions
from modeling.evaluation.metrics import DECISION_METRICS

probabilities = st.one_of(
    st.sampled_from([0.0, 1 / 15, 0.1, 0.3, 0.5, 0.7, 0.9, 14 / 15, 1.0]), st.floats(0, 1)
)
cases = st.lists(st.tuples(probabilities, st.booleans()), min_size=2, max_size=40)


def expected_calibration_error(p, y):
    """As Guo et al. (2017) define it, bin by bin."""
    error, edges = 0.0, np.linspace(0, 1, 16)
    for m in range(15):
        inside = [i for i in range(len(p)) if edges[m] < p[i] <= edges[m + 1] or m == p[i] == 0]
        if inside:
            gap = abs(sum(y[i] for i in inside) - sum(p[i] for i in inside)) / len(inside)
            error += len(inside) / len(p) * gap
    return error


def reference(p, y, said):
    """By scikit-learn; None where it is undefined."""
    return {
        "accuracy": sk.accuracy_score(y, said),
        "precision": sk.precision_score(y, said) if said.any() else None,
        "recall": sk.recall_score(y, said) if y.any() else None,
        "f1": sk.f1_score(y, said) if said.any() or y.any() else None,
        "auroc": sk.roc_auc_score(y, p) if 0 < y.mean() < 1 else None,
        "average_precision": sk.average_precision_score(y, p) if y.any() else None,
        "brier": sk.brier_score_loss(y, p, pos_label=1),
        "ece": expected_calibration_error(p, y),
    }


def assert_same(figures, expected):
    assert set(figures) == set(expected)
    for name, figure in figures.items():
        value = expected[name]
        assert (figure and figure["value"]) == (
            value if value is None else pytest.approx(value, abs=1e-12)
        ), name


def arrays(case):
    return np.array([c[0] for c in case]), np.array([float(c[1]) for c in case])


@given(cases)
@settings(max_examples=80, deadline=None)
def test_figures_equal_those_of_an_independent_implementation(case):
    p, y = arrays(case)
    found = evaluate(p, y, resamples=0)
    assert set(found) == set(METRICS)
    assert_same(found, reference(p, y, (p >= 0.5).astype(int)))


@given(cases, st.floats(0, 1))
@settings(max_examples=50, deadline=None)
def test_decisions_at_any_threshold_have_the_figures_of_scikit_learn(case, threshold):
    p, y = arrays(case)
    said = p >= threshold
    expected = reference(p, y, said.astype(int))
    found = evaluate_decisions(said, y, resamples=0)
    assert_same(found, {name: expected[name] for name in DECISION_METRICS})


@given(cases)
@settings(max_examples=60, deadline=None)
def test_figures_are_shares_lie_in_their_intervals_and_ignore_the_order_of_pairs(case):
    p, y = arrays(case)
    figures = evaluate(p, y, resamples=40)
    for name, figure in figures.items():
        if figure is None:
            continue
        assert 0 <= figure["value"] <= 1 + 1e-12, name
        if figure["low"] is not None:
            assert 0 <= figure["low"] <= figure["high"] <= 1 + 1e-12, name
    turned = evaluate(p[::-1], y[::-1], resamples=0)
    assert_same(turned, {name: figure and figure["value"] for name, figure in figures.items()})


def test_the_calibration_error_agrees_with_the_curve_of_scikit_learn():
    rng = np.random.default_rng(0)
    p = rng.random(5000)
    y = (rng.random(5000) < p**2).astype(float)
    share, said = calibration_curve(y, p, n_bins=15, strategy="uniform")
    sizes = np.histogram(p, bins=15, range=(0, 1))[0]
    expected = np.sum(sizes / len(p) * np.abs(share - said))
    assert evaluate(p, y, resamples=0)["ece"]["value"] == pytest.approx(expected)
    assert expected > 0.1


def test_both_ways_to_resample_give_the_same_intervals():
    rng = np.random.default_rng(2)
    p = rng.random(400)
    y = (rng.random(400) < p).astype(float)
    by_pairs = evaluate(p, y, resamples=3000)
    by_tables = evaluate_decisions(p >= 0.5, y, resamples=3000)
    for name in DECISION_METRICS:
        assert by_pairs[name] == pytest.approx(by_tables[name], abs=0.008), name


def test_soft_targets_become_hard_and_even_ones_are_left_out():
    soft = evaluate([0.9, 0.2, 0.6], [0.8, 0.3, 0.5], resamples=0)
    hard = evaluate([0.9, 0.2], [1, 0], resamples=0)
    assert soft == hard
    decisions = evaluate_decisions(np.array([True, False, True]), [0.8, 0.3, 0.5], resamples=0)
    assert decisions == {name: hard[name] for name in DECISION_METRICS}


def test_no_decided_target_gives_no_figures():
    assert evaluate([0.3], [0.5]) == dict.fromkeys(METRICS)
    assert evaluate([], []) == dict.fromkeys(METRICS)
    assert evaluate_decisions(np.array([True]), [0.5]) == dict.fromkeys(DECISION_METRICS)


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
