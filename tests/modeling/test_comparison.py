import numpy as np
import pytest
from scipy import stats
from sklearn import metrics as sk

from modeling.calibration import Calibration
from modeling.evaluation import METRICS, evaluate
from modeling.evaluation.comparison import compare
from modeling.evaluation.judgements import Judgements

NAMES = ("new", "old")


def judged(probabilities, targets, threshold=0.5, clusters=None):
    return Judgements(
        [], np.asarray(probabilities), np.asarray(targets, dtype=float),
        ("nt",) * len(targets), {"nt": Calibration(threshold=threshold)},
        np.arange(len(targets)) if clusters is None else clusters,
    )  # fmt: skip


def study(n, better, seed=0, unsure=0):
    """Two models with the same errors, to which the second adds some of its own if `better`."""
    rng = np.random.default_rng(seed)
    targets = (rng.random(n) < 0.4).astype(float)
    shared = rng.normal(0, 1.5, n)
    own = rng.normal(0, 1.0 if better else 0.01, n)
    first, second = (
        1 / (1 + np.exp(-(2 * targets - 1 + noise))) for noise in (shared, shared + own)
    )
    targets[:unsure] = 0.5
    return judged(first, targets), judged(second, targets, threshold=0.4)


def test_values_are_those_of_each_model_and_differences_are_first_minus_second():
    first, second = study(300, better=True, unsure=40)
    found = compare(first, second, names=NAMES)
    assert found["n"] == 260
    alone = [evaluate(j.probabilities, j.targets, resamples=0) for j in (first, second)]
    assert set(found["metrics"]) == set(METRICS)
    for name, values in found["metrics"].items():
        expected = [figures[name]["value"] for figures in alone]
        assert values["first"]["value"] == pytest.approx(expected[0])
        assert values["second"]["value"] == pytest.approx(expected[1])
        assert values["difference"]["value"] == pytest.approx(expected[0] - expected[1])


def test_each_model_decides_by_its_own_threshold():
    first, second = study(300, better=True, unsure=40)
    found = compare(first, second, names=NAMES)["at_threshold"]
    y = first.targets[40:]
    for side, said in (
        ("first", first.probabilities >= 0.5),
        ("second", second.probabilities >= 0.4),
    ):
        for name in found:
            score = getattr(sk, f"{name}_score")
            assert found[name][side]["value"] == pytest.approx(score(y, said[40:])), (name, side)


def test_the_paired_intervals_agree_with_an_independent_bootstrap():
    first, second = study(250, better=True)
    y, p, q = first.targets, first.probabilities, second.probabilities
    reference = stats.bootstrap(
        (y, p, q), lambda y, p, q: np.mean((p - y) ** 2) - np.mean((q - y) ** 2),
        paired=True, vectorized=False, method="percentile", n_resamples=1500, rng=1,
    ).confidence_interval  # fmt: skip
    gap = compare(first, second, names=NAMES)["metrics"]["brier"]["difference"]
    assert gap["low"] == pytest.approx(reference.low, abs=0.004)
    assert gap["high"] == pytest.approx(reference.high, abs=0.004)


def test_pairs_that_are_wrong_together_widen_the_interval_of_a_difference():
    first, second = study(60, better=True)
    fives = [np.repeat(part, 5) for part in (first.probabilities, second.probabilities)]
    targets, clusters = np.repeat(first.targets, 5), np.repeat(np.arange(60), 5)
    for kind in ("metrics", "at_threshold"):
        alone = compare(first, second, names=NAMES)[kind]["f1"]["difference"]
        together, apart = (
            compare(
                judged(fives[0], targets, clusters=made),
                judged(fives[1], targets, 0.4, clusters=made),
                names=NAMES,
            )[kind]["f1"]["difference"]
            for made in (clusters, None)
        )
        assert together["value"] == pytest.approx(alone["value"])
        assert width(together) == pytest.approx(width(alone), rel=0.15)
        assert width(apart) < 0.6 * width(alone)


def width(figure):
    return figure["high"] - figure["low"]


def test_pairing_narrows_the_interval():
    first, second = study(400, better=True)
    found = compare(first, second, names=NAMES)["metrics"]["auroc"]
    widths = {side: found[side]["high"] - found[side]["low"] for side in ("first", "second")}
    gap = found["difference"]["high"] - found["difference"]["low"]
    assert gap < 0.8 * np.hypot(widths["first"], widths["second"])


def test_the_better_model_is_named_in_words_whichever_comes_first():
    first, second = study(1500, better=True)
    found = compare(first, second, names=NAMES)
    assert found["metrics"]["auroc"]["better"] == found["metrics"]["brier"]["better"] == "new"
    assert found["metrics"]["brier"]["difference"]["value"] < 0
    turned = compare(second, first, names=NAMES)
    assert turned["metrics"]["auroc"]["better"] == turned["metrics"]["brier"]["better"] == "old"
    assert any(s.startswith("auroc: old is better than new, -0.") for s in turned["sentences"])
    assert "On 1,500 pairs new is better in" in found["sentences"][-1]


def test_models_that_differ_by_chance_cannot_be_told_apart():
    wrongly = 0
    for seed in range(20):
        rng = np.random.default_rng(seed)
        targets = (rng.random(150) < 0.5).astype(float)
        one, two = (1 / (1 + np.exp(-rng.normal(2 * targets - 1, 2))) for _ in range(2))
        found = compare(judged(one, targets), judged(two, targets), names=NAMES)
        wrongly += found["metrics"]["auroc"]["better"] is not None
    assert wrongly <= 4
    same = compare(judged(one, targets), judged(one, targets), names=NAMES)
    assert same["sentences"][-1].startswith("On 150 pairs the two cannot be told apart")


@pytest.mark.parametrize("n", [3, 10, 19])
def test_on_few_pairs_no_model_is_called_better(n):
    for seed in range(30):
        found = compare(*study(n, better=True, seed=seed), names=NAMES)
        for kind in ("metrics", "at_threshold"):
            assert {values["better"] for values in found[kind].values()} == {None}
    assert found["sentences"][-1] == (
        f"On {n} pairs the two cannot be told apart: fewer than 20 of them are independent."
    )


def test_whichever_model_comes_first_the_intervals_are_the_same():
    for seed in range(10):
        first, second = study(70, better=True, seed=seed)
        found, turned = (
            compare(first, second, names=NAMES),
            compare(second, first, names=NAMES[::-1]),
        )
        for kind in ("metrics", "at_threshold"):
            for name, values in found[kind].items():
                other = turned[kind][name]
                assert values["better"] == other["better"], (seed, name)
                assert values["first"] == pytest.approx(other["second"]), (seed, name)
                assert values["second"] == pytest.approx(other["first"]), (seed, name)
                mirrored = [-other["difference"][end] for end in ("value", "high", "low")]
                ends = [values["difference"][end] for end in ("value", "low", "high")]
                assert ends == pytest.approx(mirrored), (seed, name)


def test_a_difference_without_an_interval_is_told_and_not_called_undefined():
    one_cluster = np.zeros(4, dtype=int)
    first = judged([0.9, 0.8, 0.2, 0.1], [1, 1, 0, 0], clusters=one_cluster)
    second = judged([0.9, 0.3, 0.2, 0.1], [1, 1, 0, 0], clusters=one_cluster)
    said = compare(first, second, names=NAMES)["sentences"]
    assert "accuracy: +0.250 may be chance, no interval can be given." in said
    assert not any("undefined" in sentence for sentence in said)


def test_it_is_told_which_model_a_figure_is_undefined_for():
    silent, bold = judged([0.1, 0.2], [1, 0]), judged([0.9, 0.8], [1, 0])
    said = compare(silent, bold, names=NAMES)["sentences"]
    assert "precision: cannot be compared, it is undefined for new." in said
    said = compare(silent, silent, names=NAMES)["sentences"]
    assert "precision: cannot be compared, it is undefined for new and old." in said


def test_what_is_undefined_is_not_compared():
    found = compare(judged([0.9, 0.2], [1, 1]), judged([0.3, 0.2], [1, 1]), names=NAMES)
    assert found["metrics"]["auroc"]["difference"] is None
    assert any(s.startswith("auroc: cannot be compared") for s in found["sentences"])
    assert compare(judged([0.9], [0.5]), judged([0.3], [0.5]), names=NAMES)["n"] == 0
